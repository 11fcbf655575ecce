#include "core/tasks/echo_task.h"

#include "core/tasks/drawing.h"

namespace unrolled {

EchoTask::EchoTask(int length, int lag, int alphabet, std::uint64_t seed)
    : m_lag(lag), m_plan(countedFrom(lag, length)), m_vocabulary(letters(alphabet)), m_seed(seed)
{
}

void EchoTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    shapeClasses(batch, static_cast<int>(m_plan.size()), size);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        for (int t = 0; t < batch.steps; ++t) {
            const int symbol = random.below(inputSize());
            batch.inputClasses[batch.column(t, b)] = symbol;
            if (t + m_lag < batch.steps)
                batch.targetClasses[batch.column(t + m_lag, b)] = symbol;
        }
    }
}

double EchoTask::baseline(Reduction reduction) const
{
    return guess(inputSize(), static_cast<int>(m_plan.size()) - m_lag, reduction);
}

} // namespace unrolled
