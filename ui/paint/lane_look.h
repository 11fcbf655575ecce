#pragma once

#include "core/cells/cell_spec.h"
#include "ui/session/frame.h"

#include <cstddef>
#include <vector>

namespace ui {

/// The look (colour, dashes and mark, 0…3) of each model of a comparison: that of its cell where the cells
/// are all different, so that figures agree with each other; else that of its place.
std::vector<std::size_t> laneLooks(const std::vector<unrolled::CellKind>& cells);
/// By place until all models have their first trace.
std::vector<std::size_t> laneLooks(const Frame& frame);

} // namespace ui
