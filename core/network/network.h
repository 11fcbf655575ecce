#pragma once

#include "core/cells/cell.h"
#include "core/network/model_settings.h"
#include "core/network/parameters.h"
#include "core/network/pass_edits.h"
#include "core/tasks/task.h"

#include <Eigen/Core>
#include <memory>
#include <vector>

namespace unrolled {

/// Stacked recurrent layers and a linear readout, unrolled over T steps for B sequences at once. Owns the
/// workspace: forward() and backward() allocate nothing.
class Network
{
public:
    Network(const ModelSettings& model, int inputSize, int outputSize, LossKind lossKind,
            const SequencePlan& plan, int batch);

    const ParameterLayout& layout() const { return m_layout; }
    int steps() const { return m_steps; }
    int batchSize() const { return m_batch; }

    /// Hidden states, outputs, losses. L is the mean over the batch of each sequence's sum (or mean) over its
    /// counted steps: cross-entropy in nats, squared error as the mean over output dimensions.
    void forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction);
    /// ∂L/∂parameters, flat, after forward(). Full back-propagation through time.
    void backward(const Eigen::VectorXd& parameters, const Batch& batch, Eigen::VectorXd& gradient);

    double loss() const { return m_loss; }
    /// Share of counted steps answered right; |error| < tolerance for numbers.
    double accuracy(const Batch& batch, double tolerance) const;

    /// Outputs (logits) of the last forward pass, size × T·B.
    const Eigen::MatrixXd& outputs() const { return m_y; }
    /// Their softmax; unused for squared error.
    const Eigen::MatrixXd& probabilities() const { return m_p; }

    /// Makes the last states the initial ones of the next forward pass.
    void carryState();

    /// What the next passes are to do differently. May allocate.
    void setEdits(const PassEdits& edits);
    /// k > 0: the gradient of a state ends at each k-th step, counted from the start (truncated
    /// back-propagation); 0: it goes all the way.
    void setTruncation(int k) { m_truncate = k; }

    /// Everything of sequence b but parameters and their gradients.
    void record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                IterationTrace& trace) const;

    /// Multiply–adds of a forward and a backward pass.
    double cost() const;

private:
    struct Layer
    {
        const ParameterBlock *input, *recurrent, *bias, *recurrentBias;
        int inputSize;
        LayerState state;
    };
    CellWeights weights(const Eigen::VectorXd& parameters, const Layer& layer) const;
    void forwardStep(const CellWeights& weights, int layer, int t);
    void backwardStep(const CellWeights& weights, int layer, int t);
    void hidePreviousState(LayerState& state, int t); ///< behind a cut, while step t runs
    void showPreviousState(LayerState& state, int t);
    double stepLoss(const Batch& batch, Eigen::Index column) const;
    double lossScale(Reduction reduction) const; ///< what a step's loss is multiplied with in L

    CellSpec m_spec;
    std::unique_ptr<Cell> m_cell;
    ParameterLayout m_layout;
    LossKind m_lossKind;
    SequencePlan m_plan;     ///< the task's, less what is silenced
    SequencePlan m_taskPlan; ///< the task's
    PassEdits m_edits;
    int m_truncate = 0;
    int m_inputSize;
    int m_outputSize;
    int m_steps;
    int m_batch;
    int m_countedSteps;
    bool m_readoutBias;
    std::vector<Layer> m_layers;
    Eigen::MatrixXd m_y, m_p, m_dy;
    Eigen::MatrixXd m_keptState, m_keptCell, m_keptGradient; ///< of one step, while it runs without them
    double m_loss = 0;
    double m_scale = 1;
};

} // namespace unrolled
