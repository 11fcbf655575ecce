#include "ui/paint/arrow.h"

#include "ui/paint/palette.h"

#include <QPainter>
#include <QPen>
#include <QPolygonF>

#include <algorithm>
#include <cmath>

namespace ui {

double gradientStrength(double norm)
{
    if (std::isnan(norm) || norm <= 0)
        return 0;
    const double range = strongestGradientExponent - weakestGradientExponent;
    return std::clamp((std::log10(norm) - weakestGradientExponent) / range, 0.0, 1.0);
}

void drawArrow(QPainter& painter, const QLineF& line, const QColor& color, double width)
{
    const double length = line.length();
    if (length < 1)
        return;
    const double tip = std::min(3.2 + 1.9 * width, length);
    const QPointF along = (line.p2() - line.p1()) / length;
    const QPointF across(-along.y(), along.x());
    const QPointF neck = line.p2() - along * tip;
    painter.setPen(QPen(color, width, Qt::SolidLine, Qt::FlatCap));
    if (length > tip)
        painter.drawLine(QLineF(line.p1(), neck + along * 0.5));
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF{line.p2(), neck + across * tip * 0.5, neck - across * tip * 0.5});
}

void drawGradientArrow(QPainter& painter, const QLineF& line, const QColor& color, double strength,
                       double scale)
{
    if (strength <= 0) {
        // Nothing arrives any more: the way is there, dotted.
        QColor faint = color;
        faint.setAlphaF(0.35f);
        painter.setPen(QPen(faint, scale, Qt::DotLine));
        painter.drawLine(line);
        return;
    }
    QColor shade = color;
    shade.setAlphaF(static_cast<float>(0.22 + 0.78 * strength));
    drawArrow(painter, line, shade, (0.7 + 3.3 * strength) * scale);
}

void drawToken(QPainter& painter, const QLineF& line, double share, const QColor& color, double radius)
{
    if (share <= 0 || share >= 1)
        return;
    const double seen = std::min(1.0, std::min(share, 1 - share) * 8);
    QColor halo = color;
    halo.setAlphaF(static_cast<float>(0.22 * seen));
    QColor core = color;
    core.setAlphaF(static_cast<float>(seen));
    const QPointF at = line.pointAt(eased(share));
    painter.setPen(Qt::NoPen);
    painter.setBrush(halo);
    painter.drawEllipse(at, radius * 1.8, radius * 1.8);
    painter.setBrush(core);
    painter.drawEllipse(at, radius, radius);
}

QColor mixed(const QColor& from, const QColor& to, double share)
{
    const auto between = [share](double a, double b) {
        return static_cast<float>(std::clamp(a + (b - a) * share, 0.0, 1.0));
    };
    return QColor::fromRgbF(between(from.redF(), to.redF()), between(from.greenF(), to.greenF()),
                            between(from.blueF(), to.blueF()), between(from.alphaF(), to.alphaF()));
}

double eased(double share)
{
    const double s = std::clamp(share, 0.0, 1.0);
    return s * s * (3 - 2 * s);
}

void drawGap(QPainter& painter, const QLineF& line, const Palette& palette, double scale)
{
    painter.setPen(QPen(palette.background, 4 * scale, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(line);
    painter.setPen(QPen(palette.text, 1.2 * scale, Qt::DashLine, Qt::FlatCap));
    painter.drawLine(line);
}

} // namespace ui
