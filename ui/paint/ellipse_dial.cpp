#include "ui/paint/ellipse_dial.h"

#include "ui/paint/palette.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

constexpr double smallest = 0.2; // radius of the smallest size of a row: turning can still be seen
constexpr double ringsApart = 8; // pixels

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

DialScale::DialScale(const std::vector<double>& logs)
{
    for (const double log : logs) {
        if (!std::isfinite(log))
            continue;
        m_lowest = std::min(m_lowest, log);
        m_highest = std::max(m_highest, log);
    }
    // Sizes that hardly differ look it.
    m_lowest = std::min(m_lowest, m_highest - 1);
}

double DialScale::radius(double log) const
{
    return std::isfinite(log) ? smallest + (1 - smallest) * (log - m_lowest) / (m_highest - m_lowest) : 0;
}

std::vector<int> DialScale::rings(double pixels) const
{
    const double apart = std::max(pixels, 1.0) * (1 - smallest) / (m_highest - m_lowest);
    int by = 1;
    for (int i = 0; by * apart < ringsApart; ++i)
        by = i % 3 == 1 ? by * 5 / 2 : by * 2; // 1, 2, 5, 10, …
    constexpr double rounding = 1e-9;
    const int first = static_cast<int>(std::ceil(m_lowest / by - rounding));
    const int last = static_cast<int>(std::floor(m_highest / by + rounding));
    std::vector<int> powers;
    powers.reserve(static_cast<std::size_t>(last - first + 1));
    for (int i = first; i <= last; ++i)
        powers.push_back(i * by);
    return powers;
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

double ellipseDialRadius(const QRectF& place)
{
    return std::min(place.width(), place.height()) / 2 / 1.1; // room for the mark at an end
}

QPointF onEllipseDial(const QRectF& place, const QPointF& point)
{
    const double radius = ellipseDialRadius(place);
    return place.center() + QPointF(radius * point.x(), -radius * point.y());
}

void drawEllipseDial(QPainter& painter, const QRectF& place, const EllipseDial& dial, const Palette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setClipRect(place.adjusted(-3, -3, 3, 3), Qt::IntersectClip); // with the marks at its edge
    const double radius = ellipseDialRadius(place);
    const QPointF middle = place.center();
    const bool roomy = radius > 24;
    const double width = roomy ? 1.6 : 1.2;

    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.track, 1));
    painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()));
    painter.drawLine(QPointF(middle.x(), place.top()), QPointF(middle.x(), place.bottom()));
    for (const int power : dial.scale.rings(radius)) {
        const double size = radius * dial.scale.radius(power);
        QColor faint = palette.muted;
        faint.setAlphaF(power == 0 ? 1.0F : 0.45F);
        painter.setPen(QPen(faint, 1, power == 0 ? Qt::DashLine : Qt::DotLine));
        if (dial.segment)
            painter.drawLine(middle - QPointF(size, 0), middle + QPointF(size, 0));
        else
            painter.drawEllipse(middle, size, size);
    }

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
