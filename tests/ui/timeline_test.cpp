#include "ui/paint/timeline_geometry.h"
#include "ui/panels/timeline_bar.h"

#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace ui;
using unrolled::Phase;
using unrolled::Position;

namespace {

Frame frameOf(int steps, const Position& position)
{
    Frame frame;
    frame.ticks = unrolled::TickLayout({}, 1, steps, true);
    frame.position = position;
    return frame;
}

} // namespace

class TimelineTest : public QObject
{
    Q_OBJECT

private slots:
    void theMiddleOfEveryTickLeadsBackToIt();
    void everyPixelBelongsToTheTickThatCoversIt();
    void ticksStandInOrderInsideTheArea();
    void lossAndUpdateKeepRoomForTheirLabels();
    void labelsNeverOverlapAndBeginWithTheFirstStep();
    void everyIterationLeadsBackToItself();
    void dotsStayInsideAndAreFound();
    void aClickOnATickGoesToItsEnd_data();
    void aClickOnATickGoesToItsEnd();
    void aClickOnADotGoesToItsPart();
    void draggingTheIterationSliderScrubs();
    void theWheelGoesOneIteration();
    void aNumberTypedGoesToThatIteration();
    void showingAFrameRequestsNothing();
};

void TimelineTest::theMiddleOfEveryTickLeadsBackToIt()
{
    for (int steps = 1; steps <= 500; ++steps) {
        for (int width = 200; width <= 3000; width += width < 300 ? 1 : 37) {
            const TickStrip strip(steps, QRectF(3, 1, width, 20));
            for (int tick = 0; tick < strip.ticks(); ++tick) {
                const double middle = strip.cell(tick).center().x();
                if (strip.tickAt(middle) != tick)
                    QFAIL(qPrintable(QStringLiteral("T=%1 width=%2 tick=%3 came back as %4")
                                         .arg(steps)
                                         .arg(width)
                                         .arg(tick)
                                         .arg(strip.tickAt(middle))));
            }
        }
    }
}

void TimelineTest::everyPixelBelongsToTheTickThatCoversIt()
{
    for (int steps = 1; steps <= 500; ++steps) {
        for (int width = 200; width <= 3000; width += 173) {
            const TickStrip strip(steps, QRectF(0, 0, width, 20));
            int before = 0;
            for (int x = -5; x <= width + 5; ++x) {
                const int tick = strip.tickAt(x);
                QVERIFY(tick >= before && tick < strip.ticks());
                before = tick;
                // Between two blocks the nearer one is taken: never further off than half a block gap.
                const QRectF cell = strip.cell(tick);
                QVERIFY2(x < 0 || x > width || (x >= cell.left() - 3 && x <= cell.right() + 3),
                         qPrintable(QStringLiteral("T=%1 width=%2 x=%3").arg(steps).arg(width).arg(x)));
            }
            QCOMPARE(strip.tickAt(-5), 0);
            QCOMPARE(strip.tickAt(width + 5), strip.ticks() - 1);
        }
    }
}

void TimelineTest::ticksStandInOrderInsideTheArea()
{
    for (const int steps : {1, 4, 25, 60, 100, 500}) {
        for (int width = 200; width <= 3000; width += 50) {
            const QRectF area(10, 0, width, 20);
            const TickStrip strip(steps, area);
            QVERIFY(std::abs(strip.cell(0).left() - area.left()) < 1e-6);
            QVERIFY(std::abs(strip.cell(strip.ticks() - 1).right() - area.right()) < 1e-6);
            for (int tick = 0; tick < strip.ticks(); ++tick) {
                QVERIFY(strip.cell(tick).width() > 0);
                QVERIFY(strip.cell(tick).adjusted(-1e-6, 0, 1e-6, 0).contains(strip.segment(tick)));
                if (tick > 0)
                    QVERIFY(strip.cell(tick).left() >= strip.cell(tick - 1).right() - 1e-6);
            }
        }
    }
}

void TimelineTest::lossAndUpdateKeepRoomForTheirLabels()
{
    for (int steps = 1; steps <= 500; ++steps) {
        for (const int width : {400, 800, 1600}) {
            const TickStrip strip(steps, QRectF(0, 0, width, 20));
            QVERIFY(strip.block(Phase::Loss).width() >= 30);
            QVERIFY(strip.block(Phase::Update).width() >= 30);
        }
    }
}

void TimelineTest::labelsNeverOverlapAndBeginWithTheFirstStep()
{
    constexpr double room = 26;
    for (int steps = 1; steps <= 500; ++steps) {
        for (const int width : {300, 640, 860, 1500, 3000}) {
            const TickStrip strip(steps, QRectF(0, 0, width, 20));
            const std::vector<int> labels = strip.labelled(room);
            QVERIFY(!labels.empty());
            QCOMPARE(labels.front(), 0);
            QCOMPARE(labels.back(), 2 * steps);
            for (std::size_t i = 1; i < labels.size(); ++i) {
                QVERIFY(labels[i] > labels[i - 1]);
                const bool samePhase = (labels[i] < steps) == (labels[i - 1] < steps);
                const double apart =
                    strip.cell(labels[i]).center().x() - strip.cell(labels[i - 1]).center().x();
                QVERIFY2(!samePhase || apart >= room - 1e-6,
                         qPrintable(QStringLiteral("T=%1 width=%2: %3 px").arg(steps).arg(width).arg(apart)));
            }
        }
    }
}

void TimelineTest::everyIterationLeadsBackToItself()
{
    for (const std::int64_t last : {0, 1, 300, 800}) {
        const IterationScale scale(9, 900, last);
        for (std::int64_t i = 0; i <= last; ++i)
            QCOMPARE(scale.iterationAt(scale.x(i)), i);
    }
    const IterationScale huge(9, 900, 10'000'000);
    QCOMPARE(huge.iterationAt(9), 0);
    QCOMPARE(huge.iterationAt(-100), 0);
    QCOMPARE(huge.iterationAt(2000), 10'000'000);
    for (std::int64_t i = 0; i <= 10'000'000; i += 9973)
        QCOMPARE(huge.iterationAt(huge.x(i)), i);
}

void TimelineTest::dotsStayInsideAndAreFound()
{
    const QRectF area(0, 0, 400, 36);
    for (const int count : {1, 2, 5, 12, 30}) {
        for (const double x : {0.0, 3.0, 200.0, 396.0}) {
            const auto dots = partDots(QRectF(x, 0, 4, 20), area, count, 30);
            QCOMPARE(static_cast<int>(dots.size()), count);
            for (int i = 0; i < count; ++i) {
                QVERIFY(area.contains(dots[static_cast<std::size_t>(i)]));
                QCOMPARE(dotAt(dots, dots[static_cast<std::size_t>(i)].x()), i);
            }
        }
    }
    QCOMPARE(dotAt({}, 10), -1);
}

void TimelineTest::aClickOnATickGoesToItsEnd_data()
{
    QTest::addColumn<int>("steps");
    QTest::newRow("four steps") << 4;
    QTest::newRow("sixty steps") << 60;
    QTest::newRow("five hundred steps, several to a pixel") << 500;
}

void TimelineTest::aClickOnATickGoesToItsEnd()
{
    QFETCH(int, steps);
    TickSlider slider;
    slider.resize(860, 36);
    const Frame frame = frameOf(steps, {7, 0, 0});
    slider.setFrame(frame);
    slider.show();
    QSignalSpy requests(&slider, &TickSlider::positionRequested);
    for (const int tick : {1, steps / 2, steps, steps + 1, 2 * steps, 2 * steps + 1}) {
        const QPoint place = slider.strip().cell(tick).center().toPoint();
        QTest::mouseClick(&slider, Qt::LeftButton, {}, place);
        const int hit = slider.strip().tickAt(place.x());
        QVERIFY(!requests.isEmpty());
        QCOMPARE(requests.takeLast().at(0).value<Position>(), frame.ticks.endOfTick(7, hit));
        if (slider.strip().cell(tick).width() > 1)
            QCOMPARE(hit, tick);
    }
}

void TimelineTest::aClickOnADotGoesToItsPart()
{
    TickSlider slider;
    slider.resize(860, 36);
    const Frame frame = frameOf(4, {0, 2, 0});
    slider.setFrame(frame);
    slider.show();
    const auto parts = static_cast<int>(frame.ticks.parts(2).size());
    const auto dots = partDots(slider.strip().cell(2), slider.rect(), parts, 30);
    QSignalSpy requests(&slider, &TickSlider::positionRequested);
    QTest::mouseClick(&slider, Qt::LeftButton, {}, QPoint(qRound(dots[1].x()), 31));
    QCOMPARE(requests.size(), 1);
    QCOMPARE(requests.at(0).at(0).value<Position>(), (Position{0, 2, 1}));
}

void TimelineTest::draggingTheIterationSliderScrubs()
{
    IterationSlider slider;
    slider.resize(640, 26);
    slider.setRange(100, 300);
    slider.show();
    QSignalSpy requests(&slider, &IterationSlider::iterationRequested);
    const int middle = slider.height() / 2;
    QTest::mousePress(&slider, Qt::LeftButton, {}, QPoint(qRound(slider.scale().x(50)), middle));
    QCOMPARE(requests.takeLast().at(0).toLongLong(), 50);
    slider.setIteration(50);
    QTest::mouseMove(&slider, QPoint(qRound(slider.scale().x(200)), middle));
    QCOMPARE(requests.takeLast().at(0).toLongLong(), 200);
    slider.setIteration(200);
    QTest::mouseRelease(&slider, Qt::LeftButton, {}, QPoint(5000, middle));
    QVERIFY(requests.isEmpty());
    QTest::mouseMove(&slider, QPoint(20, middle));
    QVERIFY(requests.isEmpty());
}

void TimelineTest::theWheelGoesOneIteration()
{
    IterationSlider slider;
    slider.resize(640, 26);
    slider.setRange(100, 300);
    slider.setIteration(50);
    QSignalSpy requests(&slider, &IterationSlider::iterationRequested);
    QWheelEvent down(QPointF(100, 10), QPointF(100, 10), {}, QPoint(0, -120), {}, {}, Qt::NoScrollPhase,
                     false);
    QApplication::sendEvent(&slider, &down);
    QCOMPARE(requests.takeLast().at(0).toLongLong(), 51);
    QWheelEvent half(QPointF(100, 10), QPointF(100, 10), {}, QPoint(0, 60), {}, {}, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&slider, &half);
    QVERIFY(requests.isEmpty());
    QApplication::sendEvent(&slider, &half);
    QCOMPARE(requests.takeLast().at(0).toLongLong(), 49);
}

void TimelineTest::aNumberTypedGoesToThatIteration()
{
    TimelineBar bar;
    bar.setRange(100, 300);
    bar.setFrame(frameOf(4, {12, 3, 1}));
    bar.show();
    QCOMPARE(bar.number()->value(), 12);
    QSignalSpy requests(&bar, &TimelineBar::positionRequested);
    bar.number()->setFocus();
    bar.number()->selectAll();
    QTest::keyClicks(bar.number(), QStringLiteral("250"));
    QVERIFY(requests.isEmpty()); // not before Return
    QTest::keyClick(bar.number(), Qt::Key_Return);
    QCOMPARE(requests.size(), 1);
    QCOMPARE(requests.at(0).at(0).value<Position>(), (Position{250, 3, 1}));
}

void TimelineTest::showingAFrameRequestsNothing()
{
    TimelineBar bar;
    QSignalSpy requests(&bar, &TimelineBar::positionRequested);
    bar.setRange(0, 300);
    bar.setFrame(frameOf(4, {12, 3, 1}));
    bar.setFrame(frameOf(60, {40, 100, 1}));
    bar.setRange(0, 20);
    bar.setFrame(frameOf(1, {0, 0, 0}));
    QVERIFY(requests.isEmpty());
}

QTEST_MAIN(TimelineTest)
#include "timeline_test.moc"
