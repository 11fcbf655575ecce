#include "ui/paint/cell_signal.h"
#include "ui/paint/equation_parts.h"
#include "ui/paint/number_format.h"

#include <cmath>

namespace ui::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using unrolled::Activation;
using unrolled::CellKind;
using unrolled::GruReset;
using unrolled::ParameterRole;
using unrolled::TracePtr;

namespace {

struct BackwardValues
{
    TracePtr trace;
    int layer;
    int t;

    VectorXd of(std::string_view channel) const { return trace->channel(layer, channel).value.col(t - 1); }
    VectorXd gradient(std::string_view channel) const
    {
        return trace->channel(layer, channel).gradient.col(t - 1);
    }
    MatrixXd recurrent(char gate) const
    {
        return gateWeights(*trace, ParameterRole::RecurrentWeight, layer, t, gate);
    }
};

/// A row a × b (× c) of gradients.
std::function<EquationRow(int)> products(std::vector<VectorXd> factors)
{
    return [factors = std::move(factors)](int unit) {
        EquationRow row;
        row.result = 1;
        for (std::size_t i = 0; i < factors.size(); ++i) {
            if (i > 0)
                row.pieces.push_back(text("×"));
            const double value = factors[i](unit);
            row.pieces.push_back(i == 0 ? number(value) : factor(value));
            row.result *= value;
        }
        row.evaluate = productOf;
        return row;
    };
}

/// A row of Wᵀ δ: the addends W[k, unit] δ[k].
std::function<EquationRow(int)> transposed(const MatrixXd& weights, const VectorXd& delta)
{
    return [weights, delta](int unit) {
        EquationRow row;
        std::vector<double> addends;
        for (Index k = 0; k < delta.size(); ++k)
            addends.push_back(weights(k, unit) * delta(k));
        appendSum(row.pieces, addends, addends.size() > 5 ? 4 : 5);
        row.sum = true;
        row.result = sumOf(addends);
        row.evaluate = sumOf;
        return row;
    };
}

std::function<TermTable(int)> transposedTerms(const QString& title, const QString& weightSymbol,
                                              const QString& deltaSymbol, const MatrixXd& weights,
                                              const VectorXd& delta)
{
    return [=](int unit) {
        TermTable table;
        table.significant = true;
        table.title = QStringLiteral("%1[%2]").arg(title).arg(unit + 1);
        for (Index k = 0; k < delta.size(); ++k) {
            table.terms.push_back(
                {QStringLiteral("%1[%2,%3]").arg(weightSymbol).arg(k + 1).arg(unit + 1).toStdString(),
                 QStringLiteral("%1[%2]").arg(deltaSymbol).arg(k + 1).toStdString(), weights(k, unit),
                 delta(k)});
        }
        table.sumName = tr("sum");
        table.sum = weights.col(unit).dot(delta);
        return table;
    };
}

/// A note on what a factor lets through.
std::function<QString(int)> shareNote(const char* words, const VectorXd& share)
{
    return
        [words = tr(words), share](int unit) { return words.arg(unitLabel(unit), plainNumber(share(unit))); };
}

Equation rnn(const BackwardValues& v, std::string_view result, Equation equation)
{
    const Activation activation = v.trace->cell.activation;
    if (result == "a_h") {
        equation.row = transposed(v.recurrent('h'), v.gradient("a_h"));
        equation.terms = transposedTerms(math("∂L/∂h_{t−1}", v.t), QStringLiteral("W_{hh}"),
                                         math("∂L/∂a_t", v.t), v.recurrent('h'), v.gradient("a_h"));
        equation.note = [](int unit) {
            return tr("W_hh backwards: what %1 of the step before gets from all the units that it fed.")
                .arg(unitLabel(unit));
        };
        return equation;
    }
    const VectorXd h = v.of("h");
    const VectorXd a = v.of("a_h");
    VectorXd slope(h.size());
    for (Index k = 0; k < h.size(); ++k) {
        slope(k) = activation == Activation::Tanh      ? 1 - h(k) * h(k)
                   : activation == Activation::Sigmoid ? h(k) * (1 - h(k))
                   : activation == Activation::Relu    ? (a(k) > 0 ? 1.0 : 0.0)
                                                       : 1.0;
    }
    equation.row = products({slope, v.gradient("h")});
    equation.note = [=](int unit) {
        const double share = slope(unit);
        switch (activation) {
        case Activation::Tanh:
            return (share < 0.5 ? tr("φ′ = 1 − h² is %2 for %1: only that share of its gradient passes back.")
                                : tr("φ′ = 1 − h² is %2 for %1: that share of its gradient passes back."))
                .arg(unitLabel(unit), plainNumber(share));
        case Activation::Relu:
            return share > 0 ? tr("%1 was on: its gradient passes whole.").arg(unitAtStart(unit))
                             : tr("%1 was off: ReLU lets no gradient through.").arg(unitAtStart(unit));
        case Activation::Identity:
            return tr("A linear cell has no saturation: the gradient passes whole.");
        case Activation::Sigmoid:
            break;
        }
        return tr("φ′ = h (1 − h) is %2 for %1, never more than ¼: only that share passes back.")
            .arg(unitLabel(unit), plainNumber(share));
    };
    return equation;
}

Equation gru(const BackwardValues& v, std::string_view result, Equation equation)
{
    const bool after = v.trace->cell.gruReset == GruReset::After;
    const VectorXd previous = previousHidden(*v.trace, v.layer, v.t);
    const VectorXd dh = v.gradient("h");
    if (result == "h") {
        equation.row = products({v.of("z"), dh});
        equation.note =
            shareNote("The direct way back: z is %2 for %1; that share passes no weight at all.", v.of("z"));
    } else if (result == "n") {
        const VectorXd rest = 1.0 - v.of("z").array();
        equation.row = products({rest, dh});
        equation.note = shareNote("1 − z is %2 for %1: that share goes to the candidate.", rest);
    } else if (result == "z") {
        equation.row = [=, n = VectorXd(v.of("n"))](int unit) {
            EquationRow row;
            row.pieces = {text("("), number(previous(unit)), addend(-n(unit)), text(")"),
                          text("×"), factor(dh(unit))};
            row.result = (previous(unit) - n(unit)) * dh(unit);
            row.evaluate = [](const std::vector<double>& x) { return (x[0] + x[1]) * x[2]; };
            return row;
        };
        equation.note = [](int unit) {
            return tr("The update gate of %1 learns from how far the old state and the candidate lie apart.")
                .arg(unitLabel(unit));
        };
    } else if (result == "u_n") {
        equation.row = products({v.of("r"), v.gradient("a_n")});
        equation.note = shareNote("r is %2 for %1: that share goes on to the memory.", v.of("r"));
    } else if (result == "rh") {
        equation.row = transposed(v.recurrent('n'), v.gradient("a_n"));
        equation.terms = transposedTerms(math("∂L/∂(r∘h)_t", v.t), QStringLiteral("W_{hn}"),
                                         math("∂L/∂a_{n,t}", v.t), v.recurrent('n'), v.gradient("a_n"));
        equation.note = [](int unit) {
            return tr("W_hn backwards: what the candidates want of the reset memory of %1.")
                .arg(unitLabel(unit));
        };
    } else if (after) {
        equation.row = products({v.of("u_n"), v.gradient("a_n")});
        equation.note = [](int unit) {
            return tr("The reset gate of %1 learns from what it scales: the memory's part.")
                .arg(unitLabel(unit));
        };
    } else {
        equation.row = products({previous, v.gradient("rh")});
        equation.note = [](int unit) {
            return tr("The reset gate of %1 learns from what it scales: the memory.").arg(unitLabel(unit));
        };
    }
    return equation;
}

Equation lstm(const BackwardValues& v, std::string_view result, Equation equation)
{
    const VectorXd dc = v.gradient("c");
    if (result == "h") {
        const VectorXd squash = 1.0 - v.of("tanh_c").array().square();
        equation.row = products({squash, v.of("o"), v.gradient("h")});
        const bool last = v.t == v.trace->steps();
        equation.note = [=, o = VectorXd(v.of("o")), step = v.t](int unit) {
            const QString share = plainNumber(squash(unit) * o(unit));
            if (last)
                return tr("Of its gradient at h, %1 hands %2 to its cell state.").arg(unitLabel(unit), share);
            return tr("Of its gradient at h, %1 hands %2 to its cell state; step %3 adds its own.")
                .arg(unitLabel(unit), share)
                .arg(step + 1);
        };
    } else if (result == "c") {
        equation.row = products({v.of("f"), dc});
        equation.note = shareNote(
            "The error carousel: f is %2 for %1; that share passes back through no weight.", v.of("f"));
    } else if (result == "o") {
        equation.row = products({v.of("tanh_c"), v.gradient("h")});
        equation.note =
            shareNote("The output gate of %1 learns from what it lets out, tanh(c) = %2.", v.of("tanh_c"));
    } else if (result == "g") {
        equation.row = products({v.of("i"), dc});
        equation.note =
            shareNote("i is %2 for %1: that share of the gradient reaches the candidate.", v.of("i"));
    } else if (result == "f") {
        equation.row = products({previousCell(*v.trace, v.layer, v.t), dc});
        equation.note = shareNote("The forget gate of %1 learns from what it keeps, %2.",
                                  previousCell(*v.trace, v.layer, v.t));
    } else {
        equation.row = products({v.of("g"), dc});
        equation.note = shareNote("The input gate of %1 learns from what it lets in, %2.", v.of("g"));
    }
    return equation;
}

void labelRows(Equation& equation)
{
    equation.row = [bare = equation.row](int unit) {
        EquationRow row = bare(unit);
        row.label = unitLabel(unit);
        return row;
    };
}

/// A row that adds one addend from each vector.
std::function<EquationRow(int)> sums(std::vector<VectorXd> addends)
{
    return [addends = std::move(addends)](int unit) {
        EquationRow row;
        std::vector<double> values;
        for (const VectorXd& vector : addends)
            values.push_back(vector(unit));
        appendSum(row.pieces, values);
        row.sum = true;
        row.result = sumOf(values);
        row.evaluate = sumOf;
        return row;
    };
}

Equation start(const TracePtr& trace, int layer, const QString& symbols)
{
    Equation equation;
    equation.symbols = symbols;
    equation.significant = true;
    equation.byUnit = true;
    equation.rows = static_cast<int>(trace->layers[static_cast<std::size_t>(layer)].hiddenSize());
    return equation;
}

} // namespace

Equation backwardOperation(const TracePtr& trace, int layer, int t, int operation)
{
    const unrolled::Operation& op = unrolled::operations(trace->cell)[static_cast<std::size_t>(operation)];
    const BackwardValues v{trace, layer, t};
    Equation equation = start(trace, layer, math(op.gradientEquation, t));
    switch (trace->cell.kind) {
    case CellKind::Rnn:
        equation = rnn(v, op.result, equation);
        break;
    case CellKind::Gru:
        equation = gru(v, op.result, equation);
        break;
    case CellKind::Lstm:
        equation = lstm(v, op.result, equation);
        break;
    }
    tellClamps(equation, trace, layer, t, op.result, true);
    labelRows(equation);
    return equation;
}

Equation hiddenGradient(const TracePtr& trace, int layer, int t)
{
    const bool top = layer + 1 == static_cast<int>(trace->layers.size());
    const bool last = t == trace->steps();
    const HiddenGradientParts parts = hiddenGradientParts(*trace, layer, t);
    const double above = unrolled::scaledNorm(parts.above);
    const double later = unrolled::scaledNorm(parts.later);
    QStringList sources;
    if (above != 0 || last)
        sources << (top ? math("W_{hy}^⊤ ∂L/∂y_t", t) : tr("(from the layer above)"));
    if (!last)
        sources << tr("(from step %1)").arg(t + 1);
    const QString symbols = math("∂L/∂h_t = ", t) + sources.join(QStringLiteral(" + "));
    Equation equation = start(trace, layer, symbols);
    equation.row = last         ? sums({parts.above})
                   : above == 0 ? sums({parts.later})
                                : sums({parts.above, parts.later});
    equation.note = [=](int) {
        if (last)
            return top ? tr("The last step: its gradient comes from its own answer alone.")
                       : tr("The last step: its gradient comes from the layer above alone.");
        if (above == 0)
            return tr("This step has no say of its own in the loss: all its gradient (‖·‖ = %1) comes from "
                      "later steps.")
                .arg(norm(later));
        return (top ? tr("‖·‖ from this step's answer: %1; from the later steps: %2.")
                    : tr("‖·‖ from the layer above: %1; from the later steps: %2."))
            .arg(norm(above), norm(later));
    };
    if (top && above != 0 && trace->hasParameter(ParameterRole::ReadoutWeight, -1)) {
        equation.terms = transposedTerms(
            math("W_{hy}^⊤ ∂L/∂y_t", t), QStringLiteral("W_{hy}"), math("∂L/∂y_t", t),
            trace->parameter(ParameterRole::ReadoutWeight, -1).before, trace->outputs.y.gradient.col(t - 1));
    }
    labelRows(equation);
    return equation;
}

Equation passBack(const TracePtr& trace, int layer, int t)
{
    if (!trace->handsBack(layer, t - 1)) {
        Equation none = start(trace, layer, math("∂L/∂h_{t−1} ← 0", t));
        none.rows = 0; // one zero after the other would say it no better than the note
        const bool cut = trace->edits.cutAfter(layer, t - 1);
        none.note = [=](int) {
            return (cut ? tr("The connection to step %1 is cut: no gradient goes back.")
                        : tr("Back-propagation is truncated here: no gradient goes back to step %1."))
                .arg(t - 1);
        };
        return none;
    }
    const std::vector<std::string_view> paths = passBackPaths(trace->cell);
    QStringList notation;
    for (const std::string_view path : paths)
        notation << math(path, t);
    Equation equation = start(trace, layer, math("∂L/∂h_{t−1} ← ", t) + notation.join(QStringLiteral(" + ")));
    const std::vector<VectorXd> addends = passBackAddends(*trace, layer, t);
    if (addends.size() == 1) {
        const BackwardValues v{trace, layer, t};
        equation.row = transposed(v.recurrent('h'), v.gradient("a_h"));
        equation.terms = transposedTerms(math("∂L/∂h_{t−1}", t), QStringLiteral("W_{hh}"), math("∂L/∂a_t", t),
                                         v.recurrent('h'), v.gradient("a_h"));
    } else {
        equation.row = sums(addends);
    }
    const double arrived = unrolled::scaledNorm(trace->channel(layer, "h").gradient.col(t - 1));
    const double left = unrolled::scaledNorm(passedBack(*trace, layer, t));
    const bool several = addends.size() > 1;
    equation.note = [=](int) {
        const QString words =
            tr("‖∂L/∂h‖ was %1 here; %2 goes on to step %3.").arg(norm(arrived), norm(left)).arg(t - 1);
        return several ? tr("δ stands for ∂L/∂a. ") + words : words;
    };
    if (t == 1) {
        equation.note = [=](int) {
            return tr("‖∂L/∂h‖ was %1 here; %2 reaches the initial state, which is not trained.")
                .arg(norm(arrived), norm(left));
        };
    }
    labelRows(equation);
    return equation;
}

} // namespace ui::detail
