#include "core/files/experiment_file.h"
#include "tests/ui/analysed_frames.h"
#include "tests/ui/room.h"
#include "ui/paint/ellipse_dial.h"
#include "ui/paint/number_format.h"
#include "ui/views/ellipse_view.h"

#include <QComboBox>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <limits>
#include <numbers>

using namespace ui;
using unrolled::CellKind;
using unrolled::ErrorEllipse;
using unrolled::PartKind;
using unrolled::Phase;
using unrolled::Position;

namespace {

const ErrorEllipse& ellipseOf(const Frame& frame)
{
    return frame.lane().analyses->ellipses.back();
}

double distance(const QTransform& a, const QTransform& b)
{
    return std::max({std::abs(a.m11() - b.m11()), std::abs(a.m12() - b.m12()), std::abs(a.m21() - b.m21()),
                     std::abs(a.m22() - b.m22())});
}

/// The longer half-axis in the picture of a step.
double drawnSize(const EllipseView& view, const ErrorEllipse& known, int t)
{
    const Eigen::Vector2d from = known.at(t).from.col(0);
    const QPointF to = view.map(t).map(QPointF(from.x(), from.y()));
    return std::hypot(to.x(), to.y());
}

/// At ∂L/∂h_t of the backward pass, on its way or there.
Frame arriving(Frame frame, int t, double alpha)
{
    const int tick = frame.ticks.tickOf(Phase::Backward, t);
    const auto& parts = frame.ticks.parts(tick);
    int part = 0;
    while (parts[static_cast<std::size_t>(part)].kind != PartKind::HiddenGradient)
        ++part;
    frame.position = {frame.position.iteration, tick, part};
    frame.alpha = alpha;
    return frame;
}

} // namespace

class EllipseTest : public QObject
{
    Q_OBJECT
private slots:
    void the_picture_is_the_map_of_the_analysis_data() { addCells(); }
    void the_picture_is_the_map_of_the_analysis()
    {
        QFETCH(CellKind, cell);
        for (const int units : {2, 5}) {
            for (const int s : {0, 9}) {
                const Frame frame = analysed(echo(cell, 12, units), s);
                EllipseView view;
                showIn(view, frame);
                const ErrorEllipse& known = ellipseOf(frame);
                QCOMPARE(static_cast<int>(known.steps.size()), s > 0 ? s : 12);
                for (int t = 1; t <= static_cast<int>(known.steps.size()); ++t) {
                    const ErrorEllipse::Step& step = known.at(t);
                    const QTransform map = view.map(t);
                    // Directions and shape are true; the size is told by the next test.
                    const double size = drawnSize(view, known, t);
                    QVERIFY2(size > 0.1999 && size < 1.0001, qPrintable(QString::number(size)));
                    for (int axis = 0; axis < 2; ++axis) {
                        const double share =
                            axis == 0 ? 1 : std::pow(10.0, step.minor.log10() - step.major.log10());
                        const QPointF to = map.map(QPointF(step.from(0, axis), step.from(1, axis)));
                        QVERIFY(std::abs(to.x() - size * share * step.axes(0, axis)) < 1e-13);
                        QVERIFY(std::abs(to.y() - size * share * step.axes(1, axis)) < 1e-13);
                    }
                    QCOMPARE(view.halfAxes(t),
                             (QStringList{normOfLog(step.major.log10()), normOfLog(step.minor.log10())}));
                    // Between the ends the plane is one of many, and has no singular values of its own.
                    QCOMPARE(view.textOf(t).contains(QLatin1String("singular values")),
                             units == 2 || t == known.reach);
                    QVERIFY(view.textOf(t).contains(normOfLog(step.major.log10())));
                    QVERIFY(view.textOf(t).contains(normOfLog(step.minor.log10())));
                }
            }
        }
    }

    void pixels_of_the_large_picture_lie_where_the_ellipse_does()
    {
        const Frame frame = arriving(analysed(echo(CellKind::Rnn, 12, 2)), 11, 1);
        EllipseView view;
        showIn(view, frame, {1200, 320});
        QCOMPARE(view.moment().t, 11);
        const QImage picture = view.grab().toImage();
        const QRectF dial = view.largeDial();
        const QTransform map = view.map(11);
        QVERIFY(std::abs(map.determinant()) > 0.002);
        // Orange inside, gray outside.
        const auto orange = [&](const QPointF& pixel) {
            const QColor color = picture.pixelColor(pixel.toPoint());
            return color.red() - color.blue() > 16;
        };
        for (const double angle : {2.2, 3.1, 3.8, 4.6, 5.3}) {
            const QPointF edge = map.map(QPointF(std::cos(angle), std::sin(angle)));
            QVERIFY(orange(onEllipseDial(dial, 0.8 * edge)));
            QVERIFY(!orange(onEllipseDial(dial, edge + edge / std::hypot(edge.x(), edge.y()) * 0.06)));
        }
    }

    void it_comes_from_the_step_after_while_it_moves()
    {
        const Frame still = analysed(echo(CellKind::Rnn, 12, 2));
        EllipseView view;
        const auto drawnAt = [&](const Frame& frame) {
            EllipseView other;
            other.setFrame(frame);
            return drawn(other, {900, 260});
        };
        view.setFrame(arriving(still, 5, 0.4));
        QCOMPARE(view.moment().t, 5);
        QCOMPARE(view.moment().share, 0.4);
        view.setFrame(arriving(still, 5, 1));
        QCOMPARE(view.moment().share, 1.0);
        // Before it arrives the circle is still where it was; and at the start it is whole.
        Frame before = arriving(still, 5, 1);
        before.position.part = 0;
        view.setFrame(before);
        QCOMPARE(view.moment().t, 6);
        Frame loss = still;
        loss.position = loss.ticks.endOfTick(3, loss.ticks.tickOf(Phase::Loss));
        view.setFrame(loss);
        QCOMPARE(view.moment().t, 12);
        QVERIFY(drawnAt(arriving(still, 5, 1)) != drawnAt(arriving(still, 5, 0.4)));
    }

    void between_two_maps_it_turns_and_does_not_shrink()
    {
        const auto turned = [](double angle) { return QTransform().rotateRadians(angle); };
        for (const double angle : {0.4, 1.7, -2.9}) {
            for (const double share : {0.0, 0.25, 0.5, 1.0})
                QVERIFY(distance(betweenMaps(turned(0.3), turned(0.3 + angle), share),
                                 turned(0.3 + share * angle)) < 1e-14);
            QVERIFY(std::abs(turnBetween(turned(0.3), turned(0.3 + angle)) - angle) < 1e-14);
        }
        const QTransform stretched(2, 0, 0, 0.5, 0, 0);
        QVERIFY(distance(betweenMaps(QTransform(), stretched, 0.5), QTransform(1.5, 0, 0, 0.75, 0, 0)) <
                1e-14);
        QCOMPARE(turnBetween(QTransform(), stretched), 0.0);
    }

    void a_larger_picture_is_a_larger_ellipse_data()
    {
        QTest::addColumn<QString>("experiment");
        QTest::newRow("one that shrinks") << "hello";
        QTest::newRow("one that grows") << "hello-explode";
        QTest::newRow("one that vanishes over sixty steps") << "adding";
    }
    void a_larger_picture_is_a_larger_ellipse()
    {
        QFETCH(QString, experiment);
        const Frame frame = analysed(unrolled::readExperiment(experiment.toStdString()), 0, 0);
        EllipseView view;
        showIn(view, frame, {1280, 260});
        const ErrorEllipse& known = ellipseOf(frame);
        const QImage picture = view.grab().toImage();
        // How far from its middle anything orange is, in the small picture of a step.
        const auto extent = [&](int t) {
            const QRectF dial = view.dial(t);
            double far = 0;
            for (int y = int(dial.top()); y < int(dial.bottom()); ++y) {
                for (int x = int(dial.left()); x < int(dial.right()); ++x) {
                    const QColor color = picture.pixelColor(x, y);
                    const QPointF from = QPointF(x + 0.5, y + 0.5) - dial.center();
                    if (color.red() - color.blue() > 90)
                        far = std::max(far, std::hypot(from.x(), from.y()));
                }
            }
            return far;
        };
        const std::vector<int> steps = view.panels();
        for (std::size_t i = 1; i < steps.size(); ++i) {
            const double a = known.at(steps[i - 1]).major.log10();
            const double b = known.at(steps[i]).major.log10();
            const double drawnA = drawnSize(view, known, steps[i - 1]);
            const double drawnB = drawnSize(view, known, steps[i]);
            QVERIFY2((a < b) == (drawnA < drawnB), qPrintable(QString::number(steps[i])));
            const double radius = ellipseDialRadius(view.dial(steps[i]));
            QVERIFY(std::abs(extent(steps[i]) - radius * drawnB) < 3);
        }
        // The first has gone furthest, and fills the scale.
        const double log = known.at(1).major.log10();
        QVERIFY(std::abs(log) > 1);
        QVERIFY(std::abs(drawnSize(view, known, 1) - (log > 0 ? 1 : 0.2)) < 1e-12);
    }

    void sizes_go_by_their_logarithm_on_one_scale()
    {
        const DialScale vanishing({-0.0, -7.0, -14.0, -std::numeric_limits<double>::infinity()});
        QCOMPARE(vanishing.radius(0), 1.0);
        QCOMPARE(vanishing.radius(-7), 0.6);
        QCOMPARE(vanishing.radius(-14), 0.2);
        QCOMPARE(vanishing.radius(-std::numeric_limits<double>::infinity()), 0.0);
        const DialScale exploding({0, 2});
        QCOMPARE(exploding.radius(0), 0.2); // the unit circle
        QCOMPARE(exploding.radius(2), 1.0);
        // What hardly changes looks it.
        const DialScale steady({0, -0.1});
        QCOMPARE(steady.radius(-0.1), 0.92);
    }

    void rings_stand_apart_and_one_is_among_them()
    {
        const DialScale scale({0, -14});
        QCOMPARE(scale.rings(50), (std::vector<int>{-10, -5, 0}));
        QCOMPARE(scale.rings(100), (std::vector<int>{-14, -12, -10, -8, -6, -4, -2, 0}));
        QCOMPARE(scale.rings(1), (std::vector<int>{0}));
        QCOMPARE(DialScale({0, 2.5}).rings(50), (std::vector<int>{0, 1, 2}));
        QCOMPARE(DialScale({1e-16, -0.9}).rings(50), (std::vector<int>{-1, 0})); // 1, as it is rounded
        QCOMPARE(DialScale({0, -4000}).rings(50), (std::vector<int>{-4000, -3000, -2000, -1000, 0}));
    }

    void the_row_has_room_for_its_pictures_data()
    {
        QTest::addColumn<int>("length");
        QTest::addColumn<QSize>("size");
        QTest::newRow("every step of a short sequence") << 6 << QSize(1280, 220);
        QTest::newRow("a few of a long one") << 200 << QSize(1280, 220);
        QTest::newRow("a narrow window") << 40 << QSize(520, 180);
        QTest::newRow("a tall window") << 12 << QSize(900, 700);
    }
    void the_row_has_room_for_its_pictures()
    {
        QFETCH(int, length);
        QFETCH(QSize, size);
        const Frame frame = arriving(analysed(echo(CellKind::Rnn, length, 2), 0, 0), length / 2, 1);
        EllipseView view;
        showIn(view, frame, size);
        const std::vector<int> panels = view.panels();
        QCOMPARE(panels.back(), length);
        QVERIFY(panels.size() < 2 || panels.front() == 1);
        QVERIFY(panels.size() < 3 || std::count(panels.begin(), panels.end(), length / 2) == 1);
        if (length == 6)
            QCOMPARE(panels.size(), std::size_t(6));
        const QRectF whole(view.rect());
        QRectF before = view.largeDial();
        QVERIFY(whole.contains(before));
        for (const int t : panels) {
            const QRectF dial = view.dial(t);
            QVERIFY(whole.contains(dial));
            QVERIFY(dial.width() > 30);
            QVERIFY(dial.left() >= before.right());
            QCOMPARE(view.stepAt(dial.center()), t);
            before = dial;
        }
        QVERIFY(std::is_sorted(panels.begin(), panels.end()));
    }

    void the_sentence_tells_what_is_left()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 12));
        EllipseView view;
        showIn(view, frame);
        const ErrorEllipse::Step& end = ellipseOf(frame).at(1);
        QVERIFY2(view.sentence().contains(normOfLog(end.major.log10())), qPrintable(view.sentence()));
        QVERIFY2(view.sentence().contains(normOfLog(end.major.log10() - end.minor.log10())),
                 qPrintable(view.sentence()));
        QVERIFY(view.describe().contains(view.sentence()));
        unrolled::Experiment cut = echo(CellKind::Rnn, 12);
        cut.training.truncate = 5;
        view.setFrame(analysed(cut));
        QVERIFY2(view.sentence().endsWith(QLatin1String("Nothing of it reaches step 10.")),
                 qPrintable(view.sentence()));
        cut.training.truncate = 11;
        view.setFrame(analysed(cut));
        QCOMPARE(view.sentence(), QStringLiteral("Nothing of the circle of step 12 reaches step 11."));
    }

    void an_lstm_shows_errors_of_its_cell_state_as_well()
    {
        const Frame frame = analysed(echo(CellKind::Lstm, 12));
        EllipseView view;
        showIn(view, frame);
        auto* state = view.findChild<QComboBox*>(QStringLiteral("state"));
        QVERIFY(state->isVisible());
        const QString byHidden = view.textOf(3);
        QTest::keyClick(state, Qt::Key_Down);
        QVERIFY(view.textOf(3) != byHidden);
        QVERIFY(
            view.textOf(3).contains(normOfLog(frame.lane().analyses->cellEllipses[0].at(3).major.log10())));
        view.setFrame(analysed(echo(CellKind::Gru, 12)));
        QVERIFY(!state->isVisible());
    }

    void a_click_goes_to_the_step_and_keys_tell_it()
    {
        EllipseView view;
        showIn(view, analysed(echo(CellKind::Rnn, 6)), {1200, 240});
        QSignalSpy wanted(&view, &View::positionRequested);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.dial(4).center().toPoint());
        QCOMPARE(view.frame().ticks.time(wanted.last().first().value<Position>().tick), 4);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(2));
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(3));
    }

    void it_can_be_painted_anywhere_data()
    {
        QTest::addColumn<int>("units");
        QTest::newRow("one unit") << 1;
        QTest::newRow("two units") << 2;
        QTest::newRow("many units") << 12;
    }
    void it_can_be_painted_anywhere()
    {
        QFETCH(int, units);
        EllipseView view;
        view.setFrame(analysed(echo(CellKind::Rnn, 12, units)));
        const QImage image = drawn(view, {1000, 300});
        QSet<QRgb> colours;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                colours.insert(image.pixel(x, y));
        }
        QVERIFY(!colours.contains(QColor(Qt::magenta).rgb()));
        QVERIFY(colours.contains(lightPalette().background.rgb()));
        QVERIFY(colours.size() > 20);
    }

    void a_key_of_the_window_brings_it()
    {
        Room room(QStringLiteral("echo"));
        View* view = room.window->views().find(QStringLiteral("ellipse"));
        QVERIFY(!view->isVisible());
        room.key(Qt::Key_E);
        QVERIFY(view->isVisible());
        QVERIFY(!room.window->views().find(QStringLiteral("hops"))->isVisible());
        QVERIFY(room.window->views().find(QStringLiteral("reach"))->isVisible());
        room.settle();
        QVERIFY(view->describe().contains(QLatin1String("The unit circle at step")));
    }
};

QTEST_MAIN(EllipseTest)
#include "ellipse_test.moc"
