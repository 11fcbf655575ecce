#pragma once

#include "core/gradients/cancelled.h"
#include "core/trace/iteration_trace.h"

#include <vector>

namespace unrolled {

/// What one step back can make of a gradient at most. Entry t-1 is of the hop from t to t-1, t from 2.
struct HopNorms
{
    std::vector<double> hop; ///< σ_max of the hop's own Jacobian ∂state_t/∂state_{t-1}, state as in Hop
    // Of an RNN, whose Jacobian is diag(φ'(a_t)) W_hh; else empty.
    std::vector<double> saturation; ///< σ_max(diag(φ'(a_t)))
    std::vector<double> recurrence; ///< σ_max(W_hh)
    std::vector<double> theory;     ///< γ·σ_max(W_hh) ≥ hop (Pascanu et al. 2013)
};

/// Of layer `layer` (from 0). By Lanczos' method, to twelve digits and more. Throws Cancelled where `goOn`
/// says no.
HopNorms hopNorms(const IterationTrace& trace, int layer, const GoOn& goOn = {});

} // namespace unrolled
