#include "core/files/atomic_file.h"
#include "core/tasks/csv.h"
#include "core/tasks/task.h"
#include "core/tasks/utf8.h"
#include "core/training/experiment.h"
#include "thrown.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

using namespace unrolled;

class TasksTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;

    Experiment textOf(const std::string& content, int length, const std::string& vocabulary = {})
    {
        Experiment experiment;
        experiment.directory = m_directory.path().toStdString();
        experiment.task.id = "text";
        experiment.task.file = "data";
        experiment.task.length = length;
        experiment.task.vocabulary = vocabulary;
        writeFile(experiment.directory / "data", content);
        return experiment;
    }

    Experiment seriesOf(const std::string& content, int length, Counted counted = Counted::All)
    {
        Experiment experiment = textOf(content, length);
        experiment.task.id = "series";
        experiment.task.inputs = {"a", "b"};
        experiment.task.targets = {"y"};
        experiment.task.counted = counted;
        return experiment;
    }

    static QString words(const Task& task, const std::vector<int>& classes)
    {
        QString text;
        for (const int each : classes)
            text += QString::fromStdString((*task.vocabulary())[static_cast<std::size_t>(each)]);
        return text;
    }

    /// The file's name is left out of messages: it is another one in every run.
    QString errorOf(const Experiment& experiment)
    {
        QString message = thrown([&] { makeTask(experiment); });
        return message.replace(m_directory.path() + "/", "");
    }

private slots:
    void helloReadsHellAndAnswersEllo()
    {
        const auto task = makeTask(Experiment());
        Batch batch;
        task->fill(batch, 2, 17);
        QCOMPARE(batch.steps, 4);
        QCOMPARE(words(*task, batch.inputClasses), QString("hheellll"));
        QCOMPARE(words(*task, batch.targetClasses), QString("eelllloo"));
        QCOMPARE(task->plan().size(), std::size_t(4));
    }

    void addingMarksOneStepOfEachHalf_data()
    {
        QTest::addColumn<int>("length");
        for (const int length : {2, 3, 10, 61})
            QTest::addRow("%d steps", length) << length;
    }
    void addingMarksOneStepOfEachHalf()
    {
        QFETCH(int, length);
        Experiment experiment;
        experiment.task.id = "adding";
        experiment.task.length = length;
        const auto task = makeTask(experiment);
        QVERIFY(!task->plan().front().counted || length == 1);
        QVERIFY(task->plan().back().counted);
        Batch batch;
        for (int iteration = 0; iteration < 50; ++iteration) {
            task->fill(batch, 3, iteration);
            for (int b = 0; b < 3; ++b) {
                double sum = 0;
                int marks[2] = {0, 0};
                for (int t = 0; t < length; ++t) {
                    const double u = batch.inputs(0, t * 3 + b);
                    const double mark = batch.inputs(1, t * 3 + b);
                    QVERIFY(u >= 0 && u < 1);
                    QVERIFY(mark == 0 || mark == 1);
                    marks[t < length / 2 ? 0 : 1] += static_cast<int>(mark);
                    sum += u * mark;
                }
                QCOMPARE(marks[0], 1);
                QCOMPARE(marks[1], 1);
                QCOMPARE(batch.targets(0, (length - 1) * 3 + b), sum);
            }
        }
    }

    void addingAnswersOfOneAreASixthWrong()
    {
        Experiment experiment;
        experiment.task.id = "adding";
        experiment.task.length = 10;
        const auto task = makeTask(experiment);
        Batch batch;
        double error = 0;
        for (int iteration = 0; iteration < 1000; ++iteration) {
            task->fill(batch, 20, iteration);
            for (int b = 0; b < 20; ++b)
                error += std::pow(batch.targets(0, 9 * 20 + b) - 1, 2) / 20000;
        }
        QVERIFY2(std::abs(error - 1.0 / 6) < 0.005, qPrintable(QString::number(error)));
    }

    void aBatchFollowsFromSeedAndIteration()
    {
        Experiment experiment;
        experiment.task.id = "adding";
        Batch a, b;
        makeTask(experiment)->fill(a, 4, 12345);
        const auto task = makeTask(experiment);
        task->fill(b, 4, 7);
        QVERIFY(a.inputs != b.inputs);
        task->fill(b, 4, 12345);
        QVERIFY(a.inputs == b.inputs);
        experiment.seed = 2;
        makeTask(experiment)->fill(b, 4, 12345);
        QVERIFY(a.inputs != b.inputs);
    }

    void textGivesChunkAfterChunkAndStartsAgain()
    {
        const auto task = makeTask(textOf("abcdefghijk", 3)); // 3 chunks; the k is only a target
        Batch batch;
        const auto sequences = [&](int size, int iteration) {
            task->fill(batch, size, iteration);
            QString text;
            for (int b = 0; b < size; ++b) {
                for (int t = 0; t < 3; ++t)
                    text += QString::fromStdString((*task->vocabulary())[static_cast<std::size_t>(
                        batch.inputClasses[static_cast<std::size_t>(t * size + b)])]);
                text += QString::fromStdString((*task->vocabulary())[static_cast<std::size_t>(
                            batch.targetClasses[static_cast<std::size_t>(2 * size + b)])]) +
                        ' ';
            }
            return text;
        };
        QCOMPARE(sequences(1, 0), QString("abcd "));
        QCOMPARE(sequences(1, 1), QString("defg "));
        QCOMPARE(sequences(1, 2), QString("ghij "));
        QCOMPARE(sequences(1, 3), QString("abcd "));
        QCOMPARE(sequences(2, 0), QString("abcd defg "));
        QCOMPARE(sequences(2, 1), QString("ghij abcd "));
        QCOMPARE(sequences(5, 0), QString("abcd defg ghij abcd defg "));
    }

    void theLastChunkNeedsATargetForItsLastCharacter()
    {
        Batch batch;
        const auto two = makeTask(textOf("abcdefg", 3));
        two->fill(batch, 1, 1);
        QCOMPARE(words(*two, batch.inputClasses), QString("def"));
        const auto one = makeTask(textOf("abcdef", 3));
        one->fill(batch, 1, 1);
        QCOMPARE(words(*one, batch.inputClasses), QString("abc"));
    }

    void theVocabularyIsInCodePointOrder()
    {
        const auto task = makeTask(textOf("안녕, 세상 a😀é안\n", 3));
        const std::vector<std::string> expected{"\n", " ", ",", "a", "é", "녕", "상", "세", "안", "😀"};
        QCOMPARE(*task->vocabulary(), expected);
        Batch batch;
        task->fill(batch, 1, 0);
        QCOMPARE(words(*task, batch.inputClasses), QString("안녕,"));
        QCOMPARE(words(*task, batch.targetClasses), QString("녕, "));
    }

    void aGivenVocabularyKeepsItsOrder()
    {
        const auto task = makeTask(textOf("hello", 4, "helo"));
        Batch batch;
        task->fill(batch, 1, 0);
        QCOMPARE(batch.inputClasses, (std::vector<int>{0, 1, 2, 2}));
        QCOMPARE(batch.targetClasses, (std::vector<int>{1, 2, 2, 3}));
    }

    void windowsLineEndsAndAByteOrderMarkAreNoCharacters()
    {
        const auto task = makeTask(textOf("\xEF\xBB\xBF"
                                          "a\r\nb\rc\r\n",
                                          2));
        QCOMPARE(*task->vocabulary(), (std::vector<std::string>{"\n", "\r", "a", "b", "c"}));
    }

    void wrongTextsAreExplained()
    {
        QCOMPARE(
            errorOf(textOf("", 3)),
            QString("data: found an empty file, expected a text of at least 4 characters (task.length + 1)"));
        QCOMPARE(errorOf(textOf("abc", 3)),
                 QString("data: found 3 characters, expected at least 4 (task.length + 1)"));
        QCOMPARE(errorOf(textOf("hello\nwörld", 3, "helo\nw")),
                 QString("data: line 2, column 2: found \"ö\", expected a character of task.vocabulary"));
        QCOMPARE(errorOf(textOf("hello", 3, "heloh")),
                 QString("task.vocabulary: found \"h\" twice, expected each character once"));
        QCOMPARE(errorOf(textOf("ab\n안\xFFz", 3)),
                 QString("data: line 2, column 2: found the byte 0xFF, expected text in UTF-8"));
        Experiment experiment = textOf("abc", 3);
        experiment.task.file = "none";
        QCOMPARE(errorOf(experiment), QString("none: found no such file, expected a file that can be read"));
        experiment.task.file = ".";
        QVERIFY(errorOf(experiment).endsWith("found a directory, expected a file that can be read"));
    }

    void seriesTakesRowsInOrder()
    {
        const auto task = makeTask(seriesOf("t,a,y,b\nx,1,2,3\ny,4,5,6\nz,7,8,9\nw,10,11,12\nv,0,0,0\n", 2));
        QCOMPARE(task->inputSize(), 2);
        QCOMPARE(task->outputSize(), 1);
        QVERIFY(task->plan()[0].counted);
        Batch batch;
        task->fill(batch, 3, 0); // sequences 0, 1, 0: the fifth row is a rest
        QVERIFY(batch.inputs.row(0) == (Eigen::RowVectorXd(6) << 1, 7, 1, 4, 10, 4).finished());
        QVERIFY(batch.inputs.row(1) == (Eigen::RowVectorXd(6) << 3, 9, 3, 6, 12, 6).finished());
        QVERIFY(batch.targets == (Eigen::RowVectorXd(6) << 2, 8, 2, 5, 11, 5).finished());
        task->fill(batch, 3, 1);
        QCOMPARE(batch.inputs(0, 0), 7.0);
    }

    void seriesCanCountTheLastStepOnly()
    {
        const auto task = makeTask(seriesOf("a,b,y\n1,2,3\n4,5,6\n", 2, Counted::Last));
        QVERIFY(!task->plan()[0].counted);
        QVERIFY(task->plan()[1].counted);
    }

    void seriesReadsWhatSpreadsheetsWrite()
    {
        const auto task = makeTask(seriesOf("\xEF\xBB\xBF\"a\",\" b\",\"y\",\"a, \"\"b\"\"\nc\"\r\n 1 "
                                            ",+2.5,\"-3e2\",\"two\nlines\"\r\n\r\n.5,6.,7,\r\n",
                                            2));
        Batch batch;
        task->fill(batch, 1, 0);
        QVERIFY(batch.inputs == (Eigen::MatrixXd(2, 2) << 1, 0.5, 2.5, 6).finished());
        QVERIFY(batch.targets == (Eigen::RowVectorXd(2) << -300, 7).finished());
    }

    void wrongSeriesAreExplained()
    {
        QCOMPARE(errorOf(seriesOf("", 1)),
                 QString("data: found an empty file, expected a header line and rows of numbers"));
        QCOMPARE(errorOf(seriesOf("a,y\n1,2\n", 1)),
                 QString("data: line 1: found no column \"b\" (task.inputs), expected one of \"a\", \"y\""));
        QCOMPARE(errorOf(seriesOf("a,b,y\n", 1)),
                 QString("data: found 0 rows, expected at least 1 (task.length)"));
        QCOMPARE(errorOf(seriesOf("a,b,y\n1,2,3\n", 2)),
                 QString("data: found 1 row, expected at least 2 (task.length)"));
        QCOMPARE(errorOf(seriesOf("a,b,y\n1,2,3\n1,2\n", 1)),
                 QString("data: line 3: found 2 fields, expected 3, as in the header"));
        const std::pair<const char*, const char*> fields[] = {
            {"two", "\"two\""}, {"", "nothing"},        {" ", "nothing"},   {"nan", "\"nan\""},
            {"inf", "\"inf\""}, {"1e999", "\"1e999\""}, {"1 2", "\"1 2\""}, {"0x10", "\"0x10\""},
            {"+-1", "\"+-1\""}, {"1;2", "\"1;2\""}};
        for (const auto& [field, found] : fields) {
            QCOMPARE(errorOf(seriesOf(std::string("a,b,y\n1,2,3\n1,") + field + ",3\n", 1)),
                     QString("data: line 3, column \"b\": found %1, expected a number").arg(found));
        }
        QCOMPARE(errorOf(seriesOf("a,b,y\n1,\"2,3\n", 1)),
                 QString("data: line 2: found a quote that is never closed, expected a closing quote"));
        QCOMPARE(errorOf(seriesOf("a,b,y\n1,\"2\"3,4\n", 1)),
                 QString("data: line 2: found text after a closing quote, expected a comma or a line end"));
    }

    void charactersAreReadStrictly()
    {
        for (const char* bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                "\xF4\x90\x80\x80", "\xF8\x80\x80\x80\x80", "\xFF"}) {
            std::size_t at = 0;
            char32_t character = 0;
            QVERIFY(!nextCharacter(bad, at, character));
            QCOMPARE(at, std::size_t(0));
        }
        for (const char32_t each :
             {U'a', U'\x7F', U'\x80', U'é', U'\x7FF', U'\x800', U'한', U'\xFFFF', U'\x10000', U'\x10FFFF'}) {
            const std::string text = toUtf8(each);
            std::size_t at = 0;
            char32_t character = 0;
            QVERIFY(nextCharacter(text, at, character));
            QCOMPARE(character, each);
            QCOMPARE(at, text.size());
        }
    }
};

QTEST_GUILESS_MAIN(TasksTest)
#include "tasks_test.moc"
