#include "core/training/experiment.h"

#include <algorithm>

namespace unrolled {

namespace {

/// Where a relative file of an experiment is.
std::filesystem::path resolved(const std::filesystem::path& directory, const std::string& file)
{
    return file.empty() ? std::filesystem::path() : (directory / file).lexically_normal();
}

void apply(TrainingSettings& settings, const Intervention& change)
{
    const auto* number = std::get_if<double>(&change.value);
    const auto* text = std::get_if<std::string>(&change.value);
    if (change.set == "training.learning_rate" && number) {
        settings.learningRate = *number;
    } else if (change.set == "training.momentum" && number) {
        settings.momentum = *number;
    } else if (change.set == "training.clip_norm" && number) {
        settings.clipNorm = *number;
    } else if (change.set == "training.optimizer" && text) {
        for (int kind = 0; kind <= static_cast<int>(OptimizerKind::Adam); ++kind) {
            if (name(static_cast<OptimizerKind>(kind)) == *text)
                settings.optimizer = static_cast<OptimizerKind>(kind);
        }
    }
}

/// Applies the interventions from `next` on that take effect up to `iteration`, and moves `next` behind them.
void applyUpTo(TrainingSettings& settings, const std::vector<Intervention>& interventions, std::size_t& next,
               std::int64_t iteration)
{
    for (; next < interventions.size() && interventions[next].iteration <= iteration; ++next)
        apply(settings, interventions[next]);
}

/// Whether all but the interventions and the end of the run are equal.
bool sameBeginning(const Experiment& a, const Experiment& b)
{
    TaskSettings taskA = a.task;
    TaskSettings taskB = b.task;
    taskA.file.clear();
    taskB.file.clear();
    TrainingSettings trainingA = a.training;
    TrainingSettings trainingB = b.training;
    trainingA.iterations = trainingB.iterations = 0;
    return taskA == taskB && a.model == b.model && trainingA == trainingB && a.seed == b.seed &&
           resolved(a.directory, a.task.file) == resolved(b.directory, b.task.file) &&
           resolved(a.directory, a.weights) == resolved(b.directory, b.weights);
}

} // namespace

bool Experiment::operator==(const Experiment& other) const
{
    return sameBeginning(*this, other) && training.iterations == other.training.iterations &&
           interventions == other.interventions;
}

TrainingSettings settingsAt(const Experiment& experiment, std::int64_t iteration)
{
    TrainingSettings settings = experiment.training;
    std::size_t next = 0;
    applyUpTo(settings, experiment.interventions, next, iteration);
    return settings;
}

std::int64_t firstDifference(const Experiment& a, const Experiment& b)
{
    if (!sameBeginning(a, b))
        return 0;
    TrainingSettings settingsA = a.training;
    TrainingSettings settingsB = b.training;
    settingsA.iterations = settingsB.iterations = 0;
    std::size_t nextA = 0;
    std::size_t nextB = 0;
    while (nextA < a.interventions.size() || nextB < b.interventions.size()) {
        std::int64_t iteration = INT64_MAX;
        if (nextA < a.interventions.size())
            iteration = std::min(iteration, a.interventions[nextA].iteration);
        if (nextB < b.interventions.size())
            iteration = std::min(iteration, b.interventions[nextB].iteration);
        applyUpTo(settingsA, a.interventions, nextA, iteration);
        applyUpTo(settingsB, b.interventions, nextB, iteration);
        if (settingsA != settingsB)
            return iteration;
    }
    return -1;
}

std::string_view name(Initialiser initialiser)
{
    constexpr std::string_view names[] = {"pytorch", "keras", "orthogonal", "identity", "normal"};
    return names[static_cast<int>(initialiser)];
}

std::string_view name(OptimizerKind kind)
{
    constexpr std::string_view names[] = {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"};
    return names[static_cast<int>(kind)];
}

std::string_view name(Reduction reduction)
{
    return reduction == Reduction::Sum ? "sum" : "mean";
}

} // namespace unrolled
