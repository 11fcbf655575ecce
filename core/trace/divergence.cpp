#include "core/trace/divergence.h"

#include "core/training/error.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// The last part whose numbers can all be used.
IterationPart lastFinitePart(const IterationTrace& trace)
{
    if (!trace.overflow)
        return IterationPart::Update;
    if (!std::isfinite(trace.loss))
        return IterationPart::Weights;
    const bool backward = std::all_of(trace.parameters.begin(), trace.parameters.end(),
                                      [](const auto& parameter) { return parameter.gradient.allFinite(); });
    return backward ? IterationPart::Backward : IterationPart::Forward;
}

} // namespace

std::string divergenceMessage(const IterationTrace& trace, const std::string& source)
{
    std::string text = (source.empty() ? "" : source + ": ") + "the run diverged at iteration " +
                       std::to_string(trace.iteration);
    if (trace.overflow) {
        const Overflow& overflow = *trace.overflow;
        text += (overflow.gradient ? ": the gradient of " : ": ") + overflow.quantity;
        if (overflow.layer >= 0 && trace.layers.size() > 1)
            text += " of layer " + std::to_string(overflow.layer + 1);
        if (overflow.time > 0)
            text += " at t = " + std::to_string(overflow.time);
        text += " left the range of numbers";
    }
    return text +
           "; a smaller training.learning_rate or model.init_scale, or a training.clip_norm above 0, helps";
}

void requireFinite(const IterationTrace& trace, IterationPart part, const std::string& source)
{
    if (lastFinitePart(trace) < part)
        throw RunError(divergenceMessage(trace, source));
}

} // namespace unrolled
