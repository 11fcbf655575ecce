#include "core/files/task_fields.h"

#include "core/tasks/adding_task.h"
#include "core/tasks/task.h"

#include <limits>

namespace unrolled {

namespace {

using nlohmann::json;

std::vector<std::string_view> taskIds()
{
    std::vector<std::string_view> ids;
    for (const TaskInfo& info : taskInfos())
        ids.push_back(info.id);
    return ids;
}

void readColumns(JsonReader& reader, std::string_view field, std::vector<std::string>& columns)
{
    reader.read(field, columns);
    if (columns.empty())
        reader.fail(field, "no column", "a list of column names such as [\"a\", \"b\"]");
}

} // namespace

TaskSettings readTask(JsonReader reader)
{
    TaskSettings task;
    const json& id = reader.require("id", oneOf(taskIds()));
    const TaskInfo* info = id.is_string() ? findTaskInfo(id.get_ref<const std::string&>()) : nullptr;
    if (!info)
        reader.fail("id", shown(id), oneOf(taskIds()));
    task.id = info->id;
    if (info->id == "adding")
        reader.choose("form", task.form, AddingForm::Hochreiter);
    if (info->defaultLength > 0) {
        const bool paper = info->id == "adding" && task.form == AddingForm::Hochreiter;
        task.length = info->defaultLength;
        reader.read("length", task.length, paper ? AddingTask::shortestHochreiter : info->minimumLength,
                    maximumLength);
    }
    if (info->defaultLag > 0) {
        task.lag = info->defaultLag;
        reader.read("lag", task.lag, 1, info->defaultLength > 0 ? task.length - 1 : maximumLength);
    }
    if (info->needsFile) {
        reader.read("file", task.file);
        if (task.file.empty())
            reader.fail("file", "nothing", "the name of a file");
    }
    if (info->id == "text")
        reader.read("vocabulary", task.vocabulary);
    if (info->id == "hello" || info->id == "text")
        reader.choose("feed", task.feed, Feed::Zeros);
    if (info->id == "series") {
        readColumns(reader, "inputs", task.inputs);
        readColumns(reader, "targets", task.targets);
        reader.choose("counted", task.counted, Counted::Last);
    }
    if (info->id == "copy")
        reader.read("symbols", task.symbols, 1, maximumSymbols);
    if (info->id == "copy" || info->id == "echo")
        reader.read("alphabet", task.alphabet, 2, maximumAlphabet);
    if (info->id == "latch") {
        task.signal = std::min(task.signal, task.length - 1);
        reader.read("signal", task.signal, 1, task.length - 1);
        reader.read("noise", task.noise, 0, std::numeric_limits<double>::infinity(), "a number, 0 or more");
    }
    if (info->id == "addition") {
        reader.read("digits", task.digits, 1, maximumDigits);
        reader.read("reversed", task.reversed);
    }
    reader.finish();
    return task;
}

nlohmann::ordered_json taskJson(const TaskSettings& task, const std::string& file)
{
    nlohmann::ordered_json fields;
    fields["id"] = task.id;
    const TaskInfo* info = findTaskInfo(task.id);
    if (info && info->needsFile)
        fields["file"] = file;
    if (task.id == "text")
        fields["vocabulary"] = task.vocabulary;
    if (task.id == "series") {
        fields["inputs"] = task.inputs;
        fields["targets"] = task.targets;
        fields["counted"] = name(task.counted);
    }
    if (task.id == "hello" || task.id == "text")
        fields["feed"] = name(task.feed);
    if (task.id == "adding")
        fields["form"] = name(task.form);
    if (info && info->defaultLength > 0)
        fields["length"] = task.length > 0 ? task.length : info->defaultLength;
    if (info && info->defaultLag > 0)
        fields["lag"] = task.lag > 0 ? task.lag : info->defaultLag;
    if (task.id == "copy")
        fields["symbols"] = task.symbols;
    if (task.id == "copy" || task.id == "echo")
        fields["alphabet"] = task.alphabet;
    if (task.id == "latch") {
        fields["signal"] = task.signal;
        fields["noise"] = task.noise;
    }
    if (task.id == "addition") {
        fields["digits"] = task.digits;
        fields["reversed"] = task.reversed;
    }
    return fields;
}

} // namespace unrolled
