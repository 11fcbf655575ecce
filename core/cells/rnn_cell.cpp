#include "core/cells/rnn_cell.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/product.h"
#include "core/cells/unrolled_over.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

void RnnCell::forward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    auto a = LayerState::at(state.a, t, batch);
    auto h = LayerState::at(state.h, t + 1, batch);

    // a_t = W_xh x_t + W_hh h_{t-1} + b_h
    addRecurrent(a, weights, LayerState::at(state.h, t, batch));

    // h_t = φ(a_t)
    switch (m_activation) {
    case Activation::Tanh:
        unrolledOver(a.size(), [&](auto n) { applyTanh(a.data(), h.data(), n); });
        break;
    case Activation::Relu:
        h.array() = (a.array() < 0).select(0.0, a.array()); // NaN passes through
        break;
    case Activation::Identity:
        h = a;
        break;
    case Activation::Sigmoid:
        applyLogistic(a.data(), h.data(), a.size());
        break;
    }
    if (!state.held.empty())
        state.hold(state.h, t, Eigen::Index(t + 1) * batch);
}

void RnnCell::backward(const CellWeights& weights, LayerState& state, int t) const
{
    const int batch = state.batch;
    const Eigen::Index count = Eigen::Index(state.hidden) * batch;
    const double* __restrict a = state.column(state.a, t, 0);
    const double* __restrict h = state.column(state.h, t + 1, 0);
    const double* __restrict dh = state.column(state.dh, t + 1, 0);
    double* __restrict da = state.column(state.da, t, 0);

    // ∂L/∂a_t = φ'(a_t) ∘ ∂L/∂h_t
    switch (m_activation) {
    case Activation::Tanh:
        for (Eigen::Index j = 0; j < count; ++j)
            da[j] = dh[j] * (1 - h[j] * h[j]);
        break;
    case Activation::Relu:
        for (Eigen::Index j = 0; j < count; ++j)
            da[j] = a[j] > 0 ? dh[j] : 0.0;
        break;
    case Activation::Identity:
        for (Eigen::Index j = 0; j < count; ++j)
            da[j] = dh[j];
        break;
    case Activation::Sigmoid:
        for (Eigen::Index j = 0; j < count; ++j)
            da[j] = dh[j] * h[j] * (1 - h[j]);
        break;
    }
    if (!state.held.empty())
        state.stopGradient(t);

    // ∂L/∂h_{t-1} += W_hhᵀ ∂L/∂a_t
    addRecurrentTransposed(LayerState::at(state.dh, t, batch), weights, LayerState::at(state.da, t, batch));
}

void RnnCell::record(const CellWeights&, const LayerState& state, int b, LayerTrace& trace) const
{
    const auto take = [&](const Eigen::MatrixXd& m) {
        return sequenceOf(m, 0, state.hidden, b, state.steps, state.batch);
    };
    trace.channels[1].value = take(state.a);
    trace.channels[1].gradient = take(state.da);
    trace.channels[2].value = take(state.h);
    trace.channels[2].gradient = take(state.dh);
}

} // namespace unrolled
