#pragma once

#include "ui/paint/time_axis.h"
#include "ui/views/pane_view.h"

#include <algorithm>
#include <cstdint>

namespace ui {

/// The lanes of a comparison, a row each: the gradient that reaches each time step, in lockstep, and beside
/// it what the model costs and how far it is. A press on a row brings its model to the front; one on a step
/// goes there.
class ComparisonView : public PaneView
{
    Q_OBJECT
public:
    explicit ComparisonView(QWidget* parent = nullptr);

    QString title() const override { return tr("Models side by side"); }
    QString describe() const override;
    bool showsPickedLoss() const override { return true; }
    /// Of a step; cuts and silenced losses are those of all models.
    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    std::vector<unrolled::Intervention> changesAtCursor() const override;
    int modelAt(const QPoint& place) const override { return std::max(0, placeAt(place).lane); }
    QSize sizeHint() const override { return {900, 250}; }
    QSize minimumSizeHint() const override { return {300, 150}; }

    struct Place
    {
        int lane = -1; ///< from 0; -1: outside
        int t = 0;     ///< from 1; 0: beside the steps
        bool operator==(const Place&) const = default;
    };
    Place placeAt(const QPointF& pixel) const;
    QRectF cell(int lane, int t) const;
    QString textAt(const QPointF& pixel) const;
    /// Whether every column of numbers has room in a picture so wide.
    bool holdsAll(double width) const;

signals:
    void lanePicked(int lane);

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<ComparisonView>(); }
    double paintLegend(QPainter* painter, const QRectF& line) const override;
    QString remark() const override;
    QString hint() const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void frameChanged() override;
    bool ownsKey(const QKeyEvent& key) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Column
    {
        QString title;
        QString (*text)(const Lane& lane);
        double width = 0;
        double right = 0; ///< pixel of its right edge
    };
    struct Layout
    {
        TimeAxis time;
        std::vector<Column> columns;
        QRectF rows; ///< of all lanes
        double rowHeight = 0;
        double tallestStrip = 0;
        bool named = true; ///< whether the names have room
        QRectF row(int lane) const;
        QRectF strip(int lane) const; ///< what of a row its steps take
    };
    Layout layoutIn(const QRectF& body) const;
    int layerOf(const Lane& lane) const;
    bool broken() const; ///< some of the gradients are not numbers
    /// log10 ‖∂L/∂h_t‖ of the layer that is shown, at t − 1; none where there is no trace.
    std::vector<double> logsOf(const unrolled::TracePtr& trace) const;
    /// Those of a lane; −∞ behind its last step.
    double logAt(std::size_t lane, int t) const;
    bool haunted() const; ///< some lane's run without the changes can be told from it
    void paintHead(QPainter& painter, const Layout& layout, const QRectF& body) const;
    void paintName(QPainter& painter, const Layout& layout, int lane) const;
    void paintStrip(QPainter& painter, const Layout& layout, int lane) const;
    /// The norms of a trace as colours, and, where they have room and are wanted, as numbers.
    void paintNorms(QPainter& painter, const Layout& layout, const QRectF& strip,
                    const std::vector<double>& logs, bool withNumbers) const;
    void paintColumns(QPainter& painter, const Layout& layout, int lane) const;
    void paintTimes(QPainter& painter, const Layout& layout) const;

    /// What a lane's row shows, and what it would show without the changes: nothing where that is the same.
    struct Norms
    {
        unrolled::TracePtr of, ghost;
        int layer = 0;
        std::vector<double> logs, without;
    };
    std::vector<Norms> m_norms;
};

} // namespace ui
