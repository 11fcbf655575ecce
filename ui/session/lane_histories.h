#pragma once

#include "core/trace/history.h"
#include "ui/session/breakpoints.h"
#include "ui/session/lane_run.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ui {

/// A model in work: its history, and what an update takes.
struct HistoryLane
{
    LaneRun run; ///< how far it is stands in the history, see now()
    std::unique_ptr<unrolled::History> history;
    BreakpointWatch watch;

    /// Trains on, and takes the time.
    void extend(std::int64_t by, const unrolled::History::Progress& goOn,
                const unrolled::History::Observer& observer = {});
    bool canReach(std::int64_t iteration) const; ///< lies ahead, and nothing diverged before
    LaneRun now() const;

private:
    void noteTime();

    std::int64_t m_timedUpdates = 0; ///< since the last stretch that was long enough to say something
    std::chrono::duration<double> m_timed{};
    std::int64_t m_computed = 0; ///< updates before that stretch
};

/// The histories of all models of an experiment: its own first, those it is compared with, and, where it has
/// interventions, the ghosts of them all, their runs without them. Not thread-safe: one thread at a time.
class LaneHistories
{
public:
    struct Change
    {
        bool restarted = false; ///< iteration 0 of the first lane differs from before
        std::int64_t firstChanged = 0;
    };

    /// Takes a new experiment, keeping of every lane what is as before. Throws, and changes nothing, where a
    /// lane cannot run.
    Change take(const unrolled::Experiment& experiment, bool ghosts, std::size_t memoryBound);
    void setMemoryBound(std::size_t bytes); ///< for all together
    void watch(int sequence);               ///< of the batch, from 0
    void setBreakpoints(const Breakpoints& breakpoints);
    bool hasBreakpoints() const { return m_breakpoints.any(); }
    /// Trains all lanes on in step, one update after the other, while `goOn` and up to an iteration: at most
    /// behind the first at which one of them (ghosts apart) meets a breakpoint. What lags catches up
    /// before.
    std::optional<BreakpointStop> extendWatched(std::int64_t until, const std::function<bool()>& goOn);

    bool empty() const { return m_lanes.empty(); }
    std::vector<HistoryLane>& lanes() { return m_lanes; }
    unrolled::History& first() const { return *m_lanes.front().history; }
    int sequence() const { return m_sequence; }
    std::int64_t updates() const; ///< made by all lanes together
    bool someBehind() const;      ///< a lane has to catch up with the first

    /// Those that are there without training; null where a lane has to catch up first.
    LaneTraces traces(std::int64_t iteration) const;
    std::vector<LaneRun> runs() const;

private:
    /// Keeps runs that go on differently from now on, for when their changes are undone or redone.
    void remember(std::vector<HistoryLane> left);

    std::vector<HistoryLane> m_lanes;
    std::vector<HistoryLane> m_former; ///< the newest last
    int m_sequence = 0;
    Breakpoints m_breakpoints;
};

} // namespace ui
