#include "core/files/tables.h"

#include "core/files/json_reader.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/state_gradients.h"
#include "core/tasks/task.h"
#include "core/trace/divergence.h"
#include "core/training/error.h"
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

/// Calls visit(layer, t), both from 0, layer by layer.
template<typename Visit>
void forEachStep(const IterationTrace& trace, Visit visit)
{
    for (int layer = 0; layer < static_cast<int>(trace.layers.size()); ++layer) {
        for (int t = 0; t < trace.steps(); ++t)
            visit(layer, t);
    }
}

const Quantity& channelAt(const IterationTrace& trace, int layer, std::size_t index)
{
    return trace.layers[static_cast<std::size_t>(layer)].channels[index];
}

struct Counts
{
    std::int64_t own = 0;
    std::int64_t keras = 0;
    std::int64_t pytorch = 0;
};

/// The number of parameters of a layer with d inputs and u units, as here, in Keras, and in PyTorch.
Counts layerCounts(const CellSpec& cell, std::int64_t d, std::int64_t u)
{
    const std::int64_t rows = stackedGates(cell.kind) * u;
    const std::int64_t textbook = rows * (d + u + 1);
    const std::int64_t twoBiases = rows * (d + u + 2);
    if (cell.kind == CellKind::Gru && cell.gruReset == GruReset::After)
        return {textbook + u, twoBiases, twoBiases};
    return {textbook, textbook, twoBiases};
}

std::vector<std::string> summaryRow(const std::string& layer, const std::string& type,
                                    const std::string& shape, const Counts& counts)
{
    return {layer, type, shape, count(counts.own), count(counts.keras), count(counts.pytorch)};
}

} // namespace

Table decayTable(const IterationTrace& trace, int loss)
{
    Table table{{"layer", "t", "lag", "grad_h", "log10_grad_h", "grad_c", "log10_grad_c"}, {}};
    const int steps = loss > 0 ? loss : trace.steps();
    const std::vector<StateGradientNorms> norms =
        loss > 0 ? stateGradientNorms(trace, loss) : stateGradientNorms(trace);
    forEachStep(trace, [&](int layer, int t) {
        if (t >= steps)
            return;
        const StateGradientNorms& of = norms[static_cast<std::size_t>(layer)];
        std::vector<std::string> row{count(layer + 1), count(t + 1), count(steps - 1 - t)};
        addNumber(row, of.hidden[static_cast<std::size_t>(t)]);
        if (!of.cell.empty())
            addNumber(row, of.cell[static_cast<std::size_t>(t)]);
        row.resize(table.columns.size());
        table.rows.push_back(std::move(row));
    });
    return table;
}

Table hiddenTable(const IterationTrace& trace)
{
    Table table{{"layer", "t", "unit", "h", "c", "grad_h", "grad_c"}, {}};
    forEachStep(trace, [&](int layer, int t) {
        const Quantity& h = trace.channel(layer, "h");
        const Quantity* c = trace.hasChannel("c") ? &trace.channel(layer, "c") : nullptr;
        for (Eigen::Index unit = 0; unit < h.value.rows(); ++unit) {
            table.rows.push_back({count(layer + 1), count(t + 1), count(unit + 1),
                                  fullPrecision(h.value(unit, t)), c ? fullPrecision(c->value(unit, t)) : "",
                                  fullPrecision(h.gradient(unit, t)),
                                  c ? fullPrecision(c->gradient(unit, t)) : ""});
        }
    });
    return table;
}

Table outputsTable(const IterationTrace& trace)
{
    Table table{{"t", "output", "symbol", "y", "probability", "target", "grad_y"}, {}};
    const OutputTrace& outputs = trace.outputs;
    const bool classes = trace.lossKind == LossKind::CrossEntropy;
    const auto targetOf = [&](Eigen::Index output, int t) {
        const auto step = static_cast<std::size_t>(t);
        if (!trace.plan[step].counted)
            return std::string();
        if (classes)
            return std::string(outputs.targetClasses[step] == output ? "1" : "0");
        return fullPrecision(outputs.targets(output, t));
    };
    for (int t = 0; t < trace.steps(); ++t) {
        for (Eigen::Index output = 0; output < outputs.y.value.rows(); ++output) {
            table.rows.push_back(
                {count(t + 1), count(output + 1),
                 trace.outputVocabulary ? trace.outputVocabulary->at(static_cast<std::size_t>(output)) : "",
                 fullPrecision(outputs.y.value(output, t)),
                 classes ? fullPrecision(outputs.probabilities(output, t)) : "", targetOf(output, t),
                 fullPrecision(outputs.y.gradient(output, t))});
        }
    }
    return table;
}

Table weightsTable(const IterationTrace& trace)
{
    Table table{{"parameter", "row", "column", "value", "gradient", "update"}, {}};
    for (const ParameterTrace& parameter : trace.parameters) {
        for (Eigen::Index row = 0; row < parameter.before.rows(); ++row) {
            for (Eigen::Index column = 0; column < parameter.before.cols(); ++column) {
                const double value = parameter.before(row, column);
                table.rows.push_back({parameter.block.name, count(row + 1), count(column + 1),
                                      fullPrecision(value), fullPrecision(parameter.gradient(row, column)),
                                      fullPrecision(parameter.after(row, column) - value)});
            }
        }
    }
    return table;
}

Table gatesTable(const IterationTrace& trace)
{
    Table table{{"layer", "t", "gate", "unit", "value", "gradient"}, {}};
    const auto& all = channels(trace.cell);
    forEachStep(trace, [&](int layer, int t) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].role != ChannelRole::Gate)
                continue;
            const Quantity& gate = channelAt(trace, layer, i);
            for (Eigen::Index unit = 0; unit < gate.value.rows(); ++unit) {
                table.rows.push_back({count(layer + 1), count(t + 1), std::string(all[i].name),
                                      count(unit + 1), fullPrecision(gate.value(unit, t)),
                                      fullPrecision(gate.gradient(unit, t))});
            }
        }
    });
    return table;
}

Table summaryTable(const ModelSettings& model, int inputSize, int outputSize, const SequencePlan& plan)
{
    Table table{{"layer", "type", "output_shape", "parameters", "keras_parameters", "pytorch_parameters"},
                {}};
    Counts total;
    const auto addRow = [&](const std::string& layer, const std::string& type, std::ptrdiff_t steps,
                            int units, const Counts& counts) {
        table.rows.push_back(summaryRow(layer, type, count(steps) + "x" + count(units), counts));
        total.own += counts.own;
        total.keras += counts.keras;
        total.pytorch += counts.pytorch;
    };
    const auto encoding =
        std::count_if(plan.begin(), plan.end(), [](const PlanRow& row) { return row.bank == encoderBank; });
    const auto decoding = std::ssize(plan) - encoding;
    const auto addBank = [&](const std::string& name, std::ptrdiff_t steps) {
        int inputs = inputSize;
        for (std::size_t layer = 0; layer < model.hidden.size(); ++layer) {
            const int units = model.hidden[layer];
            addRow(name + count(static_cast<std::int64_t>(layer) + 1), std::string(title(model.cell.kind)),
                   steps, units, layerCounts(model.cell, inputs, units));
            inputs = units;
        }
    };
    if (encoding > 0)
        addBank("encoder ", encoding);
    addBank("", decoding);
    const std::int64_t readout =
        std::int64_t(outputSize) * (model.hidden.back() + (model.readoutBias ? 1 : 0));
    addRow("out", "Linear", decoding, outputSize, {readout, readout, readout});
    table.rows.push_back(summaryRow("total", "", "", total));
    return table;
}

Table lossTable(const std::vector<IterationSummary>& summaries)
{
    Table table{{"iteration", "loss", "accuracy", "grad_norm", "log10_grad_norm"}, {}};
    table.rows.reserve(summaries.size());
    for (const IterationSummary& each : summaries) {
        table.rows.push_back({count(each.iteration), fullPrecision(each.loss), fullPrecision(each.accuracy),
                              fullPrecision(each.gradientNorm), fullPrecision(each.log10GradientNorm())});
    }
    return table;
}

Table comparisonTable(const IterationTrace& trace, const Curve& curve, const std::string& source)
{
    requireFinite(trace, IterationPart::Forward, source);
    std::string units;
    for (const LayerTrace& layer : trace.layers) {
        units += units.empty() ? "" : " ";
        units += count(layer.hiddenSize());
    }
    const Solved solved = solvedAt(curve, trace.iteration, trace.accuracy, trace.batch);
    const auto told = [](std::int64_t at) { return at < 0 ? std::string() : count(at); };
    return {
        {"cell", "units", "parameters", "multiply_adds", "loss", "accuracy", "right_since", "solved_from"},
        {{std::string(name(trace.cell.kind)), units, count(trace.parameterCount()),
          count(trace.multiplyAdds()), fullPrecision(trace.loss), fullPrecision(trace.accuracy),
          told(solved.since), told(solved.from)}}};
}

Table metricsTable(const std::vector<IterationSummary>& summaries)
{
    Table table{{"iteration", "loss", "accuracy", "grad_norm", "clipped"}, {}};
    table.rows.reserve(summaries.size());
    for (const IterationSummary& each : summaries) {
        table.rows.push_back({count(each.iteration), fullPrecision(each.loss), fullPrecision(each.accuracy),
                              fullPrecision(each.gradientNorm), each.clipped ? "1" : "0"});
    }
    return table;
}

Table withLane(Table table, const std::string& lane)
{
    table.columns.insert(table.columns.begin(), "lane");
    for (auto& row : table.rows)
        row.insert(row.begin(), lane);
    return table;
}

void append(Table& table, const Table& more)
{
    if (table.columns.empty())
        table.columns = more.columns;
    table.rows.insert(table.rows.end(), more.rows.begin(), more.rows.end());
}

std::string csvLine(const std::vector<std::string>& fields)
{
    std::string text;
    bool first = true;
    for (const std::string& field : fields) {
        if (!first)
            text += ',';
        first = false;
        if (field.find_first_of(",\"\r\n") == std::string::npos) {
            text += field;
            continue;
        }
        text += '"';
        for (const char character : field)
            text.append(character == '"' ? 2 : 1, character);
        text += '"';
    }
    return text + "\n";
}

std::string toCsv(const Table& table)
{
    std::string text = csvLine(table.columns);
    for (const auto& row : table.rows)
        text += csvLine(row);
    return text;
}

namespace {

/// `needs`: the last part of the iteration that the table tells of in plain double. What it makes of the
/// forward pass by itself carries exponents.
struct TraceKind
{
    std::string_view name;
    Table (*make)(const IterationTrace&);
    IterationPart needs = IterationPart::Forward;
    Table (*makeOfLoss)(const IterationTrace&, int loss) = nullptr; ///< instead, of one that can
};

constexpr TraceKind withLoss(std::string_view name, Table (*make)(const IterationTrace&, int loss))
{
    return {name, nullptr, IterationPart::Forward, make};
}

constexpr TraceKind traceKinds[] = {
    withLoss("decay", decayTable),
    withLoss("fit", fitTable),
    {"itemised", itemisedTable},
    {"jacobian", jacobianTable},
    {"spectrum", spectrumTable},
    withLoss("reach", reachTable),
    withLoss("hops", hopTable),
    withLoss("ellipse", ellipseTable),
    {"lyapunov", lyapunovTable},
    {"contribution", contributionTable},
    {"gates", gatesTable, IterationPart::Backward},
    {"saturation", saturationTable},
    {"hidden", hiddenTable, IterationPart::Backward},
    {"outputs", outputsTable, IterationPart::Backward},
    {"weights", weightsTable, IterationPart::Update},
    {"eigenvalues", eigenvalueTable, IterationPart::Weights},
};

} // namespace

const std::vector<std::string_view>& tableKinds()
{
    static const std::vector<std::string_view> kinds = [] {
        std::vector<std::string_view> names;
        for (const TraceKind& kind : traceKinds)
            names.push_back(kind.name);
        names.insert(names.end(), {"update", "singular", "loss", "comparison", "summary"});
        return names;
    }();
    return kinds;
}

const std::vector<std::string>& lossTableKinds()
{
    static const std::vector<std::string> kinds = [] {
        std::vector<std::string> names;
        for (const TraceKind& kind : traceKinds) {
            if (kind.makeOfLoss)
                names.emplace_back(kind.name);
        }
        names.emplace_back("update");
        return names;
    }();
    return kinds;
}

void checkLoss(const std::string& kind, const std::vector<std::string>& can, const IterationTrace& trace,
               int loss)
{
    if (loss == 0)
        return;
    if (std::find(can.begin(), can.end(), kind) == can.end()) {
        std::string kinds;
        for (const std::string& each : can)
            kinds += (kinds.empty() ? "" : ", ") + each;
        throw InputError("", "--loss", "it for " + kind, "it for one of " + kinds);
    }
    const std::vector<int> counted = countedSteps(trace);
    if (std::find(counted.begin(), counted.end(), loss) != counted.end())
        return;
    std::string expected = "a step with a loss";
    if (static_cast<int>(counted.size()) == trace.steps())
        expected += ", 1 to " + count(counted.back());
    else if (counted.size() == 1)
        expected += ", " + count(counted.front());
    else if (!counted.empty())
        expected += " from " + count(counted.front()) + " to " + count(counted.back());
    throw InputError("", "--loss", count(loss), expected);
}

Table traceTable(std::string_view kind, const IterationTrace& trace, const std::string& source, int loss)
{
    for (const TraceKind& each : traceKinds) {
        if (each.name != kind)
            continue;
        checkLoss(std::string(kind), lossTableKinds(), trace, loss);
        requireFinite(trace, each.needs, source);
        return each.makeOfLoss ? each.makeOfLoss(trace, loss) : each.make(trace);
    }
    throw InputError("", "kind", shown(nlohmann::json(kind)), oneOf(tableKinds()));
}

void checkGates(std::string_view kind, const std::vector<CellKind>& models)
{
    const bool told = kind == "gates" || kind == "saturation";
    if (told &&
        std::none_of(models.begin(), models.end(), [](CellKind cell) { return stackedGates(cell) > 1; }))
        throw InputError("", "model.cell", "\"rnn\", which has no gates", "gru or lstm");
}

Table tableOf(std::string_view kind, History& history, std::int64_t iteration,
              const History::Progress& progress)
{
    if (kind == "summary") {
        const Task& task = history.task();
        return summaryTable(history.experiment().model, task.inputSize(), task.outputSize(), task.plan());
    }
    const auto curveUpToIt = [&] {
        if (history.frontier() <= iteration)
            history.extend(iteration + 1 - history.frontier(), progress);
        return history.exactCurve(0, iteration, progress);
    };
    if (kind == "loss")
        return lossTable(curveUpToIt());
    if (kind == "update") {
        std::optional<Trainer> trainer = history.trainerAt(iteration, progress);
        return trainer ? updateTable(*trainer) : Table();
    }
    if (kind == "singular") {
        const std::optional<SpectrumCurve> curve = history.spectrumCurveUpTo(iteration, progress);
        const std::int64_t last = std::min(iteration, history.frontier());
        return curve ? singularTable(*curve, last, history.parametersAt(last)) : Table();
    }
    const TracePtr trace = history.trace(iteration, 0, progress);
    if (kind == "comparison") {
        Curve curve(static_cast<std::size_t>(iteration) + 1);
        for (const IterationSummary& each : curveUpToIt())
            curve.append(each);
        return trace ? comparisonTable(*trace, curve, history.experiment().source) : Table();
    }
    return trace ? traceTable(kind, *trace, history.experiment().source) : Table();
}

} // namespace unrolled
