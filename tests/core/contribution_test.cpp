// What each step adds to the gradient of the weights, and the update that it alone causes.

#include "core/gradients/contribution.h"
#include "core/gradients/hop.h"
#include "tests/core/networks.h"

#include <QTest>
#include <cmath>
#include <map>

using namespace unrolled;
using namespace networks;

class ContributionTest : public QObject
{
    Q_OBJECT

private slots:
    void contributionsAddUpToTheGradient_data();
    void contributionsAddUpToTheGradient();
    void contributionsBelowDoublesRangeKeepTheirSize();
    void sumGradientsAreThoseOfTheTrace_data();
    void sumGradientsAreThoseOfTheTrace();
    void updatesOfPlainSgdAddUpToTheUpdate();
    void adamAloneIsTheDifferenceItMakes();
    void float32LosesSmallUpdates();
};

void ContributionTest::contributionsAddUpToTheGradient_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("batch");
    for (int cell = 0; cell < 7; ++cell) {
        const std::string name = allCells()[static_cast<std::size_t>(cell)].name;
        QTest::newRow((name + ", one sequence").c_str()) << cell << 1;
        QTest::newRow((name + ", over the sequences of a batch").c_str()) << cell << 3;
    }
}

void ContributionTest::contributionsAddUpToTheGradient()
{
    QFETCH(int, cell);
    QFETCH(int, batch);
    Experiment experiment = textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {5, 4}, 8);
    experiment.training.batch = batch;
    experiment.training.loss = Reduction::Mean;
    Trainer trainer(experiment);
    for (int i = 0; i < 2; ++i)
        trainer.step();
    const Checkpoint start = trainer.checkpoint();
    std::map<std::string, Eigen::MatrixXd> sums;
    std::map<std::string, double> sizes; // what rounding is relative to: terms may cancel
    std::shared_ptr<IterationTrace> trace;
    for (int sequence = 0; sequence < batch; ++sequence) {
        trainer.restore(start);
        trace = trainer.record(sequence);
        int seen = 0;
        visitContributions(*trace, [&](const Contribution& part) {
            const Eigen::MatrixXd value = part.values * std::scalbn(1.0, part.exponent);
            const std::string& name = part.parameter.block.name;
            if (sums.count(name) == 0)
                sums[name] = Eigen::MatrixXd::Zero(value.rows(), value.cols());
            sums[name] += value;
            sizes[name] += value.norm();
            QCOMPARE(part.norm().value(), value.norm());
            ++seen;
        });
        QCOMPARE(seen, 8 * static_cast<int>(trace->parameters.size()));
    }
    for (const ParameterTrace& parameter : trace->parameters) {
        const std::string& name = parameter.block.name;
        QVERIFY(sizes[name] > 0);
        const double error = (sums[name] - parameter.gradient).norm();
        QVERIFY2(error <= 1e-12 * sizes[name],
                 qPrintable(QString("%1: %2 of %3").arg(name.c_str()).arg(error).arg(sizes[name])));
    }
}

void ContributionTest::contributionsBelowDoublesRangeKeepTheirSize()
{
    const auto trace =
        std::make_shared<IterationTrace>(*silentLinear(1e-4 * Eigen::MatrixXd::Identity(3, 3), 101));
    trace->outputs.y.gradient.leftCols(100).setZero();
    std::map<int, double> logs;
    visitContributions(*trace, [&](const Contribution& part) {
        if (part.parameter.block.role == ParameterRole::Bias)
            logs[part.t] = part.norm().log10();
    });
    QCOMPARE(logs.size(), std::size_t(101));
    QVERIFY(logs[1] < -399);
    QVERIFY(std::abs(logs[1] - (logs[101] - 400)) < 1e-11);
}

void ContributionTest::sumGradientsAreThoseOfTheTrace_data()
{
    QTest::addColumn<int>("cell");
    for (int cell = 0; cell < 7; ++cell)
        QTest::newRow(allCells()[static_cast<std::size_t>(cell)].name.c_str()) << cell;
}

void ContributionTest::sumGradientsAreThoseOfTheTrace()
{
    QFETCH(int, cell);
    const TracePtr trace =
        Trainer(textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {4}, 3)).record();
    // At the last step the state's gradient is the readout's alone: an LSTM's c hears of L through h_T only.
    const Eigen::Index n = 4;
    Eigen::VectorXd byState = Eigen::VectorXd::Zero(trace->cell.kind == CellKind::Lstm ? 2 * n : n);
    byState.head(n) = trace->channel(0, "h").gradient.col(2);
    const SumGradients sums = sumGradients(*trace, 0, 3, byState);
    constexpr std::string_view orders[] = {"h", "rzn", "ifgo"};
    Eigen::Index gate = 0;
    for (const char letter : orders[static_cast<int>(trace->cell.kind)]) {
        const Eigen::VectorXd recorded = trace->channel(0, std::string("a_") + letter).gradient.col(2);
        QVERIFY(recorded.norm() > 0);
        QVERIFY((sums.input.segment(gate * n, n) - recorded).norm() <= 1e-14 * recorded.norm());
        ++gate;
    }
}

void ContributionTest::updatesOfPlainSgdAddUpToTheUpdate()
{
    Experiment experiment = textExperiment({CellKind::Gru, {}, GruReset::After}, {4}, 6);
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 0.25;
    experiment.training.clipNorm = 0.5;
    Trainer trainer(experiment);
    const TracePtr trace = trainer.record();
    QVERIFY(trace->clipped);
    std::map<const ParameterTrace*, Eigen::VectorXd> sums;
    visitUpdates(*trace, Optimizer(trainer.layout().size()), experiment.training,
                 [&](const StepUpdate& update) {
                     auto& sum = sums[&update.parameter];
                     if (sum.size() == 0)
                         sum.setZero(update.change.size());
                     sum += update.change;
                 });
    for (const ParameterTrace& parameter : trace->parameters) {
        const Eigen::VectorXd whole = -0.25 * parameter.clippedGradient.reshaped();
        QVERIFY(whole.norm() > 0);
        QVERIFY((sums[&parameter] - whole).norm() <= 1e-12 * whole.norm());
    }
}

void ContributionTest::adamAloneIsTheDifferenceItMakes()
{
    Trainer trainer(textExperiment({}, {4}, 5));
    for (int i = 0; i < 3; ++i)
        trainer.step();
    const Checkpoint start = trainer.checkpoint();
    const TrainingSettings settings = trainer.experiment().training;
    Optimizer memory(start.parameters.size());
    memory.setState(settings.optimizer, start.optimizer);
    const TracePtr trace = trainer.record();

    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(start.parameters.size());
    visitContributions(*trace, [&](const Contribution& part) {
        if (part.t == 2)
            gradient.segment(part.parameter.block.offset, part.parameter.block.size()) =
                part.values.reshaped() * std::scalbn(1.0, part.exponent);
    });
    Eigen::VectorXd with = start.parameters;
    Eigen::VectorXd without = start.parameters;
    Optimizer(memory).update(settings, gradient, with);
    Optimizer(memory).update(settings, Eigen::VectorXd::Zero(gradient.size()), without);
    int seen = 0;
    visitUpdates(*trace, memory, settings, [&](const StepUpdate& update) {
        if (update.t != 2)
            return;
        const auto offset = update.parameter.block.offset;
        const Eigen::VectorXd expected = (with - without).segment(offset, update.change.size());
        QVERIFY((update.change - expected).norm() <= 1e-13);
        QVERIFY(expected.norm() > 1e-6);
        ++seen;
    });
    QCOMPARE(seen, static_cast<int>(trace->parameters.size()));
}

void ContributionTest::float32LosesSmallUpdates()
{
    Eigen::VectorXd weights(5);
    Eigen::VectorXd update(5);
    // Half a unit in the last place of 1 is 2^-24: the tie goes to 1, which is even.
    weights << 1, 1, 1, 0, 1;
    update << 0, 5.9e-8, 6.1e-8, 1e-30, 1e-60;
    const RoundingFate fate = fateInFloat32(weights, update);
    QCOMPARE(fate.zero, Eigen::Index(1));
    QCOMPARE(fate.lost, Eigen::Index(2));
    QCOMPARE(fate.kept, Eigen::Index(2));
}

QTEST_APPLESS_MAIN(ContributionTest)
#include "contribution_test.moc"
