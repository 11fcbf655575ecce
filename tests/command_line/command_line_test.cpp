#include "tests/command_line/command_line.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <cmath>
#include <csignal>

/// What the commands do and print; plots and wrong calls have tests of their own.
class CommandLineTest : public CommandLine
{
    Q_OBJECT
private slots:
    void listNamesTheBuiltIns()
    {
        const Result result = run("list");
        QCOMPARE(result.status, 0);
        QVERIFY(result.errors.isEmpty());
        const auto rows = lines(result.output);
        QVERIFY(rows.size() >= 2);
        QVERIFY(rows[0].startsWith("hello\tmany-to-many\t"));
        QVERIFY(rows[1].startsWith("adding\tmany-to-one\t"));
        for (const QByteArray& row : rows)
            QCOMPARE(row.count('\t'), 2);
    }

    void versionAndHelpAreGiven()
    {
        const Result version = run("--version");
        QCOMPARE(version.status, 0);
        QVERIFY(QRegularExpression("^unrolled \\d+\\.\\d+\\.\\d+ \\(\\S+\\)\n$")
                    .match(version.output)
                    .hasMatch());
        for (const char* call : {"--help", "-h", "train --help"}) {
            const Result help = run(call);
            QCOMPARE(help.status, 0);
            for (const char* word : {"list",       "show",      "train",     "trace",         "table",
                                     "plot",       "sample",    "check",     "--set",         "--compare",
                                     "--seed",     "--metrics", "--weights", "--save",        "--iteration",
                                     "--sequence", "--size",    "--prompt",  "--temperature", "--version",
                                     "--threads",  "--from",    "--every",   "--fps",         "--by"})
                QVERIFY2(help.output.contains(word), word);
            for (const QByteArray& line : lines(help.output))
                QVERIFY2(line.size() <= 80, line);
        }
    }

#ifdef UNROLLED_CODE_PATHS
    void theProcessorChoosesTheCodePath_data()
    {
        QTest::addColumn<QString>("tunables");
        QTest::addColumn<QByteArray>("path");
        const bool modern = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        QTest::newRow("this processor takes the best it can")
            << "" << QByteArray(modern ? "x86-64-v3" : "x86-64-v2");
        QTest::newRow("one without AVX2 takes x86-64-v2")
            << "glibc.cpu.hwcaps=-AVX2" << QByteArray("x86-64-v2");
    }
    void theProcessorChoosesTheCodePath()
    {
        QFETCH(QString, tunables);
        QFETCH(QByteArray, path);
        m_tunables = tunables;
        const Result version = run("--version");
        QCOMPARE(version.status, 0);
        QVERIFY2(version.output.endsWith(" (" + path + ")\n"), version.output);
        QCOMPARE(run("sample hello --prompt h --length 4").output, QByteArray("ello\n"));
        QCOMPARE(run("show nothing").status, 2); // an exception comes across the library's boundary
    }

    /// Fused multiply-add rounds once where the older code rounds twice; nothing else may differ.
    void bothCodePathsGiveTheSameNumbersTo1em12()
    {
        const char* call = "table decay adding --set model.cell=lstm --iteration 5";
        const auto here = lines(run(call).output);
        m_tunables = "glibc.cpu.hwcaps=-AVX2";
        const auto there = lines(run(call).output);
        QVERIFY(here.size() > 60);
        QCOMPARE(here.size(), there.size());
        for (qsizetype row = 1; row < here.size(); ++row) {
            const auto a = here[row].split(',');
            const auto b = there[row].split(',');
            QCOMPARE(a.size(), b.size());
            for (qsizetype k = 0; k < a.size(); ++k) {
                const double x = a[k].toDouble();
                const double y = b[k].toDouble();
                QVERIFY2(std::abs(x - y) <= 1e-12 * std::abs(x), here[row] + " against " + there[row]);
            }
        }
    }
#endif

    void showGivesAnExperimentThatReadsBack_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::newRow("hello") << "hello";
        QTest::newRow("adding") << "adding";
        QTest::newRow("hello with settings")
            << "hello --set model.hidden=[4,5] --set model.cell=gru --seed 18446744073709551615";
        QTest::newRow("a learning rate of many digits")
            << "hello --set training.learning_rate=0.1234567890123456789";
    }
    void showGivesAnExperimentThatReadsBack()
    {
        QFETCH(QString, arguments);
        const Result first = run(QStringList{"show"} + arguments.split(' '));
        QCOMPARE(first.status, 0);
        const QJsonObject file = QJsonDocument::fromJson(first.output).object();
        for (const char* field : {"unrolled", "task", "model", "training", "seed", "interventions"})
            QVERIFY2(file.contains(QLatin1String(field)), field);
        for (const char* field : {"cell", "hidden", "activation", "gru_reset", "readout_bias", "init",
                                  "init_scale", "forget_bias"})
            QVERIFY2(file["model"].toObject().contains(QLatin1String(field)), field);
        for (const char* field : {"optimizer", "learning_rate", "momentum", "clip_norm", "batch", "loss",
                                  "truncate", "iterations", "teacher_forcing"})
            QVERIFY2(file["training"].toObject().contains(QLatin1String(field)), field);
        write("e.json", first.output);
        const Result second = run("show e.json");
        QCOMPARE(second.status, 0);
        QCOMPARE(second.output, first.output);
    }

    void trainWritesMetricsWeightsAndTheExperiment()
    {
        const Result result =
            run("train hello --iterations 20 --metrics m.csv --weights w.safetensors --save e.json");
        QCOMPARE(result.errors, QByteArray());
        QCOMPARE(result.status, 0);
        QVERIFY(result.output.isEmpty());
        QCOMPARE(files(), (QStringList{"e.json", "m.csv", "w.safetensors"}));
        const auto rows = lines(content("m.csv"));
        QCOMPARE(rows[0], QByteArray("iteration,loss,accuracy,grad_norm,clipped"));
        QCOMPARE(rows.size(), 21);
        for (int n = 0; n < 20; ++n) {
            const auto fields = rows[n + 1].split(',');
            QCOMPARE(fields.size(), 5);
            QCOMPARE(fields[0].toInt(), n);
            QCOMPARE(fields[4], QByteArray("0"));
        }
        QCOMPARE(QJsonDocument::fromJson(content("e.json"))["training"]["iterations"].toInt(), 20);

        // The weights are those after the 20 updates: the run goes on from them with the loss of
        // iteration 20.
        QCOMPARE(run("train hello --set weights=w.safetensors --iterations 1 --metrics n.csv").status, 0);
        QCOMPARE(run("table loss hello --iteration 20 --out l.csv").status, 0);
        QCOMPARE(lines(content("n.csv"))[1].split(',')[1], lines(content("l.csv"))[21].split(',')[1]);
    }

    void trainTakesTheExperimentsOwnNumberOfUpdates()
    {
        QCOMPARE(run("train hello --set training.iterations=7 --metrics m.csv").status, 0);
        QCOMPARE(lines(content("m.csv")).size(), 8);
        QCOMPARE(run("train hello --iterations 0 --metrics m.csv").status, 0);
        QCOMPARE(content("m.csv"), QByteArray("iteration,loss,accuracy,grad_norm,clipped\n"));
    }

    void equalCallsGiveEqualBytes()
    {
        const char* call =
            "train adding --set task.length=8 --set model.cell=lstm --iterations 30 --metrics ";
        QCOMPARE(run((QByteArray(call) + "a.csv --weights a").constData()).status, 0);
        QCOMPARE(run((QByteArray(call) + "b.csv --weights b").constData()).status, 0);
        QCOMPARE(run((QByteArray(call) + "c.csv --weights c --seed 2").constData()).status, 0);
        QCOMPARE(content("a.csv"), content("b.csv"));
        QCOMPARE(content("a"), content("b"));
        QVERIFY(content("a") != content("c"));
    }

    void threadsChangeNoByte()
    {
        const QByteArray call =
            "train copy --set task.lag=4 --set task.symbols=3 --set training.batch=50 --iterations 5";
        for (const char* threads : {"1", "2", "3"})
            QCOMPARE(run((call + " --weights w" + threads + " --threads " + threads).constData()).status, 0);
        QCOMPARE(run((call + " --weights w").constData()).status, 0);
        for (const char* file : {"w1", "w2", "w3"})
            QCOMPARE(content(file), content("w"));
    }

    void clippedIterationsAreMarked()
    {
        QCOMPARE(run("train hello --set training.clip_norm=0.001 --iterations 2 --metrics m.csv").status, 0);
        QVERIFY(lines(content("m.csv"))[1].endsWith(",1"));
    }

    void traceShowsTheStateBeforeTheUpdate()
    {
        const Result first = run("trace hello");
        QCOMPARE(first.status, 0);
        const QJsonObject trace = QJsonDocument::fromJson(first.output).object();
        QCOMPARE(trace["unrolled_trace"].toInt(), 1);
        QCOMPARE(trace["iteration"].toInt(), 0);
        QCOMPARE(trace["plan"].toArray().size(), 4);
        QCOMPARE(trace["layers"].toArray()[0].toObject()["steps"].toArray().size(), 4);
        QCOMPARE(trace["outputs"].toArray().size(), 4);
        const QJsonObject step = trace["layers"].toArray()[0].toObject()["steps"].toArray()[1].toObject();
        QCOMPARE(step["t"].toInt(), 2);
        QCOMPARE(step["x"].toArray(), (QJsonArray{0, 1, 0, 0}));
        QCOMPARE(step["h"].toArray().size(), 3);
        QCOMPARE(step["grad"].toObject()["h"].toArray().size(), 3);
        QCOMPARE(trace["parameters"].toObject()["rnn.weight_ih_l0"].toArray().size(), 3);
        QCOMPARE(trace["gradients"].toObject()["out.bias"].toArray().size(), 4);

        QCOMPARE(run("trace hello --iteration 5 --out t.json").status, 0);
        QCOMPARE(run("train hello --iterations 6 --metrics m.csv").status, 0);
        const double loss = QJsonDocument::fromJson(content("t.json"))["loss"].toDouble();
        QCOMPARE(loss, lines(content("m.csv"))[6].split(',')[1].toDouble());
    }

    void traceFollowsTheNamedSequence()
    {
        const char* call = "trace adding --set task.length=5 --sequence ";
        const Result third = run((QByteArray(call) + "3").constData());
        QCOMPARE(third.status, 0);
        QCOMPARE(QJsonDocument::fromJson(third.output)["sequence"].toInt(), 3);
        QVERIFY(third.output != run((QByteArray(call) + "4").constData()).output);
    }

    void tablesHaveTheirColumns_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("rows");
        QTest::newRow("decay") << "decay" << QByteArray("layer,t,lag,grad_h,log10_grad_h,grad_c,log10_grad_c")
                               << 4;
        QTest::newRow("itemised") << "itemised" << QByteArray("layer,s,t,grad_h,log10_grad_h") << 10;
        QTest::newRow("fit") << "fit" << QByteArray("layer,quantity,s,slope,half_life,r_squared,horizon")
                             << 2;
        QTest::newRow("jacobian") << "jacobian"
                                  << QByteArray("layer,t,lag,sigma_max,log10_sigma_max,sigma_min,"
                                                "log10_sigma_min,bound,log10_bound,cell_max,log10_cell_max,"
                                                "cell_min,log10_cell_min,held_max,log10_held_max,held_min,"
                                                "log10_held_min")
                                  << 4;
        QTest::newRow("spectrum") << "spectrum" << QByteArray("layer,t,lag,of,index,sigma,log10_sigma") << 36;
        QTest::newRow("reach") << "reach"
                               << QByteArray("layer,s,t,lag,grad_h,log10_grad_h,grad_c,log10_grad_c,hops,"
                                             "log10_hops,bound,log10_bound")
                               << 4;
        QTest::newRow("hops") << "hops"
                              << QByteArray("layer,t,hop,saturation,recurrence,saturation_factor,"
                                            "recurrence_factor,carry_factor,paths_factor,entering_factor")
                              << 3;
        QTest::newRow("ellipse") << "ellipse"
                                 << QByteArray("layer,state,s,t,sigma_1,log10_sigma_1,sigma_2,log10_sigma_2,"
                                               "angle,from,mirrored,tilt")
                                 << 8;
        QTest::newRow("outputs") << "outputs" << QByteArray("t,output,symbol,y,probability,target,grad_y")
                                 << 16;
        QTest::newRow("eigenvalues") << "eigenvalues"
                                     << QByteArray("layer,parameter,gate,index,re,im,modulus") << 12;
        QTest::newRow("lyapunov") << "lyapunov" << QByteArray("layer,index,exponent") << 6;
        QTest::newRow("contribution")
            << "contribution" << QByteArray("layer,t,parameter,norm,log10_norm") << 20;
        QTest::newRow("saturation") << "saturation" << QByteArray("layer,gate,unit,left,right") << 9;
        QTest::newRow("update") << "update" << QByteArray("layer,t,parameter,norm,log10_norm,zero,lost,kept")
                                << 20;
        QTest::newRow("singular") << "singular"
                                  << QByteArray("iteration,layer,parameter,gate,k,sigma,log10_sigma") << 48;
        QTest::newRow("hidden") << "hidden" << QByteArray("layer,t,unit,h,c,grad_h,grad_c") << 12;
        QTest::newRow("weights") << "weights" << QByteArray("parameter,row,column,value,gradient,update")
                                 << 112;
        QTest::newRow("gates") << "gates" << QByteArray("layer,t,gate,unit,value,gradient") << 48;
        QTest::newRow("loss") << "loss" << QByteArray("iteration,loss,accuracy,grad_norm,log10_grad_norm")
                              << 4;
        QTest::newRow("comparison")
            << "comparison"
            << QByteArray("cell,units,parameters,multiply_adds,loss,accuracy,right_since,solved_from") << 1;
        QTest::newRow("summary")
            << "summary"
            << QByteArray("layer,type,output_shape,parameters,keras_parameters,pytorch_parameters") << 3;
    }
    void tablesHaveTheirColumns()
    {
        QFETCH(QString, kind);
        QFETCH(QByteArray, header);
        QFETCH(int, rows);
        const QStringList call{"table", kind, "hello", "--iteration", "3", "--set", "model.cell=lstm"};
        const Result plain = run(call);
        QCOMPARE(plain.status, 0);
        QCOMPARE(lines(plain.output)[0], header);
        QCOMPARE(lines(plain.output).size(), rows + 1);
        QCOMPARE(run(call + QStringList{"--out", "t.csv"}).output, QByteArray());
        QCOMPARE(content("t.csv"), plain.output);

        const Result lanes = run(call + QStringList{"--compare", "lstm,lstm"});
        QCOMPARE(lanes.status, 2);
        const Result both = run(call + QStringList{"--compare", "lstm,gru"});
        QCOMPARE(both.status, 0);
        QCOMPARE(lines(both.output)[0], "lane," + header);
        QCOMPARE(lines(both.output)[1], "lstm," + lines(plain.output)[1]);
        QVERIFY(lines(both.output).last().startsWith("gru,"));
    }

    void numbersHaveAllTheirDigits()
    {
        const auto row = lines(run("table loss hello").output)[1].split(',');
        const QByteArray loss = row[1];
        QCOMPARE(QByteArray::number(loss.toDouble(), 'g', 17).toDouble(), loss.toDouble());
        QVERIFY2(loss.size() >= 16, loss);
        QVERIFY(std::abs(std::log10(row[3].toDouble()) - row[4].toDouble()) < 1e-14);
    }

    void decayOfATaskOfLengthHasALagForEveryStep()
    {
        const auto rows = lines(run("table decay adding --set task.length=100").output);
        QCOMPARE(rows.size(), 101);
        QVERIFY(rows[1].startsWith("1,1,99,"));
        QVERIFY(rows[100].startsWith("1,100,0,"));
    }

    void helloIsLearnedByEveryCell_data()
    {
        QTest::addColumn<QString>("cell");
        for (const char* cell : {"rnn", "gru", "lstm"})
            QTest::newRow(cell) << cell;
    }
    void helloIsLearnedByEveryCell()
    {
        QFETCH(QString, cell);
        const Result result = run({"sample", "hello", "--set", "model.cell=" + cell, "--prompt", "h",
                                   "--length", "4", "--temperature", "0"});
        QCOMPARE(result.status, 0);
        QCOMPARE(result.output, QByteArray("ello\n"));
    }

    void sampleDependsOnSeedAndTemperature()
    {
        const char* call = "sample hello --iteration 0 --temperature 1.5 --length 60";
        const Result first = run(call);
        QCOMPARE(first.status, 0);
        QCOMPARE(first.output.size(), 61);
        QCOMPARE(run(call).output, first.output);
        QCOMPARE(run("sample hello --length 0").output, QByteArray("\n"));
    }

    void koreanTextIsReadAndContinued()
    {
        write("t.txt", "가나다라 가나다라 가나다라 가나다라 가나다라 가나다라\n");
        const QStringList text{"--set", "task.id=text",     "--set", "task.file=t.txt",
                               "--set", "task.length=5",    "--set", "model.cell=lstm",
                               "--set", "model.hidden=[12]"};
        const Result result = run(
            QStringList{"sample", "hello", "--iteration", "600", "--prompt", "가나", "--length", "3"} + text);
        QCOMPARE(result.errors, QByteArray());
        QCOMPARE(QString::fromUtf8(result.output), QString("다라 \n"));
        QCOMPARE(run(QStringList{"check", "hello"} + text).status, 0);
    }

    void checkTellsTheLargestErrorOfEveryBlock()
    {
        const Result result = run("check hello --set model.cell=gru --iteration 2");
        QCOMPARE(result.status, 0);
        const auto rows = lines(result.output);
        QVERIFY(rows[0].startsWith("parameter,entries,largest_relative_error"));
        QCOMPARE(rows.size(), 7);
        for (int i = 1; i < rows.size(); ++i)
            QVERIFY(rows[i].split(',')[2].toDouble() < 1e-6);
    }

    void aRunThatDivergesSaysWhereAndKeepsItsMetrics()
    {
        const Result result = run("train hello --set model.activation=identity --set training.optimizer=sgd "
                                  "--set training.learning_rate=100 "
                                  "--metrics m.csv --weights w --save s.json");
        QCOMPARE(result.status, 1);
        QCOMPARE(result.errors.count('\n'), 1);
        QVERIFY2(QRegularExpression("^unrolled: hello: the run diverged at iteration \\d+: .+ at t = \\d+ "
                                    ".*training\\.learning_rate.*helps\n$")
                     .match(result.errors)
                     .hasMatch(),
                 result.errors);
        QCOMPARE(files(), QStringList{"m.csv"});
        const auto rows = lines(content("m.csv"));
        QVERIFY(rows.size() > 2);
        QVERIFY(rows.last().contains("nan") || rows.last().contains("inf"));
        const QString last = QString::number(rows.size() - 2);
        QVERIFY(result.errors.contains(("iteration " + last + ":").toUtf8()));

        // So do tables and plots, of that iteration and of those that would come behind it.
        for (const char* call :
             {"table decay", "table itemised", "table hops", "table hidden", "table update", "table loss",
              "plot decay", "plot reach", "plot unrolled", "plot report"}) {
            const bool plot = QByteArray(call).startsWith("plot");
            for (const QString& iteration : {last, QString("50")}) {
                const Result of =
                    run(QString(call).split(' ') + QStringList{"hello", "--set", "model.activation=identity",
                                                               "--set", "training.optimizer=sgd", "--set",
                                                               "training.learning_rate=100", "--iteration",
                                                               iteration, "--out", plot ? "p.pdf" : "t.csv"});
                QVERIFY2(of.status == 1 && of.errors == result.errors,
                         (QByteArray(call) + ": " + of.errors).constData());
                QCOMPARE(files(), QStringList{"m.csv"});
            }
        }
    }

    void theWindowNeedsADisplay()
    {
        const Result result = run("hello");
        QCOMPARE(result.status, 1);
        QCOMPARE(result.errors.count('\n'), 1);
        QVERIFY(result.errors.contains("DISPLAY"));
    }

    void interruptingLeavesNoHalfFile()
    {
        write("m.csv", "as it was");
        QProcess process;
        prepare(process);
        process.start(UNROLLED_EXECUTABLE, {"train", "adding", "--iterations", "100000000", "--metrics",
                                            "m.csv", "--weights", "w.safetensors"});
        QVERIFY(process.waitForStarted());
        QTest::qWait(300);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(20000));
        QVERIFY(process.exitStatus() == QProcess::CrashExit || process.exitCode() != 0);
        QCOMPARE(files(), QStringList{"m.csv"});
        QCOMPARE(content("m.csv"), QByteArray("as it was"));
    }

    void filesOfAnExperimentAreFoundFromAnywhere()
    {
        QVERIFY(QDir(m_directory->path()).mkdir("lab"));
        write("lab/t.txt", "hello hello hello hello");
        write("lab/e.json", R"({"unrolled": 1, "task": {"id": "text", "file": "t.txt", "length": 4}})");
        write("t.txt", "other words, other letters");
        QCOMPARE(run("table summary lab/e.json").status, 0);
        const Result own = run("trace lab/e.json");
        const Result other = run("trace lab/e.json --set task.file=t.txt");
        QCOMPARE(own.status, 0);
        QCOMPARE(other.status, 0);
        QCOMPARE(QJsonDocument::fromJson(own.output)["vocabulary"].toArray().size(), 5);
        QVERIFY(QJsonDocument::fromJson(other.output)["vocabulary"].toArray().size() > 5);
        QCOMPARE(run("train lab/e.json --iterations 3 --save e.json").status, 0);
        QCOMPARE(run("trace e.json").output, own.output);
    }
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
