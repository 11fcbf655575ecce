#include "core/files/experiment_file.h"
#include "core/gradients/decay_fit.h"
#include "core/gradients/state_gradients.h"
#include "tests/ui/analysed_frames.h"
#include "tests/ui/room.h"
#include "ui/paint/number_format.h"
#include "ui/panels/experiment_panel.h"
#include "ui/session/analyst.h"
#include "ui/views/decay_view.h"
#include "ui/views/ellipse_view.h"
#include "ui/views/hops_view.h"
#include "ui/views/reach_view.h"
#include "ui/views/triangle_view.h"
#include "ui/views/update_view.h"

#include <QActionGroup>
#include <QBuffer>
#include <QComboBox>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgGenerator>
#include <QTest>

#include <set>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;
using unrolled::Position;

namespace {

struct GradientRoom : Room
{
    GradientRoom() : Room(QStringLiteral("echo")) {}
    View* view(const char* id) const { return window->views().find(QLatin1String(id)); }
};

} // namespace

class GradientsTest : public QObject
{
    Q_OBJECT
private slots:
    void a_view_of_one_layer_says_which()
    {
        for (const auto& [units, words] :
             {std::pair(std::vector<int>{4, 3}, 1), std::pair(std::vector<int>{4}, 0)}) {
            Experiment experiment = echo(CellKind::Rnn, 12);
            experiment.model.hidden = units;
            const Frame frame = analysed(experiment);
            ReachView reach;
            HopsView hops;
            EllipseView ellipse;
            UpdateView update;
            for (PaneView* view : std::initializer_list<PaneView*>{&reach, &hops, &ellipse, &update}) {
                showIn(*view, frame, {1400, 300});
                for (const bool heading : {true, false}) {
                    view->setHeading(heading);
                    QBuffer svg;
                    QSvgGenerator generator;
                    generator.setOutputDevice(&svg);
                    generator.setSize(view->size());
                    view->render(&generator);
                    QVERIFY2(svg.data().count("layer 2") == words, qPrintable(view->title()));
                }
            }
        }
    }

    // ---- what arrives

    void the_curve_is_that_of_the_picked_loss_data() { addCells(); }
    void the_curve_is_that_of_the_picked_loss()
    {
        QFETCH(CellKind, cell);
        for (const int picked : {0, 9}) {
            const Frame frame = analysed(echo(cell, 12), picked);
            ReachView view;
            showIn(view, frame);
            const int s = picked > 0 ? picked : 12; // else the last one
            const auto norms = unrolled::stateGradientNorms(frame.trace(), s);
            QVERIFY2(view.decayWords().startsWith(QStringLiteral("∂L%1/∂h ").arg(subscript(s))),
                     qPrintable(view.decayWords()));
            const auto curves = view.curves();
            QCOMPARE(static_cast<int>(curves.size()), cell == CellKind::Gru ? 2 : 3);
            for (int t = 1; t <= s; ++t) {
                const auto i = static_cast<std::size_t>(t - 1);
                QVERIFY(std::abs(curves[0][i] - norms[0].hidden[i].log10()) < 1e-12);
                for (std::size_t bound = cell == CellKind::Lstm ? 2 : 1; bound < curves.size(); ++bound)
                    QVERIFY(curves[0][i] <= curves[bound][i] + 1e-12);
                QVERIFY(view.textAt(t).contains(normOfLog(curves[0][i])));
            }
            if (picked > 0)
                QVERIFY(std::isnan(curves[0][10]));
        }
    }

    void a_step_stands_at_the_same_place_in_all_three()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 12));
        for (const int width : {700, 1280, 1900}) {
            TriangleView triangle;
            ReachView reach;
            HopsView hops;
            showIn(triangle, frame, {width, 300});
            showIn(reach, frame, {width, 160});
            showIn(hops, frame, {width, 220});
            for (int t = 1; t < 12; ++t) {
                QVERIFY(std::abs(triangle.cell(12, t).center().x() - reach.xOf(t)) <= 1);
                const double hop = (reach.xOf(t) + reach.xOf(t + 1)) / 2;
                QVERIFY(std::abs(hops.bar(0, t).center().x() - hop) <= 1);
            }
        }
    }

    void a_click_on_the_curve_goes_there()
    {
        ReachView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12)));
        QSignalSpy wanted(&view, &View::positionRequested);
        QTest::mouseClick(&view, Qt::LeftButton, {},
                          QPoint(static_cast<int>(view.xOf(5)), view.height() / 2));
        QCOMPARE(view.frame().ticks.time(wanted.last().first().value<Position>().tick), 5);
    }

    void the_words_tell_the_fit_of_the_table_data() { addCells(); }
    void the_words_tell_the_fit_of_the_table()
    {
        QFETCH(CellKind, cell);
        const Frame frame = analysed(echo(cell, 40), 30);
        ReachView view;
        showIn(view, frame);
        std::vector<unrolled::ScaledNumber> norms = unrolled::stateGradientNorms(frame.trace(), 30)[0].hidden;
        norms.resize(30);
        std::reverse(norms.begin(), norms.end());
        const unrolled::DecayFit fit = unrolled::fitDecay(norms);
        QVERIFY(fit.slope < 0);
        const QString words = view.decayWords();
        QVERIFY2(words.contains(norm(std::exp(fit.slope))), qPrintable(words));
        QVERIFY2(words.contains(QStringLiteral("half-life ") + norm(fit.halfLife)), qPrintable(words));
        const int lag = unrolled::horizon(norms, 1e-6);
        QVERIFY2(words.contains(lag >= 0 ? QStringLiteral("from lag %1 on").arg(lag)
                                         : QStringLiteral("at lag 29 still above")),
                 qPrintable(words));
    }

    void the_lag_that_the_task_needs_stands_beside_it()
    {
        Experiment experiment = echo(CellKind::Rnn, 20);
        experiment.task.lag = 6;
        const Frame frame = analysed(experiment);
        ReachView view;
        showIn(view, frame);
        QCOMPARE(view.taskWords(),
                 QStringLiteral("the task needs lag 6 · %1\u00a0% of the answers right at this iteration")
                     .arg(qRound(100 * frame.trace().accuracy)));
        QVERIFY(view.describe().contains(view.taskWords()));
        view.setFrame(analysed(experimentOf(CellKind::Rnn, "adding", 20)));
        QVERIFY2(view.taskWords().startsWith(QStringLiteral("the task needs lags 10 to 19 · ")),
                 qPrintable(view.taskWords()));
        view.setFrame(analysed(experimentOf(CellKind::Rnn)));
        QCOMPARE(view.taskWords(), QString());
    }

    void the_limit_can_be_chosen_and_is_marked()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 40));
        ReachView view;
        showIn(view, frame);
        QCOMPARE(view.epsilon(), -6);
        auto* choice = view.findChild<QComboBox*>(QStringLiteral("epsilon"));
        QVERIFY(choice->isVisible() && !choice->accessibleName().isEmpty());
        const unrolled::Itemised& table = *frame.lane().analyses->of->itemised;
        std::set<QString> words;
        bool some = false;
        for (int exponent = -1; exponent >= -16; --exponent) {
            choice->setFocus();
            QTest::keyClick(choice, exponent == -1 ? Qt::Key_Home : Qt::Key_Down);
            QCOMPARE(view.epsilon(), exponent);
            int t = 0; // the last step of those from 1 on whose norms all lie below
            while (t < 40 && table.norm(0, table.lossSteps().size() - 1, t + 1).log10() < exponent)
                ++t;
            QCOMPARE(view.markedStep(), t);
            QCOMPARE(view.crossing(), t > 0 ? 40 - t : -1);
            QVERIFY(view.mark().contains(QStringLiteral("ε = 10") + superscript(exponent)));
            QVERIFY2(view.decayWords().contains(QStringLiteral("10") + superscript(exponent)),
                     qPrintable(view.decayWords()));
            if (t > 0)
                QVERIFY(view.decayWords().endsWith(QStringLiteral("from lag %1 on").arg(40 - t)));
            QVERIFY(view.describe().contains(view.decayWords()));
            words.insert(view.mark());
            some = some || t > 0;
        }
        QCOMPARE(words.size(), std::size_t(16));
        QVERIFY(some);
        view.setEpsilon(-17); // is no choice
        QCOMPARE(view.epsilon(), -16);
    }

    void what_does_not_fade_steadily_has_no_half_life()
    {
        Experiment experiment = experimentOf(CellKind::Lstm, "adding", 60);
        experiment.model.hidden = {32};
        experiment.model.forgetBias = 2.5;
        ReachView view;
        showIn(view, analysed(experiment, 0, 0));
        QVERIFY2(view.decayWords().contains(QStringLiteral("on average, not steadily (R² = 0.")),
                 qPrintable(view.decayWords()));
        QVERIFY(!view.decayWords().contains(QStringLiteral("half-life")));
    }

    void the_limit_is_marked_where_a_single_loss_crosses_it()
    {
        Experiment experiment = experimentOf(CellKind::Rnn, "adding", 40);
        experiment.training.batch = 8; // L is a mean; the loss of the sequence alone is not divided
        ReachView view;
        showIn(view, analysed(experiment));
        const std::vector<double> curve = view.curves().front();
        const auto t = static_cast<std::size_t>(view.markedStep());
        QVERIFY(t > 1 && t < 40);
        QVERIFY(curve[t - 1] < -6 && curve[t] >= -6);
        QVERIFY2(view.decayWords().startsWith(QStringLiteral("∂L₄₀/∂h shrinks")),
                 qPrintable(view.decayWords()));
    }

    void the_limit_is_drawn()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 40));
        ReachView view;
        view.setFrame(frame);
        const QImage before = drawn(view, {900, 260});
        view.setEpsilon(-3);
        QVERIFY(drawn(view, {900, 260}) != before);
        view.setEpsilon(-6);
        QCOMPARE(drawn(view, {900, 260}), before);
    }

    // ---- the hops

    void bars_multiply_to_the_curve_data() { addCells(); }
    void bars_multiply_to_the_curve()
    {
        QFETCH(CellKind, cell);
        for (const int picked : {0, 9}) {
            const Frame frame = analysed(echo(cell, 12), picked);
            HopsView view;
            showIn(view, frame);
            QCOMPARE(view.rows(), 3); // of one loss alone, nothing enters on the way
            const int s = picked > 0 ? picked : 12;
            const auto norms = unrolled::stateGradientNorms(frame.trace(), s);
            QVERIFY2(view.describe().contains(QStringLiteral("factors of ‖∂L%1/∂h‖").arg(subscript(s))),
                     qPrintable(view.describe()));
            const auto& watched = cell == CellKind::Lstm ? norms[0].cell : norms[0].hidden;
            for (int t = 1; t < s; ++t) {
                double sum = 0;
                for (int row = 0; row + 1 < view.rows(); ++row)
                    sum += view.log(row, t);
                QVERIFY(std::abs(sum - view.log(view.rows() - 1, t)) < 1e-12);
                const auto i = static_cast<std::size_t>(t - 1);
                QVERIFY(std::abs(sum - (watched[i].log10() - watched[i + 1].log10())) < 1e-11);
                QVERIFY(view.textOf(t).contains(normOfLog(view.log(0, t))));
            }
            QVERIFY(std::isnan(view.log(0, s)));
        }
    }

    void hops_that_lose_little_are_seen_data()
    {
        QTest::addColumn<double>("factor");
        QTest::newRow("2 in a hundred") << 0.98;
        QTest::newRow("5 in a thousand") << 0.995;
        QTest::newRow("gained") << 1.02;
    }
    void hops_that_lose_little_are_seen()
    {
        QFETCH(double, factor);
        Experiment experiment = echo(CellKind::Rnn, 30);
        experiment.model.cell.activation = unrolled::Activation::Identity;
        experiment.model.init = unrolled::Initialiser::Identity;
        experiment.model.initScale = factor;
        HopsView view;
        showIn(view, analysed(experiment, 0, 0));
        const int last = view.rows() - 1;
        QVERIFY(std::abs(view.log(last, 10) - std::log10(factor)) < 1e-12);
        QVERIFY2(view.bar(last, 10).height() > 4, qPrintable(QString::number(view.bar(last, 10).height())));
    }

    void what_is_left_where_a_way_is_shut_is_told()
    {
        const Experiment shut = withSettings(echo(CellKind::Lstm, 8),
                                             {R"(interventions=[{"iteration":0,"clamp":"f","value":0}])"});
        HopsView hops;
        showIn(hops, analysed(shut, 8, 0));
        QVERIFY2(hops.sentence().startsWith(
                     QStringLiteral("Over 7 hops: carry ×0, paths through h all that is left, together ×")),
                 qPrintable(hops.sentence()));
        const Experiment cut =
            withSettings(echo(CellKind::Rnn, 8), {R"(interventions=[{"iteration":0,"cut":6}])"});
        ReachView reach;
        showIn(reach, analysed(cut, 8, 0));
        // Two steps are no line.
        QVERIFY2(reach.decayWords() == QStringLiteral("∂L₈/∂h is 0 from lag 2 on"),
                 qPrintable(reach.decayWords()));
    }

    void bars_are_as_long_as_the_factor_is_large()
    {
        HopsView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12), 12));
        double perDecade = 0;
        for (int row = 0; row < view.rows(); ++row) {
            for (int t = 1; t < 12; ++t) {
                const double log = view.log(row, t);
                if (std::abs(log) < 0.02 || log < -0.9)
                    continue;
                const double length = view.bar(row, t).height() / std::abs(log);
                if (perDecade == 0)
                    perDecade = length;
                QVERIFY(std::abs(length - perDecade) < 0.02 * perDecade);
            }
        }
        QVERIFY(perDecade > 10);
    }

    void the_sentence_tells_the_product_of_every_factor()
    {
        HopsView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12), 12));
        const QString sentence = view.sentence();
        QVERIFY2(sentence.startsWith(QLatin1String("Over 11 hops: ")), qPrintable(sentence));
        for (int row = 0; row < view.rows(); ++row) {
            double sum = 0;
            for (int t = 1; t < 12; ++t)
                sum += view.log(row, t);
            QVERIFY2(sentence.contains(powerOfTen(sum)), qPrintable(sentence));
        }
    }

    void a_border_of_truncation_is_told()
    {
        Experiment experiment = echo(CellKind::Rnn, 12);
        experiment.training.truncate = 5;
        HopsView view;
        showIn(view, analysed(experiment, 12));
        QVERIFY2(view.sentence().contains(QLatin1String("from step 11 to step 10")),
                 qPrintable(view.sentence()));
        QVERIFY(view.sentence().startsWith(QLatin1String("Over one hop")));
        QVERIFY(view.sentence().endsWith(QLatin1String("truncated there.")));
        QVERIFY2(view.textOf(10).contains(
                     QStringLiteral("truncated: no gradient goes back from step 11 to step 10")),
                 qPrintable(view.textOf(10)));
        QVERIFY(!view.textOf(11).contains(QStringLiteral("no gradient")));
    }

    void the_pointer_and_the_keys_tell_a_hop()
    {
        HopsView view;
        showIn(view, analysed(echo(CellKind::Rnn, 12), 12));
        QCOMPARE(view.stepAt(QPointF(view.bar(0, 7).center().x(), view.bar(0, 7).top() + 1)), 7);
        QTest::keyClick(&view, Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(11));
        QTest::keyClick(&view, Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(10));
    }

    void every_view_can_be_painted_anywhere_data() { addCells(); }
    void every_view_can_be_painted_anywhere()
    {
        QFETCH(CellKind, cell);
        const Frame frame = analysed(echo(cell, 12));
        TriangleView triangle;
        ReachView reach;
        HopsView hops;
        for (View* view :
             {static_cast<View*>(&triangle), static_cast<View*>(&reach), static_cast<View*>(&hops)}) {
            view->setFrame(frame);
            QImage image(1000, 400, QImage::Format_RGB32);
            image.fill(Qt::magenta);
            QPainter painter(&image);
            view->paintTo(painter, image.size());
            painter.end();
            QSet<QRgb> colours;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x)
                    colours.insert(image.pixel(x, y));
            }
            QVERIFY(!colours.contains(QColor(Qt::magenta).rgb()));
            QVERIFY(colours.size() > 10);
            QVERIFY(!view->describe().isEmpty());
        }
    }

    // ---- the analyst

    void the_newest_request_wins()
    {
        Analyst analyst;
        std::vector<AnalysesPtr> got;
        connect(&analyst, &Analyst::ready, this, [&](const AnalysesPtr& one) { got.push_back(one); });
        unrolled::TracePtr last;
        for (int i = 0; i < 5; ++i) {
            last = frameOf(echo(CellKind::Rnn, 12), i).lane().trace;
            analyst.request(last, 7);
        }
        analyst.wait();
        QVERIFY(!got.empty());
        QCOMPARE(got.back()->of->trace, last);
        QCOMPARE(got.back()->loss, 7);
        // Another loss of the same trace takes over what is known of it.
        const auto known = got.back()->of;
        analyst.request(last, 0);
        analyst.wait();
        QCOMPARE(got.back()->loss, 0);
        QCOMPARE(got.back()->of, known);
    }

    void what_nobody_wants_any_more_is_dropped()
    {
        Analyst analyst;
        int got = 0;
        connect(&analyst, &Analyst::ready, this, [&](const AnalysesPtr&) { ++got; });
        Experiment large = echo(CellKind::Lstm, 150);
        large.model.hidden = {48};
        analyst.request(frameOf(large, 0).lane().trace, 0);
        analyst.drop();
        analyst.wait();
        QCOMPARE(got, 0);
    }

    // ---- the window

    void the_window_shows_the_gradients_and_the_steps_again()
    {
        GradientRoom room;
        QVERIFY(room.view("unrolled")->isVisible());
        QVERIFY(!room.view("triangle")->isVisible());
        QVERIFY(!room.window->views().frame().lane().analyses);
        room.key(Qt::Key_2, Qt::ControlModifier);
        QVERIFY(!room.view("unrolled")->isVisible());
        for (const char* id : {"triangle", "reach", "hops"}) {
            QVERIFY(room.view(id)->isVisible());
            QVERIFY(room.view(id)->frame().lane().analyses);
            QCOMPARE(room.view(id)->frame().lane().analyses->of->trace,
                     room.window->playback().frame().lane().trace);
        }
        room.key(Qt::Key_1, Qt::ControlModifier);
        QVERIFY(room.view("unrolled")->isVisible());
        QVERIFY(!room.view("hops")->isVisible());
    }

    void a_picked_loss_is_picked_everywhere()
    {
        GradientRoom room;
        room.key(Qt::Key_2, Qt::ControlModifier);
        auto* triangle = static_cast<TriangleView*>(room.view("triangle"));
        QTest::mouseClick(triangle, Qt::LeftButton, {}, triangle->cell(10, 3).center().toPoint());
        room.settle();
        for (const char* id : {"triangle", "reach", "hops"}) {
            QCOMPARE(room.view(id)->frame().pickedLoss, 10);
            QCOMPARE(room.view(id)->frame().lane().analyses->loss, 10);
        }
        room.key(Qt::Key_Right, Qt::ControlModifier); // the next iteration
        QCOMPARE(room.window->playback().frame().position.iteration, 1);
        QCOMPARE(triangle->frame().pickedLoss, 10);
        QCOMPARE(triangle->frame().lane().analyses->trace().iteration, 1);
        triangle->setFocus();
        QTest::keyClick(triangle, Qt::Key_Escape);
        room.settle();
        QCOMPARE(triangle->frame().pickedLoss, 0);
    }

    void the_arrangement_is_remembered()
    {
        GradientRoom room;
        room.key(Qt::Key_2, Qt::ControlModifier);
        room.window->close();
        room.open();
        QVERIFY(room.view("triangle")->isVisible());
        QVERIFY(room.window->actions().arrangement->actions().at(1)->isChecked());
    }

    void the_limit_is_remembered()
    {
        GradientRoom room;
        static_cast<ReachView*>(room.view("reach"))->setEpsilon(-9);
        room.window->close();
        room.open();
        QCOMPARE(static_cast<ReachView*>(room.view("reach"))->epsilon(), -9);
        QCOMPARE(room.view("reach")->findChild<QComboBox*>(QStringLiteral("epsilon"))->currentText(),
                 QStringLiteral("ε = 10⁻⁹"));
    }

    void caption_and_panel_go_along()
    {
        GradientRoom room;
        room.window->actions().settings->trigger();
        room.key(Qt::Key_2, Qt::ControlModifier);
        QVERIFY(room.window->experimentPanel()->isVisible());
        auto* caption = room.window->findChild<QWidget*>(QStringLiteral("caption"));
        QVERIFY(caption && caption->isVisible());
        room.window->actions().settings->trigger();
        QVERIFY(!room.window->experimentPanel()->isVisible());
        room.key(Qt::Key_1, Qt::ControlModifier);
        QVERIFY(caption->isVisible());
        QVERIFY(!room.window->experimentPanel()->isVisible());
    }

    void a_cells_number_brings_the_steps_back()
    {
        GradientRoom room;
        room.key(Qt::Key_2, Qt::ControlModifier);
        room.key(Qt::Key_3);
        QVERIFY(room.view("cell")->isVisible());
    }
};

QTEST_MAIN(GradientsTest)
#include "gradients_test.moc"
