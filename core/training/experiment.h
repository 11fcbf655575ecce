#pragma once

#include "core/network/model_settings.h"
#include "core/tasks/task_settings.h"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace unrolled {

enum class OptimizerKind { Sgd, Momentum, Nesterov, Adagrad, RmsProp, Adam };

struct TrainingSettings
{
    OptimizerKind optimizer = OptimizerKind::Adam;
    double learningRate = 0.03;
    double momentum = 0.0; ///< of momentum, nesterov and rmsprop; the others ignore it
    double clipNorm = 0.0; ///< 0: off
    int batch = 1;
    Reduction loss = Reduction::Sum;
    int truncate = 0;
    std::int64_t iterations = 300;
    double teacherForcing = 1.0;

    bool operator==(const TrainingSettings&) const = default;
};

/// A change of a training setting that takes effect at `iteration`, before its pass: {"iteration": 12, "set":
/// "training.learning_rate", "value": 0.1}. Settable: training.optimizer, .learning_rate, .momentum,
/// .clip_norm.
struct Intervention
{
    std::int64_t iteration = 0;
    std::string set; ///< dotted path
    std::variant<double, std::string> value;

    bool operator==(const Intervention&) const = default;
};

/// Everything that decides a run. A value: equal experiments give bit-identical runs.
struct Experiment
{
    TaskSettings task;
    ModelSettings model;
    TrainingSettings training;
    std::uint64_t seed = 1;
    std::string weights; ///< a safetensors file, relative to `directory`; empty: initialised from the seed
    std::vector<Intervention> interventions; ///< in order of iteration

    std::filesystem::path directory; ///< where relative files are; not part of the file
    std::string source;              ///< the file or id it was read from, for messages; not part of the file

    bool operator==(const Experiment& other) const; ///< compares what decides the run: not `source`
};

/// The training settings in force at an iteration: those of the experiment with all interventions up to it.
TrainingSettings settingsAt(const Experiment& experiment, std::int64_t iteration);

/// The first iteration whose pass or update differs between two experiments: 0 where more than interventions
/// differ, -1 where none does. `training.iterations` and a later intervention change nothing before.
std::int64_t firstDifference(const Experiment& a, const Experiment& b);

std::string_view name(OptimizerKind kind);

} // namespace unrolled
