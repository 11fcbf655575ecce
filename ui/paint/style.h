#pragma once

#include "ui/paint/arrow.h"

#include "ui/paint/palette.h"

#include <QPalette>

class QApplication;

namespace ui {

/// Where light or dark comes from.
enum class Appearance { System, Light, Dark };

/// The palette of widgets that goes with a set of painted colours.
QPalette widgetPalette(const Palette& palette);

/// Light, with more contrast and no red against green: for projectors. Widgets whose palette is made of it
/// are painted with it.
const Palette& projectorPalette();

/// Installs the application's style: Fusion with hairlines. Call once, before the first window.
void installStyle(QApplication& application);
/// Switches every window. System follows the platform's palette, or the desktop's colour scheme where that
/// says nothing.
void applyAppearance(Appearance appearance);
/// What the desktop says apart from its palette; takes effect at once where the appearance is the system's.
void setDesktopDark(bool dark);

} // namespace ui
