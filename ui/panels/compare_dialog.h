#pragma once

#include "core/training/experiment.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;

namespace ui {

class ProblemLabel;

/// Asks which values of one setting to compare, beside the experiment's own value.
class CompareDialog : public QDialog
{
    Q_OBJECT
public:
    explicit CompareDialog(const unrolled::Experiment& experiment, QWidget* parent = nullptr);

signals:
    /// The same experiment, compared with others.
    void chosen(const unrolled::Experiment& experiment);

private:
    void showOwn();
    void finish();
    std::string path() const;
    std::vector<std::string> values() const;

    unrolled::Experiment m_experiment;
    QComboBox* m_setting;
    QLineEdit* m_values;
    QLabel* m_own;
    ProblemLabel* m_problem;
};

} // namespace ui
