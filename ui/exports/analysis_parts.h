#pragma once

#include "core/gradients/cancelled.h"
#include "ui/exports/analysis_plot.h"

namespace ui {

// What the plots of analysis_plot.h have in common.

/// "10⁻⁴", or "1".
QString power(int exponent);
/// The exponent at the top of the scale: 2, or what the largest norm of the plot, or of its film, needs.
int ceilingOf(double largestLog, FilmExtent* film);
/// Steps between the labels of an axis: 1, 2 or 5 times a power of ten, at most `most` labels.
int labelStep(int span, int most);
std::vector<int> labels(int first, int last, int most);
/// With the iteration.
QString titled(const QString& title, const std::vector<AnalysedLane>& lanes);
/// For analyses that cannot tell how far they are.
unrolled::GoOn goOnOf(const ExportProgress& progress);

} // namespace ui
