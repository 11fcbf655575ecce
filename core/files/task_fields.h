#pragma once

#include "core/files/json_reader.h"
#include "core/tasks/task_settings.h"

namespace unrolled {

/// The longest sequence that an experiment may ask for.
inline constexpr int maximumLength = 100'000;
inline constexpr int maximumSymbols = 1000; ///< of `copy`
inline constexpr int maximumAlphabet = 26;
inline constexpr int maximumDigits = 8; ///< of `addition`

/// The task of an experiment file. Throws InputError where a field is wrong or not one of this task.
TaskSettings readTask(JsonReader reader);

/// The same fields, every default filled in; `file` is the task's file as the experiment's file is to name
/// it.
nlohmann::ordered_json taskJson(const TaskSettings& task, const std::string& file);

} // namespace unrolled
