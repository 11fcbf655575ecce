// What holds for all tasks that make their sequences.

#include "tests/core/drawn_tasks.h"
#include "thrown.h"

#include <QtTest>

#include <cmath>

using namespace unrolled;
using namespace drawn_tasks;

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
