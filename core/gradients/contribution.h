#pragma once

#include "core/gradients/cancelled.h"
#include "core/gradients/scaled_columns.h"
#include "core/trace/iteration_trace.h"
#include "core/training/optimizer.h"

#include <Eigen/Core>
#include <functional>
#include <vector>

namespace unrolled {

/// What one step of the watched sequence adds to ∂L/∂parameter: values·2^exponent, with the parameter's
/// shape. Over all steps (and all sequences of the batch) they add up to the raw gradient.
struct Contribution
{
    int t; ///< from 1
    const ParameterTrace& parameter;
    Eigen::MatrixXd values;
    int exponent;

    ScaledNumber norm() const { return scaledNormOf(values.reshaped(), exponent); }
};

/// Visits the contributions of every step, t falling, in the order of the parameters. Those of steps that use
/// other weights are left out.
void visitContributions(const IterationTrace& trace, const std::function<void(const Contribution&)>& visit);

/// What becomes of an update where weights are kept in float32: w + Δw is rounded to float32.
struct RoundingFate
{
    Eigen::Index zero = 0; ///< entries whose Δw is 0 already
    Eigen::Index lost = 0; ///< entries whose Δw is not 0, but w + Δw rounds to w
    Eigen::Index kept = 0;
};
/// The update is update·2^exponent.
RoundingFate fateInFloat32(const Eigen::Ref<const Eigen::VectorXd>& weights,
                           const Eigen::Ref<const Eigen::VectorXd>& update, int exponent = 0);

/// The update that one step alone causes: what the optimizer, with all that it remembers, makes of the step's
/// contribution less what it would have done with no gradient at all. Clipping scales the contribution as it
/// scaled the whole gradient: where it cut off entries, each entry by itself. For plain SGD the change is -η
/// times the contribution, and the steps' updates add up to the whole.
struct StepUpdate
{
    int t; ///< from 1
    const ParameterTrace& parameter;
    Eigen::VectorXd change; ///< of the parameter, column by column: change·2^exponent
    int exponent;
    RoundingFate fate; ///< on the weights before the update

    ScaledNumber norm() const { return scaledNormOf(change, exponent); }
};

/// A contribution as clipping leaves it, column by column, with the same exponent: the contributions of all
/// steps and sequences add up to the clipped gradient.
Eigen::VectorXd clippedValues(const IterationTrace& trace, const Contribution& part);

/// Of every step, t falling, in the order of the parameters. `memory` is the optimizer before the iteration's
/// update, `settings` those in force. Throws Cancelled where `goOn` says no.
void visitUpdates(const IterationTrace& trace, const Optimizer& memory, const TrainingSettings& settings,
                  const std::function<void(const StepUpdate&)>& visit, const GoOn& goOn = {});
/// The same from what the iteration itself started from; nothing in a trace made by hand.
void visitUpdates(const IterationTrace& trace, const std::function<void(const StepUpdate&)>& visit,
                  const GoOn& goOn = {});

/// One step's update of several blocks of weights together.
struct UpdateOfStep
{
    ScaledNumber norm; ///< ‖Δθ‖ over all entries; NaN in a run that diverged
    RoundingFate fate; ///< in float32
};

/// The updates of a layer by the steps alone, t from 1 at index t-1; what the steps make of the readout is
/// not among them.
struct LayerUpdates
{
    std::vector<UpdateOfStep> all;       ///< of all weights and biases that the step's cell uses
    std::vector<UpdateOfStep> recurrent; ///< of its recurrent weights alone
};

/// Of every layer; empty for a trace made by hand. Throws Cancelled where `goOn` says no.
std::vector<LayerUpdates> layerUpdates(const IterationTrace& trace, const GoOn& goOn = {});

} // namespace unrolled
