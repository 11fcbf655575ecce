#include "ui/paint/symbol_text.h"

#include <QCoreApplication>

namespace ui {

QString visibleSymbol(const std::string& utf8)
{
    const QString symbol = QString::fromStdString(utf8);
    if (symbol.isEmpty())
        return QStringLiteral("∅");
    const QList<uint> points = symbol.toUcs4();
    const uint first = points.first();
    if (first == ' ')
        return QStringLiteral("␣");
    if (first == '\n')
        return QStringLiteral("↵");
    if (first == '\t')
        return QStringLiteral("⇥");
    if (first == '\r')
        return QStringLiteral("␍");
    if (first == 0xa0)
        return QStringLiteral("⍽");
    if (first < 0x20)
        return QString(QChar(static_cast<char16_t>(0x2400 + first)));
    if (first == 0x7f)
        return QString(QChar(u'␡'));
    if (QChar::isMark(first))
        return QStringLiteral("◌") + symbol;
    if (!QChar::isPrint(first) || QChar::isSpace(first) || QChar::category(first) == QChar::Other_Format)
        return QStringLiteral("U+%1").arg(first, 4, 16, QLatin1Char('0')).toUpper();
    return symbol;
}

QString spokenSymbol(const std::string& utf8)
{
    if (utf8 == " ")
        return QCoreApplication::translate("ui::Symbol", "space");
    if (utf8 == "\n")
        return QCoreApplication::translate("ui::Symbol", "line end");
    if (utf8 == "\t")
        return QCoreApplication::translate("ui::Symbol", "tab");
    return visibleSymbol(utf8);
}

QString plainSymbol(const std::string& symbol)
{
    return QString::fromStdString(symbol)
        .section(QLatin1Char('^'), 0, 0)
        .remove(QLatin1Char('{'))
        .remove(QLatin1Char('}'));
}

} // namespace ui
