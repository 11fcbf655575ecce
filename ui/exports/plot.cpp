#include "ui/exports/plot.h"

#include "core/files/tables.h"
#include "core/training/error.h"
#include "ui/exports/picture.h"
#include "ui/exports/summary_picture.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ui {

using unrolled::InputError;
using unrolled::Phase;

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("ui::Export", text);
}

/// A frame at the start of an iteration's update: everything is computed, and no step is the current one.
Frame frameOf(const std::vector<PlotLane>& lanes, std::int64_t iteration)
{
    Frame frame;
    for (const PlotLane& from : lanes) {
        Lane lane;
        lane.name = from.name;
        lane.trace = from.history->trace(iteration);
        lane.first = from.history->trace(0);
        auto curve = std::make_shared<unrolled::Curve>(from.history->curve());
        curve->truncate(iteration);
        lane.curve = curve;
        lane.frontier = std::min(iteration, from.history->frontier());
        lane.planned = from.history->experiment().training.iterations;
        frame.lanes.push_back(lane);
    }
    frame.ticks = lanes.front().history->ticks();
    // After a divergence the history answers with the last iteration there is.
    frame.position = {frame.lane().trace ? frame.trace().iteration : iteration,
                      frame.ticks.tickOf(Phase::Update), 0};
    return frame;
}

struct Kind
{
    QString name;
    QSize size;
    std::unique_ptr<View> (*make)();
};

template<typename T>
std::unique_ptr<View> make()
{
    return std::make_unique<T>();
}

const std::vector<Kind>& kinds()
{
    static const std::vector<Kind> all{
        {QStringLiteral("decay"), {900, 500}, make<DecayView>},
        {QStringLiteral("hidden"), {900, 560}, make<HiddenView>},
        {QStringLiteral("gates"), {900, 700}, make<GatesView>},
        {QStringLiteral("loss"), {900, 560}, make<CurveView>},
        {QStringLiteral("summary"), {900, 320}, nullptr},
    };
    return all;
}

/// Legible at half size: about 18 pixels of 900.
QFont plotFont(const QSize& size)
{
    QFont font;
    const double scale = std::min(size.width() / 900.0, size.height() / 500.0);
    font.setPixelSize(std::clamp(
        static_cast<int>(std::lround(18 * std::sqrt(scale) * std::min(1.0, std::sqrt(scale)))), 9, 60));
    return font;
}

} // namespace

const std::vector<QString>& plotKinds()
{
    static const std::vector<QString> names = [] {
        std::vector<QString> result;
        for (const Kind& kind : kinds())
            result.push_back(kind.name);
        return result;
    }();
    return names;
}

void exportPlot(const QString& kind, const std::vector<PlotLane>& lanes, std::int64_t iteration,
                const QString& file, QSize size)
{
    const auto known =
        std::find_if(kinds().begin(), kinds().end(), [&](const Kind& one) { return one.name == kind; });
    if (known == kinds().end()) {
        const QStringList names(plotKinds().begin(), plotKinds().end());
        throw InputError({}, "plot", '"' + kind.toStdString() + '"',
                         "one of " + names.join(QStringLiteral(", ")).toStdString());
    }
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix != QLatin1String("svg") && suffix != QLatin1String("pdf") && suffix != QLatin1String("png"))
        throw InputError(file.toStdString(), "suffix", '"' + suffix.toStdString() + '"',
                         ".svg, .pdf or .png");
    if (size.isEmpty())
        size = known->size;

    QString error;
    bool done = false;
    if (known->make) {
        const std::unique_ptr<View> view = known->make();
        const Palette& light = lightPalette();
        view->setPalette(QPalette(light.background, light.background));
        view->setFont(plotFont(size));
        view->resize(size);
        view->setFrame(frameOf(lanes, iteration));
        done = exportView(*view, file, size, &error);
    } else {
        unrolled::Table table;
        for (const PlotLane& lane : lanes) {
            unrolled::Table one = unrolled::tableOf(kind.toStdString(), *lane.history, iteration);
            if (lanes.size() > 1)
                one = unrolled::withLane(one, lane.name.toStdString());
            if (table.columns.empty())
                table = one;
            else
                unrolled::append(table, one);
        }
        const QString title = tr("Layers and parameters");
        done = writePicture(
            [&](QPainter& painter, const QSize& at) { paintTable(painter, at, plotFont(at), title, table); },
            title, file, size, &error);
    }
    if (!done)
        throw InputError(error.toStdString());
}

} // namespace ui
