#include "core/network/thread_pool.h"

#include <chrono>
#include <csignal>
#include <utility>

namespace unrolled {

namespace {

/// Waits for a condition, but not long: sleeping and being woken up takes some fifty microseconds.
template<class Condition>
void stayAwake(const Condition& until)
{
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::microseconds(500);
    while (!until() && Clock::now() < end)
        std::this_thread::yield();
}

} // namespace

ThreadPool::ThreadPool(int threads)
{
    // New threads inherit what is blocked.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        m_threads.reserve(static_cast<std::size_t>(threads));
        for (int i = 1; i < threads; ++i)
            m_threads.emplace_back([this] { help(); });
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        stop();
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadPool::~ThreadPool()
{
    stop();
}

void ThreadPool::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_quit = true;
    }
    m_begin.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

void ThreadPool::runAll(const Jobs& jobs)
{
    const std::unique_lock alone(m_caller, std::try_to_lock);
    if (!alone) {
        for (int i = 0; i < jobs.count; ++i)
            jobs.call(jobs.context, i);
        return;
    }
    std::unique_lock lock(m_mutex);
    m_jobs = jobs;
    m_next = 0;
    m_open = jobs.count;
    ++m_tasks;
    m_begin.notify_all();
    work(lock);
    const auto allDone = [this] { return m_open == 0; };
    lock.unlock();
    stayAwake(allDone);
    lock.lock();
    m_end.wait(lock, allDone);
    if (m_error)
        std::rethrow_exception(std::exchange(m_error, nullptr));
}

void ThreadPool::help()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_begin.wait(lock, [this] { return m_quit || m_next < m_jobs.count; });
        if (m_quit)
            return;
        work(lock);
        const int seen = m_tasks;
        lock.unlock();
        stayAwake([this, seen] { return m_quit || m_tasks != seen; });
        lock.lock();
    }
}

void ThreadPool::work(std::unique_lock<std::mutex>& lock)
{
    while (m_next < m_jobs.count) {
        const int i = m_next++;
        const Jobs jobs = m_jobs;
        std::exception_ptr error;
        lock.unlock();
        try {
            jobs.call(jobs.context, i);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        if (error && (!m_error || i < m_failed)) {
            m_failed = i;
            m_error = error;
        }
        if (--m_open == 0)
            m_end.notify_one();
    }
}

} // namespace unrolled
