#include "ui/paint/complex_plane.h"

#include <QFont>
#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>

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

void paintPlane(QPainter& painter, const ComplexPlane& plane, const QFont& font, const Palette& palette)
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
    const QFontMetricsF metrics(font);
    painter.setPen(palette.muted);
    const auto label = [&](const QPointF& at, Qt::Alignment side, const QString& text) {
        const QSizeF size(metrics.horizontalAdvance(text) + 2, metrics.height());
        const double x = side & Qt::AlignRight ? at.x() - size.width() - 3 : at.x() + 3;
        painter.drawText(QRectF(QPointF(x, at.y()), size), Qt::AlignCenter, text);
    };
    label(one, Qt::AlignRight, QStringLiteral("1"));
    if (plane.square.width() >= 9 * metrics.height()) {
        label({plane.square.right(), zero.y() - metrics.height()}, Qt::AlignRight, QStringLiteral("Re"));
        label({zero.x(), plane.square.top()}, Qt::AlignLeft, QStringLiteral("Im"));
    }
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
