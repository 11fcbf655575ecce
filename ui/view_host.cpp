#include "ui/view_host.h"

#include <QEvent>

namespace ui {

ViewHost::ViewHost(QObject* parent) : QObject(parent)
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(350);
    connect(&m_rest, &QTimer::timeout, this, &ViewHost::describe);
}

void ViewHost::add(const QString& id, View* view)
{
    m_entries.push_back({id, view});
    m_stale.push_back(true);
    view->setAccessibleName(view->title());
    view->installEventFilter(this);
    connect(view, &View::positionRequested, this, &ViewHost::positionRequested);
    connect(view, &View::cellRequested, this, &ViewHost::cellRequested);
    if (!m_current)
        m_current = view;
}

void ViewHost::setFrame(const Frame& frame)
{
    m_frame = frame;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        m_stale[i] = !m_entries[i].view->isVisible();
        if (!m_stale[i])
            m_entries[i].view->setFrame(frame);
    }
    if (frame.alpha >= 1)
        m_rest.start();
    else
        m_rest.stop();
}

View* ViewHost::current() const
{
    if (m_current && m_current->isVisible())
        return m_current;
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible())
            return entry.view;
    }
    return m_current;
}

View* ViewHost::find(const QString& id) const
{
    for (const Entry& entry : m_entries) {
        if (entry.id == id)
            return entry.view;
    }
    return nullptr;
}

bool ViewHost::eventFilter(QObject* object, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Show:
        for (std::size_t i = 0; i < m_entries.size(); ++i) {
            if (m_entries[i].view == object && m_stale[i] && !m_frame.empty()) {
                m_stale[i] = false;
                m_entries[i].view->setFrame(m_frame);
            }
        }
        break;
    case QEvent::MouseButtonPress:
    case QEvent::FocusIn:
        m_current = static_cast<View*>(object);
        break;
    default:
        break;
    }
    return false;
}

void ViewHost::describe()
{
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible() && !entry.view->frame().empty())
            entry.view->setAccessibleDescription(entry.view->describe());
    }
}

} // namespace ui
