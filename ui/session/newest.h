#pragma once

#include "core/gradients/cancelled.h"

#include <QMetaObject>
#include <QObject>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ui {

/// Does work on a thread of its own for who looks at its results. The newest order wins: one waits at most,
/// while the one in work is brought to its end, so that results keep coming while a run trains.
template<typename Order, typename Result>
class Newest
{
public:
    /// In the thread; what it throws means that there is no result. It may stop where `goOn` says no.
    using Work = std::function<Result(const Order&, const unrolled::GoOn& goOn)>;
    /// In the thread of the receiver, by its event loop.
    using Deliver = std::function<void(Result&&)>;

    Newest(QObject* receiver, Work work, Deliver deliver)
        : m_receiver(receiver), m_work(std::move(work)), m_deliver(std::move(deliver)),
          m_thread([this] { run(); })
    {
    }

    ~Newest()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_quit = true;
            m_wanted = false;
        }
        m_orders.notify_all();
        m_thread.join();
    }

    void request(Order order)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_now && m_wanted && *m_now == order)
                m_next.reset();
            else
                m_next = std::move(order);
        }
        m_orders.notify_one();
    }

    /// Nobody looks any more: calls off what waits and what is in work.
    void drop()
    {
        const std::lock_guard lock(m_mutex);
        m_next.reset();
        m_done.reset();
        m_wanted = false;
    }

    /// Blocks until nothing is under way and all results are out.
    void wait()
    {
        {
            std::unique_lock lock(m_mutex);
            m_idle.wait(lock, [this] { return !m_now && !m_next; });
        }
        deliver();
    }

private:
    void run()
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_now.reset();
            m_idle.notify_all();
            m_orders.wait(lock, [this] { return m_quit || m_next; });
            if (m_quit)
                return;
            m_wanted = true;
            m_now = std::exchange(m_next, std::nullopt);
            const Order order = *m_now;
            lock.unlock();
            std::optional<Result> result;
            try {
                result = m_work(order, [this] { return m_wanted.load(); });
            } catch (const std::exception&) {
                result.reset(); // called off, or no memory for it
            }
            lock.lock();
            if (result && m_wanted) {
                m_done = std::move(result);
                QMetaObject::invokeMethod(
                    m_receiver, [this] { deliver(); }, Qt::QueuedConnection);
            }
        }
    }

    void deliver()
    {
        std::optional<Result> result;
        {
            const std::lock_guard lock(m_mutex);
            result = std::exchange(m_done, std::nullopt);
        }
        if (result)
            m_deliver(std::move(*result));
    }

    QObject* m_receiver;
    Work m_work;
    Deliver m_deliver;
    std::mutex m_mutex;
    std::condition_variable m_orders;
    std::condition_variable m_idle;
    std::optional<Order> m_next; ///< to be done after `m_now`
    std::optional<Order> m_now;  ///< in work
    std::optional<Result> m_done;
    bool m_quit = false;
    std::atomic<bool> m_wanted = true; ///< the one in work
    std::thread m_thread;              ///< last: it starts when all else is there
};

} // namespace ui
