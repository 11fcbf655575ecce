#include "ui/paint/timeline_geometry.h"

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::Phase;

namespace {

constexpr double labelWidth = 34; // "ΔW" with some air
constexpr double gap = 3;
constexpr double blockGap = 5;

/// 1, 2, 5, 10, 20, 50, …: the first that is at least `least`.
int roundStride(double least)
{
    for (int power = 1;; power *= 10) {
        for (const int digit : {1, 2, 5}) {
            if (digit * power >= least)
                return digit * power;
        }
    }
}

} // namespace

IterationScale::IterationScale(double left, double right, std::int64_t last)
    : m_left(left), m_right(std::max(left + 1, right)), m_last(std::max<std::int64_t>(0, last))
{
}

double IterationScale::x(std::int64_t iteration) const
{
    if (m_last == 0)
        return m_left;
    const double share =
        static_cast<double>(std::clamp<std::int64_t>(iteration, 0, m_last)) / static_cast<double>(m_last);
    return m_left + share * (m_right - m_left);
}

std::int64_t IterationScale::iterationAt(double x) const
{
    const double share = std::clamp((x - m_left) / (m_right - m_left), 0.0, 1.0);
    return std::llround(share * static_cast<double>(m_last));
}

TickStrip::TickStrip(int steps, const QRectF& area) : m_steps(std::max(1, steps)), m_area(area)
{
    const double width = std::max(1.0, area.width());
    const double space = std::min(blockGap, width / 60);
    const double even = (width - 3 * space) / ticks();
    const double single = std::max(even, std::min(labelWidth, width * 0.1));
    m_step = (width - 3 * space - 2 * single) / (2 * m_steps);
    const double pass = m_step * m_steps;
    double left = area.left();
    const auto place = [&](double wide, int first, int count) {
        const Block block{left, wide, first, count};
        left += wide + space;
        return block;
    };
    m_blocks[0] = place(pass, 0, m_steps);
    m_blocks[1] = place(single, m_steps, 1);
    m_blocks[2] = place(pass, m_steps + 1, m_steps);
    m_blocks[3] = place(single, 2 * m_steps + 1, 1);
}

const TickStrip::Block& TickStrip::blockOf(int tick) const
{
    for (int i = 0; i < 3; ++i) {
        if (tick < m_blocks[i + 1].first)
            return m_blocks[i];
    }
    return m_blocks[3];
}

QRectF TickStrip::cell(int tick) const
{
    const Block& block = blockOf(tick);
    const double width = block.width / block.count;
    return QRectF(block.left + (tick - block.first) * width, m_area.top(), width, m_area.height());
}

QRectF TickStrip::segment(int tick) const
{
    const Block& block = blockOf(tick);
    const QRectF whole = cell(tick);
    if (block.count == 1 || !segmented())
        return whole;
    const double space = std::min(gap, whole.width() * 0.2);
    // The outer edges stay on those of the block.
    const double share = static_cast<double>(tick - block.first) / (block.count - 1);
    return QRectF(whole.left() + space * share, whole.top(), whole.width() - space, whole.height());
}

QRectF TickStrip::block(Phase phase) const
{
    const Block& b = m_blocks[static_cast<int>(phase)];
    return QRectF(b.left, m_area.top(), b.width, m_area.height());
}

int TickStrip::tickAt(double x) const
{
    const Block* nearest = &m_blocks[0];
    for (int i = 1; i < 4; ++i) {
        const double middle = (m_blocks[i - 1].left + m_blocks[i - 1].width + m_blocks[i].left) / 2;
        if (x >= middle)
            nearest = &m_blocks[i];
    }
    const double share = (x - nearest->left) / nearest->width;
    return nearest->first +
           std::clamp(static_cast<int>(std::floor(share * nearest->count)), 0, nearest->count - 1);
}

std::vector<int> TickStrip::labelled(double room) const
{
    const int stride = roundStride(room / m_step);
    std::vector<int> times;
    if (stride == 1) {
        for (int t = 1; t <= m_steps; ++t)
            times.push_back(t);
    } else {
        times.push_back(1);
        for (int t = stride; t < m_steps; t += stride) {
            if ((t - times.back()) * m_step >= room)
                times.push_back(t);
        }
        if ((m_steps - times.back()) * m_step < room && times.size() > 1)
            times.pop_back();
        if ((m_steps - times.back()) * m_step >= room)
            times.push_back(m_steps);
    }
    std::vector<int> ticks;
    ticks.reserve(2 * times.size());
    for (const int t : times)
        ticks.push_back(t - 1);
    for (auto t = times.rbegin(); t != times.rend(); ++t)
        ticks.push_back(2 * m_steps + 1 - *t);
    return ticks;
}

std::vector<QPointF> partDots(const QRectF& cell, const QRectF& area, int count, double y)
{
    std::vector<QPointF> dots;
    if (count <= 0)
        return dots;
    const double pitch = std::clamp((cell.width() - 8) / std::max(1, count), 7.0, 14.0);
    const double fitting = std::min(pitch, (area.width() - 8) / std::max(1, count));
    const double half = fitting * (count - 1) / 2;
    const double middle =
        std::max(area.left() + half + 4, std::min(cell.center().x(), area.right() - half - 4));
    for (int i = 0; i < count; ++i)
        dots.emplace_back(middle - half + i * fitting, y);
    return dots;
}

int dotAt(const std::vector<QPointF>& dots, double x)
{
    const double reach = dots.size() > 1 ? (dots[1].x() - dots[0].x()) / 2 + 1 : 8;
    int best = -1;
    double distance = reach;
    for (std::size_t i = 0; i < dots.size(); ++i) {
        const double d = std::abs(dots[i].x() - x);
        if (d <= distance) {
            distance = d;
            best = static_cast<int>(i);
        }
    }
    return best;
}

} // namespace ui
