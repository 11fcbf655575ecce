#pragma once

#include "ui/views/norm_plot.h"

#include <memory>
#include <vector>

namespace unrolled {
struct Analyses;
struct ScaledNumber;
} // namespace unrolled

namespace ui {

class DecayTrail;

/// What arrives at each step of the loss that is picked (or of all of them), against what the norms of the
/// hops allow at most, and for an RNN the bound (γ·σ_max(W_hh))^lag. The time axis is that of the views above
/// and below.
class ReachView : public NormPlot
{
    Q_OBJECT
public:
    explicit ReachView(QWidget* parent = nullptr);
    ~ReachView() override;

    QString title() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true}; }
    QSize sizeHint() const override { return {900, 170}; }

    /// log10 of the curves, one number a step (NaN where a curve has none), by the legend's order; for tests.
    std::vector<std::vector<double>> curves() const;
    QString textAt(int t) const override;
    /// How fast the loss that is picked (else the last one) fades on its way back, in words.
    QString decayWords() const;
    /// What lag the task asks for, and whether its answers are right; nothing where it asks for none.
    QString taskWords() const;

protected:
    QString shortTitle() const override;
    QString remark() const override;
    std::vector<LegendEntry> legend() const override;
    void rebuild(const QSize& size) override;
    void restyle() override;
    void frameChanged() override;

private:
    struct Series
    {
        LegendEntry look;
        std::vector<unrolled::ScaledNumber> norms; ///< t from 1 at index t-1
    };
    std::vector<Series> series() const;
    int start() const; ///< the last step that has a gradient

    std::vector<DecayTrail> m_trails;
    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
    std::shared_ptr<const void> m_drawn;            ///< the analyses that the curves were made of
    int m_drawnLayer = -1;
};

} // namespace ui
