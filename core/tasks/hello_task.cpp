#include "core/tasks/hello_task.h"

#include "core/tasks/drawing.h"

namespace unrolled {

HelloTask::HelloTask(Feed feed)
    : m_plan(nextSymbolPlan(feed, 4)), m_vocabulary(std::make_shared<const std::vector<std::string>>(
                                           std::vector<std::string>{"h", "e", "l", "o"}))
{
}

void HelloTask::fill(Batch& batch, int size, std::int64_t) const
{
    constexpr int word[] = {0, 1, 2, 2, 3}; // h e l l o
    shapeClasses(batch, 4, size);
    for (int t = 0; t < 4; ++t) {
        for (int b = 0; b < size; ++b) {
            const bool read = m_plan[static_cast<std::size_t>(t)].input == InputSource::Data;
            batch.inputClasses[batch.column(t, b)] = read ? word[t] : -1;
            batch.targetClasses[batch.column(t, b)] = word[t + 1];
        }
    }
}

double HelloTask::baseline(Reduction reduction) const
{
    return guess(4, 4, reduction);
}

} // namespace unrolled
