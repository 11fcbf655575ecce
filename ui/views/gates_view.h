#pragma once

#include "ui/views/heat_map_view.h"

namespace ui {

/// The gates of a cell, whichever it has; a simple RNN has none and the view says so.
class GatesView : public HeatMapView
{
    Q_OBJECT
public:
    explicit GatesView(QWidget* parent = nullptr);

    QString title() const override;

protected:
    QString shortTitle() const override;
    std::vector<int> channelsOf(const unrolled::CellSpec& cell) const override;
    QString emptyText() const override;
};

} // namespace ui
