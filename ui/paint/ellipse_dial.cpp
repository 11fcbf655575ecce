#include "ui/paint/ellipse_dial.h"

#include "core/gradients/scaled_columns.h"
#include "ui/paint/palette.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double largestAsItIs = 1.25; // radii of the ring that find room
constexpr double smallestAsItIs = 0.12;

double dialRadius(const QRectF& place)
{
    return std::min(place.width(), place.height()) / 2 / (largestAsItIs + 0.05);
}

QTransform mixedMaps(const QTransform& a, double weightOfA, const QTransform& b, double weightOfB)
{
    return {weightOfA * a.m11() + weightOfB * b.m11(),
            weightOfA * a.m12() + weightOfB * b.m12(),
            weightOfA * a.m21() + weightOfB * b.m21(),
            weightOfA * a.m22() + weightOfB * b.m22(),
            0,
            0};
}

} // namespace

int dialMagnification(const unrolled::ScaledNumber& length)
{
    const double log = length.log10();
    if (!std::isfinite(log) || (log >= std::log10(smallestAsItIs) && log <= std::log10(largestAsItIs)))
        return 0;
    return static_cast<int>(std::floor(std::log10(largestAsItIs) - log));
}

double turnBetween(const QTransform& from, const QTransform& to)
{
    // argmax over γ of tr(R(γ) A Bᵀ), A and B the two maps
    const double sine =
        from.m11() * to.m12() - from.m12() * to.m11() + from.m21() * to.m22() - from.m22() * to.m21();
    const double cosine =
        from.m11() * to.m11() + from.m12() * to.m12() + from.m21() * to.m21() + from.m22() * to.m22();
    return std::atan2(sine, cosine);
}

QTransform betweenMaps(const QTransform& from, const QTransform& to, double share)
{
    if (share <= 0 || share >= 1)
        return share <= 0 ? from : to;
    const double angle = turnBetween(from, to);
    const QTransform back = QTransform().rotateRadians(-angle);
    return mixedMaps(from, 1 - share, to * back, share) * QTransform().rotateRadians(share * angle);
}

QPointF onEllipseDial(const QRectF& place, const QPointF& point)
{
    const double radius = dialRadius(place);
    return place.center() + QPointF(radius * point.x(), -radius * point.y());
}

void drawEllipseDial(QPainter& painter, const QRectF& place, const EllipseDial& dial, const Palette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(place, Qt::IntersectClip);
    const double radius = dialRadius(place);
    const QPointF middle = place.center();
    const bool roomy = radius > 24;
    const double width = roomy ? 1.6 : 1.2;

    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.track, 1));
    painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()));
    painter.drawLine(QPointF(middle.x(), place.top()), QPointF(middle.x(), place.bottom()));
    const auto drawRing = [&](int magnification) {
        const double size = radius * std::pow(10.0, dial.magnification + dial.scaled - magnification);
        if (size < 1 || size > 40 * radius)
            return;
        painter.setPen(QPen(palette.muted, 1, magnification == 0 ? Qt::DashLine : Qt::DotLine));
        if (dial.segment)
            painter.drawLine(middle - QPointF(size, 0), middle + QPointF(size, 0));
        else
            painter.drawEllipse(middle, size, size);
    };
    drawRing(dial.magnification);
    if (dial.scaled != 0)
        drawRing(dial.next);

    const QTransform toPixels(radius, 0, 0, -radius, middle.x(), middle.y());
    const QTransform whole = dial.map * toPixels;
    const QColor& color = palette.backward;
    QColor fill = color;
    fill.setAlphaF(dial.highlighted ? 0.28F : 0.16F);
    QPainterPath circle;
    circle.addEllipse(QPointF(0, 0), 1, 1);
    painter.setPen(QPen(color, dial.highlighted ? width + 0.6 : width));
    painter.setBrush(fill);
    painter.drawPath(whole.map(circle));

    // Where the two axes went: the first one with a filled end, the second one with a hollow one.
    const auto end = [&](const QPointF& point) { // no larger than what it marks
        const QPointF from = point - middle;
        return std::clamp(0.35 * std::hypot(from.x(), from.y()), 1.0, roomy ? 3.4 : 2.4);
    };
    const QPointF second = whole.map(QPointF(0, 1));
    const QPointF first = whole.map(QPointF(1, 0));
    if (!dial.segment) {
        painter.setPen(QPen(palette.text, width * 0.8, Qt::DotLine));
        painter.drawLine(middle, second);
        painter.setPen(QPen(palette.text, width * 0.8));
        painter.setBrush(palette.background);
        painter.drawEllipse(second, end(second), end(second));
    }
    painter.setPen(QPen(palette.text, width));
    painter.drawLine(middle, first);
    painter.setBrush(palette.text);
    painter.drawEllipse(first, end(first), end(first));
    painter.restore();
}

} // namespace ui
