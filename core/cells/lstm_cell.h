#pragma once

#include "core/cells/cell.h"

namespace unrolled {

/// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000). Gates in
/// the order i, f, g, o.
class LstmCell : public Cell
{
public:
    void forward(const CellWeights& weights, LayerState& state, int t) const override;
    void shiftCell(LayerState& state, int t, int b, int unit, double offset) const override;
    void backward(const CellWeights& weights, LayerState& state, int t) const override;
    void record(const CellWeights& weights, const LayerState& state, int b, LayerTrace& trace) const override;
};

} // namespace unrolled
