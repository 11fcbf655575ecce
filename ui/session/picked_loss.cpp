#include "ui/session/picked_loss.h"

#include "core/gradients/loss_alone.h"

#include <algorithm>
#include <utility>

namespace ui {

using unrolled::TracePtr;

namespace {

bool hasLoss(const TracePtr& trace, int s)
{
    return trace && s >= 1 && s <= trace->steps() && trace->plan[static_cast<std::size_t>(s - 1)].counted;
}

} // namespace

Frame PickedLoss::picked(const Frame& frame, int s)
{
    Frame result = frame;
    result.pickedLoss = !frame.empty() && hasLoss(frame.lane().trace, s) ? s : 0;
    return result;
}

Frame PickedLoss::alone(const Frame& frame)
{
    m_before = std::exchange(m_known, {});
    if (frame.pickedLoss == 0)
        return frame;
    Frame result = frame;
    if (result.ghost && hasLoss(result.ghost->trace, frame.pickedLoss))
        result.ghost->trace = alone(result.ghost->trace, frame.pickedLoss);
    else
        result.ghost.reset();
    for (Lane& lane : result.lanes) {
        if (lane.trace)
            lane.trace = alone(lane.trace, frame.pickedLoss);
        lane.first = hasLoss(lane.first, frame.pickedLoss) ? alone(lane.first, frame.pickedLoss) : nullptr;
    }
    return result;
}

TracePtr PickedLoss::alone(const TracePtr& trace, int s)
{
    if (!hasLoss(trace, s))
        return trace;
    for (const std::vector<Known>* list : {&m_known, &m_before}) {
        const auto same = [&](const Known& each) { return each.of == trace && each.loss == s; };
        const auto found = std::find_if(list->begin(), list->end(), same);
        if (found == list->end())
            continue;
        const Known& known = *found;
        if (list == &m_before)
            m_known.push_back(known);
        return known.alone;
    }
    m_known.push_back({trace, unrolled::lossAlone(trace, s), s});
    return m_known.back().alone;
}

QString PickedLoss::symbol(const Frame& frame)
{
    return frame.pickedLoss > 0 ? QStringLiteral("L_{%1}").arg(frame.pickedLoss) : QStringLiteral("L");
}

} // namespace ui
