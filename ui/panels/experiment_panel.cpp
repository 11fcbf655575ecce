#include "ui/panels/experiment_panel.h"

#include "ui/paint/number_format.h"
#include "ui/paint/style.h"
#include "ui/panels/buttons.h"
#include "ui/panels/form.h"
#include "ui/panels/live_fields.h"
#include "ui/panels/more_rows.h"
#include "ui/panels/restart_fields.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

namespace ui {

using unrolled::Experiment;

ExperimentPanel::ExperimentPanel(QWidget* parent)
    : QWidget(parent), m_live(new LiveFields(this)), m_restart(new RestartFields(this)),
      m_scroll(new QScrollArea(this)), m_note(noteLabel(this)), m_problem(new ProblemLabel(this)),
      m_apply(new QPushButton(tr("Apply and restart"), this)), m_revert(new QPushButton(tr("Revert"), this))
{
    setAccessibleName(tr("Experiment"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);

    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_live);
    column->addWidget(m_restart, 1);
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    layout->addWidget(m_scroll, 1);

    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(18, 8, 18, 10);
    foot->setSpacing(8);
    foot->addWidget(m_problem);
    foot->addWidget(m_note);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_apply, 1);
    buttons->addWidget(m_revert);
    foot->addLayout(buttons);
    layout->addLayout(foot);
    m_apply->setToolTip(tr("Use these settings; training starts again from iteration 0"));
    m_apply->setAccessibleName(m_apply->text());
    m_revert->setToolTip(tr("Back to the settings of the run"));
    m_revert->setAccessibleName(m_revert->text());

    connect(m_live, &LiveFields::changeRequested, this,
            [this](const Experiment& experiment, const QString& text) {
                showProblem({});
                emit changeRequested(experiment, text);
            });
    connect(m_live, &LiveFields::iterationRequested, this, &ExperimentPanel::iterationRequested);
    connect(m_restart, &RestartFields::edited, this, &ExperimentPanel::review);
    connect(m_restart->more(), &MoreRows::opened, this, [this](bool open) {
        emit moreChanged(open);
        // When the rows have their places, those that came are to be seen.
        QTimer::singleShot(0, this, [this] { m_scroll->ensureWidgetVisible(m_restart->more()->button()); });
    });
    connect(m_restart, &RestartFields::newSeedRequested, this, &ExperimentPanel::newSeedRequested);
    connect(m_apply, &QPushButton::clicked, this, &ExperimentPanel::applyDraft);
    connect(m_revert, &QPushButton::clicked, this, [this] {
        m_restart->show(m_experiment);
        showProblem({});
        review();
    });
}

void ExperimentPanel::show(const Experiment& experiment, std::int64_t iteration, std::int64_t frontier)
{
    const bool other = !m_shown || !(experiment == m_experiment);
    m_experiment = experiment;
    m_frontier = frontier;
    m_shown = true;
    m_live->show(experiment, iteration, frontier);
    if (other)
        m_restart->show(experiment);
    review();
}

void ExperimentPanel::review()
{
    const bool changed = !(m_restart->read(m_experiment) == m_experiment);
    m_apply->setEnabled(changed && m_restart->isRight());
    m_revert->setEnabled(changed || !m_restart->isRight());
    QString note;
    if (changed)
        note = m_frontier > 0 ? tr("Restarts training: the %n iterations trained so far are trained anew.",
                                   nullptr, static_cast<int>(m_frontier))
                              : tr("Restarts training. Nothing has been trained yet.");
    if (m_note->text() != note)
        m_note->setText(note);
    m_note->setVisible(changed);
}

void ExperimentPanel::applyDraft()
{
    showProblem({});
    m_applied = m_restart->read(m_experiment);
    emit changeRequested(m_applied, tr("Settings"));
    window()->setFocus(); // off the button, so that Space plays
}

void ExperimentPanel::focusField(const QString& field)
{
    if (m_live->focusField(field) || m_restart->focusField(field)) {
        if (QWidget* focus = QApplication::focusWidget(); focus && isAncestorOf(focus))
            m_scroll->ensureWidgetVisible(focus, 0, 60);
    }
}

void ExperimentPanel::showProblem(const QString& problem)
{
    m_problem->setProblem(problem);
    if (!problem.isEmpty() &&
        !(m_applied == Experiment())) { // what was refused stays as a draft, to be mended
        m_restart->show(m_applied);
        review();
    }
    m_applied = {};
}

void ExperimentPanel::setMore(bool shown)
{
    m_restart->more()->setOpen(shown);
}

void ExperimentPanel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const int top = m_scroll->geometry().bottom();
    painter.fillRect(QRect(0, top, width(), 1), paletteFor(palette()).line);
}

} // namespace ui
