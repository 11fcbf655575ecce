// The menus of the window, what its actions do, and what it remembers.

#include "core/gradients/backward_sweep.h"
#include "ui/arrangements.h"
#include "ui/compare_commands.h"
#include "ui/export_commands.h"
#include "ui/file_commands.h"
#include "ui/intervention_commands.h"
#include "ui/main_window.h"
#include "ui/paint/number_format.h"
#include "ui/paint/style.h"
#include "ui/panels/buttons.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/help_dialog.h"
#include "ui/panels/parameters_dialog.h"
#include "ui/panels/part.h"
#include "ui/panels/timeline_bar.h"
#include "ui/presentation.h"
#include "ui/views/cell_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/weights_view.h"

#include <QActionGroup>
#include <QApplication>
#include <QMenuBar>
#include <QMessageBox>
#include <QPointer>
#include <QSettings>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QUndoStack>

#include <tuple>

namespace ui {

using unrolled::StepSize;

namespace {

void showParameters(QWidget* window, const Playback& playback)
{
    auto* dialog = window->findChild<ParametersDialog*>();
    if (!dialog) {
        dialog = new ParametersDialog(window);
        QObject::connect(&playback, &Playback::frameChanged, dialog, [dialog](const Frame& frame) {
            if (dialog->isVisible())
                dialog->setFrame(frame);
        });
    }
    dialog->setFrame(playback.frame());
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

/// Picks the tab that a view stands behind.
void showTab(View* view)
{
    auto* stack = qobject_cast<QStackedWidget*>(view->parentWidget());
    auto* tabs = stack ? stack->parentWidget()->findChild<ChoiceRow*>() : nullptr;
    if (!tabs)
        return;
    tabs->setCurrent(stack->indexOf(view));
    stack->setCurrentWidget(view);
    view->setFocus(Qt::ShortcutFocusReason);
}

} // namespace

void MainWindow::buildMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addMenu(m_files->builtInMenu(file));
    file->addAction(m_actions.open);
    file->addMenu(m_files->recentMenu(file));
    file->addSeparator();
    file->addAction(m_actions.save);
    file->addAction(m_actions.saveAs);
    file->addSeparator();
    file->addAction(m_actions.exportPicture);
    auto* exports = new ExportCommands(*this, m_document, m_session, m_views, m_settings);
    QMenu* pictures = file->addMenu(m_files->pictureMenu(file))->menu();
    pictures->addSeparator();
    pictures->addActions(exports->plots());
    file->addMenu(m_files->tableMenu(file));
    file->addActions(exports->actions());
    connect(exports, &ExportCommands::told, this, &MainWindow::note);
    connect(exports, &ExportCommands::failed, this, &MainWindow::warn);
    file->addSeparator();
    file->addAction(m_actions.quit);

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addActions({m_actions.undo, m_actions.redo});
    edit->addSeparator();
    edit->addAction(m_actions.copyView);
    edit->addAction(m_actions.copyScript);
    edit->addSeparator();
    auto* interventions = new InterventionCommands(*this, m_views, m_document, m_playback);
    connect(interventions, &InterventionCommands::firstModelWanted, m_compare, &CompareCommands::putFirst);
    edit->addMenu(interventions->menu(edit));
    QAction* list = edit->addAction(tr("&Interventions…"));
    list->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_I));
    list->setStatusTip(tr("All changes of the run, in the panel Experiment: go there, or take one out"));
    list->setToolTip(tr("All changes of the run, in the panel Experiment (Ctrl+I)"));
    connect(list, &QAction::triggered, this, [this] { goToField(QStringLiteral("interventions")); });
    edit->addSeparator();
    edit->addActions({m_actions.newSeed, m_actions.settings});

    QMenu* playback = menuBar()->addMenu(tr("&Playback"));
    playback->addActions({m_actions.playPause, m_actions.stepForward, m_actions.stepBack});
    playback->addSeparator();
    playback->addActions({m_actions.stepForwardTime, m_actions.stepBackTime, m_actions.stepForwardPass,
                          m_actions.stepBackPass, m_actions.stepForwardIteration,
                          m_actions.stepBackIteration});
    playback->addSeparator();
    playback->addActions({m_actions.reset, m_actions.toEnd, m_actions.goToIteration});
    playback->addSeparator();
    playback->addActions({m_actions.train, m_actions.breakpoints});
    playback->addSeparator();
    QMenu* size = playback->addMenu(tr("Step si&ze"));
    size->addActions(m_actions.stepSize->actions());
    QMenu* speed = playback->addMenu(tr("Spee&d"));
    speed->addActions(m_actions.speed->actions());
    QMenu* cells = playback->addMenu(tr("Look inside the &cell of"));
    cells->addAction(m_actions.followCell);
    cells->addSeparator();
    cells->addActions(m_actions.cells);
    QMenu* memory = playback->addMenu(tr("&Memory for the past"));
    memory->addActions(m_actions.memory->actions());
    playback->addSeparator();
    playback->addActions({m_actions.watchNext, m_actions.watchPrevious});

    QMenu* compare = menuBar()->addMenu(tr("&Compare"));
    compare->addActions({m_actions.compareCells, m_actions.compareCounts, m_actions.compareValues});
    compare->addSeparator();
    compare->addActions({m_actions.nextLane, m_actions.firstLane, m_actions.compareNothing});

    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions(m_actions.arrangement->actions());
    view->addSeparator();
    const std::pair<const char*, QString> parts[] = {
        {"cell", tr("&Inside the cell")},
        {"states", tr("&Hidden states, gates, weights")},
        {"decay", m_views.find(QStringLiteral("decay"))->title()},
        {"curve", m_views.find(QStringLiteral("curve"))->title()},
        {"reach", m_views.find(QStringLiteral("reach"))->title()},
        {"hops", tr("H&ops, ellipse, updates")},
        {"caption", tr("&Caption")},
        {"timeline", tr("&Timeline")},
    };
    QMenu* panels = view->addMenu(tr("&Panels"));
    for (const auto& [id, text] : parts) {
        QAction* action = panels->addAction(text);
        action->setCheckable(true);
        action->setChecked(true);
        action->setToolTip(tr("Show or hide this part of the window"));
        action->setStatusTip(action->toolTip());
        m_shown.insert(QLatin1String(id), action);
    }
    QMenu* own = view->addMenu(tr("In a &window of its own"));
    for (const char* id : {"cell", "states", "decay", "curve", "reach", "hops"}) {
        QAction* action = own->addAction(m_shown.value(QLatin1String(id))->text());
        action->setCheckable(true);
        action->setToolTip(tr("A window of its own, for a second screen, or back"));
        action->setStatusTip(action->toolTip());
        m_floating.insert(QLatin1String(id), action);
    }
    view->addSeparator();
    view->addAction(m_actions.lossAlone);
    QAction* code = view->addAction(tr("C&ode"));
    code->setShortcut(QKeySequence(Qt::Key_C));
    code->setStatusTip(tr("Show the algorithm in NumPy, with the line that runs"));
    code->setToolTip(tr("Show the algorithm in NumPy, with the line that runs (C)"));
    connect(code, &QAction::triggered, this, [this] {
        arrange(Arrangements::Step);
        showRightColumn();
        m_shown.value(QStringLiteral("states"))->setChecked(true);
        showTab(m_views.find(QStringLiteral("code")));
    });
    const std::tuple<const char*, QString, Qt::Key, QString> tabs[] = {
        {"ellipse", tr("The &ellipse"), Qt::Key_E,
         tr("Show what the hops make of a circle of errors, step by step")},
        {"updates", tr("&Updates of the steps"), Qt::Key_U,
         tr("Show what each step's gradient would change, and whether float32 would keep it")},
    };
    for (const auto& [id, text, key, tip] : tabs) {
        QAction* action = view->addAction(text);
        action->setShortcut(QKeySequence(key));
        action->setStatusTip(tip);
        action->setToolTip(
            QStringLiteral("%1 (%2)").arg(tip, action->shortcut().toString(QKeySequence::NativeText)));
        connect(action, &QAction::triggered, this, [this, of = QString::fromLatin1(id)] {
            arrange(Arrangements::Gradients);
            showRightColumn();
            m_shown.value(QStringLiteral("hops"))->setChecked(true);
            showTab(m_views.find(of));
        });
    }
    QAction* singular = view->addAction(tr("Singular &values over iterations"));
    singular->setStatusTip(tr("Show what became of the singular values of the recurrent weights"));
    singular->setToolTip(singular->statusTip());
    connect(singular, &QAction::triggered, this, [this] {
        arrange(Arrangements::Step);
        showRightColumn();
        m_shown.value(QStringLiteral("states"))->setChecked(true);
        auto* weights = qobject_cast<WeightsView*>(m_views.find(QStringLiteral("weights")));
        weights->showSingularValues(true);
        showTab(weights);
    });
    view->addMenu(epsilonMenu(view));
    view->addAction(byTimeAction(view));
    view->addSeparator();
    view->addAction(m_actions.settings);
    QAction* parameters = view->addAction(tr("Pa&rameters…"));
    parameters->setStatusTip(
        tr("Layers, shapes and numbers of parameters, as counted here, by Keras and by PyTorch"));
    parameters->setToolTip(parameters->statusTip());
    connect(parameters, &QAction::triggered, this, [this] { showParameters(this, m_playback); });
    view->addSeparator();
    view->addActions({m_actions.witness, m_actions.ghost});
    view->addSeparator();
    QMenu* appearance = view->addMenu(tr("&Appearance"));
    appearance->addActions(m_actions.appearance->actions());
    view->addAction(m_actions.reduceMotion);
    view->addAction(m_actions.fullScreen);
    view->addAction(m_actions.present);

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addActions({m_actions.help, m_actions.about});
}

QMenu* MainWindow::epsilonMenu(QMenu* parent)
{
    auto* menu = new QMenu(tr("Va&nished under ε"), parent);
    menu->menuAction()->setStatusTip(tr("Under which norm a gradient counts as vanished"));
    auto* reach = qobject_cast<ReachView*>(m_views.find(QStringLiteral("reach")));
    auto* choices = new QActionGroup(menu);
    for (const int exponent : reach->epsilons()) {
        QAction* action = menu->addAction(QStringLiteral("ε = 10") + superscript(exponent));
        action->setCheckable(true);
        action->setData(exponent);
        action->setToolTip(menu->menuAction()->statusTip());
        choices->addAction(action);
    }
    connect(menu, &QMenu::aboutToShow, choices, [reach, choices] {
        for (QAction* action : choices->actions())
            action->setChecked(action->data().toInt() == reach->epsilon());
    });
    connect(choices, &QActionGroup::triggered, this, [this, reach](const QAction* action) {
        arrange(Arrangements::Gradients);
        m_shown.value(QStringLiteral("reach"))->setChecked(true);
        reach->setEpsilon(action->data().toInt());
    });
    return menu;
}

QAction* MainWindow::byTimeAction(QMenu* menu)
{
    QAction* action = new QAction(tr("Losses against computing &time"), menu);
    action->setCheckable(true);
    action->setStatusTip(
        tr("The race of several models by the time that their updates take, not by iterations"));
    action->setToolTip(action->statusTip());
    auto* curve = qobject_cast<CurveView*>(m_views.find(QStringLiteral("curve")));
    connect(menu, &QMenu::aboutToShow, action, [action, curve] {
        action->setEnabled(curve->hasTimes());
        action->setChecked(curve->byTime());
    });
    connect(action, &QAction::triggered, this, [this, curve](bool byTime) {
        if (m_arrangements->current() == Arrangements::Gradients)
            arrange(Arrangements::Compare);
        m_shown.value(QStringLiteral("curve"))->setChecked(true);
        curve->setByTime(byTime);
    });
    return action;
}

void MainWindow::connectActions()
{
    const auto on = [this](QAction* action, auto what) { connect(action, &QAction::triggered, this, what); };
    QUndoStack* stack = m_document.undoStack();
    on(m_actions.undo, [stack] { stack->undo(); });
    on(m_actions.redo, [stack] { stack->redo(); });
    const auto follow = [this, stack] {
        m_actions.undo->setEnabled(stack->canUndo());
        m_actions.redo->setEnabled(stack->canRedo());
        m_actions.undo->setText(stack->canUndo() ? tr("&Undo %1").arg(stack->undoText()) : tr("&Undo"));
        m_actions.redo->setText(stack->canRedo() ? tr("&Redo %1").arg(stack->redoText()) : tr("&Redo"));
    };
    connect(stack, &QUndoStack::indexChanged, this, follow);
    follow();
    on(m_actions.quit, [this] { close(); });
    on(m_actions.newSeed, [this] { newSeed(); });
    connect(m_actions.settings, &QAction::toggled, this, &MainWindow::showPanel);
    on(m_actions.settings, [this](bool shown) { // by its key or in a menu
        if (shown)
            goToField(QStringLiteral("learning_rate"));
    });

    on(m_actions.playPause, [this] { m_playback.togglePlaying(); });
    on(m_actions.stepForward, [this] { m_playback.stepForward(); });
    on(m_actions.stepBack, [this] { m_playback.stepBack(); });
    on(m_actions.stepForwardTime, [this] { step(StepSize::TimeStep, true); });
    on(m_actions.stepBackTime, [this] { step(StepSize::TimeStep, false); });
    on(m_actions.stepForwardPass, [this] { step(StepSize::Pass, true); });
    on(m_actions.stepBackPass, [this] { step(StepSize::Pass, false); });
    on(m_actions.stepForwardIteration, [this] { step(StepSize::Iteration, true); });
    on(m_actions.stepBackIteration, [this] { step(StepSize::Iteration, false); });
    on(m_actions.reset, [this] {
        m_session.stopTraining();
        m_playback.reset();
    });
    on(m_actions.toEnd, [this] { m_playback.goToEnd(); });
    on(m_actions.goToIteration, [this] {
        m_shown.value(QStringLiteral("timeline"))->setChecked(true);
        m_timeline->number()->setFocus(Qt::ShortcutFocusReason);
        m_timeline->number()->selectAll();
    });
    on(m_actions.train, [this] { toggleTraining(); });
    for (int i = 0; i < m_actions.cells.size(); ++i)
        on(m_actions.cells[i], [this, i] { goToCell(i + 1, m_cell->cellLayer()); });
    on(m_actions.followCell, [this] { followCell(); });
    connect(m_actions.memory, &QActionGroup::triggered, this, [this](const QAction* action) {
        m_session.setMemoryBound(action->data().toLongLong() << 20);
        m_settings.setValue(QStringLiteral("session/memoryMegabytes"), action->data());
    });
    connect(m_actions.stepSize, &QActionGroup::triggered, this, [this](QAction* action) {
        m_playback.setStepSize(static_cast<StepSize>(action->data().toInt()));
    });
    connect(m_actions.speed, &QActionGroup::triggered, this,
            [this](QAction* action) { m_playback.setSpeed(action->data().toDouble()); });
    connect(m_actions.arrangement, &QActionGroup::triggered, this, [this](const QAction* action) {
        const QPointer<QWidget> before = QApplication::focusWidget();
        arrange(action->data().toInt());
        m_arrangements->focusFirst(before);
    });
    connect(m_actions.appearance, &QActionGroup::triggered, this,
            [](QAction* action) { applyAppearance(static_cast<Appearance>(action->data().toInt())); });
    connect(m_actions.reduceMotion, &QAction::toggled, this,
            [this](bool reduce) { m_playback.setReduceMotion(reduce); });
    on(m_actions.fullScreen, [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    on(m_actions.present, [this] {
        if (m_presentation && m_presentation->isVisible()) {
            m_presentation->close();
            return;
        }
        if (!m_presentation)
            m_presentation = new Presentation(m_actions, m_playback, m_session, m_views, this);
        m_presentation->start();
    });
    on(m_actions.lossAlone, [this] {
        const Frame& frame = m_views.frame();
        if (frame.empty())
            return;
        int s = frame.pickedLoss > 0 ? frame.pickedLoss - 1 : frame.trace().steps();
        while (s > 0 && !unrolled::isCounted(frame.trace(), s))
            --s;
        m_views.pickLoss(s);
    });
    on(m_actions.watchNext, [this] { watch(1); });
    on(m_actions.watchPrevious, [this] { watch(-1); });
    on(m_actions.help, [this] {
        if (!m_help)
            m_help = new HelpDialog(*menuBar(), this);
        m_help->show();
        m_help->raise();
        m_help->activateWindow();
    });
    on(m_actions.about, [this] {
        QMessageBox::about(this, tr("About Unrolled"),
                           tr("<h3>Unrolled %1</h3><p>Step through the training of a recurrent network, "
                              "forwards and backwards.</p>"
                              "<p>Free software under the GNU General Public License, version 3 or later. "
                              "Made with Qt, QCustomPlot and Eigen.</p>")
                               .arg(QCoreApplication::applicationVersion()));
    });
}

void MainWindow::restoreSettings()
{
    if (!restoreGeometry(m_settings.value(QStringLiteral("window/geometry")).toByteArray()))
        resize(sizeHint());
    for (const QString& name : Arrangements::splitters()) {
        if (auto* splitter = findChild<QSplitter*>(name))
            splitter->restoreState(
                m_settings.value(QStringLiteral("window/splitters/") + name).toByteArray());
    }
    m_stage->restoreState(m_settings.value(QStringLiteral("window/docks")).toByteArray());
    m_actions.settings->setChecked(m_settings.value(QStringLiteral("window/settings"), false).toBool());
    const QStringList hidden = m_settings.value(QStringLiteral("window/hidden")).toStringList();
    for (auto part = m_shown.constBegin(); part != m_shown.constEnd(); ++part)
        part.value()->setChecked(!hidden.contains(part.key()));
    const QStringList floating = m_settings.value(QStringLiteral("window/floating")).toStringList();
    const auto& parts = m_arrangements->parts();
    for (auto part = parts.constBegin(); part != parts.constEnd(); ++part) {
        part.value()->setPlace(m_settings.value(QStringLiteral("window/places/") + part.key()).toByteArray());
        part.value()->setFloating(floating.contains(part.key()));
    }
    arrange(std::clamp(m_settings.value(QStringLiteral("window/arrangement"), 0).toInt(), 0,
                       static_cast<int>(m_actions.arrangement->actions().size()) - 1));
    const int size =
        m_settings.value(QStringLiteral("playback/stepSize"), static_cast<int>(StepSize::TimeStep)).toInt();
    const auto sizes = m_actions.stepSize->actions();
    sizes.at(std::clamp(size, 0, static_cast<int>(sizes.size()) - 1))->trigger();
    const double speed = m_settings.value(QStringLiteral("playback/speed"), 1.0).toDouble();
    for (QAction* action : m_actions.speed->actions()) {
        if (action->data().toDouble() == speed)
            action->trigger();
    }
    m_actions.reduceMotion->setChecked(
        m_settings.value(QStringLiteral("playback/reduceMotion"), false).toBool());
    const int memory = m_settings.value(QStringLiteral("session/memoryMegabytes"), 256).toInt();
    m_session.setMemoryBound(static_cast<qint64>(memory) << 20);
    for (QAction* action : m_actions.memory->actions())
        action->setChecked(action->data().toInt() == memory);
    if (auto* reach = qobject_cast<ReachView*>(m_views.find(QStringLiteral("reach"))))
        reach->setEpsilon(m_settings.value(QStringLiteral("views/epsilon"), reach->epsilon()).toInt());
    const int appearance = std::clamp(m_settings.value(QStringLiteral("window/appearance"), 0).toInt(), 0, 2);
    m_actions.appearance->actions().at(appearance)->setChecked(true);
}

void MainWindow::saveSettings()
{
    m_settings.setValue(QStringLiteral("window/arrangement"), static_cast<int>(m_arrangements->current()));
    m_arrangements->choose(Arrangements::Step); // the plots stand where their splitter is remembered
    m_arrangements->giveCodeRoom(false);
    m_settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_settings.setValue(QStringLiteral("window/docks"), m_stage->saveState());
    m_settings.setValue(QStringLiteral("window/settings"), m_actions.settings->isChecked());
    for (const QString& name : Arrangements::splitters()) {
        if (const auto* splitter = findChild<QSplitter*>(name))
            m_settings.setValue(QStringLiteral("window/splitters/") + name, splitter->saveState());
    }
    QStringList hidden;
    for (auto part = m_shown.constBegin(); part != m_shown.constEnd(); ++part) {
        if (!part.value()->isChecked())
            hidden << part.key();
    }
    m_settings.setValue(QStringLiteral("window/hidden"), hidden);
    QStringList floating;
    const auto& parts = m_arrangements->parts();
    for (auto part = parts.constBegin(); part != parts.constEnd(); ++part) {
        m_settings.setValue(QStringLiteral("window/places/") + part.key(), part.value()->place());
        if (part.value()->isFloating())
            floating << part.key();
    }
    m_settings.setValue(QStringLiteral("window/floating"), floating);
    m_settings.setValue(QStringLiteral("playback/stepSize"), static_cast<int>(m_playback.stepSize()));
    m_settings.setValue(QStringLiteral("playback/speed"), m_playback.speed());
    m_settings.setValue(QStringLiteral("playback/reduceMotion"), m_playback.reduceMotion());
    if (const auto* reach = qobject_cast<const ReachView*>(m_views.find(QStringLiteral("reach"))))
        m_settings.setValue(QStringLiteral("views/epsilon"), reach->epsilon());
    m_settings.setValue(QStringLiteral("window/appearance"),
                        m_actions.appearance->actions().indexOf(m_actions.appearance->checkedAction()));
}

} // namespace ui
