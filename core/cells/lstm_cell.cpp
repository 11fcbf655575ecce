#include "core/cells/lstm_cell.h"

#include "core/cells/nonlinearity.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

void LstmCell::forward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const int n = state.hidden;
    auto a = LayerState::at(state.a, t, batch);
    auto gates = LayerState::at(state.gates, t, batch);

    // a_t = W_x x_t + W_h h_{t-1} + b, stacked as i, f, g, o
    addProduct(a, weights.recurrent, LayerState::at(state.h, t, batch));

    for (int b = 0; b < batch; ++b) {
        const double* in = a.col(b).data();
        double* out = gates.col(b).data();
        applyLogistic(in, out, 2 * n);             // i_t = σ(a_i), f_t = σ(a_f)
        applyTanh(in + 2 * n, out + 2 * n, n);     // g_t = tanh(a_g)
        applyLogistic(in + 3 * n, out + 3 * n, n); // o_t = σ(a_o)
    }
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);
    const auto i = gates.topRows(n).array();
    const auto f = gates.middleRows(n, n).array();
    const auto g = gates.middleRows(2 * n, n).array();
    const auto o = gates.bottomRows(n).array();
    auto c = LayerState::at(state.c, t + 1, batch);
    auto tanhC = LayerState::at(state.tanhC, t, batch);

    // c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
    c.array() = f * LayerState::at(state.c, t, batch).array() + i * g;
    // h_t = o_t ∘ tanh(c_t)
    applyTanh(c.data(), tanhC.data(), c.size());
    LayerState::at(state.h, t + 1, batch).array() = o * tanhC.array();
}

void LstmCell::backward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const int n = state.hidden;
    const auto gates = LayerState::at(state.gates, t, batch);
    const auto i = gates.topRows(n).array();
    const auto f = gates.middleRows(n, n).array();
    const auto g = gates.middleRows(2 * n, n).array();
    const auto o = gates.bottomRows(n).array();
    const auto tanhC = LayerState::at(state.tanhC, t, batch).array();
    const auto dh = LayerState::at(state.dh, t + 1, batch).array();
    auto dc = LayerState::at(state.dc, t + 1, batch).array();
    auto da = LayerState::at(state.da, t, batch);

    // ∂L/∂c_t += (1 - tanh²(c_t)) ∘ o_t ∘ ∂L/∂h_t
    dc += dh * o * (1 - tanhC.square());
    // ∂L/∂i = g ∘ ∂L/∂c, ∂L/∂f = c_{t-1} ∘ ∂L/∂c, ∂L/∂g = i ∘ ∂L/∂c, ∂L/∂o = tanh(c) ∘ ∂L/∂h, each times its
    // σ' or tanh'
    da.topRows(n).array() = dc * g * i * (1 - i);
    da.middleRows(n, n).array() = dc * LayerState::at(state.c, t, batch).array() * f * (1 - f);
    da.middleRows(2 * n, n).array() = dc * i * (1 - g.square());
    da.bottomRows(n).array() = dh * tanhC * o * (1 - o);
    if (!state.held.empty())
        state.stopGradient(t);

    // ∂L/∂c_{t-1} = f_t ∘ ∂L/∂c_t
    LayerState::at(state.dc, t, batch).array() = dc * f;
    // ∂L/∂h_{t-1} += W_hᵀ ∂L/∂a_t
    addProduct(LayerState::at(state.dh, t, batch), weights.recurrent.transpose(), da);
}

void LstmCell::record(const CellWeights&, const LayerState& state, int b, LayerTrace& trace) const
{
    const Eigen::Index n = state.hidden;
    const auto take = [&](const Eigen::MatrixXd& m, Eigen::Index block) {
        return sequenceOf(m, block * n, n, b, state.steps, state.batch);
    };
    const Eigen::MatrixXd dc = take(state.dc, 0);
    const Eigen::MatrixXd dh = take(state.dh, 0);
    const Eigen::MatrixXd tanhC = take(state.tanhC, 0);
    const Eigen::MatrixXd o = take(state.gates, 3);
    Eigen::MatrixXd previousC(n, state.steps);
    for (int t = 0; t < state.steps; ++t)
        previousC.col(t) = state.c.col(Eigen::Index(t) * state.batch + b);

    for (int k = 0; k < 4; ++k) {
        trace.channels[static_cast<std::size_t>(1 + k)] = {take(state.a, k), take(state.da, k)};
        trace.channels[static_cast<std::size_t>(5 + k)].value = take(state.gates, k);
    }
    trace.channels[5].gradient = dc.cwiseProduct(trace.channels[7].value);
    trace.channels[6].gradient = dc.cwiseProduct(previousC);
    trace.channels[7].gradient = dc.cwiseProduct(trace.channels[5].value);
    trace.channels[8].gradient = dh.cwiseProduct(tanhC);
    trace.channels[9] = {take(state.c, 0), dc};
    trace.channels[10] = {tanhC, dh.cwiseProduct(o)};
    trace.channels[11] = {take(state.h, 0), dh};
}

} // namespace unrolled
