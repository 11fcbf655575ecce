#pragma once

#include <QRectF>

#include <algorithm>
#include <vector>

namespace ui {

/// Indices along one side of a heat map. Where there are more indices than room for them, `group` of them
/// share a cell; the last cell may hold fewer and is smaller in proportion.
struct HeatAxis
{
    int count = 0;     ///< indices
    double start = 0;  ///< pixel of the first edge
    double length = 0; ///< pixels
    int group = 1;     ///< indices of a cell

    int cells() const { return group > 0 ? (count + group - 1) / group : 0; }
    int first(int cell) const { return cell * group; }
    int last(int cell) const { return std::min(count, (cell + 1) * group) - 1; } ///< included
    int cellOf(int index) const { return index / group; }
    /// Pixel where a cell begins; edge(cells()) is the end.
    double edge(int cell) const
    {
        return start + length * std::min(count, cell * group) / std::max(1, count);
    }
    double cellSize() const { return count > 0 ? length * std::min(group, count) / count : 0; }
    /// The cell at a pixel, or -1 outside.
    int cellAt(double pixel) const;

    bool operator==(const HeatAxis&) const = default;
};

/// An axis whose cells are at least `smallest` pixels.
HeatAxis heatAxis(int count, double start, double length, double smallest);

/// One block of a heat map: units downwards, time to the right.
struct HeatBlock
{
    QRectF label;      ///< the block's name, above its cells
    QRectF unitLabels; ///< to the left of its cells
    QRectF timeLabels; ///< beneath its cells; empty where the block below shows the same axis
    QRectF cells;
    /// To the right of its cells, for something about each unit; empty where nothing is asked for.
    QRectF side;
    HeatAxis time;
    HeatAxis unit;

    QRectF cell(int timeCell, int unitCell) const
    {
        return {QPointF(time.edge(timeCell), unit.edge(unitCell)),
                QPointF(time.edge(timeCell + 1), unit.edge(unitCell + 1))};
    }
};

/// What the text of a heat map needs, in pixels.
struct HeatMetrics
{
    double lineHeight = 14;     ///< of a label
    double unitLabelWidth = 20; ///< of the widest unit number
    double numberWidth = 34;    ///< from this width on, cells show their number
    double numberHeight = 13;
    double smallestCell = 2;
    /// Room to the right of the cells, where it costs neither their numbers nor much width.
    double sideWidth = 0;
};

struct HeatLayout
{
    int columns = 1;
    bool numbers = false; ///< every cell of every block has room for its number
    std::vector<HeatBlock> blocks;
};

/// Arranges blocks with these numbers of units, all over `steps` time steps, in `area`: beneath each other,
/// or in several columns where only so the numbers find room.
HeatLayout heatLayout(const QRectF& area, const std::vector<int>& units, int steps,
                      const HeatMetrics& metrics);

/// Where a pixel is: block, time cell and unit cell; block -1 outside all.
struct HeatPlace
{
    int block = -1;
    int timeCell = -1;
    int unitCell = -1;

    bool operator==(const HeatPlace&) const = default;
};
HeatPlace placeAt(const HeatLayout& layout, const QPointF& pixel);
/// The same beside the cells: block and unit cell, time cell 0.
HeatPlace sideAt(const HeatLayout& layout, const QPointF& pixel);

/// Which of `count` labels, numbered from 1, to write so that they are at least `room` pixels apart where an
/// index takes `pixels`: all, or 1 and the multiples of 5, 10, 20, 50, … What is `always` among them (0:
/// none) makes those too near to it give way.
std::vector<int> spacedLabels(int count, double pixels, double room, int always = 0);

} // namespace ui
