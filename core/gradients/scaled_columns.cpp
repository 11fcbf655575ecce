#include "core/gradients/scaled_columns.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

double ScaledNumber::value() const
{
    return exponent == 0 ? mantissa : std::scalbn(mantissa, exponent);
}

double ScaledNumber::log10() const
{
    const double inRange = std::abs(value());
    if (std::isnormal(inRange))
        return std::log10(inRange);
    return std::log10(std::abs(mantissa)) + exponent * std::log10(2.0);
}

ScaledNumber product(const ScaledNumber& a, double b)
{
    const double mantissa = a.mantissa * b;
    if (mantissa == 0 || !std::isfinite(mantissa))
        return {mantissa, a.exponent};
    const int shift = std::ilogb(mantissa);
    return {std::scalbn(mantissa, -shift), a.exponent + shift};
}

ScaledNumber sum(const ScaledNumber& a, const ScaledNumber& b)
{
    if (a.mantissa == 0 || b.mantissa == 0)
        return a.mantissa == 0 ? b : a;
    const int larger = std::max(a.exponent, b.exponent);
    return {std::scalbn(a.mantissa, a.exponent - larger) + std::scalbn(b.mantissa, b.exponent - larger),
            larger};
}

ScaledNumber jointNorm(const ScaledNumber& a, const ScaledNumber& b)
{
    if (a.mantissa == 0 || b.mantissa == 0)
        return a.mantissa == 0 ? b : a;
    const int larger = std::max(a.exponent, b.exponent);
    return {std::hypot(std::scalbn(a.mantissa, a.exponent - larger),
                       std::scalbn(b.mantissa, b.exponent - larger)),
            larger};
}

ScaledNumber scaledNormOf(const Eigen::Ref<const Eigen::VectorXd>& v, int exponent)
{
    const double squared = v.squaredNorm();
    // Squares of what lies below 1e-146 lose digits or vanish; squares above 1e308 overflow.
    if (squared > 1e-280 && squared < 1e300)
        return {std::sqrt(squared), exponent};
    double largest = 0;
    for (const double x : v) {
        if (std::isnan(x))
            return {x, exponent};
        largest = std::max(largest, std::abs(x));
    }
    if (largest == 0 || std::isinf(largest))
        return {largest, exponent};
    // A power of two scales without rounding.
    const int shift = std::ilogb(largest);
    double sum = 0;
    for (const double x : v) {
        const double scaled = std::scalbn(x, -shift);
        sum += scaled * scaled;
    }
    return {std::sqrt(sum), exponent + shift};
}

void ScaledColumns::normalise(Eigen::Index j)
{
    const double largest = values.rows() > 0 ? values.col(j).cwiseAbs().maxCoeff<Eigen::PropagateNaN>() : 0;
    if (largest == 0 || !std::isfinite(largest))
        return;
    const int shift = std::ilogb(largest);
    if (std::abs(shift) <= 1000) { // a product with a power of two, far cheaper
        values.col(j) *= std::scalbn(1.0, -shift);
    } else {
        for (double& x : values.col(j))
            x = std::scalbn(x, -shift);
    }
    exponents[j] += shift;
}

void ScaledColumns::add(Eigen::Index j, Eigen::Index first, const Eigen::Ref<const Eigen::VectorXd>& v,
                        int exponent)
{
    auto part = values.col(j).segment(first, v.size());
    if (exponent == exponents[j]) {
        part += v;
        return;
    }
    if ((v.array() == 0).all())
        return;
    if ((values.col(j).array() == 0).all()) {
        exponents[j] = exponent;
        part = v;
        return;
    }
    // The larger exponent serves both: what is far below it is far below the sum.
    if (exponent > exponents[j]) {
        values.col(j) *= std::scalbn(1.0, exponents[j] - exponent);
        exponents[j] = exponent;
        part += v;
    } else {
        part += v * std::scalbn(1.0, exponent - exponents[j]);
    }
}

} // namespace unrolled
