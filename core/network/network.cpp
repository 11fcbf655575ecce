#include "core/network/network.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/product.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// The largest score, and Σ e^{y − highest} over all others.
struct Scores
{
    double highest;
    double rest;
};

/// p = softmax(y), shifted by the largest score.
Scores softmax(const double* __restrict y, double* __restrict p, Eigen::Index n)
{
    const Eigen::Index first = std::max_element(y, y + n) - y;
    const double highest = y[first];
    for (Eigen::Index i = 0; i < n; ++i)
        p[i] = fastExp(y[i] - highest);
    p[first] = 0;
    double rest = 0;
    for (Eigen::Index i = 0; i < n; ++i)
        rest += p[i];
    p[first] = fastExp(highest - highest); // 1, or NaN
    const double scale = 1 / (p[first] + rest);
    for (Eigen::Index i = 0; i < n; ++i)
        p[i] *= scale;
    return {highest, rest};
}

/// −ln softmax(y)[target]; right also where the probability underflows.
double crossEntropy(const double* y, Eigen::Index n, int target)
{
    double highest = y[0];
    for (Eigen::Index i = 1; i < n; ++i)
        highest = std::max(highest, y[i]);
    double rest = 0;
    bool skipped = false;
    for (Eigen::Index i = 0; i < n; ++i) {
        if (!skipped && y[i] == highest) {
            skipped = true;
            continue;
        }
        rest += fastExp(y[i] - highest);
    }
    return (highest - y[target]) + std::log1p(rest);
}

int mostProbable(const double* y, Eigen::Index n)
{
    return static_cast<int>(std::max_element(y, y + n) - y);
}

/// Zeros for all states that a cut keeps from the next step.
void hideCutStates(const PassEdits& edits, int layer, LayerState& state)
{
    for (int t = 0; t < state.steps; ++t) {
        if (!edits.cutAfter(layer, t))
            continue;
        LayerState::at(state.h, t, state.batch).setZero();
        if (state.c.size() > 0)
            LayerState::at(state.c, t, state.batch).setZero();
    }
}

/// Edits as a sequence sees them that takes some of the plan's steps (from 0).
PassEdits renumbered(const PassEdits& edits, const std::vector<int>& taken)
{
    const auto before = [&](int t) {
        return static_cast<int>(std::lower_bound(taken.begin(), taken.end(), t) - taken.begin());
    };
    const auto renumber = [&](const std::vector<int>& steps) {
        std::vector<int> own;
        for (const int t : steps) {
            if (std::binary_search(taken.begin(), taken.end(), t - 1))
                own.push_back(before(t));
        }
        return own;
    };
    PassEdits result;
    result.silenced = renumber(edits.silenced);
    for (StateCut cut : edits.cuts) {
        cut.t = before(cut.t);
        result.cuts.push_back(cut);
    }
    for (GateClamp clamp : edits.clamps) {
        const bool always = clamp.steps.empty();
        clamp.steps = renumber(clamp.steps);
        if (always || !clamp.steps.empty())
            result.clamps.push_back(clamp);
    }
    return result;
}

} // namespace

Network::Network(const ModelSettings& model, int inputSize, int outputSize, LossKind lossKind,
                 const SequencePlan& plan, int batch)
    : m_spec(model.cell), m_cell(makeCell(model.cell)),
      m_layout(parameterLayout(
          model, inputSize, outputSize,
          std::any_of(plan.begin(), plan.end(), [](auto& row) { return row.bank == encoderBank; }))),
      m_lossKind(lossKind), m_plan(plan), m_inputSize(inputSize), m_outputSize(outputSize),
      m_steps(static_cast<int>(plan.size())), m_batch(batch), m_readoutBias(model.readoutBias)
{
    const Eigen::Index columns = Eigen::Index(m_steps) * m_batch;
    int below = inputSize;
    int widest = 0;
    for (const int hidden : model.hidden) {
        m_layers.push_back({below, LayerState(model.cell, hidden, m_steps, batch)});
        below = hidden;
        widest = std::max(widest, hidden);
    }
    for (Eigen::MatrixXd* kept : {&m_keptState, &m_keptCell, &m_keptGradient, &m_heldCell})
        kept->setZero(widest, batch);
    for (int t = 0; t < m_steps; ++t) {
        const std::string_view bank = plan[static_cast<std::size_t>(t)].bank;
        if (t > 0 && bank == plan[static_cast<std::size_t>(t - 1)].bank) {
            ++m_stretches.back().steps;
            continue;
        }
        m_stretches.push_back({t, 1, {}});
        for (int l = 0; l < static_cast<int>(model.hidden.size()); ++l) {
            Blocks blocks;
            blocks.input = m_layout.find(ParameterRole::InputWeight, l, bank);
            blocks.recurrent = m_layout.find(ParameterRole::RecurrentWeight, l, bank);
            blocks.bias = m_layout.find(ParameterRole::Bias, l, bank);
            blocks.recurrentBias = m_layout.find(ParameterRole::RecurrentBias, l, bank);
            const Eigen::Index rows = blocks.recurrent->rows;
            const Eigen::Index cols = blocks.recurrent->cols;
            if (batch > 1 && !isTiny(rows, cols, batch)) {
                blocks.packed.resize(rows, cols);
                blocks.packedTransposed.resize(cols, rows);
            }
            m_stretches.back().layers.push_back(std::move(blocks));
        }
    }
    m_y.setZero(outputSize, columns);
    m_dy.setZero(outputSize, columns);
    if (lossKind == LossKind::CrossEntropy)
        m_p.setZero(outputSize, columns);
    if (std::any_of(plan.begin(), plan.end(),
                    [](const PlanRow& row) { return row.forced || row.input == InputSource::OwnOutput; })) {
        m_readClasses.reserve(static_cast<std::size_t>(columns));
        m_readNumbers.setZero(inputSize, lossKind == LossKind::SquaredError ? columns : 0);
    }
}

CellWeights Network::weights(const Eigen::VectorXd& parameters, const Blocks& blocks)
{
    const double* flat = parameters.data();
    const double* recurrentBias = blocks.recurrentBias ? flat + blocks.recurrentBias->offset : nullptr;
    const Eigen::Index recurrentBiasSize = blocks.recurrentBias ? blocks.recurrentBias->size() : 0;
    return {{flat + blocks.input->offset, blocks.input->rows, blocks.input->cols},
            {flat + blocks.recurrent->offset, blocks.recurrent->rows, blocks.recurrent->cols},
            {flat + blocks.bias->offset, blocks.bias->rows},
            {recurrentBias, recurrentBiasSize},
            blocks.packed.empty() ? nullptr : &blocks.packed,
            blocks.packedTransposed.empty() ? nullptr : &blocks.packedTransposed};
}

/// W_h once more, laid out for the products of all steps.
void Network::packWeights(const Eigen::VectorXd& parameters)
{
    for (Stretch& stretch : m_stretches) {
        for (Blocks& blocks : stretch.layers) {
            if (blocks.packed.empty())
                continue;
            blocks.packed.pack(view(parameters, *blocks.recurrent));
            blocks.packedTransposed.packTransposed(view(parameters, *blocks.recurrent));
        }
    }
}

double Network::lossScale(const Batch& batch, int b, Reduction reduction) const
{
    int counted = 0;
    if (reduction == Reduction::Mean) {
        for (int t = 0; t < m_steps; ++t)
            counted += this->counted(batch, t, b);
    }
    return 1.0 / std::max(1, counted) / m_batch;
}

const std::vector<int>& Network::inputClasses(const Batch& batch) const
{
    return m_feedsBack ? m_readClasses : batch.inputClasses;
}

const Eigen::MatrixXd& Network::inputs(const Batch& batch) const
{
    return m_feedsBack ? m_readNumbers : batch.inputs;
}

double Network::stepLoss(const Batch& batch, Eigen::Index column) const
{
    if (m_lossKind == LossKind::CrossEntropy)
        return crossEntropy(m_y.col(column).data(), m_outputSize,
                            batch.targetClasses[static_cast<std::size_t>(column)]);
    return (m_y.col(column) - batch.targets.col(column)).squaredNorm() / m_outputSize;
}

bool Network::counted(const Batch& batch, int t, int b) const
{
    const auto& silenced = m_edits.silenced;
    return batch.counted(m_plan, t, b) &&
           std::find(silenced.begin(), silenced.end(), t + 1) == silenced.end();
}

Eigen::Index Network::stateSize() const
{
    Eigen::Index size = 0;
    for (const Layer& layer : m_layers)
        size += Eigen::Index(layer.state.c.size() > 0 ? 2 : 1) * layer.state.hidden * m_batch;
    return size;
}

void Network::loadState(const Eigen::VectorXd& states)
{
    const double* from = states.data();
    for (Layer& layer : m_layers) {
        for (Eigen::MatrixXd* state : {&layer.state.h, &layer.state.c}) {
            const Eigen::Index size = state->rows() * m_batch;
            std::copy_n(from, size, state->data());
            from += size;
        }
    }
}

void Network::storeState(Eigen::VectorXd& states) const
{
    double* to = states.data();
    for (const Layer& layer : m_layers) {
        for (const Eigen::MatrixXd* state : {&layer.state.h, &layer.state.c}) {
            const Eigen::Index size = state->rows() * m_batch;
            to = std::copy_n(state->data() + state->size() - size, size, to);
        }
    }
}

void Network::pinBorders(bool on)
{
    m_pinned.clear();
    for (const Layer& layer : m_layers) {
        if (on && m_truncate > 0)
            m_pinned.insert(m_pinned.end(), {layer.state.h, layer.state.c});
    }
}

void Network::setEdits(const PassEdits& edits)
{
    m_edits = edits;
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        LayerState& state = m_layers[l].state;
        state.held.clear();
        if (edits.clamps.empty())
            continue;
        state.held.resize(static_cast<std::size_t>(m_steps));
        for (int gate = 0; gate < stackedGates(m_spec.kind); ++gate) {
            const std::string channel(gateChannel(m_spec.kind, gate));
            for (int t = 1; t <= m_steps; ++t) {
                for (int unit = 0; unit < state.hidden; ++unit) {
                    if (const GateClamp* clamp = clampAt(edits, channel, static_cast<int>(l), unit, t))
                        state.held[static_cast<std::size_t>(t - 1)].push_back(
                            {Eigen::Index(gate) * state.hidden + unit, clamp->value});
                }
            }
        }
    }
}

void Network::forwardStep(const CellWeights& weights, int layer, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(layer)].state;
    const bool cut = isCut(layer, t);
    const bool pinned = !m_pinned.empty() && endsGradient(t);
    if (!cut && !pinned) {
        m_cell->forward(weights, state, t);
        return;
    }
    hidePreviousState(state, t);
    if (!cut) {
        const auto l = static_cast<std::size_t>(layer);
        LayerState::at(state.h, t, m_batch) = LayerState::at(m_pinned[2 * l], t, m_batch);
        if (state.c.size() > 0)
            LayerState::at(state.c, t, m_batch) = LayerState::at(m_pinned[2 * l + 1], t, m_batch);
    }
    m_cell->forward(weights, state, t);
    showPreviousState(state, t);
}

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

void Network::hidePreviousState(LayerState& state, int t)
{
    m_keptState.topRows(state.hidden) = LayerState::at(state.h, t, m_batch);
    LayerState::at(state.h, t, m_batch).setZero();
    if (state.c.size() > 0) {
        m_keptCell.topRows(state.hidden) = LayerState::at(state.c, t, m_batch);
        LayerState::at(state.c, t, m_batch).setZero();
    }
}

void Network::showPreviousState(LayerState& state, int t)
{
    LayerState::at(state.h, t, m_batch) = m_keptState.topRows(state.hidden);
    if (state.c.size() > 0)
        LayerState::at(state.c, t, m_batch) = m_keptCell.topRows(state.hidden);
}

void Network::takeInputs(const Batch& batch)
{
    const auto own = InputSource::OwnOutput;
    m_feedsBack =
        batch.sources.empty()
            ? std::any_of(m_plan.begin(), m_plan.end(), [](const PlanRow& row) { return row.input == own; })
            : std::find(batch.sources.begin(), batch.sources.end(), own) != batch.sources.end();
    if (!m_feedsBack)
        return;
    m_readClasses.assign(batch.inputClasses.begin(), batch.inputClasses.end());
    if (batch.inputClasses.empty())
        m_readNumbers = batch.inputs;
}

void Network::feedBack(const Batch& batch, int t)
{
    for (int b = 0; b < m_batch; ++b) {
        if (t == 0 || batch.source(m_plan, t, b) != InputSource::OwnOutput || batch.skipped(t, b))
            continue;
        const Eigen::Index k = Eigen::Index(t) * m_batch + b;
        // x_t = onehot(argmax y_{t-1}), or x_t = y_{t-1}
        if (!m_readClasses.empty())
            m_readClasses[static_cast<std::size_t>(k)] =
                mostProbable(m_y.col(k - m_batch).data(), m_outputSize);
        else
            m_readNumbers.col(k) = m_y.col(k - m_batch);
    }
}

/// W_x x_t + b of `steps` steps at once; a one-hot input picks a column.
void Network::inputProducts(const CellWeights& w, std::size_t l, const Batch& batch, int first, int steps)
{
    auto a = LayerState::span(m_layers[l].state.a, first, steps, m_batch);
    if (l > 0) {
        a.noalias() = w.input * LayerState::span(m_layers[l - 1].state.h, first + 1, steps, m_batch);
        a.colwise() += w.bias;
        return;
    }
    const std::vector<int>& classes = inputClasses(batch);
    if (classes.empty()) {
        a.noalias() = w.input * LayerState::span(inputs(batch), first, steps, m_batch);
        a.colwise() += w.bias;
        return;
    }
    const int* symbols = classes.data() + Eigen::Index(first) * m_batch;
    for (Eigen::Index k = 0; k < a.cols(); ++k) {
        if (symbols[k] >= 0)
            a.col(k) = w.input.col(symbols[k]) + w.bias;
        else
            a.col(k) = w.bias;
    }
}

void Network::cellForward(const CellWeights& w, int l, const Batch& batch, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(l)].state;
    forwardStep(w, l, t);
    if (batch.uses.empty())
        return;
    // A skipped step holds the state.
    for (int b = 0; b < m_batch; ++b) {
        if (!batch.skipped(t, b))
            continue;
        const Eigen::Index before = Eigen::Index(t) * m_batch + b;
        const double share = isCut(l, t) ? 0 : 1;
        state.h.col(before + m_batch) = share * state.h.col(before);
        if (state.c.size() > 0)
            state.c.col(before + m_batch) = share * state.c.col(before);
    }
}

void Network::readout(const Eigen::VectorXd& parameters, int first, int steps)
{
    // y_t = W_hy h_t + b_y
    const auto weight = view(parameters, *m_layout.find(ParameterRole::ReadoutWeight, -1));
    const auto top = LayerState::span(m_layers.back().state.h, first + 1, steps, m_batch);
    auto y = LayerState::span(m_y, first, steps, m_batch);
    if (m_readoutBias)
        y.colwise() = view(parameters, *m_layout.find(ParameterRole::ReadoutBias, -1)).col(0);
    else
        y.setZero();
    addProduct(y, weight, top);
}

void Network::forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction)
{
    packWeights(parameters);
    takeInputs(batch);
    for (const Stretch& stretch : m_stretches) {
        const int end = stretch.first + stretch.steps;
        if (m_feedsBack) {
            // An input waits for the output before it: step by step, through all layers.
            for (int t = stretch.first; t < end; ++t) {
                feedBack(batch, t);
                for (std::size_t l = 0; l < m_layers.size(); ++l) {
                    const CellWeights w = weights(parameters, stretch.layers[l]);
                    inputProducts(w, l, batch, t, 1);
                    cellForward(w, static_cast<int>(l), batch, t);
                }
                readout(parameters, t, 1);
            }
            continue;
        }
        for (std::size_t l = 0; l < m_layers.size(); ++l) {
            const CellWeights w = weights(parameters, stretch.layers[l]);
            inputProducts(w, l, batch, stretch.first, stretch.steps);
            for (int t = stretch.first; t < end; ++t)
                cellForward(w, static_cast<int>(l), batch, t);
        }
    }
    if (!m_feedsBack)
        readout(parameters, 0, m_steps);
    losses(batch, reduction);
}

/// L = Σ_t L_t over the counted steps, mean over the batch; ∂L/∂y_t beside it.
void Network::losses(const Batch& batch, Reduction reduction)
{
    m_loss = 0;
    for (int b = 0; b < m_batch; ++b) {
        const double scale = lossScale(batch, b, reduction);
        double sum = 0;
        for (int t = 0; t < m_steps; ++t) {
            const Eigen::Index k = Eigen::Index(t) * m_batch + b;
            Scores scores{};
            if (m_lossKind == LossKind::CrossEntropy)
                scores = softmax(m_y.col(k).data(), m_p.col(k).data(), m_outputSize);
            if (!counted(batch, t, b)) {
                m_dy.col(k).setZero();
                continue;
            }
            if (m_lossKind == LossKind::CrossEntropy) {
                const auto target = batch.targetClasses[static_cast<std::size_t>(k)];
                // −ln p[target], right also where the probability underflows
                sum += (scores.highest - m_y(target, k)) + std::log1p(scores.rest);
                // ∂L_t/∂y = p − onehot(target)
                const double* __restrict p = m_p.col(k).data();
                double* __restrict dy = m_dy.col(k).data();
                for (Eigen::Index i = 0; i < m_outputSize; ++i)
                    dy[i] = scale * p[i];
                dy[target] = scale * (p[target] - 1);
            } else {
                sum += stepLoss(batch, k);
                m_dy.col(k) = (2 * scale / m_outputSize) * (m_y.col(k) - batch.targets.col(k));
            }
        }
        m_loss += sum * scale;
    }
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
        view(gradient, *m_layout.find(ParameterRole::ReadoutBias, -1)).col(0) = m_dy.rowwise().sum();
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
                const LayerState whole = state;
                hideCutStates(m_edits, static_cast<int>(l), state);
                m_cell->weightGradients(state, stretch->first, stretch->steps, g);
                state = whole;
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
    for (Eigen::Index k = 0; k < da.cols(); ++k) {
        if (symbols[k] >= 0)
            g.input.col(symbols[k]) += da.col(k);
    }
}

void Network::carryState()
{
    for (Layer& layer : m_layers) {
        LayerState& state = layer.state;
        state.h.leftCols(m_batch) = state.h.rightCols(m_batch).eval();
        if (state.c.size() > 0)
            state.c.leftCols(m_batch) = state.c.rightCols(m_batch).eval();
    }
}

void Network::record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                     IterationTrace& trace) const
{
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    // The trace holds the steps that the sequence takes.
    std::vector<int> taken;
    for (int t = 0; t < m_steps; ++t) {
        if (!batch.skipped(t, b))
            taken.push_back(t);
    }
    const auto steps = static_cast<Eigen::Index>(taken.size());
    const auto keep = [&](Eigen::MatrixXd& m) {
        if (m.cols() > steps)
            m = m(Eigen::all, taken).eval();
    };
    const auto take = [&](const Eigen::MatrixXd& m) {
        Eigen::MatrixXd result = sequenceOf(m, 0, m.rows(), b, m_steps, m_batch);
        keep(result);
        return result;
    };

    trace.cell = m_spec;
    trace.lossKind = m_lossKind;
    trace.batch = m_batch;
    trace.sequence = b;
    trace.edits = taken.size() < m_plan.size() ? renumbered(m_edits, taken) : m_edits;
    trace.truncate = m_truncate;
    trace.loss = m_loss;

    OutputTrace& out = trace.outputs;
    out.y = {take(m_y), take(m_dy)};
    out.losses = Eigen::VectorXd::Constant(steps, none);
    trace.plan.clear();
    trace.inputClasses.clear();
    out.targetClasses.clear();
    if (m_lossKind == LossKind::CrossEntropy) {
        out.probabilities = take(m_p);
        out.predicted.resize(steps);
    } else {
        out.targets.setConstant(m_outputSize, steps, none);
    }
    double sum = 0;
    for (Eigen::Index i = 0; i < steps; ++i) {
        const int t = taken[static_cast<std::size_t>(i)];
        const Eigen::Index k = Eigen::Index(t) * m_batch + b;
        PlanRow row = m_plan[static_cast<std::size_t>(t)];
        row.input = batch.source(m_plan, t, b);
        row.counted = counted(batch, t, b);
        trace.plan.push_back(row);
        if (!inputClasses(batch).empty())
            trace.inputClasses.push_back(inputClasses(batch)[static_cast<std::size_t>(k)]);
        if (m_lossKind == LossKind::CrossEntropy) {
            out.predicted[i] = mostProbable(m_y.col(k).data(), m_outputSize);
            out.targetClasses.push_back(row.counted ? batch.targetClasses[static_cast<std::size_t>(k)] : -1);
        } else if (row.counted) {
            out.targets.col(i) = batch.targets.col(k);
        }
        if (row.counted) {
            out.losses[i] = stepLoss(batch, k);
            sum += out.losses[i];
        }
    }
    trace.sequenceLoss = sum * lossScale(batch, b, reduction) * m_batch;

    trace.layers.assign(m_layers.size(), {});
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        const LayerState& state = m_layers[l].state;
        LayerTrace& recorded = trace.layers[l];
        recorded.channels.resize(channels(m_spec).size());

        Quantity& x = recorded.channels[0];
        if (l > 0) {
            x.value = trace.layers[l - 1].channels.back().value;
        } else if (!inputClasses(batch).empty()) {
            x.value.setZero(m_inputSize, steps);
            for (Eigen::Index i = 0; i < steps; ++i) {
                const int symbol = trace.inputClasses[static_cast<std::size_t>(i)];
                if (symbol >= 0)
                    x.value(symbol, i) = 1;
            }
        } else {
            x.value = take(inputs(batch));
        }
        // ∂L/∂x_t = W_xᵀ ∂L/∂a_t
        const Eigen::MatrixXd da = sequenceOf(state.da, 0, state.da.rows(), b, m_steps, m_batch);
        x.gradient.resize(m_layers[l].inputSize, m_steps);
        for (const Stretch& stretch : m_stretches)
            x.gradient.middleCols(stretch.first, stretch.steps) =
                weights(parameters, stretch.layers[l]).input.transpose() *
                da.middleCols(stretch.first, stretch.steps);
        const CellWeights first = weights(parameters, m_stretches.front().layers[l]);
        if (m_edits.cuts.empty()) {
            m_cell->record(first, state, b, recorded);
        } else {
            // gradients by what a step reads, which is nothing behind a cut; but h and c as they were
            LayerState read = state;
            hideCutStates(m_edits, static_cast<int>(l), read);
            m_cell->record(first, read, b, recorded);
            const auto all = [&](const Eigen::MatrixXd& m) {
                return sequenceOf(m, 0, m.rows(), b, m_steps, m_batch);
            };
            recorded.channels.back().value = all(state.h);
            if (const int c = channelIndex(m_spec, "c"); c >= 0)
                recorded.channels[static_cast<std::size_t>(c)].value = all(state.c);
        }
        for (Quantity& channel : recorded.channels) {
            keep(channel.value);
            keep(channel.gradient);
        }

        recorded.initialHidden = state.h.col(b);
        recorded.initialHiddenGradient = state.dh.col(b);
        if (state.c.size() > 0) {
            recorded.initialCell = state.c.col(b);
            recorded.initialCellGradient = state.dc.col(b);
        }
    }
}

double Network::cost() const
{
    double perStep = 0;
    for (const Layer& layer : m_layers) {
        const double rows = double(layer.state.a.rows());
        const double input =
            &layer == &m_layers.front() && m_lossKind == LossKind::CrossEntropy ? 1.0 : layer.inputSize;
        perStep += rows * (layer.state.hidden + input) + 12 * rows;
    }
    perStep += double(m_outputSize) * (m_layers.back().state.hidden + 12);
    return 3 * perStep * m_steps * m_batch;
}

} // namespace unrolled
