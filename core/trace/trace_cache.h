#pragma once

#include "core/trace/iteration_trace.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <utility>

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
    void insert(TracePtr trace, std::size_t bytes);     ///< one that is not there yet
    void shrinkTo(std::size_t bytes);
    void dropFrom(std::int64_t iteration); ///< this one and all later ones

private:
    static constexpr std::size_t mostTraces = 512; // of the smallest models; others fill the bound before

    struct Entry
    {
        TracePtr trace;
        std::size_t bytes;
    };

    using Entries = std::list<Entry>;
    using Key = std::pair<std::int64_t, int>; ///< iteration, sequence

    static Key keyOf(const Entry& entry) { return {entry.trace->iteration, entry.trace->sequence}; }
    void dropLast();

    Entries m_entries; ///< the most recently used first
    std::map<Key, Entries::iterator> m_places;
    std::size_t m_bytes = 0;
};

} // namespace unrolled
