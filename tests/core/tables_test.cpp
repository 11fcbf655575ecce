#include "core/files/atomic_file.h"
#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/gradients/numerical_check.h"
#include "thrown.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

using namespace unrolled;

namespace {

std::shared_ptr<IterationTrace> traceOf(const std::vector<std::string>& settings, std::int64_t iteration = 0)
{
    Trainer trainer(withSettings(readExperiment("hello"), settings));
    while (trainer.iteration() < iteration)
        trainer.step();
    return trainer.record();
}

double number(const std::string& text)
{
    return QByteArray::fromStdString(text).toDouble();
}

/// A trainer at iteration 0 with these parameters, all others 0.
Trainer trainerWith(const Experiment& experiment,
                    const std::vector<std::pair<ParameterRole, Eigen::MatrixXd>>& values)
{
    Trainer trainer(experiment);
    Checkpoint point = trainer.checkpoint();
    point.parameters.setZero();
    for (const auto& [role, value] : values) {
        const bool readout = role == ParameterRole::ReadoutWeight || role == ParameterRole::ReadoutBias;
        view(point.parameters, *trainer.layout().find(role, readout ? -1 : 0)) = value;
    }
    trainer.restore(point);
    return trainer;
}

/// What a table says instead of its numbers; empty where it has some.
QString refusal(std::string_view kind, const IterationTrace& trace)
{
    try {
        const Table table = traceTable(kind, trace, "here");
        return table.rows.empty() && kind != "gates" && kind != "saturation" ? "no rows" : "";
    } catch (const RunError& error) {
        return error.what();
    }
}

} // namespace

Q_DECLARE_METATYPE(std::shared_ptr<unrolled::IterationTrace>)

class TablesTest : public QObject
{
    Q_OBJECT

private slots:
    void numbersReadBackExactly()
    {
        for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789.0, 1e-300})
            QCOMPARE(std::signbit(number(fullPrecision(value))) ? -number(fullPrecision(value))
                                                                : number(fullPrecision(value)),
                     std::abs(value));
        QCOMPARE(fullPrecision(0.1), std::string("0.1"));
        QCOMPARE(fullPrecision(1e-300), std::string("1e-300"));
        QCOMPARE(fullPrecision(-std::numeric_limits<double>::infinity()), std::string("-inf"));
        QCOMPARE(fullPrecision(-std::nan("")), std::string("nan"));
    }

    void csvQuotesWhereItMust()
    {
        QCOMPARE(toCsv({{"a", "b"}, {{"1,2", "say \"hi\""}, {"", "x\ny"}}}),
                 std::string("a,b\n\"1,2\",\"say \"\"hi\"\"\"\n,\"x\ny\"\n"));
    }

    void decayHasANormAndItsLogarithmForEveryStep()
    {
        const auto trace = traceOf({"model.cell=lstm", "model.hidden=[3,2]"}, 5);
        const Table table = decayTable(*trace);
        QCOMPARE(toCsv({table.columns, {}}),
                 std::string("layer,t,lag,grad_h,log10_grad_h,grad_c,log10_grad_c\n"));
        QCOMPARE(table.rows.size(), std::size_t(8));
        const auto& row = table.rows[4]; // layer 2, t = 1
        QCOMPARE(row[0], std::string("2"));
        QCOMPARE(row[1], std::string("1"));
        QCOMPARE(row[2], std::string("3"));
        QCOMPARE(number(row[3]), trace->channel(1, "h").gradient.col(0).norm());
        QVERIFY(std::abs(number(row[4]) - std::log10(number(row[3]))) < 1e-12);
        QCOMPARE(number(row[5]), trace->channel(1, "c").gradient.col(0).norm());
        for (const auto& rnn : decayTable(*traceOf({})).rows) {
            QCOMPARE(rnn.size(), std::size_t(7));
            QVERIFY(rnn[5].empty() && rnn[6].empty());
        }
    }

    void weightsHaveEveryEntryWithItsGradientAndUpdate()
    {
        const auto trace = traceOf({"model.cell=gru", "training.clip_norm=0.1"}, 5);
        const Table table = weightsTable(*trace);
        std::size_t i = 0;
        for (const ParameterTrace& parameter : trace->parameters) {
            for (Eigen::Index row = 0; row < parameter.before.rows(); ++row) {
                for (Eigen::Index column = 0; column < parameter.before.cols(); ++column, ++i) {
                    const auto& cells = table.rows.at(i);
                    QCOMPARE(cells[0], parameter.block.name);
                    QCOMPARE(cells[1], std::to_string(row + 1));
                    QCOMPARE(cells[2], std::to_string(column + 1));
                    const double value = parameter.before(row, column);
                    QCOMPARE(number(cells[3]), value);
                    QCOMPARE(number(cells[4]), parameter.gradient(row, column));
                    QCOMPARE(number(cells[5]), parameter.after(row, column) - value);
                }
            }
        }
        QCOMPARE(table.rows.size(), i);
    }

    void theLogarithmStaysRightOutsideDoublesRange()
    {
        auto trace = traceOf({});
        Eigen::MatrixXd& gradient = trace->layers[0].channels.back().gradient;
        gradient.col(0).setConstant(1e308); // the norm is 1.7e308, its square is not
        gradient.col(1).setConstant(1.5e308);
        const Table table = decayTable(*trace);
        QVERIFY(std::abs(number(table.rows[0][4]) - (308 + std::log10(std::sqrt(3.0)))) < 1e-12);
        QCOMPARE(table.rows[1][3], std::string("inf"));
        QVERIFY(std::abs(number(table.rows[1][4]) - (308 + std::log10(1.5 * std::sqrt(3.0)))) < 1e-12);

        // Nothing is counted after t = 1, so that no gradient is there; what has vanished is in
        // itemised_test.
        trace = traceOf({});
        trace->outputs.y.gradient.rightCols(3).setZero();
        trace->layers[0].channels.back().gradient.rightCols(3).setZero();
        const Table zeros = decayTable(*trace);
        QCOMPARE(zeros.rows[3][3], std::string("0"));
        QCOMPARE(zeros.rows[3][4], std::string("-inf"));
    }

    void aTableOfWhatOverflowedIsAnError_data()
    {
        QTest::addColumn<std::shared_ptr<IterationTrace>>("trace");
        QTest::addColumn<QString>("message");
        QTest::addColumn<QStringList>("good");
        const QStringList exact{"eigenvalues"};
        const QStringList scaled =
            QStringList{"decay", "fit",     "itemised", "jacobian",     "spectrum",  "reach",
                        "hops",  "ellipse", "lyapunov", "contribution", "saturation"} +
            exact;
        const QStringList passed = QStringList{"gates", "hidden", "outputs"} + scaled;

        // States that grow to 4·10³⁰⁰ in the second step, and the loss, their square, above 10³⁰⁸.
        Experiment adding;
        adding.task.id = "adding";
        adding.task.length = 450;
        adding.model.hidden = {2};
        adding.model.cell.activation = Activation::Identity;
        const Eigen::MatrixXd ones = Eigen::MatrixXd::Ones(2, 2);
        QTest::newRow("forward") << trainerWith(adding,
                                                {{ParameterRole::InputWeight, 1e200 * ones},
                                                 {ParameterRole::ReadoutWeight, Eigen::MatrixXd::Ones(1, 2)}})
                                        .record()
                                 << "loss at t = 450" << exact;
        // States of 0, and a gradient that doubles a thousand times and more on its way back.
        QTest::newRow("backward") << trainerWith(adding, {{ParameterRole::RecurrentWeight, 4 * ones},
                                                          {ParameterRole::ReadoutWeight,
                                                           Eigen::MatrixXd::Ones(1, 2)}})
                                         .record()
                                  << "the gradient of h at t = " << scaled;
        Experiment hello =
            withSettings(readExperiment("hello"), {"training.optimizer=sgd", "training.learning_rate=1e300"});
        hello.model.cell.activation = Activation::Identity;
        QTest::newRow("update") << trainerWith(hello, {{ParameterRole::InputWeight,
                                                        Eigen::MatrixXd::Constant(3, 4, 1e30)}})
                                       .record()
                                << "out.weight" << passed;
        QTest::newRow("nothing") << traceOf({}) << "" << QStringList{"weights"} + passed;
    }
    void aTableOfWhatOverflowedIsAnError()
    {
        QFETCH(std::shared_ptr<IterationTrace>, trace);
        QFETCH(QString, message);
        QFETCH(QStringList, good);
        for (const std::string_view kind : tableKinds()) {
            const QString named = QString::fromUtf8(kind);
            if (QStringList{"update", "singular", "loss", "comparison", "summary"}.contains(named))
                continue; // not of a trace alone
            const QString told = refusal(kind, *trace);
            if (good.contains(named))
                QVERIFY2(told.isEmpty(), kind.data());
            else
                QVERIFY2(told.startsWith("here: the run diverged at iteration 0: " + message) &&
                             told.contains(" left the range of numbers; "),
                         qPrintable(QString(kind.data()) + ": " + told));
        }
    }

    void tablesOfARunEndWhereItDiverges()
    {
        const Experiment experiment =
            withSettings(readExperiment("hello"), {"model.activation=identity", "training.optimizer=sgd",
                                                   "training.learning_rate=100"});
        History history(experiment);
        history.extend(1000);
        const std::int64_t at = history.divergedAt();
        QVERIFY(at > 0);
        for (const char* kind : {"decay", "update", "weights", "comparison"}) {
            QVERIFY(!tableOf(kind, history, at - 1).rows.empty());
            for (const std::int64_t iteration : {at, at + 5}) {
                try {
                    tableOf(kind, history, iteration);
                    QFAIL(kind);
                } catch (const RunError& error) {
                    const QString expected = QString("hello: the run diverged at iteration %1: ").arg(at);
                    QVERIFY2(QString(error.what()).startsWith(expected), error.what());
                }
            }
        }
        const Table losses = tableOf("loss", history, at);
        QCOMPARE(losses.rows.size(), static_cast<std::size_t>(at));
        for (const std::string& cell : losses.rows.back())
            QVERIFY(std::isfinite(number(cell)));
    }

    void theLogarithmOfANormThatOverflowsIsRight()
    {
        // h₁ = 1.5·10³⁰⁸, and scores of 0: ∂L/∂W_hy = (¼ − onehot) h₁ᵀ, all of it finite.
        Experiment hello = readExperiment("hello");
        hello.model.cell.activation = Activation::Identity;
        Eigen::MatrixXd input = Eigen::MatrixXd::Zero(3, 4);
        input.col(0).setConstant(1.5e308);
        Trainer trainer = trainerWith(hello, {{ParameterRole::InputWeight, input}});
        const Table table = lossTable({trainer.evaluate()});
        const double norm = 1.5 * std::sqrt(3.0) * std::sqrt(0.75 * 0.75 + 3 * 0.25 * 0.25); // · 10³⁰⁸
        QCOMPARE(table.rows[0][3], std::string("inf"));
        QVERIFY(std::abs(number(table.rows[0][4]) - (308 + std::log10(norm))) < 1e-12);
        // Where an entry itself overflows nothing is known.
        input.col(0).setZero();
        input.middleCols(1, 2).setConstant(1.7e308); // e and l, after each of which an l comes
        Trainer more = trainerWith(hello, {{ParameterRole::InputWeight, input}});
        QCOMPARE(lossTable({more.evaluate()}).rows[0][4], std::string("inf"));
        // The norm of nothing is 0.
        QCOMPARE(lossTable({IterationSummary{}}).rows[0][4], std::string("-inf"));
        const auto overflow = trainer.record()->overflow;
        QVERIFY(overflow && overflow->quantity == "gradient norm");
    }

    void aProbabilityThatUnderflowsIsNotALeastNumber()
    {
        const Eigen::VectorXd scores = Eigen::Vector4d(-5, -720, 0, -760);
        const auto trace =
            trainerWith(readExperiment("hello"), {{ParameterRole::ReadoutBias, scores}}).record();
        const double sum = 1 + std::exp(-5);
        const Eigen::VectorXd p = trace->outputs.probabilities.col(0);
        QVERIFY(std::abs(p[0] - std::exp(-5) / sum) < 1e-15);
        // e^−720 = 2·10⁻³¹³ has ten digits left, e^−760 none.
        QVERIFY(p[1] > 0 && std::abs(p[1] / (std::exp(-720) / sum) - 1) < 1e-9);
        QCOMPARE(p[3], 0.0);
        QCOMPARE(trace->outputs.y.gradient(1, 1), p[1]); // the target is l
        QCOMPARE(trace->outputs.y.gradient(3, 0), 0.0);
        QCOMPARE(trace->outputs.y.gradient(1, 0), -1.0);
        QCOMPARE(trace->outputs.losses[0], 720 + std::log1p(std::exp(-5)));
    }

    void a_comparison_tells_costs_and_when_answers_became_right()
    {
        const Experiment experiment =
            withSettings(readExperiment("hello"), {"model.cell=gru", "model.hidden=[4,3]"});
        History run(experiment);
        run.extend(200);
        std::int64_t since = 0;
        const auto curve = run.exactCurve(0, 150);
        for (const IterationSummary& each : curve)
            since = each.accuracy < 1 ? each.iteration + 1 : since;
        QVERIFY(since > 0 && since < 150);
        const Table table = tableOf("comparison", run, 150);
        // GRU: 3·4 rows of 4 inputs, 4 states and one bias, b_hn apart; then 3·3 of 4 and 3; and the readout.
        const int matrices = 12 * (4 + 4) + 9 * (4 + 3) + 4 * 3;
        const std::vector<std::string> row{"gru",
                                           "4 3",
                                           std::to_string(matrices + 12 + 4 + 9 + 3 + 4),
                                           std::to_string(matrices),
                                           fullPrecision(curve.back().loss),
                                           "1",
                                           std::to_string(since),
                                           ""};
        QCOMPARE(table.rows, std::vector<std::vector<std::string>>{row});
        // The same where the run has to be made first, and where it went on.
        History fresh(experiment);
        QCOMPARE(toCsv(tableOf("comparison", fresh, 150)), toCsv(table));
        // Before that, and long after: 2000 in a row.
        QCOMPARE(tableOf("comparison", run, since - 1).rows[0][6], std::string());
        const auto solved = tableOf("comparison", run, since + 2100).rows[0];
        QCOMPARE(solved[6], std::to_string(since));
        QCOMPARE(solved[7], std::to_string(since));
    }

    void gatesAreThoseOfTheCell()
    {
        const auto trace = traceOf({"model.cell=gru"});
        const Table table = gatesTable(*trace);
        QCOMPARE(toCsv({table.columns, {}}), std::string("layer,t,gate,unit,value,gradient\n"));
        QCOMPARE(table.rows.size(), std::size_t(4 * 3 * 3));
        QCOMPARE(table.rows[4][2], std::string("z"));
        QCOMPARE(table.rows[4][3], std::string("2"));
        QCOMPARE(number(table.rows[4][4]), trace->channel(0, "z").value(1, 0));
        QCOMPARE(number(table.rows[4][5]), trace->channel(0, "z").gradient(1, 0));
        QVERIFY(gatesTable(*traceOf({})).rows.empty());
    }

    void hiddenStatesAreThoseOfTheTrace()
    {
        const auto trace = traceOf({"model.cell=lstm"});
        const Table table = hiddenTable(*trace);
        QCOMPARE(toCsv({table.columns, {}}), std::string("layer,t,unit,h,c,grad_h,grad_c\n"));
        QCOMPARE(table.rows.size(), std::size_t(12));
        QCOMPARE(number(table.rows[5][3]), trace->channel(0, "h").value(2, 1));
        QCOMPARE(number(table.rows[5][6]), trace->channel(0, "c").gradient(2, 1));
    }

    void parametersAreCountedAsInKerasAndPyTorch_data()
    {
        QTest::addColumn<QString>("cell");
        QTest::addColumn<QString>("reset");
        QTest::addColumn<QString>("row");
        // d = 4 inputs, u = 5 units
        QTest::newRow("RNN") << "rnn"
                             << "after"
                             << "1,RNN,4x5,50,50,55";
        QTest::newRow("LSTM") << "lstm"
                              << "after"
                              << "1,LSTM,4x5,200,200,220";
        QTest::newRow("GRU, reset after") << "gru"
                                          << "after"
                                          << "1,GRU,4x5,155,165,165";
        QTest::newRow("GRU, reset before") << "gru"
                                           << "before"
                                           << "1,GRU,4x5,150,150,165";
    }
    void parametersAreCountedAsInKerasAndPyTorch()
    {
        QFETCH(QString, cell);
        QFETCH(QString, reset);
        QFETCH(QString, row);
        const Experiment experiment =
            withSettings(readExperiment("hello"), {"model.cell=" + cell.toStdString(), "model.hidden=[5]",
                                                   "model.gru_reset=" + reset.toStdString()});
        const Table table = summaryTable(experiment.model, 4, 4, SequencePlan(4));
        QCOMPARE(QString::fromStdString(csvLine(table.rows[0])).trimmed(), row);
        QCOMPARE(csvLine(table.rows[1]), std::string("out,Linear,4x4,24,24,24\n"));
        const Trainer trainer(experiment);
        QCOMPARE(table.rows.back()[3], std::to_string(trainer.parameters().size()));
    }

    void theTraceFileHoldsTheTrace()
    {
        const auto trace = traceOf({"model.cell=lstm", "model.hidden=[3,2]"}, 3);
        const auto file = nlohmann::json::parse(toJson(*trace));
        QCOMPARE(file["unrolled_trace"], 1);
        QCOMPARE(file["iteration"], 3);
        QCOMPARE(file["loss"].get<double>(), trace->loss);
        QCOMPARE(file["channels"].size(), channels(trace->cell).size());
        QCOMPARE(file["plan"][3], (nlohmann::json{{"bank", "rnn"}, {"input", "data"}, {"counted", true}}));
        QCOMPARE(file["layers"].size(), std::size_t(2));
        const auto& step = file["layers"][1]["steps"][2];
        QCOMPARE(step["t"], 3);
        for (const char* channel : {"x", "a_i", "i", "f", "g", "o", "c", "h"}) {
            QCOMPARE(step[channel][1].get<double>(), trace->channel(1, channel).value(1, 2));
            QCOMPARE(step["grad"][channel][1].get<double>(), trace->channel(1, channel).gradient(1, 2));
        }
        const auto& output = file["outputs"][3];
        QCOMPARE(output["target"], 3);
        QCOMPARE(output["probabilities"][3].get<double>(), trace->outputs.probabilities(3, 3));
        QCOMPARE(output["grad"]["y"][0].get<double>(), trace->outputs.y.gradient(0, 3));
        QCOMPARE(file["parameters"]["rnn.weight_hh_l1"][7][1].get<double>(),
                 trace->parameter(ParameterRole::RecurrentWeight, 1).before(7, 1));
        QCOMPARE(file["gradients"]["out.bias"][2].get<double>(),
                 trace->parameter(ParameterRole::ReadoutBias, -1).gradient(2, 0));
        QCOMPARE(file["gradients"]["rnn.bias_hh_l0"], file["gradients"]["rnn.bias_ih_l0"]);
        QVERIFY(!file["clipped"].get<bool>());
    }

    void uncountedOutputsHaveNoLossInTheTraceFile()
    {
        Trainer trainer(withSetting(readExperiment("adding"), "task.length=4"));
        const auto file = nlohmann::json::parse(toJson(*trainer.record(3)));
        QCOMPARE(file["sequence"], 3);
        QCOMPARE(file["outputs"][0]["counted"], false);
        QVERIFY(!file["outputs"][0].contains("loss") && !file["outputs"][0].contains("target"));
        QVERIFY(file["outputs"][3]["target"].is_array());
        QVERIFY(!file["outputs"][3].contains("counted"));
    }

    void whatJsonCannotHoldIsNull()
    {
        auto trace = traceOf({});
        trace->loss = std::numeric_limits<double>::infinity();
        trace->layers[0].channels.back().value(0, 0) = std::nan("");
        const auto file = nlohmann::json::parse(toJson(*trace));
        QVERIFY(file["loss"].is_null());
        QVERIFY(file["layers"][0]["steps"][0]["h"][0].is_null());
    }

    void gradientsAgreeWithDifferences_data()
    {
        QTest::addColumn<QString>("settings");
        QTest::newRow("a tanh RNN") << "seed=3";
        QTest::newRow("a ReLU RNN of two layers") << "model.activation=relu model.hidden=[4,3]";
        QTest::newRow("a GRU with reset before") << "model.cell=gru model.gru_reset=before";
        QTest::newRow("an LSTM with a mean loss") << "model.cell=lstm training.loss=mean";
        QTest::newRow("gradients that have almost vanished") << "model.init=normal model.init_scale=0.001";
    }
    void gradientsAgreeWithDifferences()
    {
        QFETCH(QString, settings);
        std::vector<std::string> list;
        for (const QString& each : settings.split(' '))
            list.push_back(each.toStdString());
        Trainer trainer(withSettings(readExperiment("hello"), list));
        for (int i = 0; i < 3; ++i)
            trainer.step();
        const Eigen::VectorXd before = trainer.parameters();
        const auto checks = checkGradients(trainer);
        QVERIFY(trainer.parameters() == before);
        QCOMPARE(trainer.iteration(), std::int64_t(3));
        QCOMPARE(checks.size(), trainer.layout().blocks().size());
        for (const BlockCheck& check : checks)
            QVERIFY2(check.largestError <= checkTolerance,
                     qPrintable(QString("%1: %2").arg(check.parameter.c_str()).arg(check.largestError)));
        QVERIFY(agree(checks));
        auto wrong = checks;
        wrong[0].largestError = std::nan("");
        QVERIFY(!agree(wrong));
    }

    void filesAreWrittenWholeOrNotAtAll()
    {
        const QTemporaryDir directory;
        const std::filesystem::path here = directory.path().toStdString();
        writeFile(here / "a", "first");
        ::chmod((here / "a").c_str(), 0640);
        std::filesystem::create_symlink("a", here / "link");
        writeFile(here / "link", "second");
        QCOMPARE(readFile(here / "a"), std::string("second"));
        QVERIFY(std::filesystem::is_symlink(here / "link"));
        struct stat status = {};
        QCOMPARE(::stat((here / "a").c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t(0640));
        QVERIFY(!thrown([&] { writeFile(here / "none" / "a", "x"); }).isEmpty());
        QVERIFY(!thrown([&] { writeFile(here, "x"); }).isEmpty());
        writeFile("/dev/null", "x");
        QCOMPARE(std::distance(std::filesystem::directory_iterator(here), {}), std::ptrdiff_t(2));
    }
};

QTEST_GUILESS_MAIN(TablesTest)
#include "tables_test.moc"
