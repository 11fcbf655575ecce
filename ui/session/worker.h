#pragma once

#include "core/trace/position.h"
#include "core/training/trainer.h"
#include "ui/session/breakpoints.h"
#include "ui/session/lane_run.h"

#include <QString>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace ui {

/// What the worker tells the GUI thread. Everything in it is a value or immutable.
struct Event
{
    enum class Kind {
        Changed,
        Failed,
        Trace,
        ExactCurve,
        Advanced,
        Watched,
        TrainingEnded,
        Progress,
        Diverged,
        Stopped,
        Trainer
    };

    explicit Event(Kind which) : kind(which) {}

    Kind kind;
    std::shared_ptr<const std::vector<LaneRun>> lanes; ///< null where they are as before
    LaneTraces traces; ///< asked for, or of the frontier (Advanced), or of the overflow (Diverged)
    std::shared_ptr<const unrolled::Experiment> experiment;              ///< Changed
    unrolled::TickLayout ticks;                                          ///< Changed
    bool restarted = false;                                              ///< Changed
    std::int64_t firstChanged = 0;                                       ///< Changed
    std::uint64_t training = 0;                                          ///< TrainingEnded: which one
    double share = 0;                                                    ///< Progress
    std::shared_ptr<const std::vector<unrolled::IterationSummary>> rows; ///< ExactCurve
    QString message;                                                     ///< Failed
    BreakpointStop stop;                                                 ///< Stopped
    std::shared_ptr<unrolled::Trainer> trainer;                          ///< Trainer
};

/// The one thread that works on the histories of all lanes. Orders go in and events come out under one lock;
/// nothing else is shared. Requests come before training, a new experiment before both. Lanes are trained in
/// lockstep; one that is new catches up with the first.
class Worker
{
public:
    /// `wake` is called in the worker's thread when there are events to take.
    explicit Worker(std::function<void()> wake);
    ~Worker();

    void setExperiment(const unrolled::Experiment& experiment);
    void request(std::int64_t iteration); ///< takes the place of the one before
    void dropRequest();                   ///< nobody waits for it any more; no event
    void requestCurve(std::int64_t first, std::int64_t last);
    void requestTrainer(std::int64_t iteration, int lane);
    void setGhost(bool wanted); ///< whether models with interventions run without them, too
    void cancel();              ///< calls it off; Progress 1 follows
    void train(std::int64_t until, std::uint64_t id);
    void stopTraining();
    void watch(int sequence);
    void setMemoryBound(std::size_t bytes);
    void setBreakpoints(const Breakpoints& breakpoints);

    std::vector<Event> takeEvents();
    void waitUntilIdle();
    bool isIdle() const; ///< nothing to do and no events to take

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace ui
