#pragma once

#include "core/training/experiment.h"

#include <QString>
#include <cstdint>
#include <vector>

namespace ui {

/// Whether two interventions act on the same thing, at least in part: a weight, a gate's units and steps, a
/// connection, a loss, a setting.
bool overlap(const unrolled::Intervention& a, const unrolled::Intervention& b);
/// The one in force on a thing at an iteration, the last where there are several; null where there is none. A
/// weight set once is not held by anything.
const unrolled::Intervention* holding(const unrolled::Experiment& experiment,
                                      const unrolled::Intervention& thing, std::int64_t iteration);

/// The last of a list that acts on a thing at an iteration, a weight set once included; null where none does.
const unrolled::Intervention* inForceOn(const std::vector<unrolled::Intervention>& list,
                                        const unrolled::Intervention& thing, std::int64_t iteration);

/// Adds a change, in order of iteration. What was changed of the very same thing at the same iteration is
/// replaced, and a weight that is held is let go. A lasting setting is as withTrainingChange().
unrolled::Experiment withIntervention(const unrolled::Experiment& experiment,
                                      const unrolled::Intervention& change);
/// Ends what is in force on a thing, from an iteration on. Of a cut or a silence that holds for more than the
/// thing, the rest stays.
unrolled::Experiment withEnd(const unrolled::Experiment& experiment, const unrolled::Intervention& thing,
                             std::int64_t iteration);
unrolled::Experiment withoutIntervention(const unrolled::Experiment& experiment, std::size_t index);

/// "W_hh" of "rnn.weight_hh_l0", "W_h" where the cell has gates.
QString changedParameter(const std::string& name, unrolled::CellKind cell);
/// What a change does, as a command: "Set W_hh[2,3] to 0.5", "Cut h₂ → h₃"; without its value "Set
/// W_hh[2,3]".
QString changeText(const unrolled::Intervention& change, unrolled::CellKind cell, bool withValue = true);
/// "Learning rate 0.1 from iteration 12 on"
QString interventionText(const unrolled::Intervention& intervention,
                         unrolled::CellKind cell = unrolled::CellKind::Rnn);
/// What of a list is in force at an iteration, in words; of more than three only how many.
QString changesSoFar(const std::vector<unrolled::Intervention>& list, unrolled::CellKind cell,
                     std::int64_t iteration);
/// What a change at an iteration costs where training has come further; else empty.
QString trainedAnewText(std::int64_t iteration, std::int64_t frontier);

} // namespace ui
