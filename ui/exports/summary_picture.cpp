#include "ui/exports/summary_picture.h"

#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ui {

namespace {

struct Column
{
    QString name;
    QStringList cells;
    bool numbers = true;
    double width = 0;
};

QString readable(const std::string& cell, bool* number)
{
    const QString text = QString::fromStdString(cell);
    bool whole = false;
    const long long value = text.toLongLong(&whole);
    if (whole)
        return count(value);
    bool real = false;
    text.toDouble(&real);
    *number = real || text.isEmpty();
    static const QRegularExpression times(QStringLiteral("(\\d)x(?=\\d)"));
    return QString(text).replace(times, QStringLiteral("\\1×"));
}

std::vector<Column> columnsOf(const unrolled::Table& table)
{
    std::vector<Column> columns;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        Column column;
        column.name = QString::fromStdString(table.columns[i]).replace(QLatin1Char('_'), QLatin1Char(' '));
        column.name.replace(QLatin1String("keras"), QLatin1String("Keras"));
        column.name.replace(QLatin1String("pytorch"), QLatin1String("PyTorch"));
        for (const auto& row : table.rows) {
            bool number = true;
            column.cells << (i < row.size() ? readable(row[i], &number) : QString());
            column.numbers = column.numbers && number;
        }
        columns.push_back(column);
    }
    return columns;
}

constexpr double space = 28; // between columns
constexpr double margin = 24;
constexpr double spacing = 1.7; // of lines

/// Sets the columns' widths; returns that of all.
double measure(std::vector<Column>& columns, const QFont& font)
{
    const QFontMetricsF metrics(font);
    double total = space * (static_cast<double>(columns.size()) - 1);
    for (Column& column : columns) {
        column.width = metrics.horizontalAdvance(column.name);
        for (const QString& cell : column.cells)
            column.width = std::max(column.width, metrics.horizontalAdvance(cell));
        total += column.width;
    }
    return total;
}

QSizeF tableRoom(const QFont& font, const QString& title, const unrolled::Table& table)
{
    std::vector<Column> columns = columnsOf(table);
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const double width = std::max(measure(columns, font), QFontMetricsF(bold).horizontalAdvance(title));
    const double lines = static_cast<double>(table.rows.size()) + 2.1;
    return {width + 2 * margin, lines * spacing * QFontMetricsF(font).height() + 1.2 * margin};
}

} // namespace

QSize tableSize(const QFont& font, const QString& title, const unrolled::Table& table)
{
    const QSizeF room = tableRoom(font, title, table);
    return {static_cast<int>(std::ceil(room.width())), static_cast<int>(std::ceil(room.height()))};
}

void paintTable(QPainter& painter, const QSize& size, const QFont& font, const QString& title,
                const unrolled::Table& table)
{
    const Palette& palette = lightPalette();
    painter.fillRect(QRect(QPoint(0, 0), size), palette.background);
    std::vector<Column> columns = columnsOf(table);
    const double total = measure(columns, font);
    // Smaller where not everything has room.
    const QSizeF own = tableRoom(font, title, table);
    const double scale = std::min({1.0, size.width() / own.width(), size.height() / own.height()});
    painter.save();
    painter.scale(scale, scale);
    const QFontMetricsF metrics(font);
    const double line = metrics.height() * spacing;
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    double y = margin * 0.6;
    painter.setFont(bold);
    painter.setPen(palette.text);
    painter.drawText(QRectF(margin, y, own.width() - margin, line), Qt::AlignLeft | Qt::AlignVCenter, title);
    y += line * 1.1;
    painter.setFont(font);
    const auto row = [&](int index) {
        double x = margin;
        for (const Column& column : columns) {
            const QString text = index < 0 ? column.name : column.cells[index];
            const auto side = column.numbers && !column.cells.isEmpty() ? Qt::AlignRight : Qt::AlignLeft;
            painter.drawText(QRectF(x, y, column.width + 1, line), side | Qt::AlignVCenter, text);
            x += column.width + space;
        }
        y += line;
    };
    const auto rule = [&](const QColor& color, double width) {
        painter.setPen(QPen(color, width));
        painter.drawLine(QPointF(margin, y), QPointF(margin + total, y));
    };
    painter.setPen(palette.muted);
    row(-1);
    rule(palette.muted, 1);
    for (int i = 0; i < static_cast<int>(table.rows.size()); ++i) {
        painter.setPen(palette.text);
        row(i);
        rule(palette.line, 0.6);
    }
    painter.restore();
}

} // namespace ui
