#pragma once

#include "core/gradients/contribution.h"
#include "core/gradients/error_ellipse.h"
#include "core/gradients/gradient_path.h"
#include "core/gradients/hop_norms.h"
#include "core/gradients/itemised.h"
#include "core/gradients/wanted.h"

#include <memory>
#include <vector>

namespace unrolled {

/// What is worth knowing of a trace's gradients whichever loss is looked at.
struct TraceAnalysis
{
    TracePtr trace;
    std::shared_ptr<const Itemised> itemised; ///< null where the table would be larger than mostCells
    std::vector<HopNorms> norms;              ///< of every layer
    std::vector<LayerUpdates> updates;        ///< by L, of every layer; empty where they were not asked for

    static constexpr std::size_t mostCells = 4'000'000; ///< counted steps × T
};

/// All of it for one trace, and one loss on its way back.
struct Analyses
{
    std::shared_ptr<const TraceAnalysis> of;
    int loss = 0;                    ///< the counted step asked for; 0: none
    int single = 0;                  ///< whose loss that is: `loss`, else the last counted step there is
    std::vector<GradientPath> paths; ///< of every layer
    /// Of every layer, what the steps would change by the part of `loss` in L alone. Empty where there is
    /// none or they were not asked for.
    std::vector<LayerUpdates> lossUpdates;
    TracePtr ghost;                       ///< another trace of that shape to look at beside it; null for none
    std::vector<GradientPath> ghostPaths; ///< its own; empty where it does not have that loss
    /// Of every layer, by the same loss as in updatesOf(); empty where it does not have that loss or they
    /// were not asked for.
    std::vector<LayerUpdates> ghostUpdates;
    /// Of every layer, of the errors at that step. Empty where they were not asked for.
    std::vector<ErrorEllipse> ellipses;
    std::vector<ErrorEllipse> cellEllipses; ///< by ∂/∂c; LSTM

    const IterationTrace& trace() const { return *of->trace; }
};

/// Without the updates. Throws Cancelled where `goOn` says no.
std::shared_ptr<const TraceAnalysis> analyse(const TracePtr& trace, const GoOn& goOn = {});
/// The same with the updates. Throws Cancelled where `goOn` says no.
std::shared_ptr<const TraceAnalysis> withUpdates(const std::shared_ptr<const TraceAnalysis>& of,
                                                 const GoOn& goOn = {});
/// What the steps would change by the loss that is looked at: by `loss`, or by L.
const std::vector<LayerUpdates>& updatesOf(const Analyses& analyses);
/// `loss` as in Analyses; what is no counted step counts as 0. Throws Cancelled where `goOn` says no.
std::shared_ptr<const Analyses> analyse(const std::shared_ptr<const TraceAnalysis>& of, int loss,
                                        const Wanted& wanted = {}, const GoOn& goOn = {},
                                        const TracePtr& ghost = {});
/// Whether they have all of this of their trace (and with the updates those of its ghost).
bool has(const Analyses& analyses, const Wanted& wanted);

} // namespace unrolled
