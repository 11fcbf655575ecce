#pragma once

#include <string_view>
#include <vector>

namespace unrolled {

/// Where an unrolled cell's input comes from.
enum class InputSource { Data, Zero, Start, OwnOutput };

/// One unrolled cell of a sequence plan. `bank` names the weights that the cell uses.
struct PlanRow
{
    std::string_view bank = "rnn";
    InputSource input = InputSource::Data;
    bool counted = true; ///< the output is compared with a target and adds to the loss
};

/// One row per time step: the input/output modes of recurrent networks are plans, not code paths.
using SequencePlan = std::vector<PlanRow>;

std::string_view name(InputSource source);

} // namespace unrolled
