#include "core/training/trainer.h"

#include "core/files/inline_weights.h"
#include "core/files/weight_file.h"
#include "core/gradients/scaled_columns.h"
#include "core/network/blocked_network.h"
#include "core/tasks/task.h"
#include "core/trace/iteration_input.h"
#include "core/trace/spare_traces.h"
#include "core/training/error.h"
#include "core/training/initialiser.h"
#include "core/training/interventions.h"
#include "core/training/memory_need.h"
#include "core/training/optimizer.h"
#include "core/training/teacher_forcing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>

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
    return {"gradient norm", -1, 0, false};
}

} // namespace

std::size_t Checkpoint::bytes() const
{
    return sizeof(Checkpoint) +
           sizeof(double) * static_cast<std::size_t>(parameters.size() + optimizer.size() + carried.size());
}

struct Trainer::State
{
    struct Clipping
    {
        double scale = 1; ///< the norm afterwards over the norm before
        bool entries = false;
    };

    State(const Experiment& e, int threads)
        : experiment(e), task(makeTask(e)), network(e.model, *task, e.training.batch),
          optimizer(network.layout().size())
    {
        network.useThreads(threads);
        if (e.weights.empty()) {
            parameters = initialParameters(e.model, network.layout(), e.seed);
        } else if (areInline(e.weights)) {
            parameters = fromStateDict(network.layout(), inlineTensors(e.weights), e.source + ": weights");
        } else {
            const auto file = e.directory / e.weights;
            parameters = inExperiment(e.source, [&] {
                return fromStateDict(network.layout(), readSafetensors(file), file.string());
            });
        }
        gradient.setZero(parameters.size());
        checkInterventions(experiment, network.layout(), network.steps());
        if (e.training.carryState) {
            restartsAfter = restartPeriod();
            carried.setZero(network.stateSize());
        }
        network.setTruncation(e.training.truncate);
        refresh();
        changeWeightsNow();
        if (problem)
            throw InputError(*problem);
    }

    State(const State& other)
        : experiment(other.experiment), task(other.task),
          network(experiment.model, *task, experiment.training.batch), optimizer(other.optimizer),
          parameters(other.parameters), unchanged(other.unchanged), problem(other.problem),
          gradient(other.gradient), carried(other.carried), restartsAfter(other.restartsAfter),
          spares(other.spares), iteration(other.iteration), finite(other.finite)
    {
        network.shareThreads(other.network);
        network.setTruncation(experiment.training.truncate);
        refresh();
    }

    /// After how many iterations data that are read on and on start again.
    std::int64_t restartPeriod() const
    {
        const std::int64_t sequences = task->sequences();
        if (sequences == 0)
            throw InputError(experiment.source, "training.carry_state", "true",
                             "false, as the sequences of " + experiment.task.id +
                                 " are independent (those of text and series go on)");
        if (sequences < experiment.training.batch)
            throw InputError(experiment.source, "training.batch", std::to_string(experiment.training.batch),
                             "1 to " + std::to_string(sequences) +
                                 " with training.carry_state, as the data have " + std::to_string(sequences) +
                                 (sequences == 1 ? " sequence" : " sequences"));
        return sequences / experiment.training.batch;
    }

    /// Takes the settings and edits in force.
    void refresh()
    {
        settings = settingsAt(experiment, iteration);
        edits = passEditsAt(experiment, iteration);
        network.setEdits(edits);
    }

    /// Interventions on the weights act when their iteration is reached. What they replace is kept for
    /// checkpoints, so that the list may change.
    void changeWeightsNow()
    {
        unchanged.resize(0);
        problem.reset();
        for (const Intervention& each : experiment.interventions) {
            if (changesWeightsAt(each, iteration)) {
                unchanged = parameters;
                try {
                    changeWeights(experiment, iteration, network.layout(), parameters);
                } catch (const InputError& error) {
                    problem = error; // told by the pass: the state before it can still be left for another
                }
                return;
            }
        }
    }

    /// After the iteration went on by one.
    void arrive()
    {
        for (const Intervention& each : experiment.interventions) {
            if (each.iteration == iteration || each.until == iteration) {
                refresh();
                break;
            }
        }
        changeWeightsNow();
        if (restartsAfter > 0) {
            network.storeState(carried);
            if (iteration % restartsAfter == 0)
                carried.setZero();
        }
    }

    /// The batch and the first states of this iteration.
    void prepare()
    {
        if (problem)
            throw InputError(*problem);
        batch.uses.clear();
        task->fill(batch, settings.batch, iteration);
        drawFeeding(batch, task->plan(), settings.teacherForcing, experiment.seed, iteration);
        if (!edits.silenced.empty())
            silence();
        if (restartsAfter > 0)
            network.loadState(carried);
    }

    /// Which of the plan's steps the t-th one is that a sequence takes; both from 1.
    int plannedStep(int t, int sequence) const
    {
        int planned = 0;
        for (int taken = 0; taken < t && planned < network.steps(); ++planned)
            taken += batch.skipped(planned, sequence) ? 0 : 1;
        return planned;
    }

    /// Of the pass that was just made, in the place of `last` where nobody else holds it.
    std::shared_ptr<const IterationInput> input(std::shared_ptr<const IterationInput> last) const
    {
        const bool reusable = last && last.use_count() == 1;
        auto input = reusable ? std::const_pointer_cast<IterationInput>(std::move(last))
                              : std::make_shared<IterationInput>();
        input->settings = settings;
        input->plan = task->plan();
        input->edits = edits;
        input->batch = batch;
        input->neededLag = lag;
        input->states = carried;
        if (optimizer.kind() == settings.optimizer)
            input->memory = optimizer.state();
        else
            input->memory.resize(0);
        return input;
    }

    /// The losses of silenced steps do not count; nor do their answers.
    void silence()
    {
        const SequencePlan& plan = task->plan();
        if (batch.uses.empty()) {
            for (const PlanRow& row : plan)
                batch.uses.insert(batch.uses.end(), static_cast<std::size_t>(batch.size),
                                  row.counted ? StepUse::Counted : StepUse::Silent);
        }
        for (const int t : edits.silenced) {
            for (int b = 0; b < batch.size; ++b) {
                StepUse& use = batch.uses[batch.column(t - 1, b)];
                use = use == StepUse::Counted ? StepUse::Silent : use;
            }
        }
    }

    /// L of the batch at other parameters, or with a state shifted; see Trainer::objective.
    double objective(const Eigen::VectorXd& at, const StateShift* shift = nullptr)
    {
        if (settings.truncate > 0) {
            network.forward(parameters, batch, settings.loss);
            network.pinBorders(true);
        }
        network.setShift(shift);
        network.forward(at, batch, settings.loss);
        network.setShift(nullptr);
        network.pinBorders(false);
        return network.loss();
    }

    IterationSummary pass()
    {
        prepare();
        network.pass(parameters, batch, settings.loss, gradient);
        IterationSummary summary;
        summary.iteration = iteration;
        summary.loss = network.loss();
        summary.accuracy = network.accuracy();
        summary.gradientNorm = scaledNorm(gradient);
        if (std::isinf(summary.gradientNorm))
            summary.log10OfInfiniteNorm = scaledNormOf(gradient).log10();
        return summary;
    }

    /// Clips the gradient, by value and then by norm.
    Clipping clip(IterationSummary& summary)
    {
        Clipping clipping;
        double norm = summary.gradientNorm;
        if (settings.clipValue > 0 && !(gradient.cwiseAbs().maxCoeff() <= settings.clipValue)) {
            // g_i ← min(max(g_i, −θ), θ); NaN stays
            for (double& entry : gradient)
                entry =
                    std::isnan(entry) ? entry : std::clamp(entry, -settings.clipValue, settings.clipValue);
            norm = scaledNorm(gradient);
            clipping.entries = summary.clipped = true;
            clipping.scale = norm / summary.gradientNorm;
        }
        // g ← g·θ/‖g‖ where ‖g‖ > θ (Pascanu et al. 2013)
        if (settings.clipNorm > 0 && norm > settings.clipNorm) {
            const double scale = settings.clipNorm / norm;
            gradient *= scale;
            summary.clipped = true;
            clipping.scale *= scale;
        }
        return clipping;
    }

    void update(const IterationSummary& summary)
    {
        TrainingSettings now = settings;
        now.learningRate = learningRateAt(settings, iteration);
        optimizer.begin(now.optimizer);
        network.share(parameters.size(), [&](Eigen::Index first, Eigen::Index count) {
            optimizer.updatePart(now, gradient, parameters, first, count);
        });
        // 0·∞ and 0·NaN are NaN; several at a time, unlike allFinite().
        finite = finite && std::isfinite(summary.loss) && std::isfinite(summary.gradientNorm) &&
                 (0 * parameters).sum() == 0;
        ++iteration;
        arrive();
    }

    Experiment experiment;
    std::shared_ptr<const Task> task;
    BlockedNetwork network;
    Optimizer optimizer;
    Eigen::VectorXd parameters;
    Eigen::VectorXd unchanged; ///< before the interventions of this iteration; empty where there are none
    std::optional<InputError> problem; ///< why the interventions of this iteration cannot be made
    Eigen::VectorXd gradient;
    Eigen::VectorXd carried;
    std::int64_t restartsAfter = 0; ///< 0: nothing is carried
    NeededLag lag = neededLag(experiment.task);
    SpareTraces spares;
    Batch batch;
    TrainingSettings settings; ///< in force, as are the edits
    PassEdits edits;
    std::int64_t iteration = 0;
    bool finite = true;
};

Trainer::Trainer(const Experiment& experiment, int threads)
try : m_state(std::make_unique<State>(experiment, threads)) {
} catch (const std::bad_alloc&) {
    throw RunError(tooLittleMemory(experiment));
}
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
    IterationSummary summary = s.pass();
    s.clip(summary);
    s.update(summary);
    return summary;
}

IterationSummary Trainer::evaluate()
{
    IterationSummary summary = m_state->pass();
    m_state->clip(summary);
    return summary;
}

double Trainer::objective(const Eigen::VectorXd& parameters)
{
    m_state->prepare();
    return m_state->objective(parameters);
}

double Trainer::objective(const StateShift& shift)
{
    State& s = *m_state;
    s.prepare();
    StateShift planned = shift;
    planned.t = s.plannedStep(shift.t, shift.sequence);
    return s.objective(s.parameters, &planned);
}

double Trainer::stateGradientNorm(int layer, int t, int sequence) const
{
    return m_state->network.stateGradientNorm(layer, m_state->plannedStep(t, sequence), sequence);
}

std::shared_ptr<IterationTrace> Trainer::record(int sequence)
{
    State& s = *m_state;
    std::shared_ptr<IterationTrace> trace = s.spares.take();
    IterationSummary summary = s.pass();
    s.network.record(s.parameters, s.batch, sequence, s.settings.loss, *trace);
    trace->iteration = s.iteration;
    trace->vocabulary = s.task->vocabulary();
    trace->outputVocabulary = s.task->outputVocabulary();
    trace->baseline = s.task->baseline(s.settings.loss);
    trace->accuracy = summary.accuracy;
    trace->gradientNorm = summary.gradientNorm;
    trace->learningRate = learningRateAt(s.settings, s.iteration);
    trace->input = s.input(std::move(trace->input));
    trace->overflow = nullptr;

    if (trace->parameters.empty()) { // else it was one of this model
        for (const auto& block : s.network.layout().blocks())
            trace->parameters.push_back({block, {}, {}, {}, {}});
    }
    for (auto& parameter : trace->parameters) {
        parameter.before = view(s.parameters, parameter.block);
        parameter.gradient = view(s.gradient, parameter.block);
    }
    const auto clipping = s.clip(summary);
    trace->clipScale = clipping.scale;
    trace->clippedEntries = clipping.entries;
    trace->clipped = summary.clipped;
    for (auto& parameter : trace->parameters)
        parameter.clippedGradient = view(s.gradient, parameter.block);
    s.update(summary);
    const Eigen::VectorXd& updated = s.unchanged.size() > 0 ? s.unchanged : s.parameters;
    for (auto& parameter : trace->parameters)
        parameter.after = view(updated, parameter.block);
    if (!s.finite)
        trace->overflow = std::make_shared<Overflow>(firstOverflow(*trace));
    return trace;
}

Checkpoint Trainer::checkpoint() const
{
    const State& s = *m_state;
    return {s.iteration, s.unchanged.size() > 0 ? s.unchanged : s.parameters, s.optimizer.state(), s.carried};
}

void Trainer::restore(const Checkpoint& checkpoint)
{
    State& s = *m_state;
    s.iteration = checkpoint.iteration;
    s.parameters = checkpoint.parameters;
    s.carried = checkpoint.carried;
    s.refresh();
    s.optimizer.setState(s.iteration > 0 ? settingsAt(s.experiment, s.iteration - 1).optimizer
                                         : s.settings.optimizer,
                         checkpoint.optimizer);
    s.changeWeightsNow();
    s.finite = s.parameters.allFinite();
}

void Trainer::setInterventions(const std::vector<Intervention>& interventions)
{
    State& s = *m_state;
    Experiment changed = s.experiment;
    changed.interventions = interventions;
    checkInterventions(changed, s.network.layout(), s.network.steps());
    s.experiment.interventions = interventions;
    if (s.unchanged.size() > 0)
        s.parameters = s.unchanged;
    s.refresh();
    s.changeWeightsNow();
}

double Trainer::costPerIteration() const
{
    return m_state->network.cost() + 12 * double(m_state->parameters.size());
}

} // namespace unrolled
