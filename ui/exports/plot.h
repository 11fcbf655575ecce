#pragma once

#include "core/trace/history.h"

#include <QSize>
#include <QString>

#include <cstdint>
#include <functional>
#include <vector>

namespace ui {

/// Told now and then the share done, 0…1, or something negative where nobody knows it; returning false calls
/// the work off.
using ExportProgress = std::function<bool(double share)>;

/// One model of a comparison. The run is trained on where the iteration lies ahead.
struct PlotLane
{
    QString name;
    unrolled::History* history;
    int sequence = 0; ///< of the batch: the one that is watched
};

/// The kinds of plots, in the order of the help.
const std::vector<QString>& plotKinds();

/// Throws unrolled::InputError where a kind of plots cannot show the loss of step `loss` (from 1) alone, or
/// the sequence has none there; 0 is L, which all can. `lanes` stand at the iteration or behind it.
void checkLoss(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration, int loss);

/// Throws unrolled::InputError where a kind of plots tells of gates and none of the models has any.
void checkGates(const QString& kind, const std::vector<PlotLane>& lanes);

/// Throws unrolled::RunError where what a kind of plots, or "report", shows of an iteration left the range of
/// numbers.
void checkNumbers(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration);

/// Throws unrolled::InputError where a kind of plots that puts so many models one above the other cannot be
/// read in this size; an empty one stands for one that fits.
void checkSize(const QString& kind, std::size_t models, const QSize& size);

/// Writes a plot of a run at an iteration, of one of plotKinds(); .svg, .pdf or .png
/// by the file's suffix. An empty size stands for one that fits the kind; `loss` is as in checkLoss().
/// `writing` is called before the first byte is written: from there on it cannot be called off. Returns false
/// where it was called off. Throws unrolled::InputError for an unknown kind or suffix, or a file that cannot
/// be written. Needs a QApplication, on the offscreen platform where there is no display. As all exports, it
/// can run on another thread while the GUI thread serves its events; short parts are done there.
bool exportPlot(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration,
                const QString& file, QSize size = {}, int loss = 0, const ExportProgress& progress = {},
                const std::function<void()>& writing = {});

} // namespace ui
