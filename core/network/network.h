#pragma once

#include "core/cells/cell.h"
#include "core/cells/packed_matrix.h"
#include "core/network/batch.h"
#include "core/network/model_settings.h"
#include "core/network/parameters.h"
#include "core/network/pass_edits.h"
#include "core/network/state_shift.h"
#include "core/network/truncation.h"
#include "core/tasks/task.h"

#include <Eigen/Core>
#include <memory>
#include <utility>
#include <vector>

namespace unrolled {

/// Stacked recurrent layers and a linear readout, unrolled over the T steps of a plan for B sequences at
/// once. Owns the workspace: forward() and backward() allocate nothing.
/// - A skipped step of a sequence holds its state, and passes its gradient on.
/// - A bank of the plan has recurrent weights of its own; it starts from the state that the one before left.
/// - Where a step reads the network's own output: of classes, the most probable one of the step before as
///   one-hot, and no gradient passes through that choice; of numbers, y_{t-1}, and the gradient passes.
class Network
{
public:
    /// For `batch` sequences; `whole` ≥ batch where they are a part of a larger batch, over which L is the
    /// mean.
    Network(const ModelSettings& model, int inputSize, int outputSize, LossKind lossKind,
            const SequencePlan& plan, int batch, int whole = 0);

    const ParameterLayout& layout() const { return m_layout; }
    int steps() const { return m_steps; }
    int batchSize() const { return m_batch; }

    /// Hidden states, outputs, losses. L is the mean over the batch of each sequence's sum (or mean) over its
    /// counted steps: cross-entropy in nats, squared error as the mean over output dimensions.
    void forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction);
    /// ∂L/∂parameters, flat, after forward(). Full back-propagation through time.
    void backward(const Eigen::VectorXd& parameters, const Batch& batch, Eigen::VectorXd& gradient);

    double loss() const { return m_loss; }
    /// Outputs (logits) of the last forward pass, size × T·B.
    const Eigen::MatrixXd& outputs() const { return m_y; }
    /// Their softmax; unused for squared error.
    const Eigen::MatrixXd& probabilities() const { return m_p; }

    /// Makes the last states the initial ones of the next forward pass.
    void carryState();

    /// The states that a pass starts from, and those that it ends with: per layer h and c, sequence by
    /// sequence, stateSize() numbers. Both return what comes behind them.
    Eigen::Index stateSize() const;
    const double* loadState(const double* states);
    double* storeState(double* states) const;

    /// What the next passes are to do differently. May allocate.
    void setEdits(const PassEdits& edits);
    /// k > 0: the gradient of a state ends at each k-th row of the plan, counted from the start (truncated
    /// back-propagation); 0: it goes all the way. `rows` where this plan has the steps of a sequence alone:
    /// which rows of the whole one they are, from 1; see isBorder.
    void setTruncation(int k, std::vector<int> rows = {})
    {
        m_truncate = k;
        m_rows = std::move(rows);
    }
    /// While on, a state that crosses a border of truncation is the one of the pass before, so that the
    /// truncated gradient is the derivative of L. Allocates.
    void pinBorders(bool on);

    /// A state that the next forward passes move; its t counts the plan's steps here. Null: none.
    void setShift(const StateShift* shift) { m_shift = shift; }
    /// ‖∂L/∂h_t‖ of a layer (from 0) and a sequence after backward(); t from 1, of the plan's steps.
    double stateGradientNorm(int layer, int t, int b) const;

    /// Everything of sequence b but parameters and their gradients.
    void record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                IterationTrace& trace) const;

    /// Multiply–adds of a forward and a backward pass.
    double cost() const;

private:
    /// The parameters of one layer in one bank.
    struct Blocks
    {
        const ParameterBlock *input, *recurrent, *bias, *recurrentBias;
        PackedMatrix packed, packedTransposed; ///< of the recurrent weights, for batches
    };
    /// The steps of one bank.
    struct Stretch
    {
        int first;
        int steps;
        std::vector<Blocks> layers;
    };
    struct Layer
    {
        int inputSize;
        LayerState state;
        Eigen::MatrixXd h, c; ///< those of the state, while cuts hide them
    };
    static CellWeights weights(const Eigen::VectorXd& parameters, const Blocks& blocks);
    void packWeights(const Eigen::VectorXd& parameters);
    void takeInputs(const Batch& batch);
    void feedBack(const Batch& batch, int t);
    int pickedAtOnce(const CellWeights& w) const;
    void inputProducts(const CellWeights& w, std::size_t l, const Batch& batch, int first, int steps);
    void cellForward(const CellWeights& w, int l, const Batch& batch, int t);
    void cellBackward(const CellWeights& w, int l, const Batch& batch, int t);
    void forwardStep(const CellWeights& weights, int layer, int t);
    void backwardStep(const CellWeights& weights, int layer, int t);
    void shiftState(LayerState& state) const;
    void hidePreviousState(LayerState& state, int t); ///< behind a cut, while step t runs
    void showPreviousState(LayerState& state, int t);
    /// Whether step t (from 0) starts from zeros, and whether the gradient ends there.
    bool isCut(int layer, int t) const { return !m_edits.cuts.empty() && m_edits.cutAfter(layer, t); }
    bool endsGradient(int t) const { return isBorder(m_truncate, m_rows, t); }
    bool counted(const Batch& batch, int t, int b) const;
    void readout(const Eigen::VectorXd& parameters, int first, int steps);
    void losses(const Batch& batch, Reduction reduction);
    void backwardInTime(const Eigen::VectorXd& parameters, const Batch& batch);
    void inputGradient(const Batch& batch, std::size_t l, const Stretch& stretch, CellGradients& g);
    const std::vector<int>& inputClasses(const Batch& batch) const;
    const Eigen::MatrixXd& inputs(const Batch& batch) const;
    double stepLoss(const Batch& batch, Eigen::Index column) const;
    int mostProbable(Eigen::Index column) const;
    /// Zeros for all states that a cut keeps from the next step.
    static void hideCutStates(const PassEdits& edits, int layer, LayerState& state);
    /// What the loss of a step of sequence b is multiplied with in L.
    double lossScale(const Batch& batch, int b, Reduction reduction) const;

    CellSpec m_spec;
    std::unique_ptr<Cell> m_cell;
    ParameterLayout m_layout;
    LossKind m_lossKind;
    SequencePlan m_plan;
    PassEdits m_edits;
    const StateShift* m_shift = nullptr;
    int m_truncate = 0;
    std::vector<int> m_rows; ///< of the whole plan, where this one has no others; else empty
    int m_inputSize;
    int m_outputSize;
    int m_steps;
    int m_batch;
    int m_wholeBatch;
    bool m_readoutBias;
    std::vector<Stretch> m_stretches;
    std::vector<Layer> m_layers;
    Eigen::MatrixXd m_y, m_p, m_dy;
    Eigen::VectorXd m_rest; ///< of the softmax of every column: Σ e^{y − highest} over all but the highest
    bool m_feedsBack = false;       ///< a step of this pass reads an output
    std::vector<int> m_readClasses; ///< what was read then
    Eigen::MatrixXd m_readNumbers;
    Eigen::MatrixXd m_heldCell;            ///< ∂L/∂c of skipped steps, H × B
    std::vector<Eigen::MatrixXd> m_pinned; ///< h and c of every layer while borders are pinned, else empty
    Eigen::MatrixXd m_keptState, m_keptCell, m_keptGradient; ///< of one step, while it runs without them
    double m_loss = 0;
};

} // namespace unrolled
