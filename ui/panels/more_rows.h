#pragma once

#include "core/training/experiment.h"

#include <QObject>
#include <functional>
#include <vector>

class QCheckBox;
class QComboBox;
class QSpinBox;

namespace ui {

class FlatButton;
class FormBuilder;
class NumberEdit;

/// The rows of a form for settings that are seldom touched, behind a button: schedule of the learning rate,
/// truncation, carried state, teacher forcing, the readout's bias. Shut, it shows those that the run has set
/// to something else than the default, so that nothing that is in force is hidden.
class MoreRows : public QObject
{
    Q_OBJECT
public:
    MoreRows(FormBuilder& form, QWidget* parent);

    void setOpen(bool open);                        ///< emits nothing
    FlatButton* button() const { return m_button; } ///< the last of the rows
    void show(const unrolled::Experiment& experiment);
    /// The rows that mean something with this draft.
    void showRows(const unrolled::Experiment& draft);
    /// Writes the fields; what the draft's task has no use for goes back to its default.
    void read(unrolled::Experiment& draft) const;
    bool isRight() const;

signals:
    void changed();
    void opened(bool open); ///< the user opened or shut it

private:
    using Asked = std::function<bool(const unrolled::Experiment&)>;
    struct Row
    {
        QWidget* field;
        Asked used;  ///< means something in this experiment
        Asked isSet; ///< to something else than the default
    };

    void nameButton();

    unrolled::Experiment m_run;   ///< what was shown last
    unrolled::Experiment m_draft; ///< of which the rows are
    FlatButton* m_button;
    bool m_open = false;
    QComboBox* m_schedule;
    NumberEdit* m_period;
    NumberEdit* m_factor;
    NumberEdit* m_floor;
    NumberEdit* m_warmup;
    QSpinBox* m_truncate;
    QCheckBox* m_carry;
    NumberEdit* m_teacher;
    QCheckBox* m_bias;
    QCheckBox* m_epsilon;
    std::vector<Row> m_rows;
};

} // namespace ui
