#pragma once

#include "ui/session/breakpoints.h"

#include <QObject>
#include <QString>

class QSettings;
class QWidget;

namespace ui {

struct Actions;
class BreakpointDialog;
class MessageBar;
class Playback;
class Session;

/// Breakpoints in the window: the dialog that sets them, the message where one was met, and what is
/// remembered between starts.
class BreakpointCommands : public QObject
{
    Q_OBJECT
public:
    BreakpointCommands(QWidget& window, Actions& actions, QSettings& settings, Session& session,
                       Playback& playback, MessageBar& message);

private:
    void showDialog();
    void search();
    void take(const Breakpoints& breakpoints);
    void tell(const BreakpointStop& stop);
    void takeBack(); ///< the message, where it is still the one told

    QWidget& m_window;
    Actions& m_actions;
    QSettings& m_settings;
    Session& m_session;
    Playback& m_playback;
    MessageBar& m_message;
    BreakpointDialog* m_dialog = nullptr;
    Breakpoints m_breakpoints;
    bool m_searching = false;
    QString m_told;
    qint64 m_toldAt = -1; ///< the iteration on show then
};

} // namespace ui
