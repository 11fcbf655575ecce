#pragma once

#include "core/files/json_reader.h"
#include "core/training/experiment.h"

#include <cstdint>
#include <string>
#include <vector>

namespace unrolled {

/// One model of a comparison.
struct LaneExperiment
{
    std::string name; ///< what sets it apart, such as "lstm" or "forget bias 1"; empty where it is alone
    Experiment experiment;
};

/// The models that an experiment compares, its own first; each an experiment by itself. They share task, data
/// and seed. Interventions on weights and gates, and a weight file, go to those of the same cell and sizes
/// only. Throws InputError.
std::vector<LaneExperiment> lanesOf(const Experiment& experiment);

/// What the hidden sizes of other cells are matched by.
enum class Matching { HiddenSize, ParameterCount };

/// The experiment beside the same one with each of the other cells; with Matching::ParameterCount their
/// hidden sizes, all scaled alike, are those whose number of parameters is nearest.
Experiment comparedWithCells(const Experiment& experiment, Matching matching);

/// The experiment beside the same one with other values of one setting ("model.forget_bias"), each as JSON,
/// or a string where it is not JSON; values it has itself are left out. Throws InputError.
Experiment comparedWithValues(const Experiment& experiment, const std::string& path,
                              const std::vector<std::string>& values);

/// The same models with another of them (from 0) as the experiment's own, the others in their order behind
/// it. Interventions that only the own model had, as the others have other cells or sizes, go. Throws
/// InputError.
Experiment withFirst(const Experiment& experiment, std::size_t lane);

/// The experiment with another cell; a weight file, which was another cell's, goes.
Experiment withCell(const Experiment& experiment, CellKind kind);

/// All trained parameters of an experiment's model.
std::int64_t parameterCount(const Experiment& experiment);

/// The field "compare". Whether the models can be made shows in lanesOf().
std::vector<Variant> readCompare(JsonReader& reader);
nlohmann::ordered_json compareJson(const std::vector<Variant>& compare);

} // namespace unrolled
