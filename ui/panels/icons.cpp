#include "ui/panels/icons.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

#include <algorithm>

namespace ui {

namespace {

/// Icons are drawn on a square of 24 units.
constexpr double grid = 24;

QPainterPath triangle(double left, double tip, double half = 6.5)
{
    QPainterPath path(QPointF(left, 12 - half));
    path.lineTo(tip, 12);
    path.lineTo(left, 12 + half);
    path.closeSubpath();
    return path;
}

/// Three quarters of a circle, from the left round below to the top, with an arrow head that points to the
/// left.
void arrowAround(QPainter& painter, const QColor& color, bool clockwise)
{
    painter.save();
    if (clockwise) {
        painter.translate(grid, 0);
        painter.scale(-1, 1);
    }
    painter.drawArc(QRectF(5.5, 6.2, 13, 13), 180 * 16, 265 * 16);
    QPainterPath head(QPointF(12.4, 2.6));
    head.lineTo(12.4, 9.8);
    head.lineTo(7.6, 6.2);
    head.closeSubpath();
    painter.setPen(QPen(color, 0.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(color);
    painter.drawPath(head);
    painter.restore();
}

class Engine : public QIconEngine
{
public:
    explicit Engine(Icon icon) : m_icon(icon) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QApplication::palette();
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
        paintIcon(*painter, m_icon, rect, palette.color(group, role));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    QIconEngine* clone() const override { return new Engine(m_icon); }

private:
    Icon m_icon;
};

} // namespace

void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& color)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const double side = std::min(rect.width(), rect.height());
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / grid, side / grid);
    const QPen pen(color, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    const auto fill = [&](const QPainterPath& path) {
        painter.setPen(QPen(color, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(color);
        painter.drawPath(path);
    };
    const auto bar = [&](double x, double width = 2) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawRoundedRect(QRectF(x, 5.5, width, 13), 0.8, 0.8);
    };
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    switch (icon) {
    case Icon::Reset:
    case Icon::Undo:
        arrowAround(painter, color, false);
        break;
    case Icon::Redo:
        arrowAround(painter, color, true);
        break;
    case Icon::StepBack:
        fill(triangle(15, 6.5, 5.5));
        bar(16.6);
        break;
    case Icon::StepForward:
        fill(triangle(9, 17.5, 5.5));
        bar(5.4);
        break;
    case Icon::Play:
        fill(triangle(8.5, 18.5));
        break;
    case Icon::Pause:
        bar(7.5, 3.2);
        bar(13.3, 3.2);
        break;
    case Icon::Train:
        fill(triangle(5, 12, 5.5));
        fill(triangle(12.5, 19.5, 5.5));
        break;
    case Icon::Stop:
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawRoundedRect(QRectF(6.5, 6.5, 11, 11), 1.5, 1.5);
        break;
    case Icon::Settings: // two sliders
        for (const auto& [y, knob] : {std::pair(8.0, 15.0), std::pair(16.0, 9.0)}) {
            painter.drawLine(QPointF(4, y), QPointF(knob - 2.4, y));
            painter.drawLine(QPointF(knob + 2.4, y), QPointF(20, y));
            painter.drawEllipse(QPointF(knob, y), 2.4, 2.4);
        }
        break;
    case Icon::Close:
        painter.drawLine(QPointF(7, 7), QPointF(17, 17));
        painter.drawLine(QPointF(17, 7), QPointF(7, 17));
        break;
    case Icon::Float: // a window before another
        painter.drawPolyline(
            QPolygonF({QPointF(14, 10), QPointF(14, 5), QPointF(5, 5), QPointF(5, 14), QPointF(10, 14)}));
        painter.drawRect(QRectF(10, 10, 9, 9));
        break;
    case Icon::Seed: // a die
        painter.drawRoundedRect(QRectF(5, 5, 14, 14), 2.5, 2.5);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        for (const QPointF dot :
             {QPointF(9, 9), QPointF(15, 9), QPointF(12, 12), QPointF(9, 15), QPointF(15, 15)})
            painter.drawEllipse(dot, 1.3, 1.3);
        break;
    case Icon::Chevron:
        painter.drawPolyline(QPolygonF({QPointF(7, 10), QPointF(12, 15), QPointF(17, 10)}));
        break;
    }
    painter.restore();
}

QIcon themedIcon(Icon icon)
{
    return QIcon(new Engine(icon));
}

} // namespace ui
