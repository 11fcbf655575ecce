#include "ui/paint/equation.h"

#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

using Kind = EquationPiece::Kind;

QString tr(const char* text)
{
    return QCoreApplication::translate("Equation", text);
}

QString plainDigits(double magnitude, int digits, bool significant)
{
    if (!significant)
        return magnitude >= 99999.5 ? QString::number(magnitude, 'e', digits)
                                    : QString::number(magnitude, 'f', digits);
    if (magnitude == 0)
        return QStringLiteral("0");
    if (magnitude >= 0.000995 && magnitude < 99999.5) {
        const int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
        return QString::number(magnitude, 'f', std::max(0, digits - 1 - exponent));
    }
    return QString::number(magnitude, 'e', digits - 1);
}

QString pretty(const QString& digits)
{
    const auto e = digits.indexOf(QLatin1Char('e'));
    if (e < 0)
        return digits;
    return digits.left(e) + QStringLiteral("·10") + superscript(digits.mid(e + 1).toInt());
}

/// Whether the number is shown with a minus sign: not where all its digits are zero.
bool shownNegative(double value, int digits, bool significant)
{
    return value < 0 && plainDigits(-value, digits, significant).toDouble() != 0;
}

QString magnitudeText(double value, int digits, bool significant)
{
    if (!std::isfinite(value))
        return std::isnan(value) ? QStringLiteral("NaN") : QString(QChar(0x221e));
    return pretty(plainDigits(std::abs(value), digits, significant));
}

} // namespace

std::vector<double> EquationRow::numbers() const
{
    std::vector<double> values;
    for (const EquationPiece& piece : pieces) {
        if (piece.kind != Kind::Text)
            values.push_back(piece.value);
    }
    return values;
}

QString equationNumber(double value, int digits, bool significant)
{
    const QString text = magnitudeText(value, digits, significant);
    return shownNegative(value, digits, significant) ? QChar(0x2212) + text : text;
}

double shownValue(double value, int digits, bool significant)
{
    if (!std::isfinite(value))
        return value;
    const double magnitude = plainDigits(std::abs(value), digits, significant).toDouble();
    return value < 0 ? -magnitude : magnitude;
}

int equationDigits(const std::vector<EquationRow>& rows, bool significant, int most)
{
    const int least = significant ? 3 : 2;
    int best = least;
    double bestMisses = std::numeric_limits<double>::infinity();
    for (int digits = least; digits <= std::max(least, most); ++digits) {
        double misses = 0;
        for (const EquationRow& row : rows) {
            if (!row.evaluate || !row.hasResult)
                continue;
            std::vector<double> shown = row.numbers();
            for (double& value : shown)
                value = shownValue(value, digits, significant);
            const double result = shownValue(row.result, digits, significant);
            const double worked = row.evaluate(shown);
            if (shownValue(worked, digits, significant) == result)
                continue;
            const double unit =
                significant
                    ? std::pow(10.0, std::floor(std::log10(std::max(std::abs(result), 1e-300))) - digits + 1)
                    : std::pow(10.0, -digits);
            // A last digit that is off by one is what rounding allows; more is not.
            misses += std::abs(worked - result) < 1.51 * unit ? 0.1 : 1;
        }
        if (misses < bestMisses - 1e-9) {
            bestMisses = misses;
            best = digits;
        }
        if (bestMisses < 0.999)
            break;
    }
    return best;
}

std::vector<QString> rowColumns(const EquationRow& row, int digits, bool significant)
{
    std::vector<QString> columns;
    for (const EquationPiece& piece : row.pieces) {
        const bool negative = shownNegative(piece.value, digits, significant);
        const QString magnitude = magnitudeText(piece.value, digits, significant);
        const QString number = negative ? QChar(0x2212) + magnitude : magnitude;
        switch (piece.kind) {
        case Kind::Text:
            columns.push_back(piece.text);
            break;
        case Kind::Number:
            columns.push_back(number);
            break;
        case Kind::Addend:
            columns.push_back(negative ? QString(QChar(0x2212)) : QStringLiteral("+"));
            columns.push_back(magnitude);
            break;
        case Kind::Factor:
            columns.push_back(negative ? QStringLiteral("(%1)").arg(number) : number);
            break;
        }
    }
    if (row.hasResult) {
        columns.push_back(QStringLiteral("="));
        QString result = equationNumber(row.result, digits, significant);
        if (row.signedResult && row.result > 0 && shownValue(row.result, digits, significant) != 0)
            result.prepend(QLatin1Char('+'));
        columns.push_back(result);
    }
    return columns;
}

QString rowText(const EquationRow& row, int digits, bool significant)
{
    QString text;
    for (const QString& column : rowColumns(row, digits, significant)) {
        const bool tight = text.isEmpty() || text.endsWith(QLatin1Char('(')) || column == QLatin1String(")");
        text += (tight ? QString() : QStringLiteral(" ")) + column;
    }
    return text;
}

QString termsHtml(const TermTable& table, int most)
{
    std::vector<std::size_t> order(table.terms.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    const auto shown = std::min(order.size(), static_cast<std::size_t>(most));
    if (shown < order.size()) {
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::abs(table.terms[a].product()) > std::abs(table.terms[b].product());
        });
        std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown));
    }
    const int digits = table.significant ? 4 : 3;
    const auto number = [&](double value) { return equationNumber(value, digits, table.significant); };
    const auto factor = [&](double value) {
        const QString text = number(value);
        return text.startsWith(QChar(0x2212)) ? QStringLiteral("(%1)").arg(text) : text;
    };
    const QString cell = QStringLiteral("<td align=\"%1\" style=\"white-space:nowrap\">%2</td>");
    const auto line = [&](const QString& what, const QString& numbers, const QString& result) {
        return QStringLiteral("<tr>") + cell.arg(QStringLiteral("left"), what) +
               cell.arg(QStringLiteral("right"), numbers) +
               cell.arg(QStringLiteral("left"), QStringLiteral("=")) +
               cell.arg(QStringLiteral("right"), result) + QStringLiteral("</tr>");
    };
    const auto strong = [](const QString& text) { return QStringLiteral("<b>%1</b>").arg(text); };

    QString html = QStringLiteral("<p style=\"margin:0 0 4px 0\"><b>%1</b></p><table cellspacing=\"3\">")
                       .arg(mathHtml(table.title));
    for (std::size_t i = 0; i < shown; ++i) {
        const unrolled::DotTerm& term = table.terms[order[i]];
        if (term.source == "1") {
            html += line(mathHtml(QString::fromStdString(term.weight)), {}, number(term.product()));
            continue;
        }
        html += line(mathHtml(QStringLiteral("%1 · %2").arg(QString::fromStdString(term.weight),
                                                            QString::fromStdString(term.source))),
                     QStringLiteral("%1 × %2").arg(number(term.weightValue), factor(term.sourceValue)),
                     number(term.product()));
    }
    if (shown < order.size()) {
        double rest = 0;
        for (std::size_t i = shown; i < order.size(); ++i)
            rest += table.terms[order[i]].product();
        html += line(tr("the other %1 terms").arg(order.size() - shown), {}, number(rest));
    }
    if (!table.sumName.isEmpty())
        html += line(strong(mathHtml(table.sumName)), {}, strong(exact(table.sum)));
    if (!table.resultName.isEmpty())
        html += line(strong(mathHtml(table.resultName)), {}, strong(exact(table.result)));
    return html + QStringLiteral("</table>");
}

QString unitLabel(int unit)
{
    return tr("unit %1").arg(unit + 1);
}

QString quoted(const QString& symbol)
{
    QString text = symbol;
    if (text == QLatin1String(" "))
        text = QString(QChar(0x2423));
    else if (text == QLatin1String("\n"))
        text = QString(QChar(0x21b5));
    else if (text == QLatin1String("\t"))
        text = QString(QChar(0x21e5));
    return QChar(0x201c) + text + QChar(0x201d);
}

QString classLabel(const unrolled::IterationTrace& trace, int index)
{
    const auto at = static_cast<std::size_t>(index);
    if (trace.vocabulary && index >= 0 && at < trace.vocabulary->size())
        return quoted(QString::fromStdString((*trace.vocabulary)[at]));
    return trace.lossKind == unrolled::LossKind::CrossEntropy ? tr("class %1").arg(index + 1)
                                                              : tr("output %1").arg(index + 1);
}

} // namespace ui
