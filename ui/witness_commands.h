#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/session/witness_run.h"

#include <QObject>
#include <QTimer>

class QWidget;

namespace ui {

struct Actions;
class CellView;
class Session;
class ViewHost;
class WitnessDialog;

/// Compares the gradient on show with central differences, on a trainer of its own, and keeps up with the
/// window while its dialog is open.
class WitnessCommands : public QObject
{
    Q_OBJECT
public:
    WitnessCommands(QWidget& window, Actions& actions, Session& session, const ViewHost& views,
                    const CellView& cell);

    WitnessDialog* dialog() const { return m_dialog; }
    bool isBusy() const { return m_later.isActive() || m_waiting || m_run.isRunning(); }

private:
    void showDialog();
    void follow();
    void ask();
    void takeFrame();
    void begin(const std::shared_ptr<unrolled::Trainer>& trainer);
    bool takeCell(); ///< whether it is another one than before

    QWidget& m_window;
    Session& m_session;
    const ViewHost& m_views;
    const CellView& m_cell;
    WitnessDialog* m_dialog = nullptr;
    unrolled::TracePtr m_trace; ///< on show in the dialog
    int m_loss = 0;             ///< picked, from 1
    int m_step = 0;             ///< at work when the dialog looked last
    int m_layer = 0;
    bool m_moved = false;   ///< to another cell since
    bool m_waiting = false; ///< for the trainer
    QTimer m_later;         ///< where the picture moves on, when it has come to rest
    WitnessRun m_run;
};

} // namespace ui
