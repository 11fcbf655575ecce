#include "ui/breakpoint_commands.h"

#include "ui/actions.h"
#include "ui/paint/number_format.h"
#include "ui/panels/breakpoint_dialog.h"
#include "ui/panels/message_bar.h"
#include "ui/session/lane_histories.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/work_aside.h"

#include <QAction>
#include <QScopedValueRollback>
#include <QSettings>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

/// Where each is remembered, by kind.
constexpr std::array<const char*, breakpointKinds> breakpointKeys = {"vanished", "exploded", "right",
                                                                     "iteration"};

QString settingKey(std::size_t kind, const char* what)
{
    return QStringLiteral("breakpoints/%1/%2").arg(QLatin1String(breakpointKeys[kind]), QLatin1String(what));
}

} // namespace

BreakpointCommands::BreakpointCommands(QWidget& window, Actions& actions, QSettings& settings,
                                       Session& session, Playback& playback, MessageBar& message)
    : QObject(&window), m_window(window), m_actions(actions), m_settings(settings), m_session(session),
      m_playback(playback), m_message(message)
{
    connect(actions.breakpoints, &QAction::triggered, this, &BreakpointCommands::showDialog);
    connect(&session, &Session::stopped, this, &BreakpointCommands::tell);
    connect(&session, &Session::trainingChanged, this, [this](bool training) {
        if (training)
            takeBack();
    });
    connect(&playback, &Playback::frameChanged, this, [this](const Frame& frame) {
        if (!m_told.isEmpty() && frame.position.iteration != m_toldAt)
            takeBack();
    });
    connect(&session, &Session::experimentChanged, this, &BreakpointCommands::takeBack);
    connect(&message, &MessageBar::actionTaken, this, [this] {
        if (m_told.isEmpty() || m_message.text() != m_told)
            return;
        takeBack();
        m_actions.train->trigger();
    });

    for (std::size_t k = 0; k < breakpointKinds; ++k) {
        Breakpoint& each = m_breakpoints.all[k];
        each.on = settings.value(settingKey(k, "on"), each.on).toBool();
        const double value = settings.value(settingKey(k, "value"), each.value).toDouble();
        if (std::isfinite(value) && (value > 0 || k == static_cast<std::size_t>(BreakpointKind::Iteration)))
            each.value = value;
    }
    take(m_breakpoints);
}

void BreakpointCommands::showDialog()
{
    if (!m_dialog) {
        m_dialog = new BreakpointDialog(m_breakpoints, &m_window);
        connect(m_dialog, &BreakpointDialog::changed, this, [this](const Breakpoints& breakpoints) {
            take(breakpoints);
            for (std::size_t k = 0; k < breakpointKinds; ++k) {
                m_settings.setValue(settingKey(k, "on"), breakpoints.all[k].on);
                m_settings.setValue(settingKey(k, "value"), breakpoints.all[k].value);
            }
        });
        connect(m_dialog, &BreakpointDialog::searchRequested, this, &BreakpointCommands::search);
    }
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
}

/// A run is a pure function of its experiment: the search makes it again, aside.
void BreakpointCommands::search()
{
    if (m_searching)
        return;
    const QScopedValueRollback<bool> searching(m_searching, true);
    const std::int64_t trained = m_session.frontier();
    std::optional<BreakpointStop> found;
    const auto work = [&, experiment = m_session.experiment(), sequence = m_session.watchedSequence(),
                       breakpoints = m_breakpoints](const ExportProgress& progress) {
        LaneHistories again;
        again.take(experiment, false, unrolled::History::defaultMemoryBound);
        again.watch(sequence);
        again.setBreakpoints(breakpoints);
        bool wanted = true;
        found = again.extendWatched(trained, [&] {
            return wanted = progress(static_cast<double>(again.first().frontier()) /
                                     static_cast<double>(std::max<std::int64_t>(1, trained)));
        });
        return wanted;
    };
    const auto words = [](double) { return tr("Looking through the iterations trained…"); };
    if (!workAside(m_window, words, work))
        return;
    if (found)
        m_playback.setPosition(m_session.ticks().endOfIteration(found->iteration));
    m_toldAt = m_playback.position().iteration;
    m_told = found ? inWords(*found, BreakpointMet::Found)
                   : tr("None of the iterations trained so far (%1) meets a breakpoint.").arg(count(trained));
    m_message.showMessage(MessageBar::Tone::Note, m_told, {});
}

void BreakpointCommands::take(const Breakpoints& breakpoints)
{
    m_breakpoints = breakpoints;
    m_session.setBreakpoints(breakpoints);
    const auto set = std::count_if(breakpoints.all.begin(), breakpoints.all.end(),
                                   [](const Breakpoint& each) { return each.on; });
    m_actions.breakpoints->setData(static_cast<int>(set));
    m_actions.breakpoints->setText(set > 0 ? tr("Brea&kpoints (%1 set)…").arg(set) : tr("Brea&kpoints…"));
}

void BreakpointCommands::tell(const BreakpointStop& stop)
{
    m_toldAt = m_playback.position().iteration;
    const bool stopped = m_toldAt == stop.iteration;
    m_told = inWords(stop, stopped ? BreakpointMet::Stopped : BreakpointMet::Passed);
    m_message.showMessage(MessageBar::Tone::Note, m_told,
                          stopped && m_session.isTraining() ? tr("Train on") : QString());
}

void BreakpointCommands::takeBack()
{
    if (!m_told.isEmpty() && m_message.text() == m_told)
        m_message.hide();
    m_told.clear();
}

} // namespace ui
