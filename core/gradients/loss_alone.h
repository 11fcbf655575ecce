#pragma once

#include "core/trace/iteration_trace.h"

namespace unrolled {

/// The trace with the gradients of the loss L_s of one counted step s (from 1) alone, unreduced, in the place
/// of those of L: of the outputs, of all channels and of the initial states. All else stays as it is, the
/// parameters with their gradients and their update among it. Takes a forward and a backward pass of one
/// sequence. Throws std::out_of_range where s is no counted step.
TracePtr lossAlone(const TracePtr& trace, int s);

} // namespace unrolled
