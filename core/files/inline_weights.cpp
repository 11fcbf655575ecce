#include "core/files/inline_weights.h"

#include "core/files/json_reader.h"
#include "core/training/error.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

using nlohmann::json;

/// The numbers of a list as doubles, so that 1 and 1.0 are the same text.
json numbersOf(const json& list, const std::string& path, const JsonReader::Source& source)
{
    json numbers = json::array();
    for (const json& each : list) {
        if (!each.is_number() || !std::isfinite(each.get<double>())) {
            const std::string place = path + "." + std::to_string(numbers.size());
            throw InputError(source(place), place, shown(each), "a number");
        }
        numbers.push_back(each.get<double>());
    }
    return numbers;
}

json tensorOf(const json& value, const std::string& path, const JsonReader::Source& source)
{
    const char* expected = "a list of numbers, or of rows with equally many numbers";
    if (!value.is_array() || value.empty())
        throw InputError(source(path), path, shown(value), expected);
    if (!value.front().is_array())
        return numbersOf(value, path, source);
    json rows = json::array();
    for (const json& row : value) {
        const std::string place = path + "." + std::to_string(rows.size());
        if (!row.is_array() || row.empty() || row.size() != value.front().size())
            throw InputError(source(place), place, shown(row), expected);
        rows.push_back(numbersOf(row, place, source));
    }
    return rows;
}

} // namespace

std::string inlineWeights(const json& tensors, const JsonReader::Source& source)
{
    json checked = json::object();
    for (const auto& [name, value] : tensors.items())
        checked[name] = tensorOf(value, "weights." + name, source);
    return checked.dump(-1, ' ', false, json::error_handler_t::replace);
}

Tensors inlineTensors(const std::string& weights)
{
    Tensors tensors;
    const json all = json::parse(weights);
    for (const auto& [name, value] : all.items()) {
        Tensor& tensor = tensors[name];
        tensor.dimensions = value.front().is_array() ? 2 : 1;
        const auto rows = static_cast<Eigen::Index>(value.size());
        const auto columns = tensor.dimensions == 2 ? static_cast<Eigen::Index>(value.front().size()) : 1;
        tensor.values.resize(rows, columns);
        for (Eigen::Index row = 0; row < rows; ++row) {
            const json& entries = value[static_cast<std::size_t>(row)];
            for (Eigen::Index column = 0; column < columns; ++column)
                tensor.values(row, column) =
                    (tensor.dimensions == 2 ? entries[static_cast<std::size_t>(column)] : entries)
                        .get<double>();
        }
    }
    return tensors;
}

} // namespace unrolled
