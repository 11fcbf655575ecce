#include "core/network/sequence_plan.h"

#include <algorithm>

namespace unrolled {

std::string_view name(InputSource source)
{
    constexpr std::string_view names[] = {"data", "zero", "start", "own_output"};
    return names[static_cast<int>(source)];
}

std::string_view mode(const SequencePlan& plan, double share)
{
    const auto reads = [share](const PlanRow& row) {
        return row.input == InputSource::Data && !(row.forced && share == 0);
    };
    const auto counts = [](const PlanRow& row) { return row.counted; };
    if (plan.size() == 1)
        return "one-to-one";
    if (std::any_of(plan.begin(), plan.end(), [](const PlanRow& row) { return row.bank == encoderBank; }))
        return "encoder-decoder";
    if (std::count_if(plan.begin(), plan.end(), reads) <= 1)
        return "one-to-many";
    const auto first = std::find_if(plan.begin(), plan.end(), counts);
    if (first == plan.begin())
        return "many-to-many";
    return plan.end() - first <= 1 ? "many-to-one" : "many-to-many, delayed";
}

} // namespace unrolled
