#pragma once

#include "core/trace/curve.h"
#include "core/trace/iteration_trace.h"
#include "core/trace/spectrum_curve.h"
#include "core/training/experiment.h"

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

namespace ui {

/// The traces of one iteration, one a lane. Null where a lane has none yet.
using LaneTraces = std::vector<unrolled::TracePtr>;

/// How far the run of one lane is.
struct LaneRun
{
    QString name; ///< "RNN"
    /// Whether it is a lane's run without the user's interventions, drawn behind it.
    bool ghost = false;
    std::int64_t planned = 0; ///< training.iterations
    unrolled::TracePtr first; ///< of iteration 0; the same for the life of a run
    /// What the user changed in it, in order of iteration; null in a frame made by hand.
    std::shared_ptr<const std::vector<unrolled::Intervention>> interventions;
    std::int64_t frontier = 0;                    ///< updates made so far
    std::int64_t divergedAt = -1;                 ///< the iteration it ended in, which its trace then shows
    std::shared_ptr<const unrolled::Curve> curve; ///< of the run so far; thinned
    /// Singular values of the recurrent weights along the run so far; null in a frame made by hand.
    std::shared_ptr<const unrolled::SpectrumCurve> spectra;
    /// The least seen on this machine, as other programs only add to it; 0 where nothing was measured yet.
    double secondsPerUpdate = 0;
};

} // namespace ui
