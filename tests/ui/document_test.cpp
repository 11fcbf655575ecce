#include "tests/ui/main_room.h"
#include "ui/panels/message_bar.h"

#include <QAbstractButton>
#include <QActionGroup>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

using namespace ui;
using unrolled::Experiment;
using unrolled::Position;

class DocumentTest : public QObject
{
    Q_OBJECT

private slots:
    void theTitleTellsTheFileAndChanges();
    void savingAndOpeningKeepsTheExperiment();
    void aFileThatCannotBeReadIsToldInWords();
    void whatCannotRunIsTakenBackAndTold();
    void aDivergedRunIsToldAndCanBeSteppedBackFrom();
    void aNoteMovesNothing();
    void whatWasSetIsRemembered();
};

void DocumentTest::theTitleTellsTheFileAndChanges()
{
    MainRoom room;
    QVERIFY(room.window->windowTitle().startsWith(QLatin1String("hello")));
    QVERIFY(!room.window->isWindowModified());
    room.key(Qt::Key_N);
    QVERIFY(!room.window->isWindowModified()); // another seed is no work to lose, nobody will ask
    QVERIFY(!room.window->document().worthSaving());
    room.window->document().undoStack()->undo();
    Experiment changed = room.window->document().experiment();
    changed.interventions = {{5, "training.learning_rate", 0.5}};
    room.window->document().change(changed, QStringLiteral("a change"));
    QVERIFY(room.window->document().worthSaving());
    QVERIFY(room.window->isWindowModified());
    room.window->document().undoStack()->undo();
    QVERIFY(!room.window->document().worthSaving());
    QVERIFY(!room.window->isWindowModified());
}

void DocumentTest::savingAndOpeningKeepsTheExperiment()
{
    MainRoom room;
    Experiment changed = room.window->document().experiment();
    changed.model.hidden = {5, 4};
    changed.interventions = {{5, "training.learning_rate", 0.5}};
    room.window->document().change(changed, QStringLiteral("changes"));
    const QString file = room.directory.filePath(QStringLiteral("mine.json"));
    QString error;
    QVERIFY2(room.window->document().save(file, &error), qPrintable(error));
    QVERIFY(!room.window->isWindowModified());
    QVERIFY(room.window->windowTitle().startsWith(QLatin1String("mine")));
    QCOMPARE(room.window->document().recentFiles().constFirst(), file);
    QVERIFY(room.window->open(QStringLiteral("adding")));
    room.settle();
    QVERIFY2(room.window->open(file, &error), qPrintable(error));
    room.settle();
    QCOMPARE(room.window->session().experiment().model.hidden, (std::vector<int>{5, 4}));
    QCOMPARE(room.window->session().experiment().interventions.size(), std::size_t(1));
    QVERIFY(!room.window->document().undoStack()->canUndo());
}

void DocumentTest::aFileThatCannotBeReadIsToldInWords()
{
    MainRoom room;
    QString error;
    QVERIFY(!room.window->open(room.directory.filePath(QStringLiteral("none.json")), &error));
    QVERIFY2(error.contains(QLatin1String("none.json")), qPrintable(error));
    QCOMPARE(room.window->document().displayName(), QStringLiteral("hello"));
}

void DocumentTest::whatCannotRunIsTakenBackAndTold()
{
    MainRoom room;
    room.window->actions().settings->trigger();
    const Experiment before = room.window->document().experiment();
    Experiment changed = before;
    changed.task = {};
    changed.task.id = "text";
    changed.task.length = 25;
    changed.task.file = room.directory.filePath(QStringLiteral("missing.txt")).toStdString();
    QSignalSpy refused(&room.window->document(), &Document::refused);
    room.window->document().change(changed, QStringLiteral("Task"));
    room.settle();
    QCOMPARE(refused.size(), 1);
    QVERIFY(refused.at(0).at(0).toString().contains(QLatin1String("missing.txt")));
    QVERIFY(room.window->document().experiment() == before);
    QVERIFY(room.window->session().experiment() == before);
    QVERIFY(!room.window->document().undoStack()->canUndo());
    QVERIFY(!room.window->document().undoStack()->canRedo());
}

void DocumentTest::aDivergedRunIsToldAndCanBeSteppedBackFrom()
{
    MainRoom room;
    Experiment wild = room.window->document().experiment();
    wild.model.cell.activation = unrolled::Activation::Identity;
    wild.training.optimizer = unrolled::OptimizerKind::Sgd;
    wild.training.learningRate = 1e60;
    room.window->take(wild);
    room.settle();
    room.key(Qt::Key_T);
    QTRY_VERIFY(room.window->session().divergedAt() >= 0);
    room.settle();
    auto* message = room.window->findChild<MessageBar*>();
    QVERIFY(message->isVisible());
    QVERIFY2(message->text().contains(QLatin1String("diverged")), qPrintable(message->text()));
    QVERIFY(!room.window->playback().isPlaying());
    const Position before = room.here();
    QVERIFY(before.iteration >= 1);
    auto* back = room.named<QAbstractButton>(QStringLiteral("Go one step back"));
    QVERIFY(back);
    QTest::mouseClick(back, Qt::LeftButton);
    room.settle();
    QVERIFY(!message->isVisible());
    QCOMPARE(room.shown().iteration, before.iteration - 1);
}

void DocumentTest::aNoteMovesNothing()
{
    MainRoom room;
    Experiment several = room.window->document().experiment();
    several.task.id = "echo";
    several.training.batch = 4;
    room.window->take(several);
    room.settle();
    const auto* network = room.window->views().find(QStringLiteral("unrolled"));
    const auto place = [&] {
        return QRect(network->mapTo(room.window.get(), QPoint(0, 0)), network->size());
    };
    const QRect before = place();
    room.window->actions().watchNext->trigger();
    room.settle();
    auto* message = room.window->findChild<MessageBar*>();
    QVERIFY(message->isVisible() && message->text().contains(QLatin1String("sequence 2")));
    QCOMPARE(place(), before);
    const auto* caption = room.window->findChild<QWidget*>(QStringLiteral("caption"));
    QVERIFY(message->geometry().contains(
        QRect(caption->mapTo(message->parentWidget(), QPoint(0, 0)), caption->size())));
    // What has to be read stands in a row of its own.
    message->showMessage(MessageBar::Tone::Warning, QStringLiteral("wrong"));
    QTRY_VERIFY(place().top() > before.top());
    QVERIFY(message->geometry().bottom() <= place().top());
}

void DocumentTest::whatWasSetIsRemembered()
{
    MainRoom room;
    room.window->actions().stepSize->actions().at(0)->trigger();
    room.window->playback().setSpeed(4);
    room.window->close();
    room.open();
    QCOMPARE(room.window->playback().stepSize(), unrolled::StepSize::Operation);
    QCOMPARE(room.window->playback().speed(), 4.0);
    QVERIFY(room.window->playback().reduceMotion());
}

QTEST_MAIN(DocumentTest)
#include "document_test.moc"
