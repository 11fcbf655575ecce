#include "ui/session/analyst.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace ui {

using unrolled::TracePtr;

struct Analyst::State
{
    struct Request
    {
        TracePtr trace;
        int loss = 0;
        unrolled::Wanted wanted;
        TracePtr ghost;

        bool operator==(const Request&) const = default;
    };

    explicit State(Analyst* analyst) : q(analyst), thread([this] { run(); }) {}

    ~State()
    {
        {
            const std::lock_guard lock(mutex);
            quit = true;
            wanted = false;
        }
        orders.notify_all();
        thread.join();
    }

    void run()
    {
        std::unique_lock lock(mutex);
        for (;;) {
            working = false;
            idle.notify_all();
            orders.wait(lock, [this] { return quit || next.trace; });
            if (quit)
                return;
            working = true;
            wanted = true;
            now = std::exchange(next, {});
            const Request order = now;
            lock.unlock();
            AnalysesPtr result;
            try {
                const unrolled::GoOn goOn = [this] { return wanted.load(); };
                if (!known || known->trace != order.trace)
                    known = unrolled::analyse(order.trace, goOn);
                result = unrolled::analyse(known, order.loss, order.wanted, goOn, order.ghost);
                known = result->of;
            } catch (const std::exception&) {
                result = nullptr; // called off, or no memory for it
            }
            lock.lock();
            if (result && wanted) {
                done = std::move(result);
                QMetaObject::invokeMethod(
                    q, [this] { deliver(); }, Qt::QueuedConnection);
            }
        }
    }

    /// In the thread of the analyst.
    void deliver()
    {
        AnalysesPtr result;
        {
            const std::lock_guard lock(mutex);
            result = std::exchange(done, nullptr);
        }
        if (result)
            emit q->ready(result);
    }

    Analyst* q;
    std::mutex mutex;
    std::condition_variable orders;
    std::condition_variable idle;
    Request next; ///< to be done after `now`
    Request now;  ///< in work, where `working`
    AnalysesPtr done;
    bool working = false;
    bool quit = false;
    std::atomic<bool> wanted = true;                      ///< the one in work
    std::shared_ptr<const unrolled::TraceAnalysis> known; ///< the thread's own
    std::thread thread;                                   ///< last: it starts when all else is there
};

Analyst::Analyst(QObject* parent) : QObject(parent), m_state(std::make_unique<State>(this)) {}

Analyst::~Analyst() = default;

void Analyst::request(const TracePtr& trace, int loss, const unrolled::Wanted& wanted, const TracePtr& ghost)
{
    {
        const std::lock_guard lock(m_state->mutex);
        const State::Request request{trace, loss, wanted, ghost};
        const bool inWork = m_state->working && m_state->wanted && m_state->now == request;
        m_state->next = inWork ? State::Request() : request;
    }
    m_state->orders.notify_one();
}

void Analyst::drop()
{
    const std::lock_guard lock(m_state->mutex);
    m_state->next = {};
    m_state->done = nullptr;
    m_state->wanted = false;
}

void Analyst::wait()
{
    {
        std::unique_lock lock(m_state->mutex);
        m_state->idle.wait(lock, [this] { return !m_state->working && !m_state->next.trace; });
    }
    m_state->deliver();
}

} // namespace ui
