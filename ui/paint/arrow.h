#pragma once

#include <QColor>
#include <QLineF>

class QPainter;

namespace ui {

struct Palette;

/// How strongly a gradient is drawn: 0 at norms up to 1e-8, 1 from 1e1 on, by the logarithm in between. The
/// one fixed scale of all gradient arrows and bars, so that they fade as the gradient does.
double gradientStrength(double norm);
inline constexpr int weakestGradientExponent = -8;
inline constexpr int strongestGradientExponent = 1;

/// A straight arrow whose tip is at the line's end.
void drawArrow(QPainter& painter, const QLineF& line, const QColor& color, double width);
/// An arrow of a gradient: its width and its opacity tell the strength.
void drawGradientArrow(QPainter& painter, const QLineF& line, const QColor& color, double strength,
                       double scale);
/// A value on its way: a dot at `share` of the line, invisible at 0 and 1.
void drawToken(QPainter& painter, const QLineF& line, double share, const QColor& color, double radius);

/// Between two colours; share 0 is `from`.
QColor mixed(const QColor& from, const QColor& to, double share);
/// Slow at both ends; 0 at 0 and 1 at 1.
double eased(double share);

/// Where the connection between two steps is cut: a gap in whatever stands there, with a dashed line in it.
void drawGap(QPainter& painter, const QLineF& line, const Palette& palette, double scale);

} // namespace ui
