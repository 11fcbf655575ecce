#include "core/gradients/matrix_spectrum.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <algorithm>
#include <cmath>
#include <limits>

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
    result.singularValues = singularValuesOf(matrix);
    result.sigmaMax = result.singularValues(0);
    return result;
}

Eigen::VectorXd singularValuesOf(const Eigen::Ref<const Eigen::MatrixXd>& matrix)
{
    if (!matrix.allFinite())
        return Eigen::VectorXd::Constant(matrix.cols(), std::numeric_limits<double>::quiet_NaN());
    // Not by the eigenvalues of MᵀM, which lose half of the digits of the small ones. The solver scales.
    const Eigen::BDCSVD<Eigen::MatrixXd> solver(matrix);
    if (solver.info() != Eigen::Success)
        return Eigen::VectorXd::Constant(matrix.cols(), std::numeric_limits<double>::quiet_NaN());
    return solver.singularValues();
}

} // namespace unrolled
