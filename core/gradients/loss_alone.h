#pragma once

#include "core/network/batch.h"
#include "core/network/network.h"
#include "core/trace/iteration_trace.h"

namespace unrolled {

/// The pass of a trace's sequence done anew, with the loss L_s of one counted step s (from 1) alone,
/// unreduced.
class LossAlone
{
public:
    /// Throws std::out_of_range where s is no counted step.
    LossAlone(const TracePtr& trace, int s);

    /// The trace with the gradients of L_s in the place of those of L: of the outputs, of all channels and of
    /// the initial states. All else stays as it is, the parameters with their gradients and their update
    /// among it. Takes a forward and a backward pass. The gradients are multiplied by `weight`.
    TracePtr trace(double weight = 1);
    /// L_s with a state shifted; `shift.sequence` is 0. A forward pass, two where it is truncated.
    double loss(const StateShift& shift);

private:
    TracePtr m_of;
    Network m_network;
    Eigen::VectorXd m_parameters;
    Batch m_batch;
};

TracePtr lossAlone(const TracePtr& trace, int s);
/// The same with the part that L_s has in L, reduced as it is: over all s the gradients add up to those of L.
TracePtr lossPart(const TracePtr& trace, int s);

} // namespace unrolled
