// The first promise of the program: hello, with its defaults, learns.

#include "core/trace/iteration_trace.h"
#include "core/training/trainer.h"

#include <QTest>

using namespace unrolled;

class HelloTest : public QObject
{
    Q_OBJECT

private slots:
    void answersElloAfterItsUpdates_data();
    void answersElloAfterItsUpdates();
    void readsHelloOneCharacterAhead();
};

void HelloTest::answersElloAfterItsUpdates_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("seed");
    for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        for (int seed = 1; seed <= 20; ++seed) {
            const std::string words =
                std::string(title(cell)) + " with seed " + std::to_string(seed) + " answers ello";
            QTest::newRow(words.c_str()) << static_cast<int>(cell) << seed;
        }
    }
}

void HelloTest::answersElloAfterItsUpdates()
{
    QFETCH(int, cell);
    QFETCH(int, seed);
    Experiment experiment;
    experiment.model.cell.kind = static_cast<CellKind>(cell);
    experiment.seed = static_cast<std::uint64_t>(seed);
    QCOMPARE(experiment.training.iterations, 300);

    Trainer trainer(experiment);
    while (trainer.iteration() < experiment.training.iterations)
        trainer.step();
    QCOMPARE(trainer.evaluate().accuracy, 1.0);

    const auto trace = trainer.record();
    QCOMPARE(trace->iteration, 300);
    std::string answer;
    for (int t = 0; t < trace->steps(); ++t)
        answer += trace->vocabulary->at(static_cast<std::size_t>(trace->outputs.predicted[t]));
    QCOMPARE(answer, std::string("ello"));
}

void HelloTest::readsHelloOneCharacterAhead()
{
    Trainer trainer{Experiment()};
    const auto trace = trainer.record();
    QCOMPARE(*trace->vocabulary, (std::vector<std::string>{"h", "e", "l", "o"}));
    QCOMPARE(trace->inputClasses, (std::vector<int>{0, 1, 2, 2}));
    QCOMPARE(trace->outputs.targetClasses, (std::vector<int>{1, 2, 2, 3}));
}

QTEST_APPLESS_MAIN(HelloTest)
#include "hello_test.moc"
