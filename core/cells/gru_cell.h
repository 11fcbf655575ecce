#pragma once

#include "core/cells/cell.h"

namespace unrolled {

/// The gated recurrent unit (Cho et al. 2014), gates in the order r, z, n; h_t = (1-z)∘n + z∘h_{t-1}. The
/// reset gate acts after the recurrent product (as PyTorch) or before it (as the paper).
class GruCell : public Cell
{
public:
    explicit GruCell(GruReset reset) : m_reset(reset) {}

    void forward(const CellWeights& weights, LayerState& state, int t) const override;
    void backward(const CellWeights& weights, LayerState& state, int t) const override;
    void weightGradients(const LayerState& state, int first, int steps,
                         CellGradients& gradients) const override;
    void record(const CellWeights& weights, const LayerState& state, int b, LayerTrace& trace) const override;

private:
    GruReset m_reset;
};

} // namespace unrolled
