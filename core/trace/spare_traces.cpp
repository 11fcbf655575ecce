#include "core/trace/spare_traces.h"

#include <utility>

namespace unrolled {

std::shared_ptr<IterationTrace> SpareTraces::take()
{
    std::unique_ptr<IterationTrace> trace;
    {
        const std::lock_guard lock(m_spare->mutex);
        trace = std::move(m_spare->trace);
    }
    if (!trace)
        trace = std::make_unique<IterationTrace>();
    return {trace.release(), [spare = m_spare](IterationTrace* dropped) {
                std::unique_ptr<IterationTrace> own(dropped);
                const std::lock_guard lock(spare->mutex);
                if (!spare->trace)
                    spare->trace = std::move(own);
            }};
}

} // namespace unrolled
