#pragma once

#include <QColor>
#include <QPainterPath>
#include <Qt>
#include <algorithm>

class QPainter;
class QRectF;

namespace ui {

struct Palette;

// Thin lines in a rectangle, cut to it by hand, for vector files know no clipping here; a brush with a
// pattern is a picture of pixels in them. They lie on a grid shared by all rectangles.

/// A Qt::BDiagPattern, or a Qt::DiagCrossPattern, of lines.
void drawPattern(QPainter& painter, const QRectF& rect, Qt::BrushStyle style, const QColor& color);

/// Diagonals in a frame, for what is not computed yet.
void drawHatch(QPainter& painter, const QRectF& rect, const Palette& palette);

/// Hatches what is negative, so that it can be told from what is positive in print without colour.
class NegativeMarks
{
public:
    /// A place in that colour.
    void add(const QRectF& rect, const QColor& fill);
    void draw(QPainter& painter) const;
    /// Whether cells of this size have room for them.
    static bool fitInto(double width, double height) { return std::min(width, height) >= 3; }
    /// What is so small in its range has no colour to tell, and no mark.
    static bool marked(double value, double range) { return value < -0.02 * range; }

private:
    QPainterPath m_onLight;
    QPainterPath m_onDark;
};

} // namespace ui
