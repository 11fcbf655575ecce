#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace unrolled {

/// Where an unrolled cell's input comes from: the data, nothing (a zero vector), the start token, or what the
/// network itself put out at the step before.
enum class InputSource : std::uint8_t { Data, Zero, Start, OwnOutput };

/// The weights of a one-bank network, and those of a decoder; the encoder has weights of its own.
inline constexpr std::string_view rnnBank = "rnn";
inline constexpr std::string_view encoderBank = "encoder";

/// One unrolled cell of a sequence plan. `bank` names the weights that the cell uses.
struct PlanRow
{
    std::string_view bank = rnnBank;
    InputSource input = InputSource::Data;
    bool counted = true; ///< the output is compared with a target and adds to the loss
    /// The input is the right output of the step before, so that the network's own can take its place
    /// (teacher forcing with a share below 1).
    bool forced = false;

    bool operator==(const PlanRow&) const = default;
};

/// One row per time step: the input/output modes of recurrent networks are plans, not code paths. The steps
/// of a bank follow each other; a bank starts from the state that the one before it ended with.
using SequencePlan = std::vector<PlanRow>;

std::string_view name(InputSource source);

/// "one-to-one", "one-to-many", "many-to-one", "many-to-many", "many-to-many, delayed" or "encoder-decoder".
/// `share` is that of teacher forcing: 0 makes every forced input an output.
std::string_view mode(const SequencePlan& plan, double share = 1);

} // namespace unrolled
