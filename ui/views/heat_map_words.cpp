#include "ui/views/heat_map_view.h"

#include "ui/paint/color_legend.h"
#include "ui/paint/hatch.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/number_format.h"
#include "ui/session/intervention_edit.h"

#include <QStringList>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::Phase;

QString HeatMapView::caption() const
{
    return frame().empty() || blocks().empty()
               ? PaneView::caption()
               : tr("%1 (unit × time step), iteration %2").arg(title(), count(frame().position.iteration));
}

QString HeatMapView::printedRemark() const
{
    return hatches() ? tr("hatched: negative") : QString();
}

bool HeatMapView::hatches() const
{
    const std::vector<Block> all = blocks();
    const bool negative = m_showGradient || std::any_of(all.begin(), all.end(), [this](const Block& block) {
                              return channel(block).low < 0;
                          });
    if (all.empty() || !negative)
        return false;
    const HeatLayout layout = layoutIn(QRectF(body()), all);
    const HeatBlock& first = layout.blocks.front();
    return !layout.numbers && NegativeMarks::fitInto(first.time.cellSize(), first.unit.cellSize());
}

QString HeatMapView::remark() const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return {};
    QStringList parts;
    const HeatLayout layout = layoutIn(body().isEmpty() ? QRectF(0, 0, 340, 200) : QRectF(body()), all);
    const HeatBlock& first = layout.blocks.front();
    if (m_showGradient && frame().pickedLoss > 0)
        parts << tr("of %1 alone").arg(lossName(frame()));
    if (m_showGradient && frame().phase() < Phase::Backward)
        parts << tr("filled in by the backward pass");
    if (first.time.group > 1 || first.unit.group > 1) {
        QStringList sizes;
        if (first.unit.group > 1)
            sizes << tr("%1 units").arg(first.unit.group);
        if (first.time.group > 1)
            sizes << tr("%1 steps").arg(first.time.group);
        parts << tr("a square: the largest of %1").arg(sizes.join(QStringLiteral(" × ")));
    }
    for (const Lane& lane : frame().lanes) {
        if (lane.trace && channelsOf(lane.trace->cell).empty())
            parts << tr("%1 has none").arg(lane.name);
    }
    const int exponent = rangeExponent(legendRange(all));
    if (layout.numbers && exponent != 0)
        parts << tr("numbers in 10%1").arg(superscript(exponent));
    return parts.join(QStringLiteral("; "));
}

QString HeatMapView::textOf(const Block& block, const HeatBlock& place, int timeCell, int unitCell) const
{
    const Cell cell = cellAt(block, place, arrived(block), timeCell, unitCell);
    const unrolled::Channel& info = channel(block);
    const Lane& lane = frame().lanes[static_cast<std::size_t>(block.lane)];
    QString where = tr("unit %1, t = %2").arg(cell.unit + 1).arg(cell.t);
    if (lane.trace->layers.size() > 1)
        where = tr("layer %1, %2").arg(block.layer + 1).arg(where);
    if (frame().lanes.size() > 1)
        where = tr("%1, %2").arg(lane.name, where);
    const QString what = m_showGradient ? tr("gradient of the %1").arg(QString::fromUtf8(info.title))
                                        : QString::fromUtf8(info.title);
    if (!cell.computed)
        return tr("%1, %2: not computed yet").arg(what, where);
    QString result = tr("%1, %2: %3").arg(what, where, exact(cell.value));
    if (const unrolled::GateClamp* clamp = clampOn(block, cell.unit, cell.t)) {
        unrolled::Intervention thing;
        thing.kind = unrolled::InterventionKind::Clamp;
        thing.set = clamp->channel;
        thing.layer = block.layer;
        thing.units = {cell.unit};
        thing.steps = {cell.t};
        const unrolled::Intervention* change =
            lane.interventions ? inForceOn(*lane.interventions, thing, lane.trace->iteration) : nullptr;
        result +=
            QLatin1Char('\n') + (change ? interventionText(*change, lane.trace->cell.kind)
                                        : tr("clamped to %1 by an intervention").arg(exact(clamp->value)));
    }
    const int values = (place.time.last(timeCell) - place.time.first(timeCell) + 1) *
                       (place.unit.last(unitCell) - place.unit.first(unitCell) + 1);
    if (values > 1)
        result += QLatin1Char('\n') + tr("the largest of %1 values: units %2–%3, t = %4–%5")
                                          .arg(values)
                                          .arg(place.unit.first(unitCell) + 1)
                                          .arg(place.unit.last(unitCell) + 1)
                                          .arg(place.time.first(timeCell) + 1)
                                          .arg(place.time.last(timeCell) + 1);
    if (!m_showGradient && allArrived(block)) {
        if (const QString side = sideText(block, place.unit.first(unitCell), place.unit.last(unitCell));
            !side.isEmpty())
            result += QLatin1Char('\n') + side;
    }
    return result;
}

QString HeatMapView::textAt(const QPointF& pixel) const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return {};
    const HeatLayout layout = layoutIn(body(), all);
    const HeatPlace place = placeAt(layout, pixel);
    if (const HeatPlace side = sideAt(layout, pixel); side.block >= 0) {
        const Block& block = all[static_cast<std::size_t>(side.block)];
        const HeatAxis& units = layout.blocks[static_cast<std::size_t>(side.block)].unit;
        const QString words = sideText(block, units.first(side.unitCell), units.last(side.unitCell));
        return words.isEmpty() || !allArrived(block)
                   ? QString()
                   : tr("%1, %2").arg(QString::fromUtf8(channel(block).title), words);
    }
    if (place.block < 0)
        return {};
    const auto i = static_cast<std::size_t>(place.block);
    return textOf(all[i], layout.blocks[i], place.timeCell, place.unitCell);
}

QString HeatMapView::describe() const
{
    const std::vector<Block> all = blocks();
    if (frame().empty())
        return tr("%1: nothing computed yet.").arg(title());
    if (all.empty())
        return title() + QStringLiteral(". ") + emptyText();
    QStringList lines;
    lines << tr("%1 at iteration %2, %3.")
                 .arg(title(), count(frame().position.iteration),
                      m_showGradient ? tr("gradients") : tr("values"));
    for (const Block& block : all) {
        const Eigen::MatrixXd& values = data(block);
        const std::vector<double> there = arrived(block);
        int steps = 0;
        double low = HUGE_VAL;
        double high = -HUGE_VAL;
        for (Eigen::Index t = 0; t < values.cols(); ++t) {
            if (there[static_cast<std::size_t>(t)] < 1)
                continue;
            ++steps;
            low = std::min(low, values.col(t).minCoeff());
            high = std::max(high, values.col(t).maxCoeff());
        }
        const unrolled::Channel& info = channel(block);
        QString name = QString::fromUtf8(info.title);
        if (frame().trace().layers.size() > 1)
            name += tr(" of layer %1").arg(block.layer + 1);
        if (frame().lanes.size() > 1)
            name += tr(" of %1").arg(frame().lanes[static_cast<std::size_t>(block.lane)].name);
        const QString size =
            tr("%1: %2 units over %3 steps, ").arg(name).arg(values.rows()).arg(values.cols());
        lines << (steps == 0 ? size + tr("not computed yet.")
                             : size + tr("%1 computed, between %2 and %3.")
                                          .arg(steps)
                                          .arg(m_showGradient ? norm(low) : signedNumber(low),
                                               m_showGradient ? norm(high) : signedNumber(high)));
        if (const QString side = sideSummary(block);
            !side.isEmpty() && !m_showGradient && steps == values.cols())
            lines << side;
    }
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
