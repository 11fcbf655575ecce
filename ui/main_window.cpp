#include "ui/main_window.h"

#include "core/gradients/backward_sweep.h"
#include "ui/arrangements.h"
#include "ui/breakpoint_commands.h"
#include "ui/compare_commands.h"
#include "ui/file_commands.h"
#include "ui/paint/caption.h"
#include "ui/paint/style.h"
#include "ui/panels/buttons.h"
#include "ui/panels/caption_bar.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/header_bar.h"
#include "ui/panels/help_dialog.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/timeline_bar.h"
#include "ui/panels/transport_bar.h"
#include "ui/presentation.h"
#include "ui/session/experiment_edit.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/cell_view.h"
#include "ui/views/code_view.h"
#include "ui/views/comparison_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/ellipse_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"
#include "ui/views/hops_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/triangle_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/update_view.h"
#include "ui/views/weights_view.h"
#include "ui/witness_commands.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QMimeData>
#include <QRandomGenerator>
#include <QSettings>
#include <QTimer>
#include <QToolTip>
#include <QUndoStack>

#include <algorithm>

namespace ui {

using unrolled::Experiment;
using unrolled::Position;
using unrolled::StepSize;

namespace {

constexpr int noteTime = 5000; // ms that a note stays
constexpr int fewSteps = 12;   // that one presses a key for, one by one

} // namespace

MainWindow::MainWindow(QSettings& settings, QWidget* parent)
    : QMainWindow(parent), m_settings(settings), m_playback(m_session), m_document(m_session, settings),
      m_actions(this)
{
    setAcceptDrops(true);
    setMinimumSize(900, 600);
    setFocusPolicy(Qt::ClickFocus); // so that no control has the focus, and its ring, from the start
    m_views.add(QStringLiteral("unrolled"), new UnrolledView);
    m_cell = new CellView;
    m_views.add(QStringLiteral("cell"), m_cell);
    auto* hidden = new HiddenView;
    auto* gates = new GatesView;
    auto* weights = new WeightsView;
    m_views.add(QStringLiteral("hidden"), hidden);
    m_views.add(QStringLiteral("gates"), gates);
    m_views.add(QStringLiteral("weights"), weights);
    m_views.add(QStringLiteral("code"), new CodeView);
    m_views.add(QStringLiteral("decay"), new DecayView);
    auto* curve = new CurveView;
    connect(curve, &CurveView::exactRangeRequested, &m_session, &Session::requestExactCurve);
    connect(&m_session, &Session::exactCurveReady, curve, &CurveView::setExact);
    m_views.add(QStringLiteral("curve"), curve);
    m_views.add(QStringLiteral("triangle"), new TriangleView);
    m_views.add(QStringLiteral("reach"), new ReachView);
    auto* hops = new HopsView;
    auto* ellipse = new EllipseView;
    auto* updates = new UpdateView;
    m_views.add(QStringLiteral("hops"), hops);
    m_views.add(QStringLiteral("ellipse"), ellipse);
    m_views.add(QStringLiteral("updates"), updates);
    for (PaneView* pane : std::initializer_list<PaneView*>{hidden, gates, weights, hops, ellipse, updates})
        pane->setHeading(false); // the tabs above them say it
    auto* comparison = new ComparisonView;
    m_views.add(QStringLiteral("comparison"), comparison);
    m_files = new FileCommands(*this, m_actions, m_document, m_session, m_playback, m_views, m_settings);
    m_compare = new CompareCommands(*this, m_actions, m_settings, m_document, m_session, m_playback,
                                    *comparison, [this] { arrange(Arrangements::Compare); });
    buildMenus();
    buildLayout();
    connectActions();
    connectSession();
    connect(m_compare, &CompareCommands::frontChanged, this, &MainWindow::showExperiment);
    connect(m_compare, &CompareCommands::told, this, &MainWindow::note);
    new BreakpointCommands(*this, m_actions, m_settings, m_session, m_playback, *m_message);
    new WitnessCommands(*this, m_actions, m_session, m_views, *m_cell);
    new ShortcutGuard(this);
    restoreSettings();
    showExperiment();
    setFocus();
}

MainWindow::~MainWindow()
{
    // Members go before child widgets: nothing may call back any more.
    disconnect(&m_session, nullptr, this, nullptr);
    disconnect(&m_playback, nullptr, this, nullptr);
    disconnect(&m_document, nullptr, this, nullptr);
    delete takeCentralWidget();
}

bool MainWindow::open(const QString& idOrFile, QString* error)
{
    return m_document.open(idOrFile, error);
}

void MainWindow::take(const Experiment& experiment, const QString& file)
{
    m_document.take(experiment, file);
}

void MainWindow::showFrame(const Frame& frame)
{
    if (m_pinnedTick >= 0 && frame.position.tick != m_pinnedTick)
        followCell();
    if (QToolTip::isVisible() && frame.position != m_views.frame().position)
        QToolTip::hideText(); // its numbers are of another moment
    m_views.setFrame(frame);
    if (frame.empty())
        return;
    m_timeline->setFrame(frame);
    if (m_divergenceShown && m_session.divergedAt() >= 0 &&
        frame.position.iteration < m_session.divergedAt()) {
        m_divergenceShown = false;
        m_message->hide();
    }
    if (frame.position.iteration != m_shownIteration) {
        m_shownIteration = frame.position.iteration;
        const Experiment& experiment = m_document.experiment();
        m_header->show(m_compare->front(), m_shownIteration, m_document.displayName(),
                       m_document.worthSaving());
        if (m_panel && m_panel->isVisible())
            m_panel->show(experiment, m_shownIteration, m_session.frontier());
        m_actions.stepBackIteration->setEnabled(m_shownIteration > 0);
    }
}

void MainWindow::showCaption(const Frame& shown)
{
    if (shown.empty())
        return;
    QString words = caption(shown);
    if (shown.position.iteration == 0 && shown.phase() == unrolled::Phase::Loss &&
        m_session.frontier() == 0 && !unrolled::countedSteps(shown.trace()).empty())
        words += QLatin1Char(' ') + (shown.trace().steps() > fewSteps
                                         ? tr("Press → to send its gradient back, Ctrl+Shift+→ all the way.")
                                         : tr("Press → to send its gradient back, or Space to play."));
    m_caption->showCaption(words, shown.phase());
}

void MainWindow::showRange()
{
    m_timeline->setRange(m_session.frontier(), m_document.experiment().training.iterations);
    if (m_panel && m_panel->isVisible() && !m_session.isTraining())
        m_panel->show(m_document.experiment(), m_playback.position().iteration, m_session.frontier());
}

void MainWindow::showExperiment()
{
    const Experiment& experiment = m_document.experiment();
    const std::int64_t iteration = m_playback.position().iteration;
    m_header->show(m_compare->front(), iteration, m_document.displayName(), m_document.worthSaving());
    if (m_panel)
        m_panel->show(experiment, iteration, m_session.frontier());
    std::vector<TimelineMark> marks;
    for (const unrolled::Intervention& intervention : experiment.interventions)
        marks.push_back({intervention.iteration, interventionText(intervention, experiment.model.cell.kind)});
    m_timeline->setMarks(marks);
    m_timeline->setRange(m_session.frontier(), experiment.training.iterations);
    setWindowFilePath(m_document.file());
    setWindowTitle(tr("%1[*] — Unrolled").arg(m_document.displayName()));
    setWindowModified(m_document.worthSaving());
    const bool batch = experiment.training.batch > 1;
    m_actions.watchNext->setEnabled(batch);
    m_actions.watchPrevious->setEnabled(batch);
}

void MainWindow::connectSession()
{
    connect(&m_playback, &Playback::frameChanged, this, &MainWindow::showFrame);
    connect(&m_playback, &Playback::playingChanged, m_transport, &TransportBar::setPlaying);
    connect(&m_playback, &Playback::stepSizeChanged, this, [this](StepSize size) {
        m_actions.stepSize->actions().at(static_cast<int>(size))->setChecked(true);
    });
    connect(&m_playback, &Playback::speedChanged, this, [this](double speed) {
        for (QAction* action : m_actions.speed->actions()) {
            if (action->data().toDouble() == speed)
                action->setChecked(true);
        }
    });
    connect(&m_session, &Session::advanced, this, &MainWindow::showRange);
    connect(&m_session, &Session::trainingChanged, this, [this](bool training) {
        m_transport->setTraining(training);
        m_actions.train->setText(training ? tr("Stop &training") : tr("Train at full &speed"));
        showRange();
    });
    connect(&m_session, &Session::progress, m_caption, &CaptionBar::showProgress);
    connect(m_caption, &CaptionBar::cancelRequested, &m_session, &Session::cancel);
    connect(&m_session, &Session::diverged, this, &MainWindow::showDivergence);
    connect(&m_session, &Session::experimentChanged, this, [this](bool restarted, qint64) {
        if (m_divergenceShown) {
            m_divergenceShown = false;
            m_message->hide();
        }
        if (restarted)
            m_shownIteration = -1;
        showRange();
    });
    connect(&m_document, &Document::changed, this, &MainWindow::showExperiment);
    connect(&m_document, &Document::changed, this, [this] {
        if (m_message->text() == m_noted) // it was of what was there before
            m_message->hide();
    });
    connect(&m_document, &Document::refused, this, [this](const QString& message) {
        if (m_panel && m_panel->isVisible())
            m_panel->showProblem(message);
        else
            warn(message);
    });
    connect(m_timeline, &TimelineBar::positionRequested, this, [this](const Position& position) {
        m_playback.pause();
        m_playback.setPosition(position);
    });
    connect(&m_views, &ViewHost::positionRequested, this, [this](const Position& position) {
        m_playback.pause();
        m_playback.setPosition(position);
    });
    connect(&m_views, &ViewHost::shownChanged, this, &MainWindow::showCaption);
    connect(&m_views, &ViewHost::cellRequested, this, &MainWindow::goToCell);
    connect(m_files, &FileCommands::told, this, &MainWindow::note);
    connect(m_files, &FileCommands::failed, this, &MainWindow::warn);
    connect(m_files, &FileCommands::opened, m_message, &QWidget::hide); // what it says is of the one before
    connect(m_header, &HeaderBar::cellChosen, this, [this](unrolled::CellKind kind) {
        if (m_compare->bringToFront(kind))
            return;
        Experiment changed = unrolled::withCell(m_document.experiment(), kind);
        change(changed, tr("Cell %1").arg(QString::fromUtf8(unrolled::title(kind).data())));
    });
    connect(m_header, &HeaderBar::settingPressed, this, &MainWindow::goToField);
    connect(m_message, &MessageBar::actionTaken, this, [this] {
        if (!m_divergenceShown)
            return;
        m_message->hide();
        m_divergenceShown = false;
        m_playback.pause();
        step(StepSize::Iteration, false);
    });
}

void MainWindow::change(const Experiment& experiment, const QString& text)
{
    m_document.change(experiment, text);
}

void MainWindow::newSeed()
{
    Experiment changed = m_document.experiment();
    std::uint64_t seed = 0;
    do
        seed = QRandomGenerator::global()->bounded(1, 10000);
    while (seed == changed.seed);
    changed.seed = seed;
    changed.weights.clear();
    change(changed, tr("New seed"));
}

void MainWindow::step(StepSize size, bool forward)
{
    const unrolled::TickLayout& ticks = m_playback.frame().ticks;
    if (m_playback.frame().empty())
        return;
    m_playback.pause();
    const Position here = m_playback.position();
    m_playback.setPosition(forward ? ticks.next(here, size) : ticks.previous(here, size));
}

void MainWindow::toggleTraining()
{
    if (m_session.isTraining()) {
        m_session.stopTraining();
        return;
    }
    m_playback.pause();
    if (m_session.divergedAt() >= 0) // there is nothing beyond
        return showDivergence(m_session.divergedAt(), m_divergence);
    const std::int64_t planned = m_document.experiment().training.iterations;
    const std::int64_t done = m_session.frontier();
    m_session.startTraining(done < planned ? planned : done + planned);
}

void MainWindow::watch(int by)
{
    const int batch = m_document.experiment().training.batch;
    m_session.setWatchedSequence((m_session.watchedSequence() + by + batch) % batch);
    note(tr("Watching sequence %1 of the batch of %2.").arg(m_session.watchedSequence() + 1).arg(batch));
}

void MainWindow::goToCell(int t, int layer)
{
    if (m_playback.frame().empty() || t > m_playback.frame().ticks.steps())
        return;
    arrange(Arrangements::Step);
    showRightColumn();
    m_shown.value(QStringLiteral("cell"))->setChecked(true);
    m_cell->setCell(t, layer);
    m_pinnedTick = m_playback.frame().position.tick;
}

void MainWindow::followCell()
{
    m_pinnedTick = -1;
    m_cell->setCell(0, m_cell->cellLayer());
}

void MainWindow::showDivergence(qint64, const QString& message)
{
    m_playback.pause();
    m_divergenceShown = true;
    m_divergence = message;
    m_message->showMessage(MessageBar::Tone::Warning, message, tr("Go one step back"));
}

void MainWindow::note(const QString& text)
{
    if (m_divergenceShown)
        return;
    m_message->showNoteOver(*m_caption, text);
    m_noted = text;
    QTimer::singleShot(noteTime, m_message, [this, text] {
        if (m_message->text() == text)
            m_message->hide();
    });
}

void MainWindow::warn(const QString& text)
{
    m_message->showMessage(MessageBar::Tone::Warning, text);
}

void MainWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Escape || m_views.frame().pickedLoss == 0)
        return QMainWindow::keyPressEvent(event);
    m_views.pickLoss(0);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_files->mayLeave()) {
        event->ignore();
        return;
    }
    saveSettings();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.constFirst().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QString file = event->mimeData()->urls().constFirst().toLocalFile();
    event->acceptProposedAction();
    // After the drop: a question must not hold up the program that it came from.
    QTimer::singleShot(0, this, [this, file] {
        if (!file.endsWith(QLatin1String(".txt"), Qt::CaseInsensitive)) {
            m_files->openFile(file);
            return;
        }
        Experiment changed = withTask(m_document.experiment(), "text");
        changed.task.file = file.toStdString(); // a text is something to learn from
        change(changed, tr("Task"));
    });
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    makeRoom();
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_timeline && !m_playback.frame().empty())
        m_timeline->setFrame(m_playback.frame());
    if (event->type() == QEvent::WindowStateChange)
        m_actions.fullScreen->setChecked(isFullScreen());
}

} // namespace ui
