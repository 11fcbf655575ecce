// Training stops behind the right iteration, and not again on going on.

#include "core/files/comparison.h"
#include "core/trace/history.h"
#include "tests/ui/experiments.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"

#include <QSignalSpy>
#include <QTest>

#include <map>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;
using unrolled::History;
using unrolled::Position;
using unrolled::StepSize;

namespace {

/// A run without movement.
class Run
{
public:
    explicit Run(const Experiment& experiment)
    {
        playback.setReduceMotion(true);
        playback.setPace({0, 0, 0, 0, 0});
        QObject::connect(&session, &Session::stopped,
                         [this](const BreakpointStop& stop) { stops.push_back(stop); });
        session.setExperiment(experiment);
        session.wait();
    }
    void set(BreakpointKind kind, double value)
    {
        breakpoints[kind] = {true, value};
        session.setBreakpoints(breakpoints);
        session.wait();
    }
    void train(std::int64_t until)
    {
        session.startTraining(until);
        session.wait();
    }

    Session session;
    Playback playback{session};
    Breakpoints breakpoints;
    std::vector<BreakpointStop> stops;
};

/// What a condition is about at each of the first iterations.
std::vector<double> measuredIn(const Experiment& experiment, BreakpointKind kind, int iterations)
{
    History history(experiment);
    std::vector<double> values;
    for (int i = 0; i < iterations; ++i) {
        const auto trace = history.trace(i);
        double value = i;
        if (kind == BreakpointKind::Vanished) {
            value = 0;
            for (int layer = 0; layer < static_cast<int>(trace->layers.size()); ++layer)
                value = std::max(value, trace->channel(layer, "h").gradient.col(0).norm());
        } else if (kind == BreakpointKind::Exploded) {
            value = trace->gradientNorm;
        } else if (kind == BreakpointKind::Right) {
            value = trace->accuracy;
        }
        values.push_back(value);
    }
    return values;
}

bool holds(BreakpointKind kind, double value, double limit)
{
    return kind == BreakpointKind::Vanished   ? value < limit
           : kind == BreakpointKind::Exploded ? value > limit
           : kind == BreakpointKind::Right    ? value >= limit
                                              : value == limit;
}

} // namespace

class BreakpointsTest : public QObject
{
    Q_OBJECT

private slots:
    void trainingStopsWhereAConditionBecomesTrue_data();
    void trainingStopsWhereAConditionBecomesTrue();
    void playingStopsToo();
    void aStepByHandIsToldAndGoesOn();
    void goingAheadStopsOnTheWay();
    void thePastIsReplayedWithoutStopping();
    void theWatchedSequenceDecides();
    void anyModelStopsAll();
    void theGhostStopsNothing();
    void aDivergingRunStops();
    void whatStaysSetKeepsWhatItHasSeen();
    void noNumberOfTheRunChanges();
};

void BreakpointsTest::trainingStopsWhereAConditionBecomesTrue_data()
{
    QTest::addColumn<CellKind>("cell");
    QTest::addColumn<BreakpointKind>("kind");
    const std::pair<const char*, CellKind> cells[] = {
        {"RNN", CellKind::Rnn}, {"GRU", CellKind::Gru}, {"LSTM", CellKind::Lstm}};
    for (const auto& [cell, kind] : cells) {
        QTest::addRow("the gradient at step 1 of an %s gets small", cell) << kind << BreakpointKind::Vanished;
        QTest::addRow("the norm of an %s gets large", cell) << kind << BreakpointKind::Exploded;
        QTest::addRow("the answer of an %s gets right", cell) << kind << BreakpointKind::Right;
        QTest::addRow("an iteration of an %s", cell) << kind << BreakpointKind::Iteration;
    }
}

void BreakpointsTest::trainingStopsWhereAConditionBecomesTrue()
{
    QFETCH(CellKind, cell);
    QFETCH(BreakpointKind, kind);
    constexpr int iterations = 150;
    Experiment experiment = experiments::hello(cell, iterations);
    experiment.model.hidden = {3, 4};
    const std::vector<double> values = measuredIn(experiment, kind, iterations);
    // The middle of what it takes: crossed at least once, one way or the other.
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double limit = kind == BreakpointKind::Right       ? 1
                         : kind == BreakpointKind::Iteration ? 70
                                                             : sorted[iterations / 2];
    std::vector<std::int64_t> expected;
    for (int i = 0; i < iterations; ++i) {
        const auto k = static_cast<std::size_t>(i);
        if (holds(kind, values[k], limit) && (i == 0 || !holds(kind, values[k - 1], limit)))
            expected.push_back(i);
    }
    QVERIFY(!expected.empty());

    Run run(experiment);
    run.set(kind, limit);
    for (const std::int64_t iteration : expected) {
        const std::size_t before = run.stops.size();
        run.train(iterations);
        QCOMPARE(run.stops.size(), before + 1);
        QCOMPARE(run.stops.back().iteration, iteration);
        QCOMPARE(run.stops.back().reasons.size(), std::size_t(1));
        QCOMPARE(run.stops.back().reasons[0].kind, kind);
        QVERIFY(
            std::abs(run.stops.back().reasons[0].measured - values[static_cast<std::size_t>(iteration)]) <=
            1e-12 * std::abs(run.stops.back().reasons[0].measured));
        QVERIFY(!run.session.isTraining());
        QCOMPARE(run.session.frontier(), iteration + 1);
        // What stopped it is on show.
        QCOMPARE(run.playback.position().iteration, iteration);
        QCOMPARE(run.playback.frame().trace().iteration, iteration);
        QCOMPARE(run.playback.frame().position, run.playback.position());
    }
    run.train(iterations);
    QCOMPARE(run.stops.size(), expected.size());
    QCOMPARE(run.session.frontier(), std::int64_t(iterations));
}

void BreakpointsTest::playingStopsToo()
{
    for (const StepSize size : {StepSize::TimeStep, StepSize::Pass, StepSize::Iteration}) {
        Run run(experiments::hello());
        run.set(BreakpointKind::Iteration, 6);
        run.playback.setStepSize(size);
        run.playback.play();
        QTRY_VERIFY(!run.playback.isPlaying());
        run.session.wait();
        QCOMPARE(run.stops.size(), std::size_t(1));
        QCOMPARE(run.playback.position().iteration, std::int64_t(6));
        QCOMPARE(run.playback.frame().position, run.playback.position());
        QCOMPARE(run.session.frontier(), std::int64_t(7));
        run.playback.play();
        QTRY_VERIFY(run.playback.position().iteration >= 9);
        run.playback.pause();
        run.session.wait();
        QCOMPARE(run.stops.size(), std::size_t(1));
    }
}

void BreakpointsTest::aStepByHandIsToldAndGoesOn()
{
    Run run(experiments::hello());
    run.set(BreakpointKind::Iteration, 0);
    run.playback.setPosition({1, 0, 0});
    run.session.wait();
    QCOMPARE(run.stops.size(), std::size_t(1));
    QCOMPARE(run.stops[0].iteration, std::int64_t(0));
    QCOMPARE(run.playback.frame().position.iteration, std::int64_t(1));
    QCOMPARE(run.playback.frame().trace().iteration, std::int64_t(1));
    QVERIFY(inWords(run.stops[0], BreakpointMet::Passed).startsWith(QLatin1String("Iteration 0 met")));
}

void BreakpointsTest::goingAheadStopsOnTheWay()
{
    Run run(experiments::hello());
    run.set(BreakpointKind::Iteration, 20);
    run.playback.setPosition({90, 0, 0});
    run.session.wait();
    QCOMPARE(run.playback.frame().position.iteration, std::int64_t(20));
    QCOMPARE(run.session.frontier(), std::int64_t(21));
    run.playback.setPosition({90, 0, 0});
    run.session.wait();
    QCOMPARE(run.playback.frame().position.iteration, std::int64_t(90));
    QCOMPARE(run.stops.size(), std::size_t(1));
}

void BreakpointsTest::thePastIsReplayedWithoutStopping()
{
    Run run(experiments::hello());
    run.train(100);
    run.set(BreakpointKind::Iteration, 40);
    run.playback.setPosition({30, 0, 0});
    run.session.wait();
    run.playback.setPosition({60, 0, 0});
    run.session.wait();
    QVERIFY(run.stops.empty());
    // What is trained anew is not past any more.
    Experiment changed = experiments::hello();
    changed.interventions.push_back({10, "training.learning_rate", 0.02});
    run.session.setExperiment(changed);
    run.session.wait();
    run.train(100);
    QCOMPARE(run.stops.size(), std::size_t(1));
    QCOMPARE(run.stops[0].iteration, std::int64_t(40));
}

void BreakpointsTest::theWatchedSequenceDecides()
{
    Experiment experiment = experiments::hello();
    experiment.task.id = "adding";
    experiment.task.length = 12;
    experiment.training.batch = 4;
    std::array<double, 2> norms{};
    {
        History history(experiment);
        for (int k = 0; k < 2; ++k)
            norms[static_cast<std::size_t>(k)] =
                history.trace(0, k + 1)->channel(0, "h").gradient.col(0).norm();
    }
    Run run(experiment);
    run.session.setWatchedSequence(norms[0] < norms[1] ? 2 : 1); // the larger one
    run.set(BreakpointKind::Vanished, std::max(norms[0], norms[1]));
    run.train(1);
    QVERIFY(run.stops.empty());
    Run other(experiment);
    other.session.setWatchedSequence(norms[0] < norms[1] ? 1 : 2);
    other.set(BreakpointKind::Vanished, std::max(norms[0], norms[1]));
    other.train(1);
    QCOMPARE(other.stops.size(), std::size_t(1));
}

void BreakpointsTest::anyModelStopsAll()
{
    constexpr int iterations = 150;
    const Experiment compared = unrolled::comparedWithCells(experiments::hello(CellKind::Rnn, iterations),
                                                            unrolled::Matching::HiddenSize);
    std::map<std::int64_t, QStringList> expected; // who gets right when
    for (const unrolled::LaneExperiment& lane : unrolled::lanesOf(compared)) {
        const auto right = measuredIn(lane.experiment, BreakpointKind::Right, iterations);
        for (std::size_t i = 1; i < right.size(); ++i) {
            if (right[i] >= 1 && right[i - 1] < 1)
                expected[static_cast<std::int64_t>(i)]
                    << QString::fromStdString(lane.experiment.model.cell.kind == CellKind::Rnn   ? "RNN"
                                              : lane.experiment.model.cell.kind == CellKind::Gru ? "GRU"
                                                                                                 : "LSTM");
        }
    }
    QVERIFY(expected.size() >= 2); // not all at once

    Run run(compared);
    run.set(BreakpointKind::Right, 1);
    std::size_t seen = 0;
    for (const auto& [iteration, names] : expected) {
        if (++seen % 2 == 0) // at full speed, and by going ahead
            run.train(iterations);
        else
            run.playback.setPosition({iterations, 0, 0});
        run.session.wait();
        QCOMPARE(run.stops.size(), seen);
        QCOMPARE(run.stops.back().iteration, iteration);
        QStringList told;
        for (const BreakpointStop::Reason& reason : run.stops.back().reasons)
            told << reason.lane;
        QCOMPARE(told, names);
        QVERIFY(inWords(run.stops.back()).contains(QStringLiteral("right now (%1)").arg(names.first())));
        for (const LaneRun& lane : run.session.lanes())
            QCOMPARE(lane.frontier, iteration + 1);
        for (const Lane& lane : run.playback.frame().lanes)
            QCOMPARE(lane.trace->iteration, iteration);
    }
    run.set(BreakpointKind::Iteration, 140); // of all together, told once
    run.breakpoints[BreakpointKind::Right].on = false;
    run.set(BreakpointKind::Iteration, 140);
    run.train(iterations);
    QCOMPARE(run.stops.back().iteration, std::int64_t(140));
    QCOMPARE(run.stops.back().reasons.size(), std::size_t(1));
}

void BreakpointsTest::theGhostStopsNothing()
{
    constexpr int iterations = 150;
    Experiment experiment = experiments::hello(CellKind::Rnn, iterations);
    experiment.interventions.push_back({5, "training.learning_rate", 1e-9}); // it learns no more
    const auto ghosts =
        measuredIn(experiments::hello(CellKind::Rnn, iterations), BreakpointKind::Right, iterations);
    QVERIFY(std::find(ghosts.begin(), ghosts.end(), 1.0) != ghosts.end());
    Run run(experiment);
    run.set(BreakpointKind::Right, 1);
    run.train(iterations);
    QVERIFY(run.stops.empty());
    QCOMPARE(run.session.lanes().size(), std::size_t(2));
    for (const LaneRun& lane : run.session.lanes())
        QCOMPARE(lane.frontier, std::int64_t(iterations));
}

void BreakpointsTest::aDivergingRunStops()
{
    Run run(experiments::diverging());
    run.set(BreakpointKind::Exploded, 1e30);
    QSignalSpy diverged(&run.session, &Session::diverged);
    run.train(300);
    // first the norm, as it was asked for; then the end of all numbers
    QCOMPARE(run.stops.size(), std::size_t(1));
    QVERIFY(run.stops[0].reasons[0].measured > 1e30);
    QVERIFY(diverged.isEmpty());
    run.train(300);
    QCOMPARE(run.stops.size(), std::size_t(1));
    QCOMPARE(diverged.size(), 1);
    QVERIFY(run.session.divergedAt() > run.stops[0].iteration);
    QVERIFY(!run.session.isTraining());
    QCOMPARE(run.playback.position().iteration, run.session.divergedAt());
}

void BreakpointsTest::whatStaysSetKeepsWhatItHasSeen()
{
    Run run(experiments::hello());
    run.set(BreakpointKind::Exploded, 1e-12); // from the start on
    run.train(100);
    QCOMPARE(run.stops.size(), std::size_t(1));
    QVERIFY(!run.stops[0].reasons[0].crossed);
    run.set(BreakpointKind::Iteration, 5);
    run.train(100);
    QCOMPARE(run.stops.size(), std::size_t(2));
    QCOMPARE(run.stops[1].iteration, std::int64_t(5));
    QCOMPARE(run.stops[1].reasons.size(), std::size_t(1));
    QVERIFY(run.stops[1].reasons[0].crossed);
}

void BreakpointsTest::noNumberOfTheRunChanges()
{
    Run run(experiments::hello(CellKind::Lstm));
    for (const double at : {3, 17, 18, 40}) {
        run.set(BreakpointKind::Iteration, at);
        run.set(BreakpointKind::Vanished, 1e-3 * at);
        run.set(BreakpointKind::Exploded, 0.1 * at);
        run.train(90);
    }
    while (run.session.frontier() < 90)
        run.train(90);
    QVERIFY(run.stops.size() >= 4);
    run.playback.setPosition({90, 0, 0});
    run.session.wait();
    const auto trace = History(experiments::hello(CellKind::Lstm)).trace(90);
    for (std::size_t k = 0; k < trace->parameters.size(); ++k)
        QVERIFY(run.playback.frame().trace().parameters[k].before == trace->parameters[k].before);
}

QTEST_MAIN(BreakpointsTest)
#include "breakpoints_test.moc"
