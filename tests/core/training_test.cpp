// How runs are trained: schedules, clipping, truncated gradients, carried states, min-char-rnn.

#include "core/files/experiment_file.h"
#include "core/files/weight_file.h"
#include "core/gradients/itemised.h"
#include "core/gradients/numerical_check.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/training/optimizer.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"
#include "thrown.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <fstream>

using namespace unrolled;

namespace {

bool sameBits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           (a.size() == 0 ||
            std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0);
}

/// The largest difference, as a share of the largest expected magnitude.
double relativeError(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected)
{
    if (actual.rows() != expected.rows() || actual.cols() != expected.cols())
        return std::numeric_limits<double>::infinity();
    const double error = (actual - expected).cwiseAbs().maxCoeff();
    return error > 0 ? error / expected.cwiseAbs().maxCoeff() : error;
}

std::vector<CellSpec> allCells()
{
    return {{CellKind::Rnn, Activation::Tanh, GruReset::After},
            {CellKind::Gru, Activation::Tanh, GruReset::After},
            {CellKind::Gru, Activation::Tanh, GruReset::Before},
            {CellKind::Lstm, Activation::Tanh, GruReset::After}};
}

std::string words(const CellSpec& cell)
{
    return std::string(title(cell.kind)) +
           (cell.kind == CellKind::Gru ? " with reset " + std::string(name(cell.gruReset)) : "");
}

Experiment carrying(const CellSpec& cell, int batch)
{
    Experiment experiment = reference::textExperiment(7);
    experiment.model.cell = cell;
    experiment.model.hidden = {4, 3};
    experiment.training.batch = batch;
    experiment.training.carryState = true;
    return experiment;
}

/// The end of the state of a recorded sequence, layer by layer.
Eigen::VectorXd lastState(const IterationTrace& trace, int layer, const char* channel)
{
    return trace.channel(layer, channel).value.col(trace.steps() - 1);
}

QString worst(const std::vector<BlockCheck>& checks)
{
    QString text;
    for (const BlockCheck& check : checks) {
        if (!(check.largestError <= checkTolerance))
            text += QString("%1[%2, %3]: back-propagation has %4, central differences %5; ")
                        .arg(QString::fromStdString(check.parameter))
                        .arg(check.row)
                        .arg(check.col)
                        .arg(check.gradient, 0, 'g', 12)
                        .arg(check.difference, 0, 'g', 12);
    }
    return text;
}

} // namespace

/// The sanitizer, too, says no to what is too much.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options()
{
    return "allocator_may_return_null=1";
}

class TrainingTest : public QObject
{
    Q_OBJECT

private slots:
    void minCharRnnIsThatOfNumPy();
    void learningRatesAreThoseOfPyTorch();
    void aScheduleStartsFromTheRateInForce();
    void anUpdateInPartsHasTheSameBits();
    void anUpdateThatOverflowsIsSeenAtOnce();
    void aLossThatAllButVanishesIsRight_data();
    void aLossThatAllButVanishesIsRight();
    void aProbabilityThatVanishesSendsNothingBack();
    void entriesAreClippedBeforeTheNorm();
    void truncatedGradientsAgreeWithCentralDifferences_data();
    void truncatedGradientsAgreeWithCentralDifferences();
    void aTruncatedGradientEndsAtItsBorders();
    void truncationLeavesTheForwardPassAlone();
    void theStateIsCarriedOnAndStartsAgainWithTheData_data();
    void theStateIsCarriedOnAndStartsAgainWithTheData();
    void aBatchReadsParallelStreams();
    void aCarriedStateSurvivesCheckpointsAndReplay();
    void independentSequencesCarryNothing();
    void tooLittleMemoryIsToldWithItsSize();
};

void TrainingTest::minCharRnnIsThatOfNumPy()
{
    Experiment experiment =
        readExperiment((reference::directory() / "../../resources/experiments/min-char-rnn.json").string());
    QCOMPARE(makeTask(experiment)->plan().size(), std::size_t(25));
    experiment.directory = reference::directory();
    experiment.task.file = "text.txt";
    experiment.weights = "weights/min-char-rnn.safetensors";
    const Tensors expected = readSafetensors(reference::directory() / "min-char-rnn.safetensors");
    const Eigen::VectorXd losses = expected.at("losses").values;
    const Eigen::VectorXd clipped = expected.at("clipped").values;

    Trainer trainer(experiment);
    constexpr double tolerance = 1e-10;
    for (Eigen::Index i = 0; i < losses.size(); ++i) {
        const IterationSummary summary = trainer.step();
        QVERIFY2(std::abs(summary.loss - losses[i]) <= tolerance * losses[i],
                 qPrintable(QString("iteration %1: loss %2, NumPy has %3")
                                .arg(i)
                                .arg(summary.loss, 0, 'g', 17)
                                .arg(losses[i], 0, 'g', 17)));
        QCOMPARE(summary.clipped, clipped[i] != 0);
    }
    for (const auto& [name, tensor] : toStateDict(trainer.layout(), trainer.parameters())) {
        const double error = relativeError(tensor.values, expected.at("after/" + name).values);
        QVERIFY2(error <= tolerance, (name + " differs by " + std::to_string(error)).c_str());
    }
    const double error = relativeError(trainer.checkpoint().carried, expected.at("state").values);
    QVERIFY2(error <= tolerance, std::to_string(error).c_str());
}

void TrainingTest::learningRatesAreThoseOfPyTorch()
{
    std::ifstream file(reference::directory() / "schedules.json");
    const auto all = nlohmann::json::parse(file);
    for (const auto& row : all.at("cases")) {
        Experiment experiment = withSetting(Experiment(), "training=" + row.at("training").dump());
        experiment.training.learningRate = all.at("learning_rate");
        std::int64_t iteration = 0;
        for (const double expected : row.at("rates")) {
            const double rate = learningRateAt(experiment.training, iteration);
            QVERIFY2(std::abs(rate - expected) <= 1e-14,
                     qPrintable(QString("%1 at %2: %3, PyTorch has %4")
                                    .arg(row.at("training").dump().c_str())
                                    .arg(iteration)
                                    .arg(rate, 0, 'g', 17)
                                    .arg(expected, 0, 'g', 17)));
            ++iteration;
        }
        QVERIFY(iteration >= 30);
    }
}

void TrainingTest::aScheduleStartsFromTheRateInForce()
{
    Experiment experiment;
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 0.5;
    experiment.training.schedule = Schedule::Exponential;
    experiment.training.scheduleFactor = 0.5;
    experiment.interventions = {{2, "training.learning_rate", 8.0}};
    Trainer trainer(experiment);
    for (const double rate : {0.5, 0.25, 2.0, 1.0}) {
        const auto trace = trainer.record();
        QCOMPARE(trace->learningRate, rate);
        for (const ParameterTrace& each : trace->parameters)
            QVERIFY(relativeError(each.after, each.before - rate * each.gradient) <= 1e-15);
    }
}

void TrainingTest::anUpdateInPartsHasTheSameBits()
{
    constexpr Eigen::Index size = 103;
    std::srand(1);
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Nesterov,
                                     OptimizerKind::Adagrad, OptimizerKind::RmsProp, OptimizerKind::Adam}) {
        TrainingSettings settings;
        settings.optimizer = kind;
        settings.momentum = 0.7;
        Optimizer whole(size);
        Optimizer parts(size);
        Eigen::VectorXd a = Eigen::VectorXd::Random(size);
        Eigen::VectorXd b = a;
        for (int n = 0; n < 4; ++n) {
            const Eigen::VectorXd gradient = Eigen::VectorXd::Random(size);
            whole.update(settings, gradient, a);
            parts.begin(kind);
            for (const auto& [first, count] : {std::pair(50, 53), std::pair(0, 33), std::pair(33, 17)})
                parts.updatePart(settings, gradient, b, first, count);
            QVERIFY(sameBits(a, b));
            QVERIFY(sameBits(whole.state(), parts.state()));
        }
    }
}

void TrainingTest::anUpdateThatOverflowsIsSeenAtOnce()
{
    Experiment experiment;
    experiment.training.optimizer = OptimizerKind::Nesterov;
    experiment.training.momentum = 0.9;
    experiment.training.learningRate = 1.7e308;
    Trainer trainer(experiment);
    const IterationSummary summary = trainer.step();
    QVERIFY(std::isfinite(summary.loss) && std::isfinite(summary.gradientNorm));
    QVERIFY(!trainer.parameters().allFinite());
    QVERIFY(!trainer.finite());
}

void TrainingTest::aLossThatAllButVanishesIsRight_data()
{
    QTest::addColumn<double>("gap"); // of the score of "l" from those of the others, about
    for (const double gap : {30.0, 640.0, 700.0, 712.0, 735.0, 800.0, 1e200})
        QTest::addRow("scores %g apart", gap) << gap;
}

void TrainingTest::aLossThatAllButVanishesIsRight()
{
    QFETCH(double, gap);
    Experiment experiment;
    experiment.task.id = "hello";
    Intervention bias;
    bias.kind = InterventionKind::Weight;
    bias.set = "out.bias";
    bias.row = 2;
    bias.column = 0;
    bias.value = gap;
    experiment.interventions = {bias};
    const auto trace = Trainer(experiment).record();
    for (const int t : {1, 2}) { // "l" is right
        const Eigen::VectorXd y = trace->outputs.y.value.col(t);
        long double rest = 0;
        for (const int other : {0, 1, 3})
            rest += std::exp(static_cast<long double>(y(other) - y(2)));
        const double expected = static_cast<double>(std::log1p(rest));
        const double least = std::numeric_limits<double>::denorm_min();
        QVERIFY2(std::abs(trace->outputs.losses(t) - expected) <= 1e-15 * expected + 4 * least,
                 (std::to_string(std::log10(trace->outputs.losses(t))) + ", not " +
                  std::to_string(std::log10(expected)))
                     .c_str());
    }
}

void TrainingTest::aProbabilityThatVanishesSendsNothingBack()
{
    // After one update at this rate the scores are 1e150 apart and more, and so large are the weights that
    // what is left of a probability would be a gradient.
    Experiment experiment;
    experiment.task.id = "hello";
    experiment.model.cell.kind = CellKind::Gru;
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 1e160;
    Trainer trainer(experiment);
    trainer.step();
    const auto trace = trainer.record();
    const auto& out = trace->outputs;
    Eigen::Index vanished = 0;
    for (Eigen::Index t = 0; t < out.probabilities.cols(); ++t) {
        for (Eigen::Index i = 0; i < out.probabilities.rows(); ++i) {
            if (out.y.value(i, t) < out.y.value.col(t).maxCoeff() - 800) {
                ++vanished;
                QCOMPARE(out.probabilities(i, t), 0.0);
            }
        }
    }
    QVERIFY(vanished > 0);
    const Itemised rows(*trace);
    QVERIFY2(rows.largestDifference(0) < 1e-12, std::to_string(rows.largestDifference(0)).c_str());
}

void TrainingTest::entriesAreClippedBeforeTheNorm()
{
    Experiment experiment = reference::textExperiment(6);
    Trainer plain(experiment);
    const auto whole = plain.record();
    double largest = 0;
    for (const ParameterTrace& each : whole->parameters)
        largest = std::max(largest, each.gradient.cwiseAbs().maxCoeff());
    QVERIFY(!whole->clipped);

    experiment.training.clipValue = largest / 2;
    const auto entries = Trainer(experiment).record();
    QVERIFY(entries->clipped);
    QVERIFY(entries->clippedEntries);
    double squares = 0;
    for (const ParameterTrace& each : entries->parameters) {
        QVERIFY(sameBits(each.clippedGradient, each.gradient.cwiseMin(largest / 2).cwiseMax(-largest / 2)));
        squares += each.clippedGradient.squaredNorm();
    }
    const double norm = std::sqrt(squares);
    QCOMPARE(entries->gradientNorm, whole->gradientNorm);
    QVERIFY(std::abs(entries->clipScale * entries->gradientNorm - norm) <= 1e-14 * norm);

    experiment.training.clipNorm = norm / 3;
    const auto both = Trainer(experiment).record();
    for (std::size_t k = 0; k < both->parameters.size(); ++k)
        QVERIFY(relativeError(both->parameters[k].clippedGradient,
                              entries->parameters[k].clippedGradient / 3) <= 1e-14);

    experiment.training.clipValue = largest;
    experiment.training.clipNorm = 0;
    const auto none = Trainer(experiment).record();
    QVERIFY(!none->clipped);
    QCOMPARE(none->clipScale, 1.0);
}

void TrainingTest::truncatedGradientsAgreeWithCentralDifferences_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("truncate");
    for (int cell = 0; cell < static_cast<int>(allCells().size()); ++cell) {
        for (const int truncate : {1, 3, 7})
            QTest::newRow((words(allCells()[static_cast<std::size_t>(cell)]) + " truncated every " +
                           std::to_string(truncate) + " of 7 steps")
                              .c_str())
                << cell << truncate;
    }
}

void TrainingTest::truncatedGradientsAgreeWithCentralDifferences()
{
    QFETCH(int, cell);
    QFETCH(int, truncate);
    // A border is a state that counts as a constant: central differences hold it as it is.
    Experiment experiment = carrying(allCells()[static_cast<std::size_t>(cell)], 2);
    experiment.training.truncate = truncate;
    Trainer trainer(experiment);
    trainer.step();
    const QString message = worst(checkGradients(trainer));
    QVERIFY2(message.isEmpty(), qPrintable(message));
    QCOMPARE(trainer.iteration(), std::int64_t(1));

    experiment.training.truncate = 0;
    Trainer full(experiment);
    full.step();
    trainer.restore(full.checkpoint());
    const Eigen::MatrixXd truncated = trainer.record()->parameter(ParameterRole::RecurrentWeight, 0).gradient;
    const Eigen::MatrixXd whole = full.record()->parameter(ParameterRole::RecurrentWeight, 0).gradient;
    QCOMPARE(sameBits(truncated, whole), truncate == 7);
}

void TrainingTest::aTruncatedGradientEndsAtItsBorders()
{
    // One output at the end: no gradient reaches what lies before the last border.
    Experiment experiment = reference::seriesExperiment(8);
    experiment.task.counted = Counted::Last;
    experiment.training.truncate = 3;
    for (const CellSpec& cell : allCells()) {
        experiment.model.cell = cell;
        const auto trace = Trainer(experiment).record();
        for (int t = 1; t <= 8; ++t) {
            const bool reached = !trace->channel(0, "h").gradient.col(t - 1).isZero(0);
            QCOMPARE(reached, t > 6);
            if (trace->hasChannel("c"))
                QCOMPARE(!trace->channel(0, "c").gradient.col(t - 1).isZero(0), t > 6);
        }
        QVERIFY(!trace->handsBack(0, 3) && !trace->handsBack(0, 6) && trace->handsBack(0, 7));
    }
}

void TrainingTest::truncationLeavesTheForwardPassAlone()
{
    Experiment experiment = reference::textExperiment(8);
    const auto whole = Trainer(experiment).record();
    experiment.training.truncate = 2;
    const auto truncated = Trainer(experiment).record();
    QCOMPARE(whole->loss, truncated->loss);
    QVERIFY(sameBits(whole->channel(0, "h").value, truncated->channel(0, "h").value));
    QVERIFY(!sameBits(whole->channel(0, "h").gradient, truncated->channel(0, "h").gradient));
}

void TrainingTest::theStateIsCarriedOnAndStartsAgainWithTheData_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("batch");
    for (int cell = 0; cell < static_cast<int>(allCells().size()); ++cell) {
        for (const int batch : {1, 3})
            QTest::newRow(
                (words(allCells()[static_cast<std::size_t>(cell)]) + ", batch of " + std::to_string(batch))
                    .c_str())
                << cell << batch;
    }
}

void TrainingTest::theStateIsCarriedOnAndStartsAgainWithTheData()
{
    QFETCH(int, cell);
    QFETCH(int, batch);
    const Experiment experiment = carrying(allCells()[static_cast<std::size_t>(cell)], batch);
    Trainer trainer(experiment);
    const std::int64_t period = trainer.task().sequences() / batch;
    QVERIFY(period > 3);
    for (int b = 0; b < batch; ++b) {
        Trainer watched = trainer.twin();
        std::shared_ptr<IterationTrace> before;
        for (std::int64_t i = 0; i < 2 * period + 2; ++i) {
            const auto trace = watched.record(b);
            for (int layer = 0; layer < 2; ++layer) {
                const LayerTrace& states = trace->layers[static_cast<std::size_t>(layer)];
                if (i % period == 0) {
                    QVERIFY(states.initialHidden.isZero(0));
                    QVERIFY(states.initialCell.isZero(0));
                    continue;
                }
                QVERIFY(sameBits(states.initialHidden, lastState(*before, layer, "h")));
                if (trace->hasChannel("c"))
                    QVERIFY(sameBits(states.initialCell, lastState(*before, layer, "c")));
            }
            before = trace;
        }
    }
}

void TrainingTest::aBatchReadsParallelStreams()
{
    Experiment experiment = carrying(allCells()[0], 1);
    const auto one = makeTask(experiment);
    const std::int64_t period = one->sequences() / 3;
    experiment.training.batch = 3;
    const auto task = makeTask(experiment);
    Batch single;
    Batch batch;
    for (std::int64_t i = 0; i < 2 * period; ++i) {
        task->fill(batch, 3, i);
        for (int b = 0; b < 3; ++b) {
            one->fill(single, 1, b * period + i % period);
            for (int t = 0; t < 7; ++t)
                QCOMPARE(batch.inputClasses[static_cast<std::size_t>(3 * t + b)],
                         single.inputClasses[static_cast<std::size_t>(t)]);
        }
    }
}

void TrainingTest::aCarriedStateSurvivesCheckpointsAndReplay()
{
    for (const CellSpec& cell : allCells()) {
        const Experiment experiment = carrying(cell, 2);
        Trainer trainer(experiment);
        std::vector<TracePtr> expected;
        for (int i = 0; i < 40; ++i)
            expected.push_back(trainer.record(1));
        History history(experiment, std::size_t(1) << 15);
        for (const int i : {39, 3, 17, 16, 38, 0, 21, 39, 5}) {
            const TracePtr trace = history.trace(i, 1);
            QCOMPARE(trace->loss, expected[static_cast<std::size_t>(i)]->loss);
            QVERIFY(sameBits(trace->layers[0].initialHidden,
                             expected[static_cast<std::size_t>(i)]->layers[0].initialHidden));
            QVERIFY(sameBits(trace->parameters[0].after,
                             expected[static_cast<std::size_t>(i)]->parameters[0].after));
        }
        Trainer other(experiment);
        for (int i = 0; i < 11; ++i) {
            other.evaluate();
            other.step();
        }
        Trainer twin = other.twin();
        Trainer restored(experiment);
        restored.restore(other.checkpoint());
        for (int i = 11; i < 40; ++i) {
            QCOMPARE(twin.step().loss, expected[static_cast<std::size_t>(i)]->loss);
            QCOMPARE(restored.step().loss, expected[static_cast<std::size_t>(i)]->loss);
        }
        QVERIFY(sameBits(twin.parameters(), trainer.parameters()));
        QVERIFY(sameBits(restored.parameters(), trainer.parameters()));
    }
}

void TrainingTest::independentSequencesCarryNothing()
{
    Experiment adding;
    adding.task.id = "adding";
    adding.training.carryState = true;
    adding.source = "e.json";
    QCOMPARE(
        thrown([&] { Trainer trainer(adding); }),
        QString("e.json: training.carry_state: found true, expected false, as the sequences of adding are "
                "independent (those of text and series go on)"));
    Experiment text = carrying(allCells()[0], 1000);
    QCOMPARE(
        thrown([&] { Trainer trainer(text); }),
        QString("reference: training.batch: found 1000, expected 1 to 34 with training.carry_state, as the "
                "data have 34 sequences"));
}

void TrainingTest::tooLittleMemoryIsToldWithItsSize()
{
    // 8·10¹⁵ bytes for one matrix are beyond what a process can address.
    Experiment experiment;
    experiment.source = "here";
    experiment.task.id = "adding";
    experiment.task.length = 1'000'000;
    experiment.model.hidden = {1'000'000'000};
    try {
        const Trainer trainer(experiment);
        QFAIL("there cannot be that much");
    } catch (const RunError& error) {
        // u(d + u + 1) + u + 1 weights; a, h and their gradients of each unit and step
        QCOMPARE(
            QString(error.what()),
            QString(
                "here: the run needs more memory than there is: at least 16000000064.0 GB for "
                "1000000004000000001 weights and 32000000.0 GB for 1000000000 units over 1000000 steps of 1 "
                "sequence; a smaller model.hidden, task.length or training.batch helps"));
    }
}

QTEST_APPLESS_MAIN(TrainingTest)
#include "training_test.moc"
