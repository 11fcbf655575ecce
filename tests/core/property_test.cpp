// One run, one truth: whatever the experiment, the run is the same however it is looked at, replayed or
// written down.

#include "core/files/experiment_file.h"
#include "core/files/inline_weights.h"
#include "core/files/weight_file.h"
#include "core/network/parameters.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

using namespace unrolled;

namespace {

constexpr int runLength = 14;

bool sameBits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

/// Draws experiments; the same for the same seed.
class Draw
{
public:
    /// Files of weights are written into `directory`.
    Draw(unsigned seed, const std::filesystem::path& directory) : m_engine(seed), m_directory(directory) {}

    int below(int n) { return static_cast<int>(m_engine() % static_cast<unsigned>(n)); }
    bool coin() { return below(2) == 0; }
    double number() { return double(below(1000)) / 1000; }
    template<typename Enum>
    Enum oneOf(Enum last)
    {
        return static_cast<Enum>(below(static_cast<int>(last) + 1));
    }

    Experiment experiment()
    {
        const auto& infos = taskInfos();
        const TaskInfo& info = infos[static_cast<std::size_t>(below(static_cast<int>(infos.size())))];
        Experiment result;
        if (info.id == "text")
            result = reference::textExperiment(2 + below(6));
        else if (info.id == "series")
            result = reference::seriesExperiment(2 + below(6));
        else
            result = withSetting(Experiment(), "task.id=" + std::string(info.id));
        if (!info.needsFile && info.defaultLength > 0)
            result.task.length = std::max(info.minimumLength, 4) + below(4);
        result.task.counted = info.id == "series" && coin() ? Counted::Last : Counted::All;
        if (info.id == "series" && coin())
            result.task.inputs.resize(result.task.targets.size()); // so that it can read its own numbers
        if (info.id == "adding" && coin()) {
            result.task.form = AddingForm::Hochreiter;
            result.task.length += 10;
        }
        result.source = "property";
        result.seed = m_engine();

        ModelSettings& model = result.model;
        model.cell = {oneOf(CellKind::Lstm), oneOf(Activation::Sigmoid), oneOf(GruReset::Before)};
        model.hidden.assign(1 + static_cast<std::size_t>(below(3)), 3);
        model.hidden.back() = 2 + below(4);
        model.readoutBias = below(4) > 0;
        model.init = oneOf(Initialiser::Normal);
        model.initScale = 0.5 + number();
        model.forgetBias = number();

        TrainingSettings& training = result.training;
        training.optimizer = oneOf(OptimizerKind::Adam);
        training.learningRate = 0.05 * number();
        training.momentum = 0.9 * number();
        training.epsilonInsideRoot = coin();
        training.schedule = oneOf(Schedule::Cosine);
        training.schedulePeriod = 1 + below(8);
        training.scheduleFactor = number();
        training.scheduleFloor = 0.01 * number();
        training.warmup = below(5);
        training.clipValue = coin() ? 0.1 * number() : 0;
        training.clipNorm = coin() ? 0.5 * number() : 0;
        training.batch = 1 + below(4);
        training.loss = oneOf(Reduction::Mean);
        training.truncate = below(4);
        training.carryState = info.needsFile && coin();
        if (readsItsOutputs(result.task) && below(3) > 0)
            training.teacherForcing = coin() ? number() : 0;
        if (!training.carryState && below(3) == 0) {
            training.batch = 17 + below(40); // enough to do for more than one thread
            model.hidden.back() = 24;
        }
        if (coin())
            result.weights = drawWeights(result);
        for (int i = below(5); i > 0; --i)
            result.interventions.push_back(intervention(result));
        std::stable_sort(result.interventions.begin(), result.interventions.end(),
                         [](const auto& a, const auto& b) { return a.iteration < b.iteration; });
        return result;
    }

    /// The weights that the experiment tells; none where they come from its seed.
    const Tensors& weights() const { return m_weights; }

private:
    /// Other weights than those of the seed, in a file or in the experiment itself; both biases are there.
    std::string drawWeights(const Experiment& experiment)
    {
        Experiment other = experiment;
        other.seed = m_engine();
        const Trainer trainer(other);
        m_weights = toStateDict(trainer.layout(), trainer.parameters());
        for (auto& [name, tensor] : m_weights) {
            if (tensor.dimensions == 1)
                tensor.values = tensor.values.unaryExpr([this](double) { return number() - 0.5; });
        }
        if (coin()) {
            const auto file = m_directory / (std::to_string(experiment.seed) + ".safetensors");
            writeSafetensors(m_weights, file);
            return file.string();
        }
        nlohmann::json inPlace;
        for (const auto& [name, tensor] : m_weights) {
            nlohmann::json& rows = inPlace[name];
            for (const auto& row : tensor.values.rowwise())
                rows.push_back(tensor.dimensions == 1 ? nlohmann::json(row[0])
                                                      : nlohmann::json(std::vector(row.begin(), row.end())));
        }
        return inlineWeights(inPlace, [](const std::string&) { return "property"; });
    }

    Intervention intervention(const Experiment& experiment)
    {
        const Trainer trainer(experiment);
        const ParameterLayout& layout = trainer.layout();
        const int steps = static_cast<int>(trainer.task().plan().size());
        Intervention result;
        result.iteration = below(runLength);
        if (coin())
            result.until = result.iteration + 1 + below(6);
        result.kind = oneOf(InterventionKind::Silence);
        if (result.kind != InterventionKind::Cut && result.kind != InterventionKind::Silence)
            result.value = number();
        switch (result.kind) {
        case InterventionKind::Setting:
            result.set =
                settablePaths()[static_cast<std::size_t>(below(static_cast<int>(settablePaths().size())))];
            if (result.set == "training.optimizer")
                result.value = std::string(name(oneOf(OptimizerKind::Adam)));
            break;
        case InterventionKind::Weight: {
            const auto& blocks = layout.blocks();
            const ParameterBlock& block =
                blocks[static_cast<std::size_t>(below(static_cast<int>(blocks.size())))];
            result.set = block.name;
            result.row = below(static_cast<int>(block.rows));
            result.column = below(static_cast<int>(block.cols));
            break;
        }
        case InterventionKind::Radius:
            result.set =
                std::find_if(layout.blocks().begin(), layout.blocks().end(), [](const ParameterBlock& block) {
                    return block.role == ParameterRole::RecurrentWeight;
                })->name;
            break;
        case InterventionKind::Clamp:
            result.set =
                gateChannel(experiment.model.cell.kind, below(stackedGates(experiment.model.cell.kind)));
            if (coin())
                result.units = {below(2)};
            if (coin())
                result.steps = {1 + below(steps)};
            break;
        case InterventionKind::Cut:
            result.steps = {below(steps)};
            break;
        case InterventionKind::Silence:
            result.steps = {1 + below(steps)};
            break;
        }
        if ((result.kind == InterventionKind::Clamp || result.kind == InterventionKind::Cut) && coin())
            result.layer = below(static_cast<int>(experiment.model.hidden.size()));
        return result;
    }

    std::mt19937 m_engine;
    std::filesystem::path m_directory;
    Tensors m_weights;
};

} // namespace

class PropertyTest : public QObject
{
    Q_OBJECT

private slots:
    void aRunIsItsExperiment_data();
    void aRunIsItsExperiment();
};

void PropertyTest::aRunIsItsExperiment_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 60; ++seed)
        QTest::addRow("the experiment of seed %u gives one run", seed) << seed;
}

void PropertyTest::aRunIsItsExperiment()
{
    QFETCH(unsigned, seed);
    const QTemporaryDir directory;
    Draw draw(seed, directory.path().toStdString());
    const Experiment experiment = draw.experiment();
    const std::string text = toJson(experiment);
    const Experiment again = parseExperiment(text, "again", experiment.directory);
    QVERIFY2(again == experiment, text.c_str());
    QCOMPARE(toJson(again), text);

    Trainer silent(experiment);
    Trainer fromFile(again, 1 + draw.below(8));
    std::vector<Eigen::VectorXd> parameters;
    std::vector<IterationSummary> rows;
    for (int i = 0; i < runLength; ++i) {
        parameters.push_back(silent.parameters());
        rows.push_back(silent.step());
        fromFile.step();
        QVERIFY2(sameBits(silent.parameters(), fromFile.parameters()), text.c_str());
    }
    QVERIFY2(silent.finite(), text.c_str());

    Trainer recording(experiment, 1 + draw.below(4));
    for (int i = 0; i < runLength; ++i) {
        if (draw.coin())
            recording.evaluate();
        if (draw.coin())
            recording = recording.twin();
        if (draw.coin())
            recording.restore(recording.checkpoint());
        const auto trace = recording.record(draw.below(experiment.training.batch));
        const IterationSummary& row = rows[static_cast<std::size_t>(i)];
        QVERIFY2(trace->loss == row.loss && trace->gradientNorm == row.gradientNorm &&
                     trace->accuracy == row.accuracy && trace->clipped == row.clipped,
                 text.c_str());
    }
    QVERIFY2(sameBits(recording.parameters(), silent.parameters()), text.c_str());

    const std::size_t bound =
        (2 + static_cast<std::size_t>(draw.below(6))) * silent.checkpoint().bytes() + 4096;
    History history(experiment, bound, 1 + draw.below(3));
    for (int i = 0; i < 10; ++i) {
        const int iteration = draw.below(runLength);
        const TracePtr trace = history.trace(iteration, draw.below(experiment.training.batch));
        QVERIFY2(trace->loss == rows[static_cast<std::size_t>(iteration)].loss, text.c_str());
        QVERIFY2(sameBits(history.parametersAt(iteration), parameters[static_cast<std::size_t>(iteration)]),
                 text.c_str());
        for (const ParameterTrace& each : trace->parameters)
            QVERIFY2(sameBits(each.before, view(parameters[static_cast<std::size_t>(iteration)], each.block)),
                     text.c_str());
    }

    // With its interventions taken away and given back, the run is the same again.
    Experiment plain = experiment;
    plain.interventions.clear();
    if (const Trainer first(plain); !draw.weights().empty())
        QVERIFY2(sameBits(first.parameters(), fromStateDict(first.layout(), draw.weights(), "drawn")),
                 text.c_str());
    history.setExperiment(plain);
    history.trace(draw.below(runLength));
    history.setExperiment(experiment);
    const int last = draw.below(runLength);
    QVERIFY2(sameBits(history.parametersAt(last), parameters[static_cast<std::size_t>(last)]), text.c_str());
}

QTEST_APPLESS_MAIN(PropertyTest)
#include "property_test.moc"
