#include "core/cells/gru_cell.h"

#include "core/cells/nonlinearity.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

void GruCell::forward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const int n = state.hidden;
    const auto previous = LayerState::at(state.h, t, batch);
    auto a = LayerState::at(state.a, t, batch);
    auto gates = LayerState::at(state.gates, t, batch);
    auto resetPart = LayerState::at(state.reset, t, batch);

    if (m_reset == GruReset::After) {
        // one product for all three: W_h h_{t-1}
        state.scratch.setZero();
        addProduct(state.scratch, weights.recurrent, previous);
        a.topRows(2 * n) += state.scratch.topRows(2 * n);
        // u_t = W_hn h_{t-1} + b_hn
        resetPart = state.scratch.bottomRows(n).colwise() + weights.recurrentBias;
    } else {
        addProduct(a.topRows(2 * n), weights.recurrent.topRows(2 * n), previous);
    }

    // r_t = σ(W_xr x_t + W_hr h_{t-1} + b_r), z_t = σ(W_xz x_t + W_hz h_{t-1} + b_z)
    for (int b = 0; b < batch; ++b)
        applyLogistic(a.col(b).data(), gates.col(b).data(), 2 * n);
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);
    const auto r = gates.topRows(n).array();
    const auto z = gates.middleRows(n, n).array();

    if (m_reset == GruReset::After) {
        // a_n = W_xn x_t + b_n + r_t ∘ u_t
        a.bottomRows(n).array() += r * resetPart.array();
    } else {
        // a_n = W_xn x_t + W_hn (r_t ∘ h_{t-1}) + b_n
        resetPart.array() = r * previous.array();
        addProduct(a.bottomRows(n), weights.recurrent.bottomRows(n), resetPart);
    }
    // n_t = tanh(a_n)
    for (int b = 0; b < batch; ++b)
        applyTanh(a.col(b).data() + 2 * n, gates.col(b).data() + 2 * n, n);
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);

    // h_t = (1 - z_t) ∘ n_t + z_t ∘ h_{t-1}
    LayerState::at(state.h, t + 1, batch).array() =
        (1 - z) * gates.bottomRows(n).array() + z * previous.array();
}

void GruCell::backward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const int k = state.hidden;
    const auto previous = LayerState::at(state.h, t, batch).array();
    const auto gates = LayerState::at(state.gates, t, batch);
    const auto r = gates.topRows(k).array();
    const auto z = gates.middleRows(k, k).array();
    const auto n = gates.bottomRows(k).array();
    const auto resetPart = LayerState::at(state.reset, t, batch).array();
    const auto dh = LayerState::at(state.dh, t + 1, batch).array();
    auto dPrevious = LayerState::at(state.dh, t, batch);
    auto da = LayerState::at(state.da, t, batch);
    auto dReset = LayerState::at(state.dReset, t, batch);

    // ∂L/∂z = (h_{t-1} - n) ∘ ∂L/∂h, ∂L/∂n = (1 - z) ∘ ∂L/∂h
    da.middleRows(k, k).array() = dh * (previous - n) * z * (1 - z);
    da.bottomRows(k).array() = dh * (1 - z) * (1 - n.square());
    if (!state.held.empty())
        state.stopGradient(t);

    if (m_reset == GruReset::After) {
        // ∂L/∂u = r ∘ ∂L/∂a_n, ∂L/∂r = u ∘ ∂L/∂a_n
        dReset.array() = da.bottomRows(k).array() * r;
        da.topRows(k).array() = da.bottomRows(k).array() * resetPart * r * (1 - r);
        // ∂L/∂h_{t-1} += z ∘ ∂L/∂h + W_h,rzᵀ ∂L/∂a_rz + W_hnᵀ ∂L/∂u
        addProduct(dPrevious, weights.recurrent.bottomRows(k).transpose(), dReset);
    } else {
        // ∂L/∂(r∘h) = W_hnᵀ ∂L/∂a_n, ∂L/∂r = h_{t-1} ∘ ∂L/∂(r∘h)
        dReset.setZero();
        addProduct(dReset, weights.recurrent.bottomRows(k).transpose(), da.bottomRows(k));
        da.topRows(k).array() = dReset.array() * previous * r * (1 - r);
        // ∂L/∂h_{t-1} += z ∘ ∂L/∂h + W_h,rzᵀ ∂L/∂a_rz + r ∘ ∂L/∂(r∘h)
        dPrevious.array() += dReset.array() * r;
    }
    if (!state.held.empty())
        state.stopGradient(t);
    dPrevious.array() += dh * z;
    addProduct(dPrevious, weights.recurrent.topRows(2 * k).transpose(), da.topRows(2 * k));
}

void GruCell::weightGradients(const LayerState& state, int first, int steps, CellGradients& gradients) const
{
    const Eigen::Index k = state.hidden;
    const auto span = [&](const Eigen::MatrixXd& m) {
        return LayerState::span(m, first, steps, state.batch);
    };
    const auto previous = span(state.h);
    const auto da = span(state.da);
    gradients.recurrent.topRows(2 * k).noalias() = da.topRows(2 * k) * previous.transpose();
    if (m_reset == GruReset::After) {
        gradients.recurrent.bottomRows(k).noalias() = span(state.dReset) * previous.transpose();
        gradients.recurrentBias = span(state.dReset).rowwise().sum();
    } else {
        gradients.recurrent.bottomRows(k).noalias() = da.bottomRows(k) * span(state.reset).transpose();
    }
    gradients.bias = da.rowwise().sum();
}

void GruCell::record(const CellWeights&, const LayerState& state, int b, LayerTrace& trace) const
{
    const Eigen::Index k = state.hidden;
    const auto take = [&](const Eigen::MatrixXd& m, Eigen::Index block) {
        return sequenceOf(m, block * k, k, b, state.steps, state.batch);
    };
    Eigen::MatrixXd previous(k, state.steps);
    for (int t = 0; t < state.steps; ++t)
        previous.col(t) = state.h.col(Eigen::Index(t) * state.batch + b);
    const Eigen::MatrixXd dh = take(state.dh, 0);

    for (int gate = 0; gate < 3; ++gate) {
        trace.channels[static_cast<std::size_t>(1 + gate)] = {take(state.a, gate), take(state.da, gate)};
        trace.channels[static_cast<std::size_t>(5 + gate)].value = take(state.gates, gate);
    }
    trace.channels[4] = {take(state.reset, 0), take(state.dReset, 0)};
    const Eigen::MatrixXd& z = trace.channels[6].value;
    const Eigen::MatrixXd& n = trace.channels[7].value;
    trace.channels[5].gradient = m_reset == GruReset::After
                                     ? trace.channels[3].gradient.cwiseProduct(trace.channels[4].value).eval()
                                     : trace.channels[4].gradient.cwiseProduct(previous).eval();
    trace.channels[6].gradient = dh.cwiseProduct(previous - n);
    trace.channels[7].gradient = dh.array() * (1 - z.array());
    trace.channels[8] = {take(state.h, 0), dh};
}

} // namespace unrolled
