// Truncated gradients where sequences skip rows of the plan: the borders are rows for the backward pass, the
// central differences, and everything that is computed from a trace.

#include "core/gradients/contribution.h"
#include "core/gradients/gradient_path.h"
#include "core/gradients/hop.h"
#include "core/gradients/itemised.h"
#include "core/gradients/loss_alone.h"
#include "core/gradients/numerical_check.h"
#include "core/gradients/state_gradients.h"
#include "core/training/trainer.h"
#include "tests/core/networks.h"

#include <QTest>
#include <algorithm>
#include <cmath>

using namespace unrolled;

namespace {

Experiment masked(const std::string& task, const CellSpec& cell, int truncate)
{
    Experiment experiment;
    experiment.task.id = task;
    experiment.task.digits = 2;
    experiment.task.length = task == "adding" ? 30 : 9;
    experiment.task.form = AddingForm::Hochreiter;
    experiment.model.cell = cell;
    experiment.model.hidden = {3, 2};
    experiment.training.batch = 3;
    experiment.training.truncate = truncate;
    return experiment;
}

/// Whether row `row` of the plan (from 1) is one that a trace's sequence takes.
bool takes(const IterationTrace& trace, int row)
{
    return trace.planRows.empty() ||
           std::find(trace.planRows.begin(), trace.planRows.end(), row) != trace.planRows.end();
}

/// One after the other of a batch, at the parameters after an update.
std::vector<TracePtr> tracesOf(Trainer& trainer)
{
    trainer.step();
    const Checkpoint start = trainer.checkpoint();
    std::vector<TracePtr> traces;
    traces.reserve(static_cast<std::size_t>(trainer.experiment().training.batch));
    for (int b = 0; b < trainer.experiment().training.batch; ++b) {
        trainer.restore(start);
        traces.push_back(trainer.record(b));
    }
    trainer.restore(start);
    return traces;
}

QString at(int layer, int t, double error)
{
    return QString("layer %1, t = %2: %3").arg(layer + 1).arg(t).arg(error);
}

} // namespace

class TruncationTest : public QObject
{
    Q_OBJECT

private slots:
    void bordersAreRowsOfThePlan();
    void aTraceKnowsItsRows_data() { rows(); }
    void aTraceKnowsItsRows();
    void gradientsAgreeWithCentralDifferences_data() { rows(); }
    void gradientsAgreeWithCentralDifferences();
    void lossesAddUpToTheTotal_data() { rows(); }
    void lossesAddUpToTheTotal();
    void oneLossAloneIsThatOfTheSweep_data() { rows(); }
    void oneLossAloneIsThatOfTheSweep();
    void contributionsAddUpToTheGradient_data() { rows(); }
    void contributionsAddUpToTheGradient();

private:
    static void rows()
    {
        QTest::addColumn<std::string>("task");
        QTest::addColumn<int>("cell");
        QTest::addColumn<int>("truncate");
        for (const char* task : {"addition", "reber", "adding"}) {
            for (const int cell : {0, 4, 5, 6}) {
                for (const int truncate : {2, 3, 4})
                    QTest::newRow((std::string(task) + ", " +
                                   networks::allCells()[static_cast<std::size_t>(cell)].name +
                                   ", k = " + std::to_string(truncate))
                                      .c_str())
                        << std::string(task) << cell << truncate;
            }
        }
    }
    static Experiment fetched()
    {
        QFETCH(std::string, task);
        QFETCH(int, cell);
        QFETCH(int, truncate);
        return masked(task, networks::allCells()[static_cast<std::size_t>(cell)].spec, truncate);
    }
};

void TruncationTest::bordersAreRowsOfThePlan()
{
    for (int t = 0; t <= 9; ++t) {
        QVERIFY(!isBorder(0, {}, t));
        QCOMPARE(isBorder(3, {}, t), t > 0 && t % 3 == 0);
    }
    // Rows 1 and 2 are skipped, 4 to 6, and 10.
    const std::vector<int> rows{3, 7, 8, 9, 11};
    const std::vector<bool> threes{false, true, false, false, true, false};
    const std::vector<bool> twos{true, true, false, true, true, false};
    for (int t = 0; t <= 5; ++t) {
        QCOMPARE(isBorder(3, rows, t), threes[static_cast<std::size_t>(t)]);
        QCOMPARE(isBorder(2, rows, t), twos[static_cast<std::size_t>(t)]);
    }
}

void TruncationTest::aTraceKnowsItsRows()
{
    const Experiment experiment = fetched();
    Trainer trainer(experiment);
    const int planned = static_cast<int>(trainer.task().plan().size());
    bool skips = false;
    for (const TracePtr& trace : tracesOf(trainer)) {
        const std::size_t steps = trace->planRows.empty() ? trace->plan.size() : trace->planRows.size();
        QCOMPARE(steps, trace->plan.size());
        skips = skips || trace->steps() < planned;
        QCOMPARE(trace->planRows.empty(), trace->steps() == planned);
        // Every border lies between two steps, or before the first one, or behind the last one.
        int own = 0;
        std::vector<bool> borders(static_cast<std::size_t>(trace->steps()) + 1, false);
        for (int row = 1; row <= planned; ++row) {
            own += takes(*trace, row) ? 1 : 0;
            if (row % experiment.training.truncate == 0)
                borders[static_cast<std::size_t>(own)] = true;
        }
        for (int t = 0; t < trace->steps(); ++t)
            QCOMPARE(trace->handsBack(0, t), !borders[static_cast<std::size_t>(t)]);
    }
    QVERIFY(skips);
}

void TruncationTest::gradientsAgreeWithCentralDifferences()
{
    Trainer trainer(fetched());
    trainer.step();
    for (const BlockCheck& check : checkGradients(trainer))
        QVERIFY2(check.largestError <= checkTolerance,
                 qPrintable(QString("%1[%2, %3]: back-propagation has %4, central differences %5")
                                .arg(QString::fromStdString(check.parameter))
                                .arg(check.row)
                                .arg(check.col)
                                .arg(check.gradient, 0, 'g', 12)
                                .arg(check.difference, 0, 'g', 12)));
}

void TruncationTest::lossesAddUpToTheTotal()
{
    Trainer trainer(fetched());
    for (const TracePtr& trace : tracesOf(trainer)) {
        const double weight = lossWeight(*trace);
        for (int layer = 0; layer < 2; ++layer) {
            for (int t = 1; t <= trace->steps(); ++t) {
                const ScaledColumns rows = itemisedAt(*trace, layer, t);
                const Eigen::VectorXd total = trace->channel(layer, "h").gradient.col(t - 1);
                Eigen::VectorXd sum = Eigen::VectorXd::Zero(total.size());
                double size = 0; // what rounding is relative to: terms may cancel
                for (Eigen::Index k = 0; k < rows.values.cols(); ++k) {
                    const Eigen::VectorXd row =
                        weight * rows.values.col(k) * std::scalbn(1.0, rows.exponents[k]);
                    sum += row;
                    size += row.norm();
                }
                const double error = (sum - total).norm();
                QVERIFY2(error <= 1e-12 * size, qPrintable(at(layer, t, error)));
            }
        }
    }
}

void TruncationTest::oneLossAloneIsThatOfTheSweep()
{
    Trainer trainer(fetched());
    for (const TracePtr& trace : tracesOf(trainer)) {
        const int s = trace->steps();
        const TracePtr alone = lossAlone(trace, s);
        const auto norms = stateGradientNorms(*trace, s);
        const auto paths = gradientPaths(*trace, s);
        for (int layer = 0; layer < 2; ++layer) {
            const GradientPath& path = paths[static_cast<std::size_t>(layer)];
            for (int t = 1; t <= s; ++t) {
                const double wanted = scaledNorm(alone->channel(layer, "h").gradient.col(t - 1));
                const double found =
                    norms[static_cast<std::size_t>(layer)].hidden[static_cast<std::size_t>(t - 1)].value();
                QVERIFY2(std::abs(found - wanted) <= 1e-12 * wanted, qPrintable(at(layer, t, found)));
                QVERIFY(std::abs(path.at(t).hidden.value() - wanted) <= 1e-12 * wanted);
                if (t == s || !(path.at(t + 1).gradient.value() > 0))
                    continue;
                // The factors of a hop multiply to what it hands on: to nothing over a border.
                const double handed = path.first(t) * path.second(t);
                const double whole = path.at(t).handed.value() / path.at(t + 1).gradient.value();
                if (path.at(t + 1).kept.value() > 0)
                    QVERIFY(std::abs(handed - whole) <= 1e-12 * whole);
                QCOMPARE(path.at(t).handed.value() == 0, !trace->handsBack(layer, t));
            }
        }
    }
}

void TruncationTest::contributionsAddUpToTheGradient()
{
    Trainer trainer(fetched());
    const std::vector<TracePtr> traces = tracesOf(trainer);
    for (const ParameterTrace& whole : traces.front()->parameters) {
        Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(whole.block.rows, whole.block.cols);
        double size = 0;
        for (const TracePtr& trace : traces) {
            visitContributions(*trace, [&](const Contribution& part) {
                if (part.parameter.block.name != whole.block.name)
                    return;
                sum += part.values * std::scalbn(1.0, part.exponent);
                size += part.norm().value();
            });
        }
        const double error = (sum - whole.gradient).norm();
        QVERIFY2(error <= 1e-12 * size, qPrintable(QString::fromStdString(whole.block.name)));
    }
}

QTEST_APPLESS_MAIN(TruncationTest)
#include "truncation_test.moc"
