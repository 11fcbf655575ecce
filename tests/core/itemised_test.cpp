// Which loss reaches how far back: the itemised table against the total gradients and closed forms.

#include "core/files/tables.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/itemised.h"
#include "tests/core/networks.h"

#include <QTest>
#include <cmath>
#include <limits>

using namespace unrolled;
using namespace networks;

class ItemisedTest : public QObject
{
    Q_OBJECT

private slots:
    void rowsAddUpToTheTotal_data();
    void rowsAddUpToTheTotal();
    void threadsChangeNoBit();
    void aRowPerCountedStepAndEarlierStep();
    void losesNothingBelowDoublesRange();
    void losesNothingAboveDoublesRange();
    void scaledSumsAreRight();
    void theTableHasALogarithmBesideEachNorm();
    void decayHasTheLogarithmOfWhatTheTraceCannotHold_data();
    void decayHasTheLogarithmOfWhatTheTraceCannotHold();
    void cutsTruncationAndClampsStopIt_data();
    void cutsTruncationAndClampsStopIt();
};

void ItemisedTest::rowsAddUpToTheTotal_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("layers");
    QTest::addColumn<int>("length");
    for (int cell = 0; cell < 7; ++cell) {
        const std::string name = allCells()[static_cast<std::size_t>(cell)].name;
        QTest::newRow((name + " of one layer").c_str()) << cell << 1 << 6;
        QTest::newRow((name + " of three layers, more losses than a block").c_str()) << cell << 3 << 197;
    }
}

void ItemisedTest::rowsAddUpToTheTotal()
{
    QFETCH(int, cell);
    QFETCH(int, layers);
    QFETCH(int, length);
    const std::vector<int> hidden = layers == 1 ? std::vector<int>{5} : std::vector<int>{5, 3, 4};
    Trainer trainer(textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, hidden, length));
    for (int i = 0; i < 2; ++i)
        trainer.step();
    const TracePtr trace = trainer.record();
    const Itemised itemised(*trace);
    QCOMPARE(itemised.lossSteps().size(), static_cast<std::size_t>(length));
    for (int layer = 0; layer < layers; ++layer) {
        for (const int t : {1, 2, length / 2, length}) {
            const ScaledColumns rows = itemisedAt(*trace, layer, t);
            const Eigen::VectorXd total = trace->channel(layer, "h").gradient.col(t - 1);
            Eigen::VectorXd sum = Eigen::VectorXd::Zero(total.size());
            double size = 0; // what rounding is relative to: terms may cancel
            for (Eigen::Index k = 0; k < rows.values.cols(); ++k) {
                const Eigen::VectorXd row = rows.values.col(k) * std::scalbn(1.0, rows.exponents[k]);
                sum += row;
                size += row.norm();
                if (k + 1 >= t)
                    QCOMPARE(itemised.norm(layer, static_cast<std::size_t>(k), t).value(), row.norm());
                else
                    QVERIFY(row.isZero(0));
            }
            QVERIFY(size > 0);
            const double error = (sum - total).norm();
            QVERIFY2(
                error <= 1e-12 * size,
                qPrintable(QString("layer %1, t = %2: %3 of %4").arg(layer + 1).arg(t).arg(error).arg(size)));
        }
    }
}

void ItemisedTest::threadsChangeNoBit()
{
    const int length = 230;
    const TracePtr trace = Trainer(textExperiment({CellKind::Gru, {}, {}}, {6, 5}, length)).record();
    const Itemised alone(*trace, {}, 1);
    for (const int threads : {0, 2, 5}) {
        const Itemised shared(*trace, {}, threads);
        for (int layer = 0; layer < 2; ++layer) {
            QVERIFY(shared.largestDifference(layer) == alone.largestDifference(layer));
            for (std::size_t k = 0; k < alone.lossSteps().size(); ++k) {
                for (int t = 1; t <= alone.lossSteps()[k]; ++t) {
                    const ScaledNumber one = alone.norm(layer, k, t);
                    const ScaledNumber other = shared.norm(layer, k, t);
                    QVERIFY(one.mantissa > 0 && other.mantissa == one.mantissa &&
                            other.exponent == one.exponent);
                }
            }
        }
    }
}

void ItemisedTest::aRowPerCountedStepAndEarlierStep()
{
    Experiment experiment = reference::seriesExperiment(7);
    experiment.task.counted = Counted::Last;
    const TracePtr trace = Trainer(experiment).record();
    const Itemised itemised(*trace);
    QCOMPARE(itemised.lossSteps(), std::vector<int>{7});
    QCOMPARE(itemised.norm(0, 0, 3).value(), trace->channel(0, "h").gradient.col(2).norm());
    QCOMPARE(itemisedTable(*trace).rows.size(), std::size_t(7));

    const Table all = itemisedTable(*Trainer(textExperiment({CellKind::Lstm, {}, {}}, {3, 2}, 4)).record());
    QCOMPARE(all.rows.size(), std::size_t(2 * 10));
    QCOMPARE(all.rows[12][0] + all.rows[12][1] + all.rows[12][2], std::string("222"));
}

// A linear recurrence with W_hh = w: ‖∂L_s/∂h_t‖ = ‖∂L_s/∂h_s‖ w^(s-t).
void ItemisedTest::losesNothingBelowDoublesRange()
{
    const int length = 101;
    const Itemised itemised(*silentLinear(1e-4 * Eigen::MatrixXd::Identity(3, 3), length));
    const double start = itemised.norm(0, length - 1, length).log10();
    for (const int lag : {1, 50, 76, 77, 81, 100}) {
        const ScaledNumber norm = itemised.norm(0, length - 1, length - lag);
        QVERIFY2(std::abs(norm.log10() - (start - 4.0 * lag)) < 1e-11,
                 qPrintable(QString::number(norm.log10(), 'g', 17)));
        QVERIFY(lag <= 80 ? norm.value() > 0 : norm.value() == 0);
    }
    QVERIFY(itemised.norm(0, length - 1, 1).log10() < -399);
}

void ItemisedTest::losesNothingAboveDoublesRange()
{
    const int length = 101;
    const TracePtr trace = silentLinear(1e4 * Eigen::MatrixXd::Identity(3, 3), length);
    QVERIFY(std::isfinite(trace->loss));
    const Itemised itemised(*trace);
    const double start = itemised.norm(0, length - 1, length).log10();
    for (const int lag : {1, 50, 76, 79, 100}) {
        const ScaledNumber norm = itemised.norm(0, length - 1, length - lag);
        QVERIFY2(std::abs(norm.log10() - (start + 4.0 * lag)) < 1e-11,
                 qPrintable(QString::number(norm.log10(), 'g', 17)));
        QCOMPARE(std::isinf(norm.value()), lag > 77);
    }
}

void ItemisedTest::scaledSumsAreRight()
{
    const Eigen::Vector2d one(1, 2);
    for (const int low : {0, -1, -40, -5000}) {
        ScaledColumns big(2, 1);
        big.add(0, 0, one, 0);
        big.add(0, 0, one, low);
        ScaledColumns small(2, 1);
        small.add(0, 0, one, low);
        small.add(0, 0, one, 0);
        const double expected = std::sqrt(5.0) * (1 + std::scalbn(1.0, low));
        QCOMPARE(big.norm(0).value(), expected);
        QCOMPARE(small.norm(0).value(), expected);
    }
    ScaledColumns tiny(2, 1);
    tiny.values.col(0).setConstant(5e-324);
    tiny.normalise(0);
    QCOMPARE(tiny.values(0, 0), 1.0);
    QCOMPARE(tiny.exponents[0], -1074);
    QCOMPARE((ScaledNumber{1, -2000}).value(), 0.0);
    QVERIFY(std::abs((ScaledNumber{1, -2000}).log10() + 2000 * std::log10(2.0)) < 1e-12);
    QCOMPARE(ScaledNumber{}.log10(), -std::numeric_limits<double>::infinity());
}

void ItemisedTest::theTableHasALogarithmBesideEachNorm()
{
    const Table table = itemisedTable(*silentLinear(1e-4 * Eigen::MatrixXd::Identity(2, 2), 101));
    QCOMPARE(toCsv({table.columns, {}}), std::string("layer,s,t,grad_h,log10_grad_h\n"));
    const auto& row = table.rows[table.rows.size() - 101]; // s = 101, t = 1
    QCOMPARE(row[1], std::string("101"));
    QCOMPARE(row[2], std::string("1"));
    QCOMPARE(row[3], std::string("0"));
    QVERIFY(QByteArray::fromStdString(row[4]).toDouble() < -399);
}

void ItemisedTest::decayHasTheLogarithmOfWhatTheTraceCannotHold_data()
{
    QTest::addColumn<double>("factor");
    QTest::newRow("vanished to 1e-400") << 1e-4;
    QTest::newRow("exploded to 1e+400") << 1e4;
}

void ItemisedTest::decayHasTheLogarithmOfWhatTheTraceCannotHold()
{
    QFETCH(double, factor);
    const int length = 101;
    // W_hh with one large entry in a row of small ones: a shift that takes three steps round.
    Eigen::MatrixXd recurrent = Eigen::MatrixXd::Zero(3, 3);
    recurrent(0, 1) = recurrent(1, 2) = recurrent(2, 0) = factor;
    const auto trace = std::make_shared<IterationTrace>(*silentLinear(recurrent, length));
    const Table table = decayTable(*trace);
    const auto log = [&](int t) {
        return QByteArray::fromStdString(table.rows[std::size_t(t - 1)][4]).toDouble();
    };
    const auto norm = [&](int t) { return table.rows[std::size_t(t - 1)][3]; };
    // Σ_s of terms that are each a factor apart: the first differs from the plain power by 1e-4 at most.
    const double expected = std::log10(factor);
    QVERIFY(std::abs(log(length) - std::log10(trace->channel(0, "h").gradient.col(length - 1).norm())) <
            1e-12);
    if (factor > 1) {
        QCOMPARE(norm(1), std::string("inf"));
        QVERIFY(std::abs(log(1) - log(length) - 100 * expected) < 1e-3);
    } else {
        // L_1 itself keeps h_1 from vanishing; take all but the last loss away.
        trace->outputs.y.gradient.leftCols(length - 1).setZero();
        trace->layers[0].channels.back().gradient.leftCols(20).setZero();
        const Table last = decayTable(*trace);
        QCOMPARE(last.rows[0][3], std::string("0"));
        const double one = QByteArray::fromStdString(last.rows[0][4]).toDouble();
        QVERIFY2(std::abs(one - log(length) - 100 * expected) < 1e-11,
                 qPrintable(QString::number(one, 'g', 17)));
    }
}

void ItemisedTest::cutsTruncationAndClampsStopIt_data()
{
    QTest::addColumn<int>("cell");
    for (int cell = 0; cell < 7; ++cell)
        QTest::newRow(allCells()[static_cast<std::size_t>(cell)].name.c_str()) << cell;
}

void ItemisedTest::cutsTruncationAndClampsStopIt()
{
    QFETCH(int, cell);
    Trainer trainer(textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, {4, 3}, 6));
    const auto trace = trainer.record();
    // A cut of the lower layer between 3 and 4; a truncation after 4.
    trace->edits.cuts = {{0, 3}};
    const auto reach = [&](int layer, int s, int t) {
        return Itemised(*trace).norm(layer, static_cast<std::size_t>(s - 1), t).value();
    };
    QVERIFY(reach(1, 6, 3) > 0);
    QVERIFY(reach(0, 6, 4) > 0);
    QVERIFY(reach(0, 3, 3) > 0);
    trace->truncate = 4;
    QCOMPARE(reach(1, 6, 4), 0.0);
    QCOMPARE(reach(0, 6, 4), 0.0);
    QVERIFY(reach(1, 6, 5) > 0);
    QVERIFY(reach(1, 4, 1) > 0);

    // With every gate held, only what a gate lets through directly goes back.
    trace->truncate = 0;
    trace->edits.cuts.clear();
    for (const char* gate : {"h", "r", "z", "n", "i", "f", "g", "o"})
        trace->edits.clamps.push_back({gate, 1, {}, {}, 0.5});
    const double direct = reach(1, 6, 5);
    if (trace->cell.kind == CellKind::Gru)
        QVERIFY(direct > 0 && direct < reach(1, 6, 6)); // z ∘ ∂L/∂h_t
    else
        QCOMPARE(direct, 0.0); // an LSTM's goes by c alone
}

QTEST_APPLESS_MAIN(ItemisedTest)
#include "itemised_test.moc"
