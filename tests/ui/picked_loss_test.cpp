#include "core/gradients/analyses.h"
#include "core/gradients/loss_alone.h"
#include "tests/ui/room.h"
#include "ui/paint/caption.h"
#include "ui/panels/caption_bar.h"
#include "ui/presentation.h"
#include "ui/views/cell_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/triangle_view.h"
#include "ui/views/unrolled_view.h"

#include <QTest>

using namespace ui;
using unrolled::Phase;
using unrolled::TracePtr;

/// A loss that is picked goes back alone, in the network and in all that is drawn of the way back.
class PickedLossTest : public QObject
{
    Q_OBJECT
private slots:
    void aKeyPicksOneAfterTheOther();
    void inAPresentationToo();
    void theWindowDoesNotWaitForIt();
    void allModelsAndTheGhostShowIt();
    void aViewThatIsNotOnShowIsExportedWhole();
    void whatIsWorkedOutIsKept();
};

namespace {

const Eigen::MatrixXd& hiddenGradient(const Frame& frame)
{
    return frame.trace().channel(0, "h").gradient;
}

template<typename View>
View* shown(QWidget* window)
{
    for (View* view : window->findChildren<View*>()) {
        if (view->isVisible())
            return view;
    }
    qFatal("no such view");
}

void toTheFirstStep(Room& room)
{
    const auto& ticks = room.window->session().ticks();
    room.window->playback().setPosition(ticks.endOfTick(0, ticks.tickOf(Phase::Backward, 1)));
    room.settle();
}

/// The frame with its loss alone, as the thread works it out.
Frame waitedFor(PickedLoss& picked, const Frame& frame)
{
    Frame result;
    const auto taking =
        QObject::connect(&picked, &PickedLoss::ready, [&](const Frame& alone) { result = alone; });
    if (picked.alone(frame))
        qFatal("known before it was asked for");
    picked.wait();
    QObject::disconnect(taking);
    return result;
}

} // namespace

void PickedLossTest::aKeyPicksOneAfterTheOther()
{
    Room room(QStringLiteral("hello-vanish"));
    toTheFirstStep(room);
    const TracePtr whole = room.window->playback().frame().lane().trace;
    auto* network = shown<UnrolledView>(room.window.get());
    const QImage all = network->grab().toImage();
    for (int s = 4; s >= 1; --s) {
        room.key(Qt::Key_A);
        QCOMPARE(room.window->views().frame().pickedLoss, s);
        const TracePtr alone = unrolled::lossAlone(whole, s);
        for (const View* view : std::initializer_list<const View*>{
                 network, shown<CellView>(room.window.get()), shown<DecayView>(room.window.get())})
            QVERIFY(hiddenGradient(view->frame()) == alone->channel(0, "h").gradient);
        QVERIFY(network->grab().toImage() != all);
        const QString words = room.window->findChild<CaptionBar*>()->text();
        QVERIFY2(words.startsWith(QStringLiteral("L") + QChar(0x2080 + s) + QStringLiteral(" alone.")),
                 qPrintable(words));
    }
    // What the issue of vanishing is about: the last loss hardly reaches the first step.
    const Eigen::MatrixXd last = unrolled::lossAlone(whole, 4)->channel(0, "h").gradient;
    QVERIFY(last.col(0).norm() < 0.003 * last.col(3).norm());
    room.key(Qt::Key_A);
    QCOMPARE(room.window->views().frame().pickedLoss, 0);
    room.key(Qt::Key_A);
    room.key(Qt::Key_A);
    QCOMPARE(room.window->views().frame().pickedLoss, 3);
    room.key(Qt::Key_Escape);
    QCOMPARE(room.window->views().frame().pickedLoss, 0);
    QCOMPARE(network->frame().lane().trace, whole);
    QCOMPARE(network->grab().toImage(), all);
}

void PickedLossTest::inAPresentationToo()
{
    Room room;
    toTheFirstStep(room);
    room.key(Qt::Key_A);
    QTest::keyClick(room.window.get(), Qt::Key_F5);
    auto* presentation = room.window->findChild<Presentation*>();
    QVERIFY(presentation && QTest::qWaitFor([&] { return QApplication::activeWindow() == presentation; }));
    const TracePtr whole = room.window->playback().frame().lane().trace;
    auto* network = shown<UnrolledView>(presentation);
    QVERIFY(hiddenGradient(network->frame()) == unrolled::lossAlone(whole, 4)->channel(0, "h").gradient);
    QTest::keyClick(presentation, Qt::Key_A);
    room.settle();
    QVERIFY(hiddenGradient(network->frame()) == unrolled::lossAlone(whole, 3)->channel(0, "h").gradient);
}

void PickedLossTest::theWindowDoesNotWaitForIt()
{
    Room room;
    toTheFirstStep(room);
    ViewHost& views = room.window->views();
    const auto* network = shown<UnrolledView>(room.window.get());
    const auto* words = room.window->findChild<CaptionBar*>();
    const Frame before = network->frame();
    const QString said = words->text();
    views.pickLoss(2);
    QCOMPARE(views.frame().pickedLoss, 2);
    QCOMPARE(network->frame().lane().trace, before.lane().trace); // the last picture stays, and its words
    QCOMPARE(words->text(), said);
    // Meanwhile the run may go on: what comes then is of where it is.
    room.window->playback().setPosition({0, 0, 0});
    QCOMPARE(network->frame().position, before.position);
    room.settle();
    QCOMPARE(network->frame().pickedLoss, 2);
    QCOMPARE(network->frame().position, (unrolled::Position{0, 0, 0}));
    QVERIFY(words->text() != said);
    // Elsewhere in the iteration it is known at once.
    views.setFrame(before);
    QCOMPARE(network->frame().position, before.position);
    QCOMPARE(network->frame().pickedLoss, 2);
}

void PickedLossTest::allModelsAndTheGhostShowIt()
{
    Frame frame;
    for (const auto cell : {unrolled::CellKind::Rnn, unrolled::CellKind::Lstm}) {
        unrolled::Experiment experiment;
        experiment.model.cell.kind = cell;
        Lane lane;
        lane.trace = lane.first = unrolled::Trainer(experiment).record();
        frame.lanes.push_back(lane);
    }
    frame.ghosts = {frame.lanes[0]};
    QCOMPARE(PickedLoss::picked(frame, 5).pickedLoss, 0); // there is none
    PickedLoss picked;
    const Frame alone = waitedFor(picked, PickedLoss::picked(frame, 2));
    QCOMPARE(alone.pickedLoss, 2);
    for (std::size_t k = 0; k < 2; ++k) {
        const auto expected = unrolled::lossAlone(frame.lanes[k].trace, 2);
        QVERIFY(alone.lanes[k].trace->channel(0, "h").gradient == expected->channel(0, "h").gradient);
        QCOMPARE(alone.lanes[k].first, alone.lanes[k].trace);
    }
    QCOMPARE(alone.ghosts[0].trace, alone.lanes[0].trace); // one and the same run
}

void PickedLossTest::aViewThatIsNotOnShowIsExportedWhole()
{
    Room room;
    ViewHost& views = room.window->views();
    views.pickLoss(3);
    room.settle();
    const TracePtr whole = room.window->playback().frame().lane().trace;
    for (const char* id : {"triangle", "reach", "gates"}) {
        View* view = views.find(QLatin1String(id));
        QVERIFY(!view->isVisible());
        const Frame frame = ViewHost::frameFor(*view, views.frame());
        QCOMPARE(frame.pickedLoss, 3);
        QCOMPARE(frame.lane().analyses != nullptr, view->wanted().analyses);
        if (view->wanted().analyses)
            QCOMPARE(frame.lane().analyses->loss, 3);
        if (view->showsPickedLoss())
            QVERIFY(hiddenGradient(frame) == unrolled::lossAlone(whole, 3)->channel(0, "h").gradient);
        else
            QCOMPARE(frame.lane().trace, whole);
    }
}

void PickedLossTest::whatIsWorkedOutIsKept()
{
    Frame frame;
    Lane lane;
    lane.trace = unrolled::Trainer(unrolled::Experiment()).record();
    frame.lanes.push_back(lane);
    frame.pickedLoss = 3;
    PickedLoss picked;
    const TracePtr once = waitedFor(picked, frame).lane().trace;
    QCOMPARE(picked.alone(frame)->lane().trace, once); // at once
    int brought = 0;
    QObject::connect(&picked, &PickedLoss::ready, [&brought] { ++brought; });
    frame.pickedLoss = 4;
    QVERIFY(!picked.alone(frame));
    frame.pickedLoss = 0;
    QCOMPARE(picked.alone(frame)->lane().trace, lane.trace);
    picked.wait();
    QCOMPARE(brought, 0); // nobody waits for it any more
}

QTEST_MAIN(PickedLossTest)
#include "picked_loss_test.moc"
