#include "ui/paint/cell_geometry.h"

#include <QLineF>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr qreal stretchLimit = 1.3; ///< how much further apart than large things may stand
constexpr qreal largestScale = 2.2;
constexpr qreal labelWidth = 36;
constexpr qreal rowsLabelWidth = 46; ///< beside a mark of its colour
constexpr qreal labelHeight = 18;
constexpr qreal labelGap = 4;
constexpr qreal rowHeightInLabel = 12.5;
constexpr qreal nameHeight = 13;
constexpr int mostRows = 4;

/// The point where the line from the centre of `rect` towards `outside` (level or upright) leaves it.
QPointF border(const QRectF& rect, const QPointF& from, const QPointF& to)
{
    if (std::abs(from.x() - to.x()) < 0.01)
        return {from.x(), to.y() > from.y() ? rect.bottom() : rect.top()};
    return {to.x() > from.x() ? rect.right() : rect.left(), from.y()};
}

QRectF labelRect(const QPointF& anchor, LabelSide side, const QSizeF& size, qreal gap)
{
    QRectF rect(QPointF(0, 0), size);
    rect.moveCenter(anchor);
    switch (side) {
    case LabelSide::Above:
        rect.moveBottom(anchor.y() - gap);
        break;
    case LabelSide::Below:
        rect.moveTop(anchor.y() + gap);
        break;
    case LabelSide::Right:
        rect.moveLeft(anchor.x() + gap);
        break;
    case LabelSide::Left:
        rect.moveRight(anchor.x() - gap);
        break;
    }
    return rect;
}

/// The equation at the right of the graph.
CellAreas areasSideBySide(const QSizeF& size, int rows, int noteLines)
{
    CellAreas areas;
    const qreal margin = 18;
    areas.text = std::clamp(std::min(size.width() / 46, size.height() / 24), 11.0, 20.0);
    const qreal line = std::round(areas.text * 1.5);
    areas.rowHeight = std::round(areas.text * 1.6);
    areas.heading = QRectF(margin, margin - 2, size.width() - 2 * margin, line + 2);
    const qreal top = areas.heading.bottom() + 4;
    const qreal height = size.height() - margin - top;
    const qreal width = std::min(0.56 * size.width(), 1.5 * height);
    areas.graph = QRectF(margin, top, width, height);
    const QRectF beside(areas.graph.right() + margin, top, size.width() - width - 3 * margin, height);
    const qreal symbols = line + 4;
    const qreal note = noteLines * std::round(areas.text * 1.4);
    const int fit = static_cast<int>((height - symbols - 2 - note - 6) / areas.rowHeight);
    areas.rowsShown = std::clamp(fit, 1, rows);
    const qreal rowsHeight = areas.rowsShown * areas.rowHeight;
    const qreal y = beside.top() + std::max(0.0, height - symbols - 2 - rowsHeight - 6 - note) / 2;
    areas.symbols = QRectF(beside.left(), y, beside.width(), symbols);
    areas.rows = QRectF(beside.left(), areas.symbols.bottom() + 2, beside.width(), rowsHeight);
    areas.note = QRectF(beside.left(), areas.rows.bottom() + 6, beside.width(), note);
    return areas;
}

} // namespace

CellAreas cellAreas(const QSizeF& size, int rows, int noteLines)
{
    CellAreas areas;
    if (size.width() > 1.5 * size.height() && size.width() >= 700)
        return areasSideBySide(size, rows, noteLines);
    const qreal margin = size.width() < 400 ? 12 : 18;
    areas.text = std::clamp(std::min(size.width() / 28, size.height() / 34), 11.0, 26.0);
    const qreal line = std::round(areas.text * 1.5);
    const qreal width = size.width() - 2 * margin;
    areas.rowHeight = std::round(areas.text * 1.6);

    areas.heading = QRectF(margin, margin - 2, width, line + 2);
    const qreal top = areas.heading.bottom() + 4;
    const qreal bottom = size.height() - margin;
    const qreal note = noteLines * std::round(areas.text * 1.4);
    const qreal symbols = line + 4;
    // The graph has the first right to the room; the rows take what is left, at least one, at most their
    // number.
    const qreal wanted = std::min(340.0 * largestScale, width) * 0.66;
    const qreal spare = bottom - top - note - symbols - 12 - wanted;
    const int fit = static_cast<int>(std::floor(spare / areas.rowHeight));
    const int least = std::min(rows, size.height() < 420 ? 2 : 4);
    areas.rowsShown = std::max(std::min(rows, std::max(fit, least)), std::min(rows, 1));
    const qreal rowsHeight = areas.rowsShown * areas.rowHeight;

    areas.note = QRectF(margin, bottom - note, width, note);
    areas.rows = QRectF(margin, areas.note.top() - 6 - rowsHeight, width, rowsHeight);
    areas.symbols = QRectF(margin, areas.rows.top() - symbols - 2, width, symbols);
    areas.graph = QRectF(margin, top, width, areas.symbols.top() - 4 - top);
    return areas;
}

CellLayout layoutCell(const CellGraph& graph, const QRectF& rect, int units)
{
    CellLayout layout;
    qreal sx = rect.width() / graph.size.width();
    qreal sy = rect.height() / graph.size.height();
    layout.scale = std::min({sx, sy, largestScale});
    sx = std::min(sx, layout.scale * stretchLimit);
    sy = std::min(sy, layout.scale * stretchLimit);
    const QPointF origin = rect.center() - QPointF(graph.size.width() * sx, graph.size.height() * sy) / 2;
    const auto map = [&](const QPointF& p) { return origin + QPointF(p.x() * sx, p.y() * sy); };
    layout.labelRows = graph.roomy && units <= mostRows ? units : 0;
    const QSizeF labelSize = layout.labelRows > 0
                                 ? QSizeF(rowsLabelWidth, layout.labelRows * rowHeightInLabel) * layout.scale
                                 : QSizeF(labelWidth * sx, labelHeight * layout.scale);

    for (const GraphNode& node : graph.nodes) {
        QSizeF size = node.size * layout.scale;
        if (node.shape == NodeShape::Port && layout.labelRows == 0)
            size = {node.size.width() * sx,
                    std::min(size.height(), (nameHeight + labelHeight + 4) * layout.scale)};
        QRectF place(QPointF(0, 0), size);
        place.moveCenter(map(node.center));
        layout.nodes.push_back(place);
        QRectF values;
        if (node.shape == NodeShape::Port) {
            const qreal inset = 4 * layout.scale;
            values = place.adjusted(inset, nameHeight * layout.scale + inset / 2, -inset, -inset / 2);
        }
        layout.ports.push_back(values);
        const QSizeF letter = QSizeF(10, 14) * layout.scale;
        layout.names.push_back(node.name.isEmpty()
                                   ? QRectF()
                                   : QRectF(QPointF(place.left() - letter.width() - 2 * layout.scale,
                                                    place.center().y() - letter.height() / 2),
                                            letter));
    }

    for (const GraphEdge& edge : graph.edges) {
        const QRectF from = layout.nodes[static_cast<std::size_t>(graph.node(edge.from))];
        const QRectF to = layout.nodes[static_cast<std::size_t>(graph.node(edge.to))];
        QPolygonF line{from.center()};
        for (const QPointF& corner : edge.corners)
            line << map(corner);
        if (line.size() == 1 || !to.contains(line.last()))
            line << to.center();
        line.first() = border(from, line.first(), line[1]);
        line.last() = border(to, line.last(), line[line.size() - 2]);
        layout.edges.push_back(line);

        QRectF label;
        if (edge.signal.kind != SignalKind::None)
            label = labelRect(map(edge.anchor), edge.side, labelSize, labelGap * layout.scale);
        layout.labels.push_back(label);
        layout.names.push_back(
            edge.named ? labelRect(map(edge.anchor),
                                   edge.side == LabelSide::Above ? LabelSide::Below : LabelSide::Above,
                                   QSizeF(24, 15) * layout.scale, layout.scale)
                       : QRectF());
    }
    return layout;
}

QRectF stripCell(const QRectF& strip, int units, int unit)
{
    const qreal width = strip.width() / std::max(1, units);
    return {strip.left() + unit * width, strip.top(), width, strip.height()};
}

int unitAt(const QRectF& strip, int units, const QPointF& point)
{
    if (units <= 0 || !strip.contains(point))
        return -1;
    const int unit = static_cast<int>((point.x() - strip.left()) / strip.width() * units);
    return std::clamp(unit, 0, units - 1);
}

QRectF labelStrip(const QRectF& label, qreal scale)
{
    return {label.left(), label.bottom() - 5 * scale, label.width(), 5 * scale};
}

QRectF labelNumber(const QRectF& label, qreal scale)
{
    return {label.left(), label.top(), label.width(), label.height() - 5 * scale};
}

QRectF labelRow(const QRectF& label, int rows, int row)
{
    const qreal height = label.height() / std::max(1, rows);
    return {label.left(), label.top() + row * height, label.width(), height};
}

QPolygonF head(const QPolygonF& line, qreal share)
{
    if (share >= 1 || line.size() < 2)
        return line;
    qreal length = 0;
    for (int i = 1; i < line.size(); ++i)
        length += QLineF(line[i - 1], line[i]).length();
    qreal left = length * std::max(0.0, share);
    QPolygonF part{line.first()};
    for (int i = 1; i < line.size() && left > 0; ++i) {
        const QLineF piece(line[i - 1], line[i]);
        if (piece.length() <= left) {
            part << line[i];
            left -= piece.length();
        } else {
            part << piece.pointAt(left / piece.length());
            left = 0;
        }
    }
    return part;
}

} // namespace ui
