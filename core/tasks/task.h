#pragma once

#include "core/network/batch.h"
#include "core/network/model_settings.h"
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

/// How many of the answers of a batch are right; those of its parts add up.
struct Score
{
    std::int64_t right = 0;
    std::int64_t answers = 0;

    double share() const { return answers > 0 ? double(right) / double(answers) : 0.0; }
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
    /// UTF-8 symbols of the input's classes; null where inputs are numbers.
    virtual std::shared_ptr<const std::vector<std::string>> vocabulary() const { return nullptr; }
    /// Those of the output's classes; null where they have no names or are numbers.
    virtual std::shared_ptr<const std::vector<std::string>> outputVocabulary() const { return vocabulary(); }
    /// The sequences of data that are read on and on, from the first to the last; 0 where they are
    /// independent.
    virtual std::int64_t sequences() const { return 0; }
    /// Fills `batch`, reusing its storage.
    virtual void fill(Batch& batch, int size, std::int64_t iteration) const = 0;
    /// The right answers, from the outputs (logits, size × T·B) of a batch. By default those of all counted
    /// steps: the most probable class is the target; for numbers every |error| < 0.04, the criterion of
    /// Hochreiter & Schmidhuber 1997.
    virtual Score judge(const Batch& batch, const Eigen::MatrixXd& outputs) const;
    double accuracy(const Batch& batch, const Eigen::MatrixXd& outputs) const
    {
        return judge(batch, outputs).share();
    }
    /// The expected loss of a sequence for the best network that remembers nothing, as `reduction` makes it;
    /// NaN where the literature has none.
    virtual double baseline(Reduction reduction) const;
    /// The symbols that a decoder starts from and ends with; -1 where there are none.
    virtual int startSymbol() const { return -1; }
    virtual int endSymbol() const { return -1; }

protected:
    /// Whether a counted answer is right by itself.
    virtual bool answeredRight(const Batch& batch, const Eigen::MatrixXd& outputs, int t, int b) const;
    /// Of the sequences, those all of whose counted answers are right.
    Score wholeAnswers(const Batch& batch, const Eigen::MatrixXd& outputs) const;
};

/// Which of `count` sequences of data is the b-th of an iteration's batch: the next one in order; or, where
/// the state is carried over, the next one of the b-th of `size` parallel streams of ⌊count/size⌋ sequences
/// each. From 0.
std::int64_t dataSequence(bool streams, std::int64_t count, int size, int b, std::int64_t iteration);

/// Makes the task of an experiment; reads its file. Throws InputError.
std::unique_ptr<Task> makeTask(const Experiment& experiment);

/// A kind of task as the interface and `list` show it.
struct TaskInfo
{
    std::string_view id;
    std::string_view title;
    std::string_view mode; ///< as mode(plan) says it, with the task's defaults
    int defaultLength;     ///< 0: the task has no settable length
    int minimumLength;
    bool needsFile;
    int defaultLag = 0; ///< 0: the task has no settable lag
};
const std::vector<TaskInfo>& taskInfos();
const TaskInfo* findTaskInfo(std::string_view id);

} // namespace unrolled
