#include "ui/compare_commands.h"

#include "ui/actions.h"
#include "ui/document.h"
#include "ui/panels/compare_dialog.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/views/comparison_view.h"

#include <QAction>
#include <QSettings>

#include <algorithm>
#include <utility>

namespace ui {

using unrolled::Experiment;
using unrolled::Matching;

CompareCommands::CompareCommands(QWidget& window, Actions& actions, QSettings& settings, Document& document,
                                 Session& session, Playback& playback, const ComparisonView& view,
                                 std::function<void()> show)
    : QObject(&window), m_window(window), m_actions(actions), m_document(document), m_session(session),
      m_playback(playback), m_show(std::move(show))
{
    const auto on = [this](QAction* action, auto what) { connect(action, &QAction::triggered, this, what); };
    on(actions.compareCells, [this] { compareCells(Matching::HiddenSize); });
    on(actions.compareCounts, [this] { compareCells(Matching::ParameterCount); });
    on(actions.compareValues, [this] { compareValues(); });
    on(actions.firstLane, [this] { putFirst(static_cast<int>(m_playback.frame().front)); });
    on(actions.compareNothing, [this] {
        Experiment alone = m_document.experiment();
        alone.compare.clear();
        m_document.change(alone, tr("One model only"));
    });
    on(actions.nextLane, [this] {
        bring(static_cast<int>((m_playback.frame().front + 1) % std::max<std::size_t>(1, m_lanes.size())));
    });
    const QString ghostKey = QStringLiteral("window/ghost");
    const auto haunt = [this](bool wanted) {
        m_session.setGhost(wanted);
        if (!m_document.experiment().interventions.empty())
            m_session.setExperiment(m_document.experiment());
    };
    connect(actions.ghost, &QAction::toggled, this, [&settings, ghostKey, haunt](bool wanted) {
        settings.setValue(ghostKey, wanted);
        haunt(wanted);
    });
    actions.ghost->setChecked(settings.value(ghostKey, true).toBool());
    connect(&view, &ComparisonView::lanePicked, this, &CompareCommands::bring);
    connect(&document, &Document::changed, this, &CompareCommands::follow);
    connect(&session, &Session::experimentChanged, this, &CompareCommands::frontChanged);
    follow();
}

const Experiment& CompareCommands::front() const
{
    const std::size_t at = m_playback.frame().front;
    return at < m_lanes.size() ? m_lanes[at].experiment : m_document.experiment();
}

void CompareCommands::follow()
{
    try {
        m_lanes = unrolled::lanesOf(m_document.experiment());
    } catch (const std::exception&) { // the session tells what is wrong
        m_lanes.clear();
    }
    const bool several = m_lanes.size() > 1;
    m_actions.compareNothing->setEnabled(several);
    m_actions.nextLane->setEnabled(several);
    m_actions.firstLane->setEnabled(several && m_playback.frame().front > 0);
}

void CompareCommands::bring(int lane)
{
    m_playback.bringToFront(lane);
    m_actions.firstLane->setEnabled(lane > 0);
    emit frontChanged();
}

bool CompareCommands::bringToFront(unrolled::CellKind kind)
{
    const auto found = std::find_if(m_lanes.begin(), m_lanes.end(), [kind](const auto& lane) {
        return lane.experiment.model.cell.kind == kind;
    });
    if (m_lanes.size() < 2 || found == m_lanes.end())
        return false;
    bring(static_cast<int>(found - m_lanes.begin()));
    return true;
}

void CompareCommands::putFirst(int lane)
{
    const auto at = static_cast<std::size_t>(lane);
    if (at >= m_lanes.size())
        return;
    const std::vector<Lane>& lanes = m_playback.frame().lanes;
    const QString name = lanes.at(at).name;
    const QString own = lanes.front().name;
    const Experiment changed = unrolled::withFirst(m_document.experiment(), at);
    const bool lost = changed.interventions.size() < m_document.experiment().interventions.size();
    m_document.change(changed, tr("Put %1 first").arg(name));
    if (lost)
        emit told(tr("The changes of the weights and gates of %1 are taken out: %2 has others. Undo brings "
                     "them back.")
                      .arg(own, name));
}

void CompareCommands::compare(const Experiment& compared, const QString& text)
{
    m_document.change(compared, text);
    m_show();
}

void CompareCommands::compareCells(Matching matching)
{
    compare(unrolled::comparedWithCells(m_document.experiment(), matching), tr("Compare cells"));
}

void CompareCommands::compareValues()
{
    auto* dialog = new CompareDialog(m_document.experiment(), &m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &CompareDialog::chosen, this,
            [this](const Experiment& compared) { compare(compared, tr("Compare values")); });
    dialog->open();
}

} // namespace ui
