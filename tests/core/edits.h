#pragma once

#include "core/files/experiment_file.h"
#include "tests/core/reference.h"

#include <Eigen/Core>
#include <cstring>
#include <string>
#include <vector>

/// Experiments in which something is changed.
namespace edits {

using namespace unrolled;

inline bool sameBits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

struct Cell
{
    const char* words;
    CellSpec spec;
    std::vector<const char*> gates;
};

inline const std::vector<Cell>& cells()
{
    static const std::vector<Cell> all = {
        {"tanh RNN", {CellKind::Rnn, Activation::Tanh, GruReset::After}, {"h"}},
        {"sigmoid RNN", {CellKind::Rnn, Activation::Sigmoid, GruReset::After}, {"h"}},
        {"GRU with reset after", {CellKind::Gru, Activation::Tanh, GruReset::After}, {"r", "z", "n"}},
        {"GRU with reset before", {CellKind::Gru, Activation::Tanh, GruReset::Before}, {"r", "z", "n"}},
        {"LSTM", {CellKind::Lstm, Activation::Tanh, GruReset::After}, {"i", "f", "g", "o"}},
    };
    return all;
}

/// Two layers of 4 and 3 units, two sequences of 5 steps, all of which count.
inline Experiment experimentOf(const CellSpec& cell)
{
    Experiment experiment = reference::textExperiment(5);
    experiment.model.cell = cell;
    experiment.model.hidden = {4, 3};
    experiment.training.batch = 2;
    return experiment;
}

inline Experiment with(const Experiment& experiment, const std::string& interventions)
{
    return withSetting(experiment, "interventions=[" + interventions + "]");
}

} // namespace edits
