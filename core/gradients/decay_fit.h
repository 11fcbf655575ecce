#pragma once

#include "core/gradients/scaled_columns.h"

#include <vector>

namespace unrolled {

/// A straight line through ln ‖·‖ against the lag, by least squares over the norms that are neither zero nor
/// infinite. NaN where fewer than two are.
struct DecayFit
{
    double slope;         ///< of ln ‖·‖, per step of lag
    double logAtZero;     ///< ln ‖·‖ of the line at lag 0
    double determination; ///< R², 1 where all points lie on the line
    /// ln ½ over the slope: steps in which the norm halves; negative where it grows (then it doubles),
    /// infinite where it stays.
    double halfLife;
};

/// `norms` by lag, from 0.
DecayFit fitDecay(const std::vector<ScaledNumber>& norms);

/// The smallest lag from which on every norm is below ε; -1 where the last one is not.
int horizon(const std::vector<ScaledNumber>& norms, double epsilon);

} // namespace unrolled
