#include "tests/ui/room.h"
#include "ui/arrangements.h"
#include "ui/panels/part.h"

#include <QAbstractButton>
#include <QActionGroup>
#include <QTest>

using namespace ui;

namespace {

class PartRoom : public Room
{
public:
    Part* part(const char* id) const
    {
        return window->findChild<Arrangements*>()->parts().value(QLatin1String(id));
    }
    View* view(const char* id) const { return window->views().find(QLatin1String(id)); }
    void arrange(Arrangements::Which which) const
    {
        window->actions().arrangement->actions().at(which)->trigger();
        settle();
    }
    /// Presses its button in the corner, which shows while the pointer is there.
    void press(const char* id, const QString& name) const
    {
        for (auto* each : part(id)->findChildren<QAbstractButton*>()) {
            if (each->accessibleName() != name)
                continue;
            QEnterEvent enter({1, 1}, {1, 1}, {1, 1});
            QCoreApplication::sendEvent(each->parentWidget()->parentWidget(), &enter);
            QVERIFY(each->isVisible());
            QTest::mouseClick(each, Qt::LeftButton);
            settle();
            return;
        }
        QFAIL("no such button");
    }
    void pressClose(const char* id) const { press(id, QStringLiteral("Close")); }
    void pressFloat(const char* id) const { press(id, QStringLiteral("A window of its own, or back")); }
    /// An action of the menu of panels, or of that of windows.
    QAction* action(const QString& text, bool own = false) const
    {
        return inMenu(own ? QStringLiteral("In a window of its own") : QStringLiteral("Panels"), text);
    }
};

} // namespace

class PartTest : public QObject
{
    Q_OBJECT

private slots:
    void its_button_shuts_it_and_the_menu_opens_it_again_data()
    {
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<int>("arrangement");
        QTest::addColumn<QString>("name");
        QTest::newRow("cell") << QByteArray("cell") << 0 << "Inside the cell";
        QTest::newRow("decay") << QByteArray("decay") << 0 << "Gradient over time";
        QTest::newRow("curve beside a comparison") << QByteArray("curve") << 2 << "Loss and gradient norm";
        QTest::newRow("reach") << QByteArray("reach") << 1 << "What arrives, and what could";
        QTest::newRow("hops") << QByteArray("hops") << 1 << "Hops, ellipse, updates";
    }
    void its_button_shuts_it_and_the_menu_opens_it_again()
    {
        QFETCH(QByteArray, id);
        QFETCH(int, arrangement);
        QFETCH(QString, name);
        PartRoom room;
        room.arrange(static_cast<Arrangements::Which>(arrangement));
        QVERIFY(room.view(id)->isVisible());
        room.pressClose(id);
        QVERIFY(!room.view(id)->isVisible());
        QAction* action = room.action(name);
        QVERIFY(action && action->isEnabled() && !action->isChecked());
        room.window->close();
        room.open(); // it is remembered
        QVERIFY(!room.view(id)->isVisible());
        room.action(name)->trigger();
        QVERIFY(room.view(id)->isVisible());
    }

    void what_stands_elsewhere_cannot_be_opened_here()
    {
        PartRoom room;
        QVERIFY(!room.action(QStringLiteral("What arrives, and what could"))->isEnabled());
        room.arrange(Arrangements::Gradients);
        QVERIFY(room.action(QStringLiteral("What arrives, and what could"))->isEnabled());
        QVERIFY(!room.action(QStringLiteral("Inside the cell"))->isEnabled());
        QVERIFY(!room.action(QStringLiteral("Inside the cell"), true)->isEnabled());
    }

    void the_middle_has_the_room_of_all_that_is_shut()
    {
        PartRoom room;
        for (const char* id : {"cell", "states", "decay", "curve"})
            room.pressClose(id);
        const auto* arrangements = room.window->findChild<Arrangements*>();
        QCOMPARE(room.view("unrolled")->width(), arrangements->width());
        room.arrange(Arrangements::Gradients);
        room.pressClose("reach");
        room.pressClose("hops");
        QVERIFY(room.view("triangle")->height() > arrangements->height() * 8 / 10);
    }

    void it_can_be_a_window_of_its_own_in_which_the_keys_work()
    {
        PartRoom room;
        QAction* own = room.action(QStringLiteral("Inside the cell"), true);
        room.pressFloat("cell");
        QVERIFY(own->isChecked() && room.part("cell")->isFloating());
        QWidget* cell = room.view("cell");
        QVERIFY(cell->isVisible() && cell->window() != room.window.get());
        QVERIFY(cell->window()->windowTitle().startsWith(QStringLiteral("Inside the cell")));
        room.arrange(Arrangements::Gradients); // it stays
        QVERIFY(cell->isVisible());
        room.arrange(Arrangements::Step);

        cell->window()->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(cell->window()));
        const unrolled::Position before = room.window->playback().position();
        QTest::keyClick(cell->window(), Qt::Key_Right);
        room.settle();
        QVERIFY(room.window->playback().position() != before);
        room.window->views().pickLoss(2);
        QTest::keyClick(cell->window(), Qt::Key_Escape);
        QCOMPARE(room.window->views().frame().pickedLoss, 0);

        room.pressFloat("cell");
        QVERIFY(!own->isChecked() && !room.part("cell")->isFloating());
        QVERIFY(cell->isVisible() && cell->window() == room.window.get());
    }

    void its_window_is_shut_and_opened_where_it_was()
    {
        PartRoom room;
        room.action(QStringLiteral("Gradient over time"), true)->trigger();
        QWidget* window = room.view("decay")->window();
        QVERIFY(window != room.window.get());
        window->resize(611, 377);
        window->close(); // as the desktop does
        QVERIFY(!room.view("decay")->isVisible());
        QVERIFY(!room.action(QStringLiteral("Gradient over time"))->isChecked());
        room.window->close();
        room.open();
        QVERIFY(!room.view("decay")->isVisible());
        QVERIFY(room.part("decay")->isFloating());
        room.action(QStringLiteral("Gradient over time"))->trigger();
        QVERIFY(room.view("decay")->isVisible());
        QCOMPARE(room.view("decay")->window()->size(), QSize(611, 377));
        room.action(QStringLiteral("Gradient over time"), true)->trigger();
        QVERIFY(room.view("decay")->window() == room.window.get());
    }

    void a_shut_part_is_opened_as_a_window()
    {
        PartRoom room;
        room.pressClose("curve");
        room.action(QStringLiteral("Loss and gradient norm"), true)->trigger();
        QVERIFY(room.view("curve")->isVisible() && room.part("curve")->isFloating());
        QVERIFY(room.action(QStringLiteral("Loss and gradient norm"))->isChecked());
    }
};

QTEST_MAIN(PartTest)
#include "part_test.moc"
