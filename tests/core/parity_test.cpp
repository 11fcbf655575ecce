// Every number of an iteration, and ten updates of every optimizer, against PyTorch
// (tests/reference/generate.py).

#include "core/files/weight_file.h"
#include "core/network/network.h"
#include "core/trace/iteration_trace.h"
#include "core/training/experiment.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTest>

using namespace unrolled;

namespace {

constexpr double tolerance = 1e-10;

const Tensors& expectedTensors()
{
    static const Tensors tensors = readSafetensors(reference::directory() / "expected.safetensors");
    return tensors;
}

/// Empty where all entries agree within `tolerance` of the largest expected magnitude in their column (a time
/// step, or a column of a weight matrix); else names the first that does not, with both values. NaN never
/// agrees.
QString difference(const std::string& name, const Eigen::MatrixXd& actual)
{
    const auto found = expectedTensors().find(name);
    if (found == expectedTensors().end())
        return QString::fromStdString(name + " is not among the reference values");
    const Eigen::MatrixXd& expected = found->second.values;
    if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) {
        return QString("%1 is %2×%3, expected %4×%5")
            .arg(QString::fromStdString(name))
            .arg(actual.rows())
            .arg(actual.cols())
            .arg(expected.rows())
            .arg(expected.cols());
    }
    for (Eigen::Index col = 0; col < expected.cols(); ++col) {
        const double allowed = tolerance * expected.col(col).cwiseAbs().maxCoeff();
        for (Eigen::Index row = 0; row < expected.rows(); ++row) {
            if (!(std::abs(actual(row, col) - expected(row, col)) <= allowed)) {
                return QString("%1[%2, %3] is %4, PyTorch has %5")
                    .arg(QString::fromStdString(name))
                    .arg(row)
                    .arg(col)
                    .arg(actual(row, col), 0, 'g', 17)
                    .arg(expected(row, col), 0, 'g', 17);
            }
        }
    }
    return {};
}

QString difference(const std::string& name, double actual)
{
    return difference(name, Eigen::MatrixXd::Constant(1, 1, actual));
}

/// The gradients of a trace as one flat vector.
Eigen::VectorXd flatGradient(const IterationTrace& trace, const ParameterLayout& layout)
{
    Eigen::VectorXd flat = Eigen::VectorXd::Constant(layout.size(), std::numeric_limits<double>::quiet_NaN());
    for (const ParameterTrace& parameter : trace.parameters)
        view(flat, parameter.block) = parameter.gradient;
    return flat;
}

void addRows(const char* kind)
{
    QTest::addColumn<int>("index");
    const auto& cases = reference::cases().at(kind);
    for (std::size_t i = 0; i < cases.size(); ++i)
        QTest::newRow(cases[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
}

} // namespace

#define COMPARE_WITH_PYTORCH(name, actual)                                                                   \
    do {                                                                                                     \
        const QString message = difference(name, actual);                                                    \
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
    void plansMatchPyTorch_data() { addRows("plans"); }
    void plansMatchPyTorch();
    void wrongNumbersAreFound();

private:
    void compareSequence(const std::string& prefix, const IterationTrace& trace);
};

void ParityTest::iterationMatchesPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("traces")[static_cast<std::size_t>(index)];
    const std::string prefix = row.at("prefix");
    const Experiment experiment = reference::experiment(row);

    // The first and the last sequence of the batch, each watched by a trainer of its own.
    for (int sequence = 0; sequence < experiment.training.batch;
         sequence += std::max(1, experiment.training.batch - 1)) {
        Trainer trainer(experiment);
        const auto trace = trainer.record(sequence);
        QVERIFY(trace);
        QCOMPARE(trace->sequence, sequence);
        COMPARE_WITH_PYTORCH(prefix + "/loss", trace->loss);
        for (const auto& [name, tensor] :
             gradientStateDict(trainer.layout(), flatGradient(*trace, trainer.layout())))
            COMPARE_WITH_PYTORCH(prefix + "/gradient/" + name, tensor.values);
        compareSequence(prefix + "/sequence" + std::to_string(sequence), *trace);
        if (QTest::currentTestFailed())
            return;
        COMPARE_WITH_PYTORCH(prefix + "/gradient_norm", trace->gradientNorm);
    }
}

void ParityTest::compareSequence(const std::string& prefix, const IterationTrace& trace)
{
    for (std::size_t layer = 0; layer < trace.layers.size(); ++layer) {
        const std::string place = prefix + "/layer" + std::to_string(layer) + "/";
        const LayerTrace& values = trace.layers[layer];
        const auto& names = channels(trace.cell);
        for (std::size_t channel = 0; channel < names.size(); ++channel) {
            const std::string name = place + std::string(names[channel].name);
            COMPARE_WITH_PYTORCH(name, values.channels[channel].value);
            COMPARE_WITH_PYTORCH(name + "/gradient", values.channels[channel].gradient);
        }
        COMPARE_WITH_PYTORCH(place + "h0/gradient", values.initialHiddenGradient);
        if (trace.hasChannel("c"))
            COMPARE_WITH_PYTORCH(place + "c0/gradient", values.initialCellGradient);
    }
    COMPARE_WITH_PYTORCH(prefix + "/y", trace.outputs.y.value);
    COMPARE_WITH_PYTORCH(prefix + "/y/gradient", trace.outputs.y.gradient);
    if (trace.lossKind == LossKind::CrossEntropy)
        COMPARE_WITH_PYTORCH(prefix + "/probabilities", trace.outputs.probabilities);
    Eigen::VectorXd losses = expectedTensors().at(prefix + "/losses").values;
    for (int t = 0; t < trace.steps(); ++t) {
        if (trace.plan[static_cast<std::size_t>(t)].counted)
            losses[t] = trace.outputs.losses[t];
    }
    COMPARE_WITH_PYTORCH(prefix + "/losses", losses);
}

void ParityTest::tenUpdatesMatchPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("updates")[static_cast<std::size_t>(index)];
    const std::string prefix = row.at("prefix");
    Trainer trainer(reference::experiment(row));

    Eigen::VectorXd losses(10), norms(10);
    for (int iteration = 0; iteration < 10; ++iteration) {
        const IterationSummary summary = trainer.step();
        losses[iteration] = summary.loss;
        norms[iteration] = summary.gradientNorm;
        if (iteration == 0 || iteration == 9) {
            const std::string after = prefix + "/after" + std::to_string(iteration + 1) + "/";
            for (const auto& [name, tensor] : toStateDict(trainer.layout(), trainer.parameters()))
                COMPARE_WITH_PYTORCH(after + name, tensor.values);
        }
    }
    COMPARE_WITH_PYTORCH(prefix + "/losses", losses);
    COMPARE_WITH_PYTORCH(prefix + "/gradient_norms", norms);
}

void ParityTest::plansMatchPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("plans")[static_cast<std::size_t>(index)];
    const std::string prefix = row.at("prefix");
    const bool numbers = row.at("numbers");
    const LossKind loss = numbers ? LossKind::SquaredError : LossKind::CrossEntropy;
    constexpr int size = 4;

    SequencePlan plan;
    for (const auto& step : row.at("plan")) {
        PlanRow planned;
        planned.bank = step.at("bank") == "encoder" ? encoderBank : rnnBank;
        for (const InputSource source : {InputSource::Zero, InputSource::Start, InputSource::OwnOutput}) {
            if (step.at("input") == name(source))
                planned.input = source;
        }
        plan.push_back(planned);
    }
    const auto taken = row.at("taken").get<std::vector<std::vector<int>>>();
    Batch batch;
    batch.steps = static_cast<int>(plan.size());
    batch.size = static_cast<int>(taken.size());
    if (numbers) {
        batch.inputs = expectedTensors().at(prefix + "/inputs").values;
        batch.targets = expectedTensors().at(prefix + "/targets").values;
    } else {
        batch.inputClasses = row.at("input_classes").get<std::vector<int>>();
        batch.targetClasses = row.at("target_classes").get<std::vector<int>>();
    }
    batch.uses.assign(plan.size() * taken.size(), StepUse::Skipped);
    for (int b = 0; b < batch.size; ++b) {
        for (const int t : taken[static_cast<std::size_t>(b)])
            batch.uses[batch.column(t, b)] =
                t < row.at("first_counted").get<int>() ? StepUse::Silent : StepUse::Counted;
        for (int t = 0; t < batch.steps && !numbers; ++t) {
            if (plan[static_cast<std::size_t>(t)].input == InputSource::Zero)
                batch.inputClasses[batch.column(t, b)] = -1;
        }
    }

    Network network(reference::model(row), size, size, loss, plan, batch.size);
    Tensors weights;
    const std::string place = prefix + "/weights/";
    for (const auto& [name, tensor] : expectedTensors()) {
        if (name.starts_with(place))
            weights[name.substr(place.size())] = tensor;
    }
    const Eigen::VectorXd parameters = fromStateDict(network.layout(), weights, "reference");
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(parameters.size());
    network.forward(parameters, batch, Reduction::Mean);
    network.backward(parameters, batch, gradient);
    COMPARE_WITH_PYTORCH(prefix + "/loss", network.loss());
    for (const auto& [name, tensor] : gradientStateDict(network.layout(), gradient))
        COMPARE_WITH_PYTORCH(prefix + "/gradient/" + name, tensor.values);
    for (int b = 0; b < batch.size; ++b) {
        IterationTrace trace;
        network.record(parameters, batch, b, Reduction::Mean, trace);
        const std::string sequence = prefix + "/sequence" + std::to_string(b);
        const int top = static_cast<int>(trace.layers.size()) - 1;
        COMPARE_WITH_PYTORCH(sequence + "/y", trace.outputs.y.value);
        COMPARE_WITH_PYTORCH(sequence + "/h", trace.channel(top, "h").value);
        COMPARE_WITH_PYTORCH(sequence + "/h/gradient", trace.channel(top, "h").gradient);
    }
}

void ParityTest::wrongNumbersAreFound()
{
    const std::string name = "trace0/sequence0/y";
    Eigen::MatrixXd values = expectedTensors().at(name).values;
    QVERIFY(difference(name, values).isEmpty());
    values(1, 2) *= 1 + 1e-6;
    QVERIFY(difference(name, values).startsWith("trace0/sequence0/y[1, 2] is "));
    values(1, 2) = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(!difference(name, values).isEmpty());
    QVERIFY(!difference(name, values.leftCols(1)).isEmpty());
}

QTEST_APPLESS_MAIN(ParityTest)
#include "parity_test.moc"
