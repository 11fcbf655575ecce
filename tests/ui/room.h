#pragma once

#include "ui/main_window.h"
#include "ui/session/analyst.h"

#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <memory>
#include <utility>

/// A window with settings of its own and without movement, on hello or another experiment.
class Room
{
public:
    explicit Room(QString id = QStringLiteral("hello"))
        : settings(directory.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat),
          m_id(std::move(id))
    {
        settings.setValue(QStringLiteral("playback/reduceMotion"), true);
        open();
    }

    /// Shuts the window, where there is one, and starts anew.
    void open()
    {
        window.reset();
        window = std::make_unique<ui::MainWindow>(settings);
        window->resize(1280, 800);
        QString error;
        if (!window->open(m_id, &error))
            qFatal("%s", qPrintable(error));
        settle();
        window->show();
        window->activateWindow();
        if (!QTest::qWaitForWindowActive(window.get()))
            qFatal("the window does not get active");
        settle();
    }
    void settle() const
    {
        window->session().wait();
        QCoreApplication::sendPostedEvents();
        window->session().wait();
        window->views().wait();
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::keyClick(window.get(), key, modifiers);
        settle();
    }
    /// A menu or submenu, opened as it is before one of its actions is taken; null where there is none.
    QMenu* menu(const QString& title) const
    {
        for (auto* menu : window->menuBar()->findChildren<QMenu*>()) {
            if (menu->title().remove(QLatin1Char('&')) == title) {
                emit menu->aboutToShow();
                return menu;
            }
        }
        return nullptr;
    }
    QAction* inMenu(const QString& title, const QString& text) const
    {
        for (QAction* action : menu(title)->actions()) {
            if (action->text().remove(QLatin1Char('&')) == text)
                return action;
        }
        return nullptr;
    }

    QTemporaryDir directory;
    QSettings settings;
    std::unique_ptr<ui::MainWindow> window;

private:
    QString m_id;
};
