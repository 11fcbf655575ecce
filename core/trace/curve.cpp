#include "core/trace/curve.h"

#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

// fmin and fmax pass over NaN, so that one value out of range does not hide a stretch.
void widen(Curve::Range& range, const Curve::Range& other)
{
    range.low = std::fmin(range.low, other.low);
    range.high = std::fmax(range.high, other.high);
}

void widen(Curve::Stretch& stretch, const Curve::Stretch& other)
{
    widen(stretch.loss, other.loss);
    widen(stretch.accuracy, other.accuracy);
    widen(stretch.gradientNorm, other.gradientNorm);
    stretch.anyClipped = stretch.anyClipped || other.anyClipped;
}

} // namespace

Curve::Curve(std::size_t capacity) : m_capacity(std::max<std::size_t>(2, capacity + capacity % 2)) {}

void Curve::append(const IterationSummary& summary)
{
    const Stretch one{{summary.loss, summary.loss},
                      {summary.accuracy, summary.accuracy},
                      {summary.gradientNorm, summary.gradientNorm},
                      summary.clipped};
    if (m_size % m_stride != 0) {
        widen(m_stretches.back(), one);
        ++m_size;
        return;
    }
    if (m_stretches.size() == m_capacity) {
        // The capacity is even, so all stretches pair up and the new one starts at a whole stretch again.
        for (std::size_t i = 0; i < m_capacity / 2; ++i) {
            m_stretches[i] = m_stretches[2 * i];
            widen(m_stretches[i], m_stretches[2 * i + 1]);
        }
        m_stretches.resize(m_capacity / 2);
        m_stride *= 2;
    }
    if (m_stretches.size() == m_stretches.capacity())
        m_stretches.reserve(std::min(m_capacity, std::max<std::size_t>(64, 2 * m_stretches.size())));
    m_stretches.push_back(one);
    ++m_size;
}

void Curve::truncate(std::int64_t iterations)
{
    if (iterations >= m_size)
        return;
    const std::int64_t whole = std::max<std::int64_t>(0, iterations) / m_stride;
    m_stretches.resize(static_cast<std::size_t>(whole));
    m_size = whole * m_stride;
    if (m_size == 0)
        m_stride = 1;
}

std::size_t Curve::bytes() const
{
    return m_stretches.capacity() * sizeof(Stretch);
}

Solved solvedAt(const Curve& curve, std::int64_t iteration, double accuracy, std::int64_t batch)
{
    Solved solved;
    solved.exact = curve.exact() && curve.size() >= iteration;
    const auto add = [&](std::int64_t begin, std::int64_t end, double worst) {
        if (worst < 1)
            solved.since = -1;
        else if (solved.since < 0)
            solved.since = begin;
        if (solved.from < 0 && solved.since >= 0 && (end - solved.since) * batch >= Solved::sequencesInARow)
            solved.from = solved.since;
    };
    std::int64_t at = 0;
    for (const Curve::Stretch& stretch : curve.stretches()) {
        if (at >= iteration)
            break;
        const std::int64_t end = std::min({at + curve.stride(), curve.size(), iteration});
        add(at, end, stretch.accuracy.low);
        at = end;
    }
    if (at < iteration) // not known, so not right
        solved.since = -1;
    add(iteration, iteration + 1, accuracy);
    return solved;
}

} // namespace unrolled
