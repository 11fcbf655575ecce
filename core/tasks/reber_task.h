#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The embedded Reber grammar (Hochreiter & Schmidhuber 1997, experiment 1; Cleeremans, Servan-Schreiber &
/// McClelland 1989): B, then T or P, a string of Reber's grammar, the same T or P again, and E. Every branch
/// is taken with probability ½; a string of more than `length` + 1 symbols is drawn anew. The answer at each
/// step is the next symbol. A string is right where at each step the symbols that may follow are more active
/// than all others. Who knows the grammar but has forgotten the second symbol pays ln 2 more for the
/// second-last one.
class ReberTask final : public Task
{
public:
    static constexpr int shortest = 8; ///< steps of the shortest string

    ReberTask(int length, std::uint64_t seed); ///< length ≥ shortest

    int inputSize() const override { return 7; }
    int outputSize() const override { return 7; }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    /// B, T, P, S, X, V, E
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    Score judge(const Batch& batch, const Eigen::MatrixXd& outputs) const override;
    double baseline(Reduction reduction) const override;

private:
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
    std::uint64_t m_seed;
};

} // namespace unrolled
