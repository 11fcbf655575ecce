#pragma once

#include "core/training/trainer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace unrolled {

class Task;

/// Splits UTF-8 into the symbols of a vocabulary. Throws InputError naming the character and its place where
/// it is not in it.
std::vector<int> encode(const std::string& text, const std::vector<std::string>& vocabulary,
                        const std::string& source);

/// What sample() is to read before it goes on: `text`, or the first sequence's first symbol (the whole query
/// for an encoder) where that is empty. Throws InputError naming the character that is wrong.
std::vector<int> promptOf(const Experiment& experiment, const Task& task, const std::string& text);

/// Feeds `prompt` (to the encoder where there is one, and then the start symbol), then `length` times the
/// drawn symbol itself, or zeros where the task reads zeros; the end symbol ends it sooner. Temperature 0
/// takes the most probable class. Returns class indices, the end symbol not among them. Throws InputError
/// where the task's outputs cannot be inputs.
std::vector<int> sample(const Experiment& experiment, const ParameterLayout& layout,
                        const Eigen::VectorXd& parameters, const std::vector<int>& prompt, int length,
                        double temperature, std::uint64_t seed, int startSymbol = -1, int endSymbol = -1);

} // namespace unrolled
