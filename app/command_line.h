#pragma once

#include "core/cells/cell_spec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What the user asks for on the command line. Files and ids are not looked at yet.
struct CommandLine
{
    enum class Command { Window, List, Show, Train, Trace, Table, Plot, Sample, Check, Version, Help };

    Command command = Command::Window;
    std::string name; ///< the command as typed; empty for the window
    std::string kind; ///< of a table or plot
    std::string experiment = "hello";

    std::vector<std::string> settings;       ///< --set PATH=VALUE, in order
    std::vector<unrolled::CellKind> compare; ///< one a lane; empty for what the experiment compares
    std::optional<std::uint64_t> seed;
    std::optional<std::int64_t> iteration;
    std::optional<std::int64_t> iterations;
    int sequence = 0;
    std::optional<int> length;
    double temperature = 0;
    std::optional<std::string> prompt;
    std::optional<std::pair<int, int>> size;     ///< width and height
    int threads = 0;                             ///< 0: one for each of the machine's processors
    std::optional<std::int64_t> from, to, every; ///< of an animation of a training
    std::string by;                              ///< of one of an iteration: "step" or "operation"
    std::optional<double> framesPerSecond;
    int loss = 0; ///< of a plot: the step whose loss is sent back alone, from 1; 0: all
    std::string metrics, weights, save, out; ///< files; empty where not asked for
};

/// Throws unrolled::InputError naming the option, what was found and what is expected.
CommandLine parseCommandLine(const std::vector<std::string>& arguments);

std::string helpText();
std::string versionText();
