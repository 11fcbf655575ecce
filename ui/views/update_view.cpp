#include "ui/views/update_view.h"

#include "core/gradients/analyses.h"
#include "core/trace/iteration_input.h"
#include "ui/paint/hatch.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/session/experiment_edit.h"

#include <QComboBox>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ui {

using unrolled::OptimizerKind;
using unrolled::Phase;
using unrolled::UpdateOfStep;

namespace {

Eigen::Index entriesOf(const UpdateOfStep& update)
{
    return update.fate.zero + update.fate.lost + update.fate.kept;
}

bool isKnown(const UpdateOfStep& update)
{
    return entriesOf(update) > 0 && std::isfinite(update.norm.mantissa);
}

/// Makes the first update as large whatever the size of the gradient is.
bool normalises(OptimizerKind kind)
{
    return kind == OptimizerKind::Adagrad || kind == OptimizerKind::RmsProp || kind == OptimizerKind::Adam;
}

QString percentOf(double share)
{
    // What is left of little must not read as nothing, nor nearly all as all.
    if (share > 0 && share < 0.001)
        return QStringLiteral("< 0.1 %");
    if (share < 1 && share > 0.999)
        return QStringLiteral("> 99.9 %");
    const double percent = 100 * share;
    return (std::abs(percent - std::round(percent)) < 0.05 ? QString::number(std::lround(percent))
                                                           : plainNumber(percent, 1)) +
           QStringLiteral(" %");
}

} // namespace

UpdateView::UpdateView(QWidget* parent) : StepPane(parent), m_weights(new QComboBox(this))
{
    m_weights->setObjectName(QStringLiteral("weights"));
    m_weights->setAccessibleName(tr("Weights that the update is of"));
    m_weights->setToolTip(tr("The update of all weights and biases of the layer, or of W_hh alone"));
    m_weights->addItems({tr("all weights of the layer"), tr("W_hh alone")});
    connect(m_weights, &QComboBox::currentIndexChanged, this, [this] { relayout(); });
    addSwitch(m_weights);
    setAccessibleName(UpdateView::title());
}

QString UpdateView::title() const
{
    return tr("What each step would change");
}

QString UpdateView::shortTitle() const
{
    return tr("Updates");
}

void UpdateView::frameChanged()
{
    const unrolled::Analyses* known = analysesOf(frame());
    m_analyses = known && !unrolled::updatesOf(*known).empty() ? known : nullptr;
    StepPane::frameChanged();
}

std::span<const UpdateOfStep> UpdateView::updates() const
{
    if (!m_analyses)
        return {};
    return stepsOf(unrolled::updatesOf(*m_analyses));
}

std::span<const UpdateOfStep> UpdateView::ghostUpdates() const
{
    if (!m_analyses || m_analyses->ghostUpdates.empty())
        return {};
    return stepsOf(m_analyses->ghostUpdates);
}

std::span<const UpdateOfStep> UpdateView::stepsOf(const std::vector<unrolled::LayerUpdates>& layers) const
{
    const unrolled::LayerUpdates& of = layers.at(static_cast<std::size_t>(frame().pickedLayer));
    return std::span(m_weights->currentIndex() == 1 ? of.recurrent : of.all)
        .first(static_cast<std::size_t>(lastStep()));
}

/// Behind a loss that goes back alone there is no gradient.
int UpdateView::lastStep() const
{
    if (!m_analyses)
        return 0;
    return m_analyses->loss > 0 ? m_analyses->loss : m_analyses->trace().steps();
}

double UpdateView::log(int t) const
{
    return columnOf(updates(), t, t).log;
}

double UpdateView::share(int t, Fate fate) const
{
    return columnOf(updates(), t, t).shares[fate];
}

UpdateView::Column UpdateView::columnOf(std::span<const UpdateOfStep> all, int first, int last) const
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Column column{first, last, none, {none, none, none}};
    unrolled::RoundingFate sum;
    for (int t = first; t <= std::min(last, lastStep()); ++t) {
        const UpdateOfStep& update = all[static_cast<std::size_t>(t - 1)];
        if (!isKnown(update))
            continue;
        column.log = std::isnan(column.log) ? update.norm.log10() : std::max(column.log, update.norm.log10());
        sum.kept += update.fate.kept;
        sum.lost += update.fate.lost;
        sum.zero += update.fate.zero;
    }
    if (const auto entries = double(sum.kept + sum.lost + sum.zero); entries > 0) {
        column.shares[Kept] = double(sum.kept) / entries;
        column.shares[Lost] = double(sum.lost) / entries;
        column.shares[Zero] = double(sum.zero) / entries;
    }
    return column;
}

double UpdateView::Layout::y(double log) const
{
    return bars.bottom() - bars.height() * (std::clamp<double>(log, floorExponent, top) - floorExponent) /
                               (top - floorExponent);
}

UpdateView::Layout UpdateView::layoutIn(const QRectF& body) const
{
    Layout layout;
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    layout.time = timeAxis(body.width(), QFontInfo(font()).pixelSize(), steps);
    const double line = std::ceil(QFontMetricsF(smallFont()).height());
    const double text = inFilm("sentence", sentenceHeight(sentence(), layout.time.width)) + 6;
    const auto row = [&](double top, double bottom) {
        return QRectF(layout.time.left, top, layout.time.width, std::max(1.0, bottom - top));
    };
    layout.sentence = row(body.bottom() - text, body.bottom());
    layout.labels = row(layout.sentence.top() - line, layout.sentence.top());
    const double above = body.top() + line / 2;
    const double room = std::max(2.0, layout.labels.top() - 2 - above);
    layout.shares =
        row(layout.labels.top() - 2 - std::clamp(0.3 * room, 1.0, 3 * line), layout.labels.top() - 2);
    layout.bars = row(above, layout.shares.top() - line / 2);
    double largest = ceilingExponent;
    for (const std::span<const UpdateOfStep> all : {updates(), ghostUpdates()}) {
        for (const UpdateOfStep& update : all) {
            if (isKnown(update))
                largest = std::max(largest, update.norm.log10());
        }
    }
    layout.top = static_cast<int>(std::ceil(inFilm("largest", largest)));
    return layout;
}

QRectF UpdateView::barIn(const Layout& layout, const Column& column)
{
    if (std::isnan(column.log) || column.log < floorExponent)
        return {};
    const double each = layout.time.column();
    const double inset = each > 3 ? std::max(0.14 * each, (each - 56) / 2) : 0;
    const double y = layout.y(column.log);
    return {QPointF(layout.time.edge(column.first) + inset, y),
            QPointF(layout.time.edge(column.last + 1) - inset, layout.bars.bottom())};
}

QRectF UpdateView::partIn(const Layout& layout, const Column& column, Fate fate)
{
    if (std::isnan(column.shares[fate]))
        return {};
    const double each = layout.time.column();
    const double inset = each > 3 ? std::max(0.14 * each, (each - 56) / 2) : 0;
    double below = 0;
    for (const Fate other : {Kept, Lost}) {
        if (other < fate)
            below += column.shares[other];
    }
    const double height = layout.shares.height();
    return {QPointF(layout.time.edge(column.first) + inset,
                    layout.shares.bottom() - height * (below + column.shares[fate])),
            QPointF(layout.time.edge(column.last + 1) - inset, layout.shares.bottom() - height * below)};
}

QRectF UpdateView::bar(int t) const
{
    return barIn(layoutIn(body()), columnOf(updates(), t, t));
}

QRectF UpdateView::part(int t, Fate fate) const
{
    return partIn(layoutIn(body()), columnOf(updates(), t, t), fate);
}

void UpdateView::fill(QPainter& painter, const QRectF& place, Fate fate) const
{
    const Palette& palette = colors();
    if (fate != Lost)
        return painter.fillRect(place, fate == Kept ? palette.series[1] : palette.track);
    drawPattern(painter, place, Qt::BDiagPattern, palette.series[2]);
}

double UpdateView::paintLegend(QPainter* painter, const QRectF& line) const
{
    if (updates().empty())
        return 0;
    const QFontMetricsF metrics(smallFont());
    const double side = std::round(0.7 * metrics.height());
    double x = line.left();
    const auto say = [&](const QString& words) {
        if (painter)
            painter->drawText(QRectF(x, line.top(), line.right() - x + 2, line.height()),
                              Qt::AlignLeft | Qt::AlignVCenter, words);
        x += metrics.horizontalAdvance(words) + 10;
    };
    if (painter)
        painter->setPen(colors().text);
    say(tr("in float32:"));
    for (const auto& [fate, words] : {std::pair(Kept, tr("changes")), std::pair(Lost, tr("rounded away")),
                                      std::pair(Zero, tr("update 0"))}) {
        if (painter) {
            const QRectF swatch(x, line.center().y() - side / 2, side, side);
            fill(*painter, swatch, fate);
            painter->setPen(QPen(fate == Lost ? colors().series[2] : colors().line, 1));
            painter->drawRect(swatch);
            painter->setPen(colors().text);
        }
        x += side + 4;
        say(words);
    }
    if (!ghostUpdates().empty())
        say(tr("· dotted: without the changes"));
    return x - line.left();
}

QString UpdateView::formula() const
{
    if (!m_analyses)
        return {};
    const unrolled::IterationTrace& trace = m_analyses->trace();
    const OptimizerKind kind = trace.input->settings.optimizer;
    QString words = tr("Δθ: what %1 makes of step t's gradient alone, less what it does with none")
                        .arg(optimizerTitle(kind));
    if (kind == OptimizerKind::Sgd)
        words = tr("Δθ: −η times what step t adds to the gradient");
    else if (normalises(kind) && trace.input->memory.size() == 0)
        words = tr("Δθ: what %1, in its first update, makes of step t's gradient alone")
                    .arg(optimizerTitle(kind));
    if (trace.clipped)
        words += tr("; scaled down by clipping");
    return QStringLiteral("%1 · %2").arg(gradientWords(m_analyses->loss), words);
}

QString UpdateView::remark() const
{
    const QString waiting = waitingWords(m_analyses);
    return waiting.isEmpty() ? formula() : waiting;
}

void UpdateView::paintAxis(QPainter& painter, const Layout& layout) const
{
    const Palette& palette = colors();
    const QFontMetricsF metrics(smallFont());
    const double height = metrics.height();
    painter.setFont(smallFont());
    const int decades = layout.top - floorExponent;
    int step = 2;
    while (layout.bars.height() * step / decades < 1.3 * height && step < decades)
        step *= 2;
    for (int exponent = floorExponent; exponent <= layout.top; exponent += step) {
        const double y = std::round(layout.y(exponent)) + 0.5;
        painter.setPen(QPen(palette.track, 1));
        painter.drawLine(QPointF(layout.bars.left(), y), QPointF(layout.bars.right(), y));
        painter.setPen(palette.muted);
        painter.drawText(QRectF(0, y - height, layout.time.left - 6, 2 * height),
                         Qt::AlignRight | Qt::AlignVCenter,
                         exponent == 0 ? QStringLiteral("1") : QStringLiteral("10") + superscript(exponent));
    }
    const QString name = tr("float32");
    // The axis has the margin of the window's text, whatever size this one has.
    painter.setFont(narrowed(smallFont(), name, layout.time.left - 8, 8));
    painter.drawText(QRectF(0, layout.shares.top(), layout.time.left - 6, layout.shares.height()),
                     Qt::AlignRight | Qt::AlignVCenter, name);
    paintSteps(painter, layout.time, layout.labels);
}

void UpdateView::paintColumn(QPainter& painter, const Layout& layout, const Column& column) const
{
    const Palette& palette = colors();
    const bool wide = layout.time.column() > 3;
    if (std::isnan(column.log))
        return;
    if (column.log >= floorExponent) {
        painter.fillRect(barIn(layout, column), palette.backward);
    } else if (layout.time.column() > 2) { // below the floor, or 0
        const double x = (layout.time.edge(column.first) + layout.time.edge(column.last + 1)) / 2;
        const double y = layout.bars.bottom();
        painter.setPen(QPen(palette.backward, 1));
        painter.setBrush(std::isinf(column.log) ? QBrush(palette.background) : QBrush(palette.backward));
        painter.drawPolygon(QPolygonF({QPointF(x - 3, y - 5), QPointF(x + 3, y - 5), QPointF(x, y)}));
    }
    for (const Fate fate : {Kept, Lost, Zero}) {
        const QRectF part = partIn(layout, column, fate);
        if (part.height() <= 0)
            continue;
        if (fate == Lost && !wide) {
            QColor soft = palette.series[2];
            soft.setAlphaF(0.5F);
            painter.fillRect(part, soft);
            continue;
        }
        fill(painter, part, fate);
        if (fate == Lost) {
            painter.setPen(QPen(palette.series[2], 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(part);
        }
    }
}

void UpdateView::paintGhost(QPainter& painter, const Layout& layout, const Column& column) const
{
    const QRectF bar = barIn(layout, columnOf(updates(), column.first, column.last));
    QRectF outline = barIn(layout, column);
    if (outline.isNull() && !bar.isNull() && !std::isnan(column.log)) // it lies below the floor
        outline =
            QRectF(QPointF(bar.left(), layout.bars.bottom()), QPointF(bar.right(), layout.bars.bottom()));
    paintGhostBar(painter, outline, bar, layout.time.column());
    // What would change in float32: its height, as a line.
    const QRectF kept = partIn(layout, columnOf(updates(), column.first, column.last), Kept);
    const QRectF without = partIn(layout, column, Kept);
    paintGhostBar(painter, without, kept, layout.time.column());
}

void UpdateView::paintBody(QPainter& painter, const QRectF& body)
{
    const Palette& palette = colors();
    const std::span<const UpdateOfStep> all = updates();
    if (std::none_of(all.begin(), all.end(), isKnown)) {
        painter.setFont(textFont());
        painter.setPen(palette.muted);
        painter.drawText(body.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         !all.empty()        ? sentence()
                         : frame().analysing ? tr("Computing…")
                                             : QString());
        return;
    }
    const Layout layout = layoutIn(body);
    painter.save();
    const auto column = [&](int t) {
        const double half = std::max(3.0, layout.time.column() / 2);
        const double middle = layout.time.middle(t);
        return QRectF(middle - half, layout.bars.top(), 2 * half, layout.shares.bottom() - layout.bars.top());
    };
    if (painter.device() == this && hovered() > 0)
        painter.fillRect(column(hovered()), palette.track);
    paintAxis(painter, layout);
    if (const int t = frame().time(); t >= 1) {
        const bool back = frame().phase() == Phase::Backward;
        painter.setPen(QPen(back ? palette.backward : palette.forward, 1));
        const double x = std::round(layout.time.middle(t)) + 0.5;
        painter.drawLine(QPointF(x, layout.bars.top()), QPointF(x, layout.shares.bottom()));
    }
    painter.setRenderHint(QPainter::Antialiasing, layout.time.column() > 3);
    // Several steps a pixel share a bar.
    const int group = std::max(1, static_cast<int>(std::ceil(1 / layout.time.column())));
    for (int t = 1; t <= layout.time.steps; t += group)
        paintColumn(painter, layout, columnOf(all, t, std::min(layout.time.steps, t + group - 1)));
    for (int t = 1; t <= layout.time.steps && !ghostUpdates().empty(); t += group)
        paintGhost(painter, layout, columnOf(ghostUpdates(), t, std::min(layout.time.steps, t + group - 1)));
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(palette.muted, 1));
    const double floor = std::round(layout.bars.bottom()) + 0.5;
    painter.drawLine(QPointF(layout.bars.left(), floor), QPointF(layout.bars.right(), floor));
    paintSentence(painter, layout.sentence, sentence());
    painter.restore();
}

QString UpdateView::sentence() const
{
    const std::span<const UpdateOfStep> all = updates();
    if (all.empty())
        return {};
    if (std::none_of(all.begin(), all.end(), isKnown))
        return tr("The updates are not numbers: the run has diverged.");
    const int steps = static_cast<int>(all.size());
    const auto nothing = [](const UpdateOfStep& update) { return isKnown(update) && update.fate.kept == 0; };
    const auto unchanged = static_cast<int>(std::count_if(all.begin(), all.end(), nothing));
    const auto first = static_cast<int>(std::find_if_not(all.begin(), all.end(), nothing) -
                                        all.begin()); // how many from the start on
    if (first > 0) {
        const bool lost = std::any_of(all.begin(), all.begin() + first,
                                      [](const UpdateOfStep& update) { return update.fate.lost > 0; });
        const bool zero = std::any_of(all.begin(), all.begin() + first,
                                      [](const UpdateOfStep& update) { return update.fate.zero > 0; });
        const QString why = !lost ? tr("0") : zero ? tr("0 or rounded away") : tr("rounded away");
        QString words =
            first == steps ? tr("No step would change a weight in float32: the updates are %1.").arg(why)
            : first == 1   ? tr("Step 1 would change no weight in float32: its update is %1.").arg(why)
                           : tr("Steps 1 to %1 would change no weight in float32: their updates are %2.")
                               .arg(first)
                               .arg(why);
        if (unchanged > first)
            words += tr(" Nor would %1 later steps.").arg(unchanged - first);
        return words;
    }
    if (unchanged > 0)
        return tr("%1 of %2 steps would change no weight in float32.").arg(count(unchanged), count(steps));
    int least = 0;
    for (int t = 1; t <= steps; ++t) {
        if (isKnown(all[static_cast<std::size_t>(t - 1)]) &&
            (least == 0 || share(t, Kept) < share(least, Kept)))
            least = t;
    }
    const QString few = tr("Every step would change weights in float32; step %1 the fewest, %2 of them")
                            .arg(least)
                            .arg(percentOf(share(least, Kept)));
    if (share(least, Lost) > 0)
        return few + tr(", and %1 are rounded away.").arg(percentOf(share(least, Lost)));
    return share(least, Kept) < 1 ? few + tr("; its other weights have an update of 0.")
                                  : tr("Every step would change every weight in float32.");
}

QString UpdateView::textOf(int t) const
{
    const std::span<const UpdateOfStep> all = updates();
    if (t < 1 || t > lastStep())
        return {};
    const UpdateOfStep& update = all[static_cast<std::size_t>(t - 1)];
    if (entriesOf(update) == 0)
        return tr("step %1: none of these weights").arg(t);
    if (!isKnown(update))
        return tr("step %1: not a number").arg(t);
    const QString name = m_weights->currentIndex() == 1 ? QStringLiteral("‖ΔW_hh‖") : QStringLiteral("‖Δθ‖");
    const auto part = [&](const QString& words, Fate fate, Eigen::Index number) {
        return words.arg(count(number), percentOf(share(t, fate)));
    };
    QStringList lines{tr("step %1: %2 = %3").arg(t).arg(name, exact(update.norm.value())),
                      tr("of %1 entries, in float32:").arg(count(entriesOf(update))),
                      part(tr("%1 change (%2)"), Kept, update.fate.kept),
                      part(tr("%1 are rounded away (%2)"), Lost, update.fate.lost),
                      part(tr("%1 have an update of 0 (%2)"), Zero, update.fate.zero)};
    if (const auto without = ghostUpdates(); !without.empty())
        lines << tr("without the changes: %1 = %2")
                     .arg(name, exact(without[static_cast<std::size_t>(t - 1)].norm.value()));
    return lines.join(QLatin1Char('\n'));
}

int UpdateView::stepAt(const QPointF& pixel) const
{
    if (lastStep() == 0)
        return 0;
    const Layout layout = layoutIn(body());
    if (pixel.y() < layout.bars.top() || pixel.y() > layout.labels.bottom())
        return 0;
    return layout.time.timeAt(pixel.x());
}

QPointF UpdateView::wordsPlace(int t) const
{
    const Layout layout = layoutIn(body());
    return {layout.time.edge(t + 1) + 4, layout.bars.top()};
}

QString UpdateView::describe() const
{
    const QString words = sentence();
    if (words.isEmpty())
        return tr("%1: nothing computed yet.").arg(title());
    const int last = lastStep();
    return tr("%1: %2. %3 The norm of the update goes from %4 at step %5 to %6 at step 1.")
        .arg(title(), formula(), words, normOfLog(log(last)))
        .arg(last)
        .arg(normOfLog(log(1)));
}

} // namespace ui
