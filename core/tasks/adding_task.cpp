#include "core/tasks/adding_task.h"

#include "core/training/random.h"

namespace unrolled {

namespace {

/// Keeps the sequences' random numbers apart from those of the initial weights.
constexpr std::uint64_t taskStream = 0x7461736b; // "task"

} // namespace

AddingTask::AddingTask(int length, std::uint64_t seed)
    : m_plan(static_cast<std::size_t>(length)), m_seed(seed)
{
    for (PlanRow& row : m_plan)
        row.counted = false;
    m_plan.back().counted = true;
}

void AddingTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int steps = static_cast<int>(m_plan.size());
    const int half = steps / 2;
    batch.steps = steps;
    batch.size = size;
    batch.inputClasses.clear();
    batch.targetClasses.clear();
    batch.inputs.resize(2, Eigen::Index(steps) * size);
    batch.targets.setZero(1, Eigen::Index(steps) * size);
    Random random(m_seed, taskStream, static_cast<std::uint64_t>(iteration));
    for (int b = 0; b < size; ++b) {
        for (int t = 0; t < steps; ++t) {
            const Eigen::Index column = Eigen::Index(t) * size + b;
            batch.inputs(0, column) = random.uniform();
            batch.inputs(1, column) = 0;
        }
        double sum = 0;
        for (const int t : {random.below(half), half + random.below(steps - half)}) {
            const Eigen::Index column = Eigen::Index(t) * size + b;
            batch.inputs(1, column) = 1;
            sum += batch.inputs(0, column);
        }
        batch.targets(0, Eigen::Index(steps - 1) * size + b) = sum;
    }
}

} // namespace unrolled
