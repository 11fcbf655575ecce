// What each step adds to the gradient of the weights, and the update that it alone causes.

#include "core/gradients/contribution.h"
#include "core/gradients/hop.h"
#include "tests/core/networks.h"

#include <QTest>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

using namespace unrolled;
using namespace networks;

class ContributionTest : public QObject
{
    Q_OBJECT

private slots:
    void contributionsAddUpToTheGradient_data();
    void contributionsAddUpToTheGradient();
    void contributionsBelowDoublesRangeKeepTheirSize();
    void sumGradientsAreThoseOfTheTrace_data();
    void sumGradientsAreThoseOfTheTrace();
    void updatesOfPlainSgdAddUpToTheUpdate();
    void adamAloneIsTheDifferenceItMakes();
    void float32LosesSmallUpdates();
    void changesAreThoseOfTheUpdateRule_data();
    void changesAreThoseOfTheUpdateRule();
    void changesOutsideDoublesRangeKeepTheirSize_data();
    void changesOutsideDoublesRangeKeepTheirSize();
    void updatesThatVanishKeepTheirSizeAndAreLost();
    void updatesThatExplodeHaveALogarithm();
    void clippedEntryByEntryTheyAddUpToTheClippedGradient_data();
    void clippedEntryByEntryTheyAddUpToTheClippedGradient();
};

namespace {

struct NamedOptimizer
{
    const char* name;
    OptimizerKind kind;
    bool epsilonInsideRoot = false;
};

constexpr NamedOptimizer allOptimizers[] = {{"sgd", OptimizerKind::Sgd},
                                            {"momentum", OptimizerKind::Momentum},
                                            {"nesterov", OptimizerKind::Nesterov},
                                            {"adagrad", OptimizerKind::Adagrad},
                                            {"adagrad, the epsilon inside", OptimizerKind::Adagrad, true},
                                            {"rmsprop", OptimizerKind::RmsProp},
                                            {"adam", OptimizerKind::Adam}};

/// One weight's change by an update, from the rules as they are written down; `state` is that after begin().
class Rule
{
public:
    Rule(const TrainingSettings& settings, const Eigen::VectorXd& state, Eigen::Index parameters,
         Eigen::Index j)
        : m_settings(settings)
    {
        if (settings.optimizer == OptimizerKind::Sgd)
            return;
        const Eigen::Index first = settings.optimizer == OptimizerKind::Adam ? 2 : 0;
        m_first = state[first + j];
        if (state.size() >= 2 * parameters)
            m_second = state[first + parameters + j];
        if (first > 0) {
            m_beta1 = state[0];
            m_beta2 = state[1];
        }
    }

    long double operator()(long double g) const
    {
        const long double rate = m_settings.learningRate;
        const long double mu = m_settings.momentum;
        switch (m_settings.optimizer) {
        case OptimizerKind::Sgd:
            return -rate * g;
        case OptimizerKind::Momentum:
            return -rate * (mu * m_first + g);
        case OptimizerKind::Nesterov:
            return -rate * (g + mu * (mu * m_first + g));
        case OptimizerKind::Adagrad:
            return -rate * g /
                   (m_settings.epsilonInsideRoot ? std::sqrt(m_first + g * g + 1e-8)
                                                 : std::sqrt(m_first + g * g) + 1e-10);
        case OptimizerKind::RmsProp:
            return -rate * (mu * m_second + g / (std::sqrt(0.99 * m_first + 0.01 * g * g) + 1e-8));
        case OptimizerKind::Adam:
            break;
        }
        const long double m = 0.9 * m_first + (1 - 0.9) * g;
        const long double v = 0.999 * m_second + (1 - 0.999) * g * g;
        return -rate / (1 - m_beta1) * m / (std::sqrt(v / (1 - m_beta2)) + 1e-8);
    }

    /// What g adds: the difference itself where it keeps its digits, else the integral of the derivative,
    /// from 0 to g by Gauss' rule of two points, and the derivative by central differences of sixth order.
    long double added(long double g) const
    {
        const bool adam = m_settings.optimizer == OptimizerKind::Adam;
        const long double scale = std::sqrt(adam ? m_second : m_first);
        const bool forgetful = adam ? m_first == 0 : m_second == 0;
        const bool linear = m_settings.optimizer == OptimizerKind::Sgd ||
                            m_settings.optimizer == OptimizerKind::Momentum ||
                            m_settings.optimizer == OptimizerKind::Nesterov;
        const bool remembers = linear ? m_first != 0 : !forgetful;
        if (!remembers || std::abs(g) > 1e-3L * (linear ? std::abs(m_first) : scale))
            return (*this)(g) - (*this)(0);
        const long double h = 1e-3L * (linear ? 1 : scale);
        const auto derivative = [&](long double x) {
            const auto apart = [&](int k) { return (*this)(x + k * h) - (*this)(x - k * h); };
            return (45 * apart(1) - 9 * apart(2) + apart(3)) / (60 * h);
        };
        const long double off = g / (2 * std::sqrt(3.0L));
        return g / 2 * (derivative(g / 2 - off) + derivative(g / 2 + off));
    }

private:
    TrainingSettings m_settings;
    long double m_first = 0;
    long double m_second = 0;
    long double m_beta1 = 0;
    long double m_beta2 = 0;
};

/// The adding problem over so many steps that the gradient of the first ones leaves double's range.
Experiment vanishing()
{
    Experiment experiment;
    experiment.task.id = "adding";
    experiment.task.length = 450;
    experiment.model.hidden = {3};
    experiment.model.initScale = 0.2;
    experiment.training.learningRate = 0.01;
    return experiment;
}

} // namespace

void ContributionTest::contributionsAddUpToTheGradient_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("batch");
    for (int cell = 0; cell < 7; ++cell) {
        const std::string name = allCells()[static_cast<std::size_t>(cell)].name;
        QTest::newRow((name + ", one sequence").c_str()) << cell << 1;
        QTest::newRow((name + ", over the sequences of a batch").c_str()) << cell << 3;
    }
}

void ContributionTest::contributionsAddUpToTheGradient()
{
    QFETCH(int, cell);
    QFETCH(int, batch);
    Experiment experiment = textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {5, 4}, 8);
    experiment.training.batch = batch;
    experiment.training.loss = Reduction::Mean;
    Trainer trainer(experiment);
    for (int i = 0; i < 2; ++i)
        trainer.step();
    const Checkpoint start = trainer.checkpoint();
    std::map<std::string, Eigen::MatrixXd> sums;
    std::map<std::string, double> sizes; // what rounding is relative to: terms may cancel
    std::shared_ptr<IterationTrace> trace;
    for (int sequence = 0; sequence < batch; ++sequence) {
        trainer.restore(start);
        trace = trainer.record(sequence);
        int seen = 0;
        visitContributions(*trace, [&](const Contribution& part) {
            const Eigen::MatrixXd value = part.values * std::scalbn(1.0, part.exponent);
            const std::string& name = part.parameter.block.name;
            if (sums.count(name) == 0)
                sums[name] = Eigen::MatrixXd::Zero(value.rows(), value.cols());
            sums[name] += value;
            sizes[name] += value.norm();
            QCOMPARE(part.norm().value(), value.norm());
            ++seen;
        });
        QCOMPARE(seen, 8 * static_cast<int>(trace->parameters.size()));
    }
    for (const ParameterTrace& parameter : trace->parameters) {
        const std::string& name = parameter.block.name;
        QVERIFY(sizes[name] > 0);
        const double error = (sums[name] - parameter.gradient).norm();
        QVERIFY2(error <= 1e-12 * sizes[name],
                 qPrintable(QString("%1: %2 of %3").arg(name.c_str()).arg(error).arg(sizes[name])));
    }
}

void ContributionTest::contributionsBelowDoublesRangeKeepTheirSize()
{
    const auto trace =
        std::make_shared<IterationTrace>(*silentLinear(1e-4 * Eigen::MatrixXd::Identity(3, 3), 101));
    trace->outputs.y.gradient.leftCols(100).setZero();
    std::map<int, double> logs;
    visitContributions(*trace, [&](const Contribution& part) {
        if (part.parameter.block.role == ParameterRole::Bias)
            logs[part.t] = part.norm().log10();
    });
    QCOMPARE(logs.size(), std::size_t(101));
    QVERIFY(logs[1] < -399);
    QVERIFY(std::abs(logs[1] - (logs[101] - 400)) < 1e-11);
}

void ContributionTest::sumGradientsAreThoseOfTheTrace_data()
{
    QTest::addColumn<int>("cell");
    for (int cell = 0; cell < 7; ++cell)
        QTest::newRow(allCells()[static_cast<std::size_t>(cell)].name.c_str()) << cell;
}

void ContributionTest::sumGradientsAreThoseOfTheTrace()
{
    QFETCH(int, cell);
    const TracePtr trace =
        Trainer(textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {4}, 3)).record();
    // At the last step the state's gradient is the readout's alone: an LSTM's c hears of L through h_T only.
    const Eigen::Index n = 4;
    Eigen::VectorXd byState = Eigen::VectorXd::Zero(trace->cell.kind == CellKind::Lstm ? 2 * n : n);
    byState.head(n) = trace->channel(0, "h").gradient.col(2);
    const SumGradients sums = sumGradients(*trace, 0, 3, byState);
    constexpr std::string_view orders[] = {"h", "rzn", "ifgo"};
    Eigen::Index gate = 0;
    for (const char letter : orders[static_cast<int>(trace->cell.kind)]) {
        const Eigen::VectorXd recorded = trace->channel(0, std::string("a_") + letter).gradient.col(2);
        QVERIFY(recorded.norm() > 0);
        QVERIFY((sums.input.segment(gate * n, n) - recorded).norm() <= 1e-14 * recorded.norm());
        ++gate;
    }
}

void ContributionTest::updatesOfPlainSgdAddUpToTheUpdate()
{
    Experiment experiment = textExperiment({CellKind::Gru, {}, GruReset::After}, {4}, 6);
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 0.25;
    experiment.training.clipNorm = 0.5;
    Trainer trainer(experiment);
    const TracePtr trace = trainer.record();
    QVERIFY(trace->clipped);
    std::map<const ParameterTrace*, Eigen::VectorXd> sums;
    visitUpdates(*trace, Optimizer(trainer.layout().size()), experiment.training,
                 [&](const StepUpdate& update) {
                     auto& sum = sums[&update.parameter];
                     if (sum.size() == 0)
                         sum.setZero(update.change.size());
                     sum += update.change * std::scalbn(1.0, update.exponent);
                 });
    for (const ParameterTrace& parameter : trace->parameters) {
        const Eigen::VectorXd whole = -0.25 * parameter.clippedGradient.reshaped();
        QVERIFY(whole.norm() > 0);
        QVERIFY((sums[&parameter] - whole).norm() <= 1e-12 * whole.norm());
    }
}

void ContributionTest::adamAloneIsTheDifferenceItMakes()
{
    Trainer trainer(textExperiment({}, {4}, 5));
    for (int i = 0; i < 3; ++i)
        trainer.step();
    const Checkpoint start = trainer.checkpoint();
    const TrainingSettings settings = trainer.experiment().training;
    Optimizer memory(start.parameters.size());
    memory.setState(settings.optimizer, start.optimizer);
    const TracePtr trace = trainer.record();

    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(start.parameters.size());
    visitContributions(*trace, [&](const Contribution& part) {
        if (part.t == 2)
            gradient.segment(part.parameter.block.offset, part.parameter.block.size()) =
                part.values.reshaped() * std::scalbn(1.0, part.exponent);
    });
    Eigen::VectorXd with = start.parameters;
    Eigen::VectorXd without = start.parameters;
    Optimizer(memory).update(settings, gradient, with);
    Optimizer(memory).update(settings, Eigen::VectorXd::Zero(gradient.size()), without);
    int seen = 0;
    visitUpdates(*trace, memory, settings, [&](const StepUpdate& update) {
        if (update.t != 2)
            return;
        const auto offset = update.parameter.block.offset;
        const Eigen::VectorXd expected = (with - without).segment(offset, update.change.size());
        const Eigen::VectorXd change = update.change * std::scalbn(1.0, update.exponent);
        QVERIFY((change - expected).norm() <= 1e-13);
        QVERIFY(expected.norm() > 1e-6);
        ++seen;
    });
    QCOMPARE(seen, static_cast<int>(trace->parameters.size()));
}

void ContributionTest::float32LosesSmallUpdates()
{
    Eigen::VectorXd weights(5);
    Eigen::VectorXd update(5);
    // Half a unit in the last place of 1 is 2^-24: the tie goes to 1, which is even.
    weights << 1, 1, 1, 0, 1;
    update << 0, 5.9e-8, 6.1e-8, 1e-30, 1e-60;
    const RoundingFate fate = fateInFloat32(weights, update);
    QCOMPARE(fate.zero, Eigen::Index(1));
    QCOMPARE(fate.lost, Eigen::Index(2));
    QCOMPARE(fate.kept, Eigen::Index(2));
}

void ContributionTest::changesAreThoseOfTheUpdateRule_data()
{
    QTest::addColumn<int>("optimizer");
    QTest::addColumn<int>("updates");
    QTest::addColumn<double>("scale");
    for (int k = 0; k < static_cast<int>(std::size(allOptimizers)); ++k) {
        for (const int updates : {0, 1, 20}) {
            for (const double scale : {1.0, 1e-10, 1e-25, 1e-100})
                QTest::newRow(qPrintable(QString("%1 after %2 updates, gradients times %3")
                                             .arg(allOptimizers[k].name)
                                             .arg(updates)
                                             .arg(scale)))
                    << k << updates << scale;
        }
    }
}

void ContributionTest::changesAreThoseOfTheUpdateRule()
{
    QFETCH(int, optimizer);
    QFETCH(int, updates);
    QFETCH(double, scale);
    static constexpr Eigen::Index size = 24;
    TrainingSettings settings;
    settings.optimizer = allOptimizers[optimizer].kind;
    settings.epsilonInsideRoot = allOptimizers[optimizer].epsilonInsideRoot;
    settings.learningRate = 0.03;
    settings.momentum = 0.8;
    const auto gradientAt = [](int n) {
        Eigen::VectorXd g(size);
        for (Eigen::Index j = 0; j < size; ++j)
            g[j] = 0.3 * std::sin(1.3 * double(j) + 0.7 * n + 0.1);
        return g;
    };
    Optimizer begun(size);
    Eigen::VectorXd weights = Eigen::VectorXd::Zero(size);
    for (int n = 0; n < updates; ++n)
        begun.update(settings, gradientAt(n), weights);
    begun.begin(settings.optimizer);
    const Eigen::VectorXd& state = begun.state();
    const Eigen::VectorXd gradient = scale * gradientAt(updates);
    for (const int exponent : {0, -900, 300}) {
        // The same gradient, told in other words.
        const Eigen::VectorXd values =
            gradient.unaryExpr([&](double x) { return std::scalbn(x, -exponent); });
        const Optimizer::Change change = begun.changeBy(settings, values.segment(3, 20), exponent, 3);
        for (Eigen::Index j = 3; j < 23; ++j) {
            const long double expected = Rule(settings, state, size, j).added(gradient[j]);
            const long double found =
                std::scalbn(static_cast<long double>(change.values[j - 3]), change.exponent);
            QVERIFY(expected != 0);
            QVERIFY2(std::abs(found - expected) <= 1e-12L * std::abs(expected),
                     qPrintable(QString("entry %1: %2 against %3")
                                    .arg(j)
                                    .arg(double(found), 0, 'g', 17)
                                    .arg(double(expected), 0, 'g', 17)));
        }
    }
}

void ContributionTest::changesOutsideDoublesRangeKeepTheirSize_data()
{
    QTest::addColumn<int>("optimizer");
    QTest::addColumn<int>("exponent");
    for (int k = 0; k < static_cast<int>(std::size(allOptimizers)); ++k) {
        for (const int exponent : {-3000, 3000})
            QTest::newRow(qPrintable(QString("%1, 2^%2").arg(allOptimizers[k].name).arg(exponent)))
                << k << exponent;
    }
}

void ContributionTest::changesOutsideDoublesRangeKeepTheirSize()
{
    QFETCH(int, optimizer);
    QFETCH(int, exponent);
    TrainingSettings settings;
    settings.optimizer = allOptimizers[optimizer].kind;
    settings.epsilonInsideRoot = allOptimizers[optimizer].epsilonInsideRoot;
    settings.learningRate = 0.03;
    settings.momentum = 0.8;
    Optimizer begun(2);
    Eigen::VectorXd weights = Eigen::VectorXd::Zero(2);
    for (int n = 0; n < 5; ++n)
        begun.update(settings, Eigen::Vector2d(0.3 - 0.1 * n, 0),
                     weights); // the second one remembers nothing
    begun.begin(settings.optimizer);
    const Eigen::Vector2d x(0.7, -1.3);
    const auto far = begun.changeBy(settings, x, exponent, 0);
    // What is nearer has the same share of the gradient (below), or the same change (above).
    const int nearer = exponent < 0 ? -300 : 300;
    const auto near = begun.changeBy(settings, x, nearer, 0);
    const bool linear = far.exponent > 0;
    QCOMPARE(linear, exponent > 0 && optimizer < 3);
    for (Eigen::Index j = 0; j < 2; ++j) {
        QVERIFY(std::isfinite(far.values[j]) && far.values[j] != 0);
        QVERIFY(std::abs(far.values[j] - near.values[j]) <= 1e-14 * std::abs(near.values[j]));
    }
    QCOMPARE(far.exponent, exponent > 0 && !linear ? 0 : exponent);
    // A gradient of zero adds nothing.
    QVERIFY(begun.changeBy(settings, Eigen::Vector2d::Zero(), exponent, 0).values.isZero(0));
}

void ContributionTest::updatesThatVanishKeepTheirSizeAndAreLost()
{
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Momentum, OptimizerKind::Adam}) {
        Experiment experiment = vanishing();
        experiment.training.optimizer = kind;
        Trainer trainer(experiment);
        for (int i = 0; i < 3; ++i)
            trainer.step();
        const TracePtr trace = trainer.record();
        std::map<std::pair<std::string, int>, double> logs;
        std::map<std::pair<std::string, int>, Eigen::Index> zeros;
        visitContributions(*trace, [&](const Contribution& part) {
            logs[{part.parameter.block.name, part.t}] = part.norm().log10();
            zeros[{part.parameter.block.name, part.t}] = (part.values.array() == 0).count();
        });
        double least = 0;
        visitUpdates(*trace, [&](const StepUpdate& update) {
            const std::pair key{update.parameter.block.name, update.t};
            const double log = update.norm().log10();
            QCOMPARE(update.fate.zero, zeros[key]);
            if (std::isinf(logs[key])) {
                QCOMPARE(log, logs[key]);
                return;
            }
            least = std::min(least, log);
            if (kind == OptimizerKind::Adam)
                QVERIFY(std::isfinite(log));
            else
                QVERIFY(std::abs(log - (logs[key] + std::log10(0.01))) < 1e-11);
            if (log < -320)
                QVERIFY(update.fate.lost > 0 && update.fate.kept == 0);
        });
        QVERIFY2(least < -350, qPrintable(QString::number(least)));
        const auto updates = layerUpdates(*trace);
        QVERIFY(updates[0].all[1].norm.log10() < -350 && std::isfinite(updates[0].all[1].norm.log10()));
        QVERIFY(updates[0].all[1].fate.lost > 0);
    }
}

void ContributionTest::updatesThatExplodeHaveALogarithm()
{
    const auto trace =
        std::make_shared<IterationTrace>(*silentLinear(1e4 * Eigen::MatrixXd::Identity(3, 3), 101));
    Eigen::Index size = 0;
    for (const ParameterTrace& parameter : trace->parameters)
        size += parameter.block.size();
    for (const NamedOptimizer& each : allOptimizers) {
        TrainingSettings settings;
        settings.optimizer = each.kind;
        settings.epsilonInsideRoot = each.epsilonInsideRoot;
        trace->clipScale = 1;
        double largest = -1000;
        visitUpdates(*trace, Optimizer(size), settings, [&](const StepUpdate& update) {
            const ScaledNumber norm = update.norm();
            QVERIFY(!std::isnan(norm.value()) && !std::isnan(norm.log10()));
            largest = std::max(largest, norm.log10());
        });
        QVERIFY(std::isfinite(largest));
        QCOMPARE(largest > 390, &each < allOptimizers + 3);
    }
}

void ContributionTest::clippedEntryByEntryTheyAddUpToTheClippedGradient_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<bool>("norm");
    for (int cell = 0; cell < 7; ++cell) {
        const std::string name = allCells()[static_cast<std::size_t>(cell)].name;
        QTest::newRow(name.c_str()) << cell << false;
        QTest::newRow((name + ", then the norm").c_str()) << cell << true;
    }
}

void ContributionTest::clippedEntryByEntryTheyAddUpToTheClippedGradient()
{
    QFETCH(int, cell);
    QFETCH(bool, norm);
    Experiment experiment = textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {4}, 7);
    experiment.training.clipValue = 0.05;
    experiment.training.clipNorm = norm ? 0.1 : 0;
    const TracePtr trace = Trainer(experiment).record();
    QVERIFY(trace->clippedEntries);
    std::map<const ParameterTrace*, Eigen::VectorXd> sums;
    std::map<const ParameterTrace*, Eigen::VectorXd> sizes; // what rounding is relative to
    visitContributions(*trace, [&](const Contribution& part) {
        const Eigen::VectorXd values = clippedValues(*trace, part) * std::scalbn(1.0, part.exponent);
        auto& sum = sums[&part.parameter];
        auto& entries = sizes[&part.parameter];
        if (sum.size() == 0) {
            sum.setZero(values.size());
            entries.setZero(values.size());
        }
        sum += values;
        entries += values.cwiseAbs();
    });
    Eigen::Index cut = 0;
    for (const ParameterTrace& parameter : trace->parameters) {
        const Eigen::VectorXd clipped = parameter.clippedGradient.reshaped();
        const Eigen::ArrayXd errors = (sums[&parameter] - clipped).cwiseAbs();
        QVERIFY((errors <= 1e-12 * sizes[&parameter].array()).all());
        cut += (parameter.gradient.array().abs() > 0.05).count();
    }
    QVERIFY(cut > 0);
}

QTEST_APPLESS_MAIN(ContributionTest)
#include "contribution_test.moc"
