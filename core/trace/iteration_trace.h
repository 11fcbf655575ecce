#pragma once

#include "core/cells/cell_spec.h"
#include "core/network/parameters.h"
#include "core/network/pass_edits.h"
#include "core/network/sequence_plan.h"
#include "core/network/truncation.h"

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

/// A quantity over time, value and gradient side by side: units × T. The gradient is the total derivative
/// ∂L/∂value of the training objective L.
struct Quantity
{
    Eigen::MatrixXd value;
    Eigen::MatrixXd gradient;
};

/// All channels of one layer, parallel to channels(spec).
struct LayerTrace
{
    std::vector<Quantity> channels;
    Eigen::VectorXd initialHidden; ///< h_0, hidden size
    Eigen::VectorXd initialCell;   ///< c_0; empty where the cell has no c
    Eigen::VectorXd initialHiddenGradient;
    Eigen::VectorXd initialCellGradient;

    Eigen::Index hiddenSize() const { return initialHidden.size(); }
};

enum class LossKind { CrossEntropy, SquaredError };

struct IterationInput;

/// The readout of every step. Columns are time steps.
struct OutputTrace
{
    Quantity y;                     ///< outputs (logits), size × T
    Eigen::MatrixXd probabilities;  ///< softmax of y, size × T; empty for squared error
    std::vector<int> targetClasses; ///< T class indices, -1 where not counted; empty for squared error
    Eigen::MatrixXd targets;        ///< size × T numbers, NaN where not counted; empty for cross-entropy
    Eigen::VectorXd losses;         ///< T; the step's own loss, NaN where not counted
    Eigen::VectorXi predicted;      ///< T; the most probable class; empty for squared error
};

/// A block of parameters before and after the update. `gradient` is raw, `clippedGradient` what the optimizer
/// saw.
struct ParameterTrace
{
    ParameterBlock block;
    Eigen::MatrixXd before;
    Eigen::MatrixXd gradient;
    Eigen::MatrixXd clippedGradient;
    Eigen::MatrixXd after;
};

/// The first quantity that left the range of double in an iteration, in the order of computation.
struct Overflow
{
    std::string quantity;  ///< channel, "y", "loss", a parameter's name, or "gradient norm"
    int layer = -1;        ///< from 0, or -1
    int time = 0;          ///< from 1, or 0 where it has no time step
    bool gradient = false; ///< found in the backward pass
};

/// Everything computed in one iteration for the watched sequence. Immutable once made; shared by pointer.
/// t counts from 1 in words and files; column t-1 holds it.
struct IterationTrace
{
    std::int64_t iteration = 0;
    CellSpec cell;
    SequencePlan plan;
    LossKind lossKind = LossKind::CrossEntropy;
    /// T class indices where inputs are one-hot (-1 where a step reads a zero vector), else empty
    std::vector<int> inputClasses;
    /// UTF-8 symbol of each class of the inputs, and of the outputs; null where they have none
    std::shared_ptr<const std::vector<std::string>> vocabulary;
    std::shared_ptr<const std::vector<std::string>> outputVocabulary;

    std::vector<LayerTrace> layers;
    OutputTrace outputs;
    std::vector<ParameterTrace> parameters;

    /// The interventions inside this pass. A hop over a cut, or over a border of truncation, has the Jacobian
    /// 0; a clamped gate's value is a constant: in a Jacobian its derivative by its pre-activation is 0. What
    /// a cut step reads is 0, not the h (or c) of the step before: see previousState(). Silenced steps are
    /// not counted in `plan`.
    PassEdits edits;
    int truncate = 0; ///< k > 0: no gradient goes back over every k-th row of the plan
    /// Of each step the row of the plan, from 1; empty where the sequence skips none. Edits are in steps.
    std::vector<int> planRows;

    double loss = 0;         ///< the training objective L: the mean over the batch
    double sequenceLoss = 0; ///< the watched sequence's own loss, reduced as the setting says
    double baseline = 0;     ///< what a network that remembers nothing gets for `loss`; NaN where unknown
    double accuracy = 0;     ///< share of counted steps answered right, over the batch
    double gradientNorm = 0; ///< joint norm of all parameters' raw gradients
    bool clipped = false;
    bool clippedEntries = false; ///< entries beyond ±clip_value were cut off, before the norm was looked at
    double clipScale =
        1; ///< ‖g‖ after clipping over before; what all were multiplied with, but for cut entries
    double learningRate = 0; ///< the one in force at this iteration
    int batch = 1;
    int sequence = 0;                            ///< which one of the batch this is, from 0
    std::shared_ptr<const Overflow> overflow;    ///< null unless the iteration diverged
    std::shared_ptr<const IterationInput> input; ///< what it started from; null in a trace made by hand

    int steps() const { return static_cast<int>(plan.size()); }
    const Quantity& channel(int layer, std::string_view name) const; ///< throws std::out_of_range
    bool hasChannel(std::string_view name) const { return channelIndex(cell, name) >= 0; }
    /// A block by its bank; the readout has the bank "rnn". Throws std::out_of_range.
    const ParameterTrace& parameter(ParameterRole role, int layer, std::string_view bank = "rnn") const;
    bool hasParameter(ParameterRole role, int layer, std::string_view bank = "rnn") const;
    /// Of all blocks together.
    std::int64_t parameterCount() const;
    /// Of the matrix products of one time step going forward; of the decoder where there is one.
    std::int64_t multiplyAdds() const;
    /// The bank of the weights that the cells of step t use, t from 1.
    std::string_view bankAt(int t) const { return plan.at(static_cast<std::size_t>(t - 1)).bank; }

    /// What step t reads of `channel` ("h" or "c") from before: the state after step t-1, the initial one for
    /// t = 1, zeros behind a cut. t from 1.
    Eigen::VectorXd previousState(int layer, std::string_view channel, int t) const;
    /// Whether a gradient goes back from step t+1 to step t: not over a cut, nor over a border of truncation,
    /// skipped rows of the plan between the two among it.
    bool handsBack(int layer, int t) const
    {
        return !edits.cutAfter(layer, t) && !isBorder(truncate, planRows, t);
    }
    /// The block of this role that step t (from 1) used; `layer` is -1 for the readout. Throws
    /// std::out_of_range.
    const ParameterTrace& parameterAt(ParameterRole role, int layer, int t) const;
    /// Its weights in the pass.
    const Eigen::MatrixXd& weightsAt(ParameterRole role, int layer, int t) const
    {
        return parameterAt(role, layer, t).before;
    }
};

using TracePtr = std::shared_ptr<const IterationTrace>;

/// ‖·‖₂ of a column, scaled so that squaring neither underflows nor overflows.
double scaledNorm(const Eigen::Ref<const Eigen::VectorXd>& v);

/// One addend weight·value of a pre-activation: `weight` and `source` are notation ("W_{hh}[2,1]",
/// "h_{1}[1]").
struct DotTerm
{
    std::string weight;
    std::string source;
    double weightValue;
    double sourceValue;
    double product() const { return weightValue * sourceValue; }
};

/// The dot product behind one unit's pre-activation of `channel` ("h" of an RNN, any gate), term by term:
/// input terms, recurrent terms, then the bias (source "1"). For the n gate of a GRU the recurrent terms are
/// those of W_{hn}, before r is applied (reset after) or applied to r∘h (reset before). layer and unit count
/// from 0, t from 1.
std::vector<DotTerm> dotTerms(const IterationTrace& trace, int layer, std::string_view channel, int unit,
                              int t);

} // namespace unrolled
