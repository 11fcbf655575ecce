#include "core/files/experiment_file.h"

#include "core/files/atomic_file.h"
#include "core/files/built_ins.h"
#include "core/files/comparison.h"
#include "core/files/inline_weights.h"
#include "core/files/intervention_json.h"
#include "core/files/json_reader.h"
#include "core/files/json_writer.h"
#include "core/files/task_fields.h"
#include "core/tasks/task.h"
#include "core/training/error.h"

#include <algorithm>

namespace unrolled {

namespace {

using nlohmann::json;

constexpr int maximumLayers = 64;
constexpr int maximumHidden = 4096;
constexpr int maximumBatch = 65'536;
constexpr std::int64_t maximumIterations = 1'000'000'000'000'000;

constexpr std::string_view anyNumber = "a number";
constexpr std::string_view notNegative = "a number, 0 or more";
constexpr std::string_view trainingPrefix = "training.";
constexpr std::string_view share = "a number from 0 to 1";

ModelSettings readModel(JsonReader reader)
{
    ModelSettings model;
    reader.choose("cell", model.cell.kind, CellKind::Lstm);
    reader.read("hidden", model.hidden, maximumLayers, 1, maximumHidden);
    reader.choose("activation", model.cell.activation, Activation::Sigmoid);
    reader.choose("gru_reset", model.cell.gruReset, GruReset::Before);
    reader.read("readout_bias", model.readoutBias);
    reader.choose("init", model.init, Initialiser::Normal);
    reader.read("init_scale", model.initScale, -unbounded, unbounded, anyNumber);
    reader.read("forget_bias", model.forgetBias, -unbounded, unbounded, anyNumber);
    reader.finish();
    return model;
}

TrainingSettings readTraining(JsonReader reader)
{
    TrainingSettings training;
    for (std::string_view setting : settablePaths()) {
        setting.remove_prefix(trainingPrefix.size());
        readSetting(reader, setting, setting, training);
    }
    reader.read("epsilon_inside_root", training.epsilonInsideRoot);
    reader.choose("schedule", training.schedule, Schedule::Cosine);
    reader.read("schedule_period", training.schedulePeriod, 1, maximumIterations);
    reader.read("schedule_factor", training.scheduleFactor, 0, 1, share);
    reader.read("schedule_floor", training.scheduleFloor, 0, unbounded, notNegative);
    reader.read("warmup", training.warmup, 0, maximumIterations);
    reader.read("batch", training.batch, 1, maximumBatch);
    reader.choose("loss", training.loss, Reduction::Mean);
    reader.read("truncate", training.truncate, 0, maximumLength);
    reader.read("carry_state", training.carryState);
    reader.read("iterations", training.iterations, 0, maximumIterations);
    reader.read("teacher_forcing", training.teacherForcing, 0, 1, share);
    reader.finish();
    return training;
}

Experiment fromJson(const json& file, const JsonReader::Source& source)
{
    Experiment experiment;
    JsonReader reader(file, "", source);
    const json& version = reader.require("unrolled", "1");
    if (version != 1)
        reader.fail("unrolled", shown(version), "1");
    reader.require("task", "an object with the task's id, such as {\"id\": \"hello\"}");
    experiment.task = readTask(reader.object("task"));
    experiment.model = readModel(reader.object("model"));
    experiment.training = readTraining(reader.object("training"));
    if (experiment.training.teacherForcing != 1.0 && !readsItsOutputs(experiment.task))
        reader.fail("training.teacher_forcing", shown(json(experiment.training.teacherForcing)),
                    "1, as no step of this task reads an output");
    reader.read("seed", experiment.seed);
    const json* weights = reader.find("weights");
    if (weights && weights->is_object())
        experiment.weights = inlineWeights(*weights, source);
    else if (weights && !weights->is_string())
        reader.fail("weights", shown(*weights), "the name of a file of tensors, or an object of tensors");
    else
        reader.read("weights", experiment.weights);
    experiment.interventions = readInterventions(reader, source, maximumIterations);
    experiment.compare = readCompare(reader);
    reader.finish();
    return experiment;
}

/// A file of the experiment as seen from `directory`; unchanged where that is empty.
std::string fileSeenFrom(const std::filesystem::path& directory, const Experiment& experiment,
                         const std::string& file)
{
    if (file.empty() || directory.empty() || std::filesystem::path(file).is_absolute())
        return file;
    std::error_code error;
    const auto from = std::filesystem::weakly_canonical(std::filesystem::absolute(directory), error);
    const auto own =
        std::filesystem::weakly_canonical(std::filesystem::absolute(experiment.directory / "."), error);
    if (error || from == own)
        return file;
    return (own / file).lexically_normal().lexically_relative(from).string();
}

nlohmann::ordered_json toOrderedJson(const Experiment& experiment, const std::filesystem::path& directory)
{
    nlohmann::ordered_json file;
    file["unrolled"] = 1;
    file["task"] = taskJson(experiment.task, fileSeenFrom(directory, experiment, experiment.task.file));

    const ModelSettings& m = experiment.model;
    file["model"] = {{"cell", name(m.cell.kind)},
                     {"hidden", m.hidden},
                     {"activation", name(m.cell.activation)},
                     {"gru_reset", name(m.cell.gruReset)},
                     {"readout_bias", m.readoutBias},
                     {"init", name(m.init)},
                     {"init_scale", m.initScale},
                     {"forget_bias", m.forgetBias}};
    const TrainingSettings& t = experiment.training;
    file["training"] = {{"optimizer", name(t.optimizer)},
                        {"learning_rate", t.learningRate},
                        {"momentum", t.momentum},
                        {"epsilon_inside_root", t.epsilonInsideRoot},
                        {"schedule", name(t.schedule)},
                        {"schedule_period", t.schedulePeriod},
                        {"schedule_factor", t.scheduleFactor},
                        {"schedule_floor", t.scheduleFloor},
                        {"warmup", t.warmup},
                        {"clip_value", t.clipValue},
                        {"clip_norm", t.clipNorm},
                        {"batch", t.batch},
                        {"loss", name(t.loss)},
                        {"truncate", t.truncate},
                        {"carry_state", t.carryState},
                        {"iterations", t.iterations},
                        {"teacher_forcing", t.teacherForcing}};
    file["seed"] = experiment.seed;
    if (areInline(experiment.weights))
        file["weights"] = nlohmann::ordered_json::parse(experiment.weights);
    else
        file["weights"] = fileSeenFrom(directory, experiment, experiment.weights);
    file["interventions"] = interventionsJson(experiment.interventions);
    file["compare"] = compareJson(experiment.compare);
    return file;
}

struct Assignment
{
    std::string text; ///< as the user wrote it
    std::string path;
    json value;
};

Assignment parseAssignment(const std::string& text, const std::string& origin)
{
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw InputError(origin + "\"" + text + "\"", "", equals == 0 ? "no path before \"=\"" : "no \"=\"",
                         "PATH=VALUE, such as model.cell=lstm");
    Assignment assignment{text, text.substr(0, equals), {}};
    assignment.value = parseValue(text.substr(equals + 1), origin + text, assignment.path);
    return assignment;
}

/// Makes a file named in an assignment one that is named as seen from the experiment.
void rebaseFiles(Assignment& assignment, const Experiment& experiment, const std::filesystem::path& filesFrom)
{
    if (filesFrom.empty())
        return;
    json* file = nullptr;
    if (assignment.path == "task.file" || assignment.path == "weights")
        file = &assignment.value;
    else if (assignment.path == "task" && assignment.value.is_object() && assignment.value.contains("file"))
        file = &assignment.value["file"];
    if (!file || !file->is_string() || file->get_ref<const std::string&>().empty())
        return;
    const std::filesystem::path named = file->get<std::string>();
    std::error_code error;
    if (named.is_absolute() || std::filesystem::equivalent(filesFrom, experiment.directory / ".", error))
        return;
    *file = (std::filesystem::absolute(filesFrom) / named).lexically_normal().string();
}

void apply(json& file, const Assignment& assignment, const std::string& source)
{
    json* place = &file;
    for (std::size_t start = 0;;) {
        const std::size_t dot = std::min(assignment.path.find('.', start), assignment.path.size());
        const std::string part = assignment.path.substr(start, dot - start);
        const std::string parent = assignment.path.substr(0, start == 0 ? 0 : start - 1);
        if (place->is_array()) {
            const bool number =
                !part.empty() && part.size() < 9 && part.find_first_not_of("0123456789") == std::string::npos;
            if (!number || std::stoul(part) >= place->size())
                throw InputError(source, parent, "no entry \"" + part + "\"",
                                 place->empty() ? "entries" : "0 to " + std::to_string(place->size() - 1));
            place = &(*place)[std::stoul(part)];
        } else if (place->is_object() || place->is_null()) {
            place = &(*place)[part];
        } else {
            throw InputError(source, assignment.path, "an unknown field",
                             parent + " by itself, which is " + shown(*place));
        }
        if (dot == assignment.path.size())
            break;
        start = dot + 1;
    }
    *place = assignment.value;
}

bool concerns(const std::string& assigned, const std::string& field)
{
    const auto begins = [](const std::string& longer, const std::string& shorter) {
        return longer == shorter || (longer.starts_with(shorter) && longer[shorter.size()] == '.');
    };
    return begins(field, assigned) || begins(assigned, field);
}

} // namespace

const std::vector<BuiltIn>& builtIns()
{
    static const std::vector<BuiltIn> all = [] {
        const std::vector<std::pair<std::string_view, std::string_view>> titles = {
            {"hello", "Learn to say hello: one character after the other"},
            {"adding", "The adding problem: remember two marked numbers over 60 steps"},
            {"adding-1997", "The adding problem as Hochreiter and Schmidhuber posed it, over 100 steps"},
            {"copy", "The copying problem: repeat five symbols after 20 steps"},
            {"echo", "Echo: repeat every symbol three steps later"},
            {"temporal-order", "Temporal order: which two symbols stood between 98 others"},
            {"latch", "Latch a class told in the first steps, and hold it through noise"},
            {"reber", "The embedded Reber grammar: the second symbol comes back at the end"},
            {"addition", "Sums as text: an encoder reads 12+7 from its end, a decoder writes 19"},
            {"generate", "Say hello from its first letter: each answer is the next input"},
            {"hello-slide", "The slide's numbers: untrained it says o o l o, to train until it says e l l o"},
            {"hello-vanish",
             "The slide's numbers again, from weights with which the last loss's gradient vanishes"},
            {"hello-explode",
             "The slide's numbers again, from weights with which the last loss's gradient explodes"}};
        std::vector<BuiltIn> list;
        for (const auto& [id, title] : titles) {
            const auto& files = builtInFiles();
            const auto file =
                std::find_if(files.begin(), files.end(),
                             [wanted = id](const BuiltInFile& each) { return each.id == wanted; });
            const std::string text(file->json);
            const Experiment experiment = parseExperiment(text, std::string(id), {});
            list.push_back(
                {std::string(id), std::string(title),
                 std::string(mode(makeTask(experiment)->plan(), experiment.training.teacherForcing)), text});
        }
        return list;
    }();
    return all;
}

Experiment readExperiment(const std::string& idOrFile)
{
    std::string ids;
    for (const BuiltIn& builtIn : builtIns()) {
        if (builtIn.id == idOrFile)
            return parseExperiment(builtIn.json, builtIn.id, {});
        ids += (ids.empty() ? "" : ", ") + builtIn.id;
    }
    std::error_code error;
    if (!std::filesystem::exists(idOrFile, error))
        throw InputError("\"" + idOrFile + "\"", "", "no built-in experiment and no file of that name",
                         "one of " + ids + ", or a file");
    return parseExperiment(readFile(idOrFile), idOrFile, std::filesystem::path(idOrFile).parent_path());
}

Experiment parseExperiment(const std::string& text, const std::string& source,
                           const std::filesystem::path& directory)
{
    Experiment experiment =
        fromJson(parseJson(text, source), [&source](const std::string&) { return source; });
    experiment.directory = directory;
    experiment.source = source;
    lanesOf(experiment); // throws where one cannot be made
    return experiment;
}

std::string toJson(const Experiment& experiment, const std::filesystem::path& directory)
{
    return indented(toOrderedJson(experiment, directory));
}

void saveExperiment(const Experiment& experiment, const std::filesystem::path& file)
{
    std::error_code error;
    writeFile(file, toJson(experiment, std::filesystem::absolute(file, error).parent_path()));
}

std::string settingText(const Experiment& experiment, const std::string& path)
{
    json value = toOrderedJson(experiment, {});
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t dot = std::min(path.find('.', start), path.size());
        value = json(value.at(path.substr(start, dot - start)));
        start = dot + 1;
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

Experiment withSetting(const Experiment& experiment, const std::string& assignment)
{
    return withSettings(experiment, {assignment});
}

Experiment withSettings(const Experiment& experiment, const std::vector<std::string>& assignments,
                        const std::filesystem::path& filesFrom, const std::string& origin)
{
    std::vector<Assignment> parsed;
    for (const std::string& text : assignments) {
        parsed.push_back(parseAssignment(text, origin));
        rebaseFiles(parsed.back(), experiment, filesFrom);
    }
    json file = toOrderedJson(experiment, {});
    // Another task has other fields: it starts from its own defaults.
    for (const Assignment& each : parsed) {
        if (each.path == "task.id" && each.value != experiment.task.id)
            file["task"] = json::object();
    }
    for (const Assignment& each : parsed)
        apply(file, each, origin + each.text);

    Experiment changed = fromJson(file, [&](const std::string& field) {
        for (auto each = parsed.rbegin(); each != parsed.rend(); ++each) {
            if (concerns(each->path, field))
                return origin + each->text;
        }
        return experiment.source;
    });
    changed.directory = experiment.directory;
    changed.source = experiment.source;
    lanesOf(changed);
    return changed;
}

} // namespace unrolled
