// The whole window, painted off screen.

#include "tests/benchmarks/experiments.h"
#include "ui/arrangements.h"
#include "ui/export_commands.h"
#include "ui/file_commands.h"
#include "ui/main_window.h"
#include "ui/paint/style.h"

#include <QActionGroup>
#include <QApplication>
#include <QDir>
#include <QEventLoop>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>
#include <benchmark/benchmark.h>
#include <chrono>
#include <ctime>
#include <exception>
#include <iostream>
#include <random>

namespace {

using namespace unrolled;

constexpr QSize windowSize(1280, 800);

/// A window on an experiment, without memory of earlier windows.
class Window
{
public:
    explicit Window(const Experiment& experiment)
        : m_settings(m_directory.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat),
          m_window(m_settings)
    {
        m_window.playback().setReduceMotion(true);
        m_window.take(experiment, {});
        m_window.resize(windowSize);
        m_window.show();
        settle();
    }

    ui::Session& session() { return m_window.session(); }
    ui::Playback& playback() { return m_window.playback(); }

    /// Looks at the gradients of the iteration, all of them analysed.
    void showGradients()
    {
        m_window.actions().arrangement->actions().at(ui::Arrangements::Gradients)->trigger();
        settle();
        m_window.views().wait();
        settle();
    }

    /// Until the session has answered and all that is queued is done.
    void settle()
    {
        do {
            session().wait();
            QApplication::processEvents();
        } while (playback().frame().empty());
    }

    /// A report of the iteration on show, as the menu writes it.
    void writeReport()
    {
        m_window.findChild<ui::ExportCommands*>()->writeReport(m_directory.filePath(QStringLiteral("r.pdf")));
    }

    /// Every pane as a picture, and copied.
    void exportPanes()
    {
        auto* files = m_window.findChild<ui::FileCommands*>();
        for (const ui::ViewHost::Entry& entry : m_window.views().entries()) {
            for (const char* suffix : {"svg", "pdf", "png"})
                files->writePicture(*entry.view,
                                    m_directory.filePath(QStringLiteral("p.") + QLatin1String(suffix)),
                                    {1800, 1200});
        }
        files->copyCurrent();
    }

    void stepForward() { m_window.actions().stepForward->trigger(); }

    /// The whole window once, into its backing store: what the platform would be handed.
    void paint()
    {
        // All that is queued is done first, so that its updates are not painted apart from the rest.
        m_window.setUpdatesEnabled(false);
        QApplication::processEvents();
        m_window.setUpdatesEnabled(true);
        m_window.repaint();
    }

private:
    QTemporaryDir m_directory;
    QSettings m_settings;
    ui::MainWindow m_window;
};

/// Steps through an iteration, part by part, and paints the window each time.
void frame(benchmark::State& state, const Experiment& experiment, ui::Arrangements::Which arrangement)
{
    Window window(experiment);
    if (arrangement == ui::Arrangements::Gradients)
        window.showGradients();
    const auto& ticks = window.session().ticks();
    const std::int64_t count = ticks.index(ticks.endOfIteration(0)) + 1;
    std::int64_t index = 0;
    for (auto _ : state) {
        // A stride that meets every phase early on, prime so that it meets every position in the end.
        index = (index + 7919) % count;
        window.playback().setPosition(ticks.at(index));
        window.paint();
    }
}

/// Drags the timeline over the iterations of a trained hello: a random one, shown and painted.
void scrubHello(benchmark::State& state)
{
    constexpr std::int64_t iterations = 10'000;
    Window window(bench::helloExperiment(CellKind::Rnn));
    window.session().startTraining(iterations);
    while (window.session().frontier() < iterations)
        window.settle();
    std::mt19937_64 engine(1);
    const auto& ticks = window.session().ticks();
    for (auto _ : state) {
        const auto iteration = static_cast<std::int64_t>(engine() % iterations);
        window.playback().setPosition(ticks.endOfIteration(iteration));
        do
            window.settle();
        while (window.playback().frame().trace().iteration != iteration);
        window.paint();
    }
}

/// A step forward while the largest model trains, until the window is painted with what it does. `worst_ms`
/// is the longest of all.
void answer(benchmark::State& state)
{
    Window window(bench::textExperiment(CellKind::Lstm, 128, 100, 32));
    window.session().startTraining(1'000'000);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < until) // well under way
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
    double worst = 0;
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        window.stepForward();
        window.paint();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        state.SetIterationTime(took.count());
        worst = std::max(worst, took.count() * 1e3);
        // Between two steps the window goes on as it does.
        const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(40);
        while (std::chrono::steady_clock::now() < next)
            QApplication::processEvents(QEventLoop::WaitForMoreEvents, 10);
    }
    state.counters["worst_ms"] = worst;
}

/// Something that takes long, in a window on a long run. `worst_ms` is the longest that the window does not
/// answer meanwhile.
void aside(benchmark::State& state, void (Window::*what)())
{
    Window window(bench::textExperiment(CellKind::Lstm, 128, 200, 1));
    double worst = 0;
    for (auto _ : state) {
        auto last = std::chrono::steady_clock::now();
        const auto answers = [&] {
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - last;
            worst = std::max(worst, took.count() * 1e3);
            last = std::chrono::steady_clock::now();
        };
        QTimer probe;
        QObject::connect(&probe, &QTimer::timeout, answers);
        probe.start(5);
        (window.*what)();
        answers();
    }
    state.counters["worst_ms"] = worst;
}

/// A window that nobody touches, for half a second: `processor_ms` is what the whole program uses meanwhile.
void idle(benchmark::State& state)
{
    Window window(bench::helloExperiment(CellKind::Rnn));
    window.paint();
    QTimer end;
    end.setSingleShot(true);
    const auto wait = [&end](int milliseconds) {
        QEventLoop loop;
        QObject::connect(&end, &QTimer::timeout, &loop, &QEventLoop::quit);
        end.start(milliseconds);
        loop.exec();
    };
    wait(1000); // what follows the first picture is done
    double used = 0;
    for (auto _ : state) {
        const std::clock_t start = std::clock();
        wait(500);
        used += 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    }
    state.counters["processor_ms"] = used / static_cast<double>(state.iterations());
}

/// From nothing but a QApplication to the first painted frame.
void startup(benchmark::State& state)
{
    for (auto _ : state) {
        Window window(bench::helloExperiment(CellKind::Rnn));
        window.paint();
    }
}

void registerAll()
{
    const auto add = [](const char* name, const Experiment& experiment,
                        ui::Arrangements::Which arrangement = ui::Arrangements::Step) {
        benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
            frame(state, experiment, arrangement);
        })->Unit(benchmark::kMillisecond);
    };
    add("frame/T4", bench::helloExperiment(CellKind::Lstm));
    add("frame/T50/h64", bench::textExperiment(CellKind::Lstm, 64, 50, 1));
    add("frame/T500/h128", bench::textExperiment(CellKind::Lstm, 128, 500, 1));
    add("frame/gradients/T50/h64", bench::textExperiment(CellKind::Lstm, 64, 50, 1),
        ui::Arrangements::Gradients);
    benchmark::RegisterBenchmark("scrub/hello", scrubHello)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("answer/h128", answer)
        ->Unit(benchmark::kMillisecond)
        ->UseManualTime()
        ->Iterations(50);
    for (const auto& [name, what] : {std::pair("report/T200/h128", &Window::writeReport),
                                     std::pair("export/T200/h128", &Window::exportPanes)})
        benchmark::RegisterBenchmark(name, aside, what)->Unit(benchmark::kMillisecond)->Iterations(1);
    benchmark::RegisterBenchmark("idle", idle)->Unit(benchmark::kMillisecond)->Iterations(4);
    benchmark::RegisterBenchmark("startup", startup)->Unit(benchmark::kMillisecond);
}

} // namespace

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    ui::installStyle(application);
    try {
        benchmark::Initialize(&argc, argv);
        if (benchmark::ReportUnrecognizedArguments(argc, argv))
            return 2;
        registerAll();
        benchmark::RunSpecifiedBenchmarks();
        benchmark::Shutdown();
    } catch (const std::exception& error) {
        std::cerr << "bench_ui: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
