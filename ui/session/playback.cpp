#include "ui/session/playback.h"

#include "ui/session/session.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QStyle>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace ui {

using unrolled::Phase;
using unrolled::Position;
using unrolled::StepSize;

namespace {

constexpr int frameInterval = 16; // ms
constexpr double slowest = 0.25;
constexpr double fastest = 8;

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

struct Playback::State
{
    State(Playback* playback, Session& s) : q(playback), session(s), reduce(desktopWantsNoMotion())
    {
        motionTimer.setTimerType(Qt::PreciseTimer);
        motionTimer.setInterval(frameInterval);
        restTimer.setSingleShot(true);
    }

    // ---- the picture

    void show(const Position& position, double alpha)
    {
        frame.position = position;
        frame.alpha = alpha;
        emit q->frameChanged(frame);
    }

    /// The iteration whose traces are on show: the first lane's, as another may have diverged before.
    std::int64_t shown() const { return frame.lanes.front().trace->iteration; }

    bool onShow(std::int64_t iteration) const { return !frame.empty() && !stale && shown() == iteration; }

    void takeRuns()
    {
        const std::vector<LaneRun>& runs = session.lanes();
        const bool haunted = !runs.empty() && runs.back().ghost;
        frame.lanes.resize(runs.size() - (haunted ? 1 : 0));
        if (!haunted)
            frame.ghost.reset();
        else if (!frame.ghost)
            frame.ghost.emplace();
        for (std::size_t k = 0; k < runs.size(); ++k) {
            Lane& lane = k < frame.lanes.size() ? frame.lanes[k] : *frame.ghost;
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

    void takeTraces(const LaneTraces& traces)
    {
        for (std::size_t k = 0; k < frame.lanes.size() && k < traces.size(); ++k) {
            if (traces[k])
                frame.lanes[k].trace = traces[k];
        }
        if (frame.ghost && traces.size() > frame.lanes.size() && traces.back())
            frame.ghost->trace = traces.back();
        stale = false;
        fitTicks();
    }

    /// Sequences may differ in length from one iteration to the next, and lanes in their cells.
    void fitTicks()
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

    void bringToFront(std::size_t lane)
    {
        if (lane >= frame.lanes.size() || lane == frame.front || !frame.lanes[lane].trace)
            return;
        finishMotion();
        frame.front = lane;
        fitTicks();
        if (!waiting)
            show(asked, 1);
    }

    // ---- going somewhere

    Position inRange(Position position) const
    {
        position.iteration = std::max<std::int64_t>(0, position.iteration);
        if (session.divergedAt() >= 0)
            position.iteration = std::min(position.iteration, session.divergedAt());
        position.tick = std::clamp(position.tick, 0, frame.ticks.ticks() - 1);
        const auto parts = static_cast<int>(frame.ticks.parts(position.tick).size());
        position.part = std::clamp(position.part, 0, std::max(0, parts - 1));
        return position;
    }

    void goTo(const Position& wanted, bool animate)
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

    /// The trace of the position asked for is there.
    void begin()
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

    double duration() const
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

    void move()
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

    void finishMotion()
    {
        if (!moving)
            return;
        moving = false;
        motionTimer.stop();
        show(asked, 1);
    }

    void stopMotion()
    {
        moving = motionWanted = false;
        motionTimer.stop();
        restTimer.stop();
    }

    // ---- playing

    /// Playing stops once here: where the planned updates have been made and their effect is to be seen.
    Position end() const
    {
        const std::int64_t planned = session.experiment().training.iterations;
        if (size == StepSize::Iteration)
            return {planned, 0, 0};
        return frame.ticks.endOfTick(planned, frame.ticks.tickOf(Phase::Loss));
    }

    bool atLast() const
    {
        return session.divergedAt() >= 0 && asked.iteration == session.divergedAt() &&
               frame.ticks.next(asked, size).iteration > asked.iteration;
    }

    void arrived()
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

    void advance()
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

    /// A hand on the controls: the picture no longer follows training.
    void takeOver() { following = false; }

    // ---- what the session tells

    void onTraces(const LaneTraces& traces)
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

    void onAdvanced(std::int64_t frontier)
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

    void onExperimentChanged(bool restarted, std::int64_t firstChanged)
    {
        stopMotion();
        takeRuns();
        if (restarted) {
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
            asked = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
            show(asked, 1);
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

    void onDiverged(std::int64_t iteration)
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

    /// Training stopped behind an iteration: this is the one to look at. A step by hand goes on all the same.
    void onStopped(std::int64_t iteration)
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

    /// A replay was called off: the position goes back to what is on show.
    void onProgress(double share)
    {
        if (share < 1 || !waiting || frame.empty())
            return;
        q->pause();
        waiting = motionWanted = false;
        asked = frame.position;
        show(asked, 1);
    }

    Playback* q;
    Session& session;
    Frame frame;
    Position asked;
    StepSize size = StepSize::TimeStep;
    double speed = 1;
    bool playing = false;
    bool stopAtEnd = true;
    bool reduce;
    Pace pace;

    unrolled::CellSpec tickCell; ///< that frame.ticks was made for
    int tickLayers = 0;
    bool waiting = false;   ///< for the trace of `asked`
    bool stale = false;     ///< the trace on show belongs to an earlier experiment
    bool following = false; ///< the newest iteration, while training

    bool motionWanted = false;
    bool moving = false;
    std::int64_t motionFirst = 0;
    std::int64_t motionLast = 0;
    double motionDuration = 1;
    QElapsedTimer motionClock;
    QTimer motionTimer;
    QTimer restTimer;
};

Playback::Playback(Session& session, QObject* parent)
    : QObject(parent), m_state(std::make_unique<State>(this, session))
{
    State* state = m_state.get();
    connect(&state->motionTimer, &QTimer::timeout, this, [state] { state->move(); });
    connect(&state->restTimer, &QTimer::timeout, this, [state] { state->advance(); });
    connect(&session, &Session::traceReady, this,
            [state](const LaneTraces& traces) { state->onTraces(traces); });
    connect(&session, &Session::advanced, this, [state](qint64 frontier) { state->onAdvanced(frontier); });
    connect(&session, &Session::experimentChanged, this,
            [state](bool restarted, qint64 first) { state->onExperimentChanged(restarted, first); });
    connect(&session, &Session::diverged, this, [state](qint64 iteration) { state->onDiverged(iteration); });
    connect(&session, &Session::stopped, this,
            [state](const BreakpointStop& stop) { state->onStopped(stop.iteration); });
    connect(&session, &Session::progress, this, [state](double share) { state->onProgress(share); });
    connect(&session, &Session::trainingChanged, this, [this, state](bool training) {
        if (!training)
            return;
        pause();
        state->following = true;
    });
    if (session.firstTrace())
        state->onExperimentChanged(true, 0);
}

Playback::~Playback() = default;

const Frame& Playback::frame() const
{
    return m_state->frame;
}

Position Playback::position() const
{
    return m_state->asked;
}

StepSize Playback::stepSize() const
{
    return m_state->size;
}

double Playback::speed() const
{
    return m_state->speed;
}

bool Playback::isPlaying() const
{
    return m_state->playing;
}

bool Playback::reduceMotion() const
{
    return m_state->reduce;
}

void Playback::setPace(const Pace& pace)
{
    m_state->pace = pace;
}

void Playback::setPosition(const Position& position)
{
    m_state->takeOver();
    if (position != m_state->asked)
        m_state->goTo(position, false);
}

void Playback::bringToFront(int lane)
{
    m_state->bringToFront(static_cast<std::size_t>(lane));
}

void Playback::setStepSize(StepSize size)
{
    if (size == m_state->size)
        return;
    m_state->size = size;
    emit stepSizeChanged(size);
}

void Playback::setSpeed(double speed)
{
    speed = std::clamp(speed, slowest, fastest);
    if (speed == m_state->speed)
        return;
    m_state->speed = speed;
    emit speedChanged(speed);
}

void Playback::setReduceMotion(bool reduce)
{
    m_state->reduce = reduce;
    if (reduce && m_state->moving) {
        m_state->finishMotion();
        m_state->arrived();
    }
}

void Playback::stepForward()
{
    pause();
    m_state->takeOver();
    m_state->advance();
}

void Playback::stepBack()
{
    pause();
    m_state->takeOver();
    m_state->goTo(m_state->frame.ticks.previous(m_state->asked, m_state->size), false);
}

void Playback::play()
{
    State& state = *m_state;
    if (state.playing || state.frame.empty())
        return;
    state.session.stopTraining();
    state.takeOver();
    state.stopAtEnd = state.asked < state.end();
    state.playing = true;
    emit playingChanged(true);
    if (!state.moving && !state.waiting)
        state.advance();
}

void Playback::pause()
{
    State& state = *m_state;
    if (!state.playing)
        return;
    state.playing = false;
    state.restTimer.stop();
    emit playingChanged(false);
}

void Playback::togglePlaying()
{
    if (isPlaying())
        pause();
    else
        play();
}

void Playback::reset()
{
    pause();
    m_state->session.stopTraining();
    m_state->takeOver();
    m_state->goTo(m_state->frame.ticks.start(0), false);
}

void Playback::goToEnd()
{
    m_state->takeOver();
    const Position& asked = m_state->asked;
    m_state->goTo({m_state->session.frontier(), asked.tick, asked.part}, false);
}

} // namespace ui
