#pragma once

#include "core/training/trainer.h"

#include <cstddef>
#include <cstdint>
#include <map>

namespace unrolled {

/// Bytes that a kept checkpoint takes.
inline std::size_t bytesOf(const Checkpoint& checkpoint)
{
    constexpr std::size_t node = 64; // what the container adds
    return checkpoint.bytes() + node;
}

/// Checkpoints by iteration.
class Checkpoints
{
public:
    std::size_t bytes() const { return m_bytes; }
    std::size_t size() const { return m_all.size(); }
    bool contains(std::int64_t iteration) const { return m_all.count(iteration) > 0; }

    void insert(Checkpoint checkpoint)
    {
        const std::size_t bytes = bytesOf(checkpoint);
        if (m_all.emplace(checkpoint.iteration, std::move(checkpoint)).second)
            m_bytes += bytes;
    }

    /// The last one up to an iteration, or null.
    const Checkpoint* nearest(std::int64_t iteration) const
    {
        const auto after = m_all.upper_bound(iteration);
        return after == m_all.begin() ? nullptr : &std::prev(after)->second;
    }

    void drop(std::int64_t iteration)
    {
        const auto entry = m_all.find(iteration);
        if (entry == m_all.end())
            return;
        m_bytes -= bytesOf(entry->second);
        m_all.erase(entry);
    }

    template<typename Drop>
    void dropIf(Drop drop)
    {
        for (auto entry = m_all.begin(); entry != m_all.end();) {
            if (drop(entry->first)) {
                m_bytes -= bytesOf(entry->second);
                entry = m_all.erase(entry);
            } else {
                ++entry;
            }
        }
    }

private:
    std::map<std::int64_t, Checkpoint> m_all;
    std::size_t m_bytes = 0;
};

} // namespace unrolled
