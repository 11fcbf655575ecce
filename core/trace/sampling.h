#pragma once

#include "core/training/trainer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace unrolled {

/// Splits UTF-8 into the symbols of a vocabulary. Throws InputError naming the character and its place where
/// it is not in it.
std::vector<int> encode(const std::string& text, const std::vector<std::string>& vocabulary,
                        const std::string& source);

/// Feeds `prompt`, then `length` times the drawn symbol itself. Temperature 0 takes the most probable class.
/// Returns class indices.
std::vector<int> sample(const Experiment& experiment, const ParameterLayout& layout,
                        const Eigen::VectorXd& parameters, const std::vector<int>& prompt, int length,
                        double temperature, std::uint64_t seed);

} // namespace unrolled
