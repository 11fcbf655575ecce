#include "touch_room.h"

#include "core/files/experiment_file.h"
#include "ui/paint/cell_geometry.h"
#include "ui/paint/cell_moment.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/cell_view.h"
#include "ui/views/comparison_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/weights_view.h"

#include <QLabel>
#include <QMenuBar>
#include <QPushButton>
#include <QSpinBox>
#include <QUndoStack>

/// Changes of the run by mouse and by keyboard, where the things are drawn.
class InterventionsViewTest : public QObject
{
    Q_OBJECT
private slots:
    void eachChangeActsFromItsIterationOnIsUndoneAndSaved_data();
    void eachChangeActsFromItsIterationOnIsUndoneAndSaved();
    void aCutChosenAgainEndsThere();
    void aChangeForOneIterationIsOverInTheNext();
    void theSameThingAtTheSameIterationIsReplaced();
    void theKeyboardOffersWhatIsAtTheCursor_data();
    void theKeyboardOffersWhatIsAtTheCursor();
    void theMenuOffersTheSame();
    void theDialogTellsWhatWillBeTrainedAnew();
    void aWrongNumberIsToldAndEscapeChangesNothing();
    void endingOnePartOfACutLeavesTheRest();
    void whereNothingCanBeChangedNoMenuOpens();
    void aWeightIsHeldUpToAnIteration();
    void anotherModelIsPutFirstToBeChanged();
    void aModelIsOfferedWhatItHas();
};

/// Whether one of the labels of a window has these words.
static bool tells(const QWidget& window, const QString& words)
{
    const auto labels = window.findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel* label) { return label->text().contains(words); });
}

using Request = std::function<void(TouchRoom&)>;
using Effect = std::function<bool(const IterationTrace& changed, const IterationTrace& untouched)>;
Q_DECLARE_METATYPE(Request)
Q_DECLARE_METATYPE(Effect)

void InterventionsViewTest::eachChangeActsFromItsIterationOnIsUndoneAndSaved_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<Request>("request");
    QTest::addColumn<QString>("text");
    QTest::addColumn<Effect>("effect");
    const int rnn = static_cast<int>(CellKind::Rnn);
    const int lstm = static_cast<int>(CellKind::Lstm);

    for (const int cell : {rnn, lstm}) {
        QTest::addRow("a connection is cut on its arrow, %s", title(static_cast<CellKind>(cell)).data())
            << cell << Request([](TouchRoom& room) {
                   auto* view = room.view<UnrolledView>("unrolled");
                   const QPointF arrow = view->geometryNow().recurrentArrow(3, 0).center();
                   TouchRoom::rightClick(view, arrow.toPoint());
                   const bool both = room.window->document().experiment().model.cell.kind == CellKind::Lstm;
                   QVERIFY(room.pick(both ? QStringLiteral("Cut h₂, c₂ → h₃, c₃")
                                          : QStringLiteral("Cut h₂ → h₃")));
               })
            << (cell == lstm ? QStringLiteral("Cut h₂, c₂ → h₃, c₃") : QStringLiteral("Cut h₂ → h₃"))
            << Effect([](const IterationTrace& changed, const IterationTrace& untouched) {
                   return changed.edits.cutAfter(0, 2) && changed.previousState(0, "h", 3).isZero(0) &&
                          !untouched.previousState(0, "h", 3).isZero(0) &&
                          changed.channel(0, "h").value.leftCols(2) ==
                              untouched.channel(0, "h").value.leftCols(2);
               });
    }
    QTest::newRow("a weight is set in its map")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<WeightsView>("weights");
               view->choose("rnn.weight_hh_l0");
               TouchRoom::rightClick(view, view->layout().maps.front().cell(2, 1).center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Set W_hh[2,3]…")));
               room.enter(QStringLiteral("0.5"));
           })
        << QStringLiteral("Set W_hh[2,3] to 0.5")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               Eigen::MatrixXd expected = recurrent(was);
               expected(1, 2) = 0.5;
               return recurrent(changed) == expected;
           });
    QTest::newRow("a weight of the second gate is set where only that gate is shown")
        << lstm << Request([](TouchRoom& room) {
               auto* view = room.view<WeightsView>("weights");
               view->choose("rnn.weight_hh_l0", 1);
               TouchRoom::rightClick(view, view->layout().maps.front().cell(0, 2).center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Set W_h[6,1]…")));
               room.enter(QStringLiteral("-2"));
           })
        << QStringLiteral("Set W_h[6,1] to −2")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return recurrent(changed)(5, 0) == -2 && recurrent(was)(5, 0) != -2;
           });
    QTest::newRow("the recurrent matrix is scaled to a spectral radius")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<WeightsView>("weights");
               view->choose("rnn.weight_hh_l0");
               TouchRoom::rightClick(view, view->layout().maps.front().cell(0, 0).center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Scale W_hh to spectral radius…")));
               const double present = spectrumOf(recurrent(room.window->playback().frame().trace())).radius;
               QCOMPARE(room.dialog()->findChild<NumberEdit*>()->value(), present);
               room.enter(QStringLiteral("1.5"));
           })
        << QStringLiteral("Scale W_hh to spectral radius 1.5")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return std::abs(spectrumOf(recurrent(changed)).radius - 1.5) < 1e-12 &&
                      std::abs(spectrumOf(recurrent(was)).radius - 1.5) > 1e-3;
           });
    QTest::newRow("the recurrent matrix is scaled where it stands in the unrolled network")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<UnrolledView>("unrolled");
               TouchRoom::rightClick(view, view->geometryNow().recurrentChip(3, 0).center().toPoint());
               QVERIFY(room.offered().contains(QStringLiteral("Cut h₂ → h₃")));
               QVERIFY(room.pick(QStringLiteral("Scale W_hh to spectral radius…")));
               const double present = spectrumOf(recurrent(room.window->playback().frame().trace())).radius;
               QCOMPARE(room.dialog()->findChild<NumberEdit*>()->value(), present);
               room.enter(QStringLiteral("0.9"));
           })
        << QStringLiteral("Scale W_hh to spectral radius 0.9")
        << Effect([](const IterationTrace& changed, const IterationTrace&) {
               return std::abs(spectrumOf(recurrent(changed)).radius - 0.9) < 1e-12;
           });
    QTest::newRow("a gate is clamped in its map, all units at all steps")
        << lstm << Request([](TouchRoom& room) {
               auto* view = room.view<GatesView>("gates");
               const HeatLayout at = view->layout(); // i, f, …
               TouchRoom::rightClick(view, at.blocks.at(1).cell(2, 1).center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Clamp f of unit 2 at step 3…")));
               room.choice(QStringLiteral("Units"))->setCurrentIndex(0);
               room.choice(QStringLiteral("Time steps"))->setCurrentIndex(0);
               room.enter(QStringLiteral("1"));
           })
        << QStringLiteral("Clamp f to 1") << Effect([](const IterationTrace& changed, const IterationTrace&) {
               return changed.channel(0, "f").value == Eigen::MatrixXd::Ones(3, 4) &&
                      changed.channel(0, "a_f").gradient.isZero(0);
           });
    QTest::newRow("a gate is clamped in the cell, one unit at one step")
        << lstm << Request([](TouchRoom& room) {
               auto* view = room.view<CellView>("cell");
               view->setCell(2, 0);
               view->setUnit(2);
               const CellGraph& graph = cellGraph(room.window->playback().frame().trace().cell);
               const CellLayout layout = layoutCell(graph, cellAreas(view->size(), std::max(3, 4)).graph, 3);
               const auto gate = static_cast<std::size_t>(graph.node("f"));
               TouchRoom::rightClick(view, layout.nodes[gate].center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Clamp f of unit 3 at step 2…")));
               room.enter(QStringLiteral("0.25"));
           })
        << QStringLiteral("Clamp f of unit 3 at step 2 to 0.25")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               const Eigen::MatrixXd& f = changed.channel(0, "f").value;
               return f(2, 1) == 0.25 && f(1, 1) == was.channel(0, "f").value(1, 1) && f(2, 2) != 0.25;
           });
    QTest::newRow("the state of a simple cell is clamped in the cell")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<CellView>("cell");
               view->setCell(3, 0);
               view->setFocus();
               QTest::keyClick(view, Qt::Key_F10, Qt::ShiftModifier);
               QVERIFY(room.pick(QStringLiteral("Clamp h of unit 1 at step 3…")));
               room.choice(QStringLiteral("Units"))->setCurrentIndex(0);
               room.enter(QStringLiteral("0"));
           })
        << QStringLiteral("Clamp h at step 3 to 0")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return changed.channel(0, "h").value.col(2).isZero(0) &&
                      changed.channel(0, "h").value.leftCols(2) == was.channel(0, "h").value.leftCols(2);
           });
    QTest::newRow("the gradient's norm is clipped in the plot of its decay")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<DecayView>("decay");
               TouchRoom::rightClick(view, QPoint(view->width() / 2, view->height() / 2));
               QVERIFY(room.pick(QStringLiteral("Set gradient clipping…")));
               room.enter(QStringLiteral("0.125"));
           })
        << QStringLiteral("Set gradient clipping to 0.125")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return changed.clipped && !was.clipped && changed.gradientNorm == was.gradientNorm;
           });
    QTest::newRow("the learning rate is set in the curve of the loss")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<CurveView>("curve");
               TouchRoom::rightClick(view, view->rect().center());
               QVERIFY(room.pick(QStringLiteral("Set learning rate…")));
               QCOMPARE(room.dialog()->findChild<NumberEdit*>()->value(), 0.03);
               room.enter(QStringLiteral("0.2"));
           })
        << QStringLiteral("Set learning rate to 0.2")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return changed.learningRate == 0.2 && was.learningRate == 0.03;
           });
    QTest::newRow("a loss is silenced on its number")
        << rnn << Request([](TouchRoom& room) {
               auto* view = room.view<UnrolledView>("unrolled");
               TouchRoom::rightClick(view, view->geometryNow().lossRect(4).center().toPoint());
               QVERIFY(room.pick(QStringLiteral("Silence L₄")));
           })
        << QStringLiteral("Silence L₄")
        << Effect([](const IterationTrace& changed, const IterationTrace& was) {
               return !changed.plan[3].counted && was.plan[3].counted &&
                      changed.outputs.y.gradient.col(3).isZero(0) && changed.loss < was.loss;
           });
}

void InterventionsViewTest::eachChangeActsFromItsIterationOnIsUndoneAndSaved()
{
    QFETCH(const int, cell);
    QFETCH(const Request, request);
    QFETCH(const QString, text);
    QFETCH(const Effect, effect);
    TouchRoom room(static_cast<CellKind>(cell));
    const TracePtr earlier = room.traceAt(here - 1);
    const TracePtr untouched = room.traceAt(here);
    const Experiment plain = room.window->document().experiment();

    request(room);
    if (QTest::currentTestFailed())
        return;
    const Experiment touched = room.window->document().experiment();
    QCOMPARE(touched.interventions.size(), std::size_t(1));
    QCOMPARE(touched.interventions[0].iteration, here);
    QCOMPARE(touched.interventions[0].until, Intervention::noEnd);
    QCOMPARE(room.window->document().undoStack()->undoText(), text);
    const TracePtr changed = room.window->playback().frame().lane().trace;
    QCOMPARE(changed->iteration, here); // it stays where it was
    QVERIFY(effect(*changed, *untouched));
    QVERIFY(!same(*changed, *untouched));
    QVERIFY(same(*room.traceAt(here - 1), *earlier));
    const TracePtr later = room.traceAt(here + 20);

    room.goTo(here);
    room.window->actions().undo->trigger();
    room.settle();
    QVERIFY(room.window->document().experiment() == plain);
    QVERIFY(same(*room.traceAt(here), *untouched));
    room.window->actions().redo->trigger();
    room.settle();
    QVERIFY(same(*room.traceAt(here), *changed));
    QVERIFY(same(*room.traceAt(here + 20), *later));

    const QString file = room.directory.filePath(QStringLiteral("touched.json"));
    QString error;
    QVERIFY2(room.window->document().save(file, &error), qPrintable(error));
    QVERIFY(room.window->open(QStringLiteral("adding")));
    room.settle();
    QVERIFY2(room.window->open(file, &error), qPrintable(error));
    room.settle();
    QVERIFY(room.interventions() == touched.interventions);
    QVERIFY(same(*room.traceAt(here + 20), *later));
}

void InterventionsViewTest::aCutChosenAgainEndsThere()
{
    TouchRoom room;
    const auto choose = [&room](const QString& text) {
        auto* view = room.view<UnrolledView>("unrolled");
        TouchRoom::rightClick(view, view->geometryNow().recurrentArrow(2, 0).center().toPoint());
        return room.pick(text);
    };
    const QString text = QStringLiteral("Cut h₁ → h₂");
    QVERIFY(choose(text));
    room.goTo(here + 3);
    QVERIFY(choose(text));
    QCOMPARE(room.interventions().size(), std::size_t(1));
    QCOMPARE(room.interventions()[0].until, here + 3);
    QVERIFY(room.window->playback().frame().trace().edits.empty());
    QVERIFY(room.traceAt(here + 2)->edits.cutAfter(0, 1));
    // Where it began, nothing is left of it.
    room.window->actions().undo->trigger();
    room.goTo(here);
    QVERIFY(choose(text));
    QVERIFY(room.interventions().empty());
}

void InterventionsViewTest::aChangeForOneIterationIsOverInTheNext()
{
    TouchRoom room;
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().lossRect(2).center().toPoint());
    QVERIFY(room.pick(QStringLiteral("Silence L₂ in iteration 4 only")));
    QCOMPARE(room.interventions().size(), std::size_t(1));
    QCOMPARE(room.interventions()[0].until, here + 1);
    QVERIFY(!room.traceAt(here)->plan[1].counted);
    QVERIFY(room.traceAt(here + 1)->plan[1].counted);
}

void InterventionsViewTest::theSameThingAtTheSameIterationIsReplaced()
{
    Experiment experiment;
    Intervention weight;
    weight.iteration = 7;
    weight.kind = InterventionKind::Weight;
    weight.set = "rnn.weight_hh_l0";
    weight.row = 1;
    weight.value = 0.5;
    Intervention other = weight;
    other.column = 2;
    experiment = withIntervention(withIntervention(experiment, weight), other);
    weight.value = 0.25;
    experiment = withIntervention(experiment, weight);
    QCOMPARE(experiment.interventions.size(), std::size_t(2));
    QVERIFY(experiment.interventions[1] == weight);
    // At iteration 0, too, what was set before stays as it was, for the run without the change.
    Intervention rate;
    rate.set = "training.learning_rate";
    rate.value = 0.5;
    const Experiment faster = withIntervention(Experiment(), rate);
    QCOMPARE(faster.training.learningRate, Experiment().training.learningRate);
    QCOMPARE(faster.interventions.size(), std::size_t(1));
    rate.value = faster.training.learningRate;
    QVERIFY(withIntervention(faster, rate).interventions.empty());
    // One that is held lets go where another value is set.
    Intervention held = other;
    held.iteration = 2;
    held.until = 50;
    experiment = withIntervention(withIntervention(Experiment(), held), other);
    QCOMPARE(experiment.interventions.size(), std::size_t(2));
    QCOMPARE(experiment.interventions[0].until, 7);
}

void InterventionsViewTest::theKeyboardOffersWhatIsAtTheCursor_data()
{
    QTest::addColumn<int>("key");
    QTest::addColumn<int>("modifiers");
    QTest::newRow("the menu key") << int(Qt::Key_Menu) << int(Qt::NoModifier);
    QTest::newRow("Shift and F10") << int(Qt::Key_F10) << int(Qt::ShiftModifier);
}

void InterventionsViewTest::theKeyboardOffersWhatIsAtTheCursor()
{
    QFETCH(const int, key);
    QFETCH(const int, modifiers);
    TouchRoom room;
    const TickLayout& ticks = room.window->session().ticks();
    room.window->playback().setPosition(ticks.endOfTick(here, ticks.tickOf(Phase::Backward, 3)));
    room.settle();
    auto* view = room.view<UnrolledView>("unrolled");
    QTest::keyClick(view, static_cast<Qt::Key>(key), Qt::KeyboardModifiers(modifiers));
    const QStringList wanted{QStringLiteral("From iteration 4 on"),
                             QStringLiteral("Cut h₂ → h₃"),
                             QStringLiteral("Cut h₂ → h₃ in iteration 4 only"),
                             QStringLiteral("Cut h₃ → h₄"),
                             QStringLiteral("Cut h₃ → h₄ in iteration 4 only"),
                             QStringLiteral("Silence L₃"),
                             QStringLiteral("Silence L₃ in iteration 4 only")};
    QCOMPARE(room.offered(), wanted);
    const auto* menu = room.window->findChild<QMenu*>(QStringLiteral("changes"));
    QVERIFY(!menu->actions().first()->isEnabled()); // a title
    QCOMPARE(menu->activeAction()->text(), wanted[1]);
}

void InterventionsViewTest::theMenuOffersTheSame()
{
    TouchRoom room;
    QMenu* found = nullptr;
    for (QMenu* menu : room.window->menuBar()->findChildren<QMenu*>()) {
        if (menu->title() == QStringLiteral("Chan&ge the run from here"))
            found = menu;
    }
    QVERIFY(found);
    emit found->aboutToShow();
    QStringList texts;
    for (const QAction* action : found->actions())
        texts << action->text();
    for (const char* wanted :
         {"From iteration 4 on", "Silence L₄", "Set learning rate…", "Set gradient clipping…"})
        QVERIFY2(texts.contains(QString::fromUtf8(wanted)), qPrintable(texts.join(QLatin1Char('\n'))));
}

void InterventionsViewTest::theDialogTellsWhatWillBeTrainedAnew()
{
    TouchRoom room;
    room.goTo(here + 30);
    room.goTo(here);
    auto* view = room.view<CurveView>("curve");
    TouchRoom::rightClick(view, view->rect().center());
    QVERIFY(room.pick(QStringLiteral("Set gradient clipping…")));
    QVERIFY(tells(*room.dialog(),
                  QStringLiteral("Iterations %1 to %2 will be trained anew.").arg(here + 1).arg(here + 30)));
    room.enter(QStringLiteral("0.5"));
    QCOMPARE(room.window->session().frontier(), std::int64_t(here));
    room.window->actions().undo->trigger();
    room.settle();
    QCOMPARE(room.window->session().frontier(), std::int64_t(here + 30));
}

void InterventionsViewTest::aWrongNumberIsToldAndEscapeChangesNothing()
{
    TouchRoom room;
    auto* view = room.view<CurveView>("curve");
    TouchRoom::rightClick(view, view->rect().center());
    QVERIFY(room.pick(QStringLiteral("Set gradient clipping…")));
    QVERIFY(room.dialog() && room.dialog()->isVisible());
    QVERIFY(!tells(*room.dialog(), QStringLiteral("trained anew")));
    auto* edit = room.dialog()->findChild<NumberEdit*>();
    QCOMPARE(edit->selectedText(), edit->text());
    room.enter(QStringLiteral("-1"));
    QVERIFY(room.dialog());
    QVERIFY2(edit->problem().contains(QStringLiteral("0 (off) or a number above 0")),
             qPrintable(edit->problem()));
    QVERIFY(room.interventions().empty());
    QTest::keyClick(room.dialog(), Qt::Key_Escape);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(!room.dialog());
    QVERIFY(room.interventions().empty());
    QVERIFY(!room.window->document().undoStack()->canUndo());
}

void InterventionsViewTest::endingOnePartOfACutLeavesTheRest()
{
    Experiment experiment;
    experiment.model.hidden = {3, 4};
    Intervention cut;
    cut.iteration = 5;
    cut.kind = InterventionKind::Cut;
    cut.steps = {1, 2};
    experiment = withIntervention(experiment, cut);
    Intervention part = cut;
    part.steps = {2};
    part.layer = 1;
    experiment = withEnd(experiment, part, 9);
    const auto cutAt = [&experiment](std::int64_t iteration, int layer, int t) {
        Intervention thing;
        thing.kind = InterventionKind::Cut;
        thing.layer = layer;
        thing.steps = {t};
        return holding(experiment, thing, iteration) != nullptr;
    };
    QVERIFY(cutAt(8, 1, 2));
    QVERIFY(!cutAt(9, 1, 2));
    QVERIFY(cutAt(9, 0, 2));
    QVERIFY(cutAt(9, 1, 1));
    QVERIFY(cutAt(9, 0, 1));
}

void InterventionsViewTest::whereNothingCanBeChangedNoMenuOpens()
{
    TouchRoom room;
    auto* view = room.view<UnrolledView>("unrolled");
    TouchRoom::rightClick(view, view->geometryNow().inputRect(2).center().toPoint());
    QVERIFY(room.offered().isEmpty());
}

void InterventionsViewTest::aWeightIsHeldUpToAnIteration()
{
    TouchRoom room;
    auto* view = room.view<WeightsView>("weights");
    view->choose("rnn.weight_hh_l0");
    const QPoint place = view->layout().maps.front().cell(0, 0).center().toPoint();
    TouchRoom::rightClick(view, place);
    QVERIFY(room.pick(QStringLiteral("Set W_hh[1,1]…")));
    auto* when = room.choice(QStringLiteral("When"));
    QVERIFY(when->itemText(0).startsWith(QLatin1String("once, at iteration 4")));
    QCOMPARE(when->itemText(1), QStringLiteral("held from iteration 4 up to another one"));
    when->setCurrentIndex(1);
    room.dialog()->findChild<QSpinBox*>()->setValue(8);
    room.enter(QStringLiteral("0.75"));
    QCOMPARE(room.interventions().size(), std::size_t(1));
    QCOMPARE(room.interventions()[0].until, 9);
    QCOMPARE(recurrent(*room.traceAt(8))(0, 0), 0.75);
    QVERIFY(recurrent(*room.traceAt(9))(0, 0) != 0.75);
}

/// In the words of its own cell, on a step and on its name.
void InterventionsViewTest::aModelIsOfferedWhatItHas()
{
    TouchRoom room(CellKind::Lstm);
    room.window->actions().compareCells->trigger();
    room.settle();
    room.goTo(here);
    auto* comparison = room.view<ComparisonView>("comparison");
    comparison->resize(1200, 300);
    const std::vector<Lane>& lanes = room.window->playback().frame().lanes;
    for (std::size_t k = 0; k < lanes.size(); ++k) {
        const bool cellState = lanes[k].trace->cell.kind == CellKind::Lstm;
        const QPoint step = comparison->cell(static_cast<int>(k), 2).center().toPoint();
        TouchRoom::rightClick(comparison, step);
        QVERIFY2(room.offered().contains(cellState ? QStringLiteral("Cut h₂, c₂ → h₃, c₃")
                                                   : QStringLiteral("Cut h₂ → h₃")),
                 qPrintable(room.offered().join(QLatin1Char('\n'))));
        room.closeMenu();
        TouchRoom::rightClick(comparison, {12, step.y()}); // its name
        const QString first =
            QStringLiteral("Put %1 first, to change its weights and gates").arg(lanes[k].name);
        QCOMPARE(room.offered().contains(QStringLiteral("Scale W_h to spectral radius…")), k == 0);
        QVERIFY(room.offered().contains(QStringLiteral("Set learning rate…")));
        QCOMPARE(room.offered().contains(first), k > 0);
        room.closeMenu();
    }
}

/// Nothing is trained anew, the moment stays, and then it has all that the experiment's own model has.
void InterventionsViewTest::anotherModelIsPutFirstToBeChanged()
{
    TouchRoom room;
    room.window->actions().compareCells->trigger();
    room.settle();
    const auto lstm = [&] { return room.window->playback().frame().lanes; };
    room.goTo(here);
    QCOMPARE(lstm()[2].trace->cell.kind, CellKind::Lstm);
    const TracePtr before = lstm()[2].trace;
    auto* gates = room.view<GatesView>("gates");
    gates->resize(900, 900);
    QPoint place; // in the map of a gate of the LSTM
    for (const HeatBlock& block : gates->layout().blocks) {
        if (gates->modelAt(block.cells.center().toPoint()) == 2) {
            place = block.cell(1, 0).center().toPoint();
            break;
        }
    }
    TouchRoom::rightClick(gates, place);
    QVERIFY2(room.pick(QStringLiteral("Put LSTM first, to change its weights and gates")),
             qPrintable(room.offered().join(QLatin1Char('\n'))));
    const Frame& frame = room.window->playback().frame();
    QCOMPARE(room.window->document().experiment().model.cell.kind, CellKind::Lstm);
    QCOMPARE(frame.lanes.size(), std::size_t(3));
    QCOMPARE(frame.front, std::size_t(0));
    QCOMPARE(frame.position.iteration, std::int64_t(here));
    QVERIFY(frame.lane().trace == before); // not made again
    QVERIFY(!room.window->actions().firstLane->isEnabled());

    gates = room.view<GatesView>("gates");
    TouchRoom::rightClick(gates, gates->layout().blocks.front().cell(1, 0).center().toPoint());
    const QStringList clamp = room.offered().filter(QStringLiteral("Clamp"));
    QVERIFY(!clamp.isEmpty() && room.pick(clamp.front()));
    room.enter(QStringLiteral("0"));
    QCOMPARE(room.interventions().size(), std::size_t(1));

    // By the keyboard the next one, and back. A gate of the first stays its own with another in front.
    room.window->actions().nextLane->trigger();
    room.settle();
    gates = room.view<GatesView>("gates");
    TouchRoom::rightClick(gates, gates->layout().blocks.front().cell(2, 0).center().toPoint());
    QVERIFY(!room.offered().filter(QStringLiteral("Clamp")).isEmpty());
    QVERIFY(room.offered().filter(QStringLiteral("Put ")).isEmpty());
    room.window->findChild<QMenu*>(QStringLiteral("changes"))->close();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(room.window->actions().firstLane->isEnabled());
    room.window->actions().firstLane->trigger();
    room.settle();
    QCOMPARE(room.window->document().experiment().model.cell.kind, CellKind::Rnn);
    QVERIFY(room.interventions().empty());
    QVERIFY(tells(*room.window, QStringLiteral("gates of LSTM are taken out")));
    room.window->document().undoStack()->undo();
    QCOMPARE(room.window->document().experiment().interventions.size(), std::size_t(1));
    room.window->document().undoStack()->undo();
    room.window->document().undoStack()->undo();
    room.settle();
    QCOMPARE(room.window->document().experiment().model.cell.kind, CellKind::Rnn);
    QCOMPARE(room.window->playback().frame().lanes[2].trace->cell.kind, CellKind::Lstm);
}

QTEST_MAIN(InterventionsViewTest)
#include "interventions_view_test.moc"
