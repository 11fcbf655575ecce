#pragma once

#include "core/trace/iteration_trace.h"

#include <QSize>
#include <QString>

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

// Plots of what is computed from a trace, on logarithmic scales whose floor is marked, 10⁻¹⁶ … 10² unless
// norms exceed it. Lines differ in dashes as well as in colour.

/// ‖∂L_s/∂h_t‖: t to the right, s upwards, a panel for every lane and layer. Long sequences are thinned: a
/// cell shows the largest norm in it.
void paintItemised(QPainter& painter, const QSize& size, const QFont& font,
                   const std::vector<AnalysedLane>& lanes);
/// Singular values of ∂h_T/∂h_t (and ∂c_T/∂c_t) against the lag, with the bound where there is one.
void paintJacobian(QPainter& painter, const QSize& size, const QFont& font,
                   const std::vector<AnalysedLane>& lanes);
/// What each step adds to the gradient of each block of weights.
void paintContribution(QPainter& painter, const QSize& size, const QFont& font,
                       const std::vector<AnalysedLane>& lanes);

} // namespace ui
