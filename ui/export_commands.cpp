#include "ui/export_commands.h"

#include "core/files/comparison.h"
#include "core/trace/history.h"
#include "ui/document.h"
#include "ui/exports/animation.h"
#include "ui/exports/drawing.h"
#include "ui/exports/picture.h"
#include "ui/exports/report.h"
#include "ui/paint/number_format.h"
#include "ui/panels/animation_dialog.h"
#include "ui/session/lane_name.h"
#include "ui/session/session.h"
#include "ui/view_host.h"
#include "ui/work_aside.h"

#include <QAction>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

#include <atomic>
#include <memory>
#include <vector>

namespace ui {

ExportCommands::ExportCommands(QWidget& window, Document& document, Session& session, const ViewHost& views,
                               QSettings& settings)
    : QObject(&window), m_window(window), m_document(document), m_session(session), m_views(views),
      m_settings(settings)
{
    const auto add = [&](const QString& text, const QKeySequence& key, const QString& tip, auto what) {
        auto* action = new QAction(text, &window);
        action->setShortcut(key);
        action->setToolTip(tip + QStringLiteral(" (%1)").arg(key.toString(QKeySequence::NativeText)));
        action->setStatusTip(tip);
        connect(action, &QAction::triggered, this, what);
        m_actions << action;
    };
    add(tr("Export an a&nimation…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E),
        tr("Save this iteration, or the training, as a GIF or as PNG frames"),
        &ExportCommands::exportAnimation);
    add(tr("E&xport a report…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_R),
        tr("Save all views of this iteration with settings and seed as one PDF"),
        &ExportCommands::exportReport);
    const std::pair<QString, QString> plots[] = {
        {QStringLiteral("jacobian"), tr("Singular values of the Jacobians")},
        {QStringLiteral("singular"), tr("Singular values over iterations")},
        {QStringLiteral("contribution"), tr("Contributions of the steps")},
        {QStringLiteral("summary"), tr("Layers and parameters")}};
    for (const auto& [kind, title] : plots) {
        auto* action = new QAction(title + QStringLiteral("…"), this);
        action->setToolTip(tr("Save this plot as SVG, PDF or PNG"));
        action->setStatusTip(action->toolTip());
        connect(action, &QAction::triggered, this,
                [this, kind = kind, title = title] { exportPlot(kind, title); });
        m_plots << action;
    }
}

QString ExportCommands::askForFile(const QString& title, const QString& filter, const QString& proposed,
                                   const QString& suffix)
{
    QFileDialog dialog(&m_window, title, {}, filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(suffix);
    dialog.selectFile(proposed);
    return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().constFirst() : QString();
}

void ExportCommands::exportAnimation()
{
    if (m_views.frame().empty())
        return;
    AnimationDialog dialog(m_views.frame(), QStringLiteral("unrolled"), m_settings, &m_window);
    if (dialog.exec() != QDialog::Accepted)
        return;
    const AnimationRequest request = dialog.request();
    const QString place = request.training ? tr("training") : QString::number(request.first);
    const QString name = QStringLiteral("%1-%2-%3").arg(m_document.displayName(), request.kind, place);
    const QString file = dialog.asGif()
                             ? askForFile(tr("Export an animation"), tr("GIF animation (*.gif)"),
                                          name + QStringLiteral(".gif"), QStringLiteral("gif"))
                             : askForFile(tr("Export PNG frames"), tr("Numbered PNG frames (*.png)"),
                                          name + QStringLiteral("-%04d.png"), QStringLiteral("png"));
    if (!file.isEmpty())
        writeAnimation(request, file);
}

void ExportCommands::exportReport()
{
    if (m_views.frame().empty())
        return;
    const QString file = askForFile(tr("Export a report"), tr("PDF document (*.pdf)"),
                                    QStringLiteral("%1-report-%2.pdf")
                                        .arg(m_document.displayName())
                                        .arg(m_views.frame().position.iteration),
                                    QStringLiteral("pdf"));
    if (!file.isEmpty())
        writeReport(file);
}

void ExportCommands::writeAnimation(const AnimationRequest& request, const QString& file)
{
    work(tr("Making the animation…"), file, request.training ? request.last : request.first,
         [=](const std::vector<PlotLane>& lanes, const ExportProgress& progress) {
             return ui::exportAnimation(request, lanes, file, progress);
         });
}

void ExportCommands::writeReport(const QString& file)
{
    const std::int64_t at = m_views.frame().position.iteration;
    work(tr("Making the report…"), file, at,
         [=, experiment = m_document.experiment()](const std::vector<PlotLane>& lanes,
                                                   const ExportProgress& progress) {
             return ui::exportReport(experiment, lanes, at, file, progress);
         });
}

void ExportCommands::exportPlot(const QString& kind, const QString& title)
{
    if (m_views.frame().empty())
        return;
    const QString file = askForFile(tr("Export “%1”").arg(title), pictureFilter(),
                                    QStringLiteral("%1-%2-%3.svg")
                                        .arg(m_document.displayName(), kind)
                                        .arg(m_views.frame().position.iteration),
                                    QStringLiteral("svg"));
    if (!file.isEmpty())
        writePlot(kind, file);
}

void ExportCommands::writePlot(const QString& kind, const QString& file)
{
    const std::int64_t at = m_views.frame().position.iteration;
    work(tr("Making the picture…"), file, at,
         [=](const std::vector<PlotLane>& lanes, const ExportProgress& progress) {
             return ui::exportPlot(kind, lanes, at, file, {}, 0, progress);
         });
}

void ExportCommands::work(const QString& words, const QString& file, std::int64_t iteration, const Work& what)
{
    std::atomic<bool> training{true};
    const auto all = [&, experiment = m_document.experiment(),
                      sequence = m_session.watchedSequence()](const ExportProgress& progress) {
        std::vector<std::unique_ptr<unrolled::History>> histories;
        std::vector<PlotLane> lanes;
        for (const unrolled::LaneExperiment& lane : unrolled::lanesOf(experiment)) {
            histories.push_back(std::make_unique<unrolled::History>(lane.experiment));
            lanes.push_back({laneName(lane), histories.back().get(), sequence});
        }
        if (!reach(lanes, iteration, progress))
            return false;
        progress(-1);
        training = false;
        return what(lanes, progress);
    };
    const auto now = [&](double share) {
        return training && share >= 0 ? tr("Training up to iteration %1…").arg(count(iteration)) : words;
    };
    try {
        if (workAside(m_window, now, all))
            emit told(tr("Exported %1.").arg(QFileInfo(file).fileName()));
    } catch (const std::exception& problem) {
        emit failed(QString::fromUtf8(problem.what()));
    }
}

} // namespace ui
