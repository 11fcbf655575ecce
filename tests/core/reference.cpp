#include "tests/core/reference.h"

#include "core/files/experiment_file.h"

#include <fstream>

using namespace unrolled;

namespace reference {

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

Experiment experiment(const nlohmann::json& row)
{
    return parseExperiment(row.at("experiment").dump(), "reference", directory());
}

} // namespace reference
