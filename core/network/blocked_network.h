#pragma once

#include "core/network/network.h"
#include "core/network/thread_pool.h"

#include <memory>
#include <vector>

namespace unrolled {

/// A network for a whole batch, cut into blocks of sequences that threads work on side by side: each block
/// has a workspace and a gradient of its own, and they are added up in the order of the blocks. The blocks
/// depend on the model, the plan and the size of the batch, so no bit depends on the number of threads. What
/// is too small to be worth a thread stays one block.
class BlockedNetwork
{
public:
    /// Sequences of a block, at most.
    static constexpr int blockSize = 16;

    /// The task has to outlive it.
    BlockedNetwork(const ModelSettings& model, const Task& task, int batch);

    /// Work with this many threads, the caller's included; below 1: with as many as there are processors.
    /// Takes no more than one a block. Throws std::system_error.
    void useThreads(int threads);
    /// Work with the threads of another one.
    void shareThreads(const BlockedNetwork& other) { m_threads = other.m_threads; }
    int blocks() const { return static_cast<int>(m_blocks.size()); }

    const ParameterLayout& layout() const { return m_blocks.front().network.layout(); }
    int steps() const { return m_blocks.front().network.steps(); }

    /// The losses, see Network::forward.
    void forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction);
    /// The same, with ∂L/∂parameters and the share of right answers.
    void pass(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction,
              Eigen::VectorXd& gradient);

    /// job(first, count) for all of `size` entries, a part for each block, on the threads.
    template<class Job>
    void share(Eigen::Index size, const Job& job)
    {
        const auto parts = static_cast<Eigen::Index>(m_blocks.size());
        eachOf([&](Eigen::Index k) {
            const Eigen::Index first = size * k / parts;
            job(first, size * (k + 1) / parts - first);
        });
    }

    double loss() const;     ///< of the last forward() or pass()
    double accuracy() const; ///< of the last pass()

    /// Block by block, see Network::stateSize.
    Eigen::Index stateSize() const;
    void loadState(const Eigen::VectorXd& states);
    void storeState(Eigen::VectorXd& states) const;

    void setEdits(const PassEdits& edits);
    void setTruncation(int k);
    void pinBorders(bool on);
    void setShift(const StateShift* shift);
    double stateGradientNorm(int layer, int t, int b) const;

    /// Everything of sequence b but parameters and their gradients, after pass().
    void record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                IterationTrace& trace) const;

    /// Multiply–adds of a forward and a backward pass.
    double cost() const;

private:
    struct Block
    {
        int first; ///< sequence
        Network network;
        Batch batch;              ///< its sequences; unused where the block is the whole batch
        Eigen::VectorXd gradient; ///< unused by the first block
        Score score;
    };
    const Block& blockOf(int b) const; ///< of a sequence of the batch
    const Batch& take(Block& block, const Batch& batch) const;
    /// job(k) for as many k as there are blocks.
    template<class Job>
    void eachOf(Job job)
    {
        if (m_threads)
            return m_threads->run(blocks(), job);
        for (int k = 0; k < blocks(); ++k)
            job(k);
    }
    template<class Job>
    void each(Job job);

    const Task& m_task;
    std::vector<Block> m_blocks;
    StateShift m_shift;                    ///< as the block of its sequence sees it
    std::shared_ptr<ThreadPool> m_threads; ///< null: the caller's thread alone
};

} // namespace unrolled
