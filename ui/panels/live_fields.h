#pragma once

#include "core/training/experiment.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QVBoxLayout;

namespace ui {

class NumberEdit;

/// The settings that take effect at the present iteration, and the list of all interventions.
class LiveFields : public QWidget
{
    Q_OBJECT
public:
    explicit LiveFields(QWidget* parent = nullptr);

    void show(const unrolled::Experiment& experiment, std::int64_t iteration, std::int64_t frontier);
    using QWidget::show;
    bool focusField(const QString& field);

signals:
    /// `text` names the change for undo.
    void changeRequested(const unrolled::Experiment& experiment, const QString& text);
    void iterationRequested(qint64 iteration);

private:
    void request(const std::string& path, const std::variant<double, std::string>& value);
    void showInterventions();

    unrolled::Experiment m_experiment;
    std::int64_t m_iteration = 0;
    std::vector<unrolled::Intervention> m_listed;
    QLabel* m_note;
    NumberEdit* m_rate;
    QLabel* m_scheduled; ///< what the schedule makes of it
    QComboBox* m_optimizer;
    NumberEdit* m_momentum;
    NumberEdit* m_clip;
    NumberEdit* m_clipValue;
    NumberEdit* m_iterations;
    QWidget* m_list;
    QVBoxLayout* m_listLayout;
};

} // namespace ui
