#include "core/files/comparison.h"
#include "core/files/experiment_file.h"
#include "core/training/error.h"
#include "tests/ui/exported.h"
#include "tests/ui/plot_frames.h"
#include "ui/exports/drawing.h"
#include "ui/exports/picture.h"
#include "ui/exports/report.h"
#include "ui/exports/report_layout.h"
#include "ui/paint/palette.h"
#include "ui/panels/picture_dialog.h"
#include "ui/views/decay_view.h"
#include "ui/views/hidden_view.h"

#include <QDir>
#include <QImage>
#include <QMimeData>
#include <QSettings>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

using namespace ui;
using unrolled::CellKind;

namespace {

bool written(const View& view, const QString& file, const QSize& size, QString* error)
{
    return writePicture(paintingOf(figureOf(view, size)), view.title(), file, size, error);
}

} // namespace

class PicturesTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;

    QString path(const QString& name) const { return m_dir.filePath(name); }

private slots:
    void a_size_out_of_bounds_is_refused_and_keeps_what_was_there()
    {
        QFile old(path("kept.png"));
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write("before");
        old.close();
        DecayView view;
        QString error;
        QVERIFY(!written(view, old.fileName(), {3, 100000}, &error));
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
            const bool done = written(view, path("a.svg"), size, &error);
            double pixels = 0;
            static const QRegularExpression number(QStringLiteral("font-size=\"([0-9.]+)\""));
            for (auto all = number.globalMatch(QString::fromUtf8(contents(path("a.svg")))); all.hasNext();)
                pixels = std::max(pixels, all.next().captured(1).toDouble());
            return done ? pixels : 0;
        };
        const double small = largest({400, 240});
        QVERIFY(small > 0);
        QVERIFY2(largest({1800, 1000}) > 2 * small, qPrintable(QString::number(largest({1800, 1000}))));
        QCOMPARE(view.font(), own);
        QVERIFY(!view.testAttribute(Qt::WA_SetFont) && view.updatesEnabled());
    }

    void letters_that_fill_their_line_are_set_smaller()
    {
        const auto largest = [&](const char* text, const QString& letters) {
            QFile file(path("text.txt"));
            if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
                return 0.0;
            file.close();
            unrolled::Experiment experiment = experimentOf(CellKind::Rnn, "text", 4);
            experiment.task.file = file.fileName().toStdString();
            Run run;
            run.add(experiment);
            exportPlot(QStringLiteral("unrolled"), run.lanes, 0, path("a.svg"));
            static const QRegularExpression text_(
                QStringLiteral("<text[^>]*font-size=\"([0-9.]+)\"[^>]*>\\s*([^<\\s]+)"));
            double pixels = 0;
            for (auto all = text_.globalMatch(QString::fromUtf8(contents(path("a.svg")))); all.hasNext();) {
                const QRegularExpressionMatch one = all.next();
                if (letters.contains(one.captured(2)))
                    pixels = std::max(pixels, one.captured(1).toDouble());
            }
            return pixels;
        };
        const double latin = largest("abcdabcd", QStringLiteral("abcd"));
        const double hangul = largest("한국어로한국어로", QStringLiteral("한국어로"));
        QVERIFY2(hangul > 0 && hangul < 0.9 * latin,
                 qPrintable(QStringLiteral("%1, %2").arg(hangul).arg(latin)));
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
        QVERIFY2(written(view, path("dark.png"), {340, 230}, &error), qPrintable(error));
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

    void a_report_is_named_and_told_in_words()
    {
        const auto textOf = [&](const unrolled::Experiment& whole, double* emptiest = nullptr) {
            Run all;
            all.add(whole);
            QString text;
            const std::vector<PaintFunction> pages = reportPages(whole, all.lanes, 12);
            for (std::size_t i = 0; i < pages.size(); ++i) {
                QString error;
                writePicture(pages[i], QStringLiteral("page"), path("page.svg"), a4Pixels, &error);
                const QByteArray svg = contents(path("page.svg"));
                text += words(svg);
                QImage page(a4Pixels, QImage::Format_RGB32);
                page.fill(Qt::white);
                if (emptiest && i + 1 < pages.size()) {
                    QPainter painter(&page);
                    pages[i](painter, a4Pixels);
                    *emptiest = std::max(*emptiest, widestBand(page) / double(page.height()));
                }
            }
            return text;
        };
        // A built-in experiment with another task is not what it is called.
        unrolled::Experiment echo =
            unrolled::withSettings(unrolled::readExperiment("hello"), {"task.id=echo"});
        double emptiest = 0;
        const QString renamed = textOf(echo, &emptiest);
        QVERIFY(renamed.contains(QStringLiteral("echo, RNN\n")));
        QVERIFY(!renamed.contains(QStringLiteral("hello")));
        QVERIFY2(emptiest < 0.25, qPrintable(QString::number(emptiest)));
        QVERIFY(!renamed.contains(QStringLiteral("Weights: W_hh")));
        QVERIFY(renamed.contains(QStringLiteral("‖∂L/∂cₜ‖ (hollow marks)")));

        unrolled::Experiment changed = unrolled::readExperiment("hello");
        changed.interventions = {{2, "training.learning_rate", 0.5}};
        changed.compare.push_back({"", {"model.cell=\"gru\""}});
        changed.compare.push_back({"", {"model.cell=\"lstm\""}});
        const QString told = textOf(changed);
        const QString settings = told.left(told.indexOf(QStringLiteral("Figure 1."))).simplified();
        QVERIFY(settings.contains(QStringLiteral("hello, RNN, GRU, LSTM ")));
        QVERIFY(
            settings.contains(QStringLiteral("interventions Learning rate 0.5 from iteration 2 on none")));
        QVERIFY(!settings.contains(QLatin1Char('{')));
    }

    void a_figure_that_fits_comes_first()
    {
        ReportLayout layout;
        const auto holds = [&](int height) {
            return layout.holdsFigure(1, {600, height}, QStringLiteral("words"));
        };
        QVERIFY(holds(900) && holds(300));
        layout.figure({[](QPainter&, const QSize&) {}}, {600, 600}, QStringLiteral("words"));
        QVERIFY(!holds(500));
        QVERIFY(holds(400) && holds(300)); // to about 0.8, and as it is
        QVERIFY(layout.holdsCode(20) && !layout.holdsCode(60));
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
        const std::unique_ptr<QMimeData> mime(
            mimeOf(copyOf(paintingOf(pictureOf(view)), view.title(), {460, 190})));
        QCOMPARE(mime->imageData().value<QImage>().size(), QSize(920, 380));
        QVERIFY(mime->data(QStringLiteral("image/svg+xml")).contains("<text"));
    }
};

QTEST_MAIN(PicturesTest)
#include "pictures_test.moc"
