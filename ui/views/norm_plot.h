#pragma once

#include "ui/views/plot_pane.h"

class QCPAxis;
class QCPAxisRect;
class QCPAxisTickerText;
class QCPItemLine;

namespace ui {

class DecadeTicker;

/// A plot of norms against time steps, on one fixed logarithmic axis from 10⁻¹⁶ to 10²: its axes, its floor,
/// the line of the present step, and how one points at a step.
class NormPlot : public PlotPane
{
    Q_OBJECT
public:
    explicit NormPlot(QWidget* parent = nullptr);

    /// The time step at a position in the view, from 1; 0 outside. And back: the horizontal pixel of a step.
    int timeAt(const QPointF& position) const;
    double xOf(int t) const;
    std::vector<int> stepsWithNumber() const; ///< on the axis
    /// The ends of the logarithmic axis, as exponents of ten; the same for all data.
    double lowestExponent() const;
    double highestExponent() const;
    /// What stands beside the pointer at a step; empty: nothing.
    virtual QString textAt(int t) const = 0;

protected:
    QCPAxisRect* rect() const { return m_rect; }
    QCPAxis* timeAxis() const { return m_x; }
    QCPAxis* normAxis() const { return m_y; }
    DecadeTicker& decades() const { return *m_decades; }
    /// Steps 1 to `steps`, with room for `pad` steps at both ends, on an axis of this width.
    void setSteps(int steps, double pad, double width);

    void updateLive() override;
    void restyle() override;
    bool ownsKey(const QKeyEvent& key) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QCPAxisRect* m_rect;
    QCPAxis *m_x, *m_y;
    QCPItemLine *m_floor, *m_now;
    QCPAxisTickerText* m_steps; ///< the axes own the tickers
    DecadeTicker* m_decades;
};

} // namespace ui
