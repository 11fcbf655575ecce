#include "ui/paint/equation_painter.h"

#include "ui/paint/math_text.h"
#include "ui/paint/palette.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

constexpr qreal symbolSize = 1.12; ///< of the equation in symbols, in units of the text

QFont sized(QFont font, qreal pixels, bool bold = false)
{
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels))));
    font.setBold(bold);
    return font;
}

/// An equation that is too wide for one line is broken before a " + ", or where it says "=" or "←".
QStringList brokenInTwo(const QString& math)
{
    qsizetype best = -1;
    for (const QString& place : {QStringLiteral(" + "), QStringLiteral(" = "), QStringLiteral(" ← ")}) {
        for (qsizetype at = math.indexOf(place); at >= 0; at = math.indexOf(place, at + 1)) {
            if (best < 0 || std::abs(at - math.size() / 2) < std::abs(best - math.size() / 2))
                best = at;
        }
        if (best >= 0)
            break;
    }
    if (best < 0)
        return {math};
    return {math.left(best), QStringLiteral("    ") + math.mid(best + 1)};
}

/// The rows in sight, set in columns.
struct RowTable
{
    std::vector<EquationRow> rows;
    std::vector<std::vector<QString>> cells;
    std::vector<qreal> columns;
    std::vector<qreal> gaps; ///< after each column; parentheses stand close
    qreal labelWidth = 0;
    QFont font;

    qreal width() const
    {
        return labelWidth + std::accumulate(columns.begin(), columns.end(), 0.0) +
               std::accumulate(gaps.begin(), gaps.end(), 0.0);
    }
};

/// Sets the rows with so many digits: columns as wide as their widest entry.
void setColumns(RowTable& table, int digits, bool significant, qreal text)
{
    const qreal gap = text * 0.34;
    QFont bold = table.font;
    bold.setBold(true);
    table.labelWidth = 0;
    table.cells.clear();
    table.columns.clear();
    for (const EquationRow& row : table.rows) {
        const qreal label = row.mathLabel ? mathSize(table.font, row.label).width()
                                          : QFontMetricsF(table.font).horizontalAdvance(row.label);
        table.labelWidth = std::max(table.labelWidth, label + text * 0.8);
        table.cells.push_back(rowColumns(row, digits, significant));
        const std::vector<QString>& cells = table.cells.back();
        table.columns.resize(std::max(table.columns.size(), cells.size()), 0);
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const qreal width = mathSize(c + 1 == cells.size() ? bold : table.font, cells[c]).width();
            table.columns[c] = std::max(table.columns[c], width);
        }
    }
    table.gaps.assign(table.columns.size(), gap);
    for (const std::vector<QString>& cells : table.cells) {
        for (std::size_t c = 0; c + 1 < cells.size(); ++c) {
            if (cells[c].endsWith(QLatin1Char('(')) || cells[c + 1].startsWith(QLatin1Char(')')))
                table.gaps[c] = gap * 0.3;
        }
    }
}

/// The rows in sight with as many digits as they need and the width allows; with smaller letters where even
/// the fewest are too wide.
RowTable fittedRows(const Equation& equation, int firstRow, const CellAreas& areas, const QFont& base)
{
    RowTable table;
    table.font = sized(base, areas.text);
    const int shown = std::min(areas.rowsShown, equation.rows - firstRow);
    for (int i = 0; i < shown; ++i)
        table.rows.push_back(equation.row(firstRow + i));
    alignRows(table.rows, equation.significant);

    const int least = equation.significant ? 3 : 2;
    int digits = equationDigits(table.rows, equation.significant, mostEquationDigits);
    setColumns(table, digits, equation.significant, areas.text);
    while (table.width() > areas.rows.width() && digits > least)
        setColumns(table, --digits, equation.significant, areas.text);
    if (table.width() > areas.rows.width()) {
        const qreal text = areas.text * std::max(0.62, 0.98 * areas.rows.width() / table.width());
        table.font = sized(base, text);
        setColumns(table, digits, equation.significant, text);
    }
    return table;
}

void paintSymbols(QPainter& painter, QFont font, const Equation& equation, const QStringList& lines,
                  const QRectF& room)
{
    const auto widest = [&] {
        qreal width = 0;
        for (const QString& line : lines)
            width = std::max(width, mathSize(font, line).width());
        return width;
    };
    while (font.pixelSize() > 6 && widest() > room.width())
        font.setPixelSize(font.pixelSize() - 1);
    painter.setFont(font);
    const qreal height = room.height() / static_cast<qreal>(lines.size());
    QRectF place(room.topLeft(), QSizeF(room.width(), height));
    for (const QString& line : lines) {
        drawMath(painter, place, Qt::AlignLeft | Qt::AlignVCenter, line);
        if (!equation.tail.isEmpty() && equation.known)
            painter.drawText(place.adjusted(mathSize(font, line).width(), 0, 0, 0),
                             Qt::AlignLeft | Qt::AlignVCenter, equation.tail);
        place.translate(0, height);
    }
}

void paintRow(QPainter& painter, const Palette& palette, const RowTable& table, std::size_t index,
              const QRectF& place, bool selected, const QColor& flow)
{
    const EquationRow& row = table.rows[index];
    const QRectF label(place.left(), place.top(), table.labelWidth, place.height());
    painter.setFont(table.font);
    painter.setPen(selected ? palette.text : palette.muted);
    if (row.mathLabel)
        drawMath(painter, label, Qt::AlignLeft | Qt::AlignVCenter, row.label);
    else
        painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter, row.label);
    QFont bold = table.font;
    bold.setBold(true);
    qreal x = label.right();
    const std::vector<QString>& cells = table.cells[index];
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const bool result = row.hasResult && c + 1 == cells.size();
        const bool factor = c > 0 && cells[c - 1] == QStringLiteral("×");
        painter.setFont(result ? bold : table.font);
        painter.setPen(result ? flow : palette.text);
        const QRectF cell(x, place.top(), table.columns[c] + (result ? 1 : 0), place.height());
        drawMath(painter, cell, Qt::AlignVCenter | (result || factor ? Qt::AlignLeft : Qt::AlignRight),
                 cells[c]);
        x += table.columns[c] + table.gaps[c];
    }
}

/// How much is out of sight, and where.
void paintScrollMark(QPainter& painter, const Palette& palette, const QRectF& rows, int first, int shown,
                     int all)
{
    const qreal thumb = std::max(8.0, rows.height() * shown / all);
    const qreal top = rows.top() + (rows.height() - thumb) * first / std::max(1, all - shown);
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.line);
    painter.drawRoundedRect(QRectF(rows.right() + 6, top, 3, thumb), 1.5, 1.5);
    painter.setBrush(Qt::NoBrush);
}

void paintNote(QPainter& painter, const QFont& base, const QString& words, const CellAreas& areas)
{
    const int flags = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap;
    for (const qreal share : {0.95, 0.9, 0.85, 0.8}) {
        painter.setFont(sized(base, areas.text * share));
        if (painter.boundingRect(areas.note, flags, words).height() <= areas.note.height() + 1)
            break;
    }
    painter.drawText(areas.note, flags, words);
}

} // namespace

QStringList equationLines(const Equation& equation, const QFont& font, const CellAreas& areas)
{
    const qreal width = mathSize(sized(font, areas.text * symbolSize), equation.symbols).width();
    if (width <= areas.symbols.width() * 1.08)
        return {equation.symbols};
    return brokenInTwo(equation.symbols);
}

void paintEquation(QPainter& painter, const Palette& palette, const QFont& base, const Equation& equation,
                   const QStringList& lines, const CellAreas& areas, const EquationLook& look)
{
    const int shown = equation.known ? std::min(areas.rowsShown, equation.rows - look.firstRow) : 0;
    const bool more = shown > 0 && equation.rows > shown;
    // A picture does not scroll: which rows it shows stands at the end of the line of symbols.
    const QFont small = sized(base, 0.8 * areas.text);
    QString which;
    QRectF beside = areas.symbols;
    if (more && !look.scrolls) {
        which = QCoreApplication::translate("EquationPainter", "%1–%2 of %3")
                    .arg(look.firstRow + 1)
                    .arg(look.firstRow + shown)
                    .arg(equation.rows);
        beside.setRight(beside.right() - QFontMetricsF(small).horizontalAdvance(which) - areas.text);
    }
    painter.setPen(equation.known ? palette.text : palette.muted);
    paintSymbols(painter, sized(base, areas.text * symbolSize), equation, lines, beside);
    if (!equation.known)
        return;

    painter.save();
    painter.setOpacity(0.35 + 0.65 * look.alpha);
    const RowTable table = fittedRows(equation, look.firstRow, areas, base);
    const QColor flow = look.backward ? palette.backward : palette.forward;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const QRectF place(areas.rows.left(), areas.rows.top() + static_cast<qreal>(i) * areas.rowHeight,
                           areas.rows.width(), areas.rowHeight);
        const bool selected = look.firstRow + static_cast<int>(i) == look.selected;
        if (selected && equation.rows > 1) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(look.backward ? palette.backwardSoft : palette.forwardSoft);
            painter.drawRoundedRect(place.adjusted(-5, 0.5, 5, -0.5), 4, 4);
            painter.setBrush(Qt::NoBrush);
        }
        paintRow(painter, palette, table, i, place, selected, flow);
    }
    if (more && look.scrolls)
        paintScrollMark(painter, palette, areas.rows, look.firstRow, shown, equation.rows);
    painter.setPen(palette.muted);
    painter.setFont(small);
    painter.drawText(areas.symbols, Qt::AlignRight | Qt::AlignBottom, which);
    if (equation.note)
        paintNote(painter, base, equation.note(std::max(0, look.selected)), areas);
    painter.restore();
}

} // namespace ui
