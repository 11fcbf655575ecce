#pragma once

#include "core/gradients/cancelled.h"
#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace unrolled {

/// The singular values, falling, of how the last state of a layer depends on its state at step t. What the
/// layer reads at each step is held: only its own recurrence counts.
struct JacobianAt
{
    int t;                              ///< from 1
    std::vector<ScaledNumber> hidden;   ///< of ∂h_T/∂h_t
    std::vector<ScaledNumber> cell;     ///< of ∂c_T/∂c_t in full, paths through h included; LSTM
    std::vector<ScaledNumber> cellHeld; ///< with all gates held: the entries of Π f_k; LSTM
    std::optional<ScaledNumber> bound; ///< Π γ σ_max(W_hh) ≥ σ_max(∂h_T/∂h_t); RNN (Pascanu et al. 2013)
};

/// For t = T, T-1, … 1. Small singular values keep their digits beside large ones.
std::vector<JacobianAt> jacobians(const IterationTrace& trace, int layer, const GoOn& goOn = {});

/// ∂h_T/∂h_t itself, scaled column by column: column j is the gradient of h_T[j] by h_t. From T down to `t`.
ScaledColumns jacobianColumns(const IterationTrace& trace, int layer, int t);

/// γ, the largest slope of the nonlinearity: ¼ for the logistic function, else 1.
double largestSlope(Activation activation);

/// The Lyapunov exponents of a layer's state (h; for an LSTM h and c) along the sequence, falling:
/// λ_i = (1/T) Σ_t ln |R_ii| of repeated QR of ∂state_t/∂state_{t-1} Q (Benettin et al. 1980). A finite T
/// makes them estimates. Nats per step; -∞ where a direction is lost.
Eigen::VectorXd lyapunovExponents(const IterationTrace& trace, int layer);

} // namespace unrolled
