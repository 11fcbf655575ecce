#pragma once

#include "ui/exports/animation.h"
#include "ui/session/frame.h"

#include <QDialog>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QRadioButton;
class QSettings;
class QSpinBox;

namespace ui {

/// Asks what an animation shall show. Remembers the choices in the settings when it is accepted.
class AnimationDialog : public QDialog
{
    Q_OBJECT
public:
    /// `now` is what the window shows; `kind` the plot to begin with, where nothing is remembered.
    AnimationDialog(const Frame& now, const QString& kind, QSettings& settings, QWidget* parent = nullptr);

    AnimationRequest request() const;
    bool asGif() const;

    void accept() override;

private:
    void build();
    void restore(const QString& kind);
    void showChoices();
    void showEstimate();
    double& speed(); ///< of what is chosen

    const Frame m_now;
    QSettings& m_settings;
    QRadioButton* m_iteration;
    QRadioButton* m_training;
    QWidget* m_range;
    QSpinBox* m_from;
    QSpinBox* m_to;
    QSpinBox* m_every;
    QComboBox* m_kind;
    QComboBox* m_by;
    QComboBox* m_size;
    QComboBox* m_format;
    QDoubleSpinBox* m_speed;
    double m_stepsASecond;  ///< of one iteration
    double m_framesASecond; ///< of a training
    QLabel* m_estimate;
    QPushButton* m_export = nullptr;
};

} // namespace ui
