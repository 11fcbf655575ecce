#include "ui/exports/plot.h"

#include "core/files/tables.h"
#include "core/training/error.h"
#include "ui/exports/analysis_plot.h"
#include "ui/exports/export.h"
#include "ui/exports/picture.h"
#include "ui/exports/summary_picture.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/weights_view.h"

#include <QFileInfo>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ui {

using unrolled::InputError;
using unrolled::Phase;

namespace {

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
        // A picture of the run so far has no room for what is still planned: `planned` stays 0.
        frame.lanes.push_back(lane);
    }
    frame.ticks = lanes.front().history->ticks();
    if (const unrolled::TracePtr& shown = frame.lane().trace; shown && shown->steps() != frame.ticks.steps())
        frame.ticks =
            unrolled::TickLayout(shown->cell, static_cast<int>(shown->layers.size()), shown->steps(),
                                 shown->lossKind == unrolled::LossKind::CrossEntropy);
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
        {QStringLiteral("weights"), {900, 620}, make<WeightsView>},
        {QStringLiteral("loss"), {900, 560}, make<CurveView>},
        {QStringLiteral("itemised"), {900, 800}, nullptr},
        {QStringLiteral("jacobian"), {900, 500}, nullptr},
        {QStringLiteral("contribution"), {900, 500}, nullptr},
        {QStringLiteral("summary"), {900, 500}, nullptr},
        {QStringLiteral("unrolled"), {1280, 560}, make<UnrolledView>},
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

std::unique_ptr<View> viewOf(const Kind& kind, const QSize& size, const Frame& frame)
{
    std::unique_ptr<View> view = kind.make();
    const Palette& light = lightPalette();
    QPalette palette(light.background, light.background);
    palette.setColor(QPalette::WindowText, light.text);
    view->setPalette(palette);
    view->setFont(plotFont(size));
    view->resize(size);
    Frame shown = frame;
    if (kind.name == QLatin1String("weights")) // of which the update is a part
        shown.position = frame.ticks.endOfIteration(frame.position.iteration);
    view->setFrame(shown);
    return view;
}

/// One network above the other, each under its name.
void paintLanes(QPainter& painter, const QSize& size, const Kind& kind, const std::vector<PlotLane>& lanes,
                std::int64_t iteration)
{
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    const QSize each(size.width(), size.height() / static_cast<int>(lanes.size()));
    QFont font = plotFont(each);
    font.setWeight(QFont::DemiBold);
    const int head = 2 * font.pixelSize();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const QSize room(each.width(), each.height() - head);
        const std::unique_ptr<View> view = viewOf(kind, room, frameOf({lanes[i]}, iteration));
        painter.save();
        painter.translate(0, static_cast<double>(i) * each.height());
        painter.setFont(font);
        painter.setPen(lightPalette().text);
        painter.drawText(QRectF(8, 0, room.width() - 16, head), Qt::AlignLeft | Qt::AlignVCenter,
                         lanes[i].name);
        painter.translate(0, head);
        view->paintTo(painter, room);
        painter.restore();
    }
}

using AnalysisPainter = void (*)(QPainter&, const QSize&, const QFont&, const std::vector<AnalysedLane>&);

/// Of the plots that are computed from a trace; null for another kind.
AnalysisPainter analysisPainter(const QString& kind)
{
    if (kind == QLatin1String("itemised"))
        return paintItemised;
    if (kind == QLatin1String("jacobian"))
        return paintJacobian;
    return kind == QLatin1String("contribution") ? paintContribution : nullptr;
}

unrolled::Table summaryOf(const std::vector<PlotLane>& lanes, std::int64_t iteration)
{
    unrolled::Table table;
    for (const PlotLane& lane : lanes) {
        unrolled::Table one = unrolled::tableOf("summary", *lane.history, iteration);
        if (lanes.size() > 1)
            one = unrolled::withLane(one, lane.name.toStdString());
        if (table.columns.empty())
            table = one;
        else
            unrolled::append(table, one);
    }
    return table;
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

    QString error;
    bool done = false;
    const bool sized = !size.isEmpty();
    if (!sized)
        size = known->size;
    if (kind == QLatin1String("summary")) {
        const unrolled::Table table = summaryOf(lanes, iteration);
        const QString title = Export::tr("Layers and parameters");
        const QFont font = plotFont(size);
        if (!sized)
            size = tableSize(font, title, table);
        const auto paint = [&](QPainter& painter, const QSize& at) {
            paintTable(painter, at, font, title, table);
        };
        done = writePicture(paint, title, file, size, &error);
    } else if (const AnalysisPainter analysis = analysisPainter(kind)) {
        std::vector<AnalysedLane> analysed;
        analysed.reserve(lanes.size());
        for (const PlotLane& lane : lanes)
            analysed.push_back({lane.name, lane.history->trace(iteration)});
        done = writePicture(
            [&](QPainter& painter, const QSize& at) { analysis(painter, at, plotFont(at), analysed); }, kind,
            file, size, &error);
    } else if ((kind == QLatin1String("unrolled") || kind == QLatin1String("weights")) && lanes.size() > 1) {
        if (!sized)
            size.setHeight(size.height() * static_cast<int>(lanes.size()));
        done = writePicture(
            [&](QPainter& painter, const QSize& at) { paintLanes(painter, at, *known, lanes, iteration); },
            kind == QLatin1String("weights") ? Export::tr("Weights") : Export::tr("The unrolled networks"),
            file, size, &error);
    } else {
        const std::unique_ptr<View> view = viewOf(*known, size, frameOf(lanes, iteration));
        done = exportView(*view, file, size, &error);
    }
    if (!done)
        throw InputError(error.toStdString());
}

} // namespace ui
