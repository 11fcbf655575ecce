#pragma once

#include <QWheelEvent>

#include <cmath>

namespace ui {

/// Whole notches of a wheel; keeps the rest for the next event. Up and left are back, down and right are on.
inline int notches(QWheelEvent* event, int& rest)
{
    const QPoint delta = event->angleDelta();
    rest += std::abs(delta.y()) >= std::abs(delta.x()) ? delta.y() : delta.x();
    const int whole = rest / 120;
    rest -= whole * 120;
    return -whole;
}

} // namespace ui
