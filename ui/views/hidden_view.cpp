#include "ui/views/hidden_view.h"

namespace ui {

HiddenView::HiddenView(QWidget* parent) : HeatMapView(parent)
{
    setAccessibleName(HiddenView::title());
}

QString HiddenView::title() const
{
    return tr("Hidden states over time");
}

QString HiddenView::shortTitle() const
{
    return tr("Hidden states");
}

std::vector<int> HiddenView::channelsOf(const unrolled::CellSpec& cell) const
{
    std::vector<int> result;
    const auto& all = unrolled::channels(cell);
    for (const auto role : {unrolled::ChannelRole::Hidden, unrolled::ChannelRole::CellState}) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].role == role)
                result.push_back(static_cast<int>(i));
        }
    }
    return result;
}

} // namespace ui
