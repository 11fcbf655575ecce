#include "core/trace/iteration_trace.h"

#include <cmath>
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
    const double squared = v.squaredNorm();
    // Squares of what lies below 1e-146 lose digits or vanish; squares above 1e308 overflow.
    if (squared > 1e-280 && squared < 1e300)
        return std::sqrt(squared);
    double scale = 0;
    for (const double x : v) {
        if (std::isnan(x))
            return x;
        scale = std::max(scale, std::abs(x));
    }
    if (scale == 0 || std::isinf(scale))
        return scale;
    // A power of two scales without rounding.
    const int exponent = std::ilogb(scale);
    double sum = 0;
    for (const double x : v) {
        const double scaled = std::scalbn(x, -exponent);
        sum += scaled * scaled;
    }
    return std::scalbn(std::sqrt(sum), exponent);
}

} // namespace unrolled
