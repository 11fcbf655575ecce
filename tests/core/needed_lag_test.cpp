// The lag that a task asks for, against the sequences that it draws.

#include "core/tasks/needed_lag.h"

#include "core/tasks/task.h"
#include "core/trace/iteration_input.h"
#include "core/training/trainer.h"

#include <QTest>
#include <algorithm>

using namespace unrolled;

namespace {

/// From the step that tells to the step that is asked, as it stands in a drawn sequence.
int lagIn(const std::string& task, const Batch& batch, int b)
{
    const auto input = [&](int t) { return batch.inputClasses[batch.column(t, b)]; };
    const auto target = [&](int t) { return batch.targetClasses[batch.column(t, b)]; };
    int last = batch.steps - 1;
    while (batch.skipped(last, b))
        --last;
    if (task == "adding") {
        int t = 0;
        while (batch.inputs(1, static_cast<Eigen::Index>(batch.column(t, b))) != 1)
            ++t;
        return last - t;
    }
    if (task == "temporal-order") {
        int t = 0;
        while (input(t) > 1)
            ++t;
        return last - t;
    }
    if (task == "reber") // …, the outer symbol, E
        return target(last - 1) == input(1) ? last - 1 - 1 : -1;
    return -1;
}

TaskSettings settingsOf(const char* id, int length, int lag = 0)
{
    TaskSettings settings;
    settings.id = id;
    settings.length = length;
    settings.lag = lag;
    return settings;
}

} // namespace

class NeededLagTest : public QObject
{
    Q_OBJECT

private slots:
    void it_is_what_drawn_sequences_need_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("length");
        QTest::addColumn<bool>("hochreiter");
        QTest::newRow("adding") << "adding" << 20 << false;
        QTest::newRow("adding, an odd length") << "adding" << 13 << false;
        QTest::newRow("adding as in 1997") << "adding" << 30 << true;
        QTest::newRow("adding as in 1997, few candidates") << "adding" << 14 << true;
        QTest::newRow("temporal order") << "temporal-order" << 47 << false;
        QTest::newRow("temporal order, the shortest") << "temporal-order" << 10 << false;
        QTest::newRow("reber") << "reber" << 12 << false;
    }
    void it_is_what_drawn_sequences_need()
    {
        QFETCH(QString, id);
        QFETCH(int, length);
        QFETCH(bool, hochreiter);
        Experiment experiment;
        experiment.task = settingsOf(id.toLatin1().constData(), length);
        if (hochreiter)
            experiment.task.form = AddingForm::Hochreiter;
        const auto task = makeTask(experiment);
        NeededLag seen{1000, 0};
        Batch batch;
        for (int iteration = 0; iteration < 40; ++iteration) {
            task->fill(batch, 100, iteration);
            for (int b = 0; b < batch.size; ++b) {
                const int lag = lagIn(experiment.task.id, batch, b);
                seen = {std::min(seen.shortest, lag), std::max(seen.longest, lag)};
            }
        }
        const NeededLag told = neededLag(experiment.task);
        QCOMPARE(told.shortest, seen.shortest);
        QCOMPARE(told.longest, seen.longest);
    }

    void an_echo_and_a_copy_come_after_their_lag()
    {
        for (const auto& settings : {settingsOf("echo", 20, 7), settingsOf("copy", 0, 30)}) {
            Experiment experiment;
            experiment.task = settings;
            const auto task = makeTask(experiment);
            const NeededLag told = neededLag(settings);
            QCOMPARE(told.shortest, told.longest);
            Batch batch;
            task->fill(batch, 20, 3);
            for (int b = 0; b < batch.size; ++b) {
                for (int t = 0; t < 10; ++t)
                    QCOMPARE(batch.targetClasses[batch.column(t + told.longest, b)],
                             batch.inputClasses[batch.column(t, b)]);
            }
        }
    }

    void the_latch_holds_from_the_end_of_its_signal()
    {
        TaskSettings settings = settingsOf("latch", 50);
        settings.signal = 4;
        QCOMPARE(neededLag(settings), (NeededLag{46, 46})); // from step 4 to step 50
    }

    void defaults_are_filled_in()
    {
        for (const TaskInfo& info : taskInfos()) {
            TaskSettings bare = settingsOf(std::string(info.id).c_str(), 0);
            TaskSettings full = settingsOf(std::string(info.id).c_str(), info.defaultLength, info.defaultLag);
            QCOMPARE(neededLag(bare), neededLag(full));
        }
    }

    void other_tasks_have_none()
    {
        for (const char* id : {"hello", "text", "series", "addition", "unknown"})
            QCOMPARE(neededLag(settingsOf(id, 20)), NeededLag{});
    }

    void a_trace_tells_that_of_its_task()
    {
        Experiment experiment;
        experiment.task = settingsOf("echo", 12, 5);
        QCOMPARE(Trainer(experiment).record()->input->neededLag, (NeededLag{5, 5}));
    }
};

QTEST_APPLESS_MAIN(NeededLagTest)
#include "needed_lag_test.moc"
