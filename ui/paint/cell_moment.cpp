#include "ui/paint/cell_moment.h"

#include <algorithm>

namespace ui {

using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

void goForward(CellMoment& moment, const Frame& frame, int operationCount)
{
    const auto& parts = frame.ticks.parts(frame.position.tick);
    const int top = operationCount - 1;
    for (int i = 0; i <= frame.position.part; ++i) {
        const Part& part = parts[static_cast<std::size_t>(i)];
        const bool last = i == frame.position.part;
        int stage = CellMoment::none;
        // its input arrives: x_t, or the h_t that the layer below has just handed up
        const bool fed = moment.layer == 0 ? part.kind == PartKind::Input
                                           : part.kind == PartKind::Cell && part.layer == moment.layer - 1 &&
                                                 part.operation == top;
        if (fed)
            stage = -1;
        else if (part.kind == PartKind::Cell && part.layer == moment.layer)
            stage = part.operation;
        if (stage == CellMoment::none)
            continue;
        moment.done = stage;
        if (last)
            moment.lit = stage;
    }
}

void goBack(CellMoment& moment, const Frame& frame, int operationCount)
{
    const auto& parts = frame.ticks.parts(frame.position.tick);
    for (int i = 0; i <= frame.position.part; ++i) {
        const Part& part = parts[static_cast<std::size_t>(i)];
        if (part.layer != moment.layer)
            continue;
        const int stage = part.kind == PartKind::HiddenGradient ? operationCount
                          : part.kind == PartKind::Cell         ? part.operation
                                                                : -1;
        moment.done = stage;
        if (i == frame.position.part)
            moment.lit = stage;
    }
}

} // namespace

CellMoment cellMoment(const Frame& frame, int t, int layer)
{
    CellMoment moment;
    if (frame.empty())
        return moment;
    moment.loss = frame.pickedLoss;
    const int steps = frame.ticks.steps();
    const int layers = static_cast<int>(frame.trace().layers.size());
    const int operationCount = static_cast<int>(unrolled::operations(frame.trace().cell).size());
    const Phase phase = frame.phase();
    moment.layer = std::clamp(layer, 0, layers - 1);
    moment.follows = t <= 0;
    if (moment.follows) {
        t = phase == Phase::Loss ? steps : phase == Phase::Update ? 1 : frame.time();
        const PartKind kind = frame.part().kind;
        if (frame.part().layer >= 0)
            moment.layer = std::min(frame.part().layer, layers - 1);
        else if (kind == PartKind::Logits || kind == PartKind::Probabilities || kind == PartKind::Loss)
            moment.layer = layers - 1;
        else if (kind == PartKind::Input)
            moment.layer = 0;
    }
    moment.t = std::clamp(t, 1, steps);
    moment.alpha = frame.alpha;
    const int now = frame.time();
    moment.here = now == moment.t;

    const int top = operationCount - 1;
    switch (phase) {
    case Phase::Forward:
        if (moment.here)
            goForward(moment, frame, operationCount);
        else
            moment.done = moment.t < now ? top : CellMoment::nothing;
        break;
    case Phase::Loss:
        moment.done = top;
        break;
    case Phase::Backward:
        moment.backward = moment.t >= now;
        moment.done = !moment.backward ? top : moment.t > now ? -1 : operationCount + 1;
        if (moment.here)
            goBack(moment, frame, operationCount);
        break;
    case Phase::Update:
        moment.backward = true;
        moment.done = -1;
        break;
    }
    return moment;
}

} // namespace ui
