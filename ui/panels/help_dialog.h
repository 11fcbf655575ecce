#pragma once

#include <QDialog>

class QMenuBar;

namespace ui {

/// First steps, and every shortcut of the menus. Not modal.
class HelpDialog : public QDialog
{
    Q_OBJECT
public:
    HelpDialog(const QMenuBar& menus, QWidget* parent);
};

} // namespace ui
