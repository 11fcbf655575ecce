#pragma once

#include "core/network/batch.h"
#include "core/network/model_settings.h"
#include "core/tasks/task_settings.h"
#include "core/training/random.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace unrolled {

/// The random numbers of an iteration's sequences, apart from those of the initial weights.
inline Random sequenceRandom(std::uint64_t seed, std::int64_t iteration)
{
    return Random(seed, 0x7461736b, static_cast<std::uint64_t>(iteration)); // "task"
}

/// Makes `batch` one of classes: every input and every target 0.
void shapeClasses(Batch& batch, int steps, int size);
/// Makes `batch` one of numbers: inputs as they come, targets 0.
void shapeNumbers(Batch& batch, int inputs, int outputs, int steps, int size);

/// A plan that counts the last step only, and one that counts all from `first` on (from 0).
SequencePlan lastCounted(int steps);
SequencePlan countedFrom(int first, int steps);

/// A plan in which each answer is the next input.
SequencePlan nextSymbolPlan(Feed feed, int steps);

/// The loss of a sequence whose `answers` answers are each a guess among `classes`.
double guess(int classes, int answers, Reduction reduction);

/// The vocabulary of the first `count` letters, from a on, with more symbols behind.
std::shared_ptr<const std::vector<std::string>> letters(int count, const std::vector<std::string>& more = {});

} // namespace unrolled
