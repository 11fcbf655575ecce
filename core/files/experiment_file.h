#pragma once

#include "core/training/experiment.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

/// A built-in experiment. `title` is plain English.
struct BuiltIn
{
    std::string id;
    std::string title;
    std::string mode;
    std::string json;
};
const std::vector<BuiltIn>& builtIns();

/// Reads a built-in id or a file. Errors name the file, the dotted path of the field, what was found and what
/// is expected.
Experiment readExperiment(const std::string& idOrFile);
/// Parses the JSON of an experiment; `source` is what errors call it.
Experiment parseExperiment(const std::string& json, const std::string& source,
                           const std::filesystem::path& directory);
/// The full experiment as indented JSON, every default filled in, ending in a line end. Fields the task does
/// not have are left out. Relative files are written relative to `directory` where it differs from the
/// experiment's own.
std::string toJson(const Experiment& experiment, const std::filesystem::path& directory = {});
void saveExperiment(const Experiment& experiment, const std::filesystem::path& file);

/// The value of a field ("model.forget_bias") as one writes it in an assignment: JSON, or a bare string.
std::string settingText(const Experiment& experiment, const std::string& path);
/// Applies "dotted.path=value" (the value is JSON, or a string where it is not JSON). Throws InputError.
Experiment withSetting(const Experiment& experiment, const std::string& assignment);
/// The same for several at once: they are checked together, so their order does not matter. Setting another
/// task.id starts from that task's defaults. Files named in an assignment are relative to `filesFrom` where
/// that is not empty; errors call an assignment by `origin` (such as "--set ") and its text.
Experiment withSettings(const Experiment& experiment, const std::vector<std::string>& assignments,
                        const std::filesystem::path& filesFrom = {}, const std::string& origin = {});

} // namespace unrolled
