// Every number of an iteration, and ten updates of every optimizer, against PyTorch
// (tests/reference/generate.py).

#include "core/files/experiment_file.h"
#include "core/files/weight_file.h"
#include "core/network/blocked_network.h"
#include "core/trace/iteration_trace.h"
#include "core/training/experiment.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTest>
#include <cmath>

using namespace unrolled;

namespace {

constexpr double tolerance = 1e-10;

const Tensors& expectedTensors()
{
    static const Tensors tensors = readSafetensors(reference::directory() / "expected.safetensors");
    return tensors;
}

/// The expected numbers of a case, which stand one after the other; each comparison takes the next ones.
class Expected
{
public:
    explicit Expected(const std::string& name)
        : m_name(QString::fromStdString(name)), m_numbers(expectedTensors().at(name).values)
    {
    }

    /// The next numbers, as a matrix.
    Eigen::MatrixXd take(Eigen::Index rows, Eigen::Index cols)
    {
        const Eigen::MatrixXd taken = m_numbers.middleRows(m_next, rows * cols).reshaped(rows, cols);
        m_next += rows * cols;
        return taken;
    }
    Eigen::Index left() const { return m_numbers.size() - m_next; }

    /// Empty where all entries agree within `tolerance` of the largest expected magnitude in their column (a
    /// time step, or a column of a weight matrix); else names the first that does not, with both values. NaN
    /// never agrees.
    QString difference(const std::string& what, const Eigen::MatrixXd& actual)
    {
        const QString name = m_name + "/" + QString::fromStdString(what);
        if (actual.size() == 0 || actual.size() > left())
            return QString("%1 has %2 entries, of the reference values %3 are left")
                .arg(name)
                .arg(actual.size())
                .arg(left());
        const Eigen::MatrixXd expected = take(actual.rows(), actual.cols());
        for (Eigen::Index col = 0; col < expected.cols(); ++col) {
            const double allowed = tolerance * expected.col(col).cwiseAbs().maxCoeff();
            for (Eigen::Index row = 0; row < expected.rows(); ++row) {
                if (!(std::abs(actual(row, col) - expected(row, col)) <= allowed)) {
                    return QString("%1[%2, %3] is %4, PyTorch has %5")
                        .arg(name)
                        .arg(row)
                        .arg(col)
                        .arg(actual(row, col), 0, 'g', 17)
                        .arg(expected(row, col), 0, 'g', 17);
                }
            }
        }
        return {};
    }
    QString difference(const std::string& what, double actual)
    {
        return difference(what, Eigen::MatrixXd::Constant(1, 1, actual));
    }

private:
    QString m_name;
    const Eigen::MatrixXd& m_numbers;
    Eigen::Index m_next = 0;
};

/// The gradients of a trace as one flat vector.
Eigen::VectorXd flatGradient(const IterationTrace& trace, const ParameterLayout& layout)
{
    Eigen::VectorXd flat = Eigen::VectorXd::Constant(layout.size(), std::numeric_limits<double>::quiet_NaN());
    for (const ParameterTrace& parameter : trace.parameters)
        view(flat, parameter.block) = parameter.gradient;
    return flat;
}

InputSource sourceOf(const std::string& wanted)
{
    for (const InputSource source : {InputSource::Zero, InputSource::Start, InputSource::OwnOutput}) {
        if (name(source) == wanted)
            return source;
    }
    return InputSource::Data;
}

void addRows(const char* kind)
{
    QTest::addColumn<int>("index");
    const auto& cases = reference::cases().at(kind);
    for (std::size_t i = 0; i < cases.size(); ++i)
        QTest::newRow(cases[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
}

} // namespace

#define COMPARE_WITH_PYTORCH(expected, name, actual)                                                         \
    do {                                                                                                     \
        const QString message = expected.difference(name, actual);                                           \
        QVERIFY2(message.isEmpty(), qPrintable(message));                                                    \
    } while (false)

class ParityTest : public QObject
{
    Q_OBJECT

private slots:
    void iterationMatchesPyTorch_data() { addRows("traces"); }
    void iterationMatchesPyTorch();
    void tenUpdatesMatchPyTorch_data() { addRows("updates"); }
    void tenUpdatesMatchPyTorch();
    void plansMatchPyTorch_data() { addRows("planned"); }
    void plansMatchPyTorch();
    void wrongNumbersAreFound();

private:
    void compareSequence(const std::string& name, const IterationTrace& trace);
};

void ParityTest::iterationMatchesPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("traces")[static_cast<std::size_t>(index)];
    const std::string prefix = row.at("prefix");
    const Experiment experiment = reference::experiment(row);
    for (const int sequence : row.at("watched")) {
        Trainer trainer(experiment);
        const auto trace = trainer.record(sequence);
        QVERIFY(trace);
        QCOMPARE(trace->sequence, sequence);
        const int batch = experiment.training.batch;
        const BlockedNetwork network(experiment.model, trainer.task(), batch);
        QVERIFY2((network.blocks() > 1) == (batch > BlockedNetwork::blockSize), "large batches are cut");
        Expected expected(prefix);
        COMPARE_WITH_PYTORCH(expected, "loss", trace->loss);
        COMPARE_WITH_PYTORCH(expected, "gradient norm", trace->gradientNorm);
        for (const auto& [name, tensor] :
             gradientStateDict(trainer.layout(), flatGradient(*trace, trainer.layout())))
            COMPARE_WITH_PYTORCH(expected, "gradient of " + name, tensor.values);
        QCOMPARE(expected.left(), 0);
        compareSequence(prefix + "/sequence" + std::to_string(sequence), *trace);
        if (QTest::currentTestFailed())
            return;
    }
}

void ParityTest::compareSequence(const std::string& name, const IterationTrace& trace)
{
    Expected expected(name);
    for (std::size_t layer = 0; layer < trace.layers.size(); ++layer) {
        const std::string place = "layer " + std::to_string(layer) + "/";
        const LayerTrace& values = trace.layers[layer];
        const auto& names = channels(trace.cell);
        for (std::size_t channel = 0; channel < names.size(); ++channel) {
            const std::string what = place + std::string(names[channel].name);
            COMPARE_WITH_PYTORCH(expected, what, values.channels[channel].value);
            COMPARE_WITH_PYTORCH(expected, what + "/gradient", values.channels[channel].gradient);
        }
        COMPARE_WITH_PYTORCH(expected, place + "h0/gradient", values.initialHiddenGradient);
        if (trace.hasChannel("c"))
            COMPARE_WITH_PYTORCH(expected, place + "c0/gradient", values.initialCellGradient);
    }
    COMPARE_WITH_PYTORCH(expected, "y", trace.outputs.y.value);
    COMPARE_WITH_PYTORCH(expected, "y/gradient", trace.outputs.y.gradient);
    if (trace.lossKind == LossKind::CrossEntropy)
        COMPARE_WITH_PYTORCH(expected, "probabilities", trace.outputs.probabilities);
    for (int t = 0; t < trace.steps(); ++t) {
        const bool counted = trace.plan[static_cast<std::size_t>(t)].counted;
        QCOMPARE(std::isnan(trace.outputs.losses[t]), !counted);
        COMPARE_WITH_PYTORCH(expected, "loss of a step", counted ? trace.outputs.losses[t] : 0);
    }
    QCOMPARE(expected.left(), 0);
}

void ParityTest::tenUpdatesMatchPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("updates")[static_cast<std::size_t>(index)];
    Expected expected(row.at("prefix"));
    Trainer trainer(reference::experiment(row));

    Eigen::VectorXd losses(10), norms(10);
    for (int iteration = 0; iteration < 10; ++iteration) {
        const IterationSummary summary = trainer.step();
        losses[iteration] = summary.loss;
        norms[iteration] = summary.gradientNorm;
        if (iteration == 0 || iteration == 9) {
            const std::string after = "after update " + std::to_string(iteration + 1) + "/";
            for (const auto& [name, tensor] : toStateDict(trainer.layout(), trainer.parameters()))
                COMPARE_WITH_PYTORCH(expected, after + name, tensor.values);
        }
    }
    COMPARE_WITH_PYTORCH(expected, "losses", losses);
    COMPARE_WITH_PYTORCH(expected, "gradient norms", norms);
    QCOMPARE(expected.left(), 0);
}

void ParityTest::plansMatchPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("planned")[static_cast<std::size_t>(index)];
    const auto& planned = reference::cases().at("plans")[row.at("plan").get<std::size_t>()];
    const std::string prefix = row.at("prefix");
    const bool numbers = planned.contains("numbers");
    const LossKind loss = numbers ? LossKind::SquaredError : LossKind::CrossEntropy;
    constexpr int size = 4;

    SequencePlan plan;
    plan.reserve(planned.at("plan").size());
    for (const auto& step : planned.at("plan"))
        plan.push_back({step.at("bank") == "encoder" ? encoderBank : rnnBank, sourceOf(step.at("input"))});
    const auto taken = planned.at("taken").get<std::vector<std::vector<int>>>();
    Batch batch;
    batch.steps = static_cast<int>(plan.size());
    batch.size = static_cast<int>(taken.size());
    if (numbers) {
        Expected data(planned.at("numbers"));
        const Eigen::Index columns = Eigen::Index(batch.steps) * batch.size;
        batch.inputs = data.take(size, columns);
        batch.targets = data.take(size, columns);
    } else {
        batch.inputClasses = planned.at("input_classes").get<std::vector<int>>();
        batch.targetClasses = planned.at("target_classes").get<std::vector<int>>();
    }
    batch.uses.assign(plan.size() * taken.size(), StepUse::Skipped);
    batch.sources.resize(batch.uses.size());
    bool asPlanned = true;
    for (int b = 0; b < batch.size; ++b) {
        const auto sequence = static_cast<std::size_t>(b);
        for (const int t : taken[sequence])
            batch.uses[batch.column(t, b)] =
                t < planned.at("first_counted").get<int>() ? StepUse::Silent : StepUse::Counted;
        for (std::size_t t = 0; t < plan.size(); ++t) {
            const std::size_t column = batch.column(static_cast<int>(t), b);
            const InputSource source = sourceOf(planned.at("sources")[t][sequence]);
            batch.sources[column] = source;
            asPlanned = asPlanned && source == plan[t].input;
            plan[t].forced = plan[t].forced || source != plan[t].input;
            if (source == InputSource::Zero)
                batch.inputClasses[column] = -1;
        }
    }
    if (asPlanned)
        batch.sources.clear();

    const nlohmann::json settings{{"unrolled", 1}, {"task", {{"id", "hello"}}}, {"model", row.at("model")}};
    const ModelSettings model = parseExperiment(settings.dump(), "reference", {}).model;
    Network network(model, size, size, loss, plan, batch.size);
    Tensors weights;
    const bool encodes = plan.front().bank == encoderBank;
    const std::string place = row.at("weights").get<std::string>() + "/";
    for (const auto& [name, tensor] : expectedTensors()) {
        if (name.starts_with(place) && (encodes || !name.starts_with(place + "encoder.")))
            weights[name.substr(place.size())] = tensor;
    }
    const Eigen::VectorXd parameters = fromStateDict(network.layout(), weights, "reference");
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(parameters.size());
    network.forward(parameters, batch, Reduction::Mean);
    network.backward(parameters, batch, gradient);
    Expected expected(prefix);
    COMPARE_WITH_PYTORCH(expected, "loss", network.loss());
    for (const auto& [name, tensor] : gradientStateDict(network.layout(), gradient))
        COMPARE_WITH_PYTORCH(expected, "gradient of " + name, tensor.values);
    QCOMPARE(expected.left(), 0);
    IterationTrace trace;
    network.record(parameters, batch, planned.at("watched"), Reduction::Mean, trace);
    compareSequence(prefix + "/sequence", trace);
}

void ParityTest::wrongNumbersAreFound()
{
    const std::string name = "trace0/sequence0";
    const Eigen::MatrixXd right = expectedTensors().at(name).values;
    QVERIFY(Expected(name).difference("all", right).isEmpty());
    Eigen::MatrixXd values = right.topRows(6).reshaped(2, 3);
    Expected expected(name);
    QVERIFY(expected.difference("some", values).isEmpty());
    QCOMPARE(expected.left(), right.size() - 6);
    values(1, 2) += 1e-6 * std::max(1.0, std::abs(values(1, 2)));
    QVERIFY(Expected(name).difference("some", values).startsWith("trace0/sequence0/some[1, 2] is "));
    values(1, 2) = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(!Expected(name).difference("some", values).isEmpty());
    QVERIFY(!Expected(name).difference("all and more", right.replicate(2, 1)).isEmpty());
}

QTEST_APPLESS_MAIN(ParityTest)
#include "parity_test.moc"
