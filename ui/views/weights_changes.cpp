#include "ui/session/intervention_edit.h"
#include "ui/views/weights_view.h"

#include <QPainter>

#include <algorithm>

namespace ui {

std::vector<unrolled::Intervention> WeightsView::changesOf(const WeightBlock& block,
                                                           const HeatPlace& at) const
{
    std::vector<unrolled::Intervention> changes;
    if (&lane() != &frame().lanes.front()) // only the experiment's own model can be changed
        return changes;
    unrolled::Intervention change;
    change.iteration = block.trace().iteration;
    change.set = block.parameter().block.name;
    if (at.block >= 0) {
        const auto map = static_cast<Map>(at.block);
        const Entry entry =
            largestIn(entriesOf(computed(map) ? map : Value, block),
                      layout().maps[static_cast<std::size_t>(at.block)], at.timeCell, at.unitCell);
        change.kind = unrolled::InterventionKind::Weight;
        change.row = entry.row + block.firstRow();
        change.column = entry.column;
        change.value = block.parameter().before(change.row, change.column);
        changes.push_back(change);
    }
    if (block.recurrent())
        changes.push_back(radiusOf(block.trace(), block.parameter()));
    return changes;
}

const unrolled::Intervention* WeightsView::changeOn(const WeightBlock& block, int row, int column) const
{
    if (!lane().interventions)
        return nullptr;
    unrolled::Intervention weight;
    weight.kind = unrolled::InterventionKind::Weight;
    weight.set = block.parameter().block.name;
    weight.row = row + block.firstRow();
    weight.column = column;
    return inForceOn(*lane().interventions, weight, block.trace().iteration);
}

/// A weight that is held has a bar along its lower edge, as a clamped gate has; one that was set once, and is
/// trained on since, half of one.
void WeightsView::paintChanges(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const
{
    if (!lane().interventions)
        return;
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (const unrolled::Intervention& each : *lane().interventions) {
        const int row = each.row - block.firstRow();
        if (each.kind != unrolled::InterventionKind::Weight || row < 0 || row >= block.rows() ||
            each.column >= block.columns() || changeOn(block, row, each.column) != &each)
            continue;
        const QRectF cell = place.cell(place.time.cellOf(each.column), place.unit.cellOf(row));
        const double thickness = std::clamp(cell.height() / 8, 1.0, 2.5);
        const bool held = each.until != unrolled::Intervention::noEnd;
        painter.fillRect(QRectF(cell.left(), cell.bottom() - thickness,
                                held ? cell.width() : std::max(2.0, cell.width() / 2), thickness),
                         colors().text);
    }
}

std::vector<unrolled::Intervention> WeightsView::changesAt(const QPoint& place) const
{
    const std::optional<WeightBlock> shown = modelAt(place) > 0 ? std::nullopt : block();
    return shown ? changesOf(*shown, placeAt(layout(), place)) : std::vector<unrolled::Intervention>();
}

int WeightsView::modelAt(const QPoint&) const
{
    return frame().empty() ? 0 : static_cast<int>(&lane() - &frame().lanes.front());
}

std::vector<unrolled::Intervention> WeightsView::changesAtCursor() const
{
    const std::optional<WeightBlock> shown = modelAt({}) > 0 ? std::nullopt : block();
    return shown ? changesOf(*shown, m_cursor) : std::vector<unrolled::Intervention>();
}

QPoint WeightsView::cursorPlace() const
{
    const WeightLayout at = layout();
    if (m_cursor.block < 0 || at.maps.empty())
        return rect().center();
    return at.maps.front().cell(m_cursor.timeCell, m_cursor.unitCell).center().toPoint();
}

} // namespace ui
