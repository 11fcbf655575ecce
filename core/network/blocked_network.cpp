#include "core/network/blocked_network.h"

#include <algorithm>

namespace unrolled {

namespace {

/// Waking a thread takes some ten microseconds: the least that a block is worth one for, in multiply–adds.
constexpr double leastCost = 100'000;

/// The sequences of each block: nearly equal, but in fours, as products take them.
std::vector<int> blockSizes(int batch, double costOfSequence)
{
    std::vector<int> sizes;
    const bool worthIt = costOfSequence * BlockedNetwork::blockSize >= leastCost;
    int left = worthIt ? (batch + BlockedNetwork::blockSize - 1) / BlockedNetwork::blockSize : 1;
    int rest = batch;
    for (; left > 1; --left) {
        const int even = (rest + left - 1) / left;
        sizes.push_back((even + 3) / 4 * 4);
        rest -= sizes.back();
    }
    sizes.push_back(rest);
    return sizes;
}

template<class Value>
void takeColumns(const std::vector<Value>& from, int first, int size, const Batch& batch,
                 std::vector<Value>& to)
{
    to.clear();
    for (std::size_t start = static_cast<std::size_t>(first); start < from.size();
         start += static_cast<std::size_t>(batch.size)) {
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(start);
        to.insert(to.end(), begin, begin + size);
    }
}

void takeColumns(const Eigen::MatrixXd& from, int first, int size, const Batch& batch, Eigen::MatrixXd& to)
{
    const int steps = from.size() > 0 ? batch.steps : 0;
    to.resize(from.rows(), Eigen::Index(steps) * size);
    for (int t = 0; t < steps; ++t)
        to.middleCols(Eigen::Index(t) * size, size) =
            from.middleCols(Eigen::Index(t) * batch.size + first, size);
}

} // namespace

BlockedNetwork::BlockedNetwork(const ModelSettings& model, const Task& task, int batch) : m_task(task)
{
    const auto networkOf = [&](int size) {
        return Network(model, task.inputSize(), task.outputSize(), task.lossKind(), task.plan(), size, batch);
    };
    int first = 0;
    for (const int size : blockSizes(batch, batch > blockSize ? networkOf(1).cost() : 0)) {
        m_blocks.push_back({first, networkOf(size), {}, {}, {}});
        if (first > 0)
            m_blocks.back().gradient.setZero(layout().size());
        first += size;
    }
}

void BlockedNetwork::useThreads(int threads)
{
    if (threads < 1)
        threads = static_cast<int>(std::thread::hardware_concurrency());
    threads = std::min(threads, blocks());
    m_threads = threads > 1 ? std::make_shared<ThreadPool>(threads) : nullptr;
}

/// job(block) for all blocks.
template<class Job>
void BlockedNetwork::each(Job job)
{
    eachOf([&](int k) { job(m_blocks[static_cast<std::size_t>(k)]); });
}

const BlockedNetwork::Block& BlockedNetwork::blockOf(int b) const
{
    return *std::prev(
        std::find_if(m_blocks.begin(), m_blocks.end(), [b](const Block& block) { return block.first > b; }));
}

/// The sequences of a block.
const Batch& BlockedNetwork::take(Block& block, const Batch& batch) const
{
    if (m_blocks.size() == 1)
        return batch;
    Batch& own = block.batch;
    const int size = block.network.batchSize();
    own.steps = batch.steps;
    own.size = size;
    takeColumns(batch.inputClasses, block.first, size, batch, own.inputClasses);
    takeColumns(batch.inputs, block.first, size, batch, own.inputs);
    takeColumns(batch.targetClasses, block.first, size, batch, own.targetClasses);
    takeColumns(batch.targets, block.first, size, batch, own.targets);
    takeColumns(batch.uses, block.first, size, batch, own.uses);
    takeColumns(batch.sources, block.first, size, batch, own.sources);
    return own;
}

void BlockedNetwork::forward(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction)
{
    each([&](Block& block) { block.network.forward(parameters, take(block, batch), reduction); });
}

void BlockedNetwork::pass(const Eigen::VectorXd& parameters, const Batch& batch, Reduction reduction,
                          Eigen::VectorXd& gradient)
{
    each([&](Block& block) {
        const Batch& own = take(block, batch);
        block.network.forward(parameters, own, reduction);
        block.network.backward(parameters, own, block.first == 0 ? gradient : block.gradient);
        block.score = m_task.judge(own, block.network.outputs());
    });
    share(gradient.size(), [&](Eigen::Index first, Eigen::Index count) {
        for (std::size_t k = 1; k < m_blocks.size(); ++k)
            gradient.segment(first, count) += m_blocks[k].gradient.segment(first, count);
    });
}

double BlockedNetwork::loss() const
{
    double sum = 0;
    for (const Block& block : m_blocks)
        sum += block.network.loss();
    return sum;
}

double BlockedNetwork::accuracy() const
{
    Score sum;
    for (const Block& block : m_blocks) {
        sum.right += block.score.right;
        sum.answers += block.score.answers;
    }
    return sum.share();
}

Eigen::Index BlockedNetwork::stateSize() const
{
    Eigen::Index size = 0;
    for (const Block& block : m_blocks)
        size += block.network.stateSize();
    return size;
}

void BlockedNetwork::loadState(const Eigen::VectorXd& states)
{
    const double* from = states.data();
    for (Block& block : m_blocks)
        from = block.network.loadState(from);
}

void BlockedNetwork::storeState(Eigen::VectorXd& states) const
{
    double* to = states.data();
    for (const Block& block : m_blocks)
        to = block.network.storeState(to);
}

void BlockedNetwork::setEdits(const PassEdits& edits)
{
    for (Block& block : m_blocks)
        block.network.setEdits(edits);
}

void BlockedNetwork::setTruncation(int k)
{
    for (Block& block : m_blocks)
        block.network.setTruncation(k);
}

void BlockedNetwork::pinBorders(bool on)
{
    for (Block& block : m_blocks)
        block.network.pinBorders(on);
}

void BlockedNetwork::setShift(const StateShift* shift)
{
    if (shift)
        m_shift = *shift;
    const Block* own = shift ? &blockOf(shift->sequence) : nullptr;
    for (Block& block : m_blocks)
        block.network.setShift(&block == own ? &m_shift : nullptr);
    if (own)
        m_shift.sequence -= own->first;
}

double BlockedNetwork::stateGradientNorm(int layer, int t, int b) const
{
    const Block& block = blockOf(b);
    return block.network.stateGradientNorm(layer, t, b - block.first);
}

void BlockedNetwork::record(const Eigen::VectorXd& parameters, const Batch& batch, int b, Reduction reduction,
                            IterationTrace& trace) const
{
    const Block& block = blockOf(b);
    block.network.record(parameters, m_blocks.size() == 1 ? batch : block.batch, b - block.first, reduction,
                         trace);
    trace.sequence = b;
    trace.loss = loss();
}

double BlockedNetwork::cost() const
{
    double sum = 0;
    for (const Block& block : m_blocks)
        sum += block.network.cost();
    return sum;
}

} // namespace unrolled
