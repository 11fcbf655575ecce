#pragma once

#include "core/cells/packed_matrix.h"
#include "core/gradients/hop.h"
#include "core/gradients/scaled_columns.h"

#include <functional>
#include <vector>

namespace unrolled {

/// A gradient by the outputs of one step, where a sweep starts or is joined.
struct Injection
{
    int t; ///< from 1
    Eigen::Index column;
    Eigen::VectorXd byOutput; ///< ∂/∂y_t
};

/// What a sweep has of one layer at one step. Columns before `first` have not started yet.
struct SweepStep
{
    int t;     ///< from 1
    int layer; ///< from 0
    Eigen::Index first;
    /// ∂/∂h_t, for an LSTM above what comes by c_t directly (see Hop). Complete.
    const ScaledColumns& state;
    const std::vector<ScaledNumber>& normsOfH; ///< ‖∂/∂h_t‖ of every column
    const Hop& hop;
};

/// Goes back through time with many gradients at once, one a column, all layers of a step together. Each
/// column carries an exponent of its own, so that none leaves double's range.
class BackwardSweep
{
public:
    BackwardSweep(const IterationTrace& trace, Eigen::Index columns);

    /// From the latest injection back to step 1. The injections come in falling order of t. Where a step
    /// reads the output y of the step before, gradients go back through it as well, unless they are in the
    /// injections already (as they are in ∂L/∂y of a trace).
    void run(const std::vector<Injection>& injections, bool throughOutputs,
             const std::function<void(const SweepStep&)>& visit);

private:
    struct Layer
    {
        Hops hops;
        ScaledColumns state;
        Eigen::MatrixXd previous; ///< the values of the step before
        PackedMatrix toHidden;    ///< that of the hop, where there are many columns
    };
    void measure(Layer& layer, Eigen::Index first);
    void passDown(Layer& below, const Layer& above, const Hop& hop, Eigen::Index first);
    void keepInputGradient(const Layer& lowest, const Hop& hop);
    void passToOutput(int t, Eigen::Index first);
    void goBack(Layer& layer, const Hop& hop, Eigen::Index first);

    const IterationTrace* m_trace;
    std::vector<Layer> m_layers;
    Eigen::RowVectorXd m_squares; ///< ‖values‖² of every column
    std::vector<ScaledNumber> m_norms;
    Eigen::MatrixXd m_byInput;
    ScaledColumns m_readGradient; ///< by what step t reads, where it reads an output
};

/// Whether step t (from 1) of the watched sequence is compared with a target.
bool isCounted(const IterationTrace& trace, int t);
std::vector<int> countedSteps(const IterationTrace& trace); ///< in order, from 1

/// ∂L_t/∂y_t of the step's own loss, unreduced; t from 1, a counted step.
Eigen::VectorXd ownLossGradient(const IterationTrace& trace, int t);

} // namespace unrolled
