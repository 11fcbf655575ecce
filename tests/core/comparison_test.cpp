#include "core/files/comparison.h"

#include "core/files/experiment_file.h"
#include "core/tasks/task.h"
#include "core/training/error.h"
#include "core/training/trainer.h"

#include <QtTest>

using namespace unrolled;

namespace {

Experiment parsed(const QString& rest)
{
    const QString json = QStringLiteral(R"({"unrolled": 1, "task": {"id": "hello"}, %1})").arg(rest);
    return parseExperiment(json.toStdString(), "x.json", {});
}

QStringList namesOf(const Experiment& experiment)
{
    QStringList names;
    for (const LaneExperiment& lane : lanesOf(experiment))
        names << QString::fromStdString(lane.name);
    return names;
}

Experiment hello(CellKind kind = CellKind::Rnn)
{
    Experiment experiment = readExperiment("hello");
    experiment.model.cell.kind = kind;
    return experiment;
}

} // namespace

class ComparisonTest : public QObject
{
    Q_OBJECT
private slots:
    void anExperimentByItselfIsOneLaneWithoutAName()
    {
        const auto lanes = lanesOf(hello());
        QCOMPARE(lanes.size(), std::size_t(1));
        QCOMPARE(lanes.front().name, std::string());
        QVERIFY(lanes.front().experiment == hello());
    }

    void lanesAreNamedByWhatSetsThemApart_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("cells by themselves")
            << R"("compare": [{"model.cell": "gru"}, {"model.cell": "lstm"}])"
            << QStringList{"rnn", "gru", "lstm"};
        QTest::newRow("cells that also differ in size")
            << R"("compare": [{"model.cell": "lstm", "model.hidden": [2]}])" << QStringList{"rnn", "lstm"};
        QTest::newRow("sizes of one cell")
            << R"("compare": [{"model.hidden": [8]}])" << QStringList{"hidden 3", "hidden 8"};
        QTest::newRow("layers") << R"("compare": [{"model.hidden": [3, 2]}])"
                                << QStringList{"hidden 3", "hidden 3, 2"};
        QTest::newRow("a setting of training") << R"("compare": [{"training.learning_rate": 0.5}])"
                                               << QStringList{"learning rate 0.03", "learning rate 0.5"};
        QTest::newRow("the same cell twice")
            << R"("compare": [{"model.cell": "lstm"}, {"model.cell": "lstm", "model.forget_bias": 1}])"
            << QStringList{"rnn", "lstm, forget bias 0", "lstm, forget bias 1"};
        QTest::newRow("a name of its own")
            << R"("compare": [{"name": "wide", "model.hidden": [9]}])" << QStringList{"hidden 3", "wide"};
    }
    void lanesAreNamedByWhatSetsThemApart()
    {
        QFETCH(QString, file);
        QFETCH(QStringList, names);
        QCOMPARE(namesOf(parsed(file)), names);
    }

    void aComparisonIsReadAsItWasWritten()
    {
        const Experiment experiment = parsed(
            R"("compare": [{"name": "wide", "model.hidden": [9], "training.clip_norm": 2.5}, {"model.cell": "gru"}])");
        QCOMPARE(experiment.compare.size(), std::size_t(2));
        QVERIFY(parseExperiment(toJson(experiment), "y.json", {}) == experiment);
        QVERIFY(!(experiment == parsed(R"("compare": [{"model.cell": "gru"}])")));
    }

    void whatCannotBeComparedIsNamed_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("message");
        QTest::newRow("no list")
            << R"("compare": 3)"
            << "x.json: compare: found 3, expected a list of up to three objects, such as "
               "[{\"model.cell\": \"lstm\"}]";
        QTest::newRow("an empty model") << R"("compare": [{}])"
                                        << "x.json: compare.0: found {}, expected settings, such as "
                                           "{\"model.cell\": \"lstm\"}";
        QTest::newRow("another task")
            << R"("compare": [{"task.length": 9}])"
            << "x.json: compare.0: found the field \"task.length\", expected a setting of the model or of "
               "training that leaves the data as it is, such as model.cell";
        QTest::newRow("another batch")
            << R"("compare": [{"model.cell": "gru"}, {"training.batch": 9}])"
            << "x.json: compare.1: found the field \"training.batch\", expected a setting of the model or of "
               "training that leaves the data as it is, such as model.cell";
        for (const char* field : {"carry_state", "iterations", "teacher_forcing"})
            QTest::addRow("another %s", field)
                << QStringLiteral(R"("compare": [{"training.%1": 0}])").arg(QLatin1String(field))
                << QStringLiteral(
                       "x.json: compare.0: found the field \"training.%1\", expected a setting of "
                       "the model or of training that leaves the data as it is, such as model.cell")
                       .arg(QLatin1String(field));
        QTest::newRow("an unknown cell") << R"("compare": [{"model.cell": "gnu"}])"
                                         << "x.json: compare: model.cell=\"gnu\": model.cell: found \"gnu\", "
                                            "expected one of rnn, gru, lstm";
    }
    void whatCannotBeComparedIsNamed()
    {
        QFETCH(QString, file);
        QFETCH(QString, message);
        try {
            parsed(file);
            QFAIL("nothing was thrown");
        } catch (const InputError& error) {
            QCOMPARE(QString::fromUtf8(error.what()), message);
        }
    }

    void theOtherCellsComeBesideTheOwn()
    {
        QCOMPARE(namesOf(comparedWithCells(hello(CellKind::Gru), Matching::HiddenSize)),
                 QStringList({"gru", "rnn", "lstm"}));
        for (const LaneExperiment& lane : lanesOf(comparedWithCells(hello(), Matching::HiddenSize)))
            QCOMPARE(lane.experiment.model.hidden, std::vector<int>({3}));
    }

    void parametersAreMatchedAsNearlyAsSizesAllow_data()
    {
        QTest::addColumn<int>("hidden");
        QTest::addColumn<int>("layers");
        QTest::newRow("small") << 3 << 1;
        QTest::newRow("large") << 128 << 1;
        QTest::newRow("two layers") << 40 << 2;
    }
    void parametersAreMatchedAsNearlyAsSizesAllow()
    {
        QFETCH(int, hidden);
        QFETCH(int, layers);
        for (const CellKind own : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
            Experiment experiment = hello(own);
            experiment.model.hidden.assign(std::size_t(layers), hidden);
            const std::int64_t wanted = parameterCount(experiment);
            for (const LaneExperiment& lane :
                 lanesOf(comparedWithCells(experiment, Matching::ParameterCount))) {
                const std::int64_t distance = std::abs(parameterCount(lane.experiment) - wanted);
                for (const int by : {-1, 1}) { // a size more or less is not nearer
                    Experiment other = lane.experiment;
                    for (int& size : other.model.hidden)
                        size += by;
                    if (other.model.hidden.front() > 0)
                        QVERIFY(std::abs(parameterCount(other) - wanted) >= distance);
                }
            }
        }
    }

    void theCountIsThatOfTheTrainersParameters()
    {
        for (const char* id : {"hello", "addition"}) {
            const Experiment experiment = readExperiment(id);
            QCOMPARE(parameterCount(experiment), std::int64_t(Trainer(experiment).parameters().size()));
        }
    }

    void valuesThatAreTheOwnOrThereTwiceAreLeftOut()
    {
        const Experiment compared =
            comparedWithValues(hello(), "training.learning_rate", {"0.03", "0.1", "0.1", "1"});
        QCOMPARE(namesOf(compared),
                 QStringList({"learning rate 0.03", "learning rate 0.1", "learning rate 1"}));
        QCOMPARE(namesOf(comparedWithValues(hello(), "model.init", {"orthogonal"})),
                 QStringList({"init pytorch", "init orthogonal"}));
    }

    void changesOfWeightsAndGatesStayWithModelsOfTheirShape()
    {
        const Experiment experiment = parsed(R"(
            "model": {"cell": "lstm"},
            "interventions": [{"iteration": 1, "set": "training.learning_rate", "value": 0.1},
                              {"iteration": 2, "clamp": "f", "value": 1},
                              {"iteration": 3, "cut": 2}],
            "compare": [{"model.cell": "rnn"}, {"model.hidden": [5]}, {"model.forget_bias": 2}])");
        const auto lanes = lanesOf(experiment);
        QCOMPARE(lanes[0].experiment.interventions.size(), std::size_t(3));
        QCOMPARE(lanes[1].experiment.interventions.size(), std::size_t(2));
        QCOMPARE(lanes[2].experiment.interventions.size(), std::size_t(2));
        QCOMPARE(lanes[3].experiment.interventions.size(), std::size_t(3));
        for (const LaneExperiment& lane : lanes)
            Trainer(lane.experiment).step(); // all of them run
    }

    void givenWeightsStayWithModelsOfTheirShape()
    {
        const Experiment slide = comparedWithCells(readExperiment("hello-slide"), Matching::HiddenSize);
        const auto lanes = lanesOf(slide);
        QVERIFY(!lanes[0].experiment.weights.empty());
        QVERIFY(lanes[1].experiment.weights.empty());
        for (const LaneExperiment& lane : lanes)
            Trainer(lane.experiment).step();
    }

    void anyModelCanStandFirst_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("cells") << R"("compare": [{"model.cell": "gru"}, {"model.cell": "lstm"}])";
        QTest::newRow("cells and sizes, one by its name")
            << R"("compare": [{"model.cell": "lstm", "model.hidden": [2], "name": "small"},)"
               R"({"model.hidden": [5, 2]}])";
        QTest::newRow("settings") << R"("compare": [{"model.cell": "lstm", "model.forget_bias": 2},)"
                                     R"({"training.optimizer": "sgd", "training.learning_rate": 0.5},)"
                                     R"({"model.init": "orthogonal"}])";
        QTest::newRow("weights") << R"("weights": "w.safetensors", "compare": [{"model.cell": "gru"},)"
                                    R"({"training.learning_rate": 0.5}, {"weights": "v.safetensors"}])";
        QTest::newRow("weights in the experiment") << QString();
        QTest::newRow("interventions on what all have")
            << R"("interventions": [{"iteration": 2, "cut": 1}, {"iteration": 3, "silence": 4}],)"
               R"("compare": [{"model.cell": "gru"}])";
    }
    void anyModelCanStandFirst()
    {
        QFETCH(QString, file);
        const Experiment experiment =
            file.isEmpty() ? comparedWithCells(readExperiment("hello-slide"), Matching::ParameterCount)
                           : parsed(file);
        const auto before = lanesOf(experiment);
        for (std::size_t first = 0; first < before.size(); ++first) {
            const Experiment changed = withFirst(experiment, first);
            QCOMPARE(changed.source, experiment.source);
            const auto after = lanesOf(changed);
            QCOMPARE(after.size(), before.size());
            QVERIFY(after[0].experiment == before[first].experiment);
            for (std::size_t k = 0, at = 0; k < before.size(); ++k) {
                if (k != first)
                    QVERIFY(after[++at].experiment == before[k].experiment);
            }
            QVERIFY(parseExperiment(toJson(changed), "y.json", {}) == changed);
        }
        QVERIFY(withFirst(experiment, 9) == experiment);
    }

    void comparingChangesNothingOfTheRunItself()
    {
        const Experiment own = hello();
        const Experiment compared = comparedWithCells(own, Matching::HiddenSize);
        QCOMPARE(firstDifference(own, compared), std::int64_t(-1));
        Trainer alone(own);
        Trainer together(compared);
        for (int i = 0; i < 20; ++i) {
            alone.step();
            together.step();
        }
        QVERIFY(alone.parameters() == together.parameters());
    }
};

QTEST_APPLESS_MAIN(ComparisonTest)
#include "comparison_test.moc"
