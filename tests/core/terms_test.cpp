// The terms behind a pre-activation add up to it, for every cell and layer.

#include "core/training/trainer.h"

#include <QTest>

#include <cmath>

using namespace unrolled;

namespace {

Experiment experimentOf(const CellSpec& cell)
{
    Experiment experiment;
    experiment.model.cell = cell;
    experiment.model.hidden = {4, 3};
    return experiment;
}

double sumOf(const std::vector<DotTerm>& terms)
{
    double sum = 0;
    for (const DotTerm& term : terms)
        sum += term.product();
    return sum;
}

bool close(double a, double b)
{
    return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)});
}

} // namespace

class TermsTest : public QObject
{
    Q_OBJECT
private slots:
    void termsAddUp_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("reset");
        QTest::addColumn<QStringList>("gates");
        QTest::addColumn<QString>("task");
        // In addition, an encoder and a decoder have weights of their own.
        for (const char* task : {"hello", "addition"}) {
            QTest::addRow("RNN, %s", task) << 0 << 0 << QStringList{"h"} << task;
            QTest::addRow("GRU with reset after, %s", task) << 1 << 0 << QStringList{"r", "z"} << task;
            QTest::addRow("GRU with reset before, %s", task) << 1 << 1 << QStringList{"r", "z", "n"} << task;
            QTest::addRow("LSTM, %s", task) << 2 << 0 << QStringList{"i", "f", "g", "o"} << task;
        }
    }

    void termsAddUp()
    {
        QFETCH(int, kind);
        QFETCH(int, reset);
        QFETCH(QStringList, gates);
        QFETCH(QString, task);
        Experiment experiment = experimentOf({CellKind(kind), Activation::Tanh, GruReset(reset)});
        experiment.task.id = task.toStdString();
        Trainer trainer(experiment);
        const auto trace = trainer.record();
        for (int layer = 0; layer < 2; ++layer) {
            const int hidden = static_cast<int>(trace->layers[static_cast<std::size_t>(layer)].hiddenSize());
            for (const QString& gate : gates) {
                const std::string pre = "a_" + gate.toStdString();
                for (int t = 1; t <= trace->steps(); ++t) {
                    for (int unit = 0; unit < hidden; ++unit) {
                        const auto terms = dotTerms(*trace, layer, gate.toStdString(), unit, t);
                        const double expected = trace->channel(layer, pre).value(unit, t - 1);
                        QVERIFY2(close(sumOf(terms), expected),
                                 qPrintable(QStringLiteral("%1, layer %2, t %3, unit %4: %5 instead of %6")
                                                .arg(gate)
                                                .arg(layer)
                                                .arg(t)
                                                .arg(unit)
                                                .arg(sumOf(terms))
                                                .arg(expected)));
                        QCOMPARE(sumOf(dotTerms(*trace, layer, pre, unit, t)), sumOf(terms));
                        const auto inputs = trace->channel(layer, "x").value.rows();
                        QCOMPARE(static_cast<Eigen::Index>(terms.size()), inputs + hidden + 1);
                    }
                }
            }
        }
    }

    void aCandidateThatIsResetAfterTheProductHasTheRecurrentPartOnItsOwn()
    {
        Trainer trainer(experimentOf({CellKind::Gru, Activation::Tanh, GruReset::After}));
        const auto trace = trainer.record();
        for (int layer = 0; layer < 2; ++layer) {
            const auto inputs = static_cast<std::size_t>(trace->channel(layer, "x").value.rows());
            const auto hidden = static_cast<std::size_t>(trace->channel(layer, "h").value.rows());
            for (int t = 1; t <= trace->steps(); ++t) {
                for (int unit = 0; unit < static_cast<int>(hidden); ++unit) {
                    const double u = trace->channel(layer, "u_n").value(unit, t - 1);
                    QVERIFY(close(sumOf(dotTerms(*trace, layer, "u_n", unit, t)), u));
                    const auto terms = dotTerms(*trace, layer, "n", unit, t);
                    QCOMPARE(terms.size(), inputs + hidden + 2);
                    double recurrent = terms.back().product();
                    for (std::size_t k = 0; k < hidden; ++k)
                        recurrent += terms[inputs + k].product();
                    QVERIFY(close(recurrent, u));
                    const double r = trace->channel(layer, "r").value(unit, t - 1);
                    const double rest = sumOf(terms) - recurrent;
                    QVERIFY(close(rest + r * u, trace->channel(layer, "a_n").value(unit, t - 1)));
                }
            }
        }
    }

    void termsAreCalledAsInTheEquations()
    {
        Trainer trainer(experimentOf({}));
        const auto trace = trainer.record();
        const auto terms = dotTerms(*trace, 0, "h", 1, 2);
        QCOMPARE(terms.front().weight, std::string("W_{xh}[2,1]"));
        QCOMPARE(terms.front().source, std::string("x_{2}[1]"));
        QCOMPARE(terms[4].weight, std::string("W_{hh}[2,1]"));
        QCOMPARE(terms[4].source, std::string("h_{1}[1]"));
        QCOMPARE(terms.back().weight, std::string("b_h[2]"));
        QCOMPARE(terms.back().source, std::string("1"));
    }

    void whatHasNoDotProductIsRefused()
    {
        Trainer trainer(experimentOf({CellKind::Lstm, Activation::Tanh, GruReset::After}));
        const auto trace = trainer.record();
        QVERIFY_EXCEPTION_THROWN(dotTerms(*trace, 0, "c", 0, 1), std::out_of_range);
        QVERIFY_EXCEPTION_THROWN(dotTerms(*trace, 0, "", 0, 1), std::out_of_range);
        QVERIFY_EXCEPTION_THROWN(dotTerms(*trace, 0, "i", 4, 1), std::out_of_range);
        QVERIFY_EXCEPTION_THROWN(dotTerms(*trace, 0, "i", 0, 0), std::out_of_range);
        QVERIFY_EXCEPTION_THROWN(dotTerms(*trace, 2, "i", 0, 1), std::out_of_range);
    }
};

QTEST_GUILESS_MAIN(TermsTest)
#include "terms_test.moc"
