#include "core/tasks/hello_task.h"

namespace unrolled {

HelloTask::HelloTask()
    : m_plan(4), m_vocabulary(std::make_shared<const std::vector<std::string>>(
                     std::vector<std::string>{"h", "e", "l", "o"}))
{
}

void HelloTask::fill(Batch& batch, int size, std::int64_t) const
{
    constexpr int word[] = {0, 1, 2, 2, 3}; // h e l l o
    batch.steps = 4;
    batch.size = size;
    batch.inputClasses.resize(static_cast<std::size_t>(4 * size));
    batch.targetClasses.resize(static_cast<std::size_t>(4 * size));
    batch.inputs.resize(0, 0);
    batch.targets.resize(0, 0);
    for (int t = 0; t < 4; ++t) {
        for (int b = 0; b < size; ++b) {
            batch.inputClasses[static_cast<std::size_t>(t * size + b)] = word[t];
            batch.targetClasses[static_cast<std::size_t>(t * size + b)] = word[t + 1];
        }
    }
}

} // namespace unrolled
