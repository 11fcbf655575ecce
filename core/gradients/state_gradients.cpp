#include "core/gradients/state_gradients.h"

#include "core/gradients/backward_sweep.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// Whether double could not hold this gradient: some of it overflowed, or its largest entry has lost digits.
bool leftRange(const Eigen::Ref<const Eigen::VectorXd>& gradient)
{
    constexpr double wholeDigits = 1e-290;
    return !(gradient.cwiseAbs().maxCoeff<Eigen::PropagateNaN>() >= wholeDigits) || !gradient.allFinite();
}

} // namespace

std::vector<StateGradientNorms> stateGradientNorms(const IterationTrace& trace)
{
    const bool hasCell = trace.hasChannel("c");
    bool left = false;
    std::vector<StateGradientNorms> norms(trace.layers.size());
    for (std::size_t l = 0; l < norms.size(); ++l) {
        for (int t = 1; t <= trace.steps(); ++t) {
            const auto byHidden = trace.channel(static_cast<int>(l), "h").gradient.col(t - 1);
            norms[l].hidden.push_back(scaledNormOf(byHidden));
            left = left || leftRange(byHidden);
            if (!hasCell)
                continue;
            const auto byCell = trace.channel(static_cast<int>(l), "c").gradient.col(t - 1);
            norms[l].cell.push_back(scaledNormOf(byCell));
            left = left || leftRange(byCell);
        }
    }
    if (!left)
        return norms;

    std::vector<Injection> injections;
    for (int t = trace.steps(); t >= 1; --t)
        injections.push_back({t, 0, trace.outputs.y.gradient.col(t - 1)});
    BackwardSweep sweep(trace, 1);
    sweep.run(injections, [&](const SweepStep& step) {
        const auto l = static_cast<std::size_t>(step.layer);
        const auto column = static_cast<std::size_t>(step.t - 1);
        const Eigen::Index n = step.hop.toHidden.rows();
        const auto state = step.state.values.col(0);
        if (leftRange(trace.channel(step.layer, "h").gradient.col(step.t - 1)))
            norms[l].hidden[column] = step.normsOfH.front();
        if (hasCell && leftRange(trace.channel(step.layer, "c").gradient.col(step.t - 1)))
            norms[l].cell[column] = scaledNormOf(state.tail(n) + step.hop.hByC.cwiseProduct(state.head(n)),
                                                 step.state.exponents[0]);
    });
    return norms;
}

} // namespace unrolled
