#pragma once

#include "core/network/parameters.h"
#include "core/network/state_shift.h"
#include "core/trace/iteration_trace.h"
#include "core/training/experiment.h"

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace unrolled {

class Task;

/// One row of the curves: the state before the update of an iteration.
struct IterationSummary
{
    std::int64_t iteration = 0;
    double loss = 0;
    double accuracy = 0;
    double gradientNorm = 0;
    bool clipped = false;
    /// log10 of a gradient norm that is infinite: finite where all entries of the gradient are.
    double log10OfInfiniteNorm = std::numeric_limits<double>::infinity();

    double log10GradientNorm() const
    {
        return std::isinf(gradientNorm) ? log10OfInfiniteNorm : std::log10(gradientNorm);
    }
};

/// All that changes from one iteration to the next. Restoring it continues the run bit for bit.
struct Checkpoint
{
    std::int64_t iteration = 0;
    Eigen::VectorXd parameters; ///< before an intervention on the weights of this iteration
    Eigen::VectorXd optimizer;  ///< the optimizer's state, flat
    Eigen::VectorXd carried;    ///< the states that are carried over, flat; empty where none are

    std::size_t bytes() const;
};

/// Runs an experiment iteration by iteration. Allocates nothing in step() after construction, but where an
/// intervention begins or ends.
class Trainer
{
public:
    /// A number of threads: one for each of the machine's processors.
    static constexpr int everyCore = 0;

    /// Works on the sequences of large batches with `threads` threads, the caller's included; no bit depends
    /// on their number. Throws InputError where the experiment's files cannot be used, or an intervention
    /// names what is not there or cannot be made, RunError where there is too little memory, and
    /// std::system_error where the system has no more threads. An intervention that cannot be made at a later
    /// iteration is an InputError of that iteration's pass.
    explicit Trainer(const Experiment& experiment, int threads = 1);
    ~Trainer();
    Trainer(Trainer&&) noexcept;
    Trainer& operator=(Trainer&&) noexcept;

    /// A second trainer of the same run at the same iteration. It shares the task, so no file is read again,
    /// and the threads.
    Trainer twin() const;

    const Experiment& experiment() const;
    const Task& task() const;
    const ParameterLayout& layout() const;
    const Eigen::VectorXd& parameters() const;

    /// The number of updates made so far: the next step() is this iteration.
    std::int64_t iteration() const;

    /// Forward pass, backward pass and update of one iteration.
    IterationSummary step();
    /// The same, recording the `sequence`-th sequence of the batch (from 0). The parameters come out
    /// bit-identical to those of step().
    std::shared_ptr<IterationTrace> record(int sequence = 0);
    /// Loss, accuracy and gradient norm of this iteration without its update.
    IterationSummary evaluate();

    /// L of this iteration's batch at other parameters, of the same interventions; where the gradient is
    /// truncated, with the states at its borders as they are at the present parameters. Its derivative is the
    /// gradient.
    double objective(const Eigen::VectorXd& parameters);

    /// The same at the present parameters, with one state shifted: its derivative is ∂L/∂h_t, or ∂L/∂c_t.
    double objective(const StateShift& shift);

    /// ‖∂L/∂h_t‖ of the last pass, of a layer (from 0) and a sequence of the batch (from 0); t from 1, of the
    /// steps that the sequence takes.
    double stateGradientNorm(int layer, int t, int sequence = 0) const;

    /// False once a loss, a gradient or a parameter is not finite; step() then does nothing more useful.
    bool finite() const;

    Checkpoint checkpoint() const;
    void restore(const Checkpoint& checkpoint);
    /// Takes over a changed list of interventions; nothing that acts before this iteration may differ. Throws
    /// InputError and changes nothing where one names what is not there.
    void setInterventions(const std::vector<Intervention>& interventions);

    /// Multiply–adds of one iteration, for planning replays.
    double costPerIteration() const;

private:
    struct State;
    explicit Trainer(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

} // namespace unrolled
