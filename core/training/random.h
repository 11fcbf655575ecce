#pragma once

#include <array>
#include <cstdint>

namespace unrolled {

/// Random numbers that are the same on every machine: xoshiro256** (Blackman & Vigna 2018) seeded by
/// SplitMix64, with distributions of our own that use only correctly rounded operations. Cheap to construct:
/// (seed, stream, index) names an independent sequence.
class Random
{
public:
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0, std::uint64_t index = 0);

    std::uint64_t bits();
    double uniform(); ///< [0, 1), 53 bits
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    int below(int n); ///< 0 … n-1, unbiased; n ≥ 1
    double normal();  ///< mean 0, variance 1 (Marsaglia's polar method)

private:
    std::array<std::uint64_t, 4> m_state;
    double m_spare = 0;
    bool m_hasSpare = false;
};

} // namespace unrolled
