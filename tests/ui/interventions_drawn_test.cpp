#include "frames.h"
#include "touch_room.h"

#include "core/files/experiment_file.h"
#include "ui/paint/arrow.h"
#include "ui/paint/caption.h"
#include "ui/paint/cell_geometry.h"
#include "ui/paint/cell_moment.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/equation.h"
#include "ui/paint/palette.h"
#include "ui/panels/timeline_bar.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/cell_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/unrolled_words.h"

#include <QPushButton>
#include <QUndoStack>

/// What was changed of the run, in the pictures, in words, on the timeline and in the list.
class InterventionsDrawnTest : public QObject
{
    Q_OBJECT
private slots:
    void aCutAndASilencedLossAreDrawnAndTold();
    void overACutNothingIsSaidToGoBack();
    void aClampIsMarkedAndTold();
    void theRunWithoutTheChangesStandsBehindTheColumnsOfALongSequence();
    void theRunWithoutTheChangesIsSeenOnlyWhereItDiffers();
    void outputsThatAreNumbersHaveTheirGhost_data();
    void outputsThatAreNumbersHaveTheirGhost();
    void gradientsOfUnitsHaveTheirGhost();
    void theListGoesToAnInterventionAndRemovesIt();
    void aChangeAtTheStartIsSeenWhereOneLooked();
    void aMarkOfTheTimelineSaysWhatItIs();
};

void InterventionsDrawnTest::aCutAndASilencedLossAreDrawnAndTold()
{
    TouchRoom room;
    auto* view = room.view<UnrolledView>("unrolled");
    const UnrolledGeometry geometry = view->geometryNow();
    const QImage before = view->grab().toImage();
    TouchRoom::rightClick(view, geometry.recurrentArrow(3, 0).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Cut h₂ → h₃")));
    TouchRoom::rightClick(view, geometry.lossRect(4).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Silence L₄")));
    view->setFrame(room.window->playback().frame());
    const QImage after = view->grab().toImage();
    const QRect arrow = QRectF(geometry.recurrentArrow(3, 0).p1(), geometry.recurrentArrow(3, 0).p2())
                            .toAlignedRect()
                            .adjusted(2, -8, -2, 8);
    QVERIFY(before.copy(arrow) != after.copy(arrow));
    QVERIFY(before.copy(geometry.lossRect(4).toRect()) != after.copy(geometry.lossRect(4).toRect()));
    // Since when, also later on.
    room.goTo(here + 3);
    const Frame& frame = room.window->playback().frame();
    const QString since = QStringLiteral("from iteration %1 on").arg(here);
    UnrolledHit hit;
    hit.t = 3;
    hit.item = UnrolledHit::Item::Recurrence;
    QVERIFY2(unrolledTooltip(frame, geometry, hit).contains(QStringLiteral("h₂ → h₃ cut ") + since),
             qPrintable(unrolledTooltip(frame, geometry, hit)));
    hit.t = 4;
    hit.item = UnrolledHit::Item::Loss;
    QVERIFY2(unrolledTooltip(frame, geometry, hit).contains(QStringLiteral("L₄ silenced ") + since),
             qPrintable(unrolledTooltip(frame, geometry, hit)));
    view->setFrame(frame);
    const QString words = view->describe();
    QVERIFY2(words.contains(QStringLiteral("cut off from the step before")), qPrintable(words));
    QVERIFY2(words.contains(QStringLiteral("its loss is silenced")), qPrintable(words));
}

void InterventionsDrawnTest::overACutNothingIsSaidToGoBack()
{
    TouchRoom room(CellKind::Lstm);
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().recurrentArrow(3, 0).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Cut h₂, c₂ → h₃, c₃")));
    const TickLayout& ticks = room.window->session().ticks();
    room.window->playback().setPosition(ticks.endOfTick(here, ticks.tickOf(Phase::Backward, 3)));
    room.settle();
    const Frame& frame = room.window->playback().frame();
    QVERIFY2(caption(frame).contains(QStringLiteral("the connection to step 2 is cut")),
             qPrintable(caption(frame)));
    const Equation equation = equationOf(frame, cellMoment(frame, 3, 0));
    QCOMPARE(equation.rows, 0); // the note says it once for all units
    QVERIFY(equation.note(1).contains(QStringLiteral("is cut")));
    for (const char* state : {"h", "c"}) {
        const SignalKind kind = *state == 'h' ? SignalKind::PreviousHidden : SignalKind::PreviousCell;
        QVERIFY(signalGradient(frame.trace(), 0, 3, {kind, {}}).isZero(0));
        QVERIFY(!signalGradient(frame.trace(), 0, 4, {kind, {}}).isZero(0));
    }
    // Nor does the first step hear of what lies behind the cut.
    Frame first = frame;
    first.position = ticks.endOfTick(here, ticks.tickOf(Phase::Backward, 1));
    QVERIFY2(caption(first).contains(QStringLiteral("nothing came over the cut between steps 2 and 3")),
             qPrintable(caption(first)));
    // What arrives at h₂ comes from its own answer alone.
    const HiddenGradientParts parts = hiddenGradientParts(frame.trace(), 0, 2);
    QVERIFY(parts.later.isZero(0));
    QVERIFY((parts.above - frame.trace().channel(0, "h").gradient.col(1)).norm() < 1e-15);
}

void InterventionsDrawnTest::aClampIsMarkedAndTold()
{
    TouchRoom room(CellKind::Lstm);
    auto* gates = room.view<GatesView>("gates");
    auto* cell = room.view<CellView>("cell");
    cell->setCell(2, 0);
    const HeatLayout at = gates->layout();
    const QRectF place = at.blocks.at(1).cell(1, 0);
    const CellGraph& graph = cellGraph(room.window->playback().frame().trace().cell);
    const CellLayout layout = layoutCell(graph, cellAreas(cell->size(), 4).graph, 3);
    const QRect node = layout.nodes[static_cast<std::size_t>(graph.node("f"))].toAlignedRect();
    const QImage before = cell->grab().toImage().copy(node);
    TouchRoom::rightClick(gates, place.center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Clamp f of unit 1 at step 2…")));
    room.enter(QStringLiteral("1"));
    gates->setFrame(room.window->playback().frame());
    cell->setFrame(room.window->playback().frame());
    QVERIFY2(gates->textAt(place.center()).contains(QStringLiteral("clamped to 1")),
             qPrintable(gates->textAt(place.center())));
    const QImage map = gates->grab().toImage();
    const QRectF shown = gates->layout().blocks.at(1).cell(1, 0);
    const int x = static_cast<int>(shown.center().x());
    const QColor ink = paletteFor(gates->palette()).text;
    bool marked = false; // along the lower edge
    for (int y = static_cast<int>(shown.bottom()) - 3; y <= static_cast<int>(shown.bottom()); ++y)
        marked = marked || map.pixelColor(x, y) == ink;
    QVERIFY(marked);
    for (int y = static_cast<int>(shown.top()); y < static_cast<int>(shown.center().y()) - 8; ++y)
        QVERIFY(map.pixelColor(x, y) != ink);
    QVERIFY(before != cell->grab().toImage().copy(node));
    auto* network = room.view<UnrolledView>("unrolled");
    network->setFrame(room.window->playback().frame());
    const QImage picture = network->grab().toImage();
    for (const int t : {1, 2, 3}) {
        const QRect header =
            network->geometryNow().cellStateHeader(t, 0).toAlignedRect().adjusted(0, 0, 0, 3);
        int inked = 0; // beneath the letter f; the name of the state is on the left
        for (int px = header.center().x(); px <= header.right(); ++px) {
            for (int y = header.top(); y <= header.bottom(); ++y)
                inked += picture.pixelColor(px, y) == ink;
        }
        QCOMPARE(inked > 0, t == 2);
    }
    const TickLayout& ticks = room.window->session().ticks();
    const Position at2{here, ticks.tickOf(Phase::Forward, 2), 0};
    room.window->playback().setPosition(
        ticks.next(ticks.next(at2, StepSize::Operation), StepSize::Operation));
    room.settle();
    const Frame& frame = room.window->playback().frame();
    CellMoment moment = cellMoment(frame, 2, 0);
    moment.lit = moment.done = 1; // i, then f
    const EquationRow row = equationOf(frame, moment).row(0);
    QCOMPARE(row.pieces.front().text, QStringLiteral("clamped"));
    QCOMPARE(row.result, 1.0);
    room.goTo(here);
    gates->setFrame(room.window->playback().frame());
    // Offered again, the clamp can be ended.
    TouchRoom::rightClick(gates, shown.center().toPoint());
    QVERIFY2(room.pick(QStringLiteral(
                 "End at iteration 4: f of unit 1 at step 2 clamped to 1 from iteration 4 on")),
             qPrintable(room.offered().join(QLatin1Char('\n'))));
    QVERIFY(room.interventions().empty());
}

void InterventionsDrawnTest::theRunWithoutTheChangesStandsBehindTheColumnsOfALongSequence()
{
    Experiment experiment = withSettings(
        Experiment(), {"task.id=adding", "task.length=60", "model.hidden=[8]", "model.init=orthogonal"});
    const Frame untouched = frames::of(experiment);
    Intervention cut; // changes L and what reaches the first half
    cut.kind = InterventionKind::Cut;
    cut.steps = {30};
    experiment.interventions = {cut};
    Frame frame = frames::of(experiment);
    frame.position = frame.ticks.endOfIteration(0);
    UnrolledView view;
    view.resize(900, 420);
    view.setFrame(frame);
    const QImage alone = view.grab().toImage();
    frame.ghosts = {untouched.lane()};
    QVERIFY(ghostOf(frame));
    view.setFrame(frame);
    const QImage behind = view.grab().toImage();
    for (const int t : {10, 25}) { // cut off: nothing comes back to it, and without the cut something does
        QVERIFY(frame.trace().channel(0, "h").gradient.col(t - 1).isZero(0));
        const double size = untouched.trace().channel(0, "h").gradient.col(t - 1).norm();
        const QRectF rect = view.geometryNow().gradientRect(t, 0);
        const int x = qRound(rect.center().x());
        const int y =
            qRound(std::round(rect.bottom() - 3) - (rect.height() - 8) * gradientStrength(size)) - 1;
        QVERIFY(gradientStrength(size) > 0.2);
        QCOMPARE(behind.pixelColor(x, y), paletteFor(view.palette()).text);
        QVERIFY(alone.pixelColor(x, y) != behind.pixelColor(x, y));
    }
}

void InterventionsDrawnTest::theRunWithoutTheChangesIsSeenOnlyWhereItDiffers()
{
    Experiment experiment;
    const Frame untouched = frames::of(experiment);
    Intervention cut;
    cut.kind = InterventionKind::Cut;
    cut.steps = {2};
    experiment.interventions = {cut};
    Frame frame = frames::of(experiment);
    frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
    UnrolledView view;
    view.resize(928, 440);
    view.setFrame(frame);
    const QImage alone = view.grab().toImage();
    frame.ghosts = {untouched.lane()};
    view.setFrame(frame);
    const QImage behind = view.grab().toImage();
    const UnrolledGeometry geometry = view.geometryNow();
    for (int t = 1; t <= 4; ++t) {
        const QRect cell = geometry.cellRect(t, 0).toRect();
        const QRect answers = geometry.outputsRect(t).toRect();
        QCOMPARE(alone.copy(cell) == behind.copy(cell), t <= 2);
        QCOMPARE(alone.copy(answers) == behind.copy(answers), t <= 2);
    }
}

void InterventionsDrawnTest::outputsThatAreNumbersHaveTheirGhost_data()
{
    QTest::addColumn<int>("steps");
    QTest::newRow("as bars with numbers") << 6;
    QTest::newRow("as a strip") << 60;
}

void InterventionsDrawnTest::outputsThatAreNumbersHaveTheirGhost()
{
    QFETCH(int, steps);
    Experiment experiment = withSettings(
        Experiment(), {"task.id=adding", "task.length=" + std::to_string(steps), "model.hidden=[4]"});
    const Frame untouched = frames::of(experiment);
    Intervention bias;
    bias.kind = InterventionKind::Weight;
    bias.set = "out.bias";
    bias.value = 0.5; // the states stay what they are
    experiment.interventions = {bias};
    Frame frame = frames::of(experiment);
    frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Loss));
    UnrolledView view;
    view.resize(900, 420);
    view.setFrame(frame);
    const QImage alone = view.grab().toImage();
    frame.ghosts = {untouched.lane()};
    view.setFrame(frame);
    const QImage behind = view.grab().toImage();
    const UnrolledGeometry geometry = view.geometryNow();
    const QRect outputs = geometry.outputsRect(3).toRect();
    const QRect cell = geometry.cellRect(3, 0).toRect();
    QVERIFY(alone.copy(outputs) != behind.copy(outputs));
    QCOMPARE(alone.copy(cell), behind.copy(cell));
}

void InterventionsDrawnTest::gradientsOfUnitsHaveTheirGhost()
{
    Experiment experiment;
    const Frame untouched = frames::of(experiment);
    Intervention cut;
    cut.kind = InterventionKind::Cut;
    cut.steps = {2};
    experiment.interventions = {cut};
    Frame frame = frames::of(experiment);
    UnrolledView view;
    view.resize(928, 440);
    const auto cellOne = [&](int tick, bool ghost) {
        frame.position = frame.ticks.endOfTick(0, tick);
        frame.ghosts = ghost ? std::vector<Lane>{untouched.lane()} : std::vector<Lane>();
        view.setFrame(frame);
        return view.grab().toImage().copy(view.geometryNow().cellRect(1, 0).toRect());
    };
    // Before the cut the values are the same; what comes back is not.
    const int loss = frame.ticks.tickOf(Phase::Loss);
    const int back = frame.ticks.tickOf(Phase::Backward, 1);
    QCOMPARE(cellOne(loss, true), cellOne(loss, false));
    QVERIFY(cellOne(back, true) != cellOne(back, false));
}

void InterventionsDrawnTest::theListGoesToAnInterventionAndRemovesIt()
{
    TouchRoom room;
    room.goTo(12);
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().lossRect(4).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Silence L₄")));
    room.goTo(3);
    room.key(Qt::Key_I, Qt::ControlModifier);
    auto* go = qobject_cast<QAbstractButton*>(QApplication::focusWidget());
    QVERIFY(go);
    QCOMPARE(go->accessibleName(), QStringLiteral("Go to iteration 12: L₄ silenced from iteration 12 on"));
    QTest::keyClick(go, Qt::Key_Space);
    room.settle();
    QCOMPARE(room.window->playback().position().iteration, 12);
    QAbstractButton* remove = nullptr;
    for (auto* button : room.window->findChildren<QAbstractButton*>()) {
        if (button->accessibleName() == QStringLiteral("Remove: L₄ silenced from iteration 12 on"))
            remove = button;
    }
    QVERIFY(remove);
    QTest::mouseClick(remove, Qt::LeftButton);
    room.settle();
    QVERIFY(room.interventions().empty());
    QCOMPARE(room.window->document().undoStack()->undoText(), QStringLiteral("Remove: Silence L₄"));
}

void InterventionsDrawnTest::aChangeAtTheStartIsSeenWhereOneLooked()
{
    TouchRoom room;
    const TickLayout ticks = room.window->session().ticks();
    const Position before = ticks.endOfTick(0, ticks.tickOf(Phase::Backward, 3));
    room.window->playback().setPosition(before);
    room.settle();
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().recurrentArrow(3, 0).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Cut h₂ → h₃")));
    QCOMPARE(room.interventions().front().iteration, std::int64_t(0));
    QCOMPARE(room.window->playback().position(), before);
    room.window->document().undoStack()->undo();
    room.settle();
    QCOMPARE(room.window->playback().position(), before);
    // Another model begins where there is something to see.
    Experiment other = room.window->document().experiment();
    other.model.hidden = {4};
    room.window->take(other);
    room.settle();
    QCOMPARE(room.window->playback().position(), ticks.endOfTick(0, ticks.tickOf(Phase::Loss)));
}

void InterventionsDrawnTest::aMarkOfTheTimelineSaysWhatItIs()
{
    TouchRoom room;
    room.goTo(12);
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().recurrentArrow(4, 0).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Cut h₃ → h₄")));
    const auto* slider = room.window->timeline()->findChild<IterationSlider*>();
    QVERIFY(slider);
    const int at = static_cast<int>(std::lround(slider->scale().x(12)));
    QVERIFY2(slider->textAt(at).contains(QStringLiteral("h₃ → h₄ cut from iteration 12 on")),
             qPrintable(slider->textAt(at)));
    QVERIFY(!slider->textAt(at + 60).contains(QStringLiteral("cut")));
}

QTEST_MAIN(InterventionsDrawnTest)
#include "interventions_drawn_test.moc"
