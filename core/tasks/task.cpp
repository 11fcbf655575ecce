#include "core/tasks/task.h"

#include "core/tasks/adding_task.h"
#include "core/tasks/hello_task.h"
#include "core/tasks/series_task.h"
#include "core/tasks/text_task.h"
#include "core/training/error.h"
#include "core/training/experiment.h"

#include <limits>

namespace unrolled {

const std::vector<TaskInfo>& taskInfos()
{
    static const std::vector<TaskInfo> infos = {
        {"hello", "h, e, l, l → e, l, l, o", "many-to-many", 0, 0, false},
        {"adding", "Adding two marked numbers", "many-to-one", 60, 2, false},
        {"text", "The next character of a text", "many-to-many", 25, 1, true},
        {"series", "Columns of numbers", "many-to-many", 50, 1, true},
    };
    return infos;
}

double Task::accuracy(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    Eigen::Index right = 0;
    Eigen::Index answers = 0;
    for (int t = 0; t < batch.steps; ++t) {
        for (int b = 0; b < batch.size; ++b) {
            if (!batch.counted(plan(), t, b))
                continue;
            ++answers;
            right += answeredRight(batch, outputs, t, b);
        }
    }
    return answers > 0 ? double(right) / double(answers) : 0.0;
}

bool Task::answeredRight(const Batch& batch, const Eigen::MatrixXd& outputs, int t, int b) const
{
    const std::size_t k = batch.column(t, b);
    const auto y = outputs.col(static_cast<Eigen::Index>(k));
    if (lossKind() == LossKind::SquaredError)
        return ((y - batch.targets.col(static_cast<Eigen::Index>(k))).array().abs() < 0.04).all();
    Eigen::Index best = 0;
    y.maxCoeff(&best);
    return best == batch.targetClasses[k];
}

double Task::wholeAnswers(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    int solved = 0;
    for (int b = 0; b < batch.size; ++b) {
        bool good = true;
        for (int t = 0; t < batch.steps && good; ++t)
            good = !batch.counted(plan(), t, b) || answeredRight(batch, outputs, t, b);
        solved += good;
    }
    return batch.size > 0 ? double(solved) / batch.size : 0.0;
}

double Task::baseline(Reduction) const
{
    return std::numeric_limits<double>::quiet_NaN();
}

const TaskInfo* findTaskInfo(std::string_view id)
{
    for (const TaskInfo& info : taskInfos()) {
        if (info.id == id)
            return &info;
    }
    return nullptr;
}

std::unique_ptr<Task> makeTask(const Experiment& experiment)
{
    const TaskSettings& settings = experiment.task;
    const TaskInfo* info = findTaskInfo(settings.id);
    if (!info) {
        std::string expected;
        for (const TaskInfo& known : taskInfos())
            expected += (expected.empty() ? "one of " : ", ") + std::string(known.id);
        throw InputError(experiment.source, "task.id", "\"" + settings.id + "\"", expected);
    }
    const int length = settings.length > 0 ? settings.length : info->defaultLength;
    if (length < info->minimumLength)
        throw InputError(experiment.source, "task.length", std::to_string(length),
                         std::to_string(info->minimumLength) + " or more");
    if (info->needsFile && settings.file.empty())
        throw InputError(experiment.source, "task.file", "nothing", "the name of a file");
    if (info->id == "hello")
        return std::make_unique<HelloTask>();
    if (info->id == "adding")
        return std::make_unique<AddingTask>(length, experiment.seed);
    const auto file = experiment.directory / settings.file;
    if (info->id == "text")
        return std::make_unique<TextTask>(file, settings.vocabulary, length);
    return std::make_unique<SeriesTask>(file, settings.inputs, settings.targets, settings.counted, length);
}

} // namespace unrolled
