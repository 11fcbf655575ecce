#pragma once

#include "ui/paint/palette.h"

#include <Eigen/Core>
#include <QRectF>

#include <complex>

class QFont;
class QPainter;

namespace ui {

/// The complex plane around 0 in a square, to one scale on both axes: −reach…+reach.
struct ComplexPlane
{
    QRectF square;
    double reach = 1.2;

    QPointF at(const std::complex<double>& number) const
    {
        const double unit = square.width() / (2 * reach);
        return square.center() + QPointF(number.real() * unit, -number.imag() * unit);
    }
};

/// The reach that shows numbers of this magnitude, and always the unit circle. It goes in steps, so that it
/// stays while they move a little.
double planeReach(double magnitude);

enum class PlaneMark { Disc, Square, Triangle, Diamond };
/// Of the gates of a matrix, in their order.
inline constexpr PlaneMark planeMarks[] = {PlaneMark::Disc, PlaneMark::Square, PlaneMark::Triangle,
                                           PlaneMark::Diamond};

/// Axes and the unit circle, with 1 marked on it.
void paintPlane(QPainter& painter, const ComplexPlane& plane, const QFont& font, const Palette& palette);
/// A filled mark, or only its outline.
void paintPlaneMark(QPainter& painter, const QPointF& center, PlaneMark mark, double radius,
                    const QColor& color, bool filled);
/// Marks for all of them.
void paintPlaneMarks(QPainter& painter, const ComplexPlane& plane, const Eigen::VectorXcd& numbers,
                     PlaneMark mark, double radius, const QColor& color, bool filled);

} // namespace ui
