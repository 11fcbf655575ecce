// The parts of the window, where they stand, and the panel beside them.

#include "ui/arrangements.h"
#include "ui/file_commands.h"
#include "ui/main_window.h"
#include "ui/panels/caption_bar.h"
#include "ui/panels/dock.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/header_bar.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/part.h"
#include "ui/panels/timeline_bar.h"
#include "ui/panels/transport_bar.h"

#include <QActionGroup>
#include <QFrame>
#include <QMenu>
#include <QSettings>
#include <QVBoxLayout>

namespace ui {

using unrolled::Position;

namespace {

constexpr int panelWidth = 350;         // of the experiment panel at first
constexpr int roomForEverything = 1560; // window width from which it stands beside Step's right column

/// A hairline between two rows of the window.
class Hairline : public QFrame
{
public:
    explicit Hairline(QWidget* parent) : QFrame(parent)
    {
        setFixedHeight(1);
        setAutoFillBackground(true);
        setBackgroundRole(QPalette::Mid);
    }
};

} // namespace

void MainWindow::buildLayout()
{
    auto* central = new QWidget(this);
    auto* rows = new QVBoxLayout(central);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);

    auto* experiments = m_files->builtInMenu(this);
    experiments->addSeparator();
    experiments->addAction(m_actions.open);
    experiments->addMenu(m_files->recentMenu(experiments));
    experiments->addSeparator();
    experiments->addAction(m_actions.save);
    experiments->addAction(m_actions.saveAs);
    m_header = new HeaderBar(m_actions, experiments, central);
    rows->addWidget(m_header);
    rows->addWidget(new Hairline(central));
    m_message = new MessageBar(central);
    rows->addWidget(m_message);

    m_caption = new CaptionBar(central);
    m_caption->setObjectName(QStringLiteral("caption"));
    m_arrangements = new Arrangements(m_views, m_caption);
    m_stage = new QMainWindow(central);
    m_stage->setWindowFlags(Qt::Widget); // its constructor would make it a window whatever it is told
    m_stage->setContextMenuPolicy(Qt::NoContextMenu);
    m_stage->setCentralWidget(m_arrangements);
    rows->addWidget(m_stage, 1);
    rows->addWidget(new Hairline(central));

    auto* bottom = new QWidget(central);
    auto* bottomLayout = new QHBoxLayout(bottom);
    bottomLayout->setContentsMargins(16, 8, 18, 6);
    bottomLayout->setSpacing(18);
    m_transport = new TransportBar(m_actions, bottom);
    m_timeline = new TimelineBar(bottom);
    bottomLayout->addWidget(m_transport);
    bottomLayout->addWidget(m_timeline, 1);
    rows->addWidget(bottom);
    setCentralWidget(central);

    connect(m_shown.value(QStringLiteral("caption")), &QAction::toggled, m_caption, &QWidget::setVisible);
    connect(m_shown.value(QStringLiteral("timeline")), &QAction::toggled, bottom, &QWidget::setVisible);
    const auto& parts = m_arrangements->parts();
    for (auto each = parts.constBegin(); each != parts.constEnd(); ++each) {
        Part* part = each.value();
        QAction* shown = m_shown.value(each.key());
        QAction* floating = m_floating.value(each.key());
        connect(shown, &QAction::toggled, part, &Part::setShown);
        connect(part, &Part::closeRequested, shown, [shown] { shown->setChecked(false); });
        connect(floating, &QAction::toggled, part, &Part::setFloating);
        connect(floating, &QAction::triggered, shown, [shown] { shown->setChecked(true); });
        connect(part, &Part::placeChanged, this, [this, part, floating] {
            floating->setChecked(part->isFloating());
            enableParts();
        });
    }
}

/// What does not stand in this arrangement can only be changed where it is a window.
void MainWindow::enableParts()
{
    const auto& parts = m_arrangements->parts();
    for (auto each = parts.constBegin(); each != parts.constEnd(); ++each) {
        const bool here = m_arrangements->holds(each.value()) || each.value()->isFloating();
        m_shown.value(each.key())->setEnabled(here);
        m_floating.value(each.key())->setEnabled(here);
    }
}

void MainWindow::arrange(int which)
{
    m_actions.arrangement->actions().at(which)->setChecked(true);
    m_arrangements->choose(static_cast<Arrangements::Which>(which));
    enableParts();
}

ExperimentPanel* MainWindow::experimentPanel()
{
    if (m_panel)
        return m_panel;
    m_panel = new ExperimentPanel;
    m_panel->setMinimumWidth(300);
    m_dock = new Dock(tr("Experiment"), m_panel, m_stage);
    m_dock->setObjectName(QStringLiteral("experiment"));
    m_dock->hide();
    if (!m_stage->restoreDockWidget(m_dock)) {
        m_stage->addDockWidget(Qt::RightDockWidgetArea, m_dock);
        m_stage->resizeDocks({m_dock}, {panelWidth}, Qt::Horizontal);
    }
    connect(m_dock, &QDockWidget::topLevelChanged, this, &MainWindow::makeRoom);
    connect(m_panel, &ExperimentPanel::changeRequested, this, &MainWindow::change);
    connect(m_panel, &ExperimentPanel::newSeedRequested, m_actions.newSeed, &QAction::trigger);
    connect(m_panel, &ExperimentPanel::iterationRequested, this, [this](qint64 iteration) {
        m_playback.pause();
        Position there = m_playback.position();
        there.iteration = iteration;
        m_playback.setPosition(there);
    });
    connect(m_dock, &Dock::closeRequested, m_actions.settings,
            [this] { m_actions.settings->setChecked(false); });
    connect(m_panel, &ExperimentPanel::moreChanged, this,
            [this](bool shown) { m_settings.setValue(QStringLiteral("panel/more"), shown); });
    m_panel->show(m_document.experiment(), m_playback.position().iteration, m_session.frontier());
    m_panel->setMore(m_settings.value(QStringLiteral("panel/more"), false).toBool());
    return m_panel;
}

void MainWindow::showPanel(bool shown)
{
    if (shown)
        experimentPanel();
    if (m_dock) {
        const bool within = m_dock->isAncestorOf(QApplication::focusWidget());
        m_dock->setVisible(shown);
        if (!shown && within) {
            activateWindow(); // it may have been a window of its own
            (m_focusBefore && m_focusBefore->isVisible() ? m_focusBefore.data() : this)->setFocus();
        }
    }
    makeRoom();
}

void MainWindow::goToField(const QString& field)
{
    QWidget* before = QApplication::focusWidget();
    m_actions.settings->setChecked(true);
    if (!m_dock->isAncestorOf(before))
        m_focusBefore = before;
    if (m_dock->isFloating())
        m_dock->activateWindow();
    m_panel->focusField(field);
}

void MainWindow::makeRoom()
{
    // In a small window the panel stands in the place of the right column, in a large one beside it.
    m_arrangements->hideRight(m_dock && !m_dock->isHidden() && !m_dock->isFloating() &&
                              width() < roomForEverything);
}

void MainWindow::showRightColumn()
{
    if (m_dock && !m_dock->isHidden() && !m_dock->isFloating() && width() < roomForEverything)
        m_actions.settings->setChecked(false);
}

} // namespace ui
