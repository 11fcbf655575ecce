// Interventions in files, and those that are refused.

#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/trace/history.h"
#include "core/training/trainer.h"
#include "tests/core/edits.h"
#include "thrown.h"

#include <QTest>

using namespace unrolled;
using namespace edits;

class InterventionFilesTest : public QObject
{
    Q_OBJECT

private slots:
    void aRadiusOf0CannotBeScaled();
    void whatIsNotThereIsFoundBeforeTheRunStarts_data();
    void whatIsNotThereIsFoundBeforeTheRunStarts();
    void whatCannotBeReadIsNamed_data();
    void whatCannotBeReadIsNamed();
    void everyKindReadsBackEqual();
    void theTraceFileTellsTheEdits();
};

void InterventionFilesTest::aRadiusOf0CannotBeScaled()
{
    Experiment plain = experimentOf(cells()[4].spec);
    plain.model.hidden = {1};
    plain.source = "here";
    // Of the gates of an LSTM the second one is f.
    const auto zeroThenScaled = [&](int iteration, const char* radius) {
        const std::string at = R"({"iteration":)" + std::to_string(iteration);
        return with(plain, at + R"(,"set":"rnn.weight_hh_l0","row":2,"column":1,"value":0},)" + at +
                               R"(,"scale":"rnn.weight_hh_l0","spectral_radius":)" + radius + "}");
    };
    const auto message = [](int iteration) {
        return QString("here: interventions.1.scale: found a spectral radius of 0 of rnn.weight_hh_l0 (gate "
                       "f) at "
                       "iteration %1, expected a matrix with another one, as 0 cannot be scaled")
            .arg(iteration);
    };
    QCOMPARE(thrown([&] { const Trainer none(zeroThenScaled(0, "0.9")); }), message(0));
    Trainer stays(zeroThenScaled(0, "0"));
    stays.step();
    QVERIFY(stays.finite());

    // Later on it is told by the pass of its iteration; what lies before can be seen, and changed.
    History history(zeroThenScaled(3, "0.9"));
    QCOMPARE(thrown([&] { history.extend(10); }), message(3));
    QCOMPARE(history.frontier(), 3);
    QCOMPARE(history.curve().size(), 3);
    QCOMPARE(thrown([&] { history.trace(3); }), message(3));
    QCOMPARE(thrown([&] { history.extend(1); }), message(3));
    QCOMPARE(history.trace(2)->iteration, 2);
    history.setExperiment(plain);
    history.extend(7);
    QCOMPARE(history.frontier(), 10);
    History other(plain);
    other.extend(10);
    QVERIFY(sameBits(history.parametersAt(10), other.parametersAt(10)));

    // Of an iteration that was there already it is told before anything changes.
    QCOMPARE(thrown([&] { history.setExperiment(zeroThenScaled(4, "0.9")); }), message(4));
    QVERIFY(history.experiment() == plain);
    QCOMPARE(history.frontier(), 10);
    QVERIFY(sameBits(history.parametersAt(10), other.parametersAt(10)));
}

void InterventionFilesTest::whatIsNotThereIsFoundBeforeTheRunStarts_data()
{
    QTest::addColumn<QString>("intervention");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* words, const char* intervention, const char* message) {
        QTest::newRow(words) << intervention << QString("reference: interventions.0.") + message;
    };
    row("a gate of another cell", R"({"iteration":9,"clamp":"r","value":1})",
        "clamp: found \"r\", expected one of i, f, g, o (model.cell is lstm)");
    row("a layer too many", R"({"iteration":9,"clamp":"f","value":1,"layer":3})",
        "layer: found 3, expected a whole number from 1 to 2");
    row("a unit too many", R"({"iteration":9,"clamp":"f","value":1,"layer":2,"units":[1,4]})",
        "units: found 4, expected a whole number from 1 to 3");
    row("a unit that one layer does not have", R"({"iteration":9,"clamp":"f","value":1,"units":4})",
        "units: found 4, expected a whole number from 1 to 3");
    row("a step too many", R"({"iteration":9,"clamp":"f","value":1,"steps":6})",
        "steps: found 6, expected a whole number from 1 to 5");
    row("a cut after the last step", R"({"iteration":9,"cut":5})",
        "cut: found 5, expected a whole number from 0 to 4");
    row("the loss of no step", R"({"iteration":9,"silence":6})",
        "silence: found 6, expected a whole number from 1 to 5");
    row("a parameter of no name", R"({"iteration":9,"scale":"out.weight","spectral_radius":1})",
        "scale: found \"out.weight\", expected one of rnn.weight_hh_l0, rnn.weight_hh_l1");
    row("a row too many", R"({"iteration":9,"set":"rnn.weight_hh_l1","row":13,"column":1,"value":0})",
        "row: found 13, expected a whole number from 1 to 12");
    row("a column too many", R"({"iteration":9,"set":"out.bias","row":1,"column":2,"value":0})",
        "column: found 2, expected 1");
}

void InterventionFilesTest::whatIsNotThereIsFoundBeforeTheRunStarts()
{
    QFETCH(QString, intervention);
    QFETCH(QString, message);
    const Experiment plain = experimentOf(cells()[4].spec);
    const Experiment wrong = with(plain, intervention.toStdString());
    QCOMPARE(thrown([&] { Trainer trainer(wrong); }), message);
    History history(plain);
    history.trace(12);
    QCOMPARE(thrown([&] { history.setExperiment(wrong); }), message);
    QVERIFY(history.experiment() == plain);
    QCOMPARE(history.frontier(), std::int64_t(12));
}

void InterventionFilesTest::whatCannotBeReadIsNamed_data()
{
    QTest::addColumn<QString>("intervention");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* intervention, const char* message) {
        QTest::newRow(intervention) << intervention << QString("f: interventions.0") + message;
    };
    row(R"({"iteration":1})",
        ".set: found nothing, expected one of training.optimizer, training.learning_rate, "
        "training.momentum, training.clip_norm, training.clip_value, or one of scale, clamp, "
        "cut, silence instead");
    row(R"({"iteration":1,"gate":"f","value":1})",
        ".gate: found an unknown field, expected one of iteration, until, set, scale, clamp, cut, silence, "
        "layer, row, column, value, spectral_radius, units, steps");
    row(R"({"iteration":1,"cut":1,"silence":2})",
        ".silence: found it together with cut, expected one of cut, silence");
    row(R"({"iteration":3,"until":3,"cut":1})",
        ".until: found 3, expected a whole number from 4 to 1000000000000000");
    row(R"({"iteration":1,"cut":-1})", ".cut: found -1, expected a whole number from 0 to 1000000");
    row(R"({"iteration":1,"silence":[1,0]})",
        ".silence.1: found 0, expected a whole number from 1 to 1000000");
    row(R"({"iteration":1,"clamp":"f"})", ".value: found nothing, expected a number");
    row(R"({"iteration":1,"clamp":3,"value":1})", ".clamp: found 3, expected a text in quotes");
    row(R"({"iteration":1,"clamp":"f","value":1,"unit":2})",
        ".unit: found an unknown field, expected one of iteration, until, set, scale, clamp, cut, silence, "
        "value, "
        "units, steps, layer");
    row(R"({"iteration":1,"set":"out.bias","value":1})", ".row: found nothing, expected a row of out.bias");
    row(R"({"iteration":1,"scale":"rnn.weight_hh_l0","spectral_radius":-1})",
        ".spectral_radius: found -1, expected a number, 0 or more");
    row(R"({"iteration":1,"scale":"rnn.weight_hh_l0"})",
        ".spectral_radius: found nothing, expected a number, 0 or more");
}

void InterventionFilesTest::whatCannotBeReadIsNamed()
{
    QFETCH(QString, intervention);
    QFETCH(QString, message);
    const std::string file =
        R"({"unrolled":1,"task":{"id":"hello"},"interventions":[)" + intervention.toStdString() + "]}";
    QCOMPARE(thrown([&] { parseExperiment(file, "f", {}); }), message);
}

void InterventionFilesTest::everyKindReadsBackEqual()
{
    const Experiment experiment = with(experimentOf(cells()[4].spec),
                                       R"({"iteration":1,"set":"training.clip_value","value":5},
        {"iteration":2,"until":9,"set":"out.weight","row":2,"column":3,"value":-0.5},
        {"iteration":3,"scale":"rnn.weight_hh_l0","spectral_radius":0.9},
        {"iteration":4,"clamp":"f","value":1,"layer":2,"units":[1,3],"steps":5},
        {"iteration":5,"cut":[0,2],"layer":1},
        {"iteration":6,"until":7,"silence":4})");
    QCOMPARE(experiment.interventions.size(), std::size_t(6));
    QCOMPARE(experiment.interventions[1].kind, InterventionKind::Weight);
    QCOMPARE(experiment.interventions[3].units, (std::vector<int>{0, 2}));
    QCOMPARE(experiment.interventions[4].layer, 0);
    const std::string text = toJson(experiment);
    QVERIFY(parseExperiment(text, "again", experiment.directory) == experiment);
    QVERIFY2(text.find("\"spectral_radius\": 0.9") != std::string::npos, text.c_str());
}

void InterventionFilesTest::theTraceFileTellsTheEdits()
{
    const Experiment plain = experimentOf(cells()[4].spec);
    const auto without = nlohmann::json::parse(toJson(*Trainer(plain).record()));
    QVERIFY(!without.contains("edits"));
    const auto file = nlohmann::json::parse(toJson(
        *Trainer(
             with(plain, R"({"iteration":0,"clamp":"f","value":1,"units":2},{"iteration":0,"cut":3,"layer":1},
                                {"iteration":0,"silence":5})"))
             .record()));
    QVERIFY(file["edits"] == nlohmann::json::parse(R"({"clamps": [{"gate": "f", "units": [2], "value": 1}],
        "cuts": [{"after": 3, "layer": 1}], "silenced": [5]})"));
    QCOMPARE(file["layers"][0]["steps"][2]["f"][1].get<double>(), 1.0);
    QVERIFY(!file["outputs"][4]["counted"].get<bool>());
}

QTEST_APPLESS_MAIN(InterventionFilesTest)
#include "intervention_files_test.moc"
