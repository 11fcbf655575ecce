#pragma once

#include "core/training/experiment.h"

namespace ui {

/// Runs the window on an experiment until it is closed; returns the exit status. `experiment` was read from
/// what `source` names: a built-in id, or a file, which then is the window's document.
int runWindow(int& argc, char** argv, const unrolled::Experiment& experiment);

} // namespace ui
