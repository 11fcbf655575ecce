#include "core/tasks/reber_task.h"

#include "core/tasks/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

enum Symbol { B, T, P, S, X, V, E, symbolCount };

/// A state of the grammar: one or two symbols may follow, each with the state after it. The outer symbol that
/// comes back is told apart from the state.
struct Node
{
    int symbols[2];
    int next[2];
};
constexpr int outerChoice = 0;
constexpr int outerAgain = 8;
constexpr int done = 10;
constexpr Node grammar[] = {
    {{T, P}, {1, 1}},  // 0: which one is to be remembered
    {{B, B}, {2, 2}},  // 1
    {{T, P}, {3, 4}},  // 2: Reber's grammar
    {{S, X}, {3, 5}},  // 3
    {{T, V}, {4, 6}},  // 4
    {{X, S}, {4, 7}},  // 5
    {{P, V}, {5, 7}},  // 6
    {{E, E}, {8, 8}},  // 7
    {{T, P}, {9, 9}},  // 8: that one again
    {{E, E}, {10, 10}} // 9
};

bool branches(int state)
{
    const Node& node = grammar[state];
    return state != outerAgain && node.symbols[0] != node.symbols[1];
}

bool allowed(int state, int symbol, int outer)
{
    if (state == outerAgain)
        return symbol == outer;
    return symbol == grammar[state].symbols[0] || symbol == grammar[state].symbols[1];
}

int after(int state, int symbol)
{
    return grammar[state].next[symbol == grammar[state].symbols[0] ? 0 : 1];
}

} // namespace

ReberTask::ReberTask(int length, std::uint64_t seed)
    : m_plan(nextSymbolPlan(Feed::Data, length)),
      m_vocabulary(std::make_shared<const std::vector<std::string>>(
          std::vector<std::string>{"B", "T", "P", "S", "X", "V", "E"})),
      m_seed(seed)
{
}

void ReberTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int longest = static_cast<int>(m_plan.size());
    shapeClasses(batch, longest, size);
    batch.uses.assign(batch.inputClasses.size(), StepUse::Skipped);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        int steps = 0;
        do {
            int state = outerChoice;
            int symbol = B;
            int outer = B;
            for (steps = 0; state != done && steps <= longest; ++steps) {
                const int next = branches(state)       ? grammar[state].symbols[random.below(2)]
                                 : state == outerAgain ? outer
                                                       : grammar[state].symbols[0];
                if (state == outerChoice)
                    outer = next;
                if (steps < longest) {
                    batch.inputClasses[batch.column(steps, b)] = symbol;
                    batch.targetClasses[batch.column(steps, b)] = next;
                }
                state = after(state, next);
                symbol = next;
            }
        } while (steps > longest);
        for (int t = 0; t < steps; ++t)
            batch.uses[batch.column(t, b)] = StepUse::Counted;
        for (int t = steps; t < longest; ++t)
            batch.inputClasses[batch.column(t, b)] = -1;
    }
}

Score ReberTask::judge(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    Score score{0, batch.size};
    for (int b = 0; b < batch.size; ++b) {
        bool all = true;
        int state = outerChoice;
        const int outer = batch.targetClasses[batch.column(0, b)];
        for (int t = 0; t < batch.steps && all && !batch.skipped(t, b); ++t) {
            double lowestAllowed = std::numeric_limits<double>::infinity();
            double highestOther = -lowestAllowed;
            for (int symbol = 0; symbol < symbolCount; ++symbol) {
                const double y = outputs(symbol, static_cast<Eigen::Index>(batch.column(t, b)));
                if (allowed(state, symbol, outer))
                    lowestAllowed = std::min(lowestAllowed, y);
                else
                    highestOther = std::max(highestOther, y);
            }
            all = lowestAllowed > highestOther;
            state = after(state, batch.targetClasses[batch.column(t, b)]);
        }
        score.right += all;
    }
    return score;
}

double ReberTask::baseline(Reduction reduction) const
{
    // Of the n symbols that follow the first B, all but the inner B, the inner E and the last E are a choice
    // of two, the outer symbol that comes back among them. So a string of n steps costs (n - 3) ln 2; the
    // mean of that over all strings, by the probability that a string has ended after n steps.
    std::array<double, done + 1> reached{};
    reached[outerChoice] = 1;
    double weight = 0;
    double sum = 0;
    for (int steps = 1; steps <= static_cast<int>(m_plan.size()); ++steps) {
        std::array<double, done + 1> next{};
        for (int state = 0; state < done; ++state) {
            for (const int to : grammar[state].next)
                next[static_cast<std::size_t>(to)] += reached[static_cast<std::size_t>(state)] / 2;
        }
        reached = next;
        const double ended = reached[done];
        const double loss = (steps - 3) * std::log(2.0);
        weight += ended;
        sum += ended * (reduction == Reduction::Mean ? loss / steps : loss);
    }
    return sum / weight;
}

} // namespace unrolled
