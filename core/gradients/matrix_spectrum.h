#pragma once

#include <Eigen/Core>

namespace unrolled {

/// What a square matrix does to a vector again and again: its eigenvalues, the largest of their magnitudes,
/// and by how much one product can stretch. A linear recurrence vanishes or explodes by `radius` (λ^k); in
/// one step a norm grows at most `sigmaMax` times, and radius ≤ sigmaMax (Pascanu, Mikolov & Bengio 2013).
struct MatrixSpectrum
{
    Eigen::VectorXcd
        eigenvalues;     ///< by falling magnitude; of a pair the one with positive imaginary part first
    double radius = 0;   ///< max |λ|
    double sigmaMax = 0; ///< the largest singular value
    Eigen::VectorXd singularValues; ///< all of them, falling

    bool empty() const { return eigenvalues.size() == 0; }
};

/// Empty for a matrix that is not square, has no rows, or holds a number that is not finite.
MatrixSpectrum spectrumOf(const Eigen::Ref<const Eigen::MatrixXd>& matrix);

/// The singular values of a square matrix, falling, each to about H·ε of the largest one. NaN where the
/// matrix holds a number that is not finite.
Eigen::VectorXd singularValuesOf(const Eigen::Ref<const Eigen::MatrixXd>& matrix);

} // namespace unrolled
