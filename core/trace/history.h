#pragma once

#include "core/trace/curve.h"
#include "core/trace/iteration_trace.h"
#include "core/trace/position.h"
#include "core/trace/spectrum_curve.h"
#include "core/training/trainer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace unrolled {

/// Any iteration of a run's past, bit for bit, inside a memory bound: checkpoints, replay from the nearest
/// one, and a cache of traces. Not thread-safe: one thread at a time.
///
/// Checkpoints are spaced so that a replay takes well under 100 ms; where that many do not fit into the bound
/// every second one is dropped, as often as it takes, and replays get longer. The initial state is always
/// kept, so the bound is at least one checkpoint (parameters and optimizer's state), 1 KB of curves and the
/// singular values of two iterations. Not counted: the trainers' own workspaces, a spare trace
/// among them, and what others hold on to.
class History
{
public:
    static constexpr std::size_t defaultMemoryBound = std::size_t(256) << 20;

    /// Called now and then during long work with the share done (0…1); returning false calls the work off.
    using Progress = std::function<bool(double)>;
    /// Called after each iteration that is trained for the first time (not after replayed ones), with its
    /// summary and the trainer that has made it; returning false stops the training behind it.
    using Observer = std::function<bool(const IterationSummary&, const Trainer&)>;

    /// `threads` as for a Trainer; its bits do not depend on them.
    explicit History(const Experiment& experiment, std::size_t memoryBound = defaultMemoryBound,
                     int threads = 1);
    ~History();

    /// A second run with the same past and the same frontier, of its own from now on.
    std::unique_ptr<History> fork() const;

    const Experiment& experiment() const;
    const Task& task() const;
    const ParameterLayout& layout() const;
    const TickLayout& ticks() const;

    /// Changes the experiment. What lies before the first difference is kept. Throws InputError and changes
    /// nothing where the new one cannot run. Returns the first iteration that was thrown away (0 for all,
    /// frontier() where nothing was).
    std::int64_t setExperiment(const Experiment& experiment);

    /// The furthest number of updates made: iterations 0…frontier() can be shown.
    std::int64_t frontier() const;
    /// The iteration whose pass or update left the range of double, or -1. The frontier stops there.
    std::int64_t divergedAt() const;

    /// Trains on by `updates` iterations; fewer where it diverges, is called off or stopped.
    void extend(std::int64_t updates, const Progress& progress = {}, const Observer& observer = {});

    /// The trace of an iteration; trains up to it where it lies ahead. Null where called off. Iterations
    /// after divergedAt() give the trace of divergedAt().
    TracePtr trace(std::int64_t iteration, int sequence = 0, const Progress& progress = {});
    /// The same where it is in the cache, else null; never long.
    TracePtr cachedTrace(std::int64_t iteration, int sequence = 0) const;

    /// The parameters before the update of an iteration.
    Eigen::VectorXd parametersAt(std::int64_t iteration, const Progress& progress = {});

    /// A trainer of its own at an iteration, to try things on; nothing where called off.
    std::optional<Trainer> trainerAt(std::int64_t iteration, const Progress& progress = {});

    /// Loss, accuracy and gradient norm of 0…frontier()-1, thinned to a bounded number of stretches.
    const Curve& curve() const;
    /// The singular values of the recurrent weights along 0…frontier()-1, at a bounded number of iterations
    /// so far apart that they cost a few percent of the training at most; one and the same until more are
    /// known.
    std::shared_ptr<const SpectrumCurve> spectrumCurve() const;
    /// The exact values of first…last (both included, below frontier()); replays. Empty where called off.
    std::vector<IterationSummary> exactCurve(std::int64_t first, std::int64_t last,
                                             const Progress& progress = {});

    /// Singular values at even distances along 0…last, as close as the usual capacity allows; trains up to
    /// there where it lies ahead, and replays. Nothing where called off.
    std::optional<SpectrumCurve> spectrumCurveUpTo(std::int64_t last, const Progress& progress = {});

    /// Bytes held by checkpoints, cached traces and curves; at most the bound.
    std::size_t memory() const;
    void setMemoryBound(std::size_t bytes); ///< drops what no longer fits

private:
    struct State;
    explicit History(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace unrolled
