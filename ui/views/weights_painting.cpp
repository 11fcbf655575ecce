#include "ui/paint/arrow.h"
#include "ui/paint/color_legend.h"
#include "ui/paint/hatch.h"
#include "ui/paint/heat_image.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/weights_view.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr int leastFact = 9; // pixels of the font of what stands below the plane

bool showsCells(const HeatBlock& place)
{
    return place.time.cellSize() >= 8 && place.unit.cellSize() >= 6;
}

/// Whether signs are told by hatching, in pictures.
bool hatches(const HeatBlock& place, bool numbers)
{
    return !numbers && NegativeMarks::fitInto(place.time.cellSize(), place.unit.cellSize());
}

} // namespace

QString WeightsView::mathCaption() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return {};
    // As the caption names it.
    const QString symbol =
        QString::fromStdString(shown->parameter().block.symbol).section(QLatin1Char('^'), 0, 0);
    const QString plain = QString(symbol).remove(QLatin1Char('{')).remove(QLatin1Char('}'));
    return mathWords(caption()).replace(mathWords(plain), symbol);
}

QString WeightsView::printedRemark() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return {};
    const WeightLayout layout = layoutIn(body(), *shown);
    return hatches(layout.maps.front(), layout.numbers) ? tr("hatched: negative") : QString();
}

QString WeightsView::mapSymbol(Map map, const WeightBlock& block) const
{
    switch (map) {
    case Value:
        break;
    case Gradient:
        return QStringLiteral("∂L/∂") + block.symbol();
    case Update:
        return QStringLiteral("Δ") + block.symbol();
    }
    return block.symbol();
}

/// What is not computed yet: empty frames, or hatching where cells are small.
void WeightsView::paintBlank(QPainter& painter, const HeatBlock& place) const
{
    if (!showsCells(place))
        return drawHatch(painter, place.cells, colors());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colors().line, 1));
    for (int row = 0; row < place.unit.cells(); ++row) {
        for (int column = 0; column < place.time.cells(); ++column)
            painter.drawRoundedRect(place.cell(column, row).adjusted(1.5, 1.5, -1.5, -1.5), 2, 2);
    }
}

void WeightsView::paintMap(QPainter& painter, const Entries& entries, const HeatBlock& place, double range,
                           bool numbers) const
{
    const Palette& palette = colors();
    const bool printed = painter.device() != this && hatches(place, numbers);
    NegativeMarks marks;
    if (!showsCells(place)) {
        QImage image(place.time.cells(), place.unit.cells(), QImage::Format_RGB32);
        for (int row = 0; row < image.height(); ++row) {
            auto* pixels = reinterpret_cast<QRgb*>(image.scanLine(row));
            for (int column = 0; column < image.width(); ++column) {
                const double value = largestIn(entries, place, column, row).value;
                const QColor color = std::isnan(value) ? palette.wrong : diverging(palette, value / range);
                pixels[column] = color.rgb();
                if (printed && NegativeMarks::marked(value, range))
                    marks.add(place.cell(column, row), color);
            }
        }
        drawHeatImage(painter, place, image, palette.background.rgb());
        return marks.draw(painter);
    }
    const double power = std::pow(10.0, rangeExponent(range));
    const QFont font = textFont(0.8);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int row = 0; row < place.unit.cells(); ++row) {
        for (int column = 0; column < place.time.cells(); ++column) {
            const double value = largestIn(entries, place, column, row).value;
            const QRectF rect = place.cell(column, row).adjusted(1, 1, -1, -1);
            const QColor color = diverging(palette, value / range);
            painter.setBrush(color);
            painter.setPen(Qt::NoPen);
            painter.drawRoundedRect(rect, 2, 2);
            if (printed && NegativeMarks::marked(value, range))
                marks.add(rect, color);
            if (std::isnan(value)) {
                painter.setPen(QPen(palette.wrong, 1));
                painter.drawLine(rect.bottomLeft(), rect.topRight());
            } else if (numbers) {
                const double shown = value / power;
                QString label = signedNumber(shown);
                // Where a power of ten has no room, what rounds to nothing is written as that.
                if (std::abs(shown) < 0.005 && metrics.horizontalAdvance(label) > rect.width())
                    label = signedNumber(0);
                painter.setPen(textOn(color));
                if (metrics.horizontalAdvance(label) <= rect.width())
                    painter.drawText(rect, Qt::AlignCenter, label);
            }
        }
    }
    marks.draw(painter);
}

/// The name above a map, and at its right the colours.
void WeightsView::paintMapCaption(QPainter& painter, Map map, const WeightBlock& block,
                                  const HeatBlock& place, double range, bool numbers) const
{
    const QFont font = smallFont();
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setPen(colors().text);
    const QString symbol = mapSymbol(map, block);
    drawMath(painter, place.label, Qt::AlignLeft | Qt::AlignVCenter, symbol);
    double x = place.label.left() + mathSize(font, symbol).width() + 8;
    painter.setPen(colors().muted);
    const auto write = [&](const QString& words) {
        const double room = place.label.right() - x;
        if (metrics.horizontalAdvance(words) > room)
            return false;
        painter.drawText(QRectF(x, place.label.top(), room + 1, place.label.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, words);
        x += metrics.horizontalAdvance(words) + 8;
        return true;
    };
    if (range <= 0) { // not computed
        if (!write(map == Update ? tr("comes with the update") : tr("comes with the backward pass")))
            write(tr("not yet"));
        return;
    }
    const int exponent = numbers ? rangeExponent(range) : 0;
    if (exponent != 0)
        write(tr("in 10%1").arg(superscript(exponent)));
    const double end = range / std::pow(10.0, exponent); // of the scale, in the unit of the numbers
    const double words = drawColorLegend(nullptr, {}, font, colors(), end, 0);
    const double bar = std::min(72.0, place.label.right() - x - words);
    if (bar >= 24)
        drawColorLegend(
            &painter,
            QRectF(place.label.right() - words - bar, place.label.top(), words + bar, place.label.height()),
            font, colors(), end, bar, painter.device() != this && hatches(place, numbers));
    else
        write(QChar(0xb1) + rangeText(end));
}

void WeightsView::paintMapLabels(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const
{
    const QFont font = smallFont();
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setPen(colors().muted);
    const auto beside = [&](double y, const QString& label) {
        painter.drawText(QRectF(place.unitLabels.left(), y - metrics.height() / 2, place.unitLabels.width(),
                                metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, label);
    };
    if (!place.unitLabels.isNull() && block.gates() > 1) {
        const double height = place.cells.height() / block.gates();
        for (int gate = 0; gate < block.gates(); ++gate)
            beside(place.cells.top() + (gate + 0.5) * height, block.gateLetter(gate));
    } else if (!place.unitLabels.isNull()) {
        const double pixels = place.unit.length / std::max(1, place.unit.count);
        for (const int row : spacedLabels(place.unit.count, pixels, metrics.ascent() + 1))
            beside(place.unit.start + pixels * (row - 0.5), block.rowLabel(row - 1));
    }
    if (place.timeLabels.isNull())
        return;
    const double pixels = place.time.length / std::max(1, place.time.count);
    double widest = 0;
    for (int column = 0; column < block.columns(); ++column)
        widest = std::max(widest, metrics.horizontalAdvance(block.columnLabel(column)));
    for (const int column : spacedLabels(place.time.count, pixels, widest + 3)) {
        const QString label = block.columnLabel(column - 1);
        const double width = metrics.horizontalAdvance(label) + 2;
        const double x = place.time.start + pixels * (column - 0.5) - width / 2;
        painter.drawText(QRectF(x, place.timeLabels.top(), width, place.timeLabels.height()), Qt::AlignCenter,
                         label);
    }
}

void WeightsView::paintGateBorders(QPainter& painter, const WeightBlock& block, const HeatBlock& place) const
{
    const bool cells = showsCells(place); // which have room for a line between them
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int gate = 1; gate < block.gates(); ++gate) {
        const double y = place.cells.top() + place.cells.height() * gate / block.gates();
        painter.fillRect(
            QRectF(place.cells.left(), y - (cells ? 0.5 : 1), place.cells.width(), cells ? 1 : 2),
            cells ? colors().muted : colors().background);
    }
}

QColor WeightsView::gateColor(int gate, const WeightBlock& block) const
{
    return block.gates() > 1 ? colors().series[gate % 4] : colors().forward;
}

void WeightsView::paintFacts(QPainter& painter, const WeightBlock& block, const QRectF& room,
                             const std::vector<unrolled::MatrixSpectrum>& now,
                             const std::vector<unrolled::MatrixSpectrum>& before) const
{
    QFont font = smallFont();
    const double line = std::ceil(QFontMetricsF(font).height()) + 1;
    double y = room.top();
    const auto write = [&](int gate, bool marked, bool filled, const QString& math, const QColor& color) {
        if (y + line > room.bottom() + 2)
            return;
        if (marked) {
            painter.save();
            painter.setRenderHint(QPainter::Antialiasing);
            paintPlaneMark(painter, {room.left() + 5, y + line / 2}, planeMarks[gate % 4], 3.2,
                           gateColor(gate, block), filled);
            painter.restore();
        }
        painter.setPen(color);
        drawMath(painter, QRectF(room.left() + 14, y, room.width() - 14, line),
                 Qt::AlignLeft | Qt::AlignVCenter, math);
        y += line;
    };
    // With some of the margin behind it.
    const auto fits = [&](const QString& math) { return mathSize(font, math).width() <= room.width() - 8; };
    const auto facts = [&](int gate, bool all) {
        const unrolled::MatrixSpectrum& of = now[static_cast<std::size_t>(gate)];
        const QString named = block.gateLetter(gate) + QStringLiteral(":  ρ = ") + norm(of.radius);
        return all ? named + QStringLiteral(",  σ_{max} = ") + norm(of.sigmaMax) : named;
    };
    for (int gate = 0; block.gates() > 1 && gate < static_cast<int>(now.size()); ++gate) {
        while (!fits(facts(gate, false)) && QFontInfo(font).pixelSize() > leastFact)
            font.setPixelSize(QFontInfo(font).pixelSize() - 1);
    }
    painter.setFont(font);
    bool all = true; // of every gate, or only the radius
    for (int gate = 0; gate < static_cast<int>(now.size()); ++gate)
        all = all && fits(facts(gate, true));
    for (int gate = 0; gate < static_cast<int>(now.size()); ++gate) {
        const unrolled::MatrixSpectrum& of = now[static_cast<std::size_t>(gate)];
        if (of.empty()) {
            write(gate, false, false, tr("not finite"), colors().muted);
            continue;
        }
        if (block.gates() > 1) {
            write(gate, true, true, facts(gate, all), colors().text);
            continue;
        }
        write(gate, true, true, QStringLiteral("ρ = ") + norm(of.radius), colors().text);
        write(gate, false, false, QStringLiteral("σ_{max} = ") + norm(of.sigmaMax), colors().text);
    }
    if (now.empty() || before.empty() || before.front().empty() || keys(false) == keys(true))
        return;
    // Rather in smaller letters than not at all.
    const QString radius = QStringLiteral("ρ = ") + norm(before.front().radius);
    const bool several = block.gates() > 1;
    const QString brief = several ? tr("hollow: at 0") : radius;
    QString told = several ? tr("hollow: at iteration 0") : tr("%1 at iteration 0").arg(radius);
    font = narrowed(font, told, room.width() - 22, leastFact);
    if (!fits(told))
        told = brief;
    painter.setFont(font);
    if (fits(told))
        write(0, !several, false, told, colors().muted);
}

void WeightsView::paintSpectrum(QPainter& painter, const WeightBlock& block, const WeightLayout& layout) const
{
    paintSpectrumCaption(painter, block, layout);
    if (layout.plane.width() < 24)
        return;
    ComplexPlane at = plane();
    const std::vector<unrolled::MatrixSpectrum> before = known(keys(true));
    std::vector<unrolled::MatrixSpectrum> now = spectra();
    // Until those of now are known, the former ones stand in, faintly.
    const bool stale = now.empty() && !m_former.empty();
    double largest = 0;
    for (const auto* all : {&before, stale ? &m_former : &now}) {
        for (const unrolled::MatrixSpectrum& each : *all)
            largest = std::max(largest, each.radius);
    }
    at.reach = planeReach(inFilm("eigenvalues", largest));
    const auto& shown = stale ? m_former : now;
    const double size = std::clamp(at.square.width() / 40, 2.2, 4.0) * (block.columns() > 24 ? 0.6 : 1.0);
    std::vector<QPointF> marks;
    marks.reserve(2 * shown.size() * static_cast<std::size_t>(block.columns()));
    for (const auto* all : {&before, &shown}) {
        for (const unrolled::MatrixSpectrum& each : *all) {
            for (const std::complex<double>& number : each.eigenvalues)
                marks.push_back(at.at(number));
        }
    }
    const QFont font = textFont(0.8);
    paintPlane(painter, at, font, colors(), planeLabels(at, font, marks, 1.2 * size + 1));
    painter.save();
    for (std::size_t gate = 0; gate < before.size(); ++gate) {
        const QColor color = mixed(colors().background, gateColor(static_cast<int>(gate), block), 0.55);
        paintPlaneMarks(painter, at, before[gate].eigenvalues, planeMarks[gate % 4], size, color, false);
    }
    for (std::size_t gate = 0; gate < shown.size(); ++gate) {
        QColor color = gateColor(static_cast<int>(gate), block);
        if (stale)
            color = mixed(colors().background, color, 0.35);
        paintPlaneMarks(painter, at, shown[gate].eigenvalues, planeMarks[gate % 4], size, color, true);
    }
    painter.restore();
    paintFacts(painter, block, layout.facts, now, before);
}

void WeightsView::paintBody(QPainter& painter, const QRectF& area)
{
    const std::optional<WeightBlock> shown = block();
    if (!shown)
        return;
    const WeightLayout layout = layoutIn(area, *shown);
    for (const Map map : {Value, Gradient, Update}) {
        if (static_cast<std::size_t>(map) >= layout.maps.size())
            break;
        const HeatBlock& place = layout.maps[static_cast<std::size_t>(map)];
        if (place.cells.width() < 4 || place.cells.height() < 4)
            continue;
        const bool there = computed(map);
        const double range = there ? rangeOf(map, shown->parameter()) : 0;
        painter.save();
        if (there)
            paintMap(painter, entriesOf(map, *shown), place, range, layout.numbers);
        else
            paintBlank(painter, place);
        if (map == Value)
            paintChanges(painter, *shown, place);
        paintGateBorders(painter, *shown, place);
        painter.restore();
        paintMapCaption(painter, map, *shown, place, range, layout.numbers);
        paintMapLabels(painter, *shown, place);
        // Pictures show no pointer. The same entry is marked in all maps.
        for (const HeatPlace& mark : {m_hover, m_cursor}) {
            if (painter.device() != this || mark.block < 0 || mark.timeCell >= place.time.cells() ||
                mark.unitCell >= place.unit.cells())
                continue;
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colors().text, 1.5));
            painter.drawRect(place.cell(mark.timeCell, mark.unitCell).adjusted(0.5, 0.5, -0.5, -0.5));
        }
    }
    if (shown->recurrent() && m_singular)
        paintSingularValues(painter, *shown, layout);
    else if (shown->recurrent())
        paintSpectrum(painter, *shown, layout);
}

} // namespace ui
