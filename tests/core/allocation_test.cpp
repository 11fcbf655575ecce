// An iteration allocates nothing: every allocation of the program is counted here.

#include "core/files/experiment_file.h"
#include "core/training/trainer.h"

#include <QTest>
#include <atomic>
#include <cstddef>

using namespace unrolled;

namespace {

std::atomic<long> allocations = 0;

}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define UNROLLED_COUNTS_ALLOCATIONS
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

// operator new and Eigen come through here too.
void* malloc(std::size_t size)
{
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size)
{
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size)
{
    ++allocations;
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    ++allocations;
    return __libc_memalign(alignment, size);
}
}
#endif

class AllocationTest : public QObject
{
    Q_OBJECT
private slots:
    void anIterationAllocatesNothing_data();
    void anIterationAllocatesNothing();
    void theCounterCounts();
};

void AllocationTest::anIterationAllocatesNothing_data()
{
    QTest::addColumn<QStringList>("settings");
    struct Row
    {
        const char* name;
        QStringList settings;
    };
    const Row rows[] = {
        {"hello", {"task.id=hello"}},
        {"two layers, in batches", {"task.id=hello", "model.hidden=[5,4]", "training.batch=6"}},
        {"one-hot inputs, 48 units", {"task.id=echo", "model.hidden=[48]", "training.batch=8"}},
        {"numbers, wide batches",
         {"task.id=adding", "task.length=30", "model.hidden=[24]", "training.batch=40"}},
        {"sequences of different lengths",
         {"task.id=adding", "task.form=hochreiter", "task.length=20", "training.batch=5"}},
        {"strings of a grammar", {"task.id=reber", "training.batch=3"}},
        {"an encoder and a decoder", {"task.id=addition", "model.hidden=[12]", "training.batch=4"}},
        {"own outputs are read", {"task.id=addition", "training.teacher_forcing=0.5", "training.batch=4"}},
        {"a gap", {"task.id=copy", "task.lag=8", "training.loss=mean", "training.batch=2"}},
        {"clipping by value and by norm",
         {"task.id=hello", "training.clip_value=0.01", "training.clip_norm=0.01"}},
        {"truncated", {"task.id=adding", "task.length=20", "training.truncate=5"}},
        {"Nesterov's momentum", {"task.id=hello", "training.optimizer=nesterov", "training.momentum=0.9"}},
        {"RMSprop", {"task.id=hello", "training.optimizer=rmsprop"}},
        {"Adagrad", {"task.id=hello", "training.optimizer=adagrad"}},
        {"a decaying learning rate", {"task.id=hello", "training.schedule=exponential"}},
        {"a cut state, a silent step, a changed setting",
         {"task.id=hello", "training.batch=3",
          R"(interventions=[{"iteration":0,"cut":2},{"iteration":0,"silence":3},)"
          R"({"iteration":1,"set":"training.learning_rate","value":0.01}])"}},
    };
    for (const Row& row : rows) {
        for (const char* cell : {"rnn", "gru", "lstm"})
            QTest::addRow("%s: %s", row.name, cell)
                << (row.settings + QStringList{QStringLiteral("model.cell=%1").arg(QLatin1String(cell))});
    }
}

void AllocationTest::anIterationAllocatesNothing()
{
#ifndef UNROLLED_COUNTS_ALLOCATIONS
    QSKIP("allocations cannot be counted in this build");
#endif
    QFETCH(QStringList, settings);
    std::vector<std::string> assignments;
    for (const QString& setting : settings)
        assignments.push_back(setting.toStdString());
    Trainer trainer(withSettings(Experiment(), assignments));
    trainer.step(); // the interventions have begun
    trainer.step();
    const long before = allocations;
    for (int i = 0; i < 5; ++i)
        trainer.step();
    QCOMPARE(allocations - before, 0L);
}

void AllocationTest::theCounterCounts()
{
#ifndef UNROLLED_COUNTS_ALLOCATIONS
    QSKIP("allocations cannot be counted in this build");
#endif
    Trainer trainer(withSettings(Experiment(), {"task.id=hello"}));
    const long before = allocations;
    trainer.record();
    QVERIFY(allocations - before > 10);
}

QTEST_APPLESS_MAIN(AllocationTest)
#include "allocation_test.moc"
