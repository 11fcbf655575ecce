#pragma once

#include "core/gradients/witness.h"
#include "ui/session/witness_run.h"

#include <QDialog>
#include <vector>

class QComboBox;
class QLabel;
class QProgressBar;
class QSpinBox;
class QTreeWidget;

namespace ui {

/// A gradient by back-propagation beside what moving the thing itself a little does to the loss.
class WitnessDialog : public QDialog
{
    Q_OBJECT
public:
    explicit WitnessDialog(QWidget* parent = nullptr);

    /// Offers what this iteration has, and keeps what was chosen where it is still there. `loss` is the
    /// counted step whose loss is picked, 0: none; `model` names the model among several, empty: there is
    /// one.
    void setTrace(const unrolled::TracePtr& trace, int loss, const QString& model);
    const WitnessTarget& target() const { return m_target; }
    void setTarget(const WitnessTarget& target);
    /// A unit (from 0) to be picked in the table.
    void setUnit(int unit) { m_unit = unit; }

    void showWaiting(double share);
    void showWitness(const unrolled::Witness& witness);
    QString summary() const;
    QTreeWidget* table() const { return m_table; }

signals:
    /// Another gradient was chosen, by hand or because the old one is no longer there.
    void targetChanged();
    void closed();

protected:
    void hideEvent(QHideEvent* event) override;

private:
    void fill();
    void takeChoice();

    unrolled::TracePtr m_trace;
    QString m_model;
    WitnessTarget m_target;
    std::vector<WitnessTarget> m_offered; ///< parallel to the list
    int m_unit = 0;
    QLabel* m_intro;
    QComboBox* m_gradient;
    QSpinBox* m_step;
    QTreeWidget* m_table;
    QLabel* m_summary;
    QLabel* m_word;
    QProgressBar* m_progress;
};

} // namespace ui
