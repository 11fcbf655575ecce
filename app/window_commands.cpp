#include "app/window_commands.h"

#include "app/progress_bar.h"
#include "app/run_commands.h"
#include "core/files/json_reader.h"
#include "core/trace/history.h"
#include "core/training/error.h"
#include "ui/application.h"
#include "ui/exports/animation.h"
#include "ui/exports/plot.h"
#include "ui/exports/report.h"
#include "ui/session/lane_name.h"

#include <QApplication>
#include <QFileInfo>
#include <algorithm>
#include <csignal>

using namespace unrolled;

int runWindow(const CommandLine& line, int& argc, char** argv)
{
    const Experiment experiment = namedExperiment(line);
    for (const LaneExperiment& lane : laneExperiments(line, experiment))
        static_cast<void>(Trainer(lane.experiment)); // what cannot run is told here, not by an empty window
    const auto missing = [](const char* name) { return qEnvironmentVariableIsEmpty(name); };
    if (missing("QT_QPA_PLATFORM") && missing("DISPLAY") && missing("WAYLAND_DISPLAY"))
        throw RunError(
            "the window: found no display, expected DISPLAY or WAYLAND_DISPLAY to name one (the commands "
            "need none, see unrolled --help)");
    return ui::runWindow(argc, argv, experiment);
}

namespace {

/// Makes Ctrl-C and its like wait, or lets them through again.
void holdSignals(int how)
{
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&held, signal);
    pthread_sigmask(how, &held, nullptr);
}

/// Also for a still picture, of which it has iteration and size; throws where an option is out of place.
ui::AnimationRequest animationOf(const CommandLine& line)
{
    const bool animated = line.kind != "report" && ui::namesAnimation(QString::fromStdString(line.out));
    const bool training = line.from || line.to || line.every;
    const std::string moving = "a file that ends in .gif, or PNG frames such as frames/%04d.png";
    for (const auto& [option, given] : {std::pair("--from", line.from.has_value()),
                                        {"--to", line.to.has_value()},
                                        {"--every", line.every.has_value()},
                                        {"--by", !line.by.empty()},
                                        {"--fps", line.framesPerSecond.has_value()}}) {
        if (given && !animated)
            throw InputError("", "--out", shown(nlohmann::json(line.out)) + " together with " + option,
                             moving);
    }
    if (training && !line.to)
        throw InputError("", "--to", "nothing", "the last iteration of the animation");
    if (training && line.iteration)
        throw InputError("", "--iteration", "it together with --to", "one of them");
    if (training && !line.by.empty())
        throw InputError("", "--by", "it together with --to", "one of them");

    ui::AnimationRequest request;
    request.kind = QString::fromStdString(line.kind);
    request.training = training;
    request.first = training ? line.from.value_or(0) : line.iteration.value_or(0);
    request.last = line.to.value_or(0);
    request.every = line.every.value_or(1);
    request.operations = line.by == "operation";
    request.loss = line.loss;
    request.framesPerSecond = line.framesPerSecond.value_or(ui::usualFrames(training));
    if (line.size)
        request.size = QSize(line.size->first, line.size->second);
    return request;
}

} // namespace

int runPlot(const CommandLine& line, int& argc, char** argv)
{
    const QString kind = QString::fromStdString(line.kind);
    std::vector<std::string> kinds;
    for (const QString& each : ui::plotKinds())
        kinds.push_back(each.toStdString());
    kinds.emplace_back("report");
    if (std::find(kinds.begin(), kinds.end(), line.kind) == kinds.end())
        throw InputError("", "KIND", shown(nlohmann::json(line.kind)), oneOf({kinds.begin(), kinds.end()}));
    const QString file = QString::fromStdString(line.out);
    if (line.out.empty())
        throw InputError("", "--out", "nothing", "the name of a file that ends in .svg, .pdf, .png or .gif");
    const QString suffix = QFileInfo(file).suffix().toLower();
    const bool report = line.kind == "report";
    if (report && suffix != "pdf")
        throw InputError("", "--out", shown(nlohmann::json(line.out)), "a report's file, which ends in .pdf");
    if (report && line.loss > 0)
        throw InputError("", "--loss", "it for a report", "nothing, as it shows all of them");
    if (report && line.size)
        throw InputError("", "--size", "it for a report", "nothing, as its pages are A4");
    const bool animated = ui::namesAnimation(file) && !report;
    if (!animated && suffix != "svg" && suffix != "pdf" && suffix != "png")
        throw InputError("", "--out", shown(nlohmann::json(line.out)),
                         "a file that ends in .svg, .pdf, .png or .gif");
    const ui::AnimationRequest animation = animationOf(line);
    if (animated) {
        ui::checkAnimationFile(file);
        ui::checkAnimation(animation);
    }

    const Experiment experiment = namedExperiment(line);
    const std::vector<LaneExperiment> experiments = laneExperiments(line, experiment);
    if (!report)
        ui::checkSize(kind, experiments.size(), animation.size);
    checkWritable(animated ? ui::frameFile(file, 0).toStdString() : line.out);
    const std::int64_t iteration = animation.training ? animation.last : animation.first;
    std::vector<std::unique_ptr<History>> histories;
    std::vector<ui::PlotLane> lanes;
    for (const LaneExperiment& lane : experiments) {
        histories.push_back(
            std::make_unique<History>(lane.experiment, History::defaultMemoryBound, line.threads));
        lanes.push_back({ui::laneName(lane), histories.back().get()});
    }
    ui::checkGates(kind, lanes); // before a long training
    ui::checkLoss(kind, lanes, 0, line.loss);
    for (const auto& history : histories)
        trainTo(*history, iteration);
    ui::checkNumbers(kind, lanes, iteration);

    // While files are written Ctrl-C waits until they are whole; threads that Qt starts inherit this.
    holdSignals(SIG_BLOCK);
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    // Standard error is for the user: no remarks on the display or the session.
    qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) {});
    const QApplication application(argc, argv);
    ProgressBar bar;
    const auto show = [&](double share) {
        if (share >= 0)
            bar.show(share);
        return true;
    };
    const auto writing = [] { holdSignals(SIG_BLOCK); };
    holdSignals(SIG_UNBLOCK);
    if (report)
        ui::exportReport(experiment, lanes, iteration, file, show, writing);
    else if (animated)
        ui::exportAnimation(animation, lanes, file, show, writing);
    else
        ui::exportPlot(kind, lanes, iteration, file, animation.size, line.loss, show, writing);
    return 0;
}
