#pragma once

#include "core/cells/cell_spec.h"

#include <cstdint>
#include <vector>

namespace unrolled {

enum class Phase { Forward, Loss, Backward, Update };

/// How far one step of the playback goes.
enum class StepSize { Operation, TimeStep, Pass, Iteration };

/// Where a run is looked at: everything up to and including `part` of `tick` of `iteration` has happened.
/// Ticks of an iteration: forward 1…T, loss, backward T…1, update. Parts of a tick: see TickLayout::part.
struct Position
{
    std::int64_t iteration = 0;
    int tick = 0;
    int part = 0;

    bool operator==(const Position&) const = default;
    auto operator<=>(const Position&) const = default;
};

/// What happens in one part of a tick, forward or backward.
enum class PartKind {
    Input,          ///< x_t arrives
    Cell,           ///< operation `operation` of layer `layer` (backward: its gradient)
    Logits,         ///< y_t = W_hy h_t + b_y (backward: ∂L/∂y_t)
    Probabilities,  ///< p_t = softmax(y_t), and the step's loss
    HiddenGradient, ///< ∂L/∂h_t: the sum of what comes from the output (or the layer above) and from t+1;
                    ///< layer `layer`
    PassBack,       ///< ∂L/∂h_{t-1} leaves layer `layer` towards t-1, ∂L/∂x_t towards the layer below
    Loss,           ///< L = Σ L_t
    Clip,           ///< the joint norm and its clipping
    Update          ///< the new parameters
};

struct Part
{
    PartKind kind;
    int layer = -1;     ///< from 0
    int operation = -1; ///< index into operations(spec)
};

/// The order of everything that happens in an iteration, and a bijection of positions with 0, 1, 2, ….
class TickLayout
{
public:
    TickLayout() = default;
    /// steps ≥ 1, layers ≥ 1; `softmax` tells whether the readout ends in probabilities.
    TickLayout(const CellSpec& spec, int layers, int steps, bool softmax);

    int steps() const { return m_steps; }
    int ticks() const { return 2 * m_steps + 2; }
    int partsPerIteration() const { return m_partsPerIteration; }

    Phase phase(int tick) const;
    int time(int tick) const; ///< 1…T in the forward and backward phase, 0 otherwise
    int tickOf(Phase phase, int time = 0) const;
    const std::vector<Part>& parts(int tick) const;
    const Part& part(const Position& position) const { return parts(position.tick)[position.part]; }

    std::int64_t index(const Position& position) const;
    Position at(std::int64_t index) const;

    Position start(std::int64_t iteration) const { return {iteration, 0, 0}; }
    Position endOfTick(std::int64_t iteration, int tick) const;
    Position endOfIteration(std::int64_t iteration) const { return endOfTick(iteration, ticks() - 1); }

    /// The next position at this step size. Time steps and passes end on the last part of their last tick; an
    /// iteration keeps tick and part.
    Position next(const Position& position, StepSize size) const;
    /// The reverse; stays at the start of iteration 0.
    Position previous(const Position& position, StepSize size) const;

    /// Whether at `position` the forward value of channel operation / readout at time t exists, i.e. whether
    /// its part has happened.
    bool happened(const Position& position, int tick, int part) const;

private:
    int m_steps = 1;
    int m_partsPerIteration = 0;
    std::vector<Part> m_forward, m_loss, m_backward, m_update;
};

} // namespace unrolled
