#pragma once

#include <QDialog>
#include <QSize>

class QSettings;
class QSpinBox;

namespace ui {

/// Asks how large a picture is to be, in pixels; remembers it.
class PictureDialog : public QDialog
{
    Q_OBJECT
public:
    /// `pane` is the size on the screen, whose shape is proposed where nothing is remembered.
    PictureDialog(const QString& title, const QSize& pane, QSettings& settings, QWidget* parent = nullptr);

    QSize size() const;

    void accept() override;

private:
    QSettings& m_settings;
    QSpinBox* m_width;
    QSpinBox* m_height;
};

} // namespace ui
