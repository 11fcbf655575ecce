#include "ui/views/comparison_view.h"

#include "ui/paint/loss_name.h"
#include "ui/paint/magnitude_legend.h"
#include "ui/paint/number_format.h"
#include "ui/views/lane_facts.h"
#include "ui/views/plot_pane.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

using unrolled::Phase;

namespace {

constexpr double tallestLane = 10; // in lines of text

} // namespace

QRectF ComparisonView::Layout::row(int lane) const
{
    return {rows.left(), rows.top() + lane * rowHeight, rows.width(), rowHeight};
}

QRectF ComparisonView::Layout::strip(int lane) const
{
    const QRectF whole = row(lane);
    const double height = std::min(whole.height() - 8, tallestStrip);
    return {time.left, whole.center().y() - height / 2, time.width, height};
}

ComparisonView::ComparisonView(QWidget* parent) : PaneView(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(ComparisonView::title());
}

int ComparisonView::layerOf(const Lane& lane) const
{
    return std::min(frame().pickedLayer, static_cast<int>(lane.trace->layers.size()) - 1);
}

std::vector<double> ComparisonView::logsOf(const unrolled::TracePtr& trace) const
{
    std::vector<double> logs;
    if (!trace)
        return logs;
    const auto hidden = static_cast<std::size_t>(unrolled::channelIndex(trace->cell, "h"));
    const int shown = std::min(frame().pickedLayer, static_cast<int>(trace->layers.size()) - 1);
    const auto& gradient = trace->layers[static_cast<std::size_t>(shown)].channels[hidden].gradient;
    logs.reserve(static_cast<std::size_t>(gradient.cols()));
    for (Eigen::Index t = 0; t < gradient.cols(); ++t)
        logs.push_back(std::log10(unrolled::scaledNorm(gradient.col(t))));
    return logs;
}

void ComparisonView::frameChanged()
{
    m_norms.resize(frame().lanes.size());
    const auto same = [](double a, double b) {
        constexpr double visible = 0.01; // decades
        return a == b || std::abs(a - b) < visible || (std::isnan(a) && std::isnan(b));
    };
    for (std::size_t lane = 0; lane < m_norms.size(); ++lane) {
        Norms& norms = m_norms[lane];
        const unrolled::TracePtr& trace = frame().lanes[lane].trace;
        const unrolled::TracePtr ghost = ghostTrace(frame(), lane);
        if (norms.of == trace && norms.ghost == ghost && norms.layer == frame().pickedLayer)
            continue;
        norms = {trace, ghost, frame().pickedLayer, logsOf(trace), logsOf(ghost)};
        if (std::equal(norms.without.begin(), norms.without.end(), norms.logs.begin(), norms.logs.end(),
                       same))
            norms.without.clear();
    }
    PaneView::frameChanged();
}

double ComparisonView::logAt(std::size_t lane, int t) const
{
    const std::vector<double>& logs = m_norms.at(lane).logs;
    return t <= static_cast<int>(logs.size()) ? logs[static_cast<std::size_t>(t - 1)] : -HUGE_VAL;
}

bool ComparisonView::haunted() const
{
    return std::any_of(m_norms.begin(), m_norms.end(),
                       [](const Norms& norms) { return !norms.without.empty(); });
}

ComparisonView::Layout ComparisonView::layoutIn(const QRectF& body) const
{
    Layout layout;
    const QFontMetricsF metrics(smallFont());
    const double text = QFontInfo(font()).pixelSize();
    const int lanes = static_cast<int>(frame().lanes.size());
    double names = 0;
    QFont bold = textFont();
    bold.setWeight(QFont::DemiBold);
    for (const Lane& lane : frame().lanes)
        names = std::max(names, QFontMetricsF(bold).horizontalAdvance(lane.name));
    const double named = names + 3.2 * text + 4;
    const double left = body.left() + std::min(named, 0.3 * body.width());
    layout.named = named <= 0.3 * body.width();

    const Column all[] = {{tr("units"), textOfUnits},
                          {tr("parameters"), textOfParameters},
                          {tr("multiply–adds a step"), textOfProducts},
                          {tr("time an update"), textOfTime},
                          {tr("loss"), textOfLoss},
                          {tr("right"), textOfAccuracy},
                          {tr("right since iteration"), textOfSolved}};
    // Those at the end stay longest, and the units where they tell the models apart.
    std::vector<std::size_t> order(std::size(all));
    std::iota(order.rbegin(), order.rend(), std::size_t(0));
    const auto& models = frame().lanes;
    if (std::any_of(models.begin(), models.end(), [&](const Lane& lane) {
            return lane.trace && models.front().trace && textOfUnits(lane) != textOfUnits(models.front());
        }))
        std::rotate(order.begin(), order.end() - 1, order.end());
    const double gap = 1.4 * text;
    double room = body.right() - text - left - std::max(160.0, 0.3 * body.width()); // the steps come first
    std::vector<Column> kept(std::size(all));
    for (const std::size_t i : order) {
        Column one = all[i];
        // Long titles take two lines.
        const QStringList words = one.title.split(QLatin1Char(' '));
        for (const QString& word : words)
            one.width = std::max(one.width, metrics.horizontalAdvance(word));
        if (words.size() > 2)
            one.width =
                std::max(one.width, metrics.horizontalAdvance(words.mid(0, 2).join(QLatin1Char(' '))));
        bool known = one.text != textOfTime; // pictures from the command line take no time
        for (const Lane& lane : frame().lanes) {
            one.width = std::max(one.width, metrics.horizontalAdvance(one.text(lane)));
            known = known || lane.secondsPerUpdate > 0;
        }
        if (!known || one.width + gap > room)
            continue;
        room -= one.width + gap;
        kept[i] = one;
    }
    std::erase_if(kept, [](const Column& column) { return column.title.isEmpty(); });
    double right = body.right() - text;
    for (auto column = kept.rbegin(); column != kept.rend(); ++column) {
        column->right = right;
        right -= column->width + gap;
    }
    layout.columns = std::move(kept);
    layout.time = {left, std::max(1.0, right - left), std::max(1, frame().trace().steps())};
    const double top = body.top() + 2 * metrics.height() + 6;
    const double bottom = body.bottom() - metrics.height() - 6;
    const double tallest = lanes > 1 ? tallestLane * text : bottom - top; // one alone has all the room
    layout.rowHeight = std::clamp((bottom - top) / std::max(1, lanes), 18.0, std::max(18.0, tallest));
    layout.tallestStrip = lanes > 1 ? 4 * QFontInfo(textFont()).pixelSize() : tallest;
    layout.rows = QRectF(body.left(), top, body.width(), layout.rowHeight * lanes);
    return layout;
}

bool ComparisonView::holdsAll(double width) const
{
    if (frame().empty())
        return true;
    const Layout layout = layoutIn({0, 0, width, 1});
    return layout.named && layout.columns.size() == layoutIn({0, 0, 1e6, 1}).columns.size();
}

bool ComparisonView::broken() const
{
    return std::any_of(m_norms.begin(), m_norms.end(), [](const Norms& norms) {
        return std::any_of(norms.logs.begin(), norms.logs.end(), [](double log) { return std::isnan(log); });
    });
}

double ComparisonView::paintLegend(QPainter* painter, const QRectF& line) const
{
    return drawMagnitudeLegend(painter, line, smallFont(), colors(),
                               QStringLiteral("‖∂%1/∂h_t‖").arg(lossSymbol(frame())), broken());
}

QString ComparisonView::remark() const
{
    if (frame().empty())
        return {};
    QStringList words{gradientWords(frame().pickedLoss)};
    if (frame().trace().layers.size() > 1)
        words << tr("layer %1").arg(layerOf(frame().lane()) + 1);
    if (haunted())
        words << tr("lower stripe: without the changes");
    return words.join(QStringLiteral(" · "));
}

QString ComparisonView::hint() const
{
    if (frame().empty())
        return {};
    if (frame().lanes.size() < 2)
        return tr("Compare ▸ RNN, GRU and LSTM (Ctrl+L) puts other models beside this one");
    if (frame().phase() == unrolled::Phase::Forward || frame().phase() == unrolled::Phase::Loss)
        return tr("pale: they come in on the way back, →");
    return {};
}

ComparisonView::Place ComparisonView::placeAt(const QPointF& pixel) const
{
    if (frame().empty())
        return {};
    const Layout layout = layoutIn(body());
    if (!layout.rows.contains(pixel))
        return {};
    const int lane = std::min(static_cast<int>((pixel.y() - layout.rows.top()) / layout.rowHeight),
                              static_cast<int>(frame().lanes.size()) - 1);
    const QRectF strip = layout.strip(lane);
    const bool inside = pixel.y() >= strip.top() && pixel.y() < strip.bottom();
    return {lane, inside ? layout.time.timeAt(pixel.x()) : 0};
}

QRectF ComparisonView::cell(int lane, int t) const
{
    if (frame().empty())
        return {};
    const Layout layout = layoutIn(body());
    const QRectF strip = layout.strip(lane);
    return {QPointF(layout.time.edge(t), strip.top()), QPointF(layout.time.edge(t + 1), strip.bottom())};
}

QString ComparisonView::textAt(const QPointF& pixel) const
{
    const Place place = placeAt(pixel);
    if (place.lane < 0)
        return {};
    const Lane& lane = frame().lanes[static_cast<std::size_t>(place.lane)];
    if (!lane.trace || !hasCaughtUp(frame(), lane))
        return {};
    if (place.t == 0) {
        const Layout layout = layoutIn(body());
        QStringList lines{lane.name};
        for (const Column& column : layout.columns)
            lines << QStringLiteral("%1: %2").arg(column.title, column.text(lane));
        lines << tr("(right: %1 sequences in a row; so far: not yet as many)")
                     .arg(count(unrolled::Solved::sequencesInARow));
        if (const auto ghost = ghostTrace(frame(), static_cast<std::size_t>(place.lane)))
            lines << tr("without the changes: loss %1, right %2 %")
                         .arg(lossNumber(ghost->loss))
                         .arg(std::lround(100 * ghost->accuracy));
        if (frame().lanes.size() > 1 && static_cast<std::size_t>(place.lane) != frame().front)
            lines << tr("click to show this model in the other views");
        return lines.join(QLatin1Char('\n'));
    }
    const QString name = QStringLiteral("‖∂%1/∂h%2‖").arg(lossName(frame()), subscript(place.t));
    if (!hiddenGradientComputed(frame(), place.t, layerOf(frame().lane())))
        return tr("%1: %2 is not computed yet").arg(lane.name, name);
    const auto at = static_cast<std::size_t>(place.lane);
    QString words = tr("%1: %2 = %3").arg(lane.name, name, normOfLog(logAt(at, place.t)));
    if (const QString stop = textOfStop(*lane.trace, layerOf(lane), place.t); !stop.isEmpty())
        words += QLatin1Char('\n') + stop;
    const std::vector<double>& without = m_norms.at(at).without;
    if (place.t > static_cast<int>(without.size()))
        return words;
    return words + QLatin1Char('\n') +
           tr("without the changes: %1").arg(normOfLog(without[static_cast<std::size_t>(place.t - 1)]));
}

std::vector<unrolled::Intervention> ComparisonView::changesAt(const QPoint& place) const
{
    const Place at = placeAt(place);
    if (at.lane < 0 || !frame().lanes[static_cast<std::size_t>(at.lane)].trace)
        return {};
    const Lane& lane = frame().lanes[static_cast<std::size_t>(at.lane)];
    if (at.t > 0)
        return changesOfStep(*lane.trace, layerOf(lane), at.t);
    return {
        radiusOf(*lane.trace, lane.trace->parameter(unrolled::ParameterRole::RecurrentWeight, layerOf(lane))),
        settingOf("training.learning_rate"), settingOf("training.clip_norm")};
}

std::vector<unrolled::Intervention> ComparisonView::changesAtCursor() const
{
    if (frame().empty())
        return {};
    const int t = frame().time() > 0 ? frame().time() : frame().ticks.steps();
    return changesOfStep(frame().trace(), layerOf(frame().lane()), t);
}

bool ComparisonView::ownsKey(const QKeyEvent& key) const
{
    return movesCursor(key, Qt::Horizontal | Qt::Vertical);
}

void ComparisonView::mousePressEvent(QMouseEvent* event)
{
    const Place place = placeAt(event->position());
    if (event->button() != Qt::LeftButton || place.lane < 0)
        return PaneView::mousePressEvent(event);
    if (place.t > 0)
        requestStep(Phase::Backward, place.t);
    else
        emit lanePicked(place.lane);
}

void ComparisonView::mouseMoveEvent(QMouseEvent* event)
{
    const Place place = placeAt(event->position());
    setCursor(place.lane >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    showWords(event->globalPosition().toPoint(), textAt(event->position()));
    if (event->buttons().testFlag(Qt::LeftButton) && place.t > 0)
        requestStep(Phase::Backward, place.t);
}

void ComparisonView::keyPressEvent(QKeyEvent* event)
{
    if (frame().empty() || !ownsKey(*event))
        return PaneView::keyPressEvent(event);
    const int now = frame().time();
    const int lane = static_cast<int>(frame().front);
    const int last = static_cast<int>(frame().lanes.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Up:
        emit lanePicked(std::max(0, lane - 1));
        break;
    case Qt::Key_Down:
        emit lanePicked(std::min(last, lane + 1));
        break;
    case Qt::Key_Left:
        requestStep(Phase::Backward, now > 0 ? now - 1 : frame().ticks.steps());
        break;
    default:
        requestStep(Phase::Backward, now > 0 ? now + 1 : 1);
        break;
    }
}

QString ComparisonView::describe() const
{
    if (frame().empty())
        return tr("%1: nothing computed yet.").arg(title());
    QStringList lines;
    for (std::size_t at = 0; at < frame().lanes.size(); ++at) {
        const Lane& lane = frame().lanes[at];
        if (!lane.trace)
            continue;
        lines << tr("%1: %2 parameters, %3 multiply–adds a time step, loss %4, gradient %5 at step %6 and %7 "
                    "at step 1.")
                     .arg(lane.name, textOfParameters(lane), textOfProducts(lane), textOfLoss(lane),
                          normOfLog(logAt(at, lane.trace->steps())))
                     .arg(lane.trace->steps())
                     .arg(normOfLog(logAt(at, 1)));
    }
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
