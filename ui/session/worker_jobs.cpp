#include "ui/session/worker_state.h"

#include <algorithm>

namespace ui {

using std::chrono::milliseconds;
using unrolled::Experiment;
using unrolled::History;

namespace {

constexpr milliseconds publishEvery{33};   // training and long replays tell how far they are
constexpr milliseconds progressAfter{150}; // shorter work shows no progress
constexpr milliseconds progressEvery{60};
constexpr milliseconds requestQuantum{100}; // a request has this long before a newer one calls it off

} // namespace

void Worker::State::accept(const Experiment& next, std::size_t bytes, std::uint64_t training, bool ghost)
{
    Event event(Event::Kind::Changed);
    const LaneHistories::Change change = histories.take(next, ghost, bytes);
    event.restarted = change.restarted;
    event.firstChanged = change.firstChanged;
    if (event.restarted)
        endTraining(training); // not one that was started for the new run
    if (reported >= event.firstChanged)
        reported = -1;
    event.traces = histories.traces(0);
    event.experiment = std::make_shared<const Experiment>(next);
    event.ticks = first().ticks();
    event.lanes = currentLanes();
    post(std::move(event));
    reportDivergence();
    noteWhoIsBehind();
}

void Worker::State::noteWhoIsBehind()
{
    const bool some = histories.someBehind();
    const std::lock_guard lock(mutex);
    behind = some;
}

void Worker::State::catchUp()
{
    const auto start = Clock::now();
    const auto goOn = [&](double) {
        const std::lock_guard lock(mutex);
        return Clock::now() - start < publishEvery && !quit && !experiment && request < 0 && trainUntil < 0 &&
               !watchChanged && trainerWanted < 0;
    };
    for (HistoryLane& lane : histories.lanes()) {
        if (lane.canReach(first().frontier()) && goOn(0))
            lane.extend(first().frontier() - lane.history->frontier(), goOn);
    }
    noteWhoIsBehind();
    post(advancedEvent());
}

void Worker::State::showSequence(int sequence)
{
    histories.watch(sequence);
    if (histories.empty())
        return;
    Event event(Event::Kind::Watched);
    event.lanes = currentLanes();
    post(std::move(event));
}

void Worker::State::serve(std::int64_t iteration)
{
    if (histories.empty())
        return;
    const auto start = Clock::now();
    const std::int64_t before = histories.updates();
    bool superseded = false;

    const auto goOn = [&](double share) {
        const auto now = Clock::now();
        {
            const std::lock_guard lock(mutex);
            superseded = (request >= 0 && now - start > requestQuantum) || experiment || quit;
            if (superseded || cancelled)
                return false;
        }
        if (now - start > progressAfter && now - progressed > progressEvery) {
            progressed = now;
            showProgress(share);
        }
        return true;
    };

    // What lies ahead is trained for, one lane after the other, and the curves grow meanwhile.
    std::optional<BreakpointStop> stop;
    bool called = false;
    std::vector<HistoryLane>& lanes = histories.lanes();
    const auto count = static_cast<double>(lanes.size());
    if (histories.hasBreakpoints())
        called = !reachWatched(iteration, goOn, stop);
    for (std::size_t k = 0; k < lanes.size() && !called && !stop; ++k)
        called = !reach(lanes[k], iteration, static_cast<double>(k) / count, 1 / count, goOn);

    if (stop) { // whoever wants to go on all the same asks again
        tell(*stop);
        if (progressing)
            showProgress(1);
        return;
    }
    LaneTraces traces;
    for (const HistoryLane& lane : histories.lanes()) {
        if (called)
            break;
        traces.push_back(lane.history->trace(iteration, histories.sequence(), goOn));
        called = !traces.back();
    }
    if (histories.updates() != before)
        post(advancedEvent());
    if (!called) {
        Event event(Event::Kind::Trace);
        event.traces = std::move(traces);
        post(std::move(event));
    }
    noteWhoIsBehind();
    if (superseded)
        return; // the newer one ends the progress
    if (progressing || called)
        showProgress(1);
    reportDivergence();
}

bool Worker::State::reach(HistoryLane& lane, std::int64_t iteration, double base, double span,
                          const History::Progress& goOn)
{
    const History& history = *lane.history;
    const std::int64_t from = history.frontier();
    const auto steps = static_cast<double>(std::max<std::int64_t>(1, iteration - from));
    while (lane.canReach(iteration)) {
        const auto start = Clock::now();
        const double done = static_cast<double>(history.frontier() - from) / steps;
        bool called = false;
        lane.extend(iteration - history.frontier(), [&](double share) {
            called = !goOn(base + span * (done + (1 - done) * share));
            return !called && Clock::now() - start < publishEvery;
        });
        if (lane.canReach(iteration))
            post(advancedEvent());
        if (called)
            return false;
    }
    return true;
}

bool Worker::State::reachWatched(std::int64_t iteration, const History::Progress& goOn,
                                 std::optional<BreakpointStop>& stop)
{
    const HistoryLane& lane = histories.lanes().front();
    const std::int64_t from = first().frontier();
    bool called = false;
    while (lane.canReach(iteration) && !stop && !called) {
        const auto start = Clock::now();
        stop = histories.extendWatched(iteration, [&] {
            called =
                !goOn(static_cast<double>(first().frontier() - from) / static_cast<double>(iteration - from));
            return !called && Clock::now() - start < publishEvery;
        });
        if (lane.canReach(iteration) && !stop)
            post(advancedEvent());
    }
    return !called;
}

void Worker::State::serveCurve(std::int64_t first, std::int64_t last)
{
    if (histories.empty())
        return;
    bool interrupted = false;
    auto rows = histories.first().exactCurve(first, last, [&](double) {
        const std::lock_guard lock(mutex);
        interrupted = request >= 0 || experiment || watchChanged;
        return !(interrupted || cancelled || quit || curveLast >= 0);
    });
    if (interrupted) { // again, once that is done
        const std::lock_guard lock(mutex);
        if (curveLast < 0 && !experiment) {
            curveFirst = first;
            curveLast = last;
        }
        return;
    }
    if (rows.empty())
        return;
    Event event(Event::Kind::ExactCurve);
    event.rows = std::make_shared<const std::vector<unrolled::IterationSummary>>(std::move(rows));
    post(std::move(event));
}

void Worker::State::showProgress(double share)
{
    progressing = share < 1;
    Event event(Event::Kind::Progress);
    event.share = share;
    post(std::move(event));
}

void Worker::State::trainSlice(std::int64_t until, std::uint64_t id)
{
    if (histories.empty()) {
        endTraining(id);
        return;
    }
    const auto start = Clock::now();
    if (id != lastTraining) {
        lastTraining = id;
        published = start;
    }
    const auto goOnFor = [&](Clock::duration slice) {
        if (Clock::now() - start >= slice)
            return false;
        const std::lock_guard lock(mutex);
        return !experiment && !quit && request < 0 && !watchChanged && curveLast < 0 && !breakpoints &&
               trainerWanted < 0 && trainingId == id;
    };
    std::vector<HistoryLane>& lanes = histories.lanes();
    std::optional<BreakpointStop> stop;
    if (histories.hasBreakpoints()) {
        stop = histories.extendWatched(until, [&] { return goOnFor(publishEvery); });
    } else {
        // The first lane has its share of the time until the next picture; the others follow.
        const auto slice = publishEvery / static_cast<int>(lanes.size());
        lanes.front().extend(until - first().frontier(), [&](double) { return goOnFor(slice); });
        for (HistoryLane& lane : lanes) {
            if (!lane.canReach(first().frontier()))
                continue;
            lane.extend(first().frontier() - lane.history->frontier(), [this, id](double) {
                const std::lock_guard lock(mutex);
                return !experiment && !quit && request < 0 && trainingId == id;
            });
        }
    }
    if (histories.someBehind() && !stop) { // something more urgent came between
        noteWhoIsBehind();
        return;
    }
    const bool ended = first().frontier() >= until || first().divergedAt() >= 0 || stop;
    if (!stop && (ended || Clock::now() - published >= publishEvery))
        publish();
    if (stop)
        tell(*stop);
    if (ended)
        endTraining(id);
    reportDivergence();
}

void Worker::State::tell(const BreakpointStop& stop)
{
    Event event(Event::Kind::Stopped);
    event.traces = histories.traces(stop.iteration);
    event.lanes = currentLanes();
    event.stop = stop;
    post(std::move(event));
}

void Worker::State::serveTrainer(std::int64_t iteration, int lane)
{
    if (histories.empty())
        return;
    const std::vector<HistoryLane>& lanes = histories.lanes();
    History& history = *lanes[std::min(static_cast<std::size_t>(lane), lanes.size() - 1)].history;
    auto made = history.trainerAt(std::min(iteration, history.frontier()));
    if (!made)
        return;
    Event event(Event::Kind::Trainer);
    event.trainer = std::make_shared<unrolled::Trainer>(std::move(*made));
    post(std::move(event));
}

void Worker::State::publish()
{
    if (!histories.empty() && first().frontier() != toldFrontier)
        post(advancedEvent(histories.traces(first().frontier())));
    published = Clock::now();
}

void Worker::State::endTraining(std::uint64_t id)
{
    Event event(Event::Kind::TrainingEnded);
    {
        const std::lock_guard lock(mutex);
        if (trainUntil < 0 || trainingId != id)
            return;
        trainUntil = -1;
        event.training = id;
    }
    post(std::move(event));
}

void Worker::State::reportDivergence()
{
    const std::int64_t at = first().divergedAt();
    if (at < 0 || at == reported)
        return;
    reported = at;
    Event event(Event::Kind::Diverged);
    event.lanes = currentLanes();
    event.traces = histories.traces(at);
    post(std::move(event));
}

std::shared_ptr<const std::vector<LaneRun>> Worker::State::currentLanes()
{
    toldFrontier = first().frontier();
    return std::make_shared<const std::vector<LaneRun>>(histories.runs());
}

Event Worker::State::advancedEvent(LaneTraces traces)
{
    Event event(Event::Kind::Advanced);
    event.lanes = currentLanes();
    event.traces = std::move(traces);
    return event;
}

} // namespace ui
