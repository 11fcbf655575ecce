#include "core/training/trainer.h"
#include "ui/paint/arrow.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"
#include "ui/paint/unrolled_geometry.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"
#include "ui/views/unrolled_view.h"
#include "ui/views/unrolled_words.h"

#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgGenerator>
#include <QTest>
#include <QWheelEvent>

#include <cmath>
#include <functional>

using namespace ui;
using namespace unrolled;
using Item = UnrolledHit::Item;

namespace {

TracePtr traceOf(CellKind kind, int iterations = 0, const std::vector<int>& hidden = {3},
                 const std::string& task = "hello", int length = 0)
{
    Experiment experiment;
    experiment.task.id = task;
    experiment.task.length = length;
    experiment.model.cell.kind = kind;
    experiment.model.hidden = hidden;
    Trainer trainer(experiment);
    for (int i = 0; i < iterations; ++i)
        trainer.step();
    return trainer.record();
}

Frame frameOf(const TracePtr& trace, const Position& position, double alpha = 1)
{
    Frame frame;
    Lane lane;
    lane.trace = trace;
    lane.first = trace;
    frame.lanes.push_back(lane);
    frame.ticks = TickLayout(trace->cell, static_cast<int>(trace->layers.size()), trace->steps(),
                             trace->lossKind == LossKind::CrossEntropy);
    frame.position = position;
    frame.alpha = alpha;
    return frame;
}

QImage picture(UnrolledView& view, const Frame& frame, const QSize& size = {928, 440})
{
    view.resize(size);
    view.setFrame(frame);
    QImage image(size, QImage::Format_RGB32);
    QPainter painter(&image);
    view.paintTo(painter, size);
    return image;
}

/// A frame as a vector picture.
QByteArray svg(const Frame& frame, int width)
{
    const QSize size(width, 440);
    UnrolledView view;
    picture(view, frame, size);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size);
    generator.setViewBox(QRect({0, 0}, size));
    QPainter painter(&generator);
    view.paintTo(painter, size);
    painter.end();
    return bytes;
}

/// The end of the first iteration.
QByteArray svg(const TracePtr& trace, int width = 928)
{
    return svg(frameOf(trace, frameOf(trace, {}).ticks.endOfIteration(0)), width);
}

} // namespace

class UnrolledViewTest : public QObject
{
    Q_OBJECT

private slots:
    void everyFrameDraws_data();
    void everyFrameDraws();
    void longAndDeepNetworksDraw_data();
    void longAndDeepNetworksDraw();
    void movementEndsInTheStillPicture();
    void passedBackGradientsAddUp_data();
    void passedBackGradientsAddUp();
    void aVanishingGradientIsRightBesideALargeOne();
    void theLettersOfACellAreTold();
    void clicksPickCells();
    void clicksOnAStripPickSteps();
    void keysAndWheelZoom();
    void wordsTellLettersAndNumbers();
    void wordsKeepBackWhatIsNotComputed();
    void vectorsKeepTexts();
    void symbolsWithoutRoomAreLeftOut();
    void thePresentStepOfAStripHasItsNumber();
    void stepsOfAStripKeepTheirColours();
    void anEmptyFrameIsQuiet();
};

void UnrolledViewTest::everyFrameDraws_data()
{
    QTest::addColumn<int>("cell");
    QTest::newRow("of an RNN") << static_cast<int>(CellKind::Rnn);
    QTest::newRow("of a GRU") << static_cast<int>(CellKind::Gru);
    QTest::newRow("of an LSTM") << static_cast<int>(CellKind::Lstm);
}

void UnrolledViewTest::everyFrameDraws()
{
    QFETCH(int, cell);
    const TracePtr trace = traceOf(static_cast<CellKind>(cell), 7);
    UnrolledView view;
    const TickLayout ticks = frameOf(trace, {}).ticks;
    QImage before;
    for (int index = 0; index < ticks.partsPerIteration(); ++index) {
        const Position position = ticks.at(index);
        const QImage still = picture(view, frameOf(trace, position));
        if (index > 0)
            QVERIFY2(still != before, qPrintable(QStringLiteral("nothing changed at %1").arg(index)));
        before = still;
    }
}

void UnrolledViewTest::longAndDeepNetworksDraw_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<QList<int>>("hidden");
    QTest::addColumn<QString>("task");
    QTest::addColumn<int>("length");
    QTest::newRow("adding with an RNN")
        << static_cast<int>(CellKind::Rnn) << QList<int>{32} << "adding" << 60;
    QTest::newRow("adding with two layers")
        << static_cast<int>(CellKind::Lstm) << QList<int>{4, 8} << "adding" << 12;
    QTest::newRow("hello with two layers")
        << static_cast<int>(CellKind::Gru) << QList<int>{3, 16} << "hello" << 0;
    QTest::newRow("hello with three layers")
        << static_cast<int>(CellKind::Lstm) << QList<int>{3, 2, 128} << "hello" << 0;
}

void UnrolledViewTest::longAndDeepNetworksDraw()
{
    QFETCH(int, cell);
    QFETCH(QList<int>, hidden);
    QFETCH(QString, task);
    QFETCH(int, length);
    const TracePtr trace =
        traceOf(static_cast<CellKind>(cell), 1, {hidden.begin(), hidden.end()}, task.toStdString(), length);
    UnrolledView view;
    const TickLayout ticks = frameOf(trace, {}).ticks;
    for (int tick :
         {0, ticks.steps() - 1, ticks.steps(), ticks.steps() + 2, 2 * ticks.steps(), ticks.ticks() - 1}) {
        const Position position = ticks.endOfTick(1, tick);
        const QImage still = picture(view, frameOf(trace, position));
        QVERIFY(!still.isNull());
        picture(view, frameOf(trace, position, 0.4), {1400, 760});
        view.zoomIn();
        picture(view, frameOf(trace, position, 0.6));
    }
}

void UnrolledViewTest::movementEndsInTheStillPicture()
{
    for (CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        const TracePtr trace = traceOf(kind, 3);
        const TickLayout ticks = frameOf(trace, {}).ticks;
        UnrolledView moved;
        for (int index = 0; index < ticks.partsPerIteration(); ++index) {
            const Position position = ticks.at(index);
            UnrolledView fresh;
            const QImage still = picture(fresh, frameOf(trace, position));
            for (double alpha : {0.0, 0.35, 0.8})
                picture(moved, frameOf(trace, position, alpha));
            QCOMPARE(picture(moved, frameOf(trace, position, 1.0)), still);
        }
        // A value on its way is neither here nor there.
        const Position sum{0, 1, 1};
        const QImage still = picture(moved, frameOf(trace, sum));
        const QImage before = picture(moved, frameOf(trace, sum, 0.0));
        const QImage between = picture(moved, frameOf(trace, sum, 0.5));
        QVERIFY(between != still);
        QVERIFY(between != before);
    }
}

void UnrolledViewTest::passedBackGradientsAddUp_data()
{
    everyFrameDraws_data();
}

void UnrolledViewTest::passedBackGradientsAddUp()
{
    QFETCH(int, cell);
    const TracePtr trace = traceOf(static_cast<CellKind>(cell), 0, {3}, "adding", 8);
    // Only the last output counts: what reaches h_{t-1} is what was passed back.
    for (int t = 2; t <= 8; ++t) {
        const double whole = scaledNorm(trace->channel(0, "h").gradient.col(t - 2));
        QVERIFY(std::abs(passedBackNorm(*trace, t, 0) - whole) <= 1e-12 * whole);
    }
    QCOMPARE(fromOutputNorm(*trace, 3), 0.0);
    const double last = scaledNorm(trace->channel(0, "h").gradient.col(7));
    QVERIFY(std::abs(fromOutputNorm(*trace, 8) - last) <= 1e-12 * last);

    // An encoder has weights of its own, and no output.
    const TracePtr sum = traceOf(static_cast<CellKind>(cell), 0, {3}, "addition", 0);
    for (int t = 2; sum->bankAt(t) == "encoder"; ++t) {
        const Eigen::VectorXd before = sum->channel(0, "h").gradient.col(t - 2);
        QVERIFY((passedBack(*sum, 0, t) - before).norm() <= 1e-12 * before.norm());
    }
}

void UnrolledViewTest::aVanishingGradientIsRightBesideALargeOne()
{
    Experiment experiment; // every step has a loss of its own: ∂L/∂h_{t-1} is large
    experiment.model.initScale = 1e-14;
    const TracePtr trace = Trainer(experiment).record();
    const Eigen::MatrixXd& weights = trace->parameter(ParameterRole::RecurrentWeight, 0).before;
    for (int t = 2; t <= trace->steps(); ++t) {
        const double passed = scaledNorm(weights.transpose() * trace->channel(0, "a_h").gradient.col(t - 1));
        QVERIFY(passed > 0 && passed < 1e-13);
        QVERIFY(std::abs(passedBackNorm(*trace, t, 0) - passed) <= 1e-14 * passed);
    }
}

void UnrolledViewTest::theLettersOfACellAreTold()
{
    UnrolledView view;
    const Frame frame = frameOf(traceOf(CellKind::Gru), {0, 3, 0});
    picture(view, frame);
    UnrolledHit hit;
    hit.t = 2;
    hit.item = Item::Cell;
    const QString words = unrolledTooltip(frame, view.geometryNow(), hit);
    QCOMPARE(words.count(QStringLiteral("<br>")), 5); // r, z, u, n, h
    const QString equation = mathHtml(QStringLiteral("u_{2} = W_{hn} h_{1} + b_{hn}"));
    QVERIFY2(words.contains(QStringLiteral("recurrent part of the candidate: ") + equation),
             qPrintable(words));
}

void UnrolledViewTest::clicksPickCells()
{
    UnrolledView view;
    const TracePtr trace = traceOf(CellKind::Rnn);
    picture(view, frameOf(trace, {0, 3, 0}));
    const UnrolledGeometry geometry = view.geometryNow();
    QSignalSpy cells(&view, &View::cellRequested);
    QSignalSpy positions(&view, &View::positionRequested);
    QTest::mouseClick(&view, Qt::LeftButton, {}, geometry.cellRect(2, 0).center().toPoint());
    QCOMPARE(cells.size(), 1);
    QCOMPARE(cells.first().at(0).toInt(), 2);
    QCOMPARE(cells.first().at(1).toInt(), 0);
    QCOMPARE(positions.size(), 1);
    QCOMPARE(qvariant_cast<Position>(positions.first().first()), view.frame().ticks.endOfTick(0, 1));

    // Over an arrow there is nothing to pick.
    QTest::mouseClick(&view, Qt::LeftButton, {}, geometry.legendRect().center().toPoint());
    QCOMPARE(cells.size(), 1);
    QCOMPARE(positions.size(), 1);

    // In the backward pass a click stays in it.
    view.setFrame(frameOf(trace, {0, 5, 0}));
    QTest::mouseClick(&view, Qt::LeftButton, {}, geometry.cellRect(1, 0).center().toPoint());
    QCOMPARE(qvariant_cast<Position>(positions.last().first()), view.frame().ticks.endOfTick(0, 8));
}

void UnrolledViewTest::clicksOnAStripPickSteps()
{
    UnrolledView view;
    picture(view, frameOf(traceOf(CellKind::Rnn, 0, {8}, "adding", 60), {0, 0, 0}));
    const UnrolledGeometry geometry = view.geometryNow();
    QCOMPARE(geometry.detail(), StepDetail::Strip);
    QSignalSpy positions(&view, &View::positionRequested);
    QTest::mouseClick(&view, Qt::LeftButton, {}, geometry.cellRect(41, 0).center().toPoint());
    QCOMPARE(qvariant_cast<Position>(positions.last().first()), view.frame().ticks.endOfTick(0, 40));
    QTest::mouseClick(&view, Qt::LeftButton, {}, geometry.gradientRect(7, 0).center().toPoint());
    QCOMPARE(qvariant_cast<Position>(positions.last().first()), view.frame().ticks.endOfTick(0, 61 + 60 - 7));
}

void UnrolledViewTest::keysAndWheelZoom()
{
    UnrolledView view;
    picture(view, frameOf(traceOf(CellKind::Rnn, 0, {8}, "adding", 60), {0, 0, 0}));
    QTest::keyClick(&view, Qt::Key_Plus);
    const double once = view.camera().zoom;
    QVERIFY(once > 1);
    QTest::keyClick(&view, Qt::Key_Minus);
    QVERIFY(std::abs(view.camera().zoom - 1) < 1e-9);
    QWheelEvent wheel({400, 200}, view.mapToGlobal(QPointF(400, 200)), {}, {0, 240}, Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&view, &wheel);
    QVERIFY(view.camera().zoom > 1);
    QTest::keyClick(&view, Qt::Key_0);
    QCOMPARE(view.geometryNow().camera().zoom, 1.0);
}

void UnrolledViewTest::wordsTellLettersAndNumbers()
{
    UnrolledView view;
    const TracePtr trace = traceOf(CellKind::Rnn);
    view.setFrame(frameOf(trace, frameOf(trace, {}).ticks.endOfIteration(0)));
    const QString words = view.describe();
    const QString second = words.split(QStringLiteral("; ")).filter(QStringLiteral("Step 2")).join(QString());
    QVERIFY2(second.contains(QStringLiteral("reads e")), qPrintable(words));
    QVERIFY2(second.contains(QStringLiteral("right is l")), qPrintable(words));
    QVERIFY2(second.contains(QStringLiteral("loss %1").arg(trace->outputs.losses(1), 0, 'f', 2)),
             qPrintable(words));
    QVERIFY2(second.contains(QStringLiteral("gradient norm ")), qPrintable(words));
    QVERIFY(!view.title().isEmpty());
    QVERIFY(!view.accessibleName().isEmpty());
}

void UnrolledViewTest::wordsKeepBackWhatIsNotComputed()
{
    UnrolledView view;
    const TracePtr trace = traceOf(CellKind::Lstm);
    view.setFrame(frameOf(trace, {0, 0, 0}));
    QVERIFY(!view.describe().contains(QStringLiteral("loss")));
    QVERIFY(!view.describe().contains(QStringLiteral("gradient")));
}

void UnrolledViewTest::vectorsKeepTexts()
{
    const QByteArray bytes = svg(traceOf(CellKind::Rnn));
    QVERIFY(bytes.contains(">tanh</text>"));
    QVERIFY(!bytes.contains("nan"));
    QVERIFY(!bytes.contains("<image"));
}

/// The two letters of an answer do not fit a hundredth of the width: only the counted one, the last, is told.
void UnrolledViewTest::symbolsWithoutRoomAreLeftOut()
{
    const TracePtr trace = traceOf(CellKind::Rnn, 0, {3}, "temporal-order");
    const auto answers = [&](const QByteArray& picture) {
        qsizetype count = 0;
        for (const std::string& symbol : *trace->outputVocabulary)
            count += picture.count('>' + QByteArray::fromStdString(symbol) + "</text>");
        return count;
    };
    const QByteArray narrow = svg(trace);
    QCOMPARE(answers(narrow), 2); // what it says, and what is right
    // the whole one, and beside its column
    QCOMPARE(narrow.count("= " + lossNumber(trace->loss).toUtf8() + '<'), 2);
    QCOMPARE(answers(svg(trace, 4000)), trace->steps() + 1); // with room all are told, counted or not
}

void UnrolledViewTest::thePresentStepOfAStripHasItsNumber()
{
    const TracePtr trace = traceOf(CellKind::Rnn, 0, {3}, "adding", 60);
    const TickLayout ticks = frameOf(trace, {}).ticks;
    const auto numbered = [&](int t) { return '>' + QByteArray::number(t) + "</text>"; };
    const QByteArray otherwise = svg(trace); // every second one
    for (const int t : {1, 7, 33, 59}) {
        const QByteArray bytes =
            svg(frameOf(trace, ticks.endOfTick(0, ticks.tickOf(Phase::Forward, t))), 928);
        QCOMPARE(bytes.count(numbered(t)), otherwise.count(numbered(t)) + 1);
        if (t == 7 || t == 33)
            QVERIFY(otherwise.contains(numbered(t + 1)) && !bytes.contains(numbered(t + 1)));
    }
}

/// A step between two gaps has the colours of its units from edge to edge.
void UnrolledViewTest::stepsOfAStripKeepTheirColours()
{
    const TracePtr trace = traceOf(CellKind::Rnn, 0, {4}, "latch");
    const QSize size(918, 400);
    UnrolledView view;
    view.setFrame(frameOf(trace, frameOf(trace, {}).ticks.endOfIteration(0)));
    view.resize(size);
    const QImage image = view.grab().toImage(); // on screen nothing is hatched
    const UnrolledGeometry geometry(shapeOf(*trace), size);
    for (int t = 1; t + 1 < trace->steps(); ++t) { // the last has a frame
        const QRectF rect = geometry.hiddenRect(t, 0);
        for (int unit = 0; unit < 4; ++unit) {
            const auto at = [&](double x) {
                return image.pixel(qRound(x), qRound(rect.top() + (unit + 0.5) * rect.height() / 4));
            };
            const QRgb here = at(rect.center().x());
            const QRgb next = at(geometry.hiddenRect(t + 1, 0).center().x());
            for (double x = rect.left(); here != next && x < rect.right() + 1.5; ++x)
                QVERIFY2(at(x) != next, qPrintable(QStringLiteral("t = %1, x = %2").arg(t).arg(x)));
        }
    }
}

void UnrolledViewTest::anEmptyFrameIsQuiet()
{
    UnrolledView view;
    QImage image(300, 200, QImage::Format_RGB32);
    QPainter painter(&image);
    view.paintTo(painter, image.size());
    QVERIFY(!view.describe().isEmpty());
    QTest::keyClick(&view, Qt::Key_Plus);
    QTest::mouseClick(&view, Qt::LeftButton, {}, QPoint(100, 100));
}

QTEST_MAIN(UnrolledViewTest)
#include "unrolled_view_test.moc"
