#pragma once

#include "ui/panels/icons.h"

#include <QAbstractButton>
#include <QWidget>

class QAction;
class QButtonGroup;

namespace ui {

/// A round button of the transport: shows the icon of an action and triggers it. Takes the focus from the
/// keyboard only, so that a click leaves the space bar to play and pause.
class RoundButton : public QAbstractButton
{
    Q_OBJECT
public:
    RoundButton(Icon icon, QAction* action, bool primary, QWidget* parent = nullptr);

    void setIconKind(Icon icon);
    QSize sizeHint() const override { return {36, 36}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool hitButton(const QPoint& position) const override { return rect().contains(position); }
    bool event(QEvent* event) override;

private:
    void follow();

    Icon m_icon;
    QAction* m_action;
    bool m_primary;
};

/// A flat button of words, in the tone of a link or of quiet text, with an optional icon before the words and
/// a chevron after them.
class FlatButton : public QAbstractButton
{
    Q_OBJECT
public:
    explicit FlatButton(const QString& text, QWidget* parent = nullptr);

    void setStrong(bool strong);
    void setLink(bool link);
    void setChevron(bool chevron);
    void setLeadingIcon(Icon icon);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    bool m_strong = false;
    bool m_link = false;
    bool m_chevron = false;
    bool m_hasIcon = false;
    Icon m_icon = Icon::Settings;
};

/// A row of choices of which one is taken: RNN | GRU | LSTM. Segments look like one button, tabs like words
/// with a line.
class ChoiceRow : public QWidget
{
    Q_OBJECT
public:
    enum class Look { Segments, Tabs };
    explicit ChoiceRow(Look look, QWidget* parent = nullptr);

    /// Returns the choice's button, for its tooltip.
    QAbstractButton* addChoice(const QString& text, const QString& accessibleName);
    int current() const;
    /// Emits nothing.
    void setCurrent(int index);

signals:
    /// The user took another one.
    void chosen(int index);

private:
    Look m_look;
    QButtonGroup* m_group;
};

} // namespace ui
