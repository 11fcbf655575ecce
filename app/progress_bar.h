#pragma once

#include <chrono>

/// A progress bar on standard error; nothing where that is no terminal. Shows up only when the work takes a
/// while.
class ProgressBar
{
public:
    ProgressBar();
    ~ProgressBar(); ///< wipes the bar
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(double share); ///< 0…1; cheap to call often

private:
    using Clock = std::chrono::steady_clock;

    bool m_terminal;
    bool m_drawn = false;
    Clock::time_point m_next;
};
