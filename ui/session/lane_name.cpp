#include "ui/session/lane_name.h"

#include "core/files/comparison.h"

namespace ui {

QString laneName(const unrolled::LaneExperiment& lane)
{
    const unrolled::CellKind kind = lane.experiment.model.cell.kind;
    if (lane.name.empty() || lane.name == unrolled::name(kind))
        return QString::fromUtf8(unrolled::title(kind).data());
    return QString::fromStdString(lane.name);
}

} // namespace ui
