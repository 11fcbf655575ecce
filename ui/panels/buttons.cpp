#include "ui/panels/buttons.h"

#include "ui/paint/style.h"

#include <QAction>
#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>

namespace ui {

namespace {

/// What marks the focus of every button here: a ring of its own colour around the shape.
void paintFocus(QPainter& painter, const QWidget& widget, const QRectF& rect, double radius)
{
    if (!widget.hasFocus())
        return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(paletteFor(widget.palette()).forward, 2));
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius);
}

/// One choice of a ChoiceRow. The place in the row decides which corners are round.
class Choice : public QAbstractButton
{
public:
    Choice(ChoiceRow::Look look, const QString& text, QWidget* parent) : QAbstractButton(parent), m_look(look)
    {
        setText(text);
        setCheckable(true);
        setFocusPolicy(Qt::TabFocus);
        setAttribute(Qt::WA_Hover);
    }

    QSize sizeHint() const override
    {
        QFont wide = font();
        wide.setBold(true);
        const QFontMetrics metrics(wide);
        const int sides = m_look == ChoiceRow::Look::Segments ? 30 : 16;
        return {metrics.horizontalAdvance(text()) + sides, metrics.height() + 11};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        if (m_look == ChoiceRow::Look::Segments)
            paintSegment(painter);
        else
            paintTab(painter);
    }

private:
    void paintSegment(QPainter& painter)
    {
        const Palette& colors = paletteFor(palette());
        const QObjectList& row = parentWidget()->children();
        bool first = true;
        bool last = true;
        bool before = true;
        for (const QObject* other : row) {
            if (other == this)
                before = false;
            else if (qobject_cast<const QAbstractButton*>(other))
                (before ? first : last) = false;
        }
        constexpr double radius = 5;
        // Neighbours overlap by the width of the hairline; the outside is cut off.
        QRectF shape = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
        shape.adjust(first ? 0 : -8, 0, last ? 0 : 8, 0);
        QPainterPath path;
        path.addRoundedRect(shape, radius, radius);
        const QColor base = colors.dark ? mixed(colors.panel, colors.text, 0.06) : colors.background;
        const QColor fill = isChecked()                ? colors.forward
                            : isDown() || underMouse() ? mixed(base, colors.forward, 0.12)
                                                       : base;
        painter.setPen(isChecked() ? colors.forward : colors.line);
        painter.setBrush(fill);
        painter.drawPath(path);
        if (!last) {
            painter.setPen(isChecked() ? colors.forward : colors.line);
            painter.drawLine(QPointF(width() - 0.5, 1), QPointF(width() - 0.5, height() - 1));
        }
        QFont bold = font();
        bold.setBold(isChecked());
        painter.setFont(bold);
        painter.setPen(isChecked() ? textOn(colors.forward) : colors.text);
        painter.drawText(rect(), Qt::AlignCenter, text());
        if (hasFocus()) {
            painter.setPen(QPen(isChecked() ? textOn(colors.forward) : colors.forward, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(rect()).adjusted(3.5, 3.5, -3.5, -3.5), 3, 3);
        }
    }

    void paintTab(QPainter& painter)
    {
        const Palette& colors = paletteFor(palette());
        QFont bold = font();
        bold.setBold(isChecked());
        painter.setFont(bold);
        painter.setPen(isChecked() || underMouse() ? colors.text : colors.muted);
        painter.drawText(rect(), Qt::AlignCenter, text());
        if (isChecked())
            painter.fillRect(QRectF(8, height() - 2, width() - 16, 2), colors.forward);
        paintFocus(painter, *this, rect(), 4);
    }

    ChoiceRow::Look m_look;
};

} // namespace

RoundButton::RoundButton(Icon icon, QAction* action, bool primary, QWidget* parent)
    : QAbstractButton(parent), m_icon(icon), m_action(action), m_primary(primary)
{
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setFixedSize(sizeHint());
    connect(this, &QAbstractButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, this, &RoundButton::follow);
    setAutoRepeat(false);
    follow();
}

void RoundButton::setIconKind(Icon icon)
{
    m_icon = icon;
    update();
}

void RoundButton::follow()
{
    setEnabled(m_action->isEnabled());
    setToolTip(m_action->toolTip());
    setAccessibleName(m_action->text().remove(QLatin1Char('&')));
    setText(accessibleName());
}

bool RoundButton::event(QEvent* event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

void RoundButton::paintEvent(QPaintEvent*)
{
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF circle = QRectF(rect()).adjusted(1, 1, -1, -1);
    const bool hot = isEnabled() && (underMouse() || isDown());
    QColor fill = colors.dark ? mixed(colors.panel, colors.text, 0.06) : colors.background;
    QColor ink = isEnabled() ? colors.text : colors.faint;
    QColor rim = hot ? colors.muted : colors.line;
    if (m_primary) {
        fill = isEnabled() ? colors.forward : colors.faint;
        rim = fill;
        ink = textOn(fill);
    }
    if (hot)
        fill = mixed(fill, m_primary ? ink : colors.forward, isDown() ? 0.22 : 0.1);
    painter.setPen(rim);
    painter.setBrush(fill);
    painter.drawEllipse(circle);
    paintIcon(painter, m_icon, circle.adjusted(6, 6, -6, -6), ink);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_primary ? ink : colors.forward, 2));
        painter.drawEllipse(m_primary ? circle.adjusted(3, 3, -3, -3) : circle);
    }
}

FlatButton::FlatButton(const QString& text, QWidget* parent) : QAbstractButton(parent)
{
    setText(text);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
}

void FlatButton::setStrong(bool strong)
{
    m_strong = strong;
    updateGeometry();
}

void FlatButton::setLink(bool link)
{
    m_link = link;
    update();
}

void FlatButton::setChevron(bool chevron)
{
    m_chevron = chevron;
    updateGeometry();
}

void FlatButton::setLeadingIcon(Icon icon)
{
    m_icon = icon;
    m_hasIcon = true;
    updateGeometry();
}

QSize FlatButton::sizeHint() const
{
    QFont used = font();
    used.setBold(m_strong);
    const QFontMetrics metrics(used);
    const int words = text().isEmpty() ? 0 : metrics.horizontalAdvance(text()) + 20;
    return {words + (m_hasIcon ? 18 + (words ? 0 : 10) : 0) + (m_chevron ? 16 : 0), metrics.height() + 11};
}

bool FlatButton::event(QEvent* event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

void FlatButton::paintEvent(QPaintEvent*)
{
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (isEnabled() && (underMouse() || isDown() || isChecked())) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(mixed(colors.panel, colors.forward, isDown() ? 0.2 : 0.1));
        painter.drawRoundedRect(rect(), 5, 5);
    }
    const QColor ink = !isEnabled() ? colors.faint : m_link ? colors.forward : colors.text;
    QFont used = font();
    used.setBold(m_strong);
    painter.setFont(used);
    QRectF place = QRectF(rect()).adjusted(8, 0, -8, 0);
    if (text().isEmpty()) {
        paintIcon(painter, m_icon, QRectF(rect()).adjusted(5, 4, -5, -4), ink);
    } else {
        if (m_hasIcon) {
            paintIcon(painter, m_icon, QRectF(place.left() - 2, place.center().y() - 9, 18, 18), ink);
            place.setLeft(place.left() + 20);
        }
        if (m_chevron) {
            paintIcon(painter, Icon::Chevron, QRectF(place.right() - 14, place.center().y() - 8, 16, 16),
                      ink);
            place.setRight(place.right() - 16);
        }
        painter.setPen(ink);
        painter.drawText(place, Qt::AlignVCenter | Qt::AlignLeft, text());
    }
    paintFocus(painter, *this, rect(), 5);
}

ChoiceRow::ChoiceRow(Look look, QWidget* parent)
    : QWidget(parent), m_look(look), m_group(new QButtonGroup(this))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(look == Look::Segments ? 0 : 4);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    // not clicked: a screen reader toggles a button without a click
    connect(m_group, &QButtonGroup::idToggled, this, [this](int index, bool checked) {
        if (checked)
            emit chosen(index);
    });
}

QAbstractButton* ChoiceRow::addChoice(const QString& text, const QString& accessibleName)
{
    auto* button = new Choice(m_look, text, this);
    button->setAccessibleName(accessibleName);
    layout()->addWidget(button);
    m_group->addButton(button, static_cast<int>(m_group->buttons().size()));
    if (m_group->buttons().size() == 1)
        setCurrent(0);
    return button;
}

int ChoiceRow::current() const
{
    return m_group->checkedId();
}

void ChoiceRow::setCurrent(int index)
{
    const QSignalBlocker blocker(m_group);
    if (QAbstractButton* button = m_group->button(index))
        button->setChecked(true);
}

} // namespace ui
