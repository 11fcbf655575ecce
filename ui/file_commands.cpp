#include "ui/file_commands.h"

#include "core/code/algorithm.h"
#include "core/files/atomic_file.h"
#include "core/files/comparison.h"
#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/trace/history.h"
#include "ui/actions.h"
#include "ui/document.h"
#include "ui/exports/gui_thread.h"
#include "ui/exports/picture.h"
#include "ui/paint/number_format.h"
#include "ui/panels/picture_dialog.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/view_host.h"
#include "ui/work_aside.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QScopedValueRollback>
#include <QStandardPaths>

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
        {"reach", FileCommands::tr("What arrives, and what could")},
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
    connect(actions.copyScript, &QAction::triggered, this, &FileCommands::copyScript);
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

void FileCommands::writePicture(const View& view, const QString& file, const QSize& size)
{
    const std::shared_ptr<View> figure = figureOf(view, size);
    QString error;
    const bool done = make(view, figure, [&, title = view.title()] {
        ui::writePicture(paintingOf(figure), title, file, size, &error);
    });
    if (!error.isEmpty())
        emit failed(error);
    else if (done)
        emit told(tr("Exported %1.").arg(QFileInfo(file).fileName()));
}

void FileCommands::copyCurrent()
{
    const View* view = m_views.current();
    if (!view || view->frame().empty())
        return;
    const QString title = view->title();
    const std::shared_ptr<View> picture = pictureOf(*view);
    ViewCopy copy;
    if (!make(*view, picture, [&, size = view->size()] { copy = copyOf(paintingOf(picture), title, size); }))
        return;
    QApplication::clipboard()->setMimeData(mimeOf(copy));
    emit told(tr("Copied “%1”.").arg(title));
}

void FileCommands::copyScript()
{
    const Frame& frame = m_views.frame();
    if (frame.empty() || !frame.trace().input)
        return;
    QApplication::clipboard()->setText(QString::fromStdString(unrolled::numpyScript(frame.trace())));
    emit told(tr("Copied a NumPy script of iteration %1.").arg(count(frame.trace().iteration)));
}

bool FileCommands::make(const View& view, const std::shared_ptr<View>& picture,
                        const std::function<void()>& paint)
{
    if (m_making) // a key that is held down
        return false;
    const QScopedValueRollback<bool> making(m_making, true);
    const bool onShow = view.isVisible() && !view.frame().empty();
    return workAside(
        m_window, [](double) { return tr("Making the picture…"); },
        [&, seen = m_views.frame()](const ExportProgress& progress) {
            const auto goesOn = [&] { return progress(-1); };
            if (!onShow) {
                const Frame frame = ViewHost::frameFor(*picture, seen, goesOn);
                inGuiThread([&] { picture->setFrame(frame); });
            }
            if (!goesOn())
                return false;
            paint();
            return true;
        });
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
    const std::int64_t iteration = kind == QLatin1String("loss")
                                       ? std::max(m_session.frontier(), m_playback.position().iteration)
                                       : m_playback.position().iteration;
    // A run is a pure function of its experiment: a history of its own gives the same numbers, away from the
    // window's thread.
    const auto work = [&, experiment = m_document.experiment(),
                       id = kind.toStdString()](const ExportProgress& progress) {
        const auto lanes = unrolled::lanesOf(experiment);
        std::vector<unrolled::CellKind> cells;
        cells.reserve(lanes.size());
        for (const unrolled::LaneExperiment& lane : lanes)
            cells.push_back(lane.experiment.model.cell.kind);
        unrolled::checkGates(id, cells);
        unrolled::Table table;
        bool wanted = true;
        for (std::size_t k = 0; k < lanes.size() && wanted; ++k) {
            unrolled::History history(lanes[k].experiment, unrolled::History::defaultMemoryBound,
                                      unrolled::Trainer::everyCore);
            unrolled::Table one = unrolled::tableOf(id, history, iteration, [&](double part) {
                wanted = progress((static_cast<double>(k) + part) / static_cast<double>(lanes.size()));
                return wanted;
            });
            unrolled::append(table, lanes[k].name.empty() ? one : withLane(one, lanes[k].name));
        }
        if (wanted)
            unrolled::writeFile(file.toStdString(), unrolled::toCsv(table));
        return wanted;
    };
    try {
        if (workAside(
                m_window, [](double) { return tr("Computing the table…"); }, work))
            emit told(tr("Exported %1.").arg(QFileInfo(file).fileName()));
    } catch (const std::exception& problem) {
        emit failed(QString::fromUtf8(problem.what()));
    }
}

} // namespace ui
