#include "ui/session/lane_histories.h"

#include "core/files/comparison.h"
#include "ui/session/lane_name.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ui {

using unrolled::Experiment;
using unrolled::firstDifference;
using unrolled::History;

namespace {

constexpr std::int64_t fewestTimed = 8;   // updates from which on a stretch's time says something
constexpr std::int64_t timedStretch = 32; // updates timed together, where there are more
constexpr std::size_t formerKept = 6;     // runs: those of two changes to three models
constexpr std::size_t formerShare = 16;   // each has this part of the memory

struct LaneModel
{
    unrolled::LaneExperiment lane;
    bool ghost;
};

std::vector<LaneModel> modelsOf(const Experiment& experiment, bool ghosts)
{
    std::vector<LaneModel> models;
    for (unrolled::LaneExperiment& lane : unrolled::lanesOf(experiment))
        models.push_back({std::move(lane), false});
    const std::size_t lanes = ghosts && !experiment.interventions.empty() ? models.size() : 0;
    for (std::size_t k = 0; k < lanes; ++k) {
        models.push_back({models[k].lane, true});
        models.back().lane.experiment.interventions.clear();
    }
    return models;
}

/// How much of a lane's past an experiment has, too, in iterations; -1 for none.
std::int64_t shared(const HistoryLane& lane, const Experiment& wanted)
{
    const std::int64_t difference = firstDifference(lane.history->experiment(), wanted);
    if (difference == 0)
        return -1;
    return difference < 0 ? lane.history->frontier() : std::min(lane.history->frontier(), difference);
}

/// The same run but for its changes, and for how far it is to go.
bool sameButForChanges(Experiment experiment, const Experiment& other)
{
    experiment.interventions = other.interventions;
    experiment.training.iterations = other.training.iterations;
    experiment.source = other.source;
    return experiment == other;
}

/// Whether a run has all that another one has.
bool includes(const HistoryLane& lane, const HistoryLane& other)
{
    return lane.history && firstDifference(lane.history->experiment(), other.history->experiment()) < 0 &&
           lane.history->frontier() >= other.history->frontier();
}

} // namespace

void HistoryLane::extend(std::int64_t by, const History::Progress& goOn, const History::Observer& observer)
{
    const std::int64_t from = history->frontier();
    bool wanted = true;
    const auto watched = [&](const unrolled::IterationSummary& summary, const unrolled::Trainer& trainer) {
        wanted = !observer || observer(summary, trainer);
        return wanted;
    };
    const auto asked = [&](double) {
        const double done = static_cast<double>(history->frontier() - from) / static_cast<double>(by);
        wanted = !goOn || goOn(done);
        return wanted;
    };
    // The shortest of many stretches tells what an update takes where nothing comes between.
    for (std::int64_t left = by; left > 0 && wanted && history->divergedAt() < 0;) {
        const std::int64_t before = history->frontier();
        const auto start = std::chrono::steady_clock::now();
        history->extend(std::min(left, timedStretch), asked, watched);
        m_timed += std::chrono::steady_clock::now() - start;
        const std::int64_t made = history->frontier() - before;
        left -= made;
        m_timedUpdates += made;
        if (made == 0)
            break;
        noteTime();
        if (wanted && left > 0)
            asked(0);
    }
}

void HistoryLane::noteTime()
{
    if (m_timedUpdates < fewestTimed)
        return;
    const double each = m_timed.count() / static_cast<double>(m_timedUpdates);
    const bool warm = m_computed >= timedStretch; // the first ones fill the caches
    m_computed += std::exchange(m_timedUpdates, 0);
    m_timed = {};
    if (warm && each > 0 && (run.secondsPerUpdate == 0 || each < run.secondsPerUpdate))
        run.secondsPerUpdate = each;
}

bool HistoryLane::canReach(std::int64_t iteration) const
{
    return history->frontier() < iteration && history->divergedAt() < 0;
}

LaneRun HistoryLane::now() const
{
    LaneRun now = run;
    now.planned = history->experiment().training.iterations;
    now.frontier = history->frontier();
    now.divergedAt = history->divergedAt();
    now.curve = std::make_shared<const unrolled::Curve>(history->curve());
    now.spectra = history->spectrumCurve();
    return now;
}

LaneHistories::Change LaneHistories::take(const Experiment& experiment, bool ghosts, std::size_t memoryBound)
{
    std::vector<LaneModel> models = modelsOf(experiment, ghosts);
    std::vector<HistoryLane> next(models.size());
    std::vector<HistoryLane*> known(models.size(), nullptr);
    std::vector<HistoryLane*> former(models.size(), nullptr);
    std::vector<std::int64_t> past(models.size(), -1); // that is known without a former one
    for (std::size_t k = 0; k < models.size(); ++k) {
        const Experiment& wanted = models[k].lane.experiment;
        HistoryLane* best = nullptr;
        std::int64_t most = -1;
        const auto isTaken = [&](const HistoryLane* lane) {
            return std::find(known.begin(), known.end(), lane) != known.end();
        };
        for (HistoryLane& lane : m_lanes) {
            // A lane and its ghost are one model, with and without the interventions.
            const bool mayBe = models[k].ghost || k == 0 || !isTaken(&lane);
            const std::int64_t common = mayBe ? shared(lane, wanted) : -1;
            if (common > most || (common == most && common >= 0 && isTaken(best))) {
                best = &lane;
                most = common;
            }
        }
        past[k] = most;
        for (HistoryLane& lane : m_former) {
            if (std::find(former.begin(), former.end(), &lane) == former.end() &&
                firstDifference(lane.history->experiment(), wanted) < 0 && lane.history->frontier() > most) {
                former[k] = &lane;
                most = lane.history->frontier();
            }
        }
        if (former[k])
            continue;
        if (!best) {
            next[k].history = std::make_unique<History>(wanted, memoryBound, unrolled::Trainer::everyCore);
        } else if (isTaken(best)) {
            next[k].history = best->history->fork();
            next[k].history->setExperiment(wanted);
        } else {
            if (k > 0 && !wanted.interventions.empty())
                const unrolled::Trainer trial(wanted); // what it lacks is told before anything changes
            known[k] = best;
        }
    }

    Change change;
    const std::int64_t difference =
        m_lanes.empty() ? 0 : firstDifference(first().experiment(), models.front().lane.experiment);
    change.restarted = difference == 0;
    change.firstChanged = difference >= 0 ? difference : first().frontier() + 1;
    std::vector<HistoryLane> left;
    left.reserve(models.size() + m_lanes.size());
    for (std::size_t k = 0; k < models.size(); ++k) {
        const Experiment& wanted = models[k].lane.experiment;
        if (known[k]) {
            const std::int64_t lost = firstDifference(known[k]->history->experiment(), wanted);
            if (lost >= 0 && lost < known[k]->history->frontier()) {
                HistoryLane& kept = left.emplace_back();
                kept.run = known[k]->run;
                kept.watch = known[k]->watch;
                kept.history = known[k]->history->fork();
            }
            known[k]->history->setExperiment(wanted);
            if (lost >= 0)
                change.firstChanged = std::min(change.firstChanged, lost);
        }
    }
    for (std::size_t k = 0; k < models.size(); ++k) { // nothing throws any more
        if (former[k]) {
            next[k] = std::move(*former[k]);
            next[k].history->setExperiment(models[k].lane.experiment);
            change.firstChanged = std::min(change.firstChanged, std::max<std::int64_t>(0, past[k]));
        } else if (known[k]) {
            next[k] = std::move(*known[k]);
        }
        next[k].run.name = laneName(models[k].lane);
        next[k].run.ghost = models[k].ghost;
        next[k].run.interventions = std::make_shared<const std::vector<unrolled::Intervention>>(
            models[k].lane.experiment.interventions);
        next[k].run.first = next[k].history->trace(0, m_sequence);
        next[k].watch.set(m_breakpoints);
    }
    for (HistoryLane& lane : m_lanes) {
        if (lane.history)
            left.push_back(std::move(lane));
    }
    m_lanes = std::move(next);
    remember(std::move(left));
    setMemoryBound(memoryBound);
    return change;
}

void LaneHistories::remember(std::vector<HistoryLane> left)
{
    std::move(left.begin(), left.end(), std::back_inserter(m_former));
    for (std::size_t i = 0; i < m_former.size(); ++i) {
        HistoryLane& lane = m_former[i];
        const auto has = [&](const HistoryLane& other) { return &other != &lane && includes(other, lane); };
        const auto fits = [&](const HistoryLane& other) {
            return sameButForChanges(lane.history->experiment(), other.history->experiment());
        };
        if (lane.history &&
            (lane.history->frontier() == 0 || std::none_of(m_lanes.begin(), m_lanes.end(), fits) ||
             std::any_of(m_lanes.begin(), m_lanes.end(), has) ||
             std::any_of(m_former.begin(), m_former.end(), has)))
            lane.history.reset();
    }
    std::erase_if(m_former, [](const HistoryLane& lane) { return !lane.history; });
    if (m_former.size() > formerKept)
        m_former.erase(m_former.begin(), m_former.end() - formerKept);
}

void LaneHistories::setMemoryBound(std::size_t bytes)
{
    const std::size_t former = bytes / formerShare;
    for (const HistoryLane& lane : m_former)
        lane.history->setMemoryBound(former);
    for (const HistoryLane& lane : m_lanes)
        lane.history->setMemoryBound((bytes - former * m_former.size()) / m_lanes.size());
}

void LaneHistories::watch(int sequence)
{
    m_sequence = sequence;
    for (HistoryLane& lane : m_lanes)
        lane.run.first = lane.history->trace(0, sequence);
}

void LaneHistories::setBreakpoints(const Breakpoints& breakpoints)
{
    m_breakpoints = breakpoints;
    for (HistoryLane& lane : m_lanes)
        lane.watch.set(breakpoints);
}

std::optional<BreakpointStop> LaneHistories::extendWatched(std::int64_t until,
                                                           const std::function<bool()>& goOn)
{
    const auto models = std::count_if(m_lanes.begin(), m_lanes.end(),
                                      [](const HistoryLane& lane) { return !lane.run.ghost; });
    BreakpointStop stop;
    while (stop.reasons.empty() && m_lanes.front().canReach(until) && goOn()) {
        stop.iteration = first().frontier();
        for (HistoryLane& lane : m_lanes) {
            if (lane.canReach(stop.iteration))
                lane.extend(stop.iteration - lane.history->frontier(), [&](double) { return goOn(); });
            if (lane.canReach(stop.iteration))
                return std::nullopt;
        }
        for (HistoryLane& lane : m_lanes) {
            const auto look = [&](const unrolled::IterationSummary& summary,
                                  const unrolled::Trainer& trainer) {
                auto met = lane.run.ghost ? std::nullopt : lane.watch.look(summary, trainer, m_sequence);
                if (!met)
                    return true;
                for (BreakpointStop::Reason& reason : met->reasons) {
                    reason.lane = models > 1 ? lane.run.name : QString();
                    if (reason.kind != BreakpointKind::Iteration || &lane == &m_lanes.front())
                        stop.reasons.push_back(reason);
                }
                return true;
            };
            if (lane.canReach(stop.iteration + 1))
                lane.extend(1, {}, look);
        }
    }
    return stop.reasons.empty() ? std::nullopt : std::optional(stop);
}

std::int64_t LaneHistories::updates() const
{
    std::int64_t sum = 0;
    for (const HistoryLane& lane : m_lanes)
        sum += lane.history->frontier();
    return sum;
}

bool LaneHistories::someBehind() const
{
    return std::any_of(m_lanes.begin(), m_lanes.end(),
                       [this](const HistoryLane& lane) { return lane.canReach(first().frontier()); });
}

LaneTraces LaneHistories::traces(std::int64_t iteration) const
{
    LaneTraces traces;
    traces.reserve(m_lanes.size());
    for (const HistoryLane& lane : m_lanes)
        traces.push_back(lane.canReach(iteration) ? nullptr : lane.history->trace(iteration, m_sequence));
    return traces;
}

std::vector<LaneRun> LaneHistories::runs() const
{
    std::vector<LaneRun> runs;
    runs.reserve(m_lanes.size());
    for (const HistoryLane& lane : m_lanes)
        runs.push_back(lane.now());
    return runs;
}

} // namespace ui
