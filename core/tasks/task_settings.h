#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

enum class Counted { All, Last };

/// Which task, and what it reads. Fields that a task does not have stay at their defaults.
struct TaskSettings
{
    std::string id = "hello";
    int length = 0;   ///< time steps of a sequence; 0 where the task fixes it
    std::string file; ///< text, series: the user's file, relative to the experiment
    std::string
        vocabulary; ///< text: the characters in order; empty for all of the file's in code-point order
    std::vector<std::string> inputs, targets; ///< series: columns
    Counted counted = Counted::All;           ///< series: at every step, or at the last

    bool operator==(const TaskSettings&) const = default;
};

std::string_view name(Counted counted);

} // namespace unrolled
