#pragma once

#include "core/training/trainer.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace unrolled {

/// How well the gradients of one block of parameters agree with central differences. The entry told is the
/// worst one.
struct BlockCheck
{
    std::string parameter; ///< as in a state_dict
    std::int64_t entries = 0;
    double largestError = 0; ///< relative; NaN where a gradient or a difference is not finite
    int row = 0;             ///< from 0
    int col = 0;
    double gradient = 0;
    double difference = 0;
};

/// The relative error above which a gradient is wrong.
constexpr double checkTolerance = 1e-6;

/// Compares every parameter's gradient of the objective L, at the trainer's present iteration, with central
/// differences of fourth order, (8(L(w+h) − L(w−h)) − (L(w+2h) − L(w−2h)))/12h. Each entry takes the best of
/// several h, because no h suits gradients of every size (and kinks of ReLU). The error is relative to the
/// larger of both, or to what rounding of L allows to be seen where that is more. The trainer ends at the
/// iteration where it was. `progress` as in History; the list is shorter where it calls the work off.
std::vector<BlockCheck> checkGradients(Trainer& trainer, const std::function<bool(double)>& progress = {});

/// Whether all of them agree; NaN never does.
bool agree(const std::vector<BlockCheck>& checks);

} // namespace unrolled
