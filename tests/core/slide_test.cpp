// The twins of the h-e-l-l-o slide: one forward pass, three backward passes
// (tests/reference/generate_slide.py).

#include "core/files/experiment_file.h"
#include "core/gradients/itemised.h"
#include "core/training/trainer.h"

#include <QTest>

using namespace unrolled;

namespace {

const char* const twins[] = {"hello-slide", "hello-vanish", "hello-explode"};

} // namespace

class SlideTest : public QObject
{
    Q_OBJECT

private slots:
    void printsTheSlide_data() { addTwins(); }
    void printsTheSlide();
    void vanishesExplodesOrNeither_data();
    void vanishesExplodesOrNeither();
    void learnsToSayHello_data() { addTwins(); }
    void learnsToSayHello();
    void keepsItsWeightsWhereverItIsSaved();
    void tellsAnotherCellThatTheWeightsAreNotIts();

private:
    static void addTwins()
    {
        QTest::addColumn<QString>("id");
        for (const char* id : twins)
            QTest::addRow("%s", id) << QString(id);
    }
};

void SlideTest::printsTheSlide()
{
    QFETCH(QString, id);
    const auto trace = Trainer(readExperiment(id.toStdString())).record();
    const Eigen::MatrixXd hidden = (Eigen::MatrixXd(3, 4) << 0.3, 0.98, 0.1, -0.3, //
                                    -0.1, 0.3, -0.5, 0.9,                          //
                                    0.9, 0.1, -0.3, 0.7)
                                       .finished();
    const Eigen::MatrixXd scores = (Eigen::MatrixXd(4, 4) << 1.0, 0.5, 0.1, 0.2, //
                                    2.2, 0.3, 0.5, -1.5,                         //
                                    -3.0, -1.0, 1.9, -0.1,                       //
                                    4.1, 1.2, -1.1, 2.2)
                                       .finished();
    const Eigen::Vector4d losses(2.079, 2.900, 0.380, 0.231);
    const double h = (trace->channel(0, "h").value - hidden).lpNorm<Eigen::Infinity>();
    const double y = (trace->outputs.y.value - scores).lpNorm<Eigen::Infinity>();
    QVERIFY2(h < 1e-12, qPrintable(QString::number(h))); // 0.98 is the slide's 1.0
    QVERIFY2(y < 1e-12, qPrintable(QString::number(y)));
    QVERIFY((trace->outputs.losses - losses).lpNorm<Eigen::Infinity>() < 0.0005);
    QVERIFY(std::abs(trace->loss - 5.590) < 0.0005);
    QVERIFY(trace->outputs.predicted == Eigen::Vector4i(3, 3, 2, 3)); // o o l o
}

void SlideTest::vanishesExplodesOrNeither_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("the twin of least norm keeps it between a third and a half") << twins[0] << 0.33 << 0.5;
    QTest::newRow("the gradient of one twin vanishes") << twins[1] << 0.0 << 0.004;
    QTest::newRow("the gradient of one twin explodes") << twins[2] << 20.0 << 30.0;
}

void SlideTest::vanishesExplodesOrNeither()
{
    QFETCH(QString, id);
    QFETCH(double, low);
    QFETCH(double, high);
    const Itemised table(*Trainer(readExperiment(id.toStdString())).record());
    QCOMPARE(table.lossSteps(), (std::vector<int>{1, 2, 3, 4}));
    const double last = table.norm(0, 3, 4).value();
    const double first = table.norm(0, 3, 1).value();
    QVERIFY2(std::abs(last - 1.125) < 0.001, qPrintable(QString::number(last)));
    QVERIFY2(first > low && first < high, qPrintable(QString::number(first)));
    for (int t = 1; t < 4 && id != twins[0]; ++t) {
        const double ratio = table.norm(0, 3, t).value() / table.norm(0, 3, t + 1).value();
        QVERIFY2(low > 1 ? ratio > 2 : ratio < 0.5, "every hop does its part");
    }
}

void SlideTest::learnsToSayHello()
{
    QFETCH(QString, id);
    const Experiment experiment = readExperiment(id.toStdString());
    Trainer trainer(experiment);
    while (trainer.iteration() < experiment.training.iterations)
        trainer.step();
    QCOMPARE(trainer.evaluate().accuracy, 1.0);
}

void SlideTest::keepsItsWeightsWhereverItIsSaved()
{
    const Experiment experiment = readExperiment("hello-vanish");
    const Experiment again = parseExperiment(toJson(experiment, "/elsewhere"), "again", "/elsewhere");
    QVERIFY(again == experiment);
    QVERIFY(Trainer(again).parameters() == Trainer(experiment).parameters());
    QVERIFY(!(readExperiment("hello-explode") == experiment));
}

void SlideTest::tellsAnotherCellThatTheWeightsAreNotIts()
{
    const Experiment changed = withSetting(readExperiment("hello-slide"), "model.cell=lstm");
    try {
        Trainer trainer(changed);
        QFAIL("it ran");
    } catch (const std::exception& error) {
        QCOMPARE(QString(error.what()), QString("hello-slide: weights: tensor \"rnn.bias_hh_l0\": found "
                                                "shape [3], expected [12] for this model"));
    }
}

QTEST_APPLESS_MAIN(SlideTest)
#include "slide_test.moc"
