#include "ui/views/step_pane.h"

#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QFontInfo>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace ui {

void StepPane::frameChanged()
{
    if (m_hovered > lastStep())
        m_hovered = 0;
    PaneView::frameChanged();
}

void StepPane::paintSteps(QPainter& painter, const TimeAxis& time, const QRectF& row) const
{
    const QFontMetricsF metrics(smallFont());
    painter.setFont(smallFont());
    for (const int t : labelledSteps(time, smallFont(), frame().time())) {
        painter.setPen(t == frame().time() ? colors().text : colors().muted);
        painter.drawText(QRectF(time.middle(t) - 60, row.top(), 120, row.height()), Qt::AlignCenter,
                         count(t));
    }
    painter.setPen(colors().muted);
    const QString name = tr("step t");
    if (metrics.horizontalAdvance(name) < time.left - 8)
        painter.drawText(QRectF(0, row.top(), time.left - 6, row.height()), Qt::AlignRight | Qt::AlignVCenter,
                         name);
}

void StepPane::paintGhostBar(QPainter& painter, const QRectF& outline, const QRectF& bar, double column,
                             bool hanging) const
{
    constexpr double visible = 0.75; // pixels
    if (outline.isNull() || (!bar.isNull() && std::abs(outline.top() - bar.top()) < visible &&
                             std::abs(outline.bottom() - bar.bottom()) < visible))
        return;
    const bool boxes = column > 6;
    painter.save();
    painter.setPen(QPen(colors().text, 1, boxes ? Qt::DotLine : Qt::SolidLine));
    painter.setBrush(Qt::NoBrush);
    painter.setRenderHint(QPainter::Antialiasing, false); // thin lines stay crisp
    if (boxes)
        painter.drawRect(outline);
    else if (hanging)
        painter.drawLine(outline.bottomLeft(), outline.bottomRight());
    else
        painter.drawLine(outline.topLeft(), outline.topRight());
    painter.restore();
}

int StepPane::leastSentence() const
{
    return QFontInfo(smallFont()).pixelSize() * 4 / 5;
}

double StepPane::sentenceHeight(const QString& words, double width) const
{
    const QFont font = narrowed(textFont(), words, width, leastSentence());
    const bool fits = QFontMetricsF(font).horizontalAdvance(words) <= width;
    return fits ? std::ceil(QFontMetricsF(textFont()).height())
                : 2 * std::ceil(QFontMetricsF(smallFont()).height());
}

void StepPane::paintSentence(QPainter& painter, const QRectF& place, const QString& words) const
{
    // Rather a little smaller than cut; on two lines where they were given room.
    QFont font = narrowed(textFont(), words, place.width(), leastSentence());
    const bool wraps = QFontMetricsF(font).horizontalAdvance(words) > place.width() &&
                       place.height() >= 2 * QFontMetricsF(smallFont()).height();
    if (wraps)
        font = smallFont();
    painter.setFont(font);
    painter.setPen(colors().text);
    if (wraps)
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, words);
    else
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetricsF(font).elidedText(words, Qt::ElideRight, place.width()));
}

void StepPane::hover(int t, const QPoint& global)
{
    m_hovered = t;
    showWords(global, textOf(t));
    update();
}

bool StepPane::ownsKey(const QKeyEvent& key) const
{
    return movesCursor(key, Qt::Horizontal);
}

void StepPane::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        requestStep(unrolled::Phase::Backward, stepAt(event->position()));
    else
        PaneView::mousePressEvent(event);
}

void StepPane::mouseMoveEvent(QMouseEvent* event)
{
    const int t = stepAt(event->position());
    if (t == m_hovered)
        return;
    setCursor(t > 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    hover(t, event->globalPosition().toPoint() + QPoint(8, 8));
}

void StepPane::leaveEvent(QEvent* event)
{
    hover(0, {});
    PaneView::leaveEvent(event);
}

void StepPane::keyPressEvent(QKeyEvent* event)
{
    if (lastStep() > 0 && ownsKey(*event)) {
        const int by = event->key() == Qt::Key_Left ? -1 : 1;
        const int t = std::clamp((m_hovered > 0 ? m_hovered : cursorStart()) + by, 1, lastStep());
        hover(t, mapToGlobal(wordsPlace(t).toPoint()));
        setAccessibleDescription(textOf(t));
        return;
    }
    if (m_hovered > 0 && event->key() == Qt::Key_Escape)
        return hover(0, {});
    PaneView::keyPressEvent(event);
}

} // namespace ui
