#include "core/gradients/itemised.h"

#include "core/gradients/backward_sweep.h"

#include <algorithm>

namespace unrolled {

namespace {

/// Columns that are carried back together: enough for matrix products, few enough for the cache.
constexpr std::size_t blockSize = 128;

std::vector<int> countedSteps(const IterationTrace& trace)
{
    std::vector<int> steps;
    for (int t = 1; t <= trace.steps(); ++t) {
        if (isCounted(trace, t))
            steps.push_back(t);
    }
    return steps;
}

/// Visits all counted steps, a block at a time; `begin` is the index of the block's first column.
void sweepLosses(const IterationTrace& trace, const std::vector<int>& steps,
                 const std::function<void(std::size_t begin, const SweepStep&)>& visit)
{
    for (std::size_t begin = 0; begin < steps.size(); begin += blockSize) {
        const std::size_t end = std::min(steps.size(), begin + blockSize);
        std::vector<Injection> injections;
        for (std::size_t k = end; k-- > begin;)
            injections.push_back(
                {steps[k], static_cast<Eigen::Index>(k - begin), ownLossGradient(trace, steps[k])});
        BackwardSweep sweep(trace, static_cast<Eigen::Index>(end - begin));
        sweep.run(injections, true, [&](const SweepStep& step) { visit(begin, step); });
    }
}

} // namespace

Itemised::Itemised(const IterationTrace& trace)
    : m_lossSteps(countedSteps(trace)), m_steps(static_cast<std::size_t>(trace.steps())),
      m_norms(trace.layers.size(), std::vector<ScaledNumber>(m_lossSteps.size() * m_steps))
{
    sweepLosses(trace, m_lossSteps, [&](std::size_t begin, const SweepStep& step) {
        auto* row = m_norms[static_cast<std::size_t>(step.layer)].data() +
                    static_cast<std::size_t>(step.t - 1) * m_lossSteps.size() + begin;
        std::copy(step.normsOfH.begin() + step.first, step.normsOfH.end(), row + step.first);
    });
}

ScaledNumber Itemised::norm(int layer, std::size_t k, int t) const
{
    return m_norms.at(static_cast<std::size_t>(layer))
        .at(static_cast<std::size_t>(t - 1) * m_lossSteps.size() + k);
}

ScaledColumns itemisedAt(const IterationTrace& trace, int layer, int t)
{
    const std::vector<int> steps = countedSteps(trace);
    const Eigen::Index hidden = trace.layers.at(static_cast<std::size_t>(layer)).hiddenSize();
    ScaledColumns result(hidden, static_cast<Eigen::Index>(steps.size()));
    sweepLosses(trace, steps, [&](std::size_t begin, const SweepStep& step) {
        if (step.layer != layer || step.t != t)
            return;
        for (Eigen::Index j = step.first; j < step.state.values.cols(); ++j) {
            const Eigen::Index k = static_cast<Eigen::Index>(begin) + j;
            result.values.col(k) = step.state.values.col(j).head(hidden);
            result.exponents[k] = step.state.exponents[j];
        }
    });
    return result;
}

} // namespace unrolled
