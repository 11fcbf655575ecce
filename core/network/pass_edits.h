#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace unrolled {

/// A gate (or the h of a simple RNN) held at a value: the value takes the place of what the nonlinearity
/// gave. What comes after sees the value; the pre-activation is still computed and recorded, and gets no
/// gradient.
struct GateClamp
{
    std::string channel;    ///< a channel of role Gate; "h" where the cell has no gates
    int layer = -1;         ///< from 0; -1: every layer
    std::vector<int> units; ///< from 0; empty: all
    std::vector<int> steps; ///< from 1; empty: all
    double value = 0;

    bool operator==(const GateClamp&) const = default;
};

/// The state (h, and c of an LSTM) is not handed on from step t to step t+1: step t+1 starts from zeros, and
/// no gradient goes back from it to step t. h_t still goes to the layer above and to the readout. t = 0 cuts
/// off the initial state.
struct StateCut
{
    int layer = -1; ///< from 0; -1: every layer
    int t = 0;      ///< 0 … T-1

    bool operator==(const StateCut&) const = default;
};

/// What interventions change inside a pass: empty almost always. Gradients are those of the edited
/// computation. A silenced step's loss does not count; the plan of a trace says `counted = false` for it.
struct PassEdits
{
    std::vector<GateClamp> clamps; ///< a later one wins
    std::vector<StateCut> cuts;
    std::vector<int> silenced; ///< steps from 1

    bool empty() const { return clamps.empty() && cuts.empty() && silenced.empty(); }
    /// Whether step t+1 of a layer starts from zeros instead of the state after step t (0: the initial
    /// state).
    bool cutAfter(int layer, int t) const
    {
        return std::any_of(cuts.begin(), cuts.end(), [=](const StateCut& cut) {
            return cut.t == t && (cut.layer < 0 || cut.layer == layer);
        });
    }
    bool operator==(const PassEdits&) const = default;
};

/// The clamp in force on a unit (from 0) of a channel at step t (from 1), or null.
inline const GateClamp* clampAt(const PassEdits& edits, const std::string& channel, int layer, int unit,
                                int t)
{
    const auto holds = [](const std::vector<int>& list, int wanted) {
        return list.empty() || std::find(list.begin(), list.end(), wanted) != list.end();
    };
    for (auto clamp = edits.clamps.rbegin(); clamp != edits.clamps.rend(); ++clamp) {
        if (clamp->channel == channel && (clamp->layer < 0 || clamp->layer == layer) &&
            holds(clamp->units, unit) && holds(clamp->steps, t))
            return &*clamp;
    }
    return nullptr;
}

} // namespace unrolled
