#include "tests/ui/room.h"
#include "ui/paint/style.h"
#include "ui/panels/caption_bar.h"
#include "ui/presentation.h"
#include "ui/views/cell_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/unrolled_view.h"

#include <QAction>
#include <QLabel>
#include <QMenuBar>
#include <QMouseEvent>
#include <QTest>
#include <QToolTip>

using namespace ui;
using unrolled::Position;

namespace {

/// A window on hello, without movement, that F5 has put on a projector.
class Stage : public Room
{
public:
    Stage()
    {
        before = window->saveState();
        QTest::keyClick(window.get(), Qt::Key_F5);
        presentation = window->findChild<Presentation*>();
        if (!presentation ||
            !QTest::qWaitFor([this] { return QApplication::activeWindow() == presentation; }))
            qFatal("no presentation");
    }
    void key(Qt::Key key)
    {
        QTest::keyClick(presentation, key);
        settle();
    }
    Position shown() const { return window->playback().frame().position; }

    Presentation* presentation = nullptr;
    QByteArray before;
};

} // namespace

class PresentationTest : public QObject
{
    Q_OBJECT

private slots:
    void showsTheNetworkAloneInLargeType();
    void arrowsAndPageKeysStep();
    void thePointerHidesNothing();
    void aNumberOpensThatCellAndShutsIt();
    void theFirstKeyAfterABlankOnlyBringsThePictureBack();
    void theKeyOfTheWindowBringsTheNextModel();
    void escapeLeavesTheWindowAsItWas();
};

void PresentationTest::showsTheNetworkAloneInLargeType()
{
    Stage stage;
    QVERIFY(stage.presentation->isFullScreen());
    QVERIFY(stage.presentation->network()->isVisible());
    QVERIFY(!stage.presentation->cell()->isVisible());
    QVERIFY(stage.presentation->caption()->font().pointSizeF() >= 2 * QApplication::font().pointSizeF());
    QCOMPARE(&paletteFor(stage.presentation->network()->palette()), &projectorPalette());
    QVERIFY(stage.presentation->caption()->text().startsWith(QLatin1String("Iteration 0.")));
    const auto labels = stage.presentation->findChildren<QLabel*>();
    const auto hint = std::find_if(labels.begin(), labels.end(), [](const QLabel* label) {
        return label->text().contains(QLatin1String("Esc ends"));
    });
    QVERIFY(hint != labels.end() && (*hint)->isVisible());
    QVERIFY((*hint)->geometry().left() >= 0 && (*hint)->geometry().right() <= stage.presentation->width());
    QVERIFY((*hint)->width() >= (*hint)->sizeHint().width());
}

void PresentationTest::arrowsAndPageKeysStep()
{
    Stage stage;
    const Position start = stage.shown();
    stage.key(Qt::Key_Right);
    const Position next = stage.shown();
    QVERIFY(next > start);
    QCOMPARE(stage.presentation->network()->frame().position, next);
    stage.key(Qt::Key_PageUp);
    QCOMPARE(stage.shown(), start);
    stage.key(Qt::Key_PageDown);
    QCOMPARE(stage.shown(), next);
    stage.key(Qt::Key_Left);
    QCOMPARE(stage.shown(), start);
}

/// What opens beside it in the window would cover what the teacher points at.
void PresentationTest::thePointerHidesNothing()
{
    Stage stage;
    const auto pointAt = [](View* view) {
        const QPointF place = qobject_cast<UnrolledView*>(view)->geometryNow().cellRect(2, 0).center();
        QMouseEvent move(QEvent::MouseMove, place, view->mapToGlobal(place), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(view, &move);
    };
    pointAt(stage.presentation->findChild<UnrolledView*>());
    QVERIFY(QToolTip::text().isEmpty());
    stage.key(Qt::Key_Escape);
    pointAt(stage.window->views().find(QStringLiteral("unrolled")));
    QVERIFY(!QToolTip::text().isEmpty());
    QToolTip::hideText();
}

void PresentationTest::aNumberOpensThatCellAndShutsIt()
{
    Stage stage;
    stage.key(Qt::Key_3);
    QVERIFY(stage.presentation->cell()->isVisible());
    QCOMPARE(stage.presentation->openCell(), 3);
    QCOMPARE(stage.presentation->cell()->frame().position, stage.shown());
    stage.key(Qt::Key_9); // hello has four steps
    QCOMPARE(stage.presentation->openCell(), 3);
    // It has the side to itself until the plot is asked for.
    QVERIFY(!stage.presentation->decay()->isVisible());
    const int alone = stage.presentation->cell()->height();
    stage.key(Qt::Key_G);
    QVERIFY(stage.presentation->decay()->isVisible());
    QVERIFY(stage.presentation->cell()->height() < alone);
    stage.key(Qt::Key_2); // another cell, and the plot stays
    QVERIFY(stage.presentation->decay()->isVisible());
    stage.key(Qt::Key_2);
    QCOMPARE(stage.presentation->openCell(), 0);
    stage.key(Qt::Key_2);
    QVERIFY(!stage.presentation->decay()->isVisible());
    stage.key(Qt::Key_2);
    QCOMPARE(stage.presentation->openCell(), 0);
    const bool plot = stage.presentation->decay()->isVisible();
    stage.key(Qt::Key_G);
    QCOMPARE(stage.presentation->decay()->isVisible(), !plot);
}

void PresentationTest::theFirstKeyAfterABlankOnlyBringsThePictureBack()
{
    Stage stage;
    const Position start = stage.shown();
    stage.key(Qt::Key_B);
    QVERIFY(stage.presentation->isBlank());
    stage.key(Qt::Key_Right);
    QVERIFY(!stage.presentation->isBlank());
    QCOMPARE(stage.shown(), start);
    stage.key(Qt::Key_Right);
    QVERIFY(stage.shown() > start);
}

void PresentationTest::theKeyOfTheWindowBringsTheNextModel()
{
    Stage stage;
    unrolled::Experiment experiment = stage.window->document().experiment();
    experiment.compare = {{"", {"model.cell=\"lstm\""}}};
    stage.window->take(experiment);
    stage.settle();
    const auto shown = [&] { return stage.presentation->network()->frame().lane().trace->cell.kind; };
    QCOMPARE(shown(), unrolled::CellKind::Rnn);
    stage.key(Qt::Key_L);
    QCOMPARE(shown(), unrolled::CellKind::Lstm);
    stage.key(Qt::Key_L);
    QCOMPARE(shown(), unrolled::CellKind::Rnn);
}

void PresentationTest::escapeLeavesTheWindowAsItWas()
{
    Stage stage;
    stage.key(Qt::Key_2);
    stage.key(Qt::Key_Escape);
    QVERIFY(!stage.presentation->isVisible());
    QVERIFY(stage.window->menuBar()->isVisible());
    QCOMPARE(stage.window->saveState(), stage.before);
    auto* cell = qobject_cast<CellView*>(stage.window->views().find(QStringLiteral("cell")));
    QCOMPARE(cell->cellTime(), 0);
    QCOMPARE(&paletteFor(stage.window->palette()), &lightPalette());
}

QTEST_MAIN(PresentationTest)
#include "presentation_test.moc"
