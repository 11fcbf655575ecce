#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace ui {

/// A calm line across the window: what happened, what helps, and up to two buttons. Not modal; it goes when
/// dismissed or replaced.
class MessageBar : public QFrame
{
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);

    enum class Tone { Note, Warning };
    /// `action` empty: no button but the dismissing one.
    void showMessage(Tone tone, const QString& text, const QString& action = {});
    /// A note that takes the place of another part of the window for a while, so that nothing moves.
    void showNoteOver(const QWidget& other, const QString& text);
    QString text() const;

signals:
    void actionTaken();
    void dismissed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void say(Tone tone, const QString& text, const QString& action);

    int m_row = -1; ///< of the parent's layout, while it is out of it
    Tone m_tone = Tone::Note;
    QLabel* m_text;
    QPushButton* m_action;
};

} // namespace ui
