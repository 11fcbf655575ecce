#include "ui/file_commands.h"

#include "core/files/atomic_file.h"
#include "core/files/comparison.h"
#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/trace/history.h"
#include "ui/actions.h"
#include "ui/document.h"
#include "ui/exports/picture.h"
#include "ui/panels/picture_dialog.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/view_host.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressDialog>
#include <QStandardPaths>

#include <atomic>
#include <thread>

namespace ui {

namespace {

/// The words of a menu for a kind of table.
QString tableTitle(std::string_view kind)
{
    const std::pair<std::string_view, QString> titles[] = {
        {"decay", FileCommands::tr("Gradients over time")},
        {"fit", FileCommands::tr("Half-life and horizon")},
        {"itemised", FileCommands::tr("Itemised gradients")},
        {"jacobian", FileCommands::tr("Jacobians")},
        {"spectrum", FileCommands::tr("Singular values of the Jacobians")},
        {"hops", FileCommands::tr("Hops")},
        {"ellipse", FileCommands::tr("Circle of errors, carried back")},
        {"lyapunov", FileCommands::tr("Lyapunov exponents")},
        {"contribution", FileCommands::tr("Contributions of the steps")},
        {"gates", FileCommands::tr("Gates")},
        {"saturation", FileCommands::tr("Gate saturation")},
        {"hidden", FileCommands::tr("Hidden states")},
        {"outputs", FileCommands::tr("Outputs and targets")},
        {"weights", FileCommands::tr("Weights")},
        {"eigenvalues", FileCommands::tr("Eigenvalues of the recurrent weights")},
        {"update", FileCommands::tr("Updates of the steps")},
        {"singular", FileCommands::tr("Singular values over iterations")},
        {"loss", FileCommands::tr("Loss over iterations")},
        {"comparison", FileCommands::tr("What each model costs and reaches")},
        {"summary", FileCommands::tr("Layers and parameter counts")},
    };
    for (const auto& [name, title] : titles) {
        if (name == kind)
            return title;
    }
    return QString::fromUtf8(kind);
}

} // namespace

FileCommands::FileCommands(QWidget& window, Actions& actions, Document& document, Session& session,
                           Playback& playback, ViewHost& views, QSettings& settings)
    : QObject(&window), m_window(window), m_document(document), m_session(session), m_playback(playback),
      m_views(views), m_settings(settings)
{
    connect(actions.open, &QAction::triggered, this, &FileCommands::open);
    connect(actions.save, &QAction::triggered, this, &FileCommands::save);
    connect(actions.saveAs, &QAction::triggered, this, &FileCommands::saveAs);
    connect(actions.exportPicture, &QAction::triggered, this, &FileCommands::exportCurrent);
    connect(actions.copyView, &QAction::triggered, this, &FileCommands::copyCurrent);
}

QMenu* FileCommands::builtInMenu(QWidget* parent)
{
    auto* menu = new QMenu(tr("&Built-in experiments"), parent);
    for (const unrolled::BuiltIn& known : unrolled::builtIns()) {
        const QString id = QString::fromStdString(known.id);
        QAction* action =
            menu->addAction(QStringLiteral("%1: %2").arg(id, QString::fromStdString(known.title)));
        action->setToolTip(tr("Open the experiment %1 (%2)").arg(id, QString::fromStdString(known.mode)));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this, [this, id] { openFile(id); });
    }
    return menu;
}

QMenu* FileCommands::recentMenu(QWidget* parent)
{
    auto* menu = new QMenu(tr("Open &recent"), parent);
    fillRecent(menu);
    connect(&m_document, &Document::changed, menu, [this, menu] { fillRecent(menu); });
    return menu;
}

void FileCommands::fillRecent(QMenu* menu)
{
    menu->clear();
    const QStringList files = m_document.recentFiles();
    for (const QString& file : files) {
        QAction* action = menu->addAction(QFileInfo(file).fileName());
        action->setToolTip(QDir::toNativeSeparators(file));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this, [this, file] { openFile(file); });
    }
    menu->addSeparator();
    QAction* clear = menu->addAction(tr("&Forget these"));
    clear->setToolTip(tr("Empty the list of recent files"));
    clear->setEnabled(!files.isEmpty());
    // Later: clearing deletes this very action.
    connect(clear, &QAction::triggered, &m_document, &Document::clearRecentFiles, Qt::QueuedConnection);
    menu->setEnabled(!files.isEmpty());
    menu->setToolTipsVisible(true);
}

QMenu* FileCommands::pictureMenu(QWidget* parent)
{
    auto* menu = new QMenu(tr("Export a &picture of"), parent);
    for (const ViewHost::Entry& entry : m_views.entries()) {
        QAction* action = menu->addAction(entry.view->title() + QStringLiteral("…"));
        action->setToolTip(tr("Save this view as SVG, PDF or PNG"));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this, [this, view = entry.view] { exportPicture(*view); });
    }
    return menu;
}

QMenu* FileCommands::tableMenu(QWidget* parent)
{
    auto* menu = new QMenu(tr("Export a &table of"), parent);
    for (const std::string_view kind : unrolled::tableKinds()) {
        QAction* action = menu->addAction(tableTitle(kind) + QStringLiteral("…"));
        action->setToolTip(tr("Save the numbers at this iteration as CSV, in full precision"));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this, [this, kind] { exportTable(QString::fromUtf8(kind)); });
    }
    return menu;
}

bool FileCommands::mayLeave()
{
    if (!m_document.worthSaving())
        return true;
    QMessageBox question(
        QMessageBox::Question, tr("Unrolled"),
        tr("The experiment “%1” has changes that are not saved.").arg(m_document.displayName()),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &m_window);
    question.setInformativeText(tr("Save them?"));
    question.setDefaultButton(QMessageBox::Save);
    switch (question.exec()) {
    case QMessageBox::Save:
        return save();
    case QMessageBox::Discard:
        return true;
    default:
        return false;
    }
}

void FileCommands::openFile(const QString& idOrFile)
{
    if (!mayLeave())
        return;
    QString error;
    if (m_document.open(idOrFile, &error))
        emit opened();
    else
        emit failed(error);
}

void FileCommands::open()
{
    const QString file =
        QFileDialog::getOpenFileName(&m_window, tr("Open an experiment"), QFileInfo(m_document.file()).path(),
                                     tr("Experiments (*.json);;All files (*)"));
    if (!file.isEmpty())
        openFile(file);
}

bool FileCommands::save()
{
    if (m_document.file().isEmpty())
        return saveAs();
    QString error;
    if (m_document.save(m_document.file(), &error)) {
        emit told(tr("Saved %1.").arg(QFileInfo(m_document.file()).fileName()));
        return true;
    }
    emit failed(error);
    return false;
}

bool FileCommands::saveAs()
{
    const QString proposed =
        m_document.file().isEmpty() ? m_document.displayName() + QStringLiteral(".json") : m_document.file();
    QFileDialog dialog(&m_window, tr("Save the experiment"), proposed,
                       tr("Experiments (*.json);;All files (*)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(QStringLiteral("json"));
    dialog.selectFile(proposed);
    if (dialog.exec() != QDialog::Accepted)
        return false;
    QString error;
    if (m_document.save(dialog.selectedFiles().constFirst(), &error)) {
        emit told(tr("Saved %1.").arg(QFileInfo(m_document.file()).fileName()));
        return true;
    }
    emit failed(error);
    return false;
}

void FileCommands::exportCurrent()
{
    if (View* view = m_views.current())
        exportPicture(*view);
}

void FileCommands::exportPicture(View& view)
{
    const QString name =
        QStringLiteral("%1-%2-%3.svg")
            .arg(m_document.displayName(), view.title().toLower().replace(QLatin1Char(' '), QLatin1Char('-')))
            .arg(m_playback.position().iteration);
    const QString title = tr("Export “%1”").arg(view.title());
    PictureDialog ask(title, view.isVisible() ? view.size() : QSize(), m_settings, &m_window);
    if (ask.exec() != QDialog::Accepted)
        return;
    QFileDialog dialog(&m_window, title, {}, pictureFilter());
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(QStringLiteral("svg"));
    dialog.selectFile(name);
    if (dialog.exec() == QDialog::Accepted)
        writePicture(view, dialog.selectedFiles().constFirst(), ask.size());
}

void FileCommands::writePicture(View& view, const QString& file, const QSize& size)
{
    if (view.frame().empty() || !view.isVisible())
        view.setFrame(m_views.frameFor(view));
    QString error;
    if (exportView(view, file, size, &error))
        emit told(tr("Exported %1.").arg(QFileInfo(file).fileName()));
    else
        emit failed(error);
}

void FileCommands::copyCurrent()
{
    View* view = m_views.current();
    if (!view || view->frame().empty())
        return;
    QApplication::clipboard()->setMimeData(copyOfView(*view, view->size()));
    emit told(tr("Copied “%1”.").arg(view->title()));
}

void FileCommands::exportTable(const QString& kind)
{
    QFileDialog dialog(&m_window, tr("Export a table"), {}, tr("Tables (*.csv)"));
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(QStringLiteral("csv"));
    dialog.selectFile(QStringLiteral("%1-%2-%3.csv")
                          .arg(m_document.displayName(), kind)
                          .arg(m_playback.position().iteration));
    if (dialog.exec() == QDialog::Accepted)
        writeTable(kind, dialog.selectedFiles().constFirst());
}

void FileCommands::writeTable(const QString& kind, const QString& file)
{
    // A run is a pure function of its experiment: a history of its own gives the same numbers, away from the
    // window's thread.
    std::atomic<bool> stop{false};
    std::atomic<double> share{0};
    std::atomic<bool> done{false};
    std::string error;
    const unrolled::Experiment experiment = m_document.experiment();
    const std::int64_t iteration = kind == QLatin1String("loss")
                                       ? std::max(m_session.frontier(), m_playback.position().iteration)
                                       : m_playback.position().iteration;
    std::thread worker([&, id = kind.toStdString(), path = file.toStdString()] {
        try {
            const auto lanes = unrolled::lanesOf(experiment);
            std::vector<unrolled::CellKind> cells;
            cells.reserve(lanes.size());
            for (const unrolled::LaneExperiment& lane : lanes)
                cells.push_back(lane.experiment.model.cell.kind);
            unrolled::checkGates(id, cells);
            unrolled::Table table;
            for (std::size_t k = 0; k < lanes.size() && !stop; ++k) {
                unrolled::History history(lanes[k].experiment, unrolled::History::defaultMemoryBound,
                                          unrolled::Trainer::everyCore);
                const auto progress = [&](double part) {
                    share = (static_cast<double>(k) + part) / static_cast<double>(lanes.size());
                    return !stop;
                };
                unrolled::Table one = unrolled::tableOf(id, history, iteration, progress);
                unrolled::append(table, lanes[k].name.empty() ? one : withLane(one, lanes[k].name));
            }
            if (!stop)
                unrolled::writeFile(path, unrolled::toCsv(table));
        } catch (const std::exception& problem) {
            error = problem.what();
        }
        done = true;
    });
    QProgressDialog waiting(tr("Computing the table…"), tr("Cancel"), 0, 1000, &m_window);
    waiting.setWindowModality(Qt::WindowModal);
    waiting.setMinimumDuration(400);
    while (!done) {
        waiting.setValue(std::min(999, static_cast<int>(share * 1000)));
        QApplication::processEvents(QEventLoop::AllEvents, 20);
        if (waiting.wasCanceled())
            stop = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    worker.join();
    waiting.reset();
    if (!error.empty())
        emit failed(QString::fromStdString(error));
    else if (!stop)
        emit told(tr("Exported %1.").arg(QFileInfo(file).fileName()));
}

} // namespace ui
