#pragma once

#include "ui/exports/picture.h"
#include "ui/exports/plot.h"

#include <QString>

#include <cstdint>
#include <functional>

namespace ui {

/// All that the views show of an iteration of an experiment, whose models the lanes are, on pages of
/// a4Pixels: what ran with its settings and seed, a figure of every kind of plot, the inside of the last cell
/// forwards and backwards, the counts of parameters, and the whole experiment as a file. `progress` as
/// exportAnimation's; no pages where it was called off. Needs a QApplication, as exportPlot does.
std::vector<PaintFunction> reportPages(const unrolled::Experiment& experiment,
                                       const std::vector<PlotLane>& lanes, std::int64_t iteration,
                                       const ExportProgress& progress = {});

/// Writes them as one PDF, in vectors; returns false where it was called off. Throws unrolled::InputError for
/// a file that does not end in .pdf or cannot be written.
bool exportReport(const unrolled::Experiment& experiment, const std::vector<PlotLane>& lanes,
                  std::int64_t iteration, const QString& file, const ExportProgress& progress = {},
                  const std::function<void()>& writing = {});

} // namespace ui
