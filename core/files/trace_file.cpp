// The trace file of the contract. Written as text right away: a document of millions of numbers would cost
// many times their size.
#include "core/files/number_text.h"
#include "core/files/tables.h"
#include "core/files/weight_file.h"

#include <nlohmann/json.hpp>

namespace unrolled {

namespace {

std::string quoted(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Builds JSON text; knows where a comma belongs.
class JsonText
{
public:
    void open(char bracket)
    {
        comma();
        m_text += bracket;
        m_first = true;
    }
    void close(char bracket)
    {
        m_text += bracket;
        m_first = false;
    }
    void key(std::string_view name)
    {
        comma();
        m_text += quoted(name) + ": ";
        m_first = true;
    }
    /// Starts a new line: for people who look into the file.
    void newLine() { m_newLine = true; }

    void number(double value)
    {
        comma();
        appendJson(m_text, value);
    }
    void integer(std::int64_t value)
    {
        comma();
        m_text += std::to_string(value);
    }
    void text(std::string_view value)
    {
        comma();
        m_text += quoted(value);
    }
    void boolean(bool value)
    {
        comma();
        m_text += value ? "true" : "false";
    }
    void list(const Eigen::Ref<const Eigen::VectorXd>& values)
    {
        open('[');
        for (const double value : values)
            number(value);
        close(']');
    }
    void tensor(const Tensor& tensor)
    {
        if (tensor.dimensions == 1) {
            list(tensor.values.col(0));
            return;
        }
        open('[');
        for (Eigen::Index row = 0; row < tensor.values.rows(); ++row)
            list(tensor.values.row(row).transpose());
        close(']');
    }
    void tensors(const Tensors& all)
    {
        open('{');
        for (const auto& [name, each] : all) {
            newLine();
            key(name);
            tensor(each);
        }
        close('}');
    }

    std::string take() { return std::move(m_text); }

private:
    void comma()
    {
        if (!m_first)
            m_text += m_newLine ? "," : ", ";
        if (m_newLine)
            m_text += '\n';
        m_first = false;
        m_newLine = false;
    }

    std::string m_text;
    bool m_first = true;
    bool m_newLine = false;
};

void writePlan(JsonText& json, const SequencePlan& plan)
{
    json.open('[');
    for (const PlanRow& row : plan) {
        json.open('{');
        json.key("bank");
        json.text(row.bank);
        json.key("input");
        json.text(name(row.input));
        json.key("counted");
        json.boolean(row.counted);
        json.close('}');
    }
    json.close(']');
}

void writeLayer(JsonText& json, const LayerTrace& layer, const CellSpec& cell, int steps)
{
    const auto& all = channels(cell);
    json.open('{');
    json.key("initial");
    json.open('{');
    const bool hasCell = layer.initialCell.size() > 0;
    json.key("h");
    json.list(layer.initialHidden);
    if (hasCell) {
        json.key("c");
        json.list(layer.initialCell);
    }
    json.key("grad");
    json.open('{');
    json.key("h");
    json.list(layer.initialHiddenGradient);
    if (hasCell) {
        json.key("c");
        json.list(layer.initialCellGradient);
    }
    json.close('}');
    json.close('}');

    json.newLine();
    json.key("steps");
    json.open('[');
    for (int t = 0; t < steps; ++t) {
        json.newLine();
        json.open('{');
        json.key("t");
        json.integer(t + 1);
        for (std::size_t i = 0; i < all.size(); ++i) {
            json.key(all[i].name);
            json.list(layer.channels[i].value.col(t));
        }
        json.key("grad");
        json.open('{');
        for (std::size_t i = 0; i < all.size(); ++i) {
            json.key(all[i].name);
            json.list(layer.channels[i].gradient.col(t));
        }
        json.close('}');
        json.close('}');
    }
    json.close(']');
    json.close('}');
}

void writeOutput(JsonText& json, const IterationTrace& trace, int t)
{
    const OutputTrace& outputs = trace.outputs;
    const bool classes = trace.lossKind == LossKind::CrossEntropy;
    json.open('{');
    json.key("t");
    json.integer(t + 1);
    json.key("y");
    json.list(outputs.y.value.col(t));
    if (classes) {
        json.key("probabilities");
        json.list(outputs.probabilities.col(t));
        json.key("predicted");
        json.integer(outputs.predicted(t));
    }
    if (trace.plan[static_cast<std::size_t>(t)].counted) {
        json.key("target");
        if (classes)
            json.integer(outputs.targetClasses[static_cast<std::size_t>(t)]);
        else
            json.list(outputs.targets.col(t));
        json.key("loss");
        json.number(outputs.losses(t));
    } else {
        json.key("counted");
        json.boolean(false);
    }
    json.key("grad");
    json.open('{');
    json.key("y");
    json.list(outputs.y.gradient.col(t));
    json.close('}');
    json.close('}');
}

/// A run's parameters or gradients, gathered from the blocks of its trace, under the names of a state_dict.
Tensors stateDict(const IterationTrace& trace, bool gradients)
{
    ParameterLayout layout;
    for (const ParameterTrace& parameter : trace.parameters)
        layout.add(parameter.block);
    Eigen::VectorXd flat(layout.size());
    for (std::size_t i = 0; i < trace.parameters.size(); ++i) {
        const ParameterTrace& parameter = trace.parameters[i];
        view(flat, layout.blocks()[i]) = gradients ? parameter.gradient : parameter.before;
    }
    return gradients ? gradientStateDict(layout, flat) : toStateDict(layout, flat);
}

void writeIntegers(JsonText& json, const std::vector<int>& values, int offset)
{
    json.open('[');
    for (const int value : values)
        json.integer(value + offset);
    json.close(']');
}

/// Where nothing is told, all are meant.
void writePlace(JsonText& json, int layer)
{
    if (layer < 0)
        return;
    json.key("layer");
    json.integer(layer + 1);
}

void writeEdits(JsonText& json, const PassEdits& edits)
{
    json.open('{');
    json.key("clamps");
    json.open('[');
    for (const GateClamp& clamp : edits.clamps) {
        json.open('{');
        json.key("gate");
        json.text(clamp.channel);
        json.key("value");
        json.number(clamp.value);
        writePlace(json, clamp.layer);
        if (!clamp.units.empty()) {
            json.key("units");
            writeIntegers(json, clamp.units, 1);
        }
        if (!clamp.steps.empty()) {
            json.key("steps");
            writeIntegers(json, clamp.steps, 0);
        }
        json.close('}');
    }
    json.close(']');
    json.key("cuts");
    json.open('[');
    for (const StateCut& cut : edits.cuts) {
        json.open('{');
        json.key("after");
        json.integer(cut.t);
        writePlace(json, cut.layer);
        json.close('}');
    }
    json.close(']');
    json.key("silenced");
    writeIntegers(json, edits.silenced, 0);
    json.close('}');
}

void writeNumbers(JsonText& json, const IterationTrace& trace)
{
    const std::pair<const char*, double> numbers[] = {{"loss", trace.loss},
                                                      {"sequence_loss", trace.sequenceLoss},
                                                      {"baseline", trace.baseline},
                                                      {"accuracy", trace.accuracy},
                                                      {"grad_norm", trace.gradientNorm},
                                                      {"clip_scale", trace.clipScale},
                                                      {"learning_rate", trace.learningRate}};
    for (const auto& [name, value] : numbers) {
        json.key(name);
        json.number(value);
    }
    json.key("clipped");
    json.boolean(trace.clipped);
    json.key("batch");
    json.integer(trace.batch);
    json.key("sequence");
    json.integer(trace.sequence);
}

} // namespace

std::string toJson(const IterationTrace& trace)
{
    JsonText json;
    json.open('{');
    json.key("unrolled_trace");
    json.integer(1);
    json.key("iteration");
    json.integer(trace.iteration);
    json.key("cell");
    json.text(name(trace.cell.kind));
    json.newLine();
    writeNumbers(json, trace);

    json.newLine();
    json.key("truncate");
    json.integer(trace.truncate);
    if (!trace.edits.empty()) {
        json.key("edits");
        writeEdits(json, trace.edits);
    }
    json.newLine();
    json.key("plan");
    writePlan(json, trace.plan);
    json.newLine();
    json.key("channels");
    json.open('[');
    for (const Channel& channel : channels(trace.cell))
        json.text(channel.name);
    json.close(']');
    const auto writeVocabulary = [&json](std::string_view key, const auto& vocabulary) {
        if (!vocabulary)
            return;
        json.newLine();
        json.key(key);
        json.open('[');
        for (const std::string& symbol : *vocabulary)
            json.text(symbol);
        json.close(']');
    };
    writeVocabulary("vocabulary", trace.vocabulary);
    if (trace.outputVocabulary != trace.vocabulary)
        writeVocabulary("output_vocabulary", trace.outputVocabulary);
    if (!trace.inputClasses.empty()) {
        json.key("input_classes");
        json.open('[');
        for (const int input : trace.inputClasses)
            json.integer(input);
        json.close(']');
    }

    json.newLine();
    json.key("layers");
    json.open('[');
    for (const LayerTrace& layer : trace.layers) {
        json.newLine();
        writeLayer(json, layer, trace.cell, trace.steps());
    }
    json.close(']');
    json.newLine();
    json.key("outputs");
    json.open('[');
    for (int t = 0; t < trace.steps(); ++t) {
        json.newLine();
        writeOutput(json, trace, t);
    }
    json.close(']');
    json.newLine();
    json.key("parameters");
    json.tensors(stateDict(trace, false));
    json.newLine();
    json.key("gradients");
    json.tensors(stateDict(trace, true));
    json.close('}');
    return json.take() + "\n";
}

} // namespace unrolled
