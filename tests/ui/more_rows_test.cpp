// The fields of the panel Experiment that are seldom touched, and its place in the window.

#include "tests/ui/fields.h"
#include "tests/ui/room.h"
#include "ui/panels/buttons.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/form.h"
#include "ui/panels/live_fields.h"
#include "ui/panels/more_rows.h"
#include "ui/panels/restart_fields.h"
#include "ui/session/experiment_edit.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTimer>

using namespace ui;
using namespace unrolled;

namespace {

const QStringList rare{
    QStringLiteral("Rate schedule"),   QStringLiteral("Period"),          QStringLiteral("Decay factor γ"),
    QStringLiteral("Lowest rate"),     QStringLiteral("Warm-up"),         QStringLiteral("Truncate BPTT"),
    QStringLiteral("Carry the state"), QStringLiteral("Teacher forcing"), QStringLiteral("Readout"),
    QStringLiteral("ε of Adagrad"),
};

/// Which of the rare fields can be seen.
QStringList seen(const QWidget& fields)
{
    QStringList names;
    for (const QString& name : rare) {
        const auto* field = named<QWidget>(fields, name);
        if (field && field->isVisible())
            names << name;
    }
    return names;
}

/// Every rare field as no default has it.
Experiment unusual(Schedule schedule)
{
    Experiment e = withTask(Experiment(), "text");
    e.task.file = "input.txt";
    e.model.readoutBias = false;
    TrainingSettings& t = e.training;
    t.optimizer = OptimizerKind::Adagrad;
    t.epsilonInsideRoot = true;
    t.schedule = schedule;
    t.schedulePeriod = 250;
    t.scheduleFactor = 0.7;
    t.scheduleFloor = 0.001;
    t.warmup = 12;
    t.truncate = 7;
    t.carryState = true;
    t.teacherForcing = 0.25;
    return e;
}

} // namespace

class MoreRowsTest : public QObject
{
    Q_OBJECT

private slots:
    void everyFieldIsReadBack_data();
    void everyFieldIsReadBack();
    void shutItShowsWhatIsSet();
    void aScheduleShowsItsParameters_data();
    void aScheduleShowsItsParameters();
    void whatIsBeyondWhatIsOfferedIsShownAsItIs();
    void aWrongNumberIsToldAndNotApplied();
    void anotherTaskDropsWhatItCannotUse();
    void theScheduledRateIsTold();
    void clippingByValueIsAnIntervention();
    void aChangeRestartsAndIsUndone();
    void openOrShutIsRemembered();
    void weightsAreReadFromAFile();
    void tabGoesDownTheFields();
};

void MoreRowsTest::everyFieldIsReadBack_data()
{
    QTest::addColumn<int>("schedule");
    for (int schedule = 0; schedule <= static_cast<int>(Schedule::Cosine); ++schedule)
        QTest::newRow(name(static_cast<Schedule>(schedule)).data()) << schedule;
}

void MoreRowsTest::everyFieldIsReadBack()
{
    QFETCH(int, schedule);
    const Experiment e = unusual(static_cast<Schedule>(schedule));
    RestartFields fields;
    fields.show(e);
    QVERIFY(fields.isRight());
    Experiment blank = e; // so that each field has to be written
    blank.training = {};
    blank.training.optimizer = e.training.optimizer; // what may change during the run is another's
    blank.model.readoutBias = true;
    QVERIFY(fields.read(blank) == e);
    fields.show(Experiment());
    QVERIFY(fields.read(Experiment()) == Experiment());
}

void MoreRowsTest::shutItShowsWhatIsSet()
{
    RestartFields fields;
    fields.show(Experiment());
    fields.show();
    QCOMPARE(seen(fields), QStringList());
    auto* button = named<FlatButton>(fields, QStringLiteral("More: rate schedule, truncation…"));
    QVERIFY(button);
    button->click();
    QCOMPARE(seen(fields), (QStringList{rare[0], rare[4], rare[5], rare[7], rare[8]}));
    named<QSpinBox>(fields, QStringLiteral("Truncate BPTT"))->setValue(2);
    button->click(); // a draft is not hidden either
    QCOMPARE(seen(fields), QStringList{rare[5]});
    Experiment asMinCharRnn = withTask(Experiment(), "text");
    asMinCharRnn.training.optimizer = OptimizerKind::Adagrad;
    asMinCharRnn.training.epsilonInsideRoot = asMinCharRnn.training.carryState = true;
    fields.show(asMinCharRnn);
    QCOMPARE(seen(fields), (QStringList{rare[6], rare[9]}));
    fields.show(unusual(Schedule::Cosine));
    QCOMPARE(seen(fields),
             (QStringList{rare[0], rare[1], rare[3], rare[4], rare[5], rare[6], rare[7], rare[8], rare[9]}));
    fields.show(Experiment());
    QCOMPARE(seen(fields), QStringList());
}

void MoreRowsTest::aScheduleShowsItsParameters_data()
{
    QTest::addColumn<int>("schedule");
    QTest::addColumn<QStringList>("parameters");
    QTest::newRow("constant") << 0 << QStringList();
    QTest::newRow("step decay") << 1 << QStringList{rare[1], rare[2]};
    QTest::newRow("exponential decay") << 2 << QStringList{rare[2]};
    QTest::newRow("cosine annealing") << 3 << QStringList{rare[1], rare[3]};
}

void MoreRowsTest::aScheduleShowsItsParameters()
{
    QFETCH(int, schedule);
    QFETCH(QStringList, parameters);
    RestartFields fields;
    fields.show(Experiment());
    fields.more()->setOpen(true);
    fields.show();
    named<QComboBox>(fields, rare[0])->setCurrentIndex(schedule);
    QCOMPARE(seen(fields).mid(1, parameters.size()), parameters);
    QCOMPARE(seen(fields).size(), 5 + parameters.size());
    QCOMPARE(static_cast<int>(fields.read(Experiment()).training.schedule), schedule);
}

void MoreRowsTest::whatIsBeyondWhatIsOfferedIsShownAsItIs()
{
    Experiment e = unusual(Schedule::Step);
    e.training.schedulePeriod = 4'000'000'000'000;
    e.training.warmup = 999'999'999'999'999;
    e.training.truncate = 60'000;
    e.model.initScale = -2;
    RestartFields fields;
    fields.show(e);
    fields.show();
    QCOMPARE(named<QLineEdit>(fields, rare[1])->text(), QStringLiteral("4e12"));
    QCOMPARE(named<QLineEdit>(fields, rare[4])->text(), QStringLiteral("9.99999999999999e14"));
    QCOMPARE(named<QSpinBox>(fields, rare[5])->value(), 60'000);
    QCOMPARE(named<QLineEdit>(fields, QStringLiteral("Recurrent scale"))->text(), QStringLiteral("−2"));
    QVERIFY(fields.isRight());
    QVERIFY(fields.read(e) == e);

    e.training.iterations = 5'000'000'000'000;
    e.training.clipValue = 1e-9;
    LiveFields live;
    QSignalSpy changes(&live, &LiveFields::changeRequested);
    live.show(e, 0, 0);
    auto* iterations = named<NumberEdit>(live, QStringLiteral("Iterations"));
    QCOMPARE(iterations->text(), QStringLiteral("5e12"));
    QCOMPARE(named<NumberEdit>(live, QStringLiteral("Clip value (0: off)"))->text(), QStringLiteral("1e−9"));
    QVERIFY(changes.isEmpty());
    live.show();
    type(iterations, QStringLiteral("3000000000"));
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.at(0).at(0).value<Experiment>().training.iterations, 3'000'000'000);
}

void MoreRowsTest::aWrongNumberIsToldAndNotApplied()
{
    ExperimentPanel panel;
    Experiment e;
    e.training.schedule = Schedule::Step;
    panel.show(e, 0, 0);
    panel.show();
    auto* period = named<NumberEdit>(panel, rare[1]);
    const auto* apply = named<QPushButton>(panel, QStringLiteral("Apply and restart"));
    for (const char* wrong : {"1.5", "0", "-3", "1e16", "soon"}) {
        type(period, QLatin1String(wrong));
        QVERIFY2(period->problem().contains(QLatin1String("a whole number from 1 on")), wrong);
        QVERIFY(!apply->isEnabled());
    }
    // Its row stays, and what is wrong with it, until it is mended.
    named<QComboBox>(panel, rare[0])->setCurrentIndex(0);
    QVERIFY(period->isVisible());
    QVERIFY(!apply->isEnabled());
    type(period, QStringLiteral("40"));
    QVERIFY(apply->isEnabled());
    QVERIFY(!period->isVisible());
    named<QComboBox>(panel, rare[0])->setCurrentIndex(2);
    auto* factor = named<NumberEdit>(panel, rare[2]);
    type(factor, QStringLiteral("0.5"));
    QVERIFY(apply->isEnabled());
    type(factor, QStringLiteral("1.1"));
    QVERIFY(!apply->isEnabled());
}

void MoreRowsTest::anotherTaskDropsWhatItCannotUse()
{
    const Experiment e = withTask(unusual(Schedule::Step), "hello");
    QVERIFY(!e.training.carryState);
    QCOMPARE(e.training.teacherForcing, 1.0);
    QCOMPARE(e.training.truncate, 7);

    // One-to-many reads no answers.
    Experiment own;
    own.training.teacherForcing = 0.5;
    RestartFields fields;
    fields.show(own);
    fields.show();
    QCOMPARE(seen(fields), QStringList{rare[7]});
    named<QComboBox>(fields, QStringLiteral("Inputs"))->setCurrentIndex(1);
    QCOMPARE(seen(fields), QStringList());
    QCOMPARE(fields.read(own).training.teacherForcing, 1.0);
    named<QComboBox>(fields, QStringLiteral("Inputs"))->setCurrentIndex(0);
    QVERIFY(fields.read(own) == own);
}

void MoreRowsTest::theScheduledRateIsTold()
{
    Experiment e;
    e.training.learningRate = 0.5;
    e.training.schedule = Schedule::Step;
    e.training.schedulePeriod = 10;
    e.training.scheduleFactor = 0.1;
    LiveFields fields;
    const auto told = [&](std::int64_t iteration) {
        fields.show(e, iteration, 100);
        QString words;
        for (const QLabel* label : fields.findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().startsWith(QLatin1String("The schedule")))
                words = label->text();
        }
        return words;
    };
    fields.show();
    QCOMPARE(told(9), QString());
    QCOMPARE(told(25), QStringLiteral("The schedule makes it 0.005 at iteration 25."));
    QCOMPARE(named<NumberEdit>(fields, QStringLiteral("Learning rate"))->text(), QStringLiteral("0.5"));
}

void MoreRowsTest::clippingByValueIsAnIntervention()
{
    LiveFields fields;
    fields.show(Experiment(), 12, 20);
    fields.show();
    QSignalSpy changes(&fields, &LiveFields::changeRequested);
    type(named<NumberEdit>(fields, QStringLiteral("Clip value (0: off)")), QStringLiteral("5"));
    QCOMPARE(changes.size(), 1);
    const auto changed = changes.at(0).at(0).value<Experiment>();
    QCOMPARE(changed.interventions.size(), std::size_t(1));
    QCOMPARE(changed.interventions[0].set, std::string("training.clip_value"));
    QCOMPARE(settingsAt(changed, 11).clipValue, 0.0);
    QCOMPARE(settingsAt(changed, 12).clipValue, 5.0);
    fields.show(changed, 12, 20);
    QCOMPARE(named<NumberEdit>(fields, QStringLiteral("Clip value (0: off)"))->text(), QStringLiteral("5"));
}

void MoreRowsTest::aChangeRestartsAndIsUndone()
{
    Room room;
    room.window->session().startTraining(20);
    room.settle();
    ExperimentPanel& panel = *room.window->experimentPanel();
    room.window->actions().settings->trigger();
    named<FlatButton>(panel, QStringLiteral("More: rate schedule, truncation…"))->click();
    named<QSpinBox>(panel, rare[5])->setValue(2);
    named<QCheckBox>(panel, rare[8])->click();
    type(named<NumberEdit>(panel, rare[4]), QStringLiteral("10"));
    const Experiment before = room.window->session().experiment();
    named<QPushButton>(panel, QStringLiteral("Apply and restart"))->click();
    room.settle();
    const Experiment& after = room.window->session().experiment();
    QCOMPARE(after.training.truncate, 2);
    QCOMPARE(after.training.warmup, 10);
    QVERIFY(!after.model.readoutBias);
    QCOMPARE(room.window->session().frontier(), std::int64_t(0));
    QCOMPARE(room.window->playback().frame().trace().truncate, 2);
    room.window->actions().undo->trigger();
    room.settle();
    QVERIFY(room.window->session().experiment() == before);
    QCOMPARE(named<QSpinBox>(panel, rare[5])->value(), 0);
}

void MoreRowsTest::openOrShutIsRemembered()
{
    Room room;
    for (const bool open : {false, true, false}) {
        auto* panel = room.window->experimentPanel();
        room.window->actions().settings->setChecked(true);
        QCOMPARE(named<QWidget>(*panel, rare[0])->isVisible(), open);
        named<FlatButton>(*panel,
                          open ? QStringLiteral("Less") : QStringLiteral("More: rate schedule, truncation…"))
            ->click();
        QCOMPARE(named<QWidget>(*panel, rare[0])->isVisible(), !open);
        if (!open) // scrolled to
            QTRY_VERIFY(!named<QWidget>(*panel, rare[8])->visibleRegion().isEmpty());
        room.open();
    }
}

void MoreRowsTest::weightsAreReadFromAFile()
{
    QTemporaryDir directory;
    const QString file = directory.filePath(QStringLiteral("w.safetensors"));
    QVERIFY(QFile(file).open(QIODevice::WriteOnly));
    QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    const Experiment e;
    RestartFields fields;
    fields.show(e);
    fields.show();
    auto* init = named<QComboBox>(fields, QStringLiteral("Initial weights"));
    const auto choose = [&](bool accept) {
        QTimer::singleShot(0, &fields, [&, accept] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                qFatal("no dialog");
            if (!accept)
                return dialog->reject();
            dialog->selectFile(file);
            QMetaObject::invokeMethod(dialog, "accept");
        });
        init->setCurrentIndex(init->count() - 1);
        emit init->activated(init->count() - 1);
    };
    choose(false);
    QVERIFY(fields.read(e) == e);
    choose(true);
    QCOMPARE(QString::fromStdString(fields.read(e).weights), file);
    QVERIFY(!init->isVisible());
    named<QPushButton>(fields,
                       QStringLiteral("Draw the initial weights from the seed instead of reading these"))
        ->click();
    QVERIFY(fields.read(e) == e);
    QVERIFY(init->isVisible());
}

void MoreRowsTest::tabGoesDownTheFields()
{
    RestartFields fields;
    Experiment e;
    e.model.hidden = {3, 4};
    fields.show(e);
    fields.more()->setOpen(true);
    fields.show();
    QStringList order;
    for (QWidget* next = fields.nextInFocusChain(); next != &fields; next = next->nextInFocusChain()) {
        if (next->isVisible() && (next->focusPolicy() & Qt::TabFocus) && !next->accessibleName().isEmpty())
            order << next->accessibleName();
    }
    QCOMPARE(order, (QStringList{QStringLiteral("Task"), QStringLiteral("Inputs"), QStringLiteral("Cell"),
                                 QStringLiteral("Activation"), QStringLiteral("Layers"),
                                 QStringLiteral("Hidden units of layer 1"),
                                 QStringLiteral("Hidden units of layer 2"), QStringLiteral("Initial weights"),
                                 QStringLiteral("Recurrent scale"), QStringLiteral("Seed"),
                                 QStringLiteral("New seed"), QStringLiteral("Batch"), QStringLiteral("Loss"),
                                 rare[0], rare[4], rare[5], rare[7], rare[8], QStringLiteral("Less")}));
}

QTEST_MAIN(MoreRowsTest)
#include "more_rows_test.moc"
