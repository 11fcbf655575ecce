#include "ui/session/worker.h"

#include "ui/session/worker_state.h"

namespace ui {

using unrolled::Experiment;

void Worker::State::run()
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
            const Breakpoints next = *std::exchange(breakpoints, std::nullopt);
            lock.unlock();
            histories.setBreakpoints(next);
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
