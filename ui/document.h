#pragma once

#include "core/training/experiment.h"

#include <QObject>
#include <QString>
#include <QStringList>

class QSettings;
class QUndoStack;

namespace ui {

class Session;

/// The experiment as a document: its file, its changes as a stack that can be undone, and the files used
/// before. The session runs what the document holds.
class Document : public QObject
{
    Q_OBJECT
public:
    Document(Session& session, QSettings& settings, QObject* parent = nullptr);
    ~Document() override;

    const unrolled::Experiment& experiment() const { return m_experiment; }
    QUndoStack* undoStack() const { return m_stack; }

    /// Takes an experiment as a new document. `file` is empty for a built-in one.
    void take(const unrolled::Experiment& experiment, const QString& file);
    /// Opens a built-in id or a file. False with a message where it cannot be read.
    bool open(const QString& idOrFile, QString* error);
    /// Writes to a file and makes it the document's own.
    bool save(const QString& file, QString* error);

    /// An undoable change. No change is none.
    void change(const unrolled::Experiment& experiment, const QString& text);

    QString file() const { return m_file; } ///< empty where it has none yet
    /// What the title shows: the file's name, or the built-in experiment's.
    QString displayName() const;
    bool isModified() const;
    /// Whether closing would lose work: more than having tried another cell or seed.
    bool worthSaving() const;

    QStringList recentFiles() const;
    void clearRecentFiles();

signals:
    /// The experiment, the file or what was saved changed.
    void changed();
    /// The session could not run a change; it was taken back.
    void refused(const QString& message);

private:
    class Change;
    void apply(const unrolled::Experiment& experiment);
    void fail(const QString& message);
    void remember(const QString& file);

    Session& m_session;
    QSettings& m_settings;
    QUndoStack* m_stack;
    unrolled::Experiment m_experiment;
    unrolled::Experiment m_saved;
    QString m_file;
    bool m_applying = false;
    bool m_pending = false; ///< the newest change has not been accepted yet
};

} // namespace ui
