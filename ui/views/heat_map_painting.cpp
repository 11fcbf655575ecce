#include "ui/paint/loss_name.h"
#include "ui/views/heat_map_view.h"

#include "ui/paint/arrow.h"
#include "ui/paint/color_legend.h"
#include "ui/paint/hatch.h"
#include "ui/paint/heat_image.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>

#include <cmath>

namespace ui {

using unrolled::Phase;

namespace {

constexpr double symbolGap = 8; // from a block's symbol to its words
constexpr int shortest = 4;     // of the ways to write a block's name
constexpr int leastPixels = 8;  // of a name that has little room

} // namespace

void HeatMapView::paintBlock(QPainter& painter, const Block& block, const HeatBlock& place, double range,
                             bool numbers) const
{
    const Painted painted{block, place, arrived(block), range};
    painter.save();
    if (place.time.cellSize() >= 10 && place.unit.cellSize() >= 8)
        paintCells(painter, painted, numbers);
    else
        paintDense(painter, painted);
    if (!frame().lanes[static_cast<std::size_t>(block.lane)].trace->edits.clamps.empty())
        paintClamps(painter, painted);
    painter.restore();
}

/// What an intervention holds has a bar along its lower edge: neighbours in time make one line.
void HeatMapView::paintClamps(QPainter& painter, const Painted& painted) const
{
    const HeatBlock& place = painted.place;
    const double thickness = std::clamp(place.unit.cellSize() / 8, 1.0, 2.5);
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int u = 0; u < place.unit.cells(); ++u) {
        for (int s = 0; s < place.time.cells(); ++s) {
            bool clamped = false;
            for (int unit = place.unit.first(u); unit <= place.unit.last(u) && !clamped; ++unit) {
                for (int t = place.time.first(s); t <= place.time.last(s) && !clamped; ++t)
                    clamped = clampOn(painted.block, unit, t + 1) != nullptr;
            }
            if (!clamped)
                continue;
            const QRectF cell = place.cell(s, u);
            painter.fillRect(QRectF(cell.left(), cell.bottom() - thickness, cell.width(), thickness),
                             colors().text);
        }
    }
}

QColor HeatMapView::colorOf(const Palette& palette, const Cell& cell, double range)
{
    const QColor color = diverging(palette, cell.value / range);
    return cell.share >= 1 ? color : mixed(palette.background, color, cell.share);
}

/// Cells with room between them; what is not computed yet is an empty frame.
void HeatMapView::paintCells(QPainter& painter, const Painted& painted, bool numbers) const
{
    const Palette& palette = colors();
    const HeatBlock& place = painted.place;
    const int exponent = rangeExponent(painted.range);
    const double power = std::pow(10.0, exponent);
    const QFont font = textFont(0.8);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    NegativeMarks marks;
    for (int u = 0; u < place.unit.cells(); ++u) {
        for (int s = 0; s < place.time.cells(); ++s) {
            const Cell cell = cellAt(painted.block, place, painted.arrived, s, u);
            const QRectF rect = place.cell(s, u).adjusted(1, 1, -1, -1);
            if (!cell.computed) {
                painter.setBrush(Qt::NoBrush);
                painter.setPen(QPen(palette.line, 1));
                painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
                continue;
            }
            const QColor color = colorOf(palette, cell, painted.range);
            painter.setBrush(color);
            painter.setPen(Qt::NoPen);
            painter.drawRoundedRect(rect, 2, 2);
            if (!numbers && NegativeMarks::marked(cell.value, painted.range))
                marks.add(rect, color);
            if (std::isnan(cell.value)) {
                painter.setPen(QPen(palette.wrong, 1));
                painter.drawLine(rect.bottomLeft(), rect.topRight());
            } else if (numbers && cell.share > 0.5) {
                const double shown = cell.value / power;
                QString label = signedNumber(shown);
                // Where a power of ten has no room, what rounds to nothing is written as that.
                if (std::abs(shown) < 0.005 && metrics.horizontalAdvance(label) > rect.width())
                    label = signedNumber(0);
                painter.setPen(textOn(color));
                if (metrics.horizontalAdvance(label) <= rect.width() &&
                    metrics.capHeight() + 2 <= rect.height())
                    painter.drawText(rect, Qt::AlignCenter, label);
            }
        }
    }
    if (painter.device() != this)
        marks.draw(painter);
}

/// Cells edge to edge; what is not computed yet is hatched.
void HeatMapView::paintDense(QPainter& painter, const Painted& painted) const
{
    const HeatBlock& place = painted.place;
    const int timeCells = place.time.cells();
    const int unitCells = place.unit.cells();
    const Palette& palette = colors(); // which one takes time to tell
    const QRgb ground = palette.background.rgb();
    const QRgb broken = palette.wrong.rgb();
    const bool printed =
        painter.device() != this && NegativeMarks::fitInto(place.time.cellSize(), place.unit.cellSize());
    NegativeMarks marks;
    QImage image(timeCells, unitCells, QImage::Format_RGB32);
    for (int u = 0; u < unitCells; ++u) {
        auto* row = reinterpret_cast<QRgb*>(image.scanLine(u));
        for (int s = 0; s < timeCells; ++s) {
            const Cell cell = cellAt(painted.block, place, painted.arrived, s, u);
            if (!cell.computed)
                row[s] = ground;
            else
                row[s] = std::isnan(cell.value) ? broken : colorOf(palette, cell, painted.range).rgb();
            if (printed && cell.computed && NegativeMarks::marked(cell.value, painted.range))
                marks.add(place.cell(s, u), QColor(row[s]));
        }
    }
    drawHeatImage(painter, place, image, ground);
    marks.draw(painter);
    for (int s = 0; s < timeCells;) {
        const int start = s++;
        const auto empty = [&](int cell) {
            return painted.arrived[static_cast<std::size_t>(place.time.first(cell))] <= 0 &&
                   painted.arrived[static_cast<std::size_t>(place.time.last(cell))] <= 0;
        };
        if (!empty(start))
            continue;
        while (s < timeCells && empty(s))
            ++s;
        drawHatch(painter,
                  QRectF(QPointF(place.time.edge(start), place.cells.top()),
                         QPointF(place.time.edge(s), place.cells.bottom())),
                  colors());
    }
}

/// The symbol says which channel it is already, and can say which layer. What is the same in all goes first.
HeatMapView::Label HeatMapView::labelOf(const Block& block, double range, double usual, int shortness) const
{
    const unrolled::Channel& info = channel(block);
    const Lane& lane = frame().lanes[static_cast<std::size_t>(block.lane)];
    const bool layered = lane.trace->layers.size() > 1;
    const bool inSymbol = layered && shortness >= 4; // without a subscript, which would reach into the rows
    Label label{QString::fromUtf8(info.symbol) +
                    (inSymbol ? QStringLiteral("^{(%1)}").arg(block.layer + 1) : QStringLiteral("_t")),
                {}};
    if (m_showGradient)
        label.symbol = QStringLiteral("∂%1/∂%2").arg(lossSymbol(frame()), label.symbol);
    QString title = QString::fromUtf8(info.title);
    if (shortness >= 1)
        title.remove(QStringLiteral(" gate"));
    const bool alone = !layered && frame().lanes.size() < 2 && range == usual;
    QStringList words;
    if (shortness < 2 || alone)
        words << title;
    if (layered && !inSymbol)
        words << tr("layer %1").arg(block.layer + 1);
    if (frame().lanes.size() > 1)
        words << lane.name;
    if (range != usual) {
        const QString colors = QChar(0xb1) + rangeText(range);
        words << (shortness < 3 ? tr("colours %1").arg(colors) : colors);
    }
    label.words = words.join(QStringLiteral(", "));
    return label;
}

double HeatMapView::roomForWords(const HeatBlock& place, const QString& symbol) const
{
    const double side = place.side.isEmpty() ? 0 : place.side.width() + 6;
    return std::max(0.0, place.label.width() - mathSize(smallFont(), symbol).width() - symbolGap - side);
}

/// The same for all blocks, so that they read alike.
int HeatMapView::shortnessOf(const std::vector<Block>& all, const HeatLayout& layout,
                             const std::vector<double>& ranges, double usual) const
{
    const QFontMetricsF metrics(smallFont());
    for (int shortness = 0; shortness < shortest; ++shortness) {
        bool fits = true;
        for (std::size_t i = 0; i < all.size() && fits; ++i) {
            const Label label = labelOf(all[i], ranges[i], usual, shortness);
            fits = metrics.horizontalAdvance(label.words) <= roomForWords(layout.blocks[i], label.symbol);
        }
        if (fits)
            return shortness;
    }
    return shortest;
}

void HeatMapView::paintLabels(QPainter& painter, const HeatBlock& place, const Label& name) const
{
    const Palette& palette = colors();
    const QFont font = smallFont();
    painter.setFont(font);
    const QFontMetricsF metrics(font);

    painter.setPen(palette.text);
    drawMath(painter, place.label, Qt::AlignLeft | Qt::AlignVCenter, name.symbol);
    const double left = roomForWords(place, name.symbol);
    const QFont narrow = narrowed(font, name.words, left, leastPixels);
    painter.setFont(narrow);
    painter.setPen(palette.muted);
    painter.drawText(QRectF(place.label.left() + mathSize(font, name.symbol).width() + symbolGap,
                            place.label.top(), left, place.label.height()),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetricsF(narrow).elidedText(name.words, Qt::ElideMiddle, left));
    painter.setFont(font);

    double free = -1e9; // from the first number to the second it is less far than between the others
    for (const int unit : spacedLabels(place.unit.count, place.unit.length / std::max(1, place.unit.count),
                                       metrics.ascent() + 1)) {
        const double y = place.unit.start + place.unit.length * (unit - 0.5) / place.unit.count;
        const double top =
            std::clamp(y - metrics.height() / 2, place.cells.top() - 3,
                       std::max(place.cells.top() - 3, place.cells.bottom() - metrics.height() + 3));
        if (top < free)
            continue;
        free = top + metrics.ascent();
        painter.drawText(QRectF(place.unitLabels.left(), top, place.unitLabels.width(), metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(unit));
    }
    if (place.timeLabels.isEmpty())
        return;
    const int current = frame().time();
    const double pixels = place.time.length / std::max(1, place.time.count);
    const bool spelled = pixels >= metrics.horizontalAdvance(QStringLiteral("t = 88")) + 6;
    const double room = metrics.horizontalAdvance(QString::number(place.time.count)) + 12;
    bool first = true;
    double taken = -1e9;
    for (const int t : spacedLabels(place.time.count, pixels, room, current)) {
        QString label = QString::number(t);
        if (spelled)
            label = QStringLiteral("t = ") + label;
        const double width = metrics.horizontalAdvance(label) + 2;
        const double x = std::clamp(place.time.start + pixels * (t - 0.5) - width / 2, place.cells.left() - 6,
                                    place.cells.right() - width + 6);
        if (x < taken + 3)
            continue;
        taken = x + width;
        painter.setPen(t == current ? palette.text : palette.muted);
        painter.drawText(QRectF(x, place.timeLabels.top(), width, place.timeLabels.height()), Qt::AlignCenter,
                         label);
        if (first && !spelled)
            drawMath(painter,
                     QRectF(place.unitLabels.left(), place.timeLabels.top(), place.unitLabels.width() - 2,
                            place.timeLabels.height()),
                     Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("t"));
        first = false;
    }
}

void HeatMapView::paintBody(QPainter& painter, const QRectF& area)
{
    if (frame().empty())
        return;
    const Palette& palette = colors();
    const std::vector<Block> all = blocks();
    if (all.empty()) {
        painter.setFont(textFont());
        painter.setPen(palette.muted);
        painter.drawText(area.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap, emptyText());
        return;
    }
    const HeatLayout layout = layoutIn(area, all);
    const double usual = legendRange(all);
    const int current = frame().time();
    const bool backward = frame().phase() == Phase::Backward;
    // A gradient's range is that of all blocks, and dear to find.
    std::vector<double> ranges(all.size(), usual);
    for (std::size_t i = 0; !m_showGradient && i < all.size(); ++i)
        ranges[i] = rangeOf(all[i]);
    const int shortness = shortnessOf(all, layout, ranges, usual);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const HeatBlock& place = layout.blocks[i];
        if (place.cells.width() < 4 || place.cells.height() < 2)
            continue;
        paintBlock(painter, all[i], place, ranges[i], layout.numbers);
        paintLabels(painter, place, labelOf(all[i], ranges[i], usual, shortness));
        if (!place.side.isEmpty() && allArrived(all[i])) {
            painter.save();
            paintSide(painter, all[i], place);
            painter.restore();
        }
        painter.save();
        painter.setBrush(Qt::NoBrush);
        if (current >= 1 && current <= place.time.count) {
            const int cell = place.time.cellOf(current - 1);
            QRectF column(QPointF(place.time.edge(cell), place.cells.top()),
                          QPointF(place.time.edge(cell + 1), place.cells.bottom()));
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(backward ? palette.backward : palette.forward, 1.5));
            painter.drawRoundedRect(column, 2, 2);
        }
        for (const HeatPlace& mark : {m_hover, m_cursor}) {
            // Pictures show no pointer.
            if (painter.device() != this || mark.block != static_cast<int>(i) ||
                mark.timeCell >= place.time.cells() || mark.unitCell >= place.unit.cells())
                continue;
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(palette.text, 1.5));
            painter.drawRect(place.cell(mark.timeCell, mark.unitCell).adjusted(0.5, 0.5, -0.5, -0.5));
        }
        painter.restore();
    }
}

} // namespace ui
