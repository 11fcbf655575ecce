#include "ui/exports/drawing.h"

#include "core/files/tables.h"
#include "core/tasks/task.h"
#include "core/training/error.h"
#include "ui/exports/analysis_plot.h"
#include "ui/exports/export.h"
#include "ui/exports/gui_thread.h"
#include "ui/exports/singular_picture.h"
#include "ui/exports/summary_picture.h"
#include "ui/exports/view_picture.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/session/intervention_edit.h"
#include "ui/session/picked_loss.h"
#include "ui/views/cell_view.h"
#include "ui/views/comparison_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/ellipse_view.h"
#include "ui/views/film_extent.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"
#include "ui/views/hops_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/update_view.h"
#include "ui/views/weights_view.h"

#include <QPainter>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ui {

using unrolled::InputError;
using unrolled::IterationPart;
using unrolled::Phase;

namespace {

struct Kind
{
    QString name;
    QSize size;
    IterationPart needs; ///< the last part of an iteration that it shows the numbers of
    MakeView make;
    bool steps;            ///< shows which step is the current one
    bool oneLoss = false;  ///< can show one loss alone on its way back
    bool oneByOne = false; ///< shows one lane; several stand one above the other
    QSize least = {};      ///< of one of several that stand so, to be read
};

template<typename T>
std::unique_ptr<View> make()
{
    return std::make_unique<T>();
}

const std::vector<Kind>& kinds()
{
    using enum unrolled::IterationPart;
    static const std::vector<Kind> all{
        {QStringLiteral("decay"), {900, 500}, Backward, make<DecayView>, true, true},
        {QStringLiteral("hidden"), {900, 560}, Backward, make<HiddenView>, true},
        {QStringLiteral("gates"), {900, 700}, Backward, make<GatesView>, true},
        {QStringLiteral("weights"), {900, 620}, Update, make<WeightsView>, true, false, true, {420, 320}},
        {QStringLiteral("loss"), {900, 560}, Weights, make<CurveView>, false},
        {QStringLiteral("comparison"), {900, 420}, Backward, make<ComparisonView>, true, true},
        {QStringLiteral("itemised"), {900, 800}, Forward, nullptr, false},
        {QStringLiteral("jacobian"), {900, 500}, Forward, nullptr, false},
        {QStringLiteral("contribution"), {900, 500}, Forward, nullptr, false},
        {QStringLiteral("singular"), {900, 560}, Weights, nullptr, false, false, true, {360, 160}},
        {QStringLiteral("reach"), {900, 420}, Forward, make<ReachView>, false, true, true, {400, 220}},
        {QStringLiteral("hops"), {900, 520}, Forward, make<HopsView>, false, true, true, {360, 260}},
        {QStringLiteral("ellipse"), {900, 340}, Forward, make<EllipseView>, false, true, true, {480, 220}},
        {QStringLiteral("update"), {900, 420}, Update, make<UpdateView>, false, true, true, {400, 220}},
        {QStringLiteral("summary"), {900, 500}, Weights, nullptr, false},
        {QStringLiteral("unrolled"), {900, 600}, Backward, make<UnrolledView>, true, true, true, {400, 240}},
        {QStringLiteral("cell"), {640, 800}, Backward, make<CellView>, true, true, true, {360, 360}},
    };
    return all;
}

const Kind& kindOf(const QString& name)
{
    const auto known =
        std::find_if(kinds().begin(), kinds().end(), [&](const Kind& one) { return one.name == name; });
    if (known == kinds().end()) {
        const QStringList names(plotKinds().begin(), plotKinds().end());
        throw InputError({}, "plot", '"' + name.toStdString() + '"',
                         "one of " + names.join(QStringLiteral(", ")).toStdString());
    }
    return *known;
}

/// Whether the itemised table of a lane has a single row.
bool oneLoss(const PlotLane& lane)
{
    const unrolled::SequencePlan& plan = lane.history->task().plan();
    return std::count_if(plan.begin(), plan.end(), [](const auto& step) { return step.counted; }) == 1;
}

using MakeAnalysisPlot = AnalysisPlot (*)(const std::vector<AnalysedLane>&, const QString& changes,
                                          const ExportProgress&);

/// Of the plots that are computed from a trace; null for another kind.
MakeAnalysisPlot analysisPlot(const QString& kind)
{
    if (kind == QLatin1String("itemised"))
        return itemisedPlot;
    if (kind == QLatin1String("jacobian"))
        return jacobianPlot;
    return kind == QLatin1String("contribution") ? contributionPlot : nullptr;
}

/// In less room than that a picture is drawn smaller as a whole.
void paintSmaller(QPainter& painter, const QSize& size, const QSize& least, const PaintFunction& paint)
{
    const double scale =
        std::min({1.0, double(size.width()) / least.width(), double(size.height()) / least.height()});
    painter.save();
    painter.scale(scale, scale);
    paint(painter, (QSizeF(size) / scale).toSize());
    painter.restore();
}

bool hasGates(const PlotLane& lane)
{
    return unrolled::stackedGates(lane.history->experiment().model.cell.kind) > 1;
}

QString summaryTitle()
{
    return Export::tr("Layers and parameters");
}

/// The errors of an LSTM have two pictures, of h and of c.
bool hasCellErrors(const QString& kind, const PlotLane& lane)
{
    return kind == QLatin1String("ellipse") &&
           lane.history->experiment().model.cell.kind == unrolled::CellKind::Lstm;
}

/// How many stand one above the other.
int pictures(const QString& kind, const std::vector<PlotLane>& lanes)
{
    return static_cast<int>(lanes.size()) +
           static_cast<int>(std::count_if(lanes.begin(), lanes.end(),
                                          [&](const PlotLane& lane) { return hasCellErrors(kind, lane); }));
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

QSize leastSize(const QString& kind, int models)
{
    const Kind& known = kindOf(kind);
    return models > 1 && known.oneByOne ? QSize(known.least.width(), known.least.height() * models)
                                        : QSize(1, 1);
}

IterationPart lastPartShown(const QString& kind)
{
    return kindOf(kind).needs;
}

bool followsSteps(const QString& kind)
{
    return kindOf(kind).steps;
}

bool hasAxes(const QString& kind)
{
    return kind != QLatin1String("unrolled") && kind != QLatin1String("cell");
}

bool keepsNumbers(const QString& kind)
{
    return analysisPlot(kind) != nullptr;
}

bool showsOneLoss(const QString& kind)
{
    return kindOf(kind).oneLoss;
}

QFont plotFont(const QSize& size)
{
    QFont font;
    const double scale = std::min(size.width() / 900.0, size.height() / 500.0);
    font.setPixelSize(std::clamp(
        static_cast<int>(std::lround(usualText * std::sqrt(scale) * std::min(1.0, std::sqrt(scale)))), 9,
        60));
    return font;
}

double paintHead(QPainter& painter, const QRectF& room, const QString& title, const QString& changes,
                 FilmExtent* film)
{
    painter.save();
    const double line = QFontMetricsF(painter.font()).height();
    QFont small = painter.font();
    small.setPixelSize(std::max(8, small.pixelSize() * 9 / 10));
    QFont bold = painter.font();
    bold.setBold(true);
    if (const double wanted = mathSize(bold, title).width(); wanted > room.width())
        bold.setPixelSize(std::max(1, static_cast<int>(bold.pixelSize() * room.width() / wanted)));
    painter.setFont(bold);
    painter.setPen(lightPalette().text);
    drawMath(painter, QRectF(room.left(), room.top(), room.width(), 1.7 * line),
             Qt::AlignLeft | Qt::AlignVCenter, title);
    double height = 1.8 * line;
    if (!changes.isEmpty()) {
        painter.setFont(small);
        painter.setPen(lightPalette().muted);
        const QRectF below(room.left(), room.top() + 1.6 * line, room.width(), room.height());
        QRectF taken;
        painter.drawText(below, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, changes, &taken);
        height = taken.bottom() - room.top() + 0.4 * line;
    }
    painter.restore();
    return film ? film->grow("head", height) : height;
}

QString changesOf(const PlotLane& lane, std::int64_t iteration)
{
    const unrolled::Experiment& experiment = lane.history->experiment();
    return changesSoFar(experiment.interventions, experiment.model.cell.kind, iteration);
}

Frame frameOf(const std::vector<PlotLane>& lanes, const PlotMoment& moment)
{
    Frame frame;
    for (const PlotLane& from : lanes) {
        Lane lane;
        lane.name = from.name;
        lane.trace = from.history->trace(moment.iteration, from.sequence);
        lane.first = from.history->trace(0, from.sequence);
        const std::int64_t last = std::max(moment.iteration, moment.last);
        auto curve = std::make_shared<unrolled::Curve>(from.history->curve());
        curve->truncate(last);
        lane.curve = curve;
        lane.frontier = std::min(last, from.history->frontier());
        lane.interventions = std::make_shared<const std::vector<unrolled::Intervention>>(
            from.history->experiment().interventions);
        // A picture of the run so far has no room for what is still planned: `planned` stays 0.
        frame.lanes.push_back(lane);
    }
    frame.ticks = lanes.front().history->ticks();
    if (const unrolled::TracePtr& shown = frame.lane().trace; shown && shown->steps() != frame.ticks.steps())
        frame.ticks =
            unrolled::TickLayout(shown->cell, static_cast<int>(shown->layers.size()), shown->steps(),
                                 shown->lossKind == unrolled::LossKind::CrossEntropy);
    // After a divergence the history answers with the last iteration there is.
    const std::int64_t iteration = frame.lane().trace ? frame.trace().iteration : moment.iteration;
    if (moment.tick < 0) {
        frame.position = {iteration, frame.ticks.tickOf(Phase::Update), 0};
    } else {
        const int tick = std::min(moment.tick, frame.ticks.ticks() - 1);
        frame.position = frame.ticks.endOfTick(iteration, tick);
        if (moment.part >= 0)
            frame.position.part = std::min(moment.part, frame.position.part);
    }
    return PickedLoss::picked(frame, moment.loss);
}

bool reach(const std::vector<PlotLane>& lanes, std::int64_t iteration, const ExportProgress& progress)
{
    double done = 0;
    return std::all_of(lanes.begin(), lanes.end(), [&](const PlotLane& lane) {
        const auto goesOn = [&](double share) {
            return !progress || progress((done + share) / static_cast<double>(lanes.size()));
        };
        const bool there = lane.history->trace(iteration, lane.sequence, goesOn) != nullptr;
        ++done;
        return there;
    });
}

QSize sizeThatSuits(const QString& kind, const std::vector<PlotLane>& lanes, const PlotMoment& moment)
{
    const Kind& known = kindOf(kind);
    const auto number = static_cast<int>(lanes.size());
    QSize size = known.size;
    if (kind == QLatin1String("summary"))
        return tableSize(plotFont(size), summaryTitle(), summaryOf(lanes, moment.iteration));
    if (kind == QLatin1String("itemised") && std::all_of(lanes.begin(), lanes.end(), oneLoss))
        size.setHeight(std::max(400, 60 + 240 * number));
    if (kind == QLatin1String("comparison"))
        size.setHeight(std::min(size.height(), 150 + 90 * number));
    // A cell at rest has no operation in numbers, which needs the height.
    if (kind == QLatin1String("cell") && moment.tick < 0)
        size.setHeight(std::any_of(lanes.begin(), lanes.end(), hasGates) ? 590 : 490);
    if (known.make && known.oneByOne)
        size.setHeight(size.height() * pictures(kind, lanes));
    return size;
}

Drawing drawingOf(const QString& kind, const std::vector<PlotLane>& lanes, const PlotMoment& moment,
                  QSize size, const ExportProgress& progress)
{
    const Kind& known = kindOf(kind);
    const QFont font = plotFont(size.isEmpty() ? known.size : size);
    if (size.isEmpty())
        size = sizeThatSuits(kind, lanes, moment);
    if (kind == QLatin1String("summary")) {
        const QString title = summaryTitle();
        const unrolled::Table table = summaryOf(lanes, moment.iteration);
        return {title, size,
                [=](QPainter& painter, const QSize& at) { paintTable(painter, at, font, title, table); }};
    }
    if (kind == QLatin1String("singular")) {
        const Drawing whole = singularDrawing(lanes, moment, size, progress);
        return {whole.title, whole.size, [paint = whole.paint](QPainter& painter, const QSize& at) {
                    paintSmaller(painter, at, {360, 240}, paint);
                }};
    }
    if (const MakeAnalysisPlot analysis = analysisPlot(kind)) {
        std::vector<AnalysedLane> analysed;
        analysed.reserve(lanes.size());
        for (const PlotLane& lane : lanes)
            analysed.push_back({lane.name, lane.history->trace(moment.iteration, lane.sequence)});
        const QString changes = changesOf(lanes.front(), moment.iteration);
        const AnalysisPlot plot = analysis(analysed, changes, progress);
        return {kind, size, [plot, film = moment.film](QPainter& painter, const QSize& at) {
                    paintSmaller(painter, at, plot.least, [&](QPainter& own, const QSize& room) {
                        plot.paint(own, room, plotFont(room), film.get());
                    });
                }};
    }
    PlotMoment shown = moment;
    if (kind == QLatin1String("cell") && moment.tick < 0)
        shown.tick = frameOf({lanes.front()}, moment).ticks.tickOf(Phase::Loss); // the last step's values
    if (kind == QLatin1String("weights") && moment.tick < 0)
        shown.tick = frameOf({lanes.front()}, moment).ticks.ticks() - 1; // the update is a part of it
    // These two have no title of their own; an animation tells the iteration in its line of words.
    const bool bare = !hasAxes(kind);
    const bool still = moment.tick < 0 && moment.last == 0;
    const bool changed = std::any_of(lanes.begin(), lanes.end(), [](const PlotLane& lane) {
        return !lane.history->experiment().interventions.empty();
    });
    if ((pictures(kind, lanes) > 1 && known.oneByOne) || (bare && (still || changed))) {
        const QSize all = sizeThatSuits(kind, lanes, moment);
        const QSize each(all.width(), all.height() / pictures(kind, lanes));
        std::vector<NamedView> views;
        views.reserve(static_cast<std::size_t>(pictures(kind, lanes)));
        for (const PlotLane& lane : lanes) {
            const Frame frame = frameOf({lane}, shown);
            const bool both = hasCellErrors(kind, lane);
            views.push_back({bare && still
                                 ? Export::tr("%1, iteration %2").arg(lane.name, count(moment.iteration))
                             : both ? Export::tr("%1, errors of h").arg(lane.name)
                                    : lane.name,
                             bare ? changesOf(lane, moment.iteration) : QString(),
                             viewOf(known.make, size, frame, moment.film, progress)});
            if (!both)
                continue;
            views.push_back({Export::tr("%1, errors of c").arg(lane.name), QString(),
                             viewOf(known.make, size, frame, moment.film, progress)});
            inGuiThread([&] { qobject_cast<EllipseView*>(views.back().view.get())->showErrorsOfCell(true); });
        }
        return {views.front().view->title(), size,
                [views, each](QPainter& painter, const QSize& at) { paintLanes(painter, at, views, each); }};
    }
    const std::shared_ptr<View> view = viewOf(known.make, size, frameOf(lanes, shown), moment.film, progress);
    return {view->title(), size,
            [view](QPainter& painter, const QSize& at) { paintView(view, painter, at); }};
}

} // namespace ui
