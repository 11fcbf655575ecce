#include "ui/paint/arrow.h"
#include "ui/paint/symbol_text.h"
#include "ui/paint/unrolled_geometry.h"

#include <QTest>

#include <cmath>

using namespace ui;
using Item = UnrolledHit::Item;

namespace {

UnrolledShape shape(int steps, const std::vector<int>& units, bool cellState, bool symbols = true)
{
    UnrolledShape made;
    made.steps = steps;
    made.units = units;
    made.cellState = cellState;
    made.symbols = symbols;
    made.classes = symbols;
    made.inputs = symbols ? 4 : 2;
    made.outputs = symbols ? 4 : 1;
    return made;
}

/// The parts of a step from top to bottom.
std::vector<QRectF> stackOf(const UnrolledGeometry& geometry, int t)
{
    std::vector<QRectF> stack{geometry.lossRect(t), geometry.answerRect(t), geometry.outputsRect(t)};
    for (int layer = geometry.shape().layers() - 1; layer >= 0; --layer)
        stack.push_back(geometry.cellRect(t, layer));
    stack.push_back(geometry.inputRect(t));
    stack.push_back(geometry.symbolRect(t));
    for (int layer = geometry.shape().layers() - 1; layer >= 0; --layer)
        stack.push_back(geometry.gradientRect(t, layer));
    stack.push_back(geometry.legendRect());
    return stack;
}

void addShapes()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("units");
    QTest::addColumn<int>("layers");
    QTest::addColumn<bool>("cellState");
    for (int steps : {1, 4, 60, 500}) {
        for (int units : {1, 3, 16, 128}) {
            for (int layers : {1, 2, 3}) {
                for (bool cellState : {false, true})
                    QTest::addRow("%d steps of %d layers of %d units%s", steps, layers, units,
                                  cellState ? " with a cell state" : "")
                        << steps << units << layers << cellState;
            }
        }
    }
}

const std::vector<QSize> sizes{{640, 440}, {928, 440}, {1400, 760}, {2600, 1300}, {3800, 1900}};

} // namespace

class UnrolledGeometryTest : public QObject
{
    Q_OBJECT

private slots:
    void nothingOverlaps_data() { addShapes(); }
    void nothingOverlaps();
    void initialStatesAndWeightsAreNamedApart_data() { addShapes(); }
    void initialStatesAndWeightsAreNamedApart();
    void placesAndTimesMatch_data() { addShapes(); }
    void placesAndTimesMatch();
    void hitsFindWhatIsDrawn_data();
    void hitsFindWhatIsDrawn();
    void oneChipNamesTheWeightsOfAllSteps_data();
    void oneChipNamesTheWeightsOfAllSteps();
    void detailFollowsTheRoom_data();
    void detailFollowsTheRoom();
    void textsUseTheHeightWhereStepsAreNarrow();
    void zoomKeepsWhatIsUnderTheMouse();
    void zoomStopsAtTheWholePicture();
    void panningStopsAtTheEnds();
    void theStepAtWorkComesIntoSight();
    void gradientStrengthIsOneFixedScale_data();
    void gradientStrengthIsOneFixedScale();
    void symbolsCanBeSeen_data();
    void symbolsCanBeSeen();
};

void UnrolledGeometryTest::nothingOverlaps()
{
    QFETCH(int, steps);
    QFETCH(int, units);
    QFETCH(int, layers);
    QFETCH(bool, cellState);
    constexpr double slack = 0.01;
    for (const QSize& size : sizes) {
        for (double zoom : {1.0, 6.0, 1e9}) {
            const UnrolledGeometry geometry(
                shape(steps, std::vector<int>(static_cast<std::size_t>(layers), units), cellState), size,
                {zoom, steps * 0.6, 0.4});
            const bool whole = geometry.camera().zoom <= 1;
            for (int t : {geometry.firstVisible(), geometry.lastVisible()}) {
                const auto stack = stackOf(geometry, t);
                for (std::size_t i = 0; i + 1 < stack.size(); ++i) {
                    QVERIFY(stack[i].height() >= 0);
                    if (i + 2 < stack.size() || whole)
                        QVERIFY2(stack[i].bottom() <= stack[i + 1].top() + slack,
                                 qPrintable(QStringLiteral("row %1 at %2 × %3")
                                                .arg(i)
                                                .arg(size.width())
                                                .arg(size.height())));
                }
                if (whole) {
                    QVERIFY(stack.front().top() >= -slack);
                    QVERIFY(geometry.column(t).left() >= geometry.viewport().left() - slack);
                    QVERIFY(geometry.column(t).right() <= geometry.viewport().right() + slack);
                }
                for (int layer = 0; layer < layers; ++layer) {
                    const QRectF cell = geometry.cellRect(t, layer);
                    QVERIFY(cell.contains(geometry.hiddenRect(t, layer)));
                    QVERIFY(!cellState || cell.contains(geometry.cellStateRect(t, layer)));
                    QVERIFY(!cellState || geometry.cellStateRect(t, layer).bottom() <=
                                              geometry.hiddenRect(t, layer).top() + slack);
                    if (geometry.detail() != StepDetail::Numbers)
                        continue;
                    for (const QRectF& chip :
                         {geometry.recurrentChip(t, layer), geometry.inputChip(t, layer)})
                        QVERIFY(!chip.adjusted(slack, slack, -slack, -slack).intersects(cell));
                    QVERIFY(!geometry.initialRect(layer).intersects(cell));
                }
            }
            for (int t = geometry.firstVisible(); t < geometry.lastVisible(); ++t) {
                const auto here = stackOf(geometry, t);
                const auto next = stackOf(geometry, t + 1);
                for (std::size_t i = 0; i + 1 < here.size(); ++i)
                    QVERIFY(here[i].right() <= next[i].left() + slack);
            }
        }
    }
}

void UnrolledGeometryTest::initialStatesAndWeightsAreNamedApart()
{
    QFETCH(int, steps);
    QFETCH(int, units);
    QFETCH(int, layers);
    QFETCH(bool, cellState);
    for (const QSize& size : sizes) {
        const UnrolledGeometry geometry(
            shape(steps, std::vector<int>(static_cast<std::size_t>(layers), units), cellState), size);
        if (geometry.detail() != StepDetail::Bars)
            continue;
        std::vector<QRectF> all{geometry.sharedChip(Item::OutputWeight, -1)};
        for (int layer = 0; layer < layers; ++layer) {
            all.push_back(geometry.sharedChip(Item::InputWeight, layer));
            all.push_back(geometry.sharedChip(Item::RecurrentWeight, layer));
            all.push_back(geometry.initialRect(layer));
            all.push_back(geometry.initialNameRect(layer, false, 50));
            if (cellState) {
                all.push_back(geometry.initialCellStateRect(layer));
                all.push_back(geometry.initialNameRect(layer, true, 50));
            }
        }
        const double apart = geometry.initialRect(0).center().y() -
                             (cellState ? geometry.initialCellStateRect(0).center().y() : 0);
        if (cellState && apart < 24 * geometry.scale()) // the strips of a cell are all but lines
            continue;
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (std::size_t k = i + 1; k < all.size(); ++k)
                QVERIFY2(!all[i].intersects(all[k]), qPrintable(QStringLiteral("%1 and %2 at %3 × %4")
                                                                    .arg(i)
                                                                    .arg(k)
                                                                    .arg(size.width())
                                                                    .arg(size.height())));
        }
    }
}

void UnrolledGeometryTest::placesAndTimesMatch()
{
    QFETCH(int, steps);
    QFETCH(int, units);
    QFETCH(int, layers);
    QFETCH(bool, cellState);
    for (const QSize& size : sizes) {
        for (double zoom : {1.0, 3.0, 40.0}) {
            const UnrolledGeometry geometry(
                shape(steps, std::vector<int>(static_cast<std::size_t>(layers), units), cellState), size,
                {zoom, steps * 0.3, 0.5});
            for (int t = geometry.firstVisible(); t <= geometry.lastVisible(); ++t) {
                const QRectF column = geometry.column(t);
                const double x = column.center().x();
                if (x > geometry.viewport().left())
                    QCOMPARE(geometry.timeAt(x), t);
                if (column.left() >= geometry.viewport().left())
                    QCOMPARE(geometry.timeAt(column.left() + 0.01 * column.width()), t);
            }
            QCOMPARE(geometry.timeAt(-5), 0);
            QCOMPARE(geometry.timeAt(geometry.left(steps) + 1.5 * geometry.stepWidth()), 0);
        }
    }
}

void UnrolledGeometryTest::hitsFindWhatIsDrawn_data()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<QSize>("size");
    QTest::newRow("cells with numbers") << 4 << QSize(928, 440);
    QTest::newRow("cells with bars") << 14 << QSize(928, 440);
    QTest::newRow("a strip") << 60 << QSize(928, 440);
    QTest::newRow("a thin strip") << 500 << QSize(1400, 760);
}

void UnrolledGeometryTest::hitsFindWhatIsDrawn()
{
    QFETCH(int, steps);
    QFETCH(QSize, size);
    const UnrolledGeometry geometry(shape(steps, {3, 5}, true), size);
    for (int t : {1, 2, steps / 2, steps}) {
        QCOMPARE(geometry.hit(geometry.lossRect(t).center()), (UnrolledHit{Item::Loss, t, -1, -1}));
        QCOMPARE(geometry.hit(geometry.answerRect(t).center()), (UnrolledHit{Item::Answer, t, -1, -1}));
        for (int row = 0; row < geometry.outputRows(); ++row)
            QCOMPARE(geometry.hit(geometry.outputRow(t, row).center()),
                     (UnrolledHit{Item::Output, t, -1, row}));
        for (int layer : {0, 1}) {
            for (int unit = 0; unit < geometry.shape().units[static_cast<std::size_t>(layer)]; ++unit) {
                QCOMPARE(geometry.hit(geometry.hiddenRow(t, layer, unit).center()),
                         (UnrolledHit{Item::Hidden, t, layer, unit}));
                QCOMPARE(geometry.hit(geometry.cellStateRow(t, layer, unit).center()),
                         (UnrolledHit{Item::CellState, t, layer, unit}));
            }
            QCOMPARE(geometry.hit(geometry.gradientRect(t, layer).center()),
                     (UnrolledHit{Item::Gradient, t, layer, -1}));
        }
        QCOMPARE(geometry.hit(geometry.inputRect(t).center()), (UnrolledHit{Item::Input, t, -1, -1}));
        QCOMPARE(geometry.hit(geometry.symbolRect(t).center()), (UnrolledHit{Item::Input, t, -1, -1}));
        if (geometry.detail() == StepDetail::Numbers) {
            QCOMPARE(geometry.hit(geometry.outputChip(t).center()),
                     (UnrolledHit{Item::OutputWeight, t, -1, -1}));
            QCOMPARE(geometry.hit(geometry.recurrentChip(t, 1).center()),
                     (UnrolledHit{Item::RecurrentWeight, t, 1, -1}));
            QCOMPARE(geometry.hit(geometry.inputChip(t, 1).center()),
                     (UnrolledHit{Item::InputWeight, t, 1, -1}));
        }
    }
    QCOMPARE(geometry.hit(geometry.initialRect(1).center()).item, Item::InitialState);
    QCOMPARE(geometry.hit({-3, 100}).item, Item::None);
    QCOMPARE(geometry.hit(geometry.legendRect().center()).item, Item::None);
}

void UnrolledGeometryTest::oneChipNamesTheWeightsOfAllSteps_data()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<bool>("cellState");
    for (int steps : {12, 20, 60, 500}) {
        QTest::addRow("%d steps without a cell state", steps) << steps << false;
        QTest::addRow("%d steps with a cell state", steps) << steps << true;
    }
}

void UnrolledGeometryTest::oneChipNamesTheWeightsOfAllSteps()
{
    QFETCH(int, steps);
    QFETCH(bool, cellState);
    const UnrolledGeometry geometry(shape(steps, {8, 8}, cellState), {917, 402});
    QVERIFY(geometry.detail() != StepDetail::Numbers);
    QList<QRectF> chips;
    const auto isNamed = [&](Item item, int layer, double height) {
        const QRectF chip = geometry.sharedChip(item, layer);
        QVERIFY(!chip.isEmpty());
        QVERIFY(chip.left() >= 0 && chip.right() <= geometry.cellRect(1, 0).left());
        QVERIFY(std::abs(chip.center().y() - height) < 2 || item == Item::RecurrentWeight);
        QCOMPARE(geometry.hit(chip.center()), (UnrolledHit{item, 0, layer, -1}));
        for (const QRectF& other : chips)
            QVERIFY(!chip.intersects(other));
        chips << chip;
    };
    isNamed(Item::OutputWeight, -1, geometry.outputArrow(1).center().y());
    for (int layer : {0, 1}) {
        isNamed(Item::InputWeight, layer, geometry.inputArrow(1, layer).center().y());
        isNamed(Item::RecurrentWeight, layer, 0);
    }
}

void UnrolledGeometryTest::detailFollowsTheRoom_data()
{
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("units");
    QTest::addColumn<double>("zoom");
    QTest::addColumn<int>("step");
    QTest::addColumn<int>("unit");
    const auto row = [](const char* name, int steps, int units, double zoom, StepDetail step,
                        UnitDetail unit) {
        QTest::newRow(name) << steps << units << zoom << static_cast<int>(step) << static_cast<int>(unit);
    };
    row("hello has all its numbers", 4, 3, 1, StepDetail::Numbers, UnitDetail::Numbers);
    row("sixteen units are bars", 4, 16, 1, StepDetail::Numbers, UnitDetail::Bars);
    row("128 units are colours", 4, 128, 1, StepDetail::Numbers, UnitDetail::Colours);
    row("128 units have numbers where zoomed in far enough", 4, 128, 7, StepDetail::Numbers,
        UnitDetail::Numbers);
    row("fourteen steps are bars", 14, 3, 1, StepDetail::Bars, UnitDetail::Bars);
    row("sixty steps are a strip", 60, 32, 1, StepDetail::Strip, UnitDetail::Colours);
    row("sixty steps zoomed in are bars", 60, 32, 5, StepDetail::Bars, UnitDetail::Bars);
    row("sixty steps zoomed in more have numbers", 60, 3, 14, StepDetail::Numbers, UnitDetail::Numbers);
    row("five hundred steps are a strip", 500, 128, 1, StepDetail::Strip, UnitDetail::Colours);
}

void UnrolledGeometryTest::detailFollowsTheRoom()
{
    QFETCH(int, steps);
    QFETCH(int, units);
    QFETCH(double, zoom);
    QFETCH(int, step);
    QFETCH(int, unit);
    const UnrolledGeometry geometry(shape(steps, {units}, false), {928, 440}, {zoom, 0, 0.5});
    QCOMPARE(static_cast<int>(geometry.detail()), step);
    QCOMPARE(static_cast<int>(geometry.unitDetail(0)), unit);
}

void UnrolledGeometryTest::textsUseTheHeightWhereStepsAreNarrow()
{
    // Beside an opened cell on a small projector.
    const UnrolledGeometry hello(shape(4, {3}, false, true), QSizeF(742, 730));
    QCOMPARE(hello.detail(), StepDetail::Numbers);
    QVERIFY(hello.scale() >= 1);
    QVERIFY(hello.stepWidth() >= 140 * hello.scale());
}

void UnrolledGeometryTest::zoomKeepsWhatIsUnderTheMouse()
{
    const UnrolledShape made = shape(60, {32}, false);
    UnrolledCamera camera;
    const QPointF mouse(611, 200);
    const UnrolledGeometry before(made, {928, 440}, camera);
    const double time = (mouse.x() - before.left(1)) / before.stepWidth();
    for (int turn = 0; turn < 12; ++turn) {
        const UnrolledGeometry geometry(made, {928, 440}, camera);
        camera = geometry.zoomed(1.3, mouse);
        const UnrolledGeometry zoomed(made, {928, 440}, camera);
        QVERIFY(std::abs((mouse.x() - zoomed.left(1)) / zoomed.stepWidth() - time) < 1e-6);
        QVERIFY(zoomed.stepWidth() >= geometry.stepWidth());
    }
}

void UnrolledGeometryTest::zoomStopsAtTheWholePicture()
{
    const UnrolledShape made = shape(60, {32}, false);
    const UnrolledGeometry fitted(made, {928, 440});
    UnrolledCamera camera = fitted.zoomed(9, {100, 100});
    for (int turn = 0; turn < 40; ++turn)
        camera = UnrolledGeometry(made, {928, 440}, camera).zoomed(0.8, {700, 300});
    QCOMPARE(camera.zoom, 1.0);
    const UnrolledGeometry back(made, {928, 440}, camera);
    QCOMPARE(back.column(1), fitted.column(1));
    QCOMPARE(back.cellRect(60, 0), fitted.cellRect(60, 0));
    QVERIFY(UnrolledGeometry(made, {928, 440}, {1e12, 3, 0.5}).camera().zoom <= fitted.largestZoom());
}

void UnrolledGeometryTest::panningStopsAtTheEnds()
{
    const UnrolledShape made = shape(60, {32}, false);
    UnrolledCamera camera = UnrolledGeometry(made, {928, 440}).zoomed(8, {400, 200});
    camera = UnrolledGeometry(made, {928, 440}, camera).panned({1e6, 1e6});
    QCOMPARE(UnrolledGeometry(made, {928, 440}, camera).firstVisible(), 1);
    QVERIFY(UnrolledGeometry(made, {928, 440}, camera).left(1) >= 0);
    camera = UnrolledGeometry(made, {928, 440}, camera).panned({-1e6, -1e6});
    const UnrolledGeometry end(made, {928, 440}, camera);
    QCOMPARE(end.lastVisible(), 60);
    QVERIFY(end.column(60).right() <= 928);
}

void UnrolledGeometryTest::theStepAtWorkComesIntoSight()
{
    const UnrolledShape made = shape(60, {32}, false);
    UnrolledCamera camera = UnrolledGeometry(made, {928, 440}).zoomed(14, {100, 200});
    for (int t : {1, 2, 3, 30, 60, 59, 2}) {
        camera = UnrolledGeometry(made, {928, 440}, camera).showing(t);
        const UnrolledGeometry geometry(made, {928, 440}, camera);
        QVERIFY(geometry.column(t).left() >= geometry.viewport().left() - 1);
        QVERIFY(geometry.column(t).right() <= geometry.viewport().right() + 1);
        QCOMPARE(geometry.showing(t), geometry.camera());
    }
}

void UnrolledGeometryTest::gradientStrengthIsOneFixedScale_data()
{
    QTest::addColumn<double>("norm");
    QTest::addColumn<double>("strength");
    QTest::newRow("nothing is nothing") << 0.0 << 0.0;
    QTest::newRow("1e-9 is under the scale") << 1e-9 << 0.0;
    QTest::newRow("1e-8 is its foot") << 1e-8 << 0.0;
    QTest::newRow("1e-5 is a third") << 1e-5 << 1.0 / 3;
    QTest::newRow("1e-2 is two thirds") << 1e-2 << 2.0 / 3;
    QTest::newRow("ten is its top") << 10.0 << 1.0;
    QTest::newRow("a million is over it") << 1e6 << 1.0;
    QTest::newRow("not a number has none") << std::nan("") << 0.0;
}

void UnrolledGeometryTest::gradientStrengthIsOneFixedScale()
{
    QFETCH(double, norm);
    QFETCH(double, strength);
    QVERIFY(std::abs(gradientStrength(norm) - strength) < 1e-12);
}

void UnrolledGeometryTest::symbolsCanBeSeen_data()
{
    QTest::addColumn<QString>("symbol");
    QTest::addColumn<QString>("seen");
    QTest::newRow("a letter is itself") << "e"
                                        << "e";
    QTest::newRow("Korean is itself") << "안"
                                      << "안";
    QTest::newRow("an emoji is itself") << "🙂"
                                        << "🙂";
    QTest::newRow("a space is a bracket") << " "
                                          << "␣";
    QTest::newRow("a line end is an arrow") << "\n"
                                            << "↵";
    QTest::newRow("a tab is an arrow") << "\t"
                                       << "⇥";
    QTest::newRow("an accent stands on a circle")
        << QString(QChar(0x0301)) << QStringLiteral("◌") + QChar(0x0301);
    QTest::newRow("a zero-width space is its code") << QString(QChar(0x200b)) << "U+200B";
}

void UnrolledGeometryTest::symbolsCanBeSeen()
{
    QFETCH(QString, symbol);
    QFETCH(QString, seen);
    QCOMPARE(visibleSymbol(symbol.toStdString()), seen);
}

QTEST_GUILESS_MAIN(UnrolledGeometryTest)
#include "unrolled_geometry_test.moc"
