#pragma once

#include "ui/paint/cell_graph.h"

#include <QPolygonF>
#include <QRectF>
#include <vector>

namespace ui {

/// Where the parts of the inside-the-cell view stand.
struct CellAreas
{
    QRectF heading;
    QRectF graph;
    QRectF symbols; ///< the equation in symbols
    QRectF rows;    ///< the equation with numbers, a row a unit
    QRectF note;    ///< what it means, in words
    qreal rowHeight = 0;
    int rowsShown = 0;
    qreal text = 0; ///< pixel size of the text
};

/// `rows` is how many the equation has; as many are shown as fit. `noteLines` at the text size.
CellAreas cellAreas(const QSizeF& size, int rows, int noteLines = 2);

/// A cell's graph in pixels. Parallel to the graph's nodes and edges.
struct CellLayout
{
    qreal scale = 1; ///< of nodes and text; places are spread over the whole rectangle
    std::vector<QRectF> nodes;
    std::vector<QRectF> ports;    ///< the room for a port's values; null for other nodes
    std::vector<QPolygonF> edges; ///< from border to border, horizontal and vertical pieces only
    std::vector<QRectF> labels;   ///< null where the edge has none
    std::vector<QRectF>
        names; ///< of gates, then of named edges: parallel to nodes, then to edges; null where there is none
    int labelRows = 0; ///< numbers a label shows beneath each other; 0: one number above a strip
};

/// `units` decides whether a roomy graph shows one number a unit.
CellLayout layoutCell(const CellGraph& graph, const QRectF& rect, int units);

/// The cells of a strip: `units` side by side.
QRectF stripCell(const QRectF& strip, int units, int unit);
/// The unit under a point, or -1.
int unitAt(const QRectF& strip, int units, const QPointF& point);
/// The strip and the number inside a label.
QRectF labelStrip(const QRectF& label, qreal scale);
QRectF labelNumber(const QRectF& label, qreal scale);
/// Row `row` of a label that shows `rows` numbers.
QRectF labelRow(const QRectF& label, int rows, int row);

/// The first `share` (0…1, by length) of a polyline.
QPolygonF head(const QPolygonF& line, qreal share);

} // namespace ui
