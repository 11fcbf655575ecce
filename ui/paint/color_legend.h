#pragma once

#include "ui/paint/palette.h"

#include <QFont>
#include <QRectF>
#include <QString>

class QFont;
class QPainter;

namespace ui {

/// The smallest of 1, 2, 5 times a power of ten that is at least `magnitude`; 1 for zero and for what is not
/// finite. A range chosen so stays the same while the values move a little.
double roundedRange(double magnitude);
/// "1", "0.5", "2·10⁻⁵": a rounded range as it stands beside a scale.
QString rangeText(double range);

/// The diverging scale with its numbers, in one line: "−1 ▒▒0▒▒ +1". Returns the width it takes; paints
/// nothing where `painter` is null.
double drawColorLegend(QPainter* painter, const QRectF& rect, const QFont& font, const Palette& palette,
                       double range);

} // namespace ui
