#include "core/training/optimizer.h"

#include <cmath>

namespace unrolled {

namespace {

constexpr double beta1 = 0.9;
constexpr double beta2 = 0.999;

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
            w -= rate * g / (s + 1e-8).sqrt();
        else
            w -= rate * g / (s.sqrt() + 1e-10);
        break;
    }
    case OptimizerKind::RmsProp: {
        auto s = m_state.segment(first, count).array();
        auto v = m_state.segment(m_parameters + first, count).array();
        s = 0.99 * s + 0.01 * g.square();
        v = mu * v + g / (s.sqrt() + 1e-8);
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
            weight[j] -= rateNow * m[j] / (std::sqrt(v[j]) * correction + 1e-8);
        }
        break;
    }
    }
}

} // namespace unrolled
