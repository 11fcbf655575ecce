#include "ui/paint/time_axis.h"

#include "ui/paint/heat_geometry.h"
#include "ui/paint/number_format.h"

#include <QFontMetricsF>

namespace ui {

std::vector<int> labelledSteps(const TimeAxis& time, const QFont& font, int now)
{
    constexpr double gap = 14; // between neighbours
    return spacedLabels(time.steps, time.column(),
                        QFontMetricsF(font).horizontalAdvance(count(time.steps)) + gap, now);
}

} // namespace ui
