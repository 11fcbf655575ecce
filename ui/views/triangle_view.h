#pragma once

#include "ui/paint/time_axis.h"
#include "ui/views/pane_view.h"

#include <QImage>

class QComboBox;

namespace unrolled {
class Itemised;
struct Analyses;
} // namespace unrolled

namespace ui {

/// ‖∂L_s/∂h_t‖ of every loss step s (upwards) and every step t ≤ s (to the right) as a heat map: which loss
/// reaches how far back. One fixed logarithmic scale. A row can be picked, to look at its loss alone.
class TriangleView : public PaneView
{
    Q_OBJECT
public:
    explicit TriangleView(QWidget* parent = nullptr);

    QString title() const override;
    QString shortTitle() const override;
    QString describe() const override;
    unrolled::Wanted wanted() const override { return {true}; }
    QSize sizeHint() const override { return {900, 240}; }

    /// The cell of loss step s (a counted one) at t ≤ s; of all loss steps, row `row` from 0 is the k-th.
    QRectF cell(int s, int t) const;
    struct Place
    {
        int s = 0; ///< 0: outside
        int t = 0; ///< may lie after s
        bool operator==(const Place&) const = default;
    };
    Place placeAt(const QPointF& pixel) const;
    /// What stands under the pointer; empty outside the triangle.
    QString textAt(const QPointF& pixel) const;

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<TriangleView>(); }
    double paintLegend(QPainter* painter, const QRectF& line) const override;
    QString remark() const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void restyle() override;
    void frameChanged() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Layout
    {
        TimeAxis time;
        QRectF rows; ///< all cells
        std::vector<int> losses;
        double rowHeight = 0;
        double bottom(std::size_t k) const { return rows.bottom() - double(k) * rowHeight; }
        QRectF cell(std::size_t k, int t) const;
    };
    const unrolled::Itemised* table() const;
    int layer() const;
    Layout layoutIn(const QRectF& body) const;
    bool broken() const; ///< some of the gradients are not numbers
    double logAt(std::size_t k, int t) const;
    std::size_t rowOf(int s) const; ///< as many as there are where s is none
    QString textOf(std::size_t k, int t) const;
    QColor colorOf(double log) const;
    const QImage& image() const;
    void paintCells(QPainter& painter, const Layout& layout) const;
    void paintDense(QPainter& painter, const Layout& layout) const;
    void paintLabels(QPainter& painter, const Layout& layout) const;
    void paintMarks(QPainter& painter, const Layout& layout) const;
    void paintEmpty(QPainter& painter, const QRectF& body) const;
    void showHover(const QPoint& global);

    const unrolled::Analyses* m_analyses = nullptr; ///< the frame's, where they fit
    QComboBox* m_layers;
    Place m_hover;
    mutable QImage m_image; ///< a pixel a cell; made anew when what it shows has changed
    mutable std::shared_ptr<const void> m_imageOf;
    mutable int m_imageLayer = -1;
};

} // namespace ui
