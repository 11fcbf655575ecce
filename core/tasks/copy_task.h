#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The copying memory problem (Arjovsky, Shah & Bengio 2016, section 4.1, after Hochreiter & Schmidhuber
/// 1997) with T = lag: `symbols` symbols of an alphabet, T - 1 blanks, a marker, and as many blanks as there
/// were symbols. The answers are T + symbols blanks, then the symbols in their order; every step counts. A
/// sequence is right where all its symbols are. Who knows when to answer but not what gets a mean
/// cross-entropy of symbols·ln(alphabet)/(T + 2·symbols).
class CopyTask final : public Task
{
public:
    /// lag, symbols ≥ 1; alphabet 2 … 26
    CopyTask(int lag, int symbols, int alphabet, std::uint64_t seed);

    int inputSize() const override { return m_alphabet + 2; }
    int outputSize() const override { return inputSize(); }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    /// The letters, then the blank and the marker.
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    Score judge(const Batch& batch, const Eigen::MatrixXd& outputs) const override;
    double baseline(Reduction reduction) const override;

private:
    int m_lag;
    int m_symbols;
    int m_alphabet;
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
    std::uint64_t m_seed;
};

} // namespace unrolled
