#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

class QFont;

namespace ui {

/// The time axis that views above each other share: T equal columns between two margins, which depend on
/// nothing but the size of the window's text, so that a step stands at the same place in all of them.
struct TimeAxis
{
    double left = 0; ///< pixel of the first edge
    double width = 0;
    int steps = 1;

    double column() const { return width / std::max(1, steps); }
    double edge(int t) const { return left + (t - 1) * column(); } ///< where step t (from 1) begins
    double middle(double t) const { return left + (t - 0.5) * column(); }
    double right() const { return left + width; }
    /// The step at a pixel, from 1; 0 outside.
    int timeAt(double x) const
    {
        if (x < left || x >= right())
            return 0;
        return std::clamp(static_cast<int>(std::floor((x - left) / column())) + 1, 1, steps);
    }
};

/// `text`: pixels of the window's text.
inline TimeAxis timeAxis(double viewWidth, double text, int steps)
{
    const double left = std::round(4.6 * text);
    return {left, std::max(1.0, viewWidth - left - std::round(1.4 * text)), std::max(1, steps)};
}

/// The steps that have their number beneath the axis, the present one (0: none) always: in this font the same
/// in all views.
std::vector<int> labelledSteps(const TimeAxis& time, const QFont& font, int now = 0);

} // namespace ui
