#pragma once

#include "ui/session/frame.h"

#include <QString>

namespace ui {

/// One line of words on what is happening at a frame, in the reader's terms: "Forward, step 2: the cell reads
/// “e” …".
QString caption(const Frame& frame);

} // namespace ui
