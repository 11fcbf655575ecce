#pragma once

#include "ui/exports/plot.h"

#include <QList>
#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>

class QAction;
class QSettings;
class QWidget;

namespace ui {

class Document;
class Session;
class ViewHost;
struct AnimationRequest;

/// What of the File menu takes a while: animations and reports. They are made from a run of their own, which
/// gives the same numbers, while a dialog shows how far they are.
class ExportCommands : public QObject
{
    Q_OBJECT
public:
    ExportCommands(QWidget& window, Document& document, Session& session, const ViewHost& views,
                   QSettings& settings);

    QList<QAction*> actions() const { return m_actions; }
    /// Pictures of what no view of the window shows.
    QList<QAction*> plots() const { return m_plots; }

    /// Without asking; tell of the outcome by the signals.
    void writeAnimation(const AnimationRequest& request, const QString& file);
    void writeReport(const QString& file);
    void writePlot(const QString& kind, const QString& file);

public slots:
    void exportAnimation();
    void exportReport();

signals:
    /// One line for people: something was exported.
    void told(const QString& text);
    /// One line for people: something could not be done.
    void failed(const QString& text);

private:
    void exportPlot(const QString& kind, const QString& title);

    /// On a thread of its own, with runs that are at the iteration; returns false where it was called off.
    using Work = std::function<bool(const std::vector<PlotLane>&, const ExportProgress&)>;
    void work(const QString& words, const QString& file, std::int64_t iteration, const Work& what);
    QString askForFile(const QString& title, const QString& filter, const QString& proposed,
                       const QString& suffix);

    QWidget& m_window;
    Document& m_document;
    Session& m_session;
    const ViewHost& m_views;
    QSettings& m_settings;
    QList<QAction*> m_actions, m_plots;
};

} // namespace ui
