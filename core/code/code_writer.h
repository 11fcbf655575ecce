#pragma once

#include "core/code/algorithm.h"
#include "core/trace/iteration_input.h"

/// What the sources of algorithm() share; included by nobody else.
namespace unrolled::detail {

/// Puts the lines of one trace together.
class CodeWriter
{
public:
    using Parts = std::vector<CodePart>;

    explicit CodeWriter(const IterationTrace& trace);

    std::vector<CodeLine> all()
    {
        prepare();
        forward();
        loss();
        backward();
        update();
        return std::move(m_lines);
    }

private:
    void line(int indent, const std::string& text, Parts parts = {}, bool countedOnly = false)
    {
        m_lines.push_back({text, m_base + indent, std::move(parts), countedOnly, false});
    }
    void keep(int indent, const std::string& text)
    {
        m_lines.push_back({text, m_base + indent, {}, false, true});
    }
    static CodePart part(Phase phase, PartKind kind, int layer = -1, int operation = -1)
    {
        return {phase, kind, layer, operation};
    }

    std::string n(std::string_view name, int layer) const { return codeName(m_trace, name, layer); }
    std::string size(int layer) const
    {
        return std::to_string(m_trace.layers[static_cast<std::size_t>(layer)].hiddenSize());
    }
    std::string_view gates() const
    {
        return m_trace.cell.kind == CellKind::Rnn ? "" : m_trace.cell.kind == CellKind::Gru ? "rzn" : "ifgo";
    }
    bool lstm() const { return m_trace.cell.kind == CellKind::Lstm; }
    bool resetsAfter() const
    {
        return m_trace.cell.kind == CellKind::Gru && m_trace.cell.gruReset == GruReset::After;
    }
    std::string h(int layer) const { return n("hs", layer) + "[t]"; }
    std::string c(int layer) const { return n("cs", layer) + "[t]"; }
    std::string gate(char which, int layer) const { return codeGate(m_trace, which, layer); }
    bool borders() const { return m_trace.truncate > 0 || !m_input.edits.cuts.empty(); }

    /// The names of a layer's weights: "Wxh, Whh, bh"; with a prefix those of their gradients.
    std::string weights(int layer, const std::string& prefix = {}) const
    {
        const bool rnn = m_trace.cell.kind == CellKind::Rnn;
        std::string text = prefix + n(rnn ? "Wxh" : "Wx", layer) + ", " + prefix +
                           n(rnn ? "Whh" : "Wh", layer) + ", " + prefix + n(rnn ? "bh" : "b", layer);
        return resetsAfter() ? text + ", " + prefix + n("bhn", layer) : text;
    }

    /// "Wxi, Wxf, Wxg, Wxo = np.split(Wx, 4)"
    void split(int indent, int layer);

    /// An empty dictionary for each name.
    void dictionaries(int indent, const std::vector<std::string>& names)
    {
        std::string left;
        std::string right;
        for (const std::string& name : names) {
            left += (left.empty() ? "" : ", ") + name;
            right += right.empty() ? "{}" : ", {}";
        }
        line(indent, left + " = " + right);
    }

    void hold(int indent, const std::string& name, int layer, const std::string& values, const Parts& parts)
    {
        if (!m_input.edits.clamps.empty())
            line(indent, "hold(\"" + name + "\", " + std::to_string(layer) + ", t, " + values + ")", parts);
    }
    void release(int indent, const std::string& name, int layer, const std::string& gradient,
                 const Parts& parts)
    {
        if (!m_input.edits.clamps.empty())
            line(indent, "release(\"" + name + "\", " + std::to_string(layer) + ", t, " + gradient + ")",
                 parts);
    }

    void prepare();

    void forward();

    bool hasReadoutBias() const { return m_trace.hasParameter(ParameterRole::ReadoutBias, -1); }

    /// "Wxi @ xs[t] + Whi @ hs[t-1] + bi"
    std::string sum(const std::string& which, int layer) const
    {
        return n("Wx" + which, layer) + " @ " + codeInput(m_trace, layer) + " + " + n("Wh" + which, layer) +
               " @ " + codePrevious(m_trace, "h", layer) + " + " + n("b" + which, layer);
    }

    void cellForward(int layer);

    /// The number of counted steps.
    std::string count() const { return m_allCounted ? "len(losses)" : "max(1, len(losses))"; }

    void loss();

    void backward();
    void cellBackward(int layer);
    void passBack(int layer);
    void update();

    const IterationTrace& m_trace;
    const IterationInput& m_input;
    int m_layers;
    int m_base;
    bool m_own = false;
    bool m_banks = false;
    bool m_allCounted = true;
    bool m_softmax = true;
    std::vector<CodeLine> m_lines;
};

} // namespace unrolled::detail
