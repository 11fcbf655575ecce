#include "ui/session/picked_loss.h"

#include "core/gradients/backward_sweep.h"
#include "core/gradients/loss_alone.h"

#include <algorithm>
#include <utility>

namespace ui {

using unrolled::TracePtr;

namespace {

bool hasLoss(const TracePtr& trace, int s)
{
    return trace && s >= 1 && s <= trace->steps() && unrolled::isCounted(*trace, s);
}

} // namespace

bool PickedLoss::Order::operator==(const Order& other) const
{
    const auto same = [](const Known& a, const Known& b) { return a.of == b.of && a.loss == b.loss; };
    return std::equal(passes.begin(), passes.end(), other.passes.begin(), other.passes.end(), same);
}

PickedLoss::PickedLoss(QObject* parent)
    : QObject(parent), m_newest(
                           this, [](const Order& order, const unrolled::GoOn&) { return worked(order); },
                           [this](Order&& order) {
                               m_known = std::move(order.passes);
                               emit ready(put(order.frame, m_known));
                           })
{
}

Frame PickedLoss::picked(const Frame& frame, int s)
{
    Frame result = frame;
    result.pickedLoss = !frame.empty() && hasLoss(frame.lane().trace, s) ? s : 0;
    return result;
}

std::optional<Frame> PickedLoss::alone(const Frame& frame)
{
    if (frame.pickedLoss == 0) {
        m_newest.drop();
        m_known.clear();
        return frame;
    }
    Order order = need(frame, m_known);
    const auto missing = [](const Known& each) { return !each.alone; };
    if (std::any_of(order.passes.begin(), order.passes.end(), missing)) {
        m_newest.request(std::move(order));
        return std::nullopt;
    }
    m_newest.drop();
    m_known = std::move(order.passes);
    return put(frame, m_known);
}

Frame PickedLoss::aloneNow(const Frame& frame)
{
    return put(frame, worked(need(frame, {})).passes);
}

PickedLoss::Order PickedLoss::need(const Frame& frame, const std::vector<Known>& known)
{
    Order order{frame, {}};
    const auto add = [&](const TracePtr& trace) {
        if (!hasLoss(trace, frame.pickedLoss))
            return;
        const auto found = std::find_if(known.begin(), known.end(), [&](const Known& each) {
            return each.of == trace && each.loss == frame.pickedLoss;
        });
        order.passes.push_back({trace, frame.pickedLoss, found != known.end() ? found->alone : nullptr});
    };
    for (const Lane& ghost : frame.ghosts)
        add(ghost.trace);
    for (const Lane& lane : frame.lanes) {
        add(lane.trace);
        add(lane.first);
    }
    return order;
}

PickedLoss::Order PickedLoss::worked(Order order)
{
    for (std::size_t k = 0; k < order.passes.size(); ++k) {
        Known& each = order.passes[k];
        for (std::size_t j = 0; j < k && !each.alone; ++j) {
            if (order.passes[j].of == each.of)
                each.alone = order.passes[j].alone;
        }
        if (!each.alone)
            each.alone = unrolled::lossAlone(each.of, each.loss);
    }
    return order;
}

Frame PickedLoss::put(const Frame& frame, const std::vector<Known>& passes)
{
    if (frame.pickedLoss == 0)
        return frame;
    Frame result = frame;
    const auto alone = [&](const TracePtr& trace) {
        const auto found =
            std::find_if(passes.begin(), passes.end(), [&](const Known& each) { return each.of == trace; });
        return found != passes.end() ? found->alone : nullptr;
    };
    for (Lane& ghost : result.ghosts)
        ghost.trace = alone(ghost.trace);
    for (Lane& lane : result.lanes) {
        if (hasLoss(lane.trace, frame.pickedLoss))
            lane.trace = alone(lane.trace);
        lane.first = alone(lane.first);
    }
    return result;
}

} // namespace ui
