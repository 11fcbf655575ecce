#pragma once

#include "ui/session/breakpoints.h"

#include <QDialog>
#include <array>

class QCheckBox;

namespace ui {

class NumberEdit;
class ProblemLabel;

/// What training is to stop at: a condition a row, with its check box and its number. Takes effect at once.
class BreakpointDialog : public QDialog
{
    Q_OBJECT
public:
    explicit BreakpointDialog(const Breakpoints& breakpoints, QWidget* parent = nullptr);
    ~BreakpointDialog() override;

signals:
    void changed(const ui::Breakpoints& breakpoints);
    /// To the first iteration trained for which one of them holds.
    void searchRequested();

private:
    void showProblem();

    struct Row
    {
        QCheckBox* box;
        NumberEdit* number;
    };

    Breakpoints m_breakpoints;
    std::array<Row, breakpointKinds> m_rows{};
    ProblemLabel* m_problem;
};

} // namespace ui
