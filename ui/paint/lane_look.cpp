#include "ui/paint/lane_look.h"

#include <set>

namespace ui {

using unrolled::CellKind;

namespace {

constexpr std::size_t lookCount = 4;

std::vector<std::size_t> byPlace(std::size_t count)
{
    std::vector<std::size_t> result;
    result.reserve(count);
    for (std::size_t lane = 0; lane < count; ++lane)
        result.push_back(lane % lookCount);
    return result;
}

} // namespace

std::vector<std::size_t> laneLooks(const std::vector<CellKind>& cells)
{
    if (std::set<CellKind>(cells.begin(), cells.end()).size() < cells.size())
        return byPlace(cells.size());
    std::vector<std::size_t> result;
    result.reserve(cells.size());
    for (const CellKind cell : cells)
        result.push_back(static_cast<std::size_t>(cell) % lookCount);
    return result;
}

std::vector<std::size_t> laneLooks(const Frame& frame)
{
    std::vector<CellKind> cells;
    cells.reserve(frame.lanes.size());
    for (const Lane& lane : frame.lanes) {
        if (const unrolled::TracePtr& known = lane.first ? lane.first : lane.trace)
            cells.push_back(known->cell.kind);
    }
    return cells.size() == frame.lanes.size() ? laneLooks(cells) : byPlace(frame.lanes.size());
}

CurveLook curveLook(bool severalLanes, std::size_t lane, bool severalLayers, std::size_t layer)
{
    layer %= lookCount;
    const std::size_t own = severalLanes ? lane : layer;
    return {own, own, severalLayers ? layer : severalLanes ? lane : 0};
}

} // namespace ui
