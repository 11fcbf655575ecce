#pragma once

#include "core/tasks/task_settings.h"

namespace unrolled {

/// Over how many steps a task's answer asks for what was read: the step that is asked minus the step that
/// tells. Where several steps tell, the earliest one of which the answer cannot do without; it may differ
/// from sequence to sequence.
struct NeededLag
{
    int shortest = 0; ///< 0: the task is not about a lag
    int longest = 0;

    bool operator==(const NeededLag&) const = default;
};

/// - adding: from the first marked number; temporal-order: from the first A or B
/// - latch: from the last step of the signal; copy: from a symbol to its copy; echo: the lag
/// - reber: from the second symbol to the answer that repeats it
NeededLag neededLag(const TaskSettings& settings);

} // namespace unrolled
