#include "core/files/experiment_file.h"
#include "tests/ui/fields.h"
#include "tests/ui/room.h"
#include "ui/panels/buttons.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/form.h"
#include "ui/panels/live_fields.h"
#include "ui/panels/restart_fields.h"
#include "ui/session/experiment_edit.h"
#include "ui/session/intervention_edit.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>

using namespace ui;
using namespace unrolled;

class PanelTest : public QObject
{
    Q_OBJECT

private slots:
    void aChangeAtTheStartIsNoIntervention();
    void aLaterChangeIsAnInterventionInOrder();
    void aSecondChangeAtTheSameIterationReplacesTheFirst();
    void goingBackToTheOldValueLeavesNothingBehind();
    void anotherTaskDropsWhatItCannotUse();
    void everyExperimentIsReadBackAsItWasShown_data();
    void everyExperimentIsReadBackAsItWasShown();
    void theFieldsOfATaskAreShownAndRead_data();
    void theFieldsOfATaskAreShownAndRead();
    void whatIsLargerThanIsOfferedStays();
    void stepsOfATaskLieWithinItsSequence();
    void aDraftIsNotAppliedBeforeItIsAsked();
    void theNoteTellsWhatRestarts();
    void aWrongNumberIsToldInWordsAndChangesNothing_data();
    void aWrongNumberIsToldInWordsAndChangesNothing();
    void onlyTheFieldsOfTheCellAreShown();
    void everySettingIsInSightInASmallWindow();
    void whatWasRefusedStaysAsADraft();
    void choicesTakeTheKeyboard();
    void settingsAreWrittenShortAndReadBack_data();
    void settingsAreWrittenShortAndReadBack();
    void aPictureThatMovesOnLeavesWhatIsBeingTyped();
    void aComputedNumberIsShortAndExact();
};

void PanelTest::aChangeAtTheStartIsNoIntervention()
{
    const Experiment changed = withTrainingChange(Experiment(), 0, "training.learning_rate", 0.5);
    QVERIFY(changed.interventions.empty());
    QCOMPARE(changed.training.learningRate, 0.5);
}

void PanelTest::aLaterChangeIsAnInterventionInOrder()
{
    Experiment e = withTrainingChange(Experiment(), 20, "training.learning_rate", 0.5);
    e = withTrainingChange(e, 5, "training.clip_norm", 1.0);
    e = withTrainingChange(e, 12, "training.optimizer", std::string("sgd"));
    QCOMPARE(e.interventions.size(), std::size_t(3));
    QCOMPARE(e.interventions[0].iteration, 5);
    QCOMPARE(e.interventions[1].iteration, 12);
    QCOMPARE(e.interventions[2].iteration, 20);
    QCOMPARE(settingsAt(e, 4).clipNorm, 0.0);
    QCOMPARE(settingsAt(e, 5).clipNorm, 1.0);
    QCOMPARE(settingsAt(e, 12).optimizer, OptimizerKind::Sgd);
    QCOMPARE(interventionText(e.interventions[0]), QStringLiteral("Gradient clipping 1 from iteration 5 on"));
    QCOMPARE(interventionText(e.interventions[1]), QStringLiteral("Optimizer SGD from iteration 12 on"));
}

void PanelTest::aSecondChangeAtTheSameIterationReplacesTheFirst()
{
    Experiment e = withTrainingChange(Experiment(), 20, "training.learning_rate", 0.5);
    e = withTrainingChange(e, 20, "training.learning_rate", 0.25);
    QCOMPARE(e.interventions.size(), std::size_t(1));
    QCOMPARE(std::get<double>(e.interventions[0].value), 0.25);
}

void PanelTest::goingBackToTheOldValueLeavesNothingBehind()
{
    const Experiment base;
    Experiment e = withTrainingChange(base, 20, "training.learning_rate", 0.5);
    e = withTrainingChange(e, 20, "training.learning_rate", base.training.learningRate);
    QVERIFY(e == base);
    e = withoutIntervention(withTrainingChange(base, 20, "training.learning_rate", 0.5), 0);
    QVERIFY(e == base);
}

void PanelTest::anotherTaskDropsWhatItCannotUse()
{
    Experiment e = withTrainingChange(Experiment(), 20, "training.learning_rate", 0.5);
    e.weights = "some.safetensors";
    e = withTask(e, "adding");
    QCOMPARE(e.task.id, std::string("adding"));
    QCOMPARE(e.task.length, 60);
    QVERIFY(e.interventions.empty());
    QVERIFY(e.weights.empty());
}

void PanelTest::everyExperimentIsReadBackAsItWasShown_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("cell");
    QTest::addColumn<int>("layers");
    for (const BuiltIn& known : builtIns()) {
        for (const int cell : {0, 1, 2}) {
            for (const int layers : {1, 3})
                QTest::addRow("%s, %s, layers: %d", known.id.c_str(),
                              title(static_cast<CellKind>(cell)).data(), layers)
                    << QString::fromStdString(known.id) << cell << layers;
        }
    }
}

void PanelTest::everyExperimentIsReadBackAsItWasShown()
{
    QFETCH(QString, id);
    QFETCH(int, cell);
    QFETCH(int, layers);
    Experiment e = readExperiment(id.toStdString());
    e.model.cell = {static_cast<CellKind>(cell), Activation::Relu, GruReset::Before};
    e.model.hidden.assign(static_cast<std::size_t>(layers), 7);
    e.model.hidden.back() = 5;
    e.model.init = Initialiser::Orthogonal;
    e.model.initScale = 1.25;
    e.model.forgetBias = -0.5;
    e.seed = 1234567890123456789ULL;
    e.training.batch = 4;
    e.training.loss = Reduction::Mean;
    RestartFields fields;
    fields.show(e);
    QVERIFY(fields.read(e) == e);
    QVERIFY(fields.isRight());
    fields.show(Experiment()); // and nothing of it stays
    QVERIFY(fields.read(Experiment()) == Experiment());
}

void PanelTest::theFieldsOfATaskAreShownAndRead_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QStringList>("shown");
    QTest::newRow("hello") << QStringLiteral("hello") << QStringList{QStringLiteral("Inputs")};
    QTest::newRow("adding") << QStringLiteral("adding") << QStringList{QStringLiteral("Definition")};
    QTest::newRow("copy") << QStringLiteral("copy")
                          << QStringList{QStringLiteral("Lag"), QStringLiteral("Symbols"),
                                         QStringLiteral("Alphabet")};
    QTest::newRow("echo") << QStringLiteral("echo")
                          << QStringList{QStringLiteral("Lag"), QStringLiteral("Alphabet")};
    QTest::newRow("latch") << QStringLiteral("latch")
                           << QStringList{QStringLiteral("Signal"), QStringLiteral("Noise")};
    QTest::newRow("addition") << QStringLiteral("addition")
                              << QStringList{QStringLiteral("Digits"), QStringLiteral("Reads the sum")};
    QTest::newRow("reber") << QStringLiteral("reber") << QStringList{};
}

void PanelTest::theFieldsOfATaskAreShownAndRead()
{
    QFETCH(QString, id);
    QFETCH(QStringList, shown);
    const Experiment before = withTask(Experiment(), id.toStdString());
    RestartFields fields;
    fields.show(before);
    fields.show();
    QVERIFY(fields.read(before) == before);
    Experiment after = before;
    TaskSettings& task = after.task;
    const QStringList all{
        QStringLiteral("Lag"),           QStringLiteral("Symbols"),    QStringLiteral("Alphabet"),
        QStringLiteral("Signal"),        QStringLiteral("Noise"),      QStringLiteral("Digits"),
        QStringLiteral("Reads the sum"), QStringLiteral("Definition"), QStringLiteral("Inputs")};
    for (QWidget* each : fields.findChildren<QWidget*>()) {
        const QString name = each->accessibleName();
        if (!all.contains(name) || !each->isVisible())
            continue;
        QVERIFY2(shown.removeOne(name), qPrintable(name));
        if (auto* number = qobject_cast<QSpinBox*>(each))
            number->setValue(4);
        else if (auto* choice = qobject_cast<QComboBox*>(each))
            choice->setCurrentIndex(1);
        else if (auto* box = qobject_cast<QCheckBox*>(each))
            box->toggle();
        else
            type(qobject_cast<NumberEdit*>(each), QStringLiteral("0.5"));
    }
    QVERIFY(shown.isEmpty());
    if (id == QLatin1String("hello"))
        task.feed = Feed::Zeros;
    if (id == QLatin1String("adding"))
        task.form = AddingForm::Hochreiter;
    if (id == QLatin1String("copy") || id == QLatin1String("echo"))
        task.lag = task.alphabet = 4;
    if (id == QLatin1String("copy"))
        task.symbols = 4;
    if (id == QLatin1String("latch")) {
        task.signal = 4;
        task.noise = 0.5;
    }
    if (id == QLatin1String("addition")) {
        task.digits = 4;
        task.reversed = false;
    }
    QVERIFY(fields.read(before) == after);
    fields.show(after);
    QVERIFY(fields.read(after) == after);
}

void PanelTest::whatIsLargerThanIsOfferedStays()
{
    Experiment e = withTask(Experiment(), "echo");
    e.task.length = 20'000;
    e.task.lag = 12'000;
    e.model.hidden = {3000};
    e.training.batch = 2000;
    RestartFields fields;
    fields.show(e);
    QVERIFY(fields.read(e) == e);
}

void PanelTest::stepsOfATaskLieWithinItsSequence()
{
    const Experiment e = withTask(Experiment(), "echo"); // 20 steps, 3 of them the lag
    RestartFields fields;
    fields.show(e);
    fields.show();
    named<QSpinBox>(fields, QStringLiteral("Sequence length"))->setValue(3);
    QCOMPARE(fields.read(e).task.lag, 2);
}

void PanelTest::aDraftIsNotAppliedBeforeItIsAsked()
{
    ExperimentPanel panel;
    QSignalSpy changes(&panel, &ExperimentPanel::changeRequested);
    panel.show(Experiment(), 0, 0);
    auto* apply = named<QPushButton>(panel, QStringLiteral("Apply and restart"));
    QVERIFY(!apply->isEnabled());
    named<QSpinBox>(panel, QStringLiteral("Hidden units of layer 1"))->setValue(8);
    QVERIFY(changes.isEmpty());
    QVERIFY(apply->isEnabled());
    named<QPushButton>(panel, QStringLiteral("Revert"))->click();
    QVERIFY(!apply->isEnabled());
    named<QSpinBox>(panel, QStringLiteral("Hidden units of layer 1"))->setValue(9);
    apply->click();
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.at(0).at(0).value<Experiment>().model.hidden, std::vector<int>{9});
}

void PanelTest::theNoteTellsWhatRestarts()
{
    ExperimentPanel panel;
    panel.show(Experiment(), 12, 300);
    named<QSpinBox>(panel, QStringLiteral("Layers"))->setValue(2);
    bool restarts = false;
    bool takesEffect = false;
    for (const QLabel* label : panel.findChildren<QLabel*>()) {
        restarts = restarts || (label->text().contains(QLatin1String("Restarts training")) &&
                                label->text().contains(QLatin1String("300")));
        takesEffect = takesEffect || label->text().contains(QLatin1String("from iteration 12 on"));
    }
    QVERIFY(restarts);
    QVERIFY(takesEffect);
}

void PanelTest::aWrongNumberIsToldInWordsAndChangesNothing_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("typed");
    QTest::newRow("a learning rate that is a word") << "Learning rate"
                                                    << "fast";
    QTest::newRow("a learning rate of zero") << "Learning rate"
                                             << "0";
    QTest::newRow("a negative learning rate") << "Learning rate"
                                              << "-0.1";
    QTest::newRow("an infinite learning rate") << "Learning rate"
                                               << "inf";
    QTest::newRow("nothing") << "Learning rate"
                             << " ";
    QTest::newRow("a negative clipping norm") << "Clip norm (0: off)"
                                              << "-1";
    QTest::newRow("a negative clipping value") << "Clip value (0: off)"
                                               << "-1";
    QTest::newRow("a momentum of one") << "Momentum"
                                       << "1";
}

void PanelTest::aWrongNumberIsToldInWordsAndChangesNothing()
{
    QFETCH(QString, field);
    QFETCH(QString, typed);
    Experiment e;
    e.training.optimizer = OptimizerKind::Momentum;
    LiveFields fields;
    fields.show(e, 12, 20);
    fields.show();
    QSignalSpy changes(&fields, &LiveFields::changeRequested);
    auto* edit = named<NumberEdit>(fields, field);
    QVERIFY(edit);
    type(edit, typed);
    QVERIFY(changes.isEmpty());
    QVERIFY(edit->problem().contains(QLatin1String("expected")));
    type(edit, QStringLiteral("0.25"));
    QCOMPARE(changes.size(), 1);
    QVERIFY(edit->problem().isEmpty());
}

void PanelTest::everySettingIsInSightInASmallWindow()
{
    Room room(QStringLiteral("adding")); // 1280 × 800
    room.key(Qt::Key_Comma, Qt::ControlModifier);
    auto* panel = room.window->findChild<ExperimentPanel*>();
    QVERIFY(panel && panel->isVisible());
    int seen = 0;
    for (const auto* field : panel->findChildren<QWidget*>()) {
        const bool sets =
            qobject_cast<const QComboBox*>(field) || qobject_cast<const QAbstractSpinBox*>(field) ||
            qobject_cast<const NumberEdit*>(field) || qobject_cast<const QAbstractButton*>(field);
        if (!sets || !field->isVisible())
            continue;
        QVERIFY2(field->visibleRegion().boundingRect().height() == field->height(),
                 qPrintable(field->accessibleName()));
        ++seen;
    }
    QVERIFY(seen > 15);
}

void PanelTest::onlyTheFieldsOfTheCellAreShown()
{
    RestartFields fields;
    Experiment e;
    fields.show(e);
    fields.show();
    QVERIFY(named<QComboBox>(fields, QStringLiteral("Activation"))->isVisible());
    QVERIFY(!named<QComboBox>(fields, QStringLiteral("Reset gate"))->isVisible());
    QVERIFY(!named<NumberEdit>(fields, QStringLiteral("Forget bias"))->isVisible());
    named<QComboBox>(fields, QStringLiteral("Cell"))->setCurrentIndex(2);
    QVERIFY(!named<QComboBox>(fields, QStringLiteral("Activation"))->isVisible());
    QVERIFY(named<NumberEdit>(fields, QStringLiteral("Forget bias"))->isVisible());
    QVERIFY(!named<QSpinBox>(fields, QStringLiteral("Sequence length"))->isVisible());
    e.task.id = "adding";
    e.task.length = 60;
    fields.show(e);
    QVERIFY(named<QSpinBox>(fields, QStringLiteral("Sequence length"))->isVisible());
}

void PanelTest::whatWasRefusedStaysAsADraft()
{
    ExperimentPanel panel;
    const Experiment e;
    panel.show(e, 0, 0);
    auto* batch = named<QSpinBox>(panel, QStringLiteral("Batch"));
    batch->setValue(7);
    auto* apply = named<QPushButton>(panel, QStringLiteral("Apply and restart"));
    apply->click();
    Experiment tried = e;
    tried.training.batch = 7;
    panel.show(tried, 0, 0);
    panel.show(e, 0, 0); // taken back
    panel.showProblem(QStringLiteral("no"));
    QCOMPARE(batch->value(), 7);
    QVERIFY(apply->isEnabled());
}

void PanelTest::choicesTakeTheKeyboard()
{
    ChoiceRow row(ChoiceRow::Look::Segments);
    auto* first = row.addChoice(QStringLiteral("RNN"), QStringLiteral("RNN cell"));
    row.addChoice(QStringLiteral("GRU"), QStringLiteral("GRU cell"));
    row.show();
    row.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&row));
    QSignalSpy chosen(&row, &ChoiceRow::chosen);
    first->setFocus(Qt::TabFocusReason);
    QTest::keyClick(first, Qt::Key_Right);
    QCOMPARE(row.current(), 1);
    QCOMPARE(chosen.size(), 1);
    row.setCurrent(0);
    QCOMPARE(chosen.size(), 1);
}

void PanelTest::settingsAreWrittenShortAndReadBack_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << 0.0 << "0";
    QTest::newRow("a learning rate") << 0.03 << "0.03";
    QTest::newRow("a small one") << 1e-5 << "0.00001";
    QTest::newRow("a huge one") << 1e60 << "1e60";
}

void PanelTest::settingsAreWrittenShortAndReadBack()
{
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(settingNumber(value), text);
    NumberEdit edit([](double) { return true; }, QString());
    QSignalSpy edited(&edit, &NumberEdit::valueEdited);
    edit.setValue(7);
    type(&edit, QString(text).replace(QChar(0x2212), QLatin1Char('-'))); // what a keyboard has
    QCOMPARE(edit.value(), value);
    // Escape takes a wrong one back, and what was said of it.
    QTest::keyClicks(&edit, QStringLiteral("x"));
    QTest::keyClick(&edit, Qt::Key_Return);
    QVERIFY(!edit.isRight());
    QTest::keyClick(&edit, Qt::Key_Escape);
    QVERIFY(edit.isRight());
    QCOMPARE(edit.text(), text);
}

void PanelTest::aComputedNumberIsShortAndExact()
{
    NumberEdit edit([](double) { return true; }, QStringLiteral("a number"));
    QSignalSpy edited(&edit, &NumberEdit::valueEdited);
    const double third = -1.0 / 3;
    edit.setComputed(third);
    QCOMPARE(edit.text(), QStringLiteral("−0.333333"));
    QVERIFY(edit.toolTip().startsWith(QStringLiteral("−0.3333333333333333:")));
    const auto press = [&](Qt::Key key) { QTest::keyClick(&edit, key); };
    press(Qt::Key_Return); // as it stands
    QVERIFY(edit.value() == third && edit.typed() == third && edited.empty());
    QTest::keyClicks(&edit, QStringLiteral("1")); // and one digit more is another number
    QCOMPARE(edit.typed(), -0.3333331);
    press(Qt::Key_Escape);
    QCOMPARE(edit.text(), QStringLiteral("−0.333333"));
    QCOMPARE(edit.typed(), third);
    edit.selectAll();
    QTest::keyClicks(&edit, QStringLiteral("0.12345678901234"));
    press(Qt::Key_Return);
    QCOMPARE(edit.value(), 0.12345678901234);
    QCOMPARE(edit.text(), QStringLiteral("0.12345678901234"));
    QCOMPARE(edit.toolTip(), QString());
    edit.setComputed(0.25); // has no more digits
    QCOMPARE(edit.text(), QStringLiteral("0.25"));
    edit.setComputed(1e-9 / 3);
    QCOMPARE(edit.text(), QStringLiteral("3.33333e−10"));
}

void PanelTest::aPictureThatMovesOnLeavesWhatIsBeingTyped()
{
    LiveFields fields;
    const Experiment e;
    fields.show(e, 1, 20);
    fields.show();
    fields.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&fields));
    auto* rate = named<NumberEdit>(fields, QStringLiteral("Learning rate"));
    rate->setFocus();
    rate->selectAll();
    QTest::keyClicks(rate, QStringLiteral("0.2"));
    fields.show(e, 2, 20);
    QCOMPARE(rate->text(), QStringLiteral("0.2"));
    QSignalSpy changes(&fields, &LiveFields::changeRequested);
    QTest::keyClick(rate, Qt::Key_Return);
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.at(0).at(0).value<Experiment>().interventions.at(0).iteration, 2);
}

QTEST_MAIN(PanelTest)
#include "panel_test.moc"
