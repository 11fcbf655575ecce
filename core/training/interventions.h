#pragma once

#include "core/network/parameters.h"
#include "core/network/pass_edits.h"
#include "core/training/experiment.h"

#include <Eigen/Core>
#include <cstdint>

namespace unrolled {

/// Whether an iteration lies in an intervention's time.
bool inForce(const Intervention& intervention, std::int64_t iteration);
/// Whether it changes weights before the pass of an iteration.
bool changesWeightsAt(const Intervention& intervention, std::int64_t iteration);

/// What the passes of an iteration do differently.
PassEdits passEditsAt(const Experiment& experiment, std::int64_t iteration);

/// Sets and scales weights, in the order of the list. Throws InputError where a matrix of spectral radius 0
/// is to be scaled to another one.
void changeWeights(const Experiment& experiment, std::int64_t iteration, const ParameterLayout& layout,
                   Eigen::VectorXd& parameters);

/// Throws InputError where an intervention names a parameter, gate, layer, unit or step that is not there.
void checkInterventions(const Experiment& experiment, const ParameterLayout& layout, int steps);

} // namespace unrolled
