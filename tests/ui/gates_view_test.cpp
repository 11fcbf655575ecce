#include "core/gradients/gate_saturation.h"
#include "tests/ui/analysed_frames.h"
#include "tests/ui/exported.h"
#include "ui/exports/picture.h"
#include "ui/paint/heat_geometry.h"
#include "ui/paint/palette.h"
#include "ui/views/gates_view.h"
#include "ui/views/hidden_view.h"

#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <cmath>

using namespace ui;
using unrolled::CellKind;
using unrolled::GateSaturation;
using unrolled::Phase;

namespace {

/// An LSTM whose forget gates are open, or nearly, from the start.
unrolled::Experiment highway(int units)
{
    unrolled::Experiment experiment = echo(CellKind::Lstm, 12, units);
    experiment.model.forgetBias = 3;
    return experiment;
}

/// The saturation of the gate of a block, by unit.
std::vector<GateSaturation> saturationOf(const Frame& frame, std::string_view gate)
{
    std::vector<GateSaturation> result;
    for (const GateSaturation& one : unrolled::gateSaturation(frame.trace())) {
        if (one.gate == gate)
            result.push_back(one);
    }
    return result;
}

bool close(double a, double b)
{
    return std::abs(a - b) < 1e-9;
}

} // namespace

class GatesViewTest : public QObject
{
    Q_OBJECT
private slots:
    void in_little_room_a_gate_is_told_by_its_symbol_and_its_model()
    {
        Frame frame = frameOf(experimentOf(CellKind::Lstm), 3);
        frame.lanes.push_back(frameOf(experimentOf(CellKind::Gru), 3).lanes.front());
        frame.lanes[0].name = QStringLiteral("LSTM");
        frame.lanes[1].name = QStringLiteral("GRU");
        GatesView view;
        view.setFrame(frame);
        const auto told = [&](const QSize& size) {
            QTemporaryDir directory;
            const QString file = directory.filePath(QStringLiteral("gates.svg"));
            QString error;
            writePicture([&](QPainter& painter, const QSize& at) { view.paintTo(painter, at); }, view.title(),
                         file, size, &error);
            return words(contents(file));
        };
        QVERIFY(told({900, 700}).contains(QStringLiteral("forget gate, LSTM")));
        bool shorter = false;
        bool shortest = false;
        for (int width = 240; width < 700; width += 20) {
            const QString all = told({width, 150});
            QVERIFY2(!all.contains(QChar(0x2026)), qPrintable(all));
            QCOMPARE(all.count(QStringLiteral("LSTM")), 4);
            QCOMPARE(all.count(QStringLiteral("GRU")), 3);
            shorter = shorter || all.contains(QStringLiteral("forget, LSTM"));
            shortest = shortest || !all.contains(QStringLiteral("forget"));
        }
        QVERIFY(shorter && shortest);
    }

    void layers_and_models_are_told_apart_in_little_room_data()
    {
        QTest::addColumn<int>("models");
        QTest::newRow("one model") << 1;
        QTest::newRow("three models") << 3;
        QTest::newRow("four models") << 4;
    }
    void layers_and_models_are_told_apart_in_little_room()
    {
        QFETCH(int, models);
        const auto layered = [](CellKind cell) {
            unrolled::Experiment experiment = experimentOf(cell);
            experiment.model.hidden = {4, 3};
            experiment.model.initScale = 9; // c leaves the usual range
            return frameOf(experiment, 3).lanes.front();
        };
        Frame frame = frameOf(experimentOf(CellKind::Lstm), 3);
        frame.lanes = {layered(CellKind::Lstm)};
        frame.lanes[0].name = QStringLiteral("LSTM");
        const std::pair<CellKind, const char*> others[] = {
            {CellKind::Gru, "GRU"}, {CellKind::Rnn, "RNN"}, {CellKind::Lstm, "LSTM 2"}};
        for (int i = 0; i + 1 < models; ++i) {
            frame.lanes.push_back(layered(others[i].first));
            frame.lanes.back().name = QLatin1String(others[i].second);
        }
        GatesView gates;
        HiddenView states;
        for (HeatMapView* view : {static_cast<HeatMapView*>(&gates), static_cast<HeatMapView*>(&states)}) {
            view->setFrame(frame);
            const QString ranges = QStringLiteral("±");
            const auto told = [&](const QSize& size) {
                QTemporaryDir directory;
                const QString file = directory.filePath(QStringLiteral("states.svg"));
                QString error;
                writePicture([&](QPainter& painter, const QSize& at) { view->paintTo(painter, at); },
                             view->title(), file, size, &error);
                return words(contents(file));
            };
            const auto ofLayer = [](const QString& all, int layer) {
                return all.count(QStringLiteral("layer %1").arg(layer)) +
                       all.count(QStringLiteral("(%1)").arg(layer));
            };
            const QString whole = told({1200, 1200});
            QVERIFY(whole.contains(QStringLiteral("layer 2")));
            QCOMPARE(ofLayer(whole, 1), ofLayer(whole, 2));
            for (int width = models > 3 ? 440 : 362; width < 800; width += 40) {
                const QString all = told({width, models > 3 ? 225 : 190});
                QVERIFY2(!all.contains(QChar(0x2026)), qPrintable(all));
                QCOMPARE(ofLayer(all, 1), ofLayer(whole, 1));
                QCOMPARE(ofLayer(all, 2), ofLayer(whole, 2));
                for (const Lane& lane : frame.lanes)
                    QCOMPARE(models > 1 ? all.count(lane.name) : 0, models > 1 ? whole.count(lane.name) : 0);
                QCOMPARE(all.count(ranges), whole.count(ranges));
            }
        }
    }

    void all_cells_and_rows_have_their_number_or_none_has()
    {
        unrolled::Experiment experiment = experimentOf(CellKind::Lstm);
        experiment.model.hidden = {4, 3};
        HiddenView view;
        view.setFrame(frameOf(experiment, 0));
        bool some = false;
        for (int height = 120; height < 420; height += 3) {
            view.resize(540, height);
            const QImage picture = view.grab().toImage();
            const HeatLayout layout = view.layout();
            some = some || layout.numbers;
            const auto inks = [&](const QRectF& place) {
                const QRect room = place.toAlignedRect().adjusted(4, 3, -4, -3) & picture.rect();
                const QColor ground = picture.pixelColor(room.topLeft());
                int ink = 0;
                for (int y = room.top(); y <= room.bottom(); ++y)
                    for (int x = room.left(); x <= room.right(); ++x)
                        ink += picture.pixelColor(x, y) != ground;
                return ink > 0;
            };
            for (const HeatBlock& block : layout.blocks)
                for (int t = 0; t < block.time.cells(); ++t)
                    for (int unit = 0; unit < block.unit.cells(); ++unit)
                        QVERIFY2(inks(block.cell(t, unit)) == layout.numbers,
                                 qPrintable(QString::number(height)));
        }
        QVERIFY(some);
    }

    void gates_of_another_model_are_told_to_be_so()
    {
        Frame frame = frameOf(experimentOf(CellKind::Lstm), 3);
        frame.lanes.push_back(frameOf(experimentOf(CellKind::Gru), 3).lanes.front());
        GatesView view;
        view.resize(700, 900);
        view.setFrame(frame);
        const HeatLayout layout = view.layout();
        const QPoint own = layout.blocks.front().cell(0, 0).center().toPoint();
        const QPoint other = layout.blocks.back().cell(0, 0).center().toPoint();
        QVERIFY(!view.changesAt(own).empty() && view.modelAt(own) == 0);
        QVERIFY(view.changesAt(other).empty() && view.modelAt(other) == 1);
    }

    void without_the_changes_a_bar_ends_elsewhere()
    {
        Frame frame = frameOf(highway(3), 3);
        frame.ghosts = frameOf(echo(CellKind::Lstm, 12, 3), 3).lanes; // its gates are not as open
        GatesView view;
        view.resize(900, 900);
        const auto dots = [&] {
            const QImage picture = view.grab().toImage();
            const QColor color = paletteFor(view.palette()).text;
            const QRect side = view.layout().blocks[1].side.toAlignedRect().adjusted(-1, 0, 2, 0);
            int count = 0;
            for (int y = side.top(); y < side.bottom(); ++y) {
                for (int x = side.left(); x < side.right(); ++x)
                    count += picture.pixelColor(x, y) == color;
            }
            return count;
        };
        view.setFrame(frame);
        const GateSaturation other = saturationOf(frameOf(echo(CellKind::Lstm, 12, 3), 3), "f").front();
        QVERIFY(other.right < 0.5 && saturationOf(frame, "f").front().right > 0.5);
        const QRectF row = view.bars(1, 0).first;
        QVERIFY2(view.textAt(row.center()).contains(QStringLiteral("; without the changes ")),
                 qPrintable(view.textAt(row.center())));
        QVERIFY(dots() > 0);
        frame.ghosts.clear();
        view.setFrame(frame);
        QVERIFY(!view.textAt(row.center()).contains(QStringLiteral("without the changes")));
        QCOMPARE(dots(), 0);
    }

    void room_beside_the_cells_costs_no_number()
    {
        HeatMetrics metrics;
        metrics.sideWidth = 50;
        // Cells have room for their numbers with the bars beside them …
        const HeatLayout wide = heatLayout(QRectF(0, 0, 400, 400), {3, 3}, 4, metrics);
        QVERIFY(wide.numbers);
        for (const HeatBlock& block : wide.blocks) {
            QCOMPARE(block.side.width(), 50.0);
            QVERIFY(block.side.left() > block.cells.right());
            QVERIFY(block.side.right() <= 400);
            QCOMPARE(block.side.top(), block.cells.top());
            QCOMPARE(block.side.height(), block.cells.height());
        }
        // … or have it only without them.
        const HeatLayout narrow = heatLayout(QRectF(0, 0, 190, 400), {3, 3}, 4, metrics);
        QVERIFY(narrow.numbers && narrow.blocks.front().side.isEmpty());
        QCOMPARE(narrow.blocks.front().cells,
                 heatLayout(QRectF(0, 0, 190, 400), {3, 3}, 4, {}).blocks.front().cells);
        QVERIFY(heatLayout(QRectF(0, 0, 140, 400), {3}, 60, metrics).blocks.front().side.isEmpty());
        for (double y = 0; y < 400; y += 1.5) {
            const QPointF beside(wide.blocks[1].side.center().x(), y);
            QCOMPARE(placeAt(wide, beside), HeatPlace());
            const HeatPlace place = sideAt(wide, beside);
            QCOMPARE(place.block >= 0,
                     placeAt(wide, QPointF(wide.blocks[1].cells.center().x(), y)).block >= 0);
            QCOMPARE(place.unitCell, placeAt(wide, QPointF(wide.blocks[1].cells.center().x(), y)).unitCell);
        }
    }

    void bars_are_the_shares_of_the_steps_data()
    {
        QTest::addColumn<CellKind>("cell");
        QTest::newRow("a GRU") << CellKind::Gru;
        QTest::newRow("an LSTM") << CellKind::Lstm;
    }
    void bars_are_the_shares_of_the_steps()
    {
        QFETCH(CellKind, cell);
        unrolled::Experiment experiment = echo(cell, 12);
        experiment.model.forgetBias = 2;
        experiment.model.initScale = 40; // saturates
        const Frame frame = analysed(experiment);
        GatesView view;
        showIn(view, frame, {900, 700});
        const HeatLayout layout = view.layout();
        const char* gates = cell == CellKind::Lstm ? "ifgo" : "rzn";
        int some = 0;
        for (int block = 0; block < static_cast<int>(layout.blocks.size()); ++block) {
            const auto known = saturationOf(frame, std::string_view(gates + block, 1));
            const QRectF side = layout.blocks[static_cast<std::size_t>(block)].side;
            QVERIFY(side.width() > 20);
            // A gate from -1 to 1 has no such shares.
            QCOMPARE(known.empty(), std::string_view("gn").find(gates[block]) != std::string_view::npos);
            for (int unit = 0; unit < static_cast<int>(known.size()); ++unit) {
                const GateSaturation& one = known[static_cast<std::size_t>(unit)];
                const auto [closed, open] = view.bars(block, unit);
                QVERIFY(close(closed.width(), side.width() * one.left));
                QVERIFY(close(open.width(), side.width() * one.right));
                QVERIFY(close(closed.left(), side.left()) && close(open.right(), side.right()));
                some += one.left > 0 || one.right > 0 ? 1 : 0;
                const QString words = view.textAt(QPointF(side.center().x(), open.center().y()));
                QVERIFY2(
                    words.contains(QStringLiteral("gate, unit %1: below 0.1 (closed) at ").arg(unit + 1)),
                    qPrintable(words));
                const auto i = static_cast<std::size_t>(block);
                QVERIFY(view.textAt(layout.blocks[i].cell(2, unit).center())
                            .endsWith(words.mid(words.indexOf(QLatin1String("unit")))));
            }
        }
        QVERIFY(some > 4);
    }

    void an_open_gate_is_drawn_and_told()
    {
        const Frame frame = analysed(highway(5));
        GatesView view;
        showIn(view, frame, {900, 700});
        const auto forget = saturationOf(frame, "f");
        const auto always = std::count_if(forget.begin(), forget.end(),
                                          [](const GateSaturation& one) { return one.right == 1; });
        QVERIFY(always > 0);
        QVERIFY2(view.describe().contains(QStringLiteral("%1 of 5 units are open all the time").arg(always)),
                 qPrintable(view.describe()));
        for (int unit = 0; unit < 5; ++unit) {
            if (forget[static_cast<std::size_t>(unit)].right < 1)
                continue;
            QCOMPARE(view.grab().toImage().pixelColor(view.bars(1, unit).second.center().toPoint()),
                     diverging(lightPalette(), 1));
        }
    }

    void nothing_is_shown_before_all_steps_are_computed()
    {
        Frame frame = analysed(highway(5));
        GatesView view;
        const auto at = [&](int tick, double alpha = 1) {
            frame.position = frame.ticks.endOfTick(3, tick);
            frame.alpha = alpha;
            view.setFrame(frame);
        };
        showIn(view, frame, {900, 700});
        const QPoint bar = view.bars(1, 0).second.center().toPoint();
        const QColor there = view.grab().toImage().pixelColor(bar);
        at(frame.ticks.tickOf(Phase::Forward, 11));
        QCOMPARE(view.grab().toImage().pixelColor(bar), lightPalette().background);
        QVERIFY(view.textAt(bar).isEmpty());
        QVERIFY(!view.describe().contains(QLatin1String("closed")));
        at(frame.ticks.tickOf(Phase::Forward, 12));
        QCOMPARE(view.grab().toImage().pixelColor(bar), there);
        QVERIFY(!view.textAt(bar).isEmpty());
        QVERIFY(there != lightPalette().background);
    }

    void gradients_have_no_shares()
    {
        GatesView view;
        showIn(view, analysed(highway(5)), {900, 700});
        QVERIFY(!view.layout().blocks.front().side.isEmpty());
        view.setShowGradient(true);
        QVERIFY(view.layout().blocks.front().side.isEmpty());
        QVERIFY(!view.describe().contains(QLatin1String("closed")));
    }

    void units_that_share_a_row_share_their_mean()
    {
        const Frame frame = analysed(highway(96));
        GatesView view;
        showIn(view, frame, {500, 260});
        const HeatLayout layout = view.layout();
        const HeatBlock& forget = layout.blocks[1];
        QVERIFY(forget.unit.group > 1);
        const auto known = saturationOf(frame, "f");
        double open = 0;
        for (int unit = forget.unit.first(2); unit <= forget.unit.last(2); ++unit)
            open += known[static_cast<std::size_t>(unit)].right / forget.unit.group;
        QVERIFY(close(view.bars(1, 2).second.width(), forget.side.width() * open));
        const QString words =
            view.textAt(QPointF(forget.side.center().x(), forget.unit.edge(2) + forget.unit.cellSize() / 2));
        QVERIFY2(words.contains(QLatin1String("on the average")), qPrintable(words));
    }
};

QTEST_MAIN(GatesViewTest)
#include "gates_view_test.moc"
