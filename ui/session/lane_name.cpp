#include "ui/session/lane_name.h"

#include "core/files/comparison.h"

namespace ui {

QString laneName(const unrolled::LaneExperiment& lane)
{
    const unrolled::CellKind kind = lane.experiment.model.cell.kind;
    const QString title = QString::fromUtf8(unrolled::title(kind).data());
    const QString name = QString::fromStdString(lane.name);
    const QString cell = QString::fromUtf8(unrolled::name(kind).data());
    if (name.isEmpty() || name == cell)
        return title;
    return name.startsWith(cell + QLatin1Char(',')) ? title + name.mid(cell.size()) : name;
}

} // namespace ui
