// Every gradient of every cell, layer count and loss against central differences.

#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTest>
#include <cmath>

using namespace unrolled;

namespace {

struct Case
{
    CellSpec cell;
    std::vector<int> hidden;
    LossKind loss;
    Reduction reduction;
    Counted counted;
    int plan = -1; ///< one of plans(), which then makes the task
};

/// A sequence plan, as changes to an experiment.
struct Plan
{
    const char* words;
    void (*change)(Experiment&);
};

const std::vector<Plan>& plans()
{
    static const std::vector<Plan> all = {
        {"one-to-one", [](Experiment& e) { e.task.length = 1; }},
        {"one-to-many, then zeros", [](Experiment& e) { e.task.feed = Feed::Zeros; }},
        {"one-to-many, then its own answers", [](Experiment& e) { e.training.teacherForcing = 0; }},
        {"half of the inputs its own answers", [](Experiment& e) { e.training.teacherForcing = 0.5; }},
        {"one-to-many, then its own numbers",
         [](Experiment& e) {
             e.task = reference::seriesExperiment(5).task;
             e.task.inputs.pop_back();
             e.training.teacherForcing = 0;
         }},
        {"half of the inputs its own numbers, the last answer counted",
         [](Experiment& e) {
             e.task = reference::seriesExperiment(6).task;
             e.task.inputs.pop_back();
             e.task.counted = Counted::Last;
             e.training.teacherForcing = 0.5;
         }},
        {"many-to-many, delayed",
         [](Experiment& e) {
             e.task = {};
             e.task.id = "echo";
             e.task.length = 6;
             e.task.lag = 2;
             e.task.alphabet = 3;
         }},
        {"numbers of different lengths",
         [](Experiment& e) {
             e.task = {};
             e.task.id = "adding";
             e.task.form = AddingForm::Hochreiter;
             e.task.length = 10;
         }},
        {"symbols of different lengths",
         [](Experiment& e) {
             e.task = {};
             e.task.id = "reber";
             e.task.length = 10;
         }},
        {"encoder and decoder",
         [](Experiment& e) {
             e.task = {};
             e.task.id = "addition";
             e.task.digits = 2;
         }},
        {"encoder and decoder that reads its own answers", [](Experiment& e) {
             e.task = {};
             e.task.id = "addition";
             e.task.digits = 1;
             e.training.teacherForcing = 0;
         }}};
    return all;
}

std::string words(const Case& c)
{
    std::string cell(title(c.cell.kind));
    if (c.cell.kind == CellKind::Rnn)
        cell = std::string(name(c.cell.activation)) + " " + cell;
    if (c.cell.kind == CellKind::Gru)
        cell += " with reset " + std::string(name(c.cell.gruReset));
    return cell + " of " + std::to_string(c.hidden.size()) + (c.hidden.size() > 1 ? " layers" : " layer") +
           ", " + std::string(name(c.reduction)) + " of " +
           (c.loss == LossKind::CrossEntropy ? "cross-entropy" : "squared error") +
           (c.counted == Counted::Last ? " at the last step" : "") +
           (c.plan >= 0 ? std::string("; ") + plans()[static_cast<std::size_t>(c.plan)].words : "");
}

std::vector<Case> allCases()
{
    std::vector<CellSpec> cells;
    for (const Activation activation :
         {Activation::Tanh, Activation::Relu, Activation::Identity, Activation::Sigmoid})
        cells.push_back({CellKind::Rnn, activation, GruReset::After});
    for (const GruReset reset : {GruReset::After, GruReset::Before})
        cells.push_back({CellKind::Gru, Activation::Tanh, reset});
    cells.push_back({CellKind::Lstm, Activation::Tanh, GruReset::After});

    std::vector<Case> result;
    for (const CellSpec& cell : cells) {
        for (const std::vector<int>& hidden : {std::vector{4}, std::vector{3, 4}, std::vector{3, 2, 4}}) {
            for (const Reduction reduction : {Reduction::Sum, Reduction::Mean}) {
                result.push_back({cell, hidden, LossKind::CrossEntropy, reduction, Counted::All});
                result.push_back({cell, hidden, LossKind::SquaredError, reduction, Counted::All});
            }
            result.push_back({cell, hidden, LossKind::SquaredError, Reduction::Sum, Counted::Last});
        }
        for (int plan = 0; plan < static_cast<int>(plans().size()); ++plan) {
            result.push_back({cell, {4}, LossKind::CrossEntropy, Reduction::Mean, Counted::All, plan});
            result.push_back({cell, {3, 4}, LossKind::CrossEntropy, Reduction::Sum, Counted::All, plan});
        }
    }
    return result;
}

constexpr int batch = 2;

Experiment experiment(const Case& c, std::uint64_t seed)
{
    Experiment result =
        c.loss == LossKind::CrossEntropy ? reference::textExperiment(4) : reference::seriesExperiment(5);
    result.model.cell = c.cell;
    result.model.hidden = c.hidden;
    result.training.loss = c.reduction;
    result.training.batch = batch;
    result.task.counted = c.counted;
    result.seed = seed;
    if (c.plan >= 0)
        plans()[static_cast<std::size_t>(c.plan)].change(result);
    return result;
}

/// The distance of the nearest pre-activation of any sequence from 0, where ReLU has its kink.
double distanceFromKink(const Experiment& experiment)
{
    double distance = std::numeric_limits<double>::infinity();
    for (int sequence = 0; sequence < batch; ++sequence) {
        Trainer trainer(experiment);
        const auto trace = trainer.record(sequence);
        for (std::size_t layer = 0; layer < trace->layers.size(); ++layer)
            distance = std::min(distance,
                                trace->channel(static_cast<int>(layer), "a_h").value.cwiseAbs().minCoeff());
    }
    return distance;
}

/// Seed 1; for ReLU the first that keeps clear of the kink.
Experiment smoothExperiment(const Case& c)
{
    for (std::uint64_t seed = 1; seed < 1000; ++seed) {
        const Experiment candidate = experiment(c, seed);
        if (c.cell.kind != CellKind::Rnn || c.cell.activation != Activation::Relu ||
            distanceFromKink(candidate) > 5e-3)
            return candidate;
    }
    throw std::runtime_error("no seed keeps clear of the kink");
}

/// ∂L/∂θ_k by the five-point rule, whose error is O(h⁴).
double centralDifference(Trainer& trainer, const Checkpoint& start, Eigen::Index k)
{
    constexpr double h = 2e-4;
    const auto lossAt = [&](double offset) {
        Checkpoint moved = start;
        moved.parameters[k] += offset;
        trainer.restore(moved);
        return trainer.evaluate().loss;
    };
    return (8 * (lossAt(h) - lossAt(-h)) - (lossAt(2 * h) - lossAt(-2 * h))) / (12 * h);
}

} // namespace

class GradientTest : public QObject
{
    Q_OBJECT

private slots:
    void agreesWithCentralDifferences_data();
    void agreesWithCentralDifferences();
};

void GradientTest::agreesWithCentralDifferences_data()
{
    QTest::addColumn<int>("index");
    const auto cases = allCases();
    for (std::size_t i = 0; i < cases.size(); ++i)
        QTest::newRow(words(cases[i]).c_str()) << static_cast<int>(i);
}

void GradientTest::agreesWithCentralDifferences()
{
    QFETCH(int, index);
    const Experiment experiment = smoothExperiment(allCases()[static_cast<std::size_t>(index)]);
    Trainer trainer(experiment);
    const Checkpoint start = trainer.checkpoint();
    const auto trace = trainer.record();

    // Differences of losses near 5 carry rounding of 1e-15/h; the relative part leaves room for h⁴.
    constexpr double absolute = 2e-10;
    constexpr double relative = 1e-8;
    double largest = 0;
    for (const ParameterTrace& parameter : trace->parameters) {
        for (Eigen::Index i = 0; i < parameter.gradient.size(); ++i) {
            const double gradient = parameter.gradient.data()[i];
            const double difference = centralDifference(trainer, start, parameter.block.offset + i);
            const QString message = QString("%1[%2, %3]: back-propagation has %4, central differences %5")
                                        .arg(QString::fromStdString(parameter.block.name))
                                        .arg(i % parameter.block.rows)
                                        .arg(i / parameter.block.rows)
                                        .arg(gradient, 0, 'g', 12)
                                        .arg(difference, 0, 'g', 12);
            QVERIFY2(std::abs(gradient - difference) <= absolute + relative * std::abs(difference),
                     qPrintable(message));
            largest = std::max(largest, std::abs(gradient));
        }
    }
    QVERIFY2(largest > 1e-3, "there is a gradient to compare");
}

QTEST_APPLESS_MAIN(GradientTest)
#include "gradient_test.moc"
