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

std::vector<StateGradientNorms> sweep(const IterationTrace& trace, const std::vector<Injection>& injections,
                                      bool throughOutputs)
{
    const auto steps = static_cast<std::size_t>(trace.steps());
    const bool hasCell = trace.hasChannel("c");
    std::vector<StateGradientNorms> norms(trace.layers.size());
    for (StateGradientNorms& each : norms) {
        each.hidden.resize(steps);
        each.cell.resize(hasCell ? steps : 0);
    }
    BackwardSweep(trace, 1).run(injections, throughOutputs, [&](const SweepStep& step) {
        StateGradientNorms& of = norms[static_cast<std::size_t>(step.layer)];
        const auto index = static_cast<std::size_t>(step.t - 1);
        of.hidden[index] = step.normsOfH.front();
        if (!hasCell)
            return;
        const Eigen::Index n = step.hop.toHidden.rows();
        const auto state = step.state.values.col(0);
        of.cell[index] =
            scaledNormOf(state.tail(n) + step.hop.hByC.cwiseProduct(state.head(n)), step.state.exponents[0]);
    });
    return norms;
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
    const std::vector<StateGradientNorms> scaled = sweep(trace, injections, false);
    for (std::size_t l = 0; l < norms.size(); ++l) {
        for (std::size_t k = 0; k < norms[l].hidden.size(); ++k) {
            const auto column = static_cast<Eigen::Index>(k);
            if (leftRange(trace.channel(static_cast<int>(l), "h").gradient.col(column)))
                norms[l].hidden[k] = scaled[l].hidden[k];
            if (hasCell && leftRange(trace.channel(static_cast<int>(l), "c").gradient.col(column)))
                norms[l].cell[k] = scaled[l].cell[k];
        }
    }
    return norms;
}

std::vector<StateGradientNorms> stateGradientNorms(const IterationTrace& trace, int s)
{
    return sweep(trace, {{s, 0, ownLossGradient(trace, s)}}, true);
}

} // namespace unrolled
