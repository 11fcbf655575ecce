#include "ui/paint/cell_signal.h"
#include "ui/paint/equation_parts.h"
#include "ui/paint/number_format.h"

#include <cmath>

namespace ui::detail {

using Eigen::VectorXd;
using unrolled::Activation;
using unrolled::CellKind;
using unrolled::GruReset;
using unrolled::TracePtr;

namespace {

double logistic(double a)
{
    return 1 / (1 + std::exp(-a));
}

double activate(Activation activation, double a)
{
    switch (activation) {
    case Activation::Tanh:
        return std::tanh(a);
    case Activation::Relu:
        return std::max(0.0, a);
    case Activation::Identity:
        return a;
    case Activation::Sigmoid:
        break;
    }
    return logistic(a);
}

const char* opening(Activation activation)
{
    switch (activation) {
    case Activation::Tanh:
        return "tanh(";
    case Activation::Relu:
        return "max(0,";
    case Activation::Identity:
        return "";
    case Activation::Sigmoid:
        break;
    }
    return "σ(";
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(std::lround(100 * share));
}

/// What every forward row needs, worked out once.
struct ForwardValues
{
    TracePtr trace;
    int layer;
    int t;

    VectorXd of(std::string_view channel) const { return trace->channel(layer, channel).value.col(t - 1); }
    VectorXd input(char gate) const
    {
        return gateWeights(*trace, unrolled::ParameterRole::InputWeight, layer, t, gate) * of("x");
    }
    VectorXd recurrent(char gate) const
    {
        const bool before =
            trace->cell.kind == CellKind::Gru && trace->cell.gruReset == GruReset::Before && gate == 'n';
        return gateWeights(*trace, unrolled::ParameterRole::RecurrentWeight, layer, t, gate) *
               (before ? of("rh") : previousHidden(*trace, layer, t));
    }
    VectorXd bias(char gate) const { return gateBias(*trace, layer, t, gate); }
    VectorXd hidden() const { return previousHidden(*trace, layer, t); }
    VectorXd cell() const { return previousCell(*trace, layer, t); }
};

TermTable tableOf(const ForwardValues& v, std::string_view channel, std::string_view preActivation, int unit)
{
    TermTable table;
    const QString at = QStringLiteral("[%1]").arg(unit + 1);
    // a_h of a simple cell is just a; u_n of a GRU is u.
    const QString symbol = channel == "a_h" ? QStringLiteral("a") : QString(QLatin1Char(channel.front()));
    const QString result = QStringLiteral("%1_{%2}%3").arg(symbol, QString::number(v.t), at);
    table.title = tr("%1, term by term").arg(result);
    table.terms = unrolled::dotTerms(*v.trace, v.layer, channel, unit, v.t);
    const bool resetAfter = channel == "n" && v.trace->cell.gruReset == GruReset::After;
    if (resetAfter) {
        // The recurrent terms stand together as u; the reset gate lets a share of it through.
        const auto inputs = static_cast<std::size_t>(v.of("x").size());
        const std::size_t hidden = static_cast<std::size_t>(v.hidden().size());
        std::vector<unrolled::DotTerm> terms(table.terms.begin(),
                                             table.terms.begin() + static_cast<std::ptrdiff_t>(inputs));
        if (table.terms.size() > inputs + hidden &&
            v.trace->hasParameter(unrolled::ParameterRole::Bias, v.layer))
            terms.push_back(table.terms[inputs + hidden]);
        const std::string place = "_{" + std::to_string(v.t) + "}[" + std::to_string(unit + 1) + "]";
        terms.push_back({"r" + place, "u" + place, v.of("r")(unit), v.of("u_n")(unit)});
        table.terms = std::move(terms);
    }
    table.sumName = preActivation.empty() ? result
                    : preActivation == "a_h"
                        ? QStringLiteral("a_{%1}%2").arg(v.t).arg(at)
                        : QStringLiteral("a_{%1,%2}%3").arg(QLatin1Char(channel.front())).arg(v.t).arg(at);
    table.sum = preActivation.empty() ? v.of(channel)(unit) : v.of(preActivation)(unit);
    if (!preActivation.empty() && channel != preActivation) {
        table.resultName = result;
        table.result = v.of(channel)(unit);
    }
    return table;
}

Equation rnnSum(const ForwardValues& v, Equation equation, bool activated)
{
    const Activation activation = v.trace->cell.activation;
    const VectorXd input = v.input('h');
    const VectorXd recurrent = v.recurrent('h');
    const VectorXd bias = v.bias('h');
    const VectorXd result = v.of(activated ? "h" : "a_h");
    equation.row = [=](int unit) {
        EquationRow row;
        if (activated && activation != Activation::Identity)
            row.pieces.push_back(text(opening(activation)));
        appendSum(row.pieces, {input(unit), recurrent(unit), bias(unit)});
        row.sum = true;
        if (activated && activation != Activation::Identity)
            row.pieces.push_back(text(")"));
        row.result = result(unit);
        row.evaluate = [=](const std::vector<double>& n) {
            return activated ? activate(activation, sumOf(n)) : sumOf(n);
        };
        return row;
    };
    equation.terms = [=](int unit) {
        return activated ? tableOf(v, "h", "a_h", unit) : tableOf(v, "a_h", "", unit);
    };
    const int t = v.t;
    equation.note = [=](int unit) {
        if (!activated) {
            if (t == 1)
                return tr("There is no memory yet: h₀ is zero, so %1 hears only the input and its bias.")
                    .arg(unitLabel(unit));
            const bool inputWins = std::abs(input(unit)) >= std::abs(recurrent(unit));
            return (inputWins ? tr("The input (%2) weighs more than the memory (%3) for %1.")
                              : tr("The memory (%3) weighs more than the input (%2) for %1."))
                .arg(unitLabel(unit), signedNumber(input(unit)), signedNumber(recurrent(unit)));
        }
        const double h = result(unit);
        switch (activation) {
        case Activation::Tanh:
            return (h * h > 0.75 ? tr("tanh presses %1 to %2, near its limit: φ′ = 1 − h² is only %3 there.")
                                 : tr("tanh takes %1 to %2; its slope there, φ′ = 1 − h², is %3."))
                .arg(unitLabel(unit), signedNumber(h), plainNumber(1 - h * h));
        case Activation::Relu:
            return h > 0 ? tr("%1 is on: ReLU passes it unchanged.").arg(unitAtStart(unit))
                         : tr("%1 is off: ReLU cuts it to 0, and its gradient too.").arg(unitAtStart(unit));
        case Activation::Identity:
            return tr("A linear cell: the sum itself is the hidden state.");
        case Activation::Sigmoid:
            break;
        }
        return tr("σ takes %1 to %2; its slope there is at most ¼, here %3.")
            .arg(unitLabel(unit), plainNumber(h), plainNumber(h * (1 - h)));
    };
    return equation;
}

QString gateNote(std::string_view channel, double value, int unit)
{
    const QString who = unitAtStart(unit);
    if (channel == "i")
        return tr("%1: the input gate lets %2 of the candidate in.").arg(who, percent(value));
    if (channel == "f")
        return tr("%1: the forget gate keeps %2 of the cell state.").arg(who, percent(value));
    if (channel == "o")
        return tr("%1: the output gate will show %2 of tanh(c).").arg(who, percent(value));
    if (channel == "g")
        return tr("%1: the candidate %2 is what could be written into the cell state.")
            .arg(who, signedNumber(value));
    if (channel == "r")
        return tr("%1: the reset gate lets %2 of the memory into the candidate.").arg(who, percent(value));
    if (channel == "z")
        return tr("%1: the update gate will keep %2 of the old state and take %3 of the candidate.")
            .arg(who, percent(value), percent(1 - value));
    return tr("%1: the candidate %2 is what could replace the old state.").arg(who, signedNumber(value));
}

/// A gate of a GRU or LSTM: φ(W x + W h + b); the candidate of a GRU that resets after the product takes r ×
/// u.
Equation gate(const ForwardValues& v, Equation equation, std::string_view channel)
{
    const char letter = channel.front();
    const bool candidate = letter == 'g' || letter == 'n';
    const bool resetAfter = letter == 'n' && v.trace->cell.gruReset == GruReset::After;
    const VectorXd input = v.input(letter);
    const VectorXd bias = v.bias(letter);
    const VectorXd recurrent = resetAfter ? v.of("u_n") : v.recurrent(letter);
    const VectorXd reset = resetAfter ? v.of("r") : VectorXd();
    const VectorXd result = v.of(channel);
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces.push_back(text(candidate ? "tanh(" : "σ("));
        if (resetAfter) {
            row.pieces.push_back(number(input(unit)));
            row.pieces.push_back(addend(bias(unit)));
            row.pieces.push_back(text("+"));
            row.pieces.push_back(number(reset(unit)));
            row.pieces.push_back(text("×"));
            row.pieces.push_back(factor(recurrent(unit)));
        } else {
            appendSum(row.pieces, {input(unit), recurrent(unit), bias(unit)});
        }
        row.pieces.push_back(text(")"));
        row.result = result(unit);
        row.signedResult = candidate;
        row.evaluate = [=](const std::vector<double>& n) {
            const double a = resetAfter ? n[0] + n[1] + n[2] * n[3] : sumOf(n);
            return candidate ? std::tanh(a) : logistic(a);
        };
        return row;
    };
    const std::string pre = "a_" + std::string(channel);
    const std::string own(channel);
    equation.terms = [=](int unit) { return tableOf(v, own, pre, unit); };
    equation.note = [=](int unit) { return gateNote(own, result(unit), unit); };
    return equation;
}

Equation recurrentPart(const ForwardValues& v, Equation equation)
{
    const VectorXd recurrent = v.recurrent('n');
    const VectorXd bias = recurrentBias(*v.trace, v.layer, v.t);
    const VectorXd result = v.of("u_n");
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces = {number(recurrent(unit)), addend(bias(unit))};
        row.result = result(unit);
        row.evaluate = sumOf;
        return row;
    };
    equation.terms = [=](int unit) { return tableOf(v, "u_n", "", unit); };
    equation.note = [](int unit) {
        return tr("What the memory says to the candidate of %1, before the reset gate.").arg(unitLabel(unit));
    };
    return equation;
}

Equation resetHidden(const ForwardValues& v, Equation equation)
{
    const VectorXd r = v.of("r");
    const VectorXd hidden = v.hidden();
    const VectorXd result = v.of("rh");
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces = {number(r(unit)), text("×"), factor(hidden(unit))};
        row.result = result(unit);
        row.evaluate = productOf;
        return row;
    };
    equation.note = [=](int unit) {
        return tr("Of the memory of %1 the candidate sees %2.").arg(unitLabel(unit), percent(r(unit)));
    };
    return equation;
}

Equation gruMix(const ForwardValues& v, Equation equation)
{
    const VectorXd z = v.of("z");
    const VectorXd n = v.of("n");
    const VectorXd hidden = v.hidden();
    const VectorXd result = v.of("h");
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces = {text("(1 −"), number(z(unit)), text(")"), text("×"),           factor(n(unit)),
                      text("+"),    number(z(unit)), text("×"), factor(hidden(unit))};
        row.result = result(unit);
        row.evaluate = [](const std::vector<double>& x) { return (1 - x[0]) * x[1] + x[2] * x[3]; };
        return row;
    };
    equation.note = [=](int unit) {
        return tr("%1 is %2 old state and %3 candidate.")
            .arg(unitAtStart(unit), percent(z(unit)), percent(1 - z(unit)));
    };
    return equation;
}

Equation lstmCell(const ForwardValues& v, Equation equation)
{
    const VectorXd f = v.of("f");
    const VectorXd i = v.of("i");
    const VectorXd g = v.of("g");
    const VectorXd before = v.cell();
    const VectorXd result = v.of("c");
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces = {number(f(unit)), text("×"), factor(before(unit)), text("+"),
                      number(i(unit)), text("×"), factor(g(unit))};
        row.result = result(unit);
        row.evaluate = [](const std::vector<double>& x) { return x[0] * x[1] + x[2] * x[3]; };
        return row;
    };
    equation.note = [=](int unit) {
        return tr("The cell state of %1 keeps %2 of what it held and takes in %3 of the candidate.")
            .arg(unitLabel(unit), percent(f(unit)), percent(i(unit)));
    };
    return equation;
}

Equation lstmHidden(const ForwardValues& v, Equation equation)
{
    const VectorXd o = v.of("o");
    const VectorXd c = v.of("c");
    const VectorXd result = v.of("h");
    equation.row = [=](int unit) {
        EquationRow row;
        row.pieces = {number(o(unit)), text("×"), text("tanh("), number(c(unit)), text(")")};
        row.result = result(unit);
        row.evaluate = [](const std::vector<double>& x) { return x[0] * std::tanh(x[1]); };
        return row;
    };
    equation.note = [=](int unit) {
        return tr("%1 shows %2 of tanh(c); the cell state itself goes on untouched.")
            .arg(unitAtStart(unit), percent(o(unit)));
    };
    return equation;
}

QString rnnActivatedSymbols(Activation activation, int t)
{
    const QString sum = QStringLiteral("W_{xh} x_t + W_{hh} h_{t−1} + b_h");
    switch (activation) {
    case Activation::Tanh:
        return atTime(QStringLiteral("h_t = tanh(%1)").arg(sum), t);
    case Activation::Relu:
        return atTime(QStringLiteral("h_t = max(0, %1)").arg(sum), t);
    case Activation::Identity:
        return atTime(QStringLiteral("h_t = %1").arg(sum), t);
    case Activation::Sigmoid:
        break;
    }
    return atTime(QStringLiteral("h_t = σ(%1)").arg(sum), t);
}

} // namespace

Equation forwardOperation(const TracePtr& trace, int layer, int t, int operation)
{
    const unrolled::Operation& op = unrolled::operations(trace->cell)[static_cast<std::size_t>(operation)];
    const ForwardValues v{trace, layer, t};
    Equation equation;
    equation.symbols = math(op.equation, t);
    equation.byUnit = true;
    equation.rows = static_cast<int>(trace->layers[static_cast<std::size_t>(layer)].hiddenSize());
    switch (trace->cell.kind) {
    case CellKind::Rnn:
        if (op.result == "h") {
            equation.symbols = rnnActivatedSymbols(trace->cell.activation, t);
            equation = rnnSum(v, equation, true);
        } else {
            equation = rnnSum(v, equation, false);
        }
        break;
    case CellKind::Gru:
        equation = op.result == "h"     ? gruMix(v, equation)
                   : op.result == "u_n" ? recurrentPart(v, equation)
                   : op.result == "rh"  ? resetHidden(v, equation)
                                        : gate(v, equation, op.result);
        break;
    case CellKind::Lstm:
        equation = op.result == "h"   ? lstmHidden(v, equation)
                   : op.result == "c" ? lstmCell(v, equation)
                                      : gate(v, equation, op.result);
        break;
    }
    tellClamps(equation, trace, layer, t, op.result, false);
    const auto bare = equation.row;
    equation.row = [bare](int unit) {
        EquationRow row = bare(unit);
        row.label = unitLabel(unit);
        return row;
    };
    return equation;
}

} // namespace ui::detail
