#include "ui/paint/weight_geometry.h"

#include "ui/paint/complex_plane.h"

#include <cmath>

namespace ui {

namespace {

constexpr double panelGap = 12;
constexpr double smallestPanelCell = 2;

void placePlane(WeightLayout& layout, const QRectF& panel, const WeightMetrics& metrics)
{
    const double head = metrics.lineHeight + 2;
    const double under = head + planeMargin;
    const double lines = metrics.factLines * metrics.lineHeight;
    const double full = panel.height() - (metrics.headAcross ? under : 0);
    const double beside = std::min(panel.width() - metrics.factsWidth - 6, full);
    const double above = std::min(panel.width(), panel.height() - under - lines - 2);
    const double side = std::floor(std::max({0.0, beside, above}));
    layout.planeCaption = QRectF(panel.left(), panel.top(), panel.width(), head);
    if (beside >= above) {
        layout.plane = QRectF(panel.left(), panel.bottom() - full, side, side);
        const double left = layout.plane.right() + 6;
        if (!metrics.headAcross)
            layout.planeCaption.setLeft(left);
        layout.facts = QRectF(QPointF(left, layout.planeCaption.bottom() + 2), panel.bottomRight());
    } else {
        layout.plane =
            QRectF(panel.left() + std::floor((panel.width() - side) / 2), panel.top() + under, side, side);
        layout.facts = QRectF(panel.left(), layout.plane.bottom() + 2, panel.width(),
                              std::max(0.0, panel.bottom() - layout.plane.bottom() - 2));
    }
}

WeightLayout arrangeMaps(const QRectF& area, int rows, int columns, int maps, bool plane,
                         const WeightMetrics& metrics, int across)
{
    WeightLayout layout;
    layout.columns = across;
    const int panels = maps + (plane ? 1 : 0);
    const int down = (panels + across - 1) / across;
    const double labels = metrics.rowLabelWidth + 4;
    const double width = (area.width() - labels - panelGap * (across - 1)) / across;
    const double height = area.height() / down;
    const double beneath = metrics.columnLabels ? metrics.lineHeight : 3;
    for (int i = 0; i < panels; ++i) {
        const int column = i % across;
        const int row = i / across;
        const double x = area.left() + labels + column * (width + panelGap);
        const double y = area.top() + row * height;
        if (i == maps) {
            // Alone in its row it may use all of it.
            const double right = i + 1 == panels && row == down - 1 ? area.right() : x + width;
            placePlane(layout, QRectF(QPointF(x, y), QPointF(right, y + height - 3)), metrics);
            break;
        }
        HeatBlock block;
        block.label = QRectF(x, y, width, metrics.lineHeight);
        const double top = block.label.bottom() + 1;
        block.cells = QRectF(x, top, std::max(0.0, width), std::max(0.0, y + height - beneath - top));
        if (column == 0)
            block.unitLabels = QRectF(area.left(), top, metrics.rowLabelWidth, block.cells.height());
        if (metrics.columnLabels)
            block.timeLabels = QRectF(x, block.cells.bottom() + 1, block.cells.width(), metrics.lineHeight);
        block.time = heatAxis(columns, block.cells.left(), block.cells.width(), smallestPanelCell);
        block.unit = heatAxis(rows, block.cells.top(), block.cells.height(), smallestPanelCell);
        layout.maps.push_back(block);
    }
    const HeatBlock& first = layout.maps.front();
    layout.numbers = first.time.group == 1 && first.unit.group == 1 &&
                     first.time.cellSize() >= metrics.numberWidth &&
                     first.unit.cellSize() >= metrics.numberHeight;
    return layout;
}

/// The smaller side of a cell, or of the plane where that is smaller than a map.
double roominess(const WeightLayout& layout, int rows, int columns)
{
    const HeatBlock& map = layout.maps.front();
    double room = std::min(map.cells.width() / columns, map.cells.height() / rows);
    if (!layout.plane.isNull() || !layout.planeCaption.isNull()) {
        const double side = std::min(map.cells.width(), map.cells.height());
        room *= std::min(1.0, layout.plane.width() / std::max(1.0, side));
    }
    return room;
}

} // namespace

WeightLayout weightLayout(const QRectF& area, int rows, int columns, int maps, bool plane,
                          const WeightMetrics& metrics)
{
    const int panels = maps + (plane ? 1 : 0);
    WeightLayout best;
    double most = -1;
    for (int across = panels; across >= 1; --across) {
        if (across > 1 && across < panels && panels % across != 0)
            continue; // no row with a hole in it
        WeightLayout candidate =
            arrangeMaps(area, std::max(1, rows), std::max(1, columns), maps, plane, metrics, across);
        const double room =
            roominess(candidate, std::max(1, rows), std::max(1, columns)) + (candidate.numbers ? 1e6 : 0);
        if (room > most) {
            most = room;
            best = std::move(candidate);
        }
    }
    return best;
}

HeatPlace placeAt(const WeightLayout& layout, const QPointF& pixel)
{
    return placeAt(HeatLayout{1, false, layout.maps}, pixel);
}

} // namespace ui
