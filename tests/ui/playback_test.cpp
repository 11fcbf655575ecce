#include "core/trace/history.h"
#include "tests/ui/experiments.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"

#include <QSignalSpy>
#include <QtTest>

using namespace unrolled;
using experiments::diverging;
using experiments::hello;
using ui::Frame;
using ui::Playback;
using ui::Session;

namespace {

/// A session and its playback without motion, so that nothing depends on time.
struct Stage
{
    explicit Stage(const Experiment& experiment = hello()) : playback(session)
    {
        playback.setReduceMotion(true);
        playback.setPace({0, 0, 0, 0, 0});
        QObject::connect(&playback, &Playback::frameChanged, [this](const Frame& frame) {
            frames.push_back({frame.position, frame.alpha});
            consistent =
                consistent && !frame.empty() && frame.lane().trace->iteration == frame.position.iteration;
        });
        session.setExperiment(experiment);
        session.wait();
    }

    const TickLayout& ticks() const { return playback.frame().ticks; }

    struct Seen
    {
        Position position;
        double alpha;
    };
    Session session;
    Playback playback;
    std::vector<Seen> frames;
    bool consistent = true; ///< every frame's trace is that of its position
};

} // namespace

class PlaybackTest : public QObject
{
    Q_OBJECT
private slots:
    void aNewRunShowsItsWholeForwardPass()
    {
        Stage stage(hello(CellKind::Lstm));
        const Frame& frame = stage.playback.frame();
        QVERIFY(!frame.empty());
        QCOMPARE(frame.phase(), Phase::Loss);
        QCOMPARE(frame.position.iteration, 0);
        QCOMPARE(frame.alpha, 1.0);
        QCOMPARE(frame.lane().name, "LSTM");
        QCOMPARE(frame.lane().planned, 300);
        QVERIFY(frame.lane().first && frame.lane().curve);
        QVERIFY(ui::probabilitiesComputed(frame, 4));
        QVERIFY(!ui::outputGradientComputed(frame, 4));
    }

    void aPlaybackMadeLaterShowsTheRunToo()
    {
        Session session;
        session.setExperiment(hello());
        session.wait();
        const Playback playback(session);
        QVERIFY(!playback.frame().empty());
    }

    void stepsForwardAndBackBySize_data()
    {
        QTest::addColumn<StepSize>("size");
        QTest::newRow("by operation") << StepSize::Operation;
        QTest::newRow("by time step") << StepSize::TimeStep;
        QTest::newRow("by pass") << StepSize::Pass;
        QTest::newRow("by iteration") << StepSize::Iteration;
    }
    void stepsForwardAndBackBySize()
    {
        QFETCH(StepSize, size);
        Stage stage;
        Playback& playback = stage.playback;
        playback.setStepSize(size);
        playback.reset();
        Position expected = stage.ticks().start(0);
        QVERIFY(playback.position() == expected);
        std::vector<Position> path;
        for (int i = 0; i < 70; ++i) {
            path.push_back(playback.position());
            playback.stepForward();
            stage.session.wait();
            expected = stage.ticks().next(expected, size);
            QVERIFY(playback.position() == expected);
            QVERIFY(playback.frame().position == expected);
            QCOMPARE(playback.frame().alpha, 1.0);
        }
        for (int i = 0; i < 80; ++i) {
            playback.stepBack();
            stage.session.wait();
            expected = stage.ticks().previous(expected, size);
            QVERIFY(playback.position() == expected);
            QVERIFY(playback.frame().position == expected);
            if (!path.empty()) {
                QVERIFY(path.back() == expected);
                path.pop_back();
            }
        }
        QVERIFY(expected == stage.ticks().start(0));
        QVERIFY(stage.consistent);
    }

    void resetShowsTheSameInitialWeights()
    {
        Stage stage;
        const TracePtr first = stage.playback.frame().lane().trace;
        stage.session.startTraining(40);
        stage.session.wait();
        stage.playback.goToEnd();
        stage.session.wait();
        QCOMPARE(stage.playback.position().iteration, 40);
        stage.playback.reset();
        stage.session.wait();
        QVERIFY(stage.playback.frame().position == (Position{0, 0, 0}));
        QVERIFY(stage.playback.frame().trace().parameters[0].before == first->parameters[0].before);
    }

    void theSamePositionIsNoChange()
    {
        Stage stage;
        const Position there{3, 2, 1};
        stage.playback.setPosition(there);
        stage.session.wait();
        QVERIFY(stage.playback.frame().position == there);
        const auto count = stage.frames.size();
        stage.playback.setPosition(there);
        stage.session.wait();
        QCOMPARE(stage.frames.size(), count);
    }

    void aPositionOutOfRangeIsBroughtIntoIt()
    {
        Stage stage;
        stage.playback.setPosition({-5, 99, 99});
        stage.session.wait();
        QVERIFY(stage.playback.position() == stage.ticks().endOfIteration(0));
    }

    void theOldPictureStaysUntilTheTraceIsThere()
    {
        Stage stage;
        const Frame before = stage.playback.frame();
        stage.playback.setPosition({200, 3, 0});
        QVERIFY((stage.playback.position() == Position{200, 3, 0}));
        QVERIFY(stage.playback.frame().position == before.position);
        stage.session.wait();
        QVERIFY((stage.playback.frame().position == Position{200, 3, 0}));
        QCOMPARE(stage.playback.frame().trace().iteration, 200);
        QCOMPARE(stage.playback.frame().lane().frontier, 200);
        QVERIFY(stage.consistent);
    }

    void playsToThePlannedEndAndStops_data()
    {
        QTest::addColumn<StepSize>("size");
        QTest::addColumn<Phase>("phase");
        QTest::newRow("by operation") << StepSize::Operation << Phase::Loss;
        QTest::newRow("by time step") << StepSize::TimeStep << Phase::Loss;
        QTest::newRow("by pass") << StepSize::Pass << Phase::Loss;
        QTest::newRow("by iteration") << StepSize::Iteration << Phase::Forward;
    }
    void playsToThePlannedEndAndStops()
    {
        QFETCH(StepSize, size);
        QFETCH(Phase, phase);
        Stage stage(hello(CellKind::Rnn, 3));
        stage.playback.setStepSize(size);
        stage.playback.reset();
        QSignalSpy playing(&stage.playback, &Playback::playingChanged);
        stage.playback.play();
        QVERIFY(stage.playback.isPlaying());
        QTRY_VERIFY(!stage.playback.isPlaying());
        QCOMPARE(playing.size(), 2);
        QCOMPARE(stage.playback.frame().position.iteration, 3);
        QCOMPARE(stage.playback.frame().phase(), phase);
        QVERIFY(stage.consistent);
        // Pressing play again goes on.
        stage.playback.play();
        QTRY_VERIFY(stage.playback.position().iteration >= 4);
        QVERIFY(stage.playback.isPlaying());
        stage.playback.pause();
        QVERIFY(!stage.playback.isPlaying());
        stage.session.wait();
    }

    void aStepByHandPausesPlaying()
    {
        Stage stage;
        stage.playback.play();
        QVERIFY(stage.playback.isPlaying());
        stage.playback.stepForward();
        QVERIFY(!stage.playback.isPlaying());
        stage.playback.togglePlaying();
        QVERIFY(stage.playback.isPlaying());
        stage.playback.stepBack();
        QVERIFY(!stage.playback.isPlaying());
        stage.session.wait();
    }

    void motionGoesThroughEveryPartAndEndsStill()
    {
        Stage stage;
        stage.playback.setReduceMotion(false);
        stage.playback.setPace({80, 80, 80, 80, 80});
        stage.playback.setStepSize(StepSize::TimeStep);
        stage.playback.setPosition(stage.ticks().endOfTick(0, 0));
        stage.frames.clear();
        stage.playback.stepForward();
        const Position end = stage.ticks().endOfTick(0, 1);
        QTRY_VERIFY(!stage.frames.empty() && stage.frames.back().position == end &&
                    stage.frames.back().alpha == 1.0);
        QVERIFY((stage.frames.front().position == Position{0, 1, 0}));
        QCOMPARE(stage.frames.front().alpha, 0.0);
        for (std::size_t i = 1; i < stage.frames.size(); ++i) {
            const auto& a = stage.frames[i - 1];
            const auto& b = stage.frames[i];
            QVERIFY(a.position < b.position || (a.position == b.position && a.alpha <= b.alpha));
            QCOMPARE(b.position.tick, 1);
            QVERIFY(b.alpha >= 0 && b.alpha <= 1);
        }
    }

    void aNewStepWhileMovingFinishesTheOldOneAtOnce()
    {
        Stage stage;
        stage.playback.setReduceMotion(false);
        stage.playback.setPace({100000, 100000, 100000, 100000, 100000});
        stage.playback.setStepSize(StepSize::Operation);
        stage.playback.reset();
        stage.playback.stepForward();
        QCOMPARE(stage.playback.frame().alpha, 0.0);
        QVERIFY((stage.playback.frame().position == Position{0, 0, 1}));
        stage.playback.stepForward();
        QVERIFY((stage.playback.frame().position == Position{0, 0, 2}));
        QCOMPARE(stage.playback.frame().alpha, 0.0);
        const auto& finished = stage.frames[stage.frames.size() - 2];
        QVERIFY((finished.position == Position{0, 0, 1}));
        QCOMPARE(finished.alpha, 1.0);
        // Back: the still picture at once.
        stage.playback.stepBack();
        QVERIFY((stage.playback.frame().position == Position{0, 0, 1}));
        QCOMPARE(stage.playback.frame().alpha, 1.0);
        // Reducing motion ends the one under way.
        stage.playback.stepForward();
        QCOMPARE(stage.playback.frame().alpha, 0.0);
        stage.playback.setReduceMotion(true);
        QCOMPARE(stage.playback.frame().alpha, 1.0);
    }

    void withReducedMotionEveryFrameIsStill()
    {
        Stage stage(hello(CellKind::Gru, 1));
        stage.playback.reset();
        stage.playback.setStepSize(StepSize::Operation);
        stage.playback.play();
        QTRY_VERIFY(!stage.playback.isPlaying());
        for (const auto& seen : stage.frames)
            QCOMPARE(seen.alpha, 1.0);
    }

    void followsTrainingAtTheSameTick()
    {
        Stage stage(hello(CellKind::Rnn, 500));
        const Position before = stage.playback.position();
        stage.session.startTraining(500);
        stage.session.wait();
        QCOMPARE(stage.playback.position().iteration, 500);
        QCOMPARE(stage.playback.frame().trace().iteration, 500);
        QCOMPARE(stage.playback.position().tick, before.tick);
        QCOMPARE(stage.playback.frame().lane().frontier, 500);
        QVERIFY(stage.consistent);
    }

    void aHandOnTheControlsEndsFollowing()
    {
        Stage stage;
        QSignalSpy advanced(&stage.session, &Session::advanced);
        stage.session.startTraining(std::int64_t(1) << 40);
        QVERIFY(advanced.wait(20000));
        stage.playback.setPosition({2, 1, 1});
        QVERIFY(advanced.wait(20000));
        QVERIFY(advanced.wait(20000));
        QVERIFY(stage.session.isTraining());
        QVERIFY((stage.playback.position() == Position{2, 1, 1}));
        QVERIFY(stage.playback.frame().lane().frontier > 2);
        stage.session.stopTraining();
        stage.session.wait();
        QVERIFY((stage.playback.frame().position == Position{2, 1, 1}));
        QVERIFY(stage.consistent);
    }

    void trainingPausesPlayingAndPlayingStopsTraining()
    {
        Stage stage;
        stage.playback.play();
        stage.session.startTraining(std::int64_t(1) << 40);
        QVERIFY(!stage.playback.isPlaying());
        stage.playback.play();
        QVERIFY(!stage.session.isTraining());
        QVERIFY(stage.playback.isPlaying());
        stage.playback.pause();
        stage.session.wait();
    }

    void pausesWhereTheRunDiverges()
    {
        Stage stage(diverging());
        stage.playback.setStepSize(StepSize::Iteration);
        QSignalSpy diverged(&stage.session, &Session::diverged);
        stage.playback.play();
        QTRY_VERIFY_WITH_TIMEOUT(!stage.playback.isPlaying(), 30000);
        stage.session.wait();
        QCOMPARE(diverged.size(), 1);
        const auto at = stage.session.divergedAt();
        QCOMPARE(stage.playback.position().iteration, at);
        QVERIFY(stage.playback.frame().trace().overflow);
        // No way on, but every way back.
        stage.playback.stepForward();
        stage.session.wait();
        QCOMPARE(stage.playback.position().iteration, at);
        stage.playback.stepBack();
        stage.session.wait();
        QCOMPARE(stage.playback.position().iteration, at - 1);
        stage.playback.setPosition({at + 1000, 0, 0});
        stage.session.wait();
        QVERIFY((stage.playback.frame().position == Position{at, 0, 0}));
        stage.playback.setStepSize(StepSize::TimeStep);
        stage.playback.play();
        QTRY_VERIFY(!stage.playback.isPlaying());
        QVERIFY(stage.playback.position() == stage.ticks().endOfIteration(at));
        QVERIFY(stage.consistent);
    }

    void aPositionBeyondADivergenceEndsThere()
    {
        Stage stage(diverging());
        stage.playback.setPosition({100000, 2, 0});
        stage.session.wait();
        QVERIFY(stage.session.divergedAt() > 0);
        QVERIFY((stage.playback.frame().position == Position{stage.session.divergedAt(), 2, 0}));
        QVERIFY(stage.playback.position() == stage.playback.frame().position);
    }

    void aRestartKeepsTheWholeForwardPassInView()
    {
        Stage stage;
        stage.playback.setPosition({30, 6, 1});
        stage.session.wait();
        stage.session.setExperiment(hello(CellKind::Lstm));
        stage.session.wait();
        const Frame& frame = stage.playback.frame();
        QVERIFY(frame.position == frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss)));
        QCOMPARE(frame.lane().name, "LSTM");
        QCOMPARE(frame.lane().frontier, 0);
        QCOMPARE(frame.trace().cell.kind, CellKind::Lstm);
        QVERIFY(stage.consistent);
    }

    void aChangeAtThisIterationKeepsThePosition()
    {
        Stage stage;
        stage.playback.setPosition({30, 6, 1});
        stage.session.wait();
        Experiment experiment = hello();
        experiment.interventions = {{30, "training.learning_rate", 0.7}};
        stage.session.setExperiment(experiment);
        stage.session.wait();
        QVERIFY((stage.playback.frame().position == Position{30, 6, 1}));
        QCOMPARE(stage.playback.frame().trace().learningRate, 0.7);
        // Taking back an earlier one cuts the run off there.
        experiment.interventions = {{10, "training.learning_rate", 0.7}};
        stage.session.setExperiment(experiment);
        stage.session.wait();
        QVERIFY((stage.playback.frame().position == Position{10, 6, 1}));
        QVERIFY(stage.consistent);
    }

    void aCalledOffReplayGoesBackToThePicture()
    {
        Stage stage;
        const Position before = stage.playback.position();
        QSignalSpy progress(&stage.session, &Session::progress);
        stage.playback.setPosition({std::int64_t(1) << 40, 0, 0});
        QTRY_VERIFY(!progress.isEmpty());
        stage.session.cancel();
        stage.session.wait();
        QVERIFY(stage.playback.position() == before);
        QVERIFY(stage.playback.frame().position == before);
    }

    void speedStaysInItsRange()
    {
        Stage stage;
        QSignalSpy speed(&stage.playback, &Playback::speedChanged);
        stage.playback.setSpeed(100);
        QCOMPARE(stage.playback.speed(), 8.0);
        stage.playback.setSpeed(0);
        QCOMPARE(stage.playback.speed(), 0.25);
        stage.playback.setSpeed(0.25);
        QCOMPARE(speed.size(), 2);
        QSignalSpy size(&stage.playback, &Playback::stepSizeChanged);
        stage.playback.setStepSize(StepSize::Pass);
        stage.playback.setStepSize(StepSize::Pass);
        QCOMPARE(size.size(), 1);
    }

    void nothingHappensBeforeThereIsARun()
    {
        Session session;
        Playback playback(session);
        playback.stepForward();
        playback.stepBack();
        playback.play();
        playback.reset();
        playback.goToEnd();
        playback.setPosition({3, 2, 1});
        QVERIFY(playback.frame().empty());
        QVERIFY(!playback.isPlaying());
    }
};

QTEST_MAIN(PlaybackTest)
#include "playback_test.moc"
