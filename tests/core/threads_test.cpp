// Threads share the sequences of a batch; no bit depends on how many there are.

#include "core/files/experiment_file.h"
#include "core/network/blocked_network.h"
#include "core/network/thread_pool.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/training/initialiser.h"
#include "core/training/trainer.h"
#include "tests/core/networks.h"

#include <QTest>
#include <atomic>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

using namespace unrolled;

namespace {

constexpr int batchSize = 37; // 16, 12 and 9 sequences

bool sameBits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           (a.size() == 0 ||
            std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0);
}

bool same(const IterationSummary& a, const IterationSummary& b)
{
    return a.iteration == b.iteration && a.loss == b.loss && a.accuracy == b.accuracy &&
           a.gradientNorm == b.gradientNorm && a.clipped == b.clipped;
}

double relativeError(const Eigen::MatrixXd& found, const Eigen::MatrixXd& expected)
{
    return (found - expected).norm() / std::max(expected.norm(), 1e-300);
}

struct NamedTask
{
    std::string name;
    std::vector<std::string> settings;
};

/// Sequences of one length and of many, plans of one bank and of two, with and without a carried state.
const std::vector<NamedTask>& tasks()
{
    static const std::vector<NamedTask> all = {
        {"the carried, truncated state of a text", {"training.carry_state=true", "training.truncate=1"}},
        {"strings of many lengths", {"task.id=reber", "task.length=12"}},
        {"many lengths, truncated", {"task.id=reber", "task.length=12", "training.truncate=3"}},
        {"numbers of many lengths",
         {"task.id=adding", "task.form=hochreiter", "task.length=20", "training.loss=mean"}},
        {"an encoder and a decoder that reads its outputs",
         {"task.id=addition", "task.digits=2", "training.teacher_forcing=0.5"}},
        {"a gap", {"task.id=copy", "task.lag=4", "task.symbols=3", "training.clip_norm=0.01"}},
    };
    return all;
}

Experiment experimentOf(const CellSpec& cell, const NamedTask& task)
{
    Experiment experiment = reference::textExperiment(2);
    experiment.model.cell = cell;
    experiment.model.hidden = {24};
    experiment.training.batch = batchSize;
    for (const std::string& setting : task.settings)
        experiment = withSetting(experiment, setting);
    return experiment;
}

Experiment intervened(const Experiment& experiment)
{
    const std::string gate(gateChannel(experiment.model.cell.kind, 0));
    return withSetting(
        experiment,
        R"(interventions=[{"iteration":1,"set":"rnn.weight_hh_l0","row":2,"column":3,"value":1},
                          {"iteration":1,"until":3,"clamp":")" +
            gate + R"(","value":0.25,"units":[2],"steps":[2]},
                          {"iteration":2,"cut":1},{"iteration":2,"until":4,"silence":2}])");
}

/// A network of the whole batch beside the same one in blocks, and a batch of its task.
struct Pair
{
    explicit Pair(const Experiment& e)
        : experiment(e), task(makeTask(e)), whole(e.model, task->inputSize(), task->outputSize(),
                                                  task->lossKind(), task->plan(), e.training.batch),
          blocked(e.model, *task, e.training.batch),
          parameters(initialParameters(e.model, whole.layout(), e.seed)), wholeGradient(parameters),
          blockedGradient(parameters)
    {
        whole.setTruncation(e.training.truncate);
        blocked.setTruncation(e.training.truncate);
    }

    void pass(int iteration)
    {
        batch = {};
        task->fill(batch, experiment.training.batch, iteration);
        whole.forward(parameters, batch, experiment.training.loss);
        whole.backward(parameters, batch, wholeGradient);
        blocked.pass(parameters, batch, experiment.training.loss, blockedGradient);
    }

    Experiment experiment;
    std::unique_ptr<const Task> task;
    Network whole;
    BlockedNetwork blocked;
    Eigen::VectorXd parameters, wholeGradient, blockedGradient;
    Batch batch;
};

void addCellsAndTasks()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("task");
    const auto cells = networks::allCells();
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        for (std::size_t task = 0; task < tasks().size(); ++task) {
            if (cells[cell].spec.kind == CellKind::Rnn && cell > 0)
                continue;
            QTest::addRow("%s on %s", cells[cell].name.c_str(), tasks()[task].name.c_str())
                << static_cast<int>(cell) << static_cast<int>(task);
        }
    }
}

Experiment rowsExperiment(int cell, int task)
{
    return experimentOf(networks::allCells()[static_cast<std::size_t>(cell)].spec,
                        tasks()[static_cast<std::size_t>(task)]);
}

} // namespace

class ThreadsTest : public QObject
{
    Q_OBJECT

private slots:
    void aPoolDoesEveryJobOnce();
    void aPoolThrowsTheFirstError();
    void whoFellAsleepIsWokenUp();
    void whoFindsThePoolBusyWorksAlone();
    void blocksDependOnTheWorkAlone();
    void blocksAddUpToTheBatch_data();
    void blocksAddUpToTheBatch();
    void blocksCarryTheStatesOfTheirSequences();
    void aShiftedStateIsThatOfItsSequence();
    void aRunIsTheSameWithAnyNumberOfThreads_data();
    void aRunIsTheSameWithAnyNumberOfThreads();
    void moreBlocksThanThreadsMakeTheSameRun();
    void theHistoryIsTheSameWithAnyNumberOfThreads();
};

void ThreadsTest::aPoolDoesEveryJobOnce()
{
    ThreadPool pool(4);
    for (const int count : {0, 1, 3, 4, 100}) {
        std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
        for (int round = 1; round <= 50; ++round) {
            pool.run(count, [&](int i) { ++done[static_cast<std::size_t>(i)]; });
            for (const auto& each : done)
                QCOMPARE(each.load(), round);
        }
    }
}

void ThreadsTest::aPoolThrowsTheFirstError()
{
    ThreadPool pool(3);
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> done = 0;
        try {
            pool.run(10, [&](int i) {
                ++done;
                if (i % 3 == 2)
                    throw std::runtime_error(std::to_string(i));
            });
            QFAIL("nothing was thrown");
        } catch (const std::runtime_error& error) {
            QCOMPARE(std::string(error.what()), std::string("2"));
        }
        QCOMPARE(done.load(), 10);
    }
    std::atomic<int> done = 0;
    pool.run(5, [&](int) { ++done; });
    QCOMPARE(done.load(), 5);
}

/// Whoever waits long falls asleep, and is woken up: the caller by the last job, helpers by the next task.
void ThreadsTest::whoFellAsleepIsWokenUp()
{
    using namespace std::chrono_literals;
    ThreadPool pool(2);
    const auto caller = std::this_thread::get_id();
    for (int round = 0; round < 3; ++round) {
        std::atomic<int> begun = 0;
        std::atomic<int> done = 0;
        pool.run(2, [&](int) {
            for (++begun; begun < 2;) // on both threads
                std::this_thread::yield();
            if (std::this_thread::get_id() != caller)
                std::this_thread::sleep_for(20ms);
            ++done;
        });
        QCOMPARE(done.load(), 2);
        std::this_thread::sleep_for(20ms);
    }
}

void ThreadsTest::whoFindsThePoolBusyWorksAlone()
{
    ThreadPool pool(2);
    std::atomic<int> done = 0;
    std::atomic<int> astray = 0;
    pool.run(1, [&](int) {
        std::thread other([&] {
            const auto self = std::this_thread::get_id();
            pool.run(8, [&](int) {
                ++done;
                astray += std::this_thread::get_id() != self;
            });
        });
        other.join();
    });
    QCOMPARE(done.load(), 8);
    QCOMPARE(astray.load(), 0);
}

void ThreadsTest::blocksDependOnTheWorkAlone()
{
    const auto blocksOf = [](const std::string& settings, int batch) {
        Experiment experiment = withSetting(Experiment(), settings);
        experiment.training.batch = batch;
        BlockedNetwork network(experiment.model, *makeTask(experiment), batch);
        const int blocks = network.blocks();
        network.useThreads(3);
        return network.blocks() == blocks ? blocks : -1;
    };
    QCOMPARE(blocksOf("model.hidden=[3]", 64), 1); // too little to do
    for (const auto& [batch, blocks] : {std::pair(1, 1), std::pair(16, 1), std::pair(17, 2), std::pair(32, 2),
                                        std::pair(37, 3), std::pair(130, 9)})
        QCOMPARE(blocksOf("model.hidden=[32]", batch), blocks);
}

void ThreadsTest::blocksAddUpToTheBatch_data()
{
    addCellsAndTasks();
}

void ThreadsTest::blocksAddUpToTheBatch()
{
    QFETCH(int, cell);
    QFETCH(int, task);
    constexpr double tolerance = 1e-13;
    Pair pair(rowsExperiment(cell, task));
    QCOMPARE(pair.blocked.blocks(), 3);
    pair.pass(1);
    QVERIFY(std::abs(pair.blocked.loss() / pair.whole.loss() - 1) < tolerance);
    QVERIFY(relativeError(pair.blockedGradient, pair.wholeGradient) < tolerance);
    QCOMPARE(pair.blocked.accuracy(), pair.task->accuracy(pair.batch, pair.whole.outputs()));
    for (const int b : {0, 15, 16, 27, 28, 36}) {
        IterationTrace expected;
        IterationTrace found;
        const Reduction reduction = pair.experiment.training.loss;
        pair.whole.record(pair.parameters, pair.batch, b, reduction, expected);
        pair.blocked.record(pair.parameters, pair.batch, b, reduction, found);
        QCOMPARE(found.batch, batchSize);
        QCOMPARE(found.sequence, b);
        QCOMPARE(found.loss, pair.blocked.loss());
        QVERIFY(std::abs(found.sequenceLoss / expected.sequenceLoss - 1) < tolerance);
        QVERIFY(found.inputClasses == expected.inputClasses);
        QVERIFY(found.outputs.targetClasses == expected.outputs.targetClasses);
        QVERIFY(relativeError(found.outputs.y.value, expected.outputs.y.value) < tolerance);
        for (std::size_t k = 0; k < expected.layers[0].channels.size(); ++k) {
            const Quantity& channel = expected.layers[0].channels[k];
            QVERIFY(relativeError(found.layers[0].channels[k].value, channel.value) < tolerance);
            QVERIFY(relativeError(found.layers[0].channels[k].gradient, channel.gradient) < tolerance);
        }
    }
}

void ThreadsTest::blocksCarryTheStatesOfTheirSequences()
{
    Pair pair(experimentOf({CellKind::Lstm, {}, {}}, tasks()[0]));
    QCOMPARE(pair.blocked.stateSize(), pair.whole.stateSize());
    Eigen::VectorXd ofWhole(pair.whole.stateSize());
    Eigen::VectorXd ofBlocks(pair.whole.stateSize());
    for (int iteration = 0; iteration < 3; ++iteration) {
        pair.pass(iteration);
        QVERIFY(std::abs(pair.blocked.loss() / pair.whole.loss() - 1) < 1e-13);
        pair.whole.storeState(ofWhole.data());
        pair.blocked.storeState(ofBlocks);
        QVERIFY(ofBlocks.norm() > 0);
        pair.whole.loadState(ofWhole.data());
        pair.blocked.loadState(ofBlocks);
    }
}

void ThreadsTest::aShiftedStateIsThatOfItsSequence()
{
    Trainer trainer(experimentOf({CellKind::Gru, {}, GruReset::After}, tasks()[1]), 3);
    for (const int b : {0, 16, 36}) {
        Trainer recording = trainer.twin();
        const TracePtr trace = recording.record(b);
        const Eigen::MatrixXd& gradient = trace->channel(0, "h").gradient;
        const double norm = recording.stateGradientNorm(0, 3, b);
        QVERIFY(std::abs(norm / gradient.col(2).norm() - 1) < 1e-13);
        const double step = 1e-5;
        const auto lossAt = [&](double offset) {
            return trainer.objective(StateShift{false, 0, 3, 1, b, offset});
        };
        const double difference = (lossAt(step) - lossAt(-step)) / (2 * step);
        QVERIFY(std::abs(difference - gradient(1, 2)) < 1e-8 * norm);
    }
}

void ThreadsTest::aRunIsTheSameWithAnyNumberOfThreads_data()
{
    addCellsAndTasks();
}

void ThreadsTest::aRunIsTheSameWithAnyNumberOfThreads()
{
    QFETCH(int, cell);
    QFETCH(int, task);
    const Experiment experiment = intervened(rowsExperiment(cell, task));
    Trainer alone(experiment);
    Trainer two(experiment, 2);
    Trainer three(experiment, 3);
    Trainer eight(experiment, 8);
    for (int iteration = 0; iteration < 6; ++iteration) {
        const Checkpoint before = alone.checkpoint();
        const double objective = alone.objective(alone.parameters());
        QCOMPARE(two.objective(two.parameters()), objective);
        const IterationSummary row = alone.step();
        QVERIFY(std::isfinite(row.loss) && row.loss == objective);
        QVERIFY(same(two.step(), row));
        QVERIFY(same(three.evaluate(), row));
        three = three.twin();
        QVERIFY(same(three.step(), row));
        eight.restore(before);
        const TracePtr trace = eight.record(7 * iteration);
        QCOMPARE(trace->loss, row.loss);
        QCOMPARE(trace->accuracy, row.accuracy);
        QCOMPARE(trace->gradientNorm, row.gradientNorm);
        const Checkpoint after = alone.checkpoint();
        for (const Trainer* each : {&two, &three, &eight}) {
            QVERIFY(sameBits(each->checkpoint().parameters, after.parameters));
            QVERIFY(sameBits(each->checkpoint().optimizer, after.optimizer));
            QVERIFY(sameBits(each->checkpoint().carried, after.carried));
        }
    }
}

void ThreadsTest::moreBlocksThanThreadsMakeTheSameRun()
{
    Experiment experiment = experimentOf({CellKind::Gru, {}, GruReset::After}, tasks()[1]);
    experiment.training.batch = 250;
    Trainer alone(experiment);
    Trainer eight(experiment, 8);
    Trainer every(experiment, Trainer::everyCore);
    for (int iteration = 0; iteration < 10; ++iteration) {
        const IterationSummary row = alone.step();
        QVERIFY(same(eight.step(), row));
        QVERIFY(same(every.step(), row));
    }
    QVERIFY(sameBits(eight.parameters(), alone.parameters()));
    QVERIFY(sameBits(every.parameters(), alone.parameters()));
}

void ThreadsTest::theHistoryIsTheSameWithAnyNumberOfThreads()
{
    const Experiment experiment = intervened(experimentOf({CellKind::Lstm, {}, {}}, tasks()[0]));
    const std::size_t bound = 4 * Trainer(experiment).checkpoint().bytes() + 4096;
    History alone(experiment, bound);
    History three(experiment, bound, 3);
    for (const int iteration : {12, 3, 4, 9, 0, 12}) {
        const TracePtr expected = alone.trace(iteration, iteration);
        const TracePtr found = three.trace(iteration, 36 - iteration);
        QCOMPARE(found->loss, expected->loss);
        QCOMPARE(found->gradientNorm, expected->gradientNorm);
        QVERIFY(sameBits(three.parametersAt(iteration), alone.parametersAt(iteration)));
    }
}

QTEST_APPLESS_MAIN(ThreadsTest)
#include "threads_test.moc"
