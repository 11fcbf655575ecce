#pragma once

#include "core/trace/iteration_trace.h"

#include <Eigen/Core>
#include <vector>

namespace unrolled {

/// The elementwise derivatives of one step of a layer, at the values of a trace. Gates stand in the order of
/// the stacked matrices; H units, G gates. All that keeps a gradient from passing is in here.
struct StepDerivatives
{
    /// H × G. ∂L/∂a_gate = column ∘ ∂L/∂h_t; for i, f, g of an LSTM ∘ ∂L/∂c_t (in total); for r of a GRU with
    /// reset before ∘ ∂L/∂(r∘h).
    Eigen::MatrixXd gates;
    Eigen::VectorXd keep; ///< H: z of a GRU (∂h_t/∂h_{t-1}), f of an LSTM (∂c_t/∂c_{t-1}), gates held
    Eigen::VectorXd hByC; ///< H: ∂h_t/∂c_t = o ∘ (1 - tanh²(c_t)); LSTM
    Eigen::VectorXd reset; ///< H: r; GRU
};

/// Of layer `layer` (from 0) at step t (from 1).
StepDerivatives stepDerivatives(const IterationTrace& trace, int layer, int t);

/// ∂L/∂a_t of one step, and what multiplies the recurrent weights' input; both G·H. They differ in the n rows
/// of a GRU with reset after: ∂L/∂u_t = r_t ∘ ∂L/∂a_n.
struct SumGradients
{
    Eigen::VectorXd input;
    Eigen::VectorXd recurrent;
};

/// From ∂L/∂state_t, as in Hop; layer from 0, t from 1.
SumGradients sumGradients(const IterationTrace& trace, int layer, int t, const Eigen::VectorXd& byState);

/// The hop from step t back to step t-1 of one layer: the transposed Jacobian of a step. The state is h_t,
/// for an LSTM h_t above c_t, S = H or 2H rows; its gradient at t holds what comes by h_t and, apart from it,
/// what comes by c_t directly (not through h_t).
struct Hop
{
    Eigen::MatrixXd toHidden; ///< H × S: ∂/∂h_{t-1} = toHidden · ∂/∂state_t
    Eigen::VectorXd cellByHidden; ///< H, LSTM: ∂/∂c_{t-1} = cellByHidden ∘ ∂/∂h_t + cellByCell ∘ ∂/∂c_t
    Eigen::VectorXd cellByCell;
    Eigen::MatrixXd toInput; ///< D × S: ∂/∂x_t = toInput · ∂/∂state_t; empty where not asked for
    Eigen::VectorXd hByC;    ///< H, LSTM: the total ∂/∂c_t is ∂/∂c_t + hByC ∘ ∂/∂h_t

    /// ∂/∂state_{t-1} of every column. `previous` may have any size before; it must not be `state`.
    template<typename State, typename Previous>
    void back(const State& state, Previous&& previous) const
    {
        previous.topRows(toHidden.rows()).noalias() = toHidden * state;
        backToCell(state, previous);
    }
    /// The rows of c alone; none where there are none.
    template<typename State, typename Previous>
    void backToCell(const State& state, Previous&& previous) const
    {
        const Eigen::Index n = toHidden.rows();
        if (state.rows() > n)
            previous.bottomRows(n) = (state.topRows(n).array().colwise() * cellByHidden.array() +
                                      state.bottomRows(n).array().colwise() * cellByCell.array())
                                         .matrix();
    }
    /// The whole of it: S × S, ∂state_t/∂state_{t-1} transposed.
    Eigen::MatrixXd matrix() const;
};

/// Makes the hops of one layer of a trace.
class Hops
{
public:
    Hops(const IterationTrace& trace, int layer);

    Eigen::Index hiddenSize() const { return m_hidden; }
    Eigen::Index stateSize() const { return m_trace->cell.kind == CellKind::Lstm ? 2 * m_hidden : m_hidden; }

    /// The hop of step t (from 1); its memory is used again. toInput is made only where `withInput`.
    void form(int t, bool withInput, Hop& hop);

private:
    struct Transposed
    {
        const Eigen::MatrixXd* of = nullptr;
        Eigen::MatrixXd matrix;
        const Eigen::MatrixXd& take(const Eigen::MatrixXd& weights);
    };

    void formGru(const Eigen::MatrixXd& recurrent, const Eigen::MatrixXd* input, StepDerivatives& d,
                 Hop& hop);

    const IterationTrace* m_trace;
    int m_layer;
    Eigen::Index m_hidden;
    Transposed m_recurrent;    ///< H × G·H
    Transposed m_input;        ///< D × G·H
    Eigen::MatrixXd m_byReset; ///< W_hnᵀ diag(∂a_n/∂h_t), GRU with reset before
};

} // namespace unrolled
