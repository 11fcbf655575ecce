// A run is a pure function of its experiment: bit for bit, however it is looked at.

#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTest>
#include <cstring>

using namespace unrolled;

namespace {

bool sameBits(const Eigen::VectorXd& a, const Eigen::VectorXd& b)
{
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

void trainTo(Trainer& trainer, std::int64_t iteration)
{
    while (trainer.iteration() < iteration)
        trainer.step();
}

} // namespace

class RunTest : public QObject
{
    Q_OBJECT

private slots:
    void everyRun_data();
    void everyRun();
    void clippingScalesTheJointNorm();
    void clippingLeavesShortGradientsAlone();
    void anotherSeedIsAnotherRun();
    void interventionTakesEffectAtItsIteration();
};

void RunTest::everyRun_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("optimizer");
    for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        for (const OptimizerKind optimizer :
             {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Nesterov, OptimizerKind::Adagrad,
              OptimizerKind::RmsProp, OptimizerKind::Adam}) {
            const std::string words = std::string(title(cell)) + " with " + std::string(name(optimizer)) +
                                      " repeats itself bit for bit";
            QTest::newRow(words.c_str()) << static_cast<int>(cell) << static_cast<int>(optimizer);
        }
    }
}

void RunTest::everyRun()
{
    QFETCH(int, cell);
    QFETCH(int, optimizer);
    Experiment experiment = reference::textExperiment(5);
    experiment.model.cell.kind = static_cast<CellKind>(cell);
    experiment.model.hidden = {5, 4};
    experiment.training.optimizer = static_cast<OptimizerKind>(optimizer);
    experiment.training.learningRate = 0.01;
    experiment.training.momentum = 0.9;
    experiment.training.clipNorm = 0.7;
    experiment.training.batch = 3;

    Trainer trainer(experiment);
    const Checkpoint start = trainer.checkpoint();
    QVERIFY(sameBits(start.parameters, trainer.parameters()));
    trainTo(trainer, 12);
    const Checkpoint middle = trainer.checkpoint();
    trainTo(trainer, 30);
    const Eigen::VectorXd end = trainer.parameters();
    QVERIFY(trainer.finite());
    QVERIFY(!sameBits(start.parameters, end));

    Trainer again(experiment);
    trainTo(again, 30);
    QVERIFY2(sameBits(end, again.parameters()), "the same seed gives the same run");

    Trainer recorded(experiment);
    while (recorded.iteration() < 30) {
        recorded.evaluate();
        recorded.record(static_cast<int>(recorded.iteration() % 3));
    }
    QVERIFY2(sameBits(end, recorded.parameters()), "recording and evaluating change nothing");

    trainer.restore(start);
    QCOMPARE(trainer.iteration(), 0);
    QVERIFY2(sameBits(start.parameters, trainer.parameters()), "reset restores the very same weights");
    trainTo(trainer, 30);
    QVERIFY2(sameBits(end, trainer.parameters()), "the run after a reset is the same");

    Trainer continued(experiment);
    continued.restore(middle);
    QCOMPARE(continued.iteration(), 12);
    trainTo(continued, 30);
    QVERIFY2(sameBits(end, continued.parameters()), "a checkpoint continues the run");
}

void RunTest::clippingScalesTheJointNorm()
{
    Experiment experiment = reference::seriesExperiment(6);
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 0.5;
    experiment.training.clipNorm = 0.01;
    Trainer trainer(experiment);
    const auto trace = trainer.record();
    QVERIFY(trace->gradientNorm > 0.01);
    QVERIFY(trace->clipped);

    double raw = 0;
    double clipped = 0;
    for (const ParameterTrace& parameter : trace->parameters) {
        raw += parameter.gradient.squaredNorm();
        clipped += parameter.clippedGradient.squaredNorm();
        const Eigen::MatrixXd scaled = parameter.gradient * (0.01 / trace->gradientNorm);
        QVERIFY((parameter.clippedGradient - scaled).cwiseAbs().maxCoeff() <= 1e-16);
        const Eigen::MatrixXd moved = parameter.before - 0.5 * parameter.clippedGradient;
        QVERIFY((parameter.after - moved).cwiseAbs().maxCoeff() <= 1e-15);
    }
    QVERIFY(std::abs(std::sqrt(raw) - trace->gradientNorm) <= 1e-14 * trace->gradientNorm);
    QVERIFY(std::abs(std::sqrt(clipped) - 0.01) <= 1e-15);
    QVERIFY(std::abs(trace->clipScale - 0.01 / trace->gradientNorm) <= 1e-15);
}

void RunTest::clippingLeavesShortGradientsAlone()
{
    Experiment experiment = reference::seriesExperiment(6);
    experiment.training.clipNorm = 1e6;
    Trainer trainer(experiment);
    const auto trace = trainer.record();
    QVERIFY(!trace->clipped);
    QCOMPARE(trace->clipScale, 1.0);
    experiment.training.clipNorm = 0;
    Trainer unclipped(experiment);
    unclipped.step();
    QVERIFY(sameBits(trainer.parameters(), unclipped.parameters()));
}

void RunTest::anotherSeedIsAnotherRun()
{
    Experiment experiment;
    const Eigen::VectorXd first = Trainer(experiment).parameters();
    experiment.seed = 2;
    QVERIFY(!sameBits(first, Trainer(experiment).parameters()));
}

void RunTest::interventionTakesEffectAtItsIteration()
{
    Experiment plain;
    Experiment changed = plain;
    changed.interventions.push_back({7, "training.learning_rate", 0.5});
    Trainer a(plain);
    Trainer b(changed);
    trainTo(a, 7);
    trainTo(b, 7);
    QVERIFY(sameBits(a.parameters(), b.parameters()));
    QCOMPARE(b.record()->learningRate, 0.5);
    a.step();
    QVERIFY(!sameBits(a.parameters(), b.parameters()));
}

QTEST_APPLESS_MAIN(RunTest)
#include "run_test.moc"
