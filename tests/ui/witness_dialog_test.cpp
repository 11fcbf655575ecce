// The witness in the window: what it compares, that its numbers are the trace's, and that it keeps up.

#include "core/gradients/loss_alone.h"
#include "tests/ui/room.h"
#include "ui/paint/number_format.h"
#include "ui/panels/witness_dialog.h"
#include "ui/views/cell_view.h"
#include "ui/witness_commands.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QTest>
#include <QTreeWidget>

using namespace ui;
using unrolled::CellKind;
using unrolled::Experiment;

namespace {

/// A window without movement whose W was pressed.
class Court : public Room
{
public:
    explicit Court(CellKind cell = CellKind::Rnn, const std::vector<int>& hidden = {3})
    {
        Experiment experiment;
        experiment.model.cell.kind = cell;
        experiment.model.hidden = hidden;
        window->take(experiment);
        Room::settle();
    }
    WitnessDialog* ask()
    {
        QTest::keyClick(window.get(), Qt::Key_W);
        auto* dialog = window->findChild<WitnessDialog*>();
        if (!dialog || !QTest::qWaitFor([&] { return QApplication::activeWindow() == dialog; }))
            qFatal("no dialog");
        settle();
        return dialog;
    }
    void settle()
    {
        const auto* commands = window->findChild<WitnessCommands*>();
        if (!QTest::qWaitFor([&] { return !commands->isBusy(); }))
            qFatal("the witness does not come to an end");
        window->session().wait();
    }
    const unrolled::IterationTrace& trace() const { return window->playback().frame().trace(); }
};

/// The mantissas agree to so many digits, as shown.
int sharedDigits(const QTreeWidgetItem* row)
{
    const QString a = row->text(1).trimmed();
    const QString b = row->text(2).trimmed();
    int shared = 0;
    while (shared < std::min(a.size(), b.size()) && a[shared] == b[shared])
        ++shared;
    return shared;
}

} // namespace

class WitnessDialogTest : public QObject
{
    Q_OBJECT

private slots:
    void oneKeyComparesTheCellAtWork();
    void theGradientsAreTheTraces_data();
    void theGradientsAreTheTraces();
    void itKeepsUpWithTheWindow();
    void thePickedLossIsCompared();
    void anotherGradientIsChosenByKeyboard();
    void itSaysWhyNotEveryDigit();
    void aVanishedGradientIsNotSeen();
    void theRunIsNotDisturbed();
    void amongSeveralTheModelIsNamed();
};

void WitnessDialogTest::oneKeyComparesTheCellAtWork()
{
    Court court;
    court.window->playback().setPosition(court.window->playback().frame().ticks.endOfTick(
        0, court.window->playback().frame().ticks.tickOf(unrolled::Phase::Backward, 3)));
    court.window->session().wait();
    qobject_cast<CellView*>(court.window->views().find(QStringLiteral("cell")))->setUnit(1);
    const WitnessDialog* dialog = court.ask();
    QCOMPARE(dialog->target().t, 3);
    QCOMPARE(dialog->target().parameter, -1);
    QCOMPARE(dialog->table()->topLevelItemCount(), 3);
    QCOMPARE(dialog->table()->indexOfTopLevelItem(dialog->table()->currentItem()), 1);
    for (int row = 0; row < 3; ++row)
        QVERIFY2(sharedDigits(dialog->table()->topLevelItem(row)) >= 9,
                 qPrintable(dialog->table()->topLevelItem(row)->text(2)));
    QVERIFY2(dialog->summary().startsWith(QStringLiteral("∂L/∂h₃: both agree")),
             qPrintable(dialog->summary()));
}

void WitnessDialogTest::theGradientsAreTheTraces_data()
{
    QTest::addColumn<CellKind>("cell");
    QTest::newRow("RNN") << CellKind::Rnn;
    QTest::newRow("GRU") << CellKind::Gru;
    QTest::newRow("LSTM") << CellKind::Lstm;
}

void WitnessDialogTest::theGradientsAreTheTraces()
{
    QFETCH(CellKind, cell);
    Court court(cell, {3, 2});
    WitnessDialog* dialog = court.ask();
    auto* gradient = dialog->findChild<QComboBox*>();
    const auto blocks = static_cast<int>(court.trace().parameters.size());
    QCOMPARE(gradient->count(), blocks + (cell == CellKind::Lstm ? 4 : 2));
    for (int k = 0; k < gradient->count(); ++k) {
        gradient->setCurrentIndex(k);
        emit gradient->activated(k);
        court.settle();
        const WitnessTarget& target = dialog->target();
        const Eigen::MatrixXd expected =
            target.parameter >= 0
                ? court.trace().parameters[static_cast<std::size_t>(target.parameter)].gradient
                : Eigen::MatrixXd(court.trace()
                                      .channel(target.layer, target.cell ? "c" : "h")
                                      .gradient.col(target.t - 1));
        QCOMPARE(dialog->table()->topLevelItemCount(), static_cast<int>(expected.size()));
        for (int row = 0; row < dialog->table()->topLevelItemCount(); ++row) {
            const QString text = dialog->table()->topLevelItem(row)->text(1).trimmed();
            const double value = expected.data()[row];
            const QString digits = QString::number(std::abs(value), 'e', 15).section(QLatin1Char('e'), 0, 0);
            QVERIFY2(value == 0 || text.contains(digits), qPrintable(text + " for " + digits));
        }
        QVERIFY2(dialog->summary().contains(QLatin1String("both agree")), qPrintable(dialog->summary()));
    }
}

void WitnessDialogTest::itKeepsUpWithTheWindow()
{
    Court court;
    WitnessDialog* dialog = court.ask();
    const QString before = dialog->table()->topLevelItem(0)->text(1);
    court.window->playback().setPosition({5, 2, 0});
    court.window->session().wait();
    court.settle();
    QVERIFY(dialog->table()->topLevelItem(0)->text(1) != before);
    QCOMPARE(dialog->target().t, 3);
    QVERIFY(dialog->summary().contains(QLatin1String("both agree")));
    dialog->close();
    court.window->playback().setPosition({9, 2, 0});
    court.window->session().wait();
    QVERIFY(!court.window->findChild<WitnessCommands*>()->isBusy());
}

void WitnessDialogTest::thePickedLossIsCompared()
{
    Court court(CellKind::Lstm, {3, 2});
    const WitnessDialog* dialog = court.ask();
    const int t = dialog->target().t;
    court.window->views().pickLoss(4);
    court.window->views().wait();
    court.settle();
    QCOMPARE(dialog->target().t, t);
    const QString name = QStringLiteral("∂L₄/∂h%1").arg(ui::subscript(t));
    QVERIFY2(dialog->summary().startsWith(name) && dialog->summary().contains(QLatin1String("both agree")),
             qPrintable(dialog->summary()));
    const auto labels = dialog->findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text().contains(QStringLiteral("cancel: L₄ = "));
    }));
    const unrolled::TracePtr alone = unrolled::lossAlone(court.window->playback().frame().lane().trace, 4);
    const auto gradient = alone->channel(dialog->target().layer, "h").gradient.col(t - 1);
    for (int row = 0; row < dialog->table()->topLevelItemCount(); ++row)
        QVERIFY(dialog->table()->topLevelItem(row)->text(1).contains(
            QString::number(std::abs(gradient(row)), 'e', 15).section(QLatin1Char('e'), 0, 0)));
    court.window->views().pickLoss(0);
    court.settle();
    QVERIFY2(dialog->summary().startsWith(QStringLiteral("∂L/∂h")), qPrintable(dialog->summary()));
}

void WitnessDialogTest::anotherGradientIsChosenByKeyboard()
{
    Court court(CellKind::Lstm);
    WitnessDialog* dialog = court.ask();
    QTest::keyClick(dialog, Qt::Key_G, Qt::AltModifier);
    auto* gradient = dialog->findChild<QComboBox*>();
    QVERIFY(gradient->hasFocus());
    QTest::keyClick(gradient, Qt::Key_Down);
    court.settle();
    QVERIFY(dialog->target().cell);
    QTest::keyClick(dialog, Qt::Key_S, Qt::AltModifier);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    court.settle();
    QCOMPARE(dialog->target().t, 3); // from step 4, which the cell view shows at the loss
    QVERIFY2(dialog->summary().startsWith(QStringLiteral("∂L/∂c₃: both agree")),
             qPrintable(dialog->summary()));
}

void WitnessDialogTest::itSaysWhyNotEveryDigit()
{
    Court court;
    const WitnessDialog* dialog = court.ask();
    bool told = false;
    for (const auto* label : dialog->findChildren<QLabel*>())
        told = told || label->text().contains(QLatin1String("cancel"));
    QVERIFY(told);
}

void WitnessDialogTest::aVanishedGradientIsNotSeen()
{
    unrolled::Witness witness;
    Court court;
    WitnessDialog* dialog = court.ask();
    witness.entries = {{0, 0, 1e-17, {0, 1e-3, 1e-14}}, {1, 0, -3e-16, {1e-15, 1e-3, 1e-14}}};
    witness.outOf = 2;
    dialog->showWitness(witness);
    QVERIFY2(dialog->summary().contains(QLatin1String("too small for differences")),
             qPrintable(dialog->summary()));
    QVERIFY(!dialog->summary().contains(QLatin1String("relative")));
    witness.entries.push_back({2, 0, 0.25, {0.2500000001, 1e-3, 1e-9}});
    dialog->showWitness(witness);
    QVERIFY2(dialog->summary().contains(QLatin1String("2 of 3")), qPrintable(dialog->summary()));
    QVERIFY(dialog->summary().contains(norm(witness.entries[2].relative())));
    witness.entries[2].gradient = 0.26;
    dialog->showWitness(witness);
    QVERIFY2(dialog->summary().contains(QLatin1String("too far apart in 1 of 3")),
             qPrintable(dialog->summary()));
}

void WitnessDialogTest::amongSeveralTheModelIsNamed()
{
    const auto introduced = [](const WitnessDialog* dialog) {
        return dialog->findChild<QLabel*>()->text().section(QLatin1Char('.'), 0, 0);
    };
    Court court;
    QCOMPARE(introduced(court.ask()), QStringLiteral("Iteration 0"));
    court.window->actions().compareCells->trigger();
    court.Room::settle();
    court.window->actions().nextLane->trigger(); // also follows while it is open
    court.Room::settle();
    const auto* dialog = court.window->findChild<WitnessDialog*>();
    QTRY_COMPARE(introduced(dialog), QStringLiteral("GRU, iteration 0"));
    court.settle();
}

void WitnessDialogTest::theRunIsNotDisturbed()
{
    Court court;
    const auto before = court.window->playback().frame().lane().trace;
    court.ask();
    QCOMPARE(court.window->session().frontier(), std::int64_t(0));
    QCOMPARE(court.window->playback().frame().lane().trace, before);
    court.window->playback().setPosition({1, 0, 0});
    court.window->session().wait();
    const auto& after = court.trace();
    for (std::size_t k = 0; k < after.parameters.size(); ++k)
        QVERIFY(after.parameters[k].before == before->parameters[k].after);
}

QTEST_MAIN(WitnessDialogTest)
#include "witness_dialog_test.moc"
