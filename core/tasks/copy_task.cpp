#include "core/tasks/copy_task.h"

#include "core/tasks/drawing.h"

#include <cmath>

namespace unrolled {

CopyTask::CopyTask(int lag, int symbols, int alphabet, std::uint64_t seed)
    : m_lag(lag), m_symbols(symbols), m_alphabet(alphabet), m_plan(countedFrom(0, lag + 2 * symbols)),
      m_vocabulary(letters(alphabet, {"·", "?"})), m_seed(seed)
{
}

void CopyTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int blank = m_alphabet;
    const int marker = m_alphabet + 1;
    shapeClasses(batch, static_cast<int>(m_plan.size()), size);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        for (int t = 0; t < batch.steps; ++t)
            batch.inputClasses[batch.column(t, b)] = batch.targetClasses[batch.column(t, b)] = blank;
        for (int i = 0; i < m_symbols; ++i) {
            const int symbol = random.below(m_alphabet);
            batch.inputClasses[batch.column(i, b)] = symbol;
            batch.targetClasses[batch.column(m_symbols + m_lag + i, b)] = symbol;
        }
        batch.inputClasses[batch.column(m_symbols + m_lag - 1, b)] = marker;
    }
}

Score CopyTask::judge(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    Score score{0, batch.size};
    for (int b = 0; b < batch.size; ++b) {
        bool all = true;
        for (int t = m_symbols + m_lag; t < batch.steps && all; ++t)
            all = answeredRight(batch, outputs, t, b);
        score.right += all;
    }
    return score;
}

double CopyTask::baseline(Reduction reduction) const
{
    const double sum = m_symbols * std::log(double(m_alphabet));
    return reduction == Reduction::Mean ? sum / double(m_plan.size()) : sum;
}

} // namespace unrolled
