#include "core/tasks/adding_task.h"

#include "core/tasks/drawing.h"

#include <algorithm>

namespace unrolled {

AddingTask::AddingTask(AddingForm form, int length, std::uint64_t seed)
    : m_form(form), m_length(length),
      m_plan(lastCounted(form == AddingForm::Hochreiter ? length + length / 10 : length)), m_seed(seed)
{
}

void AddingTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    if (m_form == AddingForm::Hochreiter)
        fillHochreiter(batch, size, iteration);
    else
        fillArjovsky(batch, size, iteration);
}

void AddingTask::fillArjovsky(Batch& batch, int size, std::int64_t iteration) const
{
    const int half = m_length / 2;
    shapeNumbers(batch, 2, 1, m_length, size);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        for (int t = 0; t < m_length; ++t) {
            const Eigen::Index column = Eigen::Index(t) * size + b;
            batch.inputs(0, column) = random.uniform();
            batch.inputs(1, column) = 0;
        }
        double sum = 0;
        for (const int t : {random.below(half), half + random.below(m_length - half)}) {
            const Eigen::Index column = Eigen::Index(t) * size + b;
            batch.inputs(1, column) = 1;
            sum += batch.inputs(0, column);
        }
        batch.targets(0, Eigen::Index(m_length - 1) * size + b) = sum;
    }
}

void AddingTask::fillHochreiter(Batch& batch, int size, std::int64_t iteration) const
{
    const int steps = static_cast<int>(m_plan.size());
    shapeNumbers(batch, 2, 1, steps, size);
    batch.inputs.setZero();
    batch.uses.assign(static_cast<std::size_t>(batch.inputs.cols()), StepUse::Skipped);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        const auto column = [&](int t) { return static_cast<Eigen::Index>(batch.column(t, b)); };
        const int last = m_length + random.below(m_length / 10 + 1) - 1;
        for (int t = 0; t <= last; ++t) {
            batch.inputs(0, column(t)) = random.uniform(-1, 1);
            batch.uses[batch.column(t, b)] = t == last ? StepUse::Counted : StepUse::Silent;
        }
        batch.inputs(1, column(0)) = batch.inputs(1, column(last)) = -1;
        const int candidates = m_length / 2 - 1; // the first T/2 - 1, without the very first
        const int first = 1 + random.below(std::min(10, candidates) - 1);
        int second = 1 + random.below(candidates - 2);
        if (second >= first)
            ++second;
        batch.inputs(1, column(first)) = batch.inputs(1, column(second)) = 1;
        batch.targets(0, column(last)) =
            0.5 + (batch.inputs(0, column(first)) + batch.inputs(0, column(second))) / 4;
    }
}

double AddingTask::baseline(Reduction) const
{
    // The variance of the answer: 2 · 1/12, and 2 · 1/3 / 16.
    return m_form == AddingForm::Hochreiter ? 1.0 / 24 : 1.0 / 6;
}

} // namespace unrolled
