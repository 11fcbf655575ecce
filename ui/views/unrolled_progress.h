#pragma once

#include "ui/session/frame.h"

#include <string_view>

namespace ui {

/// How far each value of the unrolled network has come at a frame: 0 not yet, 1 there, in between on its way.
/// Times count from 1, layers from 0.
class UnrolledProgress
{
public:
    explicit UnrolledProgress(const Frame& frame) : m_frame(frame) {}

    double input(int t) const;
    double arrival(int t, int layer) const; ///< of x_t and h_{t-1} in a cell
    double channel(int t, int layer, std::string_view name) const;
    double hidden(int t, int layer) const { return channel(t, layer, "h"); }
    double scores(int t) const;
    double probabilities(int t) const; ///< and the step's loss
    double total() const;              ///< L

    double outputGradient(int t) const;
    double hiddenGradient(int t, int layer) const;
    double channelGradient(int t, int layer, std::string_view name) const;
    double passedBack(int t, int layer) const;
    double clip() const;
    double update() const;

    bool backward() const; ///< in the backward pass or after it
    /// The time step at work, 0 where none is.
    int time() const { return m_frame.time(); }

private:
    bool atWork(unrolled::Phase phase, int t, unrolled::PartKind kind, int layer = -1) const;
    double share(bool computed, bool working) const { return computed ? 1 : working ? m_frame.alpha : 0; }

    const Frame& m_frame;
};

} // namespace ui
