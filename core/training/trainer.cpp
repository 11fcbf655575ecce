#include "core/training/trainer.h"

#include "core/files/weight_file.h"
#include "core/network/network.h"
#include "core/tasks/task.h"
#include "core/training/error.h"
#include "core/training/initialiser.h"
#include "core/training/optimizer.h"
#include "core/training/teacher_forcing.h"

#include <cmath>
#include <limits>

namespace unrolled {

namespace {

Overflow firstOverflow(const IterationTrace& trace)
{
    const auto& all = channels(trace.cell);
    // forward, in the order of computation
    for (int t = 1; t <= trace.steps(); ++t) {
        for (std::size_t l = 0; l < trace.layers.size(); ++l) {
            for (std::size_t k = 0; k < all.size(); ++k) {
                if (!trace.layers[l].channels[k].value.col(t - 1).allFinite())
                    return {std::string(all[k].name), static_cast<int>(l), t, false};
            }
        }
        if (!trace.outputs.y.value.col(t - 1).allFinite())
            return {"y", -1, t, false};
    }
    for (int t = 1; t <= trace.steps(); ++t) {
        const double loss = trace.outputs.losses[t - 1];
        if (trace.plan[static_cast<std::size_t>(t - 1)].counted && !std::isfinite(loss))
            return {"loss", -1, t, false};
    }
    if (!std::isfinite(trace.loss))
        return {"loss", -1, 0, false};
    // backward
    for (int t = trace.steps(); t >= 1; --t) {
        for (std::size_t l = trace.layers.size(); l-- > 0;) {
            for (std::size_t k = all.size(); k-- > 0;) {
                if (!trace.layers[l].channels[k].gradient.col(t - 1).allFinite())
                    return {std::string(all[k].name), static_cast<int>(l), t, true};
            }
        }
    }
    for (const auto& parameter : trace.parameters) {
        if (!parameter.gradient.allFinite())
            return {parameter.block.name, parameter.block.layer, 0, true};
    }
    for (const auto& parameter : trace.parameters) {
        if (!parameter.after.allFinite())
            return {parameter.block.name, parameter.block.layer, 0, false};
    }
    return {"loss", -1, 0, false};
}

} // namespace

std::size_t Checkpoint::bytes() const
{
    return sizeof(Checkpoint) +
           sizeof(double) * static_cast<std::size_t>(parameters.size() + optimizer.size());
}

struct Trainer::State
{
    explicit State(const Experiment& e)
        : experiment(e), task(makeTask(e)), network(e.model, task->inputSize(), task->outputSize(),
                                                    task->lossKind(), task->plan(), e.training.batch),
          optimizer(network.layout().size())
    {
        if (e.weights.empty()) {
            parameters = initialParameters(e.model, network.layout(), e.seed);
        } else {
            const auto file = e.directory / e.weights;
            parameters = fromStateDict(network.layout(), readSafetensors(file), file.string());
        }
        gradient.setZero(parameters.size());
        settings = settingsAt(experiment, 0);
    }

    State(const State& other)
        : experiment(other.experiment), task(other.task),
          network(experiment.model, task->inputSize(), task->outputSize(), task->lossKind(), task->plan(),
                  experiment.training.batch),
          optimizer(other.optimizer), parameters(other.parameters), gradient(other.gradient),
          settings(other.settings), iteration(other.iteration), finite(other.finite)
    {
    }

    /// Takes the settings in force, where an intervention falls on this iteration.
    void updateSettings()
    {
        for (const auto& intervention : experiment.interventions) {
            if (intervention.iteration == iteration) {
                settings = settingsAt(experiment, iteration);
                return;
            }
        }
    }

    IterationSummary pass()
    {
        updateSettings();
        task->fill(batch, settings.batch, iteration);
        drawFeeding(batch, task->plan(), settings.teacherForcing, experiment.seed, iteration);
        network.forward(parameters, batch, settings.loss);
        network.backward(parameters, batch, gradient);
        IterationSummary summary;
        summary.iteration = iteration;
        summary.loss = network.loss();
        summary.accuracy = task->accuracy(batch, network.outputs());
        summary.gradientNorm = scaledNorm(gradient);
        summary.clipped = settings.clipNorm > 0 && summary.gradientNorm > settings.clipNorm;
        return summary;
    }

    double clip(const IterationSummary& summary)
    {
        // g ← g·θ/‖g‖ where ‖g‖ > θ (Pascanu et al. 2013)
        if (!summary.clipped)
            return 1;
        const double scale = settings.clipNorm / summary.gradientNorm;
        gradient *= scale;
        return scale;
    }

    void update(const IterationSummary& summary)
    {
        optimizer.update(settings, gradient, parameters);
        finite = finite && std::isfinite(summary.loss) && std::isfinite(summary.gradientNorm) &&
                 parameters.allFinite();
        ++iteration;
    }

    Experiment experiment;
    std::shared_ptr<const Task> task;
    Network network;
    Optimizer optimizer;
    Eigen::VectorXd parameters;
    Eigen::VectorXd gradient;
    Batch batch;
    TrainingSettings settings;
    std::int64_t iteration = 0;
    bool finite = true;
};

Trainer::Trainer(const Experiment& experiment) : m_state(std::make_unique<State>(experiment)) {}
Trainer::Trainer(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

Trainer Trainer::twin() const
{
    return Trainer(std::make_unique<State>(*m_state));
}

const Experiment& Trainer::experiment() const
{
    return m_state->experiment;
}

const Task& Trainer::task() const
{
    return *m_state->task;
}

const ParameterLayout& Trainer::layout() const
{
    return m_state->network.layout();
}

const Eigen::VectorXd& Trainer::parameters() const
{
    return m_state->parameters;
}

std::int64_t Trainer::iteration() const
{
    return m_state->iteration;
}

bool Trainer::finite() const
{
    return m_state->finite;
}

IterationSummary Trainer::step()
{
    State& s = *m_state;
    const IterationSummary summary = s.pass();
    s.clip(summary);
    s.update(summary);
    return summary;
}

IterationSummary Trainer::evaluate()
{
    return m_state->pass();
}

std::shared_ptr<IterationTrace> Trainer::record(int sequence)
{
    State& s = *m_state;
    auto trace = std::make_shared<IterationTrace>();
    const IterationSummary summary = s.pass();
    s.network.record(s.parameters, s.batch, sequence, s.settings.loss, *trace);
    trace->iteration = s.iteration;
    trace->vocabulary = s.task->vocabulary();
    trace->outputVocabulary = s.task->outputVocabulary();
    trace->baseline = s.task->baseline(s.settings.loss);
    trace->accuracy = summary.accuracy;
    trace->gradientNorm = summary.gradientNorm;
    trace->clipped = summary.clipped;
    trace->learningRate = s.settings.learningRate;

    trace->parameters.reserve(s.network.layout().blocks().size());
    for (const auto& block : s.network.layout().blocks())
        trace->parameters.push_back({block, view(s.parameters, block), view(s.gradient, block), {}, {}});
    trace->clipScale = s.clip(summary);
    for (auto& parameter : trace->parameters)
        parameter.clippedGradient = view(s.gradient, parameter.block);
    s.update(summary);
    for (auto& parameter : trace->parameters)
        parameter.after = view(s.parameters, parameter.block);
    if (!s.finite)
        trace->overflow = std::make_shared<Overflow>(firstOverflow(*trace));
    return trace;
}

Checkpoint Trainer::checkpoint() const
{
    return {m_state->iteration, m_state->parameters, m_state->optimizer.state()};
}

void Trainer::restore(const Checkpoint& checkpoint)
{
    State& s = *m_state;
    s.iteration = checkpoint.iteration;
    s.parameters = checkpoint.parameters;
    s.settings = settingsAt(s.experiment, s.iteration);
    s.optimizer.setState(s.iteration > 0 ? settingsAt(s.experiment, s.iteration - 1).optimizer
                                         : s.settings.optimizer,
                         checkpoint.optimizer);
    s.finite = s.parameters.allFinite();
}

void Trainer::setInterventions(const std::vector<Intervention>& interventions)
{
    m_state->experiment.interventions = interventions;
    m_state->settings = settingsAt(m_state->experiment, m_state->iteration);
}

double Trainer::costPerIteration() const
{
    return m_state->network.cost() + 12 * double(m_state->parameters.size());
}

} // namespace unrolled
