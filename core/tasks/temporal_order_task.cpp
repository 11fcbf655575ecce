#include "core/tasks/temporal_order_task.h"

#include "core/tasks/drawing.h"

#include <cmath>

namespace unrolled {

TemporalOrderTask::TemporalOrderTask(int length, std::uint64_t seed)
    : m_plan(lastCounted(length)), m_inputs(std::make_shared<const std::vector<std::string>>(
                                       std::vector<std::string>{"A", "B", "c", "d", "e", "f"})),
      m_outputs(
          std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"AA", "AB", "BA", "BB"})),
      m_seed(seed)
{
}

void TemporalOrderTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int length = static_cast<int>(m_plan.size());
    shapeClasses(batch, length, size);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        for (int t = 0; t < length; ++t)
            batch.inputClasses[batch.column(t, b)] = 2 + random.below(4);
        int answer = 0;
        for (const int tenths : {1, 5}) {
            const int from = (tenths * length + 9) / 10; // rounded up, as is the end
            const int end = ((tenths + 1) * length + 9) / 10;
            const int symbol = random.below(2);
            batch.inputClasses[batch.column(from + random.below(end - from), b)] = symbol;
            answer = 2 * answer + symbol;
        }
        batch.targetClasses[batch.column(length - 1, b)] = answer;
    }
}

double TemporalOrderTask::baseline(Reduction) const
{
    return std::log(4.0);
}

} // namespace unrolled
