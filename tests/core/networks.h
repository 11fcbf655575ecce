#pragma once

#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <string>
#include <vector>

/// Networks whose parameters a test sets by hand.
namespace networks {

/// A kind of cell with its name for rows of tests.
struct NamedCell
{
    std::string name;
    unrolled::CellSpec spec;
};

inline std::vector<NamedCell> allCells()
{
    using namespace unrolled;
    return {{"tanh RNN", {CellKind::Rnn, Activation::Tanh, {}}},
            {"ReLU RNN", {CellKind::Rnn, Activation::Relu, {}}},
            {"linear RNN", {CellKind::Rnn, Activation::Identity, {}}},
            {"logistic RNN", {CellKind::Rnn, Activation::Sigmoid, {}}},
            {"GRU with reset after", {CellKind::Gru, {}, GruReset::After}},
            {"GRU with reset before", {CellKind::Gru, {}, GruReset::Before}},
            {"LSTM", {CellKind::Lstm, {}, {}}}};
}

/// Reads the reference text, `length` characters at a time.
inline unrolled::Experiment textExperiment(const unrolled::CellSpec& cell, const std::vector<int>& hidden,
                                           int length)
{
    unrolled::Experiment experiment = reference::textExperiment(length);
    experiment.model.cell = cell;
    experiment.model.hidden = hidden;
    return experiment;
}

/// A network of one linear layer that reads nothing, so that every state is 0 and every hop is W_hhᵀ: a
/// linear recurrence whose forward pass stays finite, whatever its weights.
inline unrolled::TracePtr silentLinear(const Eigen::MatrixXd& recurrent, int length)
{
    using namespace unrolled;
    Trainer trainer(textExperiment({CellKind::Rnn, Activation::Identity, {}},
                                   {static_cast<int>(recurrent.rows())}, length));
    Checkpoint point = trainer.checkpoint();
    view(point.parameters, *trainer.layout().find(ParameterRole::InputWeight, 0)).setZero();
    view(point.parameters, *trainer.layout().find(ParameterRole::Bias, 0)).setZero();
    view(point.parameters, *trainer.layout().find(ParameterRole::RecurrentWeight, 0)) = recurrent;
    trainer.restore(point);
    return trainer.record();
}

} // namespace networks
