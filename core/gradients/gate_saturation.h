#pragma once

#include "core/trace/iteration_trace.h"

#include <string_view>
#include <vector>

namespace unrolled {

/// How much of the time a gate is closed or open (Karpathy, Johnson & Fei-Fei 2015): shares of the steps at
/// which its activation lies below 0.1 (left-saturated) and above 0.9 (right-saturated).
struct GateSaturation
{
    int layer; ///< from 0
    std::string_view gate;
    int unit; ///< from 0
    double left;
    double right;
};

/// Of every gate with values from 0 to 1, layer by layer, gate by gate; none for a simple RNN.
std::vector<GateSaturation> gateSaturation(const IterationTrace& trace);

} // namespace unrolled
