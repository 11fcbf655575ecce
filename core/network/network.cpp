#include "core/network/network.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/product.h"
#include "core/cells/unrolled_over.h"
#include "core/trace/iteration_trace.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// The largest score, and Σ e^{y − highest} over all others.
struct Scores
{
    double highest;
    double rest;
};

/// fastExp() ends at 10⁻³⁰⁷; what lies below this is found by the slower exact one.
constexpr double leastFast = 1e-306;

/// p = softmax(y), shifted by the largest score.
Scores softmax(const double* __restrict y, double* __restrict p, Eigen::Index n)
{
    const Eigen::Index first = std::max_element(y, y + n) - y;
    const double highest = y[first];
    applyByFours(y, p, n, [highest](double each) { return fastExp(each - highest); });
    p[first] = 0;
    double rest = 0;
    Eigen::Index least = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
        rest += p[i];
        least += p[i] < leastFast;
    }
    if (least > 1) { // others than the first
        rest = 0;
        for (Eigen::Index i = 0; i < n; ++i) {
            if (i != first && p[i] < leastFast)
                p[i] = std::exp(y[i] - highest);
            rest += p[i];
        }
    }
    p[first] = 1 + (highest - highest); // 1, or NaN
    const double scale = 1 / (p[first] + rest);
    for (Eigen::Index i = 0; i < n; ++i)
        p[i] *= scale;
    return {highest, rest};
}

} // namespace

Network::Network(const ModelSettings& model, int inputSize, int outputSize, LossKind lossKind,
                 const SequencePlan& plan, int batch, int whole)
    : m_spec(model.cell), m_cell(makeCell(model.cell)),
      m_layout(parameterLayout(
          model, inputSize, outputSize,
          std::any_of(plan.begin(), plan.end(), [](auto& row) { return row.bank == encoderBank; }))),
      m_lossKind(lossKind), m_plan(plan), m_inputSize(inputSize), m_outputSize(outputSize),
      m_steps(static_cast<int>(plan.size())), m_batch(batch), m_wholeBatch(std::max(batch, whole)),
      m_readoutBias(model.readoutBias)
{
    const Eigen::Index columns = Eigen::Index(m_steps) * m_batch;
    int below = inputSize;
    int widest = 0;
    for (const int hidden : model.hidden) {
        m_layers.push_back({below, LayerState(model.cell, hidden, m_steps, batch), {}, {}});
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
    if (lossKind == LossKind::CrossEntropy) {
        m_p.setZero(outputSize, columns);
        m_rest.setZero(columns);
    }
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
    return 1.0 / std::max(1, counted) / m_wholeBatch;
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
    if (m_lossKind == LossKind::CrossEntropy) {
        // −ln softmax(y)[target], right also where the probability underflows
        const int target = batch.targetClasses[static_cast<std::size_t>(column)];
        return (m_y(mostProbable(column), column) - m_y(target, column)) + std::log1p(m_rest[column]);
    }
    return (m_y.col(column) - batch.targets.col(column)).squaredNorm() / m_outputSize;
}

int Network::mostProbable(Eigen::Index column) const
{
    const double* y = m_y.col(column).data();
    return static_cast<int>(std::max_element(y, y + m_outputSize) - y);
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

const double* Network::loadState(const double* states)
{
    for (Layer& layer : m_layers) {
        for (Eigen::MatrixXd* state : {&layer.state.h, &layer.state.c}) {
            const Eigen::Index size = state->rows() * m_batch;
            std::copy_n(states, size, state->data());
            states += size;
        }
    }
    return states;
}

double* Network::storeState(double* states) const
{
    for (const Layer& layer : m_layers) {
        for (const Eigen::MatrixXd* state : {&layer.state.h, &layer.state.c}) {
            const Eigen::Index size = state->rows() * m_batch;
            states = std::copy_n(state->data() + state->size() - size, size, states);
        }
    }
    return states;
}

void Network::pinBorders(bool on)
{
    m_pinned.clear();
    for (const Layer& layer : m_layers) {
        if (on && m_truncate > 0)
            m_pinned.insert(m_pinned.end(), {layer.state.h, layer.state.c});
    }
}

void Network::hideCutStates(const PassEdits& edits, int layer, LayerState& state)
{
    for (int t = 0; t < state.steps; ++t) {
        if (!edits.cutAfter(layer, t))
            continue;
        LayerState::at(state.h, t, state.batch).setZero();
        if (state.c.size() > 0)
            LayerState::at(state.c, t, state.batch).setZero();
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

void Network::shiftState(LayerState& state) const
{
    const StateShift& shift = *m_shift;
    if (shift.cell)
        m_cell->shiftCell(state, shift.t - 1, shift.sequence, shift.unit, shift.offset);
    else
        state.column(state.h, shift.t, shift.sequence)[shift.unit] += shift.offset;
}

double Network::stateGradientNorm(int layer, int t, int b) const
{
    return scaledNorm(m_layers[static_cast<std::size_t>(layer)].state.dh.col(Eigen::Index(t) * m_batch + b));
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
            m_readClasses[static_cast<std::size_t>(k)] = mostProbable(k - m_batch);
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
    unrolledOver(a.rows(), [&](auto n) {
        const double* __restrict bias = w.bias.data();
        for (Eigen::Index k = 0; k < a.cols(); ++k) {
            double* __restrict to = a.col(k).data();
            if (symbols[k] < 0) {
                std::copy_n(bias, Eigen::Index(n), to);
                continue;
            }
            const double* __restrict column = w.input.col(symbols[k]).data();
            for (Eigen::Index i = 0; i < n; ++i)
                to[i] = column[i] + bias[i];
        }
    });
}

void Network::cellForward(const CellWeights& w, int l, const Batch& batch, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(l)].state;
    forwardStep(w, l, t);
    if (m_shift && m_shift->layer == l && m_shift->t == t + 1)
        shiftState(state);
    if (batch.uses.empty())
        return;
    // A skipped step holds the state; over a pinned border, the pinned one.
    const auto first = 2 * static_cast<std::size_t>(l);
    const bool pinned = !m_pinned.empty() && endsGradient(t);
    const Eigen::MatrixXd& h = pinned ? m_pinned[first] : state.h;
    const Eigen::MatrixXd& c = pinned ? m_pinned[first + 1] : state.c;
    for (int b = 0; b < m_batch; ++b) {
        if (!batch.skipped(t, b))
            continue;
        const Eigen::Index before = Eigen::Index(t) * m_batch + b;
        const double share = isCut(l, t) ? 0 : 1;
        state.h.col(before + m_batch) = share * h.col(before);
        if (state.c.size() > 0)
            state.c.col(before + m_batch) = share * c.col(before);
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

/// Of how many steps one-hot inputs are taken before the cells read them: what stays in a processor's cache.
int Network::pickedAtOnce(const CellWeights& w) const
{
    constexpr Eigen::Index near = 1 << 14; // numbers
    return static_cast<int>(std::max<Eigen::Index>(1, near / (w.input.rows() * m_batch)));
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
            const int atOnce = l == 0 && !inputClasses(batch).empty() ? pickedAtOnce(w) : stretch.steps;
            for (int first = stretch.first; first < end; first += atOnce) {
                const int steps = std::min(atOnce, end - first);
                inputProducts(w, l, batch, first, steps);
                for (int t = first; t < first + steps; ++t)
                    cellForward(w, static_cast<int>(l), batch, t);
            }
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
        double spread = 0; // Π_t (1 + rest_t) − 1, so that one logarithm serves many steps
        for (int t = 0; t < m_steps; ++t) {
            const Eigen::Index k = Eigen::Index(t) * m_batch + b;
            Scores scores{};
            if (m_lossKind == LossKind::CrossEntropy) {
                scores = softmax(m_y.col(k).data(), m_p.col(k).data(), m_outputSize);
                m_rest[k] = scores.rest;
            }
            if (!counted(batch, t, b)) {
                m_dy.col(k).setZero();
                continue;
            }
            if (m_lossKind == LossKind::CrossEntropy) {
                const auto target = batch.targetClasses[static_cast<std::size_t>(k)];
                // −ln p[target], right also where the probability underflows
                sum += scores.highest - m_y(target, k);
                spread += scores.rest + spread * scores.rest;
                if (spread > 1e100) {
                    sum += std::log1p(spread);
                    spread = 0;
                }
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
        m_loss += (sum + std::log1p(spread)) * scale;
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
