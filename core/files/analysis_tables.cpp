// The tables that are computed from a trace, beyond what it holds.

#include "core/files/tables.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/contribution.h"
#include "core/gradients/decay_fit.h"
#include "core/gradients/error_ellipse.h"
#include "core/gradients/gate_saturation.h"
#include "core/gradients/gradient_path.h"
#include "core/gradients/hop_norms.h"
#include "core/gradients/itemised.h"
#include "core/gradients/jacobian.h"
#include "core/gradients/loss_alone.h"
#include "core/gradients/matrix_spectrum.h"
#include "core/gradients/singular_values.h"
#include "core/gradients/state_gradients.h"
#include "core/trace/divergence.h"
#include "core/training/trainer.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace unrolled {

namespace {

std::string count(std::int64_t number)
{
    return std::to_string(number);
}

void addNumber(std::vector<std::string>& row, const ScaledNumber& number)
{
    row.push_back(fullPrecision(number.value()));
    row.push_back(fullPrecision(number.log10()));
}

/// Largest and smallest of falling values; empty cells where there are none.
void addEnds(std::vector<std::string>& row, const std::vector<ScaledNumber>& falling)
{
    if (falling.empty()) {
        row.resize(row.size() + 4);
        return;
    }
    addNumber(row, falling.front());
    addNumber(row, falling.back());
}

int layersOf(const IterationTrace& trace)
{
    return static_cast<int>(trace.layers.size());
}

/// The step whose loss is told of: the one asked for, else the last one with a loss; 0 where there is none.
int lossToldOf(const IterationTrace& trace, int loss)
{
    if (loss > 0)
        return loss;
    const std::vector<int> counted = countedSteps(trace);
    return counted.empty() ? 0 : counted.back();
}

std::string layerName(const ParameterBlock& block)
{
    return block.layer < 0 ? "out" : count(block.layer + 1);
}

constexpr double degreesPerRadian = 180 / std::numbers::pi;

/// The direction of a vector of the plane, counterclockwise from the first axis, in degrees.
std::string directionOf(const Eigen::Vector2d& vector)
{
    constexpr double noise = 1e-12; // what rounding makes of an angle of 0
    const double degrees = std::atan2(vector.y(), vector.x()) * degreesPerRadian;
    return fullPrecision(std::abs(degrees) < noise ? 0 : degrees);
}

/// The cells of an ellipse at t, from sigma_1 on. What has vanished, or is no number, has no direction.
void addEllipse(std::vector<std::string>& row, const ErrorEllipse& ellipse, int t)
{
    const ErrorEllipse::Step& step = ellipse.at(t);
    const Eigen::Index units = ellipse.plane.rows();
    addNumber(row, step.major);
    if (units > 1)
        addNumber(row, step.minor);
    else
        row.resize(row.size() + 2);
    if (step.major.mantissa == 0 || std::isnan(step.major.mantissa))
        return;
    row.push_back(directionOf(step.axes.col(0)));
    row.push_back(directionOf(step.from.col(0)));
    if (units < 2)
        return;
    row.emplace_back(step.axes.determinant() * step.from.determinant() < 0 ? "1" : "0");
    const bool cameByHop = t < static_cast<int>(ellipse.steps.size());
    if (units > 2 && cameByHop)
        row.push_back(fullPrecision(step.tilt * degreesPerRadian));
}

/// Rows of (parameter, t) that came with t falling, in the order of parameters and rising t.
class ByParameter
{
public:
    explicit ByParameter(const IterationTrace& trace) : m_trace(trace), m_rows(trace.parameters.size()) {}

    std::vector<std::string>& add(const ParameterTrace& parameter, int t)
    {
        auto& rows = m_rows[static_cast<std::size_t>(&parameter - m_trace.parameters.data())];
        return rows.emplace_back(
            std::vector<std::string>{layerName(parameter.block), count(t), parameter.block.name});
    }
    void moveTo(Table& table)
    {
        for (auto& rows : m_rows)
            std::move(rows.rbegin(), rows.rend(), std::back_inserter(table.rows));
    }

private:
    const IterationTrace& m_trace;
    std::vector<std::vector<std::vector<std::string>>> m_rows;
};

} // namespace

Table itemisedTable(const IterationTrace& trace)
{
    Table table{{"layer", "s", "t", "grad_h", "log10_grad_h"}, {}};
    const Itemised itemised(trace);
    const std::vector<int>& lossSteps = itemised.lossSteps();
    for (int layer = 0; layer < itemised.layers(); ++layer) {
        for (std::size_t k = 0; k < lossSteps.size(); ++k) {
            for (int t = 1; t <= lossSteps[k]; ++t) {
                std::vector<std::string> row{count(layer + 1), count(lossSteps[k]), count(t)};
                addNumber(row, itemised.norm(layer, k, t));
                table.rows.push_back(std::move(row));
            }
        }
    }
    return table;
}

Table jacobianTable(const IterationTrace& trace)
{
    Table table{{"layer", "t", "lag", "sigma_max", "log10_sigma_max", "sigma_min", "log10_sigma_min", "bound",
                 "log10_bound", "cell_max", "log10_cell_max", "cell_min", "log10_cell_min", "held_max",
                 "log10_held_max", "held_min", "log10_held_min"},
                {}};
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        std::vector<JacobianAt> all = jacobians(trace, layer);
        std::reverse(all.begin(), all.end());
        for (const JacobianAt& at : all) {
            std::vector<std::string> row{count(layer + 1), count(at.t), count(trace.steps() - at.t)};
            addEnds(row, at.hidden);
            if (at.bound)
                addNumber(row, *at.bound);
            else
                row.resize(row.size() + 2);
            addEnds(row, at.cell);
            addEnds(row, at.cellHeld);
            table.rows.push_back(std::move(row));
        }
    }
    return table;
}

Table spectrumTable(const IterationTrace& trace)
{
    Table table{{"layer", "t", "lag", "of", "index", "sigma", "log10_sigma"}, {}};
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        std::vector<JacobianAt> all = jacobians(trace, layer);
        std::reverse(all.begin(), all.end());
        for (const JacobianAt& at : all) {
            for (const auto& [name, values] :
                 {std::pair("h", &at.hidden), std::pair("c", &at.cell), std::pair("c_held", &at.cellHeld)}) {
                for (std::size_t i = 0; i < values->size(); ++i) {
                    std::vector<std::string> row{count(layer + 1), count(at.t), count(trace.steps() - at.t),
                                                 name, count(static_cast<std::int64_t>(i) + 1)};
                    addNumber(row, (*values)[i]);
                    table.rows.push_back(std::move(row));
                }
            }
        }
    }
    return table;
}

Table reachTable(const IterationTrace& trace, int loss)
{
    Table table{{"layer", "s", "t", "lag", "grad_h", "log10_grad_h", "grad_c", "log10_grad_c", "hops",
                 "log10_hops", "bound", "log10_bound"},
                {}};
    const int s = lossToldOf(trace, loss);
    if (s == 0) // no loss, nothing that could arrive
        return table;
    const std::vector<GradientPath> paths = gradientPaths(trace, s);
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        const GradientPath& path = paths[static_cast<std::size_t>(layer)];
        const HopNorms norms = hopNorms(trace, layer);
        const std::vector<ScaledNumber> allowed = boundOf(path, norms.hop);
        const std::vector<ScaledNumber> bound =
            norms.theory.empty() ? std::vector<ScaledNumber>() : boundOf(path, norms.theory);
        for (int t = 1; t <= path.start; ++t) {
            const auto i = static_cast<std::size_t>(t - 1);
            std::vector<std::string> row{count(layer + 1), count(s), count(t), count(s - t)};
            addNumber(row, path.at(t).hidden);
            if (trace.hasChannel("c"))
                addNumber(row, path.at(t).gradient);
            else
                row.resize(row.size() + 2);
            addNumber(row, allowed[i]);
            if (!bound.empty())
                addNumber(row, bound[i]);
            row.resize(table.columns.size());
            table.rows.push_back(std::move(row));
        }
    }
    return table;
}

Table hopTable(const IterationTrace& trace, int loss)
{
    Table table{{"layer", "t", "hop", "saturation", "recurrence", "saturation_factor", "recurrence_factor",
                 "carry_factor", "paths_factor", "entering_factor"},
                {}};
    const bool simple = trace.cell.kind == CellKind::Rnn;
    const std::vector<GradientPath> paths = gradientPaths(trace, loss);
    const int last = loss > 0 ? loss : trace.steps();
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        const GradientPath& path = paths[static_cast<std::size_t>(layer)];
        const HopNorms norms = hopNorms(trace, layer);
        for (int t = 2; t <= last; ++t) {
            const auto i = static_cast<std::size_t>(t - 1);
            std::vector<std::string> row{count(layer + 1), count(t), fullPrecision(norms.hop[i])};
            if (simple) {
                row.push_back(fullPrecision(norms.saturation[i]));
                row.push_back(fullPrecision(norms.recurrence[i]));
            } else {
                row.resize(row.size() + 4);
            }
            row.push_back(fullPrecision(path.first(t - 1)));
            row.push_back(fullPrecision(path.second(t - 1)));
            row.resize(table.columns.size() - 1);
            row.push_back(fullPrecision(path.entering(t - 1)));
            table.rows.push_back(std::move(row));
        }
    }
    return table;
}

Table ellipseTable(const IterationTrace& trace, int loss)
{
    Table table{{"layer", "state", "s", "t", "sigma_1", "log10_sigma_1", "sigma_2", "log10_sigma_2", "angle",
                 "from", "mirrored", "tilt"},
                {}};
    const int told = lossToldOf(trace, loss);
    const int s = told > 0 ? told : trace.steps();
    std::vector<std::pair<const char*, ErrorState>> states{{"h", ErrorState::Hidden}};
    if (trace.cell.kind == CellKind::Lstm)
        states.emplace_back("c", ErrorState::Cell);
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        for (const auto& [name, state] : states) {
            const ErrorEllipse ellipse = errorEllipse(trace, layer, s, state);
            for (int t = 1; t <= s; ++t) {
                std::vector<std::string> row{count(layer + 1), name, count(s), count(t)};
                addEllipse(row, ellipse, t);
                row.resize(table.columns.size());
                table.rows.push_back(std::move(row));
            }
        }
    }
    return table;
}

Table lyapunovTable(const IterationTrace& trace)
{
    Table table{{"layer", "index", "exponent"}, {}};
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        const Eigen::VectorXd exponents = lyapunovExponents(trace, layer);
        for (Eigen::Index i = 0; i < exponents.size(); ++i)
            table.rows.push_back({count(layer + 1), count(i + 1), fullPrecision(exponents[i])});
    }
    return table;
}

Table fitTable(const IterationTrace& trace, int loss)
{
    Table table{{"layer", "quantity", "s", "slope", "half_life", "r_squared", "horizon"}, {}};
    const int last = lossToldOf(trace, loss);
    if (last == 0) // no loss, nothing that fades
        return table;
    const std::vector<StateGradientNorms> norms = stateGradientNorms(trace, last);
    for (int layer = 0; layer < layersOf(trace); ++layer) {
        const StateGradientNorms& of = norms[static_cast<std::size_t>(layer)];
        for (const auto& [name, byTime] : {std::pair("h", &of.hidden), std::pair("c", &of.cell)}) {
            if (byTime->empty())
                continue;
            const std::vector<ScaledNumber> byLag(byTime->rend() - last, byTime->rend());
            const DecayFit fit = fitDecay(byLag);
            const int reach = horizon(byLag, horizonEpsilon);
            table.rows.push_back({count(layer + 1), name, count(last), fullPrecision(fit.slope),
                                  fit.slope >= 0 ? "" : fullPrecision(fit.halfLife),
                                  fullPrecision(fit.determination), reach < 0 ? "" : count(reach)});
        }
    }
    return table;
}

Table contributionTable(const IterationTrace& trace)
{
    Table table{{"layer", "t", "parameter", "norm", "log10_norm"}, {}};
    ByParameter rows(trace);
    visitContributions(
        trace, [&](const Contribution& part) { addNumber(rows.add(part.parameter, part.t), part.norm()); });
    rows.moveTo(table);
    return table;
}

Table saturationTable(const IterationTrace& trace)
{
    Table table{{"layer", "gate", "unit", "left", "right"}, {}};
    for (const GateSaturation& each : gateSaturation(trace))
        table.rows.push_back({count(each.layer + 1), std::string(each.gate), count(each.unit + 1),
                              fullPrecision(each.left), fullPrecision(each.right)});
    return table;
}

Table singularTable(const SpectrumCurve& curve, std::int64_t last, const Eigen::VectorXd& parametersAtLast)
{
    Table table{{"iteration", "layer", "parameter", "gate", "k", "sigma", "log10_sigma"}, {}};
    const auto addRows = [&](std::int64_t iteration, const auto& valuesOf) {
        for (const RecurrentMatrix& matrix : curve.matrices()) {
            const Eigen::VectorXd values = valuesOf(matrix);
            for (Eigen::Index k = 0; k < values.size(); ++k)
                table.rows.push_back({count(iteration), count(matrix.layer + 1), matrix.parameter,
                                      matrix.gate, count(k + 1), fullPrecision(values[k]),
                                      fullPrecision(std::log10(values[k]))});
        }
    };
    for (std::size_t sample = 0; sample < curve.samples(); ++sample)
        addRows(curve.iterationOf(sample),
                [&](const RecurrentMatrix& matrix) { return curve.values(sample, matrix); });
    if (curve.samples() == 0 || curve.iterationOf(curve.samples() - 1) != last) {
        const Eigen::VectorXd all = curve.singularValuesAt(parametersAtLast);
        addRows(last, [&](const RecurrentMatrix& matrix) { return all.segment(matrix.first, matrix.size); });
    }
    return table;
}

Table eigenvalueTable(const IterationTrace& trace)
{
    Table table{{"layer", "parameter", "gate", "index", "re", "im", "modulus"}, {}};
    for (const ParameterTrace& parameter : trace.parameters) {
        if (parameter.block.role != ParameterRole::RecurrentWeight)
            continue;
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        const Eigen::Index size = parameter.before.cols();
        for (int gate = 0; gate < stackedGates(trace.cell.kind); ++gate) {
            Eigen::VectorXcd values = spectrumOf(parameter.before.middleRows(gate * size, size)).eigenvalues;
            if (values.size() == 0) // an entry is not finite
                values.setConstant(size, {none, none});
            for (Eigen::Index i = 0; i < size; ++i)
                table.rows.push_back({layerName(parameter.block), parameter.block.name,
                                      std::string(gateChannel(trace.cell.kind, gate)), count(i + 1),
                                      fullPrecision(values[i].real()), fullPrecision(values[i].imag()),
                                      fullPrecision(std::abs(values[i]))});
        }
    }
    return table;
}

Table updateTable(Trainer& trainer, int loss)
{
    Table table{{"layer", "t", "parameter", "norm", "log10_norm", "zero", "lost", "kept"}, {}};
    const Checkpoint start = trainer.checkpoint();
    const auto trace = trainer.record();
    trainer.restore(start);
    checkLoss("update", lossTableKinds(), *trace, loss);
    requireFinite(*trace, IterationPart::Update, trainer.experiment().source);
    const TracePtr told = loss > 0 ? lossPart(trace, loss) : trace;
    ByParameter rows(*told);
    visitUpdates(*told, [&](const StepUpdate& update) {
        if (loss > 0 && update.t > loss)
            return;
        std::vector<std::string>& row = rows.add(update.parameter, update.t);
        addNumber(row, update.norm());
        for (const Eigen::Index number : {update.fate.zero, update.fate.lost, update.fate.kept})
            row.push_back(count(number));
    });
    rows.moveTo(table);
    return table;
}

} // namespace unrolled
