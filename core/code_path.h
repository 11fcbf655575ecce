#pragma once

#include <string_view>

namespace unrolled {

/// The instructions that the core in use was compiled for: "x86-64-v3" (AVX2 and FMA), "x86-64-v2", or what
/// the compiler takes by itself.
std::string_view codePath();

} // namespace unrolled
