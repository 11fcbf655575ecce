#pragma once

#include <QWidget>

namespace ui {

/// A part of an arrangement: a view, or several under tabs. It can be shut, or become a window of its own and
/// go back; while the pointer is over it, the corner of its head has buttons for both.
class Part : public QWidget
{
    Q_OBJECT
public:
    /// Pixels of the content's head, at its right, that are the buttons'.
    static constexpr int cornerWidth = 58;

    Part(const QString& title, QWidget* content, QWidget* parent = nullptr);

    const QString& title() const { return m_title; }
    /// In its place, or as the window that it is.
    void setShown(bool shown);
    bool isFloating() const;
    void setFloating(bool floating);
    /// Where its window stands, or stood last; for settings.
    QByteArray place() const;
    void setPlace(const QByteArray& place) { m_place = place; }

signals:
    /// The user wants it shut; whoever has the part's action does it.
    void closeRequested();
    /// It was shut or opened, or went out or back.
    void placeChanged();

private:
    class Body;

    QString m_title;
    Body* m_body;
    QByteArray m_place;
    bool m_shown = true;
};

} // namespace ui
