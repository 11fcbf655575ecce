#include "core/files/comparison.h"
#include "core/trace/history.h"
#include "tests/ui/experiments.h"
#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"
#include "ui/exports/picture.h"
#include "ui/paint/number_format.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/views/comparison_view.h"

#include <QSignalSpy>
#include <QtTest>

using namespace unrolled;
using experiments::hello;
using ui::Playback;
using ui::Session;

namespace {

Experiment cells(CellKind own = CellKind::Rnn)
{
    return comparedWithCells(hello(own), Matching::HiddenSize);
}

Experiment changedAt(std::int64_t iteration)
{
    Experiment experiment = hello();
    experiment.interventions.push_back({iteration, "training.learning_rate", 0.2});
    return experiment;
}

bool same(const TracePtr& a, const TracePtr& b)
{
    if (!a || !b || a->iteration != b->iteration || a->loss != b->loss ||
        a->parameters.size() != b->parameters.size())
        return false;
    for (std::size_t i = 0; i < a->parameters.size(); ++i) {
        if (a->parameters[i].after != b->parameters[i].after)
            return false;
    }
    return true;
}

/// A session with its playback, at rest.
struct Pair
{
    explicit Pair(const Experiment& experiment) : playback(session)
    {
        playback.setReduceMotion(true);
        playback.setPace({0, 0, 0, 0, 0});
        take(experiment);
    }
    void take(const Experiment& experiment)
    {
        session.setExperiment(experiment);
        session.wait();
    }
    void goTo(const Position& position)
    {
        playback.setPosition(position);
        session.wait();
    }
    const ui::Frame& frame() const { return playback.frame(); }

    Session session;
    Playback playback;
};

} // namespace

class LanesTest : public QObject
{
    Q_OBJECT
private slots:
    void everyLaneIsTheRunThatItWouldBeByItself()
    {
        const Experiment compared = cells();
        Pair pair(compared);
        pair.goTo({37, 2, 0});
        QCOMPARE(pair.frame().lanes.size(), std::size_t(3));
        const auto lanes = lanesOf(compared);
        for (std::size_t k = 0; k < lanes.size(); ++k) {
            History alone(lanes[k].experiment);
            QVERIFY(same(pair.frame().lanes[k].trace, alone.trace(37)));
            QVERIFY(same(pair.frame().lanes[k].first, alone.trace(0)));
        }
        QCOMPARE(pair.frame().lanes[0].name, QStringLiteral("RNN"));
        QCOMPARE(pair.frame().lanes[2].name, QStringLiteral("LSTM"));
    }

    void lanesAreTrainedInLockstep()
    {
        Pair pair(cells());
        pair.session.startTraining(150);
        pair.session.wait();
        for (const ui::LaneRun& lane : pair.session.lanes()) {
            QCOMPARE(lane.frontier, std::int64_t(150));
            QCOMPARE(lane.curve->size(), std::int64_t(150));
            QVERIFY(lane.secondsPerUpdate > 0);
        }
        QCOMPARE(pair.frame().position.iteration, std::int64_t(150));
        for (const ui::Lane& lane : pair.frame().lanes)
            QCOMPARE(lane.trace->iteration, std::int64_t(150));
    }

    void aLaneThatComesLaterCatchesUp()
    {
        Pair pair(hello());
        pair.session.startTraining(120);
        pair.session.wait();
        pair.goTo({40, 2, 0}); // the others are to come further than what is looked at
        const TracePtr before = pair.frame().lanes[0].trace;
        pair.take(cells());
        QCOMPARE(pair.frame().lanes.size(), std::size_t(3));
        for (const ui::LaneRun& lane : pair.session.lanes())
            QCOMPARE(lane.frontier, std::int64_t(120));
        QCOMPARE(pair.frame().position.iteration, std::int64_t(40)); // nothing starts again
        QVERIFY(same(pair.frame().lanes[0].trace, before));
        QCOMPARE(pair.frame().lanes[1].trace->iteration, std::int64_t(40));
    }

    void endingAComparisonKeepsTheRun()
    {
        Pair pair(cells());
        pair.goTo({60, 3, 0});
        pair.take(hello());
        QCOMPARE(pair.frame().lanes.size(), std::size_t(1));
        QCOMPARE(pair.frame().position.iteration, std::int64_t(60));
        QCOMPARE(pair.session.frontier(), std::int64_t(60));
    }

    void aLaneThatDivergesStandsStillWhileTheOthersGoOn()
    {
        Experiment experiment = hello();
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.model.cell.activation = Activation::Identity;
        experiment.training.learningRate = 0.01;
        experiment.compare = {{"", {"training.learning_rate=20"}}};
        Pair pair(experiment);
        pair.goTo({80, 2, 0});
        QCOMPARE(pair.frame().position.iteration, std::int64_t(80));
        QCOMPARE(pair.frame().lanes[0].trace->iteration, std::int64_t(80));
        const std::int64_t end = pair.frame().lanes[1].divergedAt;
        QVERIFY(end >= 0 && end < 80);
        QCOMPARE(pair.frame().lanes[1].trace->iteration, end);
        pair.playback.bringToFront(1); // steps go on there, too
        pair.playback.stepForward();
        pair.session.wait();
        pair.goTo({81, 2, 0});
        QCOMPARE(pair.frame().position.iteration, std::int64_t(81));
    }

    void aLaneThatCannotRunChangesNothing()
    {
        Pair pair(hello());
        pair.goTo({5, 2, 0});
        QSignalSpy failed(&pair.session, &Session::failed);
        Experiment wrong = hello();
        wrong.compare = {{"", {"weights=\"not there.safetensors\""}}};
        pair.take(wrong);
        QCOMPARE(failed.size(), 1);
        QVERIFY(pair.session.experiment() == hello());
        QCOMPARE(pair.session.lanes().size(), std::size_t(1));
        QCOMPARE(pair.frame().position.iteration, std::int64_t(5));
    }

    void theGhostIsTheRunWithoutTheChanges()
    {
        Pair pair(changedAt(10));
        pair.goTo({30, 3, 0});
        QCOMPARE(pair.frame().lanes.size(), std::size_t(1));
        QCOMPARE(pair.frame().ghosts.size(), std::size_t(1));
        History untouched(hello());
        QVERIFY(same(pair.frame().ghosts[0].trace, untouched.trace(30)));
        QVERIFY(!same(pair.frame().lanes[0].trace, untouched.trace(30)));
        pair.goTo({10, 3, 0}); // the change acts on the update of iteration 10
        QCOMPARE(pair.frame().ghosts[0].trace->loss, pair.frame().trace().loss);
    }

    void theGhostKeepsWhatWasTrainedAndUndoBringsItBack_data()
    {
        QTest::addColumn<int>("at");
        QTest::newRow("a change on the way") << 10;
        QTest::newRow("a change from the start on") << 0;
        QTest::newRow("a change at the end") << 60;
    }
    void theGhostKeepsWhatWasTrainedAndUndoBringsItBack()
    {
        QFETCH(int, at);
        Pair pair(hello());
        pair.goTo({60, 3, 0});
        pair.goTo({at, 3, 0});
        pair.take(changedAt(at));
        QCOMPARE(pair.session.frontier(), std::int64_t(at));
        QCOMPARE(pair.session.lanes().back().frontier, std::int64_t(60));
        History untouched(hello());
        History changed(changedAt(at));
        pair.goTo({40, 3, 0});
        QVERIFY(same(pair.frame().ghosts[0].trace, untouched.trace(40)));
        QVERIFY(same(pair.frame().lanes[0].trace, changed.trace(40)));
        pair.take(hello());
        QCOMPARE(pair.session.frontier(), std::int64_t(60));
        QVERIFY(pair.frame().ghosts.empty());
        pair.goTo({55, 3, 0});
        QVERIFY(same(pair.frame().lanes[0].trace, untouched.trace(55)));
        pair.goTo({70, 3, 0});
        QVERIFY(same(pair.frame().lanes[0].trace, untouched.trace(70)));
    }

    void everyModelHasItsGhost()
    {
        Experiment changed = cells();
        Pair pair(changed);
        pair.goTo({60, 3, 0});
        changed.interventions.push_back({10, "training.learning_rate", 0.2});
        pair.take(changed);
        QCOMPARE(pair.session.lanes().size(), std::size_t(6));
        for (std::size_t k = 3; k < 6; ++k) // what was trained stays with the ghosts
            QCOMPARE(pair.session.lanes()[k].frontier, std::int64_t(60));
        pair.goTo({30, 3, 0});
        const std::vector<LaneExperiment> models = lanesOf(cells());
        for (std::size_t k = 0; k < 3; ++k) {
            History untouched(models[k].experiment);
            const TracePtr ghost = ghostTrace(pair.frame(), k);
            QVERIFY(same(ghost, untouched.trace(30)));
            QVERIFY(!same(ghost, pair.frame().lanes[k].trace));
        }
        pair.playback.bringToFront(2);
        QCOMPARE(ui::ghostOf(pair.frame()), pair.frame().ghosts[2].trace.get());
        pair.take(cells());
        QVERIFY(pair.frame().ghosts.empty());
        for (const ui::LaneRun& lane : pair.session.lanes())
            QCOMPARE(lane.frontier, std::int64_t(60));
    }

    void takingBackTheEarlierOfTwoChangesKeepsTheGhostWhole()
    {
        Pair pair(hello());
        pair.goTo({60, 3, 0});
        Experiment both = changedAt(50);
        pair.take(both);
        both.interventions.insert(both.interventions.begin(), {5, "training.learning_rate", 0.1});
        pair.take(both);
        QCOMPARE(pair.session.frontier(), std::int64_t(5));
        pair.take(changedAt(50));
        QCOMPARE(pair.session.frontier(), std::int64_t(50)); // the ghost has it
        QCOMPARE(pair.session.lanes().back().frontier, std::int64_t(60));
        History changed(changedAt(50));
        History untouched(hello());
        pair.goTo({55, 3, 0});
        QVERIFY(same(pair.frame().lanes[0].trace, changed.trace(55)));
        QVERIFY(same(pair.frame().ghosts[0].trace, untouched.trace(55)));
    }

    void thereIsNoGhostWithoutChangesNorWhereNoneIsWanted()
    {
        Pair pair(hello());
        QVERIFY(pair.frame().ghosts.empty());
        pair.take(changedAt(0));
        QCOMPARE(pair.frame().ghosts.size(), std::size_t(1));
        pair.session.setGhost(false);
        pair.take(changedAt(1));
        QVERIFY(pair.frame().ghosts.empty());
        QCOMPARE(pair.session.lanes().size(), std::size_t(1));
    }

    void anotherLaneInFrontKeepsTheStep_data()
    {
        QTest::addColumn<int>("lane");
        QTest::newRow("GRU") << 1;
        QTest::newRow("LSTM") << 2;
    }
    void anotherLaneInFrontKeepsTheStep()
    {
        QFETCH(int, lane);
        Pair pair(cells());
        const TickLayout& ticks = pair.frame().ticks;
        pair.goTo(ticks.endOfTick(7, ticks.tickOf(Phase::Backward, 2)));
        pair.playback.bringToFront(lane);
        QCOMPARE(int(pair.frame().front), lane);
        QCOMPARE(pair.frame().trace().cell, pair.frame().lanes[std::size_t(lane)].trace->cell);
        QCOMPARE(pair.frame().position.iteration, std::int64_t(7));
        QCOMPARE(pair.frame().phase(), Phase::Backward);
        QCOMPARE(pair.frame().time(), 2);
        QVERIFY(ui::hiddenGradientComputed(pair.frame(), 2, 0));
        QVERIFY(!ui::hiddenGradientComputed(pair.frame(), 1, 0));
        for (int i = 0; i < 60; ++i) { // and back through all its operations
            pair.playback.setStepSize(StepSize::Operation);
            pair.playback.stepBack();
            pair.session.wait();
            QVERIFY(pair.frame().position.part <
                    int(pair.frame().ticks.parts(pair.frame().position.tick).size()));
        }
        pair.playback.bringToFront(0);
        QCOMPARE(pair.frame().trace().cell.kind, CellKind::Rnn);
    }

    void theViewShowsTheGradientOfEveryLane()
    {
        Pair pair(cells());
        const TickLayout& ticks = pair.frame().ticks;
        pair.goTo(ticks.endOfTick(3, ticks.tickOf(Phase::Backward, 2)));
        ui::ComparisonView view;
        view.resize(1000, 260);
        view.setFrame(pair.frame());
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        for (int lane = 0; lane < 3; ++lane) {
            const auto& trace = *pair.frame().lanes[std::size_t(lane)].trace;
            const int hidden = channelIndex(trace.cell, "h");
            const auto& gradient = trace.layers[0].channels[std::size_t(hidden)].gradient;
            const QString text = view.textAt(view.cell(lane, 3).center());
            QVERIFY2(text.contains(ui::normOfLog(std::log10(gradient.col(2).norm()))), qPrintable(text));
            QVERIFY(!text.contains(QLatin1String("not computed")));
            QVERIFY(view.textAt(view.cell(lane, 1).center()).contains(QLatin1String("not computed")));
            QCOMPARE(view.placeAt(view.cell(lane, 4).center()), (ui::ComparisonView::Place{lane, 4}));
        }
    }

    void aPressOnAModelAsksForItAndOneOnAStepGoesThere()
    {
        Pair pair(cells());
        ui::ComparisonView view;
        view.resize(1000, 260);
        view.setFrame(pair.frame());
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QSignalSpy lane(&view, &ui::ComparisonView::lanePicked);
        QSignalSpy step(&view, &ui::View::positionRequested);
        QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(20, int(view.cell(2, 1).center().y())));
        QCOMPARE(lane.size(), 1);
        QCOMPARE(lane.at(0).at(0).toInt(), 2);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.cell(1, 3).center().toPoint());
        QCOMPARE(step.size(), 1);
        const auto position = step.at(0).at(0).value<Position>();
        QCOMPARE(pair.frame().ticks.phase(position.tick), Phase::Backward);
        QCOMPARE(pair.frame().ticks.time(position.tick), 3);
        QTest::keyClick(&view, Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(lane.back().at(0).toInt(), 1);
    }

    void aModelThatLagsHasNoNumbersYet()
    {
        Pair pair(cells());
        pair.goTo({5, 2, 0});
        ui::Frame frame = pair.frame();
        frame.lanes[1].trace = frame.lanes[1].first;
        QVERIFY(ui::hasCaughtUp(frame, frame.lanes[0]));
        QVERIFY(!ui::hasCaughtUp(frame, frame.lanes[1]));
        ui::ComparisonView view;
        view.resize(900, 250);
        view.setFrame(frame);
        QVERIFY(view.textAt(view.cell(1, 3).center()).isEmpty());
        QVERIFY(!view.textAt(view.cell(2, 3).center()).isEmpty());
        frame.lanes[1].divergedAt = 0; // it will not come any further
        QVERIFY(ui::hasCaughtUp(frame, frame.lanes[1]));
    }

    void aStepOfAModelOffersItsCutsAndItsLoss()
    {
        Pair pair(cells());
        pair.goTo({5, 2, 0});
        ui::ComparisonView view;
        view.resize(900, 250);
        QVERIFY(view.changesAtCursor().empty());
        view.setFrame(pair.frame());
        const auto changes = view.changesAt(view.cell(1, 3).center().toPoint());
        QCOMPARE(changes.size(), std::size_t(3));
        QCOMPARE(changes[0].kind, InterventionKind::Cut);
        QCOMPARE(changes[0].steps, std::vector<int>{2});
        QCOMPARE(changes[1].steps, std::vector<int>{3});
        QCOMPARE(changes[2].kind, InterventionKind::Silence);
        QCOMPARE(changes[2].steps, std::vector<int>{3});
        for (const Intervention& change : changes)
            QCOMPARE(change.iteration, std::int64_t(5));
        // At the start nothing is remembered yet, and the last step hands nothing on.
        QCOMPARE(view.changesAt(view.cell(0, 1).center().toPoint()).size(), std::size_t(2));
        QCOMPARE(view.changesAt(view.cell(0, 4).center().toPoint()).size(), std::size_t(2));
        QVERIFY(!view.changesAtCursor().empty());
        // Its name stands for the model.
        const QPoint name(20, qRound(view.cell(2, 1).center().y()));
        const auto ofModel = view.changesAt(name);
        QCOMPARE(ofModel.size(), std::size_t(3));
        QCOMPARE(ofModel[0].kind, InterventionKind::Radius);
        QCOMPARE(ofModel[1].set, std::string("training.learning_rate"));
        QCOMPARE(ofModel[2].set, std::string("training.clip_norm"));
        QCOMPARE(view.modelAt(name), 2);
    }

    void theEndOfALongNameAndTheUnitsThatDifferAreSeen()
    {
        Pair pair(cells());
        ui::Frame frame = pair.frame();
        frame.lanes.push_back(frame.lanes.front());
        const char* rates[] = {"0.01", "0.03", "0.1", "0.3"};
        for (std::size_t i = 0; i < 4; ++i)
            frame.lanes[i].name = QStringLiteral("LSTM, learning rate %1").arg(QLatin1String(rates[i]));
        ui::ComparisonView view;
        const auto told = [&](const QSize& size) {
            QTemporaryDir directory;
            const QString file = directory.filePath(QStringLiteral("models.svg"));
            QString error;
            ui::writePicture([&](QPainter& painter, const QSize& at) { view.paintTo(painter, at); }, {}, file,
                             size, &error);
            return ui::words(ui::contents(file));
        };
        view.setFrame(frame);
        QVERIFY(!told({640, 400}).contains(QChar(0x2026))); // on several lines
        QString low = told({640, 160});
        QVERIFY(low.contains(QChar(0x2026)));
        for (const char* rate : rates)
            QVERIFY2(low.contains(QLatin1String(rate)), qPrintable(low));
        // Units are among the first to go, but not where they tell the models apart.
        const auto units = [&] { return told({640, 400}).contains(QStringLiteral("units")); };
        QVERIFY(told({1600, 400}).contains(QStringLiteral("units")));
        QVERIFY(!units());
        auto larger = std::make_shared<IterationTrace>(*frame.lanes[1].trace);
        larger->layers.push_back(larger->layers.front());
        frame.lanes[1].trace = larger;
        view.setFrame(frame);
        QVERIFY(units());
    }

    void everyBorderThatStopsTheGradientIsMarkedAndTold()
    {
        Experiment experiment = cells();
        experiment.training.truncate = 2;
        Pair pair(experiment);
        const TickLayout& ticks = pair.frame().ticks;
        pair.goTo(ticks.endOfIteration(1));
        ui::ComparisonView view;
        view.resize(1000, 260);
        view.setFrame(pair.frame());
        const auto marked = [&](int lane, int t) {
            const QImage picture = view.grab().toImage();
            const QRectF cell = view.cell(lane, t);
            int dark = 0; // above the strip, where the marks begin
            for (int dx = -1; dx <= 1; ++dx)
                dark += picture.pixelColor(cell.right() + dx, cell.top() - 2) !=
                        picture.pixelColor(cell.center().x(), cell.top() - 2);
            return dark > 0;
        };
        for (int lane = 0; lane < 3; ++lane) {
            const IterationTrace& trace = *pair.frame().lanes[std::size_t(lane)].trace;
            int borders = 0;
            for (int t = 1; t < trace.steps(); ++t) {
                borders += !trace.handsBack(0, t);
                QCOMPARE(marked(lane, t), !trace.handsBack(0, t));
                QCOMPARE(
                    view.textAt(view.cell(lane, t).center())
                        .contains(QStringLiteral("truncated: no gradient goes back from step %1").arg(t + 1)),
                    !trace.handsBack(0, t));
            }
            QCOMPARE(borders, 1);
        }
    }

    void countsStandBesideTheModels()
    {
        Pair pair(cells());
        ui::ComparisonView view;
        view.resize(1200, 260);
        view.setFrame(pair.frame());
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        // hello: 4 inputs, 3 units, 4 outputs. RNN: 3·4 + 3·3 + 3 + 4·3 + 4.
        const auto textOf = [&](int lane) { return view.textAt({20, view.cell(lane, 1).center().y()}); };
        QVERIFY2(textOf(0).contains(QLatin1String("parameters: 40\n")), qPrintable(textOf(0)));
        QVERIFY2(textOf(0).contains(QStringLiteral("multiply–adds a step: 33\n")), qPrintable(textOf(0)));
        // GRU with reset after keeps b_hn: 3·(12 + 9 + 3) + 3 + 16; LSTM: 4·(12 + 9 + 3) + 16.
        QVERIFY2(textOf(1).contains(QLatin1String("parameters: 91\n")), qPrintable(textOf(1)));
        QVERIFY2(textOf(2).contains(QLatin1String("parameters: 112\n")), qPrintable(textOf(2)));
        QVERIFY2(textOf(2).contains(QStringLiteral("multiply–adds a step: 96\n")), qPrintable(textOf(2)));
    }

    void aRowOfTwoThousandRightAnswersIsSolvedWhateverComesLater()
    {
        Pair pair(cells());
        ui::Frame frame = pair.frame();
        const auto solved = [&](const std::vector<std::pair<int, double>>& stretches,
                                std::int64_t shown = -1) {
            auto curve = std::make_shared<Curve>(8192);
            for (const auto& [iterations, accuracy] : stretches) {
                for (int i = 0; i < iterations; ++i) {
                    IterationSummary summary;
                    summary.iteration = curve->size();
                    summary.accuracy = accuracy;
                    curve->append(summary);
                }
            }
            frame.lanes[1].curve = curve;
            auto trace = std::make_shared<IterationTrace>(*frame.lanes[1].trace);
            trace->iteration = shown < 0 ? curve->size() - 1 : shown;
            trace->accuracy = curve->stretches()[static_cast<std::size_t>(trace->iteration)].accuracy.low;
            frame.lanes[1].trace = trace;
            frame.front = 1;
            ui::ComparisonView view;
            view.resize(1200, 260);
            view.setFrame(frame);
            return view.textAt({20, view.cell(1, 1).center().y()});
        };
        QCOMPARE(frame.lanes[1].trace->batch, 1);
        const QString lasting = solved({{7, 0.5}, {2000, 1}, {30, 0.75}});
        QVERIFY(lasting.contains(QLatin1String("right since iteration: 7\n")));
        QVERIFY(
            solved({{7, 0.5}, {1999, 1}, {30, 0.75}}).contains(QStringLiteral("right since iteration: —")));
        QVERIFY(solved({{7, 0.5}, {1999, 1}, {30, 0.75}, {5, 1}})
                    .contains(QStringLiteral("right since iteration: %1, so far").arg(ui::count(2036))));
        // What comes after the iteration on show does not count.
        QVERIFY(solved({{7, 0.5}, {100, 1}, {30, 0.75}, {20, 1}}, 50)
                    .contains(QStringLiteral("right since iteration: 7, so far")));
        QVERIFY(solved({{7, 0.5}, {2100, 1}}, 2005).contains(QStringLiteral("iteration: 7, so far")));
        QVERIFY(solved({{7, 0.5}, {2100, 1}}, 2006).contains(QStringLiteral("iteration: 7\n")));
    }

    void theIterationSinceWhichAllIsRightIsThatOfTheCurve()
    {
        Pair pair(cells());
        pair.session.startTraining(300);
        pair.session.wait();
        ui::ComparisonView view;
        view.resize(1200, 260);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        const auto lanes = lanesOf(cells());
        int learned = 0;
        // The run goes on to 300; what is told is of the iteration on show.
        for (const std::int64_t shown : {5, 60, 250}) {
            pair.goTo({shown, 2, 0});
            view.setFrame(pair.frame());
            for (int k = 0; k < 3; ++k) {
                Trainer trainer(lanes[std::size_t(k)].experiment);
                std::int64_t since = -1;
                for (std::int64_t n = 0; n <= shown; ++n) {
                    const bool right = trainer.step().accuracy >= 1;
                    since = !right ? -1 : since < 0 ? n : since;
                }
                const QString told = since < 0
                                         ? QStringLiteral("right since iteration: —")
                                         : QStringLiteral("right since iteration: %1, so far").arg(since);
                const QString text = view.textAt({20, view.cell(k, 1).center().y()});
                QVERIFY2(text.contains(told), qPrintable(text));
                learned += since > 0 && shown == 250;
            }
        }
        QCOMPARE(learned, 3); // all of them learn hello
    }
};

QTEST_MAIN(LanesTest)
#include "lanes_test.moc"
