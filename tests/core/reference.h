#pragma once

#include "core/training/experiment.h"

#include <filesystem>
#include <nlohmann/json.hpp>

/// The reference values in tests/reference, as generate.py wrote them.
namespace reference {

std::filesystem::path directory();

/// cases.json
const nlohmann::json& cases();

/// The experiment of one of its cases.
unrolled::Experiment experiment(const nlohmann::json& row);

/// A text or series experiment on the reference data, at its defaults.
unrolled::Experiment textExperiment(int length);
unrolled::Experiment seriesExperiment(int length);

} // namespace reference
