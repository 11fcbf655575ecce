#include "ui/witness_commands.h"

#include "ui/actions.h"
#include "ui/paint/cell_moment.h"
#include "ui/panels/witness_dialog.h"
#include "ui/session/session.h"
#include "ui/view_host.h"
#include "ui/views/cell_view.h"

#include <QAction>

#include <algorithm>

namespace ui {

namespace {

constexpr int restBeforeAsking = 150; // ms

/// Whether a trainer is about to compute what the trace has: another experiment may have come between.
bool standsAt(const unrolled::Trainer& trainer, const unrolled::IterationTrace& trace)
{
    return trainer.iteration() == trace.iteration &&
           std::all_of(trace.parameters.begin(), trace.parameters.end(),
                       [&](const unrolled::ParameterTrace& parameter) {
                           const unrolled::ParameterBlock& block = parameter.block;
                           return block.offset + block.size() <= trainer.parameters().size() &&
                                  unrolled::view(trainer.parameters(), block) == parameter.before;
                       });
}

} // namespace

WitnessCommands::WitnessCommands(QWidget& window, Actions& actions, Session& session, const ViewHost& views,
                                 const CellView& cell)
    : QObject(&window), m_window(window), m_session(session), m_views(views), m_cell(cell)
{
    m_later.setSingleShot(true);
    m_later.setInterval(restBeforeAsking);
    connect(&m_later, &QTimer::timeout, this, &WitnessCommands::ask);
    connect(actions.witness, &QAction::triggered, this, &WitnessCommands::showDialog);
    connect(&views, &ViewHost::shownChanged, this, &WitnessCommands::follow);
    connect(&session, &Session::trainerReady, this, &WitnessCommands::begin);
}

void WitnessCommands::showDialog()
{
    if (m_views.frame().empty())
        return;
    if (!m_dialog) {
        m_dialog = new WitnessDialog(&m_window);
        connect(m_dialog, &WitnessDialog::targetChanged, this, &WitnessCommands::ask);
        connect(m_dialog, &WitnessDialog::closed, this, [this] {
            m_later.stop();
            m_run.cancel();
            m_waiting = false;
        });
        connect(&m_run, &WitnessRun::progress, m_dialog, &WitnessDialog::showWaiting);
        connect(&m_run, &WitnessRun::finished, m_dialog, &WitnessDialog::showWitness);
    }
    // What is picked now, whatever was compared before.
    takeFrame();
    takeCell();
    m_dialog->setTarget({m_layer, false, m_step});
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
    ask();
}

void WitnessCommands::takeFrame()
{
    const Frame& frame = m_views.frame();
    m_trace = frame.lane().trace;
    m_loss = frame.pickedLoss;
    m_dialog->setTrace(m_trace, m_loss, frame.lanes.size() > 1 ? frame.lane().name : QString());
}

/// The cell that the cell view looks into.
bool WitnessCommands::takeCell()
{
    const CellMoment moment = cellMoment(m_views.frame(), m_cell.cellTime(), m_cell.cellLayer());
    const bool other = moment.t != m_step || moment.layer != m_layer;
    m_step = moment.t;
    m_layer = moment.layer;
    return other;
}

void WitnessCommands::follow()
{
    if (!m_dialog || !m_dialog->isVisible() || m_views.frame().empty())
        return;
    m_moved = takeCell() || m_moved;
    if (!m_moved && m_views.frame().lane().trace == m_trace && m_views.frame().pickedLoss == m_loss)
        return;
    m_run.cancel(); // what it would tell is not on show any more
    m_waiting = false;
    m_later.start();
}

void WitnessCommands::ask()
{
    if (!m_dialog || !m_dialog->isVisible())
        return;
    takeFrame();
    if (m_moved) {
        m_moved = false;
        WitnessTarget target = m_dialog->target();
        target.t = m_step;
        target.layer = m_layer;
        m_dialog->setTarget(target);
    }
    m_dialog->setUnit(m_cell.unit());
    m_dialog->showWaiting(0);
    m_run.cancel();
    m_waiting = true;
    m_session.requestTrainer(m_trace->iteration, static_cast<int>(m_views.frame().front));
}

void WitnessCommands::begin(const std::shared_ptr<unrolled::Trainer>& trainer)
{
    if (!m_waiting)
        return;
    m_waiting = false;
    if (!standsAt(*trainer, *m_trace)) {
        m_later.start();
        return;
    }
    m_run.start(trainer, m_trace, m_dialog->target(), m_cell.unit());
}

} // namespace ui
