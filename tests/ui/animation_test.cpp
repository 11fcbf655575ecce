#include "core/training/error.h"
#include "tests/ui/plot_frames.h"
#include "ui/document.h"
#include "ui/export_commands.h"
#include "ui/exports/animation.h"
#include "ui/exports/gif_film.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/panels/animation_dialog.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/view_host.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QPainter>
#include <QProgressDialog>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <gif_lib.h>

#include <cstdlib>

using namespace ui;
using unrolled::CellKind;

namespace {

/// A GIF as giflib reads it, each frame as one sees it.
struct Film
{
    std::vector<QImage> frames;
    std::vector<QRect> rects; ///< what each frame brings
    std::vector<int> hundredths;
    int colors = 0; ///< in the one table
    bool endless = false;
    QSize size;
};

Film filmOf(const QByteArray& bytes)
{
    Film film;
    struct Source
    {
        const QByteArray& bytes;
        int at;
    } source{bytes, 0};
    int error = 0;
    GifFileType* gif = DGifOpen(
        &source,
        [](GifFileType* file, GifByteType* into, int count) {
            auto& from = *static_cast<Source*>(file->UserData);
            count = std::min(count, static_cast<int>(from.bytes.size()) - from.at);
            std::copy_n(from.bytes.constData() + from.at, count, into);
            from.at += count;
            return count;
        },
        &error);
    if (!gif || DGifSlurp(gif) != GIF_OK)
        return film;
    film.size = QSize(gif->SWidth, gif->SHeight);
    film.colors = gif->SColorMap->ColorCount;
    QImage canvas(film.size, QImage::Format_RGB32);
    for (int i = 0; i < gif->ImageCount; ++i) {
        const SavedImage& image = gif->SavedImages[i];
        for (int k = 0; k < image.ExtensionBlockCount; ++k) {
            const ExtensionBlock& block = image.ExtensionBlocks[k];
            film.endless |=
                block.Function == APPLICATION_EXT_FUNC_CODE && block.ByteCount == 11 &&
                QByteArray(reinterpret_cast<const char*>(block.Bytes), 11) == "NETSCAPE2.0" &&
                k + 1 < image.ExtensionBlockCount && image.ExtensionBlocks[k + 1].ByteCount == 3 &&
                image.ExtensionBlocks[k + 1].Bytes[1] == 0 && image.ExtensionBlocks[k + 1].Bytes[2] == 0;
        }
        GraphicsControlBlock control{};
        DGifSavedExtensionToGCB(gif, i, &control);
        const GifImageDesc& desc = image.ImageDesc;
        const QRect rect(desc.Left, desc.Top, desc.Width, desc.Height);
        for (int y = 0; y < rect.height(); ++y) {
            for (int x = 0; x < rect.width(); ++x) {
                const int index = image.RasterBits[y * rect.width() + x];
                const GifColorType& color = gif->SColorMap->Colors[index];
                if (index != control.TransparentColor)
                    canvas.setPixel(rect.left() + x, rect.top() + y,
                                    qRgb(color.Red, color.Green, color.Blue));
            }
        }
        film.frames.push_back(canvas.copy());
        film.rects.push_back(rect);
        film.hundredths.push_back(control.DelayTime);
    }
    DGifCloseFile(gif, &error);
    return film;
}

/// The mean and the largest distance of two images' channels.
std::pair<double, int> apart(const QImage& a, const QImage& b)
{
    if (a.format() != QImage::Format_RGB32 || b.format() != QImage::Format_RGB32)
        return apart(a.convertToFormat(QImage::Format_RGB32), b.convertToFormat(QImage::Format_RGB32));
    double sum = 0;
    int most = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = reinterpret_cast<const QRgb*>(a.constScanLine(y))[x];
            const QRgb q = reinterpret_cast<const QRgb*>(b.constScanLine(y))[x];
            if (p == q)
                continue;
            for (const int one : {qRed(p) - qRed(q), qGreen(p) - qGreen(q), qBlue(p) - qBlue(q)}) {
                sum += std::abs(one);
                most = std::max(most, std::abs(one));
            }
        }
    }
    return {sum / (3.0 * a.width() * a.height()), most};
}

QByteArray contents(const QString& file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

} // namespace

class AnimationTest : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    std::vector<std::unique_ptr<unrolled::History>> m_histories;

    QString path(const QString& name) const { return m_dir->filePath(name); }
    QStringList files() const
    {
        return QDir(m_dir->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
    }
    std::vector<PlotLane> lanes(const std::vector<CellKind>& cells, const char* task = "hello")
    {
        m_histories.clear();
        std::vector<PlotLane> result;
        for (const CellKind cell : cells) {
            m_histories.push_back(std::make_unique<unrolled::History>(experimentOf(cell, task)));
            const auto title = unrolled::title(cell);
            result.push_back({QString::fromUtf8(title.data(), static_cast<qsizetype>(title.size())),
                              m_histories.back().get()});
        }
        return result;
    }
    static AnimationRequest iteration(const char* kind, std::int64_t at, const QSize& size = {480, 300})
    {
        AnimationRequest request;
        request.kind = QLatin1String(kind);
        request.first = at;
        request.size = size;
        return request;
    }
    static AnimationRequest training(const char* kind, std::int64_t from, std::int64_t to, std::int64_t every)
    {
        AnimationRequest request = iteration(kind, from);
        request.training = true;
        request.last = to;
        request.every = every;
        return request;
    }

private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void few_colours_are_kept_and_only_what_changed_is_stored()
    {
        QImage first(64, 40, QImage::Format_RGB32);
        first.fill(Qt::white);
        for (int i = 0; i < 240; ++i)
            first.setPixel(i % 60, 5 + i / 60, qRgb(i, 255 - i, i / 2));
        QImage second = first;
        second.setPixel(10, 20, qRgb(1, 2, 3));
        second.setPixel(30, 25, qRgb(4, 5, 6));
        GifFilm film(first.size());
        film.add(first, 10);
        film.add(second, 12);
        film.add(second, 5);
        film.add(first, 100000);
        const Film read = filmOf(film.encoded());
        QCOMPARE(read.frames.size(), std::size_t(4));
        QCOMPARE(read.size, QSize(64, 40));
        QCOMPARE(apart(read.frames[0], first).second, 0);
        QCOMPARE(apart(read.frames[1], second).second, 0);
        QCOMPARE(apart(read.frames[2], second).second, 0);
        QCOMPARE(apart(read.frames[3], first).second, 0);
        QCOMPARE(read.rects[1], QRect(QPoint(10, 20), QPoint(30, 25)));
        QCOMPARE(read.rects[2].size(), QSize(1, 1));
        QCOMPARE(read.hundredths, (std::vector<int>{10, 12, 5, 65535}));
        QVERIFY(read.endless);
    }

    void many_colours_share_a_table_without_dither()
    {
        QImage image(256, 256, QImage::Format_RGB32);
        for (int y = 0; y < 256; ++y) {
            for (int x = 0; x < 256; ++x)
                image.setPixel(x, y, y < 60 ? qRgb(244, 246, 250) : qRgb(x, y, (x + y) / 2));
        }
        GifFilm film(image.size());
        film.add(image, 10);
        const Film read = filmOf(film.encoded());
        QCOMPARE(read.colors, 256);
        const auto [mean, most] = apart(read.frames[0], image);
        QVERIFY2(mean < 6 && most < 48, qPrintable(QStringLiteral("%1 %2").arg(mean).arg(most)));
        QCOMPARE(apart(read.frames[0].copy(0, 0, 256, 60), image.copy(0, 0, 256, 60)).second, 0);
    }

    void an_iteration_has_a_frame_a_time_step_data()
    {
        QTest::addColumn<QByteArray>("kind");
        for (const char* kind : {"unrolled", "hidden", "gates", "decay", "cell"})
            QTest::addRow("%s", kind) << QByteArray(kind);
    }
    void an_iteration_has_a_frame_a_time_step()
    {
        QFETCH(QByteArray, kind);
        const AnimationRequest request = iteration(kind.constData(), 4);
        const auto run = lanes({CellKind::Lstm});
        QVERIFY(exportAnimation(request, run, path("a.gif")));
        QVERIFY(exportAnimation(request, run, path("%02d.png")));
        QVERIFY(exportAnimation(request, run, path("b.gif")));
        QCOMPARE(contents(path("a.gif")), contents(path("b.gif")));
        const Film film = filmOf(contents(path("a.gif")));
        QCOMPARE(film.frames.size(), std::size_t(10)); // T = 4: 2 T + 2
        QCOMPARE(film.size, QSize(480, 300));
        QVERIFY(film.endless);
        // Eight a second on the whole, and a while on the last.
        QCOMPARE(film.hundredths, (std::vector<int>{13, 12, 13, 12, 13, 12, 13, 12, 13, 150}));
        QCOMPARE(files().size(), 12);
        int changes = 0;
        for (std::size_t i = 0; i < film.frames.size(); ++i) {
            const QImage png(path(QStringLiteral("%1.png").arg(i, 2, 10, QLatin1Char('0'))));
            QCOMPARE(png.size(), film.size);
            const auto [mean, most] = apart(film.frames[i], png);
            QVERIFY2(mean < 0.5 && most < 40, qPrintable(QStringLiteral("%1 %2").arg(mean).arg(most)));
            changes +=
                i > 0 &&
                apart(film.frames[i].copy(0, 0, 480, 240), film.frames[i - 1].copy(0, 0, 480, 240)).second >
                    0;
        }
        QVERIFY2(changes >= 4, qPrintable(QString::number(changes)));
    }

    void above_its_words_a_frame_is_the_plot()
    {
        const auto run = lanes({CellKind::Gru});
        QVERIFY(exportAnimation(training("decay", 5, 6, 1), run, path("%d.png")));
        const QImage frame(path("0.png"));
        QImage plot;
        for (int height = 300; height > 200; --height) {
            exportPlot(QStringLiteral("decay"), run, 5, path("plot.png"), {480, height});
            plot = QImage(path("plot.png"));
            if (apart(frame.copy(plot.rect()), plot).second == 0)
                break;
        }
        QVERIFY2(plot.height() > 240, qPrintable(QString::number(plot.height())));
        QVERIFY(plot.height() < 300);
    }

    void the_axis_of_a_film_stands_still_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QRect>("axis"); // its numbers
        QTest::newRow("jacobian") << "jacobian" << QRect(0, 24, 34, 190);
        QTest::newRow("itemised") << "itemised" << QRect(320, 45, 100, 195);
        QTest::newRow("hops") << "hops" << QRect(0, 50, 44, 190);
        QTest::newRow("the rings of the ellipse") << "ellipse" << QRect(50, 200, 70, 30);
        QTest::newRow("the ranges of the weights") << "weights" << QRect(20, 18, 330, 16);
        QTest::newRow("the plane of the eigenvalues") << "weights" << QRect(380, 20, 80, 30);
        QTest::newRow("update") << "update" << QRect(0, 66, 36, 190);
        QTest::newRow("the range of the hidden states") << "hidden" << QRect(0, 18, 160, 18);
    }
    void the_axis_of_a_film_stands_still()
    {
        QFETCH(QString, kind);
        QFETCH(QRect, axis);
        unrolled::Experiment growing = experimentOf(CellKind::Rnn, "hello", 0);
        growing.model.cell.activation = unrolled::Activation::Identity;
        growing.training.optimizer = unrolled::OptimizerKind::Sgd;
        growing.training.learningRate = 3;
        growing.interventions = {{2, "training.learning_rate", 0.5}}; // its line must not push the axis about
        std::vector<std::unique_ptr<unrolled::History>> owned;
        owned.push_back(std::make_unique<unrolled::History>(growing));
        const std::vector<PlotLane> run{{QStringLiteral("RNN"), owned.front().get()}};
        QVERIFY(exportAnimation(training(kind.toLatin1(), 0, 4, 1), run, path("%d.png")));
        const QImage first = QImage(path("0.png")).copy(axis);
        QVERIFY(first != QImage(first.size(), first.format()));
        for (int i = 1; i <= 4; ++i)
            QCOMPARE(QImage(path("%1.png").arg(i)).copy(axis), first);
        // By itself the first one would need less.
        exportPlot(kind, run, 0, path("plot.png"), {480, 269});
        QVERIFY(QImage(path("plot.png")).copy(axis) != first);
    }

    void by_operation_every_part_has_its_frame()
    {
        AnimationRequest request = iteration("cell", 0, {320, 400});
        request.operations = true;
        const auto run = lanes({CellKind::Gru});
        const unrolled::TickLayout& ticks = run.front().history->ticks();
        QVERIFY(exportAnimation(request, run, path("a.gif")));
        QCOMPARE(static_cast<int>(filmOf(contents(path("a.gif"))).frames.size()), ticks.partsPerIteration());
        QCOMPARE(frameCount(request, ticks.ticks(), ticks.partsPerIteration()), ticks.partsPerIteration());
        request.operations = false;
        QCOMPARE(frameCount(request, ticks.ticks(), ticks.partsPerIteration()), 10);
    }

    void a_training_has_a_frame_every_so_many_iterations_and_the_last()
    {
        const AnimationRequest request = training("decay", 3, 10, 3);
        QCOMPARE(frameCount(request, 0, 0), 4);
        QCOMPARE(frameCount(training("decay", 3, 9, 3), 0, 0), 3);
        QCOMPARE(frameCount(training("decay", 3, 3, 3), 0, 0), 1);
        const auto run = lanes({CellKind::Rnn, CellKind::Lstm});
        QVERIFY(exportAnimation(request, run, path("a%d.png")));
        QCOMPARE(files(), QStringList({"a0.png", "a1.png", "a2.png", "a3.png"}));
        // A run of its own that knows nothing of the other frames shows the same.
        const auto fresh = lanes({CellKind::Rnn, CellKind::Lstm});
        QVERIFY(exportAnimation(training("decay", 9, 9, 1), fresh, path("b%d.png")));
        QCOMPARE(contents(path("b0.png")), contents(path("a2.png")));
        QVERIFY(contents(path("a1.png")) != contents(path("a2.png")));
    }

    void calling_it_off_leaves_nothing()
    {
        const auto run = lanes({CellKind::Rnn});
        for (const char* file : {"a.gif", "%03d.png"}) {
            int asked = 0;
            QVERIFY(!exportAnimation(
                training("hidden", 0, 40, 1), run, path(QLatin1String(file)),
                [&](double share) { return share < 0.9 || ++asked < 1; },
                [] { QFAIL("nothing is to be written"); }));
            QCOMPARE(asked, 1);
            QCOMPARE(files(), QStringList());
        }
    }

    void frames_that_cannot_all_be_written_leave_nothing()
    {
        const auto run = lanes({CellKind::Rnn});
        QVERIFY(QDir(m_dir->path()).mkdir(QStringLiteral("007.png"))); // in the place of a frame
        QVERIFY_EXCEPTION_THROWN(exportAnimation(iteration("hidden", 0), run, path("%03d.png")),
                                 unrolled::InputError);
        QVERIFY_EXCEPTION_THROWN(exportAnimation(iteration("hidden", 0), run, path("none/%d.png")),
                                 unrolled::InputError);
        QVERIFY_EXCEPTION_THROWN(exportAnimation(iteration("hidden", 0), run, path("none/a.gif")),
                                 unrolled::InputError);
        QCOMPARE(files(), QStringList({"007.png"}));
    }

    void a_size_in_which_stacked_models_cannot_be_read_is_refused()
    {
        AnimationRequest request = iteration("unrolled", 0);
        request.size = {640, 300};
        const auto run = lanes({CellKind::Rnn, CellKind::Gru, CellKind::Lstm});
        QVERIFY_EXCEPTION_THROWN(exportAnimation(request, run, path("a.gif")), unrolled::InputError);
        QVERIFY(!QFile::exists(path("a.gif")));
    }

    void a_pattern_numbers_the_frames_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("name");
        QTest::newRow("padded with zeros") << "frames/%04d.png"
                                           << "frames/0007.png";
        QTest::newRow("not padded") << "f-%d.png"
                                    << "f-7.png";
        QTest::newRow("padded with blanks") << "/tmp/f %3d.PNG"
                                            << "/tmp/f   7.PNG";
        QTest::newRow("no number in a GIF's name") << "a.jpg" << QString();
        QTest::newRow("two numbers") << "%d-%d.png" << QString();
        QTest::newRow("another letter") << "%x.png" << QString();
        QTest::newRow("a number in the folder's name") << "%d/a.png" << QString();
        QTest::newRow("a number in a GIF's name") << "%d.gif" << QString();
    }
    void a_pattern_numbers_the_frames()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, name);
        if (name.isEmpty()) {
            QVERIFY_EXCEPTION_THROWN(checkAnimationFile(pattern), unrolled::InputError);
            return;
        }
        checkAnimationFile(pattern);
        QVERIFY(namesAnimation(pattern));
        QCOMPARE(frameFile(pattern, 7), name);
    }

    void the_dialog_estimates_and_remembers()
    {
        QSettings settings(path("settings.ini"), QSettings::IniFormat);
        Frame now = frameOf(experimentOf(CellKind::Gru), 3);
        now.lanes[0].frontier = 250;
        const auto labelled = [](const AnimationDialog& dialog, const char* name) {
            for (auto* widget : dialog.findChildren<QWidget*>()) {
                if (widget->accessibleName() == QLatin1String(name))
                    return widget;
            }
            return static_cast<QWidget*>(nullptr);
        };
        {
            AnimationDialog dialog(now, QStringLiteral("unrolled"), settings);
            auto* estimate = qobject_cast<QLabel*>(labelled(dialog, "Estimate"));
            auto* view = qobject_cast<QComboBox*>(labelled(dialog, "View"));
            auto* last = qobject_cast<QSpinBox*>(labelled(dialog, "Last iteration"));
            auto* every = qobject_cast<QSpinBox*>(labelled(dialog, "A frame every so many iterations"));
            QVERIFY(estimate && view && last && every);
            QCOMPARE(estimate->text(), QStringLiteral("10 frames, 10.5 seconds")); // each can be read
            QCOMPARE(dialog.request().kind, QStringLiteral("unrolled"));
            QCOMPARE(dialog.request().first, 3);
            QCOMPARE(view->findData(QStringLiteral("loss")), -1); // the same at every step
            QVERIFY(!last->isEnabled());
            dialog.findChildren<QRadioButton*>().at(1)->click();
            QCOMPARE(last->value(), 250);
            QCOMPARE(every->value(), 3);
            QCOMPARE(estimate->text(), QStringLiteral("85 frames, 12.0 seconds")); // 0, 3 … 249, 250
            auto* speed = qobject_cast<QDoubleSpinBox*>(labelled(dialog, "Speed"));
            speed->setValue(20);
            dialog.findChildren<QRadioButton*>().at(0)->click();
            QCOMPARE(speed->value(), 1.0);
            speed->setValue(2.5);
            dialog.findChildren<QRadioButton*>().at(1)->click();
            QCOMPARE(dialog.request().framesPerSecond, 20.0);
            view->setCurrentIndex(view->findData(QStringLiteral("loss")));
            every->setValue(1);
            last->setValue(20000);
            QVERIFY2(estimate->text().contains(QLatin1String("too many")), qPrintable(estimate->text()));
            QVERIFY(!dialog.findChild<QDialogButtonBox*>()->buttons().at(0)->isEnabled() ||
                    !dialog.findChild<QDialogButtonBox*>()->buttons().at(1)->isEnabled());
            last->setValue(40);
            qobject_cast<QComboBox*>(labelled(dialog, "File format"))->setCurrentIndex(1);
            QCOMPARE(estimate->text(), QStringLiteral("41 files"));
            QVERIFY(!labelled(dialog, "Speed")->isEnabled());
            dialog.accept();
        }
        AnimationDialog again(now, QStringLiteral("unrolled"), settings);
        QCOMPARE(again.request().kind, QStringLiteral("loss"));
        QVERIFY(again.request().training);
        QVERIFY(!again.asGif());
        QCOMPARE(again.request().framesPerSecond, 20.0);
        again.findChildren<QRadioButton*>().at(0)->click();
        QCOMPARE(again.request().framesPerSecond, 2.5);
    }

    void the_window_exports_the_same_can_be_stopped_and_names_errors()
    {
        QSettings settings(path("settings.ini"), QSettings::IniFormat);
        QWidget window;
        Session session;
        Document document(session, settings);
        Playback playback(session);
        document.take(experimentOf(CellKind::Lstm), {});
        session.wait();
        ViewHost views;
        views.setFrame(playback.frame());
        ExportCommands commands(window, document, session, views, settings);
        QSignalSpy told(&commands, &ExportCommands::told);
        QSignalSpy failed(&commands, &ExportCommands::failed);
        const AnimationRequest request = training("hidden", 2, 4, 1);
        commands.writeAnimation(request, path("window.gif"));
        QCOMPARE(told.size(), 1);
        QVERIFY(exportAnimation(request, lanes({CellKind::Lstm}), path("own.gif")));
        QCOMPARE(contents(path("window.gif")), contents(path("own.gif")));
        QCOMPARE(commands.plots().size(), 4);
        for (const char* kind : {"jacobian", "singular", "contribution", "summary"}) {
            const QString plot = path("window.svg");
            commands.writePlot(QLatin1String(kind), plot);
            QCOMPARE(told.takeLast().at(0).toString(), QStringLiteral("Exported window.svg."));
            std::vector<PlotLane> lanes{{QStringLiteral("LSTM"), nullptr}};
            unrolled::History history(document.experiment());
            lanes[0].history = &history;
            exportPlot(QLatin1String(kind), lanes, 0, path("command.svg"));
            QCOMPARE(contents(plot), contents(path("command.svg")));
        }
        commands.writeReport(path("report.pdf"));
        QCOMPARE(told.size(), 2);
        QVERIFY(contents(path("report.pdf")).startsWith("%PDF"));
        commands.writeAnimation(request, path("none/a.gif"));
        QCOMPARE(failed.size(), 1);
        QVERIFY(failed[0][0].toString().contains(QLatin1String("none/a.gif")));

        QTimer stop;
        connect(&stop, &QTimer::timeout, &stop, [&] {
            if (auto* waiting = window.findChild<QProgressDialog*>())
                waiting->cancel();
        });
        stop.start(30);
        commands.writeAnimation(training("hidden", 0, 9000, 1), path("long.gif"));
        QCOMPARE(told.size(), 2);
        QCOMPARE(failed.size(), 1);
        QVERIFY(!QFile::exists(path("long.gif")));
    }

    void a_picture_tells_what_it_waits_for_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<qint64>("iteration");
        QTest::addColumn<QString>("words");
        QTest::newRow("the training up to there")
            << "decay" << qint64(1'000'000)
            << QStringLiteral("Training up to iteration %1…").arg(count(1'000'000));
        QTest::newRow("an analysis that knows how far it is")
            << "jacobian" << qint64(0) << "Making the picture…";
    }
    void a_picture_tells_what_it_waits_for()
    {
        QFETCH(QString, kind);
        QFETCH(qint64, iteration);
        QFETCH(QString, words);
        QSettings settings(path("settings.ini"), QSettings::IniFormat);
        QWidget window;
        Session session;
        Document document(session, settings);
        Playback playback(session);
        unrolled::Experiment large = experimentOf(CellKind::Lstm, "copy", iteration > 0 ? 4 : 500);
        large.model.hidden = {iteration > 0 ? 3 : 64};
        document.take(large, {});
        session.wait();
        ViewHost views;
        Frame frame = playback.frame();
        frame.position.iteration = iteration;
        views.setFrame(frame);
        ExportCommands commands(window, document, session, views, settings);
        QSignalSpy told(&commands, &ExportCommands::told);
        QSignalSpy failed(&commands, &ExportCommands::failed);
        bool seen = false;
        QTimer look;
        connect(&look, &QTimer::timeout, &look, [&] {
            auto* waiting = window.findChild<QProgressDialog*>();
            if (seen || !waiting || waiting->labelText() != words)
                return;
            seen = waiting->maximum() > 0 && waiting->value() > 0;
            if (seen)
                waiting->cancel();
        });
        look.start(1);
        commands.writePlot(kind, path("waited.svg"));
        QVERIFY(seen);
        QVERIFY2(failed.empty(), qPrintable(failed.value(0).value(0).toString()));
        QVERIFY(told.empty()); // called off
        QVERIFY(!QFile::exists(path("waited.svg")));
    }

    void a_frame_is_light_whatever_the_desktop()
    {
        const QPalette before = QApplication::palette();
        QApplication::setPalette(QPalette(darkPalette().panel, darkPalette().panel));
        QVERIFY(exportAnimation(training("hidden", 0, 0, 1), lanes({CellKind::Rnn}), path("%d.png")));
        QApplication::setPalette(before);
        QCOMPARE(QImage(path("0.png")).pixelColor(2, 2), lightPalette().background);
    }
};

QTEST_MAIN(AnimationTest)
#include "animation_test.moc"
