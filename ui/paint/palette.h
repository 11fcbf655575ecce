#pragma once

#include <QColor>

class QPalette;

namespace ui {

/// The colours of everything that is painted. One colour, one meaning, on screen and in exports. Two sets:
/// light and dark.
struct Palette
{
    bool dark;
    QColor background; ///< behind pictures
    QColor panel;      ///< behind controls and side panels
    QColor line;       ///< hairlines, frames
    QColor track;      ///< the empty part of a bar
    QColor text;
    QColor muted;        ///< secondary text; at least 4.5:1 on background
    QColor faint;        ///< what has not been computed yet
    QColor forward;      ///< values flowing forward (blue)
    QColor forwardSoft;  ///< its background tint
    QColor backward;     ///< gradients flowing back (orange)
    QColor backwardSoft; ///< its background tint
    QColor right;        ///< a right answer (green)
    QColor wrong;        ///< a wrong answer (red)
    QColor neutralBar;   ///< probabilities of other classes
    QColor series[4];    ///< curves; distinguishable without colour vision, and by line style too
};

/// The set that fits a widget palette (by the lightness of its window colour).
const Palette& paletteFor(const QPalette& palette);
const Palette& lightPalette();
const Palette& darkPalette();

/// The one diverging scale for signed values: −1 blue, 0 neutral (the background's own tone), +1 red;
/// clamped.
QColor diverging(const Palette& palette, double value);
/// The one scale for sizes that span many powers of ten: 0 is next to the ground, 1 the strongest; clamped.
/// It reads in print without colour.
QColor magnitude(const Palette& palette, double share);
/// The ends of that scale for norms of gradients, as exponents of ten; what lies under the floor the colour
/// `line`.
inline constexpr int floorExponent = -16;
inline constexpr int ceilingExponent = 2;
/// The place of log10 ‖·‖ on it, 0…1; negative where it lies under the floor or is not a number.
double gradientShare(double log10);
/// Black or white, whichever reads better on a colour.
QColor textOn(const QColor& background);

} // namespace ui
