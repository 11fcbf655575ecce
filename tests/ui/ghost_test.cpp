#include "touch_room.h"

#include "core/files/comparison.h"
#include "core/gradients/contribution.h"
#include "core/gradients/gradient_path.h"
#include "core/gradients/loss_alone.h"
#include "core/trace/history.h"
#include "tests/ui/plot_frames.h"
#include "ui/paint/magnitude_legend.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/comparison_view.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_trail.h"
#include "ui/views/decay_view.h"
#include "ui/views/hops_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/update_view.h"
#include "ui/views/weights_view.h"

#include <QUndoStack>
#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

template<typename V>
struct Legend : V
{
    using V::legend;
};

QStringList wordsOf(const std::vector<LegendEntry>& entries)
{
    QStringList words;
    for (const LegendEntry& entry : entries)
        words << entry.math;
    return words;
}

} // namespace

/// The run without the changes, behind the gradients.
class GhostTest : public QObject
{
    Q_OBJECT

private slots:
    void whatWouldArriveWithoutTheChangesIsACurve_data()
    {
        QTest::addColumn<int>("loss");
        QTest::newRow("of the whole loss") << 0;
        QTest::newRow("of the last loss") << 4;
        QTest::newRow("of a loss before the cut") << 2;
    }
    void whatWouldArriveWithoutTheChangesIsACurve()
    {
        QFETCH(int, loss);
        TouchRoom room;
        cut(room);
        room.window->views().pickLoss(loss);
        room.settle();
        auto* reach = qobject_cast<ReachView*>(room.window->views().find(QStringLiteral("reach")));
        const TracePtr ghost = ghostTrace(reach->frame());
        QVERIFY(ghost);
        const GradientPath path = gradientPaths(*ghost, loss > 0 ? loss : 4).front();
        const GradientPath touched = gradientPaths(reach->frame().trace(), loss > 0 ? loss : 4).front();
        const std::vector<double> curve = reach->curves().back();
        for (int t = 1; t <= 4; ++t) {
            const double drawn = curve[static_cast<std::size_t>(t - 1)];
            const double apart = path.at(t).hidden.log10() - touched.at(t).hidden.log10();
            if (t <= path.start && std::abs(apart) >= 0.01)
                QCOMPARE(drawn, path.at(t).hidden.log10());
            else if (loss == 2 || t > path.start) // before the cut the states are the same
                QVERIFY(std::isnan(drawn));
        }
        QVERIFY(reach->textAt(1).contains(QStringLiteral("without the changes: ")));
    }

    void theWordsAtEpsilonCoverNoCurve_data()
    {
        QTest::addColumn<int>("step");
        for (const int step : {5, 10, 15, 20, 25})
            QTest::addRow("a cut after step %d", step) << step;
    }
    void theWordsAtEpsilonCoverNoCurve()
    {
        QFETCH(int, step);
        Room room(QStringLiteral("adding"));
        Experiment experiment = room.window->document().experiment();
        experiment.task.length = 30;
        Intervention cut;
        cut.kind = InterventionKind::Cut;
        cut.steps = {step};
        experiment.interventions = {cut};
        room.window->take(experiment);
        room.settle();
        room.key(Qt::Key_2, Qt::ControlModifier);
        room.window->playback().setPosition(room.window->session().ticks().endOfIteration(0));
        room.settle();
        auto* reach = qobject_cast<ReachView*>(room.window->views().find(QStringLiteral("reach")));
        QVERIFY(reach->isVisible() && ghostTrace(reach->frame()));
        reach->grab();
        const QRectF words = reach->markPlace().adjusted(-3, -3, 3, 3); // marks, too
        QVERIFY(words.width() > 100);
        for (const std::vector<double>& curve : reach->curves()) {
            for (std::size_t i = 0; i < curve.size(); ++i) {
                const QPointF point = reach->placeOf(static_cast<int>(i) + 1, curve[i]);
                QVERIFY2(std::isnan(curve[i]) || !words.contains(point), qPrintable(QString::number(i + 1)));
            }
        }
    }

    void theBarsOfTheHopsHaveAnOutline()
    {
        TouchRoom room;
        cut(room);
        auto* hops = qobject_cast<HopsView*>(room.window->views().find(QStringLiteral("hops")));
        QVERIFY(hops->isVisible());
        QVERIFY2(hops->textOf(2).contains(QStringLiteral("without the changes: all together")),
                 qPrintable(hops->textOf(2)));
        const int with = dots(*hops);
        QVERIFY(with > 20);
        const std::size_t curves = reachCurves(room);
        room.window->actions().ghost->trigger();
        room.settle();
        QVERIFY(!hops->textOf(2).contains(QStringLiteral("without the changes")));
        QCOMPARE(dots(*hops), 0);
        QCOMPARE(reachCurves(room), curves - 1);
    }

    void theBarsOfTheUpdatesHaveAnOutline_data()
    {
        QTest::addColumn<int>("loss");
        QTest::newRow("of the whole loss") << 0;
        QTest::newRow("of one loss") << 3;
    }
    void theBarsOfTheUpdatesHaveAnOutline()
    {
        QFETCH(int, loss);
        TouchRoom room;
        Experiment experiment = room.window->document().experiment();
        experiment.interventions = {{here, "training.learning_rate", 0.3}};
        room.window->take(experiment);
        room.window->views().pickLoss(loss);
        room.key(Qt::Key_U);
        room.goTo(here);
        auto* update = qobject_cast<UpdateView*>(room.window->views().find(QStringLiteral("updates")));
        QVERIFY(update->isVisible());
        // The states are as they were; only what is made of their gradients is not: ten times as much.
        QVERIFY(!ghostOf(update->frame()));
        const TracePtr ghost = ghostTrace(update->frame());
        QVERIFY(ghost);
        const auto without = layerUpdates(loss > 0 ? *lossPart(ghost, loss) : *ghost).front().all;
        for (int t = 1; t <= (loss > 0 ? loss : 4); ++t) {
            const double norm = without[static_cast<std::size_t>(t - 1)].norm.value();
            QVERIFY(
                update->textOf(t).endsWith(QStringLiteral("\nwithout the changes: ‖Δθ‖ = ") + exact(norm)));
            QVERIFY(std::abs(update->log(t) - std::log10(norm) - 1) < 1e-9);
        }
    }

    void singularValuesWithoutTheChangesLieBehind()
    {
        TouchRoom room;
        Experiment experiment = room.window->document().experiment();
        const Intervention scaled{here, "rnn.weight_hh_l0", 2.0, InterventionKind::Radius};
        experiment.interventions = {scaled};
        room.window->take(experiment);
        room.goTo(here + 3);
        auto* weights = room.view<WeightsView>("weights");
        weights->showSingularValues(true);
        const std::optional<SingularPlot> plot = weights->singularPlot();
        QVERIFY(plot && plot->data().without);
        const auto& with = *plot->data().samples;
        const auto& without = *plot->data().without;
        const auto largest = [](const SpectrumCurve& of, std::size_t sample) {
            return of.values(sample, of.matrices().front())[0];
        };
        QCOMPARE(largest(with, here - 1), largest(without, here - 1));
        QVERIFY(largest(with, here + 1) > 1.5 * largest(without, here + 1));
        History untouched(room.window->document().experiment());
        Experiment plain = experiment;
        plain.interventions.clear();
        untouched.setExperiment(plain);
        const auto trace = untouched.trace(here + 1);
        QCOMPARE(largest(without, here + 1), singularValuesOf(recurrent(*trace))[0]);
    }

    void severalModelsHaveAGhostEach()
    {
        TouchRoom room;
        Experiment experiment = comparedWithCells(room.window->document().experiment(), Matching::HiddenSize);
        Intervention cut;
        cut.kind = InterventionKind::Cut;
        cut.iteration = here;
        cut.steps = {2};
        experiment.interventions = {cut};
        room.window->take(experiment);
        room.goTo(here);
        room.key(Qt::Key_3, Qt::ControlModifier);
        auto* decay = room.view<DecayView>("decay");
        auto* rows = room.view<ComparisonView>("comparison");
        const Frame& frame = decay->frame();
        QCOMPARE(frame.ghosts.size(), std::size_t(3));
        QCOMPARE(decay->textAt(1).count(QStringLiteral("without the changes")), 4); // c of the LSTM, too
        for (std::size_t lane = 0; lane < 3; ++lane) {
            const TracePtr ghost = ghostTrace(frame, lane);
            QVERIFY(ghost);
            const auto& gradient =
                ghost->layers[0].channels[static_cast<std::size_t>(channelIndex(ghost->cell, "h"))].gradient;
            const QString words = rows->textAt(rows->cell(static_cast<int>(lane), 1).center());
            QVERIFY2(words.endsWith(QStringLiteral("\nwithout the changes: ") +
                                    normOfLog(std::log10(scaledNorm(gradient.col(0))))),
                     qPrintable(words));
        }
        // The stripe has the colour of what would arrive, the cell that of what does.
        const QImage picture = rows->grab().toImage();
        const QRectF cell = rows->cell(0, 1);
        const Palette palette = paletteFor(rows->palette());
        QCOMPARE(
            picture.pixelColor(QPointF(cell.center().x(), cell.bottom() - 3).toPoint()),
            gradientColor(palette,
                          std::log10(scaledNorm(
                              ghostTrace(frame, 0)
                                  ->layers[0]
                                  .channels[static_cast<std::size_t>(channelIndex(frame.trace().cell, "h"))]
                                  .gradient.col(0)))));
    }

    void aCurveIsDrawnOnlyWhereItDiffers()
    {
        const double none = std::numeric_limits<double>::quiet_NaN();
        const std::vector<double> own{1, 1, 1, 1e-3, 1, 1, 1e-20, 0};
        const std::vector<double> ghost{1, 1.001, 1, 1e-4, 1, 1, 1e-30, 0};
        const std::vector<double> drawn = DecayTrail::apart(ghost, own);
        const std::vector<bool> shown{false, false, true, true, true, false, false, false};
        for (std::size_t i = 0; i < shown.size(); ++i) {
            QCOMPARE(!std::isnan(drawn[i]), shown[i]);
            QVERIFY(!shown[i] || drawn[i] == ghost[i]);
        }
        // Where the other has no number, it does.
        QCOMPARE(DecayTrail::apart({1, 1}, {1, none}), (std::vector<double>{1, 1}));
        QCOMPARE(DecayTrail::apart({1, 1}, {1}), (std::vector<double>{1, 1}));
        QVERIFY(std::isnan(DecayTrail::apart({none}, {none}).front()));
    }

    void marksAtTheFloorSayWhatTheyCount()
    {
        const auto note = [](int below, int zero, int above, int broken, bool several = false) {
            return DecayTrail::floorNote({below, zero, above, broken}, several);
        };
        QCOMPARE(note(0, 0, 0, 0), QStringLiteral("floor 10⁻¹⁶"));
        QCOMPARE(note(45, 1, 0, 0), QStringLiteral("floor 10⁻¹⁶: ▼ 45 steps below it, ○ 1 step exactly 0"));
        QCOMPARE(
            note(1, 0, 2, 3, true),
            QStringLiteral("floor 10⁻¹⁶: ▼ 1 point below it, ▲ 2 points above 10², 3 points not a number"));
    }

    void undoAndRedoBringBackWhatWasTrained_data()
    {
        QTest::addColumn<bool>("ghost");
        QTest::newRow("with the run without the changes") << true;
        QTest::newRow("without it") << false;
    }
    void undoAndRedoBringBackWhatWasTrained()
    {
        QFETCH(bool, ghost);
        TouchRoom room;
        room.window->session().setGhost(ghost);
        const auto train = [&] {
            room.window->session().startTraining(60);
            room.settle();
        };
        const auto change = [&](std::int64_t iteration, double value) {
            Intervention bias;
            bias.iteration = iteration;
            bias.kind = InterventionKind::Weight;
            bias.set = "out.bias";
            bias.row = bias.column = 0;
            bias.value = value;
            room.window->document().change(withIntervention(room.window->document().experiment(), bias),
                                           QStringLiteral("change"));
            room.settle();
        };
        QUndoStack& stack = *room.window->document().undoStack();
        const auto frontier = [&] { return room.window->session().frontier(); };
        train();
        std::vector<TracePtr> last{room.traceAt(60)}; // after none, one, two changes
        room.goTo(20);
        for (const int k : {1, 2}) {
            change(20 * k, 0.5 * k);
            QCOMPARE(frontier(), std::int64_t(20 * k));
            train();
            last.push_back(room.traceAt(60));
            QVERIFY(!same(*last[0], *last.back()));
        }
        // A step of the stack, and what was trained with as many changes is there again.
        int changes = 2;
        for (const bool back : {true, true, false, false, true, false}) {
            back ? stack.undo() : stack.redo();
            changes += back ? -1 : 1;
            room.settle();
            QCOMPARE(frontier(), std::int64_t(60));
            QVERIFY(same(*room.traceAt(60), *last[static_cast<std::size_t>(changes)]));
            QVERIFY(!same(*room.traceAt(59), *last[static_cast<std::size_t>(changes)]));
        }
        // Another run has no use for them.
        Experiment other = room.window->document().experiment();
        other.seed += 1;
        room.window->document().change(other, QStringLiteral("seed"));
        room.settle();
        QCOMPARE(frontier(), std::int64_t(0));
    }

    void marksOfOthersAreTold()
    {
        const auto note = [](int above, int othersBelow, int othersAbove) {
            return DecayTrail::floorNote({0, 0, above, 0}, false, {othersBelow, 0, othersAbove, 0});
        };
        QCOMPARE(note(0, 0, 9), QStringLiteral("floor 10⁻¹⁶: ▲ above 10²"));
        QCOMPARE(note(2, 4, 9), QStringLiteral("floor 10⁻¹⁶: ▼ below it, ▲ 2 steps above 10²"));
    }

    void marksThatCoincideTakeTurns()
    {
        QCustomPlot plot;
        std::vector<DecayTrail> trails;
        trails.reserve(3);
        for (int k = 0; k < 3; ++k)
            trails.emplace_back(plot.xAxis, plot.yAxis, plot.layer(QStringLiteral("main")));
        const auto fill = [&](int step) { // the third has its only mark outside there
            for (const DecayTrail& trail : trails) {
                std::vector<double> norms(12, 1e5);
                if (&trail == &trails.back()) {
                    std::fill(norms.begin(), norms.end(), 1.0);
                    norms[static_cast<std::size_t>(step - 1)] = 1e5;
                }
                trail.fill(norms, 1, 12);
            }
        };
        // The marks at the top edge of each curve: its last graph.
        const auto marks = [&](int trail) {
            QList<int> steps;
            for (const QCPGraphData& mark : *plot.graph(5 * trail + 4)->data())
                steps << static_cast<int>(mark.key);
            return steps;
        };
        fill(3);
        DecayTrail::interleave(trails, 20, 10); // room for every mark
        QCOMPARE(marks(0), (QList<int>{1, 5, 7, 9, 11}));
        QCOMPARE(marks(1), (QList<int>{2, 4, 6, 8, 10, 12}));
        QCOMPARE(marks(2), (QList<int>{3}));
        fill(3);
        DecayTrail::interleave(trails, 5, 10); // for every third
        QCOMPARE(marks(0).size() + marks(1).size() + marks(2).size(), 4);
    }

    void theCurveOfTheLossPartsWhereItBeginsToDiffer()
    {
        TouchRoom room;
        Experiment experiment = room.window->document().experiment();
        Intervention setting;
        setting.set = "training.learning_rate";
        setting.value = 0.5;
        setting.iteration = here;
        experiment.interventions = {setting};
        room.window->take(experiment);
        room.settle();
        auto* curve = qobject_cast<CurveView*>(room.window->views().find(QStringLiteral("curve")));
        room.goTo(here); // changes the weights only from the next iteration on
        QVERIFY(!curve->frame().ghosts.empty());
        QVERIFY(!curve->parting(CurveView::Loss));
        QVERIFY(!curve->parting(CurveView::GradientNorm));
        room.goTo(here + 3);
        QCOMPARE(curve->parting(CurveView::Loss).value(), std::size_t(here));
        QCOMPARE(curve->parting(CurveView::GradientNorm).value(), std::size_t(here));
    }

    void aLossThatIsAsItWasHasNoGhost()
    {
        TouchRoom room;
        Experiment experiment = room.window->document().experiment();
        Intervention silence;
        silence.kind = InterventionKind::Silence;
        silence.steps = {2};
        silence.iteration = here;
        experiment.interventions = {silence};
        room.window->take(experiment);
        room.settle();
        room.goTo(here); // the last loss is as it was until the weights differ
        room.key(Qt::Key_2, Qt::ControlModifier);
        auto* hops = qobject_cast<HopsView*>(room.window->views().find(QStringLiteral("hops")));
        auto* reach = qobject_cast<ReachView*>(room.window->views().find(QStringLiteral("reach")));
        QVERIFY(ghostTrace(reach->frame()));
        const std::vector<double> same = reach->curves().back();
        QVERIFY(std::all_of(same.begin(), same.end(), [](double log) { return std::isnan(log); }));
        QCOMPARE(dots(*hops), 0);
        room.goTo(here + 1);
        QVERIFY(!std::isnan(reach->curves().back().back()));
        QVERIFY(dots(*hops) > 0);
    }

    void eachGhostHasTheMarkOfItsCurveOnly_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void eachGhostHasTheMarkOfItsCurveOnly()
    {
        QFETCH(bool, dark);
        const Palette& palette = dark ? darkPalette() : lightPalette();
        const LegendEntry curve{
            QStringLiteral("h"), palette.series[1], Qt::SolidLine, 2, LegendEntry::Marker::Square, false};
        const LegendEntry ghost = ghostLook(curve, palette);
        QCOMPARE(ghost.marker, curve.marker);
        QCOMPARE(ghost.hollow, curve.hollow);
        QVERIFY(ghost.style != curve.style && ghost.width < curve.width);
        QVERIFY(std::abs(ghost.color.hslHueF() - curve.color.hslHueF()) < 0.05F);
        QVERIFY(ghost.color != curve.color);
    }

    void whatIsStillToComeIsInTheLegendAndItsGhostIsPalerStill()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 5);
        const Position end = frame.position;
        Legend<DecayView> view;
        view.resize(460, 190);
        view.show();
        const Palette& palette = paletteFor(view.palette());
        const auto* plot = view.findChild<QCustomPlot*>();
        const auto contrast = [&](const QColor& color) {
            return std::abs(color.lightnessF() - palette.background.lightnessF());
        };
        for (const bool still : {true, false}) { // also while the traces stay the same
            frame.position = still ? frame.ticks.endOfTick(5, 0) : end;
            view.setFrame(frame);
            view.grab();
            const auto entries = view.legend();
            QCOMPARE(wordsOf(entries).contains(QStringLiteral("still to come")), still);
            QCOMPARE(entries.size(), std::size_t(still ? 3 : 2));
            const LegendEntry ghost = entries.back();
            QCOMPARE(ghost.math, QStringLiteral("first iteration"));
            QCOMPARE(view.textAt(1).contains(QStringLiteral("(comes in on the way back)")), still);
            if (still) {
                QCOMPARE(entries[1].color, palette.faint);
                QVERIFY(contrast(ghost.color) < 0.8F * contrast(palette.faint));
            }
            QCOMPARE(ghost.marker == LegendEntry::Marker::None, still);
            // The ghost's line and its marks come first.
            QCOMPARE(plot->graph(0)->pen().color(), ghost.color);
            QCOMPARE(plot->graph(1)->scatterStyle().shape() == QCPScatterStyle::ssNone, still);
            QVERIFY(still || ghost.color == ghostLook(entries.front(), palette).color);
        }
    }

    void severalModelsShareTheEntriesOfQuantitiesAndLayers()
    {
        Frame frame;
        for (const CellKind cell : {CellKind::Lstm, CellKind::Rnn, CellKind::Gru}) {
            Experiment experiment = experimentOf(cell);
            experiment.model.hidden = {4, 3};
            Frame one = frameOf(experiment, 5);
            one.lanes.front().name = QString::fromStdString(std::string(name(cell)));
            if (frame.lanes.empty())
                frame = one;
            else
                frame.lanes.push_back(one.lane());
        }
        Legend<DecayView> view;
        view.setFrame(frame);
        const auto entries = view.legend();
        QCOMPARE(entries.size(), std::size_t(7));
        for (std::size_t i = 0; i < 3; ++i) {
            QCOMPARE(entries[i].math, mathWords(frame.lanes[i].name));
            QVERIFY(entries[i].style != Qt::NoPen && entries[i].marker == LegendEntry::Marker::None);
        }
        QVERIFY(entries[3].math.contains(QStringLiteral("∂h_t")) && !entries[3].hollow);
        QVERIFY(entries[4].math.contains(QStringLiteral("∂c_t")) && entries[4].hollow);
        QCOMPARE(entries[5].math, mathWords(QStringLiteral("layer 1")));
        QCOMPARE(entries[6].math, mathWords(QStringLiteral("layer 2")));
        QVERIFY(entries[5].marker != entries[6].marker);
    }

    void aRunWithoutTheChangesThatHasDivergedIsSaidToHave()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 5);
        Lane ghost = frame.lane();
        auto curve = std::make_shared<Curve>(*ghost.curve);
        curve->truncate(2);
        ghost.curve = curve;
        ghost.divergedAt = 2;
        ghost.trace = frameOf(experimentOf(CellKind::Rnn), 2).lane().trace;
        frame.ghosts = {ghost};
        const QString told = QStringLiteral("without the changes: diverged at iteration 2");
        Legend<DecayView> decay;
        decay.setFrame(frame);
        QCOMPARE(wordsOf(decay.legend()).mid(1), QStringList{told});
        QVERIFY2(!decay.textAt(1).contains(QLatin1Char(';')),
                 qPrintable(decay.textAt(1))); // nothing behind it
        Legend<CurveView> curves;
        curves.setFrame(frame);
        QCOMPARE(wordsOf(curves.legend()), QStringList{told});
    }

private:
    /// The pixels in the colour of the outlines, where only bars stand.
    static int dots(HopsView& view)
    {
        const QImage picture = view.grab().toImage();
        const QColor color = paletteFor(view.palette()).text;
        QRectF bars = view.bar(0, 1);
        for (int row = 0; row < view.rows(); ++row) {
            for (int t = 1; t < 4; ++t)
                bars |= view.bar(row, t);
        }
        int count = 0;
        const QRect area = bars.toAlignedRect().adjusted(-2, 0, 2, 2) & picture.rect();
        for (int y = area.top(); y <= area.bottom(); ++y) {
            for (int x = area.left(); x <= area.right(); ++x)
                count += picture.pixelColor(x, y) == color;
        }
        return count;
    }
    /// Cuts the state after step 2 at the iteration on show, and looks at the gradients.
    static void cut(TouchRoom& room)
    {
        Experiment experiment = room.window->document().experiment();
        Intervention cut;
        cut.kind = InterventionKind::Cut;
        cut.iteration = here;
        cut.steps = {2};
        experiment.interventions = {cut};
        room.window->take(experiment);
        room.settle();
        room.goTo(here);
        room.key(Qt::Key_2, Qt::ControlModifier);
    }
    static std::size_t reachCurves(const TouchRoom& room)
    {
        return qobject_cast<ReachView*>(room.window->views().find(QStringLiteral("reach")))->curves().size();
    }
};

QTEST_MAIN(GhostTest)
#include "ghost_test.moc"
