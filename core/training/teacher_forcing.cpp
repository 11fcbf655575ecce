#include "core/training/teacher_forcing.h"

#include "core/training/random.h"

namespace unrolled {

void drawFeeding(Batch& batch, const SequencePlan& plan, double share, std::uint64_t seed,
                 std::int64_t iteration)
{
    constexpr std::uint64_t feedingStream = 0x66656564; // "feed"
    batch.sources.clear();
    if (share >= 1)
        return;
    batch.sources.resize(plan.size() * static_cast<std::size_t>(batch.size));
    Random random(seed, feedingStream, static_cast<std::uint64_t>(iteration));
    for (int b = 0; b < batch.size; ++b) {
        for (std::size_t t = 0; t < plan.size(); ++t) {
            const bool own = plan[t].forced && random.uniform() >= share;
            batch.sources[batch.column(static_cast<int>(t), b)] =
                own ? InputSource::OwnOutput : plan[t].input;
        }
    }
}

} // namespace unrolled
