// One step of each cell in NumPy, forward and backward.
#include "core/code/code_writer.h"

namespace unrolled::detail {

void CodeWriter::cellForward(int layer)
{
    const auto at = [&](int operation) {
        return Parts{part(Phase::Forward, PartKind::Cell, layer, operation)};
    };
    const std::string hp = codePrevious(m_trace, "h", layer);
    const std::string cp = codePrevious(m_trace, "c", layer);
    if (m_trace.cell.kind == CellKind::Rnn) {
        const Parts both = {part(Phase::Forward, PartKind::Cell, layer, 0),
                            part(Phase::Forward, PartKind::Cell, layer, 1)};
        const std::string a = sum("h", layer);
        std::string value = a;
        switch (m_trace.cell.activation) {
        case Activation::Tanh:
            value = "np.tanh(" + a + ")";
            break;
        case Activation::Relu:
            value = "np.maximum(0, " + a + ")";
            break;
        case Activation::Sigmoid:
            value = "sigmoid(" + a + ")";
            break;
        case Activation::Identity:
            break;
        }
        line(1, h(layer) + " = " + value, both);
        hold(1, "h", layer, h(layer), at(1));
        return;
    }
    const auto gateLine = [&](char which, int operation) {
        const std::string a = sum(std::string(1, which), layer);
        line(1, gate(which, layer) + (which == 'g' ? " = np.tanh(" : " = sigmoid(") + a + ")", at(operation));
        hold(1, std::string(1, which), layer, gate(which, layer), at(operation));
    };
    if (lstm()) {
        for (int k = 0; k < 4; ++k)
            gateLine(gates()[static_cast<std::size_t>(k)], k);
        line(1,
             c(layer) + " = " + gate('f', layer) + " * " + cp + " + " + gate('i', layer) + " * " +
                 gate('g', layer),
             at(4));
        line(1, h(layer) + " = " + gate('o', layer) + " * np.tanh(" + c(layer) + ")", at(5));
        return;
    }
    gateLine('r', 0);
    gateLine('z', 1);
    const std::string x = n("Wxn", layer) + " @ " + codeInput(m_trace, layer) + " + ";
    if (resetsAfter()) {
        const std::string u = n("u", layer) + "[t]";
        line(1, u + " = " + n("Whn", layer) + " @ " + hp + " + " + n("bhn", layer), at(2));
        line(1,
             gate('n', layer) + " = np.tanh(" + x + n("bn", layer) + " + " + gate('r', layer) + " * " + u +
                 ")",
             at(3));
    } else {
        const std::string rh = n("rh", layer) + "[t]";
        line(1, rh + " = " + gate('r', layer) + " * " + hp, at(2));
        line(1,
             gate('n', layer) + " = np.tanh(" + x + n("Whn", layer) + " @ " + rh + " + " + n("bn", layer) +
                 ")",
             at(3));
    }
    hold(1, "n", layer, gate('n', layer), at(3));
    line(1,
         h(layer) + " = (1 - " + gate('z', layer) + ") * " + gate('n', layer) + " + " + gate('z', layer) +
             " * " + hp,
         at(4));
}

void CodeWriter::cellBackward(int layer)
{
    const auto at = [&](int operation) {
        return Parts{part(Phase::Backward, PartKind::Cell, layer, operation)};
    };
    const auto d = [&](const std::string& name) { return n("d" + name, layer); };
    const auto g = [&](char which) { return gate(which, layer); };
    const std::string dh = d("h");
    const std::string hp = codePrevious(m_trace, "h", layer);
    const std::string cp = codePrevious(m_trace, "c", layer);
    if (m_trace.cell.kind == CellKind::Rnn) {
        const std::string now = h(layer);
        const std::string raw = d("hraw");
        std::string slope;
        switch (m_trace.cell.activation) {
        case Activation::Tanh:
            slope = "(1 - " + now + "**2) * ";
            break;
        case Activation::Relu:
            slope = "(" + now + " > 0) * ";
            break;
        case Activation::Sigmoid:
            slope = now + " * (1 - " + now + ") * ";
            break;
        case Activation::Identity:
            break;
        }
        line(1, raw + " = " + (slope.empty() ? "np.copy(" + dh + ")" : slope + dh), at(1));
        release(1, "h", layer, raw, at(1));
        line(1, d("bh") + " += " + raw, at(0));
        line(1, d("Wxh") + " += np.outer(" + raw + ", " + codeInput(m_trace, layer) + ")", at(0));
        line(1, d("Whh") + " += np.outer(" + raw + ", " + hp + ")", at(0));
        return;
    }
    const auto logistic = [&](char which) { return " * " + g(which) + " * (1 - " + g(which) + ")"; };
    const auto da = [&](char which) { return d(std::string("a") + which); };
    const auto gateLine = [&](char which, const std::string& value, int operation) {
        line(1, da(which) + " = " + value, at(operation));
        release(1, std::string(1, which), layer, da(which), at(operation));
    };
    if (lstm()) {
        const std::string dc = d("c");
        line(1, dc + " = " + d("cnext") + " + (1 - np.tanh(" + c(layer) + ")**2) * " + g('o') + " * " + dh,
             at(5));
        line(1, d("cnext") + " = " + g('f') + " * " + dc, at(4));
        gateLine('o', "np.tanh(" + c(layer) + ") * " + dh + logistic('o'), 3);
        gateLine('g', g('i') + " * " + dc + " * (1 - " + g('g') + "**2)", 2);
        gateLine('f', cp + " * " + dc + logistic('f'), 1);
        gateLine('i', g('g') + " * " + dc + logistic('i'), 0);
        return;
    }
    line(1, d("hprev") + " = " + g('z') + " * " + dh, at(4));
    gateLine('n', "(1 - " + g('z') + ") * " + dh + " * (1 - " + g('n') + "**2)", 3);
    if (resetsAfter())
        line(1, d("u") + " = " + g('r') + " * " + da('n'), at(2));
    else
        line(1, d("rh") + " = " + n("Wh", layer) + "[2*" + size(layer) + ":].T @ " + da('n'), at(2));
    gateLine('z', "(" + hp + " - " + g('n') + ") * " + dh + logistic('z'), 1);
    gateLine('r', (resetsAfter() ? n("u", layer) + "[t] * " + da('n') : hp + " * " + d("rh")) + logistic('r'),
             0);
}

void CodeWriter::passBack(int layer)
{
    const Parts here = {part(Phase::Backward, PartKind::PassBack, layer)};
    const auto d = [&](const std::string& name) { return n("d" + name, layer); };
    const std::string hp = codePrevious(m_trace, "h", layer);
    const std::string in = codeInput(m_trace, layer);
    const bool rnn = m_trace.cell.kind == CellKind::Rnn;
    const std::string da = rnn ? d("hraw") : d("a");
    if (!rnn) {
        std::string list;
        for (const char which : gates())
            list += (list.empty() ? "" : ", ") + d(std::string("a") + which);
        line(1, da + " = np.concatenate([" + list + "])", here);
        line(1, d("b") + " += " + da, here);
        line(1, d("Wx") + " += np.outer(" + da + ", " + in + ")", here);
    }
    std::string next = rnn ? n("Whh", layer) + ".T @ " + da : n("Wh", layer) + ".T @ " + da;
    if (lstm()) {
        line(1, d("Wh") + " += np.outer(" + da + ", " + hp + ")", here);
    } else if (resetsAfter()) {
        const std::string ds = d("s");
        line(1, ds + " = np.concatenate([" + d("ar") + ", " + d("az") + ", " + d("u") + "])", here);
        line(1, d("Wh") + " += np.outer(" + ds + ", " + hp + ")", here);
        line(1, d("bhn") + " += " + d("u"), here);
        next = d("hprev") + " + " + n("Wh", layer) + ".T @ " + ds;
    } else if (!rnn) {
        const std::string rows = "2*" + size(layer);
        line(1, d("Wh") + "[:" + rows + "] += np.outer(" + da + "[:" + rows + "], " + hp + ")", here);
        line(1, d("Wh") + "[" + rows + ":] += np.outer(" + d("an") + ", " + n("rh", layer) + "[t])", here);
        next = d("hprev") + " + " + codeGate(m_trace, 'r', layer) + " * " + d("rh") + " + " + n("Wh", layer) +
               "[:" + rows + "].T @ " + da + "[:" + rows + "]";
    }
    line(1, d("hnext") + " = " + next, here);
    if (borders()) {
        const std::string ends = "if t in sequence.ends[" + std::to_string(layer) + "]: ";
        line(1, ends + d("hnext") + " = np.zeros(" + size(layer) + ")", here);
        if (lstm())
            line(1, ends + d("cnext") + " = np.zeros(" + size(layer) + ")", here);
    }
    if (layer > 0 || readsNumbersBack(m_trace))
        line(1, (layer > 0 ? d("x") : "dx") + " = " + n(rnn ? "Wxh" : "Wx", layer) + ".T @ " + da, here);
}

} // namespace unrolled::detail
