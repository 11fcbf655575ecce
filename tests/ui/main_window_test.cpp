#include "tests/ui/main_room.h"
#include "ui/panels/buttons.h"
#include "ui/panels/form.h"
#include "ui/panels/timeline_bar.h"
#include "ui/views/cell_view.h"

#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QHash>
#include <QMenu>
#include <QMenuBar>
#include <QSpinBox>
#include <QTest>
#include <QUndoStack>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;
using unrolled::Phase;
using unrolled::Position;

namespace {

void collect(const QMenu& menu, QList<QAction*>& actions)
{
    for (QAction* action : menu.actions()) {
        if (action->isSeparator())
            continue;
        actions << action;
        if (action->menu())
            collect(*action->menu(), actions);
    }
}

QList<QAction*> menuActions(const MainWindow& window)
{
    QList<QAction*> actions;
    for (const QAction* top : window.menuBar()->actions())
        collect(*top->menu(), actions);
    return actions;
}

} // namespace

class MainWindowTest : public QObject
{
    Q_OBJECT

private slots:
    void opensOnTheFirstForwardPass();
    void spacePlaysAndPauses();
    void arrowsStepForwardAndBack();
    void arrowsWithShiftAndControlGoByTimeStepPassAndIteration();
    void homeAndEndGoToTheStartAndTheLastIteration();
    void resetBringsBackTheVerySameWeights();
    void clickingATickGoesThere();
    void draggingTheIterationSliderScrubs();
    void buttonsDoNotStealTheSpaceBarAfterAClick();
    void digitsOpenTheCellOfThatStep();
    void changingTheCellRestartsAndUndoBringsItBack();
    void aLearningRateBecomesAnInterventionAndUndoRemovesIt();
    void anInterventionCanBeRemovedInThePanel();
    void fieldsKeepTheKeysThatAreTypedIntoThem();
    void aNewSeedIsAnotherRun();
    void trainingRunsToThePlannedEndAndOn();
    void everyActionIsInAMenuAndHasWords();
    void noTwoActionsShareAShortcut();
    void everyEntryOfAMenuHasALetterOfItsOwn();
    void everyControlHasAnAccessibleName();
    void viewsAreDescribedWhenThePlaybackRests();
    void hiddenPartsCatchUpWhenShown();
};

void MainWindowTest::opensOnTheFirstForwardPass()
{
    MainRoom room;
    QVERIFY(!room.window->playback().frame().empty());
    QCOMPARE(room.shown().iteration, 0);
    QCOMPARE(QApplication::focusWidget(), room.window.get()); // no ring around a control
    for (const ViewHost::Entry& entry : room.window->views().entries())
        QVERIFY2(!entry.view->isVisible() || !entry.view->frame().empty(), qPrintable(entry.id));
}

void MainWindowTest::spacePlaysAndPauses()
{
    MainRoom room;
    room.key(Qt::Key_Space);
    QVERIFY(room.window->playback().isPlaying());
    room.key(Qt::Key_Space);
    QVERIFY(!room.window->playback().isPlaying());
}

void MainWindowTest::arrowsStepForwardAndBack()
{
    MainRoom room;
    room.goTo({0, 0, 0});
    std::vector<Position> visited{room.here()};
    for (int i = 0; i < 25; ++i) {
        room.key(Qt::Key_Right);
        QVERIFY(room.here() > visited.back());
        QCOMPARE(room.shown(), room.here());
        visited.push_back(room.here());
    }
    QVERIFY(room.here().iteration >= 2);
    // The first one is not the end of a tick, so the way back leads past it.
    for (std::size_t i = visited.size() - 1; i-- > 1;) {
        room.key(Qt::Key_Left);
        QCOMPARE(room.shown(), visited[i]);
    }
}

void MainWindowTest::arrowsWithShiftAndControlGoByTimeStepPassAndIteration()
{
    MainRoom room;
    room.goTo({0, 1, 0});
    const unrolled::TickLayout& ticks = room.window->session().ticks();
    room.key(Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, 1));
    room.key(Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, 2));
    room.key(Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, 1));
    const Position before = room.here();
    room.key(Qt::Key_Right, Qt::ControlModifier);
    room.key(Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(room.here(), (Position{2, before.tick, before.part}));
    room.key(Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(room.here(), (Position{1, before.tick, before.part}));
    room.goTo({0, 1, 0});
    room.key(Qt::Key_Right, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, ticks.tickOf(Phase::Forward, 4)));
    room.goTo(ticks.endOfTick(0, ticks.tickOf(Phase::Loss)));
    room.key(Qt::Key_Right, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, ticks.tickOf(Phase::Backward, 1)));
    room.key(Qt::Key_Left, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(room.here(), ticks.endOfTick(0, ticks.tickOf(Phase::Loss)));
}

void MainWindowTest::homeAndEndGoToTheStartAndTheLastIteration()
{
    MainRoom room;
    room.goTo({40, 3, 0});
    room.key(Qt::Key_Home);
    QCOMPARE(room.shown(), (Position{0, 0, 0}));
    room.key(Qt::Key_End);
    QCOMPARE(room.shown().iteration, room.window->session().frontier());
    QVERIFY(room.shown().iteration >= 40);
}

void MainWindowTest::resetBringsBackTheVerySameWeights()
{
    MainRoom room;
    const Eigen::MatrixXd before = room.window->playback().frame().trace().parameters.front().before;
    room.goTo({120, 3, 0});
    QVERIFY(room.window->playback().frame().trace().parameters.front().before != before);
    room.key(Qt::Key_R);
    QCOMPARE(room.shown().iteration, 0);
    QVERIFY(room.window->playback().frame().trace().parameters.front().before == before);
}

void MainWindowTest::clickingATickGoesThere()
{
    MainRoom room;
    TickSlider* ticks = room.window->timeline()->ticks();
    const unrolled::TickLayout layout = room.window->session().ticks();
    for (const int tick :
         {2, 0, layout.tickOf(Phase::Loss), layout.tickOf(Phase::Backward, 1), layout.ticks() - 1}) {
        QTest::mouseClick(ticks, Qt::LeftButton, {}, ticks->strip().cell(tick).center().toPoint());
        room.settle();
        QCOMPARE(room.shown(), layout.endOfTick(0, tick));
    }
}

void MainWindowTest::draggingTheIterationSliderScrubs()
{
    MainRoom room;
    IterationSlider* slider = room.window->timeline()->iterations();
    const auto place = [&](std::int64_t iteration) {
        return QPoint(qRound(slider->scale().x(iteration)), slider->height() / 2);
    };
    QTest::mousePress(slider, Qt::LeftButton, {}, place(30));
    for (const int iteration : {60, 90, 150}) {
        QTest::mouseMove(slider, place(iteration));
        room.settle();
        QCOMPARE(room.shown().iteration, slider->scale().iterationAt(place(iteration).x()));
    }
    QTest::mouseRelease(slider, Qt::LeftButton, {}, place(150));
    QVERIFY(room.window->session().frontier() >= 149);
    QCOMPARE(room.window->timeline()->number()->value(), room.shown().iteration);
}

void MainWindowTest::buttonsDoNotStealTheSpaceBarAfterAClick()
{
    MainRoom room;
    room.goTo({0, 0, 0});
    auto* forward = room.named<RoundButton>(QStringLiteral("Step forward"));
    QVERIFY(forward);
    QTest::mouseClick(forward, Qt::LeftButton);
    room.settle();
    const Position after = room.here();
    QVERIFY(after > (Position{0, 0, 0}));
    QVERIFY(!forward->hasFocus());
    room.key(Qt::Key_Space);
    QVERIFY(room.window->playback().isPlaying());
    room.window->playback().pause();
    // With the focus from the keyboard it is the button's own key.
    forward->setFocus(Qt::TabFocusReason);
    const Position before = room.here();
    QTest::keyClick(forward, Qt::Key_Space);
    room.settle();
    QVERIFY(!room.window->playback().isPlaying());
    QVERIFY(room.here() > before);
}

void MainWindowTest::digitsOpenTheCellOfThatStep()
{
    MainRoom room;
    auto* cell = qobject_cast<CellView*>(room.window->views().find(QStringLiteral("cell")));
    QVERIFY(cell);
    room.key(Qt::Key_2);
    QCOMPARE(cell->cellTime(), 2);
    room.key(Qt::Key_4);
    QCOMPARE(cell->cellTime(), 4);
    room.key(Qt::Key_9); // hello has four steps
    QCOMPARE(cell->cellTime(), 4);
    room.key(Qt::Key_F);
    QCOMPARE(cell->cellTime(), 0);
}

void MainWindowTest::changingTheCellRestartsAndUndoBringsItBack()
{
    MainRoom room;
    room.goTo({20, 3, 0});
    const Experiment before = room.window->document().experiment();
    auto* lstm = room.named<QAbstractButton>(QStringLiteral("LSTM cell"));
    QVERIFY(lstm);
    QTest::mouseClick(lstm, Qt::LeftButton);
    room.settle();
    QCOMPARE(room.window->session().experiment().model.cell.kind, CellKind::Lstm);
    QVERIFY(room.window->playback().frame().trace().hasChannel("c"));
    QCOMPARE(room.shown().iteration, 0);
    room.key(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(room.window->session().experiment() == before);
    QVERIFY(!room.window->playback().frame().trace().hasChannel("c"));
    auto* rnn = room.named<QAbstractButton>(QStringLiteral("RNN cell"));
    QVERIFY(rnn->isChecked());
    room.key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(room.window->session().experiment().model.cell.kind, CellKind::Lstm);
}

void MainWindowTest::aLearningRateBecomesAnInterventionAndUndoRemovesIt()
{
    MainRoom room;
    room.goTo({12, 3, 0});
    room.window->actions().settings->trigger();
    auto* rate = room.named<NumberEdit>(QStringLiteral("Learning rate"));
    QVERIFY(rate && rate->isVisible());
    rate->setFocus();
    rate->selectAll();
    QTest::keyClicks(rate, QStringLiteral("0.1"));
    QVERIFY(room.window->document().experiment().interventions.empty()); // not while typing
    QTest::keyClick(rate, Qt::Key_Return);
    room.settle();
    const auto& interventions = room.window->session().experiment().interventions;
    QCOMPARE(interventions.size(), std::size_t(1));
    QCOMPARE(interventions[0].iteration, 12);
    QCOMPARE(interventions[0].set, std::string("training.learning_rate"));
    QCOMPARE(std::get<double>(interventions[0].value), 0.1);
    QCOMPARE(room.shown().iteration, 12);
    QCOMPARE(room.window->playback().frame().trace().learningRate, 0.1);
    room.window->actions().undo->trigger();
    room.settle();
    QVERIFY(room.window->session().experiment().interventions.empty());
    QCOMPARE(room.window->playback().frame().trace().learningRate, 0.03);
    QCOMPARE(rate->value(), 0.03);
}

void MainWindowTest::anInterventionCanBeRemovedInThePanel()
{
    MainRoom room;
    Experiment changed = room.window->document().experiment();
    changed.interventions = {{5, "training.learning_rate", 0.5},
                             {9, "training.optimizer", std::string("sgd")}};
    room.window->document().change(changed, QStringLiteral("two changes"));
    room.window->actions().settings->trigger();
    room.settle();
    auto* remove =
        room.named<QAbstractButton>(QStringLiteral("Remove: Learning rate 0.5 from iteration 5 on"));
    QVERIFY(remove);
    QTest::mouseClick(remove, Qt::LeftButton);
    room.settle();
    const auto& left = room.window->session().experiment().interventions;
    QCOMPARE(left.size(), std::size_t(1));
    QCOMPARE(left[0].iteration, 9);
}

void MainWindowTest::fieldsKeepTheKeysThatAreTypedIntoThem()
{
    MainRoom room;
    room.window->actions().settings->trigger();
    auto* rate = room.named<NumberEdit>(QStringLiteral("Learning rate"));
    rate->setFocus();
    rate->clear();
    const Position before = room.here();
    const std::uint64_t seed = room.window->document().experiment().seed;
    for (const Qt::Key key : {Qt::Key_T, Qt::Key_N, Qt::Key_R, Qt::Key_1, Qt::Key_Space, Qt::Key_F,
                              Qt::Key_Left, Qt::Key_Home, Qt::Key_Right, Qt::Key_End})
        QTest::keyClick(rate, key);
    room.settle();
    QCOMPARE(rate->text(), QStringLiteral("tnr1 f"));
    QCOMPARE(room.here(), before);
    QCOMPARE(room.window->document().experiment().seed, seed);
    QVERIFY(!room.window->playback().isPlaying());
    QVERIFY(!room.window->session().isTraining());
    QCOMPARE(room.window->session().frontier(), 0);
}

void MainWindowTest::aNewSeedIsAnotherRun()
{
    MainRoom room;
    const auto before = room.window->playback().frame().trace().parameters.front().before;
    room.key(Qt::Key_N);
    QVERIFY(room.window->session().experiment().seed != 1);
    QVERIFY(room.window->playback().frame().trace().parameters.front().before != before);
    room.window->document().undoStack()->undo();
    room.settle();
    QCOMPARE(room.window->session().experiment().seed, std::uint64_t(1));
    QVERIFY(room.window->playback().frame().trace().parameters.front().before == before);
}

void MainWindowTest::trainingRunsToThePlannedEndAndOn()
{
    MainRoom room;
    room.key(Qt::Key_T);
    QTRY_VERIFY(!room.window->session().isTraining());
    QCOMPARE(room.window->session().frontier(), 300);
    QCOMPARE(room.window->timeline()->iterations()->maximum(), 300);
    room.key(Qt::Key_T);
    QTRY_VERIFY(!room.window->session().isTraining());
    QCOMPARE(room.window->session().frontier(), 600);
    QCOMPARE(room.window->timeline()->iterations()->maximum(), 600);
}

void MainWindowTest::everyActionIsInAMenuAndHasWords()
{
    MainRoom room;
    const QList<QAction*> inMenus = menuActions(*room.window);
    QVERIFY(inMenus.size() > 60);
    for (const QAction* action : inMenus)
        QVERIFY(!action->text().isEmpty());
    for (QAction* action : room.window->findChildren<QAction*>(Qt::FindDirectChildrenOnly)) {
        if (!action->isSeparator() && !action->text().isEmpty())
            QVERIFY2(inMenus.contains(action), qPrintable(action->text()));
    }
    for (const QAction* action : inMenus) {
        if (!action->shortcut().isEmpty())
            QVERIFY2(action->toolTip().contains(action->shortcut().toString(QKeySequence::NativeText)),
                     qPrintable(action->toolTip()));
    }
}

void MainWindowTest::noTwoActionsShareAShortcut()
{
    MainRoom room;
    QHash<QKeySequence, const QAction*> taken;
    for (const QAction* action : menuActions(*room.window)) {
        for (const QKeySequence& key : action->shortcuts()) {
            if (const QAction* other = taken.value(key); other && other != action)
                QFAIL(qPrintable(key.toString() + QStringLiteral(": ") + action->text() +
                                 QStringLiteral(", ") + other->text()));
            taken.insert(key, action);
        }
    }
    QVERIFY(taken.size() > 25);
}

void MainWindowTest::everyEntryOfAMenuHasALetterOfItsOwn()
{
    const MainRoom room;
    QList<const QMenu*> menus;
    for (const QAction* top : room.window->menuBar()->actions())
        menus << top->menu();
    for (qsizetype i = 0; i < menus.size(); ++i) {
        QHash<QString, QString> taken;
        for (const QAction* action : menus[i]->actions()) {
            if (action->menu())
                menus << action->menu();
            const QString letter = QKeySequence::mnemonic(action->text()).toString();
            if (letter.isEmpty())
                continue;
            QVERIFY2(!taken.contains(letter),
                     qPrintable(menus[i]->title() + QLatin1String(": ") + taken.value(letter) +
                                QLatin1String(", ") + action->text()));
            taken[letter] = action->text();
        }
    }
}

void MainWindowTest::everyControlHasAnAccessibleName()
{
    MainRoom room;
    room.window->actions().settings->trigger();
    room.settle();
    int counted = 0;
    for (const QWidget* widget : room.window->findChildren<QWidget*>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() ||
            widget->objectName().startsWith(QLatin1String("qt_")))
            continue;
        if (qobject_cast<const QAbstractItemView*>(widget->parentWidget()))
            continue;
        ++counted;
        const QString what =
            QLatin1String(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName();
        QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(what));
        const bool view = qobject_cast<const View*>(widget) || qobject_cast<const QAbstractSlider*>(widget);
        QVERIFY2(view || !widget->toolTip().isEmpty(), qPrintable(what + widget->accessibleName()));
    }
    QVERIFY(counted > 20);
}

void MainWindowTest::viewsAreDescribedWhenThePlaybackRests()
{
    MainRoom room;
    room.key(Qt::Key_Right);
    for (const ViewHost::Entry& entry : room.window->views().entries()) {
        QCOMPARE(entry.view->accessibleName(), entry.view->title());
        if (entry.view->isVisible())
            QTRY_COMPARE(entry.view->accessibleDescription(), entry.view->describe());
    }
}

void MainWindowTest::hiddenPartsCatchUpWhenShown()
{
    MainRoom room;
    View* gates = room.window->views().find(QStringLiteral("gates"));
    QVERIFY(!gates->isVisible());
    room.goTo({17, 3, 0});
    QVERIFY(gates->frame().empty() || gates->frame().position.iteration != 17);
    auto* tab = room.named<QAbstractButton>(gates->title());
    QVERIFY(tab);
    QTest::mouseClick(tab, Qt::LeftButton);
    QVERIFY(gates->isVisible());
    QCOMPARE(gates->frame().position, room.shown());
}

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
