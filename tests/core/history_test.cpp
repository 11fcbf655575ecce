#include "core/files/experiment_file.h"
#include "core/tasks/task.h"
#include "tests/core/histories.h"
#include "tests/core/reference.h"

#include <algorithm>
#include <malloc.h>
#include <map>
#include <random>

using namespace histories;

namespace {

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

/// Bytes of the heap in use; 0 with sanitizers, which have an allocator of their own.
std::size_t heap()
{
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

} // namespace

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

    void staysWithinItsBoundWithALargeModel()
    {
        if (heap() == 0)
            QSKIP("sanitizers have a heap of their own");
        // 128 units on 32 sequences of 100 steps: a checkpoint takes 1.9 MB, a trace 5 MB.
        Experiment experiment = reference::textExperiment(100);
        experiment.model.cell.kind = CellKind::Lstm;
        experiment.model.hidden = {128};
        experiment.training.batch = 32;
        const std::size_t bound = 8 * bytesOfCheckpoint(experiment);
        History history(experiment, bound);
        history.extend(2);
        history.parametersAt(1);
        const std::size_t before = history.memory();
        const std::size_t workspaces = heap() - before;
        history.trace(0);
        history.trace(1);
        const std::size_t traces = history.memory() - before;
        // What is counted is what is held.
        constexpr std::size_t little = 65536;
        QVERIFY(traces > bound / 2); // both are there
        QVERIFY(heap() <= history.memory() + workspaces + little);

        const std::size_t spare = traces / 2;
        for (int i = 0; i < 7; ++i) {
            history.extend(1);
            QVERIFY(history.memory() <= bound);
            if (i % 2 == 0)
                history.trace(i);
            QVERIFY(history.memory() <= bound);
            QVERIFY(heap() <= bound + workspaces + spare + little);
        }
        QVERIFY(history.memory() > bound / 2);
        history.setMemoryBound(bound / 2);
        QVERIFY(history.memory() <= bound / 2);
        QVERIFY(heap() <= bound / 2 + workspaces + spare + little);
    }
};

QTEST_APPLESS_MAIN(HistoryTest)
#include "history_test.moc"
