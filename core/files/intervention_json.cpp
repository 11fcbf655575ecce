#include "core/files/intervention_json.h"

#include <algorithm>

namespace unrolled {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int most = 1'000'000; // of rows, units and steps; the run's own limits are checked when it starts

/// The field that tells a kind of intervention.
constexpr std::string_view kindFields[] = {"set", "set", "scale", "clamp", "cut", "silence"};

std::string_view settingOf(std::string_view path)
{
    constexpr std::string_view section = "training.";
    return path.substr(std::min(path.size(), section.size()));
}

/// A whole number, or a list of them.
void readNumbers(JsonReader& reader, std::string_view field, std::vector<int>& numbers, int low)
{
    const json* found = reader.find(field);
    if (!found)
        return;
    if (found->is_array()) {
        reader.read(field, numbers, 100'000, low, most);
        return;
    }
    int number = low;
    reader.read(field, number, low, most);
    numbers = {number};
}

/// A number of files, from 1, as one from 0.
void readIndex(JsonReader& reader, std::string_view field, int& index)
{
    int number = index + 1;
    reader.read(field, number, 1, most);
    index = number - 1;
}

void readNumber(JsonReader& reader, std::string_view field, double low, std::string_view expected,
                Intervention& intervention)
{
    double number = 0;
    reader.require(field, expected);
    reader.read(field, number, low, unbounded, expected);
    intervention.value = number;
}

void readChange(JsonReader& reader, Intervention& intervention)
{
    reader.read("set", intervention.set);
    if (!intervention.set.starts_with("training.")) {
        intervention.kind = InterventionKind::Weight;
        if (intervention.set.find('.') == std::string::npos)
            reader.fail("set", shown(json(intervention.set)),
                        oneOf(settablePaths()) + ", or a parameter such as rnn.weight_hh_l0");
        reader.require("row", "a row of " + intervention.set);
        readIndex(reader, "row", intervention.row);
        readIndex(reader, "column", intervention.column);
        readNumber(reader, "value", -unbounded, "a number", intervention);
        return;
    }
    const auto& paths = settablePaths();
    if (std::find(paths.begin(), paths.end(), intervention.set) == paths.end())
        reader.fail("set", shown(json(intervention.set)),
                    oneOf(paths) + ", or a parameter such as rnn.weight_hh_l0");
    const json& value = reader.require("value", "the new value of " + intervention.set);
    TrainingSettings checked;
    readSetting(reader, "value", settingOf(intervention.set), checked);
    if (value.is_string())
        intervention.value = value.get<std::string>();
    else
        intervention.value = value.get<double>();
}

/// Which of them an object is, by the one field that tells it.
InterventionKind kindOf(JsonReader& reader)
{
    static const std::vector<std::string_view> fields = {"set", "scale", "clamp", "cut", "silence"};
    const InterventionKind kinds[] = {InterventionKind::Setting, InterventionKind::Radius,
                                      InterventionKind::Clamp, InterventionKind::Cut,
                                      InterventionKind::Silence};
    int found = -1;
    for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
        if (!reader.find(fields[static_cast<std::size_t>(i)]))
            continue;
        if (found >= 0)
            reader.fail(fields[static_cast<std::size_t>(i)],
                        "it together with " + std::string(fields[static_cast<std::size_t>(found)]),
                        "one of " + std::string(fields[static_cast<std::size_t>(found)]) + ", " +
                            std::string(fields[static_cast<std::size_t>(i)]));
        found = i;
    }
    if (found < 0) {
        // rather what is unknown than what is missing
        for (const char* field : {"layer", "row", "column", "value", "spectral_radius", "units", "steps"})
            reader.find(field);
        reader.finish();
        reader.fail("set", "nothing",
                    oneOf(settablePaths()) + ", or one of scale, clamp, cut, silence instead");
    }
    return kinds[found];
}

Intervention readIntervention(JsonReader reader, std::int64_t maximumIterations)
{
    Intervention intervention;
    reader.require("iteration", "a whole number, 0 or more");
    reader.read("iteration", intervention.iteration, 0, maximumIterations);
    if (reader.find("until"))
        reader.read("until", intervention.until, intervention.iteration + 1, maximumIterations);
    intervention.kind = kindOf(reader);
    switch (intervention.kind) {
    case InterventionKind::Setting:
    case InterventionKind::Weight:
        readChange(reader, intervention);
        break;
    case InterventionKind::Radius:
        reader.read("scale", intervention.set);
        readNumber(reader, "spectral_radius", 0, "a number, 0 or more", intervention);
        break;
    case InterventionKind::Clamp:
        reader.read("clamp", intervention.set);
        readNumber(reader, "value", -unbounded, "a number", intervention);
        readNumbers(reader, "units", intervention.units, 1);
        for (int& unit : intervention.units)
            --unit;
        readNumbers(reader, "steps", intervention.steps, 1);
        break;
    case InterventionKind::Cut:
        readNumbers(reader, "cut", intervention.steps, 0);
        break;
    case InterventionKind::Silence:
        readNumbers(reader, "silence", intervention.steps, 1);
        break;
    }
    if (intervention.kind == InterventionKind::Clamp || intervention.kind == InterventionKind::Cut)
        readIndex(reader, "layer", intervention.layer);
    reader.finish();
    return intervention;
}

ordered_json numbersJson(const std::vector<int>& numbers, int offset = 0)
{
    if (numbers.size() == 1)
        return numbers.front() + offset;
    ordered_json list = ordered_json::array();
    for (const int number : numbers)
        list.push_back(number + offset);
    return list;
}

} // namespace

void readSetting(JsonReader& reader, std::string_view field, std::string_view setting,
                 TrainingSettings& training)
{
    constexpr std::string_view notNegative = "a number, 0 or more";
    if (setting == "optimizer")
        reader.choose(field, training.optimizer, OptimizerKind::Adam);
    else if (setting == "learning_rate")
        reader.read(field, training.learningRate, 0, unbounded, notNegative);
    else if (setting == "momentum")
        reader.read(field, training.momentum, 0, 1, "a number from 0 to 1");
    else if (setting == "clip_norm")
        reader.read(field, training.clipNorm, 0, unbounded, notNegative);
    else if (setting == "clip_value")
        reader.read(field, training.clipValue, 0, unbounded, notNegative);
}

std::vector<Intervention> readInterventions(JsonReader& reader, const JsonReader::Source& source,
                                            std::int64_t maximumIterations)
{
    std::vector<Intervention> interventions;
    const json* list = reader.find("interventions");
    if (!list)
        return interventions;
    if (!list->is_array())
        reader.fail("interventions", shown(*list), "a list");
    for (std::size_t i = 0; i < list->size(); ++i)
        interventions.push_back(
            readIntervention({(*list)[i], "interventions." + std::to_string(i), source}, maximumIterations));
    std::stable_sort(interventions.begin(), interventions.end(),
                     [](const Intervention& a, const Intervention& b) { return a.iteration < b.iteration; });
    return interventions;
}

ordered_json interventionsJson(const std::vector<Intervention>& interventions)
{
    ordered_json list = ordered_json::array();
    for (const Intervention& each : interventions) {
        ordered_json object;
        object["iteration"] = each.iteration;
        if (each.until != Intervention::noEnd)
            object["until"] = each.until;
        const std::string field(kindFields[static_cast<int>(each.kind)]);
        const ordered_json value =
            std::visit([](const auto& plain) { return ordered_json(plain); }, each.value);
        switch (each.kind) {
        case InterventionKind::Setting:
            object[field] = each.set;
            object["value"] = value;
            break;
        case InterventionKind::Weight:
            object[field] = each.set;
            object["row"] = each.row + 1;
            object["column"] = each.column + 1;
            object["value"] = value;
            break;
        case InterventionKind::Radius:
            object[field] = each.set;
            object["spectral_radius"] = value;
            break;
        case InterventionKind::Clamp:
            object[field] = each.set;
            object["value"] = value;
            if (!each.units.empty())
                object["units"] = numbersJson(each.units, 1);
            if (!each.steps.empty())
                object["steps"] = numbersJson(each.steps);
            break;
        case InterventionKind::Cut:
        case InterventionKind::Silence:
            object[field] = numbersJson(each.steps);
            break;
        }
        if (each.layer >= 0)
            object["layer"] = each.layer + 1;
        list.push_back(std::move(object));
    }
    return list;
}

} // namespace unrolled
