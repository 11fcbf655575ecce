#include "core/network/network.h"

#include "core/cells/product.h"
#include "core/cells/unrolled_over.h"

namespace unrolled {

void Network::backwardStep(const CellWeights& weights, int layer, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(layer)].state;
    const bool cut = isCut(layer, t);
    if (!cut && !endsGradient(t)) {
        m_cell->backward(weights, state, t);
        return;
    }
    // ∂h_{t+1}/∂h_t counts as 0: what the step sends back is thrown away.
    m_keptGradient.topRows(state.hidden) = LayerState::at(state.dh, t, m_batch);
    if (cut)
        hidePreviousState(state, t);
    m_cell->backward(weights, state, t);
    if (cut)
        showPreviousState(state, t);
    LayerState::at(state.dh, t, m_batch) = m_keptGradient.topRows(state.hidden);
    if (state.dc.size() > 0)
        LayerState::at(state.dc, t, m_batch).setZero();
}

void Network::cellBackward(const CellWeights& w, int l, const Batch& batch, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(l)].state;
    if (batch.uses.empty()) {
        backwardStep(w, l, t);
        return;
    }
    // A skipped step passes ∂L/∂h and ∂L/∂c on as they are: the cell sees zeros there.
    const bool hasCell = state.dc.size() > 0;
    const double share = isCut(l, t) || endsGradient(t) ? 0 : 1;
    for (int b = 0; b < m_batch; ++b) {
        if (!batch.skipped(t, b))
            continue;
        const Eigen::Index k = Eigen::Index(t + 1) * m_batch + b;
        state.dh.col(k - m_batch) += share * state.dh.col(k);
        state.dh.col(k).setZero();
        if (hasCell) {
            m_heldCell.col(b).head(state.hidden) = share * state.dc.col(k);
            state.dc.col(k).setZero();
        }
    }
    backwardStep(w, l, t);
    for (int b = 0; hasCell && b < m_batch; ++b) {
        if (batch.skipped(t, b))
            state.dc.col(Eigen::Index(t) * m_batch + b) = m_heldCell.col(b).head(state.hidden);
    }
}

/// ∂L/∂h and ∂L/∂a of all layers where the gradient goes from an input back to the output before it: step by
/// step.
void Network::backwardInTime(const Eigen::VectorXd& parameters, const Batch& batch)
{
    const auto readoutWeight = view(parameters, *m_layout.find(ParameterRole::ReadoutWeight, -1));
    for (Layer& layer : m_layers)
        layer.state.dh.setZero();
    for (auto stretch = m_stretches.rbegin(); stretch != m_stretches.rend(); ++stretch) {
        for (int t = stretch->first + stretch->steps - 1; t >= stretch->first; --t) {
            addTransposedProduct(LayerState::at(m_layers.back().state.dh, t + 1, m_batch), readoutWeight,
                                 LayerState::at(m_dy, t, m_batch));
            for (std::size_t l = m_layers.size(); l-- > 0;) {
                const CellWeights w = weights(parameters, stretch->layers[l]);
                cellBackward(w, static_cast<int>(l), batch, t);
                const auto da = LayerState::at(m_layers[l].state.da, t, m_batch);
                if (l > 0) {
                    addTransposedProduct(LayerState::at(m_layers[l - 1].state.dh, t + 1, m_batch), w.input,
                                         da);
                    continue;
                }
                for (int b = 0; b < m_batch; ++b) {
                    // x_t = y_{t-1}: ∂L/∂y_{t-1} += W_xᵀ ∂L/∂a_t
                    if (t > 0 && batch.source(m_plan, t, b) == InputSource::OwnOutput && !batch.skipped(t, b))
                        m_dy.col(Eigen::Index(t - 1) * m_batch + b) +=
                            w.input.transpose().lazyProduct(da.col(b));
                }
            }
        }
    }
}

void Network::backward(const Eigen::VectorXd& parameters, const Batch& batch, Eigen::VectorXd& gradient)
{
    const Eigen::Index columns = m_y.cols();
    const auto& readoutBlock = *m_layout.find(ParameterRole::ReadoutWeight, -1);
    const auto readoutWeight = view(parameters, readoutBlock);
    const bool throughOutputs = m_feedsBack && m_lossKind == LossKind::SquaredError;

    for (Layer& layer : m_layers) {
        layer.state.dh.leftCols(m_batch).setZero();
        if (layer.state.dc.size() > 0)
            layer.state.dc.rightCols(m_batch).setZero();
    }
    if (throughOutputs)
        backwardInTime(parameters, batch);

    // ∂L/∂W_hy = Σ_t ∂L/∂y_t h_tᵀ, ∂L/∂b_y = Σ_t ∂L/∂y_t, and ∂L/∂h_t from above = W_hyᵀ ∂L/∂y_t
    LayerState& top = m_layers.back().state;
    auto readoutGradient = view(gradient, readoutBlock);
    outerProduct(readoutGradient, m_dy, top.h.rightCols(columns));
    if (m_readoutBias)
        sumOfColumns(view(gradient, *m_layout.find(ParameterRole::ReadoutBias, -1)).col(0), m_dy);
    if (!throughOutputs) {
        auto dh = top.dh.rightCols(columns);
        dh.setZero();
        addTransposedProduct(dh, readoutWeight, m_dy);
    }

    for (std::size_t l = m_layers.size(); l-- > 0;) {
        LayerState& state = m_layers[l].state;
        for (auto stretch = m_stretches.rbegin(); stretch != m_stretches.rend(); ++stretch) {
            const Blocks& blocks = stretch->layers[l];
            const CellWeights w = weights(parameters, blocks);
            if (!throughOutputs) {
                for (int t = stretch->first + stretch->steps - 1; t >= stretch->first; --t)
                    cellBackward(w, static_cast<int>(l), batch, t);
                if (l > 0)
                    LayerState::span(m_layers[l - 1].state.dh, stretch->first + 1, stretch->steps, m_batch)
                        .noalias() = w.input.transpose() *
                                     LayerState::span(state.da, stretch->first, stretch->steps, m_batch);
            }
            double* flat = gradient.data();
            CellGradients g{{flat + blocks.input->offset, blocks.input->rows, blocks.input->cols},
                            {flat + blocks.recurrent->offset, blocks.recurrent->rows, blocks.recurrent->cols},
                            {flat + blocks.bias->offset, blocks.bias->rows},
                            {blocks.recurrentBias ? flat + blocks.recurrentBias->offset : nullptr,
                             blocks.recurrentBias ? blocks.recurrentBias->size() : 0}};
            if (m_edits.cuts.empty()) {
                m_cell->weightGradients(state, stretch->first, stretch->steps, g);
            } else {
                m_layers[l].h = state.h;
                m_layers[l].c = state.c;
                hideCutStates(m_edits, static_cast<int>(l), state);
                m_cell->weightGradients(state, stretch->first, stretch->steps, g);
                state.h = m_layers[l].h;
                state.c = m_layers[l].c;
            }
            inputGradient(batch, l, *stretch, g);
        }
    }
}

/// ∂L/∂W_x = Σ_t ∂L/∂a_t x_tᵀ over the steps of a bank.
void Network::inputGradient(const Batch& batch, std::size_t l, const Stretch& stretch, CellGradients& g)
{
    const auto da = LayerState::span(m_layers[l].state.da, stretch.first, stretch.steps, m_batch);
    if (l > 0) {
        g.input.noalias() =
            da *
            LayerState::span(m_layers[l - 1].state.h, stretch.first + 1, stretch.steps, m_batch).transpose();
        return;
    }
    const std::vector<int>& classes = inputClasses(batch);
    if (classes.empty()) {
        g.input.noalias() =
            da * LayerState::span(inputs(batch), stretch.first, stretch.steps, m_batch).transpose();
        return;
    }
    const int* symbols = classes.data() + Eigen::Index(stretch.first) * m_batch;
    g.input.setZero();
    unrolledOver(da.rows(), [&](auto n) {
        for (Eigen::Index k = 0; k < da.cols(); ++k) {
            if (symbols[k] < 0)
                continue;
            const double* __restrict from = da.col(k).data();
            double* __restrict to = g.input.col(symbols[k]).data();
            for (Eigen::Index i = 0; i < n; ++i)
                to[i] += from[i];
        }
    });
}

} // namespace unrolled
