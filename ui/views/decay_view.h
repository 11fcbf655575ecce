#pragma once

#include "ui/views/plot_pane.h"

#include <memory>
#include <vector>

namespace ui {

/// ‖∂L/∂h_t‖ (and ‖∂L/∂c_t‖) against t, this iteration against the first one, on one fixed logarithmic axis
/// from 10⁻¹⁶ to 10². What lies beneath the floor stays visible: a mark under the floor line, and a count.
/// Steps that the backward pass has not reached at the frame's position are faint.
class DecayView : public PlotPane
{
    Q_OBJECT
public:
    static constexpr int floorExponent = ui::floorExponent;
    static constexpr int ceilingExponent = ui::ceilingExponent;

    explicit DecayView(QWidget* parent = nullptr);
    ~DecayView() override;

    QString title() const override;
    QString describe() const override;

    /// The ends of the logarithmic axis, as exponents of ten; the same for all data. For tests.
    double lowestExponent() const;
    double highestExponent() const;
    /// The time step at a position in the view, from 1; 0 outside. And back: the horizontal pixel of a step.
    int timeAt(const QPointF& position) const;
    double xOf(int t) const;

protected:
    std::vector<LegendEntry> legend() const override;
    void rebuild(const QSize& size) override;
    void updateLive() override;
    void restyle() override;
    void frameChanged() override;
    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

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
    bool showsFirst() const;
    std::vector<double> norms(const Series& one, bool first) const;
    double share(const Series& one, int t) const; ///< 0 not computed, 1 computed
    /// Where in a plot of this width a note of this width stands clear of curves that near the floor.
    double freePlace(double width, double needed) const;
    void goTo(int t);

    std::unique_ptr<Parts> m_parts;
    std::vector<const void*> m_drawn; ///< the traces that the curves were made of
};

} // namespace ui
