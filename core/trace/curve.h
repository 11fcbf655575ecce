#pragma once

#include <cstdint>
#include <vector>

namespace unrolled {

struct IterationSummary;

/// The curves over all iterations of a run, kept thinned: each stretch of `stride()` iterations by its
/// minimum and maximum. Exact (stride 1) up to `capacity` iterations.
class Curve
{
public:
    struct Range
    {
        double low;
        double high;
    };
    struct Stretch
    {
        Range loss, accuracy, gradientNorm;
        bool anyClipped = false;
    };

    explicit Curve(std::size_t capacity = 4096); ///< an even number

    void append(const IterationSummary& summary); ///< iterations in order, without gaps
    void truncate(std::int64_t iterations);       ///< keeps the first ones; to a whole stretch, see size()

    /// Number of iterations covered.
    std::int64_t size() const { return m_size; }
    std::int64_t stride() const { return m_stride; }
    /// Stretch k covers iterations k·stride … (k+1)·stride - 1; the last may be shorter.
    const std::vector<Stretch>& stretches() const { return m_stretches; }
    /// Whether the stretches are the exact values, one an iteration.
    bool exact() const { return m_stride == 1; }

    std::size_t bytes() const; ///< held by the stretches

private:
    std::size_t m_capacity;
    std::int64_t m_size = 0;
    std::int64_t m_stride = 1;
    std::vector<Stretch> m_stretches;
};

/// Where a run began to answer right for good, as it stands at an iteration.
struct Solved
{
    /// The literature's criterion: so many sequences in a row (Hochreiter & Schmidhuber 1997).
    static constexpr std::int64_t sequencesInARow = 2000;

    std::int64_t from =
        -1; ///< the iteration that begins the first row that is long enough; -1: there is none
    std::int64_t since = -1; ///< from which on all answers were right; -1: the last ones were not
    bool exact = true;       ///< else both are upper bounds
};

/// How it stands at an iteration: by what of the curve lies before it and the iteration's own share of right
/// answers, as exactly as the curve tells: at most a stretch late. `batch` is the sequences of an iteration.
Solved solvedAt(const Curve& curve, std::int64_t iteration, double accuracy, std::int64_t batch);

} // namespace unrolled
