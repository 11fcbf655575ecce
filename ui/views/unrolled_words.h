#pragma once

#include "ui/paint/unrolled_geometry.h"
#include "ui/session/frame.h"

#include <QString>

namespace ui {

/// Rich text for what lies under the mouse, with exact numbers; empty where there is nothing to say.
QString unrolledTooltip(const Frame& frame, const UnrolledGeometry& geometry, const UnrolledHit& hit);
/// The picture in words.
QString unrolledDescription(const Frame& frame);

} // namespace ui
