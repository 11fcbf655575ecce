#include "app/window_commands.h"

#include "app/run_commands.h"
#include "core/files/json_reader.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/training/error.h"
#include "ui/application.h"
#include "ui/exports/plot.h"

#include <QApplication>
#include <QFileInfo>
#include <algorithm>
#include <csignal>

using namespace unrolled;

int runWindow(const CommandLine& line, int& argc, char** argv)
{
    const Experiment experiment = namedExperiment(line);
    makeTask(experiment);
    const auto missing = [](const char* name) { return qEnvironmentVariableIsEmpty(name); };
    if (missing("QT_QPA_PLATFORM") && missing("DISPLAY") && missing("WAYLAND_DISPLAY"))
        throw RunError(
            "the window: found no display, expected DISPLAY or WAYLAND_DISPLAY to name one (the commands "
            "need none, see unrolled --help)");
    return ui::runWindow(argc, argv, experiment);
}

int runPlot(const CommandLine& line, int& argc, char** argv)
{
    const QString kind = QString::fromStdString(line.kind);
    std::vector<std::string> kinds;
    for (const QString& each : ui::plotKinds())
        kinds.push_back(each.toStdString());
    if (std::find(kinds.begin(), kinds.end(), line.kind) == kinds.end())
        throw InputError("", "KIND", shown(nlohmann::json(line.kind)), oneOf({kinds.begin(), kinds.end()}));
    const QString file = QString::fromStdString(line.out);
    if (line.out.empty())
        throw InputError("", "--out", "nothing", "the name of a file that ends in .svg, .pdf or .png");
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix != "svg" && suffix != "pdf" && suffix != "png")
        throw InputError("", "--out", shown(nlohmann::json(line.out)),
                         "a file that ends in .svg, .pdf or .png");

    const std::vector<LaneExperiment> experiments = laneExperiments(line);
    checkWritable(line.out);
    const std::int64_t iteration = line.iteration.value_or(0);
    std::vector<std::unique_ptr<History>> histories;
    std::vector<ui::PlotLane> lanes;
    for (const LaneExperiment& lane : experiments) {
        histories.push_back(
            std::make_unique<History>(lane.experiment, History::defaultMemoryBound, line.threads));
        trainTo(*histories.back(), iteration);
        lanes.push_back(
            {QString::fromUtf8(title(lane.experiment.model.cell.kind).data()), histories.back().get()});
    }

    // From here on Ctrl-C waits until the file is whole; threads that Qt starts inherit this.
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&held, signal);
    pthread_sigmask(SIG_BLOCK, &held, nullptr);
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    // Standard error is for the user: no remarks on the display or the session.
    qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) {});
    const QApplication application(argc, argv);
    ui::exportPlot(kind, lanes, iteration, file,
                   line.size ? QSize(line.size->first, line.size->second) : QSize());
    return 0;
}
