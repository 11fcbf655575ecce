#include "ui/panels/part.h"

#include "ui/panels/buttons.h"

#include <QCloseEvent>
#include <QCoreApplication>
#include <QHBoxLayout>
#include <QKeyEvent>

namespace ui {

/// The content and the buttons over its corner: what moves out into a window.
class Part::Body : public QWidget
{
public:
    Body(Part* part, QWidget* content) : QWidget(part), m_part(part), m_corner(new QWidget(this))
    {
        auto* rows = new QVBoxLayout(this);
        rows->setContentsMargins(0, 0, 0, 0);
        rows->addWidget(content);
        auto* row = new QHBoxLayout(m_corner);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(0);
        const auto button = [&](Icon icon, const QString& text) {
            auto* made = new FlatButton(QString(), m_corner);
            made->setLeadingIcon(icon);
            made->setToolTip(text);
            made->setAccessibleName(text);
            made->setFocusPolicy(Qt::NoFocus); // the View menu has both for the keyboard
            made->setFixedSize(25, 25);
            row->addWidget(made);
            return made;
        };
        connect(button(Icon::Float, Part::tr("A window of its own, or back")), &QAbstractButton::clicked,
                part, [part] { part->setFloating(!part->isFloating()); });
        connect(button(Icon::Close, Part::tr("Close")), &QAbstractButton::clicked, part,
                &Part::closeRequested);
        m_corner->adjustSize();
        m_corner->hide();
    }

    void showCorner(bool shown)
    {
        m_corner->setVisible(shown || isWindow());
        m_corner->raise();
    }

protected:
    void enterEvent(QEnterEvent* event) override
    {
        QWidget::enterEvent(event);
        showCorner(true);
    }
    void leaveEvent(QEvent* event) override
    {
        QWidget::leaveEvent(event);
        showCorner(false);
    }
    void resizeEvent(QResizeEvent* event) override
    {
        QWidget::resizeEvent(event);
        m_corner->move(width() - m_corner->width() - 4, 2);
    }
    void closeEvent(QCloseEvent* event) override
    {
        event->ignore();
        emit m_part->closeRequested();
    }
    void keyPressEvent(QKeyEvent* event) override
    {
        // Keys that nobody here wanted are the main window's, as they are in its own parts.
        if (isWindow())
            QCoreApplication::sendEvent(m_part->window(), event);
        else
            QWidget::keyPressEvent(event);
    }

private:
    Part* m_part;
    QWidget* m_corner;
};

Part::Part(const QString& title, QWidget* content, QWidget* parent)
    : QWidget(parent), m_title(title), m_body(new Body(this, content))
{
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_body);
}

void Part::setShown(bool shown)
{
    m_shown = shown;
    m_body->setVisible(shown || !isFloating());
    setVisible(shown && !isFloating());
    emit placeChanged();
}

bool Part::isFloating() const
{
    return m_body->isWindow();
}

QByteArray Part::place() const
{
    return isFloating() ? m_body->saveGeometry() : m_place;
}

void Part::setFloating(bool floating)
{
    if (floating == isFloating())
        return;
    if (floating) {
        const QRect here(mapToGlobal(QPoint(0, 0)), size());
        layout()->removeWidget(m_body);
        // A tool: it stays above the main window, whose keys work in it.
        m_body->setParent(this, Qt::Tool | Qt::WindowTitleHint | Qt::WindowSystemMenuHint |
                                    Qt::WindowMinMaxButtonsHint | Qt::WindowCloseButtonHint);
        m_body->setWindowTitle(tr("%1 — Unrolled").arg(m_title));
        if (!m_body->restoreGeometry(m_place))
            m_body->setGeometry(here);
    } else {
        m_place = m_body->saveGeometry();
        m_body->setParent(this, Qt::Widget);
        layout()->addWidget(m_body);
    }
    m_body->showCorner(false);
    setShown(m_shown);
}

} // namespace ui
