#include "ui/session/frame.h"

#include "core/gradients/analyses.h"
#include "core/trace/iteration_input.h"

#include <algorithm>

namespace ui {

using unrolled::Operation;
using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

bool inRange(const Frame& frame, int t)
{
    return !frame.empty() && t >= 1 && t <= frame.ticks.steps();
}

template<typename Matches>
bool partDone(const Frame& frame, int tick, Matches matches)
{
    const std::vector<Part>& parts = frame.ticks.parts(tick);
    const auto found = std::find_if(parts.begin(), parts.end(), matches);
    if (found == parts.end())
        return false;
    const int part = static_cast<int>(found - parts.begin());
    if (frame.alpha < 1 && tick == frame.position.tick && part == frame.position.part)
        return false;
    return frame.ticks.happened(frame.position, tick, part);
}

bool partDone(const Frame& frame, int tick, PartKind kind, int layer = -1, int operation = -1)
{
    return partDone(frame, tick, [=](const Part& part) {
        return part.kind == kind && part.layer == layer && part.operation == operation;
    });
}

int operationWithResult(const unrolled::CellSpec& cell, std::string_view channel)
{
    const std::vector<Operation>& all = unrolled::operations(cell);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].result == channel)
            return static_cast<int>(i);
    }
    return -1;
}

// "a_i" is completed together with "i", and taken apart together with it.
std::string_view gateOf(std::string_view channel)
{
    return channel.substr(0, 2) == "a_" ? channel.substr(2) : channel;
}

int forwardOperation(const unrolled::CellSpec& cell, std::string_view channel)
{
    const int own = operationWithResult(cell, channel);
    return own >= 0 ? own : operationWithResult(cell, channel == "tanh_c" ? "h" : gateOf(channel));
}

// ∂L/∂c_t is complete once h_t = o_t ∘ tanh(c_t) has been gone through; ∂L/∂a_t of an RNN likewise.
int backwardOperation(const unrolled::CellSpec& cell, std::string_view channel)
{
    return operationWithResult(cell, channel == "tanh_c" || channel == "c" ? "h" : gateOf(channel));
}

} // namespace

bool hasCaughtUp(const Frame& frame, const Lane& lane)
{
    const auto at = [](const Lane& of) { return of.trace ? of.trace->iteration : -1; };
    return at(lane) == at(frame.lane()) || (lane.divergedAt >= 0 && at(lane) == lane.divergedAt) ||
           frame.lane().divergedAt >= 0;
}

unrolled::TracePtr ghostTrace(const Frame& frame, std::size_t lane)
{
    if (lane >= frame.lanes.size() || lane >= frame.ghosts.size() || !frame.lanes[lane].trace ||
        !frame.ghosts[lane].trace)
        return nullptr;
    const unrolled::IterationTrace& ghost = *frame.ghosts[lane].trace;
    const unrolled::IterationTrace& trace = *frame.lanes[lane].trace;
    const bool comparable = ghost.iteration == trace.iteration && ghost.cell == trace.cell &&
                            ghost.layers.size() == trace.layers.size() && ghost.steps() == trace.steps();
    const bool same = ghost.loss == trace.loss && ghost.gradientNorm == trace.gradientNorm &&
                      (!ghost.input || !trace.input || ghost.input->settings == trace.input->settings);
    return comparable && !same ? frame.ghosts[lane].trace : nullptr;
}

const unrolled::IterationTrace* ghostOf(const Frame& frame)
{
    const unrolled::TracePtr ghost = ghostTrace(frame);
    return ghost && ghost->loss != frame.trace().loss ? ghost.get() : nullptr;
}

bool inputArrived(const Frame& frame, int t)
{
    return inRange(frame, t) && partDone(frame, frame.ticks.tickOf(Phase::Forward, t), PartKind::Input);
}

bool channelComputed(const Frame& frame, int t, int layer, std::string_view channel)
{
    if (!inRange(frame, t))
        return false;
    if (channel == "x")
        return layer == 0 ? inputArrived(frame, t) : channelComputed(frame, t, layer - 1, "h");
    return partDone(frame, frame.ticks.tickOf(Phase::Forward, t), PartKind::Cell, layer,
                    forwardOperation(frame.trace().cell, channel));
}

bool outputComputed(const Frame& frame, int t)
{
    return inRange(frame, t) && partDone(frame, frame.ticks.tickOf(Phase::Forward, t), PartKind::Logits);
}

bool probabilitiesComputed(const Frame& frame, int t)
{
    if (!inRange(frame, t))
        return false;
    if (frame.trace().lossKind != unrolled::LossKind::CrossEntropy)
        return outputComputed(frame, t);
    return partDone(frame, frame.ticks.tickOf(Phase::Forward, t), PartKind::Probabilities);
}

bool lossComputed(const Frame& frame)
{
    return !frame.empty() && partDone(frame, frame.ticks.tickOf(Phase::Loss), PartKind::Loss);
}

bool hiddenGradientComputed(const Frame& frame, int t, int layer)
{
    return inRange(frame, t) &&
           partDone(frame, frame.ticks.tickOf(Phase::Backward, t), PartKind::HiddenGradient, layer);
}

bool channelGradientComputed(const Frame& frame, int t, int layer, std::string_view channel)
{
    if (!inRange(frame, t))
        return false;
    if (channel == "h")
        return hiddenGradientComputed(frame, t, layer);
    if (channel == "x")
        return gradientPassedBack(frame, t, layer);
    return partDone(frame, frame.ticks.tickOf(Phase::Backward, t), PartKind::Cell, layer,
                    backwardOperation(frame.trace().cell, channel));
}

bool outputGradientComputed(const Frame& frame, int t)
{
    return inRange(frame, t) && partDone(frame, frame.ticks.tickOf(Phase::Backward, t), PartKind::Logits);
}

bool gradientPassedBack(const Frame& frame, int t, int layer)
{
    return inRange(frame, t) &&
           partDone(frame, frame.ticks.tickOf(Phase::Backward, t), PartKind::PassBack, layer);
}

bool updateComputed(const Frame& frame)
{
    return !frame.empty() && partDone(frame, frame.ticks.tickOf(Phase::Update), PartKind::Update);
}

const unrolled::Analyses* analysesOf(const Frame& frame)
{
    if (frame.empty() || !frame.lane().analyses)
        return nullptr;
    const unrolled::IterationTrace& known = frame.lane().analyses->trace();
    const unrolled::IterationTrace& shown = frame.trace();
    const bool same = known.steps() == shown.steps() && known.cell == shown.cell &&
                      known.layers.size() == shown.layers.size() && known.plan == shown.plan;
    return same ? frame.lane().analyses.get() : nullptr;
}

} // namespace ui
