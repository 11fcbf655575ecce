#pragma once

#include "app/command_line.h"
#include "core/files/comparison.h"

#include <functional>
#include <memory>
#include <vector>

namespace unrolled {
class History;
class Trainer;
struct IterationSummary;
} // namespace unrolled

/// The experiment that a command line names, with its settings, seed and comparison. Throws
/// unrolled::InputError.
unrolled::Experiment namedExperiment(const CommandLine& line);

/// The models of --compare or of the experiment itself, or the one.
std::vector<unrolled::LaneExperiment> laneExperiments(const CommandLine& line);
/// The same of namedExperiment(line).
std::vector<unrolled::LaneExperiment> laneExperiments(const CommandLine& line,
                                                      const unrolled::Experiment& experiment);

/// Calls `seen` for every iteration while training up to `iteration`, with a progress bar. Throws
/// unrolled::RunError where the run diverges on the way.
void trainTo(unrolled::Trainer& trainer, std::int64_t iteration,
             const std::function<void(const unrolled::IterationSummary&)>& seen = {});

/// The same for a history, whose iteration can then be shown at once.
void trainTo(unrolled::History& history, std::int64_t iteration);

/// Throws unrolled::InputError where `file` could not be written: to know before long work. Empty names are
/// fine.
void checkWritable(const std::string& file);

// The commands that need no Qt. They return the exit status and throw as above.
int runList();
int runShow(const CommandLine& line);
int runTrain(const CommandLine& line);
int runTrace(const CommandLine& line);
int runTable(const CommandLine& line);
int runSample(const CommandLine& line);
int runCheck(const CommandLine& line);
