#include "ui/views/gates_view.h"

#include "core/gradients/gate_saturation.h"
#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::GateSaturation;

namespace {

/// "< 0.1" and "> 0.9", as the head of the bars.
QString closedMark()
{
    return QStringLiteral("<0.1");
}

QString openMark()
{
    return QStringLiteral(">0.9");
}

QString stepShare(double share)
{
    return plainNumber(100 * share, std::abs(100 * share - std::round(100 * share)) < 0.005 ? 0 : 2) +
           QStringLiteral(" %");
}

} // namespace

GatesView::GatesView(QWidget* parent) : HeatMapView(parent)
{
    setAccessibleName(GatesView::title());
}

GatesView::~GatesView() = default;

QString GatesView::title() const
{
    return tr("Gates over time");
}

QString GatesView::shortTitle() const
{
    return tr("Gates");
}

std::vector<int> GatesView::channelsOf(const unrolled::CellSpec& cell) const
{
    std::vector<int> result;
    const auto& all = unrolled::channels(cell);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].role == unrolled::ChannelRole::Gate)
            result.push_back(static_cast<int>(i));
    }
    return result;
}

QString GatesView::emptyText() const
{
    return tr("This cell has no gates: it writes its whole state anew at every step. GRU and LSTM have gates "
              "that decide what is kept and what is written.");
}

void GatesView::frameChanged()
{
    m_known.resize(frame().lanes.size());
    m_ghosts.resize(frame().lanes.size());
    for (std::size_t lane = 0; lane < m_known.size(); ++lane) {
        m_known[lane].find(frame().lanes[lane].trace);
        m_ghosts[lane].find(ghostTrace(frame(), lane));
    }
    HeatMapView::frameChanged();
}

void GatesView::Known::find(const std::shared_ptr<const unrolled::IterationTrace>& of)
{
    if (of == trace)
        return;
    trace = of;
    all = of ? unrolled::gateSaturation(*of) : std::vector<GateSaturation>();
}

const GateSaturation* GatesView::saturationOf(const Block& block) const
{
    return saturationIn(m_known, block, channel(block).name);
}

const GateSaturation* GatesView::ghostOf(const Block& block) const
{
    return saturationIn(m_ghosts, block, channel(block).name);
}

const GateSaturation* GatesView::saturationIn(const std::vector<Known>& known, const Block& block,
                                              std::string_view gate)
{
    const auto& all = known.at(static_cast<std::size_t>(block.lane)).all;
    // They come layer by layer, gate by gate, unit by unit.
    const auto begin = std::find_if(all.begin(), all.end(), [&](const GateSaturation& one) {
        return one.layer == block.layer && one.gate == gate;
    });
    return begin == all.end() ? nullptr : &*begin;
}

GatesView::Shares GatesView::sharesOf(const GateSaturation* units, int first, int last)
{
    Shares shares;
    for (int unit = first; unit <= last; ++unit) {
        shares.closed += units[unit].left;
        shares.open += units[unit].right;
    }
    shares.closed /= last - first + 1;
    shares.open /= last - first + 1;
    return shares;
}

double GatesView::sideWidth() const
{
    const bool some =
        std::any_of(m_known.begin(), m_known.end(), [](const Known& known) { return !known.all.empty(); });
    return some ? std::ceil(QFontMetricsF(textFont(0.8)).horizontalAdvance(closedMark() + openMark())) + 8
                : 0;
}

QString GatesView::printedRemark() const
{
    QStringList words{HeatMapView::printedRemark()};
    if (sideWidth() > 0)
        words << tr("bars: share of the steps at which a gate is below 0.1, above 0.9");
    words.removeAll(QString());
    return words.join(QStringLiteral(" · "));
}

std::pair<QRectF, QRectF> GatesView::barsIn(const HeatBlock& place, int unitCell, const Shares& shares)
{
    const double top = place.unit.edge(unitCell);
    const double height = place.unit.edge(unitCell + 1) - top;
    const double inset = height > 6 ? std::max(1.0, (height - 14) / 2) : 0;
    const QRectF row(place.side.left(), top + inset, place.side.width(), height - 2 * inset);
    QRectF closed = row;
    closed.setWidth(row.width() * shares.closed);
    QRectF open = row;
    open.setLeft(row.right() - row.width() * shares.open);
    return {closed, open};
}

std::pair<QRectF, QRectF> GatesView::bars(int block, int unitCell) const
{
    const std::vector<Block> all = blocks();
    const HeatBlock place = layout().blocks.at(static_cast<std::size_t>(block));
    const GateSaturation* units = saturationOf(all.at(static_cast<std::size_t>(block)));
    if (place.side.isEmpty() || !units)
        return {};
    return barsIn(place, unitCell, sharesOf(units, place.unit.first(unitCell), place.unit.last(unitCell)));
}

void GatesView::paintSide(QPainter& painter, const Block& block, const HeatBlock& place) const
{
    const GateSaturation* units = saturationOf(block);
    if (!units)
        return;
    const Palette& palette = colors();
    const QColor open = diverging(palette, 1);
    std::vector<std::pair<QRectF, QRectF>> rows;
    rows.reserve(static_cast<std::size_t>(place.unit.cells()));
    for (int cell = 0; cell < place.unit.cells(); ++cell)
        rows.push_back(barsIn(place, cell, sharesOf(units, place.unit.first(cell), place.unit.last(cell))));
    for (const auto& [left, right] : rows) { // whole pixels: no seam where rows have no room between them
        const double top = std::floor(left.top());
        painter.fillRect(QRectF(place.side.left(), top, place.side.width(), std::ceil(left.bottom()) - top),
                         palette.track);
    }
    for (const auto& [left, right] : rows) {
        painter.fillRect(left, palette.neutralBar);
        painter.fillRect(right, open);
    }
    const GateSaturation* without = ghostOf(block);
    painter.setPen(QPen(palette.text, 1, Qt::DotLine));
    const bool smooth = painter.testRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::Antialiasing, false); // thin lines stay crisp
    for (int cell = 0; without && cell < place.unit.cells(); ++cell) {
        constexpr double visible = 0.75; // pixels
        const auto& [left, right] = rows[static_cast<std::size_t>(cell)];
        const auto [closed, opened] =
            barsIn(place, cell, sharesOf(without, place.unit.first(cell), place.unit.last(cell)));
        if (std::abs(closed.right() - left.right()) >= visible)
            painter.drawLine(closed.topRight(), closed.bottomRight());
        if (std::abs(opened.left() - right.left()) >= visible)
            painter.drawLine(opened.topLeft(), opened.bottomLeft());
    }
    painter.setRenderHint(QPainter::Antialiasing, smooth);
    painter.setFont(textFont(0.8));
    painter.setPen(palette.muted);
    const QRectF head(place.side.left(), place.label.top(), place.side.width(), place.label.height());
    painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, closedMark());
    painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, openMark());
}

QString GatesView::sideText(const Block& block, int first, int last) const
{
    const GateSaturation* known = saturationOf(block);
    if (!known)
        return {};
    const Shares shares = sharesOf(known, first, last);
    const QString who = first == last ? tr("unit %1").arg(first + 1)
                                      : tr("units %1–%2, on the average").arg(first + 1).arg(last + 1);
    QString words = tr("%1: below 0.1 (closed) at %2 of the steps, above 0.9 (open) at %3")
                        .arg(who, stepShare(shares.closed), stepShare(shares.open));
    if (const GateSaturation* ghost = ghostOf(block)) {
        const Shares without = sharesOf(ghost, first, last);
        words +=
            tr("; without the changes %1 and %2").arg(stepShare(without.closed), stepShare(without.open));
    }
    return words;
}

QString GatesView::sideSummary(const Block& block) const
{
    const GateSaturation* known = saturationOf(block);
    if (!known)
        return {};
    const unrolled::IterationTrace& trace = *frame().lanes[static_cast<std::size_t>(block.lane)].trace;
    const auto units = static_cast<int>(trace.layers[static_cast<std::size_t>(block.layer)].hiddenSize());
    const Shares shares = sharesOf(known, 0, units - 1);
    const auto always =
        std::count_if(known, known + units, [](const GateSaturation& one) { return one.right == 1; });
    return tr("On the average below 0.1 (closed) at %1 of the steps, above 0.9 (open) at %2; %3 of %4 units "
              "are open all the time.")
        .arg(stepShare(shares.closed), stepShare(shares.open))
        .arg(always)
        .arg(units);
}

} // namespace ui
