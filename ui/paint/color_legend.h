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

/// The power of ten that numbers beside a scale of this range are written in: 0 for ranges near 1.
int rangeExponent(double range);

/// The diverging scale with its numbers, in one line: "−1 ▒▒0▒▒ +1". Returns the width it takes; paints
/// nothing where `painter` is null. `bar` is the width of the colours; their negative half is hatched where
/// the picture is.
double drawColorLegend(QPainter* painter, const QRectF& rect, const QFont& font, const Palette& palette,
                       double range, double bar = 72, bool hatched = false);

} // namespace ui
