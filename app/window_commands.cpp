#include "app/window_commands.h"

#include "app/run_commands.h"
#include "core/tasks/task.h"
#include "core/training/error.h"

#include <QApplication>
#include <cstdlib>
#if __has_include("ui/main_window.h")
#include "ui/main_window.h"
#endif

using namespace unrolled;

int runWindow(const CommandLine& line, int& argc, char** argv)
{
    const Experiment experiment = namedExperiment(line);
    makeTask(experiment);
    const auto given = [](const char* name) { return std::getenv(name) && *std::getenv(name); };
    if (!given("QT_QPA_PLATFORM") && !given("DISPLAY") && !given("WAYLAND_DISPLAY"))
        throw RunError(
            "the window: found no display, expected DISPLAY or WAYLAND_DISPLAY to name one (the commands "
            "need none, see unrolled --help)");
#if __has_include("ui/main_window.h")
    QApplication application(argc, argv);
    QApplication::setApplicationName("unrolled");
    QApplication::setApplicationDisplayName("Unrolled");
    QApplication::setOrganizationName("unrolled");
    QApplication::setDesktopFileName("unrolled");
    QApplication::setWindowIcon(QIcon(":/icons/unrolled.svg"));
    ui::MainWindow window(experiment);
    window.show();
    return QApplication::exec();
#else
    (void)argc;
    (void)argv;
    return 0;
#endif
}

int runPlot(const CommandLine& line, int& argc, char** argv)
{
    (void)line;
    (void)argc;
    (void)argv;
    return 0;
}
