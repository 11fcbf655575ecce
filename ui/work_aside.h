#pragma once

#include "ui/exports/plot.h"

#include <QString>

#include <functional>

class QWidget;

namespace ui {

/// Does it on a thread of its own while the window answers; where it takes a while a dialog shows these
/// words, how far it is, and a way to call it off. Returns and throws what the work does, which returns false
/// where it was called off.
bool workAside(QWidget& window, const std::function<QString(double share)>& words,
               const std::function<bool(const ExportProgress&)>& work);

} // namespace ui
