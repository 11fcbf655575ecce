// Where the parts of an unrolled network stand, and what lies at a point; how rows and columns are laid out
// is in unrolled_geometry.cpp.
#include "ui/paint/unrolled_geometry.h"

#include <algorithm>
#include <cmath>

namespace ui {

UnitDetail UnrolledGeometry::unitDetail(int layer) const
{
    if (m_detail == StepDetail::Strip)
        return UnitDetail::Colours;
    const auto index = static_cast<std::size_t>(layer);
    const double pitch = m_layers[index].hidden.height / m_shape.units[index];
    if (m_detail == StepDetail::Numbers && pitch >= 10.3)
        return UnitDetail::Numbers;
    return pitch >= 3 ? UnitDetail::Bars : UnitDetail::Colours;
}

QRectF UnrolledGeometry::column(int t) const
{
    return {left(t), 0, m_stepWidth, m_legend.top};
}

int UnrolledGeometry::timeAt(double x) const
{
    if (x < m_gutter)
        return 0;
    const int t = static_cast<int>(std::floor((x - m_origin) / m_stepWidth)) + 1;
    return t >= 1 && t <= m_shape.steps ? t : 0;
}

QRectF UnrolledGeometry::viewport() const
{
    return {m_gutter, 0, m_size.width() - m_gutter, m_legend.top};
}

QRectF UnrolledGeometry::across(int t, const Span& span, double share) const
{
    const double width = m_stepWidth * share;
    return {left(t) + (m_stepWidth - width) / 2, span.top, width, span.height};
}

QRectF UnrolledGeometry::row(const QRectF& rect, int index, int count) const
{
    const double height = rect.height() / std::max(1, count);
    return {rect.left(), rect.top() + index * height, rect.width(), height};
}

QRectF UnrolledGeometry::lossRect(int t) const
{
    return across(t, m_loss, 0.96);
}
QRectF UnrolledGeometry::answerRect(int t) const
{
    return across(t, m_answer, 0.96);
}

QRectF UnrolledGeometry::outputsRect(int t) const
{
    if (m_detail == StepDetail::Strip)
        return across(t, m_outputs, 1);
    QRectF rect = across(t, m_outputs, 0.84);
    const double widest = 190 * m_scale;
    if (rect.width() > widest)
        rect.adjust((rect.width() - widest) / 2, 0, -(rect.width() - widest) / 2, 0);
    return rect;
}

QRectF UnrolledGeometry::outputRow(int t, int index) const
{
    return row(outputsRect(t), index, m_outputRows);
}

QRectF UnrolledGeometry::cellRect(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].cell;
    if (m_detail == StepDetail::Strip)
        return across(t, span, m_stepWidth >= 9 ? 0.84 : 1);
    return across(t, span, m_detail == StepDetail::Numbers ? 0.69 : 0.66);
}

QRectF UnrolledGeometry::hiddenRect(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].hidden;
    const QRectF cell = cellRect(t, layer);
    const double side = m_detail == StepDetail::Numbers ? 10 * m_scale
                        : m_detail == StepDetail::Bars  ? 4 * m_scale
                                                        : 0;
    return {cell.left() + side, span.top, cell.width() - 2 * side, span.height};
}

QRectF UnrolledGeometry::cellStateRect(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].cellState;
    const QRectF hidden = hiddenRect(t, layer);
    return {hidden.left(), span.top, hidden.width(), span.height};
}

QRectF UnrolledGeometry::hiddenHeader(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].hiddenHeader;
    const QRectF hidden = hiddenRect(t, layer);
    return {hidden.left(), span.top, hidden.width(), span.height};
}

QRectF UnrolledGeometry::cellStateHeader(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].cellStateHeader;
    const QRectF hidden = hiddenRect(t, layer);
    return {hidden.left(), span.top, hidden.width(), span.height};
}

QRectF UnrolledGeometry::cellStateRow(int t, int layer, int unit) const
{
    return row(cellStateRect(t, layer), unit, m_shape.units[static_cast<std::size_t>(layer)]);
}

QRectF UnrolledGeometry::hiddenRow(int t, int layer, int unit) const
{
    return row(hiddenRect(t, layer), unit, m_shape.units[static_cast<std::size_t>(layer)]);
}

QRectF UnrolledGeometry::inputRect(int t) const
{
    return across(t, m_input, m_detail == StepDetail::Strip ? 1 : 0.84);
}

QRectF UnrolledGeometry::symbolRect(int t) const
{
    return across(t, m_symbol, 0.96);
}

QRectF UnrolledGeometry::gradientRect(int t, int layer) const
{
    // The lowest layer stands at the bottom, as its cell does.
    return row(across(t, m_gradient, m_detail == StepDetail::Strip ? 1 : 0.96), m_shape.layers() - 1 - layer,
               m_shape.layers());
}

QRectF UnrolledGeometry::initialRect(int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].hidden;
    if (m_detail == StepDetail::Strip) {
        const double width = lead() - 6;
        return {m_origin - width - 3, span.top, width, span.height};
    }
    const double right = recurrentArrow(1, layer).x1();
    const double width = std::min(30 * m_scale, right - (m_origin - lead()) - 2);
    double height = std::min(span.height, 22 * m_scale);
    if (m_detail == StepDetail::Bars && m_shape.cellState) { // the weights are named between c_0 and h_0
        const double apart = span.centre() - m_layers[static_cast<std::size_t>(layer)].cellState.centre();
        height = std::clamp(apart - 19 * m_scale, 4 * m_scale, height);
    }
    return {right - width, span.centre() - height / 2, width, height};
}

QRectF UnrolledGeometry::initialCellStateRect(int layer) const
{
    const QRectF hidden = initialRect(layer);
    const Span& span = m_layers[static_cast<std::size_t>(layer)].cellState;
    const double height = m_detail == StepDetail::Strip ? span.height : hidden.height();
    return {hidden.left(), span.centre() - height / 2, hidden.width(), height};
}

QRectF UnrolledGeometry::initialNameRect(int layer, bool cellState, double width) const
{
    using Item = UnrolledHit::Item;
    const QRectF box = cellState ? initialCellStateRect(layer) : initialRect(layer);
    // In bars the weights are named between c_0 and h_0, so that c_0 has its name above.
    const bool above = cellState && m_detail == StepDetail::Bars;
    const QRectF place(std::max(box.center().x() - width / 2, labelRect(box).left()),
                       above ? box.top() - 17 * m_scale : box.bottom() + 2 * m_scale, width, 15 * m_scale);
    for (const auto& [item, of] : {std::pair(Item::OutputWeight, layer), std::pair(Item::InputWeight, layer),
                                   std::pair(Item::InputWeight, layer + 1)}) {
        if (of < m_shape.layers() && sharedChip(item, of).intersects(place))
            return {};
    }
    return place;
}

QRectF UnrolledGeometry::legendRect() const
{
    return {0, m_legend.top, m_size.width(), m_legend.height};
}

QRectF UnrolledGeometry::labelRect(const QRectF& row) const
{
    if (m_detail == StepDetail::Strip)
        return {2, row.top(), m_gutter - 8, row.height()};
    return {m_origin - lead() + 6 * m_scale, row.top(), lead() + 4 * m_scale, row.height()};
}

QLineF UnrolledGeometry::recurrentArrow(int t, int layer) const
{
    const QRectF cell = cellRect(t, layer);
    const double y = m_layers[static_cast<std::size_t>(layer)].hidden.centre() -
                     (m_detail == StepDetail::Numbers ? 9 : 4) * m_scale;
    const double gap = m_stepWidth - cell.width();
    // h_0 stands nearer than a whole step: its arrow is as long as the others where the lead allows.
    const double length = t > 1 ? gap : std::min(gap, 0.55 * lead() + (m_stepWidth - cell.width()) / 2);
    return {cell.left() - length, y, cell.left(), y};
}

QLineF UnrolledGeometry::cellStateArrow(int t, int layer) const
{
    const QLineF hidden = recurrentArrow(t, layer);
    const double y = m_layers[static_cast<std::size_t>(layer)].cellState.centre() - 4 * m_scale;
    return {hidden.x1(), y, hidden.x2(), y};
}

QLineF UnrolledGeometry::inputArrow(int t, int layer) const
{
    const Span& span = m_layers[static_cast<std::size_t>(layer)].inputArrow;
    const double x = left(t) + m_stepWidth / 2;
    return {x, span.bottom() - 2 * m_scale, x, span.top};
}

QLineF UnrolledGeometry::outputArrow(int t) const
{
    const double x = left(t) + m_stepWidth / 2;
    return {x, m_outputArrow.bottom(), x, m_outputArrow.top};
}

QRectF UnrolledGeometry::recurrentChip(int t, int layer) const
{
    const QLineF arrow = recurrentArrow(t, layer);
    const QSizeF size(30 * m_scale, 15 * m_scale);
    const bool onLine = arrow.length() >= 54 * m_scale;
    const double y = onLine ? arrow.y1() - size.height() / 2 : arrow.y1() - size.height() - 2 * m_scale;
    return {QPointF(arrow.center().x() - size.width() / 2 - (onLine ? 2 * m_scale : 0), y), size};
}

QRectF UnrolledGeometry::inputChip(int t, int layer) const
{
    const QLineF arrow = inputArrow(t, layer);
    const QSizeF size(30 * m_scale, 15 * m_scale);
    const bool onLine = arrow.length() >= 34 * m_scale;
    return {QPointF(onLine ? arrow.x1() - size.width() / 2 : arrow.x1() + 6 * m_scale,
                    arrow.center().y() - size.height() / 2 + (onLine ? 2 * m_scale : 0)),
            size};
}

QRectF UnrolledGeometry::outputChip(int t) const
{
    const QLineF arrow = outputArrow(t);
    const QSizeF size(30 * m_scale, 15 * m_scale);
    const bool onLine = arrow.length() >= 34 * m_scale;
    return {QPointF(onLine ? arrow.x1() - size.width() / 2 : arrow.x1() + 6 * m_scale,
                    arrow.center().y() - size.height() / 2 + (onLine ? 2 * m_scale : 0)),
            size};
}

QRectF UnrolledGeometry::sharedChip(UnrolledHit::Item item, int layer, int t) const
{
    if (m_detail == StepDetail::Numbers)
        return {};
    const bool strip = m_detail == StepDetail::Strip;
    const QSizeF size(30 * m_scale, (strip ? 13 : 15) * m_scale);
    // In bars the names of the rows stand left; a matrix is named between them.
    double left = strip ? m_gutter - 8 - size.width() : std::max(2.0, m_origin - lead() + 6 * m_scale);
    if (t > 1)
        left = this->left(t) - size.width() / 2;
    double centre = m_outputArrow.centre();
    if (item == UnrolledHit::Item::InputWeight)
        centre = m_layers[static_cast<std::size_t>(layer)].inputArrow.centre();
    if (item == UnrolledHit::Item::RecurrentWeight) {
        const QRectF initial = initialRect(layer);
        if (strip) // no band: the strip itself goes from step to step
            return {QPointF(4, initial.center().y() - size.height() / 2), size};
        if (m_shape.cellState)
            centre = (initial.top() + initialCellStateRect(layer).bottom()) / 2;
        else
            centre = initial.top() - 3 * m_scale - size.height() / 2;
    }
    return {QPointF(left, centre - size.height() / 2), size};
}

UnrolledHit UnrolledGeometry::hit(const QPointF& point) const
{
    using Item = UnrolledHit::Item;
    if (sharedChip(Item::OutputWeight, -1).contains(point))
        return {Item::OutputWeight, 0, -1, -1};
    for (int layer = 0; layer < m_shape.layers(); ++layer) {
        for (Item item : {Item::InputWeight, Item::RecurrentWeight}) {
            if (sharedChip(item, layer).contains(point))
                return {item, 0, layer, -1};
        }
    }
    if (!viewport().contains(point))
        return {};
    for (int layer = 0; layer < m_shape.layers(); ++layer) {
        if (initialRect(layer).adjusted(-3, -3, 3, 3).contains(point))
            return {Item::InitialState, 0, layer, 0};
        if (m_shape.cellState && initialCellStateRect(layer).adjusted(-3, -3, 3, 3).contains(point))
            return {Item::InitialState, 0, layer, 1};
    }
    // The chip before the first cell may reach into the lead.
    const int t = std::max(1, timeAt(point.x()));
    if (m_detail == StepDetail::Numbers) {
        for (int near = t; near <= std::min(t + 1, m_shape.steps); ++near) {
            for (int layer = 0; layer < m_shape.layers(); ++layer) {
                if (recurrentChip(near, layer).contains(point))
                    return {Item::RecurrentWeight, near, layer, -1};
            }
        }
    }
    if (const UnrolledHit hit = hitBetween(point, t); hit.item != Item::None)
        return hit;
    return timeAt(point.x()) > 0 ? hitInStep(point, t) : UnrolledHit{};
}

/// The connections on both sides of a step, with the arrows of the gradient under them.
UnrolledHit UnrolledGeometry::hitBetween(const QPointF& point, int t) const
{
    if (m_detail == StepDetail::Strip)
        return {};
    const double below = (m_detail == StepDetail::Numbers ? 24 : 12) * m_scale;
    const auto near = [&](const QLineF& line) {
        return QRectF(line.p1(), line.p2()).normalized().adjusted(0, -7 * m_scale, 0, below).contains(point);
    };
    for (int to = t; to <= std::min(t + 1, m_shape.steps); ++to) {
        for (int layer = 0; layer < m_shape.layers(); ++layer) {
            if (near(recurrentArrow(to, layer)) || (m_shape.cellState && near(cellStateArrow(to, layer))))
                return {UnrolledHit::Item::Recurrence, to, layer, -1};
        }
    }
    return {};
}

UnrolledHit UnrolledGeometry::hitInStep(const QPointF& point, int t) const
{
    using Item = UnrolledHit::Item;
    const double y = point.y();
    const auto in = [y](const Span& span) { return y >= span.top && y < span.bottom(); };
    const auto indexIn = [y](const Span& span, int count) {
        return std::clamp(static_cast<int>((y - span.top) / span.height * count), 0, count - 1);
    };
    if (in(m_loss))
        return {Item::Loss, t, -1, -1};
    if (in(m_answer))
        return {Item::Answer, t, -1, -1};
    if (in(m_outputs))
        return {Item::Output, t, -1, indexIn(m_outputs, m_outputRows)};
    if (m_detail == StepDetail::Numbers && outputChip(t).contains(point))
        return {Item::OutputWeight, t, -1, -1};
    for (int layer = 0; layer < m_shape.layers(); ++layer) {
        const LayerSpans& spans = m_layers[static_cast<std::size_t>(layer)];
        const int units = m_shape.units[static_cast<std::size_t>(layer)];
        const QRectF cell = cellRect(t, layer);
        if (point.x() >= cell.left() && point.x() < cell.right()) {
            if (m_shape.cellState && in(spans.cellState))
                return {Item::CellState, t, layer, indexIn(spans.cellState, units)};
            if (in(spans.hidden))
                return {Item::Hidden, t, layer, indexIn(spans.hidden, units)};
            if (in(spans.cell))
                return {Item::Cell, t, layer, -1};
        }
        if (m_detail == StepDetail::Numbers && inputChip(t, layer).contains(point))
            return {Item::InputWeight, t, layer, -1};
    }
    if (in(m_input) || in(m_symbol))
        return {Item::Input, t, -1, -1};
    if (in(m_gradient))
        return {Item::Gradient, t, m_shape.layers() - 1 - indexIn(m_gradient, m_shape.layers()), -1};
    return {};
}

} // namespace ui
