#pragma once

#include "core/cells/cell_spec.h"

#include <Eigen/Core>
#include <memory>
#include <vector>

namespace unrolled {

class PackedMatrix;
struct LayerTrace;

/// The weights of one layer. G stacked gates (see stackedGates), H units, D inputs.
struct CellWeights
{
    Eigen::Map<const Eigen::MatrixXd> input;         ///< G·H × D
    Eigen::Map<const Eigen::MatrixXd> recurrent;     ///< G·H × H
    Eigen::Map<const Eigen::VectorXd> bias;          ///< G·H
    Eigen::Map<const Eigen::VectorXd> recurrentBias; ///< H for a GRU with reset after, else empty
    const PackedMatrix* packed = nullptr;            ///< `recurrent` once more, for batches; or null
    const PackedMatrix* packedTransposed = nullptr;
};

/// Where a layer's gradients go; the same shapes.
struct CellGradients
{
    Eigen::Map<Eigen::MatrixXd> input;
    Eigen::Map<Eigen::MatrixXd> recurrent;
    Eigen::Map<Eigen::VectorXd> bias;
    Eigen::Map<Eigen::VectorXd> recurrentBias;
};

/// A row of the stacked gates (of h for a simple RNN) that an intervention holds at a value.
struct HeldRow
{
    Eigen::Index row;
    double value;
};

/// Everything one layer computes for B sequences over T steps; allocated once. Column t·B + b belongs to step
/// t (from 0) of sequence b; h and c have B columns more, the initial states, in front.
struct LayerState
{
    LayerState(const CellSpec& spec, int hidden, int steps, int batch);

    /// The B columns of step t.
    static auto at(Eigen::MatrixXd& m, int t, int batch)
    {
        return m.middleCols(Eigen::Index(t) * batch, batch);
    }
    static auto at(const Eigen::MatrixXd& m, int t, int batch)
    {
        return m.middleCols(Eigen::Index(t) * batch, batch);
    }

    /// The columns of `steps` steps from `first` on.
    static auto span(Eigen::MatrixXd& m, int first, int steps, int batch)
    {
        return m.middleCols(Eigen::Index(first) * batch, Eigen::Index(steps) * batch);
    }
    static auto span(const Eigen::MatrixXd& m, int first, int steps, int batch)
    {
        return m.middleCols(Eigen::Index(first) * batch, Eigen::Index(steps) * batch);
    }

    /// The column of step t of sequence b.
    double* column(Eigen::MatrixXd& m, int t, int b) const
    {
        return m.data() + (Eigen::Index(t) * batch + b) * m.rows();
    }

    /// Puts the held values of step t into its columns, which start at `first`.
    void hold(Eigen::MatrixXd& values, int t, Eigen::Index first) const
    {
        for (const HeldRow& each : held[static_cast<std::size_t>(t)])
            values.block(each.row, first, 1, batch).setConstant(each.value);
    }
    /// A held value passes no gradient to its pre-activation.
    void stopGradient(int t)
    {
        for (const HeldRow& each : held[static_cast<std::size_t>(t)])
            da.block(each.row, Eigen::Index(t) * batch, 1, batch).setZero();
    }

    int hidden;
    int steps;
    int batch;
    std::vector<std::vector<HeldRow>> held; ///< by step; empty where nothing is held
    Eigen::MatrixXd a;     ///< G·H × T·B pre-activations; forward() finds W_x x + b here and adds the rest
    Eigen::MatrixXd gates; ///< G·H × T·B after their nonlinearities; GRU, LSTM
    Eigen::MatrixXd h;     ///< H × (T+1)·B
    Eigen::MatrixXd c;     ///< H × (T+1)·B, LSTM
    Eigen::MatrixXd tanhC; ///< H × T·B, LSTM
    Eigen::MatrixXd reset; ///< H × T·B, GRU: u (reset after) or r∘h (reset before)
    Eigen::MatrixXd
        dh; ///< H × (T+1)·B: ∂L/∂h as `h`; backward() finds what comes from above and adds the rest
    Eigen::MatrixXd dc;      ///< H × (T+1)·B, LSTM
    Eigen::MatrixXd da;      ///< G·H × T·B
    Eigen::MatrixXd dReset;  ///< H × T·B, GRU
    Eigen::MatrixXd scratch; ///< G·H × B, GRU
};

/// The equations of a cell: one step forward and one step back, next to each other in its file.
class Cell
{
public:
    virtual ~Cell() = default;

    virtual void forward(const CellWeights& weights, LayerState& state, int t) const = 0;
    /// Finds ∂L/∂h_t (and ∂L/∂c_t) complete but for the step's own paths; leaves ∂L/∂a_t, and adds to
    /// ∂L/∂h_{t-1}, ∂L/∂c_{t-1}.
    virtual void backward(const CellWeights& weights, LayerState& state, int t) const = 0;
    /// Adds `offset` to a unit of c_t (t from 0) of sequence b after forward(), and computes h_t anew. Only
    /// for cells that have a c.
    virtual void shiftCell(LayerState& state, int t, int b, int unit, double offset) const;
    /// Recurrent weight and bias gradients: one product over `steps` steps from `first` on (from 0) and the
    /// batch. Input weights are the network's.
    virtual void weightGradients(const LayerState& state, int first, int steps,
                                 CellGradients& gradients) const;
    /// Copies sequence b into the channels of a trace, values and gradients; `x` stays to the caller.
    virtual void record(const CellWeights& weights, const LayerState& state, int b,
                        LayerTrace& trace) const = 0;
};

std::unique_ptr<Cell> makeCell(const CellSpec& spec);

/// Sequence b of rows first … first+count-1 of a T·B-column matrix (or, skipping the initial state, of a
/// (T+1)·B one), where it lies: count × T.
inline auto sequenceOf(const Eigen::MatrixXd& m, Eigen::Index first, Eigen::Index count, int b, int steps,
                       int batch)
{
    const Eigen::Index skip = m.cols() - Eigen::Index(steps) * batch;
    return Eigen::Map<const Eigen::MatrixXd, 0, Eigen::OuterStride<>>(
        m.data() + (skip + b) * m.rows() + first, count, steps, Eigen::OuterStride<>(m.rows() * batch));
}

/// The states that the steps of sequence b read, of a (T+1)·B-column matrix: H × T.
inline auto previousOf(const Eigen::MatrixXd& m, int b, int steps, int batch)
{
    return Eigen::Map<const Eigen::MatrixXd, 0, Eigen::OuterStride<>>(
        m.data() + b * m.rows(), m.rows(), steps, Eigen::OuterStride<>(m.rows() * batch));
}

} // namespace unrolled
