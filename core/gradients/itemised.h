#pragma once

#include "core/gradients/cancelled.h"
#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"

#include <vector>

namespace unrolled {

/// ‖∂L_s/∂h_t‖ of every layer, every counted step s and every t ≤ s: which loss reaches how far back. L_s is
/// the step's own loss, unreduced; the derivatives are total ones. Costs O(T² H²).
class Itemised
{
public:
    /// Throws Cancelled where `goOn` says no, which is asked on any of `threads` threads; below 1: as many as
    /// there are processors. No bit depends on their number. Throws std::system_error.
    explicit Itemised(const IterationTrace& trace, const GoOn& goOn = {}, int threads = 0);

    /// The counted steps, from 1, rising.
    const std::vector<int>& lossSteps() const { return m_lossSteps; }
    int layers() const { return static_cast<int>(m_norms.size()); }
    /// Of layer `layer` (from 0), the k-th counted step, and t (from 1); 0 where t is behind that step.
    ScaledNumber norm(int layer, std::size_t k, int t) const;
    /// How well the rows, each weighed as in L, add up to the gradient of the backward pass: the largest
    /// ‖Σ_s w ∂L_s/∂h_t − ∂L/∂h_t‖ / ‖∂L/∂h_t‖ of all t at which the trace holds ∂L/∂h_t to all digits.
    double largestDifference(int layer) const { return m_differences.at(static_cast<std::size_t>(layer)); }

private:
    std::vector<int> m_lossSteps;
    std::vector<std::size_t> m_rows; ///< where, in the norms of a layer, t has that of counted step 0
    std::vector<std::vector<ScaledNumber>> m_norms; ///< per layer: for every t, those of s ≥ t
    std::vector<double> m_differences;
};

/// w of L = Σ w L_s, over the watched sequence: 1/batch where losses are summed, 1/(counted steps · batch)
/// where their mean is taken.
double lossWeight(const IterationTrace& trace);

/// The rows of the itemised table as vectors, for tests and views of one step: column k holds ∂L_s/∂h_t for
/// the k-th counted step s ≥ t (zero where s < t), scaled.
ScaledColumns itemisedAt(const IterationTrace& trace, int layer, int t);

} // namespace unrolled
