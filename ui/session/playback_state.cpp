#include "ui/session/playback_state.h"

#include <QApplication>
#include <QStyle>

#include <algorithm>
#include <utility>

namespace ui {

using unrolled::Phase;
using unrolled::Position;
using unrolled::StepSize;

namespace {

constexpr int frameInterval = 16; // ms

/// Slow, fast, slow: 3u² − 2u³.
double easedCount(double u)
{
    return u * u * (3 - 2 * u);
}

/// Qt 6.4 has no hint of its own for this; desktops that switch animations off do it through the style.
bool desktopWantsNoMotion()
{
    const auto* application = qobject_cast<QApplication*>(QCoreApplication::instance());
    return application && application->style() &&
           application->style()->styleHint(QStyle::SH_Widget_Animation_Duration) <= 0;
}

} // namespace

Playback::State::State(Playback* playback, Session& s)
    : q(playback), session(s), reduce(desktopWantsNoMotion())
{
    motionTimer.setTimerType(Qt::PreciseTimer);
    motionTimer.setInterval(frameInterval);
    restTimer.setSingleShot(true);
}

void Playback::State::show(const Position& position, double alpha)
{
    frame.position = position;
    frame.alpha = alpha;
    emit q->frameChanged(frame);
}

Lane& Playback::State::laneAt(std::size_t run)
{
    return run < frame.lanes.size() ? frame.lanes[run] : frame.ghosts[run - frame.lanes.size()];
}

void Playback::State::takeRuns()
{
    const std::vector<LaneRun>& runs = session.lanes();
    const auto haunted =
        std::count_if(runs.begin(), runs.end(), [](const LaneRun& run) { return run.ghost; });
    frame.ghosts.resize(static_cast<std::size_t>(haunted));
    frame.lanes.resize(runs.size() - frame.ghosts.size());
    for (std::size_t k = 0; k < runs.size(); ++k) {
        Lane& lane = laneAt(k);
        if (k > 0 && lane.first != runs[k].first) { // another model, whose trace is still to come
            lane.trace = runs[k].first;
            stale = true;
        }
        static_cast<LaneRun&>(lane) = runs[k];
    }
    if (frame.front >= frame.lanes.size()) {
        frame.front = 0;
        stale = true;
    }
}

void Playback::State::takeTraces(const LaneTraces& traces)
{
    for (std::size_t k = 0; k < frame.lanes.size() + frame.ghosts.size() && k < traces.size(); ++k) {
        if (traces[k])
            laneAt(k).trace = traces[k];
    }
    stale = false;
    fitTicks();
}

void Playback::State::fitTicks()
{
    const unrolled::IterationTrace& trace = frame.trace();
    const auto layers = static_cast<int>(trace.layers.size());
    const bool sameCell = trace.cell == std::exchange(tickCell, trace.cell);
    const bool sameLayers = layers == std::exchange(tickLayers, layers);
    if (trace.steps() == frame.ticks.steps() && sameCell && sameLayers)
        return;
    const unrolled::TickLayout before = frame.ticks;
    const bool atEnd = asked == before.endOfTick(asked.iteration, asked.tick);
    frame.ticks = unrolled::TickLayout(trace.cell, layers, trace.steps(),
                                       trace.lossKind == unrolled::LossKind::CrossEntropy);
    asked.tick =
        frame.ticks.tickOf(before.phase(asked.tick), std::min(before.time(asked.tick), trace.steps()));
    asked = atEnd ? frame.ticks.endOfTick(asked.iteration, asked.tick) : inRange(asked);
    motionWanted = false;
}

void Playback::State::bringToFront(std::size_t lane)
{
    if (lane >= frame.lanes.size() || lane == frame.front || !frame.lanes[lane].trace)
        return;
    finishMotion();
    frame.front = lane;
    fitTicks();
    if (!waiting)
        show(asked, 1);
}

Position Playback::State::inRange(Position position) const
{
    position.iteration = std::max<std::int64_t>(0, position.iteration);
    if (session.divergedAt() >= 0)
        position.iteration = std::min(position.iteration, session.divergedAt());
    position.tick = std::clamp(position.tick, 0, frame.ticks.ticks() - 1);
    const auto parts = static_cast<int>(frame.ticks.parts(position.tick).size());
    position.part = std::clamp(position.part, 0, std::max(0, parts - 1));
    return position;
}

void Playback::State::goTo(const Position& wanted, bool animate)
{
    if (frame.empty())
        return;
    finishMotion();
    restTimer.stop();
    const Position target = inRange(wanted);
    if (target == asked && !waiting && onShow(target.iteration)) {
        arrived();
        return;
    }
    motionFirst = frame.ticks.index(asked) + 1;
    motionLast = frame.ticks.index(target);
    motionWanted = animate && duration() > 0 && motionFirst <= motionLast;
    asked = target;
    if (onShow(target.iteration)) {
        waiting = false;
        begin();
    } else {
        waiting = true;
        session.requestTrace(target.iteration);
    }
}

void Playback::State::begin()
{
    waiting = false;
    if (motionWanted) {
        motionWanted = false;
        moving = true;
        motionDuration = duration();
        motionClock.start();
        motionTimer.start();
        show(frame.ticks.at(motionFirst), 0);
        return;
    }
    show(asked, 1);
    arrived();
}

double Playback::State::duration() const
{
    if (reduce)
        return 0;
    switch (size) {
    case StepSize::Operation:
        return pace.motion / speed;
    case StepSize::TimeStep:
        return pace.tick / speed;
    case StepSize::Pass:
        return pace.pass / speed;
    case StepSize::Iteration:
        break;
    }
    return 0;
}

void Playback::State::move()
{
    const double share = static_cast<double>(motionClock.nsecsElapsed()) * 1e-6 / motionDuration;
    if (share >= 1) {
        finishMotion();
        arrived();
        return;
    }
    // The parts of a longer step follow one another, each from 0 to 1.
    const auto count = static_cast<double>(motionLast - motionFirst + 1);
    const double done = easedCount(share) * count;
    const auto part = std::min(static_cast<std::int64_t>(done), motionLast - motionFirst);
    show(frame.ticks.at(motionFirst + part), std::min(done - static_cast<double>(part), 1.0));
}

void Playback::State::finishMotion()
{
    if (!moving)
        return;
    moving = false;
    motionTimer.stop();
    show(asked, 1);
}

void Playback::State::stopMotion()
{
    moving = motionWanted = false;
    motionTimer.stop();
    restTimer.stop();
}

Position Playback::State::end() const
{
    const std::int64_t planned = session.experiment().training.iterations;
    if (size == StepSize::Iteration)
        return {planned, 0, 0};
    return frame.ticks.endOfTick(planned, frame.ticks.tickOf(Phase::Loss));
}

bool Playback::State::atLast() const
{
    return session.divergedAt() >= 0 && asked.iteration == session.divergedAt() &&
           frame.ticks.next(asked, size).iteration > asked.iteration;
}

void Playback::State::arrived()
{
    if (!playing)
        return;
    if ((stopAtEnd && asked >= end()) || atLast()) {
        q->pause();
        return;
    }
    const int rest = size == StepSize::Iteration ? pace.iteration : pace.rest;
    restTimer.start(static_cast<int>(rest / speed));
}

void Playback::State::advance()
{
    if (atLast()) {
        finishMotion();
        q->pause();
        return;
    }
    Position next = frame.ticks.next(asked, size);
    if (playing && stopAtEnd && size != StepSize::Iteration && asked < end())
        next = std::min(next, end());
    goTo(next, size != StepSize::Iteration);
}

void Playback::State::onTraces(const LaneTraces& traces)
{
    if (frame.lanes.empty())
        return;
    // Beyond the iteration that diverged there is none.
    if (waiting && session.divergedAt() >= 0 && asked.iteration > session.divergedAt()) {
        asked.iteration = session.divergedAt();
        motionWanted = false;
    }
    takeRuns();
    const std::int64_t iteration = traces.front()->iteration;
    if (iteration == asked.iteration) {
        takeTraces(traces);
        if (waiting)
            begin();
        else if (!moving)
            show(asked, 1);
    } else if (waiting) {
        // On the way, while a slider is being dragged: better than a picture that stands still.
        takeTraces(traces);
        show({iteration, asked.tick, asked.part}, 1);
    }
}

void Playback::State::onAdvanced(std::int64_t frontier)
{
    if (frame.lanes.empty())
        return;
    takeRuns();
    if (!following) {
        if (!moving)
            show(frame.position, frame.alpha);
        return;
    }
    following = session.isTraining();
    stopMotion();
    asked.iteration = frontier;
    waiting = true;
    session.requestTrace(frontier);
}

void Playback::State::onExperimentChanged(bool restarted, std::int64_t firstChanged)
{
    stopMotion();
    takeRuns();
    // What was changed in a run is looked at where one was; another run begins where there is something to
    // see.
    unrolled::Experiment settings = session.experiment();
    settings.interventions.clear();
    const bool sameRun = runKnown && settings == *runKnown && !frame.empty();
    runKnown = std::move(settings);
    if (restarted) {
        const Position before = asked;
        q->pause();
        takeOver();
        waiting = false;
        frame.front = 0;
        frame.ticks = session.ticks();
        asked = {};
        LaneTraces firsts;
        for (const LaneRun& run : session.lanes())
            firsts.push_back(run.first);
        takeTraces(firsts);
        // The whole forward pass is there: something worth seeing.
        asked = sameRun ? inRange({0, before.tick, before.part})
                        : frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
        show(asked, 1);
        // A model that was beside the first one and takes its place has come as far.
        if (before.iteration > 0 && before.iteration <= session.frontier()) {
            asked = frame.ticks.endOfTick(before.iteration, std::min(before.tick, frame.ticks.ticks() - 1));
            waiting = true;
            session.requestTrace(asked.iteration);
        }
        return;
    }
    asked.iteration = std::min(asked.iteration, session.frontier());
    asked = inRange(asked);
    stale = stale || frame.empty() || shown() >= firstChanged;
    if (onShow(asked.iteration)) {
        waiting = false;
        show(asked, 1);
        arrived();
    } else {
        waiting = true;
        session.requestTrace(asked.iteration);
    }
}

void Playback::State::onDiverged(std::int64_t iteration)
{
    q->pause();
    takeOver();
    stopMotion();
    if (frame.empty())
        return;
    takeRuns();
    asked = inRange({iteration, asked.tick, asked.part});
    waiting = true;
    session.requestTrace(asked.iteration);
}

void Playback::State::onStopped(std::int64_t iteration)
{
    if (frame.empty())
        return;
    if (!following && !playing && asked.iteration <= iteration + 1) {
        if (waiting)
            session.requestTrace(asked.iteration);
        return;
    }
    q->pause();
    takeOver();
    stopMotion();
    takeRuns();
    const bool there = onShow(iteration) && frame.position.iteration == iteration;
    asked = there ? frame.position : Position{iteration, asked.tick, asked.part};
    waiting = true;
    session.requestTrace(iteration);
}

void Playback::State::onProgress(double share)
{
    if (share < 1 || !waiting || frame.empty())
        return;
    q->pause();
    waiting = motionWanted = false;
    asked = frame.position;
    show(asked, 1);
}

} // namespace ui
