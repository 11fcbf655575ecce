#include "tests/ui/frames.h"
#include "tests/ui/plot_frames.h"
#include "ui/paint/caption.h"
#include "ui/paint/cell_graph.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/equation.h"
#include "ui/paint/number_format.h"

#include <QTest>

#include <cmath>

using namespace unrolled;
using namespace ui;
using frames::everyCell;
using frames::find;
using frames::specOf;

namespace {

bool close(double a, double b)
{
    return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)});
}

} // namespace

class EquationTest : public QObject
{
    Q_OBJECT
private slots:
    void theNumbersAreTheTraces_data() { everyCell(); }
    void theNumbersAreTheTraces()
    {
        QFETCH(int, cell);
        const CellSpec spec = specOf(cell);
        for (const bool sequence : {false, true}) {
            Frame frame = sequence ? frames::adding(spec, 9) : frames::hello(spec, {3, 5});
            const IterationTrace& trace = frame.trace();
            for (std::int64_t i = 0; i < frame.ticks.partsPerIteration(); ++i) {
                frame.position = frame.ticks.at(i);
                const CellMoment moment = cellMoment(frame, 0, 0);
                const Equation equation = equationOf(frame, moment);
                const Part& part = frame.part();
                const bool forward = frame.phase() == Phase::Forward;
                for (int k = 0; k < equation.rows; ++k) {
                    const EquationRow row = equation.row(k);
                    if (row.evaluate)
                        QVERIFY2(std::abs(row.evaluate(row.numbers()) - row.result) <=
                                     1e-9 * std::max(1e-9, std::abs(row.result)) + 1e-15,
                                 qPrintable(equation.symbols));
                    double expected = row.result;
                    const auto column = [&](std::string_view channel, bool gradient) {
                        const Quantity& quantity = trace.channel(moment.layer, channel);
                        return (gradient ? quantity.gradient : quantity.value)(k, moment.t - 1);
                    };
                    if (part.kind == PartKind::Cell && forward) {
                        expected =
                            column(operations(spec)[static_cast<std::size_t>(part.operation)].result, false);
                    } else if (part.kind == PartKind::Cell) {
                        const auto& op = operations(spec)[static_cast<std::size_t>(part.operation)];
                        const bool own = op.result != "h" && op.result != "c" && op.result != "a_h";
                        if (own)
                            expected = column(op.result, true);
                        else if (spec.kind == CellKind::Rnn && op.result == "h")
                            expected = column("a_h", true);
                        else if (spec.kind == CellKind::Lstm && op.result == "h")
                            expected = column("c", true) - signalGradient(trace, moment.layer, moment.t,
                                                                          {SignalKind::NextCell, {}})(k);
                    } else if (part.kind == PartKind::HiddenGradient) {
                        expected = column("h", true);
                    } else if (part.kind == PartKind::PassBack) {
                        expected =
                            moment.t > 1
                                ? trace.channel(moment.layer, "h").gradient(k, moment.t - 2) -
                                      hiddenGradientParts(trace, moment.layer, moment.t - 1).above(k)
                                : trace.layers[static_cast<std::size_t>(moment.layer)].initialHiddenGradient(
                                      k);
                    } else if (part.kind == PartKind::Logits) {
                        expected =
                            (forward ? trace.outputs.y.value : trace.outputs.y.gradient)(k, moment.t - 1);
                    } else if (part.kind == PartKind::Probabilities) {
                        expected = trace.outputs.probabilities(k, moment.t - 1);
                    } else if (part.kind == PartKind::Loss) {
                        expected = trace.sequenceLoss;
                    }
                    QVERIFY2(close(row.result, expected),
                             qPrintable(QStringLiteral("%1, row %2: %3 instead of %4")
                                            .arg(equation.symbols)
                                            .arg(k)
                                            .arg(row.result, 0, 'g', 17)
                                            .arg(expected, 0, 'g', 17)));
                }
            }
        }
    }

    void shownSumsWorkOut()
    {
        EquationRow row;
        row.sum = true;
        for (const double value : {1.4142, 0.5303, 0.0118}) {
            row.pieces.push_back(
                {row.pieces.empty() ? EquationPiece::Kind::Number : EquationPiece::Kind::Addend, {}, value});
            row.result += value;
        }
        row.evaluate = [](const std::vector<double>& x) { return x[0] + x[1] + x[2]; };
        QCOMPARE(rowText(row, 2, false), QStringLiteral("1.41 + 0.53 + 0.01 ≈ +1.96"));
        // 1.41 + 0.53 + 0.01 is 1.95: a third decimal makes it add up.
        QCOMPARE(equationDigits({row}, false, 4), 3);
        QCOMPARE(rowText(row, 3, false), QStringLiteral("1.414 + 0.530 + 0.012 = +1.956"));

        // The digits of a sum of gradients end at the same place, however small they are.
        row.result = 0;
        row.pieces[0].value = -2.5e-9;
        row.pieces[1].value = 3.81e-8;
        row.pieces[2].value = -4e-11;
        for (const EquationPiece& piece : row.pieces)
            row.result += piece.value;
        QCOMPARE(rowText(row, 3, true), QStringLiteral("(−0.25 + 3.81 + 0.00)·10⁻⁸ = +3.56·10⁻⁸"));
        QVERIFY(std::abs(shownValue(3.81e-8, {3, true, 3.81e-8, 0}) - 3.81e-8) < 1e-20);
    }

    void theUpdateTellsHowItsOptimizerSizesIt()
    {
        unrolled::Experiment experiment = experimentOf(unrolled::CellKind::Rnn);
        const auto note = [&] {
            Frame frame = frameOf(experiment, 1);
            frame.position = {1, frame.ticks.tickOf(Phase::Update), 0};
            frame.position = frame.ticks.endOfTick(1, frame.position.tick);
            return equationOf(frame, cellMoment(frame, 0, 0)).note(0);
        };
        experiment.training.optimizer = unrolled::OptimizerKind::Adam;
        experiment.training.learningRate = 0.02;
        const QString said = note();
        const Frame frame = frameOf(experiment, 1);
        double largest = 0;
        for (const auto& each : frame.trace().parameters)
            largest = std::max(largest, (each.after - each.before).cwiseAbs().maxCoeff());
        QCOMPARE(
            said.section(QLatin1Char('.'), 0, -3),
            QStringLiteral("Adam divides each gradient by its usual size: the largest change of a weight "
                           "is %1, the learning rate 0.02")
                .arg(ui::norm(largest)));
        experiment.training.optimizer = unrolled::OptimizerKind::Sgd;
        QVERIFY2(note().contains(QStringLiteral("ΔW = −η ∂L/∂W, with the learning rate η = 0.02")),
                 qPrintable(note()));
    }

    void timesArePutIntoNotation_data()
    {
        QTest::addColumn<QString>("notation");
        QTest::addColumn<QString>("expected");
        QTest::newRow("a step and the one before")
            << QStringLiteral("h_t = tanh(W_{xh} x_t + W_{hh} h_{t−1} + b_h)")
            << QStringLiteral("h_{12} = tanh(W_{xh} x_{12} + W_{hh} h_{11} + b_h)");
        QTest::newRow("a subscript of two parts")
            << QStringLiteral("∂L/∂a_{n,t}") << QStringLiteral("∂L/∂a_{n,12}");
        QTest::newRow("a power") << QStringLiteral("1 − h_t^2") << QStringLiteral("1 − h_{12}^2");
        QTest::newRow("a product") << QStringLiteral("(r∘h)_t") << QStringLiteral("(r∘h)_{12}");
    }
    void timesArePutIntoNotation()
    {
        QFETCH(QString, notation);
        QFETCH(QString, expected);
        QCOMPARE(atTime(notation, 12), expected);
    }

    void theSumOfASequenceIsNotCalledTheLossOfItsBatch()
    {
        unrolled::Experiment experiment = experimentOf(unrolled::CellKind::Rnn, "adding", 12);
        for (const int batch : {1, 5}) {
            experiment.training.batch = batch;
            Frame frame = frameOf(experiment, 0);
            frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
            const Equation equation = equationOf(frame, cellMoment(frame, 0, 0));
            const EquationRow row = equation.row(0);
            QCOMPARE(row.result, frame.trace().sequenceLoss);
            QCOMPARE(equation.symbols.contains(QLatin1Char('L')) && row.label == QLatin1String("L"),
                     batch == 1);
            QCOMPARE(equation.symbols.startsWith(QLatin1String("of this sequence: ")), batch > 1);
        }
    }

    void theLossTellsItsTermsByName_data()
    {
        QTest::addColumn<QString>("task");
        QTest::newRow("a sum of 4") << QStringLiteral("hello");
        QTest::newRow("of all but the first steps") << QStringLiteral("echo");
        QTest::newRow("of the last step") << QStringLiteral("adding");
    }
    void theLossTellsItsTermsByName()
    {
        QFETCH(QString, task);
        for (const auto reduction : {unrolled::Reduction::Sum, unrolled::Reduction::Mean}) {
            unrolled::Experiment experiment = experimentOf(unrolled::CellKind::Rnn, qPrintable(task), 12);
            experiment.training.loss = reduction;
            Frame frame = frameOf(experiment, 0);
            frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
            const TermTable table = equationOf(frame, cellMoment(frame, 0, 0)).terms(0);
            QVERIFY(!table.terms.empty());
            double sum = 0;
            for (const unrolled::DotTerm& term : table.terms) {
                const int t = QString::fromStdString(term.weight).mid(3).chopped(1).toInt();
                QVERIFY(frame.trace().plan[static_cast<std::size_t>(t - 1)].counted);
                QCOMPARE(term.weightValue, frame.trace().outputs.losses(t - 1));
                sum += term.product();
            }
            QVERIFY(std::abs(sum - frame.trace().sequenceLoss) <= 1e-14 * sum);
            QCOMPARE(table.sum, frame.trace().sequenceLoss);
        }
    }

    void theOnlyLossIsToldFromItsAnswer_data()
    {
        QTest::addColumn<QString>("task");
        QTest::addColumn<QString>("symbols");
        QTest::newRow("of a class") << QStringLiteral("latch") << QStringLiteral("−ln p_{12}[target]");
        QTest::newRow("of a number") << QStringLiteral("adding") << QStringLiteral("(y_{12} − target)^2");
    }
    void theOnlyLossIsToldFromItsAnswer()
    {
        QFETCH(QString, task);
        QFETCH(QString, symbols);
        Frame frame = frameOf(experimentOf(unrolled::CellKind::Rnn, qPrintable(task), 12), 0);
        frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
        const Equation equation = equationOf(frame, cellMoment(frame, 0, 0));
        QVERIFY2(equation.symbols.endsWith(QStringLiteral("L_{12} = ") + symbols),
                 qPrintable(equation.symbols));
        const EquationRow row = equation.row(0);
        QCOMPARE(row.result, frame.trace().sequenceLoss);
        QVERIFY(close(row.evaluate(row.numbers()), row.result));
        QVERIFY(row.numbers() != std::vector<double>{row.result});
    }

    void aChosenCellKeepsItsOwnEquationAtTheLoss()
    {
        Frame frame = frames::hello({});
        frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
        const Equation equation = equationOf(frame, cellMoment(frame, 2, 0));
        QVERIFY2(equation.symbols.startsWith(QStringLiteral("h_{2} = ")), qPrintable(equation.symbols));
        QVERIFY(equation.known);
        QCOMPARE(equation.row(1).result, frame.trace().channel(0, "h").value(1, 1));
    }

    void withoutALossNothingIsSummed()
    {
        unrolled::Experiment experiment = experimentOf(unrolled::CellKind::Rnn, "hello", 0);
        unrolled::Intervention silence;
        silence.kind = unrolled::InterventionKind::Silence;
        silence.steps = {1, 2, 3, 4};
        experiment.interventions = {silence};
        Frame frame = frameOf(experiment, 0);
        frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
        const Equation equation = equationOf(frame, cellMoment(frame, 0, 0));
        QCOMPARE(equation.symbols, QStringLiteral("L = 0"));
        QCOMPARE(equation.rows, 0);
        QVERIFY(equation.note(0).contains(QLatin1String("silenced")));
        QCOMPARE(caption(frame), equation.note(0));
    }

    void aUnitTellsItsDotProduct()
    {
        Frame frame = frames::hello({});
        frame.position = find(frame, Phase::Forward, 2, PartKind::Cell, 1);
        const Equation equation = equationOf(frame, cellMoment(frame, 0, 0));
        const TermTable table = equation.terms(1);
        QCOMPARE(table.terms.size(), std::size_t(4 + 3 + 1));
        QCOMPARE(table.result, frame.trace().channel(0, "h").value(1, 1));
        const QString html = termsHtml(table);
        QVERIFY(html.contains(QStringLiteral("term by term")));
        QCOMPARE(html.count(QStringLiteral("<tr>")), 8 + 2);
        // Beyond what fits: the biggest, and the rest as a sum.
        QVERIFY(termsHtml(table, 4).contains(QStringLiteral("the other 4 terms")));
        // Of a one-hot input one term is left; the zeros do not take its place.
        TermTable onehot;
        for (int k = 0; k < 20; ++k)
            onehot.terms.push_back({"W", "x", 0.5, k == 17 ? 1.0 : 0.0});
        QCOMPARE(termsHtml(onehot).count(QStringLiteral("<tr>")), 1 + 1 + 1);
        QVERIFY(termsHtml(onehot).contains(QStringLiteral("the other 19 terms")));
    }
};

QTEST_MAIN(EquationTest)
#include "equation_test.moc"
