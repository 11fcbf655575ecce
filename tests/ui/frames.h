#pragma once

#include "core/training/trainer.h"
#include "ui/session/frame.h"

#include <QString>
#include <QTest>
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

/// A row for each of them, in the column "cell".
inline void everyCell()
{
    QTest::addColumn<int>("cell");
    int index = 0;
    for (const auto& [name, spec] : cells())
        QTest::newRow(qPrintable(name)) << index++;
}

inline unrolled::CellSpec specOf(int cell)
{
    return cells()[static_cast<std::size_t>(cell)].second;
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

/// The first part of a kind at a step of a pass, of an operation where one is given.
inline unrolled::Position find(const ui::Frame& frame, unrolled::Phase phase, int t, unrolled::PartKind kind,
                               int operation = -1)
{
    const int tick = frame.ticks.tickOf(phase, t);
    const auto& parts = frame.ticks.parts(tick);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].kind == kind && (operation < 0 || parts[i].operation == operation))
            return {0, tick, static_cast<int>(i)};
    }
    return {};
}

} // namespace frames
