#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// Sums as text, as in Keras' example "Sequence to sequence learning for performing number addition": an
/// encoder reads "12+7" (by default from its last character to its first), a decoder with weights of its own
/// starts from the encoder's last state with <start> and writes "19" and <end>. Each number has 1 to `digits`
/// digits, drawn one by one. A sum is right where every character of it is; what the decoder writes by itself
/// is then right as well.
class AdditionTask final : public Task
{
public:
    AdditionTask(int digits, bool reversed, std::uint64_t seed); ///< digits 1 … 9

    int inputSize() const override { return static_cast<int>(m_vocabulary->size()); }
    int outputSize() const override { return inputSize(); }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    /// The ten digits, "+", "<start>", "<end>".
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    Score judge(const Batch& batch, const Eigen::MatrixXd& outputs) const override;
    int startSymbol() const override;
    int endSymbol() const override;

private:
    int m_digits;
    bool m_reversed;
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
    std::uint64_t m_seed;
};

} // namespace unrolled
