// One loss on its way back alone: all of them add up to the gradient, and each is what the sweep says.

#include "core/files/experiment_file.h"
#include "core/gradients/loss_alone.h"
#include "core/gradients/state_gradients.h"
#include "core/training/trainer.h"

#include <QTest>

#include <cmath>
#include <stdexcept>

using namespace unrolled;

namespace {

struct Sum
{
    Eigen::MatrixXd value;
    double size = 0; ///< what rounding is relative to: terms may cancel

    void add(const Eigen::MatrixXd& term, double scale)
    {
        if (value.size() == 0)
            value.setZero(term.rows(), term.cols());
        value += scale * term;
        size += scale * term.norm();
    }
};

void compare(const Sum& sum, const Eigen::MatrixXd& whole, const QString& what)
{
    const double error = (sum.value - whole).norm();
    QVERIFY2(error <= 1e-12 * sum.size,
             qPrintable(QString("%1: %2 of %3").arg(what).arg(error).arg(sum.size)));
}

} // namespace

class LossAloneTest : public QObject
{
    Q_OBJECT

private slots:
    void allOfThemAddUpToTheGradient_data();
    void allOfThemAddUpToTheGradient();
    void nothingElseChanges();
    void aStepWithoutALossIsRefused();
};

void LossAloneTest::allOfThemAddUpToTheGradient_data()
{
    QTest::addColumn<QString>("fields");
    const std::pair<const char*, const char*> runs[] = {
        {"every step has a loss", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4]})"},
        {"two layers", R"("task": {"id": "echo"}, "model": {"cell": "CELL", "hidden": [4, 3]})"},
        {"the mean of a batch", R"("task": {"id": "copy"}, "model": {"cell": "CELL", "hidden": [4]},
            "training": {"batch": 3, "loss": "mean"})"},
        {"an encoder, lengths that differ", R"("task": {"id": "addition", "digits": 2},
            "model": {"cell": "CELL", "hidden": [4]}, "training": {"batch": 3})"},
        {"its own answers", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4]},
            "training": {"teacher_forcing": 0})"},
        {"truncated", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4, 3]},
            "training": {"truncate": 2})"},
        {"cut, clamped, silenced", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4, 3]},
            "interventions": [{"iteration": 0, "cut": 2, "layer": 1}, {"iteration": 0, "silence": 3},
            {"iteration": 0, "clamp": "GATE", "value": 0.4, "layer": 2, "units": [1]}])"},
    };
    for (const char* cell : {"rnn", "gru", "lstm"}) {
        for (const auto& [name, fields] : runs) {
            QString text = QString::fromLatin1(fields);
            text.replace("CELL", cell);
            text.replace("GATE", *cell == 'r' ? "h" : *cell == 'g' ? "z" : "f");
            QTest::addRow("%s, %s", cell, name) << text;
        }
    }
}

void LossAloneTest::allOfThemAddUpToTheGradient()
{
    QFETCH(QString, fields);
    Trainer trainer(parseExperiment("{\"unrolled\": 1, " + fields.toStdString() + "}", "test", {}));
    for (int i = 0; i < 2; ++i)
        trainer.step();
    const TracePtr trace = trainer.record(trainer.experiment().training.batch - 1);

    std::vector<int> counted;
    for (int t = 1; t <= trace->steps(); ++t) {
        if (trace->plan[static_cast<std::size_t>(t - 1)].counted)
            counted.push_back(t);
    }
    QVERIFY(counted.size() > 1);
    // What L_s counts in L: the mean over the batch of the sum, or the mean, over the steps.
    const bool mean = trainer.experiment().training.loss == Reduction::Mean;
    const double scale = 1.0 / trace->batch / (mean ? static_cast<double>(counted.size()) : 1.0);
    Sum outputs;
    std::vector<std::vector<Sum>> channels(trace->layers.size());
    std::vector<Sum> first(trace->layers.size());
    for (const int s : counted) {
        const TracePtr alone = lossAlone(trace, s);
        const std::vector<StateGradientNorms> norms = stateGradientNorms(*trace, s);
        outputs.add(alone->outputs.y.gradient, scale);
        for (std::size_t l = 0; l < trace->layers.size(); ++l) {
            channels[l].resize(trace->layers[l].channels.size());
            for (std::size_t k = 0; k < channels[l].size(); ++k)
                channels[l][k].add(alone->layers[l].channels[k].gradient, scale);
            first[l].add(alone->layers[l].initialHiddenGradient, scale);
            for (int t = 1; t <= trace->steps(); ++t) {
                const double norm = alone->channel(static_cast<int>(l), "h").gradient.col(t - 1).norm();
                const double swept = norms[l].hidden[static_cast<std::size_t>(t - 1)].value();
                QVERIFY(std::abs(norm - swept) <= 1e-12 * swept);
            }
        }
    }
    compare(outputs, trace->outputs.y.gradient, "y");
    for (std::size_t l = 0; l < channels.size(); ++l) {
        for (std::size_t k = 0; k < channels[l].size(); ++k)
            compare(channels[l][k], trace->layers[l].channels[k].gradient,
                    QString::fromUtf8(unrolled::channels(trace->cell)[k].name.data()));
        compare(first[l], trace->layers[l].initialHiddenGradient, "h_0");
    }
}

void LossAloneTest::nothingElseChanges()
{
    Experiment experiment;
    experiment.model.cell.kind = CellKind::Lstm;
    const TracePtr trace = Trainer(experiment).record();
    const TracePtr alone = lossAlone(trace, 3);
    QCOMPARE(alone->iteration, trace->iteration);
    QCOMPARE(alone->loss, trace->loss);
    QCOMPARE(alone->input, trace->input);
    for (std::size_t k = 0; k < trace->parameters.size(); ++k) {
        QVERIFY(alone->parameters[k].gradient == trace->parameters[k].gradient);
        QVERIFY(alone->parameters[k].after == trace->parameters[k].after);
    }
    for (std::size_t k = 0; k < trace->layers[0].channels.size(); ++k)
        QVERIFY(alone->layers[0].channels[k].value == trace->layers[0].channels[k].value);
    QVERIFY(alone->channel(0, "h").gradient.col(3).isZero(0)); // behind the loss
    QVERIFY(!alone->channel(0, "h").gradient.col(2).isZero(0));
}

void LossAloneTest::aStepWithoutALossIsRefused()
{
    Experiment experiment;
    experiment.task.id = "adding";
    experiment.task.length = 8;
    const TracePtr trace = Trainer(experiment).record();
    for (const int s : {0, 3, 9})
        QVERIFY_EXCEPTION_THROWN(lossAlone(trace, s), std::out_of_range);
    QVERIFY(lossAlone(trace, 8)->channel(0, "h").gradient.col(0).norm() > 0);
}

QTEST_APPLESS_MAIN(LossAloneTest)
#include "loss_alone_test.moc"
