#include "ui/views/step_pane.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace ui {

void StepPane::frameChanged()
{
    if (m_hovered > lastStep())
        m_hovered = 0;
    PaneView::frameChanged();
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
