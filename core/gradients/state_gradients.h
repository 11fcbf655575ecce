#pragma once

#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"

#include <vector>

namespace unrolled {

/// ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ of one layer, t from 1 at index t-1; `cell` is empty where there is no c.
struct StateGradientNorms
{
    std::vector<ScaledNumber> hidden;
    std::vector<ScaledNumber> cell;
};

/// Of every layer, also where they lie outside double's range and the trace holds zeros or infinities.
std::vector<StateGradientNorms> stateGradientNorms(const IterationTrace& trace);

/// The same of the loss L_s of one counted step s (from 1) alone, unreduced; zero where t > s.
std::vector<StateGradientNorms> stateGradientNorms(const IterationTrace& trace, int s);

} // namespace unrolled
