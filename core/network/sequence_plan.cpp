#include "core/network/sequence_plan.h"

namespace unrolled {

std::string_view name(InputSource source)
{
    constexpr std::string_view names[] = {"data", "zero", "start", "own_output"};
    return names[static_cast<int>(source)];
}

} // namespace unrolled
