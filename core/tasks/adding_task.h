#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The adding problem in the form of Arjovsky, Shah & Bengio 2016 (section 4.2, after Hochreiter &
/// Schmidhuber 1997): T steps of (u, mark) with u ~ U[0, 1) and the mark 1 at one step of each half, else 0;
/// the answer at the last step is the sum of the two marked u. A network that always answers 1 gets a mean
/// squared error of 1/6.
class AddingTask final : public Task
{
public:
    AddingTask(int length, std::uint64_t seed); ///< length ≥ 2

    int inputSize() const override { return 2; }
    int outputSize() const override { return 1; }
    LossKind lossKind() const override { return LossKind::SquaredError; }
    const SequencePlan& plan() const override { return m_plan; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;

private:
    SequencePlan m_plan;
    std::uint64_t m_seed;
};

} // namespace unrolled
