#include "ui/session/playback.h"

#include "ui/session/playback_state.h"

#include <algorithm>

namespace ui {

using unrolled::Position;
using unrolled::StepSize;

namespace {

constexpr double slowest = 0.25;
constexpr double fastest = 8;

} // namespace

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
