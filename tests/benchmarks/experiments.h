#pragma once

#include "core/training/experiment.h"

/// The experiments that the benchmarks run, one layer each.
namespace bench {

unrolled::Experiment helloExperiment(unrolled::CellKind cell);
/// A text of 65 symbols; the same number of classes at every step.
unrolled::Experiment textExperiment(unrolled::CellKind cell, int hidden, int length, int batch);
unrolled::Experiment addingExperiment(unrolled::CellKind cell, int hidden, int length, int batch);

} // namespace bench
