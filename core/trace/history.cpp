#include "core/trace/history.h"

#include "core/tasks/task.h"
#include "core/trace/checkpoints.h"
#include "core/trace/trace_cache.h"
#include "core/training/interventions.h"

#include <algorithm>
#include <list>
#include <optional>

namespace unrolled {

namespace {

// A replay from one checkpoint to the next should take about this long, a fifth of the 100 ms that a user
// waits without noticing: the estimate of an iteration's time leaves that much to slower machines.
constexpr double replaySeconds = 0.02;
// How often Progress is called, in estimated seconds.
constexpr double progressSeconds = 0.0005;

double secondsOf(double multiplyAdds)
{
    return 1e-9 * multiplyAdds + 1e-6;
}

/// The largest power of two up to `count`, at least 1.
std::int64_t powerOfTwo(double count)
{
    std::int64_t power = 1;
    while (2.0 * static_cast<double>(power) <= count && power < (std::int64_t(1) << 40))
        power *= 2;
    return power;
}

bool isPowerOfTwo(std::int64_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

std::size_t curveCapacity(std::size_t memoryBound)
{
    const std::size_t affordable = memoryBound / 16 / sizeof(Curve::Stretch);
    return std::clamp<std::size_t>(affordable / 2 * 2, 16, 4096);
}

// What the singular values may cost beside the training, or all together until they are first thinned. An
// update takes down to a quarter of its estimate, so this is up to 6 %.
constexpr double spectrumShare = 0.015;
constexpr double spectrumSeconds = 0.02;

SpectrumCurve spectrumCurveFor(const ParameterLayout& layout, CellKind cell, double secondsPerIteration,
                               std::size_t memoryBound)
{
    const std::size_t affordable =
        memoryBound / 32 / std::max<std::size_t>(1, SpectrumCurve::bytesOfSample(layout));
    const std::size_t capacity = std::clamp<std::size_t>(affordable / 2 * 2, 2, SpectrumCurve::usualCapacity);
    const double seconds = SpectrumCurve::secondsOfSample(layout);
    std::int64_t stride = 1;
    if (seconds * static_cast<double>(capacity) > spectrumSeconds) {
        while (seconds > spectrumShare * secondsPerIteration * static_cast<double>(stride))
            stride *= 2;
    }
    return {layout, cell, stride, capacity};
}

} // namespace

struct History::State
{
    State(const Experiment& e, std::size_t memoryBound, int threadCount)
        : experiment(e), bound(memoryBound), threads(threadCount), front(e, threads),
          ticks(e.model.cell, static_cast<int>(e.model.hidden.size()),
                static_cast<int>(front.task().plan().size()),
                front.task().lossKind() == LossKind::CrossEntropy),
          curve(curveCapacity(memoryBound)), seconds(secondsOf(front.costPerIteration())),
          spectra(spectrumCurveFor(front.layout(), e.model.cell.kind, seconds, memoryBound)),
          spacing(powerOfTwo(replaySeconds / seconds)),
          progressEvery(static_cast<std::int64_t>(std::clamp(progressSeconds / seconds, 1.0, 1e6)))
    {
        checkpoints.insert(front.checkpoint());
    }

    /// The same past, with nothing at hand but its checkpoints and curves.
    State(const State& other)
        : experiment(other.experiment), bound(other.bound), threads(other.threads), front(other.front.twin()),
          ticks(other.ticks), curve(other.curve), divergedAt(other.divergedAt), seconds(other.seconds),
          spectra(other.spectra), spacing(other.spacing), progressEvery(other.progressEvery),
          checkpoints(other.checkpoints)
    {
    }

    std::int64_t frontier() const { return front.iteration(); }

    std::size_t memory() const { return withoutTraces() + traces.bytes(); }

    std::size_t withoutTraces() const
    {
        return curve.bytes() + spectra.bytes() + checkpoints.bytes() + ladder.bytes();
    }

    /// Makes room by dropping traces, the cheapest to make again.
    void keepWithinBound()
    {
        const std::size_t rest = withoutTraces();
        traces.shrinkTo(bound > rest ? bound - rest : 0);
    }

    void append(const IterationSummary& summary)
    {
        const std::size_t before = curve.bytes();
        curve.append(summary);
        if (curve.bytes() != before)
            keepWithinBound();
    }

    /// Of the frontier, before its update.
    void sampleSpectra()
    {
        if (!spectra.wants(frontier()))
            return;
        const std::size_t before = spectra.bytes();
        spectra.append(front.parameters());
        sharedSpectra.reset();
        if (spectra.bytes() != before)
            keepWithinBound();
    }

    void truncateSpectra(std::int64_t iterations)
    {
        spectra.truncate(iterations);
        sharedSpectra.reset();
    }

    /// Half of the bound is for checkpoints, an eighth for the ladder, the rest for traces; all curves fit
    /// into an eighth.
    void plant(const Trainer& trainer)
    {
        const std::int64_t iteration = trainer.iteration();
        if (iteration % spacing != 0 || checkpoints.contains(iteration))
            return;
        Checkpoint checkpoint = trainer.checkpoint();
        while (checkpoints.bytes() + bytesOf(checkpoint) > bound / 2) {
            spacing *= 2;
            checkpoints.dropIf([this](std::int64_t i) { return i % spacing != 0; });
            if (iteration % spacing != 0 || spacing > iteration)
                return;
        }
        checkpoints.insert(std::move(checkpoint));
        keepWithinBound();
    }

    /// Temporary checkpoints shortly before a replay's target, 1, 2, 4, 8 … iterations away, so that stepping
    /// back from there replays a few iterations and not the whole stretch again.
    void plantLadder(const Trainer& trainer)
    {
        if (ladder.contains(trainer.iteration()) || checkpoints.contains(trainer.iteration()))
            return;
        Checkpoint checkpoint = trainer.checkpoint();
        const std::size_t bytes = bytesOf(checkpoint);
        if (bytes > bound / 8)
            return;
        while (ladder.bytes() + bytes > bound / 8) {
            ladder.drop(ladderOrder.front());
            ladderOrder.pop_front();
        }
        ladderOrder.push_back(checkpoint.iteration);
        ladder.insert(std::move(checkpoint));
        keepWithinBound();
    }

    /// After the bound was lowered. The curves keep their capacity, which is small.
    void thinOut()
    {
        while (checkpoints.bytes() > bound / 2 && checkpoints.size() > 1) {
            spacing *= 2;
            checkpoints.dropIf([this](std::int64_t i) { return i % spacing != 0; });
        }
        if (ladder.bytes() > bound / 8)
            dropLadderAfter(-1);
        keepWithinBound();
    }

    void dropLadderAfter(std::int64_t iteration)
    {
        ladder.dropIf([iteration](std::int64_t i) { return i > iteration; });
        ladderOrder.remove_if([iteration](std::int64_t i) { return i > iteration; });
    }

    const Checkpoint& nearest(std::int64_t iteration) const
    {
        const Checkpoint& regular = *checkpoints.nearest(iteration); // 0 is always there
        const Checkpoint* temporary = ladder.nearest(iteration);
        return temporary && temporary->iteration > regular.iteration ? *temporary : regular;
    }

    /// Brings the replaying trainer to an iteration up to the frontier; false where called off.
    bool seek(std::int64_t iteration, const Progress& progress)
    {
        if (!replay)
            replay.emplace(front.twin());
        const Checkpoint& from = nearest(iteration);
        if (iteration == frontier() && frontierUsable)
            replay->restore(front.checkpoint());
        else if (!replayUsable || replay->iteration() > iteration || replay->iteration() < from.iteration)
            replay->restore(from);
        replayUsable = true;
        const std::int64_t start = replay->iteration();
        for (std::int64_t i = start; i < iteration; ++i) {
            if (i > start && isPowerOfTwo(iteration - i))
                plantLadder(*replay);
            if (progress && (i - start) % progressEvery == progressEvery - 1 &&
                !progress(static_cast<double>(i - start) / static_cast<double>(iteration - start)))
                return false;
            replay->step();
        }
        return true;
    }

    /// Trains on to an iteration; false where it was called off or stopped, or diverged.
    bool extendTo(std::int64_t target, const Progress& progress, const Observer& observer = {})
    {
        const std::int64_t start = frontier();
        while (frontier() < target) {
            if (divergedAt >= 0)
                return false;
            const std::int64_t done = frontier() - start;
            if (progress && done % progressEvery == progressEvery - 1 &&
                !progress(static_cast<double>(done) / static_cast<double>(target - start)))
                return false;
            plant(front);
            sampleSpectra();
            if (replayUsable && ahead && replay->iteration() == frontier() + 1 &&
                ahead->iteration == frontier()) {
                // Recording the frontier has made this step already.
                std::swap(front, *replay);
                const IterationSummary summary = *ahead;
                append(summary);
                ahead.reset();
                if (observer && !observer(summary, front))
                    return false;
                continue;
            }
            const IterationSummary summary = front.step();
            if (!front.finite()) {
                stopBefore(summary.iteration);
                return false;
            }
            append(summary);
            if (observer && !observer(summary, front))
                return false;
        }
        return true;
    }

    /// The iteration diverged: back to the state before it.
    void stopBefore(std::int64_t iteration)
    {
        divergedAt = iteration;
        truncateSpectra(iteration);
        frontierUsable = false;
        seek(iteration, {});
        front.restore(replay->checkpoint());
        frontierUsable = true;
    }

    TracePtr record(int sequence)
    {
        TracePtr trace = replay->record(sequence);
        if (!replay->finite()) {
            replayUsable = false;
            if (trace->iteration == frontier())
                divergedAt = trace->iteration;
        } else if (trace->iteration == frontier()) {
            ahead = {trace->iteration, trace->loss, trace->accuracy, trace->gradientNorm, trace->clipped};
        }
        const std::size_t bytes = bytesOf(*trace);
        const std::size_t rest = withoutTraces();
        if (rest + bytes <= bound) {
            traces.shrinkTo(bound - rest - bytes);
            traces.insert(trace, bytes);
        }
        return trace;
    }

    /// Forgets what the experiments do not share; afterwards the frontier is at most `iteration`.
    void cutBack(std::int64_t iteration)
    {
        traces.dropFrom(iteration);
        dropLadderAfter(iteration);
        checkpoints.dropIf([iteration](std::int64_t i) { return i > iteration; });
        ahead.reset();
        if (replay && replay->iteration() > iteration)
            replayUsable = false;
        if (divergedAt >= iteration)
            divergedAt = -1;
        if (frontier() <= iteration)
            return;
        // Thinned curves keep whole stretches: what is cut off with the last one is made again.
        curve.truncate(iteration);
        truncateSpectra(iteration);
        front.restore(nearest(std::min(curve.size(), iteration)));
        while (front.iteration() < iteration) {
            plant(front);
            const IterationSummary summary = front.step();
            if (summary.iteration >= curve.size())
                append(summary);
        }
    }

    Experiment experiment;
    std::size_t bound;
    int threads;
    Trainer front;                 ///< stays at the frontier
    std::optional<Trainer> replay; ///< goes anywhere in the past
    bool replayUsable = false;
    bool frontierUsable = true;
    std::optional<IterationSummary> ahead; ///< of the frontier, where `replay` has made its step already
    TickLayout ticks;
    Curve curve;
    std::int64_t divergedAt = -1;

    double seconds; ///< estimated, of an iteration
    SpectrumCurve spectra;
    std::shared_ptr<const SpectrumCurve> sharedSpectra; ///< a copy for others; null where there is none yet
    std::int64_t spacing;
    std::int64_t progressEvery;
    Checkpoints checkpoints; ///< at multiples of `spacing`
    Checkpoints ladder;
    std::list<std::int64_t> ladderOrder; ///< oldest first
    TraceCache traces;
};

History::History(const Experiment& experiment, std::size_t memoryBound, int threads)
    : m_state(std::make_unique<State>(experiment, memoryBound, threads))
{
}

History::History(std::unique_ptr<State> state) : m_state(std::move(state)) {}

History::~History() = default;

std::unique_ptr<History> History::fork() const
{
    return std::unique_ptr<History>(new History(std::make_unique<State>(*m_state)));
}

const Experiment& History::experiment() const
{
    return m_state->experiment;
}

const Task& History::task() const
{
    return m_state->front.task();
}

const ParameterLayout& History::layout() const
{
    return m_state->front.layout();
}

const TickLayout& History::ticks() const
{
    return m_state->ticks;
}

std::int64_t History::frontier() const
{
    return m_state->frontier();
}

std::int64_t History::divergedAt() const
{
    return m_state->divergedAt;
}

const Curve& History::curve() const
{
    return m_state->curve;
}

std::shared_ptr<const SpectrumCurve> History::spectrumCurve() const
{
    State& state = *m_state;
    if (!state.sharedSpectra)
        state.sharedSpectra = std::make_shared<const SpectrumCurve>(state.spectra);
    return state.sharedSpectra;
}

std::size_t History::memory() const
{
    return m_state->memory();
}

void History::setMemoryBound(std::size_t bytes)
{
    m_state->bound = bytes;
    m_state->thinOut();
}

std::int64_t History::setExperiment(const Experiment& experiment)
{
    const std::int64_t difference = firstDifference(m_state->experiment, experiment);
    if (difference == 0) {
        m_state = std::make_unique<State>(experiment, m_state->bound, m_state->threads);
        return 0;
    }
    State& state = *m_state;
    const auto changesThere = [difference](const Intervention& each) {
        return changesWeightsAt(each, difference);
    };
    if (difference > 0 && difference <= state.frontier() &&
        std::any_of(experiment.interventions.begin(), experiment.interventions.end(), changesThere)) {
        checkInterventions(experiment, layout(), static_cast<int>(state.front.task().plan().size()));
        Eigen::VectorXd parameters = parametersAt(difference);
        changeWeights(experiment, difference, layout(), parameters); // throws where that cannot be done
    }
    state.front.setInterventions(experiment.interventions);
    state.experiment = experiment;
    if (state.replay)
        state.replay->setInterventions(experiment.interventions);
    if (difference > 0)
        state.cutBack(difference);
    return state.frontier();
}

void History::extend(std::int64_t updates, const Progress& progress, const Observer& observer)
{
    m_state->extendTo(m_state->frontier() + std::max<std::int64_t>(0, updates), progress, observer);
}

TracePtr History::trace(std::int64_t iteration, int sequence, const Progress& progress)
{
    State& state = *m_state;
    sequence = std::clamp(sequence, 0, state.experiment.training.batch - 1);
    iteration = std::max<std::int64_t>(0, iteration);
    const bool ahead = iteration > state.frontier();
    if (ahead && !state.extendTo(iteration, progress)) {
        if (state.divergedAt < 0)
            return nullptr;
    }
    if (state.divergedAt >= 0)
        iteration = std::min(iteration, state.divergedAt);
    if (TracePtr cached = state.traces.use(iteration, sequence))
        return cached;
    if (!state.seek(iteration, progress))
        return nullptr;
    return state.record(sequence);
}

TracePtr History::cachedTrace(std::int64_t iteration, int sequence) const
{
    const State& state = *m_state;
    if (state.divergedAt >= 0)
        iteration = std::min(iteration, state.divergedAt);
    return state.traces.find(iteration, std::clamp(sequence, 0, state.experiment.training.batch - 1));
}

Eigen::VectorXd History::parametersAt(std::int64_t iteration, const Progress& progress)
{
    State& state = *m_state;
    iteration = std::max<std::int64_t>(0, iteration);
    if (iteration > state.frontier() && !state.extendTo(iteration, progress) && state.divergedAt < 0)
        return {};
    if (iteration >= state.frontier())
        return state.front.parameters();
    if (!state.seek(iteration, progress))
        return {};
    return state.replay->parameters();
}

std::optional<Trainer> History::trainerAt(std::int64_t iteration, const Progress& progress)
{
    State& state = *m_state;
    iteration = std::max<std::int64_t>(0, iteration);
    if (iteration > state.frontier() && !state.extendTo(iteration, progress) && state.divergedAt < 0)
        return std::nullopt;
    if (!state.seek(std::min(iteration, state.frontier()), progress))
        return std::nullopt;
    return state.replay->twin();
}

std::vector<IterationSummary> History::exactCurve(std::int64_t first, std::int64_t last,
                                                  const Progress& progress)
{
    State& state = *m_state;
    first = std::max<std::int64_t>(0, first);
    last = std::min(last, state.frontier() - 1);
    std::vector<IterationSummary> rows;
    if (first > last)
        return rows;
    rows.reserve(static_cast<std::size_t>(last - first + 1));
    if (state.curve.exact()) {
        for (std::int64_t i = first; i <= last; ++i) {
            const Curve::Stretch& one = state.curve.stretches()[static_cast<std::size_t>(i)];
            rows.push_back({i, one.loss.low, one.accuracy.low, one.gradientNorm.low, one.anyClipped});
        }
        return rows;
    }
    if (!state.seek(first, progress))
        return {};
    const auto count = static_cast<double>(last - first + 1);
    for (std::int64_t i = first; i <= last; ++i) {
        if (progress && (i - first) % state.progressEvery == state.progressEvery - 1 &&
            !progress(static_cast<double>(i - first) / count))
            return {};
        rows.push_back(state.replay->step());
    }
    return rows;
}

std::optional<SpectrumCurve> History::spectrumCurveUpTo(std::int64_t last, const Progress& progress)
{
    State& state = *m_state;
    if (last > state.frontier() && !state.extendTo(last, progress) && state.divergedAt < 0)
        return std::nullopt;
    last = std::min(last, state.frontier());
    SpectrumCurve curve = SpectrumCurve::upTo(last, layout(), state.experiment.model.cell.kind);
    for (std::int64_t i = 0; i <= last; i += curve.stride()) {
        if (!state.seek(i, {}) || (progress && !progress(double(i) / double(last + 1))))
            return std::nullopt;
        curve.append(state.replay->parameters());
    }
    return curve;
}

} // namespace unrolled
