#include "app/progress_bar.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace {

constexpr auto interval = std::chrono::milliseconds(100);
constexpr int cells = 40;

} // namespace

ProgressBar::ProgressBar() : m_terminal(isatty(STDERR_FILENO) != 0), m_next(Clock::now() + 3 * interval) {}

ProgressBar::~ProgressBar()
{
    if (m_drawn)
        std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::show(double share)
{
    if (!m_terminal)
        return;
    const auto now = Clock::now();
    if (now < m_next)
        return;
    m_next = now + interval;
    m_drawn = true;
    const int full = std::clamp(static_cast<int>(share * cells), 0, cells);
    const std::string bar(static_cast<std::size_t>(full), '#');
    std::fprintf(stderr, "\r[%-*s] %3d %%", cells, bar.c_str(), static_cast<int>(100 * share));
    std::fflush(stderr);
}
