#include "tests/ui/room.h"
#include "ui/arrangements.h"
#include "ui/views/curve_view.h"
#include "ui/views/reach_view.h"

#include <QAbstractButton>
#include <QActionGroup>
#include <QApplication>
#include <QStackedWidget>
#include <QTest>

using namespace ui;

/// What panes have switches for, by the menu.
class ViewMenuTest : public QObject
{
    Q_OBJECT
private slots:
    void the_limit_is_chosen()
    {
        Room room;
        const auto* reach = qobject_cast<ReachView*>(room.window->views().find(QStringLiteral("reach")));
        const QString menu = QStringLiteral("Vanished under ε");
        QVERIFY(room.inMenu(menu, QStringLiteral("ε = 10⁻⁶"))->isChecked());
        QCOMPARE(room.menu(menu)->actions().size(), qsizetype(16));
        room.inMenu(menu, QStringLiteral("ε = 10⁻⁴"))->trigger();
        QCOMPARE(reach->epsilon(), -4);
        QVERIFY(reach->isVisible());
    }

    void the_race_is_run_by_time_where_there_is_one()
    {
        Room room;
        const auto* curve = qobject_cast<CurveView*>(room.window->views().find(QStringLiteral("curve")));
        const QString text = QStringLiteral("Losses against computing time");
        QAction* action = room.inMenu(QStringLiteral("View"), text);
        QVERIFY(action && !action->isEnabled());
        room.window->actions().compareCells->trigger();
        room.settle();
        room.window->session().startTraining(64);
        room.settle();
        room.menu(QStringLiteral("View"));
        QVERIFY(action->isEnabled() && !action->isChecked());
        const double iterations = curve->lastShown();
        action->trigger();
        QVERIFY(curve->byTime() && curve->isVisible());
        QVERIFY(curve->lastShown() != iterations);
        // In a unit of which there are some, whatever the machine.
        QVERIFY(curve->lastShown() >= 1 && curve->lastShown() < 1000);
        room.menu(QStringLiteral("View"));
        QVERIFY(action->isChecked());
        action->trigger();
        QCOMPARE(curve->lastShown(), iterations);
    }

    void an_arrangement_gives_the_keys_to_its_first_view()
    {
        Room room;
        const auto view = [&](const char* id) { return room.window->views().find(QLatin1String(id)); };
        room.key(Qt::Key_2, Qt::ControlModifier);
        QVERIFY(view("triangle")->hasFocus());
        QCOMPARE(room.window->views().frame().pickedLoss, 0);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
        room.settle();
        QVERIFY(room.window->views().frame().pickedLoss > 0);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        // The keys of the window are still its own.
        const auto place = room.window->playback().position();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
        room.settle();
        QVERIFY(place != room.window->playback().position());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Left);
        room.settle();
        QCOMPARE(room.window->playback().position(), place);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QVERIFY(room.window->playback().isPlaying());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QVERIFY(!room.window->playback().isPlaying());
        room.key(Qt::Key_3, Qt::ControlModifier);
        QVERIFY(view("comparison")->hasFocus());
        room.key(Qt::Key_1, Qt::ControlModifier);
        QVERIFY(view("unrolled")->hasFocus());
        // Who types goes on typing.
        room.window->actions().goToIteration->trigger();
        QWidget* typing = QApplication::focusWidget();
        QVERIFY(typing && typing != view("unrolled"));
        room.window->actions().arrangement->actions().at(1)->trigger();
        QCOMPARE(QApplication::focusWidget(), typing);
    }

    void a_tab_opened_by_mouse_gives_the_keys_to_its_view()
    {
        Room room;
        const auto press = [&](const char* id) {
            View* view = room.window->views().find(QLatin1String(id));
            for (auto* button : room.window->findChildren<QAbstractButton*>()) {
                if (button->accessibleName() == view->title() && button->isVisible())
                    QTest::mouseClick(button, Qt::LeftButton);
            }
            room.settle();
            return view;
        };
        for (const char* id : {"weights", "gates", "hidden"}) {
            const View* view = press(id);
            QVERIFY2(view->isVisible() && view->hasFocus(), id);
        }
        // From tab to tab by keys one stays among the tabs.
        QAbstractButton* tab = nullptr;
        for (auto* button : room.window->findChildren<QAbstractButton*>()) {
            if (button->accessibleName() == room.window->views().find(QStringLiteral("hidden"))->title() &&
                button->isVisible())
                tab = button;
        }
        tab->setFocus(Qt::TabFocusReason);
        QTest::keyClick(tab, Qt::Key_Right);
        room.settle();
        QVERIFY(room.window->views().find(QStringLiteral("gates"))->isVisible());
        QVERIFY(qobject_cast<QAbstractButton*>(QApplication::focusWidget()));
    }

    void the_code_has_room_and_the_cell_gets_it_back()
    {
        Room room;
        View* cell = room.window->views().find(QStringLiteral("cell"));
        View* hidden = room.window->views().find(QStringLiteral("hidden"));
        const int before = cell->height();
        const int pane = hidden->height();
        room.key(Qt::Key_C);
        const View* code = room.window->views().find(QStringLiteral("code"));
        QVERIFY(code->isVisible());
        QVERIFY2(code->height() > 1.4 * pane, qPrintable(QString::number(code->height())));
        auto* stack = qobject_cast<QStackedWidget*>(hidden->parentWidget());
        stack->setCurrentWidget(hidden);
        room.settle();
        QCOMPARE(cell->height(), before);
        // What is remembered is the height without it.
        room.key(Qt::Key_C);
        QVERIFY(cell->height() < before);
        room.window->close();
        room.open();
        QCOMPARE(room.window->views().find(QStringLiteral("cell"))->height(), before);
    }
};

QTEST_MAIN(ViewMenuTest)
#include "view_menu_test.moc"
