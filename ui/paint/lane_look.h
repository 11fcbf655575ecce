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

/// How the curves of a model's layer look, each 0…3.
struct CurveLook
{
    std::size_t color;
    std::size_t dashes;
    std::size_t mark;
};
/// Colour and dashes tell the model, or the layer of the only model. Marks tell the layer where there are
/// several, else the model. `lane` is the look of the model; `layer` from 0.
CurveLook curveLook(bool severalLanes, std::size_t lane, bool severalLayers, std::size_t layer);

} // namespace ui
