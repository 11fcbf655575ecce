#include "ui/session/session.h"

#include "ui/session/worker.h"

#include <algorithm>
#include <deque>

namespace ui {

using unrolled::Overflow;
using unrolled::TracePtr;

namespace {

constexpr std::size_t tracesAtHand = 4;

QString nameOf(const Overflow& overflow, const unrolled::IterationTrace& trace)
{
    const QString quantity = QString::fromStdString(overflow.quantity);
    const int channel = unrolled::channelIndex(trace.cell, overflow.quantity);
    if (channel >= 0) {
        const auto& entry = unrolled::channels(trace.cell)[static_cast<std::size_t>(channel)];
        return Session::tr("the %1 %2").arg(QString::fromUtf8(entry.title), quantity);
    }
    if (overflow.quantity == "y")
        return Session::tr("the output y");
    if (overflow.quantity == "loss")
        return Session::tr("the loss");
    if (overflow.quantity == "gradient norm")
        return Session::tr("the norm of the gradient");
    return Session::tr("the parameter %1").arg(quantity);
}

QString divergedMessage(const unrolled::IterationTrace& trace)
{
    QString what = Session::tr("a number");
    QString where;
    if (trace.overflow) {
        const Overflow& overflow = *trace.overflow;
        what = nameOf(overflow, trace);
        if (overflow.gradient)
            what = Session::tr("the gradient of %1").arg(what);
        if (overflow.layer >= 0 && trace.layers.size() > 1)
            where += Session::tr(" in layer %1").arg(overflow.layer + 1);
        if (overflow.time > 0)
            where += Session::tr(" at time step %1").arg(overflow.time);
    }
    return Session::tr("Iteration %1 diverged: %2%3 left the range of numbers. A smaller learning rate or "
                       "gradient clipping helps; step back to see it grow.")
        .arg(trace.iteration)
        .arg(what, where);
}

} // namespace

struct Session::State
{
    explicit State(Session* session) : q(session), worker([this] { wake(); }) {}

    /// Called in the worker's thread.
    void wake()
    {
        QMetaObject::invokeMethod(
            q, [this] { deliver(); }, Qt::QueuedConnection);
    }

    void deliver()
    {
        for (Event& event : worker.takeEvents())
            deliver(event);
    }

    void deliver(Event& event)
    {
        if (event.lanes) {
            const auto sameRun = [](const LaneRun& a, const LaneRun& b) { return a.first == b.first; };
            if (!std::equal(lanes->begin(), lanes->end(), event.lanes->begin(), event.lanes->end(), sameRun))
                atHand.clear();
            lanes = event.lanes;
        }
        switch (event.kind) {
        case Event::Kind::Changed:
            experiment = *event.experiment;
            ticks = event.ticks;
            watched = std::min(watched, std::max(0, experiment.training.batch - 1));
            keep(event.traces, event.firstChanged);
            emit q->experimentChanged(event.restarted, event.firstChanged);
            break;
        case Event::Kind::Failed:
            emit q->failed(event.message);
            break;
        case Event::Kind::Trace:
            keep(event.traces);
            emit q->traceReady(event.traces);
            break;
        case Event::Kind::ExactCurve:
            emit q->exactCurveReady(*event.rows);
            break;
        case Event::Kind::Advanced:
            keep(event.traces);
            emit q->advanced(q->frontier());
            break;
        case Event::Kind::Watched:
            atHand.clear();
            if (requested >= 0)
                q->requestTrace(requested);
            break;
        case Event::Kind::TrainingEnded:
            if (training && event.training == trainingId) {
                training = false;
                emit q->trainingChanged(false);
            }
            break;
        case Event::Kind::Progress:
            emit q->progress(event.share);
            break;
        case Event::Kind::Diverged:
            keep(event.traces);
            emit q->diverged(event.traces.front()->iteration, divergedMessage(*event.traces.front()));
            break;
        case Event::Kind::Stopped:
            keep(event.traces);
            emit q->stopped(event.stop);
            emit q->advanced(q->frontier());
            break;
        case Event::Kind::Trainer:
            emit q->trainerReady(event.trainer);
            break;
        }
    }

    void keep(const LaneTraces& traces)
    {
        const auto fits = [this](const TracePtr& trace) { return trace && trace->sequence == watched; };
        if (traces.size() != lanes->size() || !std::all_of(traces.begin(), traces.end(), fits))
            return;
        atHand.push_front(traces);
        if (atHand.size() > tracesAtHand)
            atHand.pop_back();
    }

    void keep(const LaneTraces& traces, std::int64_t firstChanged)
    {
        std::erase_if(atHand, [=](const LaneTraces& old) { return old.front()->iteration >= firstChanged; });
        keep(traces);
    }

    const LaneTraces* find(std::int64_t iteration) const
    {
        const auto found = std::find_if(atHand.begin(), atHand.end(), [=, this](const LaneTraces& traces) {
            return traces.front()->iteration == iteration && traces.front()->sequence == watched;
        });
        return found == atHand.end() ? nullptr : &*found;
    }

    const LaneRun& first() const
    {
        static const LaneRun none;
        return lanes->empty() ? none : lanes->front();
    }

    Session* q;
    unrolled::Experiment experiment;
    unrolled::TickLayout ticks;
    std::shared_ptr<const std::vector<LaneRun>> lanes = std::make_shared<std::vector<LaneRun>>();
    std::deque<LaneTraces> atHand; ///< the newest, for an answer without a round trip
    std::int64_t requested = -1;
    bool training = false;
    std::uint64_t trainingId = 0;
    int watched = 0;
    Worker worker; ///< last: its thread ends before anything else goes
};

Session::Session(QObject* parent) : QObject(parent), m_state(std::make_unique<State>(this)) {}

Session::~Session() = default;

void Session::setExperiment(const unrolled::Experiment& experiment)
{
    m_state->worker.setExperiment(experiment);
}

const unrolled::Experiment& Session::experiment() const
{
    return m_state->experiment;
}

const unrolled::TickLayout& Session::ticks() const
{
    return m_state->ticks;
}

std::int64_t Session::frontier() const
{
    return m_state->first().frontier;
}

std::int64_t Session::divergedAt() const
{
    return m_state->first().divergedAt;
}

std::shared_ptr<const unrolled::Curve> Session::curve() const
{
    return m_state->first().curve;
}

unrolled::TracePtr Session::firstTrace() const
{
    return m_state->first().first;
}

const std::vector<LaneRun>& Session::lanes() const
{
    return *m_state->lanes;
}

void Session::requestTrace(std::int64_t iteration)
{
    State& state = *m_state;
    state.requested = iteration;
    if (const LaneTraces* found = state.find(iteration)) {
        const LaneTraces traces = *found;
        state.worker.dropRequest();
        emit traceReady(traces);
    } else {
        state.worker.request(iteration);
    }
}

void Session::requestExactCurve(qint64 first, qint64 last)
{
    m_state->worker.requestCurve(first, last);
}

void Session::requestTrainer(qint64 iteration, int lane)
{
    m_state->worker.requestTrainer(iteration, lane);
}

void Session::setGhost(bool wanted)
{
    m_state->worker.setGhost(wanted);
}

void Session::setBreakpoints(const Breakpoints& breakpoints)
{
    m_state->worker.setBreakpoints(breakpoints);
}

void Session::cancel()
{
    m_state->worker.cancel();
}

void Session::startTraining(std::int64_t until)
{
    State& state = *m_state;
    state.worker.train(until, ++state.trainingId);
    if (!state.training) {
        state.training = true;
        emit trainingChanged(true);
    }
}

void Session::stopTraining()
{
    State& state = *m_state;
    state.worker.stopTraining();
    if (state.training) {
        state.training = false;
        emit trainingChanged(false);
    }
}

bool Session::isTraining() const
{
    return m_state->training;
}

void Session::setWatchedSequence(int sequence)
{
    State& state = *m_state;
    sequence = std::clamp(sequence, 0, std::max(0, state.experiment.training.batch - 1));
    if (sequence == state.watched)
        return;
    state.watched = sequence;
    state.worker.watch(sequence);
}

int Session::watchedSequence() const
{
    return m_state->watched;
}

void Session::setMemoryBound(qint64 bytes)
{
    m_state->worker.setMemoryBound(static_cast<std::size_t>(std::max<qint64>(0, bytes)));
}

void Session::wait()
{
    do {
        m_state->worker.waitUntilIdle();
        m_state->deliver();
    } while (!m_state->worker.isIdle());
}

} // namespace ui
