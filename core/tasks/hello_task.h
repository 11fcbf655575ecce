#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The h-e-l-l-o example of the cs231n lecture notes (Karpathy 2015): inputs h, e, l, l; targets e, l, l, o;
/// vocabulary h, e, l, o. Every sequence of a batch is the same. With Feed::Zeros only the h is read, then
/// zeros: one-to-many.
class HelloTask final : public Task
{
public:
    explicit HelloTask(Feed feed);

    int inputSize() const override { return 4; }
    int outputSize() const override { return 4; }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

private:
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
};

} // namespace unrolled
