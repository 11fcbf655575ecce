#include "ui/views/reach_view.h"

#include "core/gradients/analyses.h"
#include "core/gradients/decay_fit.h"
#include "core/trace/iteration_input.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/time_axis.h"

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

} // namespace

ReachView::ReachView(QWidget* parent) : NormPlot(parent)
{
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

QString ReachView::taskWords() const
{
    const auto& input = m_analyses ? m_analyses->trace().input : nullptr;
    if (!input || input->neededLag.longest == 0)
        return {};
    const unrolled::NeededLag& lag = input->neededLag;
    const QString needs = lag.shortest == lag.longest
                              ? tr("the task needs lag %1").arg(lag.longest)
                              : tr("the task needs lags %1 to %2").arg(lag.shortest).arg(lag.longest);
    return tr("%1 · accuracy %2 at this iteration").arg(needs, plainNumber(m_analyses->trace().accuracy));
}

QString ReachView::remark() const
{
    if (!m_analyses)
        return frame().analysing ? tr("computing…") : QString();
    if (m_analyses->of->trace == frame().lane().trace)
        return taskWords().isEmpty() ? decayWords() : decayWords() + QStringLiteral(" · ") + taskWords();
    return frame().analysing ? tr("of iteration %1; computing…").arg(count(m_analyses->trace().iteration))
                             : tr("of iteration %1").arg(count(m_analyses->trace().iteration));
}

void ReachView::rebuild(const QSize& size)
{
    const std::vector<Series> all = series();
    while (m_trails.size() < all.size())
        m_trails.emplace_back(timeAxis(), normAxis(), plot()->layer(QStringLiteral("main")));
    for (const DecayTrail& trail : m_trails)
        trail.clear();
    const QFontMetricsF metrics(smallFont());
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    const TimeAxis time = ui::timeAxis(size.width(), QFontInfo(font()).pixelSize(), steps);
    rect()->setMargins({static_cast<int>(time.left), 3, static_cast<int>(size.width() - time.right()),
                        static_cast<int>(metrics.height()) + 7});
    setSteps(steps, 0.5, time.width);
    decades().setRoom(std::max(30.0, size.height() - metrics.height() - 10), metrics.height() * 1.6);
    const double markSize = std::clamp(metrics.height() * 0.42, 5.0, 12.0);
    for (std::size_t i = all.size(); i-- > 0;) { // what arrives lies on top
        const Series& one = all[i];
        const DecayTrail& trail = m_trails[all.size() - 1 - i];
        trail.fill(placeableOf(one.norms), 1, start());
        trail.look(one.look, one.look.color, colors().background, time.column(), markSize, all.size() < 2);
    }
}

void ReachView::frameChanged()
{
    m_analyses = analysesOf(frame());
    const std::shared_ptr<const void> now = m_analyses ? frame().lane().analyses : nullptr;
    const bool same = now == m_drawn && frame().pickedLayer == m_drawnLayer;
    m_drawn = now;
    m_drawnLayer = frame().pickedLayer;
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
    for (const Series& one : series()) {
        lines << mathPlain(one.look.math) + QStringLiteral(": ") +
                     normOfLog(one.norms[static_cast<std::size_t>(t - 1)].log10());
    }
    return lines.join(QLatin1Char('\n'));
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
    if (const QString words = taskWords(); !words.isEmpty())
        lines << words + QLatin1Char('.');
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
