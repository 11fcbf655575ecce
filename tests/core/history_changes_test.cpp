// A history whose experiment is changed: what lies before the change stays, bit for bit.

#include "core/tasks/task.h"
#include "tests/core/histories.h"

using namespace histories;

class HistoryChangesTest : public QObject
{
    Q_OBJECT
private slots:
    void aChangeKeepsWhatLiesBefore_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::addColumn<bool>("tight");
        for (const qint64 at : {0, 1, 57, 200, 399, 400, 500}) {
            QTest::addRow("at iteration %d", static_cast<int>(at)) << at << false;
            QTest::addRow("at iteration %d with little memory", static_cast<int>(at)) << at << true;
        }
    }
    void aChangeKeepsWhatLiesBefore()
    {
        QFETCH(qint64, at);
        QFETCH(bool, tight);
        const Experiment before = helloWith(CellKind::Lstm);
        const std::size_t bound = tight ? 14 * bytesOfCheckpoint(before) : History::defaultMemoryBound;
        for (int kind = 0; kind < 3; ++kind) {
            Experiment after = before;
            if (kind == 0)
                after.interventions = {{at, "training.learning_rate", 0.3}};
            else if (kind == 1)
                after.interventions = {{at, "training.optimizer", std::string("rmsprop")}};
            else
                after.interventions = {{at, "training.clip_norm", 0.001}};
            const auto expected = recorded(after, 420);
            Trainer plain(after);
            std::vector<double> losses;
            for (int i = 0; i < 420; ++i)
                losses.push_back(plain.step().loss);

            History history(before, bound);
            history.extend(400);
            for (const int i : {399, 5, 400, 200, 58, 57, 56, 300})
                history.trace(i);
            const auto returned = history.setExperiment(after);
            QCOMPARE(returned, std::min<std::int64_t>(at, 400));
            QCOMPARE(history.frontier(), std::min<std::int64_t>(at, 400));
            QCOMPARE(history.curve().size(), history.frontier());
            QVERIFY(history.experiment() == after);
            QVERIFY(history.memory() <= bound);
            for (const int i : {398, 5, 56, 57, 58, 200, 399, 400, 401, 57, 419})
                COMPARE_TRACES(*history.trace(i), *expected[static_cast<std::size_t>(i)]);
            const auto rows = history.exactCurve(0, 418);
            QCOMPARE(rows.size(), std::size_t(419));
            for (std::size_t i = 0; i < rows.size(); ++i)
                QCOMPARE(rows[i].loss, losses[i]);

            // and back again
            const auto original = recorded(before, 420);
            history.setExperiment(before);
            for (const int i : {419, 57, 58, 0, 300})
                COMPARE_TRACES(*history.trace(i), *original[static_cast<std::size_t>(i)]);
        }
    }

    void aForkHasTheSamePastAndAFutureOfItsOwn()
    {
        const Experiment before = helloWith(CellKind::Gru);
        Experiment after = before;
        after.interventions = {{30, "training.learning_rate", 0.3}};
        const auto original = recorded(before, 130);
        const auto changed = recorded(after, 130);
        History history(before);
        history.extend(90);
        history.trace(17);
        const std::unique_ptr<History> fork = history.fork();
        QCOMPARE(fork->frontier(), std::int64_t(90));
        QCOMPARE(fork->curve().size(), history.curve().size());
        fork->setExperiment(after);
        QCOMPARE(fork->frontier(), std::int64_t(30));
        QCOMPARE(history.frontier(), std::int64_t(90));
        for (const int i : {0, 17, 31, 129, 29, 90}) {
            COMPARE_TRACES(*fork->trace(i), *changed[static_cast<std::size_t>(i)]);
            COMPARE_TRACES(*history.trace(i), *original[static_cast<std::size_t>(i)]);
        }
    }

    void aLongerPlanThrowsNothingAway()
    {
        Experiment experiment = helloWith(CellKind::Rnn);
        History history(experiment);
        history.extend(100);
        experiment.training.iterations = 5000;
        QCOMPARE(history.setExperiment(experiment), 100);
        QCOMPARE(history.frontier(), 100);
        QCOMPARE(history.experiment().training.iterations, 5000);
    }

    void anotherSeedStartsAnew()
    {
        Experiment experiment = helloWith(CellKind::Rnn);
        History history(experiment);
        history.extend(100);
        const TracePtr before = history.trace(0);
        experiment.seed = 2;
        QCOMPARE(history.setExperiment(experiment), 0);
        QCOMPARE(history.frontier(), 0);
        QVERIFY(!difference(*history.trace(0), *before).empty());
        experiment.seed = 1;
        history.setExperiment(experiment);
        COMPARE_TRACES(*history.trace(0), *before);
    }

    void anExperimentThatCannotRunChangesNothing()
    {
        const Experiment good = helloWith(CellKind::Rnn);
        History history(good);
        history.extend(10);
        Experiment bad = good;
        bad.weights = "there-is-no-such-file.safetensors";
        QVERIFY_THROWS_EXCEPTION(std::exception, history.setExperiment(bad));
        QVERIFY(history.experiment() == good);
        QCOMPARE(history.frontier(), 10);
    }
};

QTEST_APPLESS_MAIN(HistoryChangesTest)
#include "history_changes_test.moc"
