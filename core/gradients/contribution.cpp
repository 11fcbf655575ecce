#include "core/gradients/contribution.h"

#include "core/gradients/backward_sweep.h"
#include "core/trace/iteration_input.h"

#include <cmath>
#include <utility>

namespace unrolled {

namespace {

/// A gradient by the sums of one step, out of double's range perhaps.
struct StepGradients
{
    SumGradients sums;
    int exponent = 0;
};

Contribution contributionOf(const IterationTrace& trace, const ParameterTrace& parameter, int t,
                            const std::vector<StepGradients>& ofLayers)
{
    const ParameterRole role = parameter.block.role;
    Contribution result{t, parameter, {}, 0};
    if (role == ParameterRole::ReadoutWeight || role == ParameterRole::ReadoutBias) {
        // ∂L/∂W_hy = Σ_t ∂L/∂y_t h_tᵀ, ∂L/∂b_y = Σ_t ∂L/∂y_t
        result.values = trace.outputs.y.gradient.col(t - 1);
        if (role == ParameterRole::ReadoutWeight)
            result.values *= trace.layers.back().channels.back().value.col(t - 1).transpose();
        return result;
    }
    const int layer = parameter.block.layer;
    const StepGradients& gradients = ofLayers[static_cast<std::size_t>(layer)];
    result.exponent = gradients.exponent;
    switch (role) {
    case ParameterRole::InputWeight:
        // ∂L/∂W_x = Σ_t ∂L/∂a_t x_tᵀ
        result.values = gradients.sums.input * trace.channel(layer, "x").value.col(t - 1).transpose();
        break;
    case ParameterRole::RecurrentWeight:
        // ∂L/∂W_h = Σ_t ∂L/∂a_t h_{t-1}ᵀ; the n rows of a GRU: ∂L/∂u_t h_{t-1}ᵀ or ∂L/∂a_n (r∘h)ᵀ
        result.values = gradients.sums.recurrent * trace.previousState(layer, "h", t).transpose();
        if (trace.hasChannel("rh")) {
            const auto n = trace.channel(layer, "rh").value.rows();
            result.values.bottomRows(n) =
                gradients.sums.input.tail(n) * trace.channel(layer, "rh").value.col(t - 1).transpose();
        }
        break;
    case ParameterRole::RecurrentBias:
        result.values = gradients.sums.recurrent.tail(parameter.block.rows);
        break;
    default:
        result.values = gradients.sums.input;
    }
    return result;
}

} // namespace

void visitContributions(const IterationTrace& trace, const std::function<void(const Contribution&)>& visit)
{
    std::vector<Injection> injections;
    for (int t = trace.steps(); t >= 1; --t)
        injections.push_back({t, 0, trace.outputs.y.gradient.col(t - 1)});
    std::vector<StepGradients> ofLayers(trace.layers.size());
    BackwardSweep(trace, 1).run(injections, false, [&](const SweepStep& step) {
        ofLayers[static_cast<std::size_t>(step.layer)] = {
            sumGradients(trace, step.layer, step.t, step.state.values.col(0)), step.state.exponents[0]};
        if (step.layer > 0)
            return;
        // The lowest layer comes last.
        for (const ParameterTrace& parameter : trace.parameters) {
            const ParameterBlock& block = parameter.block;
            if (&trace.parameterAt(block.role, block.layer, step.t) == &parameter)
                visit(contributionOf(trace, parameter, step.t, ofLayers));
        }
    });
}

RoundingFate fateInFloat32(const Eigen::Ref<const Eigen::VectorXd>& weights,
                           const Eigen::Ref<const Eigen::VectorXd>& update, int exponent)
{
    RoundingFate fate;
    for (Eigen::Index i = 0; i < weights.size(); ++i) {
        const auto before = static_cast<float>(weights[i]);
        const auto after = static_cast<float>(before + static_cast<float>(std::scalbn(update[i], exponent)));
        if (update[i] == 0)
            ++fate.zero;
        else if (after == before)
            ++fate.lost;
        else
            ++fate.kept;
    }
    return fate;
}

Eigen::VectorXd clippedValues(const IterationTrace& trace, const Contribution& part)
{
    if (!trace.clippedEntries)
        return part.values.reshaped() * trace.clipScale;
    const auto raw = part.parameter.gradient.reshaped().array();
    const auto clipped = part.parameter.clippedGradient.reshaped().array();
    return (raw == 0).select(0, part.values.reshaped().array() * (clipped / raw));
}

void visitUpdates(const IterationTrace& trace, const Optimizer& memory, const TrainingSettings& settings,
                  const std::function<void(const StepUpdate&)>& visit, const GoOn& goOn)
{
    Optimizer optimizer = memory;
    optimizer.begin(settings.optimizer);
    int now = 0;
    visitContributions(trace, [&](const Contribution& part) {
        if (part.t != now)
            throwUnless(goOn);
        now = part.t;
        const ParameterTrace& parameter = part.parameter;
        Optimizer::Change change =
            optimizer.changeBy(settings, clippedValues(trace, part), part.exponent, parameter.block.offset);
        const RoundingFate fate = fateInFloat32(parameter.before.reshaped(), change.values, change.exponent);
        visit({part.t, parameter, std::move(change.values), change.exponent, fate});
    });
}

void visitUpdates(const IterationTrace& trace, const std::function<void(const StepUpdate&)>& visit,
                  const GoOn& goOn)
{
    if (!trace.input)
        return;
    TrainingSettings settings = trace.input->settings;
    settings.learningRate = trace.learningRate; // as the schedule has it
    Eigen::Index size = 0;
    for (const ParameterTrace& parameter : trace.parameters)
        size += parameter.block.size();
    Optimizer memory(size);
    memory.setState(settings.optimizer, trace.input->memory);
    visitUpdates(trace, memory, settings, visit, goOn);
}

std::vector<LayerUpdates> layerUpdates(const IterationTrace& trace, const GoOn& goOn)
{
    if (!trace.input)
        return {};
    const auto steps = static_cast<std::size_t>(trace.steps());
    std::vector<LayerUpdates> result(trace.layers.size(),
                                     {std::vector<UpdateOfStep>(steps), std::vector<UpdateOfStep>(steps)});
    visitUpdates(
        trace,
        [&](const StepUpdate& update) {
            const ParameterBlock& block = update.parameter.block;
            if (block.layer < 0)
                return;
            const auto at = static_cast<std::size_t>(update.t - 1);
            const ScaledNumber norm = update.norm();
            const auto add = [&](UpdateOfStep& to) {
                to.norm = jointNorm(to.norm, norm);
                to.fate.zero += update.fate.zero;
                to.fate.lost += update.fate.lost;
                to.fate.kept += update.fate.kept;
            };
            LayerUpdates& of = result[static_cast<std::size_t>(block.layer)];
            add(of.all[at]);
            if (block.role == ParameterRole::RecurrentWeight)
                add(of.recurrent[at]);
        },
        goOn);
    return result;
}

} // namespace unrolled
