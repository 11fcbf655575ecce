#include "core/tasks/task.h"

#include "core/tasks/adding_task.h"
#include "core/tasks/addition_task.h"
#include "core/tasks/copy_task.h"
#include "core/tasks/echo_task.h"
#include "core/tasks/hello_task.h"
#include "core/tasks/latch_task.h"
#include "core/tasks/reber_task.h"
#include "core/tasks/series_task.h"
#include "core/tasks/temporal_order_task.h"
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
        {"copy", "Copying symbols after a gap", "many-to-many", 0, 0, false, 20},
        {"temporal-order", "The order of two symbols", "many-to-one", 100, 10, false},
        {"latch", "Latching a class through noise", "many-to-one", 50, 2, false},
        {"reber", "The embedded Reber grammar", "many-to-many", 30, ReberTask::shortest, false},
        {"echo", "Repeating what was read before", "many-to-many, delayed", 20, 2, false, 3},
        {"addition", "Sums as text", "encoder-decoder", 0, 0, false},
        {"text", "The next character of a text", "many-to-many", 25, 1, true},
        {"series", "Columns of numbers", "many-to-many", 50, 1, true},
    };
    return infos;
}

Score Task::judge(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    Score score;
    for (int t = 0; t < batch.steps; ++t) {
        for (int b = 0; b < batch.size; ++b) {
            if (!batch.counted(plan(), t, b))
                continue;
            ++score.answers;
            score.right += answeredRight(batch, outputs, t, b);
        }
    }
    return score;
}

bool Task::answeredRight(const Batch& batch, const Eigen::MatrixXd& outputs, int t, int b) const
{
    const std::size_t k = batch.column(t, b);
    const auto y = outputs.col(static_cast<Eigen::Index>(k));
    if (lossKind() == LossKind::SquaredError)
        return ((y - batch.targets.col(static_cast<Eigen::Index>(k))).array().abs() < 0.04).all();
    Eigen::Index best = 0;
    y.maxCoeff(&best);
    return best == batch.targetClasses[k] && y.allFinite(); // of what has diverged none is the largest
}

Score Task::wholeAnswers(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    Score score{0, batch.size};
    for (int b = 0; b < batch.size; ++b) {
        bool good = true;
        for (int t = 0; t < batch.steps && good; ++t)
            good = !batch.counted(plan(), t, b) || answeredRight(batch, outputs, t, b);
        score.right += good;
    }
    return score;
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

std::int64_t dataSequence(bool streams, std::int64_t count, int size, int b, std::int64_t iteration)
{
    if (!streams)
        return (iteration % count * size + b) % count;
    const std::int64_t each = count / size;
    return each > 0 ? b * each + iteration % each : b % count;
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
    const int lag = settings.lag > 0 ? settings.lag : info->defaultLag;
    const auto below = [&](const char* field, int value, int limit, const char* what) {
        if (value >= limit)
            throw InputError(experiment.source, field, std::to_string(value),
                             "less than " + std::string(what) + ", which is " + std::to_string(limit));
    };
    const std::uint64_t seed = experiment.seed;
    if (info->id == "hello")
        return std::make_unique<HelloTask>(settings.feed);
    if (info->id == "adding") {
        if (settings.form == AddingForm::Hochreiter && length < AddingTask::shortestHochreiter)
            throw InputError(experiment.source, "task.length", std::to_string(length),
                             std::to_string(AddingTask::shortestHochreiter) + " or more in this form");
        return std::make_unique<AddingTask>(settings.form, length, seed);
    }
    if (info->id == "copy")
        return std::make_unique<CopyTask>(lag, settings.symbols, settings.alphabet, seed);
    if (info->id == "temporal-order")
        return std::make_unique<TemporalOrderTask>(length, seed);
    if (info->id == "latch") {
        below("task.signal", settings.signal, length, "task.length");
        return std::make_unique<LatchTask>(length, settings.signal, settings.noise, seed);
    }
    if (info->id == "reber")
        return std::make_unique<ReberTask>(length, seed);
    if (info->id == "echo") {
        below("task.lag", lag, length, "task.length");
        return std::make_unique<EchoTask>(length, lag, settings.alphabet, seed);
    }
    if (info->id == "addition")
        return std::make_unique<AdditionTask>(settings.digits, settings.reversed, seed);
    const auto file = experiment.directory / settings.file;
    return inExperiment(experiment.source, [&]() -> std::unique_ptr<Task> {
        if (info->id == "text")
            return std::make_unique<TextTask>(file, settings.vocabulary, settings.feed, length,
                                              experiment.training.carryState);
        return std::make_unique<SeriesTask>(file, settings.inputs, settings.targets, settings.counted, length,
                                            experiment.training.carryState);
    });
}

bool readsItsOutputs(const TaskSettings& settings)
{
    if (settings.id == "hello" || settings.id == "text")
        return settings.feed == Feed::Data;
    if (settings.id == "series")
        return settings.inputs.size() == settings.targets.size();
    return settings.id == "reber" || settings.id == "addition";
}

std::string_view name(Counted counted)
{
    return counted == Counted::All ? "all" : "last";
}

std::string_view name(AddingForm form)
{
    return form == AddingForm::Arjovsky ? "arjovsky" : "hochreiter";
}

std::string_view name(Feed feed)
{
    return feed == Feed::Data ? "data" : "zeros";
}

} // namespace unrolled
