#include "core/files/atomic_file.h"
#include "core/files/experiment_file.h"
#include "thrown.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

using namespace unrolled;

class ExperimentFileTest : public QObject
{
    Q_OBJECT

private slots:
    void everyBuiltInReadsBackEqual()
    {
        QVERIFY(builtIns().size() >= 2);
        QCOMPARE(builtIns().front().id, std::string("hello"));
        for (const BuiltIn& builtIn : builtIns()) {
            const Experiment experiment = readExperiment(builtIn.id);
            const Experiment again = parseExperiment(toJson(experiment), "again", {});
            QVERIFY(experiment == again);
            QCOMPARE(toJson(experiment), toJson(again));
        }
    }

    void helloHasTheDefaults()
    {
        QVERIFY(readExperiment("hello") ==
                parseExperiment(R"({"unrolled": 1, "task": {"id": "hello"}})", "x", {}));
    }

    void everyFieldReadsBackEqual()
    {
        Experiment experiment = parseExperiment(R"({
            "unrolled": 1,
            "task": {"id": "series", "file": "a.csv", "inputs": ["a", "b"], "targets": ["y"], "counted": "last", "length": 7},
            "model": {"cell": "gru", "hidden": [5, 4], "activation": "relu", "gru_reset": "before", "readout_bias": false,
                      "init": "orthogonal", "init_scale": 0.1, "forget_bias": -1.5},
            "training": {"optimizer": "rmsprop", "learning_rate": 1e-300, "momentum": 0.9, "clip_norm": 0.3333333333333333,
                         "epsilon_inside_root": true, "schedule": "cosine", "schedule_period": 7, "schedule_factor": 0.5,
                         "schedule_floor": 0.001, "warmup": 4, "clip_value": 5, "truncate": 6, "carry_state": true,
                         "batch": 3, "loss": "mean", "iterations": 12345678901},
            "seed": 18446744073709551615, "weights": "w.safetensors",
            "interventions": [{"iteration": 9, "set": "training.optimizer", "value": "sgd"},
                              {"iteration": 3, "set": "training.learning_rate", "value": 0.1}]})",
                                                "x", "/somewhere");
        QCOMPARE(experiment.seed, UINT64_MAX);
        QCOMPARE(experiment.model.hidden, (std::vector<int>{5, 4}));
        QCOMPARE(experiment.interventions.front().iteration, std::int64_t(3));
        QCOMPARE(experiment.training.clipNorm, 0.3333333333333333);
        QVERIFY(parseExperiment(toJson(experiment), "y", "/somewhere") == experiment);
        QVERIFY(!(parseExperiment(toJson(experiment), "y", "/elsewhere") == experiment));
    }

    void wrongFieldsAreNamed_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const char* json, const char* message) {
            QTest::newRow(name) << QString(json) << QString(message);
        };
        row("an empty file", "",
            "f: line 1, column 1: found unexpected end of input, expected '[', '{', or a literal");
        row("a comma too many", "{\"unrolled\": 1,\n \"task\": {\"id\": \"hello\",}}",
            "f: line 2, column 25: found unexpected '}', expected string literal");
        row("a list", "[]", "f: found [], expected an object");
        row("no version", R"({"task": {"id": "hello"}})", "f: unrolled: found nothing, expected 1");
        row("another version", R"({"unrolled": 2, "task": {"id": "hello"}})",
            "f: unrolled: found 2, expected 1");
        row("no task", R"({"unrolled": 1})",
            "f: task: found nothing, expected an object with the task's id, such as {\"id\": \"hello\"}");
        row("an unknown task", R"({"unrolled": 1, "task": {"id": "helo"}})",
            "f: task.id: found \"helo\", expected one of hello, adding, copy, temporal-order, "
            "latch, reber, echo, addition, text, series");
        row("a field twice",
            R"({"unrolled": 1, "task": {"id": "hello"}, "model": {"cell": "rnn", "cell": "gru"}})",
            "f: model.cell: found the field twice, expected it once");
        row("a file that the task needs", R"({"unrolled": 1, "task": {"id": "text"}})",
            "f: task.file: found nothing, expected the name of a file");
        row("no columns", R"({"unrolled": 1, "task": {"id": "series", "file": "a", "targets": ["y"]}})",
            "f: task.inputs: found no column, expected a list of column names such as [\"a\", \"b\"]");
        row("a length that hello does not have", R"({"unrolled": 1, "task": {"id": "hello", "length": 5}})",
            "f: task.length: found an unknown field, expected one of id, feed");
        row("weights in rows of unequal length",
            R"({"unrolled": 1, "task": {"id": "hello"}, "weights": {"out.weight": [[1, 2], [3]]}})",
            "f: weights.out.weight.1: found [3], expected a list of numbers, or of rows with equally many "
            "numbers");
        row("a weight that is a text",
            R"({"unrolled": 1, "task": {"id": "hello"}, "weights": {"out.weight": [[1, "2"]]}})",
            "f: weights.out.weight.0.1: found \"2\", expected a number");
        row("adding with one step", R"({"unrolled": 1, "task": {"id": "adding", "length": 1}})",
            "f: task.length: found 1, expected a whole number from 2 to 100000");
    }
    void wrongFieldsAreNamed()
    {
        QFETCH(QString, json);
        QFETCH(QString, message);
        QCOMPARE(thrown([&] { parseExperiment(json.toStdString(), "f", {}); }), message);
    }

    void wrongSettingsAreNamed_data()
    {
        QTest::addColumn<QString>("setting");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("found");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* setting, const char* place, const char* found, const char* expected) {
            QTest::newRow(setting) << QString(setting) << QString(place) << QString(found)
                                   << QString(expected);
        };
        row("model.cell=foo", "model.cell", "\"foo\"", "one of rnn, gru, lstm");
        row("model.cell=7", "model.cell", "7", "one of rnn, gru, lstm");
        row("model.cel=gru", "model.cel", "an unknown field", "one of cell, hidden, activation");
        row("model=7", "model", "7", "an object");
        row("model.hidden=5", "model.hidden", "5",
            "a list of 1 to 64 whole numbers from 1 to 4096, such as [3]");
        row("model.hidden=[]", "model.hidden", "[]", "a list of 1 to 64");
        row("model.hidden=[3,0]", "model.hidden.1", "0", "a whole number from 1 to 4096");
        row("model.hidden=[4097]", "model.hidden.0", "4097", "a whole number from 1 to 4096");
        row("model.hidden=[2.5]", "model.hidden.0", "2.5", "a whole number");
        row("model.hidden.3=5", "model.hidden", "no entry \"3\"", "0 to 0");
        row("model.readout_bias=1", "model.readout_bias", "1", "true or false");
        row("model.init=foo", "model.init", "\"foo\"", "one of pytorch, keras, orthogonal, identity, normal");
        row("model.activation=gelu", "model.activation", "\"gelu\"", "one of tanh, relu, identity, sigmoid");
        row("model.init_scale=big", "model.init_scale", "\"big\"", "a number");
        row("training.learning_rate=-1", "training.learning_rate", "-1", "a number, 0 or more");
        row("training.learning_rate=1e999", "training.learning_rate", "1e999",
            "a number that double precision can hold");
        row("training.momentum=1.5", "training.momentum", "1.5", "a number from 0 to 1");
        row("training.batch=0", "training.batch", "0", "a whole number from 1 to 65536");
        row("training.truncate=-1", "training.truncate", "-1", "a whole number from 0 to 100000");
        row("training.carry_state=1", "training.carry_state", "1", "true or false");
        row("training.clip_value=-5", "training.clip_value", "-5", "a number, 0 or more");
        row("training.epsilon_inside_root=\"yes\"", "training.epsilon_inside_root", "\"yes\"",
            "true or false");
        row("training.schedule=linear", "training.schedule", "\"linear\"",
            "one of constant, step, exponential, cosine");
        row("training.schedule_period=0", "training.schedule_period", "0", "a whole number from 1 to");
        row("training.schedule_factor=2", "training.schedule_factor", "2", "a number from 0 to 1");
        row("training.schedule_floor=-1", "training.schedule_floor", "-1", "a number, 0 or more");
        row("training.warmup=-1", "training.warmup", "-1", "a whole number from 0 to");
        row("training.teacher_forcing=1.5", "training.teacher_forcing", "1.5", "a number from 0 to 1");
        row("training.iterations=-1", "training.iterations", "-1", "a whole number from 0");
        row("training.optimizer=adamw", "training.optimizer", "\"adamw\"", "one of sgd, momentum, nesterov");
        row("seed=-1", "seed", "-1", "a whole number from 0 to 18446744073709551615");
        row("seed=1.5", "seed", "1.5", "a whole number");
        row("seed=18446744073709551616", "seed", "1.8446744073709552e+19", "a whole number");
        row("weights=3", "weights", "3", "the name of a file of tensors, or an object of tensors");
        row("frob=1", "frob", "an unknown field", "one of unrolled, task, model, training, seed");
        row("a.b=1", "a", "an unknown field", "one of unrolled, task");
        row("seed.x=1", "seed.x", "an unknown field", "seed by itself, which is 1");
        row("unrolled=2", "unrolled", "2", "1");
        row("interventions=3", "interventions", "3", "a list");
        row(R"(interventions=[{"iteration":1,"set":"training.batch","value":2}])", "interventions.0.set",
            "\"training.batch\"", "one of training.optimizer");
        row(R"(interventions=[{"iteration":1,"set":"training.momentum","value":2}])", "interventions.0.value",
            "2", "a number from 0 to 1");
        row(R"(interventions=[{"iteration":-1,"set":"training.momentum","value":0}])",
            "interventions.0.iteration", "-1", "a whole number from 0");
        row(R"(interventions=[{"set":"training.momentum","value":0}])", "interventions.0.iteration",
            "nothing", "a whole number, 0 or more");
    }
    void wrongSettingsAreNamed()
    {
        QFETCH(QString, setting);
        QFETCH(QString, place);
        QFETCH(QString, found);
        QFETCH(QString, expected);
        const QString message =
            thrown([&] { withSettings(readExperiment("hello"), {setting.toStdString()}, {}, "--set "); });
        const QString start =
            "--set " + setting + ": " + place + ": found " + found + ", expected " + expected;
        QVERIFY2(message.startsWith(start), qPrintable(message + "\n   instead of: " + start));
        QVERIFY(!message.contains('\n'));
    }

    void settingsTakeJsonOrText()
    {
        const Experiment hello = readExperiment("hello");
        QCOMPARE(withSetting(hello, "model.cell=lstm").model.cell.kind, CellKind::Lstm);
        QCOMPARE(withSetting(hello, "model.cell=\"lstm\"").model.cell.kind, CellKind::Lstm);
        QCOMPARE(withSetting(hello, "model.hidden=[7,8]").model.hidden, (std::vector<int>{7, 8}));
        QCOMPARE(withSetting(hello, "model.hidden.0=9").model.hidden, (std::vector<int>{9}));
        QCOMPARE(withSetting(hello, "seed=1e3").seed, std::uint64_t(1000));
        QCOMPARE(withSetting(hello, "training.learning_rate=0.1").training.learningRate, 0.1);
        QCOMPARE(withSetting(hello, "training={\"batch\":4}").training.batch, 4);
        QCOMPARE(withSetting(hello, "training={\"batch\":4}").training.learningRate, 0.03);
    }

    void settingsAreCheckedTogether()
    {
        const std::vector<std::string> settings{"task.length=9", "task.file=b.txt", "task.id=text"};
        const Experiment text = withSettings(readExperiment("hello"), settings);
        QCOMPARE(text.task.length, 9);
        QCOMPARE(text.task.file, std::string("b.txt"));
        const Experiment adding = withSetting(text, "task.id=adding");
        QCOMPARE(adding.task.length, 60);
        QVERIFY(adding.task.file.empty());
    }

    void filesOfSettingsAreSeenFromTheirOwnDirectory()
    {
        const QTemporaryDir directory;
        const std::filesystem::path here = directory.path().toStdString();
        std::filesystem::create_directories(here / "lab");
        writeFile(here / "lab" / "e.json", R"({"unrolled": 1, "task": {"id": "text", "file": "own.txt"}})");
        const Experiment experiment = readExperiment((here / "lab" / "e.json").string());
        QCOMPARE(experiment.directory / experiment.task.file, here / "lab" / "own.txt");
        const Experiment other = withSettings(experiment, {"task.file=mine.txt"}, here);
        QCOMPARE((other.directory / other.task.file).lexically_normal(), here / "mine.txt");
        const Experiment whole = withSettings(experiment, {R"(task={"id":"text","file":"mine.txt"})"}, here);
        QCOMPARE((whole.directory / whole.task.file).lexically_normal(), here / "mine.txt");
        const Experiment same = withSettings(experiment, {"task.file=mine.txt"}, here / "lab");
        QCOMPARE(same.task.file, std::string("mine.txt"));
    }

    void aSavedExperimentFindsItsFilesFromElsewhere()
    {
        const QTemporaryDir directory;
        const std::filesystem::path here = directory.path().toStdString();
        std::filesystem::create_directories(here / "a");
        std::filesystem::create_directories(here / "b");
        writeFile(here / "a" / "e.json",
                  R"({"unrolled": 1, "task": {"id": "text", "file": "t.txt"}, "weights": "w.st"})");
        const Experiment experiment = readExperiment((here / "a" / "e.json").string());
        saveExperiment(experiment, here / "b" / "e.json");
        const Experiment moved = readExperiment((here / "b" / "e.json").string());
        QCOMPARE(moved.task.file, std::string("../a/t.txt"));
        QCOMPARE(moved.weights, std::string("../a/w.st"));
        QVERIFY(moved == experiment);
        saveExperiment(experiment, here / "a" / "copy.json");
        QCOMPARE(readExperiment((here / "a" / "copy.json").string()).task.file, std::string("t.txt"));
    }

    void whatIsNotThereIsNamed()
    {
        QCOMPARE(
            thrown([] { readExperiment("helo"); }),
            QString("\"helo\": found no built-in experiment and no file of that name, expected one of hello, "
                    "adding, adding-1997, copy, echo, temporal-order, latch, reber, addition, generate, "
                    "hello-slide, hello-vanish, hello-explode, or a file"));
    }

    void settingsInForceFollowTheInterventions()
    {
        const Experiment experiment = withSetting(
            readExperiment("hello"),
            R"(interventions=[{"iteration":5,"set":"training.learning_rate","value":0.5},{"iteration":7,"set":"training.optimizer","value":"sgd"}])");
        QCOMPARE(settingsAt(experiment, 4).learningRate, 0.03);
        QCOMPARE(settingsAt(experiment, 5).learningRate, 0.5);
        QCOMPARE(settingsAt(experiment, 6).optimizer, OptimizerKind::Adam);
        QCOMPARE(settingsAt(experiment, 700).optimizer, OptimizerKind::Sgd);
    }

    void theFirstDifferenceOfTwoRunsIsFound()
    {
        const Experiment hello = readExperiment("hello");
        const auto at = [&](int iteration, const char* rate) {
            return withSetting(hello, "interventions=[{\"iteration\":" + std::to_string(iteration) +
                                          ",\"set\":\"training.learning_rate\",\"value\":" + rate + "}]");
        };
        QCOMPARE(firstDifference(hello, hello), std::int64_t(-1));
        QCOMPARE(firstDifference(hello, withSetting(hello, "training.iterations=9")), std::int64_t(-1));
        QCOMPARE(firstDifference(hello, withSetting(hello, "seed=2")), std::int64_t(0));
        QCOMPARE(firstDifference(hello, withSetting(hello, "training.learning_rate=1")), std::int64_t(0));
        QCOMPARE(firstDifference(hello, at(12, "0.5")), std::int64_t(12));
        QCOMPARE(firstDifference(at(12, "0.5"), at(20, "0.5")), std::int64_t(12));
        QCOMPARE(firstDifference(at(12, "0.5"), at(12, "0.25")), std::int64_t(12));
        QCOMPARE(firstDifference(hello, at(12, "0.03")), std::int64_t(-1));
    }

    void mutatedFilesNeverCrash()
    {
        const std::string good =
            toJson(withSetting(readExperiment("hello"),
                               R"(interventions=[{"iteration":5,"set":"training.momentum","value":0.5}])"));
        std::mt19937 random(7);
        const std::string pool = "{}[]\",:0123456789eE+-.truefalsn\\u\x01\x80\xff ";
        int refused = 0;
        for (int round = 0; round < 4000; ++round) {
            std::string text = good;
            for (unsigned change = 0; change < 1 + random() % 4; ++change) {
                const auto at = random() % text.size();
                if (random() % 3 == 0)
                    text.erase(at, 1 + random() % 8);
                else
                    text[at] = pool[random() % pool.size()];
            }
            refused += thrown([&] { parseExperiment(text, "f", {}); }).isEmpty() ? 0 : 1;
        }
        QVERIFY(refused > 1000);
        parseExperiment(good, "f", {});
        QVERIFY(!thrown([] { parseExperiment(std::string(100000, '['), "f", {}); }).isEmpty());
    }
};

QTEST_GUILESS_MAIN(ExperimentFileTest)
#include "experiment_file_test.moc"
