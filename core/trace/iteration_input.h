#pragma once

#include "core/network/batch.h"
#include "core/network/pass_edits.h"
#include "core/tasks/needed_lag.h"
#include "core/training/experiment.h"

#include <Eigen/Core>

namespace unrolled {

/// What an iteration started from, beside the parameters: with them it decides every number of the trace.
struct IterationInput
{
    TrainingSettings settings; ///< in force; `learningRate` is η, before the schedule
    SequencePlan plan;         ///< of all sequences; that of a trace holds its own sequence's steps only
    PassEdits edits;           ///< in the plan's steps
    Batch batch;               ///< all sequences
    /// h_0 and c_0 of every layer, sequence by sequence, one after the other; empty where all are zero.
    Eigen::VectorXd states;
    /// Optimizer::state() of the optimizer in force; empty where it remembers nothing yet.
    Eigen::VectorXd memory;
    NeededLag neededLag; ///< of the task
};

} // namespace unrolled
