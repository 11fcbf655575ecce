#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/paint/unrolled_geometry.h"

#include <QString>
#include <vector>

namespace ui {

/// The shape of the unrolled network of a trace.
UnrolledShape shapeOf(const unrolled::IterationTrace& trace);
/// The classes that the rows of a step's outputs show: all of them, or the most probable ones and the right
/// one.
std::vector<int> shownClasses(const unrolled::IterationTrace& trace, int t, int rows);
/// Two decimals for tight places; what rounds to nothing is "0.00".
QString shortSigned(double value);
/// ‖·‖ of what leaves h_t's cell towards h_{t-1} (t = 1: towards h_0), and of what comes to the top h_t from
/// its output.
double passedBackNorm(const unrolled::IterationTrace& trace, int t, int layer);
double fromOutputNorm(const unrolled::IterationTrace& trace, int t);
/// ‖∂L/∂c_{t-1}‖ along the path of c alone; 0 where the cell has no c.
double cellStatePassedBackNorm(const unrolled::IterationTrace& trace, int t, int layer);

} // namespace ui
