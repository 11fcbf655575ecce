#pragma once

#include "ui/views/norm_plot.h"

#include <memory>
#include <vector>

namespace ui {

/// ‖∂L/∂h_t‖ (and ‖∂L/∂c_t‖) against t, this iteration against the first one, on one fixed logarithmic axis
/// from 10⁻¹⁶ to 10². What lies beneath the floor stays visible: a mark under the floor line, and a count.
/// Steps that the backward pass has not reached at the frame's position are faint.
class DecayView : public NormPlot
{
    Q_OBJECT
public:
    explicit DecayView(QWidget* parent = nullptr);
    ~DecayView() override;

    QString title() const override;
    QString describe() const override;
    bool showsPickedLoss() const override { return true; }
    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    QString textAt(int t) const override;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<DecayView>(); }
    std::vector<LegendEntry> legend() const override;
    QString headline() const override;
    void rebuild(const QSize& size) override;
    void updateLive() override;
    void restyle() override;
    void frameChanged() override;

private:
    struct Parts;
    /// One curve: which quantity of which lane, and how it is drawn.
    struct Series
    {
        int lane = 0;
        int layer = 0;
        int channel = 0;
        bool cell = false; ///< a cell state, not a hidden state
        LegendEntry look;
    };
    std::vector<Series> series() const;
    /// What stands pale behind a lane's curves: its ghost, or iteration 0 of a single model; null: nothing.
    const unrolled::IterationTrace* behind(int lane) const;
    const unrolled::IterationTrace* behind(const Series& one) const { return behind(one.lane); }
    bool haunted() const;    ///< some lane has a ghost
    bool ghostEnded() const; ///< some lane's ghost has diverged before the iteration on show
    bool anyBehind() const;
    QString behindName() const;
    std::vector<double> norms(const Series& one, bool first) const;
    /// What of the curve behind it is drawn; not a number where nothing is.
    std::vector<double> ghostNorms(const Series& one) const;
    bool findGhostIsSame() const;
    int lastStep(const std::vector<double>& norms) const;
    double share(const Series& one, int t) const; ///< 0 not computed, 1 computed
    bool stillToCome(const Series& one) const { return share(one, 1) < 1; }
    std::vector<bool> pale(const std::vector<Series>& all) const; ///< which are still to come
    /// Of the part of a curve that is still to come; `alone`: there is no other.
    LegendEntry paleLook(const Series& one, bool alone) const;
    LegendEntry behindLook(const Series& one, bool alone) const;
    std::vector<LegendEntry> curveEntries(const std::vector<Series>& all) const;
    /// Where in a plot of this width a note of this width stands clear of curves that near the floor.
    double freePlace(double width, double needed) const;

    std::unique_ptr<Parts> m_parts;
    bool m_ghostIsSame = false;       ///< there is one, and nothing of it to be drawn
    std::vector<const void*> m_drawn; ///< the traces that the curves were made of
    std::vector<bool> m_drawnPale;    ///< which curves were still to come
};

} // namespace ui
