#include "core/files/atomic_file.h"
#include "core/trace/history.h"
#include "core/training/trainer.h"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

namespace {

using namespace unrolled;

constexpr CellKind cells[] = {CellKind::Rnn, CellKind::Gru, CellKind::Lstm};

/// A directory that lives as long as the program, with a text of 65 symbols, as many as in the usual
/// Shakespeare file.
class TextDirectory
{
public:
    TextDirectory()
        : m_path(std::filesystem::temp_directory_path() /
                 ("unrolled-bench-" + std::to_string(std::random_device{}())))
    {
        std::filesystem::create_directories(m_path);
        constexpr char symbols[] = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        constexpr std::size_t count = sizeof symbols - 1;
        static_assert(count == 65);
        std::string text(symbols);
        std::mt19937 engine(1);
        while (text.size() < 100'000)
            text += symbols[engine() % count];
        writeFile(m_path / "text.txt", text);
    }
    ~TextDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TextDirectory(const TextDirectory&) = delete;
    TextDirectory& operator=(const TextDirectory&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

Experiment experiment(CellKind cell, int hidden)
{
    Experiment result;
    result.model.cell.kind = cell;
    result.model.hidden = {hidden};
    return result;
}

Experiment textExperiment(CellKind cell, int hidden, int length, int batch)
{
    static const TextDirectory directory;
    Experiment result = experiment(cell, hidden);
    result.task.id = "text";
    result.task.length = length;
    result.task.file = "text.txt";
    result.directory = directory.path();
    result.training.batch = batch;
    result.training.loss = Reduction::Mean;
    result.training.learningRate = 0.001;
    return result;
}

Experiment addingExperiment(CellKind cell, int hidden, int length, int batch)
{
    Experiment result = experiment(cell, hidden);
    result.task.id = "adding";
    result.task.length = length;
    result.training.batch = batch;
    result.training.learningRate = 0.001;
    return result;
}

void train(benchmark::State& state, const Experiment& experiment, int steps)
{
    Trainer trainer(experiment);
    for (auto _ : state)
        benchmark::DoNotOptimize(trainer.step());
    state.SetItemsProcessed(state.iterations() * steps * experiment.training.batch);
    state.SetLabel("items are time steps");
}

void record(benchmark::State& state, const Experiment& experiment)
{
    Trainer trainer(experiment);
    for (auto _ : state)
        benchmark::DoNotOptimize(trainer.record());
}

/// A random iteration of the first 100 000, all of them trained before.
void seekHello(benchmark::State& state)
{
    constexpr std::int64_t iterations = 100'000;
    static History& history = *[] {
        static History trained(experiment(CellKind::Rnn, 3));
        trained.extend(iterations);
        return &trained;
    }();
    std::mt19937_64 engine(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(history.trace(static_cast<std::int64_t>(engine() % iterations)));
}

void registerTrain(const std::string& name, const Experiment& experiment, int steps)
{
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        train(state, experiment, steps);
    })->Unit(benchmark::kMicrosecond);
}

void registerAll()
{
    for (const CellKind cell : cells) {
        const std::string prefix = "train/" + std::string(name(cell));
        registerTrain(prefix + "/h3/T4/B1", experiment(cell, 3), 4);
        registerTrain(prefix + "/h128/T25/B1", textExperiment(cell, 128, 25, 1), 25);
        registerTrain(prefix + "/h128/T100/B1", textExperiment(cell, 128, 100, 1), 100);
        registerTrain(prefix + "/h128/T100/B32", textExperiment(cell, 128, 100, 32), 100);
        registerTrain(prefix + "/h64/T100/B20/adding", addingExperiment(cell, 64, 100, 20), 100);
    }
    for (const CellKind cell : cells) {
        const std::string label = "record/" + std::string(name(cell)) + "/h64/T100";
        benchmark::RegisterBenchmark(label.c_str(), [settings = textExperiment(cell, 64, 100, 1)](
                                                        benchmark::State& state) {
            record(state, settings);
        })->Unit(benchmark::kMicrosecond);
    }
    benchmark::RegisterBenchmark("seek/hello", seekHello)->Unit(benchmark::kMicrosecond);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        benchmark::Initialize(&argc, argv);
        if (benchmark::ReportUnrecognizedArguments(argc, argv))
            return 2;
        registerAll();
        benchmark::RunSpecifiedBenchmarks();
        benchmark::Shutdown();
    } catch (const std::exception& error) {
        std::cerr << "bench_core: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
