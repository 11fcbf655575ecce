#include "ui/document.h"

#include "core/files/experiment_file.h"
#include "core/training/error.h"
#include "core/training/trainer.h"
#include "ui/session/session.h"

#include <QFileInfo>
#include <QSettings>
#include <QUndoStack>
#include <algorithm>

namespace ui {

using unrolled::Experiment;

namespace {

constexpr int recentCount = 8;
const QString recentKey = QStringLiteral("recentFiles");

} // namespace

class Document::Change : public QUndoCommand
{
public:
    Change(Document& document, Experiment before, Experiment after, const QString& text)
        : QUndoCommand(text), m_document(document), m_before(std::move(before)), m_after(std::move(after))
    {
    }
    void redo() override { m_document.apply(m_after); }
    void undo() override { m_document.apply(m_before); }
    const Experiment& before() const { return m_before; }

private:
    Document& m_document;
    Experiment m_before, m_after;
};

Document::Document(Session& session, QSettings& settings, QObject* parent)
    : QObject(parent), m_session(session), m_settings(settings), m_stack(new QUndoStack(this))
{
    m_stack->setUndoLimit(500);
    connect(&session, &Session::failed, this, &Document::fail);
    connect(&session, &Session::experimentChanged, this, [this] { m_pending = false; });
}

Document::~Document() = default;

void Document::take(const Experiment& experiment, const QString& file)
{
    m_pending = false;
    m_stack->clear();
    m_file = file;
    m_saved = experiment;
    apply(experiment);
    if (!file.isEmpty())
        remember(file);
}

bool Document::open(const QString& idOrFile, QString* error)
{
    try {
        bool builtIn = false;
        for (const unrolled::BuiltIn& known : unrolled::builtIns())
            builtIn = builtIn || QString::fromStdString(known.id) == idOrFile;
        const QString file = builtIn ? QString() : QFileInfo(idOrFile).absoluteFilePath();
        const Experiment experiment = unrolled::readExperiment((builtIn ? idOrFile : file).toStdString());
        const unrolled::Trainer trial(experiment); // what its files lack is told before the present run goes
        take(experiment, file);
        return true;
    } catch (const std::exception& problem) {
        if (error)
            *error = QString::fromUtf8(problem.what());
        return false;
    }
}

bool Document::save(const QString& file, QString* error)
{
    try {
        const QFileInfo info(file);
        unrolled::saveExperiment(m_experiment, info.absoluteFilePath().toStdString());
    } catch (const std::exception& problem) {
        if (error)
            *error = QString::fromUtf8(problem.what());
        return false;
    }
    m_file = QFileInfo(file).absoluteFilePath();
    m_saved = m_experiment;
    remember(m_file);
    emit changed();
    return true;
}

void Document::change(const Experiment& experiment, const QString& text)
{
    if (experiment == m_experiment)
        return;
    m_stack->push(new Change(*this, m_experiment, experiment, text));
}

void Document::apply(const Experiment& experiment)
{
    m_experiment = experiment;
    m_pending = true;
    m_session.setExperiment(experiment);
    emit changed();
}

void Document::fail(const QString& message)
{
    if (m_pending && m_stack->index() > 0) {
        m_pending = false;
        // The change never ran: it leaves the stack, and the experiment before it stands.
        auto* command =
            static_cast<Change*>(const_cast<QUndoCommand*>(m_stack->command(m_stack->index() - 1)));
        const Experiment before = command->before();
        command->setObsolete(true);
        m_stack->undo(); // deletes it without undoing it
        apply(before);
        m_pending = false;
    }
    emit refused(message);
}

QString Document::displayName() const
{
    if (!m_file.isEmpty())
        return QFileInfo(m_file).completeBaseName();
    // A built-in one by its id, while its task is the one it came with.
    const auto& known = unrolled::builtIns();
    const bool builtIn = m_experiment.task.id == m_saved.task.id &&
                         std::any_of(known.begin(), known.end(), [this](const unrolled::BuiltIn& one) {
                             return one.id == m_saved.source;
                         });
    if (builtIn)
        return QString::fromStdString(m_saved.source);
    return QString::fromStdString(m_experiment.task.id);
}

bool Document::isModified() const
{
    return !(m_experiment == m_saved);
}

bool Document::worthSaving() const
{
    if (!isModified())
        return false;
    if (!m_file.isEmpty())
        return true;
    Experiment tried = m_saved;
    tried.model.cell = m_experiment.model.cell;
    tried.seed = m_experiment.seed;
    tried.training.iterations = m_experiment.training.iterations;
    return !(tried == m_experiment);
}

QStringList Document::recentFiles() const
{
    return m_settings.value(recentKey).toStringList();
}

void Document::clearRecentFiles()
{
    m_settings.remove(recentKey);
    emit changed();
}

void Document::remember(const QString& file)
{
    QStringList files = recentFiles();
    files.removeAll(file);
    files.prepend(file);
    while (files.size() > recentCount)
        files.removeLast();
    m_settings.setValue(recentKey, files);
    emit changed();
}

} // namespace ui
