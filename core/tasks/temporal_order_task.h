#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The temporal order problem as in Pascanu, Mikolov & Bengio 2013 (after Hochreiter & Schmidhuber 1997,
/// experiment 6a): L steps of six symbols. Each of two of them is A or B, one at a step of [0.1 L, 0.2 L),
/// one of [0.5 L, 0.6 L) (counted from 0); the others are distractors c, d, e, f. At the end: which of AA,
/// AB, BA, BB it was. A guess costs ln 4.
class TemporalOrderTask final : public Task
{
public:
    TemporalOrderTask(int length, std::uint64_t seed); ///< length ≥ 10

    int inputSize() const override { return 6; }
    int outputSize() const override { return 4; }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_inputs; }
    std::shared_ptr<const std::vector<std::string>> outputVocabulary() const override { return m_outputs; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

private:
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_inputs, m_outputs;
    std::uint64_t m_seed;
};

} // namespace unrolled
