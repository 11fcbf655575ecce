#pragma once

#include "ui/views/pane_view.h"

#include <memory>

class QCPAxis;
class QCPAxisRect;
class QCPLayer;
class QCustomPlot;

namespace ui {

/// How the curves of lanes differ where colour cannot tell.
inline constexpr Qt::PenStyle laneStyles[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};

/// How what a curve would be without the changes, or was at first, is drawn: paler, dotted, with its mark.
LegendEntry ghostLook(LegendEntry of, const Palette& palette);
/// "without the changes", and where such a run has diverged before iteration `until`, that it has.
QString ghostWords(const Frame& frame, std::int64_t until);

/// A pane whose body is a QCustomPlot. The plot takes no mouse events: they are the view's. It is replotted
/// only while visible, and what was missed is caught up with when it shows.
class PlotPane : public PaneView
{
    Q_OBJECT
public:
    explicit PlotPane(QWidget* parent = nullptr);
    ~PlotPane() override;

protected:
    QCustomPlot* plot() const { return m_plot; }
    /// The layer of what moves with every frame; it has its own buffer.
    QCPLayer* liveLayer() const { return m_live; }

    /// Builds all curves anew for a body of this size.
    virtual void rebuild(const QSize& size) = 0;
    /// Brings what lies on the live layer up to the frame.
    virtual void updateLive() = 0;

    void paintBody(QPainter& painter, const QRectF& body) override;
    void bodyChanged(const QRect& body) override;
    void showEvent(QShowEvent* event) override;

    /// Rebuild and replot now, or when the view is shown next.
    void refresh();
    /// The same for the live layer alone.
    void refreshLive();

    void styleAxis(QCPAxis* axis) const;
    void styleRect(QCPAxisRect* rect) const;
    /// A position in the view as a position in the plot.
    QPointF inPlot(const QPointF& position) const { return position - body().topLeft(); }

private:
    void fitPixels();
    void screenChanged();

    QCustomPlot* m_plot;
    QCPLayer* m_live;
    bool m_stale = true;
};

} // namespace ui
