#include "core/code/code_writer.h"
#include "core/files/number_text.h"

#include <algorithm>

namespace unrolled {

namespace detail {

CodeWriter::CodeWriter(const IterationTrace& trace)
    : m_trace(trace), m_input(*trace.input), m_layers(static_cast<int>(trace.layers.size())),
      m_base(trace.batch > 1 ? 1 : 0)
{
    const auto own = [](InputSource source) { return source == InputSource::OwnOutput; };
    const Batch& batch = m_input.batch;
    m_own = std::any_of(batch.sources.begin(), batch.sources.end(), own) ||
            (batch.sources.empty() && std::any_of(m_input.plan.begin(), m_input.plan.end(),
                                                  [&](const PlanRow& row) { return own(row.input); }));
    for (int b = 0; b < batch.size; ++b) {
        for (int t = 0; t < batch.steps; ++t) {
            const auto& silent = m_input.edits.silenced;
            if (!batch.skipped(t, b) && (!batch.counted(m_input.plan, t, b) ||
                                         std::find(silent.begin(), silent.end(), t + 1) != silent.end()))
                m_allCounted = false;
        }
    }
    m_banks = std::any_of(m_input.plan.begin(), m_input.plan.end(),
                          [&](const PlanRow& row) { return row.bank != m_input.plan.front().bank; });
    m_softmax = trace.lossKind == LossKind::CrossEntropy;
}

void CodeWriter::split(int indent, int layer)
{
    for (const char* name : {"Wx", "Wh", "b"}) {
        std::string left;
        for (const char which : gates())
            left += (left.empty() ? "" : ", ") + n(std::string(name) + which, layer);
        if (!left.empty())
            line(indent,
                 left + " = np.split(" + n(name, layer) + ", " + std::to_string(gates().size()) + ")");
    }
}

void CodeWriter::prepare()
{
    m_lines.push_back(
        {m_base > 0 ? "for sequence in sequences:" : "sequence = sequences[0]", 0, {}, false, false});
    std::string left = "T, inputs, targets";
    std::string from = "sequence.T, sequence.inputs, sequence.targets";
    if (m_own) {
        left += ", own";
        from += ", sequence.own";
    }
    if (m_banks) {
        left += ", bank";
        from += ", sequence.bank";
    }
    line(0, left + " = " + from);
    for (int layer = 0; layer < m_layers; ++layer) {
        if (!m_banks)
            split(0, layer);
        const std::string index = std::to_string(layer);
        line(0, n("hs", layer) + " = {-1: sequence.h0[" + index + "]}");
        if (lstm())
            line(0, n("cs", layer) + " = {-1: sequence.c0[" + index + "]}");
        std::vector<std::string> kept;
        for (const char which : gates())
            kept.push_back(n(std::string(1, which), layer));
        if (m_trace.cell.kind == CellKind::Gru)
            kept.push_back(n(resetsAfter() ? "u" : "rh", layer));
        if (!kept.empty())
            dictionaries(0, kept);
    }
    std::vector<std::string> kept = {"xs", "ys"};
    if (m_softmax)
        kept.emplace_back("ps");
    kept.emplace_back("losses");
    dictionaries(0, kept);
}

void CodeWriter::forward()
{
    line(0, "# the forward pass");
    line(0, "for t in range(T):");
    const Parts reading = {part(Phase::Forward, PartKind::Input)};
    std::string read = "inputs[t]";
    if (m_own)
        read = (m_softmax ? "np.argmax(ys[t-1])" : "ys[t-1]") + std::string(" if t in own else ") + read;
    line(1, "xs[t] = " + (m_trace.inputClasses.empty() ? read : "onehot(" + read + ")"), reading);
    for (int layer = 0; layer < m_layers; ++layer) {
        if (m_banks) {
            line(1, weights(layer) + " = weights[bank[t]][" + std::to_string(layer) + "]");
            split(1, layer);
        }
        if (!m_input.edits.cuts.empty()) {
            const std::string cut =
                " = np.zeros(" + size(layer) + ") if t in sequence.cuts[" + std::to_string(layer) + "] else ";
            line(1, n("hp", layer) + cut + n("hs", layer) + "[t-1]");
            if (lstm())
                line(1, n("cp", layer) + cut + n("cs", layer) + "[t-1]");
        }
        cellForward(layer);
    }
    const Parts scores = {part(Phase::Forward, PartKind::Logits)};
    const Parts chances = {part(Phase::Forward, PartKind::Probabilities)};
    line(1, "ys[t] = Why @ " + h(m_layers - 1) + (hasReadoutBias() ? " + by" : ""), scores);
    if (m_softmax) {
        line(1, "ps[t] = np.exp(ys[t] - np.max(ys[t]))", chances);
        line(1, "ps[t] /= np.sum(ps[t])", chances);
    }
    const std::string counted = m_allCounted ? "" : "if t in targets: ";
    line(1,
         counted + (m_softmax ? "losses[t] = -np.log(ps[t][targets[t]])"
                              : "losses[t] = np.mean((ys[t] - targets[t])**2)"),
         m_softmax ? chances : scores, true);
}

void CodeWriter::loss()
{
    const Parts here = {part(Phase::Loss, PartKind::Loss)};
    std::string text = "sum(losses.values())";
    if (m_input.settings.loss == Reduction::Mean)
        text += " / " + count();
    if (m_base > 0)
        text += " / B";
    line(0, "loss += " + text, here);
    keep(0, "sequence.losses = losses");
}

void CodeWriter::backward()
{
    line(0, "# the backward pass, through time");
    for (int layer = 0; layer < m_layers; ++layer) {
        line(0, n("dhnext", layer) + " = np.zeros(" + size(layer) + ")");
        if (lstm())
            line(0, n("dcnext", layer) + " = np.zeros(" + size(layer) + ")");
    }
    line(0, "for t in reversed(range(T)):");
    const Parts scores = {part(Phase::Backward, PartKind::Logits)};
    const std::string width = std::to_string(m_trace.outputs.y.value.rows());
    const std::string otherwise = m_allCounted ? "" : " if t in targets else np.zeros(" + width + ")";
    if (m_softmax) {
        line(1, "dy = np.copy(ps[t])" + otherwise, scores);
        line(1, (m_allCounted ? "" : "if t in targets: ") + std::string("dy[targets[t]] -= 1"), scores, true);
    } else {
        line(1, "dy = 2 * (ys[t] - targets[t]) / len(ys[t])" + otherwise, scores);
    }
    const bool mean = m_input.settings.loss == Reduction::Mean;
    if (mean || m_base > 0)
        line(1,
             std::string("dy /= ") + (mean ? count() : "") +
                 (mean && m_base > 0 ? " * B"
                  : m_base > 0       ? "B"
                                     : ""),
             scores);
    if (readsNumbersBack(m_trace))
        line(1, "if t + 1 in own: dy += dx", scores);
    line(1, "dWhy += np.outer(dy, " + h(m_layers - 1) + ")", scores);
    if (hasReadoutBias())
        line(1, "dby += dy", scores);
    for (int layer = m_layers - 1; layer >= 0; --layer) {
        if (m_banks) {
            const std::string index = "[bank[t]][" + std::to_string(layer) + "]";
            line(1, weights(layer) + " = weights" + index);
            line(1, weights(layer, "d") + " = gradients" + index);
        }
        if (!m_input.edits.cuts.empty()) {
            const std::string cut =
                " = np.zeros(" + size(layer) + ") if t in sequence.cuts[" + std::to_string(layer) + "] else ";
            line(1, n("hp", layer) + cut + n("hs", layer) + "[t-1]");
            if (lstm())
                line(1, n("cp", layer) + cut + n("cs", layer) + "[t-1]");
        }
        const Parts here = {part(Phase::Backward, PartKind::HiddenGradient, layer)};
        line(1,
             n("dh", layer) + " = " + (layer + 1 == m_layers ? "Why.T @ dy" : n("dx", layer + 1)) + " + " +
                 n("dhnext", layer),
             here);
        keep(1, "sequence.dh[" + std::to_string(layer) + ", t] = " + n("dh", layer));
        cellBackward(layer);
        passBack(layer);
    }
}

void CodeWriter::update()
{
    m_base = 0;
    line(0, "# clipping and update");
    const TrainingSettings& s = m_input.settings;
    const Parts clip = {part(Phase::Update, PartKind::Clip)};
    const Parts step = {part(Phase::Update, PartKind::Update)};
    const auto text = [](double value) {
        std::string written;
        appendJson(written, value);
        return written;
    };
    const std::string norm = "norm = np.sqrt(sum(np.sum(g**2) for g in G.values()))";
    line(0, norm, clip);
    keep(0, "raw = {k: g.copy() for k, g in G.items()}");
    keep(0, "raw_norm = norm");
    if (s.clipValue > 0) {
        line(0,
             "for g in G.values(): np.clip(g, " + text(-s.clipValue) + ", " + text(s.clipValue) + ", out=g)",
             clip);
        if (s.clipNorm > 0)
            line(0, norm, clip);
    }
    if (s.clipNorm > 0) {
        line(0, "if norm > " + text(s.clipNorm) + ":", clip);
        line(1, "for g in G.values(): g *= " + text(s.clipNorm) + " / norm", clip);
    }
    const std::string eta = text(m_trace.learningRate);
    const std::string mu = text(s.momentum);
    if (s.optimizer == OptimizerKind::Adam)
        line(0, "beta1, beta2 = 0.9 * beta1, 0.999 * beta2", step);
    line(0, "for k in P:", step);
    switch (s.optimizer) {
    case OptimizerKind::Sgd:
        line(1, "P[k] -= " + eta + " * G[k]", step);
        break;
    case OptimizerKind::Momentum:
    case OptimizerKind::Nesterov:
        line(1, "v[k] = " + mu + " * v[k] + G[k]", step);
        line(1,
             "P[k] -= " + eta + " * " +
                 (s.optimizer == OptimizerKind::Nesterov ? "(G[k] + " + mu + " * v[k])" : "v[k]"),
             step);
        break;
    case OptimizerKind::Adagrad:
        line(1, "s[k] += G[k]**2", step);
        line(1,
             "P[k] -= " + eta + " * G[k] / " +
                 (s.epsilonInsideRoot ? "np.sqrt(s[k] + 1e-8)" : "(np.sqrt(s[k]) + 1e-10)"),
             step);
        break;
    case OptimizerKind::RmsProp:
        line(1, "s[k] = 0.99 * s[k] + 0.01 * G[k]**2", step);
        line(1, "v[k] = " + mu + " * v[k] + G[k] / (np.sqrt(s[k]) + 1e-8)", step);
        line(1, "P[k] -= " + eta + " * v[k]", step);
        break;
    case OptimizerKind::Adam:
        line(1, "m[k] = 0.9 * m[k] + (1 - 0.9) * G[k]", step);
        line(1, "v[k] = 0.999 * v[k] + (1 - 0.999) * G[k]**2", step);
        line(1, "P[k] -= " + eta + " * (m[k] / (1 - beta1)) / (np.sqrt(v[k] / (1 - beta2)) + 1e-8)", step);
        break;
    }
}

} // namespace detail

std::string codeName(const IterationTrace& trace, std::string_view name, int layer)
{
    return trace.layers.size() > 1 ? std::string(name) + std::to_string(layer + 1) : std::string(name);
}

std::string codeInput(const IterationTrace& trace, int layer)
{
    return layer == 0 ? "xs[t]" : codeName(trace, "hs", layer - 1) + "[t]";
}

std::string codePrevious(const IterationTrace& trace, std::string_view state, int layer)
{
    const std::string name(state);
    if (trace.input && !trace.input->edits.cuts.empty())
        return codeName(trace, name + "p", layer);
    return codeName(trace, name + "s", layer) + "[t-1]";
}

std::string codeGate(const IterationTrace& trace, char gate, int layer)
{
    return codeName(trace, std::string(1, gate), layer) + "[t]";
}

bool readsNumbersBack(const IterationTrace& trace)
{
    if (trace.lossKind != LossKind::SquaredError)
        return false;
    const auto own = [](InputSource source) { return source == InputSource::OwnOutput; };
    const IterationInput& input = *trace.input;
    if (!input.batch.sources.empty())
        return std::any_of(input.batch.sources.begin(), input.batch.sources.end(), own);
    return std::any_of(input.plan.begin(), input.plan.end(),
                       [&](const PlanRow& row) { return own(row.input); });
}

std::vector<CodeLine> algorithm(const IterationTrace& trace)
{
    return detail::CodeWriter(trace).all();
}

} // namespace unrolled
