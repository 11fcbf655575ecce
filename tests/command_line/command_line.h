#pragma once

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

/// Runs the executable as a shell would, in a directory of its own and without a display.
class CommandLine : public QObject
{
    Q_OBJECT
protected:
    struct Result
    {
        int status = -1;
        QByteArray output;
        QByteArray errors;
    };

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_tunables; ///< of the C library, for the next runs

    void prepare(QProcess& process) const
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
            environment.remove(name);
        environment.insert("ASAN_OPTIONS", "detect_leaks=0");
        if (!m_tunables.isEmpty())
            environment.insert("GLIBC_TUNABLES", m_tunables);
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(m_directory->path());
    }

    Result run(const QStringList& arguments) const
    {
        QProcess process;
        prepare(process);
        process.start(UNROLLED_EXECUTABLE, arguments);
        if (!process.waitForFinished(120000) || process.exitStatus() != QProcess::NormalExit)
            return {-1, process.readAllStandardOutput(),
                    process.readAllStandardError() + "crashed or too slow"};
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }
    Result run(const char* arguments) const { return run(QString(arguments).split(' ', Qt::SkipEmptyParts)); }

    QByteArray content(const QString& name) const
    {
        QFile file(m_directory->filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void write(const QString& name, const QByteArray& content) const
    {
        QFile file(m_directory->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    QStringList files() const
    {
        return QDir(m_directory->path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
    }
    static QList<QByteArray> lines(const QByteArray& text) { return text.trimmed().split('\n'); }

private slots:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_tunables.clear();
    }
};
