// What training is to stop at, as one sets it in the window, and what the window says then.

#include "tests/ui/fields.h"
#include "tests/ui/room.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/panels/breakpoint_dialog.h"
#include "ui/panels/form.h"
#include "ui/panels/message_bar.h"

#include <QAction>
#include <QCheckBox>
#include <QLabel>
#include <QPushButton>

using namespace ui;

namespace {

/// The window, and the dialog of its breakpoints.
class BreakpointRoom : public Room
{
public:
    BreakpointDialog* dialog()
    {
        key(Qt::Key_B, Qt::ControlModifier);
        auto* found = window->findChild<BreakpointDialog*>();
        if (!found || !QTest::qWaitFor([&] { return QApplication::activeWindow() == found; }))
            qFatal("no dialog");
        return found;
    }
    void closeDialog()
    {
        QTest::keyClick(QApplication::activeWindow(), Qt::Key_Escape);
        window->activateWindow();
        if (!QTest::qWaitFor([&] { return QApplication::activeWindow() == window.get(); }))
            qFatal("the window does not get active again");
        settle();
    }
    MessageBar* message() const { return window->findChild<MessageBar*>(); }
    qint64 shown() const { return window->playback().frame().position.iteration; }
};

/// By keyboard alone: to the number, type it, Return.
void typeNumber(BreakpointDialog* dialog, const char* accessibleName, const QString& text)
{
    for (NumberEdit* edit : dialog->findChildren<NumberEdit*>()) {
        if (edit->accessibleName() != QLatin1String(accessibleName))
            continue;
        for (int tabs = 0; tabs < 20 && QApplication::focusWidget() != edit; ++tabs)
            QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : dialog, Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), edit);
        QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(edit, text);
        QTest::keyClick(edit, Qt::Key_Return);
        return;
    }
    QFAIL(accessibleName);
}

/// What a dialog says is wrong; empty where nothing is.
QString problemOf(const BreakpointDialog& dialog)
{
    for (const auto* label : dialog.findChildren<QLabel*>()) {
        if (label->isVisible() && label->text().startsWith(QLatin1String("Found")))
            return label->text();
    }
    return {};
}

} // namespace

class BreakpointDialogTest : public QObject
{
    Q_OBJECT

private slots:
    void theWindowSaysWhyAndGoesOnByKeyboard();
    void whatIsTrainedCanBeSearched();
    void theDialogRemembers();
    void whatIsNoNumberIsRefused();
    void onlyWhatIsOnIsToldToBeWrong();
};

void BreakpointDialogTest::theWindowSaysWhyAndGoesOnByKeyboard()
{
    BreakpointRoom room;
    typeNumber(room.dialog(), "Iteration to stop at", QStringLiteral("12"));
    room.closeDialog();
    QVERIFY(room.window->actions().breakpoints->text().contains(QLatin1String("1 set")));
    const auto isTold = [](const QPushButton* button) {
        return button->toolTip().contains(QLatin1String("Breakpoints that stop it: 1"));
    };
    const auto buttons = room.window->findChildren<QPushButton*>();
    QCOMPARE(std::count_if(buttons.begin(), buttons.end(), isTold), 1);
    // A dot at its corner, which goes with them.
    QPushButton* train = *std::find_if(buttons.begin(), buttons.end(), isTold);
    const auto dot = [train] { return train->grab().toImage().pixelColor(train->width() - 9, 8); };
    const QColor marked = dot();
    QCOMPARE(marked, paletteFor(train->palette()).wrong);
    room.window->actions().breakpoints->setData(0);
    QVERIFY(dot() != marked);
    room.window->actions().breakpoints->setData(1);
    room.key(Qt::Key_T);
    QCOMPARE(room.shown(), 12);
    QVERIFY(room.message()->isVisible());
    QVERIFY2(room.message()->text().startsWith(QLatin1String("Stopped at iteration 12: ")),
             qPrintable(room.message()->text()));
    room.key(Qt::Key_T);
    QVERIFY(!room.message()->isVisible());
    QCOMPARE(room.window->session().frontier(), std::int64_t(300));

    // The number of the message is the one of the trace.
    BreakpointRoom other;
    typeNumber(other.dialog(), "Smallest norm of the gradient at step 1", QStringLiteral("0.05"));
    other.closeDialog();
    other.key(Qt::Key_T);
    const double measured = other.window->playback().frame().trace().channel(0, "h").gradient.col(0).norm();
    QVERIFY(measured < 0.05);
    QVERIFY2(other.message()->text().contains(QStringLiteral("‖∂L/∂h₁‖ = ") + norm(measured)),
             qPrintable(other.message()->text()));
    other.key(Qt::Key_Left, Qt::ControlModifier); // another iteration: the message is not about it
    QVERIFY(!other.message()->isVisible());
}

void BreakpointDialogTest::whatIsTrainedCanBeSearched()
{
    // Where training would have stopped.
    BreakpointRoom first;
    typeNumber(first.dialog(), "Smallest norm of the gradient at step 1", QStringLiteral("0.05"));
    first.closeDialog();
    first.key(Qt::Key_T);
    const qint64 there = first.shown();
    QVERIFY(there > 0 && there < 300);

    BreakpointRoom room;
    room.key(Qt::Key_T);
    QCOMPARE(room.shown(), 300);
    BreakpointDialog* dialog = room.dialog();
    const auto search = [&] {
        for (auto* button : dialog->findChildren<QPushButton*>()) {
            if (button->text().contains(QLatin1String("first so far")))
                return button;
        }
        return static_cast<QPushButton*>(nullptr);
    };
    QVERIFY(!search()->isEnabled()); // for nothing
    typeNumber(dialog, "Largest norm of all gradients", QStringLiteral("1e9"));
    search()->click();
    room.settle();
    QVERIFY2(room.message()->text().startsWith(
                 QLatin1String("None of the iterations trained so far (300) meets a breakpoint")),
             qPrintable(room.message()->text()));
    QCOMPARE(room.shown(), 300);
    typeNumber(dialog, "Smallest norm of the gradient at step 1", QStringLiteral("0.05"));
    search()->click();
    room.settle();
    QCOMPARE(room.shown(), there);
    QVERIFY(room.message()->isVisible());
    const double measured = room.window->playback().frame().trace().channel(0, "h").gradient.col(0).norm();
    QVERIFY2(room.message()->text().startsWith(
                 QStringLiteral("Iteration %1 is the first to meet a breakpoint: ‖∂L/∂h₁‖ = %2 fell under")
                     .arg(count(there), norm(measured))),
             qPrintable(room.message()->text()));
    QCOMPARE(room.window->session().frontier(), std::int64_t(300));

    // A number that is still being typed counts.
    for (auto* edit : dialog->findChildren<NumberEdit*>()) {
        if (edit->accessibleName() != QLatin1String("Largest norm of all gradients"))
            continue;
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, QStringLiteral("1e-3"));
    }
    search()->click();
    room.settle();
    QCOMPARE(room.shown(), 0);
}

void BreakpointDialogTest::theDialogRemembers()
{
    BreakpointRoom room;
    BreakpointDialog* dialog = room.dialog();
    typeNumber(dialog, "Smallest norm of the gradient at step 1", QStringLiteral("1e-30"));
    typeNumber(dialog, "Share of right answers in per cent", QStringLiteral("75"));
    for (auto* box : dialog->findChildren<QCheckBox*>()) {
        if (box->accessibleName().startsWith(QLatin1String("Right")))
            box->click(); // typing has checked it
    }
    room.closeDialog();
    room.open();
    dialog = room.dialog();
    QMap<QString, bool> boxes;
    for (const auto* box : dialog->findChildren<QCheckBox*>())
        boxes.insert(box->accessibleName().left(5), box->isChecked());
    QCOMPARE(boxes.value(QStringLiteral("The g")), true);
    QCOMPARE(boxes.value(QStringLiteral("Right")), false);
    QCOMPARE(boxes.value(QStringLiteral("Itera")), false);
    QMap<QString, double> numbers;
    for (const auto* edit : dialog->findChildren<NumberEdit*>())
        numbers.insert(edit->accessibleName(), edit->value());
    QCOMPARE(numbers.value(QStringLiteral("Smallest norm of the gradient at step 1")), 1e-30);
    QCOMPARE(numbers.value(QStringLiteral("Share of right answers in per cent")), 75.0);
    QCOMPARE(numbers.value(QStringLiteral("Iteration to stop at")), 100.0);
}

void BreakpointDialogTest::whatIsNoNumberIsRefused()
{
    Breakpoints taken;
    BreakpointDialog dialog(taken);
    connect(&dialog, &BreakpointDialog::changed,
            [&](const Breakpoints& breakpoints) { taken = breakpoints; });
    dialog.show();
    dialog.activateWindow();
    QVERIFY(QTest::qWaitFor([&] { return QApplication::activeWindow() == &dialog; }));
    typeNumber(&dialog, "Iteration to stop at", QStringLiteral("2.5"));
    QVERIFY(!taken[BreakpointKind::Iteration].on);
    bool told = false;
    for (const auto* label : dialog.findChildren<QLabel*>())
        told = told || (label->isVisible() && label->text().contains(QLatin1String("a whole number")));
    QVERIFY(told);
    typeNumber(&dialog, "Iteration to stop at", QStringLiteral("25"));
    QVERIFY(taken[BreakpointKind::Iteration].on);
    QCOMPARE(taken[BreakpointKind::Iteration].value, 25.0);
}

void BreakpointDialogTest::onlyWhatIsOnIsToldToBeWrong()
{
    BreakpointDialog dialog(Breakpoints{});
    dialog.show();
    dialog.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    auto* vanished = named<NumberEdit>(dialog, QStringLiteral("Smallest norm of the gradient at step 1"));
    auto* exploded = named<NumberEdit>(dialog, QStringLiteral("Largest norm of all gradients"));
    const auto boxes = dialog.findChildren<QCheckBox*>();
    type(vanished, QStringLiteral("-1"));
    QVERIFY(problemOf(dialog).contains(QStringLiteral("“-1”"))); // it is being typed
    QTest::keyClick(vanished, Qt::Key_Tab);
    QCOMPARE(problemOf(dialog), QString());
    boxes[0]->click();
    QVERIFY(problemOf(dialog).contains(QStringLiteral("“-1”")));
    type(exploded, QStringLiteral("none")); // the first one is told until it is off
    QVERIFY(problemOf(dialog).contains(QStringLiteral("“-1”")));
    boxes[0]->click();
    QVERIFY(problemOf(dialog).contains(QStringLiteral("“none”")));
    type(exploded, QStringLiteral("50"));
    QCOMPARE(problemOf(dialog), QString());
    QVERIFY(boxes[1]->isChecked());
}

QTEST_MAIN(BreakpointDialogTest)
#include "breakpoint_dialog_test.moc"
