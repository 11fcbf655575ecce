#pragma once

#include "core/network/parameters.h"

#include <Eigen/Core>
#include <filesystem>
#include <map>
#include <string>

namespace unrolled {

/// A tensor of one or two dimensions as read from or written to a safetensors file.
struct Tensor
{
    Eigen::MatrixXd values; ///< a vector is a matrix with one column
    int dimensions = 2;
};
using Tensors = std::map<std::string, Tensor>;

/// Reads a safetensors file (F32 or F64). Throws InputError naming file, tensor, found, expected.
Tensors readSafetensors(const std::filesystem::path& file);
/// Writes one, F64, whole or not at all.
void writeSafetensors(const Tensors& tensors, const std::filesystem::path& file);

/// Parameters under the names of a PyTorch state_dict: each row's one bias becomes bias_ih, with bias_hh zero
/// (GRU with reset after: the n rows of bias_hh are b_hn).
Tensors toStateDict(const ParameterLayout& layout, const Eigen::VectorXd& parameters);
/// Gradients under the same names: bias_ih and bias_hh both get the gradient of the row (GRU with reset
/// after: the n rows of bias_hh that of b_hn).
Tensors gradientStateDict(const ParameterLayout& layout, const Eigen::VectorXd& gradients);
/// The reverse of toStateDict; throws InputError on missing, unknown or misshapen tensors.
Eigen::VectorXd fromStateDict(const ParameterLayout& layout, const Tensors& tensors, const std::string& file);

} // namespace unrolled
