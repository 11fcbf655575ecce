#pragma once

#include <QRectF>
#include <QTransform>

class QPainter;

namespace unrolled {
struct ScaledNumber;
}

namespace ui {

struct Palette;

/// A linear map of the plane as a picture: the unit circle and what the map makes of it, with the images of
/// the two axes, so that turning is seen. The second axis goes up. All in units of the dashed ring's usual
/// radius, which the picture leaves room around.
struct EllipseDial
{
    QTransform map;           ///< times 10^magnification where the image would be too small or too large
    int magnification = 0;    ///< the ring stands for 10^-magnification; dashed for 1, else dotted
    double scaled = 0;        ///< while the scale changes: how far from 10^magnification on, in powers of ten
    int next = 0;             ///< the magnification it changes to
    bool segment = false;     ///< of one dimension: two points in place of a circle
    bool highlighted = false; ///< the one of now
};
void drawEllipseDial(QPainter& painter, const QRectF& place, const EllipseDial& dial, const Palette& palette);

/// The pixel of a point of the dial's plane.
QPointF onEllipseDial(const QRectF& place, const QPointF& point);

/// The power of ten at which an image of this length is legible beside the unit circle; 0 where it is as it
/// is.
int dialMagnification(const unrolled::ScaledNumber& length);

/// On the way from one map to another: it turns by the angle that brings them nearest to each other, and
/// stretches in proportion. `share` 0: from, 1: to, exactly.
QTransform betweenMaps(const QTransform& from, const QTransform& to, double share);
/// That angle, counterclockwise, in radians.
double turnBetween(const QTransform& from, const QTransform& to);

} // namespace ui
