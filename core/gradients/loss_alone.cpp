#include "core/gradients/loss_alone.h"

#include "core/gradients/backward_sweep.h"
#include "core/gradients/itemised.h"
#include "core/network/network.h"

#include <memory>
#include <stdexcept>

namespace unrolled {

namespace {

ModelSettings modelOf(const IterationTrace& trace)
{
    ModelSettings model;
    model.cell = trace.cell;
    model.hidden.clear();
    for (const LayerTrace& layer : trace.layers)
        model.hidden.push_back(static_cast<int>(layer.hiddenSize()));
    model.readoutBias = trace.hasParameter(ParameterRole::ReadoutBias, -1);
    return model;
}

/// The trace's sequence, of which step s alone counts.
Batch batchOf(const IterationTrace& trace, int s)
{
    Batch batch;
    batch.steps = trace.steps();
    batch.size = 1;
    batch.inputClasses = trace.inputClasses;
    if (trace.inputClasses.empty())
        batch.inputs = trace.channel(0, "x").value;
    batch.targetClasses = trace.outputs.targetClasses;
    batch.targets = trace.outputs.targets;
    batch.uses.assign(trace.plan.size(), StepUse::Silent);
    batch.uses.at(static_cast<std::size_t>(s - 1)) = StepUse::Counted;
    return batch;
}

/// h_0 and c_0 of every layer, as Network::loadState reads them.
Eigen::VectorXd statesOf(const IterationTrace& trace, Eigen::Index size)
{
    Eigen::VectorXd states(size);
    Eigen::Index at = 0;
    for (const LayerTrace& layer : trace.layers) {
        for (const Eigen::VectorXd* state : {&layer.initialHidden, &layer.initialCell}) {
            states.segment(at, state->size()) = *state;
            at += state->size();
        }
    }
    return states;
}

} // namespace

LossAlone::LossAlone(const TracePtr& trace, int s)
    : m_of(trace), m_network(modelOf(*trace), static_cast<int>(trace->channel(0, "x").value.rows()),
                             static_cast<int>(trace->outputs.y.value.rows()), trace->lossKind, trace->plan, 1)
{
    if (s < 1 || s > trace->steps() || !isCounted(*trace, s))
        throw std::out_of_range("the loss of a step that has none");
    m_network.setEdits(trace->edits);
    m_network.setTruncation(trace->truncate, trace->planRows);
    m_parameters.resize(m_network.layout().size());
    for (const ParameterTrace& each : trace->parameters)
        view(m_parameters, each.block) = each.before;
    m_network.loadState(statesOf(*trace, m_network.stateSize()).data());
    m_batch = batchOf(*trace, s);
}

TracePtr LossAlone::trace(double weight)
{
    m_network.forward(m_parameters, m_batch, Reduction::Sum);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(m_parameters.size());
    m_network.backward(m_parameters, m_batch, gradient);
    IterationTrace alone;
    m_network.record(m_parameters, m_batch, 0, Reduction::Sum, alone);

    auto result = std::make_shared<IterationTrace>(*m_of);
    result->outputs.y.gradient = weight * alone.outputs.y.gradient;
    for (std::size_t l = 0; l < result->layers.size(); ++l) {
        LayerTrace& layer = result->layers[l];
        const LayerTrace& from = alone.layers[l];
        for (std::size_t k = 0; k < layer.channels.size(); ++k)
            layer.channels[k].gradient = weight * from.channels[k].gradient;
        layer.initialHiddenGradient = weight * from.initialHiddenGradient;
        layer.initialCellGradient = weight * from.initialCellGradient;
    }
    return result;
}

double LossAlone::loss(const StateShift& shift)
{
    if (m_of->truncate > 0) {
        m_network.forward(m_parameters, m_batch, Reduction::Sum);
        m_network.pinBorders(true);
    }
    m_network.setShift(&shift);
    m_network.forward(m_parameters, m_batch, Reduction::Sum);
    m_network.setShift(nullptr);
    m_network.pinBorders(false);
    return m_network.loss();
}

TracePtr lossAlone(const TracePtr& trace, int s)
{
    return LossAlone(trace, s).trace();
}

TracePtr lossPart(const TracePtr& trace, int s)
{
    return LossAlone(trace, s).trace(lossWeight(*trace));
}

} // namespace unrolled
