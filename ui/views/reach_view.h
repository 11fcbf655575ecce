#pragma once

#include "ui/views/plot_pane.h"

#include <memory>
#include <vector>

namespace unrolled {
struct Analyses;
struct ScaledNumber;
} // namespace unrolled

namespace ui {

/// What arrives at each step of the loss that is picked (or of all of them), against what the norms of the
/// hops allow at most, and for an RNN the bound (γ·σ_max(W_hh))^lag. The time axis is that of the views above
/// and below.
class ReachView : public PlotPane
{
    Q_OBJECT
public:
    explicit ReachView(QWidget* parent = nullptr);
    ~ReachView() override;

    QString title() const override;
    QString describe() const override;
    bool wantsAnalyses() const override { return true; }
    QSize sizeHint() const override { return {900, 170}; }

    /// The time step at a position in the view, from 1; 0 outside. And back: the horizontal pixel of a step.
    int timeAt(const QPointF& position) const;
    double xOf(int t) const;
    /// log10 of the curves, one number a step (NaN where a curve has none), by the legend's order; for tests.
    std::vector<std::vector<double>> curves() const;
    QString textAt(int t) const;
    /// How fast the loss that is picked (else the last one) fades on its way back, in words.
    QString decayWords() const;

protected:
    QString shortTitle() const override;
    QString remark() const override;
    std::vector<LegendEntry> legend() const override;
    void rebuild(const QSize& size) override;
    void updateLive() override;
    void restyle() override;
    void frameChanged() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    struct Parts;
    struct Series
    {
        LegendEntry look;
        std::vector<unrolled::ScaledNumber> norms; ///< t from 1 at index t-1
    };
    std::vector<Series> series() const;
    int start() const; ///< the last step that has a gradient
    void goTo(int t);

    std::unique_ptr<Parts> m_parts;
    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
    std::shared_ptr<const void> m_drawn;            ///< the analyses that the curves were made of
    int m_drawnLayer = -1;
};

} // namespace ui
