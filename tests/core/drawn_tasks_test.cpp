// The tasks that make their sequences, against their definitions in the literature.

#include "core/files/experiment_file.h"
#include "core/tasks/task.h"
#include "core/training/random.h"
#include "thrown.h"

#include <QRegularExpression>
#include <QtTest>

#include <cmath>
#include <map>
#include <set>

using namespace unrolled;

namespace {

Experiment experimentOf(const std::string& task)
{
    return parseExperiment(R"({"unrolled": 1, "task": )" + task + "}", "f", {});
}

/// The symbols of sequence b that are read, or answered, one after the other; "." where a step is skipped.
std::string read(const Task& task, const Batch& batch, int b)
{
    std::string text;
    for (int t = 0; t < batch.steps; ++t) {
        const int symbol = batch.inputClasses[batch.column(t, b)];
        text += batch.skipped(t, b) ? "." : symbol < 0 ? "0" : (*task.vocabulary())[std::size_t(symbol)];
    }
    return text;
}
std::string answered(const Task& task, const Batch& batch, int b)
{
    std::string text;
    for (int t = 0; t < batch.steps; ++t)
        text += !batch.counted(task.plan(), t, b)
                    ? "."
                    : (*task.outputVocabulary())[std::size_t(batch.targetClasses[batch.column(t, b)])];
    return text;
}

/// Scores that say the right answer everywhere.
Eigen::MatrixXd rightOutputs(const Task& task, const Batch& batch)
{
    Eigen::MatrixXd y = Eigen::MatrixXd::Zero(task.outputSize(), Eigen::Index(batch.steps) * batch.size);
    if (task.lossKind() == LossKind::SquaredError)
        return batch.targets;
    for (std::size_t k = 0; k < batch.targetClasses.size(); ++k)
        y(batch.targetClasses[k], Eigen::Index(k)) = 1;
    return y;
}

constexpr int size = 5;

} // namespace

class DrawnTasksTest : public QObject
{
    Q_OBJECT

private slots:
    void sequencesFollowFromSeedAndIteration_data() { everyTask(); }
    void sequencesFollowFromSeedAndIteration();
    void rightAnswersAreRightAndOthersWrong_data() { everyTask(); }
    void rightAnswersAreRightAndOthersWrong();
    void firstSequencesStayAsTheyAre_data();
    void firstSequencesStayAsTheyAre();
    void firstNumbersStayAsTheyAre();
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
    void baselinesAreThoseOfTheLiterature_data();
    void baselinesAreThoseOfTheLiterature();
    void wrongSettingsAreExplained_data();
    void wrongSettingsAreExplained();
    void modesFollowFromThePlan_data();
    void modesFollowFromThePlan();

private:
    static void everyTask();
};

void DrawnTasksTest::everyTask()
{
    QTest::addColumn<QString>("task");
    for (const char* task :
         {R"({"id":"adding"})", R"({"id":"adding","form":"hochreiter","length":30})", R"({"id":"copy"})",
          R"({"id":"temporal-order","length":20})", R"({"id":"latch"})", R"({"id":"reber"})",
          R"({"id":"echo"})", R"({"id":"addition"})"})
        QTest::newRow(task) << task;
}

void DrawnTasksTest::sequencesFollowFromSeedAndIteration()
{
    QFETCH(QString, task);
    Experiment experiment = experimentOf(task.toStdString());
    const auto same = [](const Batch& a, const Batch& b) {
        return a.inputClasses == b.inputClasses && a.targetClasses == b.targetClasses &&
               a.inputs == b.inputs && a.targets == b.targets && a.uses == b.uses;
    };
    const auto one = makeTask(experiment);
    Batch forwards[3];
    for (int i = 0; i < 3; ++i)
        one->fill(forwards[i], size, 100 + i);
    const auto other = makeTask(experiment);
    Batch reused;
    for (int i = 2; i >= 0; --i) {
        other->fill(reused, size, 100 + i);
        QVERIFY2(same(reused, forwards[i]), "the order of filling does not matter");
    }
    QVERIFY(!same(forwards[0], forwards[1]));
    experiment.seed = 2;
    makeTask(experiment)->fill(reused, size, 100);
    QVERIFY2(!same(reused, forwards[0]), "another seed gives other sequences");
    other->fill(reused, size, 102);
    const std::size_t columns = std::size_t(reused.steps) * size;
    QCOMPARE(std::size_t(reused.steps), one->plan().size());
    QVERIFY(reused.inputClasses.size() == columns || std::size_t(reused.inputs.cols()) == columns);
}

void DrawnTasksTest::rightAnswersAreRightAndOthersWrong()
{
    QFETCH(QString, task);
    const auto made = makeTask(experimentOf(task.toStdString()));
    Batch batch;
    made->fill(batch, size, 3);
    Eigen::MatrixXd y = rightOutputs(*made, batch);
    if (task.contains("reber")) {
        QVERIFY(made->accuracy(batch, y) < 1); // what else may follow is not in the targets
        return;
    }
    QCOMPARE(made->accuracy(batch, y), 1.0);
    if (made->lossKind() == LossKind::SquaredError) {
        y.array() += 0.0399;
        QCOMPARE(made->accuracy(batch, y), 1.0);
        y.array() += 0.0002;
        QCOMPARE(made->accuracy(batch, y), 0.0);
    } else {
        QCOMPARE(made->accuracy(batch, -y), 0.0);
    }
}

void DrawnTasksTest::firstSequencesStayAsTheyAre_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("inputs");
    QTest::addColumn<QString>("answers");
    const auto row = [](const char* task, const char* inputs, const char* answers) {
        QTest::newRow(task) << task << inputs << answers;
    };
    row(R"({"id":"copy","lag":3,"symbols":4})", "befc··?····", "·······befc");
    row(R"({"id":"temporal-order","length":20})", "dcdAfefedcBcccfcfecc", "...................AB");
    row(R"({"id":"reber","length":12})", "BPBTXXVPSEP.", "PBTXXVPSEPE.");
    row(R"({"id":"echo","length":10})", "befchcdcfe", "...befchcd");
    row(R"({"id":"addition","digits":2})", "1+54.<start>46.", ".....46<end>.");
    row(R"({"id":"addition","digits":2,"reversed":false})", "45+1.<start>46.", ".....46<end>.");
}

void DrawnTasksTest::firstSequencesStayAsTheyAre()
{
    QFETCH(QString, task);
    const auto made = makeTask(experimentOf(task.toStdString()));
    Batch batch;
    made->fill(batch, 1, 0);
    QTEST(QString::fromStdString(read(*made, batch, 0)), "inputs");
    QTEST(QString::fromStdString(answered(*made, batch, 0)), "answers");
}

void DrawnTasksTest::firstNumbersStayAsTheyAre()
{
    const auto numbers = [](const char* task) {
        const auto made = makeTask(experimentOf(task));
        Batch batch;
        made->fill(batch, 1, 0);
        QStringList text;
        for (const double x : batch.inputs.reshaped())
            text << QString::number(x, 'g', 17);
        return text.join(' ');
    };
    QCOMPARE(
        numbers(R"({"id":"adding","length":4})"),
        QString("0.37547976605552957 0 0.81851995836507863 1 0.55036061855288765 1 0.83774547076719319 0"));
    QCOMPARE(
        numbers(R"({"id":"adding","form":"hochreiter","length":8})"),
        QString("0.63703991673015725 -1 0.1007212371057753 1 0.67549094153438638 1 -0.79389322345351898 0 "
                "0.5378919221900027 0 0.66741843075777152 0 0.22504181425892456 0 0.93017793886360023 -1"));
    QCOMPARE(numbers(R"({"id":"latch","length":5,"signal":3})"),
             QString("1 1 1 0.26165053584198045 0.041369096295666541"));
}

void DrawnTasksTest::hochreitersAddingIsAsInThePaper()
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

void DrawnTasksTest::hochreitersAddingNeedsRoomForItsMarks()
{
    const auto task = makeTask(experimentOf(R"({"id":"adding","form":"hochreiter","length":8})"));
    Batch batch;
    for (int iteration = 0; iteration < 50; ++iteration) {
        task->fill(batch, 1, iteration);
        QCOMPARE(batch.inputs.row(1).sum(), 0.0); // -1, 1, 1, -1
        QCOMPARE(batch.inputs.row(1).cwiseAbs().sum(), 4.0);
    }
}

void DrawnTasksTest::aTwentyFourthIsWhatAConstantGets()
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

void DrawnTasksTest::copyAnswersItsSymbolsAfterTheMarker()
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

void DrawnTasksTest::copyIsJudgedByItsSymbols()
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

void DrawnTasksTest::temporalOrderHasTwoSymbolsInTheirWindows_data()
{
    QTest::addColumn<int>("length");
    for (const int length : {10, 11, 19, 100, 123})
        QTest::addRow("%d steps", length) << length;
}

void DrawnTasksTest::temporalOrderHasTwoSymbolsInTheirWindows()
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

void DrawnTasksTest::latchTellsItsClassAndThenNoise()
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

void DrawnTasksTest::reberStringsAreOfTheGrammar()
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

void DrawnTasksTest::reberIsJudgedByWhatMayFollow()
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

void DrawnTasksTest::echoAnswersWhatWasReadBefore()
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

void DrawnTasksTest::sumsAreRight_data()
{
    QTest::addColumn<int>("digits");
    QTest::addColumn<bool>("reversed");
    for (const int digits : {1, 2, 8}) {
        QTest::addRow("%d digits, reversed", digits) << digits << true;
        QTest::addRow("%d digits, forwards", digits) << digits << false;
    }
}

void DrawnTasksTest::sumsAreRight()
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

void DrawnTasksTest::baselinesAreThoseOfTheLiterature_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<double>("sum");
    QTest::addColumn<double>("mean");
    const auto row = [](const char* task, double sum, double mean) {
        QTest::newRow(task) << task << sum << mean;
    };
    const double ln2 = std::log(2.0);
    row(R"({"id":"adding"})", 1.0 / 6, 1.0 / 6);
    row(R"({"id":"adding","form":"hochreiter"})", 1.0 / 24, 1.0 / 24);
    row(R"({"id":"copy","lag":100})", 10 * std::log(8.0), 10 * std::log(8.0) / 120);
    row(R"({"id":"temporal-order"})", std::log(4.0), std::log(4.0));
    row(R"({"id":"latch"})", ln2, ln2);
    row(R"({"id":"echo","length":20,"lag":3,"alphabet":4})", 17 * std::log(4.0), std::log(4.0));
    row(R"({"id":"hello"})", 4 * std::log(4.0), std::log(4.0));
    // The shortest strings only: five choices in eight steps.
    row(R"({"id":"reber","length":8})", 5 * ln2, 5 * ln2 / 8);
}

void DrawnTasksTest::baselinesAreThoseOfTheLiterature()
{
    QFETCH(QString, task);
    QFETCH(double, sum);
    QFETCH(double, mean);
    const auto made = makeTask(experimentOf(task.toStdString()));
    QVERIFY(std::abs(made->baseline(Reduction::Sum) - sum) <= 1e-14 * sum);
    QVERIFY(std::abs(made->baseline(Reduction::Mean) - mean) <= 1e-14 * mean);
    QVERIFY(std::isnan(makeTask(experimentOf(R"({"id":"addition"})"))->baseline(Reduction::Sum)));
    // Reber's grammar makes six choices on average: E = 1 + … solved for the six states.
    const double all = makeTask(experimentOf(R"({"id":"reber","length":400})"))->baseline(Reduction::Sum);
    QVERIFY(std::abs(all - 8 * std::log(2.0)) < 1e-12);
}

void DrawnTasksTest::wrongSettingsAreExplained_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* task, const char* message) { QTest::newRow(task) << task << message; };
    row(R"({"id":"adding","form":"new"})",
        "f: task.form: found \"new\", expected one of arjovsky, hochreiter");
    row(R"({"id":"adding","form":"hochreiter","length":7})",
        "f: task.length: found 7, expected a whole number from 8 to 100000");
    row(R"({"id":"temporal-order","length":9})",
        "f: task.length: found 9, expected a whole number from 10 to 100000");
    row(R"({"id":"reber","length":7})", "f: task.length: found 7, expected a whole number from 8 to 100000");
    row(R"({"id":"echo","length":4,"lag":4})", "f: task.lag: found 4, expected a whole number from 1 to 3");
    row(R"({"id":"latch","length":4,"signal":4})",
        "f: task.signal: found 4, expected a whole number from 1 to 3");
    row(R"({"id":"latch","noise":-1})", "f: task.noise: found -1, expected a number, 0 or more");
    row(R"({"id":"copy","alphabet":27})", "f: task.alphabet: found 27, expected a whole number from 2 to 26");
    row(R"({"id":"copy","symbols":0})", "f: task.symbols: found 0, expected a whole number from 1 to 1000");
    row(R"({"id":"addition","digits":9})", "f: task.digits: found 9, expected a whole number from 1 to 8");
    row(R"({"id":"addition","reversed":1})", "f: task.reversed: found 1, expected true or false");
    row(R"({"id":"hello","feed":"own"})", "f: task.feed: found \"own\", expected one of data, zeros");
}

void DrawnTasksTest::wrongSettingsAreExplained()
{
    QFETCH(QString, task);
    QTEST(thrown([&] { experimentOf(task.toStdString()); }), "message");
}

void DrawnTasksTest::modesFollowFromThePlan_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("mode");
    const auto row = [](const char* task, const char* mode) { QTest::newRow(task) << task << mode; };
    row(R"({"id":"hello"})", "many-to-many");
    row(R"({"id":"hello","feed":"zeros"})", "one-to-many");
    row(R"({"id":"adding"})", "many-to-one");
    row(R"({"id":"echo"})", "many-to-many, delayed");
    row(R"({"id":"addition"})", "encoder-decoder");
}

void DrawnTasksTest::modesFollowFromThePlan()
{
    QFETCH(QString, task);
    const std::string_view found = mode(makeTask(experimentOf(task.toStdString()))->plan());
    QTEST(QString::fromUtf8(found.data(), qsizetype(found.size())), "mode");
    QCOMPARE(mode(SequencePlan(1)), std::string_view("one-to-one"));
    const auto hello = makeTask(experimentOf(R"({"id":"hello"})"));
    QCOMPARE(mode(hello->plan(), 0), std::string_view("one-to-many"));
    QCOMPARE(mode(hello->plan(), 0.5), std::string_view("many-to-many"));
    for (const TaskInfo& info : taskInfos()) {
        if (!info.needsFile)
            QCOMPARE(mode(makeTask(experimentOf("{\"id\":\"" + std::string(info.id) + "\"}"))->plan()),
                     info.mode);
    }
}

QTEST_APPLESS_MAIN(DrawnTasksTest)
#include "drawn_tasks_test.moc"
