#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"

#include "core/gradients/matrix_spectrum.h"
#include "core/trace/history.h"
#include "ui/exports/picture.h"
#include "ui/paint/number_format.h"
#include "ui/views/weights_view.h"

#include <QComboBox>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <cmath>

using namespace ui;
using unrolled::CellKind;

Q_DECLARE_METATYPE(unrolled::Position)

namespace {

/// The frame of an iteration of a run that has gone as far as `frontier`.
Frame frameInRun(const unrolled::Experiment& experiment, std::int64_t iteration, std::int64_t frontier)
{
    unrolled::History history(experiment);
    history.extend(frontier);
    Frame frame = frameOf(experiment, iteration);
    Lane& lane = frame.lanes.front();
    lane.spectra = history.spectrumCurve();
    lane.frontier = frontier;
    return frame;
}

/// The exact values of a gate in a frame's recurrent weights.
Eigen::VectorXd valuesOf(const Frame& frame, int gate)
{
    const auto& weights = frame.trace().parameter(unrolled::ParameterRole::RecurrentWeight, 0).before;
    return unrolled::singularValuesOf(weights.middleRows(gate * weights.cols(), weights.cols()));
}

void show(WeightsView& view, const Frame& frame)
{
    view.resize(900, 600);
    view.showSingularValues(true);
    view.show();
    view.setFrame(frame);
}

} // namespace

class SingularValuesTest : public QObject
{
    Q_OBJECT
private slots:
    void places_and_iterations_belong_together();
    void every_sample_has_its_digits_under_the_pointer_data() { addCells(); }
    void every_sample_has_its_digits_under_the_pointer();
    void one_matrix_shows_all_its_values_and_several_the_ends();
    void a_click_goes_to_the_iteration();
    void the_switch_goes_by_keys_and_is_named();
    void another_iteration_moves_the_mark_over_the_same_curves();
    void the_curve_ends_where_the_run_was_sampled_last();
    void without_a_run_there_is_the_iteration_alone();
    void letters_of_gates_keep_their_distance();
    void values_that_vanish_lie_on_the_foot();
    void a_screen_reader_hears_where_they_began_and_ended();
    void a_weight_that_was_set_is_marked_and_told();
};

void SingularValuesTest::places_and_iterations_belong_together()
{
    WeightsView view;
    show(view, frameInRun(experimentOf(CellKind::Rnn), 40, 90));
    const std::optional<SingularPlot> plot = view.singularPlot();
    QVERIFY(plot && plot->area().width() > 100 && plot->area().height() > 60);
    double before = plot->area().left() - 1;
    for (const std::int64_t iteration : {0, 1, 17, 90, 300}) {
        const QPointF at = plot->at(iteration, 1);
        QVERIFY(at.x() > before && plot->area().adjusted(-1, -1, 1, 1).contains(at));
        QVERIFY(std::abs(plot->iterationAt(at.x()) - iteration) <= 1);
        before = at.x();
    }
    // A logarithmic scale: a factor is a distance.
    const double factor = plot->at(0, 1).y() - plot->at(0, 1.5).y();
    QVERIFY(factor > 5);
    QVERIFY(std::abs(plot->at(0, 0.8).y() - plot->at(0, 1.2).y() - factor) < 1e-9);
}

void SingularValuesTest::every_sample_has_its_digits_under_the_pointer()
{
    QFETCH(CellKind, cell);
    const Frame frame = frameInRun(experimentOf(cell), 300, 301);
    WeightsView view;
    show(view, frame);
    const unrolled::SpectrumCurve& samples = *frame.lane().spectra;
    QVERIFY(samples.samples() > 64);
    const int gates = unrolled::stackedGates(cell);
    for (int gate = 0; gate < gates; ++gate) {
        view.choose("rnn.weight_hh_l0", gate);
        const std::optional<SingularPlot> plot = view.singularPlot();
        QCOMPARE(plot->data().series.size(), std::size_t(1));
        const unrolled::RecurrentMatrix& matrix = samples.matrices()[static_cast<std::size_t>(gate)];
        for (const std::size_t sample : {std::size_t(0), samples.samples() / 2, samples.samples() - 2}) {
            const Eigen::VectorXd values = samples.values(sample, matrix);
            const std::int64_t iteration = samples.iterationOf(sample);
            for (Eigen::Index k = 0; k < values.size(); ++k) {
                const QString text = view.textAt(plot->at(iteration, values[k]));
                QVERIFY2(text.contains(QStringLiteral("iteration %1").arg(iteration)), qPrintable(text));
                for (const Eigen::Index told : {Eigen::Index(0), k, values.size() - 1})
                    QVERIFY2(text.contains(exact(values[told])), qPrintable(text));
            }
        }
        const Eigen::VectorXd now = valuesOf(frame, gate);
        const QString text = view.textAt(plot->at(300, now[0]));
        QVERIFY2(text.contains(exact(now[0])) && text.contains(exact(now[2])), qPrintable(text));
    }
}

void SingularValuesTest::one_matrix_shows_all_its_values_and_several_the_ends()
{
    const Frame frame = frameInRun(experimentOf(CellKind::Lstm), 20, 60);
    WeightsView view;
    show(view, frame);
    view.choose("rnn.weight_hh_l0", -1);
    std::optional<SingularPlot> plot = view.singularPlot();
    QCOMPARE(plot->data().series.size(), std::size_t(4));
    const Eigen::VectorXd forget = frame.lane().spectra->values(8, frame.lane().spectra->matrices()[1]);
    const auto middle = plot->nearest(plot->at(8, forget[1]));
    QVERIFY(middle && middle->k != 1);
    const auto largest = plot->nearest(plot->at(8, forget[0]));
    QVERIFY(largest && largest->k == 0);
    QVERIFY(view.textAt(plot->at(8, forget[0])).contains(QStringLiteral("gate f, iteration 8")));
    view.choose("rnn.weight_hh_l0", 1);
    plot = view.singularPlot();
    const auto found = plot->nearest(plot->at(8, forget[1]));
    QVERIFY(found && found->k == 1);
    QCOMPARE(found->sigma, forget[1]);
}

void SingularValuesTest::a_click_goes_to_the_iteration()
{
    const Frame frame = frameInRun(experimentOf(CellKind::Gru), 20, 60);
    WeightsView view;
    show(view, frame);
    QSignalSpy requests(&view, &View::positionRequested);
    const auto click = [&](std::int64_t iteration) {
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.singularPlot()->at(iteration, 1).toPoint());
    };
    click(50);
    QCOMPARE(requests.size(), 1);
    const auto position = requests.takeFirst().front().value<unrolled::Position>();
    QVERIFY(std::abs(position.iteration - 50) <= 1);
    QCOMPARE(position.tick, frame.position.tick);
    click(200); // not trained yet
    QCOMPARE(requests.takeFirst().front().value<unrolled::Position>().iteration, 60);
    view.showSingularValues(false);
    click(50);
    QVERIFY(requests.isEmpty());
}

void SingularValuesTest::the_switch_goes_by_keys_and_is_named()
{
    WeightsView view;
    view.resize(900, 600);
    view.setFrame(frameInRun(experimentOf(CellKind::Rnn), 20, 60));
    view.show();
    auto* list = view.findChild<QComboBox*>(QStringLiteral("spectrum"));
    QVERIFY(list->isVisible() && !list->accessibleName().isEmpty());
    QVERIFY(list->focusPolicy() & Qt::TabFocus);
    QVERIFY(view.rect().contains(list->geometry()));
    const QImage plane = view.grab().toImage();
    QTest::keyClick(list, Qt::Key_Down);
    QVERIFY(view.showsSingularValues());
    QCOMPARE(view.layout().maps.size(), std::size_t(1)); // gradient and update make room
    QVERIFY(view.grab().toImage() != plane);
    QTest::keyClick(list, Qt::Key_Up);
    QVERIFY(!view.showsSingularValues());
    QCOMPARE(view.grab().toImage(), plane);
    view.choose("out.weight");
    QVERIFY(!list->isVisible()); // no eigenvalues
    QCOMPARE(view.layout().maps.size(), std::size_t(3));
    view.choose("rnn.weight_hh_l0");
    QVERIFY(list->isVisible());
}

void SingularValuesTest::another_iteration_moves_the_mark_over_the_same_curves()
{
    const unrolled::Experiment experiment = experimentOf(CellKind::Lstm);
    const Frame one = frameInRun(experiment, 20, 60);
    Frame other = frameOf(experiment, 45);
    other.lanes.front().spectra = one.lane().spectra;
    other.lanes.front().frontier = 60;
    WeightsView view;
    show(view, one);
    const QImage first = view.grab().toImage();
    view.setFrame(other);
    const QImage second = view.grab().toImage();
    QVERIFY(first != second);
    WeightsView fresh;
    show(fresh, other);
    QCOMPARE(second, fresh.grab().toImage());
    view.setFrame(one);
    QCOMPARE(view.grab().toImage(), first);
    // A picture for export has no pixels from the screen, and is not empty.
    const QImage picture = drawn(view, {900, 600});
    QVERIFY(picture != drawn(fresh, {900, 600}));
}

void SingularValuesTest::the_curve_ends_where_the_run_was_sampled_last()
{
    const Frame frame = frameInRun(experimentOf(CellKind::Rnn), 60, 60);
    QCOMPARE(frame.lane().spectra->samples(), std::size_t(60)); // 0…59
    WeightsView view;
    show(view, frame);
    const SingularPlot plot = *view.singularPlot();
    const Eigen::VectorXd now = valuesOf(frame, 0);
    const Eigen::VectorXd last = frame.lane().spectra->values(59, frame.lane().spectra->matrices()[0]);
    const auto painted = [&](bool withNow) {
        QImage image(view.size(), QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        plot.paintCurves(painter, lightPalette());
        if (withNow)
            plot.paintNow(painter, lightPalette());
        return image;
    };
    const QRect after(plot.at(60, 1).toPoint() + QPoint(2, -1000), QSize(40, 2000));
    const QRect column = after & plot.area().toAlignedRect();
    const QImage without = painted(false);
    // Beyond the last sample there are hairlines only, the same in every column.
    for (int y = column.top(); y < column.bottom(); ++y)
        QCOMPARE(without.pixel(column.left(), y), without.pixel(column.right(), y));
    const QPoint mark = plot.at(60, now[0]).toPoint();
    QVERIFY(without.pixelColor(mark) != lightPalette().forward);
    QCOMPARE(painted(true).pixelColor(mark), lightPalette().forward);
    QVERIFY(std::abs(last[0] - now[0]) > 0);
}

void SingularValuesTest::without_a_run_there_is_the_iteration_alone()
{
    const Frame frame = frameOf(experimentOf(CellKind::Gru), 7);
    WeightsView view;
    show(view, frame);
    const SingularPlot plot = *view.singularPlot();
    QVERIFY(!plot.data().samples);
    QVERIFY(!view.grab().isNull());
    const Eigen::VectorXd now = valuesOf(frame, 2);
    view.choose("rnn.weight_hh_l0", 2);
    const QString text = view.textAt(view.singularPlot()->at(7, now[1]));
    QVERIFY2(text.contains(exact(now[0])), qPrintable(text));
    // The run of a model of other sizes is none of this one.
    unrolled::Experiment larger = experimentOf(CellKind::Gru);
    larger.model.hidden = {5};
    Frame mixed = frame;
    mixed.lanes.front().spectra = frameInRun(larger, 0, 3).lane().spectra;
    view.setFrame(mixed);
    QVERIFY(!view.singularPlot()->data().samples);
}

void SingularValuesTest::letters_of_gates_keep_their_distance()
{
    WeightsView view;
    show(view, frameInRun(experimentOf(CellKind::Lstm), 7, 7));
    view.resize(362, 192);
    const SingularPlot plot = *view.singularPlot();
    QTemporaryDir directory;
    const QString file = directory.filePath(QStringLiteral("letters.svg"));
    QString error;
    QVERIFY(writePicture([&](QPainter& painter, const QSize&) { plot.paintNow(painter, lightPalette()); },
                         QString(), file, view.size(), &error));
    std::vector<double> heights;
    double line = 0;
    QXmlStreamReader xml(contents(file));
    while (!xml.atEnd()) {
        xml.readNext();
        if (!xml.isStartElement() || xml.name() != QLatin1String("text"))
            continue;
        line = xml.attributes().value(QLatin1String("font-size")).toDouble();
        heights.push_back(xml.attributes().value(QLatin1String("y")).toDouble());
    }
    QCOMPARE(heights.size(), std::size_t(4));
    std::sort(heights.begin(), heights.end());
    for (std::size_t i = 1; i < heights.size(); ++i)
        QVERIFY2(heights[i] - heights[i - 1] >= 1.05 * line, qPrintable(QString::number(heights[i])));
}

void SingularValuesTest::values_that_vanish_lie_on_the_foot()
{
    unrolled::Experiment experiment = experimentOf(CellKind::Rnn);
    unrolled::Trainer trainer(experiment);
    auto samples = std::make_shared<unrolled::SpectrumCurve>(trainer.layout(), CellKind::Rnn);
    Eigen::VectorXd parameters = trainer.parameters();
    unrolled::view(parameters, *trainer.layout().find("rnn.weight_hh_l0")).setZero();
    samples->append(trainer.parameters());
    samples->append(parameters);
    parameters.setConstant(std::nan(""));
    samples->append(parameters);
    Frame frame = frameOf(experiment, 2);
    frame.lanes.front().spectra = samples;
    WeightsView view;
    show(view, frame);
    const SingularPlot plot = *view.singularPlot();
    QVERIFY(std::abs(plot.at(1, 0).y() - plot.area().bottom()) < 1e-9);
    QVERIFY(view.textAt(plot.at(1, 0)).contains(QStringLiteral("σ_max: 0\n")));
    QVERIFY(!view.grab().isNull());
    QVERIFY(!plot.nearest(plot.area().topLeft() - QPointF(20, 20)));
}

void SingularValuesTest::a_screen_reader_hears_where_they_began_and_ended()
{
    const Frame frame = frameInRun(experimentOf(CellKind::Lstm), 20, 60);
    WeightsView view;
    show(view, frame);
    const Eigen::VectorXd first = frame.lane().spectra->values(0, frame.lane().spectra->matrices()[3]);
    const Eigen::VectorXd last = frame.lane().spectra->values(59, frame.lane().spectra->matrices()[3]);
    const QString told = QStringLiteral("Gate o: Singular values along the run, iteration 0 to 59: the "
                                        "largest from %1 to %2, the smallest from %3 to %4.")
                             .arg(norm(first[0]), norm(last[0]), norm(first[2]), norm(last[2]));
    QVERIFY2(view.describe().contains(told), qPrintable(view.describe()));
    view.showSingularValues(false);
    QVERIFY(!view.describe().contains(QStringLiteral("along the run")));
}

void SingularValuesTest::a_weight_that_was_set_is_marked_and_told()
{
    unrolled::Experiment experiment = experimentOf(CellKind::Lstm);
    unrolled::Intervention once{2, "rnn.weight_hh_l0", 0.5, unrolled::InterventionKind::Weight};
    once.row = 4;
    once.column = 1;
    unrolled::Intervention held = once;
    held.column = 2;
    held.iteration = 3;
    held.until = 8;
    experiment.interventions = {once, held};
    const auto list = std::make_shared<const std::vector<unrolled::Intervention>>(experiment.interventions);
    const auto shownAt = [&](std::int64_t iteration) {
        Frame frame = frameOf(experiment, iteration);
        frame.lanes.front().interventions = list;
        return frame;
    };
    WeightsView view;
    view.resize(900, 600);
    view.show();
    view.choose("rnn.weight_hh_l0", 1);
    const auto cell = [&](int column) {
        const HeatBlock place = view.layout().maps.front();
        return place.cell(place.time.cellOf(column), place.unit.cellOf(1));
    };
    const auto inkAt = [&](int column, double share) { // on the lower edge
        const QRectF at = cell(column);
        return view.grab().toImage().pixelColor(
                   QPointF(at.left() + share * at.width(), at.bottom() - 1).toPoint()) == lightPalette().text;
    };
    view.setFrame(shownAt(5));
    QVERIFY(inkAt(1, 0.25) && !inkAt(1, 0.75));
    QVERIFY(inkAt(2, 0.25) && inkAt(2, 0.75));
    QVERIFY(!inkAt(0, 0.25));
    QVERIFY2(view.textAt(cell(1).center()).contains(QStringLiteral("W_h[5,2] set to 0.5 at iteration 2")),
             qPrintable(view.textAt(cell(1).center())));
    QVERIFY2(view.textAt(cell(2).center()).contains(QStringLiteral("held at 0.5 from iteration 3 to 7")),
             qPrintable(view.textAt(cell(2).center())));
    view.setFrame(shownAt(8));
    QVERIFY(inkAt(1, 0.25) && !inkAt(2, 0.25));
    view.setFrame(shownAt(1));
    QVERIFY(!inkAt(1, 0.25) && !inkAt(2, 0.25));
    QVERIFY(!view.textAt(cell(1).center()).contains(QStringLiteral("set to")));
}

QTEST_MAIN(SingularValuesTest)
#include "singular_values_test.moc"
