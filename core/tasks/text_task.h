#pragma once

#include "core/tasks/task.h"

#include <filesystem>

namespace unrolled {

/// The next character of the user's UTF-8 text. Chunk k starts at character k·length (from 0) and its targets
/// are one character on; chunks do not overlap and a rest is dropped. A byte order mark is skipped, and a
/// line end CR LF counts as one character, LF. The batch takes the next chunks in order and starts again at
/// the end. With Feed::Zeros only the first character of a chunk is read, then zeros.
class TextTask final : public Task
{
public:
    /// `vocabulary`: the characters in order; empty for all of the file's in code-point order. Throws
    /// InputError naming the file, the line and the column. `streams`: see dataSequence().
    TextTask(const std::filesystem::path& file, const std::string& vocabulary, Feed feed, int length,
             bool streams = false);

    int inputSize() const override { return static_cast<int>(m_vocabulary->size()); }
    int outputSize() const override { return inputSize(); }
    LossKind lossKind() const override { return LossKind::CrossEntropy; }
    const SequencePlan& plan() const override { return m_plan; }
    std::shared_ptr<const std::vector<std::string>> vocabulary() const override { return m_vocabulary; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

    std::int64_t sequences() const override { return m_chunks; }

private:
    SequencePlan m_plan;
    std::shared_ptr<const std::vector<std::string>> m_vocabulary;
    std::vector<int> m_classes; ///< the whole text
    std::int64_t m_chunks;
    bool m_streams;
};

} // namespace unrolled
