#include "core/code/algorithm.h"

#include "core/files/number_text.h"
#include "core/trace/iteration_input.h"

#include <cmath>

namespace unrolled {

namespace {

/// A number as Python reads it back; nan and inf are names that the script defines.
std::string pythonNumber(double value)
{
    std::string text = fullPrecision(value);
    return text.find_first_of(".en") == std::string::npos ? text + "." : text;
}

template<typename Vector>
std::string pythonList(const Vector& values)
{
    std::string text = "[";
    for (Eigen::Index i = 0; i < values.size(); ++i)
        text += (i > 0 ? ", " : "") + pythonNumber(values(i));
    return text + "]";
}

std::string pythonArray(const Eigen::MatrixXd& values, bool vector)
{
    if (vector)
        return "np.array(" + pythonList(values.col(0)) + ")";
    std::string text = "np.array([";
    for (Eigen::Index row = 0; row < values.rows(); ++row)
        text += (row > 0 ? ",\n        " : "") + pythonList(values.row(row));
    return text + "])";
}

bool isVectorBlock(const ParameterBlock& block)
{
    return block.role == ParameterRole::Bias || block.role == ParameterRole::RecurrentBias ||
           block.role == ParameterRole::ReadoutBias;
}

class ScriptWriter
{
public:
    explicit ScriptWriter(const IterationTrace& trace) : m_trace(trace), m_input(*trace.input) {}

    std::string all()
    {
        const std::string_view name = title(m_trace.cell.kind);
        m_text = "#!/usr/bin/env python3\n# Iteration " + std::to_string(m_trace.iteration) +
                 " of a network of " + std::string(name) +
                 " cells, as Unrolled computed it. Runs with NumPy alone.\n"
                 "# Python counts from 0: step 1 is t = 0.\n"
                 "import numpy as np\nfrom types import SimpleNamespace\nfrom numpy import inf, nan\n";
        parameters();
        memory();
        sequences();
        names();
        definitions();
        m_text += "\nloss = 0.0\n";
        for (const CodeLine& line : algorithm(m_trace))
            m_text += std::string(4 * static_cast<std::size_t>(line.indent), ' ') + line.text + "\n";
        prints();
        return std::move(m_text);
    }

private:
    void parameters()
    {
        m_text += "\n# the parameters before the update, and their gradients\nP = {\n";
        for (const ParameterTrace& each : m_trace.parameters)
            m_text += "    \"" + each.block.name +
                      "\": " + pythonArray(each.before, isVectorBlock(each.block)) + ",\n";
        m_text += "}\nbefore = {k: w.copy() for k, w in P.items()}\nG = {k: np.zeros_like(w) for k, w in "
                  "P.items()}\n";
    }

    /// One of the optimizer's accumulators: as large as all parameters, from `first` on.
    void accumulator(const std::string& name, Eigen::Index first)
    {
        if (m_input.memory.size() == 0) {
            m_text += name + " = {k: np.zeros_like(w) for k, w in P.items()}\n";
            return;
        }
        m_text += name + " = {\n";
        for (const ParameterTrace& each : m_trace.parameters) {
            const ParameterBlock& block = each.block;
            const Eigen::Map<const Eigen::MatrixXd> values(m_input.memory.data() + first + block.offset,
                                                           block.rows, block.cols);
            m_text += "    \"" + block.name + "\": " + pythonArray(values, isVectorBlock(block)) + ",\n";
        }
        m_text += "}\n";
    }

    void memory()
    {
        Eigen::Index size = 0;
        for (const ParameterTrace& each : m_trace.parameters)
            size += each.block.size();
        if (m_input.settings.optimizer != OptimizerKind::Sgd)
            m_text += "\n# what the optimizer remembers\n";
        switch (m_input.settings.optimizer) {
        case OptimizerKind::Sgd:
            break;
        case OptimizerKind::Momentum:
        case OptimizerKind::Nesterov:
            accumulator("v", 0);
            break;
        case OptimizerKind::Adagrad:
            accumulator("s", 0);
            break;
        case OptimizerKind::RmsProp:
            accumulator("s", 0);
            accumulator("v", size);
            break;
        case OptimizerKind::Adam: {
            const bool fresh = m_input.memory.size() == 0;
            m_text += "beta1, beta2 = " + pythonNumber(fresh ? 1 : m_input.memory[0]) + ", " +
                      pythonNumber(fresh ? 1 : m_input.memory[1]) +
                      "  # 0.9 and 0.999 to the number of updates\n";
            accumulator("m", 2);
            accumulator("v", 2 + size);
            break;
        }
        }
    }

    std::string startState(std::string_view channel, int b) const
    {
        std::string text = "[";
        Eigen::Index at = 0;
        for (std::size_t layer = 0; layer < m_trace.layers.size(); ++layer) {
            const Eigen::Index units = m_trace.layers[layer].hiddenSize();
            const bool cells = m_trace.cell.kind == CellKind::Lstm;
            const Eigen::Index first = at + (channel == "c" ? units * m_input.batch.size : 0) + units * b;
            text += layer > 0 ? ", " : "";
            if (m_input.states.size() == 0)
                text += "np.zeros(" + std::to_string(units) + ")";
            else
                text += "np.array(" + pythonList(m_input.states.segment(first, units)) + ")";
            at += (cells ? 2 : 1) * units * m_input.batch.size;
        }
        return text + "]";
    }

    bool counts(int t, int b) const
    {
        for (const int silent : m_input.edits.silenced) {
            if (silent == t + 1)
                return false;
        }
        return m_input.batch.counted(m_input.plan, t, b);
    }

    /// The sets of steps that start from zeros (`ends`: whose gradient ends there), for each layer.
    std::string borders(const std::vector<int>& taken, bool ends) const
    {
        std::string text = "[";
        for (std::size_t layer = 0; layer < m_trace.layers.size(); ++layer) {
            std::string steps;
            for (std::size_t i = 0; i < taken.size(); ++i) {
                bool border = false;
                for (int t = i > 0 ? taken[i - 1] + 1 : 0; t <= taken[i]; ++t)
                    border = border || m_input.edits.cutAfter(static_cast<int>(layer), t) ||
                             (ends && isBorder(m_trace.truncate, {}, t));
                if (border)
                    steps += (steps.empty() ? "" : ", ") + std::to_string(i);
            }
            text += (layer > 0 ? ", " : "") + (steps.empty() ? std::string("set()") : "{" + steps + "}");
        }
        return text + "]";
    }

    std::string clamps(const std::vector<int>& taken) const
    {
        std::string text = "{";
        for (std::size_t i = 0; i < taken.size(); ++i) {
            for (int layer = 0; layer < static_cast<int>(m_trace.layers.size()); ++layer) {
                for (int k = 0; k < stackedGates(m_trace.cell.kind); ++k) {
                    const std::string channel(gateChannel(m_trace.cell.kind, k));
                    std::string held;
                    const auto units = m_trace.layers[static_cast<std::size_t>(layer)].hiddenSize();
                    for (int unit = 0; unit < units; ++unit) {
                        if (const GateClamp* clamp =
                                clampAt(m_input.edits, channel, layer, unit, taken[i] + 1))
                            held += (held.empty() ? "" : ", ") + std::to_string(unit) + ": " +
                                    pythonNumber(clamp->value);
                    }
                    if (held.empty())
                        continue;
                    text.append(text.size() > 1 ? ", (\"" : "(\"").append(channel).append("\", ");
                    text.append(std::to_string(layer)).append(", ").append(std::to_string(i));
                    text.append("): {").append(held).append("}");
                }
            }
        }
        return text + "}";
    }

    void sequences()
    {
        m_text += "\n# the data: what each step reads and should answer\nsequences = [\n";
        for (int b = 0; b < m_input.batch.size; ++b)
            m_text += "    SimpleNamespace(" + sequence(b) + "),\n";
        m_text += "]\nB = len(sequences)\n";
    }

    std::string sequence(int b) const
    {
        const Batch& batch = m_input.batch;
        std::vector<int> taken;
        for (int t = 0; t < batch.steps; ++t) {
            if (!batch.skipped(t, b))
                taken.push_back(t);
        }
        std::string inputs;
        std::string targets;
        std::string own;
        std::string banks;
        for (std::size_t i = 0; i < taken.size(); ++i) {
            const int t = taken[i];
            const auto column = static_cast<Eigen::Index>(batch.column(t, b));
            const std::string comma = i > 0 ? ", " : "";
            inputs +=
                comma + (batch.inputClasses.empty() ? "np.array(" + pythonList(batch.inputs.col(column)) + ")"
                                                    : std::to_string(batch.inputClasses[batch.column(t, b)]));
            if (counts(t, b))
                targets +=
                    (targets.empty() ? "" : ", ") + std::to_string(i) + ": " +
                    (batch.targetClasses.empty() ? "np.array(" + pythonList(batch.targets.col(column)) + ")"
                                                 : std::to_string(batch.targetClasses[batch.column(t, b)]));
            if (t > 0 && batch.source(m_input.plan, t, b) == InputSource::OwnOutput)
                own += (own.empty() ? "" : ", ") + std::to_string(i);
            banks += comma + "\"" + std::string(m_input.plan[static_cast<std::size_t>(t)].bank) + "\"";
        }
        std::string text = "T=" + std::to_string(taken.size()) + ", inputs=[" + inputs +
                           "],\n        targets={" + targets +
                           "}, own=" + (own.empty() ? "set()" : "{" + own + "}") + ", bank=[" + banks +
                           "],\n        h0=" + startState("h", b);
        if (m_trace.cell.kind == CellKind::Lstm)
            text += ", c0=" + startState("c", b);
        if (!m_input.edits.cuts.empty())
            text += ",\n        cuts=" + borders(taken, false);
        if (!m_input.edits.cuts.empty() || m_trace.truncate > 0)
            text += ", ends=" + borders(taken, true);
        if (!m_input.edits.clamps.empty())
            text += ",\n        clamps=" + clamps(taken);
        return text + ", dh={}";
    }

    /// The parameters of a layer in a bank: "P["rnn.weight_ih_l0"], …".
    std::string blocks(const std::string& from, int layer, std::string_view bank) const
    {
        std::string text;
        for (const ParameterRole role : {ParameterRole::InputWeight, ParameterRole::RecurrentWeight,
                                         ParameterRole::Bias, ParameterRole::RecurrentBias}) {
            if (m_trace.hasParameter(role, layer, bank))
                text += (text.empty() ? "" : ", ") + from + "[\"" +
                        m_trace.parameter(role, layer, bank).block.name + "\"]";
        }
        return text;
    }

    void names()
    {
        m_text += "\n# the names of the algorithm\n";
        const bool rnn = m_trace.cell.kind == CellKind::Rnn;
        const bool banks = m_trace.hasParameter(ParameterRole::InputWeight, 0, encoderBank);
        for (const bool gradient : {false, true}) {
            const std::string from = gradient ? "G" : "P";
            const std::string d = gradient ? "d" : "";
            if (banks) {
                m_text += std::string(gradient ? "gradients" : "weights") + " = {";
                for (const std::string_view bank : {encoderBank, rnnBank}) {
                    m_text += "\"" + std::string(bank) + "\": [";
                    for (int layer = 0; layer < static_cast<int>(m_trace.layers.size()); ++layer)
                        m_text.append("(").append(blocks(from, layer, bank)).append("), ");
                    m_text += "], ";
                }
                m_text += "}\n";
            } else {
                for (int layer = 0; layer < static_cast<int>(m_trace.layers.size()); ++layer) {
                    std::string left;
                    for (const char* name : {rnn ? "Wxh" : "Wx", rnn ? "Whh" : "Wh", rnn ? "bh" : "b"})
                        left += (left.empty() ? "" : ", ") + codeName(m_trace, d + name, layer);
                    if (m_trace.hasParameter(ParameterRole::RecurrentBias, layer))
                        left += ", " + codeName(m_trace, d + "bhn", layer);
                    m_text += left + " = " + blocks(from, layer, rnnBank) + "\n";
                }
            }
            name(d + "Why", from, ParameterRole::ReadoutWeight);
            name(d + "by", from, ParameterRole::ReadoutBias);
        }
    }
    /// "Why = P["out.weight"]", where there is one.
    void name(const std::string& left, const std::string& from, ParameterRole role)
    {
        if (m_trace.hasParameter(role, -1))
            m_text.append(left)
                .append(" = ")
                .append(from)
                .append("[\"")
                .append(m_trace.parameter(role, -1).block.name)
                .append("\"]\n");
    }

    void definitions()
    {
        if (!m_trace.inputClasses.empty())
            m_text += "\n\ndef onehot(k):\n    x = np.zeros(" +
                      std::to_string(m_trace.layers[0].channels[0].value.rows()) +
                      ")\n    if k >= 0:\n        x[k] = 1\n    return x\n";
        const bool logistic =
            m_trace.cell.kind != CellKind::Rnn || m_trace.cell.activation == Activation::Sigmoid;
        if (logistic)
            m_text += "\n\ndef sigmoid(a):\n    e = np.exp(-np.abs(a))\n    return np.where(a >= 0, 1, e) / "
                      "(1 + e)\n";
        if (!m_input.edits.clamps.empty())
            m_text += "\n\ndef hold(gate, layer, t, values):\n"
                      "    for unit, value in sequence.clamps.get((gate, layer, t), {}).items():\n"
                      "        values[unit] = value\n\n\n"
                      "def release(gate, layer, t, gradient):\n"
                      "    for unit in sequence.clamps.get((gate, layer, t), {}):\n"
                      "        gradient[unit] = 0\n";
        m_text += "\n";
    }

    void prints()
    {
        const std::string watched = std::to_string(m_trace.sequence);
        if (m_trace.batch > 1)
            m_text += "\n# of sequence " + std::to_string(m_trace.sequence + 1) +
                      " of the batch: its losses and ∂L/∂h";
        m_text += "\nprint(f\"L = {loss:.17g}\")\n"
                  "for t, value in sequences[" +
                  watched +
                  "].losses.items():\n"
                  "    print(f\"L_{t + 1} = {value:.17g}\")\n"
                  "for (layer, t), gradient in sorted(sequences[" +
                  watched +
                  "].dh.items()):\n"
                  "    print(f\"|dL/dh_{t + 1}| of layer {layer + 1} = {np.linalg.norm(gradient):.17g}\")\n"
                  "for k, g in raw.items():\n"
                  "    print(f\"|dL/d {k}| = {np.linalg.norm(g):.17g}\")\n"
                  "print(f\"|gradient| = {raw_norm:.17g}\")\n"
                  "for k, w in P.items():\n"
                  "    print(f\"|update of {k}| = {np.linalg.norm(w - before[k]):.17g}\")\n";
    }

    const IterationTrace& m_trace;
    const IterationInput& m_input;
    std::string m_text;
};

} // namespace

std::string numpyScript(const IterationTrace& trace)
{
    return ScriptWriter(trace).all();
}

} // namespace unrolled
