#include "core/trace/history.h"
#include "tests/ui/experiments.h"
#include "ui/session/session.h"

#include <QSignalSpy>
#include <QtTest>

using namespace unrolled;
using experiments::diverging;
using experiments::hello;
using ui::Session;

namespace {

TracePtr traceOf(const QSignalSpy& spy, qsizetype i)
{
    return spy.at(i).at(0).value<ui::LaneTraces>().front();
}

} // namespace

class SessionTest : public QObject
{
    Q_OBJECT
private slots:
    void anExperimentIsThereWithItsFirstTrace()
    {
        Session session;
        QSignalSpy changed(&session, &Session::experimentChanged);
        session.setExperiment(hello(CellKind::Lstm));
        session.wait();
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.at(0).at(0).toBool(), true);
        QVERIFY(session.experiment() == hello(CellKind::Lstm));
        QVERIFY(session.firstTrace());
        QCOMPARE(session.firstTrace()->iteration, 0);
        QCOMPARE(session.ticks().steps(), 4);
        QCOMPARE(session.frontier(), 0);
        QVERIFY(session.curve());
    }

    void aRequestIsAnsweredAndTrainsWhatLiesAhead()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(25);
        session.wait();
        QCOMPARE(ready.size(), 1);
        QCOMPARE(traceOf(ready, 0)->iteration, 25);
        QCOMPARE(session.frontier(), 25);
        QCOMPARE(session.curve()->size(), 25);
        session.requestTrace(3);
        session.wait();
        QCOMPARE(traceOf(ready, 1)->iteration, 3);
        QCOMPARE(session.frontier(), 25);
    }

    void whatIsAtHandIsAnsweredAtOnce()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(0);
        QCOMPARE(ready.size(), 1); // without a round trip
        session.requestTrace(5);
        session.wait();
        session.requestTrace(5);
        QCOMPARE(ready.size(), 3);
    }

    void theNewestRequestWins()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        for (int i = 1; i <= 200; ++i)
            session.requestTrace(i);
        session.wait();
        QVERIFY(!ready.isEmpty());
        QCOMPARE(traceOf(ready, ready.size() - 1)->iteration, 200);
    }

    void aRequestForWhatIsAtHandTakesThePlaceOfAnOlderOne()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        session.requestTrace(1);
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(50);
        session.requestTrace(1);
        session.wait();
        QCOMPARE(traceOf(ready, 0)->iteration, 1);
    }

    void trainingRunsToItsEndAndTellsSo()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy training(&session, &Session::trainingChanged);
        QSignalSpy advanced(&session, &Session::advanced);
        session.startTraining(300);
        QVERIFY(session.isTraining());
        QCOMPARE(training.size(), 1);
        session.wait();
        QVERIFY(!session.isTraining());
        QCOMPARE(training.size(), 2);
        QCOMPARE(training.at(1).at(0).toBool(), false);
        QCOMPARE(session.frontier(), 300);
        QCOMPARE(session.curve()->size(), 300);
        QCOMPARE(advanced.last().at(0).toLongLong(), 300);
        // The newest iteration came along.
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(300);
        QCOMPARE(ready.size(), 1);
    }

    void trainingGivesTheSameRunAsSteppingThroughIt()
    {
        Session session;
        session.setExperiment(hello(CellKind::Gru));
        session.startTraining(120);
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(120);
        session.wait();
        History history(hello(CellKind::Gru));
        const TracePtr expected = history.trace(120);
        QVERIFY(traceOf(ready, 0)->parameters[0].after == expected->parameters[0].after);
        QCOMPARE(traceOf(ready, 0)->loss, expected->loss);
    }

    void trainingStopsWhenTold()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy advanced(&session, &Session::advanced);
        session.startTraining(std::int64_t(1) << 40);
        QVERIFY(advanced.wait(20000));
        session.stopTraining();
        QVERIFY(!session.isTraining());
        session.wait();
        const auto frontier = session.frontier();
        QVERIFY(frontier > 0);
        QCOMPARE(session.curve()->size(), frontier);
        session.wait();
        QCOMPARE(session.frontier(), frontier);
    }

    void requestsAreAnsweredWhileTraining()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        session.startTraining(std::int64_t(1) << 40);
        QSignalSpy ready(&session, &Session::traceReady);
        for (int i = 0; i < 20; ++i) {
            session.requestTrace(2 * i);
            QTRY_VERIFY(!ready.isEmpty() && traceOf(ready, ready.size() - 1)->iteration == 2 * i);
        }
        QVERIFY(session.isTraining());
        session.stopTraining();
        session.wait();
    }

    void aChangedLearningRateKeepsThePast()
    {
        Session session;
        session.setExperiment(hello());
        session.startTraining(100);
        session.wait();
        QSignalSpy changed(&session, &Session::experimentChanged);
        Experiment experiment = hello();
        experiment.interventions = {{60, "training.learning_rate", 0.5}};
        session.setExperiment(experiment);
        session.wait();
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed.at(0).at(0).toBool(), false);
        QCOMPARE(changed.at(0).at(1).toLongLong(), 60);
        QCOMPARE(session.frontier(), 60);
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(60);
        session.wait();
        QCOMPARE(traceOf(ready, 0)->learningRate, 0.5);
    }

    void theOldTraceIsNotAtHandAfterAChange()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        session.requestTrace(10);
        session.wait();
        Experiment experiment = hello();
        experiment.interventions = {{10, "training.learning_rate", 0.5}};
        session.setExperiment(experiment);
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(10);
        session.wait();
        QCOMPARE(traceOf(ready, 0)->learningRate, 0.5);
    }

    void anotherSeedRestarts()
    {
        Session session;
        session.setExperiment(hello());
        session.startTraining(50);
        session.wait();
        const TracePtr before = session.firstTrace();
        Experiment experiment = hello();
        experiment.seed = 7;
        QSignalSpy changed(&session, &Session::experimentChanged);
        session.setExperiment(experiment);
        session.wait();
        QCOMPARE(changed.at(0).at(0).toBool(), true);
        QCOMPARE(session.frontier(), 0);
        QVERIFY(session.firstTrace()->parameters[0].before != before->parameters[0].before);
    }

    void whatCannotBeUsedIsToldAndChangesNothing()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy failed(&session, &Session::failed);
        QSignalSpy changed(&session, &Session::experimentChanged);
        Experiment experiment = hello();
        experiment.weights = "there-is-no-such-file.safetensors";
        session.setExperiment(experiment);
        session.wait();
        QCOMPARE(failed.size(), 1);
        QVERIFY(failed.at(0).at(0).toString().contains("there-is-no-such-file.safetensors"));
        QVERIFY(!failed.at(0).at(0).toString().contains('\n'));
        QCOMPARE(changed.size(), 0);
        QVERIFY(session.experiment() == hello());
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(4);
        session.wait();
        QCOMPARE(ready.size(), 1);
    }

    void aMatrixOfSpectralRadius0IsNotScaled()
    {
        Experiment small = hello();
        small.model.hidden = {1};
        const auto scaledAt = [&small](std::int64_t iteration) {
            Intervention zero;
            zero.iteration = iteration;
            zero.kind = InterventionKind::Weight;
            zero.set = "rnn.weight_hh_l0";
            Intervention scaled = zero;
            scaled.kind = InterventionKind::Radius;
            scaled.value = 0.9;
            Experiment changed = small;
            changed.interventions = {zero, scaled};
            return changed;
        };
        Session session;
        session.setExperiment(small);
        session.requestTrace(20);
        session.wait();
        QSignalSpy failed(&session, &Session::failed);
        // What is there already is looked at before anything changes,
        for (const std::int64_t iteration : {0, 5, 20}) {
            session.setExperiment(scaledAt(iteration));
            session.wait();
            QVERIFY(session.experiment() == small);
            QCOMPARE(session.frontier(), 20);
        }
        QCOMPARE(failed.size(), 3);
        QVERIFY(
            failed[1][0].toString().contains("a spectral radius of 0 of rnn.weight_hh_l0 at iteration 5"));
        // and what lies ahead stops the training where it comes.
        session.setExperiment(scaledAt(25));
        session.startTraining(100);
        session.wait();
        QCOMPARE(failed.size(), 4);
        QVERIFY(!session.isTraining());
        QCOMPARE(session.frontier(), 25);
        QCOMPARE(session.curve()->size(), 25);
        session.setExperiment(small);
        session.startTraining(40);
        session.wait();
        QCOMPARE(session.frontier(), 40);
    }

    void aDivergingRunSaysWhereAndWhatHelps()
    {
        Session session;
        session.setExperiment(diverging());
        QSignalSpy diverged(&session, &Session::diverged);
        session.startTraining(100000);
        session.wait();
        QCOMPARE(diverged.size(), 1);
        QVERIFY(!session.isTraining());
        const auto at = diverged.at(0).at(0).toLongLong();
        QCOMPARE(session.divergedAt(), at);
        QCOMPARE(session.frontier(), at);
        const QString message = diverged.at(0).at(1).toString();
        QVERIFY2(message.contains(QString::number(at)), qPrintable(message));
        QVERIFY2(message.contains("smaller learning rate"), qPrintable(message));
        QVERIFY2(!message.contains('%'), qPrintable(message));
        qInfo("%s", qPrintable(message));
        // It can be stepped back from, and is told once.
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(at - 1);
        session.wait();
        QCOMPARE(traceOf(ready, 0)->iteration, at - 1);
        session.requestTrace(at + 10);
        session.wait();
        QCOMPARE(traceOf(ready, 1)->iteration, at);
        QVERIFY(traceOf(ready, 1)->overflow);
        QCOMPARE(diverged.size(), 1);
    }

    void aReplayCanBeCalledOff()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        QSignalSpy progress(&session, &Session::progress);
        QSignalSpy ready(&session, &Session::traceReady);
        session.requestTrace(std::int64_t(1) << 40);
        QTRY_VERIFY(!progress.isEmpty());
        QVERIFY(progress.at(0).at(0).toDouble() < 1);
        session.cancel();
        session.wait();
        QCOMPARE(progress.last().at(0).toDouble(), 1.0);
        QCOMPARE(ready.size(), 0);
        QVERIFY(session.frontier() > 0);
        QCOMPARE(session.curve()->size(), session.frontier());
        session.requestTrace(5);
        session.wait();
        QCOMPARE(ready.size(), 1);
    }

    void exactValuesCanBeAskedFor()
    {
        Session session;
        session.setExperiment(hello());
        session.startTraining(20000);
        session.wait();
        QVERIFY(!session.curve()->exact());
        QSignalSpy ready(&session, &Session::exactCurveReady);
        session.requestExactCurve(12000, 12999);
        session.requestTrace(7); // comes first
        session.wait();
        QCOMPARE(ready.size(), 1);
        const auto rows = ready.at(0).at(0).value<std::vector<IterationSummary>>();
        QCOMPARE(rows.size(), std::size_t(1000));
        QCOMPARE(rows.front().iteration, 12000);
        History history(hello());
        QCOMPARE(rows[500].loss, history.trace(12500)->loss);
    }

    void anotherWatchedSequenceIsShown()
    {
        Experiment experiment = hello();
        experiment.task.id = "adding";
        experiment.task.length = 5;
        experiment.training.batch = 3;
        Session session;
        session.setExperiment(experiment);
        session.wait();
        session.requestTrace(2);
        session.wait();
        QSignalSpy ready(&session, &Session::traceReady);
        session.setWatchedSequence(2);
        QCOMPARE(session.watchedSequence(), 2);
        session.wait();
        QCOMPARE(ready.size(), 1);
        QCOMPARE(traceOf(ready, 0)->sequence, 2);
        QCOMPARE(traceOf(ready, 0)->iteration, 2);
        QCOMPARE(session.firstTrace()->sequence, 2);
        session.setWatchedSequence(99);
        QCOMPARE(session.watchedSequence(), 2);
    }

    void goesAwayInTheMiddleOfWork()
    {
        for (int i = 0; i < 20; ++i) {
            Session session;
            session.setExperiment(hello());
            session.startTraining(std::int64_t(1) << 40);
            session.requestTrace(i * 1000);
        }
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "session_test.moc"
