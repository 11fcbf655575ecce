#include "ui/views/hops_view.h"

#include "core/gradients/analyses.h"
#include "ui/paint/hatch.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/lane_facts.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ui {

using unrolled::CellKind;
using unrolled::GradientPath;
using unrolled::Phase;

namespace {

constexpr double lowEnds[] = {-0.30103, -0.60206, -1, -2, -4, -8, -16};
constexpr double highEnds[] = {0.30103, 0.60206, 1, 2, 4, 8, 16};
/// Of both ends, where many hops change little each.
constexpr double fineEnds[] = {0.004321, 0.041393};

/// "×½", "×0.1", "×10⁻⁴": an end of the axis.
QString endOfAxis(double log)
{
    if (std::abs(log) < 0.01)
        return log < 0 ? QStringLiteral("×0.99") : QStringLiteral("×1.01");
    if (std::abs(log) < 0.1)
        return log < 0 ? QStringLiteral("×0.91") : QStringLiteral("×1.1");
    if (std::abs(log) < 0.5)
        return log < 0 ? QStringLiteral("×½") : QStringLiteral("×2");
    if (std::abs(log) < 1)
        return log < 0 ? QStringLiteral("×¼") : QStringLiteral("×4");
    return QStringLiteral("×") + (std::abs(log) <= 2
                                      ? chosenNumber(std::pow(10.0, log))
                                      : QStringLiteral("10") + superscript(static_cast<int>(log)));
}

/// A factor as one says it: "×0.61", "×3.2·10⁻⁵".
QString hopFactorText(double log)
{
    return std::isnan(log) ? QStringLiteral("–") : QStringLiteral("×") + normOfLog(log);
}

} // namespace

HopsView::HopsView(QWidget* parent) : StepPane(parent) {}

QString HopsView::title() const
{
    return tr("Each hop back, taken apart");
}

QString HopsView::shortTitle() const
{
    return tr("Each hop");
}

const GradientPath* HopsView::path() const
{
    return m_analyses ? &m_analyses->paths.at(static_cast<std::size_t>(frame().pickedLayer)) : nullptr;
}

const GradientPath* HopsView::ghost() const
{
    return m_analyses && !m_analyses->ghostPaths.empty()
               ? &m_analyses->ghostPaths.at(static_cast<std::size_t>(frame().pickedLayer))
               : nullptr;
}

std::vector<HopsView::Factor> HopsView::makeFactors() const
{
    std::vector<Factor> result;
    const GradientPath* of = path();
    if (!of)
        return result;
    const Palette& palette = colors();
    const QColor& one = palette.series[2];
    const QColor& other = palette.series[0];
    switch (frame().trace().cell.kind) {
    case CellKind::Rnn:
        result.push_back(
            {tr("saturation"), QStringLiteral("φ′(a)"), one, Qt::SolidPattern, &GradientPath::first});
        result.push_back(
            {tr("recurrence"), QStringLiteral("W_{hh}^T"), other, Qt::BDiagPattern, &GradientPath::second});
        break;
    case CellKind::Gru:
        result.push_back(
            {tr("straight through"), QStringLiteral("z"), one, Qt::SolidPattern, &GradientPath::first});
        result.push_back(
            {tr("paths through n, z and r"), QString(), other, Qt::BDiagPattern, &GradientPath::second});
        break;
    case CellKind::Lstm:
        result.push_back({tr("carry"), QStringLiteral("f"), one, Qt::SolidPattern, &GradientPath::first});
        result.push_back({tr("paths through h"), QString(), other, Qt::BDiagPattern, &GradientPath::second});
        break;
    }
    bool enters = false;
    for (int t = 1; t < of->start; ++t)
        enters = enters || of->at(t).entered.mantissa != 0;
    if (enters) {
        const bool top = frame().pickedLayer + 1 == static_cast<int>(frame().trace().layers.size());
        result.push_back({top ? tr("outputs that are read") : tr("what enters from above"), QString(),
                          palette.series[1], Qt::DiagCrossPattern, &GradientPath::entering});
    }
    result.push_back(
        {tr("all together"), QString(), palette.backward, Qt::SolidPattern, &GradientPath::whole});
    return result;
}

void HopsView::frameChanged()
{
    m_analyses = analysesOf(frame());
    m_factors = makeFactors();
    StepPane::frameChanged();
}

void HopsView::restyle()
{
    m_factors = makeFactors();
}

int HopsView::rows() const
{
    return static_cast<int>(m_factors.size());
}

QString HopsView::rowName(int row) const
{
    return m_factors.at(static_cast<std::size_t>(row)).name;
}

double HopsView::log(int row, int t) const
{
    const Factor& factor = m_factors.at(static_cast<std::size_t>(row));
    return path() ? logOf(factor, *path(), t) : std::numeric_limits<double>::quiet_NaN();
}

double HopsView::logOf(const Factor& factor, const GradientPath& of, int t)
{
    if (t < 1 || t >= of.start)
        return std::numeric_limits<double>::quiet_NaN();
    return std::log10((of.*factor.of)(t));
}

double HopsView::Layout::y(int row, double log) const
{
    const QRectF& place = bars[static_cast<std::size_t>(row)];
    return place.bottom() - place.height() * (std::clamp(log, low, high) - low) / (high - low);
}

HopsView::Layout HopsView::layoutIn(const QRectF& body) const
{
    Layout layout;
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    layout.time = timeAxis(body.width(), QFontInfo(font()).pixelSize(), steps);
    const std::vector<Factor>& all = m_factors;
    double low = 0;
    double high = 0;
    for (const GradientPath* of : {path(), ghost()}) {
        for (const Factor& factor : all) {
            for (int t = 1; of && t < of->start; ++t) {
                const double log = logOf(factor, *of, t);
                if (std::isfinite(log)) {
                    low = std::min(low, log);
                    high = std::max(high, log);
                }
            }
        }
    }
    low = -inFilm("lost", -low);
    high = inFilm("gained", high);
    const auto* lowest =
        std::find_if(std::begin(lowEnds), std::end(lowEnds) - 1, [low](double end) { return low >= end; });
    const auto* highest = std::find_if(std::begin(highEnds), std::end(highEnds) - 1,
                                       [high](double end) { return high <= end; });
    layout.low = *lowest;
    layout.high = *highest;
    const double most = std::max(-low, high);
    const auto* fine =
        std::find_if(std::begin(fineEnds), std::end(fineEnds), [most](double end) { return most <= end; });
    if (fine != std::end(fineEnds) && most > 1e-6) { // below there is nothing to see
        layout.low = -*fine;
        layout.high = *fine;
    }
    const double line = std::ceil(QFontMetricsF(smallFont()).height());
    const double text = inFilm("sentence", sentenceHeight(sentence(), layout.time.width)) + 8;
    layout.sentence = QRectF(layout.time.left, body.bottom() - text, layout.time.width, text);
    const double rows = std::max<double>(1, double(all.size()));
    layout.labels = QRectF(layout.time.left, layout.sentence.top() - line, layout.time.width, line);
    const double room = std::max(1.0, layout.labels.top() - body.top() - rows * line);
    double y = body.top();
    for (std::size_t i = 0; i < all.size(); ++i) {
        layout.names.emplace_back(layout.time.left, y, layout.time.width, line);
        layout.bars.emplace_back(layout.time.left, y + line, layout.time.width, room / rows - 4);
        y += line + room / rows;
    }
    return layout;
}

QRectF HopsView::barIn(const Layout& layout, int row, int t, double log)
{
    if (std::isnan(log))
        return {};
    const double column = layout.time.column();
    const double width = column > 3 ? std::min(column * 0.72, 56.0) : column;
    const double middle = layout.time.edge(t + 1);
    const double from = layout.y(row, 0);
    const double to = layout.y(row, log);
    return QRectF(middle - width / 2, std::min(from, to), width, std::abs(to - from));
}

QRectF HopsView::bar(int row, int t) const
{
    return barIn(layoutIn(body()), row, t, log(row, t));
}

double HopsView::paintLegend(QPainter* painter, const QRectF& line) const
{
    if (!path())
        return 0;
    QString words = tr("bars down: lost, up: gained; the rows multiply to the last one");
    if (m_analyses->single > 0)
        words = tr("%1, by %2: %3")
                    .arg(gradientWords(*m_analyses),
                         frame().trace().hasChannel("c") ? QLatin1String("c") : QLatin1String("h"), words);
    if (ghost())
        words += tr("; dotted: without the changes");
    if (painter) {
        painter->setPen(colors().muted);
        painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter, words);
    }
    return QFontMetricsF(smallFont()).horizontalAdvance(words);
}

void HopsView::paintRow(QPainter& painter, const Layout& layout, int row, const Factor& factor) const
{
    const Palette& palette = colors();
    const QRectF& place = layout.bars[static_cast<std::size_t>(row)];
    const QRectF& name = layout.names[static_cast<std::size_t>(row)];
    const QFontMetricsF metrics(smallFont());
    // What it is.
    painter.setFont(smallFont());
    painter.setPen(factor.color);
    painter.drawText(name, Qt::AlignLeft | Qt::AlignVCenter, factor.name);
    if (!factor.math.isEmpty()) {
        painter.setPen(palette.muted);
        drawMath(painter, name.adjusted(metrics.horizontalAdvance(factor.name) + 8, 0, 0, 0),
                 Qt::AlignLeft | Qt::AlignVCenter, factor.math);
    }
    // The axis: its ends, and 1.
    const double one = layout.y(row, 0);
    painter.setPen(palette.muted);
    double taken = -1e9;
    for (const double end : {0.0, layout.low, layout.high}) {
        double y = layout.y(row, end);
        if (end != 0) { // clear of the rows above and below
            const double inset = std::min(metrics.height() / 3, place.height() / 2);
            y = std::clamp(y, place.top() + inset, place.bottom() - inset);
        }
        if (std::abs(y - taken) < metrics.height() - 3)
            continue;
        if (end == 0)
            taken = y;
        const QString number = end == 0 ? QStringLiteral("1") : endOfAxis(end);
        painter.setFont(narrowed(smallFont(), number, layout.time.left - 8, 7));
        painter.drawText(QRectF(0, y - metrics.height(), layout.time.left - 6, 2 * metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, number);
    }
    painter.setPen(QPen(palette.track, 1));
    for (const double end : {layout.low, layout.high}) {
        const double y = std::round(layout.y(row, end)) + 0.5;
        painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y));
    }
    // The bars.
    painter.setRenderHint(QPainter::Antialiasing, layout.time.column() > 3);
    const bool patterned = layout.time.column() > 6;
    const GradientPath& of = *path();
    for (int t = 1; t < of.start; ++t) {
        const double value = logOf(factor, of, t);
        if (std::isnan(value))
            continue;
        const QRectF bar = barIn(layout, row, t, value);
        QColor fill = factor.color;
        if (std::isinf(value)) { // nothing is left
            painter.setPen(QPen(palette.muted, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(bar);
            painter.setFont(smallFont());
            if (value < 0 && bar.width() > metrics.horizontalAdvance(QLatin1Char('0')))
                painter.drawText(bar, Qt::AlignCenter | Qt::TextDontClip, QStringLiteral("0"));
            continue;
        }
        painter.setPen(Qt::NoPen);
        if (patterned && factor.pattern != Qt::SolidPattern) {
            fill.setAlphaF(palette.dark ? 0.35F : 0.25F);
            painter.fillRect(bar, fill);
            drawPattern(painter, bar, factor.pattern, factor.color);
            painter.setPen(QPen(factor.color, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(bar);
        } else {
            painter.fillRect(bar, fill);
        }
        if (value < layout.low || value > layout.high) { // it goes on beyond the axis
            const double y = value < 0 ? place.bottom() : place.top();
            const double tip = value < 0 ? 4 : -4;
            painter.setBrush(factor.color);
            painter.drawPolygon(QPolygonF({QPointF(bar.center().x() - 3, y), QPointF(bar.center().x() + 3, y),
                                           QPointF(bar.center().x(), y + tip)}));
        }
    }
    paintGhost(painter, layout, row, factor);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(palette.muted, 1));
    painter.drawLine(QPointF(place.left(), std::round(one)), QPointF(place.right(), std::round(one)));
}

void HopsView::paintGhost(QPainter& painter, const Layout& layout, int row, const Factor& factor) const
{
    const GradientPath* of = ghost();
    for (int t = 1; of && t < of->start; ++t) {
        if (const double value = logOf(factor, *of, t); std::isfinite(value))
            paintGhostBar(painter, barIn(layout, row, t, value),
                          barIn(layout, row, t, logOf(factor, *path(), t)), layout.time.column(), value < 0);
    }
}

void HopsView::paintBody(QPainter& painter, const QRectF& body)
{
    const GradientPath* of = path();
    const Palette& palette = colors();
    if (!of || of->start < 2) {
        painter.setFont(textFont());
        painter.setPen(palette.muted);
        painter.drawText(body.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         of && of->start == 0 ? tr("No loss counts, so no gradient goes back.")
                         : of                 ? tr("There is no hop: the gradient starts at step 1.")
                         : frame().analysing  ? tr("Computing…")
                                              : QString());
        return;
    }
    const Layout layout = layoutIn(body);
    painter.save();
    const double top = layout.bars.front().top();
    const double bottom = layout.bars.back().bottom();
    const auto hop = [&](int t) {
        const double middle = layout.time.edge(t + 1);
        const double half = std::max(3.0, layout.time.column() / 2);
        return QRectF(middle - half, top, 2 * half, bottom - top);
    };
    if (painter.device() == this && hovered() > 0 && hovered() < of->start)
        painter.fillRect(hop(hovered()), palette.track);
    if (const int t = frame().time(); t >= 1) {
        painter.setPen(QPen(frame().phase() == Phase::Backward ? palette.backward : palette.forward, 1));
        const double x = std::round(layout.time.middle(t)) + 0.5;
        painter.drawLine(QPointF(x, top), QPointF(x, bottom));
    }
    const std::vector<Factor>& all = m_factors;
    for (std::size_t i = 0; i < all.size(); ++i)
        paintRow(painter, layout, static_cast<int>(i), all[i]);
    paintSteps(painter, layout.time, layout.labels);
    paintSentence(painter, layout.sentence, sentence());
    painter.restore();
}

QString HopsView::sentence() const
{
    const GradientPath* of = path();
    if (!of || of->start < 2)
        return {};
    // Back to where a hop leaves nothing.
    int end = 1;
    for (int t = of->start - 1; t >= 1; --t) {
        if (!(of->whole(t) > 0)) {
            end = t + 1;
            break;
        }
    }
    const int hops = of->start - end;
    QStringList parts;
    const std::vector<Factor>& all = m_factors;
    for (std::size_t i = 0; hops > 0 && i < all.size(); ++i) {
        double sum = 0;
        for (int t = end; t < of->start; ++t)
            sum += logOf(all[i], *of, t);
        const bool whole = i + 1 == all.size();
        if (whole)
            parts << tr("together %1").arg(QStringLiteral("×") + powerOfTen(sum));
        else
            parts << (std::isnan(sum) ? tr("%1 all that is left").arg(all[i].name)
                                      : tr("%1 %2").arg(all[i].name, QStringLiteral("×") + powerOfTen(sum)));
    }
    QString text;
    if (hops > 0)
        text = (hops == 1 ? tr("Over one hop: %2.") : tr("Over %1 hops: %2."))
                   .replace(QStringLiteral("%1"), QString::number(hops))
                   .replace(QStringLiteral("%2"), parts.join(QStringLiteral(", ")));
    if (end > 1) {
        const bool stopped = !of->at(end).handsBack;
        const bool cut = stopped && frame().trace().edits.cutAfter(frame().pickedLayer, end - 1);
        const bool broken = std::isnan(of->at(end - 1).gradient.mantissa);
        text +=
            (text.isEmpty() ? QString() : QStringLiteral(" ")) +
            (broken ? tr("From step %1 to step %2 the gradient is not a number: the run has diverged.")
             : cut  ? tr("No gradient goes back from step %1 to step %2: it was cut off there.")
             : stopped
                 ? tr("No gradient goes back from step %1 to step %2: back-propagation is truncated there.")
                 : tr("Nothing is left from step %1 to step %2."))
                .arg(end)
                .arg(end - 1);
    }
    return text;
}

QString HopsView::textOf(int t) const
{
    const GradientPath* of = path();
    if (!of || t < 1 || t >= of->start)
        return {};
    QStringList lines{tr("hop from step %1 back to step %2").arg(t + 1).arg(t)};
    if (const QString stop = textOfStop(frame().trace(), frame().pickedLayer, t); !stop.isEmpty())
        lines << stop;
    const std::vector<Factor>& all = m_factors;
    for (std::size_t i = 0; i < all.size(); ++i)
        lines << tr("%1 %2").arg(all[i].name, hopFactorText(logOf(all[i], *of, t)));
    if (const GradientPath* other = ghost(); other && t < other->start)
        lines << tr("without the changes: all together %1").arg(hopFactorText(std::log10(other->whole(t))));
    const QString of1 = QStringLiteral("∂") + lossName(m_analyses->single);
    const QString state = frame().trace().hasChannel("c") ? QStringLiteral("c") : QStringLiteral("h");
    lines << tr("‖%1/∂%2%3‖ = %4, ‖%1/∂%2%5‖ = %6")
                 .arg(of1, state, subscript(t + 1), normOfLog(of->at(t + 1).gradient.log10()), subscript(t),
                      normOfLog(of->at(t).gradient.log10()));
    return lines.join(QLatin1Char('\n'));
}

int HopsView::stepAt(const QPointF& pixel) const
{
    const GradientPath* of = path();
    if (!of || of->start < 2)
        return 0;
    const Layout layout = layoutIn(body());
    if (pixel.y() < layout.names.front().top() || pixel.y() > layout.bars.back().bottom())
        return 0;
    const int t = static_cast<int>(std::lround((pixel.x() - layout.time.left) / layout.time.column()));
    return t >= 1 && t < of->start ? t : 0;
}

int HopsView::lastStep() const
{
    const GradientPath* of = path();
    return of ? std::max(0, of->start - 1) : 0;
}

QPointF HopsView::wordsPlace(int t) const
{
    const Layout layout = layoutIn(body());
    return {layout.time.edge(t + 1) + 8, layout.bars.front().top()};
}

QString HopsView::describe() const
{
    const QString words = sentence();
    if (words.isEmpty())
        return tr("%1: nothing computed yet.").arg(title());
    return tr("%1, as factors of ‖∂%2/∂h‖. %3").arg(title(), lossName(m_analyses->single), words);
}

} // namespace ui
