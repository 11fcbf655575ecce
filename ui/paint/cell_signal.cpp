#include "ui/paint/cell_signal.h"

#include <algorithm>

namespace ui {

using Eigen::Index;
using Eigen::VectorXd;
using unrolled::CellKind;
using unrolled::CellSpec;
using unrolled::GruReset;
using unrolled::IterationTrace;
using unrolled::ParameterRole;

namespace {

VectorXd valueOf(const IterationTrace& trace, int layer, int t, std::string_view channel)
{
    return trace.channel(layer, channel).value.col(t - 1);
}

VectorXd gradientOf(const IterationTrace& trace, int layer, int t, std::string_view channel)
{
    return trace.channel(layer, channel).gradient.col(t - 1);
}

VectorXd product(const VectorXd& a, const VectorXd& b)
{
    return a.cwiseProduct(b);
}

char gateOf(std::string_view preActivation)
{
    return preActivation.back();
}

bool resetsAfter(const CellSpec& spec)
{
    return spec.kind == CellKind::Gru && spec.gruReset == GruReset::After;
}

} // namespace

std::string_view gateLetters(const CellSpec& spec)
{
    constexpr std::string_view letters[] = {"h", "rzn", "ifgo"};
    return letters[static_cast<int>(spec.kind)];
}

Eigen::MatrixXd gateWeights(const IterationTrace& trace, ParameterRole role, int layer, int t, char gate)
{
    const Index hidden = trace.layers[static_cast<std::size_t>(layer)].hiddenSize();
    const auto place = static_cast<Index>(gateLetters(trace.cell).find(gate));
    return trace.weightsAt(role, layer, t).middleRows(place * hidden, hidden);
}

VectorXd gateBias(const IterationTrace& trace, int layer, int t, char gate)
{
    const Index hidden = trace.layers[static_cast<std::size_t>(layer)].hiddenSize();
    if (!trace.hasParameter(ParameterRole::Bias, layer))
        return VectorXd::Zero(hidden);
    const auto place = static_cast<Index>(gateLetters(trace.cell).find(gate));
    return trace.weightsAt(ParameterRole::Bias, layer, t).col(0).segment(place * hidden, hidden);
}

VectorXd recurrentBias(const IterationTrace& trace, int layer, int t)
{
    if (!trace.hasParameter(ParameterRole::RecurrentBias, layer))
        return VectorXd::Zero(trace.layers[static_cast<std::size_t>(layer)].hiddenSize());
    return trace.weightsAt(ParameterRole::RecurrentBias, layer, t).col(0);
}

VectorXd previousHidden(const IterationTrace& trace, int layer, int t)
{
    return trace.previousState(layer, "h", t);
}

VectorXd previousCell(const IterationTrace& trace, int layer, int t)
{
    return trace.previousState(layer, "c", t);
}

std::vector<std::string_view> passBackPaths(const CellSpec& spec)
{
    switch (spec.kind) {
    case CellKind::Rnn:
        return {"W_{hh}^⊤ ∂L/∂a_t"};
    case CellKind::Gru:
        if (spec.gruReset == GruReset::After)
            return {"z_t ∘ ∂L/∂h_t", "W_{hr}^⊤ δ_r", "W_{hz}^⊤ δ_z", "W_{hn}^⊤ (r_t ∘ δ_n)"};
        return {"z_t ∘ ∂L/∂h_t", "W_{hr}^⊤ δ_r", "W_{hz}^⊤ δ_z", "r_t ∘ W_{hn}^⊤ δ_n"};
    case CellKind::Lstm:
        break;
    }
    return {"W_{hi}^⊤ δ_i", "W_{hf}^⊤ δ_f", "W_{hg}^⊤ δ_g", "W_{ho}^⊤ δ_o"};
}

std::vector<VectorXd> passBackAddends(const IterationTrace& trace, int layer, int t)
{
    if (!trace.handsBack(layer, t - 1)) {
        const VectorXd nothing = VectorXd::Zero(trace.layers[static_cast<std::size_t>(layer)].hiddenSize());
        return std::vector<VectorXd>(passBackPaths(trace.cell).size(), nothing);
    }
    const auto through = [&](char gate, std::string_view channel) -> VectorXd {
        return gateWeights(trace, ParameterRole::RecurrentWeight, layer, t, gate).transpose() *
               gradientOf(trace, layer, t, channel);
    };
    switch (trace.cell.kind) {
    case CellKind::Rnn:
        return {through('h', "a_h")};
    case CellKind::Gru: {
        const VectorXd held = product(valueOf(trace, layer, t, "z"), gradientOf(trace, layer, t, "h"));
        const VectorXd candidate = resetsAfter(trace.cell) ? through('n', "u_n")
                                                           : product(valueOf(trace, layer, t, "r"),
                                                                     gradientOf(trace, layer, t, "rh"));
        return {held, through('r', "a_r"), through('z', "a_z"), candidate};
    }
    case CellKind::Lstm:
        break;
    }
    return {through('i', "a_i"), through('f', "a_f"), through('g', "a_g"), through('o', "a_o")};
}

VectorXd passedBack(const IterationTrace& trace, int layer, int t)
{
    const std::vector<VectorXd> addends = passBackAddends(trace, layer, t);
    VectorXd sum = addends.front();
    for (std::size_t i = 1; i < addends.size(); ++i)
        sum += addends[i];
    return sum;
}

HiddenGradientParts hiddenGradientParts(const IterationTrace& trace, int layer, int t)
{
    const VectorXd total = gradientOf(trace, layer, t, "h");
    HiddenGradientParts parts;
    const bool top = layer + 1 == static_cast<int>(trace.layers.size());
    if (!top)
        parts.above = gradientOf(trace, layer + 1, t, "x");
    else if (trace.hasParameter(ParameterRole::ReadoutWeight, -1))
        parts.above = trace.parameter(ParameterRole::ReadoutWeight, -1).before.transpose() *
                      trace.outputs.y.gradient.col(t - 1);
    else
        parts.above = VectorXd::Zero(total.size());
    parts.later = VectorXd::Zero(total.size());
    if (t < trace.steps())
        parts.later = passedBack(trace, layer, t + 1);
    return parts;
}

VectorXd signalValue(const IterationTrace& trace, int layer, int t, const Signal& signal)
{
    const auto value = [&](std::string_view channel) { return valueOf(trace, layer, t, channel); };
    switch (signal.kind) {
    case SignalKind::None:
        break;
    case SignalKind::Channel:
        return value(signal.channel);
    case SignalKind::PreviousHidden:
        return previousHidden(trace, layer, t);
    case SignalKind::PreviousCell:
        return previousCell(trace, layer, t);
    case SignalKind::NextCell:
        return value("c");
    case SignalKind::InputPart: {
        const char gate = gateOf(signal.channel);
        VectorXd part = gateWeights(trace, ParameterRole::InputWeight, layer, t, gate) * value("x");
        if (resetsAfter(trace.cell))
            part += gateBias(trace, layer, t, gate);
        return part;
    }
    case SignalKind::RecurrentPart:
        return gateWeights(trace, ParameterRole::RecurrentWeight, layer, t, gateOf(signal.channel)) *
               previousHidden(trace, layer, t);
    case SignalKind::Kept:
        return product(value("f"), previousCell(trace, layer, t));
    case SignalKind::Written:
        return product(value("i"), value("g"));
    case SignalKind::Held:
        return product(value("z"), previousHidden(trace, layer, t));
    case SignalKind::Complement:
        return (1.0 - value("z").array()).matrix();
    case SignalKind::Fresh:
        return product((1.0 - value("z").array()).matrix(), value("n"));
    case SignalKind::ResetPart:
        return product(value("r"), value("u_n"));
    }
    return {};
}

VectorXd signalGradient(const IterationTrace& trace, int layer, int t, const Signal& signal)
{
    const auto value = [&](std::string_view channel) { return valueOf(trace, layer, t, channel); };
    const auto gradient = [&](std::string_view channel) { return gradientOf(trace, layer, t, channel); };
    switch (signal.kind) {
    case SignalKind::None:
        break;
    case SignalKind::Channel:
        return gradient(signal.channel);
    case SignalKind::PreviousHidden:
        return passedBack(trace, layer, t);
    case SignalKind::PreviousCell:
        if (!trace.handsBack(layer, t - 1))
            return VectorXd::Zero(value("f").size());
        return product(value("f"), gradient("c"));
    case SignalKind::NextCell:
        if (t == trace.steps())
            return VectorXd::Zero(gradient("c").size());
        return signalGradient(trace, layer, t + 1, {SignalKind::PreviousCell, {}});
    case SignalKind::InputPart:
    case SignalKind::RecurrentPart:
        return gradient(signal.channel);
    case SignalKind::Kept:
    case SignalKind::Written:
        return gradient("c");
    case SignalKind::Held:
    case SignalKind::Fresh:
        return gradient("h");
    case SignalKind::Complement:
        return product(value("n"), gradient("h"));
    case SignalKind::ResetPart:
        return gradient("a_n");
    }
    return {};
}

bool isSilenced(const IterationTrace& trace, int t)
{
    const std::vector<int>& silenced = trace.edits.silenced;
    return std::find(silenced.begin(), silenced.end(), t) != silenced.end();
}

} // namespace ui
