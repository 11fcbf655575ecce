#include "core/gradients/matrix_spectrum.h"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace unrolled {

MatrixSpectrum spectrumOf(const Eigen::Ref<const Eigen::MatrixXd>& matrix)
{
    MatrixSpectrum result;
    if (matrix.rows() == 0 || matrix.rows() != matrix.cols() || !matrix.allFinite())
        return result;
    // Scaled, so that squares stay within double's range.
    const double scale = matrix.cwiseAbs().maxCoeff();
    const Eigen::MatrixXd scaled = scale > 0 ? Eigen::MatrixXd(matrix / scale) : Eigen::MatrixXd(matrix);
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(scaled, false);
    if (solver.info() != Eigen::Success)
        return result;
    result.eigenvalues = solver.eigenvalues() * scale;
    std::sort(result.eigenvalues.begin(), result.eigenvalues.end(),
              [](const std::complex<double>& a, const std::complex<double>& b) {
                  if (std::abs(a) != std::abs(b))
                      return std::abs(a) > std::abs(b);
                  return a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag();
              });
    result.radius = std::abs(result.eigenvalues(0));
    // σ² are the eigenvalues of MᵀM; the largest one keeps its digits.
    Eigen::MatrixXd gram(scaled.cols(), scaled.cols());
    gram.noalias() = scaled.transpose() * scaled;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> squares(gram, Eigen::EigenvaluesOnly);
    result.sigmaMax = scale * std::sqrt(std::max(0.0, squares.eigenvalues().maxCoeff()));
    return result;
}

} // namespace unrolled
