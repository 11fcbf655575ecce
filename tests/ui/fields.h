#pragma once

#include <QLineEdit>
#include <QTest>
#include <QWidget>

/// The child of this accessible name; null where there is none.
template<typename T>
T* named(const QWidget& parent, const QString& accessibleName)
{
    for (T* widget : parent.findChildren<T*>()) {
        if (widget->accessibleName() == accessibleName)
            return widget;
    }
    return nullptr;
}

/// Replaces what stands in a field, and Return.
inline void type(QLineEdit* edit, const QString& text)
{
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, text);
    QTest::keyClick(edit, Qt::Key_Return);
}
