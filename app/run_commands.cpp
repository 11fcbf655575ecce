#include "app/run_commands.h"

#include "app/progress_bar.h"
#include "core/files/atomic_file.h"
#include "core/files/experiment_file.h"
#include "core/files/json_reader.h"
#include "core/files/tables.h"
#include "core/files/weight_file.h"
#include "core/gradients/numerical_check.h"
#include "core/tasks/task.h"
#include "core/trace/divergence.h"
#include "core/trace/history.h"
#include "core/trace/sampling.h"
#include "core/training/error.h"
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <unistd.h>

using namespace unrolled;

namespace {

/// To the file, or to standard output where none is named.
void deliver(const std::string& file, std::string_view content)
{
    if (!file.empty()) {
        writeFile(file, content);
        return;
    }
    const bool good =
        std::fwrite(content.data(), 1, content.size(), stdout) == content.size() && std::fflush(stdout) == 0;
    if (!good)
        throw InputError("", "standard output", "an error on writing", "something that takes the output");
}

/// Gathers the rows of a table of iterations as CSV, a stretch at a time: a run can have millions.
class CurveText
{
public:
    using MakeTable = Table (*)(const std::vector<IterationSummary>&);

    explicit CurveText(MakeTable makeTable) : m_makeTable(makeTable) {}

    void startLane(const std::string& name)
    {
        if (!m_summaries.empty())
            flush();
        m_lane = name;
    }
    void add(const IterationSummary& summary)
    {
        m_summaries.push_back(summary);
        if (m_summaries.size() == 4096)
            flush();
    }
    const std::string& text()
    {
        flush();
        return m_text;
    }

private:
    void flush()
    {
        Table table = m_makeTable(m_summaries);
        if (!m_lane.empty())
            table = withLane(std::move(table), m_lane);
        if (m_text.empty())
            m_text = csvLine(table.columns);
        for (const auto& row : table.rows)
            m_text += csvLine(row);
        m_summaries.clear();
    }

    MakeTable m_makeTable;
    std::string m_lane;
    std::vector<IterationSummary> m_summaries;
    std::string m_text;
};

/// The trace of an iteration, with no update of its own kept.
std::shared_ptr<IterationTrace> traceAt(const LaneExperiment& lane, std::int64_t iteration, int threads,
                                        int sequence = 0)
{
    const int batch = settingsAt(lane.experiment, iteration).batch;
    if (sequence >= batch)
        throw InputError("", "--sequence", std::to_string(sequence),
                         batch == 1 ? "0, as a batch has one sequence"
                                    : "0 to " + std::to_string(batch - 1) + ", as a batch has " +
                                          std::to_string(batch) + " sequences");
    Trainer trainer(lane.experiment, threads);
    trainTo(trainer, iteration);
    return trainer.record(sequence);
}

Table laneTable(const LaneExperiment& lane, const std::string& kind, std::int64_t iteration, int threads,
                int loss)
{
    if (kind == "summary") {
        const auto task = makeTask(lane.experiment);
        return summaryTable(lane.experiment.model, task->inputSize(), task->outputSize(), task->plan());
    }
    if (kind == "update") {
        Trainer trainer(lane.experiment, threads);
        trainTo(trainer, iteration);
        return updateTable(trainer, loss);
    }
    if (kind == "singular") {
        Trainer trainer(lane.experiment, threads);
        SpectrumCurve curve =
            SpectrumCurve::upTo(iteration, trainer.layout(), lane.experiment.model.cell.kind);
        curve.append(trainer.parameters());
        trainTo(trainer, iteration, [&](const IterationSummary&) {
            if (curve.wants(trainer.iteration()))
                curve.append(trainer.parameters());
        });
        return singularTable(curve, iteration, trainer.parameters());
    }
    if (kind == "comparison") {
        Trainer trainer(lane.experiment, threads);
        Curve curve(static_cast<std::size_t>(iteration));
        trainTo(trainer, iteration, [&](const IterationSummary& summary) { curve.append(summary); });
        const auto trace = trainer.record();
        return comparisonTable(*trace, curve, lane.experiment.source);
    }
    return traceTable(kind, *traceAt(lane, iteration, threads), lane.experiment.source, loss);
}

void knownKind(const std::string& kind)
{
    const auto& kinds = tableKinds();
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        throw InputError("", "KIND", shown(nlohmann::json(kind)), oneOf(kinds));
}

} // namespace

Experiment namedExperiment(const CommandLine& line)
{
    Experiment experiment = readExperiment(line.experiment);
    if (!line.settings.empty())
        experiment = withSettings(experiment, line.settings, std::filesystem::current_path(), "--set ");
    if (line.seed)
        experiment.seed = *line.seed;
    if (line.compare.empty())
        return experiment;
    experiment = withCell(experiment, line.compare.front());
    experiment.compare.clear();
    for (std::size_t k = 1; k < line.compare.size(); ++k)
        experiment.compare.push_back({"", {"model.cell=\"" + std::string(name(line.compare[k])) + "\""}});
    return experiment;
}

std::vector<LaneExperiment> laneExperiments(const CommandLine& line)
{
    return laneExperiments(line, namedExperiment(line));
}

std::vector<LaneExperiment> laneExperiments(const CommandLine& line, const Experiment& experiment)
{
    std::vector<LaneExperiment> lanes = lanesOf(experiment);
    if (line.compare.size() == 1) // alone, and named all the same
        lanes.front().name = name(line.compare.front());
    return lanes;
}

void trainTo(Trainer& trainer, std::int64_t iteration,
             const std::function<void(const IterationSummary&)>& seen)
{
    constexpr std::int64_t between = 1024;
    ProgressBar bar;
    Checkpoint last = trainer.checkpoint();
    while (trainer.iteration() < iteration) {
        if (trainer.iteration() - last.iteration >= between)
            last = trainer.checkpoint();
        const IterationSummary summary = trainer.step();
        if (seen)
            seen(summary);
        bar.show(double(trainer.iteration()) / double(iteration));
        if (!trainer.finite()) {
            // Once more from the last checkpoint, to see what it was.
            trainer.restore(last);
            while (trainer.iteration() < summary.iteration)
                trainer.step();
            throw RunError(divergenceMessage(*trainer.record(), trainer.experiment().source));
        }
    }
}

void trainTo(History& history, std::int64_t iteration)
{
    ProgressBar bar;
    const auto progress = [&bar](double share) {
        bar.show(share);
        return true;
    };
    history.trace(iteration, 0, progress);
    const std::int64_t diverged = history.divergedAt();
    if (diverged >= 0 && diverged < iteration)
        throw RunError(divergenceMessage(*history.trace(diverged), history.experiment().source));
}

void checkWritable(const std::string& file)
{
    if (file.empty())
        return;
    std::error_code error;
    if (std::filesystem::is_directory(file, error))
        throw InputError(file, "", "a directory", "the name of a file to write");
    const auto directory = std::filesystem::absolute(file, error).parent_path();
    if (!std::filesystem::is_directory(directory, error))
        throw InputError(file, "", "no directory " + directory.string(), "one that is there");
    const bool special =
        std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error);
    if (!special && ::access(directory.c_str(), W_OK) != 0)
        throw InputError(file, "", "a directory that cannot be written to", "one that can");
}

int runList()
{
    std::string text;
    for (const BuiltIn& builtIn : builtIns())
        text += builtIn.id + "\t" + builtIn.mode + "\t" + builtIn.title + "\n";
    deliver("", text);
    return 0;
}

int runShow(const CommandLine& line)
{
    deliver("", toJson(namedExperiment(line)));
    return 0;
}

int runTrain(const CommandLine& line)
{
    const std::vector<LaneExperiment> lanes = laneExperiments(line);
    for (const auto& [option, file] :
         {std::pair("--weights", &line.weights), std::pair("--save", &line.save)}) {
        if (lanes.size() > 1 && !file->empty())
            throw InputError(
                "", option, line.compare.empty() ? "several models to compare" : "it together with --compare",
                "one model, as a file holds one");
    }
    const std::pair<const char*, const std::string*> outputs[] = {
        {"--metrics", &line.metrics}, {"--weights", &line.weights}, {"--save", &line.save}};
    for (const auto& [option, file] : outputs) {
        for (const auto& [other, same] : outputs) {
            if (file != same && !file->empty() && *file == *same)
                throw InputError("", option, '"' + *file + '"',
                                 "another file than that of " + std::string(other));
        }
        checkWritable(*file);
    }

    CurveText metrics(metricsTable);
    for (const LaneExperiment& lane : lanes) {
        const std::int64_t updates = line.iterations.value_or(lane.experiment.training.iterations);
        Trainer trainer(lane.experiment, line.threads);
        metrics.startLane(lane.name);
        double last = 0;
        try {
            trainTo(trainer, updates, [&](const IterationSummary& summary) {
                last = summary.loss;
                if (!line.metrics.empty())
                    metrics.add(summary);
            });
        } catch (const RunError&) {
            if (!line.metrics.empty())
                writeFile(line.metrics, metrics.text());
            throw;
        }
        if (updates > 0 && isatty(STDERR_FILENO) != 0)
            std::fprintf(stderr, "%s: %lld updates, loss %.4g before the last one\n",
                         lane.experiment.source.c_str(), static_cast<long long>(updates), last);
        if (!line.weights.empty())
            writeSafetensors(toStateDict(trainer.layout(), trainer.parameters()), line.weights);
        if (!line.save.empty()) {
            Experiment saved = lane.experiment;
            saved.training.iterations = updates;
            saveExperiment(saved, line.save);
        }
    }
    if (!line.metrics.empty())
        writeFile(line.metrics, metrics.text());
    return 0;
}

int runTrace(const CommandLine& line)
{
    const LaneExperiment lane{"", namedExperiment(line)};
    checkWritable(line.out);
    const auto trace = traceAt(lane, line.iteration.value_or(0), line.threads, line.sequence);
    deliver(line.out, toJson(*trace));
    requireFinite(*trace, IterationPart::Backward, lane.experiment.source);
    return 0;
}

int runTable(const CommandLine& line)
{
    knownKind(line.kind);
    const std::vector<LaneExperiment> lanes = laneExperiments(line);
    std::vector<CellKind> cells;
    cells.reserve(lanes.size());
    for (const LaneExperiment& lane : lanes)
        cells.push_back(lane.experiment.model.cell.kind);
    checkGates(line.kind, cells);
    if (line.loss > 0) // before a long training
        checkLoss(line.kind, lossTableKinds(), *traceAt(lanes.front(), 0, line.threads), line.loss);
    checkWritable(line.out);
    const std::int64_t iteration = line.iteration.value_or(0);
    if (line.kind == "loss") {
        CurveText curve(lossTable);
        for (const LaneExperiment& lane : lanes) {
            Trainer trainer(lane.experiment, line.threads);
            curve.startLane(lane.name);
            trainTo(trainer, iteration, [&](const IterationSummary& summary) { curve.add(summary); });
            const IterationSummary last = trainer.evaluate();
            const bool normIsKnown = last.log10GradientNorm() < std::numeric_limits<double>::infinity();
            if (!std::isfinite(last.loss) || !normIsKnown)
                throw RunError(divergenceMessage(*trainer.record(), lane.experiment.source));
            curve.add(last);
        }
        deliver(line.out, curve.text());
        return 0;
    }
    Table table;
    for (const LaneExperiment& lane : lanes) {
        Table more = laneTable(lane, line.kind, iteration, line.threads, line.loss);
        append(table, lane.name.empty() ? more : withLane(std::move(more), lane.name));
    }
    deliver(line.out, toCsv(table));
    return 0;
}

int runSample(const CommandLine& line)
{
    const Experiment experiment = namedExperiment(line);
    Trainer trainer(experiment, line.threads);
    const Task& task = trainer.task();
    const auto vocabulary = task.vocabulary();
    if (!vocabulary)
        throw InputError(experiment.source, "task.id", "\"" + experiment.task.id + "\"",
                         "a task of characters, such as hello or text");
    if (line.prompt && line.prompt->empty())
        throw InputError("", "--prompt", "nothing", "at least one character");
    const std::vector<int> prompt = promptOf(experiment, task, line.prompt.value_or(""));
    trainTo(trainer, line.iteration.value_or(experiment.training.iterations));
    const int length =
        line.length.value_or(experiment.task.id == "text" ? 200 : static_cast<int>(task.plan().size()));
    std::string text;
    for (const int symbol : sample(experiment, trainer.layout(), trainer.parameters(), prompt, length,
                                   line.temperature, experiment.seed, task.startSymbol(), task.endSymbol()))
        text += (*vocabulary)[static_cast<std::size_t>(symbol)];
    deliver("", text + "\n");
    return 0;
}

int runCheck(const CommandLine& line)
{
    Table table;
    bool good = true;
    for (const LaneExperiment& lane : laneExperiments(line)) {
        Trainer trainer(lane.experiment, line.threads);
        trainTo(trainer, line.iteration.value_or(0));
        const Checkpoint start = trainer.checkpoint();
        requireFinite(*trainer.record(), IterationPart::Backward, lane.experiment.source);
        trainer.restore(start);
        ProgressBar bar;
        const auto checks = checkGradients(trainer, [&bar](double share) {
            bar.show(share);
            return true;
        });
        Table rows{
            {"parameter", "entries", "largest_relative_error", "row", "column", "gradient", "difference"},
            {}};
        for (const BlockCheck& check : checks) {
            rows.rows.push_back({check.parameter, std::to_string(check.entries),
                                 fullPrecision(check.largestError), std::to_string(check.row + 1),
                                 std::to_string(check.col + 1), fullPrecision(check.gradient),
                                 fullPrecision(check.difference)});
        }
        append(table, lane.name.empty() ? rows : withLane(std::move(rows), lane.name));
        good = good && agree(checks);
    }
    deliver("", toCsv(table));
    if (!good)
        throw RunError("check: a gradient differs from its central difference by more than " +
                       fullPrecision(checkTolerance) + " of its size");
    return 0;
}
