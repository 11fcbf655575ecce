#include "ui/paint/heat_image.h"

#include "ui/paint/palette.h"

#include <QImage>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>

#include <cmath>
#include <map>

namespace ui {

void drawHeatImage(QPainter& painter, const HeatBlock& place, const QImage& image, QRgb ground)
{
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    if (painter.paintEngine() && painter.paintEngine()->type() == QPaintEngine::Raster) {
        // The last cell may hold fewer values than the others; so much of it is drawn.
        const QRectF source(0, 0, static_cast<double>(place.time.count) / place.time.group,
                            static_cast<double>(place.unit.count) / place.unit.group);
        painter.drawImage(place.cells, image, source);
        return;
    }
    std::map<QRgb, QPainterPath> paths;
    for (int u = 0; u < image.height(); ++u) {
        const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(u));
        for (int s = 0; s < image.width();) {
            const int start = s++;
            while (s < image.width() && row[s] == row[start])
                ++s;
            if (row[start] == ground)
                continue;
            // A hair of overlap hides seams between antialiased neighbours.
            const QRectF rect(place.cell(start, u).topLeft(), place.cell(s - 1, u).bottomRight());
            paths[row[start]].addRect(rect.adjusted(0, 0, 0.25, 0.25) & place.cells);
        }
    }
    painter.setPen(Qt::NoPen);
    for (auto& [color, path] : paths) {
        path.setFillRule(Qt::WindingFill);
        painter.fillPath(path, QColor(color));
    }
}

void drawHatch(QPainter& painter, const QRectF& rect, const Palette& palette)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.line, 1));
    constexpr double spacing = 9;
    // The line x + y = k, on a grid shared by all rectangles.
    const double first = std::ceil((rect.left() + rect.top()) / spacing) * spacing;
    for (double k = first; k < rect.right() + rect.bottom(); k += spacing) {
        const double left = std::max(rect.left(), k - rect.bottom());
        const double right = std::min(rect.right(), k - rect.top());
        if (right > left)
            painter.drawLine(QPointF(left, k - left), QPointF(right, k - right));
    }
    painter.setPen(QPen(palette.line, 0.8));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
}

} // namespace ui
