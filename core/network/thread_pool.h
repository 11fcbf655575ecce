#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace unrolled {

/// Threads that share the jobs of one task; whoever hands the jobs out works as well. Allocates nothing while
/// they run. Signals go to the program's other threads. Threads that wait stay awake for a moment, as the
/// next task of a training is near.
class ThreadPool
{
public:
    /// `threads` in all, the caller's included; throws std::system_error where the system has no more.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    /// job(0) … job(count − 1), each once, in any order and on any thread; returns when all are done. Throws
    /// what the first of them threw, by number. Where the pool is busy for somebody else, the caller does all
    /// of them alone.
    template<class Job>
    void run(int count, Job&& job)
    {
        using Plain = std::remove_reference_t<Job>;
        runAll({count, [](void* context, int i) { (*static_cast<Plain*>(context))(i); }, &job});
    }

private:
    struct Jobs
    {
        int count;
        void (*call)(void* context, int i);
        void* context;
    };
    void runAll(const Jobs& jobs);
    void help();
    void work(std::unique_lock<std::mutex>& lock); ///< takes jobs until none is left
    void stop();

    std::mutex m_caller; ///< held while jobs are under way
    std::mutex m_mutex;  ///< of all that follows
    std::condition_variable m_begin, m_end;
    Jobs m_jobs{0, nullptr, nullptr};
    int m_next = 0; ///< the first job that nobody took
    // Those who stay awake read the next three without the lock.
    std::atomic<int> m_open{0};  ///< jobs that are not done
    std::atomic<int> m_tasks{0}; ///< begun until now
    std::atomic<bool> m_quit{false};
    int m_failed = 0; ///< the first job that threw; of no meaning without m_error
    std::exception_ptr m_error;
    std::vector<std::thread> m_threads;
};

} // namespace unrolled
