#pragma once

#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"

#include <vector>

namespace unrolled {

/// One gradient on its way back through a layer, taken apart hop by hop. g_t is ∂/∂h_t, for an LSTM ∂/∂c_t in
/// total. The hop from t+1 to t has two factors whose product is ‖handed_t‖/‖g_{t+1}‖:
/// - RNN: ‖φ'(a)∘g‖/‖g‖, the saturation, and ‖W_hhᵀ(φ'∘g)‖/‖φ'∘g‖, the recurrence;
/// - GRU: ‖z∘g‖/‖g‖, what goes straight through, and what the paths through the candidate and the gates make
///   of it;
/// - LSTM: ‖f∘g‖/‖g‖, the carry, and what the paths through h make of it.
/// What enters at t besides (a loss, the layer above, an output that is read) is a factor of its own.
struct GradientPath
{
    struct Step
    {
        ScaledNumber gradient; ///< ‖g_t‖
        ScaledNumber kept;     ///< RNN ‖φ'(a_t)∘g_t‖, GRU ‖z_t∘g_t‖, LSTM ‖f_t∘g_t‖
        ScaledNumber handed;   ///< ‖·‖ of what the hop from t+1 hands to g_t alone; 0 where g starts
        ScaledNumber hidden;   ///< ‖∂/∂h_t‖
        ScaledNumber entered;  ///< ‖·‖ of what enters ∂/∂h_t besides; 0 where nothing does
        bool handsBack = true; ///< to t-1: there is no cut and no border of truncation
    };
    std::vector<Step> steps; ///< t from 1 at index t-1
    int start = 0;           ///< the latest t at which there is a gradient, 0 where there is none

    const Step& at(int t) const { return steps.at(static_cast<std::size_t>(t - 1)); }
    /// The factors of the hop from t+1 to t; NaN where nothing is left to take a share of.
    double first(int t) const { return ratio(at(t + 1).kept, at(t + 1).gradient); }
    double second(int t) const { return ratio(at(t).handed, at(t + 1).kept); }
    double entering(int t) const { return ratio(at(t).gradient, at(t).handed); }
    double whole(int t) const { return ratio(at(t).gradient, at(t + 1).gradient); }

    /// a/b, right also where both leave double's range.
    static double ratio(const ScaledNumber& a, const ScaledNumber& b);
};

/// Of every layer, for the loss L_s of one counted step s (from 1) alone, unreduced; s = 0: for L.
std::vector<GradientPath> gradientPaths(const IterationTrace& trace, int s);

/// What the hops' norms allow a path at most at each t (index t-1): B_t = n_{t+1} B_{t+1} + ‖what enters at
/// t‖ ≥ ‖∂/∂h_t‖, where `norms` are those of HopNorms. For one loss the product of the hops' norms.
std::vector<ScaledNumber> boundOf(const GradientPath& path, const std::vector<double>& norms);

} // namespace unrolled
