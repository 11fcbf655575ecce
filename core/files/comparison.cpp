#include "core/files/comparison.h"

#include "core/files/experiment_file.h"
#include "core/network/parameters.h"
#include "core/tasks/task.h"
#include "core/training/error.h"

#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view cellPath = "model.cell";
constexpr std::string_view weightsPath = "weights";

std::string assignment(const std::string& path, const json& value)
{
    return path + "=" + value.dump();
}

/// JSON, or a text where it is not JSON.
json jsonOf(const std::string& value)
{
    json parsed = json::parse(value, nullptr, false);
    return parsed.is_discarded() ? json(value) : parsed;
}

std::string pathOf(const std::string& assigned)
{
    return assigned.substr(0, assigned.find('='));
}

/// What a lane may differ in: not in what the data follows from, nor in what all lanes share.
bool comparable(std::string_view path)
{
    constexpr std::string_view shared[] = {"training.batch", "training.carry_state", "training.iterations",
                                           "training.teacher_forcing"};
    const bool own = path.starts_with("model.") || path.starts_with("training.") || path == weightsPath;
    return own && std::find(std::begin(shared), std::end(shared), path) == std::end(shared);
}

Experiment alone(Experiment experiment)
{
    experiment.compare.clear();
    return experiment;
}

Experiment lane(const Experiment& own, const Variant& variant)
{
    Experiment made = withSettings(own, variant.settings, {}, own.source + ": compare: ");
    if (made.model.cell == own.model.cell && made.model.hidden == own.model.hidden)
        return made;
    if (made.weights == own.weights)
        made.weights.clear();
    std::erase_if(made.interventions, [](const Intervention& each) {
        return each.kind == InterventionKind::Weight || each.kind == InterventionKind::Radius ||
               each.kind == InterventionKind::Clamp;
    });
    return made;
}

/// Whether a cell has a setting at all.
bool has(CellKind cell, const std::string& path)
{
    const std::pair<std::string_view, CellKind> only[] = {{"model.activation", CellKind::Rnn},
                                                          {"model.gru_reset", CellKind::Gru},
                                                          {"model.forget_bias", CellKind::Lstm}};
    return std::none_of(std::begin(only), std::end(only),
                        [&](const auto& one) { return one.first == path && one.second != cell; });
}

/// "forget bias 1" of model.forget_bias, "hidden 3, 2" of model.hidden
std::string settingName(const Experiment& experiment, const std::string& path)
{
    std::string words = path.substr(path.find('.') + 1);
    std::replace(words.begin(), words.end(), '_', ' ');
    std::string value = settingText(experiment, path);
    if (path == "model.hidden") {
        value.clear();
        for (const int size : experiment.model.hidden)
            value += (value.empty() ? "" : ", ") + std::to_string(size);
    } else if (value.ends_with(".0")) {
        value.resize(value.size() - 2);
    }
    return words + " " + value;
}

/// Names the lanes by what is different between them; cells alone where these tell.
void nameLanes(std::vector<LaneExperiment>& lanes, const std::vector<Variant>& compare)
{
    std::vector<std::string> paths;
    bool cells = false;
    for (const Variant& variant : compare) {
        for (const std::string& setting : variant.settings) {
            const std::string path = pathOf(setting);
            if (path == cellPath)
                cells = true;
            else if (path != weightsPath && std::find(paths.begin(), paths.end(), path) == paths.end())
                paths.push_back(path);
        }
    }
    std::vector<CellKind> kinds;
    kinds.reserve(lanes.size());
    for (const LaneExperiment& each : lanes)
        kinds.push_back(each.experiment.model.cell.kind);
    std::sort(kinds.begin(), kinds.end());
    if (std::adjacent_find(kinds.begin(), kinds.end()) == kinds.end())
        paths.clear();
    for (std::size_t k = 0; k < lanes.size(); ++k) {
        std::string name = k > 0 ? compare[k - 1].name : std::string();
        if (name.empty() && cells)
            name = unrolled::name(lanes[k].experiment.model.cell.kind);
        for (const std::string& path : paths) {
            if ((k == 0 || compare[k - 1].name.empty()) && has(lanes[k].experiment.model.cell.kind, path))
                name += (name.empty() ? "" : ", ") + settingName(lanes[k].experiment, path);
        }
        lanes[k].name = name.empty() ? k == 0 ? "this" : "model " + std::to_string(k + 1) : name;
    }
}

std::int64_t parameterCount(const ModelSettings& model, const Task& task)
{
    const SequencePlan& plan = task.plan();
    const bool encoder =
        std::any_of(plan.begin(), plan.end(), [](const PlanRow& row) { return row.bank == encoderBank; });
    return parameterLayout(model, task.inputSize(), task.outputSize(), encoder).size();
}

/// The sizes of all layers, each times `factor`.
std::vector<int> scaled(const std::vector<int>& hidden, double factor)
{
    std::vector<int> sizes;
    sizes.reserve(hidden.size());
    for (const int size : hidden)
        sizes.push_back(std::max(1, static_cast<int>(std::lround(size * factor))));
    return sizes;
}

/// The hidden sizes with which a model has the number of parameters nearest to `wanted`.
std::vector<int> matchedSizes(Experiment experiment, std::int64_t wanted)
{
    const std::vector<int> hidden = experiment.model.hidden;
    const auto task = makeTask(experiment);
    std::vector<int> best = hidden;
    std::int64_t least = INT64_MAX;
    // The count grows with the size: the first one not below `wanted`, or the one before it.
    for (int first = 1;; ++first) {
        experiment.model.hidden = scaled(hidden, double(first) / double(hidden.front()));
        const std::int64_t count = parameterCount(experiment.model, *task);
        if (const std::int64_t away = std::abs(count - wanted); away < least) {
            least = away;
            best = experiment.model.hidden;
        }
        if (count >= wanted)
            return best;
    }
}

} // namespace

std::vector<LaneExperiment> lanesOf(const Experiment& experiment)
{
    std::vector<LaneExperiment> lanes;
    lanes.push_back({"", alone(experiment)});
    if (experiment.compare.empty())
        return lanes;
    for (const Variant& variant : experiment.compare)
        lanes.push_back({"", lane(lanes.front().experiment, variant)});
    nameLanes(lanes, experiment.compare);
    for (LaneExperiment& each : lanes)
        each.experiment.source += " (" + each.name + ")";
    return lanes;
}

Experiment comparedWithCells(const Experiment& experiment, Matching matching)
{
    Experiment compared = alone(experiment);
    const std::int64_t wanted = matching == Matching::ParameterCount ? parameterCount(experiment) : 0;
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        if (kind == experiment.model.cell.kind)
            continue;
        Variant variant;
        variant.settings.push_back(assignment(std::string(cellPath), name(kind)));
        if (matching == Matching::ParameterCount)
            variant.settings.push_back(
                assignment("model.hidden", matchedSizes(withCell(alone(experiment), kind), wanted)));
        compared.compare.push_back(std::move(variant));
    }
    return compared;
}

Experiment comparedWithValues(const Experiment& experiment, const std::string& path,
                              const std::vector<std::string>& values)
{
    Experiment compared = alone(experiment);
    const Experiment own = compared;
    for (const std::string& value : values) {
        const Variant variant{"", {assignment(path, jsonOf(value))}};
        const bool known =
            std::find(compared.compare.begin(), compared.compare.end(), variant) != compared.compare.end();
        if (!known && !(withSettings(own, variant.settings) == own))
            compared.compare.push_back(variant);
    }
    return compared;
}

Experiment withFirst(const Experiment& experiment, std::size_t lane)
{
    const std::vector<LaneExperiment> lanes = lanesOf(experiment);
    if (lane == 0 || lane >= lanes.size())
        return experiment;
    std::vector<std::string> paths{std::string(weightsPath)};
    for (const Variant& variant : experiment.compare) {
        for (const std::string& setting : variant.settings) {
            if (std::find(paths.begin(), paths.end(), pathOf(setting)) == paths.end())
                paths.push_back(pathOf(setting));
        }
    }
    std::sort(paths.begin(), paths.end()); // as they are read from a file
    Experiment changed = lanes[lane].experiment;
    changed.source = experiment.source;
    for (std::size_t k = 0; k < lanes.size(); ++k) {
        if (k == lane)
            continue;
        Variant variant;
        if (k > 0)
            variant.name = experiment.compare[k - 1].name;
        for (const std::string& path : paths) {
            const std::string value = settingText(lanes[k].experiment, path);
            if (value != settingText(changed, path))
                variant.settings.push_back(assignment(path, jsonOf(value)));
        }
        changed.compare.push_back(std::move(variant));
    }
    return changed;
}

Experiment withCell(const Experiment& experiment, CellKind kind)
{
    Experiment changed = experiment;
    if (changed.model.cell.kind != kind)
        changed.weights.clear();
    changed.model.cell.kind = kind;
    return changed;
}

std::int64_t parameterCount(const Experiment& experiment)
{
    return parameterCount(experiment.model, *makeTask(experiment));
}

std::vector<Variant> readCompare(JsonReader& reader)
{
    constexpr std::size_t most = 3;
    const json* list = reader.find("compare");
    if (!list)
        return {};
    if (!list->is_array() || list->size() > most)
        reader.fail("compare", shown(*list),
                    "a list of up to three objects, such as [{\"model.cell\": \"lstm\"}]");
    std::vector<Variant> compare;
    for (std::size_t k = 0; k < list->size(); ++k) {
        const std::string place = "compare." + std::to_string(k);
        const json& entry = (*list)[k];
        if (!entry.is_object() || entry.empty())
            reader.fail(place, shown(entry), "settings, such as {\"model.cell\": \"lstm\"}");
        Variant variant;
        for (const auto& [field, value] : entry.items()) {
            if (field == "name") {
                if (!value.is_string())
                    reader.fail(place + ".name", shown(value), "a string");
                variant.name = value.get<std::string>();
            } else if (comparable(field)) {
                variant.settings.push_back(assignment(field, value));
            } else {
                reader.fail(place, "the field " + shown(json(field)),
                            "a setting of the model or of training that leaves the data as it is, such as "
                            "model.cell");
            }
        }
        compare.push_back(std::move(variant));
    }
    return compare;
}

ordered_json compareJson(const std::vector<Variant>& compare)
{
    ordered_json list = ordered_json::array();
    for (const Variant& variant : compare) {
        ordered_json entry = ordered_json::object();
        if (!variant.name.empty())
            entry["name"] = variant.name;
        for (const std::string& setting : variant.settings)
            entry[pathOf(setting)] = ordered_json::parse(setting.substr(setting.find('=') + 1));
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace unrolled
