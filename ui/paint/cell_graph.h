#pragma once

#include "core/cells/cell_spec.h"
#include "ui/paint/cell_signal.h"

#include <QPointF>
#include <QSizeF>
#include <QString>
#include <vector>

namespace ui {

enum class NodeShape { Port, Weights, Gate, Operator, Junction };

/// A node of a cell's graph. Places and sizes are in the units of the drawing (CellGraph::size). `operation`
/// is the forward operation that the node takes part in (of a port: that computes it, −1 for what arrives),
/// `back` the stage of the backward pass in which its gradient appears (see CellMoment).
struct GraphNode
{
    const char* id;
    NodeShape shape;
    QString label;         ///< mathematics; time indices as in operations()
    QString backwardLabel; ///< of a port while gradients are shown; empty: the label
    QPointF center;
    QSizeF size;
    int operation;
    int back;
    Signal signal = {}; ///< of a port: what it shows
    QString name = {};  ///< of a gate: its letter, written to its left
};

enum class LabelSide { Above, Below, Right, Left };

/// An edge with right angles only. `source` is the forward operation that computes what travels on it,
/// `target` the one that uses it, `back` the part of the backward pass in which its gradient appears: an
/// operation, −1 for PassBack, the number of operations for HiddenGradient.
struct GraphEdge
{
    const char* from;
    const char* to;
    std::vector<QPointF> corners; ///< between the two nodes' centres; the ends are cut at the nodes' borders
    int source;
    int target;
    int back;
    Signal signal = {};  ///< shown as a label where it is not None
    QString name = {};   ///< the label's meaning: "f_t ∘ c_{t−1}"
    QPointF anchor = {}; ///< a point on the edge that the label stands at
    LabelSide side = LabelSide::Above;
    bool named = false; ///< the name is written across from the label
    bool over = false;  ///< crosses another edge without touching it: drawn above, with a gap
};

/// The picture of a cell: a table.
struct CellGraph
{
    QSizeF size;
    int operations = 0;
    bool roomy = false; ///< labels have room for one number a unit, for up to four units
    std::vector<GraphNode> nodes;
    std::vector<GraphEdge> edges;

    int node(const char* id) const; ///< index, or -1
};

const CellGraph& cellGraph(const unrolled::CellSpec& spec);

/// Puts a time into notation: at t = 2, "h_{t−1}" becomes "h_{1}", "a_{n,t}" becomes "a_{n,2}".
QString atTime(QString notation, int t);

} // namespace ui
