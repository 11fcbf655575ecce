#pragma once

#include "core/trace/iteration_trace.h"

#include <Eigen/Core>
#include <string_view>

namespace ui {

/// What travels along an edge of a cell's graph.
enum class SignalKind {
    None,
    Channel,        ///< a channel of the trace
    PreviousHidden, ///< h_{t−1}; backward: what this step passes back to it
    PreviousCell,   ///< c_{t−1}; backward: f ∘ ∂L/∂c_t
    NextCell,       ///< c_t leaving the step; backward: what arrives from t+1
    InputPart,      ///< W_x x_t of a gate (with b_n in a GRU that resets after the product)
    RecurrentPart,  ///< W_h h_{t−1} of a gate
    Kept,           ///< f ∘ c_{t−1}
    Written,        ///< i ∘ g
    Held,           ///< z ∘ h_{t−1}
    Complement,     ///< 1 − z
    Fresh,          ///< (1 − z) ∘ n
    ResetPart       ///< r ∘ u
};

struct Signal
{
    SignalKind kind = SignalKind::None;
    std::string_view channel; ///< of Channel; the gate's pre-activation of InputPart and RecurrentPart
};

/// The signal's value at time t (from 1) of a layer (from 0).
Eigen::VectorXd signalValue(const unrolled::IterationTrace& trace, int layer, int t, const Signal& signal);
/// ∂L/∂ of what travels along the edge, through this edge alone.
Eigen::VectorXd signalGradient(const unrolled::IterationTrace& trace, int layer, int t, const Signal& signal);

/// h_{t−1} and c_{t−1}; the initial ones at t = 1.
Eigen::VectorXd previousHidden(const unrolled::IterationTrace& trace, int layer, int t);
Eigen::VectorXd previousCell(const unrolled::IterationTrace& trace, int layer, int t);
/// The rows of a gate ("h" of an RNN, "r", "z", "n", "i", "f", "g", "o") in the weights that step t uses.
/// `role` is InputWeight or RecurrentWeight.
Eigen::MatrixXd gateWeights(const unrolled::IterationTrace& trace, unrolled::ParameterRole role, int layer,
                            int t, char gate);
/// The gate's bias; zeros where the layer has none.
Eigen::VectorXd gateBias(const unrolled::IterationTrace& trace, int layer, int t, char gate);
/// b_{hn} of a GRU with reset after the product; zeros elsewhere.
Eigen::VectorXd recurrentBias(const unrolled::IterationTrace& trace, int layer, int t);
/// The letters of the stacked gates in order: "h", "rzn", "ifgo".
std::string_view gateLetters(const unrolled::CellSpec& spec);

/// What step t hands to ∂L/∂h_{t−1}: one addend for every path, in the order of passBackPaths.
std::vector<Eigen::VectorXd> passBackAddends(const unrolled::IterationTrace& trace, int layer, int t);
/// The paths as notation: "W_{hi}^⊤ δ_i" …, "z_t ∘ ∂L/∂h_t"; δ_k is ∂L/∂a_k.
std::vector<std::string_view> passBackPaths(const unrolled::CellSpec& spec);
/// Their sum.
Eigen::VectorXd passedBack(const unrolled::IterationTrace& trace, int layer, int t);

/// The two halves of ∂L/∂h_t: from the output (or the layer above), and from step t+1 (zero at the last step,
/// and where back-propagation is cut off).
struct HiddenGradientParts
{
    Eigen::VectorXd above;
    Eigen::VectorXd later;
};
HiddenGradientParts hiddenGradientParts(const unrolled::IterationTrace& trace, int layer, int t);

/// Whether an intervention takes the loss of step t out.
bool isSilenced(const unrolled::IterationTrace& trace, int t);

} // namespace ui
