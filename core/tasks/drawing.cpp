#include "core/tasks/drawing.h"

#include <cmath>
#include <utility>

namespace unrolled {

void shapeClasses(Batch& batch, int steps, int size)
{
    batch.steps = steps;
    batch.size = size;
    batch.inputs.resize(0, 0);
    batch.targets.resize(0, 0);
    const std::size_t columns = static_cast<std::size_t>(steps) * static_cast<std::size_t>(size);
    batch.inputClasses.assign(columns, 0);
    batch.targetClasses.assign(columns, 0);
}

void shapeNumbers(Batch& batch, int inputs, int outputs, int steps, int size)
{
    batch.steps = steps;
    batch.size = size;
    batch.inputClasses.clear();
    batch.targetClasses.clear();
    batch.inputs.resize(inputs, Eigen::Index(steps) * size);
    batch.targets.setZero(outputs, Eigen::Index(steps) * size);
}

SequencePlan lastCounted(int steps)
{
    return countedFrom(steps - 1, steps);
}

SequencePlan countedFrom(int first, int steps)
{
    SequencePlan plan(static_cast<std::size_t>(steps));
    for (int t = 0; t < first; ++t)
        plan[static_cast<std::size_t>(t)].counted = false;
    return plan;
}

SequencePlan nextSymbolPlan(Feed feed, int steps)
{
    SequencePlan plan(static_cast<std::size_t>(steps));
    for (std::size_t t = 1; t < plan.size(); ++t) {
        plan[t].input = feed == Feed::Data ? InputSource::Data : InputSource::Zero;
        plan[t].forced = feed == Feed::Data;
    }
    return plan;
}

double guess(int classes, int answers, Reduction reduction)
{
    const double each = std::log(double(classes));
    return reduction == Reduction::Mean ? each : each * answers;
}

std::shared_ptr<const std::vector<std::string>> letters(int count, const std::vector<std::string>& more)
{
    std::vector<std::string> symbols;
    symbols.reserve(static_cast<std::size_t>(count) + more.size());
    for (int i = 0; i < count; ++i)
        symbols.emplace_back(1, static_cast<char>('a' + i));
    symbols.insert(symbols.end(), more.begin(), more.end());
    return std::make_shared<const std::vector<std::string>>(std::move(symbols));
}

} // namespace unrolled
