#include "ui/paint/complex_plane.h"

#include <QFont>
#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>

#include <algorithm>
#include <cmath>

namespace ui {

double planeReach(double magnitude)
{
    double reach = 1.2;
    if (!std::isfinite(magnitude))
        return reach;
    while (magnitude > 0.95 * reach)
        reach *= 1.25;
    return reach;
}

std::vector<PlaneLabel> planeLabels(const ComplexPlane& plane, const QFont& font,
                                    const std::vector<QPointF>& marks, double radius)
{
    const QFontMetricsF metrics(font);
    const double height = std::ceil(metrics.tightBoundingRect(QStringLiteral("I1")).height()) + 2;
    const QPointF zero = plane.at(0);
    const QPointF one = plane.at(1);
    std::vector<PlaneLabel> labels;
    labels.reserve(3);
    // Beside a point of an axis: to the left or right of it, above or below, clear of marks on that axis.
    const double clear = radius + 0.5;
    const double circle = one.x() - zero.x();
    const auto acrossCircle = [&](const QRectF& place) {
        const QPointF from(std::max({place.left() - zero.x(), zero.x() - place.right(), 0.0}),
                           std::max({place.top() - zero.y(), zero.y() - place.bottom(), 0.0}));
        const QPointF to(std::max(std::abs(place.left() - zero.x()), std::abs(place.right() - zero.x())),
                         std::max(std::abs(place.top() - zero.y()), std::abs(place.bottom() - zero.y())));
        return std::hypot(from.x(), from.y()) < circle && std::hypot(to.x(), to.y()) > circle;
    };
    const auto add = [&](const QString& text, const QPointF& point, const QSizeF& gap,
                         const std::vector<QPointF>& sides, bool named = false) {
        const double width = std::ceil(metrics.horizontalAdvance(text)) + 2;
        for (const QPointF& side : sides) {
            const QPointF corner = point + QPointF(gap.width() * side.x(), gap.height() * side.y());
            const QRectF place =
                QRectF(corner, corner + QPointF(side.x() * width, side.y() * height)).normalized();
            const bool free = std::none_of(marks.begin(), marks.end(), [&](const QPointF& mark) {
                return place.adjusted(-radius, -radius, radius, radius).contains(mark);
            });
            if (free && !(named && acrossCircle(place)) &&
                plane.square.adjusted(-planeMargin, 0, planeMargin, 0).contains(place)) {
                labels.push_back({text, place});
                return true;
            }
        }
        return false;
    };
    add(QStringLiteral("1"), one, {2, clear}, {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}});
    if (plane.square.width() < 9 * metrics.height())
        return labels;
    // Outside the circle, or else just inside it.
    const auto inside = [&](double away) {
        return std::sqrt(std::max(0.0, circle * circle - away * away)) - 2;
    };
    const QString re = QStringLiteral("Re");
    const QString im = QStringLiteral("Im");
    if (!add(re, {plane.square.right(), zero.y()}, {2, clear}, {{-1, -1}, {-1, 1}}, true))
        add(re, {zero.x() + inside(clear + height), zero.y()}, {0, clear}, {{-1, -1}, {-1, 1}}, true);
    const double wide = clear + std::ceil(metrics.horizontalAdvance(im)) + 2;
    if (!add(im, {zero.x(), plane.square.top()}, {clear, 2}, {{1, 1}, {-1, 1}}, true))
        add(im, {zero.x(), zero.y() - inside(wide)}, {clear, 0}, {{1, 1}, {-1, 1}}, true);
    return labels;
}

void paintPlane(QPainter& painter, const ComplexPlane& plane, const QFont& font, const Palette& palette,
                const std::vector<PlaneLabel>& labels)
{
    const QPointF zero = plane.at(0);
    const QPointF one = plane.at(1);
    const double radius = one.x() - zero.x();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.line, 1));
    painter.drawLine(QPointF(plane.square.left(), zero.y()), QPointF(plane.square.right(), zero.y()));
    painter.drawLine(QPointF(zero.x(), plane.square.top()), QPointF(zero.x(), plane.square.bottom()));
    QColor inside = palette.track;
    inside.setAlphaF(0.35F);
    painter.setBrush(inside);
    painter.setPen(QPen(palette.muted, 1.2));
    painter.drawEllipse(zero, radius, radius);
    painter.setFont(font);
    painter.setPen(palette.muted);
    for (const PlaneLabel& label : labels)
        painter.drawText(label.place, Qt::AlignCenter, label.text);
    painter.restore();
}

void paintPlaneMark(QPainter& painter, const QPointF& center, PlaneMark mark, double radius,
                    const QColor& color, bool filled)
{
    painter.setPen(QPen(color, 1.2));
    painter.setBrush(filled ? QBrush(color) : QBrush(Qt::NoBrush));
    const double r = radius;
    switch (mark) {
    case PlaneMark::Disc:
        painter.drawEllipse(center, r, r);
        break;
    case PlaneMark::Square:
        painter.drawRect(QRectF(center.x() - 0.9 * r, center.y() - 0.9 * r, 1.8 * r, 1.8 * r));
        break;
    case PlaneMark::Triangle:
        painter.drawPolygon(
            QPolygonF({center + QPointF(0, -r), center + QPointF(r, r), center + QPointF(-r, r)}));
        break;
    case PlaneMark::Diamond:
        painter.drawPolygon(QPolygonF({center + QPointF(0, -1.2 * r), center + QPointF(1.2 * r, 0),
                                       center + QPointF(0, 1.2 * r), center + QPointF(-1.2 * r, 0)}));
        break;
    }
}

void paintPlaneMarks(QPainter& painter, const ComplexPlane& plane, const Eigen::VectorXcd& numbers,
                     PlaneMark mark, double radius, const QColor& color, bool filled)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (const std::complex<double>& number : numbers)
        paintPlaneMark(painter, plane.at(number), mark, radius, color, filled);
    painter.restore();
}

} // namespace ui
