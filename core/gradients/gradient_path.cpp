#include "core/gradients/gradient_path.h"

#include "core/gradients/backward_sweep.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace unrolled {

namespace {

/// Whether something may enter the top layer at t that no hop of it brings.
bool entersTop(const IterationTrace& trace, int s, int t)
{
    if (s == 0)
        return (trace.outputs.y.gradient.col(t - 1).array() != 0).any();
    // The loss itself, or an output that the next step reads.
    return t == s || (t < trace.steps() && trace.lossKind == LossKind::SquaredError &&
                      trace.plan[static_cast<std::size_t>(t)].input == InputSource::OwnOutput);
}

/// What a sweep leaves of one layer between two steps.
struct HandedState
{
    ScaledColumns state; ///< what the last hop hands on
    bool any = false;
};

/// Of an LSTM what ∂/∂c_t is in total, else ∂/∂h_t.
Eigen::VectorXd watchedGradient(const Eigen::Ref<const Eigen::VectorXd>& state, const Hop& hop)
{
    const Eigen::Index n = hop.toHidden.rows();
    if (state.size() == n)
        return state;
    return state.tail(n) + hop.hByC.cwiseProduct(state.head(n));
}

} // namespace

double GradientPath::ratio(const ScaledNumber& a, const ScaledNumber& b)
{
    if (b.mantissa == 0)
        return std::numeric_limits<double>::quiet_NaN();
    return std::scalbn(a.mantissa / b.mantissa, a.exponent - b.exponent);
}

std::vector<GradientPath> gradientPaths(const IterationTrace& trace, int s)
{
    std::vector<Injection> injections;
    if (s > 0) {
        injections.push_back({s, 0, ownLossGradient(trace, s)});
    } else {
        for (int t = trace.steps(); t >= 1; --t) {
            if (entersTop(trace, 0, t))
                injections.push_back({t, 0, trace.outputs.y.gradient.col(t - 1)});
        }
    }
    std::vector<GradientPath> paths(trace.layers.size());
    std::vector<HandedState> handed(paths.size());
    for (GradientPath& path : paths)
        path.steps.resize(static_cast<std::size_t>(trace.steps()));
    const auto top = static_cast<int>(paths.size()) - 1;
    BackwardSweep(trace, 1).run(injections, s > 0, [&](const SweepStep& step) {
        const auto layer = static_cast<std::size_t>(step.layer);
        GradientPath& path = paths[layer];
        GradientPath::Step& at = path.steps[static_cast<std::size_t>(step.t - 1)];
        const auto state = step.state.values.col(0);
        const int exponent = step.state.exponents[0];
        const Eigen::VectorXd gradient = watchedGradient(state, step.hop);
        const StepDerivatives d = stepDerivatives(trace, step.layer, step.t);
        path.start = std::max(path.start, step.t);
        at.gradient = scaledNormOf(gradient, exponent);
        at.hidden = step.normsOfH.front();
        at.handsBack = trace.handsBack(step.layer, step.t - 1);
        at.kept = scaledNormOf(
            gradient.cwiseProduct(trace.cell.kind == CellKind::Rnn ? d.gates.col(0) : d.keep), exponent);
        HandedState& before = handed[layer];
        if (before.any) {
            ScaledColumns& arrived = before.state;
            at.handed = scaledNormOf(watchedGradient(arrived.values.col(0), step.hop), arrived.exponents[0]);
            if (step.layer < top || entersTop(trace, s, step.t)) {
                ScaledColumns rest = step.state;
                rest.add(0, 0, -arrived.values.col(0), arrived.exponents[0]);
                at.entered = rest.norm(0);
            }
        } else {
            at.entered = at.hidden;
        }
        before.any = true;
        before.state = ScaledColumns(state.size(), 1);
        step.hop.back(state, before.state.values);
        before.state.exponents[0] = exponent;
        before.state.normalise(0);
    });
    return paths;
}

std::vector<ScaledNumber> boundOf(const GradientPath& path, const std::vector<double>& norms)
{
    std::vector<ScaledNumber> bound(path.steps.size());
    for (int t = path.start; t >= 1; --t) {
        const auto i = static_cast<std::size_t>(t - 1);
        bound[i] = path.steps[i].entered;
        if (t < path.start)
            bound[i] = sum(bound[i], product(bound[i + 1], norms.at(i + 1)));
    }
    return bound;
}

} // namespace unrolled
