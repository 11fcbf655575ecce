#pragma once

#include "ui/exports/drawing.h"

#include <vector>

namespace ui {

/// Singular values of the recurrent weights over the iterations, a panel for every recurrent matrix of every
/// lane; the runs are trained on where the moment lies ahead. Throws unrolled::Cancelled where `progress`
/// calls that off.
Drawing singularDrawing(const std::vector<PlotLane>& lanes, const PlotMoment& moment, const QSize& size,
                        const ExportProgress& progress);

} // namespace ui
