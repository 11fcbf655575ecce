#include "core/cells/gru_cell.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/product.h"
#include "core/cells/unrolled_over.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

void GruCell::forward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const Eigen::Index rows = state.hidden;
    const auto previous = LayerState::at(state.h, t, batch);

    if (m_reset == GruReset::After) {
        // one product for all three: W_h h_{t-1}
        state.scratch.setZero();
        addRecurrent(state.scratch, weights, previous);
    } else {
        addProduct(LayerState::at(state.a, t, batch).topRows(2 * rows), weights.recurrent.topRows(2 * rows),
                   previous);
    }

    unrolledOver(rows, [&](auto n) {
        for (int b = 0; b < batch; ++b) {
            double* __restrict sum = state.column(state.a, t, b);
            if (m_reset == GruReset::After) {
                const double* __restrict product = state.column(state.scratch, 0, b);
                const double* __restrict bias = weights.recurrentBias.data();
                double* __restrict u = state.column(state.reset, t, b);
                for (Eigen::Index j = 0; j < 2 * n; ++j)
                    sum[j] += product[j];
                // u_t = W_hn h_{t-1} + b_hn
                for (Eigen::Index j = 0; j < n; ++j)
                    u[j] = product[2 * n + j] + bias[j];
            }
            // r_t = σ(W_xr x_t + W_hr h_{t-1} + b_r), z_t = σ(W_xz x_t + W_hz h_{t-1} + b_z)
            applyLogistic(sum, state.column(state.gates, t, b), 2 * n);
        }
    });
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);

    if (m_reset == GruReset::Before) {
        // a_n = W_xn x_t + W_hn (r_t ∘ h_{t-1}) + b_n
        auto part = LayerState::at(state.reset, t, batch);
        part = LayerState::at(state.gates, t, batch).topRows(rows).cwiseProduct(previous);
        addProduct(LayerState::at(state.a, t, batch).bottomRows(rows), weights.recurrent.bottomRows(rows),
                   part);
    }
    unrolledOver(rows, [&](auto n) {
        for (int b = 0; b < batch; ++b) {
            const double* __restrict r = state.column(state.gates, t, b);
            const double* __restrict u = state.column(state.reset, t, b);
            double* __restrict sum = state.column(state.a, t, b) + 2 * n;
            // a_n = W_xn x_t + b_n + r_t ∘ u_t
            for (Eigen::Index j = 0; m_reset == GruReset::After && j < n; ++j)
                sum[j] += r[j] * u[j];
            // n_t = tanh(a_n)
            applyTanh(sum, state.column(state.gates, t, b) + 2 * n, n);
        }
    });
    if (!state.held.empty())
        state.hold(state.gates, t, Eigen::Index(t) * batch);

    // h_t = (1 - z_t) ∘ n_t + z_t ∘ h_{t-1}
    unrolledOver(rows, [&](auto n) {
        for (int b = 0; b < batch; ++b) {
            const double* __restrict z = state.column(state.gates, t, b) + n;
            const double* __restrict before = state.column(state.h, t, b);
            double* __restrict h = state.column(state.h, t + 1, b);
            for (Eigen::Index j = 0; j < n; ++j)
                h[j] = (1 - z[j]) * z[n + j] + z[j] * before[j];
        }
    });
}

void GruCell::backward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const Eigen::Index rows = state.hidden;
    auto dPrevious = LayerState::at(state.dh, t, batch);
    const auto da = LayerState::at(state.da, t, batch);
    auto dReset = LayerState::at(state.dReset, t, batch);

    unrolledOver(rows, [&](auto k) {
        for (int b = 0; b < batch; ++b) {
            const double* __restrict z = state.column(state.gates, t, b) + k;
            const double* __restrict n = z + k;
            const double* __restrict previous = state.column(state.h, t, b);
            const double* __restrict dh = state.column(state.dh, t + 1, b);
            double* __restrict daZ = state.column(state.da, t, b) + k;
            // ∂L/∂z = (h_{t-1} - n) ∘ ∂L/∂h, ∂L/∂n = (1 - z) ∘ ∂L/∂h
            for (Eigen::Index j = 0; j < k; ++j) {
                daZ[j] = dh[j] * (previous[j] - n[j]) * z[j] * (1 - z[j]);
                daZ[k + j] = dh[j] * (1 - z[j]) * (1 - n[j] * n[j]);
            }
        }
    });
    if (!state.held.empty())
        state.stopGradient(t);

    // ∂L/∂(r∘h) = W_hnᵀ ∂L/∂a_n
    if (m_reset == GruReset::Before) {
        dReset.setZero();
        addRecurrentTransposed(dReset, weights, da.bottomRows(rows), 2 * rows);
    }
    unrolledOver(rows, [&](auto k) {
        for (int b = 0; b < batch; ++b) {
            const double* __restrict r = state.column(state.gates, t, b);
            const double* __restrict z = r + k;
            const double* __restrict part = state.column(state.reset, t, b);
            const double* __restrict previous = state.column(state.h, t, b);
            const double* __restrict dh = state.column(state.dh, t + 1, b);
            double* __restrict dBefore = state.column(state.dh, t, b);
            double* __restrict daR = state.column(state.da, t, b);
            double* __restrict dPart = state.column(state.dReset, t, b);
            if (m_reset == GruReset::After) {
                for (Eigen::Index j = 0; j < k; ++j) {
                    // ∂L/∂u = r ∘ ∂L/∂a_n, ∂L/∂r = u ∘ ∂L/∂a_n
                    dPart[j] = daR[2 * k + j] * r[j];
                    daR[j] = daR[2 * k + j] * part[j] * r[j] * (1 - r[j]);
                    dBefore[j] += dh[j] * z[j];
                }
            } else {
                for (Eigen::Index j = 0; j < k; ++j) {
                    // ∂L/∂r = h_{t-1} ∘ ∂L/∂(r∘h)
                    daR[j] = dPart[j] * previous[j] * r[j] * (1 - r[j]);
                    dBefore[j] += dPart[j] * r[j] + dh[j] * z[j];
                }
            }
        }
    });
    if (!state.held.empty())
        state.stopGradient(t);

    // ∂L/∂h_{t-1} += z ∘ ∂L/∂h + W_h,rzᵀ ∂L/∂a_rz, and W_hnᵀ ∂L/∂u or r ∘ ∂L/∂(r∘h)
    if (m_reset == GruReset::After)
        addRecurrentTransposed(dPrevious, weights, dReset, 2 * rows);
    addRecurrentTransposed(dPrevious, weights, da.topRows(2 * rows));
}

void GruCell::weightGradients(const LayerState& state, int first, int steps, CellGradients& gradients) const
{
    const Eigen::Index k = state.hidden;
    const auto span = [&](const Eigen::MatrixXd& m) {
        return LayerState::span(m, first, steps, state.batch);
    };
    const auto previous = span(state.h);
    const auto da = span(state.da);
    outerProduct(gradients.recurrent.topRows(2 * k), da.topRows(2 * k), previous);
    if (m_reset == GruReset::After) {
        outerProduct(gradients.recurrent.bottomRows(k), span(state.dReset), previous);
        sumOfColumns(gradients.recurrentBias, span(state.dReset));
    } else {
        outerProduct(gradients.recurrent.bottomRows(k), da.bottomRows(k), span(state.reset));
    }
    sumOfColumns(gradients.bias, da);
}

void GruCell::record(const CellWeights&, const LayerState& state, int b, LayerTrace& trace) const
{
    const Eigen::Index k = state.hidden;
    const auto take = [&](const Eigen::MatrixXd& m, Eigen::Index block) {
        return sequenceOf(m, block * k, k, b, state.steps, state.batch);
    };
    const auto previous = previousOf(state.h, b, state.steps, state.batch);
    auto& all = trace.channels;

    for (int gate = 0; gate < 3; ++gate) {
        Quantity& sum = all[static_cast<std::size_t>(1 + gate)];
        sum.value = take(state.a, gate);
        sum.gradient = take(state.da, gate);
        all[static_cast<std::size_t>(5 + gate)].value = take(state.gates, gate);
    }
    all[4].value = take(state.reset, 0);
    all[4].gradient = take(state.dReset, 0);
    if (m_reset == GruReset::After)
        all[5].gradient = all[3].gradient.cwiseProduct(all[4].value);
    else
        all[5].gradient = all[4].gradient.cwiseProduct(previous);
    all[8].value = take(state.h, 0);
    all[8].gradient = take(state.dh, 0);
    all[6].gradient = all[8].gradient.cwiseProduct(previous - all[7].value);
    all[7].gradient = all[8].gradient.array() * (1 - all[6].value.array());
}

} // namespace unrolled
