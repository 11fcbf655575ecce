#pragma once

#include "core/training/trainer.h"
#include "ui/views/plot_pane.h"

#include <memory>
#include <optional>
#include <vector>

class QTimer;
class QToolButton;

namespace ui {

/// Loss and gradient norm over iterations, one above the other, with a cursor at the present iteration. Where
/// a run is so long that its curve is thinned, a band shows minimum and maximum of each stretch; zoomed in,
/// exact values are asked for. Pressing or dragging goes to an iteration; the wheel zooms, Shift and dragging
/// pans, a double click shows everything again.
class CurveView : public PlotPane
{
    Q_OBJECT
    Q_PROPERTY(bool logarithmic READ logarithmic WRITE setLogarithmic NOTIFY logarithmicChanged)
public:
    /// Which quantity a panel shows.
    enum Quantity { Loss, GradientNorm };

    explicit CurveView(QWidget* parent = nullptr);
    ~CurveView() override;

    bool logarithmic() const { return m_logarithmic; }
    /// Whether it is drawn against computing time, and whether it can be: with several models whose time is
    /// known.
    bool byTime() const;
    bool hasTimes() const;
    QString title() const override;
    QString describe() const override;
    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;

    /// What is in sight: iterations, or computing time in the unit of the axis.
    double firstShown() const;
    double lastShown() const;
    /// The iteration at a position in the view, within what was trained; -1 outside. And back.
    std::int64_t iterationAt(const QPointF& position) const;
    double xOf(double iteration) const;

    /// The stretch of the curve from which on a lane's ghost is drawn: the last one that is as in the lane.
    /// None: it differs nowhere.
    std::optional<std::size_t> parting(Quantity quantity, std::size_t lane = 0) const;

public slots:
    void setLogarithmic(bool logarithmic);
    void setByTime(bool byTime);
    /// Exact values of consecutive iterations of the first lane, as asked for by exactRangeRequested.
    void setExact(std::vector<unrolled::IterationSummary> exact);
    void zoomTo(double first, double last);
    void showAll();

signals:
    void logarithmicChanged(bool logarithmic);
    /// The iterations in sight are few enough to show each of them, and the curve is thinned: both ends
    /// included.
    void exactRangeRequested(qint64 first, qint64 last);

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<CurveView>(); }
    void standAs(const View& other) override;
    std::vector<LegendEntry> legend() const override;
    void rebuild(const QSize& size) override;
    void updateLive() override;
    void restyle() override;
    void frameChanged() override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Parts;
    struct Panel;
    static constexpr double fewestShown = 8; ///< iterations in sight where one has zoomed in all the way

    std::vector<const Lane*> curves() const; ///< of the lanes, then of their ghosts
    /// Of the time axis, by the longest run.
    struct TimeUnit
    {
        double seconds;
        QString words;
    };
    TimeUnit timeUnit() const;
    double unit(const Lane& lane) const; ///< an iteration on the axis
    double fewest() const { return fewestShown * (frame().empty() ? 1 : unit(frame().lane())); }
    double end() const;                           ///< of the whole axis
    double axisAt(const QPointF& position) const; ///< in iterations
    bool zoomed() const { return m_last > m_first; }
    bool exactCovers(double first, double last) const;
    bool thinned() const;
    void fillPanel(Panel& panel, Quantity quantity);
    void askForExact();
    void goTo(const QPointF& position);
    QColor colorOf(Quantity quantity, std::size_t lane) const;

    std::unique_ptr<Parts> m_parts;
    QTimer* m_ask;
    QToolButton* m_log;
    QToolButton* m_time;
    bool m_logarithmic = false;
    double m_first = 0;
    double m_last = 0; ///< m_last ≤ m_first: everything
    double m_grabbed = 0;
    std::vector<unrolled::IterationSummary> m_exact;
    std::vector<std::int64_t> m_drawn;                   ///< what the curves were made of
    std::weak_ptr<const unrolled::IterationTrace> m_run; ///< iteration 0 of the run that m_exact belongs to
};

} // namespace ui
