#include "core/training/interventions.h"

#include "core/training/error.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <string>

namespace unrolled {

namespace {

bool changesWeights(const Intervention& intervention)
{
    return intervention.kind == InterventionKind::Weight || intervention.kind == InterventionKind::Radius;
}

std::string list(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? (names.size() > 1 ? "one of " : "") : ", ") + name;
    return text;
}

/// A recurrent matrix, of a cell with several gates that of one gate.
std::string nameOf(const std::string& parameter, const Experiment& experiment, Eigen::Index gate)
{
    const CellKind kind = experiment.model.cell.kind;
    return parameter + (kind == CellKind::Rnn
                            ? ""
                            : " (gate " + std::string(gateChannel(kind, static_cast<int>(gate))) + ")");
}

/// Checks one intervention; `place` is its path in the file.
class Checker
{
public:
    Checker(const Experiment& experiment, const ParameterLayout& layout, int steps)
        : m_experiment(experiment), m_layout(layout), m_steps(steps)
    {
    }

    void check(const Intervention& intervention, const std::string& place) const
    {
        switch (intervention.kind) {
        case InterventionKind::Setting:
            return;
        case InterventionKind::Weight: {
            const ParameterBlock& block = parameter(intervention, place + ".set", false);
            number(place + ".row", intervention.row + 1, 1, static_cast<int>(block.rows));
            number(place + ".column", intervention.column + 1, 1, static_cast<int>(block.cols));
            return;
        }
        case InterventionKind::Radius:
            parameter(intervention, place + ".scale", true);
            return;
        case InterventionKind::Clamp:
            gate(intervention, place + ".clamp");
            layer(intervention, place);
            for (const int unit : intervention.units)
                number(place + ".units", unit + 1, 1, fewestUnits(intervention));
            for (const int step : intervention.steps)
                number(place + ".steps", step, 1, m_steps);
            return;
        case InterventionKind::Cut:
            layer(intervention, place);
            for (const int step : intervention.steps)
                number(place + ".cut", step, 0, m_steps - 1);
            return;
        case InterventionKind::Silence:
            for (const int step : intervention.steps)
                number(place + ".silence", step, 1, m_steps);
            return;
        }
    }

private:
    [[noreturn]] void fail(const std::string& place, const std::string& found,
                           const std::string& expected) const
    {
        throw InputError(m_experiment.source, place, found, expected);
    }

    void number(const std::string& place, int found, int low, int high) const
    {
        if (found < low || found > high)
            fail(place, std::to_string(found),
                 low == high ? std::to_string(low)
                             : "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }

    const ParameterBlock& parameter(const Intervention& intervention, const std::string& place,
                                    bool recurrent) const
    {
        std::vector<std::string> names;
        for (const ParameterBlock& block : m_layout.blocks()) {
            if (recurrent && block.role != ParameterRole::RecurrentWeight)
                continue;
            if (block.name == intervention.set)
                return block;
            names.push_back(block.name);
        }
        fail(place, "\"" + intervention.set + "\"", list(names));
    }

    void gate(const Intervention& intervention, const std::string& place) const
    {
        const CellKind kind = m_experiment.model.cell.kind;
        std::vector<std::string> names;
        for (int k = 0; k < stackedGates(kind); ++k) {
            names.emplace_back(gateChannel(kind, k));
            if (names.back() == intervention.set)
                return;
        }
        fail(place, "\"" + intervention.set + "\"",
             list(names) + " (model.cell is " + std::string(name(kind)) + ")");
    }

    void layer(const Intervention& intervention, const std::string& place) const
    {
        if (intervention.layer >= 0)
            number(place + ".layer", intervention.layer + 1, 1,
                   static_cast<int>(m_experiment.model.hidden.size()));
    }

    int fewestUnits(const Intervention& intervention) const
    {
        const auto& hidden = m_experiment.model.hidden;
        return intervention.layer >= 0 ? hidden[static_cast<std::size_t>(intervention.layer)]
                                       : *std::min_element(hidden.begin(), hidden.end());
    }

    const Experiment& m_experiment;
    const ParameterLayout& m_layout;
    int m_steps;
};

} // namespace

bool inForce(const Intervention& intervention, std::int64_t iteration)
{
    return intervention.iteration <= iteration && iteration < intervention.until;
}

bool changesWeightsAt(const Intervention& intervention, std::int64_t iteration)
{
    return changesWeights(intervention) &&
           (intervention.until == Intervention::noEnd ? intervention.iteration == iteration
                                                      : inForce(intervention, iteration));
}

PassEdits passEditsAt(const Experiment& experiment, std::int64_t iteration)
{
    PassEdits edits;
    for (const Intervention& each : experiment.interventions) {
        if (!inForce(each, iteration))
            continue;
        if (each.kind == InterventionKind::Clamp)
            edits.clamps.push_back(
                {each.set, each.layer, each.units, each.steps, std::get<double>(each.value)});
        for (const int step : each.steps) {
            if (each.kind == InterventionKind::Cut)
                edits.cuts.push_back({each.layer, step});
            else if (each.kind == InterventionKind::Silence)
                edits.silenced.push_back(step);
        }
    }
    return edits;
}

void changeWeights(const Experiment& experiment, std::int64_t iteration, const ParameterLayout& layout,
                   Eigen::VectorXd& parameters)
{
    for (std::size_t i = 0; i < experiment.interventions.size(); ++i) {
        const Intervention& each = experiment.interventions[i];
        if (!changesWeightsAt(each, iteration))
            continue;
        auto values = view(parameters, *layout.find(each.set));
        const double value = std::get<double>(each.value);
        if (each.kind == InterventionKind::Weight) {
            values(each.row, each.column) = value;
            continue;
        }
        // W ← W · value/ρ(W), ρ = max |λ|, for the square matrix of each gate
        const Eigen::Index hidden = values.cols();
        for (Eigen::Index first = 0; first < values.rows(); first += hidden) {
            const Eigen::MatrixXd gate = values.middleRows(first, hidden);
            if (!gate.allFinite())
                continue;
            const double radius =
                Eigen::EigenSolver<Eigen::MatrixXd>(gate, false).eigenvalues().cwiseAbs().maxCoeff();
            if (radius > 0)
                values.middleRows(first, hidden) = gate * (value / radius);
            else if (value > 0)
                throw InputError(experiment.source, "interventions." + std::to_string(i) + ".scale",
                                 "a spectral radius of 0 of " + nameOf(each.set, experiment, first / hidden) +
                                     " at iteration " + std::to_string(iteration),
                                 "a matrix with another one, as 0 cannot be scaled");
        }
    }
}

void checkInterventions(const Experiment& experiment, const ParameterLayout& layout, int steps)
{
    const Checker checker(experiment, layout, steps);
    for (std::size_t i = 0; i < experiment.interventions.size(); ++i)
        checker.check(experiment.interventions[i], "interventions." + std::to_string(i));
}

} // namespace unrolled
