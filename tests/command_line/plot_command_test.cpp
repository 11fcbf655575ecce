#include "tests/command_line/command_line.h"

#include <QImage>
#include <QImageReader>

#include <csignal>

/// Plots, animations and reports are made without a display.
class PlotCommandTest : public CommandLine
{
    Q_OBJECT
private slots:
    void plotsAreDrawnWithoutADisplay_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind :
             {"decay", "hidden", "gates", "loss", "itemised", "jacobian", "contribution", "singular", "reach",
              "hops", "ellipse", "update", "summary", "weights", "unrolled", "cell"})
            QTest::newRow(kind) << kind;
    }
    void plotsAreDrawnWithoutADisplay()
    {
        QFETCH(QString, kind);
        for (const char* suffix : {"svg", "pdf", "png"}) {
            const QString file = "p." + QString(suffix);
            const Result result =
                run({"plot", kind, "hello", "--compare", "rnn,lstm", "--iteration", "5", "--out", file});
            QCOMPARE(result.errors, QByteArray());
            QCOMPARE(result.status, 0);
            QVERIFY(result.output.isEmpty());
            const QByteArray picture = content(file);
            QVERIFY(picture.startsWith(suffix == QByteArray("png")   ? "\x89PNG"
                                       : suffix == QByteArray("pdf") ? "%PDF"
                                                                     : "<?xml"));
        }
        const Result sized =
            run({"plot", kind, "hello", "--set", "model.cell=gru", "--size", "640x360", "--out", "s.png"});
        QCOMPARE(sized.status, 0);
        QCOMPARE(QImage(m_directory->filePath("s.png")).size(), QSize(640, 360));
    }

    void oneLossAloneIsAnotherPicture()
    {
        const QStringList plot{"hello-vanish", "--size", "640x360", "--out"};
        for (const char* kind : {"decay", "comparison", "reach", "hops", "ellipse", "unrolled"}) {
            const Result all = run(QStringList{"plot", kind} + plot + QStringList{"all.svg"});
            const Result third =
                run(QStringList{"plot", kind} + plot + QStringList{"third.svg", "--loss", "3"});
            QCOMPARE(all.errors + third.errors, QByteArray());
            QVERIFY2(content("all.svg") != content("third.svg"), kind);
        }
        // Not in its words alone: below the title the picture is another one, too.
        for (const char* kind : {"decay", "unrolled"}) {
            QCOMPARE(run(QStringList{"plot", kind, "hello-vanish", "--out", "all.png"}).status, 0);
            QCOMPARE(
                run(QStringList{"plot", kind, "hello-vanish", "--out", "last.png", "--loss", "4"}).status, 0);
            const auto below = [this](const char* file) {
                const QImage picture(m_directory->filePath(file));
                return picture.copy(0, picture.height() / 5, picture.width(), picture.height() / 2);
            };
            QVERIFY2(below("all.png") != below("last.png"), kind);
        }
        QCOMPARE(run("plot unrolled hello --loss 2 --size 640x360 --out a.gif").status, 0);
        const QImage frame = QImage(m_directory->filePath("a.gif"));
        QCOMPARE(frame.size(), QSize(640, 360));
        QVERIFY(QFile::remove(m_directory->filePath("a.gif")));
        const auto refused = [this](const char* call, const QByteArray& error) {
            const Result result = run(call);
            QCOMPARE(result.status, 2);
            QCOMPARE(result.errors, "unrolled: --loss: found " + error + '\n');
            QVERIFY(!files().contains("refused.svg"));
        };
        refused("plot decay hello --loss 5 --out refused.svg", "5, expected a step with a loss, 1 to 4");
        refused("plot decay adding --set task.length=12 --loss 5 --out refused.svg",
                "5, expected a step with a loss, 12");
        refused("plot decay echo --set task.length=9 --set task.lag=3 --loss 3 --out refused.svg",
                "3, expected a step with a loss from 4 to 9");
        refused("plot singular hello --loss 4 --out refused.svg",
                "it for singular, expected it for one of decay, comparison, reach, hops, ellipse, update, "
                "unrolled, cell");
    }

    void aSizeTooSmallForItsModelsIsAnError()
    {
        const Result refused =
            run("plot cell hello --compare rnn,gru,lstm --iteration 20 --size 700x500 --out c.png");
        QCOMPARE(refused.status, 2);
        QCOMPARE(refused.errors, QByteArray("unrolled: --size: found \"700x500\", expected at least 360x1080 "
                                            "for cell of 3 models\n"));
        QCOMPARE(run("plot reach hello --compare rnn,lstm --to 4 --size 400x300 --out r.gif").status, 2);
        QVERIFY(files().isEmpty());
        QCOMPARE(run("plot cell hello --set model.cell=lstm --size 700x500 --out c.png").status, 0);
    }

    void interventionsAreToldInTheFigure()
    {
        const QString cut = "interventions=[{\"iteration\": 2, \"cut\": 2}]";
        for (const char* kind : {"decay", "reach", "hops", "jacobian", "contribution", "itemised", "singular",
                                 "unrolled", "cell"}) {
            const auto svg = [&](const char* iteration) {
                const Result result = run(QStringList{"plot", kind, "hello", "--iteration", iteration,
                                                      "--set", cut, "--out", "c.svg"});
                return result.status == 0 ? content("c.svg") : result.errors;
            };
            const QByteArray words = "h₂ → h₃ cut from iteration 2 on";
            QVERIFY2(svg("3").contains(words), kind);
            QVERIFY2(!svg("1").contains(words), kind);
        }
    }

    void gatesOfACellThatHasNoneAreAnError()
    {
        const Result result = run("plot gates hello --out g.svg");
        QCOMPARE(result.status, 2);
        QCOMPARE(result.errors,
                 QByteArray("unrolled: model.cell: found \"rnn\", which has no gates, expected "
                            "gru or lstm\n"));
        QVERIFY(files().isEmpty());
    }

    void animationsAreMadeWithoutADisplay()
    {
        const Result gif = run("plot unrolled hello --iteration 3 --size 640x360 --out a.gif");
        QCOMPARE(gif.errors, QByteArray());
        QCOMPARE(gif.status, 0);
        QImageReader reader(m_directory->filePath("a.gif"));
        QCOMPARE(reader.size(), QSize(640, 360));
        QCOMPARE(reader.imageCount(), 10); // four steps forward, the loss, four back, the update
        reader.read();
        QCOMPARE(reader.nextImageDelay(), 1000); // each step can be read

        const Result frames =
            run("plot decay hello --compare rnn,lstm --from 2 --to 7 --every 2 --fps 4 --out d%02d.png");
        QCOMPARE(frames.errors, QByteArray());
        QCOMPARE(frames.status, 0);
        QCOMPARE(files(), QStringList({"a.gif", "d00.png", "d01.png", "d02.png", "d03.png"}));
    }

    void aReportIsWrittenWithoutADisplay()
    {
        const Result result = run("plot report hello --compare rnn,lstm --iteration 5 --out r.pdf");
        QCOMPARE(result.errors, QByteArray());
        QCOMPARE(result.status, 0);
        QVERIFY(content("r.pdf").startsWith("%PDF"));
        QVERIFY(content("r.pdf").count("/Type /Page\n") >= 5);
    }

    void interruptingAnAnimationLeavesNothing()
    {
        QProcess process;
        prepare(process);
        process.start(UNROLLED_EXECUTABLE,
                      {"plot", "unrolled", "adding", "--to", "5000", "--out", "a%04d.png"});
        QVERIFY(process.waitForStarted());
        QTest::qWait(600);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(20000));
        QVERIFY(process.exitStatus() == QProcess::CrashExit || process.exitCode() != 0);
        QVERIFY(QDir(m_directory->path()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(PlotCommandTest)
#include "plot_command_test.moc"
