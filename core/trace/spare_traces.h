#pragma once

#include "core/trace/iteration_trace.h"

#include <memory>
#include <mutex>

namespace unrolled {

/// Hands out traces to be filled. One that nobody holds any more comes back, on whichever thread it is
/// dropped, so that the next one finds its memory allocated. At most one waits. Copies share it.
class SpareTraces
{
public:
    /// Of any content, or empty.
    std::shared_ptr<IterationTrace> take();

private:
    struct Spare
    {
        std::mutex mutex;
        std::unique_ptr<IterationTrace> trace;
    };
    std::shared_ptr<Spare> m_spare = std::make_shared<Spare>();
};

} // namespace unrolled
