#pragma once

#include "ui/views/heat_map_view.h"

#include <memory>
#include <string_view>

namespace unrolled {
struct GateSaturation;
}

namespace ui {

/// The gates of a cell, whichever it has; a simple RNN has none and the view says so. Beside the values of
/// each unit stands how much of the time its gate is closed (below 0.1) and open (above 0.9), once all steps
/// are computed (Karpathy, Johnson & Fei-Fei 2015). Units that share a row share their mean.
class GatesView : public HeatMapView
{
    Q_OBJECT
public:
    explicit GatesView(QWidget* parent = nullptr);
    ~GatesView() override;

    QString title() const override;
    QString shortTitle() const override;
    /// The bars of a unit's row in block `block`: closed from the left, open up to the right; for tests.
    std::pair<QRectF, QRectF> bars(int block, int unitCell) const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<GatesView>(); }
    std::vector<int> channelsOf(const unrolled::CellSpec& cell) const override;
    QString emptyText() const override;
    double sideWidth() const override;
    QString printedRemark() const override;
    void paintSide(QPainter& painter, const Block& block, const HeatBlock& place) const override;
    QString sideText(const Block& block, int first, int last) const override;
    QString sideSummary(const Block& block) const override;
    void frameChanged() override;

private:
    struct Shares
    {
        double closed = 0;
        double open = 0;
    };
    struct Known
    {
        std::shared_ptr<const unrolled::IterationTrace> trace;
        std::vector<unrolled::GateSaturation> all;
        void find(const std::shared_ptr<const unrolled::IterationTrace>& of);
    };
    /// That of the first unit, the others behind it; null where the gate has no shares.
    const unrolled::GateSaturation* saturationOf(const Block& block) const;
    const unrolled::GateSaturation* ghostOf(const Block& block) const; ///< the same without the changes
    static const unrolled::GateSaturation* saturationIn(const std::vector<Known>& known, const Block& block,
                                                        std::string_view gate);
    /// Of units first to last, from 0, on the average.
    static Shares sharesOf(const unrolled::GateSaturation* units, int first, int last);
    static std::pair<QRectF, QRectF> barsIn(const HeatBlock& place, int unitCell, const Shares& shares);

    std::vector<Known> m_known;  ///< by lane
    std::vector<Known> m_ghosts; ///< the same without the changes
};

} // namespace ui
