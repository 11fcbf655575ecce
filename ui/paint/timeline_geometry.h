#pragma once

#include "core/trace/position.h"

#include <QRectF>
#include <cstdint>
#include <vector>

namespace ui {

/// The iteration slider: iterations 0…last along a line. Pixels and iterations, both ways.
class IterationScale
{
public:
    IterationScale(double left, double right, std::int64_t last);

    double x(std::int64_t iteration) const;
    std::int64_t iterationAt(double x) const; ///< clamped to 0…last
    double left() const { return m_left; }
    double right() const { return m_right; }

private:
    double m_left, m_right;
    std::int64_t m_last;
};

/// The ticks of one iteration along a line: forward 1…T | loss | backward T…1 | update. Loss and update keep
/// room for their labels however many steps there are; the steps share the rest evenly.
class TickStrip
{
public:
    TickStrip(int steps, const QRectF& area);

    int ticks() const { return 2 * m_steps + 2; }
    /// What a tick covers, without gaps between neighbours of a phase.
    QRectF cell(int tick) const;
    /// What is painted for it: the cell, less a gap where there is room for one.
    QRectF segment(int tick) const;
    /// All ticks of a phase.
    QRectF block(unrolled::Phase phase) const;
    /// The tick under a pixel; the nearest one where there is none.
    int tickAt(double x) const;
    /// Wide enough for each tick to be a segment of its own; else the phase is one continuous bar.
    bool segmented() const { return m_step >= minimumSegment; }
    /// The ticks of forward and backward steps that get a label: their times are 1, T, and round numbers
    /// between, with at least `room` pixels for each.
    std::vector<int> labelled(double room) const;

    static constexpr double minimumSegment = 12;

private:
    struct Block
    {
        double left, width;
        int first, count;
    };
    const Block& blockOf(int tick) const;

    int m_steps;
    QRectF m_area;
    double m_step; ///< width of one step
    Block m_blocks[4];
};

/// Centres of `count` dots under the tick's cell, inside `area`; closer together where there is less room.
std::vector<QPointF> partDots(const QRectF& cell, const QRectF& area, int count, double y);
/// The dot nearest to x, or -1 where it is too far from all.
int dotAt(const std::vector<QPointF>& dots, double x);

} // namespace ui
