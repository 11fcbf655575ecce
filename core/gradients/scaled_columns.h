#pragma once

#include <Eigen/Core>
#include <utility>

namespace unrolled {

/// mantissa · 2^exponent: a number that may lie outside double's range.
struct ScaledNumber
{
    double mantissa = 0;
    int exponent = 0;

    /// 0 or ±∞ where it leaves double's range.
    double value() const;
    /// log10 |number|, right also there; -∞ for 0.
    double log10() const;
};

/// Of numbers that are not negative, right also where they leave double's range.
ScaledNumber product(const ScaledNumber& a, double b);
ScaledNumber sum(const ScaledNumber& a, const ScaledNumber& b);
/// √(a² + b²): the norm of two vectors together.
ScaledNumber jointNorm(const ScaledNumber& a, const ScaledNumber& b);

/// ‖v‖₂·2^exponent, right where the norm or its square leaves double's range.
ScaledNumber scaledNormOf(const Eigen::Ref<const Eigen::VectorXd>& v, int exponent = 0);

/// Vectors whose sizes may lie outside double's range: column j is values.col(j)·2^exponents[j].
struct ScaledColumns
{
    Eigen::MatrixXd values;
    Eigen::VectorXi exponents;

    ScaledColumns() = default;
    ScaledColumns(Eigen::Index rows, Eigen::Index columns)
        : values(Eigen::MatrixXd::Zero(rows, columns)), exponents(Eigen::VectorXi::Zero(columns))
    {
    }

    ScaledColumns(Eigen::MatrixXd matrix, Eigen::VectorXi scales)
        : values(std::move(matrix)), exponents(std::move(scales))
    {
    }

    /// Brings column j to a size near 1, unless it is zero or not finite.
    void normalise(Eigen::Index j);
    /// Column j, from row `first` on, += v·2^exponent.
    void add(Eigen::Index j, Eigen::Index first, const Eigen::Ref<const Eigen::VectorXd>& v, int exponent);
    ScaledNumber norm(Eigen::Index j) const { return scaledNormOf(values.col(j), exponents[j]); }
};

} // namespace unrolled
