#include "ui/paint/number_format.h"

#include <QLocale>

#include <cmath>

namespace ui {

namespace {

const QChar minusSign(0x2212);
const QString infinitySign(QChar(0x221e));

QString withTrueMinus(QString text)
{
    text.replace(QLatin1Char('-'), minusSign);
    return text;
}

/// "1.2e-05" as "1.2·10⁻⁵"; plain digits stay as they are.
QString withPowerOfTen(const QString& text)
{
    const auto e = text.indexOf(QLatin1Char('e'));
    if (e < 0)
        return withTrueMinus(text);
    return withTrueMinus(text.left(e)) + QStringLiteral("·10") + superscript(text.mid(e + 1).toInt());
}

QString notFinite(double value)
{
    if (std::isnan(value))
        return QStringLiteral("NaN");
    return value < 0 ? minusSign + infinitySign : infinitySign;
}

/// Decimals that keep a number of this size about as wide as a small one.
int decimalsFor(double magnitude, int decimals)
{
    if (magnitude < 100)
        return decimals;
    return magnitude < 1000 ? std::min(decimals, 1) : 0;
}

/// Written out with so many significant digits, zeros at the end included: "0.0900".
QString significant(double value, int digits)
{
    const QString rounded = QString::number(std::abs(value), 'e', digits - 1);
    const int exponent = rounded.mid(rounded.indexOf(QLatin1Char('e')) + 1).toInt();
    return withTrueMinus(QString::number(value, 'f', std::max(0, digits - 1 - exponent)));
}

QString digits(int value, char16_t minus, const char16_t* table)
{
    QString text;
    const QString plain = QString::number(value);
    for (const QChar c : plain)
        text += c == QLatin1Char('-') ? QChar(minus) : QChar(table[c.digitValue()]);
    return text;
}

} // namespace

QString signedNumber(double value, int decimals)
{
    if (!std::isfinite(value))
        return (value > 0 ? QStringLiteral("+") : QString()) + notFinite(value);
    if (value == 0)
        return QString::number(0.0, 'f', decimals);
    const double magnitude = std::abs(value);
    const QString sign = value < 0 ? QString(minusSign) : QStringLiteral("+");
    if (magnitude >= 99999.5 || magnitude < 0.5 * std::pow(10.0, -decimals))
        return sign + withPowerOfTen(QString::number(magnitude, 'e', 1));
    return sign + QString::number(magnitude, 'f', decimalsFor(magnitude, decimals));
}

QString plainNumber(double value, int decimals)
{
    if (!std::isfinite(value))
        return notFinite(value);
    const double magnitude = std::abs(value);
    if (magnitude >= 99999.5)
        return withPowerOfTen(QString::number(value, 'e', 1));
    const QString text = QString::number(magnitude, 'f', decimalsFor(magnitude, decimals));
    return value < 0 && text.toDouble() != 0 ? minusSign + text : text;
}

QString lossNumber(double value)
{
    if (!(value > 0 && value < 0.0995))
        return plainNumber(value);
    return value < 0.0001 ? norm(value) : significant(value, 2);
}

QString norm(double value)
{
    if (std::isnan(value))
        return QStringLiteral("not a number");
    if (!std::isfinite(value))
        return notFinite(value);
    if (value == 0)
        return QStringLiteral("0");
    const double magnitude = std::abs(value);
    if (magnitude >= 999.5 && magnitude < 99999.5)
        return withTrueMinus(QString::number(value, 'f', 0));
    if (magnitude >= 0.0009995 && magnitude < 999.5)
        return significant(value, 3);
    return withPowerOfTen(QString::number(value, 'e', 2));
}

QString chosenNumber(double value)
{
    if (!std::isfinite(value) || value == 0)
        return norm(value);
    const QString shortest = QString::number(value, 'g', 3);
    if (!shortest.contains(QLatin1Char('e')) && std::abs(value) >= 0.0009995)
        return withTrueMinus(shortest);
    QString text = QString::number(value, 'e', 2);
    const auto e = text.indexOf(QLatin1Char('e'));
    QString mantissa = text.left(e);
    while (mantissa.endsWith(QLatin1Char('0')))
        mantissa.chop(1);
    if (mantissa.endsWith(QLatin1Char('.')))
        mantissa.chop(1);
    return withPowerOfTen(mantissa + text.mid(e));
}

QString normOfLog(double log10)
{
    if (!(std::abs(log10) > 300)) // NaN too
        return norm(std::pow(10.0, log10));
    if (std::isinf(log10))
        return norm(log10 < 0 ? 0 : log10);
    double exponent = std::floor(log10);
    QString mantissa = QString::number(std::pow(10.0, log10 - exponent), 'f', 2);
    if (mantissa == QLatin1String("10.00")) {
        mantissa = QStringLiteral("1.00");
        ++exponent;
    }
    return mantissa + QStringLiteral("·10") + superscript(static_cast<int>(exponent));
}

QString powerOfTen(double log10)
{
    if (!std::isfinite(log10))
        return norm(log10 < 0 ? 0 : log10);
    if (std::abs(log10) < 2)
        return significant(std::pow(10.0, log10), 2);
    double exponent = std::floor(log10);
    QString mantissa = QString::number(std::pow(10.0, log10 - exponent), 'f', 1);
    if (mantissa == QLatin1String("10.0")) {
        mantissa = QStringLiteral("1.0");
        ++exponent;
    }
    return mantissa + QStringLiteral("·10") + superscript(static_cast<int>(exponent));
}

QString numberOnScale(double value, double step)
{
    if (value == 0)
        return QStringLiteral("0");
    const auto exponent = [](double x) { return static_cast<int>(std::floor(std::log10(x) + 1e-9)); };
    const double magnitude = std::abs(value);
    const int last = exponent(step);
    if (magnitude < 99999.5 && last >= -4)
        return withTrueMinus(QString::number(value, 'f', std::max(0, -last)));
    return withPowerOfTen(QString::number(value, 'e', std::max(0, exponent(magnitude) - last)));
}

QString exact(double value)
{
    if (!std::isfinite(value))
        return notFinite(value);
    if (value == 0)
        return QStringLiteral("0");
    return withPowerOfTen(QString::number(value, 'g', QLocale::FloatingPointShortest));
}

QString count(long long value)
{
    QString text = QString::number(value);
    const int first = value < 0 ? 1 : 0;
    for (auto place = text.size() - 3; place > first; place -= 3)
        text.insert(place, QChar(0x2009));
    return withTrueMinus(text);
}

QString superscript(int value)
{
    return digits(value, u'⁻', u"⁰¹²³⁴⁵⁶⁷⁸⁹");
}

QString subscript(int value)
{
    return digits(value, u'₋', u"₀₁₂₃₄₅₆₇₈₉");
}

} // namespace ui
