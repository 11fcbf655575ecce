#include "core/tasks/addition_task.h"

#include "core/tasks/drawing.h"

#include <algorithm>

namespace unrolled {

namespace {

enum Symbol { Plus = 10, Start, End };

int number(Random& random, int digits)
{
    int value = 0;
    for (int left = 1 + random.below(digits); left > 0; --left)
        value = 10 * value + random.below(10);
    return value;
}

/// Characters of a query or an answer; enough for two numbers of nine digits.
struct Symbols
{
    int at[20];
    int count = 0;

    void add(int symbol) { at[count++] = symbol; }
    void addNumber(int value)
    {
        const int first = count;
        do {
            add(value % 10);
            value /= 10;
        } while (value > 0);
        std::reverse(at + first, at + count);
    }
};

} // namespace

AdditionTask::AdditionTask(int digits, bool reversed, std::uint64_t seed)
    : m_digits(digits), m_reversed(reversed),
      m_vocabulary(std::make_shared<const std::vector<std::string>>(std::vector<std::string>{
          "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "+", "<start>", "<end>"})),
      m_seed(seed)
{
    const int query = 2 * digits + 1;
    const int answer = digits + 2; // with <end>
    m_plan.assign(static_cast<std::size_t>(query), {encoderBank, InputSource::Data, false, false});
    m_plan.push_back({rnnBank, InputSource::Start, true, false});
    m_plan.resize(static_cast<std::size_t>(query + answer), {rnnBank, InputSource::Data, true, true});
}

void AdditionTask::fill(Batch& batch, int size, std::int64_t iteration) const
{
    const int decoder = 2 * m_digits + 1;
    shapeClasses(batch, static_cast<int>(m_plan.size()), size);
    std::fill(batch.inputClasses.begin(), batch.inputClasses.end(), -1);
    batch.uses.assign(batch.inputClasses.size(), StepUse::Skipped);
    Random random = sequenceRandom(m_seed, iteration);
    for (int b = 0; b < size; ++b) {
        const int first = number(random, m_digits);
        const int second = number(random, m_digits);
        Symbols query;
        query.addNumber(first);
        query.add(Plus);
        query.addNumber(second);
        if (m_reversed)
            std::reverse(query.at, query.at + query.count);
        for (int i = 0; i < query.count; ++i) {
            const std::size_t column = batch.column(i, b);
            batch.inputClasses[column] = query.at[i];
            batch.uses[column] = StepUse::Silent;
        }
        Symbols answer;
        answer.addNumber(first + second);
        answer.add(End);
        int before = Start;
        for (int i = 0; i < answer.count; ++i) {
            const std::size_t column = batch.column(decoder + i, b);
            batch.inputClasses[column] = before;
            batch.targetClasses[column] = answer.at[i];
            batch.uses[column] = StepUse::Counted;
            before = answer.at[i];
        }
    }
}

Score AdditionTask::judge(const Batch& batch, const Eigen::MatrixXd& outputs) const
{
    return wholeAnswers(batch, outputs);
}

int AdditionTask::startSymbol() const
{
    return Start;
}

int AdditionTask::endSymbol() const
{
    return End;
}

} // namespace unrolled
