#include "tests/core/reference.h"

#include <fstream>
#include <map>
#include <stdexcept>

using namespace unrolled;

namespace reference {

namespace {

/// The value of an enumeration that has this name.
template<typename Enum>
Enum named(const std::string& wanted, std::initializer_list<Enum> all)
{
    for (const Enum value : all) {
        if (name(value) == wanted)
            return value;
    }
    throw std::invalid_argument("cases.json: " + wanted);
}

} // namespace

std::filesystem::path directory()
{
    return UNROLLED_REFERENCE_DIRECTORY;
}

const nlohmann::json& cases()
{
    static const nlohmann::json all = [] {
        std::ifstream file(directory() / "cases.json");
        return nlohmann::json::parse(file);
    }();
    return all;
}

Experiment textExperiment(int length)
{
    Experiment result;
    result.task.id = "text";
    result.task.file = "text.txt";
    result.task.length = length;
    result.directory = directory();
    result.source = "reference";
    return result;
}

Experiment seriesExperiment(int length)
{
    Experiment result = textExperiment(length);
    result.task.id = "series";
    result.task.file = "series.csv";
    result.task.inputs = cases().at("inputs").get<std::vector<std::string>>();
    result.task.targets = cases().at("targets").get<std::vector<std::string>>();
    return result;
}

ModelSettings model(const nlohmann::json& row)
{
    ModelSettings result;
    const auto& settings = row.at("model");
    result.cell.kind = named(settings.at("cell"), {CellKind::Rnn, CellKind::Gru, CellKind::Lstm});
    result.cell.activation =
        named(settings.value("activation", "tanh"),
              {Activation::Tanh, Activation::Relu, Activation::Identity, Activation::Sigmoid});
    result.cell.gruReset = named(settings.value("gru_reset", "after"), {GruReset::After, GruReset::Before});
    result.hidden = row.at("hidden").get<std::vector<int>>();
    return result;
}

Experiment experiment(const nlohmann::json& row)
{
    const int length = row.at("length");
    Experiment result = row.at("task") == "text" ? textExperiment(length) : seriesExperiment(length);
    result.task.counted = named(row.at("counted"), {Counted::All, Counted::Last});
    result.weights = row.at("weights");

    result.model = model(row);
    result.training.batch = row.at("batch");
    result.training.loss = named(row.at("loss"), {Reduction::Sum, Reduction::Mean});
    if (row.contains("optimizer")) {
        result.training.optimizer =
            named(row.at("optimizer"), {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Nesterov,
                                        OptimizerKind::Adagrad, OptimizerKind::RmsProp, OptimizerKind::Adam});
        result.training.learningRate = row.at("learning_rate");
        result.training.momentum = row.at("momentum");
        result.training.clipNorm = row.at("clip_norm");
    }
    return result;
}

} // namespace reference
