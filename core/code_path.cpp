#include "core/code_path.h"

#include <Eigen/Core>

namespace unrolled {

namespace {

/// Eigen cuts large products to the processor's caches, and where a sum is cut shows in its last bits: with
/// the same sizes everywhere a run has the same bits on every processor.
struct FixedBlocks
{
    FixedBlocks() { Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 8 << 20); }
};
const FixedBlocks fixedBlocks;

} // namespace

std::string_view codePath()
{
#if defined(__AVX512F__) && defined(__AVX512VL__)
    return "x86-64-v4";
#elif defined(__AVX2__) && defined(__FMA__)
    return "x86-64-v3";
#elif defined(__SSE4_2__)
    return "x86-64-v2";
#elif defined(__x86_64__)
    return "x86-64";
#elif defined(__aarch64__)
    return "arm64";
#else
    return "portable";
#endif
}

} // namespace unrolled
