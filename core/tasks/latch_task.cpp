#include "core/tasks/latch_task.h"

#include "core/tasks/drawing.h"

#include <cmath>

namespace unrolled {

LatchTask::LatchTask(int length, int signal, double noise, std::uint64_t seed)
    : m_plan(lastCounted(length)),
      m_outputs(std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"−1", "+1"})),
      m_signal(signal), m_noise(noise), m_seed(seed)
{
}

void LatchTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int length = static_cast<int>(m_plan.size());
    shapeNumbers(batch, 1, 0, length, size);
    batch.targetClasses.assign(static_cast<std::size_t>(batch.inputs.cols()), 0);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        const int answer = random.below(2);
        for (int t = 0; t < length; ++t)
            batch.inputs(0, Eigen::Index(t) * size + b) =
                t < m_signal ? 2 * answer - 1 : m_noise * random.normal();
        batch.targetClasses[batch.column(length - 1, b)] = answer;
    }
}

double LatchTask::baseline(Reduction) const
{
    return std::log(2.0);
}

} // namespace unrolled
