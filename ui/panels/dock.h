#pragma once

#include <QDockWidget>

namespace ui {

/// A panel beside the views: its title can be dragged to the other side or out of the window, and shuts by
/// its button.
class Dock : public QDockWidget
{
    Q_OBJECT
public:
    Dock(const QString& title, QWidget* panel, QWidget* parent = nullptr);

signals:
    /// The user wants it shut; whoever has the panel's action does it.
    void closeRequested();

protected:
    void closeEvent(QCloseEvent* event) override;
};

} // namespace ui
