#include "ui/views/reach_view.h"

#include "core/gradients/analyses.h"
#include "core/gradients/decay_fit.h"
#include "core/trace/iteration_input.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/time_axis.h"

#include <QComboBox>
#include <QFontInfo>
#include <QFontMetricsF>
#include <qcustomplot.h>

#include "ui/views/decay_trail.h"
#include "ui/views/plot_tickers.h"

#include <cmath>
#include <limits>

namespace ui {

using unrolled::GradientPath;
using unrolled::ScaledNumber;

namespace {

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

constexpr int largestEpsilon = -1;  // as a power of ten
constexpr double steadyDecay = 0.8; // R² from which a line tells of the decay
constexpr int fewestPoints = 3;     // of which a line tells anything

bool anyNumber(const std::vector<double>& numbers)
{
    return std::any_of(numbers.begin(), numbers.end(), [](double number) { return !std::isnan(number); });
}

bool isSome(const ScaledNumber& number)
{
    return number.mantissa != 0;
}

} // namespace

ReachView::ReachView(QWidget* parent)
    : NormPlot(parent), m_epsilons(new QComboBox(this)), m_limit(new QCPItemLine(plot())),
      m_drop(new QCPItemLine(plot())), m_limitText(new QCPItemText(plot())),
      m_floorText(new QCPItemText(plot())), m_stepsText(new QCPItemText(plot()))
{
    m_epsilons->setObjectName(QStringLiteral("epsilon"));
    m_epsilons->setAccessibleName(tr("The norm ε under which a gradient counts as vanished"));
    m_epsilons->setToolTip(tr("Under which norm a gradient counts as vanished"));
    for (int exponent = largestEpsilon; exponent >= floorExponent; --exponent)
        m_epsilons->addItem(QStringLiteral("ε = 10") + superscript(exponent), exponent);
    m_epsilons->setCurrentIndex(m_epsilons->findData(m_epsilon));
    connect(m_epsilons, &QComboBox::currentIndexChanged, this,
            [this] { setEpsilon(m_epsilons->currentData().toInt()); });
    addSwitch(m_epsilons);
    for (QCPItemLine* line : {m_limit, m_drop}) {
        for (QCPItemPosition* end : {line->start, line->end})
            end->setAxes(timeAxis(), normAxis());
        line->setClipAxisRect(rect());
    }
    m_limitText->position->setAxes(timeAxis(), normAxis());
    m_limitText->setClipAxisRect(rect());
    m_limitText->setPadding(QMargins(3, 1, 3, 1));
    m_limitText->setLayer(liveLayer()); // over the curves, to be read
    for (QCPItemText* text : {m_floorText, m_stepsText}) {
        text->position->setAxes(timeAxis(), normAxis());
        text->position->setAxisRect(rect());
        text->setClipToAxisRect(false);
    }
    m_floorText->setPadding(QMargins(3, 1, 3, 1));
    m_floorText->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
    // Its name stands beside the axis' numbers, as in the panes above and below.
    m_stepsText->setText(tr("step t"));
    m_stepsText->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_stepsText->position->setCoords(0, 1);
    m_stepsText->setPadding(QMargins(0, 6, 6, 0));
    m_stepsText->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
    setAccessibleName(ReachView::title());
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
    NormPlot::restyle();
    rect()->setAutoMargins(QCP::msNone);
    m_limit->setPen(QPen(colors().text, 1, Qt::DashDotLine));
    m_drop->setPen(QPen(colors().text, 1, Qt::DotLine));
    m_limitText->setColor(colors().text);
    m_limitText->setFont(smallFont());
    m_limitText->setBrush(colors().background);
    for (QCPItemText* text : {m_floorText, m_stepsText}) {
        text->setColor(colors().muted);
        text->setFont(smallFont());
    }
    m_series = makeSeries(); // in the new colours
    refresh();
}

int ReachView::start() const
{
    const unrolled::Analyses* analyses = m_analyses;
    return analyses ? analyses->paths.at(static_cast<std::size_t>(frame().pickedLayer)).start : 0;
}

std::vector<ReachView::Series> ReachView::makeSeries() const
{
    std::vector<Series> result;
    const unrolled::Analyses* analyses = m_analyses;
    if (!analyses)
        return result;
    const auto layer = static_cast<std::size_t>(frame().pickedLayer);
    const GradientPath& path = analyses->paths.at(layer);
    const unrolled::HopNorms& norms = analyses->of->norms.at(layer);
    const Palette& palette = colors();
    const QString loss = QStringLiteral("∂") + lossSymbol(analyses->single);
    const auto add = [&](const QString& math, const QColor& color, Qt::PenStyle style, double width,
                         LegendEntry::Marker marker, bool hollow, std::vector<ScaledNumber> numbers) {
        result.push_back({{math, color, style, width, marker, hollow}, std::move(numbers), path.start});
    };
    const auto arriving = [](const GradientPath& of, ScaledNumber GradientPath::Step::*which) {
        std::vector<ScaledNumber> numbers;
        numbers.reserve(of.steps.size());
        for (const GradientPath::Step& step : of.steps)
            numbers.push_back(step.*which);
        return numbers;
    };
    using Step = GradientPath::Step;
    std::vector<ScaledNumber Step::*> arrives{&Step::hidden};
    add(tr("arrives: ‖%1/∂h_t‖").arg(loss), palette.backward, Qt::SolidLine, 2, LegendEntry::Marker::Disc,
        false, arriving(path, &Step::hidden));
    if (analyses->trace().hasChannel("c")) {
        arrives.push_back(&Step::gradient);
        add(QStringLiteral("‖%1/∂c_t‖").arg(loss), palette.series[2], Qt::SolidLine, 1.4,
            LegendEntry::Marker::Square, true, arriving(path, &Step::gradient));
    }
    add(tr("allowed by the hops: × Π ‖J_k‖"), palette.series[0], Qt::DashLine, 1.6, LegendEntry::Marker::None,
        false, boundOf(path, norms.hop));
    if (!norms.theory.empty())
        add(tr("allowed by the weights: × (γ σ_{max}(W_{hh}))^{lag}"), palette.series[1], Qt::DotLine, 1.8,
            LegendEntry::Marker::None, false, boundOf(path, norms.theory));
    if (!analyses->ghostPaths.empty()) {
        const GradientPath& ghost = analyses->ghostPaths.at(layer);
        for (std::size_t i = 0; i < arrives.size(); ++i) {
            LegendEntry look = ghostLook(result[i].look, palette);
            look.math = tr("without the changes");
            if (arrives.size() > 1)
                look.math.prepend(i == 0 ? QStringLiteral("h_t ") : QStringLiteral("c_t "));
            result.push_back({look, arriving(ghost, arrives[i]), ghost.start, static_cast<int>(i)});
        }
    }
    return result;
}

std::vector<double> ReachView::drawn(const Series& one) const
{
    std::vector<double> norms = placeableOf(one.norms);
    if (one.ghostOf < 0)
        return norms;
    const Series& own = m_series[static_cast<std::size_t>(one.ghostOf)];
    std::vector<double> touched = placeableOf(own.norms);
    norms.resize(static_cast<std::size_t>(one.last));
    touched.resize(static_cast<std::size_t>(own.last));
    return DecayTrail::apart(std::move(norms), touched);
}

std::vector<std::vector<double>> ReachView::curves() const
{
    std::vector<std::vector<double>> result;
    for (const Series& one : m_series) {
        std::vector<double>& logs = result.emplace_back();
        const std::vector<double> shown = drawn(one);
        for (std::size_t i = 0; i < one.norms.size(); ++i)
            logs.push_back(static_cast<int>(i) < one.last && !std::isnan(shown[i])
                               ? one.norms[i].log10()
                               : std::numeric_limits<double>::quiet_NaN());
    }
    return result;
}

std::vector<LegendEntry> ReachView::legend() const
{
    std::vector<LegendEntry> entries;
    for (const Series& one : m_series) {
        entries.push_back(one.look);
        if (one.ghostOf >= 0 && !anyNumber(drawn(one)))
            entries.back().math += tr(": the same");
    }
    return entries;
}

std::vector<int> ReachView::epsilons() const
{
    std::vector<int> all;
    all.reserve(static_cast<std::size_t>(m_epsilons->count()));
    for (int i = 0; i < m_epsilons->count(); ++i)
        all.push_back(m_epsilons->itemData(i).toInt());
    return all;
}

void ReachView::setEpsilon(int exponent)
{
    const int index = m_epsilons->findData(exponent);
    if (index < 0 || exponent == m_epsilon)
        return;
    m_epsilon = exponent;
    m_epsilons->setCurrentIndex(index);
    relayout();
    refresh();
}

ReachView::Fading ReachView::makeFading() const
{
    if (!m_analyses || m_analyses->single == 0)
        return {};
    Fading result;
    result.s = m_analyses->single;
    result.name = lossName(result.s);
    const GradientPath& path = m_analyses->paths.at(static_cast<std::size_t>(frame().pickedLayer));
    for (int t = result.s; t >= 1; --t)
        result.norms.push_back(path.at(t).hidden);
    result.fit = unrolled::fitDecay(result.norms);
    return result;
}

int ReachView::crossing() const
{
    return m_fading.norms.empty() ? -1 : unrolled::horizon(m_fading.norms, std::pow(10.0, m_epsilon));
}

int ReachView::markedStep() const
{
    const int lag = crossing();
    return lag < 0 ? 0 : m_fading.s - lag;
}

QRectF ReachView::markPlace() const
{
    return QRectF(m_limitText->topLeft->pixelPosition(), m_limitText->bottomRight->pixelPosition())
        .translated(body().topLeft());
}

QPointF ReachView::placeOf(int t, double log) const
{
    return QPointF(timeAxis()->coordToPixel(t), normAxis()->coordToPixel(std::pow(10.0, log))) +
           body().topLeft();
}

QString ReachView::mark() const
{
    const QString limit = QStringLiteral("ε = 10") + superscript(m_epsilon);
    const int lag = crossing();
    return lag < 0 ? limit : tr("∂%1/∂h below %2 from lag %3 on").arg(m_fading.name, limit).arg(lag);
}

std::vector<QPointF> ReachView::curvePoints(const QSizeF& axes) const
{
    const QCPRange steps = timeAxis()->range();
    const double decades = highestExponent() - lowestExponent();
    const double column = axes.width() / steps.size();
    const int parts = std::clamp(static_cast<int>(column / 2), 1, 8); // of the line from a step to the next
    std::vector<QPointF> points;
    for (const Series& one : m_series) {
        const std::vector<double> norms = drawn(one);
        points.reserve(points.size() + norms.size() * static_cast<std::size_t>(parts + 1));
        for (std::size_t i = 0; i + 1 < norms.size(); ++i) {
            const double from = std::log10(norms[i]);
            const double to = std::log10(norms[i + 1]);
            if (!std::isfinite(from) || !std::isfinite(to))
                continue; // no line
            for (int part = 0; part <= parts; ++part) {
                const double share = static_cast<double>(part) / parts;
                points.emplace_back(column * (1 + static_cast<double>(i) + share - steps.lower),
                                    axes.height() * (highestExponent() - std::lerp(from, to, share)) /
                                        decades);
            }
        }
    }
    return points;
}

void ReachView::placeEpsilon(const QSizeF& axes)
{
    const double limit = std::pow(10.0, m_epsilon);
    const double left = timeAxis()->range().lower;
    m_limit->start->setCoords(left, limit);
    m_limit->end->setCoords(timeAxis()->range().upper, limit);
    const int t = markedStep();
    m_drop->setVisible(t > 0);
    m_drop->start->setCoords(t, limit);
    m_drop->end->setCoords(t, normAxis()->range().lower);
    m_limitText->setText(mark());
    // At the step, left of which its curve lies below the line and right of it above, or else at the ends,
    // where it covers least of all curves. There is no room below the floor.
    struct Spot
    {
        double t;
        bool before, above;
    };
    const double right = timeAxis()->range().upper;
    const double at = t > 0 ? t : left;
    const bool late = at - left > 0.5 * (right - left);
    const Spot spots[] = {{at, late, late},     {at, !late, !late},  {at, late, !late},
                          {at, !late, late},    {right, true, true}, {left, false, false},
                          {right, true, false}, {left, false, true}};
    const QFontMetricsF metrics(smallFont());
    const QSizeF words(metrics.horizontalAdvance(mark()) + 6, metrics.height() + 2);
    const double y = axes.height() * (highestExponent() - m_epsilon) / (highestExponent() - lowestExponent());
    const std::vector<QPointF> points = curvePoints(axes);
    auto least = std::numeric_limits<std::ptrdiff_t>::max();
    for (const Spot& spot : spots) {
        const double x = axes.width() * (spot.t - left) / (right - left);
        constexpr double margin = 4; // about the radius of one
        const QRectF place(QPointF(spot.before ? x - words.width() : x, spot.above ? y - words.height() : y),
                           words);
        const bool fits = place.left() >= -1 && place.right() <= axes.width() + 1 && place.top() >= -1 &&
                          place.bottom() <= axes.height() + 1 && (spot.above || m_epsilon > floorExponent);
        const QRectF around = place.adjusted(-margin, -margin, margin, margin);
        const auto covered = std::count_if(points.begin(), points.end(),
                                           [&](const QPointF& point) { return around.contains(point); });
        const std::ptrdiff_t cost = fits ? covered : covered + 1'000'000;
        if (cost >= least)
            continue;
        least = cost;
        m_limitText->position->setCoords(spot.t, limit);
        m_limitText->setPositionAlignment((spot.before ? Qt::AlignRight : Qt::AlignLeft) |
                                          (spot.above ? Qt::AlignBottom : Qt::AlignTop));
    }
    for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{m_limit, m_limitText})
        item->setVisible(m_analyses != nullptr);
}

QString ReachView::rateWords() const
{
    const Fading& loss = m_fading;
    const unrolled::DecayFit& fit = loss.fit;
    // Where nothing arrives any more, a few points before it are no decay.
    if (std::count_if(loss.norms.begin(), loss.norms.end(), isSome) < fewestPoints)
        return {};
    const QString factor = norm(std::exp(fit.slope));
    if (fit.determination < steadyDecay)
        return tr("∂%1/∂h changes by ×%2 with each step back on average, not steadily (R² = %3)")
            .arg(loss.name, factor, plainNumber(fit.determination));
    const QString words = (fit.slope > 0 ? tr("∂%1/∂h grows by a factor %2 with each step back")
                                         : tr("∂%1/∂h shrinks by a factor %2 with each step back"))
                              .arg(loss.name, factor);
    if (!std::isfinite(fit.halfLife))
        return words;
    return words + (fit.slope > 0 ? tr(" (doubles in %1)") : tr(" (half-life %1)"))
                       .arg(tr("%1 steps").arg(norm(std::abs(fit.halfLife))));
}

QString ReachView::decayWords() const
{
    const Fading& loss = m_fading;
    if (loss.norms.empty() || std::isnan(loss.fit.slope))
        return {};
    const QString rate = rateWords();
    const QString start = rate.isEmpty() ? QStringLiteral("∂%1/∂h").arg(loss.name) : rate;
    const auto arrived = std::find_if(loss.norms.rbegin(), loss.norms.rend(), isSome);
    if (const auto zeroFrom = static_cast<int>(loss.norms.rend() - arrived); zeroFrom < loss.s)
        return start + (rate.isEmpty() ? tr(" is 0 from lag %1 on") : tr(", 0 from lag %1 on")).arg(zeroFrom);
    const QString limit = QStringLiteral("10") + superscript(m_epsilon);
    if (const int lag = crossing(); lag >= 0)
        return start + (rate.isEmpty() ? tr(" is below %1 from lag %2 on") : tr(", below %1 from lag %2 on"))
                           .arg(limit)
                           .arg(lag);
    return start + (rate.isEmpty() ? tr(" is above %1 at lag %2") : tr(", at lag %2 still above %1"))
                       .arg(limit)
                       .arg(loss.s - 1);
}

QString ReachView::taskWords() const
{
    const auto& input = m_analyses ? m_analyses->trace().input : nullptr;
    if (!input || input->neededLag.longest == 0)
        return {};
    const unrolled::NeededLag& lag = input->neededLag;
    const QString needs = lag.shortest == lag.longest
                              ? tr("the task needs lag %1").arg(lag.longest)
                              : tr("the task needs lags %1 to %2").arg(lag.shortest).arg(lag.longest);
    return tr("%1 · %2\u00a0% of the answers right at this iteration")
        .arg(needs)
        .arg(qRound(100 * m_analyses->trace().accuracy));
}

QString ReachView::remark() const
{
    if (const QString waiting = waitingWords(m_analyses); !waiting.isEmpty())
        return waiting;
    QStringList words{m_analyses ? gradientWords(*m_analyses) : QString(), decayWords(), taskWords()};
    words.removeAll(QString());
    return words.join(QStringLiteral(" · "));
}

void ReachView::rebuild(const QSize& size)
{
    const std::vector<Series>& all = m_series;
    while (m_trails.size() < all.size())
        m_trails.emplace_back(timeAxis(), normAxis(), plot()->layer(QStringLiteral("main")));
    for (const DecayTrail& trail : m_trails)
        trail.clear();
    const QFontMetricsF metrics(smallFont());
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    const TimeAxis time = ui::timeAxis(size.width(), QFontInfo(font()).pixelSize(), steps);
    rect()->setMargins({static_cast<int>(time.left), 3, static_cast<int>(size.width() - time.right()),
                        static_cast<int>(metrics.height()) + 9});
    setSteps(steps, 0.5, time.width);
    decades().setRoom(std::max(30.0, size.height() - metrics.height() - 10), metrics.height() * 1.6);
    placeEpsilon({time.width, size.height() - metrics.height() - 12});
    m_floorText->position->setCoords(timeAxis()->range().upper, std::pow(10.0, floorExponent));
    m_floorText->setText(DecayTrail::floorNote({}, false));
    const double markSize = std::clamp(metrics.height() * 0.42, 5.0, 12.0);
    DecayTrail::Outside others;
    for (std::size_t i = all.size(); i-- > 0;) { // what arrives lies on top
        const Series& one = all[i];
        const DecayTrail& trail = m_trails[all.size() - 1 - i];
        const DecayTrail::Outside outside = trail.fill(drawn(one), 1, one.last);
        if (i > 0) {
            others.add(outside);
        } else {
            m_floorText->setText(DecayTrail::floorNote(outside, false, others));
            // Where the curve is below the floor, there is nothing above it.
            const bool vanished = 2 * (outside.below + outside.zero) > steps;
            m_floorText->setPositionAlignment((vanished ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignBottom);
            m_floorText->position->setCoords(vanished ? timeAxis()->range().lower : timeAxis()->range().upper,
                                             std::pow(10.0, floorExponent));
        }
        trail.look(one.look, one.look.color, colors().background, time.column(), markSize, all.size() < 2);
    }
    DecayTrail::interleave(m_trails, time.column(), markSize);
}

void ReachView::frameChanged()
{
    m_analyses = analysesOf(frame());
    const std::shared_ptr<const void> now = m_analyses ? frame().lane().analyses : nullptr;
    const bool same = now == m_drawn && frame().pickedLayer == m_drawnLayer;
    m_drawn = now;
    m_drawnLayer = frame().pickedLayer;
    if (!same) {
        m_series = makeSeries();
        m_fading = makeFading();
    }
    NormPlot::frameChanged();
    if (same)
        refreshLive();
    else
        refresh();
}

QString ReachView::textAt(int t) const
{
    if (!m_analyses)
        return {};
    QStringList lines;
    const int last = start();
    if (t < 1 || t > last)
        return tr("t = %1: no gradient here").arg(t);
    lines << tr("t = %1, lag %2").arg(t).arg(last - t);
    for (const Series& one : m_series) {
        lines << mathHtml(one.look.math) + QStringLiteral(": ") +
                     normOfLog(one.norms[static_cast<std::size_t>(t - 1)].log10());
    }
    return QStringLiteral("<p style=\"white-space:nowrap\">%1</p>").arg(lines.join(QStringLiteral("<br>")));
}

QString ReachView::describe() const
{
    const std::vector<Series>& all = m_series;
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
    if (const QString words = taskWords(); !words.isEmpty())
        lines << words + QLatin1Char('.');
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
