#include "core/files/experiment_file.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/trace/iteration_input.h"

#include <QtTest>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

using namespace unrolled;

namespace {

bool same(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           (a.size() == 0 ||
            std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0);
}

/// The first thing in which two traces differ, to the bit; empty where they are equal.
std::string difference(const IterationTrace& a, const IterationTrace& b)
{
    if (a.iteration != b.iteration || a.sequence != b.sequence || a.batch != b.batch)
        return "iteration, sequence or batch";
    if (a.loss != b.loss || a.sequenceLoss != b.sequenceLoss || a.accuracy != b.accuracy)
        return "loss or accuracy";
    if (a.gradientNorm != b.gradientNorm || a.clipped != b.clipped || a.clipScale != b.clipScale)
        return "gradient norm or clipping";
    if (a.learningRate != b.learningRate)
        return "learning rate";
    if (a.plan != b.plan || a.edits != b.edits || !a.overflow != !b.overflow)
        return "plan, edits or overflow";
    if (a.input->plan != b.input->plan || a.input->edits != b.input->edits ||
        a.input->settings != b.input->settings || a.input->batch.uses != b.input->batch.uses ||
        a.input->batch.inputClasses != b.input->batch.inputClasses ||
        !same(a.input->states, b.input->states) || !same(a.input->memory, b.input->memory))
        return "what it started from";
    if (a.inputClasses != b.inputClasses || a.outputs.targetClasses != b.outputs.targetClasses)
        return "input or target classes";
    if (a.layers.size() != b.layers.size() || a.parameters.size() != b.parameters.size())
        return "number of layers or parameters";
    for (std::size_t l = 0; l < a.layers.size(); ++l) {
        for (std::size_t k = 0; k < a.layers[l].channels.size(); ++k) {
            if (!same(a.layers[l].channels[k].value, b.layers[l].channels[k].value) ||
                !same(a.layers[l].channels[k].gradient, b.layers[l].channels[k].gradient))
                return "layer " + std::to_string(l) + ", " + std::string(channels(a.cell)[k].name);
        }
    }
    if (!same(a.outputs.y.value, b.outputs.y.value) || !same(a.outputs.y.gradient, b.outputs.y.gradient) ||
        !same(a.outputs.probabilities, b.outputs.probabilities) ||
        !same(a.outputs.targets, b.outputs.targets) || !same(a.outputs.losses, b.outputs.losses))
        return "outputs";
    for (std::size_t k = 0; k < a.parameters.size(); ++k) {
        const ParameterTrace& p = a.parameters[k];
        const ParameterTrace& q = b.parameters[k];
        if (!same(p.before, q.before) || !same(p.gradient, q.gradient) ||
            !same(p.clippedGradient, q.clippedGradient) || !same(p.after, q.after))
            return p.block.name;
    }
    return {};
}

#define COMPARE_TRACES(a, b)                                                                                 \
    do {                                                                                                     \
        const std::string differs = difference(a, b);                                                        \
        QVERIFY2(differs.empty(),                                                                            \
                 (differs + " differs at iteration " + std::to_string((a).iteration)).c_str());              \
    } while (false)

Experiment helloWith(CellKind cell, OptimizerKind optimizer = OptimizerKind::Adam)
{
    Experiment experiment;
    experiment.model.cell.kind = cell;
    experiment.training.optimizer = optimizer;
    return experiment;
}

Experiment adding(CellKind cell)
{
    Experiment experiment = helloWith(cell);
    experiment.task.id = "adding";
    experiment.task.length = 6;
    experiment.model.hidden = {4, 3};
    experiment.training.batch = 3;
    return experiment;
}

/// A run that leaves the range of double.
Experiment diverging()
{
    Experiment experiment = helloWith(CellKind::Rnn, OptimizerKind::Sgd);
    experiment.model.cell.activation = Activation::Identity;
    experiment.training.learningRate = 20;
    return experiment;
}

/// The run by one trainer, recording everything.
std::vector<TracePtr> recorded(const Experiment& experiment, int iterations, int sequence = 0)
{
    Trainer trainer(experiment);
    std::vector<TracePtr> traces;
    for (int i = 0; i < iterations; ++i)
        traces.push_back(trainer.record(sequence));
    return traces;
}

std::size_t bytesOfCheckpoint(const Experiment& experiment)
{
    Trainer trainer(experiment);
    trainer.step();
    return trainer.checkpoint().bytes();
}

constexpr int runLength = 220;

void everyKindOfRun()
{
    QTest::addColumn<Experiment>("experiment");
    const char* cells[] = {"rnn", "gru", "lstm"};
    for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        const std::string name = cells[static_cast<int>(cell)];
        for (const OptimizerKind optimizer :
             {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Nesterov, OptimizerKind::Adagrad,
              OptimizerKind::RmsProp, OptimizerKind::Adam}) {
            Experiment experiment = helloWith(cell, optimizer);
            experiment.training.momentum = 0.5;
            QTest::newRow((name + " with " + std::string(unrolled::name(optimizer))).c_str()) << experiment;
        }
        Experiment batch = adding(cell);
        QTest::newRow((name + " on adding, two layers, batch of three").c_str()) << batch;
        Experiment changed = helloWith(cell);
        changed.interventions = {{40, "training.learning_rate", 0.2},
                                 {100, "training.optimizer", std::string("momentum")},
                                 {101, "training.momentum", 0.9},
                                 {180, "training.optimizer", std::string("adam")},
                                 {180, "training.clip_norm", 0.01}};
        QTest::newRow((name + " with interventions").c_str()) << changed;
    }
}

} // namespace

Q_DECLARE_METATYPE(unrolled::Experiment)

class HistoryTest : public QObject
{
    Q_OBJECT
private slots:
    void recordingChangesNothing_data() { everyKindOfRun(); }
    void recordingChangesNothing()
    {
        QFETCH(Experiment, experiment);
        Trainer silent(experiment);
        Trainer recording(experiment);
        for (int i = 0; i < runLength; ++i) {
            const IterationSummary summary = silent.step();
            const auto trace = recording.record(i % experiment.training.batch);
            QVERIFY(same(silent.parameters(), recording.parameters()));
            QCOMPARE(summary.loss, trace->loss);
            QCOMPARE(summary.accuracy, trace->accuracy);
            QCOMPARE(summary.gradientNorm, trace->gradientNorm);
            QCOMPARE(summary.clipped, trace->clipped);
        }
    }

    void droppedTracesLeaveNothingBehind_data()
    {
        everyKindOfRun();
        QTest::newRow("a run that diverges") << diverging();
        QTest::newRow("sequences of different lengths")
            << withSettings(adding(CellKind::Lstm), {"task.id=reber", "task.length=20", "training.batch=4"});
        for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
            const std::string gate = cell == CellKind::Rnn ? "h" : cell == CellKind::Gru ? "z" : "f";
            QTest::newRow(("changes that come and go: " + std::string(unrolled::name(cell))).c_str())
                << withSettings(helloWith(cell),
                                {R"(interventions=[{"iteration":2,"cut":2,"until":5},)"
                                 R"({"iteration":3,"silence":4,"until":6},{"iteration":4,"clamp":")" +
                                 gate + R"(","value":0.5,"until":7}])"});
        }
    }
    void droppedTracesLeaveNothingBehind()
    {
        QFETCH(Experiment, experiment);
        Trainer keeping(experiment);
        Trainer dropping(experiment);
        const Checkpoint start = dropping.checkpoint();
        std::vector<TracePtr> kept;
        for (int i = 0; i < runLength && keeping.finite(); ++i) {
            kept.push_back(keeping.record(i % experiment.training.batch));
            const TracePtr trace = dropping.record(i % experiment.training.batch);
            if (!keeping.finite())
                break; // not a number equals nothing
            COMPARE_TRACES(*trace, *kept.back());
        }
        dropping.restore(start);
        const TracePtr again = dropping.record();
        COMPARE_TRACES(*again, *kept.front());
    }

    void givesBackEveryIterationInAnyOrder_data() { everyKindOfRun(); }
    void givesBackEveryIterationInAnyOrder()
    {
        QFETCH(Experiment, experiment);
        const auto expected = recorded(experiment, runLength);
        const std::size_t checkpoint = bytesOfCheckpoint(experiment);
        // From hardly anything (the initial state only) to plenty.
        for (const std::size_t bound :
             {3 * checkpoint + 1024, 12 * checkpoint, 60 * checkpoint, History::defaultMemoryBound}) {
            History history(experiment, bound);
            std::mt19937 engine(7);
            for (int i = 0; i < 40; ++i) {
                int iteration = static_cast<int>(engine() % runLength);
                if (i % 3 == 1)
                    iteration =
                        std::max(0, iteration / 10); // where the beginning is looked at again and again
                if (engine() % 4 == 0)
                    history.extend(engine() % 20);
                if (history.frontier() >= runLength)
                    iteration = std::min<int>(iteration, runLength - 1);
                const TracePtr trace = history.trace(iteration);
                QVERIFY(trace);
                COMPARE_TRACES(*trace, *expected[static_cast<std::size_t>(iteration)]);
                QVERIFY(history.frontier() >= iteration);
                QVERIFY(history.memory() <= bound);
            }
        }
    }

    void givesBackALongRunFromItsCheckpoints_data()
    {
        QTest::addColumn<int>("checkpointsThatFit");
        QTest::newRow("with all checkpoints") << 100000;
        QTest::newRow("with every second one dropped now and then") << 24;
        QTest::newRow("with three checkpoints") << 7;
        QTest::newRow("with the initial state only") << 3;
    }
    void givesBackALongRunFromItsCheckpoints()
    {
        QFETCH(int, checkpointsThatFit);
        constexpr int length = 30000;
        const Experiment before = helloWith(CellKind::Lstm);
        Experiment after = before;
        after.interventions = {{17000, "training.learning_rate", 0.001}};
        std::mt19937 engine(11);
        std::vector<int> places{length - 1, 0, 16384, 16999, 17000, 17001, 20480};
        for (int i = 0; i < 8; ++i)
            places.push_back(static_cast<int>(engine() % length));
        const auto referenceOf = [&](const Experiment& experiment) {
            Trainer trainer(experiment);
            std::map<int, TracePtr> traces;
            for (int i = 0; i < length; ++i) {
                if (std::count(places.begin(), places.end(), i) > 0)
                    traces[i] = trainer.record();
                else
                    trainer.step();
            }
            return traces;
        };
        auto first = referenceOf(before);
        auto second = referenceOf(after);

        const std::size_t bound =
            static_cast<std::size_t>(checkpointsThatFit) * bytesOfCheckpoint(before) + 4096;
        History history(before, bound);
        history.extend(length);
        for (const int i : places) {
            COMPARE_TRACES(*history.trace(i), *first[i]);
            QVERIFY(history.memory() <= bound);
        }
        QCOMPARE(history.setExperiment(after), 17000);
        history.extend(length - 17000);
        for (const int i : places) {
            COMPARE_TRACES(*history.trace(i), *second[i]);
            QVERIFY(history.memory() <= bound);
        }
        history.setExperiment(before);
        for (const int i : places)
            COMPARE_TRACES(*history.trace(i), *first[i]);
        QCOMPARE(history.frontier(), length - 1);
    }

    void stepsThroughARunBothWays()
    {
        const Experiment experiment = helloWith(CellKind::Gru);
        const auto expected = recorded(experiment, runLength);
        const std::size_t bound = 40 * bytesOfCheckpoint(experiment);
        History history(experiment, bound);
        for (int i = 0; i < runLength; ++i) {
            COMPARE_TRACES(*history.trace(i), *expected[static_cast<std::size_t>(i)]);
            QCOMPARE(history.frontier(), i);
            QVERIFY(history.memory() <= bound);
        }
        for (int i = runLength - 1; i >= 0; --i) {
            COMPARE_TRACES(*history.trace(i), *expected[static_cast<std::size_t>(i)]);
            QVERIFY(history.memory() <= bound);
        }
        QCOMPARE(history.frontier(), runLength - 1);
    }

    void curveAndParametersAreThoseOfThePlainRun()
    {
        const Experiment experiment = helloWith(CellKind::Lstm);
        Trainer trainer(experiment);
        History history(experiment);
        std::vector<IterationSummary> rows;
        std::vector<Eigen::VectorXd> parameters;
        for (int i = 0; i < 200; ++i) {
            parameters.push_back(trainer.parameters());
            rows.push_back(trainer.step());
        }
        // Looking at the frontier while training is what a step in the window does.
        for (int i = 0; i < 200; i += 3) {
            history.trace(i);
            history.extend(2);
        }
        QVERIFY(history.frontier() >= 200);
        QVERIFY(history.curve().exact());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            QCOMPARE(history.curve().stretches()[i].loss.low, rows[i].loss);
            QCOMPARE(history.curve().stretches()[i].gradientNorm.high, rows[i].gradientNorm);
            QCOMPARE(history.curve().stretches()[i].accuracy.high, rows[i].accuracy);
            QVERIFY(same(history.parametersAt(static_cast<std::int64_t>(i)), parameters[i]));
        }
        QCOMPARE(history.curve().size(), history.frontier());
    }

    void exactCurveIsExactWhereTheCurveIsThinned()
    {
        const Experiment experiment = helloWith(CellKind::Rnn);
        Trainer trainer(experiment);
        std::vector<IterationSummary> rows;
        for (int i = 0; i < 3000; ++i)
            rows.push_back(trainer.step());
        History history(experiment, 1 << 16);
        history.extend(3000);
        QVERIFY(!history.curve().exact());
        const auto exact = history.exactCurve(1234, 2345);
        QCOMPARE(exact.size(), std::size_t(1112));
        for (const IterationSummary& row : exact) {
            QCOMPARE(row.loss, rows[static_cast<std::size_t>(row.iteration)].loss);
            QCOMPARE(row.gradientNorm, rows[static_cast<std::size_t>(row.iteration)].gradientNorm);
            QCOMPARE(row.accuracy, rows[static_cast<std::size_t>(row.iteration)].accuracy);
        }
        QCOMPARE(exact.front().iteration, 1234);
        QCOMPARE(history.exactCurve(2990, 5000).size(), std::size_t(10));
        QVERIFY(history.exactCurve(5, 4).empty());
        QVERIFY(history.memory() <= (1 << 16));
    }

    void watchingASequenceChangesNothing()
    {
        const Experiment experiment = adding(CellKind::Lstm);
        History first(experiment);
        History second(experiment);
        for (int i = 0; i < 30; ++i) {
            const TracePtr a = first.trace(i, 0);
            const TracePtr b = second.trace(i, 2);
            QCOMPARE(a->loss, b->loss);
            QCOMPARE(a->sequence, 0);
            QCOMPARE(b->sequence, 2);
            QVERIFY(!same(a->layers[0].channels[0].value, b->layers[0].channels[0].value));
            COMPARE_TRACES(*second.trace(i, 0), *a);
        }
        QVERIFY(same(first.parametersAt(30), second.parametersAt(30)));
        QVERIFY(second.trace(3, 77)); // beyond the batch: the last one
        QCOMPARE(second.trace(3, 77)->sequence, 2);
    }

    void aChangeKeepsWhatLiesBefore_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::addColumn<bool>("tight");
        for (const qint64 at : {0, 1, 57, 200, 399, 400, 500}) {
            QTest::addRow("at iteration %d", static_cast<int>(at)) << at << false;
            QTest::addRow("at iteration %d with little memory", static_cast<int>(at)) << at << true;
        }
    }
    void aChangeKeepsWhatLiesBefore()
    {
        QFETCH(qint64, at);
        QFETCH(bool, tight);
        const Experiment before = helloWith(CellKind::Lstm);
        const std::size_t bound = tight ? 14 * bytesOfCheckpoint(before) : History::defaultMemoryBound;
        for (int kind = 0; kind < 3; ++kind) {
            Experiment after = before;
            if (kind == 0)
                after.interventions = {{at, "training.learning_rate", 0.3}};
            else if (kind == 1)
                after.interventions = {{at, "training.optimizer", std::string("rmsprop")}};
            else
                after.interventions = {{at, "training.clip_norm", 0.001}};
            const auto expected = recorded(after, 420);
            Trainer plain(after);
            std::vector<double> losses;
            for (int i = 0; i < 420; ++i)
                losses.push_back(plain.step().loss);

            History history(before, bound);
            history.extend(400);
            for (const int i : {399, 5, 400, 200, 58, 57, 56, 300})
                history.trace(i);
            const auto returned = history.setExperiment(after);
            QCOMPARE(returned, std::min<std::int64_t>(at, 400));
            QCOMPARE(history.frontier(), std::min<std::int64_t>(at, 400));
            QCOMPARE(history.curve().size(), history.frontier());
            QVERIFY(history.experiment() == after);
            QVERIFY(history.memory() <= bound);
            for (const int i : {398, 5, 56, 57, 58, 200, 399, 400, 401, 57, 419})
                COMPARE_TRACES(*history.trace(i), *expected[static_cast<std::size_t>(i)]);
            const auto rows = history.exactCurve(0, 418);
            QCOMPARE(rows.size(), std::size_t(419));
            for (std::size_t i = 0; i < rows.size(); ++i)
                QCOMPARE(rows[i].loss, losses[i]);

            // and back again
            const auto original = recorded(before, 420);
            history.setExperiment(before);
            for (const int i : {419, 57, 58, 0, 300})
                COMPARE_TRACES(*history.trace(i), *original[static_cast<std::size_t>(i)]);
        }
    }

    void aLongerPlanThrowsNothingAway()
    {
        Experiment experiment = helloWith(CellKind::Rnn);
        History history(experiment);
        history.extend(100);
        experiment.training.iterations = 5000;
        QCOMPARE(history.setExperiment(experiment), 100);
        QCOMPARE(history.frontier(), 100);
        QCOMPARE(history.experiment().training.iterations, 5000);
    }

    void anotherSeedStartsAnew()
    {
        Experiment experiment = helloWith(CellKind::Rnn);
        History history(experiment);
        history.extend(100);
        const TracePtr before = history.trace(0);
        experiment.seed = 2;
        QCOMPARE(history.setExperiment(experiment), 0);
        QCOMPARE(history.frontier(), 0);
        QVERIFY(!difference(*history.trace(0), *before).empty());
        experiment.seed = 1;
        history.setExperiment(experiment);
        COMPARE_TRACES(*history.trace(0), *before);
    }

    void anExperimentThatCannotRunChangesNothing()
    {
        const Experiment good = helloWith(CellKind::Rnn);
        History history(good);
        history.extend(10);
        Experiment bad = good;
        bad.weights = "there-is-no-such-file.safetensors";
        QVERIFY_THROWS_EXCEPTION(std::exception, history.setExperiment(bad));
        QVERIFY(history.experiment() == good);
        QCOMPARE(history.frontier(), 10);
    }

    void stopsWhereTheRunDiverges_data()
    {
        QTest::addColumn<int>("way");
        QTest::newRow("training") << 0;
        QTest::newRow("asking for an iteration beyond") << 1;
        QTest::newRow("stepping") << 2;
    }
    void stopsWhereTheRunDiverges()
    {
        QFETCH(int, way);
        const Experiment experiment = diverging();
        Trainer trainer(experiment);
        TracePtr last;
        do
            last = trainer.record();
        while (trainer.finite() && trainer.iteration() < 100000);
        QVERIFY(!trainer.finite());
        const std::int64_t at = last->iteration;
        QVERIFY(at > 3);

        History history(experiment);
        if (way == 0)
            history.extend(at + 100);
        else if (way == 1)
            QCOMPARE(history.trace(at + 50)->iteration, at);
        else
            for (std::int64_t i = 0; i < at + 3; ++i)
                QCOMPARE(history.trace(i)->iteration, std::min(i, at));
        QCOMPARE(history.divergedAt(), at);
        QCOMPARE(history.frontier(), at);
        QCOMPARE(history.curve().size(), at);
        const TracePtr trace = history.trace(at + 7);
        QCOMPARE(trace->iteration, at);
        QVERIFY(trace->overflow);
        QVERIFY(!history.trace(at - 1)->overflow);
        QVERIFY(history.trace(0));
        history.extend(10);
        QCOMPARE(history.frontier(), at);
        QVERIFY(history.parametersAt(at + 5).allFinite());

        // A change at that very iteration lets it go on.
        Experiment cured = experiment;
        cured.interventions = {{at - 2, "training.learning_rate", 1e-9}};
        history.setExperiment(cured);
        QCOMPARE(history.divergedAt(), -1);
        history.extend(3);
        QCOMPARE(history.frontier(), at + 1);
    }

    void isCalledOffByProgressAndGoesOnLater()
    {
        const Experiment experiment = helloWith(CellKind::Rnn);
        const auto expected = recorded(experiment, 1);
        History history(experiment, 1 << 16);
        int calls = 0;
        double share = -1;
        history.extend(20000, [&](double done) {
            if (done < share || done > 1)
                calls = 1000;
            share = done;
            return ++calls < 5;
        });
        QCOMPARE(calls, 5);
        QVERIFY(history.frontier() > 0 && history.frontier() < 20000);
        QCOMPARE(history.curve().size(), history.frontier());
        const auto never = [](double) { return false; };
        QVERIFY(!history.trace(50000, 0, never));
        QVERIFY(history.parametersAt(50000, never).size() == 0);
        history.extend(20000 - history.frontier());
        QVERIFY(!history.trace(15000, 0, never) || history.cachedTrace(15000));
        QVERIFY(history.exactCurve(0, 19000, never).empty());
        const TracePtr trace = history.trace(15000);
        QVERIFY(trace);
        History other(experiment);
        COMPARE_TRACES(*trace, *other.trace(15000));
        COMPARE_TRACES(*history.trace(0), *expected[0]);
    }

    void stepsBackWithoutReplayingAStretchEachTime()
    {
        const Experiment experiment = helloWith(CellKind::Rnn);
        History history(experiment);
        history.extend(60000);
        int calls = 0;
        const auto count = [&](double) {
            ++calls;
            return true;
        };
        history.trace(57343, 0, count); // shortly before a checkpoint
        const int first = calls;
        QVERIFY2(first > 5, QByteArray::number(first));
        calls = 0;
        for (int i = 57342; i > 57200; --i)
            history.trace(i, 0, count);
        QVERIFY2(calls < first, QByteArray::number(calls));
    }

    void cachedTraceMakesNone()
    {
        History history(helloWith(CellKind::Rnn));
        QVERIFY(!history.cachedTrace(0));
        const TracePtr trace = history.trace(0);
        QCOMPARE(history.cachedTrace(0), trace);
        QCOMPARE(history.trace(0), trace);
        QVERIFY(!history.cachedTrace(1));
    }

    void aLoweredBoundDropsWhatNoLongerFits()
    {
        const Experiment experiment = helloWith(CellKind::Gru);
        const auto expected = recorded(experiment, runLength);
        History history(experiment);
        for (int i = 0; i < runLength; i += 2)
            history.trace(i);
        const std::size_t bound = std::size_t(1) << 18; // the curve has its room for 4096 stretches
        QVERIFY(history.memory() > bound);
        history.setMemoryBound(bound);
        QVERIFY(history.memory() <= bound);
        for (const int i : {runLength - 1, 100, 0, 150})
            COMPARE_TRACES(*history.trace(i), *expected[static_cast<std::size_t>(i)]);
        QVERIFY(history.memory() <= bound);
    }

    void staysWithinItsBoundOverALongRun()
    {
        for (const CellKind cell : {CellKind::Rnn, CellKind::Lstm}) {
            const Experiment experiment = helloWith(cell);
            const std::size_t bound = 1 << 18;
            History history(experiment, bound);
            std::mt19937 engine(3);
            for (int i = 0; i < 20; ++i) {
                history.extend(engine() % 5000);
                for (int k = 0; k < 10; ++k)
                    history.trace(engine() % (history.frontier() + 1));
                QVERIFY(history.memory() <= bound);
            }
            QVERIFY(history.memory() > bound / 8); // it makes use of what it may have
        }
    }
};

QTEST_APPLESS_MAIN(HistoryTest)
#include "history_test.moc"
