#include "core/gradients/itemised.h"
#include "core/trace/history.h"
#include "core/training/trainer.h"
#include "tests/benchmarks/experiments.h"

#include <Eigen/Core>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <exception>
#include <iostream>
#include <random>
#include <string>

namespace {

using namespace unrolled;
using bench::addingExperiment;
using bench::helloExperiment;
using bench::textExperiment;

constexpr CellKind cells[] = {CellKind::Rnn, CellKind::Gru, CellKind::Lstm};

void train(benchmark::State& state, const Experiment& experiment, int steps, int threads)
{
    Trainer trainer(experiment, threads);
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

/// The whole table ‖∂L_s/∂h_t‖, with the loss of every step.
void itemised(benchmark::State& state, const Experiment& experiment, int threads)
{
    const TracePtr trace = Trainer(experiment).record();
    for (auto _ : state)
        benchmark::DoNotOptimize(Itemised(*trace, {}, threads));
}

/// The products of train/CELL/h128/T100/B32 alone, as Eigen takes them: the recurrent ones of each step,
/// those of the readout, and the weight gradients over all steps. What training takes beyond them is
/// overhead.
void products(benchmark::State& state, CellKind cell)
{
    constexpr Eigen::Index hidden = 128;
    constexpr Eigen::Index steps = 100;
    constexpr Eigen::Index batch = 32;
    constexpr Eigen::Index classes = 65;
    const Eigen::Index rows = stackedGates(cell) * hidden;
    const Eigen::MatrixXd recurrent = Eigen::MatrixXd::Random(rows, hidden);
    const Eigen::MatrixXd readout = Eigen::MatrixXd::Random(classes, hidden);
    Eigen::MatrixXd h = Eigen::MatrixXd::Random(hidden, steps * batch);
    Eigen::MatrixXd a = Eigen::MatrixXd::Random(rows, steps * batch);
    Eigen::MatrixXd y = Eigen::MatrixXd::Random(classes, steps * batch);
    Eigen::MatrixXd recurrentGradient(rows, hidden);
    Eigen::MatrixXd readoutGradient(classes, hidden);
    const Eigen::MatrixXd states = h;
    const Eigen::MatrixXd slopes = a;
    for (auto _ : state) {
        for (Eigen::Index t = 0; t < steps; ++t)
            a.middleCols(t * batch, batch).noalias() = recurrent * states.middleCols(t * batch, batch);
        y.noalias() = readout * states;
        readoutGradient.noalias() = y * states.transpose();
        h.noalias() = readout.transpose() * y;
        for (Eigen::Index t = steps; t-- > 0;)
            h.middleCols(t * batch, batch).noalias() =
                recurrent.transpose() * slopes.middleCols(t * batch, batch);
        recurrentGradient.noalias() = slopes * states.transpose();
        benchmark::DoNotOptimize(recurrentGradient.data());
    }
}

/// A random iteration of a run, all of it trained before.
void seek(benchmark::State& state, History& history, std::uint64_t iterations)
{
    history.extend(static_cast<std::int64_t>(iterations) - history.frontier());
    std::mt19937_64 engine(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(history.trace(static_cast<std::int64_t>(engine() % iterations)));
}

void seekHello(benchmark::State& state)
{
    static History history(helloExperiment(CellKind::Rnn));
    seek(state, history, 100'000);
}

/// Of the model whose checkpoints are the largest here, so that they are far apart; on all processors.
void seekLarge(benchmark::State& state)
{
    static History history(textExperiment(CellKind::Lstm, 128, 100, 32), History::defaultMemoryBound, 0);
    seek(state, history, 1000);
}

void registerTrain(const std::string& name, const Experiment& experiment, int steps, int threads = 1)
{
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        train(state, experiment, steps, threads);
    })->Unit(benchmark::kMicrosecond);
}

void registerAll()
{
    for (const CellKind cell : cells) {
        const std::string prefix = "train/" + std::string(name(cell));
        registerTrain(prefix + "/h3/T4/B1", helloExperiment(cell), 4);
        registerTrain(prefix + "/h128/T25/B1", textExperiment(cell, 128, 25, 1), 25);
        registerTrain(prefix + "/h128/T100/B1", textExperiment(cell, 128, 100, 1), 100);
        registerTrain(prefix + "/h128/T100/B32", textExperiment(cell, 128, 100, 32), 100);
        registerTrain(prefix + "/h128/T100/B32/threads:2", textExperiment(cell, 128, 100, 32), 100, 2);
        registerTrain(prefix + "/h64/T100/B20/adding", addingExperiment(cell, 64, 100, 20), 100);
    }
    for (const CellKind cell : cells) {
        const std::string label = "products/" + std::string(name(cell)) + "/h128/T100/B32";
        benchmark::RegisterBenchmark(label.c_str(), [cell](benchmark::State& state) {
            products(state, cell);
        })->Unit(benchmark::kMicrosecond);
    }
    const auto addCost = [](int hidden, int length, int batch) {
        registerTrain("linear/lstm/h" + std::to_string(hidden) + "/T" + std::to_string(length) + "/B" +
                          std::to_string(batch),
                      textExperiment(CellKind::Lstm, hidden, length, batch), length);
    };
    for (const int length : {10, 100, 1000, 10'000})
        addCost(64, length, 1);
    for (const int hidden : {32, 128, 256, 512})
        addCost(hidden, 100, 1);
    for (const int batch : {4, 16, 64, 256})
        addCost(64, 100, batch);
    for (const CellKind cell : cells) {
        const auto add = [cell](const std::string& ending, const Experiment& settings) {
            const std::string label = "record/" + std::string(name(cell)) + ending;
            benchmark::RegisterBenchmark(label.c_str(), [=](benchmark::State& state) {
                record(state, settings);
            })->Unit(benchmark::kMicrosecond);
        };
        add("/h3/T4", helloExperiment(cell));
        add("/h64/T100", textExperiment(cell, 64, 100, 1));
    }
    for (const CellKind cell : cells) {
        const auto add = [cell](int steps, const std::string& ending, int threads) {
            const std::string label =
                "itemised/" + std::string(name(cell)) + "/h64/T" + std::to_string(steps) + ending;
            return benchmark::RegisterBenchmark(
                       label.c_str(), [settings = textExperiment(cell, 64, steps, 1), threads](
                                          benchmark::State& state) { itemised(state, settings, threads); })
                ->Unit(benchmark::kMillisecond);
        };
        for (const int steps : {10, 100, 500, 1000})
            add(steps, "", 1);
        if (cell == CellKind::Rnn) // once, as that takes some ten seconds
            add(10'000, "", 1)->Iterations(1);
        add(1000, "/threads:2", 2);
    }
    benchmark::RegisterBenchmark("seek/hello", seekHello)->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("seek/lstm/h128/T100/B32", seekLarge)
        ->Unit(benchmark::kMillisecond)
        ->Iterations(30)
        ->UseRealTime();
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
