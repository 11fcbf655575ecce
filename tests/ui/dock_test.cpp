#include "tests/ui/fields.h"
#include "tests/ui/room.h"
#include "ui/panels/dock.h"
#include "ui/panels/experiment_panel.h"

#include <QAbstractButton>
#include <QMainWindow>
#include <QTest>

using namespace ui;

namespace {

class DockRoom : public Room
{
public:
    Dock* dock() const { return window->findChild<Dock*>(); }
    QWidget* cell() const { return window->views().find(QStringLiteral("cell")); }
    QAbstractButton* button(const QString& name) const { return named<QAbstractButton>(*dock(), name); }
    /// The window, which holds the dock, without the rows above and below.
    QMainWindow* stage() const { return qobject_cast<QMainWindow*>(dock()->parentWidget()); }
};

} // namespace

/// The experiment panel beside the views.
class DockTest : public QObject
{
    Q_OBJECT

private slots:
    void a_key_opens_it_and_shuts_it()
    {
        DockRoom room;
        QVERIFY(!room.dock());
        room.key(Qt::Key_Comma, Qt::ControlModifier);
        QVERIFY(room.dock() && room.dock()->isVisible());
        QVERIFY(room.window->experimentPanel()->isVisible());
        room.key(Qt::Key_Comma, Qt::ControlModifier);
        QVERIFY(!room.dock()->isVisible());
    }

    void opened_by_its_key_it_has_the_focus_until_it_is_shut()
    {
        DockRoom room;
        QWidget* view = room.window->views().find(QStringLiteral("unrolled"));
        view->setFocus();
        const auto focused = [] {
            return QApplication::focusWidget() ? QApplication::focusWidget()->accessibleName() : QString();
        };
        const auto press = [] { // where the focus is
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Comma, Qt::ControlModifier);
        };
        for (const bool floating : {false, true}) {
            press();
            QTRY_COMPARE(focused(), QStringLiteral("Learning rate"));
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            QCOMPARE(focused(), QStringLiteral("Optimizer"));
            if (floating)
                QTest::mouseClick(room.button(QStringLiteral("Close")), Qt::LeftButton);
            else
                press();
            QVERIFY(!room.dock()->isVisible());
            QTRY_COMPARE(QApplication::focusWidget(), view);
            room.dock()->setFloating(true);
        }
        room.dock()->setFloating(false);
        // Opened by the pointer it leaves the space bar to play and pause.
        auto* link = named<QAbstractButton>(*room.window, QStringLiteral("All settings"));
        QTest::mouseClick(link, Qt::LeftButton);
        QVERIFY(room.dock()->isVisible());
        QVERIFY(!room.dock()->isAncestorOf(QApplication::focusWidget()));
        press();
        link->setFocus();
        QTest::keyClick(link, Qt::Key_Space);
        QCOMPARE(focused(), QStringLiteral("Learning rate"));
        press();
        QCOMPARE(QApplication::focusWidget(), link);
    }

    void its_button_shuts_it()
    {
        DockRoom room;
        room.window->actions().settings->trigger();
        QTest::mouseClick(room.button(QStringLiteral("Close")), Qt::LeftButton);
        QVERIFY(!room.dock()->isVisible());
        QVERIFY(!room.window->actions().settings->isChecked());
    }

    void in_a_small_window_it_takes_the_place_of_the_right_column()
    {
        DockRoom room;
        QVERIFY(room.cell()->isVisible());
        const int width = room.cell()->width();
        room.window->actions().settings->trigger();
        QVERIFY(!room.cell()->isVisible());
        room.window->resize(1700, 900);
        room.settle();
        QVERIFY(room.cell()->isVisible() && room.dock()->isVisible());
        room.window->resize(1280, 800);
        room.settle();
        QVERIFY(!room.cell()->isVisible());
        room.window->actions().settings->trigger();
        room.settle();
        QVERIFY(room.cell()->isVisible());
        QVERIFY2(std::abs(room.cell()->width() - width) < 20,
                 qPrintable(QString::number(room.cell()->width())));
    }

    void it_can_be_a_window_of_its_own()
    {
        DockRoom room;
        room.window->actions().settings->trigger();
        QTest::mouseClick(room.button(QStringLiteral("A window of its own, or back")), Qt::LeftButton);
        QVERIFY(room.dock()->isFloating() && room.dock()->isVisible());
        QVERIFY(room.cell()->isVisible());
        room.dock()->close(); // as the desktop does
        QVERIFY(!room.window->actions().settings->isChecked());
        room.window->actions().settings->trigger();
        QVERIFY(room.dock()->isFloating());
        QTest::mouseClick(room.button(QStringLiteral("A window of its own, or back")), Qt::LeftButton);
        QVERIFY(!room.dock()->isFloating());
        QVERIFY(!room.cell()->isVisible());
    }

    void it_is_remembered()
    {
        DockRoom room;
        const int column = room.cell()->width();
        room.window->actions().settings->trigger();
        room.stage()->addDockWidget(Qt::LeftDockWidgetArea, room.dock());
        room.settle();
        room.stage()->resizeDocks({room.dock()}, {410}, Qt::Horizontal);
        room.settle();
        QCOMPARE(room.dock()->width(), 410);
        room.window->close();
        room.open();
        QVERIFY(room.dock() && room.dock()->isVisible());
        QCOMPARE(room.stage()->dockWidgetArea(room.dock()), Qt::LeftDockWidgetArea);
        QCOMPARE(room.dock()->width(), 410);
        room.window->actions().settings->trigger();
        room.settle();
        QVERIFY2(std::abs(room.cell()->width() - column) < 20,
                 qPrintable(QString::number(room.cell()->width())));
        room.window->close();
        room.open();
        QVERIFY(!room.dock() || !room.dock()->isVisible());
    }
};

QTEST_MAIN(DockTest)
#include "dock_test.moc"
