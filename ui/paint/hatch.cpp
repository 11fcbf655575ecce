#include "ui/paint/hatch.h"

#include "ui/paint/palette.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

/// Adds the lines x + y = k of a rectangle, or falling ones, x − y = k.
void addDiagonals(QPainterPath& path, const QRectF& rect, double spacing, bool falling = false)
{
    const double low = falling ? rect.left() - rect.bottom() : rect.left() + rect.top();
    const double high = falling ? rect.right() - rect.top() : rect.right() + rect.bottom();
    for (double k = std::ceil(low / spacing) * spacing; k < high; k += spacing) {
        const double left = std::max(rect.left(), falling ? k + rect.top() : k - rect.bottom());
        const double right = std::min(rect.right(), falling ? k + rect.bottom() : k - rect.top());
        if (right < left + 0.5) // no more than a dot in a corner
            continue;
        path.moveTo(left, falling ? left - k : k - left);
        path.lineTo(right, falling ? right - k : k - right);
    }
}

} // namespace

void drawPattern(QPainter& painter, const QRectF& rect, Qt::BrushStyle style, const QColor& color)
{
    constexpr double spacing = 6;
    QPainterPath lines;
    addDiagonals(lines, rect, spacing);
    if (style == Qt::DiagCrossPattern)
        addDiagonals(lines, rect, spacing, true);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, 1));
    painter.drawPath(lines);
    painter.restore();
}

void drawHatch(QPainter& painter, const QRectF& rect, const Palette& palette)
{
    QPainterPath lines;
    addDiagonals(lines, rect, 9);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.line, 1));
    painter.drawPath(lines);
    painter.setPen(QPen(palette.line, 0.8));
    painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
}

void NegativeMarks::add(const QRectF& rect, const QColor& fill)
{
    addDiagonals(qGray(fill.rgb()) < 165 ? m_onDark : m_onLight, rect, 4);
}

void NegativeMarks::draw(QPainter& painter) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 130), 0.5));
    painter.drawPath(m_onLight);
    painter.setPen(QPen(QColor(255, 255, 255, 220), 0.7));
    painter.drawPath(m_onDark);
    painter.restore();
}

} // namespace ui
