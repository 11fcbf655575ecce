#pragma once

#include "ui/paint/heat_geometry.h"

#include <QRgb>

class QImage;
class QPainter;

namespace ui {

/// Draws the cells of a block, one pixel of the image each. On screen it is the image, in vector files all
/// cells of a colour are one path; those of the colour `ground` are left out there.
void drawHeatImage(QPainter& painter, const HeatBlock& place, const QImage& image, QRgb ground);

} // namespace ui
