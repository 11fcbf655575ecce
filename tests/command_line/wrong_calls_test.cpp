#include "tests/command_line/command_line.h"

/// Whatever is wrong with a call is told in one line, and nothing is written.
class WrongCallsTest : public CommandLine
{
    Q_OBJECT
private slots:
    void wrongCallsAreToldInOneLine_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* arguments, const char* message) {
            QTest::newRow(arguments) << QString(arguments) << QString(message);
        };
        row("frob",
            "\"frob\": found no built-in experiment and no file of that name, expected one of hello, adding");
        row("show frob", "\"frob\": found no built-in experiment");
        row("show", "show: found no EXPERIMENT, expected a built-in experiment");
        row("show hello adding", "show: found one argument too many, \"adding\", expected one experiment");
        row("plto decay hello",
            "unrolled: found no command \"plto\", expected list, show, train, trace, table, "
            "plot, sample or check; or an experiment alone, for the window");
        row("list hello", "list: found one argument too many, \"hello\", expected no argument");
        row("list --seed 3", "list: found the option --seed, expected no option");
        row("--frob",
            "the window: found an unknown option \"--frob\", expected one of --compare, --set, --seed");
        row("hello --iteration 3",
            "the window: found the option --iteration, expected one of --compare, --set, --seed");
        row("train hello --out x", "train: found the option --out, expected one of --iterations, --metrics");
        row("train hello --iterations", "--iterations: found nothing, expected a value");
        row("train hello --iterations -1", "--iterations: found \"-1\", expected a whole number from 0");
        row("train hello --iterations=ten", "--iterations: found \"ten\", expected a whole number from 0");
        row("train hello --iterations 1 --iterations 2", "--iterations: found it twice, expected it once");
        row("trace hello --iteration 1.5", "--iteration: found \"1.5\", expected a whole number from 0");
        row("trace hello --iteration 99999999999999999999",
            "--iteration: found \"99999999999999999999\", expected");
        row("trace hello --sequence 1", "--sequence: found 1, expected 0, as a batch has one sequence");
        row("trace adding --sequence 20",
            "--sequence: found 20, expected 0 to 19, as a batch has 20 sequences");
        row("train hello --threads 0", "--threads: found \"0\", expected a whole number from 1 to 1024");
        row("hello --threads 2",
            "the window: found the option --threads, expected one of --compare, --set, --seed");
        row("trace hello --compare rnn,gru", "trace: found the option --compare, expected");
        row("sample hello --compare rnn,gru", "sample: found the option --compare, expected");
        row("show hello --compare rnn,gru", "show: found the option --compare, expected");
        row("trace hello --out none/t.json", "none/t.json: found no directory");
        row("trace hello --out .", ".: found a directory, expected the name of a file to write");
        row("table frob hello", "KIND: found \"frob\", expected one of decay, fit, itemised, jacobian, "
                                "spectrum, reach, hops, ellipse, lyapunov, contribution, "
                                "gates, saturation, hidden, outputs, weights, eigenvalues, update, "
                                "singular, loss, comparison, summary");
        row("table", "table: found no KIND, expected one of decay");
        row("table decay", "table: found no EXPERIMENT");
        row("table decay hello --compare rnn,cnn",
            "--compare: found \"rnn,cnn\", expected up to three different ones");
        row("plot frob hello --out p.svg", "KIND: found \"frob\", expected one of decay");
        row("plot decay hello",
            "--out: found nothing, expected the name of a file that ends in .svg, .pdf, .png or .gif");
        row("plot decay hello --out p.bmp",
            "--out: found \"p.bmp\", expected a file that ends in .svg, .pdf, .png or .gif");
        const char* pattern = "expected a file that ends in .gif, or PNG frames with one number in the "
                              "file's name, such as frames/%04d.png";
        for (const char* wrong :
             {"%s.png", "%04d-%d.png", "%d.jpg", "100%.png", "%012d.png", "%d/f.png", "%04d.gif"}) {
            const QString call = QStringLiteral("plot unrolled hello --out ") + wrong;
            const QString message = QStringLiteral("--out: found \"%1\", %2").arg(wrong, pattern);
            row(qPrintable(call), qPrintable(message));
        }
        row("plot unrolled hello --out none/%04d.png", "none/0000.png: found no directory");
        row("plot loss hello --out p.gif",
            "KIND: found \"loss\", which is the same at every step, expected "
            "one of decay, hidden, gates, weights, comparison, unrolled, cell, or a training");
        row("plot report hello --out r.svg",
            "--out: found \"r.svg\", expected a report's file, which ends in .pdf");
        row("hello-vanish --set model.cell=lstm", // the window
            "hello-vanish: weights: tensor \"rnn.bias_hh_l0\": found shape [3], expected [12] for this "
            "model");
        row("plot report hello --size 900x500 --out r.pdf",
            "--size: found it for a report, expected nothing");
        row("plot report hello --to 3 --out r.pdf", "--out: found \"r.pdf\" together with --to");
        row("plot summary hello --to 3 --out p.gif",
            "KIND: found \"summary\", which no training changes, expected another kind of plot");
        row("plot decay hello --to 3 --out p.svg",
            "--out: found \"p.svg\" together with --to, expected a file that ends in .gif, or PNG frames");
        row("plot decay hello --fps 3 --out p.png", "--out: found \"p.png\" together with --fps");
        row("plot decay hello --from 3 --out p.gif",
            "--to: found nothing, expected the last iteration of the animation");
        row("plot decay hello --from 3 --to 2 --out p.gif",
            "--to: found 2, expected an iteration from 3 on, where --from is");
        row("plot decay hello --to 99999 --out p.gif",
            "--from and --to: found 100000 frames, expected at most 10000; --every 11 takes fewer");
        row("plot decay hello --to 2 --every 0 --out p.gif",
            "--every: found \"0\", expected a whole number from 1");
        row("plot decay hello --to 2 --iteration 1 --out p.gif", "--iteration: found it together with --to");
        row("plot decay hello --to 2 --by step --out p.gif", "--by: found it together with --to");
        row("plot decay hello --by part --out p.gif", "--by: found \"part\", expected step or operation");
        row("plot decay hello --by operation --compare rnn,gru --out p.gif",
            "--by: found \"operation\" with several cells, whose operations differ, expected step");
        row("plot decay hello --fps 0 --out p.gif",
            "--fps: found \"0\", expected a number of frames a second from 0.1 to 50");
        row("plot decay hello --size 10 --out p.svg", "--size: found \"10\", expected WIDTHxHEIGHT");
        row("plot decay hello --size 0x5 --out p.svg", "--size: found \"0x5\", expected WIDTHxHEIGHT");
        row("train hello --weights same --save same",
            "--weights: found \"same\", expected another file than that of --save");
        row("sample adding", "adding: task.id: found \"adding\", expected a task of characters");
        row("sample hello --prompt hex",
            "--prompt: character 3: found \"x\", expected a character of the vocabulary");
        row("sample hello --prompt=", "--prompt: found nothing, expected at least one character");
        row("sample hello --temperature -1", "--temperature: found \"-1\", expected a number, 0 or more");
        row("sample hello --temperature nan", "--temperature: found \"nan\", expected a number, 0 or more");
        for (const char* prompt : {"123+5", "12+", "+", "12", "1+2+3"}) {
            const QString call = QStringLiteral("sample addition --iteration 0 --prompt ") + prompt;
            const QString message =
                QStringLiteral("--prompt: found \"%1\", expected two numbers of 1 to 2 digits (task.digits), "
                               "such as 12+7")
                    .arg(prompt);
            row(qPrintable(call), qPrintable(message));
        }
        row("sample addition --iteration 0 --prompt 12+7 --set task.digits=1",
            "--prompt: found \"12+7\", expected two numbers of one digit (task.digits), such as 7+5");
        row("show hello --seed -1",
            "--seed: found \"-1\", expected a whole number from 0 to 18446744073709551615");
        row("show hello --set model.cell", "--set \"model.cell\": found no \"=\", expected PATH=VALUE");
        row("show hello --set model.cell=cnn",
            "--set model.cell=cnn: model.cell: found \"cnn\", expected one of rnn, gru, lstm");
        row("show hello --set training.learning_rate=1e400",
            "--set training.learning_rate=1e400: training.learning_rate: found 1e400, expected a number that "
            "double precision can hold, up to 1.8e308 in size");
        row("show hello --set training={\"clip_norm\":5,\"learning_rate\":-1e400}",
            "--set training={\"clip_norm\":5,\"learning_rate\":-1e400}: training.learning_rate: found "
            "-1e400, "
            "expected a number that double precision can hold");
        row("show huge.json", "huge.json: training.learning_rate: found 1e400, expected a number that double "
                              "precision can hold");
        row("hello --set model.cell=cnn",
            "--set model.cell=cnn: model.cell: found \"cnn\", expected one of rnn, gru, lstm");
        row("hello --set task.id=text --set task.file=none.txt", "none.txt: found no such file");
        row("train hello --set weights=none", "none: found no such file, expected a file that can be read");
        row("train hello --compare rnn,gru --weights w", "--weights: found it together with --compare");
        row("train hello --metrics none/m.csv", "none/m.csv: found no directory");
        row("table decay zero.json --iteration 3",
            "zero.json: interventions.1.scale: found a spectral radius of 0 of rnn.weight_hh_l0 at iteration "
            "2, "
            "expected a matrix with another one, as 0 cannot be scaled");
        row("show broken.json", "broken.json: line 2, column 4: found invalid literal");
        row("show unknown.json",
            "unknown.json: model.cel: found an unknown field, expected one of cell, hidden");
        row("train hello --set weights=short", "short: found 5 bytes, expected a safetensors file");
        row("train weights.json", "weights.json: short: found 5 bytes, expected a safetensors file");
        row("train text.json", "text.json: none.txt: found no such file, expected a file that can be read");
        row("show five.json",
            "five.json: weights: found 5, expected the name of a file of tensors, or an object of tensors");
        row("table gates hello --set model.cell=gru --loss 2",
            "--loss: found it for gates, expected it for one of decay, fit, reach, hops, ellipse, update");
        row("table reach adding --set task.length=12 --loss 5 --iteration 1000000000",
            "--loss: found 5, expected a step with a loss, 12");
        row("table update hello --loss 0", "--loss: found \"0\", expected a whole number from 1 to 1000000");
        for (const char* call : {"table gates hello", "table saturation hello --compare rnn",
                                 "plot gates hello --out g.svg", "plot gates hello --out g.gif"})
            row(call, "model.cell: found \"rnn\", which has no gates, expected gru or lstm");
    }
    void wrongCallsAreToldInOneLine()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, message);
        write("broken.json", "{\"unrolled\": 1,\n  task}");
        write("unknown.json", R"({"unrolled": 1, "task": {"id": "hello"}, "model": {"cel": "rnn"}})");
        write("huge.json",
              R"({"unrolled": 1, "task": {"id": "hello"}, "training": {"learning_rate": 1e400}})");
        write("zero.json",
              R"({"unrolled": 1, "task": {"id": "hello"}, "model": {"hidden": [1]}, "interventions": [
            {"iteration": 2, "set": "rnn.weight_hh_l0", "row": 1, "column": 1, "value": 0},
            {"iteration": 2, "scale": "rnn.weight_hh_l0", "spectral_radius": 0.9}]})");
        write("short", "12345");
        write("weights.json", R"({"unrolled": 1, "task": {"id": "hello"}, "weights": "short"})");
        write("five.json", R"({"unrolled": 1, "task": {"id": "hello"}, "weights": 5})");
        write("text.json", R"({"unrolled": 1, "task": {"id": "text", "file": "none.txt"}})");
        const QStringList before = files();
        const Result result = run(arguments.split(' '));
        QCOMPARE(result.status, 2);
        QVERIFY(result.output.isEmpty());
        QCOMPARE(result.errors.count('\n'), 1);
        QVERIFY2(result.errors.startsWith("unrolled: " + message.toUtf8()), result.errors);
        QCOMPARE(files(), before);
    }
};

QTEST_GUILESS_MAIN(WrongCallsTest)
#include "wrong_calls_test.moc"
