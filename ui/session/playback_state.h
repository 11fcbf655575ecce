#pragma once

#include "core/trace/position.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"

#include <QElapsedTimer>
#include <QTimer>

#include <cstdint>
#include <optional>

namespace ui {

/// Where the picture is, where it goes, and what the session tells of it; playback's own part.
struct Playback::State
{
    State(Playback* playback, Session& session);

    // ---- the picture

    void show(const unrolled::Position& position, double alpha);
    /// The iteration whose traces are on show: the first lane's, as another may have diverged before.
    std::int64_t shown() const { return frame.lanes.front().trace->iteration; }
    bool onShow(std::int64_t iteration) const { return !frame.empty() && !stale && shown() == iteration; }
    Lane& laneAt(std::size_t run); ///< the lanes, then their ghosts, as the session has them
    void takeRuns();
    void takeTraces(const LaneTraces& traces);
    /// Sequences may differ in length from one iteration to the next, and lanes in their cells.
    void fitTicks();
    void bringToFront(std::size_t lane);

    // ---- going somewhere

    unrolled::Position inRange(unrolled::Position position) const;
    void goTo(const unrolled::Position& wanted, bool animate);
    /// The trace of the position asked for is there.
    void begin();
    double duration() const;
    void move();
    void finishMotion();
    void stopMotion();

    // ---- playing

    /// Playing stops once here: where the planned updates have been made and their effect is to be seen.
    unrolled::Position end() const;
    bool atLast() const;
    void arrived();
    void advance();
    /// A hand on the controls: the picture no longer follows training.
    void takeOver() { following = false; }

    // ---- what the session tells

    void onTraces(const LaneTraces& traces);
    void onAdvanced(std::int64_t frontier);
    void onExperimentChanged(bool restarted, std::int64_t firstChanged);
    void onDiverged(std::int64_t iteration);
    /// Training stopped behind an iteration: this is the one to look at. A step by hand goes on all the same.
    void onStopped(std::int64_t iteration);
    /// A replay was called off: the position goes back to what is on show.
    void onProgress(double share);

    Playback* q;
    Session& session;
    Frame frame;
    unrolled::Position asked;
    unrolled::StepSize size = unrolled::StepSize::TimeStep;
    double speed = 1;
    bool playing = false;
    bool stopAtEnd = true;
    bool reduce;
    Pace pace;

    unrolled::CellSpec tickCell; ///< that frame.ticks was made for
    int tickLayers = 0;
    std::optional<unrolled::Experiment> runKnown; ///< the session's, but for its interventions
    bool waiting = false;                         ///< for the trace of `asked`
    bool stale = false;                           ///< the trace on show belongs to an earlier experiment
    bool following = false;                       ///< the newest iteration, while training

    bool motionWanted = false;
    bool moving = false;
    std::int64_t motionFirst = 0;
    std::int64_t motionLast = 0;
    double motionDuration = 1;
    QElapsedTimer motionClock;
    QTimer motionTimer;
    QTimer restTimer;
};

} // namespace ui
