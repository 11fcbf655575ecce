#include "ui/exports/plot.h"

#include "core/training/error.h"
#include "ui/exports/drawing.h"

#include <QFileInfo>
#include <algorithm>

namespace ui {

using unrolled::InputError;

void exportPlot(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration,
                const QString& file, QSize size)
{
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix != QLatin1String("svg") && suffix != QLatin1String("pdf") && suffix != QLatin1String("png"))
        throw InputError(file.toStdString(), "suffix", '"' + suffix.toStdString() + '"',
                         ".svg, .pdf or .png");
    const auto gated = [](const PlotLane& lane) {
        return unrolled::stackedGates(lane.history->experiment().model.cell.kind) > 1;
    };
    if (kind == QLatin1String("gates") && std::none_of(lanes.begin(), lanes.end(), gated))
        throw InputError("", "model.cell", "\"rnn\", which has no gates", "gru or lstm");
    const Drawing drawing = drawingOf(kind, lanes, {iteration}, size);
    QString error;
    if (!writePicture(drawing.paint, drawing.title, file, drawing.size, &error))
        throw InputError(error.toStdString());
}

} // namespace ui
