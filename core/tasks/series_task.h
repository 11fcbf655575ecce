#pragma once

#include "core/tasks/task.h"

#include <filesystem>

namespace unrolled {

/// Columns of numbers from the user's CSV file: inputs and targets of a step come from the same row. Sequence
/// k is the rows k·length … (k+1)·length − 1 (from 0, the header not counted); a rest is dropped. Squared
/// error at every step, or at the last. The batch takes the next sequences in order and starts again at the
/// end. With as many inputs as targets the outputs can be read back (training.teacher_forcing); a row's
/// inputs should then be the targets of the row before.
class SeriesTask final : public Task
{
public:
    /// Throws InputError naming the file, the line and the column. `streams`: see dataSequence().
    SeriesTask(const std::filesystem::path& file, const std::vector<std::string>& inputs,
               const std::vector<std::string>& targets, Counted counted, int length, bool streams = false);

    int inputSize() const override { return static_cast<int>(m_inputs.rows()); }
    int outputSize() const override { return static_cast<int>(m_targets.rows()); }
    LossKind lossKind() const override { return LossKind::SquaredError; }
    const SequencePlan& plan() const override { return m_plan; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;

    std::int64_t sequences() const override { return m_sequences; }

private:
    SequencePlan m_plan;
    Eigen::MatrixXd m_inputs; ///< columns × rows of the file
    Eigen::MatrixXd m_targets;
    std::int64_t m_sequences;
    bool m_streams;
};

} // namespace unrolled
