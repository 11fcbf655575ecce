#pragma once

#include "core/files/weight_file.h"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace unrolled {

/// Weights that stand in the experiment itself instead of in a file: an object of tensors by their names, a
/// tensor being a list of numbers, or of rows of numbers. An Experiment keeps them as JSON text, which no
/// file's name starts like.
inline bool areInline(std::string_view weights)
{
    return weights.starts_with('{');
}

/// The text of such an object. Throws InputError with the dotted path of what is wrong.
std::string inlineWeights(const nlohmann::json& tensors,
                          const std::function<std::string(const std::string&)>& source);
/// The tensors of such a text.
Tensors inlineTensors(const std::string& weights);

} // namespace unrolled
