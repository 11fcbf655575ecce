#include "core/network/network.h"

#include "core/cells/nonlinearity.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// p = softmax(y), shifted by the largest score.
void softmax(const double* y, double* p, Eigen::Index n)
{
    double highest = y[0];
    for (Eigen::Index i = 1; i < n; ++i)
        highest = std::max(highest, y[i]);
    double sum = 0;
    for (Eigen::Index i = 0; i < n; ++i)
        p[i] = fastExp(y[i] - highest);
    for (Eigen::Index i = 0; i < n; ++i)
        sum += p[i];
    const double scale = 1 / sum;
    for (Eigen::Index i = 0; i < n; ++i)
        p[i] *= scale;
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

} // namespace

Network::Network(const ModelSettings& model, int inputSize, int outputSize, LossKind lossKind,
                 const SequencePlan& plan, int batch)
    : m_spec(model.cell), m_cell(makeCell(model.cell)),
      m_layout(parameterLayout(model, inputSize, outputSize)), m_lossKind(lossKind), m_plan(plan),
      m_taskPlan(plan), m_inputSize(inputSize), m_outputSize(outputSize),
      m_steps(static_cast<int>(plan.size())), m_batch(batch),
      m_countedSteps(
          static_cast<int>(std::count_if(plan.begin(), plan.end(), [](auto& row) { return row.counted; }))),
      m_readoutBias(model.readoutBias)
{
    const Eigen::Index columns = Eigen::Index(m_steps) * m_batch;
    int below = inputSize;
    for (int l = 0; l < static_cast<int>(model.hidden.size()); ++l) {
        const int hidden = model.hidden[static_cast<std::size_t>(l)];
        m_layers.push_back(
            {m_layout.find(ParameterRole::InputWeight, l), m_layout.find(ParameterRole::RecurrentWeight, l),
             m_layout.find(ParameterRole::Bias, l), m_layout.find(ParameterRole::RecurrentBias, l), below,
             LayerState(model.cell, hidden, m_steps, batch)});
        below = hidden;
    }
    const int widest = *std::max_element(model.hidden.begin(), model.hidden.end());
    for (Eigen::MatrixXd* kept : {&m_keptState, &m_keptCell, &m_keptGradient})
        kept->setZero(widest, batch);
    m_y.setZero(outputSize, columns);
    m_dy.setZero(outputSize, columns);
    if (lossKind == LossKind::CrossEntropy)
        m_p.setZero(outputSize, columns);
}

CellWeights Network::weights(const Eigen::VectorXd& parameters, const Layer& layer) const
{
    const double* flat = parameters.data();
    const double* recurrentBias = layer.recurrentBias ? flat + layer.recurrentBias->offset : nullptr;
    const Eigen::Index recurrentBiasSize = layer.recurrentBias ? layer.recurrentBias->size() : 0;
    return {{flat + layer.input->offset, layer.input->rows, layer.input->cols},
            {flat + layer.recurrent->offset, layer.recurrent->rows, layer.recurrent->cols},
            {flat + layer.bias->offset, layer.bias->rows},
            {recurrentBias, recurrentBiasSize}};
}

double Network::lossScale(Reduction reduction) const
{
    const double perSequence = reduction == Reduction::Mean ? 1.0 / std::max(1, m_countedSteps) : 1.0;
    return perSequence / m_batch;
}

double Network::stepLoss(const Batch& batch, Eigen::Index column) const
{
    if (m_lossKind == LossKind::CrossEntropy)
        return crossEntropy(m_y.col(column).data(), m_outputSize,
                            batch.targetClasses[static_cast<std::size_t>(column)]);
    return (m_y.col(column) - batch.targets.col(column)).squaredNorm() / m_outputSize;
}

void Network::setEdits(const PassEdits& edits)
{
    m_edits = edits;
    m_plan = m_taskPlan;
    for (const int t : edits.silenced)
        m_plan[static_cast<std::size_t>(t - 1)].counted = false;
    m_countedSteps = static_cast<int>(
        std::count_if(m_plan.begin(), m_plan.end(), [](const PlanRow& row) { return row.counted; }));
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
    if (m_edits.cuts.empty() || !m_edits.cutAfter(layer, t)) {
        m_cell->forward(weights, state, t);
        return;
    }
    hidePreviousState(state, t);
    m_cell->forward(weights, state, t);
    showPreviousState(state, t);
}

void Network::backwardStep(const CellWeights& weights, int layer, int t)
{
    LayerState& state = m_layers[static_cast<std::size_t>(layer)].state;
    const bool cut = !m_edits.cuts.empty() && m_edits.cutAfter(layer, t);
    if (!cut && (m_truncate == 0 || t == 0 || t % m_truncate != 0)) {
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

void Network::forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction)
{
    const Eigen::Index columns = m_y.cols();
    const Eigen::MatrixXd* below = nullptr;
    for (Layer& layer : m_layers) {
        const CellWeights w = weights(parameters, layer);
        LayerState& state = layer.state;
        // W_x x_t + b of all steps at once; a one-hot input picks a column.
        if (below) {
            state.a.noalias() = w.input * below->rightCols(columns);
            state.a.colwise() += w.bias;
        } else if (!batch.inputClasses.empty()) {
            for (Eigen::Index k = 0; k < columns; ++k)
                state.a.col(k) = w.input.col(batch.inputClasses[static_cast<std::size_t>(k)]) + w.bias;
        } else {
            state.a.noalias() = w.input * batch.inputs;
            state.a.colwise() += w.bias;
        }
        const int l = static_cast<int>(&layer - m_layers.data());
        for (int t = 0; t < m_steps; ++t)
            forwardStep(w, l, t);
        below = &state.h;
    }

    // y_t = W_hy h_t + b_y
    const auto readout = view(parameters, *m_layout.find(ParameterRole::ReadoutWeight, -1));
    const Eigen::MatrixXd& top = m_layers.back().state.h;
    if (readout.size() <= 256 && columns <= 16)
        m_y = readout.lazyProduct(top.rightCols(columns));
    else
        m_y.noalias() = readout * top.rightCols(columns);
    if (m_readoutBias)
        m_y.colwise() += view(parameters, *m_layout.find(ParameterRole::ReadoutBias, -1)).col(0);

    // L = Σ_t L_t over the counted steps, mean over the batch; ∂L/∂y_t beside it
    m_scale = lossScale(reduction);
    double sum = 0;
    for (int t = 0; t < m_steps; ++t) {
        const bool counted = m_plan[static_cast<std::size_t>(t)].counted;
        for (int b = 0; b < m_batch; ++b) {
            const Eigen::Index k = Eigen::Index(t) * m_batch + b;
            if (m_lossKind == LossKind::CrossEntropy)
                softmax(m_y.col(k).data(), m_p.col(k).data(), m_outputSize);
            if (!counted) {
                m_dy.col(k).setZero();
                continue;
            }
            sum += stepLoss(batch, k);
            if (m_lossKind == LossKind::CrossEntropy) {
                // ∂L_t/∂y = p − onehot(target)
                m_dy.col(k) = m_p.col(k);
                m_dy(batch.targetClasses[static_cast<std::size_t>(k)], k) -= 1;
                m_dy.col(k) *= m_scale;
            } else {
                m_dy.col(k) = (2 * m_scale / m_outputSize) * (m_y.col(k) - batch.targets.col(k));
            }
        }
    }
    m_loss = sum * m_scale;
}

void Network::backward(const Eigen::VectorXd& parameters, const Batch& batch, Eigen::VectorXd& gradient)
{
    const Eigen::Index columns = m_y.cols();
    const auto& readoutBlock = *m_layout.find(ParameterRole::ReadoutWeight, -1);
    const auto readout = view(parameters, readoutBlock);
    const bool tiny = readout.size() <= 256 && columns <= 16;

    // ∂L/∂W_hy = Σ_t ∂L/∂y_t h_tᵀ, ∂L/∂b_y = Σ_t ∂L/∂y_t, and ∂L/∂h_t from above = W_hyᵀ ∂L/∂y_t
    LayerState& top = m_layers.back().state;
    auto readoutGradient = view(gradient, readoutBlock);
    if (tiny) {
        readoutGradient = m_dy.lazyProduct(top.h.rightCols(columns).transpose());
        top.dh.rightCols(columns) = readout.transpose().lazyProduct(m_dy);
    } else {
        readoutGradient.noalias() = m_dy * top.h.rightCols(columns).transpose();
        top.dh.rightCols(columns).noalias() = readout.transpose() * m_dy;
    }
    if (m_readoutBias)
        view(gradient, *m_layout.find(ParameterRole::ReadoutBias, -1)).col(0) = m_dy.rowwise().sum();

    for (std::size_t l = m_layers.size(); l-- > 0;) {
        Layer& layer = m_layers[l];
        LayerState& state = layer.state;
        const CellWeights w = weights(parameters, layer);
        state.dh.leftCols(m_batch).setZero();
        if (state.dc.size() > 0)
            state.dc.rightCols(m_batch).setZero();
        for (int t = m_steps - 1; t >= 0; --t)
            backwardStep(w, static_cast<int>(l), t);

        double* flat = gradient.data();
        CellGradients g{{flat + layer.input->offset, layer.input->rows, layer.input->cols},
                        {flat + layer.recurrent->offset, layer.recurrent->rows, layer.recurrent->cols},
                        {flat + layer.bias->offset, layer.bias->rows},
                        {layer.recurrentBias ? flat + layer.recurrentBias->offset : nullptr,
                         layer.recurrentBias ? layer.recurrentBias->size() : 0}};
        if (m_edits.cuts.empty()) {
            m_cell->weightGradients(state, g);
        } else {
            const Eigen::MatrixXd h = state.h;
            hideCutStates(m_edits, static_cast<int>(l), state);
            m_cell->weightGradients(state, g);
            state.h = h;
        }

        // ∂L/∂W_x = Σ_t ∂L/∂a_t x_tᵀ
        if (l > 0) {
            LayerState& below = m_layers[l - 1].state;
            g.input.noalias() = state.da * below.h.rightCols(columns).transpose();
            below.dh.rightCols(columns).noalias() = w.input.transpose() * state.da;
        } else if (!batch.inputClasses.empty()) {
            g.input.setZero();
            for (Eigen::Index k = 0; k < columns; ++k)
                g.input.col(batch.inputClasses[static_cast<std::size_t>(k)]) += state.da.col(k);
        } else {
            g.input.noalias() = state.da * batch.inputs.transpose();
        }
    }
}

double Network::accuracy(const Batch& batch, double tolerance) const
{
    Eigen::Index right = 0;
    for (int t = 0; t < m_steps; ++t) {
        if (!m_plan[static_cast<std::size_t>(t)].counted)
            continue;
        for (int b = 0; b < m_batch; ++b) {
            const Eigen::Index k = Eigen::Index(t) * m_batch + b;
            if (m_lossKind == LossKind::CrossEntropy)
                right += mostProbable(m_y.col(k).data(), m_outputSize) ==
                         batch.targetClasses[static_cast<std::size_t>(k)];
            else
                right += ((m_y.col(k) - batch.targets.col(k)).array().abs() < tolerance).all();
        }
    }
    const double counted = double(m_countedSteps) * m_batch;
    return counted > 0 ? double(right) / counted : 0.0;
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
    const auto take = [&](const Eigen::MatrixXd& m) {
        return sequenceOf(m, 0, m.rows(), b, m_steps, m_batch);
    };

    trace.cell = m_spec;
    trace.plan = m_plan;
    trace.lossKind = m_lossKind;
    trace.batch = m_batch;
    trace.sequence = b;
    trace.edits = m_edits;
    trace.truncate = m_truncate;
    trace.loss = m_loss;

    OutputTrace& out = trace.outputs;
    out.y = {take(m_y), take(m_dy)};
    out.losses = Eigen::VectorXd::Constant(m_steps, none);
    trace.inputClasses.clear();
    out.targetClasses.clear();
    if (m_lossKind == LossKind::CrossEntropy) {
        out.probabilities = take(m_p);
        out.predicted.resize(m_steps);
    } else {
        out.targets.setConstant(m_outputSize, m_steps, none);
    }
    double sum = 0;
    for (int t = 0; t < m_steps; ++t) {
        const Eigen::Index k = Eigen::Index(t) * m_batch + b;
        const bool counted = m_plan[static_cast<std::size_t>(t)].counted;
        if (!batch.inputClasses.empty())
            trace.inputClasses.push_back(batch.inputClasses[static_cast<std::size_t>(k)]);
        if (m_lossKind == LossKind::CrossEntropy) {
            out.predicted[t] = mostProbable(m_y.col(k).data(), m_outputSize);
            out.targetClasses.push_back(counted ? batch.targetClasses[static_cast<std::size_t>(k)] : -1);
        } else if (counted) {
            out.targets.col(t) = batch.targets.col(k);
        }
        if (counted) {
            out.losses[t] = stepLoss(batch, k);
            sum += out.losses[t];
        }
    }
    trace.sequenceLoss = sum * lossScale(reduction) * m_batch;

    trace.layers.assign(m_layers.size(), {});
    for (std::size_t l = 0; l < m_layers.size(); ++l) {
        const Layer& layer = m_layers[l];
        const LayerState& state = layer.state;
        LayerTrace& recorded = trace.layers[l];
        recorded.channels.resize(channels(m_spec).size());
        const CellWeights w = weights(parameters, layer);

        Quantity& x = recorded.channels[0];
        if (l > 0) {
            x.value = trace.layers[l - 1].channels.back().value;
        } else if (!batch.inputClasses.empty()) {
            x.value.setZero(m_inputSize, m_steps);
            for (int t = 0; t < m_steps; ++t)
                x.value(trace.inputClasses[static_cast<std::size_t>(t)], t) = 1;
        } else {
            x.value = take(batch.inputs);
        }
        // ∂L/∂x_t = W_xᵀ ∂L/∂a_t
        x.gradient = w.input.transpose() * take(state.da);
        if (m_edits.cuts.empty()) {
            m_cell->record(w, state, b, recorded);
        } else {
            // gradients by what a step reads, which is nothing behind a cut; but h and c as they were
            LayerState read = state;
            hideCutStates(m_edits, static_cast<int>(l), read);
            m_cell->record(w, read, b, recorded);
            recorded.channels.back().value = take(state.h);
            if (const int c = channelIndex(m_spec, "c"); c >= 0)
                recorded.channels[static_cast<std::size_t>(c)].value = take(state.c);
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
        const double rows = double(layer.recurrent->rows);
        const double input = m_layers.front().input == layer.input && m_lossKind == LossKind::CrossEntropy
                                 ? 1.0
                                 : double(layer.inputSize);
        perStep += rows * (layer.state.hidden + input) + 12 * rows;
    }
    perStep += double(m_outputSize) * (m_layers.back().state.hidden + 12);
    return 3 * perStep * m_steps * m_batch;
}

} // namespace unrolled
