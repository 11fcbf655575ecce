#include "core/trace/iteration_trace.h"

#include <stdexcept>
#include <string>

namespace unrolled {

namespace {

/// Which rows of the stacked matrices a channel's pre-activation is, and how they are called in equations.
struct Stacked
{
    int gate;         ///< index among the stacked gates
    std::string name; ///< "h" of an RNN, else the gate's letter
};

Stacked stackedRows(const CellSpec& spec, std::string_view channel)
{
    if (channel.starts_with("a_"))
        channel.remove_prefix(2);
    constexpr std::string_view orders[] = {"h", "rzn", "ifgo"};
    const std::string_view order = orders[static_cast<int>(spec.kind)];
    const auto gate = channel == "u_n" ? order.find('n') : order.find(channel);
    if (channel.empty() || gate == std::string_view::npos)
        throw std::out_of_range("no dot product behind channel " + std::string(channel));
    return {static_cast<int>(gate), std::string(order.substr(gate, 1))};
}

std::string element(const std::string& symbol, Eigen::Index row, Eigen::Index column)
{
    return symbol + "[" + std::to_string(row + 1) + "," + std::to_string(column + 1) + "]";
}

std::string element(const std::string& symbol, Eigen::Index row)
{
    return symbol + "[" + std::to_string(row + 1) + "]";
}

} // namespace

std::vector<DotTerm> dotTerms(const IterationTrace& trace, int layer, std::string_view channel, int unit,
                              int t)
{
    if (t < 1 || t > trace.steps())
        throw std::out_of_range("no time step " + std::to_string(t));
    const LayerTrace& cells = trace.layers.at(static_cast<std::size_t>(layer));
    const Eigen::Index hidden = cells.hiddenSize();
    if (unit < 0 || unit >= hidden)
        throw std::out_of_range("no unit " + std::to_string(unit + 1));
    const auto [gate, letter] = stackedRows(trace.cell, channel);
    const Eigen::Index row = gate * hidden + unit;
    const bool gru = trace.cell.kind == CellKind::Gru;
    const bool candidate = gru && letter == "n";
    const bool resetBefore = candidate && trace.cell.gruReset == GruReset::Before;
    const bool recurrentOnly = channel == "u_n" || channel == "a_u_n";

    std::vector<DotTerm> terms;
    if (!recurrentOnly) {
        const Eigen::MatrixXd& weights = trace.weightsAt(ParameterRole::InputWeight, layer, t);
        const auto input = trace.channel(layer, "x").value.col(t - 1);
        const std::string source = "x_{" + std::to_string(t) + "}";
        for (Eigen::Index k = 0; k < weights.cols(); ++k)
            terms.push_back(
                {element("W_{x" + letter + "}", unit, k), element(source, k), weights(row, k), input(k)});
    }

    const Eigen::MatrixXd& recurrent = trace.weightsAt(ParameterRole::RecurrentWeight, layer, t);
    const std::string source =
        resetBefore ? "(r∘h)_{" + std::to_string(t) + "}" : "h_{" + std::to_string(t - 1) + "}";
    const Eigen::VectorXd previous = trace.previousState(layer, "h", t);
    for (Eigen::Index k = 0; k < hidden; ++k) {
        const double value = resetBefore ? trace.channel(layer, "rh").value(k, t - 1) : previous(k);
        terms.push_back(
            {element("W_{h" + letter + "}", unit, k), element(source, k), recurrent(row, k), value});
    }

    if (!recurrentOnly && trace.hasParameter(ParameterRole::Bias, layer)) {
        const double bias = trace.weightsAt(ParameterRole::Bias, layer, t)(row, 0);
        terms.push_back({element("b_" + letter, unit), "1", bias, 1});
    }
    if (candidate && trace.hasParameter(ParameterRole::RecurrentBias, layer)) {
        const Eigen::MatrixXd& bias = trace.weightsAt(ParameterRole::RecurrentBias, layer, t);
        terms.push_back({element("b_{hn}", unit), "1", bias(unit, 0), 1});
    }
    return terms;
}

} // namespace unrolled
