#include "core/training/optimizer.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

constexpr double beta1 = 0.9;
constexpr double beta2 = 0.999;
constexpr double adamEpsilon = 1e-8;
constexpr double rmsDecay = 0.99;
constexpr double rmsShare = 0.01;
constexpr double rmsEpsilon = 1e-8;
constexpr double adagradEpsilon = 1e-10;
constexpr double adagradInside = 1e-8;

Eigen::Index stateSize(OptimizerKind kind, Eigen::Index n)
{
    switch (kind) {
    case OptimizerKind::Sgd:
        return 0;
    case OptimizerKind::Momentum:
    case OptimizerKind::Nesterov:
    case OptimizerKind::Adagrad:
        return n;
    case OptimizerKind::RmsProp:
        return 2 * n;
    case OptimizerKind::Adam:
        break;
    }
    return 2 * n + 2;
}

/// A gradient g = x·2^e, not 0, beside what an optimizer remembers of g². Where e > 0 both are taken times
/// 2^-e, so that no root overflows.
struct ScaledGradient
{
    double x;
    int e;

    /// √(memory + share·g²), times 2^-e where e > 0; `root` is √memory.
    double rootWith(double root, double share) const
    {
        return std::hypot(scaled(root), std::sqrt(share) * scaledValue());
    }
    double scaledValue() const { return e > 0 ? x : std::scalbn(x, e); }
    double scaled(double number) const { return e > 0 ? std::scalbn(number, -e) : number; }
};

} // namespace

void Optimizer::setState(OptimizerKind kind, const Eigen::VectorXd& state)
{
    m_kind = kind;
    m_state = state;
}

void Optimizer::begin(OptimizerKind kind)
{
    const Eigen::Index size = stateSize(kind, m_parameters);
    if (kind != m_kind || m_state.size() != size) {
        m_kind = kind;
        m_state.setZero(size);
        if (kind == OptimizerKind::Adam)
            m_state.head<2>().setOnes();
    }
    if (kind == OptimizerKind::Adam) {
        m_state[0] *= beta1;
        m_state[1] *= beta2;
    }
}

void Optimizer::update(const TrainingSettings& settings, const Eigen::VectorXd& gradient,
                       Eigen::VectorXd& parameters)
{
    begin(settings.optimizer);
    updatePart(settings, gradient, parameters, 0, m_parameters);
}

void Optimizer::updatePart(const TrainingSettings& settings, const Eigen::VectorXd& gradient,
                           Eigen::VectorXd& parameters, Eigen::Index first, Eigen::Index count)
{
    const double rate = settings.learningRate;
    const double mu = settings.momentum;
    const auto g = gradient.segment(first, count).array();
    auto w = parameters.segment(first, count).array();

    switch (settings.optimizer) {
    case OptimizerKind::Sgd:
        w -= rate * g;
        break;
    case OptimizerKind::Momentum: {
        auto v = m_state.segment(first, count).array();
        v = mu * v + g;
        w -= rate * v;
        break;
    }
    case OptimizerKind::Nesterov: {
        auto v = m_state.segment(first, count).array();
        v = mu * v + g;
        w -= rate * (g + mu * v);
        break;
    }
    case OptimizerKind::Adagrad: {
        auto s = m_state.segment(first, count).array();
        s += g.square();
        if (settings.epsilonInsideRoot)
            w -= rate * g / (s + adagradInside).sqrt();
        else
            w -= rate * g / (s.sqrt() + adagradEpsilon);
        break;
    }
    case OptimizerKind::RmsProp: {
        auto s = m_state.segment(first, count).array();
        auto v = m_state.segment(m_parameters + first, count).array();
        s = rmsDecay * s + rmsShare * g.square();
        v = mu * v + g / (s.sqrt() + rmsEpsilon);
        w -= rate * v;
        break;
    }
    case OptimizerKind::Adam: {
        double* __restrict m = m_state.data() + 2 + first;
        double* __restrict v = m + m_parameters;
        double* __restrict weight = parameters.data() + first;
        const double* __restrict slope = gradient.data() + first;
        const double rateNow = rate / (1 - m_state[0]);
        const double correction = 1 / std::sqrt(1 - m_state[1]);
        for (Eigen::Index j = 0; j < count; ++j) {
            m[j] = beta1 * m[j] + (1 - beta1) * slope[j];
            v[j] = beta2 * v[j] + (1 - beta2) * slope[j] * slope[j];
            weight[j] -= rateNow * m[j] / (std::sqrt(v[j]) * correction + adamEpsilon);
        }
        break;
    }
    }
}

Optimizer::Change Optimizer::changeBy(const TrainingSettings& settings,
                                      const Eigen::Ref<const Eigen::VectorXd>& values, int exponent,
                                      Eigen::Index first) const
{
    const double rate = settings.learningRate;
    const double mu = settings.momentum;
    const double* memory = m_state.data() + first;
    Change change{Eigen::VectorXd(values.size()), exponent};
    // Of a gradient above double's range an adaptive rate makes a change within it, of a small one a change
    // as small.
    const auto adaptive = [&](const auto& changeOf) {
        change.exponent = std::min(exponent, 0);
        for (Eigen::Index j = 0; j < values.size(); ++j)
            change.values[j] = values[j] == 0 ? 0 : changeOf(ScaledGradient{values[j], exponent}, j);
    };

    switch (settings.optimizer) {
    case OptimizerKind::Sgd:
    case OptimizerKind::Momentum: // −η (μv + g) less −η μv
        change.values = -rate * values;
        break;
    case OptimizerKind::Nesterov: // −η (g + μ (μv + g)) less −η μ²v
        change.values = -rate * (1 + mu) * values;
        break;
    case OptimizerKind::Adagrad: // with no gradient nothing moves
        adaptive([&](const ScaledGradient& g, Eigen::Index j) {
            if (settings.epsilonInsideRoot)
                return -rate * g.x / g.rootWith(std::sqrt(memory[j] + adagradInside), 1);
            return -rate * g.x / (g.rootWith(std::sqrt(memory[j]), 1) + g.scaled(adagradEpsilon));
        });
        break;
    case OptimizerKind::RmsProp: // −η (μv + g/d) less −η μv
        adaptive([&](const ScaledGradient& g, Eigen::Index j) {
            return -rate * g.x /
                   (g.rootWith(std::sqrt(rmsDecay * memory[j]), rmsShare) + g.scaled(rmsEpsilon));
        });
        break;
    case OptimizerKind::Adam: {
        // With m₀ = β₁m, v₀ = β₂v, v₁ = v₀ + (1−β₂)g², d = c√v + ε and c = 1/√(1−β₂ᵗ):
        //   (m₀ + (1−β₁)g)/d₁ − m₀/d₀ = g/d₁ · ((1−β₁) − m₀ c (1−β₂) q / d₀), q = g/(√v₁ + √v₀),
        // as d₁ − d₀ = c (v₁ − v₀)/(√v₁ + √v₀).
        const double rateNow = rate / (1 - m_state[0]);
        const double correction = 1 / std::sqrt(1 - m_state[1]);
        adaptive([&](const ScaledGradient& g, Eigen::Index j) {
            const double m = beta1 * memory[2 + j];
            const double root = std::sqrt(beta2 * memory[2 + m_parameters + j]);
            const double rootWith = g.rootWith(root, 1 - beta2);
            const double d = correction * root + adamEpsilon;
            const double dWith = correction * rootWith + g.scaled(adamEpsilon);
            // Without a memory of g² also where g is below double's range.
            const double q = root == 0 ? std::copysign(1 / std::sqrt(1 - beta2), g.x)
                                       : g.scaledValue() / (rootWith + g.scaled(root));
            return -rateNow * g.x / dWith * ((1 - beta1) - m * correction * (1 - beta2) * q / d);
        });
        break;
    }
    }
    return change;
}

} // namespace unrolled
