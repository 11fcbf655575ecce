#include "ui/session/worker.h"

#include "ui/session/lane_histories.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ui {

using unrolled::Experiment;
using unrolled::History;
using unrolled::TracePtr;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds publishEvery{33};   // training and long replays tell how far they are
constexpr milliseconds progressAfter{150}; // shorter work shows no progress
constexpr milliseconds progressEvery{60};
constexpr milliseconds requestQuantum{100}; // a request has this long before a newer one calls it off

} // namespace

struct Worker::State
{
    explicit State(std::function<void()> wakeUp) : wake(std::move(wakeUp)), thread([this] { run(); }) {}

    ~State()
    {
        {
            const std::lock_guard lock(mutex);
            quit = true;
        }
        orders.notify_all();
        thread.join();
    }

    // ---- under the lock

    bool hasOrders() const
    {
        return experiment || watchChanged || request >= 0 || trainUntil >= 0 || boundChanged || flush ||
               curveLast >= 0 || breakpoints || trainerWanted >= 0 || behind;
    }

    template<typename Order>
    void order(Order change)
    {
        {
            const std::lock_guard lock(mutex);
            change();
        }
        orders.notify_one();
    }

    void post(Event event)
    {
        bool first = false;
        {
            const std::lock_guard lock(mutex);
            // Where the window is behind, it needs the newest only.
            if (!events.empty() && events.back().kind == event.kind &&
                (event.kind == Event::Kind::Advanced || event.kind == Event::Kind::Trace)) {
                events.back() = std::move(event);
            } else {
                first = events.empty();
                events.push_back(std::move(event));
            }
        }
        if (first)
            wake();
    }

    // ---- the worker's thread

    void run()
    {
        std::unique_lock lock(mutex);
        for (;;) {
            working = false;
            idle.notify_all();
            orders.wait(lock, [this] { return quit || hasOrders(); });
            if (quit)
                return;
            working = true;
            cancelled = false;

            if (boundChanged) {
                boundChanged = false;
                const std::size_t bytes = bound;
                lock.unlock();
                histories.setMemoryBound(bytes);
            } else if (breakpoints) {
                breakpointWatch.set(*breakpoints);
                breakpoints.reset();
                lock.unlock();
            } else if (experiment) {
                const Experiment next = std::move(*experiment);
                experiment.reset();
                const std::size_t bytes = bound;
                const std::uint64_t training = trainingBefore;
                const bool ghost = ghostWanted;
                lock.unlock();
                guarded([&] { accept(next, bytes, training, ghost); });
            } else if (flush) {
                flush = false;
                lock.unlock();
                guarded([&] { publish(); });
            } else if (watchChanged) {
                watchChanged = false;
                const int sequence = watched;
                lock.unlock();
                guarded([&] { showSequence(sequence); });
            } else if (request >= 0) {
                const std::int64_t iteration = request;
                request = -1;
                lock.unlock();
                guarded([&] { serve(iteration); });
            } else if (trainerWanted >= 0) {
                const std::int64_t iteration = std::exchange(trainerWanted, -1);
                const int lane = trainerLane;
                lock.unlock();
                guarded([&] { serveTrainer(iteration, lane); });
            } else if (curveLast >= 0) {
                const std::int64_t first = curveFirst;
                const std::int64_t last = std::exchange(curveLast, -1);
                lock.unlock();
                guarded([&] { serveCurve(first, last); });
            } else if (trainUntil < 0) {
                behind = false;
                lock.unlock();
                guarded([&] { catchUp(); });
            } else {
                const std::int64_t until = trainUntil;
                const std::uint64_t id = trainingId;
                lock.unlock();
                guarded([&] { trainSlice(until, id); });
            }
            lock.lock();
        }
    }

    template<typename Work>
    void guarded(Work work)
    {
        try {
            work();
        } catch (const std::exception& error) {
            Event event(Event::Kind::Failed);
            event.message = QString::fromStdString(error.what());
            post(std::move(event));
            std::uint64_t id = 0;
            {
                const std::lock_guard lock(mutex);
                id = trainingId;
            }
            endTraining(id);
        }
    }

    void accept(const Experiment& next, std::size_t bytes, std::uint64_t training, bool ghost)
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

    const History& first() const { return histories.first(); }

    void noteWhoIsBehind()
    {
        const bool some = histories.someBehind();
        const std::lock_guard lock(mutex);
        behind = some;
    }

    /// A stretch of the way on which new lanes follow the first.
    void catchUp()
    {
        const auto start = Clock::now();
        const auto goOn = [&](double) {
            const std::lock_guard lock(mutex);
            return Clock::now() - start < publishEvery && !quit && !experiment && request < 0 &&
                   trainUntil < 0 && !watchChanged && trainerWanted < 0;
        };
        for (HistoryLane& lane : histories.lanes()) {
            if (lane.canReach(first().frontier()) && goOn(0))
                lane.extend(first().frontier() - lane.history->frontier(), goOn);
        }
        noteWhoIsBehind();
        post(advancedEvent());
    }

    void showSequence(int sequence)
    {
        histories.watch(sequence);
        if (histories.empty())
            return;
        Event event(Event::Kind::Watched);
        event.lanes = currentLanes();
        post(std::move(event));
    }

    void serve(std::int64_t iteration)
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
        for (std::size_t k = 0; k < lanes.size() && !called && !stop; ++k)
            called = !reach(lanes[k], iteration, static_cast<double>(k) / count, 1 / count, goOn,
                            k == 0 ? observer(stop) : History::Observer(), stop);

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

    /// Trains a lane up to an iteration, telling how far it is between `base` and `base + span`. False where
    /// it was called off.
    template<typename GoOn>
    bool reach(HistoryLane& lane, std::int64_t iteration, double base, double span, const GoOn& goOn,
               const History::Observer& observe, const std::optional<BreakpointStop>& stop)
    {
        const History& history = *lane.history;
        const std::int64_t from = history.frontier();
        const auto steps = static_cast<double>(std::max<std::int64_t>(1, iteration - from));
        while (lane.canReach(iteration) && !stop) {
            const auto start = Clock::now();
            const double done = static_cast<double>(history.frontier() - from) / steps;
            bool called = false;
            lane.extend(
                iteration - history.frontier(),
                [&](double share) {
                    called = !goOn(base + span * (done + (1 - done) * share));
                    return !called && Clock::now() - start < publishEvery;
                },
                observe);
            if (lane.canReach(iteration))
                post(advancedEvent());
            if (called)
                return false;
        }
        return true;
    }

    void serveCurve(std::int64_t first, std::int64_t last)
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

    void showProgress(double share)
    {
        progressing = share < 1;
        Event event(Event::Kind::Progress);
        event.share = share;
        post(std::move(event));
    }

    void trainSlice(std::int64_t until, std::uint64_t id)
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
        std::vector<HistoryLane>& lanes = histories.lanes();
        // The first lane has its share of the time until the next picture; the others follow.
        const auto slice = publishEvery / static_cast<int>(lanes.size());
        std::optional<BreakpointStop> stop;
        lanes.front().extend(
            until - first().frontier(),
            [&](double) {
                if (Clock::now() - start >= slice)
                    return false;
                const std::lock_guard lock(mutex);
                return !experiment && !quit && request < 0 && !watchChanged && curveLast < 0 &&
                       !breakpoints && trainerWanted < 0 && trainingId == id;
            },
            observer(stop));
        bool inStep = true;
        for (std::size_t k = 1; k < lanes.size(); ++k) {
            HistoryLane& lane = lanes[k];
            if (!lane.canReach(first().frontier()))
                continue;
            lane.extend(first().frontier() - lane.history->frontier(), [this, id](double) {
                const std::lock_guard lock(mutex);
                return !experiment && !quit && request < 0 && trainingId == id;
            });
            inStep = inStep && !lane.canReach(first().frontier());
        }
        if (!inStep) { // something more urgent came between
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

    /// Looks out for breakpoints; nothing where there are none, so that training costs no more.
    History::Observer observer(std::optional<BreakpointStop>& stop)
    {
        if (!breakpointWatch.isActive())
            return {};
        return [this, &stop](const unrolled::IterationSummary& summary, const unrolled::Trainer& trainer) {
            stop = breakpointWatch.look(summary, trainer, histories.sequence());
            return !stop;
        };
    }

    /// A breakpoint was met: the picture that belongs to it comes along.
    void tell(const BreakpointStop& stop)
    {
        Event event(Event::Kind::Stopped);
        event.traces = histories.traces(stop.iteration);
        event.lanes = currentLanes();
        event.stop = stop;
        post(std::move(event));
    }

    void serveTrainer(std::int64_t iteration, int lane)
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

    /// How far training is, and the picture that goes with the curve; it is made at the frontier, so it costs
    /// one iteration at most.
    void publish()
    {
        if (!histories.empty() && first().frontier() != toldFrontier)
            post(advancedEvent(histories.traces(first().frontier())));
        published = Clock::now();
    }

    void endTraining(std::uint64_t id)
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

    void reportDivergence()
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

    std::shared_ptr<const std::vector<LaneRun>> currentLanes()
    {
        toldFrontier = first().frontier();
        return std::make_shared<const std::vector<LaneRun>>(histories.runs());
    }

    Event advancedEvent(LaneTraces traces = {})
    {
        Event event(Event::Kind::Advanced);
        event.lanes = currentLanes();
        event.traces = std::move(traces);
        return event;
    }

    std::function<void()> wake;

    mutable std::mutex mutex;
    std::condition_variable orders, idle;
    std::optional<Experiment> experiment;
    std::uint64_t trainingBefore = 0; ///< the one under way when the experiment was given
    std::int64_t request = -1;
    std::int64_t curveFirst = -1;
    std::int64_t curveLast = -1;
    std::int64_t trainerWanted = -1;
    int trainerLane = 0;
    std::optional<Breakpoints> breakpoints;
    bool ghostWanted = true;
    bool cancelled = false;
    std::int64_t trainUntil = -1;
    std::uint64_t trainingId = 0;
    int watched = 0;
    bool watchChanged = false;
    std::size_t bound = History::defaultMemoryBound;
    bool boundChanged = false;
    bool flush = false;  ///< training was stopped: tell how far it came
    bool behind = false; ///< lanes have to catch up with the first one
    bool quit = false;
    bool working = true;
    std::vector<Event> events;

    // of the worker's thread alone
    LaneHistories histories;
    BreakpointWatch breakpointWatch;
    std::int64_t reported = -1; ///< the divergence told about
    std::uint64_t lastTraining = 0;
    std::int64_t toldFrontier = -1;
    Clock::time_point published;
    Clock::time_point progressed;
    bool progressing = false;

    std::thread thread; ///< last: starts when all else is there
};

Worker::Worker(std::function<void()> wake) : m_state(std::make_unique<State>(std::move(wake))) {}

Worker::~Worker() = default;

void Worker::setExperiment(const Experiment& experiment)
{
    m_state->order([&] {
        m_state->experiment = experiment;
        m_state->trainingBefore = m_state->trainingId;
    });
}

void Worker::request(std::int64_t iteration)
{
    m_state->order([&] { m_state->request = std::max<std::int64_t>(0, iteration); });
}

void Worker::requestCurve(std::int64_t first, std::int64_t last)
{
    m_state->order([&] {
        m_state->curveFirst = std::max<std::int64_t>(0, first);
        m_state->curveLast = last;
    });
}

void Worker::requestTrainer(std::int64_t iteration, int lane)
{
    m_state->order([&] {
        m_state->trainerWanted = std::max<std::int64_t>(0, iteration);
        m_state->trainerLane = std::max(0, lane);
    });
}

void Worker::setGhost(bool wanted)
{
    m_state->order([&] { m_state->ghostWanted = wanted; });
}

void Worker::setBreakpoints(const Breakpoints& breakpoints)
{
    m_state->order([&] { m_state->breakpoints = breakpoints; });
}

void Worker::dropRequest()
{
    m_state->order([&] { m_state->request = -1; });
}

void Worker::cancel()
{
    Worker::State& state = *m_state;
    bool waiting = false;
    state.order([&] {
        waiting = state.request >= 0;
        state.request = -1;
        state.cancelled = true;
    });
    if (waiting) {
        Event event(Event::Kind::Progress);
        event.share = 1;
        state.post(std::move(event));
    }
}

void Worker::train(std::int64_t until, std::uint64_t id)
{
    m_state->order([&] {
        m_state->trainUntil = std::max<std::int64_t>(0, until);
        m_state->trainingId = id;
    });
}

void Worker::stopTraining()
{
    m_state->order([&] {
        m_state->trainUntil = -1;
        m_state->trainingId = 0;
        m_state->flush = true;
    });
}

void Worker::watch(int sequence)
{
    m_state->order([&] {
        m_state->watched = sequence;
        m_state->watchChanged = true;
    });
}

void Worker::setMemoryBound(std::size_t bytes)
{
    m_state->order([&] {
        m_state->bound = bytes;
        m_state->boundChanged = true;
    });
}

std::vector<Event> Worker::takeEvents()
{
    const std::lock_guard lock(m_state->mutex);
    return std::exchange(m_state->events, {});
}

void Worker::waitUntilIdle()
{
    std::unique_lock lock(m_state->mutex);
    m_state->idle.wait(lock, [this] { return !m_state->working && !m_state->hasOrders(); });
}

bool Worker::isIdle() const
{
    const std::lock_guard lock(m_state->mutex);
    return !m_state->working && !m_state->hasOrders() && m_state->events.empty();
}

} // namespace ui
