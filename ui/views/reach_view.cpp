#include "ui/views/reach_view.h"

#include "core/gradients/analyses.h"
#include "core/gradients/decay_fit.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/time_axis.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QMouseEvent>
#include <QToolTip>
#include <qcustomplot.h>

#include "ui/views/decay_trail.h"
#include "ui/views/plot_tickers.h"

#include <cmath>
#include <limits>

namespace ui {

using unrolled::GradientPath;
using unrolled::Phase;
using unrolled::ScaledNumber;

namespace {

constexpr double reachLowest = floorExponent - 1.7; // as the decay plot
constexpr double reachHighest = ceilingExponent + 0.9;

/// What a logarithmic axis can place of a number that may leave double's range.
double placeable(const ScaledNumber& number)
{
    if (number.mantissa == 0 || !std::isfinite(number.mantissa))
        return number.mantissa;
    return std::pow(10.0, std::clamp(number.log10(), -300.0, 300.0));
}

std::vector<double> placeableOf(const std::vector<ScaledNumber>& numbers)
{
    std::vector<double> result;
    result.reserve(numbers.size());
    for (const ScaledNumber& number : numbers)
        result.push_back(placeable(number));
    return result;
}

} // namespace

struct ReachView::Parts
{
    QCPAxisRect* rect = nullptr;
    QCPAxis* x = nullptr;
    QCPAxis* y = nullptr;
    QSharedPointer<IntegerTicker> steps{new IntegerTicker(1)};
    QSharedPointer<DecadeTicker> decades{
        new DecadeTicker(std::pow(10.0, floorExponent), std::pow(10.0, ceilingExponent))};
    QCPItemLine* floor = nullptr;
    QCPItemLine* now = nullptr;
    std::vector<DecayTrail> trails;
};

ReachView::ReachView(QWidget* parent) : PlotPane(parent), m_parts(std::make_unique<Parts>())
{
    setAccessibleName(ReachView::title());
    Parts& parts = *m_parts;
    parts.rect = new QCPAxisRect(plot());
    plot()->plotLayout()->addElement(0, 0, parts.rect);
    parts.rect->setupFullAxesBox(true);
    parts.x = parts.rect->axis(QCPAxis::atBottom);
    parts.y = parts.rect->axis(QCPAxis::atLeft);
    parts.y->setScaleType(QCPAxis::stLogarithmic);
    parts.y->setTicker(parts.decades);
    parts.x->setTicker(parts.steps);
    parts.floor = new QCPItemLine(plot());
    parts.now = new QCPItemLine(plot());
    parts.now->setLayer(liveLayer());
    for (QCPItemLine* line : {parts.floor, parts.now}) {
        line->start->setAxes(parts.x, parts.y);
        line->end->setAxes(parts.x, parts.y);
        line->setClipToAxisRect(true);
        line->setClipAxisRect(parts.rect);
    }
    for (QCPAxis* axis : {parts.y, parts.rect->axis(QCPAxis::atRight)})
        axis->setRange(std::pow(10.0, reachLowest), std::pow(10.0, reachHighest));
    restyle();
}

ReachView::~ReachView() = default;

QString ReachView::title() const
{
    return tr("What arrives, and what could");
}

QString ReachView::shortTitle() const
{
    return tr("What arrives");
}

void ReachView::restyle()
{
    styleRect(m_parts->rect);
    m_parts->rect->setAutoMargins(QCP::msNone);
    m_parts->floor->setPen(QPen(colors().muted, 1, Qt::DashLine));
    m_drawn.reset();
    refresh();
}

int ReachView::start() const
{
    const unrolled::Analyses* analyses = m_analyses;
    return analyses ? analyses->paths.at(static_cast<std::size_t>(frame().pickedLayer)).start : 0;
}

std::vector<ReachView::Series> ReachView::series() const
{
    std::vector<Series> result;
    const unrolled::Analyses* analyses = m_analyses;
    if (!analyses)
        return result;
    const auto layer = static_cast<std::size_t>(frame().pickedLayer);
    const GradientPath& path = analyses->paths.at(layer);
    const unrolled::HopNorms& norms = analyses->of->norms.at(layer);
    const Palette& palette = colors();
    const QString loss =
        analyses->loss > 0 ? QStringLiteral("∂L_{%1}").arg(analyses->loss) : QStringLiteral("∂L");
    const auto add = [&](const QString& math, const QColor& color, Qt::PenStyle style, double width,
                         LegendEntry::Marker marker, bool hollow, std::vector<ScaledNumber> numbers) {
        result.push_back({{math, color, style, width, marker, hollow}, std::move(numbers)});
    };
    std::vector<ScaledNumber> hidden;
    std::vector<ScaledNumber> watched;
    for (const GradientPath::Step& step : path.steps) {
        hidden.push_back(step.hidden);
        watched.push_back(step.gradient);
    }
    add(tr("arrives: ‖%1/∂h_t‖").arg(loss), palette.backward, Qt::SolidLine, 2, LegendEntry::Marker::Disc,
        false, std::move(hidden));
    if (analyses->trace().hasChannel("c"))
        add(QStringLiteral("‖%1/∂c_t‖").arg(loss), palette.series[2], Qt::SolidLine, 1.4,
            LegendEntry::Marker::Square, true, std::move(watched));
    add(tr("allowed by the hops: Π ‖J_k‖"), palette.series[0], Qt::DashLine, 1.6, LegendEntry::Marker::None,
        false, boundOf(path, norms.hop));
    if (!norms.theory.empty())
        add(tr("allowed by the weights: (γ σ_{max}(W_{hh}))^{lag}"), palette.series[1], Qt::DotLine, 1.8,
            LegendEntry::Marker::None, false, boundOf(path, norms.theory));
    return result;
}

std::vector<std::vector<double>> ReachView::curves() const
{
    std::vector<std::vector<double>> result;
    for (const Series& one : series()) {
        std::vector<double>& logs = result.emplace_back();
        for (std::size_t i = 0; i < one.norms.size(); ++i)
            logs.push_back(static_cast<int>(i) < start() ? one.norms[i].log10()
                                                         : std::numeric_limits<double>::quiet_NaN());
    }
    return result;
}

std::vector<LegendEntry> ReachView::legend() const
{
    std::vector<LegendEntry> entries;
    for (const Series& one : series())
        entries.push_back(one.look);
    return entries;
}

QString ReachView::decayWords() const
{
    constexpr int epsilon = -6; // as a power of ten
    const unrolled::Itemised* table = m_analyses ? m_analyses->of->itemised.get() : nullptr;
    if (!table || table->lossSteps().empty())
        return {};
    const std::vector<int>& losses = table->lossSteps();
    const int s = m_analyses->loss > 0 ? m_analyses->loss : losses.back();
    const auto k =
        static_cast<std::size_t>(std::lower_bound(losses.begin(), losses.end(), s) - losses.begin());
    std::vector<ScaledNumber> norms;
    for (int t = s; t >= 1; --t)
        norms.push_back(table->norm(frame().pickedLayer, k, t));
    const unrolled::DecayFit fit = unrolled::fitDecay(norms);
    if (std::isnan(fit.slope))
        return {};
    QString words =
        tr("L%1 shrinks by a factor %2 with each step back").arg(subscript(s), norm(std::exp(fit.slope)));
    if (fit.slope > 0)
        words =
            tr("L%1 grows by a factor %2 with each step back").arg(subscript(s), norm(std::exp(fit.slope)));
    if (std::isfinite(fit.halfLife))
        words += (fit.slope > 0 ? tr(" (doubles in %1)") : tr(" (half-life %1)"))
                     .arg(tr("%1 steps").arg(norm(std::abs(fit.halfLife))));
    const int lag = unrolled::horizon(norms, std::pow(10.0, epsilon));
    const QString limit = QStringLiteral("10") + superscript(epsilon);
    return words + (lag >= 0 ? tr(", below %1 from lag %2 on").arg(limit).arg(lag)
                             : tr(", at lag %2 still above %1").arg(limit).arg(s - 1));
}

QString ReachView::remark() const
{
    if (!m_analyses)
        return frame().analysing ? tr("computing…") : QString();
    if (m_analyses->of->trace == frame().lane().trace)
        return decayWords();
    return frame().analysing ? tr("of iteration %1; computing…").arg(count(m_analyses->trace().iteration))
                             : tr("of iteration %1").arg(count(m_analyses->trace().iteration));
}

void ReachView::rebuild(const QSize& size)
{
    Parts& parts = *m_parts;
    const std::vector<Series> all = series();
    while (parts.trails.size() < all.size())
        parts.trails.emplace_back(parts.x, parts.y, plot()->layer(QStringLiteral("main")));
    for (const DecayTrail& trail : parts.trails)
        trail.clear();
    const QFontMetricsF metrics(smallFont());
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    const TimeAxis time = timeAxis(size.width(), QFontInfo(font()).pixelSize(), steps);
    parts.rect->setMargins({static_cast<int>(time.left), 3, static_cast<int>(size.width() - time.right()),
                            static_cast<int>(metrics.height()) + 7});
    for (QCPAxis* axis : {parts.x, parts.rect->axis(QCPAxis::atTop)})
        axis->setRange(0.5, steps + 0.5);
    parts.steps->setRoom(time.width, metrics.horizontalAdvance(count(steps)) + 18);
    parts.steps->setLast(steps);
    parts.decades->setRoom(std::max(30.0, size.height() - metrics.height() - 10), metrics.height() * 1.6);
    const double floorValue = std::pow(10.0, floorExponent);
    parts.floor->start->setCoords(0.5, floorValue);
    parts.floor->end->setCoords(steps + 0.5, floorValue);
    const double markSize = std::clamp(metrics.height() * 0.42, 5.0, 12.0);
    for (std::size_t i = all.size(); i-- > 0;) { // what arrives lies on top
        const Series& one = all[i];
        const DecayTrail& trail = parts.trails[all.size() - 1 - i];
        trail.fill(placeableOf(one.norms), 1, start());
        trail.look(one.look, one.look.color, colors().background, time.column(), markSize, all.size() < 2);
    }
}

void ReachView::updateLive()
{
    Parts& parts = *m_parts;
    parts.now->setVisible(!frame().empty() && frame().time() >= 1);
    if (!parts.now->visible())
        return;
    const bool backward = frame().phase() == Phase::Backward;
    parts.now->setPen(QPen(backward ? colors().backward : colors().forward, 1));
    parts.now->start->setCoords(frame().time(), parts.y->range().lower);
    parts.now->end->setCoords(frame().time(), parts.y->range().upper);
}

void ReachView::frameChanged()
{
    m_analyses = analysesOf(frame());
    const std::shared_ptr<const void> now = m_analyses ? frame().lane().analyses : nullptr;
    const bool same = now == m_drawn && frame().pickedLayer == m_drawnLayer;
    m_drawn = now;
    m_drawnLayer = frame().pickedLayer;
    PlotPane::frameChanged();
    if (same)
        refreshLive();
    else
        refresh();
}

int ReachView::timeAt(const QPointF& position) const
{
    if (frame().empty() || !m_parts->rect->rect().contains(inPlot(position).toPoint()))
        return 0;
    return std::clamp(static_cast<int>(std::lround(m_parts->x->pixelToCoord(inPlot(position).x()))), 1,
                      frame().trace().steps());
}

double ReachView::xOf(int t) const
{
    return m_parts->x->coordToPixel(t) + body().left();
}

QString ReachView::textAt(int t) const
{
    QStringList lines;
    const int last = start();
    if (t < 1 || t > last)
        return tr("t = %1: no gradient here").arg(t);
    lines << tr("t = %1, lag %2").arg(t).arg(last - t);
    for (const Series& one : series()) {
        lines << mathPlain(one.look.math) + QStringLiteral(": ") +
                     normOfLog(one.norms[static_cast<std::size_t>(t - 1)].log10());
    }
    return lines.join(QLatin1Char('\n'));
}

void ReachView::goTo(int t)
{
    if (!frame().empty() && t >= 1 && t <= frame().ticks.steps())
        emit positionRequested(
            frame().ticks.endOfTick(frame().position.iteration, frame().ticks.tickOf(Phase::Backward, t)));
}

void ReachView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        goTo(timeAt(event->position()));
    else
        PlotPane::mousePressEvent(event);
}

void ReachView::mouseMoveEvent(QMouseEvent* event)
{
    const int t = timeAt(event->position());
    setCursor(t > 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (t == 0 || !m_analyses) {
        QToolTip::hideText();
        return;
    }
    if (event->buttons().testFlag(Qt::LeftButton))
        goTo(t);
    QToolTip::showText(event->globalPosition().toPoint() + QPoint(8, 8), textAt(t), this);
}

void ReachView::leaveEvent(QEvent* event)
{
    QToolTip::hideText();
    PlotPane::leaveEvent(event);
}

QString ReachView::describe() const
{
    const std::vector<Series> all = series();
    const int last = start();
    if (all.empty() || last == 0)
        return tr("%1: nothing computed yet.").arg(title());
    QStringList lines{tr("On a logarithmic scale, from step %1 back to step 1:").arg(last)};
    for (const Series& one : all)
        lines << tr("%1, from %2 to %3.")
                     .arg(mathPlain(one.look.math),
                          normOfLog(one.norms[static_cast<std::size_t>(last - 1)].log10()),
                          normOfLog(one.norms.front().log10()));
    if (const QString words = decayWords(); !words.isEmpty())
        lines << words + QLatin1Char('.');
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
