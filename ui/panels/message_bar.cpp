#include "ui/panels/message_bar.h"

#include "ui/paint/style.h"
#include "ui/panels/buttons.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

#include <algorithm>
#include <utility>

namespace ui {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), m_text(new QLabel(this)), m_action(new QPushButton(this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(20, 7, 10, 7);
    layout->setSpacing(12);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    auto* close = new FlatButton(QString(), this);
    close->setLeadingIcon(Icon::Close);
    close->setToolTip(tr("Dismiss this message"));
    close->setAccessibleName(tr("Dismiss this message"));
    layout->addWidget(close);
    connect(m_action, &QPushButton::clicked, this, &MessageBar::actionTaken);
    connect(close, &QAbstractButton::clicked, this, [this] {
        hide();
        emit dismissed();
    });
    hide();
}

QString MessageBar::text() const
{
    return m_text->text();
}

void MessageBar::showMessage(Tone tone, const QString& text, const QString& action)
{
    if (m_row >= 0)
        static_cast<QBoxLayout*>(parentWidget()->layout())->insertWidget(std::exchange(m_row, -1), this);
    say(tone, text, action);
}

void MessageBar::showNoteOver(const QWidget& other, const QString& text)
{
    if (!other.isVisible())
        return showMessage(Tone::Note, text);
    if (m_row < 0) {
        m_row = parentWidget()->layout()->indexOf(this);
        parentWidget()->layout()->removeWidget(this);
    }
    say(Tone::Note, text, {});
    const QRect place(other.mapTo(parentWidget(), QPoint(0, 0)), other.size());
    const int height = std::max(place.height(), layout()->totalHeightForWidth(place.width()));
    setGeometry(place.left(), place.bottom() + 1 - height, place.width(), height);
    raise();
}

void MessageBar::say(Tone tone, const QString& text, const QString& action)
{
    m_tone = tone;
    m_text->setText(text);
    m_text->setAccessibleName(text);
    setAccessibleName(text);
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setToolTip(action);
    m_action->setVisible(!action.isEmpty());
    show();
    update();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MessageBar::paintEvent(QPaintEvent*)
{
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    const bool warning = m_tone == Tone::Warning;
    painter.fillRect(rect(), warning ? colors.backwardSoft : colors.forwardSoft);
    painter.fillRect(QRect(0, 0, 4, height()), warning ? colors.backward : colors.forward);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colors.line);
}

} // namespace ui
