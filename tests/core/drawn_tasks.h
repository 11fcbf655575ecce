#pragma once

#include "core/files/experiment_file.h"
#include "core/tasks/task.h"

#include <Eigen/Core>
#include <string>

/// Tasks that make their sequences, and what a sequence of theirs reads and answers.
namespace drawn_tasks {

using namespace unrolled;

inline Experiment experimentOf(const std::string& task)
{
    return parseExperiment(R"({"unrolled": 1, "task": )" + task + "}", "f", {});
}

/// The symbols of sequence b that are read, or answered, one after the other; "." where a step is skipped.
inline std::string read(const Task& task, const Batch& batch, int b)
{
    std::string text;
    for (int t = 0; t < batch.steps; ++t) {
        const int symbol = batch.inputClasses[batch.column(t, b)];
        text += batch.skipped(t, b) ? "." : symbol < 0 ? "0" : (*task.vocabulary())[std::size_t(symbol)];
    }
    return text;
}
inline std::string answered(const Task& task, const Batch& batch, int b)
{
    std::string text;
    for (int t = 0; t < batch.steps; ++t)
        text += !batch.counted(task.plan(), t, b)
                    ? "."
                    : (*task.outputVocabulary())[std::size_t(batch.targetClasses[batch.column(t, b)])];
    return text;
}

/// Scores that say the right answer everywhere.
inline Eigen::MatrixXd rightOutputs(const Task& task, const Batch& batch)
{
    Eigen::MatrixXd y = Eigen::MatrixXd::Zero(task.outputSize(), Eigen::Index(batch.steps) * batch.size);
    if (task.lossKind() == LossKind::SquaredError)
        return batch.targets;
    for (std::size_t k = 0; k < batch.targetClasses.size(); ++k)
        y(batch.targetClasses[k], Eigen::Index(k)) = 1;
    return y;
}

inline constexpr int size = 5; // sequences of a batch

} // namespace drawn_tasks
