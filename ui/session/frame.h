#pragma once

#include "core/trace/position.h"
#include "ui/session/lane_run.h"

#include <memory>
#include <vector>

namespace unrolled {
struct Analyses;
}

namespace ui {

/// One model of a comparison, as the views see it.
struct Lane : LaneRun
{
    unrolled::TracePtr trace; ///< of the iteration on show
    /// What was last found out of this model's gradients, where a view wants it; may be of an earlier trace
    /// and of another loss, as it says itself. Null before the first one.
    std::shared_ptr<const unrolled::Analyses> analyses;
};

/// All that a view draws: a view is a function of a frame. `alpha` runs 0…1 while a part is being animated:
/// at 1 the picture is the still one of `position`; below 1 the part at `position` is on its way.
struct Frame
{
    std::vector<Lane> lanes;
    std::size_t front = 0;      ///< the lane that views of one model show
    std::vector<Lane> ghosts;   ///< the lanes without the user's interventions; none where there are none
    unrolled::TickLayout ticks; ///< of the lane in front
    unrolled::Position position;
    double alpha = 1.0;
    int pickedLoss = 0;     ///< the counted step whose loss is looked at alone, from 1; 0: all of them
    int pickedLayer = 0;    ///< the layer looked at where views show one, from 0
    bool analysing = false; ///< newer analyses have been under way for a while

    bool empty() const { return lanes.empty() || !lane().trace; }
    const Lane& lane() const { return lanes[front]; }
    const unrolled::IterationTrace& trace() const { return *lane().trace; }
    unrolled::Phase phase() const { return ticks.phase(position.tick); }
    int time() const { return ticks.time(position.tick); }
    const unrolled::Part& part() const { return ticks.part(position); }
};

/// The analyses of a frame where they are of a trace of the same shape, else null.
const unrolled::Analyses* analysesOf(const Frame& frame);

/// Whether a lane's trace is of the iteration on show. One that has to catch up has an earlier one until
/// then.
bool hasCaughtUp(const Frame& frame, const Lane& lane);

/// A lane's run without the user's interventions, with the same steps; null where there is none or the
/// iteration is one and the same.
unrolled::TracePtr ghostTrace(const Frame& frame, std::size_t lane);
/// That of the lane in front.
inline unrolled::TracePtr ghostTrace(const Frame& frame)
{
    return ghostTrace(frame, frame.front);
}
/// The same, null also where no value differs but what the update makes of them.
const unrolled::IterationTrace* ghostOf(const Frame& frame);

/// Whether the forward or backward pass has computed something at this frame, t from 1, layer from 0. What is
/// still on its way (alpha below 1) is not computed yet. Views use these instead of reading ticks themselves.
bool inputArrived(const Frame& frame, int t);
bool channelComputed(const Frame& frame, int t, int layer, std::string_view channel); ///< its value
bool outputComputed(const Frame& frame, int t);        ///< y_t and the prediction
bool probabilitiesComputed(const Frame& frame, int t); ///< p_t and L_t; y_t where there is no softmax
bool lossComputed(const Frame& frame);                 ///< L
bool hiddenGradientComputed(const Frame& frame, int t, int layer); ///< ∂L/∂h_t is complete
bool channelGradientComputed(const Frame& frame, int t, int layer, std::string_view channel);
bool outputGradientComputed(const Frame& frame, int t);        ///< ∂L/∂y_t
bool gradientPassedBack(const Frame& frame, int t, int layer); ///< ∂L/∂h_{t-1} is on the arrow from t to t-1
bool updateComputed(const Frame& frame);                       ///< the new parameters

} // namespace ui
