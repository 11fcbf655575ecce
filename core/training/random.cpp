#include "core/training/random.h"

#include <bit>
#include <cmath>

namespace unrolled {

namespace {

std::uint64_t splitMix(std::uint64_t& x)
{
    x += 0x9e3779b97f4a7c15U;
    std::uint64_t z = x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

// The C library's log may differ in the last bit between machines. ln(m·2^e) = e ln 2 + 2
// artanh((m-1)/(m+1)).
double portableLog(double x)
{
    int exponent = 0;
    double m = std::frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        --exponent;
    }
    const double s = (m - 1) / (m + 1);
    const double s2 = s * s;
    double series = 0;
    for (int k = 23; k >= 1; k -= 2)
        series = series * s2 + 1.0 / k;
    return exponent * 0.69314718055994531 + 2 * s * series;
}

} // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream, std::uint64_t index)
{
    std::uint64_t x = seed;
    x = splitMix(x) ^ stream;
    x = splitMix(x) ^ index;
    for (auto& word : m_state)
        word = splitMix(x);
}

std::uint64_t Random::bits()
{
    auto& s = m_state;
    const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
    const std::uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

double Random::uniform()
{
    return static_cast<double>(bits() >> 11) * 0x1p-53;
}

int Random::below(int n)
{
    const auto range = static_cast<std::uint64_t>(n);
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % range;
    std::uint64_t x = bits();
    while (x >= limit)
        x = bits();
    return static_cast<int>(x % range);
}

double Random::normal()
{
    if (m_hasSpare) {
        m_hasSpare = false;
        return m_spare;
    }
    double u = 0;
    double v = 0;
    double s = 0;
    do {
        u = uniform(-1, 1);
        v = uniform(-1, 1);
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double factor = std::sqrt(-2 * portableLog(s) / s);
    m_spare = v * factor;
    m_hasSpare = true;
    return u * factor;
}

} // namespace unrolled
