#pragma once

#include "core/training/trainer.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace unrolled {

/// A derivative told by differences alone, without any back-propagation.
struct CentralDifference
{
    double value = 0;
    double epsilon = 0;     ///< the step ε it was taken with
    double uncertainty = 0; ///< how far it may be off, by its own account: see centralDifference()
};

/// The derivative of f at 0: (8(f(ε) − f(−ε)) − (f(2ε) − f(−2ε)))/12ε, whose error is of the order ε⁴, for a
/// falling row of ε. Of these the one that moved least from the one before, rounding of f counted in, is
/// taken; how much it moved is its uncertainty. NaN where f is not finite.
CentralDifference centralDifference(const std::function<double(double)>& f);

/// One entry of a gradient, by back-propagation and by differences.
struct WitnessEntry
{
    int row = 0; ///< the unit, or the row of a matrix; from 0
    int col = 0;
    double gradient = 0;
    CentralDifference difference;

    /// |gradient − difference| over the larger of both; 0 where both are 0.
    double relative() const;
    /// Whether they differ by no more than the difference is uncertain; NaN never does.
    bool agrees() const;
    /// Whether differences can see it at all: it is larger than they are uncertain, or both are the same.
    bool seen() const;
};

struct Witness
{
    std::vector<WitnessEntry> entries; ///< in order; the largest ones where there were more than asked for
    std::int64_t outOf = 0;            ///< how many the gradient has
    bool complete = false;             ///< false where it was called off
};

using WitnessProgress = std::function<bool(double)>;

/// ∂L/∂h_t (or ∂L/∂c_t) of a layer (from 0), t from 1, as the trace has it and as L says. The trainer stands
/// at the trace's iteration, and stays there. A picked unit (from 0) is
/// among the entries, however small.
Witness witnessState(Trainer& trainer, const IterationTrace& trace, int layer, bool cell, int t,
                     std::size_t most, const WitnessProgress& progress = {}, int picked = -1);
/// The same of the loss L_s of one counted step s (from 1) alone, unreduced; by passes of the trace's
/// sequence. Throws std::out_of_range where s is no counted step.
Witness witnessState(const TracePtr& trace, int s, int layer, bool cell, int t, std::size_t most,
                     const WitnessProgress& progress = {}, int picked = -1);
/// The same for ∂L/∂W of a block of the trace's parameters, by its place among them.
Witness witnessParameter(Trainer& trainer, const IterationTrace& trace, std::size_t parameter,
                         std::size_t most, const WitnessProgress& progress = {});

} // namespace unrolled
