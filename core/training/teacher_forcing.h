#pragma once

#include "core/network/batch.h"

#include <cstdint>

namespace unrolled {

/// Teacher forcing (Williams & Zipser 1989) with a share, as in scheduled sampling (Bengio et al. 2015):
/// where the plan's input is the right output of the step before, it stays so with the probability `share`;
/// else the network reads its own output. Drawn from the seed for each iteration, sequence and step; what
/// sequence b gets does not depend on the size of the batch.
void drawFeeding(Batch& batch, const SequencePlan& plan, double share, std::uint64_t seed,
                 std::int64_t iteration);

} // namespace unrolled
