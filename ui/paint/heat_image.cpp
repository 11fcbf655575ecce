#include "ui/paint/heat_image.h"

#include <QImage>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>

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

} // namespace ui
