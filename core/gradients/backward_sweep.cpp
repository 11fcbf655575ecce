#include "core/gradients/backward_sweep.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// Columns whose norm leaves this range are brought back to 1: a hop cannot leave double's range from inside
/// it.
constexpr double smallest = 1e-80;
constexpr double largest = 1e80;

/// From so many columns on it is worth packing the matrix of a hop.
constexpr Eigen::Index manyColumns = 16;

} // namespace

BackwardSweep::BackwardSweep(const IterationTrace& trace, Eigen::Index columns) : m_trace(&trace)
{
    for (int l = 0; l < static_cast<int>(trace.layers.size()); ++l) {
        Hops hops(trace, l);
        const Eigen::Index rows = hops.stateSize();
        m_layers.push_back(
            {std::move(hops), ScaledColumns(rows, columns), Eigen::MatrixXd(rows, columns), {}});
        if (columns >= manyColumns)
            m_layers.back().toHidden.resize(m_layers.back().hops.hiddenSize(), rows);
    }
    m_squares.resize(columns);
    m_norms.resize(static_cast<std::size_t>(columns));
}

void BackwardSweep::run(const std::vector<Injection>& injections, bool throughOutputs,
                        const std::function<void(const SweepStep&)>& visit)
{
    for (Layer& layer : m_layers) {
        layer.state.values.setZero();
        layer.state.exponents.setZero();
        layer.previous.setZero();
    }
    Hop hop;
    auto next = injections.begin();
    Eigen::Index first = m_layers.front().state.values.cols();
    for (int t = next == injections.end() ? 0 : next->t; t >= 1; --t) {
        for (; next != injections.end() && next->t == t; ++next) {
            // ∂/∂h_t of the top layer += W_hyᵀ ∂/∂y_t
            const auto& readout = m_trace->weightsAt(ParameterRole::ReadoutWeight, -1, t);
            ScaledColumns arrived(next->byOutput.size(), 1);
            arrived.values.col(0) = next->byOutput;
            arrived.normalise(0);
            m_layers.back().state.add(next->column, 0, readout.transpose() * arrived.values.col(0),
                                      arrived.exponents[0]);
            first = std::min(first, next->column);
        }
        // A class that is read has no derivative by the scores it was chosen from.
        const bool readsOutput =
            throughOutputs && t > 1 && m_trace->lossKind == LossKind::SquaredError &&
            m_trace->plan[static_cast<std::size_t>(t - 1)].input == InputSource::OwnOutput;
        for (std::size_t l = m_layers.size(); l-- > 0;) {
            Layer& layer = m_layers[l];
            measure(layer, first);
            layer.hops.form(t, l > 0 || readsOutput, hop);
            visit({t, static_cast<int>(l), first, layer.state, m_norms, hop});
            if (l > 0)
                passDown(m_layers[l - 1], layer, hop, first);
            else if (readsOutput)
                keepInputGradient(layer, hop);
            if (t > 1)
                goBack(layer, hop, first);
            if (l == 0 && readsOutput)
                passToOutput(t - 1, first);
        }
    }
}

void BackwardSweep::measure(Layer& layer, Eigen::Index first)
{
    ScaledColumns& state = layer.state;
    const auto byHidden = state.values.topRows(layer.hops.hiddenSize());
    const Eigen::Index columns = byHidden.cols();
    m_squares.tail(columns - first) = byHidden.rightCols(columns - first).colwise().squaredNorm();
    for (Eigen::Index j = first; j < columns; ++j) {
        ScaledNumber& norm = m_norms[static_cast<std::size_t>(j)];
        norm = {std::sqrt(m_squares[j]), state.exponents[j]};
        if (norm.mantissa > smallest && norm.mantissa < largest)
            continue;
        norm = scaledNormOf(byHidden.col(j), state.exponents[j]);
        state.normalise(j);
    }
}

void BackwardSweep::passDown(Layer& below, const Layer& above, const Hop& hop, Eigen::Index first)
{
    // ∂/∂h_t of the layer below += W_xᵀ ∂/∂a_t
    const Eigen::Index active = above.state.values.cols() - first;
    m_byInput.noalias() = hop.toInput * above.state.values.rightCols(active);
    for (Eigen::Index j = 0; j < active; ++j)
        below.state.add(first + j, 0, m_byInput.col(j), above.state.exponents[first + j]);
}

void BackwardSweep::keepInputGradient(const Layer& lowest, const Hop& hop)
{
    m_readGradient.values.noalias() = hop.toInput * lowest.state.values;
    m_readGradient.exponents = lowest.state.exponents;
}

void BackwardSweep::passToOutput(int t, Eigen::Index first)
{
    // x_{t+1} = y_t: ∂/∂h_t of the top layer += W_hyᵀ W_xᵀ ∂/∂a_{t+1}
    const Eigen::MatrixXd byHidden =
        m_trace->weightsAt(ParameterRole::ReadoutWeight, -1, t).transpose() * m_readGradient.values;
    for (Eigen::Index j = first; j < byHidden.cols(); ++j)
        m_layers.back().state.add(j, 0, byHidden.col(j), m_readGradient.exponents[j]);
}

void BackwardSweep::goBack(Layer& layer, const Hop& hop, Eigen::Index first)
{
    const Eigen::Index active = layer.state.values.cols() - first;
    const auto state = layer.state.values.rightCols(active);
    auto previous = layer.previous.rightCols(active);
    if (layer.toHidden.empty()) {
        hop.back(state, previous);
    } else {
        layer.toHidden.pack(hop.toHidden);
        layer.toHidden.multiply(previous.topRows(hop.toHidden.rows()), state);
        hop.backToCell(state, previous);
    }
    layer.state.values.swap(layer.previous);
}

bool isCounted(const IterationTrace& trace, int t)
{
    return trace.plan.at(static_cast<std::size_t>(t - 1)).counted;
}

std::vector<int> countedSteps(const IterationTrace& trace)
{
    std::vector<int> steps;
    for (int t = 1; t <= trace.steps(); ++t) {
        if (isCounted(trace, t))
            steps.push_back(t);
    }
    return steps;
}

Eigen::VectorXd ownLossGradient(const IterationTrace& trace, int t)
{
    const OutputTrace& out = trace.outputs;
    if (trace.lossKind == LossKind::CrossEntropy) {
        // ∂L_t/∂y = p - onehot(target)
        Eigen::VectorXd gradient = out.probabilities.col(t - 1);
        gradient[out.targetClasses.at(static_cast<std::size_t>(t - 1))] -= 1;
        return gradient;
    }
    // L_t = mean over the dimensions of (y - target)²
    return (2.0 / double(out.y.value.rows())) * (out.y.value.col(t - 1) - out.targets.col(t - 1));
}

} // namespace unrolled
