#pragma once

#include <Eigen/Core>
#include <bit>
#include <cstdint>

namespace unrolled {

namespace detail {

/// a·b + c, rounded once where the processor can.
inline double multiplyAdd(double a, double b, double c)
{
#ifdef __FMA__
    return __builtin_fma(a, b, c);
#else
    return a * b + c;
#endif
}

// e^x - 1 = s·p + (s - 1) with x = n ln 2 + r, |r| <= ln 2 / 2, s = 2^n, p = e^r - 1 as a Taylor polynomial
// of degree 13, whose rest is below 2^-57 of p, evaluated by Estrin's scheme. Branch-free, so that compilers
// vectorise it; NaN passes through.
struct Expm1Parts
{
    double p;
    double s;
};

inline Expm1Parts expm1Parts(double x)
{
    constexpr double magic = 0x1.8p52; // adding it rounds to an integer in the low bits
    const double shifted = multiplyAdd(x, 1.4426950408889634, magic);
    const double n = shifted - magic;
    const double r = multiplyAdd(n, -0x1.ef35793c76730p-45, multiplyAdd(n, -0x1.62e42fefa3800p-1, x));
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double q0 = multiplyAdd(r, 1.0 / 6.0, 0.5);
    const double q2 = multiplyAdd(r, 1.0 / 120.0, 1.0 / 24.0);
    const double q4 = multiplyAdd(r, 1.0 / 5040.0, 1.0 / 720.0);
    const double q6 = multiplyAdd(r, 1.0 / 362880.0, 1.0 / 40320.0);
    const double q8 = multiplyAdd(r, 1.0 / 39916800.0, 1.0 / 3628800.0);
    const double q10 = multiplyAdd(r, 1.0 / 6227020800.0, 1.0 / 479001600.0);
    const double low = multiplyAdd(r2, q2, q0);
    const double middle = multiplyAdd(r2, q6, q4);
    const double high = multiplyAdd(r2, q10, q8);
    const double q = multiplyAdd(r4, multiplyAdd(r4, high, middle), low);
    const double p = multiplyAdd(r2, q, r);
    const double s = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U);
    return {p, s};
}

} // namespace detail

/// e^x for |x| <= 708, clamped outside; within 1 ulp or so of the true value.
inline double fastExp(double x)
{
    x = x > 708 ? 708 : x;
    x = x < -708 ? -708 : x;
    const auto [p, s] = detail::expm1Parts(x);
    return detail::multiplyAdd(s, p, s);
}

/// The logistic function σ(x) = 1 / (1 + e^-x), accurate to a few ulp, small results included.
inline double logistic(double x)
{
    return 1 / (1 + fastExp(-x));
}

/// tanh x = (e^2x - 1) / (e^2x + 1), accurate to a few ulp, also near 0.
inline double fastTanh(double x)
{
    double y = 2 * std::abs(x);
    y = y > 40 ? 40 : y;
    const auto [p, s] = detail::expm1Parts(y);
    const double e = detail::multiplyAdd(s, p, s - 1);
    return std::copysign(e / (e + 2), x);
}

/// out = function(in), four at a time, the last ones too; out does not overlap in.
template<class Function>
[[gnu::always_inline]] inline void applyByFours(const double* __restrict in, double* __restrict out,
                                                Eigen::Index n, Function function)
{
    const auto four = [&](Eigen::Index i) {
        for (int k = 0; k < 4; ++k)
            out[i + k] = function(in[i + k]);
    };
    Eigen::Index i = 0;
    for (; i + 4 <= n; i += 4)
        four(i);
    if (i == n)
        return;
    if (n > 4) {
        four(n - 4); // some of them twice
        return;
    }
    double few[4] = {};
    for (int k = 0; k < n; ++k)
        few[k] = in[k];
    for (double& each : few)
        each = function(each);
    for (int k = 0; k < n; ++k)
        out[k] = few[k];
}

[[gnu::always_inline]] inline void applyTanh(const double* in, double* out, Eigen::Index n)
{
    applyByFours(in, out, n, [](double x) { return fastTanh(x); });
}

[[gnu::always_inline]] inline void applyLogistic(const double* in, double* out, Eigen::Index n)
{
    applyByFours(in, out, n, [](double x) { return logistic(x); });
}

} // namespace unrolled
