#include "core/training/error.h"
#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"
#include "ui/exports/drawing.h"
#include "ui/exports/gui_thread.h"
#include "ui/paint/palette.h"

#include <QDir>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <chrono>
#include <future>

using namespace ui;
using unrolled::CellKind;

class ExportsTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QString path(const QString& name) const { return m_dir.filePath(name); }

    /// On a thread of its own, while this one serves its events.
    static bool elsewhere(const std::function<bool()>& work)
    {
        std::future<bool> running = std::async(std::launch::async, work);
        while (running.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            QCoreApplication::processEvents();
        return running.get();
    }

private slots:
    void a_plot_is_vectors_with_text_inside_its_frame_and_the_same_twice_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("run");
        for (const QString& kind : plotKinds()) {
            QTest::addRow("%s of hello", qPrintable(kind)) << kind << "hello";
            QTest::addRow("%s of three cells", qPrintable(kind)) << kind << "three";
            QTest::addRow("%s of a long sequence", qPrintable(kind)) << kind << "long";
        }
    }
    void a_plot_is_vectors_with_text_inside_its_frame_and_the_same_twice()
    {
        QFETCH(QString, kind);
        QFETCH(QString, run);
        Run all;
        if (run == QLatin1String("hello")) {
            const bool gates = kind == QLatin1String("gates");
            all.add(QStringLiteral("one"), experimentOf(gates ? CellKind::Gru : CellKind::Rnn));
        } else if (run == QLatin1String("three")) {
            all.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn));
            all.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
            all.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        } else {
            all.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm, "adding", 200));
        }
        const std::int64_t iteration = run == QLatin1String("long") ? 2 : 12;
        exportPlot(kind, all.lanes, iteration, path("a.svg"));
        exportPlot(kind, all.lanes, iteration, path("b.svg"));
        const QByteArray svg = contents(path("a.svg"));
        QCOMPARE(contents(path("b.svg")), svg);
        QVERIFY(svg.contains("<text"));
        QVERIFY(!svg.contains("<image"));
        QVERIFY(!svg.contains("nan") && !svg.contains("inf,") && !svg.contains(",inf"));
        QVERIFY(svg.contains("<title>"));
        QCOMPARE(outside(svg), QString());
    }

    void a_contribution_of_one_step_is_a_mark_and_steps_without_a_loss_are_not_counted()
    {
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn, "adding", 12));
        exportPlot(QStringLiteral("contribution"), run.lanes, 0, path("a.svg"));
        const QByteArray svg = contents(path("a.svg"));
        const std::vector<Element> all = elements(svg);
        const auto marks = std::count_if(all.begin(), all.end(), [](const Element& one) {
            return one.name == QLatin1String("circle") && one.stroke == lightPalette().series[2].name();
        });
        QCOMPARE(marks, 2); // W_hy at t = 12, and in the legend
        // Nothing vanishes in twelve steps: W_hy has but one loss, and no state comes in at t = 1.
        QVERIFY(words(svg).contains(QStringLiteral("floor 10⁻¹⁶\n")));
    }

    /// Two layers have five weights.
    void every_weight_of_a_contribution_has_a_look_of_its_own()
    {
        Run run;
        unrolled::Experiment deep = experimentOf(CellKind::Gru);
        deep.model.hidden = {4, 3};
        run.add(QStringLiteral("GRU"), deep);
        exportPlot(QStringLiteral("contribution"), run.lanes, 0, path("a.svg"));
        QStringList colors; // of the lines in the legend
        for (const Element& one : elements(contents(path("a.svg")))) {
            if (one.name == QLatin1String("polyline") && one.points.size() == 2 &&
                one.points[0].y() == one.points[1].y() && one.points[0].x() > 600)
                colors << one.stroke;
        }
        QCOMPARE(colors.size(), 5);
        QCOMPARE(colors.removeDuplicates(), 0);
    }

    void curves_of_one_colour_differ_in_their_samples()
    {
        Run run;
        for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
            run.add(QString::fromUtf8(unrolled::name(cell).data()), experimentOf(cell, "adding", 12));
        exportPlot(QStringLiteral("jacobian"), run.lanes, 0, path("a.svg"));
        QStringList fills; // of the triangles in the legend, from top to bottom
        const QString color = lightPalette().series[2].name();
        for (const Element& one : elements(contents(path("a.svg")))) {
            const bool triangle = one.name == QLatin1String("path") && one.points.size() == 4;
            if (triangle && one.stroke == color && one.points.front().x() > 560)
                fills << (one.fill == color ? QStringLiteral("full") : QStringLiteral("hollow"));
        }
        QCOMPARE(fills.join(QLatin1Char(' ')), QStringLiteral("hollow hollow full full"));
    }

    void singular_values_of_several_cells_share_their_scale_and_wording()
    {
        Run run;
        for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
            run.add(QString::fromUtf8(unrolled::name(cell).data()), experimentOf(cell, "adding", 12));
        exportPlot(QStringLiteral("singular"), run.lanes, 12, path("a.svg"), {700, 500});
        const QByteArray svg = contents(path("a.svg"));
        std::vector<double> ones; // the heights of the lines at 1
        int facts = 0;
        for (const Element& one : elements(svg)) {
            if (one.text.trimmed() == QLatin1String("1"))
                ones.push_back(one.points.front().y());
            facts += one.text.trimmed() == QLatin1String("max") ? 1 : 0;
        }
        QCOMPARE(ones, std::vector<double>(3, ones.front()));
        QCOMPARE(facts, 8); // "σ_max = …" of 1 + 3 + 4 matrices
        QVERIFY(words(svg).contains(QStringLiteral("pale")));
        run.lanes.erase(run.lanes.begin());
        exportPlot(QStringLiteral("singular"), run.lanes, 12, path("a.svg"));
        QVERIFY(!words(contents(path("a.svg"))).contains(QStringLiteral("pale")));
    }

    void gates_of_singular_values_have_marks_and_letters_beside_them()
    {
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm, "adding", 12));
        exportPlot(QStringLiteral("singular"), run.lanes, 3, path("a.svg"));
        const std::vector<Element> all = elements(contents(path("a.svg")));
        double away = 0; // of the letters from the values they name, together
        for (int gate = 0; gate < 4; ++gate) {
            const QString color = lightPalette().series[gate].name();
            std::vector<QPointF> marks;
            for (const Element& one : all) {
                const bool drawn = one.name != QLatin1String("text") && !one.points.empty();
                if (drawn && one.fill == color && one.stroke == color)
                    marks.push_back(one.points.front());
                const bool letter = one.text.trimmed() == QLatin1String(&"ifgo"[gate], 1);
                if (letter && one.stroke == color)
                    away += one.points.front().y();
            }
            QVERIFY(marks.size() >= 6); // four on the way, the end, and the facts
            away -= marks[marks.size() - 2].y();
        }
        QVERIFY2(std::abs(away / 4) < 12, qPrintable(QString::number(away / 4)));
    }

    void letters_can_be_read_at_half_size_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("task");
        for (const QString& kind : plotKinds()) {
            QTest::addRow("%s of hello", qPrintable(kind)) << kind << "hello";
            QTest::addRow("%s of 16 steps", qPrintable(kind)) << kind << "adding";
        }
    }
    void letters_can_be_read_at_half_size()
    {
        QFETCH(QString, kind);
        QFETCH(QString, task);
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn, qPrintable(task), 16));
        run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru, qPrintable(task), 16));
        if (kind == QLatin1String("unrolled") || kind == QLatin1String("cell"))
            run.lanes = {run.lanes.back()};
        exportPlot(kind, run.lanes, 1, path("a.svg"));
        const std::vector<double> heights = textHeights(contents(path("a.svg")));
        QVERIFY2(heights.front() >= 8, qPrintable(QString::number(heights.front())));
        const double median = heights[heights.size() / 2];
        QVERIFY2(median >= 12, qPrintable(QString::number(median)));
    }

    void a_small_table_loses_nothing_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::newRow("summary") << "summary";
        QTest::newRow("comparison") << "comparison";
    }
    void a_small_table_loses_nothing()
    {
        QFETCH(QString, kind);
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn));
        run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        const auto columns = [&](const QSize& size) {
            exportPlot(kind, run.lanes, 3, path("a.svg"), size);
            const QByteArray svg = contents(path("a.svg"));
            QString all = words(svg);
            for (const char* word :
                 {"parameters", "PyTorch", "units", "multiply", "loss", "right", "solved"}) {
                if (!all.contains(QLatin1String(word)))
                    all += QStringLiteral("no %1\n").arg(QLatin1String(word));
            }
            if (all.contains(QChar(0x2026)))
                all += QStringLiteral("no name in full\n");
            return outside(svg) + all.mid(all.indexOf(QLatin1String("no ")));
        };
        const QString usual = columns({});
        for (const QSize& size : {QSize(400, 300), QSize(200, 150), QSize(300, 900)})
            QCOMPARE(columns(size), usual);
    }

    void a_tiny_picture_says_what_a_small_one_does_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"decay", "hidden", "weights", "reach", "hops", "ellipse", "update", "cell",
                                 "jacobian", "contribution", "itemised", "singular"})
            QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    void a_tiny_picture_says_what_a_small_one_does()
    {
        QFETCH(QString, kind);
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn, "adding", 30));
        const auto said = [&](const QSize& size) {
            exportPlot(kind, run.lanes, 3, path("a.svg"), size);
            return words(contents(path("a.svg"))).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        };
        QCOMPARE(said({200, 150}), said({400, 300}));
    }

    void every_plot_can_be_made_on_another_thread_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("several");
        for (const QString& kind : plotKinds()) {
            QTest::addRow("%s of one cell", qPrintable(kind)) << kind << false;
            QTest::addRow("%s of two cells", qPrintable(kind)) << kind << true;
        }
    }
    void every_plot_can_be_made_on_another_thread()
    {
        QFETCH(QString, kind);
        QFETCH(bool, several);
        QTest::failOnWarning(QRegularExpression(QStringLiteral("thread"))); // where Qt minds
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        if (several)
            run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
        for (const char* suffix : {"svg", "pdf", "png"}) {
            const QString here = path(QStringLiteral("here.") + QLatin1String(suffix));
            const QString there = path(QStringLiteral("there.") + QLatin1String(suffix));
            QVERIFY(exportPlot(kind, run.lanes, 7, here));
            QVERIFY(elsewhere([&] { return exportPlot(kind, run.lanes, 7, there); }));
            QCOMPARE(contents(there), contents(here));
        }
    }

    void an_error_on_another_thread_arrives_where_it_is_waited_for()
    {
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        QVERIFY_EXCEPTION_THROWN(
            elsewhere([&] { return exportPlot(QStringLiteral("hops"), run.lanes, 7, path("none/a.svg")); }),
            unrolled::InputError);
        QVERIFY_EXCEPTION_THROWN(elsewhere([&] {
                                     inGuiThread([] { throw unrolled::InputError("there"); });
                                     return true;
                                 }),
                                 unrolled::InputError);
    }

    void a_plot_called_off_leaves_no_file_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"itemised", "jacobian", "contribution", "singular", "reach", "update"})
            QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    void a_plot_called_off_leaves_no_file()
    {
        QFETCH(QString, kind);
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        bool written = false;
        QVERIFY(!exportPlot(
            kind, run.lanes, 7, path("c.svg"), {}, 0, [](double) { return false; }, [&] { written = true; }));
        QVERIFY(!written && !QFile::exists(path("c.svg")));
    }

    void a_jacobian_tells_how_far_it_is()
    {
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn, "adding", 10));
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm, "adding", 10));
        std::vector<double> shares;
        QVERIFY(exportPlot(QStringLiteral("jacobian"), run.lanes, 0, path("a.svg"), {}, 0, [&](double share) {
            shares.push_back(share);
            return true;
        }));
        QCOMPARE(shares.size(), std::size_t(20));
        for (std::size_t i = 0; i < shares.size(); ++i)
            QCOMPARE(shares[i], static_cast<double>(i) / 20);
    }

    void a_pdf_is_the_same_twice()
    {
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        exportPlot(QStringLiteral("decay"), run.lanes, 3, path("a.pdf"));
        QTest::qSleep(1100); // the clock that a PDF carries counts seconds
        exportPlot(QStringLiteral("decay"), run.lanes, 3, path("b.pdf"));
        QVERIFY(contents(path("a.pdf")).startsWith("%PDF"));
        QCOMPARE(contents(path("a.pdf")), contents(path("b.pdf")));
    }

    void a_png_has_the_size_asked_for()
    {
        Run run;
        run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
        for (const QSize size : {QSize(640, 480), QSize(1201, 363), QSize(700, 500)}) {
            for (const QString& kind : plotKinds()) {
                exportPlot(kind, run.lanes, 1, path("a.png"), size);
                QCOMPARE(QImage(path("a.png")).size(), size);
            }
        }
    }

    void a_size_in_which_stacked_models_cannot_be_read_is_refused()
    {
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        for (const QString& kind : plotKinds()) { // one alone is drawn in any
            exportPlot(kind, run.lanes, 1, path("a.png"), {300, 200});
            QCOMPARE(QImage(path("a.png")).size(), QSize(300, 200));
        }
        while (run.lanes.size() < 3)
            run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
        int stacked = 0;
        for (const QString& kind : plotKinds()) {
            const QSize least = leastSize(kind, 3);
            if (least == QSize(1, 1))
                continue;
            ++stacked;
            exportPlot(kind, run.lanes, 1, path("a.png"), least);
            QCOMPARE(QImage(path("a.png")).size(), least);
            const QString found =
                QStringLiteral("at least %1x%2 for %3").arg(least.width()).arg(least.height()).arg(kind);
            for (const QSize& less : {QSize(1, 0), QSize(0, 1)}) {
                QString message;
                try {
                    exportPlot(kind, run.lanes, 1, path("less.png"), least - less);
                } catch (const unrolled::InputError& error) {
                    message = QString::fromUtf8(error.what());
                }
                QVERIFY2(message.startsWith(QStringLiteral("--size: ")), qPrintable(message));
                QVERIFY2(message.contains(found), qPrintable(message));
                QVERIFY(!QFile::exists(path("less.png")));
            }
            const QSize usual = drawingOf(kind, run.lanes, {1}).size;
            QVERIFY2(least.width() <= usual.width() && least.height() <= usual.height(), qPrintable(kind));
        }
        QCOMPARE(stacked, 8);
    }

    void the_usual_size_of_a_picture_has_no_wide_empty_bands_data() { addCells(); }
    void the_usual_size_of_a_picture_has_no_wide_empty_bands()
    {
        QFETCH(CellKind, cell);
        Run run;
        unrolled::Experiment wide = experimentOf(cell, "adding", 60);
        wide.model.hidden = {32};
        run.add(QStringLiteral("one"), wide);
        for (const auto& [kind, share] : {std::pair("cell", 5), {"ellipse", 8}}) {
            exportPlot(QLatin1String(kind), run.lanes, 0, path("a.png"));
            const QImage image(path("a.png"));
            const int widest = widestBand(image);
            QVERIFY2(widest < image.height() / share, qPrintable(QStringLiteral("%1: %2 of %3 rows")
                                                                     .arg(QLatin1String(kind))
                                                                     .arg(widest)
                                                                     .arg(image.height())));
        }
    }

    void the_network_and_the_inside_of_a_cell_tell_their_iteration()
    {
        Run run;
        run.add(QStringLiteral("GRU"), experimentOf(CellKind::Gru));
        for (const char* kind : {"cell", "unrolled"}) {
            exportPlot(QLatin1String(kind), run.lanes, 7, path("a.svg"));
            QVERIFY2(words(contents(path("a.svg"))).contains(QStringLiteral("GRU, iteration 7")), kind);
        }
    }

    void what_marks_and_lines_mean_is_told_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<CellKind>("cell");
        QTest::addColumn<QString>("told");
        QTest::newRow("hollow eigenvalues of gates")
            << "weights" << CellKind::Lstm << "hollow: at iteration 0";
        QTest::newRow("hollow eigenvalues") << "weights" << CellKind::Rnn << "at iteration 0";
        QTest::newRow("bars of gates")
            << "gates" << CellKind::Gru << "bars: share of the steps at which a gate is below 0.1, above 0.9";
        QTest::newRow("singular values")
            << "singular" << CellKind::Gru << "iteration 7: largest solid, smallest dashed\n";
        QTest::newRow("those between")
            << "singular" << CellKind::Rnn << "iteration 7: largest solid, smallest dashed, others pale\n";
    }
    void what_marks_and_lines_mean_is_told()
    {
        QFETCH(QString, kind);
        QFETCH(CellKind, cell);
        QFETCH(QString, told);
        Run run;
        run.add(QStringLiteral("a model"), experimentOf(cell));
        exportPlot(kind, run.lanes, 7, path("a.svg"));
        const QString said = words(contents(path("a.svg")));
        QVERIFY2(said.contains(told), qPrintable(said));
    }

    void errors_of_an_lstm_are_those_of_h_and_of_c()
    {
        const auto told = [&](const char* cell, CellKind kind, int units = 3) {
            unrolled::Experiment experiment = experimentOf(kind);
            experiment.model.hidden = {units};
            Run run;
            run.add(QLatin1String(cell), experiment);
            exportPlot(QStringLiteral("ellipse"), run.lanes, 2, path("a.svg"));
            return words(contents(path("a.svg")));
        };
        const QString lstm = told("LSTM", CellKind::Lstm);
        for (const char* state : {"h", "c"}) {
            QVERIFY(lstm.contains(QStringLiteral("LSTM, errors of %1\n").arg(QLatin1String(state))));
            QVERIFY(
                lstm.contains(QStringLiteral("unit circle of errors of %1 at").arg(QLatin1String(state))));
        }
        const QString gru = told("GRU", CellKind::Gru);
        QVERIFY(!gru.contains(QStringLiteral("errors of c")));
        // Its scale says what it measures.
        QVERIFY(gru.contains(QStringLiteral("half-axis\n")));
        QVERIFY(told("GRU", CellKind::Gru, 1).contains(QStringLiteral("length\n")));
    }

    /// Of several layers the top one is shown; a picture says so, where there are several.
    void a_picture_of_one_layer_says_which()
    {
        for (const char* kind : {"reach", "hops", "ellipse", "update", "comparison"}) {
            for (const bool deep : {false, true}) {
                unrolled::Experiment experiment = experimentOf(CellKind::Lstm);
                experiment.model.hidden = deep ? std::vector<int>{4, 3} : std::vector<int>{3};
                Run run;
                run.add(QStringLiteral("LSTM"), experiment);
                exportPlot(QString::fromLatin1(kind), run.lanes, 2, path("layer.svg"));
                const QString text = words(contents(path("layer.svg")));
                QVERIFY2(text.contains(QStringLiteral("layer 2")) == deep, kind);
                QVERIFY2(!text.contains(QStringLiteral("layer 1")), kind);
            }
        }
    }

    void what_is_wrong_is_told_and_leaves_no_file_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("expected");
        QTest::newRow("an unknown kind") << "pie"
                                         << "a.svg"
                                         << "decay, hidden, gates";
        QTest::newRow("an unknown suffix") << "decay"
                                           << "a.bmp"
                                           << ".svg, .pdf or .png";
        QTest::newRow("no suffix") << "summary"
                                   << "a"
                                   << ".svg, .pdf or .png";
        QTest::newRow("a folder that is not there") << "decay"
                                                    << "none/a.svg"
                                                    << "cannot be written";
    }
    void what_is_wrong_is_told_and_leaves_no_file()
    {
        QFETCH(QString, kind);
        QFETCH(QString, file);
        QFETCH(QString, expected);
        QTemporaryDir empty;
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn));
        QString message;
        try {
            exportPlot(kind, run.lanes, 0, empty.filePath(file));
        } catch (const unrolled::InputError& error) {
            message = QString::fromUtf8(error.what());
        }
        QVERIFY2(message.contains(expected), qPrintable(message));
        QVERIFY(!message.contains(QLatin1Char('\n')));
        QVERIFY(QDir(empty.path()).isEmpty());
    }
};

QTEST_MAIN(ExportsTest)
#include "exports_test.moc"
