#pragma once

#include "core/training/experiment.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;

namespace ui {

class LiveFields;
class ProblemLabel;
class RestartFields;

/// All settings of the experiment. What takes effect while training is changed at once; what must restart is
/// a draft until applied, and says so.
class ExperimentPanel : public QWidget
{
    Q_OBJECT
public:
    explicit ExperimentPanel(QWidget* parent = nullptr);

    /// Shows an experiment; drops the draft where the experiment is another one than before.
    void show(const unrolled::Experiment& experiment, std::int64_t iteration, std::int64_t frontier);
    using QWidget::show;
    void focusField(const QString& field);
    /// One line for people about what could not be used; empty takes it away.
    void showProblem(const QString& problem);
    /// Whether the settings that are seldom touched are on show, too.
    void setMore(bool shown);

signals:
    void moreChanged(bool shown); ///< by the user
    void changeRequested(const unrolled::Experiment& experiment, const QString& text);
    void newSeedRequested();
    void iterationRequested(qint64 iteration);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void review();
    void applyDraft();

    unrolled::Experiment m_experiment;
    unrolled::Experiment m_applied; ///< the draft applied last, until it is known to run
    std::int64_t m_frontier = 0;
    bool m_shown = false;
    LiveFields* m_live;
    RestartFields* m_restart;
    QScrollArea* m_scroll;
    QLabel* m_note;
    ProblemLabel* m_problem;
    QPushButton* m_apply;
    QPushButton* m_revert;
};

} // namespace ui
