#pragma once

#include "core/gradients/cancelled.h"
#include "core/trace/iteration_trace.h"

#include <QSize>
#include <QString>

#include <functional>
#include <vector>

class QFont;
class QPainter;

namespace ui {

/// One model of a comparison; the name is shown where there are several.
struct AnalysedLane
{
    QString name;
    unrolled::TracePtr trace;
};

/// A plot whose numbers are there.
using AnalysisPaint = std::function<void(QPainter& painter, const QSize& size, const QFont& font)>;

// Plots of what is computed from a trace, on logarithmic scales whose floor is marked, 10⁻¹⁶ … 10² unless
// norms exceed it. Lines differ in dashes as well as in colour. The numbers are computed here, on any thread;
// throws unrolled::Cancelled where `goOn` calls that off.

/// ‖∂L_s/∂h_t‖: t to the right, s upwards, a panel for every lane and layer. Long sequences are thinned: a
/// cell shows the largest norm in it.
AnalysisPaint itemisedPlot(const std::vector<AnalysedLane>& lanes, const unrolled::GoOn& goOn);
/// Singular values of ∂h_T/∂h_t (and ∂c_T/∂c_t) against the lag, with the bound where there is one.
AnalysisPaint jacobianPlot(const std::vector<AnalysedLane>& lanes, const unrolled::GoOn& goOn);
/// What each step adds to the gradient of each block of weights.
AnalysisPaint contributionPlot(const std::vector<AnalysedLane>& lanes, const unrolled::GoOn& goOn);

} // namespace ui
