#pragma once

#include "core/training/trainer.h"
#include "ui/session/frame.h"

#include <QString>
#include <utility>
#include <vector>

/// Frames of real iterations, for tests of views.
namespace frames {

inline std::vector<std::pair<QString, unrolled::CellSpec>> cells()
{
    using namespace unrolled;
    return {{QStringLiteral("tanh RNN"), {}},
            {QStringLiteral("ReLU RNN"), {CellKind::Rnn, Activation::Relu, GruReset::After}},
            {QStringLiteral("linear RNN"), {CellKind::Rnn, Activation::Identity, GruReset::After}},
            {QStringLiteral("logistic RNN"), {CellKind::Rnn, Activation::Sigmoid, GruReset::After}},
            {QStringLiteral("GRU with reset after"), {CellKind::Gru, Activation::Tanh, GruReset::After}},
            {QStringLiteral("GRU with reset before"), {CellKind::Gru, Activation::Tanh, GruReset::Before}},
            {QStringLiteral("LSTM"), {CellKind::Lstm, Activation::Tanh, GruReset::After}}};
}

/// The frame of the first iteration of an experiment, at its start.
inline ui::Frame of(const unrolled::Experiment& experiment)
{
    unrolled::Trainer trainer(experiment);
    const std::shared_ptr<const unrolled::IterationTrace> trace = trainer.record();
    ui::Frame frame;
    ui::Lane lane;
    lane.name = QStringLiteral("lane");
    lane.trace = trace;
    lane.first = trace;
    frame.lanes.push_back(lane);
    frame.ticks = unrolled::TickLayout(trace->cell, static_cast<int>(trace->layers.size()), trace->steps(),
                                       trace->lossKind == unrolled::LossKind::CrossEntropy);
    return frame;
}

inline ui::Frame hello(const unrolled::CellSpec& cell, std::vector<int> hidden = {3})
{
    unrolled::Experiment experiment;
    experiment.model.cell = cell;
    experiment.model.hidden = std::move(hidden);
    return of(experiment);
}

inline ui::Frame adding(const unrolled::CellSpec& cell, int length)
{
    unrolled::Experiment experiment;
    experiment.task.id = "adding";
    experiment.task.length = length;
    experiment.model.cell = cell;
    experiment.model.hidden = {8};
    experiment.training.batch = 2;
    return of(experiment);
}

} // namespace frames
