#include "ui/panels/dock.h"

#include "ui/panels/buttons.h"

#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>

namespace ui {

Dock::Dock(const QString& title, QWidget* panel, QWidget* parent) : QDockWidget(title, parent)
{
    setAllowedAreas(Qt::LeftDockWidgetArea | Qt::RightDockWidgetArea);
    auto* head = new QWidget(this);
    head->setAutoFillBackground(true);
    auto* layout = new QHBoxLayout(head);
    layout->setContentsMargins(18, 10, 10, 6);
    layout->setSpacing(0);
    auto* words = new QLabel(title, head);
    QFont strong = words->font();
    strong.setBold(true);
    strong.setPointSizeF(strong.pointSizeF() * 1.15);
    words->setFont(strong);
    words->setToolTip(tr("Drag to the other side or out of the window"));
    layout->addWidget(words, 1);
    const auto button = [&](Icon icon, const QString& text) {
        auto* made = new FlatButton(QString(), head);
        made->setLeadingIcon(icon);
        made->setToolTip(text);
        made->setAccessibleName(text);
        layout->addWidget(made);
        return made;
    };
    auto* out = button(Icon::Float, tr("A window of its own, or back"));
    connect(out, &QAbstractButton::clicked, this, [this] { setFloating(!isFloating()); });
    auto* shut = button(Icon::Close, tr("Close"));
    connect(shut, &QAbstractButton::clicked, this, &Dock::closeRequested);
    setTitleBarWidget(head);
    setWidget(panel);
}

void Dock::closeEvent(QCloseEvent* event)
{
    event->ignore();
    emit closeRequested();
}

} // namespace ui
