#include "ui/views/gates_view.h"

namespace ui {

GatesView::GatesView(QWidget* parent) : HeatMapView(parent)
{
    setAccessibleName(GatesView::title());
}

QString GatesView::title() const
{
    return tr("Gates over time");
}

QString GatesView::shortTitle() const
{
    return tr("Gates");
}

std::vector<int> GatesView::channelsOf(const unrolled::CellSpec& cell) const
{
    std::vector<int> result;
    const auto& all = unrolled::channels(cell);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].role == unrolled::ChannelRole::Gate)
            result.push_back(static_cast<int>(i));
    }
    return result;
}

QString GatesView::emptyText() const
{
    return tr("This cell has no gates: it writes its whole state anew at every step. GRU and LSTM have gates "
              "that decide what is kept and what is written.");
}

} // namespace ui
