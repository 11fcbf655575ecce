#pragma once

#include "core/training/experiment.h"

#include <string>

namespace unrolled {

/// "adding: the run needs more memory than there is: at least 5.1 GB for … weights and 12 GB for …": the
/// weights and their gradient, and of each step of a batch the states, the gates before
/// their nonlinearities, and the gradients of both. Makes the task, which throws as makeTask() does.
std::string tooLittleMemory(const Experiment& experiment);

} // namespace unrolled
