#pragma once

#include "core/trace/iteration_trace.h"

#include <string>

namespace unrolled {

/// The parts of an iteration, in the order of computation. The weights that it starts from are always finite.
enum class IterationPart { Weights, Forward, Backward, Update };

/// "SOURCE: the run diverged at iteration 12: h at t = 3 left the range of numbers; …": of a trace with an
/// overflow.
std::string divergenceMessage(const IterationTrace& trace, const std::string& source);

/// Throws RunError with that message where `part`, or one before it, left the range of numbers.
void requireFinite(const IterationTrace& trace, IterationPart part, const std::string& source);

} // namespace unrolled
