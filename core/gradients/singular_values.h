#pragma once

#include "core/gradients/scaled_columns.h"

#include <vector>

namespace unrolled {

/// Rotates the columns among themselves until they stand at right angles: M becomes U·Σ with M = U Σ Vᵀ. By
/// one-sided Jacobi rotations (Hestenes 1958; Demmel & Veselić 1992), which keep the digits of small columns
/// beside large ones, also where their ratio lies outside double's range. `turned`, where given, becomes
/// turned·V.
void orthogonalise(ScaledColumns& columns, Eigen::MatrixXd* turned = nullptr);

/// All singular values of a matrix, falling.
std::vector<ScaledNumber> singularValues(ScaledColumns matrix);
std::vector<ScaledNumber> singularValues(const Eigen::MatrixXd& matrix);

/// Whether a < b, for numbers that are not negative.
bool isSmaller(const ScaledNumber& a, const ScaledNumber& b);

} // namespace unrolled
