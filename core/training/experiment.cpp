#include "core/training/experiment.h"

#include "core/files/inline_weights.h"
#include "core/training/interventions.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// Where a relative file of an experiment is.
std::filesystem::path resolved(const std::filesystem::path& directory, const std::string& file)
{
    if (areInline(file))
        return file;
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
    } else if (change.set == "training.clip_value" && number) {
        settings.clipValue = *number;
    } else if (change.set == "training.optimizer" && text) {
        for (int kind = 0; kind <= static_cast<int>(OptimizerKind::Adam); ++kind) {
            if (name(static_cast<OptimizerKind>(kind)) == *text)
                settings.optimizer = static_cast<OptimizerKind>(kind);
        }
    }
}

/// γⁿ by squaring: products only, so the same on every machine.
double power(double base, std::int64_t exponent)
{
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1)
            result *= base;
        base *= base;
    }
    return result;
}

/// cos(πx) for x ≥ 0 by its series, likewise the same on every machine.
double cosineOfPi(double x)
{
    x = std::fmod(x, 2.0);
    x = x > 1 ? 2 - x : x;
    const bool negative = x > 0.5;
    const double angle = 3.14159265358979323846 * (negative ? 1 - x : x);
    double term = 1;
    double sum = 1;
    for (int k = 2; k <= 26; k += 2) {
        term *= -angle * angle / (k * (k - 1));
        sum += term;
    }
    return negative ? -sum : sum;
}

/// The changes of weights that act before the pass of an iteration, without their times.
std::vector<Intervention> weightChangesAt(const Experiment& experiment, std::int64_t iteration)
{
    std::vector<Intervention> changes;
    for (const Intervention& each : experiment.interventions) {
        if (!changesWeightsAt(each, iteration))
            continue;
        changes.push_back(each);
        changes.back().iteration = changes.back().until = 0;
    }
    return changes;
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
           interventions == other.interventions && compare == other.compare;
}

const std::vector<std::string_view>& settablePaths()
{
    static const std::vector<std::string_view> all = {"training.optimizer", "training.learning_rate",
                                                      "training.momentum", "training.clip_norm",
                                                      "training.clip_value"};
    return all;
}

TrainingSettings settingsAt(const Experiment& experiment, std::int64_t iteration)
{
    TrainingSettings settings = experiment.training;
    for (const Intervention& each : experiment.interventions) {
        if (each.kind == InterventionKind::Setting && inForce(each, iteration))
            apply(settings, each);
    }
    return settings;
}

double learningRateAt(const TrainingSettings& settings, std::int64_t iteration)
{
    double rate = settings.learningRate;
    const double floor = settings.scheduleFloor;
    switch (settings.schedule) {
    case Schedule::Constant:
        break;
    case Schedule::Step:
        rate *= power(settings.scheduleFactor, iteration / settings.schedulePeriod);
        break;
    case Schedule::Exponential:
        rate *= power(settings.scheduleFactor, iteration);
        break;
    case Schedule::Cosine: {
        const double x = double(iteration % (2 * settings.schedulePeriod)) / double(settings.schedulePeriod);
        rate = floor + (rate - floor) * (1 + cosineOfPi(x)) / 2;
        break;
    }
    }
    if (iteration + 1 < settings.warmup)
        rate *= double(iteration + 1) / double(settings.warmup);
    return rate;
}

std::int64_t firstDifference(const Experiment& a, const Experiment& b)
{
    if (!sameBeginning(a, b))
        return 0;
    // Between these iterations nothing begins and nothing ends.
    std::vector<std::int64_t> borders;
    for (const Experiment* each : {&a, &b}) {
        for (const Intervention& intervention : each->interventions) {
            borders.insert(borders.end(), {intervention.iteration, intervention.iteration + 1});
            if (intervention.until != Intervention::noEnd)
                borders.push_back(intervention.until);
        }
    }
    std::sort(borders.begin(), borders.end());
    for (const std::int64_t iteration : borders) {
        TrainingSettings settingsA = settingsAt(a, iteration);
        TrainingSettings settingsB = settingsAt(b, iteration);
        settingsA.iterations = settingsB.iterations = 0;
        if (settingsA != settingsB || passEditsAt(a, iteration) != passEditsAt(b, iteration) ||
            weightChangesAt(a, iteration) != weightChangesAt(b, iteration))
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

std::string_view name(Schedule schedule)
{
    constexpr std::string_view names[] = {"constant", "step", "exponential", "cosine"};
    return names[static_cast<int>(schedule)];
}

std::string_view name(Reduction reduction)
{
    return reduction == Reduction::Sum ? "sum" : "mean";
}

} // namespace unrolled
