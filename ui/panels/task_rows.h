#pragma once

#include "core/tasks/task_settings.h"

#include <QObject>

#include <string>
#include <vector>

class QCheckBox;
class QComboBox;
class QSpinBox;

namespace ui {

class FormBuilder;
class NumberEdit;

/// The rows of a form for what only some of the tasks have: lag, symbols, alphabet, signal, noise, digits,
/// and which of two forms it is. Shows those that the task has.
class TaskRows : public QObject
{
    Q_OBJECT
public:
    TaskRows(FormBuilder& form, QWidget* parent);

    void show(const unrolled::TaskSettings& task);
    /// The rows of this task; steps within the sequence end before its `length`.
    void showRows(const std::string& id, int length);
    /// Writes the fields that its task has.
    void read(unrolled::TaskSettings& task) const;
    bool isRight() const;

signals:
    void changed();

private:
    struct Number
    {
        std::vector<std::string> tasks;
        int unrolled::TaskSettings::*field;
        QSpinBox* box;
        int most;
        bool inSequence; ///< of a task with a length it ends before the last step
    };

    std::vector<Number> m_numbers;
    NumberEdit* m_noise;
    QComboBox* m_form;
    QComboBox* m_feed;
    QCheckBox* m_reversed;
};

} // namespace ui
