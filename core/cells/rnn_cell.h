#pragma once

#include "core/cells/cell.h"

namespace unrolled {

/// The simple recurrent cell (Elman 1990): h_t = φ(W_xh x_t + W_hh h_{t-1} + b_h), φ = tanh, ReLU, identity
/// or σ.
class RnnCell : public Cell
{
public:
    explicit RnnCell(Activation activation) : m_activation(activation) {}

    void forward(const CellWeights& weights, LayerState& state, int t) const override;
    void backward(const CellWeights& weights, LayerState& state, int t) const override;
    void record(const CellWeights& weights, const LayerState& state, int b, LayerTrace& trace) const override;

private:
    Activation m_activation;
};

} // namespace unrolled
