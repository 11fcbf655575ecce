#include "core/cells/cell.h"

#include "core/cells/gru_cell.h"
#include "core/cells/lstm_cell.h"
#include "core/cells/product.h"
#include "core/cells/rnn_cell.h"

namespace unrolled {

LayerState::LayerState(const CellSpec& spec, int hiddenSize, int stepCount, int batchSize)
    : hidden(hiddenSize), steps(stepCount), batch(batchSize)
{
    const Eigen::Index rows = Eigen::Index(stackedGates(spec.kind)) * hidden;
    const Eigen::Index columns = Eigen::Index(steps) * batch;
    a.setZero(rows, columns);
    h.setZero(hidden, columns + batch);
    dh.setZero(hidden, columns + batch);
    da.setZero(rows, columns);
    if (spec.kind != CellKind::Rnn)
        gates.setZero(rows, columns);
    if (spec.kind == CellKind::Lstm) {
        c.setZero(hidden, columns + batch);
        dc.setZero(hidden, columns + batch);
        tanhC.setZero(hidden, columns);
    }
    if (spec.kind == CellKind::Gru) {
        reset.setZero(hidden, columns);
        dReset.setZero(hidden, columns);
        scratch.setZero(rows, batch);
    }
}

void Cell::shiftCell(LayerState&, int, int, int, double) const {}

void Cell::weightGradients(const LayerState& state, int first, int steps, CellGradients& gradients) const
{
    // ∂L/∂W_h = Σ_t ∂L/∂a_t h_{t-1}ᵀ, ∂L/∂b = Σ_t ∂L/∂a_t
    const auto da = LayerState::span(state.da, first, steps, state.batch);
    outerProduct(gradients.recurrent, da, LayerState::span(state.h, first, steps, state.batch));
    sumOfColumns(gradients.bias, da);
}

std::unique_ptr<Cell> makeCell(const CellSpec& spec)
{
    switch (spec.kind) {
    case CellKind::Rnn:
        return std::make_unique<RnnCell>(spec.activation);
    case CellKind::Gru:
        return std::make_unique<GruCell>(spec.gruReset);
    case CellKind::Lstm:
        break;
    }
    return std::make_unique<LstmCell>();
}

} // namespace unrolled
