#pragma once

#include "ui/session/frame.h"

namespace ui {

/// How far one cell has got at a frame, in terms of a CellGraph's stages.
/// Forward: −1 inputs arrived, k operation k done; nothing yet is `nothing`. Backward, downwards: K (the
/// number of operations) ∂L/∂h_t complete, k operation k gone through, −1 passed back; nothing yet is K + 1.
struct CellMoment
{
    static constexpr int nothing = -2;
    static constexpr int none = -100;

    int t = 1;
    int layer = 0;
    bool backward = false;
    int done = nothing;  ///< the stage on its way included
    int lit = none;      ///< the stage of the present part, where it is in this cell
    bool here = false;   ///< the present tick is this cell's
    bool follows = true; ///< the frame's own time, not a fixed one
    double alpha = 1;    ///< of the lit stage
    int loss = 0;        ///< the picked one, as in Frame

    /// Whether a forward value computed by operation `source` is known; always in the backward phase.
    bool valueKnown(int source) const { return backward || source <= done; }
    /// Whether the gradient of stage `back` is known.
    bool gradientKnown(int back) const { return backward && back >= done; }
};

/// t from 1, 0 for the frame's own time; layer from 0, used where the frame's part belongs to no layer or t
/// is fixed.
CellMoment cellMoment(const Frame& frame, int t, int layer);

} // namespace ui
