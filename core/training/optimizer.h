#pragma once

#include "core/training/experiment.h"

#include <Eigen/Core>

namespace unrolled {

/// An update rule on flat vectors, with PyTorch's definitions and defaults:
/// - sgd: w ← w − η g
/// - momentum: v ← μ v + g, w ← w − η v (v starts at g, as μ·0 + g)
/// - nesterov: the same with w ← w − η (g + μ v)
/// - adagrad (Duchi et al. 2011): s ← s + g², w ← w − η g / (√s + 1e-10); with
///   epsilonInsideRoot w ← w − η g / √(s + 1e-8), as min-char-rnn
/// - rmsprop (Hinton 2012): s ← 0.99 s + 0.01 g², w ← w − η g / (√s + 1e-8); with μ > 0 through v ← μ v +
/// that step
/// - adam (Kingma & Ba 2015): β = (0.9, 0.999), ε = 1e-8, with bias correction
class Optimizer
{
public:
    Optimizer() = default;
    explicit Optimizer(Eigen::Index parameters) : m_parameters(parameters) {}

    void update(const TrainingSettings& settings, const Eigen::VectorXd& gradient,
                Eigen::VectorXd& parameters);
    /// The same in parts, which may run side by side: begin() once, then of `count` parameters from `first`
    /// on, until all have had their turn. No bit depends on the parts.
    void begin(OptimizerKind kind);
    void updatePart(const TrainingSettings& settings, const Eigen::VectorXd& gradient,
                    Eigen::VectorXd& parameters, Eigen::Index first, Eigen::Index count);

    /// What a gradient adds to the change of parameters, values·2^exponent, right also where that leaves
    /// double's range.
    struct Change
    {
        Eigen::VectorXd values;
        int exponent = 0;
    };
    /// What a gradient values·2^exponent of the parameters from `first` on adds to the update that comes
    /// next: the change with it less the change with none. In closed form, as the difference of the two would
    /// lose the digits of a gradient that is small beside what the optimizer remembers. After begin().
    Change changeBy(const TrainingSettings& settings, const Eigen::Ref<const Eigen::VectorXd>& values,
                    int exponent, Eigen::Index first) const;

    /// All that update() remembers. Empty before the first update; starts anew where the optimizer changes.
    const Eigen::VectorXd& state() const { return m_state; }
    OptimizerKind kind() const { return m_kind; } ///< whose state it is
    void setState(OptimizerKind kind, const Eigen::VectorXd& state);

private:
    Eigen::Index m_parameters = 0;
    OptimizerKind m_kind = OptimizerKind::Sgd;
    Eigen::VectorXd m_state; ///< Adam: β₁ᵗ, β₂ᵗ, m, v; others: one or two accumulators
};

} // namespace unrolled
