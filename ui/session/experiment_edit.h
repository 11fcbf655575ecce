#pragma once

#include "core/training/experiment.h"

#include <QString>
#include <cstdint>
#include <variant>

namespace ui {

/// Sets a training setting from an iteration on. At iteration 0 it becomes the experiment's own setting,
/// later an intervention; what was set at that iteration is replaced, and a change that changes nothing
/// leaves no intervention behind. `path` is one of training.optimizer, .learning_rate, .momentum, .clip_norm,
/// .clip_value.
unrolled::Experiment withTrainingChange(const unrolled::Experiment& experiment, std::int64_t iteration,
                                        const std::string& path,
                                        const std::variant<double, std::string>& value);
/// The same as an intervention at every iteration, so that the run without it stays behind.
unrolled::Experiment withTrainingIntervention(const unrolled::Experiment& experiment, std::int64_t iteration,
                                              const std::string& path,
                                              const std::variant<double, std::string>& value);
/// The value of a settable path in force at an iteration.
std::variant<double, std::string> trainingValue(const unrolled::Experiment& experiment,
                                                std::int64_t iteration, const std::string& path);
/// Another task with its own defaults; what the task cannot use is dropped.
unrolled::Experiment withTask(const unrolled::Experiment& experiment, const std::string& id);

/// "Learning rate" of "training.learning_rate".
QString settingTitle(const std::string& path);
/// "Adam", "SGD with momentum", …
QString optimizerTitle(unrolled::OptimizerKind kind);
QString optimizerTitle(const std::string& id);
bool usesMomentum(unrolled::OptimizerKind kind);
/// The shortest text that reads back as the number, in the notation of the interface.
QString settingNumber(double value);

} // namespace ui
