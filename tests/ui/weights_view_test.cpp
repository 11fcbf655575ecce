#include "tests/ui/plot_frames.h"
#include "ui/paint/number_format.h"
#include "ui/panels/parameters_dialog.h"
#include "ui/views/weights_view.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QImage>
#include <QLabel>
#include <QPainter>
#include <QTest>

#include <cmath>

using namespace ui;
using unrolled::CellKind;
using unrolled::IterationTrace;
using unrolled::ParameterTrace;
using unrolled::Phase;

namespace {

QPointF cellOf(const WeightsView& view, WeightsView::Map map, int row, int column)
{
    const HeatBlock place = view.layout().maps[static_cast<std::size_t>(map)];
    return place.cell(place.time.cellOf(column), place.unit.cellOf(row)).center();
}

/// The frame at the end of a phase.
Frame at(Frame frame, Phase phase)
{
    const int tick = phase == Phase::Forward    ? frame.ticks.tickOf(phase, frame.ticks.steps())
                     : phase == Phase::Backward ? frame.ticks.tickOf(phase, 1)
                                                : frame.ticks.tickOf(phase);
    frame.position = frame.ticks.endOfTick(frame.position.iteration, tick);
    return frame;
}

/// The same frame with other recurrent weights.
Frame withRecurrent(Frame frame, const Eigen::MatrixXd& now, const Eigen::MatrixXd& first)
{
    const auto changed = [](const unrolled::TracePtr& trace, const Eigen::MatrixXd& weights) {
        auto copy = std::make_shared<IterationTrace>(*trace);
        for (ParameterTrace& parameter : copy->parameters) {
            if (parameter.block.name == "rnn.weight_hh_l0")
                parameter.before = weights;
        }
        return copy;
    };
    frame.lanes.front().trace = changed(frame.lanes.front().trace, now);
    frame.lanes.front().first = changed(frame.lanes.front().first, first);
    return frame;
}

} // namespace

class WeightsViewTest : public QObject
{
    Q_OBJECT
private slots:
    void the_numbers_under_the_mouse_are_those_of_the_trace_data() { addCells(); }
    void the_numbers_under_the_mouse_are_those_of_the_trace()
    {
        QFETCH(CellKind, cell);
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(at(frameOf(experimentOf(cell), 7), Phase::Update));
        view.show();
        for (const ParameterTrace& parameter : view.frame().trace().parameters) {
            view.choose(parameter.block.name);
            const Eigen::Index rows = parameter.before.rows();
            const Eigen::Index columns = parameter.before.cols();
            for (Eigen::Index row = 0; row < rows; ++row) {
                for (Eigen::Index column = 0; column < columns; ++column) {
                    for (const auto map : {WeightsView::Value, WeightsView::Gradient, WeightsView::Update}) {
                        const QString text =
                            view.textAt(cellOf(view, map, static_cast<int>(row), static_cast<int>(column)));
                        const QString name = columns > 1
                                                 ? QStringLiteral("[%1,%2]").arg(row + 1).arg(column + 1)
                                                 : QStringLiteral("[%1]").arg(row + 1);
                        QVERIFY2(text.contains(name), qPrintable(text));
                        for (const double number :
                             {parameter.before(row, column), parameter.gradient(row, column),
                              parameter.after(row, column) - parameter.before(row, column)})
                            QVERIFY2(text.contains(exact(number)), qPrintable(text));
                    }
                }
            }
        }
    }

    void the_weights_are_those_of_the_model_in_front()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn), 7);
        frame.lanes.push_back(frameOf(experimentOf(CellKind::Lstm), 7).lanes.front());
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(at(frame, Phase::Update));
        view.show();
        const auto rows = [&] { return view.layout().maps.front().unit.count; };
        const auto units = rows();
        const QPoint place = cellOf(view, WeightsView::Value, 0, 0).toPoint();
        QVERIFY(!view.changesAt(place).empty() && view.modelAt(place) == 0);
        frame.front = 1;
        view.setFrame(at(frame, Phase::Update));
        QCOMPARE(rows(), 4 * units);
        // Only the experiment's own model can be changed.
        QVERIFY(view.changesAt(place).empty() && view.changesAtCursor().empty());
        QCOMPARE(view.modelAt(place), 1);
        frame.front = 0;
        view.setFrame(at(frame, Phase::Update));
        QCOMPARE(rows(), units);
    }

    void a_clipped_gradient_is_told_beside_the_raw_one()
    {
        unrolled::Experiment experiment = experimentOf(CellKind::Rnn);
        experiment.training.clipNorm = 0.5;
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(at(frameOf(experiment, 0), Phase::Update));
        const unrolled::IterationTrace& trace = view.frame().trace();
        QVERIFY(trace.clipped && trace.gradientNorm > 0.5);
        const ParameterTrace& weights = trace.parameter(unrolled::ParameterRole::RecurrentWeight, 0);
        view.choose(weights.block.name);
        const QString text = view.textAt(cellOf(view, WeightsView::Gradient, 1, 2));
        const double raw = weights.gradient(1, 2);
        QVERIFY2(
            text.contains(QStringLiteral("%1, clipped to %2").arg(exact(raw), exact(raw * trace.clipScale))),
            qPrintable(text));
    }

    void a_gate_alone_shows_its_rows()
    {
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(at(frameOf(experimentOf(CellKind::Lstm), 3), Phase::Backward));
        const ParameterTrace& weights =
            view.frame().trace().parameter(unrolled::ParameterRole::RecurrentWeight, 0);
        view.choose(weights.block.name, 1);
        QCOMPARE(view.block()->rows(), 3);
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{hf}"));
        const QString text = view.textAt(cellOf(view, WeightsView::Value, 1, 2));
        QVERIFY2(text.startsWith(QStringLiteral("W_hf[2,3]: forget gate of unit 2 from unit 3 at t − 1")),
                 qPrintable(text));
        QVERIFY2(text.contains(exact(weights.before(4, 2))), qPrintable(text));
        view.choose("rnn.bias_ih_l0", 3);
        QCOMPARE(view.block()->symbol(), QStringLiteral("b_o"));
        // The readout has no gates: all of it is shown, and the gate is kept for the next one.
        view.choose("out.weight", 3);
        QCOMPARE(view.block()->rows(), 4);
        QVERIFY(view.textAt(cellOf(view, WeightsView::Value, 1, 0)).contains(QStringLiteral("output “e”")));
    }

    void names_of_several_layers_and_banks_are_told_apart()
    {
        unrolled::Experiment experiment = experimentOf(CellKind::Gru, "addition");
        experiment.model.hidden = {4, 3};
        WeightsView view;
        view.setFrame(frameOf(experiment, 0));
        const auto* list = view.findChild<QComboBox*>(QStringLiteral("parameters"));
        QStringList names;
        for (int i = 0; i < list->count(); ++i)
            names << list->itemText(i);
        QCOMPARE(names.size(), static_cast<qsizetype>(view.frame().trace().parameters.size()));
        QCOMPARE(names.removeDuplicates(), 0);
        QVERIFY(names.contains(QStringLiteral("W_h, encoder, layer 2")));
        QCOMPARE(list->currentText(), QStringLiteral("W_h, layer 1"));
        view.choose("rnn.weight_hh_l1", 0);
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{hr}^{(2)}"));
    }

    void what_the_iteration_has_not_come_to_is_blank_data() { addCells(); }
    void what_the_iteration_has_not_come_to_is_blank()
    {
        QFETCH(CellKind, cell);
        const Frame frame = frameOf(experimentOf(cell), 4);
        WeightsView view;
        view.resize(700, 500);
        for (const ParameterTrace& parameter : frame.trace().parameters) {
            view.choose(parameter.block.name);
            const auto says = [&](Phase phase, bool gradient, bool update) {
                view.setFrame(at(frame, phase));
                const QStringList lines =
                    view.textAt(cellOf(view, WeightsView::Value, 0, 0)).split(QLatin1Char('\n'));
                return lines.size() >= 4 && lines[1].endsWith(exact(parameter.before(0, 0))) &&
                       lines[2].contains(QStringLiteral("not computed yet")) != gradient &&
                       lines[3].contains(QStringLiteral("not computed yet")) != update;
            };
            QVERIFY(says(Phase::Forward, false, false));
            QVERIFY(says(Phase::Loss, false, false));
            QVERIFY(says(Phase::Backward, true, false));
            QVERIFY(says(Phase::Update, true, true));
        }
        view.setFrame(at(frame, Phase::Forward));
        QCOMPARE(view.describe().count(QStringLiteral("not computed yet")), 2);
        view.setFrame(at(frame, Phase::Update));
        QCOMPARE(view.describe().count(QStringLiteral("not computed yet")), 0);
    }

    void the_gradient_of_an_encoder_is_complete_at_its_first_step()
    {
        Frame frame = frameOf(experimentOf(CellKind::Rnn, "addition"), 0);
        const auto& plan = frame.trace().plan;
        int decoder = 1;
        while (plan[static_cast<std::size_t>(decoder - 1)].bank == unrolled::encoderBank)
            ++decoder;
        QVERIFY(decoder > 1);
        frame.position = frame.ticks.endOfTick(0, frame.ticks.tickOf(Phase::Backward, decoder));
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(frame);
        const auto blank = [&](const char* name) {
            view.choose(name);
            return view.textAt(cellOf(view, WeightsView::Value, 0, 0)).count(QStringLiteral("not computed"));
        };
        QCOMPARE(blank("rnn.weight_hh_l0"), 1);
        QCOMPARE(blank("encoder.weight_hh_l0"), 2);
        QCOMPARE(blank("out.weight"), 1);
    }

    void keys_choose_the_parameter_and_move_over_its_cells()
    {
        WeightsView view;
        view.resize(700, 500);
        view.setFrame(frameOf(experimentOf(CellKind::Lstm), 2));
        view.show();
        auto* parameters = view.findChild<QComboBox*>(QStringLiteral("parameters"));
        auto* gates = view.findChild<QComboBox*>(QStringLiteral("gates"));
        QCOMPARE(parameters->currentText(), QStringLiteral("W_h"));
        QVERIFY(parameters->isVisible() && gates->isVisible());
        QVERIFY(parameters->focusPolicy() & Qt::TabFocus);
        QTest::keyClick(gates, Qt::Key_Down);
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{hi}"));
        QTest::keyClick(parameters, Qt::Key_Up);
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{xi}"));
        QTest::keyClick(parameters, Qt::Key_End);
        QCOMPARE(view.block()->symbol(), QStringLiteral("b_y"));
        QVERIFY(!gates->isVisible());
        QTest::keyClick(parameters, Qt::Key_Up);
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{hy}"));
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(&view, Qt::Key_Down, Qt::AltModifier);
        const ParameterTrace& weights =
            view.frame().trace().parameter(unrolled::ParameterRole::ReadoutWeight, -1);
        QVERIFY(view.accessibleDescription().startsWith(QStringLiteral("W_hy[2,2]: output “e” from unit 2")));
        QVERIFY(view.accessibleDescription().contains(exact(weights.gradient(1, 1))));
    }

    void another_model_without_the_parameter_shows_its_recurrent_weights()
    {
        WeightsView view;
        unrolled::Experiment deep = experimentOf(CellKind::Rnn);
        deep.model.hidden = {3, 2};
        view.setFrame(frameOf(deep, 0));
        view.choose("rnn.weight_ih_l1");
        QCOMPARE(view.block()->rows(), 2);
        view.show();
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 0));
        QCOMPARE(view.block()->symbol(), QStringLiteral("W_{hh}"));
        QCOMPARE(view.spectra().size(), std::size_t(1));
    }

    void marks_stand_where_closed_forms_put_them()
    {
        const double angle = 0.7;
        Eigen::Matrix3d turn = Eigen::Matrix3d::Zero();
        turn << 0.9 * std::cos(angle), -0.9 * std::sin(angle), 0, //
            0.9 * std::sin(angle), 0.9 * std::cos(angle), 0,      //
            0, 0, -0.5;
        WeightsView view;
        view.resize(700, 500);
        view.show();
        view.setFrame(
            withRecurrent(frameOf(experimentOf(CellKind::Rnn), 3), turn, 0.3 * Eigen::Matrix3d::Identity()));
        const std::vector<unrolled::MatrixSpectrum> spectra = view.spectra();
        QCOMPARE(spectra.size(), std::size_t(1));
        QVERIFY(std::abs(spectra.front().radius - 0.9) < 1e-14);
        const ComplexPlane plane = view.plane();
        QCOMPARE(plane.square.width(), plane.square.height());
        const QPointF zero = plane.at(0);
        const double unit = plane.at(1).x() - zero.x();
        QVERIFY(std::abs(zero.y() - plane.at({0, 1}).y() - unit) < 1e-9);
        QVERIFY(unit > 20 && unit < plane.square.width() / 2);
        for (const double sign : {1.0, -1.0}) {
            const QString text =
                view.textAt(zero + unit * 0.9 * QPointF(std::cos(angle), -sign * std::sin(angle)));
            QVERIFY2(text.contains(QStringLiteral("|λ| = 0.9000")), qPrintable(text));
            QVERIFY2(text.contains(sign > 0 ? QStringLiteral("+0.6884 + 0.5798i")
                                            : QStringLiteral("+0.6884 − 0.5798i")),
                     qPrintable(text));
        }
        QVERIFY(view.textAt(zero - QPointF(0.5 * unit, 0)).contains(QStringLiteral("λ = −0.5000")));
        QVERIFY(view.textAt(zero + QPointF(0.3 * unit, 0)).startsWith(QStringLiteral("at iteration 0: ")));
        QVERIFY(
            view.describe().contains(QStringLiteral("Spectral radius 0.900, largest singular value 0.900")));
        // Painted there: in the colour of values where it is now.
        const QImage image = view.grab().toImage();
        const QPointF mark = zero - QPointF(0.5 * unit, 0);
        QCOMPARE(image.pixelColor(mark.toPoint()), lightPalette().forward);
    }

    void nothing_covers_an_eigenvalue_data()
    {
        QTest::addColumn<CellKind>("cell");
        QTest::addColumn<QSize>("size");
        QTest::newRow("facts beside the plane") << CellKind::Rnn << QSize(446, 192);
        QTest::newRow("in a narrow pane") << CellKind::Rnn << QSize(362, 192);
        QTest::newRow("facts beneath the plane") << CellKind::Lstm << QSize(446, 192);
        QTest::newRow("beneath it in a narrow pane") << CellKind::Lstm << QSize(362, 192);
        QTest::newRow("in a large pane") << CellKind::Gru << QSize(900, 600);
    }
    void nothing_covers_an_eigenvalue()
    {
        QFETCH(CellKind, cell);
        QFETCH(QSize, size);
        WeightsView view;
        view.resize(size);
        view.show();
        Frame frame = frameOf(experimentOf(cell), 3);
        if (cell == CellKind::Rnn) { // ±1.13i, near the edge of the plane
            Eigen::Matrix3d turn = Eigen::Matrix3d::Zero();
            turn(0, 1) = 1.13;
            turn(1, 0) = -1.13;
            frame = withRecurrent(frame, turn, turn);
        }
        view.setFrame(frame);
        const auto* list = view.findChild<QComboBox*>(QStringLiteral("spectrum"));
        QVERIFY(list->isVisible());
        QVERIFY(view.rect().contains(list->geometry()));
        const ComplexPlane plane = view.plane();
        QVERIFY2(plane.square.width() > 55, qPrintable(QString::number(plane.square.width())));
        QVERIFY(!plane.square.intersects(list->geometry()));
        for (const unrolled::MatrixSpectrum& spectrum : view.spectra()) {
            for (const std::complex<double>& number : spectrum.eigenvalues) {
                const QPointF mark = plane.at(number);
                const QRectF drawn(mark - QPointF(3, 3), mark + QPointF(3, 3));
                QVERIFY(!drawn.intersects(list->geometry()));
                QVERIFY(QRectF(view.rect()).contains(drawn));
            }
        }
        // Nothing is cut at the edge.
        const QImage picture = view.grab().toImage();
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = picture.width() - 4; x < picture.width(); ++x) {
                if (y > list->geometry().bottom())
                    QCOMPARE(picture.pixel(x, y), lightPalette().background.rgb());
            }
        }
    }

    void words_in_the_plane_keep_off_the_circle()
    {
        const QFont font;
        for (int side = 40; side < 500; side += 5) {
            const ComplexPlane plane{{10, 20, static_cast<double>(side), static_cast<double>(side)}, 1.2};
            const double radius = plane.at(1).x() - plane.at(0).x();
            const std::vector<PlaneLabel> labels = planeLabels(plane, font, {}, 4);
            QCOMPARE(labels.size(),
                     side < 9 * QFontMetricsF(font).height() ? std::size_t(1) : std::size_t(3));
            for (std::size_t i = 1; i < labels.size(); ++i) {
                const QRectF place = labels[i].place;
                int within = 0;
                constexpr int points = 20; // along each side of it
                for (int x = 0; x <= points; ++x) {
                    for (int y = 0; y <= points; ++y) {
                        const QPointF away =
                            place.topLeft() +
                            QPointF(place.width() * x / points, place.height() * y / points) - plane.at(0);
                        within += std::hypot(away.x(), away.y()) < radius;
                    }
                }
                QVERIFY2(within == 0 || within == (points + 1) * (points + 1),
                         qPrintable(QStringLiteral("%1 at %2").arg(labels[i].text).arg(side)));
            }
        }
    }

    void words_in_the_plane_keep_off_the_marks()
    {
        const ComplexPlane plane{{10, 20, 400, 400}, 1.2};
        const QFont font;
        const auto names = [&](const std::vector<QPointF>& marks) {
            QStringList texts;
            for (const PlaneLabel& label : planeLabels(plane, font, marks, 4)) {
                texts << label.text;
                if (!plane.square.adjusted(-planeMargin, 0, planeMargin, 0).contains(label.place))
                    texts << QStringLiteral("outside");
                for (const QPointF& mark : marks) {
                    if (label.place.intersects(QRectF(mark - QPointF(4, 4), mark + QPointF(4, 4))))
                        texts << QStringLiteral("covered");
                }
            }
            return texts;
        };
        const QStringList all{QStringLiteral("1"), QStringLiteral("Re"), QStringLiteral("Im")};
        QCOMPARE(names({}), all);
        const QPointF one = plane.at(1);
        // Marks on the axes are in nobody's way.
        QCOMPARE(names({one, one + QPointF(6, 0), one - QPointF(6, 0), plane.at({0, 1.17})}), all);
        QCOMPARE(planeLabels(plane, font, {one + QPointF(6, 0)}, 4).front().place,
                 planeLabels(plane, font, {}, 4).front().place);
        QCOMPARE(names({one + QPointF(6, 6)}), all);
        QCOMPARE(names({one + QPointF(6, 6), one + QPointF(6, -6), plane.at({0, 1.17}) + QPointF(6, 0)}),
                 all);
        // Where there is no place, nothing is written.
        QCOMPARE(
            names({one + QPointF(6, 6), one + QPointF(6, -6), one + QPointF(-6, 6), one - QPointF(6, 6)}),
            all.mid(1));
    }

    void the_next_iteration_has_the_eigenvalues_of_the_updated_weights()
    {
        WeightsView view;
        view.resize(700, 500);
        view.show();
        const Frame frame = frameOf(experimentOf(CellKind::Gru), 3);
        const ParameterTrace& weights = frame.trace().parameter(unrolled::ParameterRole::RecurrentWeight, 0);
        QVERIFY(weights.before != weights.after);
        for (const Phase phase : {Phase::Forward, Phase::Update}) {
            view.setFrame(at(frame, phase));
            QCOMPARE(view.spectra().size(), std::size_t(3));
            QCOMPARE(view.spectra()[2].eigenvalues,
                     unrolled::spectrumOf(weights.before.bottomRows(3)).eigenvalues);
        }
        view.setFrame(frameOf(experimentOf(CellKind::Gru), 4));
        QCOMPARE(view.spectra()[2].eigenvalues,
                 unrolled::spectrumOf(weights.after.bottomRows(3)).eigenvalues);
    }

    void large_eigenvalues_are_found_when_the_iteration_rests()
    {
        unrolled::Experiment experiment = experimentOf(CellKind::Rnn);
        experiment.model.hidden = {80};
        WeightsView view;
        view.resize(500, 300);
        const Frame frame = frameOf(experiment, 1);
        view.setFrame(frame);
        QVERIFY(view.spectra().empty()); // nothing is computed while it is not visible
        view.show();
        QVERIFY(view.spectra().empty());
        QTRY_COMPARE(view.spectra().size(), std::size_t(1));
        QCOMPARE(view.spectra().front().eigenvalues.size(), Eigen::Index(80));
        // A picture does not wait.
        view.setFrame(frameOf(experiment, 2));
        QVERIFY(view.spectra().empty());
        drawn(view, {400, 300});
        QCOMPARE(view.spectra().size(), std::size_t(1));
    }

    void weights_that_overflowed_are_drawn_and_have_no_eigenvalues()
    {
        WeightsView view;
        view.resize(500, 300);
        view.show();
        Eigen::Matrix3d broken = Eigen::Matrix3d::Identity();
        broken(1, 1) = std::nan("");
        broken(0, 2) = HUGE_VAL;
        view.setFrame(
            withRecurrent(frameOf(experimentOf(CellKind::Rnn), 3), broken, Eigen::Matrix3d::Identity()));
        QVERIFY(view.spectra().front().empty());
        QVERIFY(!drawn(view, {500, 300}).isNull());
        QVERIFY(view.textAt(cellOf(view, WeightsView::Value, 1, 1)).contains(QStringLiteral("NaN")));
        QVERIFY(!view.describe().isEmpty());
    }

    void the_summary_counts_as_keras_and_pytorch_do_data()
    {
        // u units, d inputs: u(d+u+1) of a layer, PyTorch u(d+u+2), times the gates; Keras' GRU as PyTorch's.
        QTest::addColumn<CellKind>("cell");
        QTest::addColumn<QString>("layer");
        QTest::addColumn<QString>("total");
        QTest::addColumn<QString>("reason");
        QTest::newRow("a simple RNN") << CellKind::Rnn << "1\tRNN\t4 × 3\t24\t24\t27"
                                      << "total\t\t\t40\t40\t43"
                                      << "every unit has one bias";
        QTest::newRow("a GRU") << CellKind::Gru << "1\tGRU\t4 × 3\t75\t81\t81"
                               << "total\t\t\t91\t97\t97"
                               << "b_hn";
        QTest::newRow("an LSTM") << CellKind::Lstm << "1\tLSTM\t4 × 3\t96\t96\t108"
                                 << "total\t\t\t112\t112\t124"
                                 << "every gate has one bias";
    }
    void the_summary_counts_as_keras_and_pytorch_do()
    {
        QFETCH(CellKind, cell);
        ParametersDialog dialog(nullptr);
        dialog.setFrame(frameOf(experimentOf(cell), 0));
        dialog.copy();
        const QStringList lines = QGuiApplication::clipboard()->text().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), qsizetype(5));
        QTEST(lines[1], "layer");
        QCOMPARE(lines[2], QStringLiteral("out\tLinear\t4 × 4\t16\t16\t16"));
        QTEST(lines[3], "total");
        QFETCH(QString, reason);
        QVERIFY(dialog.findChild<QLabel*>()->text().contains(reason));
    }

    void maps_share_their_shape_and_stay_inside_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<bool>("numbers");
        QTest::newRow("a small pane") << QSize(360, 190) << 3 << 3 << true;
        QTest::newRow("four stacked gates in a small pane") << QSize(360, 160) << 12 << 3 << false;
        QTest::newRow("a large matrix") << QSize(900, 600) << 512 << 128 << false;
        QTest::newRow("a bias") << QSize(360, 190) << 3 << 1 << true;
        QTest::newRow("a narrow column") << QSize(200, 700) << 3 << 4 << true;
    }
    void maps_share_their_shape_and_stay_inside()
    {
        QFETCH(QSize, size);
        QFETCH(int, rows);
        QFETCH(int, columns);
        const QRectF area(QPointF(5, 20), size);
        for (const bool plane : {false, true}) {
            const WeightLayout layout = weightLayout(area, rows, columns, 3, plane, {});
            QCOMPARE(layout.maps.size(), std::size_t(3));
            for (const HeatBlock& map : layout.maps) {
                QCOMPARE(map.cells.size(), layout.maps.front().cells.size());
                QVERIFY(area.adjusted(-1e-9, -1e-9, 1e-9, 1e-9).contains(map.cells));
                QCOMPARE(map.time.count, columns);
                QCOMPARE(map.unit.count, rows);
                for (const HeatBlock& other : layout.maps)
                    QVERIFY(&map == &other || !map.cells.intersects(other.cells));
                QVERIFY(!plane || !map.cells.intersects(layout.plane));
            }
            QCOMPARE(layout.plane.isEmpty(), !plane);
            QVERIFY(!plane || area.adjusted(-1e-9, -1e-9, 1e-9, 1e-9).contains(layout.plane));
            // Marks at the edge of the plane reach beyond it.
            QVERIFY(!layout.plane.adjusted(-4, -4, 4, 4).intersects(layout.planeCaption) || !plane);
            QVERIFY(!layout.facts.intersects(layout.planeCaption));
            QVERIFY(!layout.facts.intersects(layout.plane));
        }
        QTEST(weightLayout(area, rows, columns, 3, false, {}).numbers, "numbers");
    }

    void the_unit_circle_is_always_in_reach_data()
    {
        QTest::addColumn<double>("magnitude");
        for (const double magnitude : {0.0, 0.5, 1.0, 1.14, 1.2, 3.0, 40.0})
            QTest::addRow("eigenvalues up to %g", magnitude) << magnitude;
    }
    void the_unit_circle_is_always_in_reach()
    {
        QFETCH(double, magnitude);
        const double reach = planeReach(magnitude);
        QVERIFY(reach > 1.1 && reach > magnitude);
        QVERIFY(reach < 1.4 * std::max(1.0, magnitude));
    }
};

QTEST_MAIN(WeightsViewTest)
#include "weights_view_test.moc"
