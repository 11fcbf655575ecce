#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/paint/cell_geometry.h"
#include "ui/paint/cell_moment.h"

#include <QString>

class QFont;
class QPainter;

namespace ui {

struct Palette;

/// Draws a cell's graph with the numbers of one unit (from 0) on its edges: values, or in the backward phase
/// gradients.
void paintCellGraph(QPainter& painter, const Palette& palette, const QFont& font, const CellGraph& graph,
                    const CellLayout& layout, const unrolled::IterationTrace& trace, const CellMoment& moment,
                    int unit);

/// A number for a narrow label: "+0.96", "0.62" where it has no sign, "−4·10⁻⁵" for gradients. Where `brief`,
/// "+0.006" in place of "+0.0058".
QString labelText(double value, bool hasSign, bool gradient, bool brief = false);

/// Whether an edge belongs to what the backward stage `lit` computes.
bool litBackward(const CellGraph& graph, const GraphEdge& edge, int lit);

/// Whether what travels on an edge can be negative.
bool hasSign(const unrolled::CellSpec& spec, const Signal& signal);

/// The largest |∂L/∂h| of a layer over all steps: gradients are coloured relative to it, so that their decay
/// shows.
double gradientScale(const unrolled::IterationTrace& trace, int layer);

} // namespace ui
