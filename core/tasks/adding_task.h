#pragma once

#include "core/tasks/task.h"

namespace unrolled {

/// The adding problem: two marked numbers of a sequence are to be added at its end. A sequence is right where
/// |error| < 0.04.
/// - arjovsky (Arjovsky, Shah & Bengio 2016, section 4.2): T steps of (u, mark) with u ~ U[0, 1) and the mark
///   1 at one step of each half, else 0; the answer is the sum of the two marked u. A network that always
///   answers 1 gets a mean squared error of 1/6.
/// - hochreiter (Hochreiter & Schmidhuber 1997, experiment 4): u ~ U[-1, 1), the length uniform in T … T +
///   T/10; the first and the last mark are -1, those of two numbers 1, all others 0. The first marked number
///   is among the first 10, the second among the first T/2 - 1. The answer is 0.5 + (X₁ + X₂)/4; always 0.5
///   gets 1/24. The paper may mark the very first number and then sets X₁ to 0: here another one is drawn.
class AddingTask final : public Task
{
public:
    static constexpr int shortestHochreiter = 8;

    /// length ≥ 2; ≥ shortestHochreiter in that form
    AddingTask(AddingForm form, int length, std::uint64_t seed);

    int inputSize() const override { return 2; }
    int outputSize() const override { return 1; }
    LossKind lossKind() const override { return LossKind::SquaredError; }
    const SequencePlan& plan() const override { return m_plan; }
    void fill(Batch& batch, int size, std::int64_t iteration) const override;
    double baseline(Reduction reduction) const override;

private:
    void fillArjovsky(Batch& batch, int size, std::int64_t iteration) const;
    void fillHochreiter(Batch& batch, int size, std::int64_t iteration) const;

    AddingForm m_form;
    int m_length;
    SequencePlan m_plan;
    std::uint64_t m_seed;
};

} // namespace unrolled
