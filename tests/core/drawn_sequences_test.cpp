// The sequences of each task, against its definition in the literature.

#include "tests/core/drawn_tasks.h"

#include <QRegularExpression>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace unrolled;
using namespace drawn_tasks;

class DrawnSequencesTest : public QObject
{
    Q_OBJECT

private slots:
    void hochreitersAddingIsAsInThePaper();
    void hochreitersAddingNeedsRoomForItsMarks();
    void aTwentyFourthIsWhatAConstantGets();
    void copyAnswersItsSymbolsAfterTheMarker();
    void copyIsJudgedByItsSymbols();
    void temporalOrderHasTwoSymbolsInTheirWindows_data();
    void temporalOrderHasTwoSymbolsInTheirWindows();
    void latchTellsItsClassAndThenNoise();
    void reberStringsAreOfTheGrammar();
    void reberIsJudgedByWhatMayFollow();
    void echoAnswersWhatWasReadBefore();
    void sumsAreRight_data();
    void sumsAreRight();
};

void DrawnSequencesTest::hochreitersAddingIsAsInThePaper()
{
    const int length = 100;
    const auto task = makeTask(experimentOf(R"({"id":"adding","form":"hochreiter","length":100})"));
    QCOMPARE(task->plan().size(), std::size_t(110));
    Batch batch;
    std::map<int, int> lengths, firsts, seconds;
    for (int iteration = 0; iteration < 400; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            int steps = 0;
            double sum = 0;
            std::vector<int> marks;
            while (steps < batch.steps && !batch.skipped(steps, b))
                ++steps;
            QVERIFY(steps >= length && steps <= 110);
            ++lengths[steps];
            for (int t = 0; t < batch.steps; ++t) {
                const auto column = Eigen::Index(batch.column(t, b));
                QCOMPARE(batch.skipped(t, b), t >= steps);
                QCOMPARE(batch.counted(task->plan(), t, b), t == steps - 1);
                if (t >= steps)
                    continue;
                const double u = batch.inputs(0, column);
                const double mark = batch.inputs(1, column);
                QVERIFY(u >= -1 && u < 1);
                if (t == 0 || t == steps - 1)
                    QCOMPARE(mark, -1.0);
                else
                    QVERIFY(mark == 0 || mark == 1);
                if (mark == 1) {
                    marks.push_back(t);
                    sum += u;
                }
            }
            QCOMPARE(marks.size(), std::size_t(2));
            QVERIFY2(marks[0] < 10, "one is among the first ten");
            QVERIFY2(marks[1] < length / 2 - 1, "the other one is among the first T/2 - 1");
            ++firsts[marks[0]];
            ++seconds[marks[1]];
            QCOMPARE(batch.targets(0, Eigen::Index(batch.column(steps - 1, b))), 0.5 + sum / 4);
        }
    }
    QCOMPARE(lengths.size(), std::size_t(11));
    QCOMPARE(firsts.begin()->first, 1);
    QCOMPARE(seconds.rbegin()->first, length / 2 - 2);
}

void DrawnSequencesTest::hochreitersAddingNeedsRoomForItsMarks()
{
    const auto task = makeTask(experimentOf(R"({"id":"adding","form":"hochreiter","length":8})"));
    Batch batch;
    for (int iteration = 0; iteration < 50; ++iteration) {
        task->fill(batch, 1, iteration);
        QCOMPARE(batch.inputs.row(1).sum(), 0.0); // -1, 1, 1, -1
        QCOMPARE(batch.inputs.row(1).cwiseAbs().sum(), 4.0);
    }
}

void DrawnSequencesTest::aTwentyFourthIsWhatAConstantGets()
{
    const auto task = makeTask(experimentOf(R"({"id":"adding","form":"hochreiter","length":20})"));
    Batch batch;
    double error = 0;
    for (int iteration = 0; iteration < 2000; ++iteration) {
        task->fill(batch, 20, iteration);
        for (int t = 19; t < batch.steps; ++t) {
            for (int b = 0; b < 20; ++b) {
                if (batch.counted(task->plan(), t, b))
                    error += std::pow(batch.targets(0, Eigen::Index(batch.column(t, b))) - 0.5, 2) / 40000;
            }
        }
    }
    // Four standard errors: the square of a sum of two uniforms deviates by 0.0493.
    QVERIFY2(std::abs(error - 1.0 / 24) < 4 * 0.0493 / 200, qPrintable(QString::number(error)));
    QCOMPARE(task->baseline(Reduction::Sum), 1.0 / 24);
}

void DrawnSequencesTest::copyAnswersItsSymbolsAfterTheMarker()
{
    const auto task = makeTask(experimentOf(R"({"id":"copy","lag":30})"));
    QCOMPARE(task->plan().size(), std::size_t(50)); // T + 20
    Batch batch;
    std::map<char, int> seen;
    for (int iteration = 0; iteration < 200; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            const QString inputs = QString::fromStdString(read(*task, batch, b));
            const QString symbols = inputs.left(10);
            QCOMPARE(inputs, symbols + QString("·").repeated(29) + "?" + QString("·").repeated(10));
            QCOMPARE(QString::fromStdString(answered(*task, batch, b)), QString("·").repeated(40) + symbols);
            for (const QChar each : symbols)
                ++seen[each.toLatin1()];
        }
    }
    QCOMPARE(seen.size(), std::size_t(8));
    for (const auto& [symbol, times] : seen)
        QVERIFY2(std::abs(times - 1250) < 5 * std::sqrt(10000 * 7 / 64.0), qPrintable(QString(symbol)));
}

void DrawnSequencesTest::copyIsJudgedByItsSymbols()
{
    const auto task = makeTask(experimentOf(R"({"id":"copy","lag":5,"symbols":2})"));
    Batch batch;
    task->fill(batch, 4, 0);
    Eigen::MatrixXd y = rightOutputs(*task, batch);
    y.col(Eigen::Index(batch.column(0, 1))).setZero(); // a blank: not judged
    QCOMPARE(task->accuracy(batch, y), 1.0);
    y.col(Eigen::Index(batch.column(8, 1))) *= -1; // the last symbol of one of four sequences
    QCOMPARE(task->accuracy(batch, y), 0.75);
}

void DrawnSequencesTest::temporalOrderHasTwoSymbolsInTheirWindows_data()
{
    QTest::addColumn<int>("length");
    for (const int length : {10, 11, 19, 100, 123})
        QTest::addRow("%d steps", length) << length;
}

void DrawnSequencesTest::temporalOrderHasTwoSymbolsInTheirWindows()
{
    QFETCH(int, length);
    Experiment experiment = experimentOf(R"({"id":"temporal-order"})");
    experiment.task.length = length;
    const auto task = makeTask(experiment);
    Batch batch;
    std::map<std::string, int> classes;
    std::set<char> distractors;
    std::set<int> places;
    for (int iteration = 0; iteration < 400; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            const std::string text = read(*task, batch, b);
            std::string answer;
            std::vector<int> at;
            for (int t = 0; t < length; ++t) {
                if (text[std::size_t(t)] == 'A' || text[std::size_t(t)] == 'B') {
                    answer += text[std::size_t(t)];
                    at.push_back(t);
                } else {
                    distractors.insert(text[std::size_t(t)]);
                }
            }
            QCOMPARE(at.size(), std::size_t(2));
            QVERIFY(at[0] >= 0.1 * length && at[0] < 0.2 * length);
            QVERIFY(at[1] >= 0.5 * length && at[1] < 0.6 * length);
            places.insert(at.begin(), at.end());
            ++classes[answer];
            QCOMPARE(answered(*task, batch, b), std::string(std::size_t(length - 1), '.') + answer);
        }
    }
    QCOMPARE(distractors, (std::set<char>{'c', 'd', 'e', 'f'}));
    if (length == 100)
        QCOMPARE(places.size(), std::size_t(20));
    QCOMPARE(classes.size(), std::size_t(4));
    for (const auto& [answer, times] : classes) // five standard deviations
        QVERIFY2(std::abs(times - 500) < 5 * std::sqrt(2000 * 3 / 16.0), answer.c_str());
}

void DrawnSequencesTest::latchTellsItsClassAndThenNoise()
{
    const auto task = makeTask(experimentOf(R"({"id":"latch","length":40,"signal":4,"noise":0.5})"));
    Batch batch;
    int plus = 0;
    double squares = 0;
    for (int iteration = 0; iteration < 400; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            const int answer = batch.targetClasses[batch.column(39, b)];
            plus += answer;
            for (int t = 0; t < 40; ++t) {
                const double x = batch.inputs(0, Eigen::Index(batch.column(t, b)));
                if (t < 4)
                    QCOMPARE(x, answer ? 1.0 : -1.0);
                else
                    squares += x * x / (36 * 2000);
            }
        }
    }
    QVERIFY(std::abs(plus - 1000) < 5 * std::sqrt(500.0));
    QVERIFY(std::abs(squares - 0.25) < 5 * 0.25 * std::sqrt(2 / 72000.0));
    QVERIFY(task->plan().back().counted && !task->plan().front().counted);
}

void DrawnSequencesTest::reberStringsAreOfTheGrammar()
{
    // Reber's grammar as a regular expression.
    const std::string end = "(XT*VP)*(S|XT*VV)";
    const std::string inner = "B(TS*X" + end + "|PT*V(V|P" + end + "))E";
    const QRegularExpression grammar(QString::fromStdString("^B(T" + inner + "T|P" + inner + "P)E$"));
    const auto task = makeTask(experimentOf(R"({"id":"reber","length":40})"));
    Batch batch;
    std::set<std::string> strings;
    int count = 0;
    int upper = 0;
    for (int iteration = 0; iteration < 400; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            std::string text = read(*task, batch, b);
            text = text.substr(0, text.find('.'));
            const std::string next = answered(*task, batch, b).substr(0, text.size());
            QCOMPARE(next.substr(0, next.size() - 1), text.substr(1));
            text += next.back();
            QVERIFY2(grammar.match(QString::fromStdString(text)).hasMatch(), text.c_str());
            strings.insert(text);
            upper += text[1] == 'T';
            ++count;
        }
    }
    QVERIFY(strings.size() > 200);
    QVERIFY(std::abs(upper - count / 2) < 5 * std::sqrt(count / 4.0));
    QVERIFY2(strings.contains("BTBTXSETE"), "the shortest string is among them");
}

void DrawnSequencesTest::reberIsJudgedByWhatMayFollow()
{
    const auto task = makeTask(experimentOf(R"({"id":"reber","length":8})"));
    Batch batch;
    int iteration = 0;
    do
        task->fill(batch, 1, iteration++);
    while (read(*task, batch, 0) != "BTBTXSET");
    // B T P S X V E
    Eigen::MatrixXd y = Eigen::MatrixXd::Zero(7, 8);
    const char* follows[] = {"TP", "B", "TP", "SX", "XS", "E", "T", "E"};
    const std::string symbols = "BTPSXVE";
    for (int t = 0; t < 8; ++t) {
        for (const char* symbol = follows[t]; *symbol; ++symbol)
            y(Eigen::Index(symbols.find(*symbol)), t) = 1 + 0.1 * t;
    }
    QCOMPARE(task->accuracy(batch, y), 1.0);
    Eigen::MatrixXd forgotten = y;
    forgotten(2, 6) = forgotten(1, 6); // P as likely as T where only T is right
    QCOMPARE(task->accuracy(batch, forgotten), 0.0);
    Eigen::MatrixXd unsure = y;
    unsure(3, 3) = 0; // S may follow, and is not more active than the others
    QCOMPARE(task->accuracy(batch, unsure), 0.0);
}

void DrawnSequencesTest::echoAnswersWhatWasReadBefore()
{
    const auto task = makeTask(experimentOf(R"({"id":"echo","length":12,"lag":4,"alphabet":3})"));
    Batch batch;
    std::set<char> seen;
    for (int iteration = 0; iteration < 20; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            const std::string text = read(*task, batch, b);
            QCOMPARE(answered(*task, batch, b), "...." + text.substr(0, 8));
            seen.insert(text.begin(), text.end());
        }
    }
    QCOMPARE(seen, (std::set<char>{'a', 'b', 'c'}));
}

void DrawnSequencesTest::sumsAreRight_data()
{
    QTest::addColumn<int>("digits");
    QTest::addColumn<bool>("reversed");
    for (const int digits : {1, 2, 8}) {
        QTest::addRow("%d digits, reversed", digits) << digits << true;
        QTest::addRow("%d digits, forwards", digits) << digits << false;
    }
}

void DrawnSequencesTest::sumsAreRight()
{
    QFETCH(int, digits);
    QFETCH(bool, reversed);
    Experiment experiment = experimentOf(R"({"id":"addition"})");
    experiment.task.digits = digits;
    experiment.task.reversed = reversed;
    const auto task = makeTask(experiment);
    const std::size_t encoder = std::size_t(2 * digits + 1);
    QCOMPARE(task->plan().size(), encoder + std::size_t(digits) + 2);
    for (std::size_t t = 0; t < task->plan().size(); ++t) {
        const PlanRow& row = task->plan()[t];
        QCOMPARE(row.bank == encoderBank, t < encoder);
        QCOMPARE(row.counted, t >= encoder);
        QCOMPARE(row.input == InputSource::Start, t == encoder);
        QCOMPARE(row.forced, t > encoder);
    }
    Batch batch;
    std::set<std::size_t> lengths;
    for (int iteration = 0; iteration < 60; ++iteration) {
        task->fill(batch, size, iteration);
        for (int b = 0; b < size; ++b) {
            const std::string text = read(*task, batch, b);
            std::string query = text.substr(0, text.find_first_of(".<"));
            QCOMPARE(text.substr(query.size(), encoder - query.size()),
                     std::string(encoder - query.size(), '.'));
            if (reversed)
                std::reverse(query.begin(), query.end());
            const std::size_t plus = query.find('+');
            const long long sum = std::stoll(query.substr(0, plus)) + std::stoll(query.substr(plus + 1));
            QVERIFY(plus <= std::size_t(digits) && query.size() - plus - 1 <= std::size_t(digits));
            lengths.insert(query.size());
            std::string answer = answered(*task, batch, b).substr(encoder);
            QVERIFY(answer.starts_with(std::to_string(sum) + "<end>"));
            QVERIFY(text.substr(encoder).starts_with("<start>" + std::to_string(sum)));
        }
    }
    QVERIFY2(digits == 1 || lengths.size() > 2, "queries differ in length");
}

QTEST_APPLESS_MAIN(DrawnSequencesTest)
#include "drawn_sequences_test.moc"
