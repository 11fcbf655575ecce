#pragma once

#include "core/network/parameters.h"
#include "core/training/experiment.h"

#include <Eigen/Core>

namespace unrolled {

/// Initial parameters from the seed.
/// - pytorch: every weight and bias uniform in ±1/√H (H units of the layer; PyTorch's nn.RNN and nn.Linear);
/// the one bias of a row is the sum of two
///   such numbers.
/// - keras: kernels Glorot uniform (Glorot & Bengio 2010), recurrent kernel orthogonal as one matrix over all
/// gates, biases zero.
/// - orthogonal: as keras, with an orthogonal matrix for each gate (Saxe et al. 2014).
/// - identity: recurrent matrix of each gate the identity, the other weights normal with deviation 0.001,
/// biases zero (IRNN, Le et
///   al. 2015); readout as keras.
/// - normal: all weights normal with deviation 0.01, biases zero (min-char-rnn).
/// init_scale multiplies the recurrent matrices, forget_bias is added to b_f.
Eigen::VectorXd initialParameters(const ModelSettings& model, const ParameterLayout& layout,
                                  std::uint64_t seed);

} // namespace unrolled
