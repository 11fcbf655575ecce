#pragma once

#include "core/training/experiment.h"

#include <QDialog>

class QComboBox;
class QSpinBox;

namespace ui {

class NumberEdit;
class ProblemLabel;

/// Asks for the number of a change of the run, and for how long it holds: a weight, a spectral radius, a
/// gate's value (and for which units and steps), a training setting. Return applies it, Escape does not.
class InterventionDialog : public QDialog
{
    Q_OBJECT
public:
    /// `change` names the thing, with its present value and the iteration that it begins with; `frontier` is
    /// the last iteration trained.
    InterventionDialog(const unrolled::Intervention& change, const unrolled::Experiment& experiment,
                       std::int64_t frontier, QWidget* parent);

    /// What was entered.
    unrolled::Intervention change() const;

    void accept() override;

private:
    enum class Time { On, Only, UpTo };

    unrolled::Intervention m_change;
    NumberEdit* m_number;
    ProblemLabel* m_problem;
    QComboBox* m_units = nullptr;
    QComboBox* m_steps = nullptr;
    QComboBox* m_time;
    QSpinBox* m_last;
};

} // namespace ui
