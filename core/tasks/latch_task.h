#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The latching problem of Bengio, Simard & Frasconi 1994: one input that is 1 or -1 during the first
/// `signal` steps and tells one of two classes; after them it is noise, normal with mean 0. At the end: the
/// class. A guess costs ln 2.
class LatchTask final : public Task
{
public:
    LatchTask(int length, int signal, double noise, std::uint64_t seed); ///< length > signal ≥ 1

    int inputSize() const override { return 1; }
    int outputSize() const override { return 2; }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    std::shared_ptr<const std::vector<std::string>> outputVocabulary() const override { return m_outputs; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

private:
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_outputs;
    int m_signal;
    double m_noise;
    std::uint64_t m_seed;
};

} // namespace unrolled
