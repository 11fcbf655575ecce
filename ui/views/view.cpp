#include "ui/views/view.h"

#include <QKeyEvent>
#include <QToolTip>

namespace ui {

void View::requestStep(unrolled::Phase phase, int t)
{
    if (!m_frame.empty() && t >= 1 && t <= m_frame.ticks.steps())
        emit positionRequested(
            m_frame.ticks.endOfTick(m_frame.position.iteration, m_frame.ticks.tickOf(phase, t)));
}

void View::showWords(const QPoint& global, const QString& words)
{
    if (words.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(global, words, this);
}

bool View::movesCursor(const QKeyEvent& key, Qt::Orientations along)
{
    const bool sideways = key.key() == Qt::Key_Left || key.key() == Qt::Key_Right;
    const bool upright = key.key() == Qt::Key_Up || key.key() == Qt::Key_Down;
    return key.modifiers().testFlag(Qt::ControlModifier) &&
           ((sideways && along.testFlag(Qt::Horizontal)) || (upright && along.testFlag(Qt::Vertical)));
}

bool View::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride && ownsKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

} // namespace ui
