#include "core/files/comparison.h"
#include "core/files/experiment_file.h"
#include "core/trace/history.h"
#include "core/training/error.h"
#include "tests/ui/plot_frames.h"
#include "ui/exports/drawing.h"
#include "ui/exports/picture.h"
#include "ui/exports/plot.h"
#include "ui/exports/report.h"
#include "ui/exports/report_layout.h"
#include "ui/paint/palette.h"
#include "ui/panels/picture_dialog.h"
#include "ui/session/lane_name.h"
#include "ui/views/decay_view.h"
#include "ui/views/hidden_view.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QMimeData>
#include <QRegularExpression>
#include <QSettings>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTransform>
#include <QXmlStreamReader>
#include <thread>

using namespace ui;
using unrolled::CellKind;

namespace {

QByteArray contents(const QString& file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

std::vector<double> numbers(QStringView text)
{
    static const QRegularExpression number(QStringLiteral("-?\\d+\\.?\\d*(?:[eE][-+]?\\d+)?"));
    std::vector<double> result;
    auto found = number.globalMatch(text.toString());
    while (found.hasNext())
        result.push_back(found.next().captured().toDouble());
    return result;
}

/// All points that an element of an SVG names.
std::vector<QPointF> points(QStringView name, const QXmlStreamAttributes& attributes)
{
    const auto value = [&](const char* key) { return attributes.value(QLatin1String(key)).toDouble(); };
    std::vector<QPointF> result;
    if (name == QLatin1String("rect")) {
        result.push_back({value("x"), value("y")});
        result.push_back({value("x") + value("width"), value("y") + value("height")});
    } else if (name == QLatin1String("text")) {
        result.push_back({value("x"), value("y")});
    } else if (name == QLatin1String("line")) {
        result.push_back({value("x1"), value("y1")});
        result.push_back({value("x2"), value("y2")});
    } else if (name == QLatin1String("circle") || name == QLatin1String("ellipse")) {
        result.push_back({value("cx"), value("cy")});
    } else if (name == QLatin1String("polyline") || name == QLatin1String("polygon") ||
               name == QLatin1String("path")) {
        const bool path = name == QLatin1String("path");
        const auto all = numbers(attributes.value(QLatin1String(path ? "d" : "points")));
        for (std::size_t i = 0; i + 1 < all.size(); i += 2)
            result.push_back({all[i], all[i + 1]});
    }
    return result;
}

/// The first point that leaves the view box by more than a pixel or two, in words; empty where none does.
QString outside(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    std::vector<QTransform> transforms{QTransform()};
    QRectF box;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isEndElement())
            transforms.pop_back();
        if (!xml.isStartElement())
            continue;
        QTransform own = transforms.back();
        const auto matrix = numbers(xml.attributes().value(QLatin1String("transform")));
        if (matrix.size() == 6)
            own = QTransform(matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]) * own;
        transforms.push_back(own);
        if (xml.name() == QLatin1String("svg")) {
            const auto view = numbers(xml.attributes().value(QLatin1String("viewBox")));
            box = QRectF(view[0], view[1], view[2], view[3]).adjusted(-2, -2, 2, 2);
        }
        for (const QPointF& point : points(xml.name(), xml.attributes())) {
            const QPointF at = own.map(point);
            if (!box.contains(at))
                return QStringLiteral("%1 at (%2, %3)").arg(xml.name().toString()).arg(at.x()).arg(at.y());
        }
    }
    return xml.hasError() ? xml.errorString() : QString();
}

/// An element of an SVG with the colours that its group gives it.
struct Element
{
    QString name;
    QString fill;
    QString stroke;
    std::vector<QPointF> points;
    QString text;
};

std::vector<Element> elements(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    std::vector<Element> result;
    QString fill;
    QString stroke;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isCharacters() && !result.empty() && result.back().name == QLatin1String("text"))
            result.back().text += xml.text();
        if (!xml.isStartElement())
            continue;
        if (xml.name() == QLatin1String("g")) {
            fill = xml.attributes().value(QLatin1String("fill")).toString();
            stroke = xml.attributes().value(QLatin1String("stroke")).toString();
        }
        result.push_back({xml.name().toString(), fill, stroke, points(xml.name(), xml.attributes()), {}});
    }
    return result;
}

QString words(const QByteArray& svg)
{
    QString all;
    for (const Element& element : elements(svg))
        all += element.text + QLatin1Char('\n');
    return all;
}

} // namespace

class ExportsTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QString path(const QString& name) const { return m_dir.filePath(name); }

    /// The run of an experiment in one or three lanes.
    struct Run
    {
        std::vector<std::unique_ptr<unrolled::History>> histories;
        std::vector<PlotLane> lanes;

        /// The models of an experiment.
        void add(const unrolled::Experiment& whole)
        {
            for (const unrolled::LaneExperiment& lane : unrolled::lanesOf(whole))
                add(laneName(lane), lane.experiment);
        }
        void add(const QString& name, const unrolled::Experiment& experiment)
        {
            histories.push_back(std::make_unique<unrolled::History>(experiment));
            lanes.push_back({name, histories.back().get()});
        }
    };

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
        QVERIFY(words(svg).contains(QStringLiteral("all others pale")));
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

    void what_takes_long_can_be_done_ahead_on_another_thread_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"itemised", "jacobian", "contribution", "singular"})
            QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    void what_takes_long_can_be_done_ahead_on_another_thread()
    {
        QFETCH(QString, kind);
        Run run;
        run.add(QStringLiteral("LSTM"), experimentOf(CellKind::Lstm));
        exportPlot(kind, run.lanes, 7, path("a.svg"));
        int parts = 0;
        exportPlot(kind, run.lanes, 7, path("b.svg"), {}, 0, [&](const LongWork& work) {
            ++parts;
            std::thread other([&] { work({}); });
            other.join();
        });
        QCOMPARE(parts, 1);
        QCOMPARE(contents(path("b.svg")), contents(path("a.svg")));
        const auto nobodyWaits = [](const LongWork& work) { work([] { return false; }); };
        QVERIFY_EXCEPTION_THROWN(exportPlot(kind, run.lanes, 7, path("c.svg"), {}, 0, nobodyWaits),
                                 unrolled::Cancelled);
        QVERIFY(!QFile::exists(path("c.svg")));
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
        QCOMPARE(stacked, 7);
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
            int widest = 0; // rows of one colour, together
            int rows = 0;
            for (int y = 0; y < image.height(); ++y) {
                const QImage row = image.copy(16, y, image.width() - 32, 1);
                QImage plain(row.size(), row.format());
                plain.fill(row.pixelColor(0, 0));
                rows = row == plain ? rows + 1 : 0;
                widest = std::max(widest, rows);
            }
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

    void a_size_out_of_bounds_is_refused_and_keeps_what_was_there()
    {
        QFile old(path("kept.png"));
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("before");
        old.close();
        DecayView view;
        QString error;
        QVERIFY(!exportView(view, old.fileName(), {3, 100000}, &error));
        QVERIFY(error.contains(QStringLiteral("3x100000")));
        QCOMPARE(contents(old.fileName()), QByteArray("before"));
    }

    void a_view_is_exported_in_the_letters_of_a_figure_and_keeps_its_own()
    {
        HiddenView view;
        view.resize(400, 240);
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 2));
        const QFont own = view.font();
        const auto largest = [&](const QSize& size) {
            QString error;
            const bool written = exportView(view, path("a.svg"), size, &error);
            double pixels = 0;
            static const QRegularExpression number(QStringLiteral("font-size=\"([0-9.]+)\""));
            for (auto all = number.globalMatch(QString::fromUtf8(contents(path("a.svg")))); all.hasNext();)
                pixels = std::max(pixels, all.next().captured(1).toDouble());
            return written ? pixels : 0;
        };
        const double small = largest({400, 240});
        QVERIFY(small > 0);
        QVERIFY2(largest({1800, 1000}) > 2 * small, qPrintable(QString::number(largest({1800, 1000}))));
        QCOMPARE(view.font(), own);
        QVERIFY(!view.testAttribute(Qt::WA_SetFont) && view.updatesEnabled());
    }

    void the_size_of_a_picture_is_asked_for_and_remembered()
    {
        QSettings settings(path("settings.conf"), QSettings::IniFormat);
        PictureDialog first(QStringLiteral("Export"), {600, 300}, settings);
        QCOMPARE(first.size(), QSize(1200, 600)); // in the shape of the pane
        first.findChildren<QSpinBox*>().at(0)->setValue(2000);
        first.accept();
        QCOMPARE(PictureDialog(QStringLiteral("Export"), {600, 300}, settings).size(), QSize(2000, 600));
    }

    void a_dark_view_is_exported_light_and_stays_dark()
    {
        QPalette dark(darkPalette().panel, darkPalette().panel);
        HiddenView view;
        view.setPalette(dark);
        view.resize(340, 230);
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 2));
        QString error;
        QVERIFY2(exportView(view, path("dark.png"), {340, 230}, &error), qPrintable(error));
        QCOMPARE(QImage(path("dark.png")).pixelColor(2, 2), lightPalette().background);
        QVERIFY(paletteFor(view.palette()).dark);
        QCOMPARE(view.grab().toImage().pixelColor(1, 1), darkPalette().background);
    }

    void a_report_tells_all_inside_its_pages_data()
    {
        QTest::addColumn<QString>("run");
        QTest::addColumn<QStringList>("said");
        QTest::newRow("of an RNN") << "rnn" << QStringList{"hello, RNN", "Figure 6."};
        QTest::newRow("of an LSTM") << "lstm" << QStringList{"hello, LSTM", "Figure 7."};
        QTest::newRow("of three cells, whose figures are higher than a page")
            << "three"
            << QStringList{"hello, RNN, GRU, LSTM", "Every hop back", "A circle of errors", "side by side"};
        QTest::newRow("of two cells on a long sequence")
            << "two" << QStringList{"adding, RNN, GRU", "model.cell", "rnn, gru"};
    }
    void a_report_tells_all_inside_its_pages()
    {
        QFETCH(QString, run);
        QFETCH(QStringList, said);
        unrolled::Experiment whole =
            experimentOf(run == QLatin1String("lstm") ? CellKind::Lstm : CellKind::Rnn);
        if (run == QLatin1String("two"))
            whole = experimentOf(CellKind::Rnn, "adding", 80);
        if (run == QLatin1String("two") || run == QLatin1String("three"))
            whole.compare.push_back({"", {"model.cell=\"gru\""}});
        if (run == QLatin1String("three"))
            whole.compare.push_back({"", {"model.cell=\"lstm\""}});
        Run all;
        all.add(whole);
        const std::vector<PaintFunction> pages = reportPages(whole, all.lanes, 3);
        QVERIFY(pages.size() >= 4);
        QString text;
        for (const PaintFunction& page : pages) {
            QString error;
            QVERIFY2(writePicture(page, QStringLiteral("page"), path("page.svg"), a4Pixels, &error),
                     qPrintable(error));
            const QByteArray svg = contents(path("page.svg"));
            QCOMPARE(outside(svg), QString());
            QVERIFY(!svg.contains("<image"));
            text += words(svg);
        }
        for (const QString& word : said)
            QVERIFY2(text.contains(word), qPrintable(word));
        for (const char* word : {"Settings", "task.id", "seed 1", "iteration 3", "Unrolled ", "floor is 10",
                                 "page 1 of ", "Figure 1.", "loss", "Keras"})
            QVERIFY2(text.contains(QLatin1String(word)), word);

        // The one experiment at the end gives the same models.
        const auto first = text.indexOf(QLatin1String("\n{\n"));
        const auto last = text.lastIndexOf(QLatin1String("\n}\n"));
        QVERIFY(first > 0 && last > first);
        const std::string json = text.mid(first, last + 2 - first).toStdString();
        const auto again = unrolled::lanesOf(unrolled::parseExperiment(json, "the report", {}));
        QCOMPARE(again.size(), all.lanes.size());
        for (std::size_t i = 0; i < again.size(); ++i)
            QCOMPARE(unrolled::toJson(again[i].experiment),
                     unrolled::toJson(all.lanes[i].history->experiment()));

        QVERIFY(exportReport(whole, all.lanes, 3, path("r.pdf")));
        const QByteArray pdf = contents(path("r.pdf"));
        QVERIFY(pdf.startsWith("%PDF"));
        QCOMPARE(static_cast<std::size_t>(pdf.count("/Type /Page\n")), pages.size());
        QVERIFY(pdf.contains("/Creator"));
        QVERIFY(exportReport(whole, all.lanes, 3, path("s.pdf")));
        QCOMPARE(contents(path("s.pdf")), pdf);
    }

    void a_figure_is_shrunk_a_little_to_fit_its_page()
    {
        const auto pages = [](int height) {
            ReportLayout layout;
            for (const QSize& size : {QSize(600, 600), QSize(600, height)})
                layout.figure({[](QPainter&, const QSize&) {}}, size, QStringLiteral("words"));
            return layout.pages({}).size();
        };
        QCOMPARE(pages(300), std::size_t(1)); // as it is
        QCOMPARE(pages(400), std::size_t(1)); // to about 0.8
        QCOMPARE(pages(500), std::size_t(2));
    }

    void a_report_called_off_or_of_another_kind_leaves_no_file()
    {
        Run run;
        run.add(QStringLiteral("RNN"), experimentOf(CellKind::Rnn));
        const unrolled::Experiment whole = experimentOf(CellKind::Rnn);
        QTemporaryDir empty;
        QVERIFY(!exportReport(whole, run.lanes, 1, empty.filePath("r.pdf"),
                              [](double share) { return share < 0.5; }));
        QVERIFY_EXCEPTION_THROWN(exportReport(whole, run.lanes, 1, empty.filePath("r.svg")),
                                 unrolled::InputError);
        QVERIFY_EXCEPTION_THROWN(exportReport(whole, run.lanes, 1, empty.filePath("none/r.pdf")),
                                 unrolled::InputError);
        QVERIFY(QDir(empty.path()).isEmpty());
    }

    void a_copied_view_is_an_image_and_vectors()
    {
        DecayView view;
        view.setFrame(frameOf(experimentOf(CellKind::Rnn), 2));
        const std::unique_ptr<QMimeData> mime(copyOfView(view, {460, 190}));
        QCOMPARE(mime->imageData().value<QImage>().size(), QSize(920, 380));
        QVERIFY(mime->data(QStringLiteral("image/svg+xml")).contains("<text"));
    }
};

QTEST_MAIN(ExportsTest)
#include "exports_test.moc"
