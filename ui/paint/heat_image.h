#pragma once

#include "ui/paint/heat_geometry.h"

#include <QRgb>

class QImage;
class QPainter;

namespace ui {

struct Palette;

/// Draws the cells of a block, one pixel of the image each. On screen it is the image, in vector files all
/// cells of a colour are one path; those of the colour `ground` are left out there.
void drawHeatImage(QPainter& painter, const HeatBlock& place, const QImage& image, QRgb ground);

/// Thin diagonals in a frame, for what is not computed yet; cut to the rectangle by hand, for vector files
/// know no clipping here.
void drawHatch(QPainter& painter, const QRectF& rect, const Palette& palette);

} // namespace ui
