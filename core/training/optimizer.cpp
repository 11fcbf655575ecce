#include "core/training/optimizer.h"

#include <cmath>

namespace unrolled {

namespace {

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

} // namespace

void Optimizer::setState(OptimizerKind kind, const Eigen::VectorXd& state)
{
    m_kind = kind;
    m_state = state;
}

void Optimizer::prepare(OptimizerKind kind)
{
    const Eigen::Index size = stateSize(kind, m_parameters);
    if (kind == m_kind && m_state.size() == size)
        return;
    m_kind = kind;
    m_state.setZero(size);
    if (kind == OptimizerKind::Adam)
        m_state.head<2>().setOnes();
}

void Optimizer::update(const TrainingSettings& settings, const Eigen::VectorXd& gradient,
                       Eigen::VectorXd& parameters)
{
    prepare(settings.optimizer);
    const double rate = settings.learningRate;
    const double mu = settings.momentum;
    const Eigen::Index n = m_parameters;
    const auto g = gradient.array();
    auto w = parameters.array();

    switch (settings.optimizer) {
    case OptimizerKind::Sgd:
        w -= rate * g;
        break;
    case OptimizerKind::Momentum: {
        auto v = m_state.array();
        v = mu * v + g;
        w -= rate * v;
        break;
    }
    case OptimizerKind::Nesterov: {
        auto v = m_state.array();
        v = mu * v + g;
        w -= rate * (g + mu * v);
        break;
    }
    case OptimizerKind::Adagrad: {
        auto s = m_state.array();
        s += g.square();
        if (settings.epsilonInsideRoot)
            w -= rate * g / (s + 1e-8).sqrt();
        else
            w -= rate * g / (s.sqrt() + 1e-10);
        break;
    }
    case OptimizerKind::RmsProp: {
        auto s = m_state.head(n).array();
        auto v = m_state.tail(n).array();
        s = 0.99 * s + 0.01 * g.square();
        v = mu * v + g / (s.sqrt() + 1e-8);
        w -= rate * v;
        break;
    }
    case OptimizerKind::Adam: {
        double& power1 = m_state[0];
        double& power2 = m_state[1];
        double* __restrict m = m_state.data() + 2;
        double* __restrict v = m + n;
        double* __restrict weight = parameters.data();
        const double* __restrict slope = gradient.data();
        power1 *= 0.9;
        power2 *= 0.999;
        const double rateNow = rate / (1 - power1);
        const double correction = 1 / std::sqrt(1 - power2);
        for (Eigen::Index j = 0; j < n; ++j) {
            m[j] = 0.9 * m[j] + (1 - 0.9) * slope[j];
            v[j] = 0.999 * v[j] + (1 - 0.999) * slope[j] * slope[j];
            weight[j] -= rateNow * m[j] / (std::sqrt(v[j]) * correction + 1e-8);
        }
        break;
    }
    }
}

} // namespace unrolled
