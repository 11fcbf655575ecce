#include "core/gradients/itemised.h"

#include "core/gradients/backward_sweep.h"
#include "core/network/thread_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// Columns that are carried back together: many for one hop that has to be made, few enough for the cache.
constexpr std::size_t blockSize = 192;

std::size_t blocksOf(const std::vector<int>& steps)
{
    return (steps.size() + blockSize - 1) / blockSize;
}

/// Visits a block of the counted steps; `begin` is the index of its first column.
void sweepBlock(const IterationTrace& trace, const std::vector<int>& steps, std::size_t begin,
                const std::function<void(const SweepStep&)>& visit)
{
    const std::size_t end = std::min(steps.size(), begin + blockSize);
    std::vector<Injection> injections;
    injections.reserve(end - begin);
    for (std::size_t k = end; k-- > begin;)
        injections.push_back(
            {steps[k], static_cast<Eigen::Index>(k - begin), ownLossGradient(trace, steps[k])});
    BackwardSweep(trace, static_cast<Eigen::Index>(end - begin)).run(injections, true, visit);
}

/// Adds the weighed columns up, step by step.
void addRows(const SweepStep& step, double weight, ScaledColumns& sums)
{
    const Eigen::Index columns = step.state.values.cols() - step.first;
    const auto exponents = step.state.exponents.tail(columns);
    const ScaledNumber* norms = step.normsOfH.data() + step.first;
    // The largest exponent serves all: what is far below it is far below the sum.
    int highest = std::numeric_limits<int>::min();
    for (Eigen::Index j = 0; j < columns; ++j) {
        if (norms[j].mantissa != 0)
            highest = std::max(highest, exponents[j]);
    }
    Eigen::VectorXd weights(columns);
    int last = highest;
    double power = weight;
    for (Eigen::Index j = 0; j < columns; ++j) {
        if (norms[j].mantissa == 0) {
            weights[j] = 0;
            continue;
        }
        if (exponents[j] != last) {
            last = exponents[j];
            power = std::scalbn(weight, last - highest);
        }
        weights[j] = power;
    }
    if (highest > std::numeric_limits<int>::min())
        sums.add(step.t - 1, 0, step.state.values.topRows(sums.values.rows()).rightCols(columns) * weights,
                 highest);
}

double largestDifferenceOf(const ScaledColumns& sums, const Eigen::MatrixXd& total)
{
    constexpr double wholeDigits = 1e-290;
    double largest = 0;
    for (Eigen::Index t = 0; t < total.cols(); ++t) {
        const double size = scaledNorm(total.col(t));
        if (size < wholeDigits)
            continue;
        const Eigen::VectorXd sum =
            sums.values.col(t).unaryExpr([e = sums.exponents[t]](double x) { return std::scalbn(x, e); });
        const double difference = scaledNorm(sum - total.col(t)) / size;
        if (!(difference <= largest))
            largest = difference;
    }
    return largest;
}

} // namespace

double lossWeight(const IterationTrace& trace)
{
    double sum = 0;
    int counted = 0;
    for (int t = 1; t <= trace.steps(); ++t) {
        if (isCounted(trace, t)) {
            sum += trace.outputs.losses[t - 1];
            ++counted;
        }
    }
    // The sequence's loss is one of the two.
    const bool mean =
        counted > 1 && std::abs(trace.sequenceLoss - sum / counted) < std::abs(trace.sequenceLoss - sum);
    return 1.0 / (mean ? counted : 1) / trace.batch;
}

Itemised::Itemised(const IterationTrace& trace, const GoOn& goOn, int threads)
    : m_lossSteps(countedSteps(trace)), m_norms(trace.layers.size())
{
    std::size_t cells = 0;
    std::size_t before = 0; // counted steps before t
    m_rows.reserve(static_cast<std::size_t>(trace.steps()));
    for (int t = 1; t <= trace.steps(); ++t) {
        m_rows.push_back(cells - before);
        cells += m_lossSteps.size() - before;
        before += isCounted(trace, t) ? 1 : 0;
    }
    for (auto& norms : m_norms)
        norms.resize(cells);

    const std::size_t blocks = blocksOf(m_lossSteps);
    const double weight = lossWeight(trace);
    std::vector<std::vector<ScaledColumns>> sums(blocks); // per layer
    auto sweep = [&](int job) {
        const std::size_t block = blocks - 1 - static_cast<std::size_t>(job); // the longest first
        const std::size_t begin = block * blockSize;
        const int last = m_lossSteps[std::min(m_lossSteps.size(), begin + blockSize) - 1];
        for (const LayerTrace& layer : trace.layers)
            sums[block].emplace_back(layer.hiddenSize(), last);
        sweepBlock(trace, m_lossSteps, begin, [&](const SweepStep& step) {
            throwUnless(goOn);
            const auto layer = static_cast<std::size_t>(step.layer);
            addRows(step, weight, sums[block][layer]);
            auto* row = m_norms[layer].data() + m_rows[static_cast<std::size_t>(step.t - 1)] + begin;
            std::copy(step.normsOfH.begin() + step.first, step.normsOfH.end(), row + step.first);
        });
    };
    if (threads < 1)
        threads = static_cast<int>(std::thread::hardware_concurrency());
    ThreadPool(std::clamp(threads, 1, std::max(1, static_cast<int>(blocks))))
        .run(static_cast<int>(blocks), sweep);

    for (std::size_t l = 0; l < trace.layers.size(); ++l) {
        ScaledColumns all(trace.layers[l].hiddenSize(), trace.steps());
        for (const auto& some : sums) {
            for (Eigen::Index t = 0; t < some[l].values.cols(); ++t)
                all.add(t, 0, some[l].values.col(t), some[l].exponents[t]);
        }
        m_differences.push_back(largestDifferenceOf(all, trace.channel(static_cast<int>(l), "h").gradient));
    }
}

ScaledNumber Itemised::norm(int layer, std::size_t k, int t) const
{
    if (t > m_lossSteps.at(k))
        return {};
    return m_norms.at(static_cast<std::size_t>(layer)).at(m_rows.at(static_cast<std::size_t>(t - 1)) + k);
}

ScaledColumns itemisedAt(const IterationTrace& trace, int layer, int t)
{
    const std::vector<int> steps = countedSteps(trace);
    const Eigen::Index hidden = trace.layers.at(static_cast<std::size_t>(layer)).hiddenSize();
    ScaledColumns result(hidden, static_cast<Eigen::Index>(steps.size()));
    for (std::size_t begin = 0; begin < steps.size(); begin += blockSize) {
        sweepBlock(trace, steps, begin, [&](const SweepStep& step) {
            if (step.layer != layer || step.t != t)
                return;
            for (Eigen::Index j = step.first; j < step.state.values.cols(); ++j) {
                const Eigen::Index k = static_cast<Eigen::Index>(begin) + j;
                result.values.col(k) = step.state.values.col(j).head(hidden);
                result.exponents[k] = step.state.exponents[j];
            }
        });
    }
    return result;
}

} // namespace unrolled
