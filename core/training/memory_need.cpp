#include "core/training/memory_need.h"

#include "core/tasks/task.h"

#include <algorithm>
#include <cstdio>

namespace unrolled {

namespace {

std::string sizeText(double numbers)
{
    const double bytes = sizeof(double) * numbers;
    char text[40];
    std::snprintf(text, sizeof text, bytes < 1e9 ? "%.3g MB" : "%.1f GB", bytes / (bytes < 1e9 ? 1e6 : 1e9));
    return text;
}

} // namespace

std::string tooLittleMemory(const Experiment& experiment)
{
    const auto task = makeTask(experiment);
    const SequencePlan& plan = task->plan();
    const bool encoder =
        std::any_of(plan.begin(), plan.end(), [](const PlanRow& row) { return row.bank == encoderBank; });
    const Eigen::Index weights =
        parameterLayout(experiment.model, task->inputSize(), task->outputSize(), encoder).size();
    std::int64_t units = 0;
    for (const int hidden : experiment.model.hidden)
        units += hidden;
    const int batch = experiment.training.batch;
    const double states =
        2.0 * (stackedGates(experiment.model.cell.kind) + 1) * double(units) * double(plan.size()) * batch;
    return experiment.source + ": the run needs more memory than there is: at least " +
           sizeText(2 * double(weights)) + " for " + std::to_string(weights) + " weights and " +
           sizeText(states) + " for " + std::to_string(units) + " units over " + std::to_string(plan.size()) +
           " steps of " + std::to_string(batch) + (batch == 1 ? " sequence" : " sequences") +
           "; a smaller model.hidden, task.length or training.batch helps";
}

} // namespace unrolled
