#pragma once

#include <QIcon>

class QColor;
class QPainter;
class QRectF;

namespace ui {

enum class Icon {
    Reset,
    StepBack,
    Play,
    Pause,
    StepForward,
    Train,
    Stop,
    Settings,
    Close,
    Float,
    Seed,
    Undo,
    Redo,
    Chevron
};

/// Draws an icon as paths, crisp at every size.
void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& color);
/// The same as a QIcon in the colours of the application's palette, also after a change between light and
/// dark.
QIcon themedIcon(Icon icon);

} // namespace ui
