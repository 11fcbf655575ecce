#pragma once

#include "ui/paint/palette.h"

#include <Eigen/Core>
#include <QRectF>
#include <QString>

#include <complex>
#include <vector>

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

/// What belongs to the plane around its square, in pixels: for marks and words at its edge.
inline constexpr double planeMargin = 5;

/// What is written into the plane: 1 at the unit circle and, where it is large enough, the names of the axes.
/// Each finds a place in the square, or in the margin at its sides, that is over none of the marks, or is
/// left out.
struct PlaneLabel
{
    QString text;
    QRectF place;
};
std::vector<PlaneLabel> planeLabels(const ComplexPlane& plane, const QFont& font,
                                    const std::vector<QPointF>& marks, double radius);

/// Axes and the unit circle, with what is written into them.
void paintPlane(QPainter& painter, const ComplexPlane& plane, const QFont& font, const Palette& palette,
                const std::vector<PlaneLabel>& labels);
/// A filled mark, or only its outline.
void paintPlaneMark(QPainter& painter, const QPointF& center, PlaneMark mark, double radius,
                    const QColor& color, bool filled);
/// Marks for all of them.
void paintPlaneMarks(QPainter& painter, const ComplexPlane& plane, const Eigen::VectorXcd& numbers,
                     PlaneMark mark, double radius, const QColor& color, bool filled);

} // namespace ui
