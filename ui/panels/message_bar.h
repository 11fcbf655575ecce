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
    QString text() const;

signals:
    void actionTaken();
    void dismissed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tone m_tone = Tone::Note;
    QLabel* m_text;
    QPushButton* m_action;
};

} // namespace ui
