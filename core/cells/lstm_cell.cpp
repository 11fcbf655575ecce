#include "core/cells/lstm_cell.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/product.h"
#include "core/cells/unrolled_over.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

void LstmCell::forward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;

    // a_t = W_x x_t + W_h h_{t-1} + b, stacked as i, f, g, o
    addRecurrent(LayerState::at(state.a, t, batch), weights, LayerState::at(state.h, t, batch));

    unrolledOver(state.hidden, [&](auto n) {
        for (int b = 0; b < batch; ++b) {
            const double* a = state.column(state.a, t, b);
            double* gates = state.column(state.gates, t, b);
            applyLogistic(a, gates, 4 * n); // i_t = σ(a_i), f_t = σ(a_f), o_t = σ(a_o), in one sweep
            applyTanh(a + 2 * n, gates + 2 * n, n); // g_t = tanh(a_g)
        }
    });
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);

    unrolledOver(state.hidden, [&](auto n) {
        for (int b = 0; b < batch; ++b) {
            const double* __restrict gates = state.column(state.gates, t, b);
            const double* __restrict previous = state.column(state.c, t, b);
            double* __restrict c = state.column(state.c, t + 1, b);
            double* __restrict tanhC = state.column(state.tanhC, t, b);
            double* __restrict h = state.column(state.h, t + 1, b);
            // c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
            for (Eigen::Index j = 0; j < n; ++j)
                c[j] = gates[n + j] * previous[j] + gates[j] * gates[2 * n + j];
            // h_t = o_t ∘ tanh(c_t)
            applyTanh(c, tanhC, n);
            for (Eigen::Index j = 0; j < n; ++j)
                h[j] = gates[3 * n + j] * tanhC[j];
        }
    });
}

void LstmCell::shiftCell(LayerState& state, int t, int b, int unit, double offset) const
{
    double* c = state.column(state.c, t + 1, b) + unit;
    double* tanhC = state.column(state.tanhC, t, b) + unit;
    *c += offset;
    applyTanh(c, tanhC, 1);
    state.column(state.h, t + 1, b)[unit] =
        state.column(state.gates, t, b)[3 * Eigen::Index(state.hidden) + unit] * *tanhC;
}

void LstmCell::backward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const Eigen::Index n = state.hidden;
    for (int b = 0; b < batch; ++b) {
        const double* __restrict gates = state.column(state.gates, t, b);
        const double* __restrict previous = state.column(state.c, t, b);
        const double* __restrict tanhC = state.column(state.tanhC, t, b);
        const double* __restrict dh = state.column(state.dh, t + 1, b);
        double* __restrict dc = state.column(state.dc, t + 1, b);
        double* __restrict dPrevious = state.column(state.dc, t, b);
        double* __restrict da = state.column(state.da, t, b);
        for (Eigen::Index j = 0; j < n; ++j) {
            const double i = gates[j];
            const double f = gates[n + j];
            const double g = gates[2 * n + j];
            const double o = gates[3 * n + j];
            // ∂L/∂c_t += (1 - tanh²(c_t)) ∘ o_t ∘ ∂L/∂h_t
            dc[j] += dh[j] * o * (1 - tanhC[j] * tanhC[j]);
            // ∂L/∂i = g ∘ ∂L/∂c, ∂L/∂f = c_{t-1} ∘ ∂L/∂c, ∂L/∂g = i ∘ ∂L/∂c, ∂L/∂o = tanh(c) ∘ ∂L/∂h, each
            // times its σ' or tanh'
            da[j] = dc[j] * g * i * (1 - i);
            da[n + j] = dc[j] * previous[j] * f * (1 - f);
            da[2 * n + j] = dc[j] * i * (1 - g * g);
            da[3 * n + j] = dh[j] * tanhC[j] * o * (1 - o);
            // ∂L/∂c_{t-1} = f_t ∘ ∂L/∂c_t
            dPrevious[j] = dc[j] * f;
        }
    }
    if (!state.held.empty())
        state.stopGradient(t);

    // ∂L/∂h_{t-1} += W_hᵀ ∂L/∂a_t
    addRecurrentTransposed(LayerState::at(state.dh, t, batch), weights, LayerState::at(state.da, t, batch));
}

void LstmCell::record(const CellWeights&, const LayerState& state, int b, LayerTrace& trace) const
{
    const Eigen::Index n = state.hidden;
    const auto take = [&](const Eigen::MatrixXd& m, Eigen::Index block) {
        return sequenceOf(m, block * n, n, b, state.steps, state.batch);
    };
    auto& all = trace.channels;

    for (int k = 0; k < 4; ++k) {
        Quantity& sum = all[static_cast<std::size_t>(1 + k)];
        sum.value = take(state.a, k);
        sum.gradient = take(state.da, k);
        all[static_cast<std::size_t>(5 + k)].value = take(state.gates, k);
    }
    all[9].value = take(state.c, 0);
    all[9].gradient = take(state.dc, 0);
    all[10].value = take(state.tanhC, 0);
    all[11].value = take(state.h, 0);
    all[11].gradient = take(state.dh, 0);
    const Eigen::MatrixXd& dc = all[9].gradient;
    const Eigen::MatrixXd& dh = all[11].gradient;
    all[5].gradient = dc.cwiseProduct(all[7].value);
    all[6].gradient = dc.cwiseProduct(previousOf(state.c, b, state.steps, state.batch));
    all[7].gradient = dc.cwiseProduct(all[5].value);
    all[8].gradient = dh.cwiseProduct(all[10].value);
    all[10].gradient = dh.cwiseProduct(all[8].value);
}

} // namespace unrolled
