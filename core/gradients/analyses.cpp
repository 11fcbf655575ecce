#include "core/gradients/analyses.h"

#include "core/gradients/backward_sweep.h"
#include "core/gradients/loss_alone.h"

#include <algorithm>

namespace unrolled {

std::shared_ptr<const TraceAnalysis> analyse(const TracePtr& trace, const GoOn& goOn)
{
    auto result = std::make_shared<TraceAnalysis>();
    result->trace = trace;
    const auto counted = static_cast<std::size_t>(
        std::count_if(trace->plan.begin(), trace->plan.end(), [](const auto& step) { return step.counted; }));
    if (counted * trace->plan.size() <= TraceAnalysis::mostCells)
        result->itemised = std::make_shared<const Itemised>(*trace, goOn);
    for (int layer = 0; layer < static_cast<int>(trace->layers.size()); ++layer)
        result->norms.push_back(hopNorms(*trace, layer, goOn));
    return result;
}

std::shared_ptr<const TraceAnalysis> withUpdates(const std::shared_ptr<const TraceAnalysis>& of,
                                                 const GoOn& goOn)
{
    auto result = std::make_shared<TraceAnalysis>(*of);
    result->updates = layerUpdates(*of->trace, goOn);
    return result;
}

const std::vector<LayerUpdates>& updatesOf(const Analyses& analyses)
{
    return analyses.loss > 0 ? analyses.lossUpdates : analyses.of->updates;
}

namespace {

bool hasLoss(const IterationTrace& trace, int loss)
{
    return loss == 0 || isCounted(trace, loss);
}

} // namespace

bool has(const Analyses& analyses, const Wanted& wanted)
{
    const auto lacks = [&](const IterationTrace& trace, const std::vector<LayerUpdates>& updates) {
        return wanted.updates && updates.empty() && trace.input && hasLoss(trace, analyses.loss);
    };
    return !(wanted.ellipses && analyses.ellipses.empty()) && !lacks(analyses.trace(), updatesOf(analyses)) &&
           !(analyses.ghost && lacks(*analyses.ghost, analyses.ghostUpdates));
}

std::shared_ptr<const Analyses> analyse(const std::shared_ptr<const TraceAnalysis>& known, int loss,
                                        const Wanted& wanted, const GoOn& goOn, const TracePtr& ghost)
{
    auto result = std::make_shared<Analyses>();
    const IterationTrace& trace = *known->trace;
    result->loss = loss >= 1 && loss <= trace.steps() && isCounted(trace, loss) ? loss : 0;
    const bool all = wanted.updates && result->loss == 0;
    result->of = all && known->updates.empty() ? withUpdates(known, goOn) : known;
    if (wanted.updates && result->loss > 0)
        result->lossUpdates = layerUpdates(*lossPart(known->trace, result->loss), goOn);
    result->single = result->loss;
    if (const std::vector<int> counted = countedSteps(trace); result->loss == 0 && !counted.empty())
        result->single = counted.back();
    result->paths = gradientPaths(trace, result->single);
    result->ghost = ghost;
    if (ghost && hasLoss(*ghost, result->single))
        result->ghostPaths = gradientPaths(*ghost, result->single);
    if (wanted.updates && ghost && hasLoss(*ghost, result->loss))
        result->ghostUpdates = layerUpdates(result->loss > 0 ? *lossPart(ghost, result->loss) : *ghost, goOn);
    if (!wanted.ellipses)
        return result;
    const int s = result->single > 0 ? result->single : trace.steps();
    for (int layer = 0; layer < static_cast<int>(trace.layers.size()); ++layer) {
        result->ellipses.push_back(errorEllipse(trace, layer, s, ErrorState::Hidden, goOn));
        if (trace.cell.kind == CellKind::Lstm)
            result->cellEllipses.push_back(errorEllipse(trace, layer, s, ErrorState::Cell, goOn));
    }
    return result;
}

} // namespace unrolled
