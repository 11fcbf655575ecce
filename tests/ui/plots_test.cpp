#include "tests/ui/plot_frames.h"
#include "ui/paint/color_legend.h"
#include "ui/paint/heat_geometry.h"
#include "ui/paint/palette.h"
#include "ui/views/curve_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"

#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>

using namespace ui;
using unrolled::CellKind;
using unrolled::Phase;
using unrolled::Position;

Q_DECLARE_METATYPE(unrolled::Position)

namespace {

QPointF middle(const HeatMapView& view, int block, int t, int unit)
{
    const HeatBlock place = view.layout().blocks[static_cast<std::size_t>(block)];
    return place.cell(place.time.cellOf(t - 1), place.unit.cellOf(unit - 1)).center();
}

Position requested(const QSignalSpy& spy)
{
    return spy.last().first().value<Position>();
}

} // namespace

class PlotsTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase() { qRegisterMetaType<Position>("unrolled::Position"); }

    void a_pixel_finds_the_cell_that_is_painted_there_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<double>("length");
        QTest::addColumn<double>("smallest");
        QTest::newRow("four wide cells") << 4 << 301.0 << 2.0;
        QTest::newRow("as many as pixels") << 300 << 300.0 << 1.0;
        QTest::newRow("more than pixels, an uneven rest") << 1003 << 311.5 << 2.0;
        QTest::newRow("one") << 1 << 17.3 << 2.0;
        QTest::newRow("less room than one cell wants") << 7 << 1.5 << 2.0;
    }
    void a_pixel_finds_the_cell_that_is_painted_there()
    {
        QFETCH(int, count);
        QFETCH(double, length);
        QFETCH(double, smallest);
        const HeatAxis axis = heatAxis(count, 20.25, length, smallest);
        QVERIFY(axis.cells() >= 1);
        int covered = 0;
        for (int cell = 0; cell < axis.cells(); ++cell) {
            QCOMPARE(axis.first(cell), covered);
            for (int index = axis.first(cell); index <= axis.last(cell); ++index)
                QCOMPARE(axis.cellOf(index), cell);
            covered = axis.last(cell) + 1;
            QCOMPARE(axis.cellAt((axis.edge(cell) + axis.edge(cell + 1)) / 2), cell);
            QCOMPARE(axis.cellAt(axis.edge(cell)), cell);
        }
        QCOMPARE(covered, count);
        QCOMPARE(axis.cellAt(20.2), -1);
        QCOMPARE(axis.cellAt(axis.edge(axis.cells())), -1);
        QVERIFY(axis.cells() == 1 || axis.cellSize() >= smallest);
    }

    void every_pixel_of_a_heat_map_belongs_to_one_cell()
    {
        const HeatLayout layout = heatLayout(QRectF(5, 7, 333, 211), {3, 3, 3, 3}, 4, {});
        int inside = 0;
        for (double x = 0.5; x < 345; x += 1) {
            for (double y = 0.5; y < 225; y += 1) {
                const HeatPlace place = placeAt(layout, {x, y});
                if (place.block < 0)
                    continue;
                ++inside;
                const auto& block = layout.blocks[static_cast<std::size_t>(place.block)];
                QVERIFY(block.cell(place.timeCell, place.unitCell).contains(QPointF(x, y)));
            }
        }
        QVERIFY(inside > 333 * 211 / 2);
    }

    void blocks_stand_beside_each_other_where_only_so_their_numbers_find_room()
    {
        QCOMPARE(heatLayout(QRectF(0, 0, 340, 190), {3, 3, 3, 3}, 4, {}).columns, 2);
        QVERIFY(heatLayout(QRectF(0, 0, 340, 190), {3, 3, 3, 3}, 4, {}).numbers);
        QCOMPARE(heatLayout(QRectF(0, 0, 340, 190), {3}, 4, {}).columns, 1);
        QVERIFY(!heatLayout(QRectF(0, 0, 340, 190), {16}, 60, {}).numbers);
        // Where there is none: where only so their cells can be seen, if nothing stands beside them.
        const std::vector<int> models{16, 16, 16, 16};
        QCOMPARE(heatLayout(QRectF(0, 0, 540, 290), models, 20, {}).columns, 2);
        QCOMPARE(heatLayout(QRectF(0, 0, 540, 590), models, 20, {}).columns, 1);
        QCOMPARE(heatLayout(QRectF(0, 0, 540, 290), models, 500, {}).columns, 1);
        HeatMetrics sided;
        sided.sideWidth = 40;
        QCOMPARE(heatLayout(QRectF(0, 0, 540, 290), models, 20, sided).columns, 1);
    }

    void labels_keep_their_distance_and_begin_with_1()
    {
        for (const int count : {1, 4, 60, 500, 12345}) {
            const double pixels = 300.0 / count;
            const std::vector<int> labels = spacedLabels(count, pixels, 24);
            QCOMPARE(labels.front(), 1);
            for (std::size_t i = 1; i < labels.size(); ++i)
                QVERIFY((labels[i] - labels[i - 1]) * pixels >= 24);
            QVERIFY(labels.back() <= count);
        }
    }

    void the_present_step_has_its_label_and_neighbours_make_room()
    {
        for (const int count : {1, 4, 60, 500}) {
            const double pixels = 300.0 / count;
            for (int now = 1; now <= count; ++now) {
                const std::vector<int> labels = spacedLabels(count, pixels, 24, now);
                QCOMPARE(std::count(labels.begin(), labels.end(), now), 1);
                for (std::size_t i = 1; i < labels.size(); ++i)
                    QVERIFY((labels[i] - labels[i - 1]) * pixels >= 24);
                for (const int label : spacedLabels(count, pixels, 24))
                    QVERIFY(std::abs(label - now) * pixels < 24 ||
                            std::find(labels.begin(), labels.end(), label) != labels.end());
            }
        }
    }

    void a_range_is_rounded_up_to_1_2_or_5()
    {
        QCOMPARE(roundedRange(0.9), 1.0);
        QCOMPARE(roundedRange(1.2), 2.0);
        QCOMPARE(roundedRange(0.021), 0.05);
        QCOMPARE(roundedRange(7e-9), 1e-8);
        QCOMPARE(roundedRange(0), 1.0);
        QCOMPARE(roundedRange(qQNaN()), 1.0);
    }

    void every_view_draws_every_frame_of_hello_data() { addCells(); }
    void every_view_draws_every_frame_of_hello()
    {
        QFETCH(CellKind, cell);
        Frame frame = frameOf(experimentOf(cell), 7);
        HiddenView hidden;
        GatesView gates;
        DecayView decay;
        CurveView curve;
        HiddenView gradients;
        gradients.setShowGradient(true);
        for (int part = 0; part < frame.ticks.partsPerIteration(); ++part) {
            frame.position = frame.ticks.at(7LL * frame.ticks.partsPerIteration() + part);
            for (View* view : std::initializer_list<View*>{&hidden, &gates, &decay, &curve, &gradients}) {
                view->setFrame(frame);
                const QImage image = drawn(*view, {340, 200});
                QVERIFY(image.pixelColor(1, 199) == lightPalette().background);
                QVERIFY(!image.allGray());
                QVERIFY(!view->describe().isEmpty());
            }
        }
    }

    void the_smallest_sizes_are_drawn_too()
    {
        Frame frame = frameOf(experimentOf(CellKind::Lstm, "adding", 60), 2);
        HiddenView hidden;
        GatesView gates;
        DecayView decay;
        CurveView curve;
        for (View* view : std::initializer_list<View*>{&hidden, &gates, &decay, &curve}) {
            view->setFrame(frame);
            for (const QSize size : {QSize(1, 1), QSize(30, 20), QSize(160, 90), QSize(90, 400)})
                drawn(*view, size);
            view->setFrame({});
            drawn(*view, {160, 90});
        }
    }

    void alpha_1_is_the_still_picture_and_less_is_on_its_way_data()
    {
        QTest::addColumn<bool>("backward");
        QTest::newRow("forward, a hidden state arrives") << false;
        QTest::newRow("backward, a gradient arrives") << true;
    }
    void alpha_1_is_the_still_picture_and_less_is_on_its_way()
    {
        QFETCH(bool, backward);
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 3);
        const int tick = frame.ticks.tickOf(backward ? Phase::Backward : Phase::Forward, 2);
        int part = 0;
        const auto& parts = frame.ticks.parts(tick);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (backward ? parts[i].kind == unrolled::PartKind::HiddenGradient
                         : parts[i].kind == unrolled::PartKind::Cell)
                part = static_cast<int>(i);
        }
        frame.position = {3, tick, part};
        HiddenView hidden;
        DecayView decay;
        hidden.setShowGradient(backward);
        for (View* view : {static_cast<View*>(&hidden), static_cast<View*>(&decay)}) {
            if (view == &decay && !backward)
                continue;
            view->setFrame(frame);
            const QImage still = drawn(*view, {340, 230});
            frame.alpha = 0.4;
            view->setFrame(frame);
            QVERIFY(drawn(*view, {340, 230}) != still);
            frame.alpha = 1;
            view->setFrame(frame);
            QCOMPARE(drawn(*view, {340, 230}), still);
        }
    }

    void what_is_not_computed_is_blank_and_what_is_has_the_colour_of_its_value()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 20);
        frame.position = frame.ticks.endOfTick(20, frame.ticks.tickOf(Phase::Forward, 2));
        HiddenView view;
        view.setHeading(true);
        view.resize(340, 230);
        view.setFrame(frame);
        view.show();
        const QImage image = view.grab().toImage();
        const auto& h = frame.trace().channel(0, "h").value;
        for (int unit = 1; unit <= 3; ++unit) {
            // Beside the number, not on it.
            const QPointF off(-30, 8);
            const QColor first = image.pixelColor((middle(view, 0, 1, unit) + off).toPoint());
            QCOMPARE(first.rgb(), diverging(lightPalette(), h(unit - 1, 0)).rgb());
            const QColor last = image.pixelColor((middle(view, 0, 4, unit) + off).toPoint());
            QCOMPARE(last.rgb(), lightPalette().background.rgb());
        }
        QVERIFY(view.textAt(middle(view, 0, 1, 2)).contains(QStringLiteral("unit 2, t = 1")));
        QVERIFY(view.textAt(middle(view, 0, 3, 2)).contains(QStringLiteral("not computed yet")));
        QVERIFY(view.textAt({1, 1}).isEmpty());
    }

    void many_values_in_a_cell_show_the_largest()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn, "adding", 500), 0);
        auto trace = std::make_shared<unrolled::IterationTrace>(frame.trace());
        auto& h =
            trace->layers[0].channels[static_cast<std::size_t>(unrolled::channelIndex(trace->cell, "h"))];
        h.value.setZero();
        h.value(0, 250) = -0.75;
        frame.lanes.front().trace = trace;
        HiddenView view;
        view.resize(340, 230);
        view.setFrame(frame);
        view.show();
        QVERIFY(view.layout().blocks.front().time.group > 1);
        const QPointF place = middle(view, 0, 251, 1);
        QVERIFY(view.textAt(place).contains(QStringLiteral("−0.75")));
        QVERIFY(view.textAt(place).contains(QStringLiteral("t = 251")));
        QCOMPARE(view.grab().toImage().pixel(place.toPoint()), diverging(lightPalette(), -0.75).rgb());
    }

    void a_click_in_a_heat_map_goes_to_the_end_of_that_step_data()
    {
        QTest::addColumn<bool>("gradient");
        QTest::addColumn<int>("phase");
        QTest::addColumn<int>("wanted");
        const int forward = static_cast<int>(Phase::Forward);
        const int backward = static_cast<int>(Phase::Backward);
        QTest::newRow("values in the forward pass") << false << forward << forward;
        QTest::newRow("values in the backward pass") << false << backward << backward;
        QTest::newRow("gradients in the forward pass") << true << forward << backward;
    }
    void a_click_in_a_heat_map_goes_to_the_end_of_that_step()
    {
        QFETCH(bool, gradient);
        QFETCH(int, phase);
        QFETCH(int, wanted);
        Frame frame = frameOf(experimentOf(CellKind::Lstm), 5);
        frame.position = frame.ticks.endOfTick(5, frame.ticks.tickOf(static_cast<Phase>(phase), 1));
        HiddenView view;
        view.setShowGradient(gradient);
        view.resize(340, 230);
        view.setFrame(frame);
        view.show();
        QSignalSpy spy(&view, &View::positionRequested);
        for (int t = 1; t <= 4; ++t) {
            QTest::mouseClick(&view, Qt::LeftButton, {}, middle(view, 1, t, 2).toPoint());
            const int tick = frame.ticks.tickOf(static_cast<Phase>(wanted), t);
            QCOMPARE(requested(spy), frame.ticks.endOfTick(5, tick));
        }
        QCOMPARE(spy.size(), 4);
    }

    void the_keyboard_reaches_every_cell_and_goes_to_its_step()
    {
        const Frame frame = frameOf(experimentOf(CellKind::Lstm), 5);
        HiddenView view;
        view.resize(340, 230);
        view.setFrame(frame);
        view.show();
        QSignalSpy spy(&view, &View::positionRequested);
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(spy.size(), 0);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        for (int i = 0; i < 3; ++i)
            QTest::keyClick(&view, Qt::Key_Down, Qt::AltModifier);
        QVERIFY(view.accessibleDescription().contains(QStringLiteral("cell state, unit 1, t = 3")));
        QTest::keyClick(&view, Qt::Key_Return);
        QCOMPARE(requested(spy), frame.ticks.endOfTick(5, frame.ticks.tickOf(Phase::Backward, 3)));
    }

    void a_simple_rnn_is_said_to_have_no_gates()
    {
        GatesView view;
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 0));
        QVERIFY(view.describe().contains(QStringLiteral("no gates")));
        view.setFrame(frameOf(experimentOf(CellKind::Gru), 0));
        QVERIFY(!view.describe().contains(QStringLiteral("no gates")));
        QCOMPARE(view.layout().blocks.size(), std::size_t(3));
    }

    void layers_are_shown_together_or_one_alone()
    {
        unrolled::Experiment experiment = experimentOf(CellKind::Lstm);
        experiment.model.hidden = {3, 2};
        HiddenView view;
        view.resize(340, 400);
        view.setFrame(frameOf(experiment, 0));
        QCOMPARE(view.layout().blocks.size(), std::size_t(4));
        view.setLayer(1);
        QCOMPARE(view.layout().blocks.size(), std::size_t(2));
        QCOMPARE(view.layout().blocks.front().unit.count, 2);
    }

    void the_axis_of_the_decay_is_the_same_for_all_data()
    {
        DecayView view;
        view.resize(460, 190);
        const double lowest = view.lowestExponent();
        const double highest = view.highestExponent();
        QVERIFY(lowest < floorExponent && highest > ceilingExponent);
        for (const int length : {10, 200}) {
            Frame frame = frameOf(experimentOf(CellKind::Rnn, "adding", length), 3);
            view.setFrame(frame);
            drawn(view, {460, 190});
            drawn(view, {900, 700});
            QCOMPARE(view.lowestExponent(), lowest);
            QCOMPARE(view.highestExponent(), highest);
        }
    }

    void what_vanished_below_the_floor_is_still_to_be_seen()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 2);
        auto trace = std::make_shared<unrolled::IterationTrace>(frame.trace());
        auto& h =
            trace->layers[0].channels[static_cast<std::size_t>(unrolled::channelIndex(trace->cell, "h"))];
        frame.position = frame.ticks.endOfIteration(2); // no step is the current one
        DecayView view;
        const auto marks = [&](double first) {
            h.gradient.setConstant(first);
            frame.lanes.front().trace = std::make_shared<unrolled::IterationTrace>(*trace);
            view.setFrame(frame);
            return drawn(view, {460, 190});
        };
        const QImage below = marks(1e-30);
        const QColor mark = lightPalette().backward;
        const auto strip = [&](const QImage& image) {
            int pixels = 0;
            for (int y = 130; y < 190; ++y) {
                for (int x = 0; x < 460; ++x)
                    pixels += image.pixelColor(x, y) == mark ? 1 : 0;
            }
            return pixels;
        };
        QVERIFY(strip(below) > 8);
        QCOMPARE(strip(marks(0.1)), 0);
        // Behind a loss that goes back alone there is no gradient that could have vanished.
        frame.pickedLoss = 1;
        const int first = strip(marks(1e-30));
        frame.pickedLoss = 0;
        QVERIFY(first > 0 && 3 * first < strip(below));
        const QImage zero = marks(0);
        const QImage above = marks(1e9);
        QVERIFY(below != zero);
        QVERIFY(below != above);
        QVERIFY(zero != above);
    }

    void a_click_in_the_decay_goes_to_the_backward_tick_of_that_step()
    {
        const Frame frame = frameOf(experimentOf(CellKind::Rnn, "adding", 60), 1);
        DecayView view;
        view.resize(460, 190);
        view.setFrame(frame);
        view.show();
        view.grab();
        QSignalSpy spy(&view, &View::positionRequested);
        for (const int t : {1, 2, 30, 59, 60}) {
            const QPointF place(view.xOf(t), 90);
            QCOMPARE(view.timeAt(place), t);
            QTest::mouseClick(&view, Qt::LeftButton, {}, place.toPoint());
            QCOMPARE(requested(spy), frame.ticks.endOfTick(1, frame.ticks.tickOf(Phase::Backward, t)));
        }
        QCOMPARE(view.timeAt({1, 1}), 0);
    }

    void a_click_in_the_curve_goes_to_that_iteration_and_keeps_the_tick()
    {
        const Frame frame = frameOf(experimentOf(CellKind::Rnn), 200);
        CurveView view;
        view.resize(460, 190);
        view.setFrame(frame);
        view.show();
        view.grab();
        QSignalSpy spy(&view, &View::positionRequested);
        const QPoint place(static_cast<int>(view.xOf(100)), 90);
        const std::int64_t iteration = view.iterationAt(place);
        QVERIFY(std::abs(iteration - 100) <= 1);
        QTest::mouseClick(&view, Qt::LeftButton, {}, place);
        QCOMPARE(requested(spy), (Position{iteration, frame.position.tick, frame.position.part}));
        // What is not trained yet cannot be gone to.
        QCOMPARE(view.iterationAt({view.xOf(290), 90}), 200);
    }

    void a_thinned_curve_asks_for_exact_values_when_zoomed_in()
    {
        const Frame frame = frameOf(experimentOf(CellKind::Rnn), 1000, 64);
        QVERIFY(frame.lane().curve->stride() > 1);
        CurveView view;
        view.resize(460, 190);
        view.setFrame(frame);
        view.show();
        QSignalSpy spy(&view, &CurveView::exactRangeRequested);
        view.zoomTo(100, 150);
        QVERIFY(spy.wait());
        const qint64 first = spy.last().at(0).toLongLong();
        const qint64 last = spy.last().at(1).toLongLong();
        QVERIFY(first <= 100 && first >= 0);
        QVERIFY(last >= 150 && last < 1000);
        const QImage before = drawn(view, {460, 190});
        std::vector<unrolled::IterationSummary> rows;
        unrolled::Trainer trainer(experimentOf(CellKind::Rnn));
        for (qint64 i = 0; i <= last; ++i) {
            const auto row = trainer.step();
            if (i >= first)
                rows.push_back(row);
        }
        view.setExact(rows);
        QVERIFY(drawn(view, {460, 190}) != before);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, {200, 90});
        QCOMPARE(view.firstShown(), 0.0);
        QCOMPARE(view.lastShown(), 1000.0);
    }

    void zooming_stays_inside_the_run()
    {
        CurveView view;
        view.resize(460, 190);
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 200));
        view.zoomTo(-50, 50);
        QCOMPARE(view.firstShown(), 0.0);
        QCOMPARE(view.lastShown(), 100.0);
        view.zoomTo(-500, 5000);
        QCOMPARE(view.lastShown(), 300.0);
        view.zoomTo(150, 150);
        QVERIFY(view.lastShown() - view.firstShown() >= 2);
    }
};

QTEST_MAIN(PlotsTest)
#include "plots_test.moc"
