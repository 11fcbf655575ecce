#include "ui/exports/report_layout.h"

#include "ui/exports/export.h"
#include "ui/paint/palette.h"

#include <QFontDatabase>
#include <QFontMetricsF>
#include <QPainter>
#include <QRegularExpression>
#include <QTextLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ui {

namespace {

constexpr double pageMargin = 57; // 15 mm
constexpr double pageTop = 50;
constexpr double footerRoom = 62;
constexpr double tableText = 12.5;
constexpr double codeText = 9.5;
constexpr double captionText = 12;
constexpr double figureGap = 14;
constexpr double leastShare = 0.75; // to which a figure is shrunk for what is left of a page

double pageBottom()
{
    return a4Pixels.height() - footerRoom;
}

QFont reportFont(double pixels, bool bold = false)
{
    QFont font;
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels))));
    font.setBold(bold);
    return font;
}

QFont codeFont()
{
    QFont font(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    font.setPixelSize(static_cast<int>(std::lround(codeText)));
    return font;
}

QStringList wrapped(const QString& text, const QFont& font, double width)
{
    QStringList lines;
    for (const QString& part : text.split(QLatin1Char('\n'))) {
        if (part.isEmpty()) {
            lines << QString();
            continue;
        }
        QTextLayout layout(part, font);
        QTextOption option;
        option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
        layout.setTextOption(option);
        layout.beginLayout();
        for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
            line.setLineWidth(width);
            lines << part.mid(line.textStart(), line.textLength()).trimmed();
        }
        layout.endLayout();
    }
    return lines;
}

void drawLines(QPainter& painter, const QStringList& lines, const QFont& font, const QColor& color,
               double left, double top, double width)
{
    const double height = QFontMetricsF(font).lineSpacing();
    painter.setFont(font);
    painter.setPen(color);
    for (const QString& line : lines) {
        painter.drawText(QRectF(left, top, width + 40, height),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, line);
        top += height;
    }
}

double heightOf(const QStringList& lines, const QFont& font)
{
    return static_cast<double>(lines.size()) * QFontMetricsF(font).lineSpacing();
}

} // namespace

ReportLayout::ReportLayout() : m_y(pageTop) {}

double ReportLayout::width() const
{
    return a4Pixels.width() - 2 * pageMargin;
}

void ReportLayout::add(double height, BlockPainter paint, double keep)
{
    if (m_y > pageTop && m_y + height + keep > pageBottom())
        newPage();
    m_blocks.push_back({m_page, m_y, std::move(paint)});
    m_y += height;
}

void ReportLayout::newPage()
{
    if (m_y <= pageTop)
        return;
    ++m_page;
    m_y = pageTop;
}

void ReportLayout::space(double height)
{
    if (m_y > pageTop)
        m_y += height;
}

void ReportLayout::heading(const QString& text, double pixels)
{
    const QFont font = reportFont(pixels, true);
    const QStringList lines = wrapped(text, font, width());
    add(
        heightOf(lines, font) + 0.4 * pixels,
        [lines, font, room = width()](QPainter& painter, double top) {
            drawLines(painter, lines, font, lightPalette().text, pageMargin, top, room);
        },
        4 * pixels);
}

void ReportLayout::paragraph(const QString& text, double pixels, bool muted)
{
    const QFont font = reportFont(pixels);
    const QStringList lines = wrapped(text, font, width());
    add(heightOf(lines, font) + 0.5 * pixels, [=, room = width()](QPainter& painter, double top) {
        drawLines(painter, lines, font, muted ? lightPalette().muted : lightPalette().text, pageMargin, top,
                  room);
    });
}

void ReportLayout::row(const QStringList& cells, const std::vector<double>& shares, bool head)
{
    const QFont font = reportFont(tableText);
    struct Cell
    {
        QStringList lines;
        double left;
        double width;
    };
    std::vector<Cell> placed;
    double left = pageMargin;
    double height = 0;
    for (int i = 0; i < cells.size(); ++i) {
        const double room = shares[static_cast<std::size_t>(i)] * width();
        placed.push_back({wrapped(cells[i], font, room - 10), left, room - 10});
        height = std::max(height, heightOf(placed.back().lines, font));
        left += room;
    }
    height += 6;
    add(
        height,
        [=, room = width()](QPainter& painter, double top) {
            const Palette& colors = lightPalette();
            for (const Cell& cell : placed)
                drawLines(painter, cell.lines, font, head ? colors.muted : colors.text, cell.left, top + 3,
                          cell.width);
            painter.setPen(QPen(head ? colors.muted : colors.line, head ? 1 : 0.6));
            painter.drawLine(QPointF(pageMargin, top + height), QPointF(pageMargin + room, top + height));
        },
        head ? 2 * height : 0);
}

void ReportLayout::code(const QString& line)
{
    const QFont font = codeFont();
    static const QRegularExpression indentation(QStringLiteral("^ *"));
    const auto indent = static_cast<int>(indentation.match(line).capturedLength());
    const double left = QFontMetricsF(font).horizontalAdvance(QString(indent, QLatin1Char(' ')));
    const QStringList lines = wrapped(line.mid(indent), font, width() - left);
    add(heightOf(lines, font), [=, room = width()](QPainter& painter, double top) {
        drawLines(painter, lines, font, lightPalette().text, pageMargin + left, top, room - left);
    });
}

ReportLayout::Measured ReportLayout::measured(std::size_t pictures, const QSize& size,
                                              const QString& words) const
{
    const auto number = static_cast<double>(pictures);
    Measured result{(width() - (number - 1) * figureGap) / number, 1, 0, false,
                    wrapped(words, reportFont(captionText), width())};
    // A natural size is not blown up, and what is higher than a page is made to fit.
    result.around = heightOf(result.lines, reportFont(captionText)) + 30;
    const double highest = pageBottom() - pageTop - result.around;
    result.scale = std::min({1.0, result.each / size.width(), highest / size.height()});
    const double left = (pageBottom() - m_y - result.around) / size.height();
    result.fits = left >= leastShare * result.scale;
    if (result.fits)
        result.scale = std::min(result.scale, left);
    return result;
}

bool ReportLayout::holdsFigure(std::size_t pictures, const QSize& size, const QString& words) const
{
    return measured(pictures, size, words).fits;
}

bool ReportLayout::holdsCode(qsizetype lines) const
{
    const double height = static_cast<double>(lines) * QFontMetricsF(codeFont()).lineSpacing();
    return m_y + height <= pageBottom();
}

void ReportLayout::figure(const std::vector<PaintFunction>& pictures, const QSize& size, const QString& words)
{
    const QFont font = reportFont(captionText);
    const auto [each, scale, around, fits, lines] = measured(pictures.size(), size, words);
    const double height = size.height() * scale;
    add(height + around,
        [=, each = each, scale = scale, lines = lines, room = width()](QPainter& painter, double top) {
            double left = pageMargin;
            for (const PaintFunction& picture : pictures) {
                painter.save();
                painter.translate(left, top);
                painter.scale(scale, scale);
                picture(painter, size);
                painter.restore();
                left += each + figureGap;
            }
            drawLines(painter, lines, font, lightPalette().text, pageMargin, top + height + 8, room);
        });
}

std::vector<PaintFunction> ReportLayout::pages(const QString& footer) const
{
    std::vector<PaintFunction> result;
    const int last = m_blocks.empty() ? 0 : m_blocks.back().page;
    result.reserve(static_cast<std::size_t>(last) + 1);
    for (int page = 0; page <= last; ++page) {
        result.emplace_back([=, blocks = m_blocks, room = width()](QPainter& painter, const QSize& size) {
            painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
            for (const Block& block : blocks) {
                if (block.page != page)
                    continue;
                painter.save();
                block.paint(painter, block.top);
                painter.restore();
            }
            const Palette& colors = lightPalette();
            const QFont font = reportFont(11);
            const QString number = Export::tr("page %1 of %2").arg(page + 1).arg(last + 1);
            const QRectF line(pageMargin, size.height() - 46.0, room, 18);
            painter.setPen(QPen(colors.line, 0.8));
            painter.drawLine(line.topLeft() - QPointF(0, 4), line.topRight() - QPointF(0, 4));
            painter.setFont(font);
            painter.setPen(colors.muted);
            const double left = room - QFontMetricsF(font).horizontalAdvance(number) - 16;
            painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, number);
            painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                             QFontMetricsF(font).elidedText(footer, Qt::ElideMiddle, left));
        });
    }
    return result;
}

} // namespace ui
