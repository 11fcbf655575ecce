#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

/// How tests/papers/run judges a training, with a program in its place that only writes the metrics.
class PapersTest : public QObject
{
    Q_OBJECT

    using Rows = QList<QPair<double, double>>; ///< loss and accuracy of each iteration

    struct Result
    {
        int status;
        QString output;
        QString errors;
    };

    std::unique_ptr<QTemporaryDir> m_directory;

    void write(const QString& name, const QByteArray& content) const
    {
        QFile file(m_directory->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

    void writeMetrics(const QString& name, const Rows& rows) const
    {
        QByteArray content = "iteration,loss,accuracy,grad_norm,clipped\n";
        for (qsizetype i = 0; i < rows.size(); ++i)
            content += QByteArray::number(i) + ',' + QByteArray::number(rows[i].first) + ',' +
                       QByteArray::number(rows[i].second) + ",1,0\n";
        write(name + ".csv", content);
    }

    Result run(const QStringList& names, const QString& program = "program") const
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("UNROLLED", m_directory->filePath(program));
        process.setProcessEnvironment(environment);
        process.start(UNROLLED_PAPERS, names);
        if (!process.waitForFinished() || process.exitStatus() != QProcess::NormalExit)
            return {-1, {}, "crashed or too slow"};
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }

    /// `before` rows of the one kind, then `after` of the other.
    static Rows metrics(int before, QPair<double, double> early, int after, QPair<double, double> late)
    {
        return Rows(before, early) + Rows(after, late);
    }

private slots:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        // train EXPERIMENT --metrics FILE; fails where the test has written no metrics
        write("program",
              "#!/bin/sh\n"
              "[ \"$#\" = 4 ] && [ \"$1\" = train ] && [ -f \"$2\" ] && [ \"$3\" = --metrics ] &&\n"
              "  cp \"$(dirname \"$0\")/$(basename \"$2\" .json).csv\" \"$4\"\n");
        QFile::setPermissions(m_directory->filePath("program"), QFile::ReadOwner | QFile::ExeOwner);
    }

    void tellsWhetherItEndsAsWanted_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<Rows>("rows");
        QTest::addColumn<QString>("told"); ///< empty: not as wanted
        const QPair right(0.001, 1.0), wrong(0.1, 0.8);
        const auto row = [](const char* title, const char* name, const auto& rows, const char* told) {
            QTest::newRow(title) << QString(name) << rows << QString(told);
        };
        row("adding: 2000 in a row", "adding", metrics(3, wrong, 400, right),
            "adding                2015 sequences  mean loss of the last 500 iterations 0.00174  "
            "2000 right in a row after 2015 sequences  as wanted\n");
        row("adding: 1995 in a row", "adding", metrics(3, wrong, 399, right), "");
        row("adding: 2000 in two rows", "adding",
            metrics(200, right, 1, wrong) + metrics(200, right, 0, wrong), "");
        row("adding: 2000 in a row, and forgotten", "adding", metrics(400, right, 7, wrong),
            "2000 right in a row after 2000 sequences  as wanted\n");
        row("temporal order: 2000 in a row", "temporal-order", metrics(1, wrong, 100, right),
            "2000 right in a row after 2020 sequences  as wanted\n");
        row("temporal order: 1980 in a row", "temporal-order", metrics(1, wrong, 99, right), "");
        row("reber: 520 in a row", "reber", metrics(9, wrong, 52, right),
            "512 right in a row after 610 sequences  as wanted\n");
        row("reber: 510 in a row", "reber", metrics(9, wrong, 51, right), "");
        const auto flat = [](int rows, double loss) { return metrics(rows, {loss, 0.0}, 0, {}); };
        row("a network without a memory: the variance", "adding-rnn", flat(600, 1.0 / 24),
            "adding-rnn            3000 sequences  mean loss of the last 500 iterations 0.04167  as "
            "wanted\n");
        row("a network without a memory: less", "adding-rnn", flat(600, 0.037), "");
        row("a network without a memory: more", "adding-rnn", flat(600, 0.046), "");
        row("copy: half of the baseline", "copy", flat(20, 0.0866), "");
        row("copy: below it", "copy", flat(20, 0.0865), "as wanted\n");
        row("copy: below it at last", "copy", metrics(900, {9.0, 0.0}, 500, {0.08, 0.0}),
            "copy                 28000 sequences  mean loss of the last 500 iterations 0.08000  as "
            "wanted\n");
        row("copy: below it for too short a time", "copy", metrics(900, {9.0, 0.0}, 499, {0.08, 0.0}), "");
    }
    void tellsWhetherItEndsAsWanted()
    {
        QFETCH(QString, name);
        QFETCH(Rows, rows);
        QFETCH(QString, told);
        writeMetrics(name, rows);
        const Result result = run({name});
        QCOMPARE(result.errors, QString());
        QCOMPARE(result.status, told.isEmpty() ? 1 : 0);
        QVERIFY2(result.output.endsWith(told.isEmpty() ? "  NOT as wanted\n" : told),
                 qPrintable(result.output));
        QCOMPARE(result.output.count('\n'), 1);
    }

    void takesAllOfThemUnlessTold()
    {
        const Rows right(2000, {0.0, 1.0});
        for (const char* name : {"adding", "temporal-order", "reber", "copy"})
            writeMetrics(name, right);
        writeMetrics("adding-rnn", metrics(600, {0.04, 0.0}, 0, {}));
        Result result = run({});
        QCOMPARE(result.status, 0);
        QCOMPARE(result.output.count("  as wanted\n"), 5);
        writeMetrics("reber", metrics(2000, {2.0, 0.5}, 0, {}));
        result = run({});
        QCOMPARE(result.status, 1);
        QCOMPARE(result.output.count("  as wanted\n"), 4);
        QCOMPARE(result.output.count("  NOT as wanted\n"), 1);
        QCOMPARE(run({"copy", "adding"}).output.count('\n'), 2);
    }

    void aFailedTrainingIsNotJudged()
    {
        writeMetrics("adding", metrics(500, {0.0, 1.0}, 0, {}));
        const Result result = run({"adding", "temporal-order"}); // which writes no metrics
        QCOMPARE(result.status, 1);
        QCOMPARE(result.output.count('\n'), 1);
        QVERIFY2(result.errors.endsWith("temporal-order: the training failed\n"), qPrintable(result.errors));
    }

    void wrongCallsAreTold()
    {
        const Result unknown = run({"latch"});
        QCOMPARE(unknown.status, 2);
        QCOMPARE(unknown.errors, QString("latch: found an unknown name, expected one of adding, adding-rnn, "
                                         "temporal-order, reber, copy\n"));
        const Result missing = run({"adding"}, "none");
        QCOMPARE(missing.status, 2);
        QVERIFY2(missing.errors.contains("none: found no program"), qPrintable(missing.errors));
    }
};

QTEST_APPLESS_MAIN(PapersTest)
#include "papers_test.moc"
