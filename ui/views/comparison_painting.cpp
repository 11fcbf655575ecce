#include "ui/views/comparison_view.h"

#include "ui/paint/arrow.h"
#include "ui/paint/lane_look.h"
#include "ui/paint/magnitude_legend.h"
#include "ui/paint/number_format.h"
#include "ui/views/lane_facts.h"
#include "ui/views/plot_pane.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double pale = 0.35;       // of a colour that is still to come
constexpr double ghostShare = 0.25; // of a strip's height

} // namespace

void ComparisonView::paintBody(QPainter& painter, const QRectF& body)
{
    if (frame().empty())
        return;
    const Layout layout = layoutIn(body);
    painter.setRenderHint(QPainter::Antialiasing);
    paintHead(painter, layout, body);
    for (int lane = 0; lane < static_cast<int>(frame().lanes.size()); ++lane) {
        if (!frame().lanes[static_cast<std::size_t>(lane)].trace)
            continue;
        paintName(painter, layout, lane);
        if (hasCaughtUp(frame(), frame().lanes[static_cast<std::size_t>(lane)])) {
            paintStrip(painter, layout, lane);
            paintColumns(painter, layout, lane);
            continue;
        }
        painter.setFont(smallFont());
        painter.setPen(colors().muted);
        painter.drawText(layout.strip(lane), Qt::AlignLeft | Qt::AlignVCenter, tr("catches up…"));
    }
    paintTimes(painter, layout);
}

void ComparisonView::paintHead(QPainter& painter, const Layout& layout, const QRectF& body) const
{
    painter.setFont(smallFont());
    painter.setPen(colors().muted);
    const double height = 2 * QFontMetricsF(smallFont()).height();
    for (const Column& column : layout.columns)
        painter.drawText(QRectF(column.right - column.width - 2, body.top() + 2, column.width + 2, height),
                         Qt::AlignRight | Qt::AlignBottom | Qt::TextWordWrap, column.title);
    painter.setPen(QPen(colors().line, 1));
    painter.drawLine(QPointF(body.left() + 12, layout.rows.top() - 1.5),
                     QPointF(body.right() - 12, layout.rows.top() - 1.5));
}

void ComparisonView::paintName(QPainter& painter, const Layout& layout, int lane) const
{
    const QRectF row = layout.row(lane);
    const auto index = static_cast<std::size_t>(lane);
    const bool several = frame().lanes.size() > 1;
    const double text = QFontInfo(font()).pixelSize();
    if (several && index == frame().front) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors().panel);
        painter.drawRoundedRect(row.adjusted(8, 1, -8, -1), 4, 4);
    }
    // The line that stands for it in the plots.
    if (several) {
        const std::size_t look = laneLooks(frame())[index];
        painter.setPen(QPen(colors().series[look], 2.4, laneStyles[look]));
        painter.drawLine(QPointF(row.left() + text, row.center().y()),
                         QPointF(row.left() + 2.4 * text, row.center().y()));
    }
    QFont bold = textFont();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(colors().text);
    const double left = row.left() + (several ? 2.8 : 1) * text;
    const QRectF room(left, row.top(), layout.time.left - left - 4, row.height());
    const QString& name = frame().lanes[index].name;
    const QFontMetricsF metrics(bold);
    const QRectF wrapped =
        metrics.boundingRect(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, name);
    if (room.adjusted(-1, 0, 1, 0).contains(wrapped))
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, name);
    else // what tells models apart is often the end
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                         metrics.elidedText(name, Qt::ElideMiddle, room.width()));
}

void ComparisonView::paintStrip(QPainter& painter, const Layout& layout, int lane) const
{
    const Lane& shown = frame().lanes[static_cast<std::size_t>(lane)];
    const Norms& norms = m_norms.at(static_cast<std::size_t>(lane));
    const QRectF strip = layout.strip(lane);
    QRectF own = strip;
    if (!norms.without.empty()) {
        const double height = std::max(3.0, std::round(ghostShare * strip.height()));
        own.setBottom(strip.bottom() - height - 1);
        paintNorms(painter, layout, strip.adjusted(0, own.height() + 1, 0, 0), norms.without, false);
    }
    paintNorms(painter, layout, own, norms.logs, true);
    for (int t = 1; t < shown.trace->steps(); ++t) {
        constexpr double visible = 4; // pixels
        const bool cut = shown.trace->edits.cutAfter(layerOf(shown), t);
        if (shown.trace->handsBack(layerOf(shown), t) || (!cut && layout.time.column() < visible))
            continue;
        const double x = layout.time.edge(t + 1);
        drawGap(painter, {x, own.top() - 3, x, own.bottom() + (own == strip ? 3 : 0)}, colors(), 1);
    }
}

void ComparisonView::paintNorms(QPainter& painter, const Layout& layout, const QRectF& strip,
                                const std::vector<double>& logs, bool withNumbers) const
{
    const double column = layout.time.column();
    const int steps = std::min(layout.time.steps, static_cast<int>(logs.size()));
    const auto logOf = [&](int t) { return logs[static_cast<std::size_t>(t - 1)]; };
    const int layer = frame().lane().trace ? layerOf(frame().lane()) : 0;
    const QFont font = textFont(0.8);
    const QFontMetricsF metrics(font);
    bool numbers = withNumbers && column >= 30;
    for (int t = 1; numbers && t <= steps; ++t)
        numbers = metrics.horizontalAdvance(normOfLog(logOf(t))) + 6 <= column;
    painter.setFont(font);
    // Several steps in a pixel: the strongest of them is seen.
    const int stride = std::max(1, static_cast<int>(std::ceil(1.0 / column)));
    for (int t = 1; t <= steps; t += stride) {
        double log = -HUGE_VAL;
        bool arrived = true;
        for (int each = t; each < std::min(steps + 1, t + stride); ++each) {
            if (const double one = logOf(each); !(one <= log)) // stays what is no number
                log = std::isnan(log) ? log : one;
            arrived = arrived && hiddenGradientComputed(frame(), each, layer);
        }
        const double gap = column >= 5 ? 1 : 0;
        const QRectF cell = QRectF(QPointF(layout.time.edge(t), strip.top()),
                                   QPointF(layout.time.edge(std::min(steps + 1, t + stride)), strip.bottom()))
                                .adjusted(gap, 0, -gap, 0);
        const bool known = channelComputed(frame(), t, layer, "h");
        QColor color = gradientColor(colors(), log);
        if (!arrived) // what will come is seen already, only paler
            color = mixed(known ? colors().forwardSoft : colors().background, color, pale);
        painter.setPen(!arrived && column >= 5 ? QPen(colors().line, 1) : QPen(Qt::NoPen));
        painter.setBrush(color);
        if (column >= 8)
            painter.drawRoundedRect(cell, 2, 2);
        else
            painter.fillRect(cell, color);
        if (arrived && numbers) {
            painter.setPen(textOn(color));
            painter.drawText(cell, Qt::AlignCenter | Qt::TextDontClip, normOfLog(log));
        }
    }
}

void ComparisonView::paintColumns(QPainter& painter, const Layout& layout, int lane) const
{
    const Lane& shown = frame().lanes[static_cast<std::size_t>(lane)];
    const QRectF row = layout.row(lane);
    painter.setFont(smallFont());
    painter.setPen(colors().text);
    for (const Column& column : layout.columns)
        painter.drawText(QRectF(column.right - column.width - 20, row.top(), column.width + 20, row.height()),
                         Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, column.text(shown));
}

void ComparisonView::paintTimes(QPainter& painter, const Layout& layout) const
{
    const QFontMetricsF metrics(smallFont());
    painter.setFont(smallFont());
    const int now = frame().time();
    const double y = layout.rows.bottom() + 2;
    for (const int t : labelledSteps(layout.time, smallFont(), now)) {
        painter.setPen(t == now ? colors().text : colors().muted);
        painter.drawText(QRectF(layout.time.middle(t) - 40, y, 80, metrics.height()),
                         Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip, count(t));
    }
    painter.setPen(colors().muted);
    const double gap = metrics.height();
    painter.drawText(
        QRectF(layout.rows.left(), y, layout.time.left - layout.rows.left() - gap, metrics.height()),
        Qt::AlignRight | Qt::AlignTop | Qt::TextDontClip, tr("step t"));
    if (now < 1 || now > layout.time.steps)
        return;
    painter.setPen(QPen(colors().text, 1.4));
    painter.setBrush(Qt::NoBrush);
    for (int lane = 0; lane < static_cast<int>(frame().lanes.size()); ++lane) {
        const QRectF strip = layout.strip(lane);
        painter.drawRoundedRect(QRectF(QPointF(layout.time.edge(now), strip.top() - 2),
                                       QPointF(layout.time.edge(now + 1), strip.bottom() + 2)),
                                3, 3);
    }
}

} // namespace ui
