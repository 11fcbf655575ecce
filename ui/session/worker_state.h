#pragma once

#include "ui/session/lane_histories.h"
#include "ui/session/worker.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ui {

/// What the worker's thread does; its own part of the worker.
struct Worker::State
{
    using Clock = std::chrono::steady_clock;

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

    void run();

    template<typename Work>
    void guarded(Work work)
    {
        try {
            work();
        } catch (const std::exception& error) {
            Event event(Event::Kind::Failed);
            event.message = QString::fromStdString(error.what());
            if (!histories.empty())
                event.lanes = currentLanes(); // how far it came
            post(std::move(event));
            std::uint64_t id = 0;
            {
                const std::lock_guard lock(mutex);
                id = trainingId;
            }
            endTraining(id);
        }
    }

    // ---- its jobs, in worker_jobs.cpp

    void accept(const unrolled::Experiment& next, std::size_t bytes, std::uint64_t training, bool ghost);
    const unrolled::History& first() const { return histories.first(); }
    void noteWhoIsBehind();
    /// A stretch of the way on which new lanes follow the first.
    void catchUp();
    void showSequence(int sequence);
    void serve(std::int64_t iteration);
    /// Trains a lane up to an iteration, telling how far it is between `base` and `base + span`. False where
    /// it was called off.
    bool reach(HistoryLane& lane, std::int64_t iteration, double base, double span,
               const unrolled::History::Progress& goOn);
    /// The same for all lanes in step, up to the first breakpoint.
    bool reachWatched(std::int64_t iteration, const unrolled::History::Progress& goOn,
                      std::optional<BreakpointStop>& stop);
    void serveCurve(std::int64_t first, std::int64_t last);
    void showProgress(double share);
    void trainSlice(std::int64_t until, std::uint64_t id);
    /// A breakpoint was met: the picture that belongs to it comes along.
    void tell(const BreakpointStop& stop);
    void serveTrainer(std::int64_t iteration, int lane);
    /// How far training is, and the picture that goes with the curve; it is made at the frontier, so it costs
    /// one iteration at most.
    void publish();
    void endTraining(std::uint64_t id);
    void reportDivergence();
    std::shared_ptr<const std::vector<LaneRun>> currentLanes();
    Event advancedEvent(LaneTraces traces = {});

    std::function<void()> wake;

    mutable std::mutex mutex;
    std::condition_variable orders, idle;
    std::optional<unrolled::Experiment> experiment;
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
    std::size_t bound = unrolled::History::defaultMemoryBound;
    bool boundChanged = false;
    bool flush = false;  ///< training was stopped: tell how far it came
    bool behind = false; ///< lanes have to catch up with the first one
    bool quit = false;
    bool working = true;
    std::vector<Event> events;

    // of the worker's thread alone
    LaneHistories histories;
    std::int64_t reported = -1; ///< the divergence told about
    std::uint64_t lastTraining = 0;
    std::int64_t toldFrontier = -1;
    Clock::time_point published;
    Clock::time_point progressed;
    bool progressing = false;

    std::thread thread; ///< last: starts when all else is there
};

} // namespace ui
