#include "core/gradients/loss_alone.h"
#include "core/training/trainer.h"
#include "tests/ui/analysed_frames.h"
#include "tests/ui/room.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/number_format.h"
#include "ui/paint/time_axis.h"
#include "ui/views/norm_plot.h"
#include "ui/views/update_view.h"

#include <QComboBox>
#include <QFontInfo>
#include <QMenuBar>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;
using unrolled::LayerUpdates;
using unrolled::OptimizerKind;
using unrolled::Phase;
using unrolled::Position;
using unrolled::UpdateOfStep;

namespace {

const LayerUpdates& updatesOf(const Frame& frame)
{
    return frame.lane().analyses->of->updates.back();
}

/// One loss at the end whose gradient shrinks by about a third with each step back.
Experiment fading(int length)
{
    Experiment experiment = experimentOf(CellKind::Rnn, "adding", length);
    experiment.model.hidden = {4};
    experiment.model.initScale = 0.5;
    experiment.training.optimizer = OptimizerKind::Sgd;
    experiment.training.learningRate = 0.01;
    return experiment;
}

} // namespace

class UpdateViewTest : public QObject
{
    Q_OBJECT
private slots:
    void bars_and_shares_are_those_of_the_analysis_data() { addCells(); }
    void bars_and_shares_are_those_of_the_analysis()
    {
        QFETCH(CellKind, cell);
        const Frame frame = analysed(echo(cell, 12));
        UpdateView view;
        showIn(view, frame, {900, 300});
        double height = 0;
        for (int t = 1; t <= 12; ++t) {
            const UpdateOfStep& update = updatesOf(frame).all.at(static_cast<std::size_t>(t - 1));
            QCOMPARE(view.log(t), update.norm.log10());
            const QRectF bar = view.bar(t);
            // One scale from 10^-16 to 10^2.
            const double decade = bar.height() / (update.norm.log10() + 16);
            height = t == 1 ? decade : height;
            QVERIFY(std::abs(decade - height) < 1e-9 * height);
            const auto entries = double(update.fate.kept + update.fate.lost + update.fate.zero);
            const double strip = view.part(t, UpdateView::Kept).height() +
                                 view.part(t, UpdateView::Lost).height() +
                                 view.part(t, UpdateView::Zero).height();
            QVERIFY(std::abs(view.part(t, UpdateView::Kept).height() -
                             strip * double(update.fate.kept) / entries) < 1e-9);
            QVERIFY(std::abs(view.part(t, UpdateView::Lost).height() -
                             strip * double(update.fate.lost) / entries) < 1e-9);
            QVERIFY(view.part(t, UpdateView::Kept).bottom() >= view.part(t, UpdateView::Lost).bottom());
            QVERIFY(bar.bottom() < view.part(t, UpdateView::Zero).top() + 1e-9);
            QVERIFY2(view.textOf(t).contains(exact(update.norm.value())), qPrintable(view.textOf(t)));
            QVERIFY(view.textOf(t).contains(QStringLiteral("%1 are rounded away").arg(update.fate.lost)));
        }
    }

    void a_picked_loss_is_looked_at_alone_data() { addCells(); }
    void a_picked_loss_is_looked_at_alone()
    {
        QFETCH(CellKind, cell);
        Experiment experiment = echo(cell, 12);
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.training.clipNorm = 0;
        experiment.training.loss = unrolled::Reduction::Mean;
        const Frame frame = analysed(experiment, 9);
        UpdateView view;
        showIn(view, frame);
        // Plain SGD: the rate times the gradient that it sends to the step, as the part of the mean that it
        // is.
        const double rate = experiment.training.learningRate;
        std::vector<double> squares(13);
        unrolled::visitContributions(*unrolled::lossAlone(frame.lane().trace, 9),
                                     [&](const unrolled::Contribution& part) {
                                         if (part.parameter.block.layer >= 0)
                                             squares.at(std::size_t(part.t)) +=
                                                 std::pow(part.norm().value() / 9 / frame.trace().batch, 2);
                                     });
        for (int t = 1; t <= 9; ++t)
            QVERIFY(std::abs(view.log(t) - std::log10(rate * std::sqrt(squares[std::size_t(t)]))) < 1e-12);
        for (int t = 10; t <= 12; ++t)
            QVERIFY(std::isnan(view.log(t)) && view.textOf(t).isEmpty());
        QVERIFY2(!view.sentence().contains(QLatin1String("12 steps")), qPrintable(view.sentence()));
        QVERIFY2(view.formula().startsWith(QStringLiteral("gradient of the picked loss L₉ · ")),
                 qPrintable(view.formula()));
    }

    void every_pane_names_its_loss_in_the_same_words()
    {
        const auto words = [](const Frame& frame) { return gradientWords(*frame.lane().analyses); };
        QCOMPARE(words(analysed(echo(CellKind::Rnn, 6))), QStringLiteral("gradient of the last loss L₆"));
        QCOMPARE(words(analysed(echo(CellKind::Rnn, 6), 5)),
                 QStringLiteral("gradient of the picked loss L₅"));
        QCOMPARE(words(analysed(fading(8))), QStringLiteral("gradient of the only loss L₈"));
        QCOMPARE(gradientWords(0), QStringLiteral("gradient of the whole loss L"));
        QCOMPARE(gradientWords(5), QStringLiteral("gradient of the picked loss L₅"));
    }

    void early_steps_that_change_nothing_are_told()
    {
        const Frame frame = analysed(fading(40));
        UpdateView view;
        showIn(view, frame);
        const auto& all = updatesOf(frame).all;
        std::size_t unchanged = 0;
        while (all.at(unchanged).fate.kept == 0)
            ++unchanged;
        QVERIFY2(unchanged > 3 && unchanged < 40, qPrintable(QString::number(unchanged)));
        QVERIFY(all.front().fate.lost > 0);
        QCOMPARE(view.sentence(),
                 QStringLiteral("Steps 1 to %1 would change no weight in float32: their updates are 0 or "
                                "rounded away.")
                     .arg(unchanged));
        QVERIFY(view.describe().contains(view.sentence()));
        QCOMPARE(view.share(1, UpdateView::Kept), 0.0);
        QCOMPARE(view.part(1, UpdateView::Kept).height(), 0.0);
        // Truncation leaves nothing to round.
        Experiment cut = fading(40);
        cut.training.truncate = 5;
        view.setFrame(analysed(cut));
        QCOMPARE(view.sentence(),
                 QStringLiteral("Steps 1 to 35 would change no weight in float32: their updates are 0."));
        QVERIFY(std::isinf(view.log(35)));
        QVERIFY(view.bar(35).isEmpty());
    }

    void where_every_step_counts_the_least_is_told()
    {
        const Frame frame = analysed(echo(CellKind::Lstm, 6));
        UpdateView view;
        showIn(view, frame);
        QVERIFY2(view.sentence().startsWith(QLatin1String("Every step would change weights in float32")),
                 qPrintable(view.sentence()));
    }

    void the_recurrent_weights_can_be_looked_at_alone()
    {
        const Frame frame = analysed(echo(CellKind::Rnn, 6));
        UpdateView view;
        showIn(view, frame);
        auto* weights = view.findChild<QComboBox*>(QStringLiteral("weights"));
        QVERIFY(weights->isVisible() && !weights->accessibleName().isEmpty());
        QTest::keyClick(weights, Qt::Key_Down);
        QCOMPARE(view.log(4), updatesOf(frame).recurrent[3].norm.log10());
        QVERIFY(view.log(4) < updatesOf(frame).all[3].norm.log10());
        QVERIFY(view.textOf(4).contains(QLatin1String("of 25 entries")));
        // h_0 is 0.
        QCOMPARE(view.share(1, UpdateView::Zero), 1.0);
    }

    void the_formula_is_the_optimizers_data()
    {
        QTest::addColumn<OptimizerKind>("kind");
        QTest::addColumn<int>("iteration");
        QTest::addColumn<QString>("words");
        QTest::newRow("plain SGD") << OptimizerKind::Sgd << 3 << QStringLiteral("−η times");
        QTest::newRow("Adam") << OptimizerKind::Adam << 3 << QStringLiteral("what Adam makes of");
        QTest::newRow("Adam's first update")
            << OptimizerKind::Adam << 0 << QStringLiteral("Adam, in its first update");
        QTest::newRow("momentum") << OptimizerKind::Momentum << 0 << QStringLiteral("less what it does");
    }
    void the_formula_is_the_optimizers()
    {
        QFETCH(OptimizerKind, kind);
        QFETCH(int, iteration);
        QFETCH(QString, words);
        Experiment experiment = echo(CellKind::Gru, 6);
        experiment.training.optimizer = kind;
        UpdateView view;
        view.setFrame(analysed(experiment, 0, iteration));
        QVERIFY2(view.formula().contains(words), qPrintable(view.formula()));
        // Where ε counts or the gradient is clipped, its size matters.
        QVERIFY2(!view.formula().contains(QStringLiteral("size")), qPrintable(view.formula()));
    }

    void a_run_that_diverged_is_no_number()
    {
        Experiment experiment = echo(CellKind::Rnn, 6);
        experiment.model.cell.activation = unrolled::Activation::Identity;
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.training.learningRate = 1e200;
        UpdateView view;
        showIn(view, analysed(experiment, 0, 3));
        QCOMPARE(view.sentence(), QStringLiteral("The updates are not numbers: the run has diverged."));
        QVERIFY(std::isnan(view.log(3)));
        QCOMPARE(view.textOf(3), QStringLiteral("step 3: not a number"));
    }

    void a_click_goes_to_the_step_and_keys_tell_it()
    {
        UpdateView view;
        showIn(view, analysed(echo(CellKind::Rnn, 6)));
        QSignalSpy wanted(&view, &View::positionRequested);
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.part(4, UpdateView::Kept).center().toPoint());
        const auto position = wanted.last().first().value<Position>();
        QCOMPARE(view.frame().ticks.time(position.tick), 4);
        QCOMPARE(view.frame().ticks.phase(position.tick), Phase::Backward);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(&view, Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(2));
        QTest::keyClick(&view, Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(view.accessibleDescription(), view.textOf(1));
    }

    void it_can_be_painted_anywhere_data()
    {
        QTest::addColumn<int>("length");
        QTest::newRow("a few steps") << 6;
        QTest::newRow("more steps than pixels") << 1500;
    }
    void it_can_be_painted_anywhere()
    {
        QFETCH(int, length);
        UpdateView view;
        Frame frame = frameOf(fading(length), 0);
        auto of = std::make_shared<unrolled::TraceAnalysis>();
        of->trace = frame.lane().trace;
        of->updates = unrolled::layerUpdates(frame.trace());
        auto analyses = std::make_shared<unrolled::Analyses>();
        analyses->of = of;
        frame.lanes.front().analyses = analyses;
        view.setFrame(frame);
        const QImage image = drawn(view, {1000, 300});
        QSet<QRgb> colours;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                colours.insert(image.pixel(x, y));
        }
        QVERIFY(!colours.contains(QColor(Qt::magenta).rgb()));
        QVERIFY(colours.contains(lightPalette().backward.rgb()));
        QVERIFY(colours.contains(lightPalette().series[1].rgb()));
    }

    void panes_above_each_other_have_one_size_of_text_and_the_same_numbers_of_steps_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("a small window") << QSize(1280, 800);
        QTest::newRow("a large one") << QSize(1920, 1080);
    }
    void panes_above_each_other_have_one_size_of_text_and_the_same_numbers_of_steps()
    {
        QFETCH(QSize, size);
        Room room(QStringLiteral("adding"));
        room.window->resize(size);
        const auto pane = [&](const char* id) {
            return qobject_cast<PaneView*>(room.window->views().find(QLatin1String(id)));
        };
        for (const Qt::Key arrangement : {Qt::Key_1, Qt::Key_3, Qt::Key_2}) {
            room.key(arrangement, Qt::ControlModifier);
            QSet<double> sizes;
            for (const auto* each : room.window->findChildren<PaneView*>()) {
                if (!each->isVisible())
                    continue;
                sizes.insert(each->growth());
                const double share = std::min(each->width() / 460.0, each->height() / 210.0);
                QVERIFY(each->growth() <= std::sqrt(std::max(1.0, share))); // that of the least room
            }
            QCOMPARE(sizes.size(), 1);
        }
        // What the panes paint beneath their axis themselves is this.
        auto* reach = qobject_cast<NormPlot*>(pane("reach"));
        QFont font = reach->font();
        const int text = QFontInfo(font).pixelSize();
        font.setPixelSize(std::max(8, static_cast<int>(std::lround(text * 0.88 * reach->growth()))));
        for (const char* id : {"triangle", "hops"}) {
            QVERIFY(pane(id)->isVisible());
            const TimeAxis axis = timeAxis(pane(id)->width(), QFontInfo(pane(id)->font()).pixelSize(), 60);
            QCOMPARE(reach->stepsWithNumber(), labelledSteps(axis, font));
        }
    }

    void a_key_of_the_window_brings_it()
    {
        Room room(QStringLiteral("echo"));
        View* view = room.window->views().find(QStringLiteral("updates"));
        room.key(Qt::Key_2, Qt::ControlModifier);
        QVERIFY(!view->isVisible());
        const auto analyses = [&] { return room.window->views().frame().lane().analyses; };
        QVERIFY(analyses()->of->updates.empty()); // nobody looks
        room.key(Qt::Key_1, Qt::ControlModifier);
        room.key(Qt::Key_U);
        QVERIFY(view->isVisible());
        QVERIFY(!room.window->views().find(QStringLiteral("hops"))->isVisible());
        QVERIFY(room.window->views().find(QStringLiteral("reach"))->isVisible());
        QCOMPARE(analyses()->of->updates.size(), std::size_t(1));
        QVERIFY2(view->describe().contains(QLatin1String("float32")), qPrintable(view->describe()));
        bool inMenu = false;
        for (const QAction* menu : room.window->menuBar()->actions()) {
            for (const QAction* action : menu->menu()->actions())
                inMenu = inMenu || action->shortcut() == QKeySequence(Qt::Key_U);
        }
        QVERIFY(inMenu);
        // A loss that is picked is followed, and let go again.
        QVERIFY2(view->describe().contains(QLatin1String("gradient of the whole loss L")),
                 qPrintable(view->describe()));
        const auto log = [&](int t) { return qobject_cast<UpdateView*>(view)->log(t); };
        const double whole = log(5);
        room.window->views().pickLoss(5);
        room.settle();
        QVERIFY2(view->describe().contains(QStringLiteral("gradient of the picked loss L₅")),
                 qPrintable(view->describe()));
        QVERIFY(std::isnan(log(6)) && log(5) != whole);
        room.window->views().pickLoss(0);
        room.settle();
        QCOMPARE(log(5), whole);
    }
};

QTEST_MAIN(UpdateViewTest)
#include "update_view_test.moc"
