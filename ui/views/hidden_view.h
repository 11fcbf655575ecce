#pragma once

#include "ui/views/heat_map_view.h"

namespace ui {

/// The states that a cell carries from step to step: h, and c where it has one.
class HiddenView : public HeatMapView
{
    Q_OBJECT
public:
    explicit HiddenView(QWidget* parent = nullptr);

    QString title() const override;
    QString shortTitle() const override;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<HiddenView>(); }
    std::vector<int> channelsOf(const unrolled::CellSpec& cell) const override;
};

} // namespace ui
