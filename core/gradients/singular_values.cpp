#include "core/gradients/singular_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// Rotates column p, the larger one, and column q to a right angle. With q scaled by r = 2^(e_q - e_p) beside
/// p, tan of the angle is r·τ. Returns whether they had not been at one.
bool rotate(ScaledColumns& m, Eigen::MatrixXd* turned, Eigen::Index p, Eigen::Index q, double tolerance)
{
    const double pp = m.values.col(p).squaredNorm();
    const double qq = m.values.col(q).squaredNorm();
    const double pq = m.values.col(p).dot(m.values.col(q));
    if (!(std::abs(pq) > tolerance * std::sqrt(pp) * std::sqrt(qq)))
        return false;
    const double r = std::scalbn(1.0, m.exponents[q] - m.exponents[p]);
    // τ = 2 p·q / (‖p‖² - r²‖q‖² + √((‖p‖² - r²‖q‖²)² + 4 r² (p·q)²))
    const double difference = pp - r * r * qq;
    const double tau = 2 * pq / (difference + std::hypot(difference, 2 * r * pq));
    const double tangent = r * tau;
    const double cosine = 1 / std::sqrt(1 + tangent * tangent);
    const double intoP = cosine * tangent * r;
    double* a = m.values.col(p).data();
    double* b = m.values.col(q).data();
    for (Eigen::Index i = 0; i < m.values.rows(); ++i) {
        const double x = a[i];
        const double y = b[i];
        a[i] = cosine * x + intoP * y;
        b[i] = cosine * (y - tau * x);
    }
    m.normalise(q);
    if (turned) {
        const Eigen::VectorXd before = turned->col(p);
        turned->col(p) = cosine * (before + tangent * turned->col(q));
        turned->col(q) = cosine * (turned->col(q) - tangent * before);
    }
    return true;
}

} // namespace

bool isSmaller(const ScaledNumber& a, const ScaledNumber& b)
{
    if (a.mantissa == 0 || b.mantissa == 0)
        return a.mantissa < b.mantissa;
    const int ea = std::ilogb(a.mantissa) + a.exponent;
    const int eb = std::ilogb(b.mantissa) + b.exponent;
    if (ea != eb)
        return ea < eb;
    return a.mantissa < std::scalbn(b.mantissa, b.exponent - a.exponent);
}

void orthogonalise(ScaledColumns& columns, Eigen::MatrixXd* turned)
{
    const Eigen::Index count = columns.values.cols();
    if (!columns.values.allFinite())
        return;
    for (Eigen::Index j = 0; j < count; ++j)
        columns.normalise(j);
    const double tolerance = std::numeric_limits<double>::epsilon() * double(columns.values.rows());
    constexpr int mostSweeps = 40;
    for (int sweep = 0; sweep < mostSweeps; ++sweep) {
        bool rotated = false;
        for (Eigen::Index p = 0; p < count; ++p) {
            for (Eigen::Index q = p + 1; q < count; ++q) {
                const bool swap = isSmaller(columns.norm(p), columns.norm(q));
                rotated = rotate(columns, turned, swap ? q : p, swap ? p : q, tolerance) || rotated;
            }
        }
        if (!rotated)
            return;
    }
}

std::vector<ScaledNumber> singularValues(ScaledColumns matrix)
{
    orthogonalise(matrix);
    std::vector<ScaledNumber> values;
    for (Eigen::Index j = 0; j < matrix.values.cols(); ++j)
        values.push_back(matrix.norm(j));
    std::sort(values.begin(), values.end(),
              [](const ScaledNumber& a, const ScaledNumber& b) { return isSmaller(b, a); });
    return values;
}

std::vector<ScaledNumber> singularValues(const Eigen::MatrixXd& matrix)
{
    ScaledColumns columns(matrix.rows(), matrix.cols());
    columns.values = matrix;
    return singularValues(std::move(columns));
}

} // namespace unrolled
