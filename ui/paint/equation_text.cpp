#include "ui/paint/equation.h"

#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

using Kind = EquationPiece::Kind;

constexpr int mostExtraDigits = 1;

/// Whether a size is written out in digits rather than with a power of ten.
bool writtenOut(double magnitude)
{
    return magnitude >= 0.000995 && magnitude < 99999.5;
}

QString tr(const char* text)
{
    return QCoreApplication::translate("Equation", text);
}

QString plainDigits(double magnitude, const NumberStyle& style)
{
    const int digits = style.digits;
    if (!style.significant)
        return magnitude >= 99999.5 ? QString::number(magnitude, 'e', digits)
                                    : QString::number(magnitude, 'f', digits);
    if (style.reference > 0) {
        const int apart = style.sharedExponent();
        const int own = static_cast<int>(std::floor(std::log10(style.reference)));
        const int biggest = static_cast<int>(std::floor(std::log10(std::max(style.scale, style.reference))));
        // A row that is small beside the others has a few digits more, not as many as it would take.
        const int place = std::max(own, biggest - mostExtraDigits);
        return QString::number(magnitude / std::pow(10.0, apart), 'f',
                               std::max(0, digits - 1 - place + apart));
    }
    if (magnitude == 0)
        return QStringLiteral("0");
    if (writtenOut(magnitude)) {
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
bool shownNegative(double value, const NumberStyle& style)
{
    return value < 0 && plainDigits(-value, style).toDouble() != 0;
}

QString magnitudeText(double value, const NumberStyle& style)
{
    if (!std::isfinite(value))
        return std::isnan(value) ? QStringLiteral("NaN") : QString(QChar(0x221e));
    return pretty(plainDigits(std::abs(value), style));
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

double EquationRow::reference(bool significant) const
{
    if (!sum || !significant)
        return 0;
    double largest = std::abs(result);
    int count = 0;
    for (const double value : numbers()) {
        largest = std::max(largest, std::abs(value));
        ++count;
    }
    return count > 1 && std::isfinite(largest) ? largest : 0;
}

int NumberStyle::sharedExponent() const
{
    const double size = std::max(scale, reference);
    if (!significant || reference <= 0 || writtenOut(size))
        return 0;
    return static_cast<int>(std::floor(std::log10(size)));
}

QString equationNumber(double value, const NumberStyle& style)
{
    const QString text = magnitudeText(value, style);
    return shownNegative(value, style) ? QChar(0x2212) + text : text;
}

double shownValue(double value, const NumberStyle& style)
{
    if (!std::isfinite(value))
        return value;
    const double magnitude =
        plainDigits(std::abs(value), style).toDouble() * std::pow(10.0, style.sharedExponent());
    return value < 0 ? -magnitude : magnitude;
}

NumberStyle styleOf(const EquationRow& row, int digits, bool significant)
{
    return {digits, significant, row.reference(significant), row.scale};
}

void alignRows(std::vector<EquationRow>& rows, bool significant)
{
    double largest = 0;
    for (const EquationRow& row : rows)
        largest = std::max(largest, row.reference(significant));
    for (EquationRow& row : rows)
        row.scale = largest;
}

namespace {

/// A row's result as the numbers on show give it, exactly.
double workedOut(const EquationRow& row, const NumberStyle& style)
{
    std::vector<double> shown = row.numbers();
    for (double& value : shown)
        value = shownValue(value, style);
    return row.evaluate(shown);
}

/// Whether the numbers on show give the result on show, to its last digit.
bool worksOut(const EquationRow& row, const NumberStyle& style)
{
    const double result = shownValue(row.result, style);
    return std::abs(shownValue(workedOut(row, style), style) - result) <= 1e-9 * std::abs(result);
}

} // namespace

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
            const NumberStyle style = styleOf(row, digits, significant);
            if (worksOut(row, style))
                continue;
            const double result = shownValue(row.result, style);
            const double size = style.reference > 0 ? style.reference : std::max(std::abs(result), 1e-300);
            const double unit = significant ? std::pow(10.0, std::floor(std::log10(size)) - digits + 1)
                                            : std::pow(10.0, -digits);
            // A last digit that is off by one is what rounding allows; more is not.
            misses += std::abs(workedOut(row, style) - result) < 1.51 * unit ? 0.1 : 1;
        }
        if (misses < bestMisses - 1e-9) {
            bestMisses = misses;
            best = digits;
        }
        if (bestMisses == 0)
            break;
    }
    return best;
}

std::vector<QString> rowColumns(const EquationRow& row, int digits, bool significant)
{
    const NumberStyle style = styleOf(row, digits, significant);
    const int exponent = style.sharedExponent();
    const QString power = exponent != 0 ? QStringLiteral("·10") + superscript(exponent) : QString();
    std::vector<QString> columns;
    if (exponent != 0)
        columns.push_back(QStringLiteral("("));
    for (const EquationPiece& piece : row.pieces) {
        const bool negative = shownNegative(piece.value, style);
        const QString magnitude = magnitudeText(piece.value, style);
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
    if (exponent != 0)
        columns.push_back(QStringLiteral(")") + power);
    if (row.hasResult) {
        // A reader who adds up the rounded numbers is told where the last digit comes out differently.
        const bool exactly = !row.evaluate || !std::isfinite(row.result) || worksOut(row, style);
        columns.push_back(exactly ? QStringLiteral("=") : QStringLiteral("≈"));
        QString result = equationNumber(row.result, style) + power;
        if (row.signedResult && row.result > 0 && shownValue(row.result, style) != 0)
            result.prepend(QLatin1Char('+'));
        columns.push_back(result);
    }
    return columns;
}

QString rowText(const EquationRow& row, int digits, bool significant)
{
    QString text;
    for (const QString& column : rowColumns(row, digits, significant)) {
        const bool tight =
            text.isEmpty() || text.endsWith(QLatin1Char('(')) || column.startsWith(QLatin1Char(')'));
        text += (tight ? QString() : QStringLiteral(" ")) + column;
    }
    return text;
}

QString termsHtml(const TermTable& table, int most)
{
    std::vector<std::size_t> order(table.terms.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    auto shown = std::min(order.size(), static_cast<std::size_t>(most));
    if (shown < order.size()) {
        // A one-hot input leaves a single term of many.
        const auto some = std::count_if(table.terms.begin(), table.terms.end(),
                                        [](const unrolled::DotTerm& term) { return term.product() != 0; });
        shown = std::min(shown, static_cast<std::size_t>(std::max<std::ptrdiff_t>(some, 1)));
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::abs(table.terms[a].product()) > std::abs(table.terms[b].product());
        });
        std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown));
    }
    const int digits = table.significant ? 4 : 3;
    const auto number = [&](double value) {
        // One-hot inputs and masks are exactly 0 or 1.
        return value == 0 || value == 1 ? QString::number(value)
                                        : equationNumber(value, {digits, table.significant});
    };
    const auto factor = [&](double value) {
        const QString text = number(value);
        return text.startsWith(QChar(0x2212)) ? QStringLiteral("(%1)").arg(text) : text;
    };
    const QString cell = QStringLiteral("<td align=\"%1\" style=\"white-space:nowrap\">%2</td>");
    const auto line = [&](const QString& what, const QString& numbers, const QString& result) {
        return QStringLiteral("<tr>") +
               cell.arg(QStringLiteral("left"), what + QStringLiteral("&nbsp;&nbsp;")) +
               cell.arg(QStringLiteral("right"), numbers) +
               cell.arg(QStringLiteral("left"), QStringLiteral("=")) +
               cell.arg(QStringLiteral("right"), result) + QStringLiteral("</tr>");
    };
    const auto product = [&](double value) { return equationNumber(value, {digits, table.significant}); };
    const auto strong = [](const QString& text) { return QStringLiteral("<b>%1</b>").arg(text); };

    QString html = QStringLiteral("<p style=\"margin:0 0 4px 0\"><b>%1</b></p><table cellspacing=\"3\">")
                       .arg(mathHtml(table.title));
    for (std::size_t i = 0; i < shown; ++i) {
        const unrolled::DotTerm& term = table.terms[order[i]];
        const QString weight = QString::fromStdString(term.weight);
        if (term.source == "1") {
            html += line(mathHtml(weight), {}, product(term.product()));
            continue;
        }
        const QString source = QString::fromStdString(term.source);
        html += line(mathHtml(weight + QStringLiteral(" · ") + source),
                     QStringLiteral("%1 × %2").arg(number(term.weightValue), factor(term.sourceValue)),
                     product(term.product()));
    }
    if (shown < order.size()) {
        double rest = 0;
        for (std::size_t i = shown; i < order.size(); ++i)
            rest += table.terms[order[i]].product();
        html += line(tr("the other %1 terms").arg(order.size() - shown), {}, product(rest));
    }
    html += line(strong(mathHtml(table.sumName)), {}, strong(product(table.sum)));
    if (!table.resultName.isEmpty())
        html += line(strong(mathHtml(table.resultName)), {}, strong(product(table.result)));
    html += QStringLiteral("</table>");
    const bool further = !table.resultName.isEmpty();
    return html + QStringLiteral("<p style=\"margin:4px 0 0 0\">%1</p>")
                      .arg(tr("exactly %1").arg(exact(further ? table.result : table.sum)));
}

QString rowHtml(const EquationRow& row, bool significant)
{
    return QStringLiteral("<p style=\"white-space:nowrap\"><b>%1</b>&nbsp; %2</p><p>= %3</p>")
        .arg(row.mathLabel ? mathHtml(row.label) : row.label.toHtmlEscaped(),
             mathHtml(rowText(row, significant ? 6 : 5, significant)), exact(row.result));
}

QString unitLabel(int unit)
{
    return tr("unit %1").arg(unit + 1);
}

QString unitAtStart(int unit)
{
    return tr("Unit %1").arg(unit + 1);
}

QString quoted(const std::string& symbol)
{
    return QChar(0x201c) + visibleSymbol(symbol) + QChar(0x201d);
}

QString classLabel(const unrolled::IterationTrace& trace, int index)
{
    const auto at = static_cast<std::size_t>(index);
    if (trace.outputVocabulary && index >= 0 && at < trace.outputVocabulary->size())
        return quoted((*trace.outputVocabulary)[at]);
    return trace.lossKind == unrolled::LossKind::CrossEntropy ? tr("class %1").arg(index + 1)
                                                              : tr("output %1").arg(index + 1);
}

QString inputLabel(const unrolled::IterationTrace& trace, int index)
{
    const auto at = static_cast<std::size_t>(index);
    if (index < 0)
        return tr("nothing");
    return trace.vocabulary && at < trace.vocabulary->size() ? quoted((*trace.vocabulary)[at])
                                                             : tr("class %1").arg(index + 1);
}

} // namespace ui
