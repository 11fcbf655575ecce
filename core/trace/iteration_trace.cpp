#include "core/trace/iteration_trace.h"

#include "core/gradients/scaled_columns.h"

#include <limits>
#include <stdexcept>

namespace unrolled {

const Quantity& IterationTrace::channel(int layer, std::string_view name) const
{
    const int index = channelIndex(cell, name);
    if (index < 0)
        throw std::out_of_range("no channel " + std::string(name));
    return layers.at(static_cast<std::size_t>(layer)).channels.at(static_cast<std::size_t>(index));
}

const ParameterTrace& IterationTrace::parameter(ParameterRole role, int layer, std::string_view bank) const
{
    for (const auto& parameter : parameters) {
        if (parameter.block.role == role && parameter.block.layer == layer && parameter.block.bank == bank)
            return parameter;
    }
    throw std::out_of_range("no such parameter");
}

bool IterationTrace::hasParameter(ParameterRole role, int layer, std::string_view bank) const
{
    for (const auto& parameter : parameters) {
        if (parameter.block.role == role && parameter.block.layer == layer && parameter.block.bank == bank)
            return true;
    }
    return false;
}

std::int64_t IterationTrace::parameterCount() const
{
    std::int64_t sum = 0;
    for (const ParameterTrace& each : parameters)
        sum += each.before.size();
    return sum;
}

std::int64_t IterationTrace::multiplyAdds() const
{
    std::int64_t sum = 0;
    for (const ParameterTrace& each : parameters) {
        const ParameterRole role = each.block.role;
        const bool matrix = role == ParameterRole::InputWeight || role == ParameterRole::RecurrentWeight ||
                            role == ParameterRole::ReadoutWeight;
        if (matrix && each.block.bank != encoderBank)
            sum += each.before.size();
    }
    return sum;
}

Eigen::VectorXd IterationTrace::previousState(int layer, std::string_view name, int t) const
{
    const LayerTrace& cells = layers.at(static_cast<std::size_t>(layer));
    if (edits.cutAfter(layer, t - 1))
        return Eigen::VectorXd::Zero(cells.hiddenSize());
    if (t > 1)
        return channel(layer, name).value.col(t - 2);
    return name == "c" ? cells.initialCell : cells.initialHidden;
}

const ParameterTrace& IterationTrace::parameterAt(ParameterRole role, int layer, int t) const
{
    return parameter(role, layer, layer < 0 ? rnnBank : bankAt(t));
}

double scaledNorm(const Eigen::Ref<const Eigen::VectorXd>& v)
{
    return scaledNormOf(v).value();
}

} // namespace unrolled
