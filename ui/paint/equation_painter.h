#pragma once

#include "ui/paint/cell_geometry.h"
#include "ui/paint/equation.h"

#include <QStringList>

class QFont;
class QPainter;

namespace ui {

struct Palette;

inline constexpr int mostEquationDigits = 4;

/// How an equation is shown: from which row on, which row is marked (-1 for none), how far its numbers have
/// come, and whether it can be scrolled: on paper it says which rows are shown.
struct EquationLook
{
    int firstRow = 0;
    int selected = -1;
    bool backward = false;
    double alpha = 1;
    bool scrolls = true;
};

/// The equation in symbols in one line, or in two where it is too wide for its area.
QStringList equationLines(const Equation& equation, const QFont& font, const CellAreas& areas);

/// Draws an equation in symbols, with numbers, and in words.
void paintEquation(QPainter& painter, const Palette& palette, const QFont& base, const Equation& equation,
                   const QStringList& lines, const CellAreas& areas, const EquationLook& look);

} // namespace ui
