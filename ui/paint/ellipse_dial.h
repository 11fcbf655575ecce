#pragma once

#include <QRectF>
#include <QTransform>

#include <vector>

class QPainter;

namespace ui {

struct Palette;

/// One scale of sizes for all pictures of a row, so that of two of them the larger one stands for the larger
/// size: radii go with the logarithm, the largest size has 1. The size 1 is always on it.
class DialScale
{
public:
    /// Of sizes by their log10; what is not finite has no part in it.
    explicit DialScale(const std::vector<double>& logs = {});
    double radius(double log) const; ///< 0 of the size 0
    /// Powers of ten that have a ring where the radius 1 has so many pixels; 0 is among them.
    std::vector<int> rings(double pixels) const;

private:
    double m_lowest = 0;
    double m_highest = 0;
};

/// A linear map of the plane as a picture: the unit circle and what the map makes of it, with the images of
/// the two axes, so that turning is seen. The second axis goes up.
struct EllipseDial
{
    QTransform map;           ///< its size that of the scale
    DialScale scale;          ///< rings: dashed for 1, dotted for other powers of ten
    bool segment = false;     ///< of one dimension: two points in place of a circle
    bool highlighted = false; ///< the one of now
};
void drawEllipseDial(QPainter& painter, const QRectF& place, const EllipseDial& dial, const Palette& palette);

/// The pixel of a point of the dial's plane, and how many the radius 1 has.
QPointF onEllipseDial(const QRectF& place, const QPointF& point);
double ellipseDialRadius(const QRectF& place);

/// On the way from one map to another: it turns by the angle that brings them nearest to each other, and
/// stretches in proportion. `share` 0: from, 1: to, exactly.
QTransform betweenMaps(const QTransform& from, const QTransform& to, double share);
/// That angle, counterclockwise, in radians.
double turnBetween(const QTransform& from, const QTransform& to);

} // namespace ui
