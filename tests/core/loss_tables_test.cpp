// The tables of one loss alone, against a backward pass of that loss and the analyses that the plots draw.

#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/gradients/analyses.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/loss_alone.h"
#include "core/training/error.h"
#include "core/training/trainer.h"

#include <Eigen/SVD>
#include <QtTest>

#include <cmath>

using namespace unrolled;

namespace {

using Settings = std::vector<std::string>;
using Row = std::vector<std::string>;

std::unique_ptr<Trainer> trained(const std::string& id, const Settings& settings = {})
{
    auto trainer = std::make_unique<Trainer>(withSettings(readExperiment(id), settings));
    for (int i = 0; i < 3; ++i)
        trainer->step();
    return trainer;
}

double number(const std::string& text)
{
    bool isNumber = false;
    const double value = QByteArray::fromStdString(text).toDouble(&isNumber);
    return isNumber ? value : std::nan("");
}

/// Whether two numbers agree to 1e-12 of the size of the second.
bool near(double actual, double expected)
{
    return std::abs(actual - expected) <= 1e-12 * std::abs(expected);
}

const std::string& cell(const Table& table, const Row& row, const char* column)
{
    const auto at = std::find(table.columns.begin(), table.columns.end(), column);
    return row.at(static_cast<std::size_t>(at - table.columns.begin()));
}

double value(const Table& table, const Row& row, const char* column)
{
    return number(cell(table, row, column));
}

/// The row of the first layer, or of `layer` from 1, at a step.
const Row& rowAt(const Table& table, int t, int layer = 1)
{
    for (const Row& row : table.rows) {
        if (cell(table, row, "t") == std::to_string(t) && row.front() == std::to_string(layer))
            return row;
    }
    throw std::out_of_range("no such row");
}

double gradientNorm(const TracePtr& trace, int layer, const char* channel, int t)
{
    return trace->channel(layer, channel).gradient.col(t - 1).norm();
}

} // namespace

class LossTablesTest : public QObject
{
    Q_OBJECT

private slots:
    void whatArrivesAndWhatCould_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<Settings>("settings");
        QTest::addColumn<int>("loss"); // 0: the last one
        QTest::newRow("RNN, last loss") << "hello-vanish" << Settings{} << 0;
        QTest::newRow("RNN, third loss") << "hello-vanish" << Settings{} << 3;
        QTest::newRow("logistic RNN") << "hello" << Settings{"model.activation=sigmoid"} << 4;
        QTest::newRow("GRU") << "hello" << Settings{"model.cell=gru"} << 2;
        QTest::newRow("LSTM") << "hello" << Settings{"model.cell=lstm"} << 0;
        QTest::newRow("the only loss") << "adding" << Settings{"task.length=9"} << 0;
        QTest::newRow("mean loss") << "hello" << Settings{"training.loss=mean"} << 3;
    }
    void whatArrivesAndWhatCould()
    {
        QFETCH(QString, id);
        QFETCH(Settings, settings);
        QFETCH(int, loss);
        const auto trainer = trained(id.toStdString(), settings);
        const TracePtr trace = trainer->record();
        const int s = loss > 0 ? loss : countedSteps(*trace).back();
        const TracePtr alone = lossAlone(trace, s);
        const Table reach = reachTable(*trace, loss);
        const Table hops = hopTable(*trace, loss);
        QCOMPARE(reach.rows.size(), static_cast<std::size_t>(s));
        const bool rnn = trace->cell.kind == CellKind::Rnn;
        const double gamma = trace->cell.activation == Activation::Sigmoid ? 0.25 : 1;
        double sigma = 0;
        if (rnn)
            sigma = trace->parameter(ParameterRole::RecurrentWeight, 0)
                        .before.jacobiSvd()
                        .singularValues()
                        .maxCoeff();
        double allowed = gradientNorm(alone, 0, "h", s);
        double bound = allowed;
        for (int t = s; t >= 1; --t) {
            const Row& row = rowAt(reach, t);
            QCOMPARE(cell(reach, row, "s"), std::to_string(s));
            QCOMPARE(cell(reach, row, "lag"), std::to_string(s - t));
            QVERIFY(near(value(reach, row, "grad_h"), gradientNorm(alone, 0, "h", t)));
            if (trace->hasChannel("c"))
                QVERIFY(near(value(reach, row, "grad_c"), gradientNorm(alone, 0, "c", t)));
            else
                QCOMPARE(cell(reach, row, "grad_c") + cell(reach, row, "log10_grad_c"), std::string());
            if (t < s) {
                allowed *= value(hops, rowAt(hops, t + 1), "hop");
                bound *= gamma * sigma;
            }
            if (trace->cell.kind != CellKind::Lstm) // whose hops carry c along
                QVERIFY(near(value(reach, row, "hops"), allowed));
            QVERIFY(value(reach, row, "hops") >= value(reach, row, "grad_h") * (1 - 1e-12));
            QCOMPARE(cell(reach, row, "bound").empty(), !rnn);
            if (rnn)
                QVERIFY(near(value(reach, row, "bound"), bound));
            for (const char* column : {"grad_h", "grad_c", "hops", "bound"}) {
                if (!cell(reach, row, column).empty())
                    QVERIFY(std::abs(value(reach, row, (std::string("log10_") + column).c_str()) -
                                     std::log10(value(reach, row, column))) < 1e-12);
            }
        }
    }

    /// As table hops --loss S has the numbers of plot hops.
    void hopsOfALossAreThoseOfThePlot()
    {
        const auto trainer = trained("hello", {"model.cell=lstm", "model.hidden=[4,3]"});
        const TracePtr trace = trainer->record();
        for (const int s : {2, 4}) {
            const auto drawn = analyse(analyse(trace), s);
            const Table hops = hopTable(*trace, s);
            const Table reach = reachTable(*trace, s);
            QCOMPARE(hops.rows.size(), static_cast<std::size_t>(2 * (s - 1)));
            for (int layer = 0; layer < 2; ++layer) {
                const GradientPath& path = drawn->paths.at(static_cast<std::size_t>(layer));
                const auto allowed = boundOf(path, drawn->of->norms.at(static_cast<std::size_t>(layer)).hop);
                for (int t = 1; t <= s; ++t) {
                    const Row& arrives = rowAt(reach, t, layer + 1);
                    QCOMPARE(cell(reach, arrives, "grad_c"), fullPrecision(path.at(t).gradient.value()));
                    QCOMPARE(cell(reach, arrives, "hops"),
                             fullPrecision(allowed[static_cast<std::size_t>(t - 1)].value()));
                    if (t == s)
                        continue;
                    const Row& row = rowAt(hops, t + 1, layer + 1);
                    QCOMPARE(cell(hops, row, "carry_factor"), fullPrecision(path.first(t)));
                    QCOMPARE(cell(hops, row, "paths_factor"), fullPrecision(path.second(t)));
                    QCOMPARE(cell(hops, row, "entering_factor"), fullPrecision(path.entering(t)));
                }
            }
        }
        // By itself the table still tells of L.
        QCOMPARE(toCsv(hopTable(*trace, 0)), toCsv(traceTable("hops", *trace)));
        QVERIFY(toCsv(hopTable(*trace, 4)) != toCsv(hopTable(*trace)));
    }

    void decayFitAndEllipseBeginAtTheLoss()
    {
        const auto trainer = trained("hello", {"model.cell=gru", "training.loss=mean"});
        const TracePtr trace = trainer->record();
        const TracePtr alone = lossAlone(trace, 3);
        const Table decay = traceTable("decay", *trace, {}, 3);
        QCOMPARE(decay.rows.size(), std::size_t(3));
        for (int t = 1; t <= 3; ++t) {
            QCOMPARE(cell(decay, rowAt(decay, t), "lag"), std::to_string(3 - t));
            QVERIFY(near(value(decay, rowAt(decay, t), "grad_h"), gradientNorm(alone, 0, "h", t)));
        }
        QCOMPARE(traceTable("decay", *trace).rows.size(), std::size_t(4));
        const Table fit = traceTable("fit", *trace, {}, 3);
        QCOMPARE(cell(fit, fit.rows.front(), "s"), std::string("3"));
        const Table ellipse = traceTable("ellipse", *trace, {}, 3);
        QCOMPARE(ellipse.rows.size(), std::size_t(3));
        QCOMPARE(cell(ellipse, ellipse.rows.front(), "s"), std::string("3"));
    }

    void updatesOfALossAreThoseOfThePlot()
    {
        const auto trainer = trained("hello");
        const auto trace = trainer->record();
        const auto again = trained("hello"); // the recorded step has moved the other on
        const Table table = updateTable(*again, 3);
        const std::vector<LayerUpdates> drawn = layerUpdates(*lossPart(trace, 3));
        int seen = 0;
        for (const Row& row : table.rows) {
            const int t = static_cast<int>(value(table, row, "t"));
            QVERIFY(t <= 3);
            if (cell(table, row, "parameter") != "rnn.weight_hh_l0")
                continue;
            ++seen;
            const UpdateOfStep& step = drawn.front().recurrent.at(static_cast<std::size_t>(t - 1));
            QVERIFY(near(value(table, row, "norm"), step.norm.value()));
            QCOMPARE(cell(table, row, "kept"), std::to_string(step.fate.kept));
        }
        QCOMPARE(seen, 3);
    }

    void whatDoesNotFadeHasNoHalfLife()
    {
        const auto slopeAndHalfLife = [](const char* id) {
            const auto trainer = trained(id);
            const Table fit = fitTable(*trainer->record());
            return std::pair(value(fit, fit.rows.front(), "slope"), cell(fit, fit.rows.front(), "half_life"));
        };
        const auto [falls, halfLife] = slopeAndHalfLife("hello-vanish");
        QVERIFY(falls < 0);
        QVERIFY(near(number(halfLife), std::log(0.5) / falls));
        const auto [grows, none] = slopeAndHalfLife("hello-explode");
        QVERIFY(grows > 0);
        QCOMPARE(none, std::string());
    }

    void aLossThatIsNoneIsRefused_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("loss");
        QTest::addColumn<QString>("message");
        QTest::newRow("a table of all losses")
            << "gates" << 1
            << "--loss: found it for gates, expected it for one of decay, fit, reach, hops, ellipse, update";
        QTest::newRow("behind the end")
            << "reach" << 5 << "--loss: found 5, expected a step with a loss, 1 to 4";
    }
    void aLossThatIsNoneIsRefused()
    {
        QFETCH(QString, kind);
        QFETCH(int, loss);
        QFETCH(QString, message);
        const auto trainer = trained("hello");
        QString found;
        try {
            traceTable(kind.toStdString(), *trainer->record(), {}, loss);
        } catch (const InputError& error) {
            found = QString::fromUtf8(error.what());
        }
        QCOMPARE(found, message);
    }
};

QTEST_GUILESS_MAIN(LossTablesTest)
#include "loss_tables_test.moc"
