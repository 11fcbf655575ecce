#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// Random symbols of an alphabet; the answer at each step is the symbol that was read `lag` steps before. The
/// first `lag` steps do not count. A guess costs ln(alphabet) a step.
class EchoTask final : public Task
{
public:
    /// length > lag ≥ 1; alphabet 2 … 26
    EchoTask(int length, int lag, int alphabet, std::uint64_t seed);

    int inputSize() const override { return static_cast<int>(m_vocabulary->size()); }
    int outputSize() const override { return inputSize(); }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

private:
    int m_lag;
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
    std::uint64_t m_seed;
};

} // namespace unrolled
