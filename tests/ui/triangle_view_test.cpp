#include "tests/ui/analysed_frames.h"
#include "ui/paint/magnitude_legend.h"
#include "ui/paint/number_format.h"
#include "ui/views/comparison_view.h"
#include "ui/views/hops_view.h"
#include "ui/views/triangle_view.h"

#include <QComboBox>
#include <QImage>
#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <limits>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;

namespace {

QColor colorAt(View& view, const QPointF& point)
{
    return view.grab().toImage().pixelColor(point.toPoint());
}

} // namespace

class TriangleViewTest : public QObject
{
    Q_OBJECT
private slots:
    void every_cell_has_the_colour_of_its_norm_data() { addCells(); }
    void every_cell_has_the_colour_of_its_norm()
    {
        QFETCH(CellKind, cell);
        const Frame frame = analysed(echo(cell, 12));
        TriangleView view;
        showIn(view, frame);
        const unrolled::Itemised& table = *frame.lane().analyses->of->itemised;
        const QImage picture = view.grab().toImage();
        for (std::size_t k = 0; k < table.lossSteps().size(); ++k) {
            const int s = table.lossSteps()[k];
            for (int t = 1; t <= s; ++t) {
                const QRectF place = view.cell(s, t);
                const double log = table.norm(0, k, t).log10();
                const QColor wanted = magnitude(lightPalette(), gradientShare(log));
                QCOMPARE(picture.pixelColor((place.bottomLeft() + QPointF(5, -3)).toPoint()).rgb(),
                         wanted.rgb());
                QVERIFY(view.textAt(place.center()).contains(normOfLog(log)));
            }
        }
    }

    void cells_of_a_pixel_have_the_colour_of_their_norm()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 200), 0, 0);
        TriangleView view;
        showIn(view, frame, {1100, 420});
        const unrolled::Itemised& table = *frame.lane().analyses->of->itemised;
        const QImage picture = view.grab().toImage();
        for (const std::size_t k : {std::size_t(3), std::size_t(100), std::size_t(190)}) {
            const int s = table.lossSteps()[k];
            for (int t = 1; t <= s; t += 7) {
                const QColor wanted = magnitude(lightPalette(), gradientShare(table.norm(0, k, t).log10()));
                const QPointF center = view.cell(s, t).center();
                const QColor found = picture.pixelColor(int(center.x()), int(center.y()));
                const bool below = gradientShare(table.norm(0, k, t).log10()) < 0;
                const QColor full = below ? lightPalette().line : wanted;
                QVERIFY(std::abs(found.red() - full.red()) <= 3);
                QVERIFY(std::abs(found.green() - full.green()) <= 3);
                QVERIFY(std::abs(found.blue() - full.blue()) <= 3);
            }
        }
    }

    void nothing_is_painted_where_no_loss_can_reach()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 12));
        TriangleView view;
        showIn(view, frame);
        const QPointF outside = view.cell(6, 6).center() + QPointF(1.5 * view.cell(6, 6).width(), 0);
        QCOMPARE(colorAt(view, outside).rgb(), lightPalette().background.rgb());
        QCOMPARE(view.textAt(outside), QString());
    }

    void a_pixel_finds_its_cell()
    {
        const Frame frame = analysed(echo(CellKind::Gru, 12));
        TriangleView view;
        showIn(view, frame);
        for (const int s : frame.lane().analyses->of->itemised->lossSteps()) {
            for (int t = 1; t <= 12; ++t) {
                const TriangleView::Place place = view.placeAt(view.cell(s, t).center());
                QCOMPARE(place.s, s);
                QCOMPARE(place.t, t);
            }
        }
        QCOMPARE(view.placeAt({3, 100}).s, 0);
    }

    void a_click_picks_a_row_and_another_one_lets_it_go()
    {
        TriangleView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12)));
        QSignalSpy picked(&view, &View::lossPicked);
        const QPoint on = view.cell(9, 4).center().toPoint();
        QTest::mouseClick(&view, Qt::LeftButton, {}, on);
        QCOMPARE(picked.last().first().toInt(), 9);
        view.setFrame(analysed(echo(CellKind::Rnn, 12), 9));
        QTest::mouseClick(&view, Qt::LeftButton, {}, on);
        QCOMPARE(picked.last().first().toInt(), 0);
    }

    void arrows_go_from_row_to_row()
    {
        TriangleView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12)));
        const int last = view.frame().lane().analyses->of->itemised->lossSteps().back();
        QSignalSpy picked(&view, &View::lossPicked);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(picked.last().first().toInt(), last);
        view.setFrame(analysed(echo(CellKind::Rnn, 12), 9));
        QTest::keyClick(&view, Qt::Key_Up);
        QCOMPARE(picked.last().first().toInt(), 10);
        QTest::keyClick(&view, Qt::Key_Down);
        QCOMPARE(picked.last().first().toInt(), 8);
        QTest::keyClick(&view, Qt::Key_Escape);
        QCOMPARE(picked.last().first().toInt(), 0);
    }

    void the_layer_can_be_chosen()
    {
        Experiment deep = echo(CellKind::Rnn, 12);
        deep.model.hidden = {4, 3};
        TriangleView view;
        showIn(view, analysed(deep));
        auto* layers = view.findChild<QComboBox*>(QStringLiteral("layers"));
        QVERIFY(layers->isVisible());
        QCOMPARE(layers->currentIndex(), 1);
        QSignalSpy picked(&view, &View::layerPicked);
        QTest::keyClick(layers, Qt::Key_Up);
        QCOMPARE(picked.last().first().toInt(), 0);
    }

    void the_check_of_the_rows_is_told()
    {
        TriangleView view;
        const Frame frame = analysed(echo(CellKind::Rnn, 12));
        showIn(view, frame);
        const double difference = frame.lane().analyses->of->itemised->largestDifference(0);
        QVERIFY(difference > 0 && difference < 1e-13);
        QVERIFY2(view.describe().contains(norm(difference)), qPrintable(view.describe()));
    }

    void what_is_of_another_iteration_says_so()
    {
        TriangleView view;
        Frame frame = analysed(echo(CellKind::Rnn, 12), 0, 2);
        frame.lanes.front().trace = frameOf(echo(CellKind::Rnn, 12), 4).lane().trace;
        frame.analysing = true;
        showIn(view, frame);
        QVERIFY(view.describe().contains(QLatin1String("of iteration 2; computing")));
        Frame other = frameOf(echo(CellKind::Lstm, 12), 0);
        other.lanes.front().analyses = frame.lane().analyses;
        view.setFrame(other);
        QVERIFY(view.describe().contains(QLatin1String("nothing computed yet")));
    }

    void what_is_not_a_number_does_not_look_like_what_vanished_data()
    {
        QTest::addColumn<int>("length");
        QTest::newRow("cells") << 8;
        QTest::newRow("an image") << 60;
    }
    void what_is_not_a_number_does_not_look_like_what_vanished()
    {
        QFETCH(int, length);
        Experiment experiment = echo(CellKind::Rnn, length);
        experiment.model.cell.activation = unrolled::Activation::Identity;
        experiment.training.optimizer = unrolled::OptimizerKind::Sgd;
        experiment.training.learningRate = 1e200;
        const Frame frame = analysed(experiment);
        TriangleView view;
        showIn(view, frame, {900, 200});
        const QColor none = gradientColor(lightPalette(), std::numeric_limits<double>::quiet_NaN());
        QVERIFY(std::isnan(frame.lane().analyses->of->itemised->norm(0, 0, 2).log10()));
        const auto inside = [](const QRectF& cell) { return cell.center() - QPointF(cell.width() / 3, 0); };
        QCOMPARE(colorAt(view, inside(view.cell(4, 2))).rgb(), none.rgb());
        QVERIFY(none != gradientColor(lightPalette(), -20) && none != gradientColor(lightPalette(), 9));
        QVERIFY2(view.describe().contains(QLatin1String("the run has diverged")),
                 qPrintable(view.describe()));
        HopsView hops;
        showIn(hops, frame);
        QCOMPARE(hops.sentence(), QStringLiteral("From step %1 to step %2 the gradient is not a number: the "
                                                 "run has diverged.")
                                      .arg(length)
                                      .arg(length - 1));
        Frame end = frame;
        end.position = frame.ticks.endOfIteration(frame.position.iteration);
        ComparisonView strips;
        showIn(strips, end, {700, 200});
        QCOMPARE(colorAt(strips, inside(strips.cell(0, 2))).rgb(), none.rgb());
    }

    void few_losses_have_all_the_room()
    {
        TriangleView view;
        showIn(view, analysed(experimentOf(CellKind::Rnn, "adding", 20)), {1280, 196});
        QVERIFY(view.cell(20, 7).top() < 55);      // below the head and a line of words
        QVERIFY(view.cell(20, 20).bottom() > 160); // above the numbers of the steps
        QVERIFY(view.describe().contains(QStringLiteral("the row is ∂L/∂h")));
        view.setFrame(analysed(echo(CellKind::Rnn, 5)));
        QVERIFY(view.cell(5, 1).top() < 35);
        QCOMPARE(view.cell(5, 1).bottom(), view.cell(4, 1).top());
        QVERIFY(view.cell(4, 1).bottom() > 160);
    }
};

QTEST_MAIN(TriangleViewTest)
#include "triangle_view_test.moc"
