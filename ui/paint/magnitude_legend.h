#pragma once

#include "ui/paint/palette.h"

class QFont;
class QPainter;
class QRectF;
class QString;

namespace ui {

/// The colour of a gradient of this size, as log10; what is not a number has one of its own.
QColor gradientColor(const Palette& palette, double log10);

/// The scale of sizes of gradients in one line, after what it is of: "‖∂L_s/∂h_t‖ 10⁻¹⁶ ▒▒▒▒ 10² ▒ below".
/// `broken`: some of them are not numbers. Returns the width it takes; paints nothing where `painter` is
/// null. `math` as in math_text.h.
double drawMagnitudeLegend(QPainter* painter, const QRectF& rect, const QFont& font, const Palette& palette,
                           const QString& math, bool broken = false);

} // namespace ui
