#pragma once

#include "core/training/experiment.h"

/// Experiments that tests of a session run.
namespace experiments {

inline unrolled::Experiment hello(unrolled::CellKind cell = unrolled::CellKind::Rnn,
                                  std::int64_t iterations = 300)
{
    unrolled::Experiment experiment;
    experiment.model.cell.kind = cell;
    experiment.training.iterations = iterations;
    return experiment;
}

/// Overflows within a few iterations.
inline unrolled::Experiment diverging()
{
    unrolled::Experiment experiment;
    experiment.model.cell.activation = unrolled::Activation::Identity;
    experiment.training.optimizer = unrolled::OptimizerKind::Sgd;
    experiment.training.learningRate = 20;
    return experiment;
}

} // namespace experiments
