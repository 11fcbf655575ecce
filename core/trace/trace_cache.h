#pragma once

#include "core/trace/iteration_trace.h"

#include <cstddef>
#include <cstdint>
#include <list>

namespace unrolled {

/// Bytes that a trace takes.
std::size_t bytesOf(const IterationTrace& trace);

/// Traces by iteration and watched sequence, the least recently used last.
class TraceCache
{
public:
    std::size_t bytes() const { return m_bytes; }

    TracePtr find(std::int64_t iteration, int sequence) const; ///< null where it is not there
    TracePtr use(std::int64_t iteration, int sequence); ///< the same, and makes it the most recently used
    void insert(TracePtr trace, std::size_t bytes);
    void shrinkTo(std::size_t bytes);
    void dropFrom(std::int64_t iteration); ///< this one and all later ones

private:
    static constexpr std::size_t mostTraces = 512; // so that looking for one stays quick

    struct Entry
    {
        TracePtr trace;
        std::size_t bytes;
    };

    void dropLast();

    std::list<Entry> m_entries;
    std::size_t m_bytes = 0;
};

} // namespace unrolled
