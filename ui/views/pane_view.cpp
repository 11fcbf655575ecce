#include "ui/views/pane_view.h"

#include "core/gradients/analyses.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/film_extent.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QEvent>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>
#include <QResizeEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {

namespace {

constexpr double margin = 8;
constexpr int switchTop = 3;
constexpr double entryGap = 14;
constexpr int printedRemarkLines = 3; ///< a figure has nobody who could make it wider

void drawMarker(QPainter& painter, const QPointF& center, const LegendEntry& entry, const QColor& background)
{
    const double r = 3;
    painter.setPen(QPen(entry.color, 1.2));
    painter.setBrush(entry.hollow ? background : entry.color);
    switch (entry.marker) {
    case LegendEntry::Marker::None:
    case LegendEntry::Marker::Band:
        break;
    case LegendEntry::Marker::Disc:
        painter.drawEllipse(center, r, r);
        break;
    case LegendEntry::Marker::Square:
        painter.drawRect(QRectF(center.x() - r, center.y() - r, 2 * r, 2 * r));
        break;
    case LegendEntry::Marker::Triangle:
        painter.drawPolygon(
            QPolygonF({center + QPointF(0, -r), center + QPointF(r, r), center + QPointF(-r, r)}));
        break;
    case LegendEntry::Marker::Diamond:
        painter.drawPolygon(QPolygonF({center + QPointF(0, -r - 1), center + QPointF(r + 1, 0),
                                       center + QPointF(0, r + 1), center + QPointF(-r - 1, 0)}));
        break;
    }
}

/// Long enough for the dashes of its line to be told beside its mark.
double sampleWidth(const QFont& font)
{
    return std::max(28.0, 2.2 * QFontInfo(font).pixelSize());
}

double entryWidth(const QFont& font, const LegendEntry& entry)
{
    return sampleWidth(font) + 5 + mathSize(font, entry.math).width();
}

void drawEntry(QPainter& painter, const QRectF& rect, const LegendEntry& entry, const Palette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const double y = rect.center().y();
    const double sample = sampleWidth(painter.font());
    if (entry.marker == LegendEntry::Marker::Band) {
        QColor soft = entry.color;
        soft.setAlphaF(0.3F);
        painter.fillRect(QRectF(rect.left(), y - 4, sample, 8), soft);
    } else {
        painter.setPen(QPen(entry.color, entry.width, entry.style, Qt::FlatCap));
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.left() + sample, y));
        drawMarker(painter, {rect.left() + sample / 2, y}, entry, palette.background);
    }
    painter.setPen(palette.text);
    drawMath(painter, rect.adjusted(sample + 5, 0, 4, 0), Qt::AlignLeft | Qt::AlignVCenter, entry.math);
    painter.restore();
}

/// How much larger a pane's text is than the window's: with the root of the room beyond that of a small
/// window.
double growthFor(const QSize& size)
{
    return std::sqrt(std::clamp(std::min(size.width() / 460.0, size.height() / 210.0), 1.0, 4.0));
}

} // namespace

PaneView::PaneView(QWidget* parent) : View(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
}

void PaneView::setHeading(bool heading)
{
    if (heading == m_heading)
        return;
    m_heading = heading;
    relayout();
}

QFont PaneView::textFont(double scale) const
{
    QFont result = font();
    result.setPixelSize(
        std::max(8, static_cast<int>(std::lround(QFontInfo(result).pixelSize() * scale * m_growth))));
    return result;
}

double PaneView::lineHeight() const
{
    return std::ceil(QFontMetricsF(textFont()).height()) + 3;
}

int PaneView::switchHeight() const
{
    return static_cast<int>(lineHeight()) + 2;
}

void PaneView::addSwitch(QWidget* widget)
{
    m_switches.push_back(widget);
}

void PaneView::standAs(const View& other)
{
    const auto& like = static_cast<const PaneView&>(other);
    for (std::size_t i = 0; i < m_switches.size(); ++i) {
        if (auto* list = qobject_cast<QComboBox*>(m_switches[i]))
            list->setCurrentIndex(static_cast<const QComboBox*>(like.m_switches[i])->currentIndex());
        else if (auto* button = qobject_cast<QAbstractButton*>(m_switches[i]))
            button->setChecked(static_cast<const QAbstractButton*>(like.m_switches[i])->isChecked());
    }
    m_growth = like.m_growth;
    restyle();
    relayout();
}

double PaneView::switchesWidth() const
{
    double width = 0;
    for (const QWidget* widget : m_switches) {
        if (!widget->isHidden())
            width += widget->sizeHint().width() + 6;
    }
    return width;
}

double PaneView::head(QPainter* painter, double width, double switches, const QString& heading,
                      int remarkLines) const
{
    const double line = lineHeight();
    const double right = width - margin;
    double x = margin;
    double y = switchTop;
    double lineEnd = right - switches;
    if (painter)
        painter->save();
    if (!heading.isEmpty()) {
        QFont bold = textFont();
        bold.setWeight(QFont::DemiBold);
        const QFontMetricsF metrics(bold);
        const double room = std::max(0.0, lineEnd - x);
        const QString math = remarkLines > 1 ? mathCaption() : QString();
        const double mathWidth = math.isEmpty() ? room + 1 : mathSize(bold, math).width();
        QString named = heading;
        for (const QString& shorter : {title(), shortTitle()}) {
            if (metrics.horizontalAdvance(named) > room)
                named = shorter;
        }
        const QString text = metrics.elidedText(named, Qt::ElideRight, room);
        const double needed = mathWidth <= room ? mathWidth : metrics.horizontalAdvance(text);
        if (painter) {
            painter->setFont(bold);
            painter->setPen(colors().text);
            const QRectF place(x, y, needed + 4, line);
            if (mathWidth <= room)
                drawMath(*painter, place, Qt::AlignLeft | Qt::AlignVCenter, math);
            else
                painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter, text);
        }
        x += needed + 18;
    }
    const auto newLine = [&] {
        x = margin;
        y += line;
        lineEnd = right;
    };
    const QFont small = smallFont();
    if (painter)
        painter->setFont(small);
    const std::vector<LegendEntry> entries = legend();
    double all = 0;
    for (const LegendEntry& entry : entries)
        all += entryWidth(small, entry) + entryGap;
    if (x > margin && all > 0 && x + all - entryGap > lineEnd)
        newLine();
    for (const LegendEntry& entry : entries) {
        const double needed = entryWidth(small, entry);
        if (x > margin && x + needed > lineEnd)
            newLine();
        if (painter)
            drawEntry(*painter, QRectF(x, y, needed, line), entry, colors());
        x += needed + entryGap;
    }
    const QFontMetricsF metrics(small);
    const double own = paintLegend(nullptr, {});
    if (own > 0) {
        if (x > margin && x + own > lineEnd)
            newLine();
        // A figure has nobody to point at it for what is left out.
        const int lines =
            std::clamp(static_cast<int>(std::ceil(1.08 * own / std::max(1.0, lineEnd - x))), 1, remarkLines);
        if (painter)
            paintLegend(painter, QRectF(x, y, lineEnd - x, lines * line));
        y += (lines - 1) * line;
        x += own + entryGap;
    }
    QStringList notes{remark()};
    if (remarkLines == 1 && showsLayer() && !frame().empty() && frame().trace().layers.size() > 1)
        notes.prepend(tr("layer %1").arg(frame().pickedLayer + 1)); // of a figure, the caption says it
    if (remarkLines > 1)
        notes << printedRemark() << changesSoFar();
    else
        notes << hint();
    notes.removeAll(QString());
    const QString note = notes.join(QStringLiteral(" · "));
    if (!note.isEmpty()) {
        if (x > margin && x + metrics.horizontalAdvance(note) > lineEnd)
            newLine();
        const double room = std::max(0.0, lineEnd - x);
        const bool wraps = remarkLines > 1 && metrics.horizontalAdvance(note) > room;
        const double height =
            wraps ? std::min(
                        std::ceil(
                            metrics.boundingRect(QRectF(0, 0, room, 1e4), Qt::TextWordWrap, note).height()),
                        remarkLines * line)
                  : line;
        if (painter) {
            painter->setFont(small);
            painter->setPen(colors().muted);
            painter->drawText(QRectF(x, y, room + 2, height),
                              Qt::AlignLeft | (wraps ? Qt::AlignTop | Qt::TextWordWrap : Qt::AlignVCenter),
                              wraps ? note : metrics.elidedText(note, Qt::ElideRight, room));
        }
        y += height - line;
        x += 1;
    }
    if (painter)
        painter->restore();
    const double end = x > margin ? y + line + 2 : y;
    return switches > 0 ? std::max(end, switchTop + switchHeight() + 3.0) : end;
}

/// A figure has nothing beside it that would tell of the interventions.
QString PaneView::changesSoFar() const
{
    if (frame().empty() || !frame().lane().interventions)
        return {};
    return ui::changesSoFar(*frame().lane().interventions, frame().trace().cell.kind,
                            frame().position.iteration);
}

double PaneView::inFilm(const std::string& name, double own) const
{
    return m_film && !frame().empty() ? m_film->grow(frame().lane().name.toStdString() + name, own) : own;
}

QString PaneView::waitingWords(const unrolled::Analyses* shown) const
{
    if (!shown)
        return frame().analysing ? tr("computing…") : QString();
    if (shown->of->trace == frame().lane().trace)
        return {};
    const QString iteration = count(shown->trace().iteration);
    return frame().analysing ? tr("of iteration %1; computing…").arg(iteration)
                             : tr("of iteration %1").arg(iteration);
}

QString PaneView::caption() const
{
    if (frame().empty())
        return title();
    const QString iteration = count(frame().position.iteration);
    return showsLayer() && frame().trace().layers.size() > 1
               ? tr("%1, layer %2, iteration %3").arg(headline()).arg(frame().pickedLayer + 1).arg(iteration)
               : tr("%1, iteration %2").arg(headline(), iteration);
}

double PaneView::paintLegend(QPainter*, const QRectF&) const
{
    return 0;
}

void PaneView::relayout()
{
    const double switches = switchesWidth() + cornerWidth();
    double right = width() - margin - cornerWidth();
    for (auto widget = m_switches.rbegin(); widget != m_switches.rend(); ++widget) {
        if ((*widget)->isHidden())
            continue;
        const QSize hint = (*widget)->sizeHint();
        (*widget)->setGeometry(static_cast<int>(right) - hint.width(), switchTop, hint.width(),
                               std::min(hint.height(), switchHeight()));
        right -= hint.width() + 6;
    }
    const int top =
        static_cast<int>(std::ceil(head(nullptr, width(), switches, m_heading ? headline() : QString())));
    const QRect body(0, top, width(), std::max(0, height() - top));
    if (body != m_body) {
        m_body = body;
        bodyChanged(body);
    }
    update();
}

void PaneView::frameChanged()
{
    relayout();
}

void PaneView::paintTo(QPainter& painter, const QSize& size)
{
    painter.save();
    painter.fillRect(QRect(QPoint(0, 0), size), colors().background);
    // The head asks the body's size (does every value find room?), so it is measured first.
    const QRect onScreen = m_body;
    m_body = QRect(QPoint(0, 0), size);
    const int top = static_cast<int>(
        std::ceil(inFilm("head", head(nullptr, size.width(), 0, caption(), printedRemarkLines))));
    m_body = QRect(0, top, size.width(), std::max(0, size.height() - top));
    head(&painter, size.width(), 0, caption(), printedRemarkLines);
    paintBody(painter, m_body);
    m_body = onScreen;
    painter.restore();
}

void PaneView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().background);
    head(&painter, width(), switchesWidth() + cornerWidth(), m_heading ? headline() : QString());
    paintBody(painter, m_body);
    if (m_focusRing) {
        painter.setPen(QPen(colors().forward, 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -1.5, -1.5));
    }
}

void PaneView::resizeEvent(QResizeEvent* event)
{
    View::resizeEvent(event);
    shareGrowth();
    relayout();
}

/// Panes that are seen together have one size of text, that of the one with the least room.
void PaneView::shareGrowth()
{
    std::vector<PaneView*> seen{this};
    double growth = growthFor(size());
    for (PaneView* pane : window()->findChildren<PaneView*>()) {
        if (pane == this || !pane->isVisible() || !isVisible())
            continue;
        seen.push_back(pane);
        growth = std::min(growth, growthFor(pane->size()));
    }
    for (PaneView* pane : seen) {
        if (std::exchange(pane->m_growth, growth) == growth)
            continue;
        pane->restyle();
        pane->relayout();
    }
}

void PaneView::showEvent(QShowEvent* event)
{
    View::showEvent(event);
    shareGrowth();
    relayout();
}

void PaneView::changeEvent(QEvent* event)
{
    View::changeEvent(event);
    switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::FontChange:
    case QEvent::StyleChange:
        restyle();
        relayout();
        break;
    case QEvent::LanguageChange:
        relayout();
        break;
    default:
        break;
    }
}

void PaneView::focusInEvent(QFocusEvent* event)
{
    View::focusInEvent(event);
    m_focusRing = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                  event->reason() == Qt::ShortcutFocusReason;
    update();
}

void PaneView::focusOutEvent(QFocusEvent* event)
{
    View::focusOutEvent(event);
    m_focusRing = false;
    update();
}

bool PaneView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip)
        return true; // shown as the pointer moves, without delay
    return View::event(event);
}

} // namespace ui
