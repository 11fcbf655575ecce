// Jacobians, their bounds, fits and exponents against each other and against closed forms.

#include "core/gradients/decay_fit.h"
#include "core/gradients/gate_saturation.h"
#include "core/gradients/gradient_path.h"
#include "core/gradients/hop.h"
#include "core/gradients/hop_norms.h"
#include "core/gradients/jacobian.h"
#include "core/gradients/singular_values.h"
#include "core/gradients/state_gradients.h"
#include "tests/core/networks.h"

#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <QTest>
#include <cmath>
#include <random>

using namespace unrolled;
using namespace networks;

namespace {

Eigen::MatrixXd randomMatrix(Eigen::Index rows, Eigen::Index cols, unsigned seed)
{
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> number(-1, 1);
    return Eigen::MatrixXd::NullaryExpr(rows, cols, [&] { return number(engine); });
}

Eigen::MatrixXd randomOrthogonal(Eigen::Index n, unsigned seed)
{
    return Eigen::HouseholderQR<Eigen::MatrixXd>(randomMatrix(n, n, seed)).householderQ();
}

QString told(double actual, double expected)
{
    return QString("%1, expected %2").arg(actual, 0, 'g', 17).arg(expected, 0, 'g', 17);
}

/// A trained trace of any cell.
std::shared_ptr<IterationTrace> traceOf(int cell, const std::vector<int>& hidden, int length, int updates = 2)
{
    Trainer trainer(textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, hidden, length));
    for (int i = 0; i < updates; ++i)
        trainer.step();
    return trainer.record();
}

void addCells()
{
    QTest::addColumn<int>("cell");
    for (int cell = 0; cell < 7; ++cell)
        QTest::newRow(allCells()[static_cast<std::size_t>(cell)].name.c_str()) << cell;
}

} // namespace

#define NEAR(actual, expected, allowed)                                                                      \
    QVERIFY2(std::abs((actual) - (expected)) <= (allowed), qPrintable(told(actual, expected)))

class JacobianTest : public QObject
{
    Q_OBJECT

private slots:
    void hopsMultiplyToTheJacobian_data() { addCells(); }
    void hopsMultiplyToTheJacobian();
    void hopsCarryTheGradientBack_data() { addCells(); }
    void hopsCarryTheGradientBack();
    void singularValuesKeepTheirDigits();
    void aLinearRecurrenceDecaysAsItsPower();
    void anOrthogonalRecurrenceKeepsTheNorm();
    void theCarouselDecaysAsItsForgetGate_data();
    void theCarouselDecaysAsItsForgetGate();
    void boundsAreNeverBroken_data();
    void boundsAreNeverBroken();
    void hopsSplitIntoSaturationAndRecurrence();
    void lyapunovExponentsOfALinearSystem();
    void fitsFindTheirLine();
    void gatesAreCountedAsClosedAndOpen();
};

void JacobianTest::hopsMultiplyToTheJacobian()
{
    QFETCH(int, cell);
    const auto trace = traceOf(cell, {4, 3}, 9);
    for (int layer = 0; layer < 2; ++layer) {
        Hops hops(*trace, layer);
        const Eigen::Index n = hops.hiddenSize();
        Eigen::MatrixXd product = Eigen::MatrixXd::Identity(hops.stateSize(), hops.stateSize());
        const std::vector<JacobianAt> all = jacobians(*trace, layer);
        QCOMPARE(all.size(), std::size_t(9));
        for (int t = 9; t >= 1; --t) {
            const JacobianAt& at = all[static_cast<std::size_t>(9 - t)];
            QCOMPARE(at.t, t);
            // The transposed product, its columns the units of h_T, and the columns of the function.
            const Eigen::MatrixXd hidden = product.topLeftCorner(n, n);
            const ScaledColumns columns = jacobianColumns(*trace, layer, t);
            const double size = hidden.norm();
            for (Eigen::Index j = 0; j < n; ++j) {
                const Eigen::VectorXd column = columns.values.col(j) * std::scalbn(1.0, columns.exponents[j]);
                NEAR((column - hidden.col(j)).norm(), 0.0, 1e-12 * size);
            }
            const Eigen::VectorXd values = Eigen::JacobiSVD<Eigen::MatrixXd>(hidden).singularValues();
            for (Eigen::Index i = 0; i < n; ++i)
                NEAR(at.hidden[static_cast<std::size_t>(i)].value(), values[i], 1e-12 * values[0]);
            Hop hop;
            hops.form(t, false, hop);
            product = hop.matrix() * product;
        }
    }
}

void JacobianTest::hopsCarryTheGradientBack()
{
    QFETCH(int, cell);
    const auto trace = traceOf(cell, {5}, 7);
    // With the last loss alone, ∂L/∂h_t = (∂h_T/∂h_t)ᵀ ∂L/∂h_T.
    const Eigen::MatrixXd& readout = trace->weightsAt(ParameterRole::ReadoutWeight, -1, 7);
    const Eigen::VectorXd last = readout.transpose() * trace->outputs.y.gradient.col(6);
    const std::vector<StateGradientNorms> norms = stateGradientNorms(*trace, 7);
    for (int t = 1; t <= 7; ++t) {
        const ScaledColumns columns = jacobianColumns(*trace, 0, t);
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(5);
        for (Eigen::Index j = 0; j < 5; ++j)
            sum += columns.values.col(j) * std::scalbn(last[j], columns.exponents[j]);
        NEAR(norms[0].hidden[static_cast<std::size_t>(t - 1)].value(), sum.norm(), 1e-12 * sum.norm());
    }
}

void JacobianTest::singularValuesKeepTheirDigits()
{
    const Eigen::MatrixXd any = randomMatrix(7, 5, 1);
    const Eigen::VectorXd wanted = Eigen::JacobiSVD<Eigen::MatrixXd>(any).singularValues();
    const std::vector<ScaledNumber> found = singularValues(any);
    for (Eigen::Index i = 0; i < 5; ++i)
        NEAR(found[static_cast<std::size_t>(i)].value(), wanted[i], 1e-14 * wanted[0]);

    // U diag(1, 1e-30, …, 1e-120) and beyond double: e-fold columns, mixed by a shear that is known exactly.
    const Eigen::MatrixXd u = randomOrthogonal(5, 2);
    ScaledColumns graded(u, Eigen::VectorXi::Zero(5));
    for (int j = 0; j < 5; ++j)
        graded.exponents[j] = -700 * j;
    // Adding a multiple of a column to a far larger one leaves all singular values as they are.
    graded.add(0, 0, u.col(3), graded.exponents[3]);
    const std::vector<ScaledNumber> values = singularValues(graded);
    for (int j = 0; j < 5; ++j)
        NEAR(values[static_cast<std::size_t>(j)].log10(), -700 * j * std::log10(2.0), 1e-11);
    // A common part of two columns far apart: the smaller loses what lies along the larger.
    ScaledColumns slanted(3, 2);
    slanted.values << 1, 1, 0, 1, 0, 0;
    slanted.exponents << 0, -3000;
    NEAR(singularValues(slanted)[1].log10(), -3000 * std::log10(2.0), 1e-11);
}

void JacobianTest::aLinearRecurrenceDecaysAsItsPower()
{
    // W = U diag(0.9, 0.5, 0.01) Uᵀ: singular values of W^lag are the powers; 0.01^180 = 1e-360.
    const Eigen::MatrixXd u = randomOrthogonal(3, 3);
    const Eigen::Vector3d w(0.9, 0.5, 0.01);
    const TracePtr trace = silentLinear(u * w.asDiagonal() * u.transpose(), 181);
    for (const JacobianAt& at : jacobians(*trace, 0)) {
        const int lag = 181 - at.t;
        for (std::size_t i = 0; i < 3; ++i)
            NEAR(at.hidden[i].log10(), lag * std::log10(w[static_cast<Eigen::Index>(i)]), 1e-12 * (lag + 1));
        NEAR(at.bound->log10(), lag * std::log10(0.9), 1e-12 * (lag + 1));
    }
}

void JacobianTest::anOrthogonalRecurrenceKeepsTheNorm()
{
    const TracePtr trace = silentLinear(randomOrthogonal(6, 4), 101);
    for (const JacobianAt& at : jacobians(*trace, 0)) {
        for (const ScaledNumber& value : at.hidden)
            NEAR(value.value(), 1.0, 1e-12);
    }
    const auto norms = stateGradientNorms(*trace, 101)[0].hidden;
    for (const ScaledNumber& norm : norms)
        NEAR(norm.value() / norms.back().value(), 1.0, 1e-12);
    const Eigen::VectorXd exponents = lyapunovExponents(*trace, 0);
    NEAR(exponents.cwiseAbs().maxCoeff(), 0.0, 1e-13);
}

void JacobianTest::theCarouselDecaysAsItsForgetGate_data()
{
    QTest::addColumn<double>("bias");
    QTest::addColumn<double>("halfLife");
    QTest::newRow("forget bias 0: a half-life of 1 step") << 0.0 << 1.0;
    QTest::newRow("forget bias 1: 2.21 steps") << 1.0 << 2.21;
    QTest::newRow("forget bias 2: 5.46 steps") << 2.0 << 5.46;
    QTest::newRow("forget bias 3: 14.3 steps") << 3.0 << 14.3;
    QTest::newRow("forget bias 5: 103 steps") << 5.0 << 103.0;
}

void JacobianTest::theCarouselDecaysAsItsForgetGate()
{
    QFETCH(double, bias);
    QFETCH(double, halfLife);
    const int length = 60;
    Trainer trainer(textExperiment({CellKind::Lstm, {}, {}}, {3}, length));
    Checkpoint point = trainer.checkpoint();
    view(point.parameters, *trainer.layout().find(ParameterRole::RecurrentWeight, 0)).setZero();
    auto input = view(point.parameters, *trainer.layout().find(ParameterRole::InputWeight, 0));
    input.middleRows(3, 3).setZero();
    view(point.parameters, *trainer.layout().find(ParameterRole::Bias, 0)).middleRows(3, 3).setConstant(bias);
    trainer.restore(point);
    const TracePtr trace = trainer.record();
    const double f = 1 / (1 + std::exp(-bias));
    std::vector<ScaledNumber> norms;
    for (const JacobianAt& at : jacobians(*trace, 0)) {
        const int lag = length - at.t;
        for (std::size_t i = 0; i < 3; ++i) {
            NEAR(at.cell[i].value() / std::pow(f, lag), 1.0, 1e-12);
            NEAR(at.cellHeld[i].value() / std::pow(f, lag), 1.0, 1e-12);
            QCOMPARE(at.hidden[i].value(), lag == 0 ? 1.0 : 0.0);
        }
        norms.push_back(at.cell[0]);
    }
    const DecayFit fit = fitDecay(norms);
    NEAR(fit.halfLife, std::log(0.5) / std::log(f), 1e-9 * fit.halfLife);
    NEAR(fit.halfLife, halfLife, 0.005 * halfLife); // as it is printed
    NEAR(fit.determination, 1.0, 1e-12);
}

void JacobianTest::boundsAreNeverBroken_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<double>("scale");
    for (int cell = 0; cell < 4; ++cell) {
        for (const double scale : {0.3, 1.0, 3.0}) {
            const std::string name = allCells()[static_cast<std::size_t>(cell)].name + ", weights times " +
                                     std::to_string(scale).substr(0, 3);
            QTest::newRow(name.c_str()) << cell << scale;
        }
    }
}

void JacobianTest::boundsAreNeverBroken()
{
    QFETCH(int, cell);
    QFETCH(double, scale);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Experiment experiment = textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {6}, 30);
        experiment.seed = seed;
        experiment.model.initScale = scale;
        const TracePtr trace = Trainer(experiment).record();
        if (!std::isfinite(trace->loss))
            continue;
        for (const JacobianAt& at : jacobians(*trace, 0))
            QVERIFY2(at.hidden.front().log10() <= at.bound->log10() + 1e-12,
                     qPrintable(told(at.hidden.front().log10(), at.bound->log10())));
    }
}

void JacobianTest::hopsSplitIntoSaturationAndRecurrence()
{
    const auto trace = traceOf(0, {5}, 8);
    const Eigen::MatrixXd& weights = trace->weightsAt(ParameterRole::RecurrentWeight, 0, 1);
    const double largest = Eigen::JacobiSVD<Eigen::MatrixXd>(weights).singularValues()[0];
    // Keep the last loss alone, so that hops are all that changes the gradient.
    trace->outputs.y.gradient.leftCols(7).setZero();
    const auto norms = stateGradientNorms(*trace, 8)[0].hidden;
    const HopNorms hops = hopNorms(*trace, 0);
    const GradientPath path = gradientPaths(*trace, 0).front();
    for (std::size_t i = 1; i < 8; ++i) {
        NEAR(hops.recurrence[i], largest, 1e-13 * largest);
        QVERIFY(hops.saturation[i] <= 1);
        QVERIFY(hops.hop[i] <= hops.saturation[i] * hops.recurrence[i] * (1 + 1e-14));
        const double factor = norms[i - 1].value() / norms[i].value();
        const int to = static_cast<int>(i); // from step i + 1
        NEAR(path.first(to) * path.second(to), factor, 1e-12 * factor);
        QVERIFY(path.first(to) <= hops.saturation[i] && path.second(to) <= hops.recurrence[i]);
    }
}

void JacobianTest::lyapunovExponentsOfALinearSystem()
{
    // W = P diag(w) P⁻¹: the exponents are ln |w|, up to what the start adds, which fades as 1/T.
    const Eigen::MatrixXd u = randomOrthogonal(3, 5);
    const Eigen::Vector3d w(1.5, 0.8, -0.05);
    const Eigen::VectorXd symmetric =
        lyapunovExponents(*silentLinear(u * w.asDiagonal() * u.transpose(), 150), 0);
    const Eigen::MatrixXd p = randomMatrix(3, 3, 6);
    const Eigen::VectorXd general =
        lyapunovExponents(*silentLinear(p * w.asDiagonal() * p.inverse(), 150), 0);
    for (Eigen::Index i = 0; i < 3; ++i) {
        NEAR(symmetric[i], std::log(std::abs(w[i])), 0.02);
        NEAR(general[i], std::log(std::abs(w[i])), 0.03);
    }
    // Their sum is ln |det W|, at any T.
    NEAR(general.sum(), std::log(1.5 * 0.8 * 0.05), 1e-11);
}

void JacobianTest::fitsFindTheirLine()
{
    std::vector<ScaledNumber> norms;
    for (int lag = 0; lag < 50; ++lag)
        norms.push_back({8, -40 * lag}); // 8 · 2^(-40 lag), far below double's range at the end
    norms.push_back({0, 0});
    const DecayFit fit = fitDecay(norms);
    NEAR(fit.slope, -40 * std::log(2.0), 1e-11);
    NEAR(fit.logAtZero, std::log(8.0), 1e-9);
    NEAR(fit.halfLife, 1.0 / 40, 1e-14);
    QCOMPARE(horizon(norms, 1e-6), 1); // 8 · 2^-40 = 7e-12
    QCOMPARE(horizon(norms, 1e-12), 2);
    QCOMPARE(horizon({{1, 0}, {1, -30}, {1, 0}}, 1e-6), -1);
    QVERIFY(std::isnan(fitDecay({{1, 0}}).slope));
    QVERIFY(fitDecay({{1, 0}, {2, 0}}).halfLife < 0);
    QVERIFY(std::isinf(fitDecay({{1, 0}, {1, 0}}).halfLife));
}

void JacobianTest::gatesAreCountedAsClosedAndOpen()
{
    const auto trace = traceOf(6, {2}, 8);
    auto& forget = trace->layers[0].channels[static_cast<std::size_t>(channelIndex(trace->cell, "f"))].value;
    forget.row(1) << 0.05, 0.95, 0.5, 0.1, 0.9, 0.99, 0.91, 0.2;
    const auto all = gateSaturation(*trace);
    QCOMPARE(all.size(), std::size_t(6)); // i, f, o of two units
    const GateSaturation& each = all[3];
    QVERIFY(each.gate == "f");
    QCOMPARE(each.unit, 1);
    QCOMPARE(each.left, 1.0 / 8);
    QCOMPARE(each.right, 3.0 / 8);
    QVERIFY(gateSaturation(*traceOf(0, {2}, 3)).empty());
}

QTEST_APPLESS_MAIN(JacobianTest)
#include "jacobian_test.moc"
