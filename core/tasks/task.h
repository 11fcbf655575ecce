#pragma once

#include "core/network/sequence_plan.h"
#include "core/tasks/task_settings.h"
#include "core/trace/iteration_trace.h"

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace unrolled {

struct Experiment;

/// The sequences of one iteration: B sequences of T steps. Column t·B + b belongs to step t (from 0) of
/// sequence b.
struct Batch
{
    int steps = 0;
    int size = 0;
    std::vector<int> inputClasses;  ///< T·B one-hot inputs as class indices; empty where inputs are numbers
    Eigen::MatrixXd inputs;         ///< inputSize × T·B; empty where inputs are one-hot
    std::vector<int> targetClasses; ///< T·B; empty for squared error
    Eigen::MatrixXd targets;        ///< outputSize × T·B; empty for cross-entropy
};

/// Where sequences come from, their plan, and how an answer is judged. A batch is a pure function of the seed
/// and the iteration.
class Task
{
public:
    virtual ~Task() = default;

    virtual int inputSize() const = 0;
    virtual int outputSize() const = 0;
    virtual LossKind lossKind() const = 0;
    virtual const SequencePlan& plan() const = 0;
    /// UTF-8 symbols of the classes; null where inputs are numbers.
    virtual std::shared_ptr<const std::vector<std::string>> vocabulary() const { return nullptr; }
    /// Fills `batch`, reusing its storage.
    virtual void fill(Batch& batch, int size, std::int64_t iteration) const = 0;
    /// |error| below this counts as right, for squared error.
    virtual double tolerance() const { return 0.04; }
};

/// Makes the task of an experiment; reads its file. Throws InputError.
std::unique_ptr<Task> makeTask(const Experiment& experiment);

/// A kind of task as the interface and `list` show it.
struct TaskInfo
{
    std::string_view id;
    std::string_view title;
    std::string_view mode; ///< "many-to-many", "many-to-one", …
    int defaultLength;     ///< 0: the task has no settable length
    int minimumLength;
    bool needsFile;
};
const std::vector<TaskInfo>& taskInfos();
const TaskInfo* findTaskInfo(std::string_view id);

} // namespace unrolled
