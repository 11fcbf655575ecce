#pragma once

#include "core/cells/cell_spec.h"
#include "core/network/parameters.h"

#include <string_view>
#include <vector>

namespace unrolled {

enum class Initialiser { PyTorch, Keras, Orthogonal, Identity, Normal };

/// How the losses of a sequence's counted steps become one number.
enum class Reduction { Sum, Mean };

struct ModelSettings
{
    CellSpec cell;
    std::vector<int> hidden{3}; ///< units per layer
    bool readoutBias = true;
    Initialiser init = Initialiser::PyTorch;
    double initScale = 1.0;
    double forgetBias = 0.0;

    bool operator==(const ModelSettings&) const = default;
};

/// Names and shapes of a model's parameters: per layer weight_ih, weight_hh, bias_ih (and bias_hh, the b_hn
/// of a GRU with reset after), then the readout. An encoder has the same again in front, named "encoder.…".
ParameterLayout parameterLayout(const ModelSettings& model, int inputSize, int outputSize,
                                bool encoder = false);

std::string_view name(Initialiser initialiser);
std::string_view name(Reduction reduction);

} // namespace unrolled
