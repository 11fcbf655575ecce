#pragma once

#include "core/network/sequence_plan.h"

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace unrolled {

/// What one sequence does at one step of the plan. A skipped step takes part in nothing: it reads nothing,
/// holds the state, and has no loss and no gradient.
enum class StepUse : std::uint8_t { Skipped, Silent, Counted };

/// The sequences of one iteration: B sequences of T steps. Column t·B + b belongs to step t (from 0) of
/// sequence b.
struct Batch
{
    int steps = 0;
    int size = 0;
    /// T·B one-hot inputs as class indices, -1 for a zero vector; empty where inputs are numbers.
    std::vector<int> inputClasses;
    Eigen::MatrixXd inputs;         ///< inputSize × T·B; empty where inputs are one-hot
    std::vector<int> targetClasses; ///< T·B; empty for squared error
    Eigen::MatrixXd targets;        ///< outputSize × T·B; empty for cross-entropy
    /// T·B; empty where all sequences are as long as the plan and count what it counts.
    std::vector<StepUse> uses;
    /// T·B; empty where all inputs come from where the plan says. OwnOutput overrides what `inputs` hold.
    std::vector<InputSource> sources;

    std::size_t column(int t, int b) const { return std::size_t(t) * std::size_t(size) + std::size_t(b); }
    bool skipped(int t, int b) const { return !uses.empty() && uses[column(t, b)] == StepUse::Skipped; }
    bool counted(const SequencePlan& plan, int t, int b) const
    {
        return uses.empty() ? plan[std::size_t(t)].counted : uses[column(t, b)] == StepUse::Counted;
    }
    InputSource source(const SequencePlan& plan, int t, int b) const
    {
        return sources.empty() ? plan[std::size_t(t)].input : sources[column(t, b)];
    }
};

} // namespace unrolled
