#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/exports/plot.h"

#include <QSize>
#include <QString>

#include <functional>
#include <vector>

class QFont;
class QPainter;

namespace ui {

class FilmExtent;

/// One model of a comparison; the name is shown where there are several.
struct AnalysedLane
{
    QString name;
    unrolled::TracePtr trace;
};

/// A plot whose numbers are there.
struct AnalysisPlot
{
    QSize least; ///< in which its texts do not meet
    /// A film's pictures share their axis; null: it stands alone.
    std::function<void(QPainter& painter, const QSize& size, const QFont& font, FilmExtent* film)> paint;
};

// Plots of what is computed from a trace, on logarithmic scales whose floor is marked, 10⁻¹⁶ … 10² unless
// norms exceed it. Lines differ in dashes as well as in colour. `changes` tells what was changed in the run.
// The numbers are computed here; throws unrolled::Cancelled where `progress` calls that off.

/// ‖∂L_s/∂h_t‖: t to the right, s upwards, a panel for every lane and layer. Long sequences are thinned: a
/// cell shows the largest norm in it.
AnalysisPlot itemisedPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                          const ExportProgress& progress);
/// Singular values of ∂h_T/∂h_t (and ∂c_T/∂c_t) against the lag, with the bound where there is one.
AnalysisPlot jacobianPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                          const ExportProgress& progress);
/// What each step adds to the gradient of each block of weights.
AnalysisPlot contributionPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                              const ExportProgress& progress);

} // namespace ui
