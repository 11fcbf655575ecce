#include "ui/paint/heat_geometry.h"

#include <algorithm>
#include <cmath>

namespace ui {

int HeatAxis::cellAt(double pixel) const
{
    if (count <= 0 || pixel < start || pixel >= start + length)
        return -1;
    const int index = static_cast<int>(std::floor((pixel - start) * count / length));
    int cell = std::clamp(index, 0, count - 1) / group;
    // Edges are rounded as edge() rounds them, so that a pixel belongs to the cell that is painted there.
    while (cell > 0 && pixel < edge(cell))
        --cell;
    while (cell + 1 < cells() && pixel >= edge(cell + 1))
        ++cell;
    return cell;
}

HeatAxis heatAxis(int count, double start, double length, double smallest)
{
    HeatAxis axis{count, start, std::max(0.0, length), 1};
    if (count > 0 && axis.length > 0 && axis.length / count < smallest)
        axis.group = std::clamp(static_cast<int>(std::ceil(smallest * count / axis.length)), 1, count);
    else if (axis.length <= 0)
        axis.group = std::max(1, count);
    return axis;
}

namespace {

constexpr double sideGap = 6;

HeatLayout arrange(const QRectF& area, const std::vector<int>& units, int steps, const HeatMetrics& metrics,
                   int columns)
{
    HeatLayout layout;
    layout.columns = columns;
    const int blocks = static_cast<int>(units.size());
    const int rows = (blocks + columns - 1) / columns;
    const double gap = 10;
    const double width = (area.width() - gap * (columns - 1)) / columns;
    // The space between a block's name and the cells above it.
    const double lead = rows > 1 ? 4 : 0;
    const double height = (area.height() - metrics.lineHeight - lead * (rows - 1)) / rows;
    layout.numbers = blocks > 0;
    for (int i = 0; i < blocks; ++i) {
        const int column = i / rows;
        const int row = i % rows;
        const bool lowest = row == rows - 1 || i == blocks - 1;
        const double x = area.left() + column * (width + gap);
        const double y = area.top() + row * (height + lead);
        HeatBlock block;
        block.label = QRectF(x, y, width, metrics.lineHeight);
        const double left = x + metrics.unitLabelWidth + 4;
        const double side = metrics.sideWidth > 0 ? metrics.sideWidth + sideGap : 0;
        const double top = block.label.bottom() + 1;
        block.cells =
            QRectF(left, top, std::max(0.0, x + width - left - side), std::max(0.0, y + height - top));
        if (side > 0)
            block.side = QRectF(block.cells.right() + sideGap, top, metrics.sideWidth, block.cells.height());
        block.unitLabels = QRectF(x, top, metrics.unitLabelWidth, block.cells.height());
        if (lowest)
            block.timeLabels =
                QRectF(left, block.cells.bottom() + 1, block.cells.width(), metrics.lineHeight);
        block.time = heatAxis(steps, block.cells.left(), block.cells.width(), metrics.smallestCell);
        block.unit = heatAxis(units[static_cast<std::size_t>(i)], block.cells.top(), block.cells.height(),
                              metrics.smallestCell);
        layout.numbers = layout.numbers && block.time.group == 1 && block.unit.group == 1 &&
                         block.time.cellSize() >= metrics.numberWidth &&
                         block.unit.cellSize() >= metrics.numberHeight;
        layout.blocks.push_back(block);
    }
    return layout;
}

double smallestWidth(const HeatLayout& layout)
{
    double width = 1e9;
    for (const HeatBlock& block : layout.blocks)
        width = std::min(width, block.cells.width());
    return width;
}

double smallestHeight(const HeatLayout& layout)
{
    double height = 1e9;
    for (const HeatBlock& block : layout.blocks)
        height = std::min(height, block.cells.height());
    return height;
}

/// Of a cell of one step and one unit.
double smallestSide(const HeatLayout& layout)
{
    double side = 1e9;
    for (const HeatBlock& block : layout.blocks)
        side = std::min({side, block.cells.width() / std::max(1, block.time.count),
                         block.cells.height() / std::max(1, block.unit.count)});
    return side;
}

HeatLayout withoutSides(const QRectF& area, const std::vector<int>& units, int steps,
                        const HeatMetrics& metrics, bool besides)
{
    const HeatLayout stacked = arrange(area, units, steps, metrics, 1);
    if (stacked.numbers || units.size() < 2)
        return stacked;
    const int most = std::min<int>(4, static_cast<int>(units.size()));
    for (int columns = 2; columns <= most; ++columns) {
        HeatLayout candidate = arrange(area, units, steps, metrics, columns);
        if (candidate.numbers)
            return candidate;
    }
    // No room for numbers anyway: as few columns as leave blocks of some height and, where that can be had
    // and nothing stands beside them, cells that one can see.
    constexpr double visible = 4; // pixels
    const HeatLayout* found = nullptr;
    std::vector<HeatLayout> candidates;
    const bool crowded =
        smallestHeight(arrange(area, units, steps, metrics, most)) < 0.5 * metrics.lineHeight;
    const int utmost = crowded ? std::min<int>(6, static_cast<int>(units.size())) : most;
    candidates.reserve(static_cast<std::size_t>(utmost));
    for (int columns = 1; columns <= utmost; ++columns) {
        const HeatLayout& candidate = candidates.emplace_back(arrange(area, units, steps, metrics, columns));
        if (!found && (smallestHeight(candidate) >= 1.5 * metrics.lineHeight || columns == utmost))
            found = &candidate;
        if (found && (besides || smallestSide(*found) >= visible))
            break;
        if (found && smallestSide(candidate) >= visible)
            return candidate;
    }
    return *found;
}

} // namespace

HeatLayout heatLayout(const QRectF& area, const std::vector<int>& units, int steps,
                      const HeatMetrics& metrics)
{
    HeatMetrics plain = metrics;
    plain.sideWidth = 0;
    const HeatLayout layout = withoutSides(area, units, steps, plain, metrics.sideWidth > 0);
    if (metrics.sideWidth <= 0)
        return layout;
    const HeatLayout sided = arrange(area, units, steps, metrics, layout.columns);
    return (layout.numbers && !sided.numbers) || smallestWidth(sided) < 2 * metrics.sideWidth ? layout
                                                                                              : sided;
}

HeatPlace placeAt(const HeatLayout& layout, const QPointF& pixel)
{
    for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
        const HeatBlock& block = layout.blocks[i];
        const int timeCell = block.time.cellAt(pixel.x());
        const int unitCell = block.unit.cellAt(pixel.y());
        if (timeCell >= 0 && unitCell >= 0)
            return {static_cast<int>(i), timeCell, unitCell};
    }
    return {};
}

HeatPlace sideAt(const HeatLayout& layout, const QPointF& pixel)
{
    for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
        const HeatBlock& block = layout.blocks[i];
        const int unitCell = block.unit.cellAt(pixel.y());
        if (unitCell >= 0 && pixel.x() >= block.side.left() && pixel.x() < block.side.right())
            return {static_cast<int>(i), 0, unitCell};
    }
    return {};
}

std::vector<int> spacedLabels(int count, double pixels, double room, int always)
{
    std::vector<int> labels;
    if (count < 1 || pixels <= 0)
        return labels;
    int step = 1;
    if (pixels < room) {
        constexpr int mantissas[] = {5, 10, 20};
        double scale = 1;
        step = 0;
        while (step == 0) {
            for (const int mantissa : mantissas) {
                if (mantissa * scale * pixels >= room) {
                    step = static_cast<int>(mantissa * scale);
                    break;
                }
            }
            scale *= 10;
        }
    }
    if (step == 1) {
        for (int i = 1; i <= count; ++i)
            labels.push_back(i);
        return labels;
    }
    labels.push_back(1);
    for (int i = step; i <= count; i += step) {
        if ((i - 1) * pixels >= room)
            labels.push_back(i);
    }
    if (always >= 1 && always <= count) {
        std::erase_if(labels, [&](int label) { return std::abs(label - always) * pixels < room; });
        labels.insert(std::upper_bound(labels.begin(), labels.end(), always), always);
    }
    return labels;
}

} // namespace ui
