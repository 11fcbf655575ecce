#pragma once

#include "core/trace/history.h"
#include "core/trace/iteration_input.h"

#include <QtTest>

#include <cstring>
#include <string>
#include <vector>

/// Runs whose history is tested, and how traces are compared to the bit.
namespace histories {

using namespace unrolled;

inline bool same(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           (a.size() == 0 ||
            std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0);
}

/// The first thing in which two traces differ, to the bit; empty where they are equal.
inline std::string difference(const IterationTrace& a, const IterationTrace& b)
{
    if (a.iteration != b.iteration || a.sequence != b.sequence || a.batch != b.batch)
        return "iteration, sequence or batch";
    if (a.loss != b.loss || a.sequenceLoss != b.sequenceLoss || a.accuracy != b.accuracy)
        return "loss or accuracy";
    if (a.gradientNorm != b.gradientNorm || a.clipped != b.clipped || a.clipScale != b.clipScale)
        return "gradient norm or clipping";
    if (a.learningRate != b.learningRate)
        return "learning rate";
    if (a.plan != b.plan || a.edits != b.edits || !a.overflow != !b.overflow)
        return "plan, edits or overflow";
    if (a.input->plan != b.input->plan || a.input->edits != b.input->edits ||
        a.input->settings != b.input->settings || a.input->batch.uses != b.input->batch.uses ||
        a.input->batch.inputClasses != b.input->batch.inputClasses ||
        !same(a.input->states, b.input->states) || !same(a.input->memory, b.input->memory))
        return "what it started from";
    if (a.inputClasses != b.inputClasses || a.outputs.targetClasses != b.outputs.targetClasses)
        return "input or target classes";
    if (a.layers.size() != b.layers.size() || a.parameters.size() != b.parameters.size())
        return "number of layers or parameters";
    for (std::size_t l = 0; l < a.layers.size(); ++l) {
        for (std::size_t k = 0; k < a.layers[l].channels.size(); ++k) {
            if (!same(a.layers[l].channels[k].value, b.layers[l].channels[k].value) ||
                !same(a.layers[l].channels[k].gradient, b.layers[l].channels[k].gradient))
                return "layer " + std::to_string(l) + ", " + std::string(channels(a.cell)[k].name);
        }
    }
    if (!same(a.outputs.y.value, b.outputs.y.value) || !same(a.outputs.y.gradient, b.outputs.y.gradient) ||
        !same(a.outputs.probabilities, b.outputs.probabilities) ||
        !same(a.outputs.targets, b.outputs.targets) || !same(a.outputs.losses, b.outputs.losses))
        return "outputs";
    for (std::size_t k = 0; k < a.parameters.size(); ++k) {
        const ParameterTrace& p = a.parameters[k];
        const ParameterTrace& q = b.parameters[k];
        if (!same(p.before, q.before) || !same(p.gradient, q.gradient) ||
            !same(p.clippedGradient, q.clippedGradient) || !same(p.after, q.after))
            return p.block.name;
    }
    return {};
}

#define COMPARE_TRACES(a, b)                                                                                 \
    do {                                                                                                     \
        const std::string differs = difference(a, b);                                                        \
        QVERIFY2(differs.empty(),                                                                            \
                 (differs + " differs at iteration " + std::to_string((a).iteration)).c_str());              \
    } while (false)

inline Experiment helloWith(CellKind cell, OptimizerKind optimizer = OptimizerKind::Adam)
{
    Experiment experiment;
    experiment.model.cell.kind = cell;
    experiment.training.optimizer = optimizer;
    return experiment;
}

inline Experiment adding(CellKind cell)
{
    Experiment experiment = helloWith(cell);
    experiment.task.id = "adding";
    experiment.task.length = 6;
    experiment.model.hidden = {4, 3};
    experiment.training.batch = 3;
    return experiment;
}

/// A run that leaves the range of double.
inline Experiment diverging()
{
    Experiment experiment = helloWith(CellKind::Rnn, OptimizerKind::Sgd);
    experiment.model.cell.activation = Activation::Identity;
    experiment.training.learningRate = 20;
    return experiment;
}

/// The run by one trainer, recording everything.
inline std::vector<TracePtr> recorded(const Experiment& experiment, int iterations, int sequence = 0)
{
    Trainer trainer(experiment);
    std::vector<TracePtr> traces;
    for (int i = 0; i < iterations; ++i)
        traces.push_back(trainer.record(sequence));
    return traces;
}

inline std::size_t bytesOfCheckpoint(const Experiment& experiment)
{
    Trainer trainer(experiment);
    trainer.step();
    return trainer.checkpoint().bytes();
}

inline constexpr int runLength = 220;

} // namespace histories

Q_DECLARE_METATYPE(unrolled::Experiment)
