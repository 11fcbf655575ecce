#include "ui/exports/drawing.h"

#include "core/files/tables.h"
#include "core/gradients/analyses.h"
#include "core/training/error.h"
#include "ui/exports/analysis_plot.h"
#include "ui/exports/export.h"
#include "ui/exports/singular_picture.h"
#include "ui/exports/summary_picture.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/session/picked_loss.h"
#include "ui/views/cell_view.h"
#include "ui/views/comparison_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/ellipse_view.h"
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
    std::unique_ptr<View> (*make)();
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
        {QStringLiteral("comparison"), {1100, 360}, Backward, make<ComparisonView>, true, true},
        {QStringLiteral("itemised"), {900, 800}, Forward, nullptr, false},
        {QStringLiteral("jacobian"), {900, 500}, Forward, nullptr, false},
        {QStringLiteral("contribution"), {900, 500}, Forward, nullptr, false},
        {QStringLiteral("singular"), {900, 560}, Weights, nullptr, false, false, true, {360, 160}},
        {QStringLiteral("reach"), {900, 420}, Forward, make<ReachView>, false, true, true, {400, 220}},
        {QStringLiteral("hops"), {900, 520}, Forward, make<HopsView>, false, true, true, {360, 260}},
        {QStringLiteral("ellipse"), {1000, 300}, Forward, make<EllipseView>, false, true, true, {480, 220}},
        {QStringLiteral("update"), {900, 420}, Update, make<UpdateView>, false, false, true, {400, 220}},
        {QStringLiteral("summary"), {900, 500}, Weights, nullptr, false},
        {QStringLiteral("unrolled"), {1280, 600}, Backward, make<UnrolledView>, true, true, true, {400, 240}},
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

/// Figures of one iteration share what is found out of its gradients while one of them is there.
std::shared_ptr<const unrolled::TraceAnalysis> analysisOf(const unrolled::TracePtr& trace)
{
    static thread_local std::vector<std::weak_ptr<const unrolled::TraceAnalysis>> recent;
    std::erase_if(recent, [](const auto& one) { return one.expired(); });
    for (const auto& one : recent) {
        if (const auto known = one.lock(); known && known->trace == trace)
            return known;
    }
    const auto made = unrolled::analyse(trace);
    recent.push_back(made);
    return made;
}

/// Whether the itemised table of a lane has a single row.
bool oneLoss(const AnalysedLane& lane)
{
    const unrolled::SequencePlan& plan = lane.trace->plan;
    return std::count_if(plan.begin(), plan.end(), [](const auto& step) { return step.counted; }) == 1;
}

/// With what its views want to know of the gradients; the top layer is looked at.
Frame analysed(Frame frame, const unrolled::Wanted& wanted)
{
    for (Lane& lane : frame.lanes) {
        if (lane.trace && wanted.analyses)
            lane.analyses = unrolled::analyse(analysisOf(lane.trace), frame.pickedLoss, wanted);
    }
    if (!frame.empty() && wanted.analyses)
        frame.pickedLayer = static_cast<int>(frame.trace().layers.size()) - 1;
    return frame;
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
    const Frame shown = analysed(frame, view->wanted());
    view->setFrame(view->showsPickedLoss() ? PickedLoss::aloneNow(shown) : shown);
    return view;
}

using NamedView = std::pair<QString, std::shared_ptr<View>>;

/// One network, or cell, above the other, each under its name.
void paintLanes(QPainter& painter, const QSize& size, const std::vector<NamedView>& lanes)
{
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    const QSize each(size.width(), size.height() / static_cast<int>(lanes.size()));
    QFont font = plotFont(each);
    font.setWeight(QFont::DemiBold);
    const int head = 2 * font.pixelSize();
    const QSize room(each.width(), each.height() - head);
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        painter.save();
        painter.translate(0, static_cast<double>(i) * each.height());
        painter.setFont(font);
        painter.setPen(lightPalette().text);
        painter.drawText(QRectF(8, 0, room.width() - 16, head),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, lanes[i].first);
        painter.translate(0, head);
        lanes[i].second->setFont(plotFont(room));
        lanes[i].second->resize(room);
        lanes[i].second->paintTo(painter, room);
        painter.restore();
    }
}

using AnalysisPlot = AnalysisPaint (*)(const std::vector<AnalysedLane>&, const unrolled::GoOn&);

/// Of the plots that are computed from a trace; null for another kind.
AnalysisPlot analysisPlot(const QString& kind)
{
    if (kind == QLatin1String("itemised"))
        return itemisedPlot;
    if (kind == QLatin1String("jacobian"))
        return jacobianPlot;
    return kind == QLatin1String("contribution") ? contributionPlot : nullptr;
}

bool hasGates(const PlotLane& lane)
{
    return unrolled::stackedGates(lane.history->experiment().model.cell.kind) > 1;
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

bool showsOneLoss(const QString& kind)
{
    return kindOf(kind).oneLoss;
}

QFont plotFont(const QSize& size)
{
    QFont font;
    const double scale = std::min(size.width() / 900.0, size.height() / 500.0);
    font.setPixelSize(std::clamp(
        static_cast<int>(std::lround(18 * std::sqrt(scale) * std::min(1.0, std::sqrt(scale)))), 9, 60));
    return font;
}

void drawTitle(QPainter& painter, const QRectF& place, const QString& title)
{
    painter.save();
    QFont bold = painter.font();
    bold.setBold(true);
    if (const double wanted = mathSize(bold, title).width(); wanted > place.width())
        bold.setPixelSize(std::max(1, static_cast<int>(bold.pixelSize() * place.width() / wanted)));
    painter.setFont(bold);
    drawMath(painter, place, Qt::AlignLeft | Qt::AlignVCenter, title);
    painter.restore();
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

bool reach(const std::vector<PlotLane>& lanes, std::int64_t iteration, const std::function<bool()>& goesOn)
{
    return std::all_of(lanes.begin(), lanes.end(), [&](const PlotLane& lane) {
        return lane.history->trace(iteration, lane.sequence, [&](double) { return goesOn(); }) != nullptr;
    });
}

Drawing drawingOf(const QString& kind, const std::vector<PlotLane>& lanes, const PlotMoment& moment,
                  QSize size)
{
    const Kind& known = kindOf(kind);
    const bool sized = !size.isEmpty();
    if (!sized)
        size = known.size;
    // A cell at rest has no operation in numbers, which needs the height.
    const bool cellAtRest = kind == QLatin1String("cell") && moment.tick < 0;
    if (!sized && cellAtRest)
        size.setHeight(std::any_of(lanes.begin(), lanes.end(), hasGates) ? 590 : 490);
    if (kind == QLatin1String("summary")) {
        const QString title = Export::tr("Layers and parameters");
        const QFont font = plotFont(size);
        const unrolled::Table table = summaryOf(lanes, moment.iteration);
        return {title, sized ? size : tableSize(font, title, table),
                [=](QPainter& painter, const QSize& at) { paintTable(painter, at, font, title, table); }};
    }
    if (kind == QLatin1String("singular"))
        return singularDrawing(lanes, moment, size);
    if (const AnalysisPlot analysis = analysisPlot(kind)) {
        std::vector<AnalysedLane> analysed;
        analysed.reserve(lanes.size());
        for (const PlotLane& lane : lanes)
            analysed.push_back({lane.name, lane.history->trace(moment.iteration, lane.sequence)});
        const auto rows = static_cast<int>(analysed.size());
        if (!sized && kind == QLatin1String("itemised") &&
            std::all_of(analysed.begin(), analysed.end(), oneLoss))
            size.setHeight(std::max(400, 60 + 240 * rows));
        const auto plot = std::make_shared<AnalysisPaint>();
        const auto prepare = [=](const unrolled::GoOn& goOn) {
            if (!*plot)
                *plot = analysis(analysed, goOn);
        };
        return {kind, size,
                [=](QPainter& painter, const QSize& at) {
                    prepare({});
                    (*plot)(painter, at, plotFont(at));
                },
                prepare};
    }
    PlotMoment shown = moment;
    if (cellAtRest)
        shown.tick = frameOf({lanes.front()}, moment).ticks.tickOf(Phase::Loss); // the last step's values
    if (kind == QLatin1String("weights") && moment.tick < 0)
        shown.tick = frameOf({lanes.front()}, moment).ticks.ticks() - 1; // the update is a part of it
    const auto frame = [&](const std::vector<PlotLane>& of) { return frameOf(of, shown); };
    // These two have no title of their own; an animation tells the iteration in its line of words.
    const bool still = moment.tick < 0 && moment.last == 0;
    const bool told = still && (kind == QLatin1String("cell") || kind == QLatin1String("unrolled"));
    if ((lanes.size() > 1 && known.oneByOne) || told) {
        std::vector<NamedView> views;
        views.reserve(lanes.size());
        for (const PlotLane& lane : lanes)
            views.emplace_back(told ? Export::tr("%1, iteration %2").arg(lane.name, count(moment.iteration))
                                    : lane.name,
                               viewOf(known, size, frame({lane})));
        if (!sized)
            size.setHeight(size.height() * static_cast<int>(lanes.size()));
        return {views.front().second->title(), size,
                [views](QPainter& painter, const QSize& at) { paintLanes(painter, at, views); }};
    }
    const std::shared_ptr<View> view = viewOf(known, size, frame(lanes));
    return {view->title(), size, [view](QPainter& painter, const QSize& at) { view->paintTo(painter, at); }};
}

} // namespace ui
