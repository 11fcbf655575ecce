#include "ui/exports/plot.h"

#include "core/files/tables.h"
#include "core/gradients/cancelled.h"
#include "core/training/error.h"
#include "ui/exports/drawing.h"

#include <QFileInfo>

namespace ui {

using unrolled::InputError;

void checkLoss(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration, int loss)
{
    std::vector<std::string> can;
    for (const QString& each : plotKinds()) {
        if (showsOneLoss(each))
            can.push_back(each.toStdString());
    }
    const PlotLane& lane = lanes.front();
    unrolled::checkLoss(kind.toStdString(), can, *lane.history->trace(iteration, lane.sequence), loss);
}

void checkGates(const QString& kind, const std::vector<PlotLane>& lanes)
{
    std::vector<unrolled::CellKind> cells;
    cells.reserve(lanes.size());
    for (const PlotLane& lane : lanes)
        cells.push_back(lane.history->experiment().model.cell.kind);
    unrolled::checkGates(kind.toStdString(), cells);
}

void checkNumbers(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration)
{
    const auto part = kind == QLatin1String("report") ? unrolled::IterationPart::Update : lastPartShown(kind);
    for (const PlotLane& lane : lanes)
        unrolled::requireFinite(*lane.history->trace(iteration, lane.sequence), part,
                                lane.history->experiment().source);
}

void checkSize(const QString& kind, std::size_t models, const QSize& size)
{
    const QSize least = leastSize(kind, static_cast<int>(models));
    if (size.isEmpty() || (size.width() >= least.width() && size.height() >= least.height()))
        return;
    const auto text = [](const QSize& one) {
        return std::to_string(one.width()) + "x" + std::to_string(one.height());
    };
    throw InputError("", "--size", '"' + text(size) + '"',
                     "at least " + text(least) + " for " + kind.toStdString() +
                         (models > 1 ? " of " + std::to_string(models) + " models" : ""));
}

bool exportPlot(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration,
                const QString& file, QSize size, int loss, const ExportProgress& progress,
                const std::function<void()>& writing)
try {
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix != QLatin1String("svg") && suffix != QLatin1String("pdf") && suffix != QLatin1String("png"))
        throw InputError(file.toStdString(), "suffix", '"' + suffix.toStdString() + '"',
                         ".svg, .pdf or .png");
    checkGates(kind, lanes);
    checkSize(kind, lanes.size(), size);
    checkLoss(kind, lanes, iteration, loss);
    const Drawing drawing = drawingOf(kind, lanes, {iteration, -1, -1, 0, loss}, size, progress);
    if (writing)
        writing();
    QString error;
    if (!writePicture(drawing.paint, drawing.title, file, drawing.size, &error))
        throw InputError(error.toStdString());
    return true;
} catch (const unrolled::Cancelled&) {
    return false;
}

} // namespace ui
