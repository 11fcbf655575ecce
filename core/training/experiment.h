#pragma once

#include "core/network/model_settings.h"
#include "core/tasks/task_settings.h"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace unrolled {

enum class OptimizerKind { Sgd, Momentum, Nesterov, Adagrad, RmsProp, Adam };

/// How the learning rate of update n (from 0) follows from η, as PyTorch's StepLR, ExponentialLR and
/// CosineAnnealingLR: step η·γ^⌊n/period⌋, exponential η·γⁿ, cosine η_min + (η − η_min)(1 +
/// cos(πn/period))/2.
enum class Schedule { Constant, Step, Exponential, Cosine };

struct TrainingSettings
{
    OptimizerKind optimizer = OptimizerKind::Adam;
    double learningRate = 0.03;     ///< η, which the schedule starts from
    double momentum = 0.0;          ///< of momentum, nesterov and rmsprop; the others ignore it
    bool epsilonInsideRoot = false; ///< of adagrad: w ← w − η g/√(s + 1e-8), as min-char-rnn
    Schedule schedule = Schedule::Constant;
    std::int64_t schedulePeriod = 100; ///< of step and cosine, in updates
    double scheduleFactor = 0.1;       ///< γ of step and exponential
    double scheduleFloor = 0.0;        ///< η_min of cosine
    std::int64_t warmup = 0;           ///< k > 0: update n takes min(1, (n+1)/k) of the scheduled rate
    double clipValue = 0.0; ///< every gradient entry is cut to ±clipValue; before clipNorm. 0: off
    double clipNorm = 0.0;  ///< then the joint norm. 0: off
    int batch = 1;
    Reduction loss = Reduction::Sum;
    int truncate = 0;        ///< k > 0: the gradient of a state ends at every k-th row of the plan
    bool carryState = false; ///< the last state of an iteration is the first of the next one
    std::int64_t iterations = 300;
    double teacherForcing = 1.0;

    bool operator==(const TrainingSettings&) const = default;
};

enum class InterventionKind { Setting, Weight, Radius, Clamp, Cut, Silence };

/// What the user changes from an iteration on, before its pass, and until another one where that is told.
/// - Setting: {"iteration": 12, "set": "training.learning_rate", "value": 0.1}; one of settablePaths()
/// - Weight: {"iteration": 12, "set": "rnn.weight_hh_l0", "row": 1, "column": 2, "value": 0.5}
/// - Radius: {"iteration": 12, "scale": "rnn.weight_hh_l0", "spectral_radius": 0.9}: each gate's square
/// matrix is scaled
///   to that spectral radius (an error where it has a radius of 0 and is to get another one)
/// - Clamp: {"iteration": 12, "clamp": "f", "value": 1, "layer": 1, "units": [1, 2], "steps": [3]}: see
/// GateClamp
/// - Cut: {"iteration": 12, "cut": 3, "layer": 1}: see StateCut
/// - Silence: {"iteration": 12, "silence": 4}: the loss of a step does not count
/// Without "until", Weight and Radius act once, when the iteration is reached, and training goes on from
/// there; with it they act before each iteration below it, which holds the value. Files count rows, columns,
/// layers and units from 1.
struct Intervention
{
    static constexpr std::int64_t noEnd = INT64_MAX;

    std::int64_t iteration = 0;
    std::string set; ///< a setting's dotted path, a parameter's name, or a gate's
    std::variant<double, std::string> value = 0.0;
    InterventionKind kind = InterventionKind::Setting;
    std::int64_t until = noEnd;  ///< the first iteration without it
    int layer = -1;              ///< of Clamp and Cut, from 0; -1: all
    int row = 0;                 ///< of Weight, from 0
    int column = 0;              ///< of Weight, from 0
    std::vector<int> units = {}; ///< of Clamp, from 0; empty: all
    std::vector<int> steps =
        {}; ///< of Clamp (from 1; empty: all), Cut (after step 0 … T-1), Silence (from 1)

    bool operator==(const Intervention&) const = default;
};

/// A model to compare an experiment's own with: what is different about it.
struct Variant
{
    std::string name = {};                  ///< empty: named by what is different
    std::vector<std::string> settings = {}; ///< "path=value", the value as JSON: "model.cell=\"lstm\""

    bool operator==(const Variant&) const = default;
};

/// Everything that decides a run. A value: equal experiments give bit-identical runs.
struct Experiment
{
    TaskSettings task;
    ModelSettings model;
    TrainingSettings training;
    std::uint64_t seed = 1;
    std::string weights; ///< a file relative to `directory`, or see inline_weights.h; empty: from the seed
    std::vector<Intervention> interventions; ///< in order of iteration
    std::vector<Variant> compare; ///< the models beside this one, see lanesOf(); its own run does not change

    std::filesystem::path directory; ///< where relative files are; not part of the file
    std::string source;              ///< the file or id it was read from, for messages; not part of the file

    bool operator==(const Experiment& other) const; ///< compares what decides the run: not `source`
};

/// The training settings that interventions can change.
const std::vector<std::string_view>& settablePaths();

/// The training settings in force at an iteration: those of the experiment with all interventions up to it.
/// `learningRate` is η, before the schedule.
TrainingSettings settingsAt(const Experiment& experiment, std::int64_t iteration);

/// The learning rate of the update of an iteration: η with schedule and warm-up.
double learningRateAt(const TrainingSettings& settings, std::int64_t iteration);

/// The first iteration whose pass or update differs between two experiments: 0 where more than interventions
/// differ, -1 where none does. `training.iterations` and a later intervention change nothing before.
std::int64_t firstDifference(const Experiment& a, const Experiment& b);

std::string_view name(OptimizerKind kind);
std::string_view name(Schedule schedule);

} // namespace unrolled
