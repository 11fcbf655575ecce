#include "core/tasks/needed_lag.h"

#include "core/tasks/reber_task.h"
#include "core/tasks/task.h"

#include <algorithm>

namespace unrolled {

namespace {

NeededLag lagOfAdding(AddingForm form, int length)
{
    if (form == AddingForm::Arjovsky)
        return {length - length / 2, length - 1};
    // Steps from 0: the first of the two numbers stands at 1 at the earliest; the latest that it can is
    // before the other one, or at the end of the first ten.
    const int candidates = length / 2 - 1;
    const int latest = candidates > 10 ? 9 : candidates - 2;
    return {length - 1 - latest, length + length / 10 - 2};
}

} // namespace

NeededLag neededLag(const TaskSettings& settings)
{
    const TaskInfo* info = findTaskInfo(settings.id);
    if (!info)
        return {};
    const int length = settings.length > 0 ? settings.length : info->defaultLength;
    const int lag = settings.lag > 0 ? settings.lag : info->defaultLag;
    if (info->id == "adding")
        return lagOfAdding(settings.form, length);
    if (info->id == "copy")
        return {settings.symbols + lag, settings.symbols + lag};
    if (info->id == "latch")
        return {length - settings.signal, length - settings.signal};
    if (info->id == "temporal-order")
        return {length - (2 * length + 9) / 10, length - 1 - (length + 9) / 10};
    if (info->id == "reber")
        return {ReberTask::shortest - 3, length - 3};
    if (info->id == "echo")
        return {lag, lag};
    return {};
}

} // namespace unrolled
