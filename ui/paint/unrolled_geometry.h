#pragma once

#include <QLineF>
#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include <vector>

namespace ui {

/// The sizes that decide where the parts of an unrolled network stand.
struct UnrolledShape
{
    int steps = 1;
    std::vector<int> units{3}; ///< of each layer, the lowest first
    int inputs = 1;
    int outputs = 1;
    bool cellState = false; ///< the cell has a c beside its h
    bool symbols = true;    ///< inputs are one-hot letters; else numbers
    bool classes = true;    ///< outputs are classes with probabilities; else numbers

    bool operator==(const UnrolledShape&) const = default;
    int layers() const { return static_cast<int>(units.size()); }
};

/// Which part of the picture is looked at, the same at every size of the picture.
struct UnrolledCamera
{
    double zoom = 1;     ///< 1 fits everything; the largest is UnrolledGeometry::largestZoom()
    double centre = 0;   ///< the time in the middle of the view; step t spans t-1 … t
    double middle = 0.5; ///< the height in the middle of the view, as a share of the whole picture

    bool operator==(const UnrolledCamera&) const = default;
};

/// How much a step can show in the room it has.
enum class StepDetail {
    Numbers, ///< everything, with its numbers
    Bars,    ///< boxes with bars, letters and arrows
    Strip    ///< a column of colours
};
enum class UnitDetail { Numbers, Bars, Colours };

/// What lies under the mouse. t from 1, layer and index from 0; -1 where there is none.
struct UnrolledHit
{
    enum class Item {
        None,
        Loss,
        Answer,
        Output,
        OutputWeight,
        Cell,
        CellState,
        Hidden,
        RecurrentWeight,
        InputWeight,
        Input,
        Gradient,
        InitialState,
        Recurrence ///< the connection from step t-1 to t
    };
    Item item = Item::None;
    int t = 0;
    int layer = -1;
    int index = -1;

    bool operator==(const UnrolledHit&) const = default;
};

/// Where everything stands, from sizes alone. Rectangles are in the coordinates of the view; time steps count
/// from 1, layers and units from 0. Rows, from the top: loss, answer, outputs, the layers' cells, inputs,
/// letters, gradient norms, legend.
class UnrolledGeometry
{
public:
    UnrolledGeometry() = default;
    UnrolledGeometry(const UnrolledShape& shape, const QSizeF& size, const UnrolledCamera& camera = {});

    const UnrolledShape& shape() const { return m_shape; }
    QSizeF size() const { return m_size; }
    StepDetail detail() const { return m_detail; }
    UnitDetail unitDetail(int layer) const;
    /// Text and lines are this much larger than at their design size.
    double scale() const { return m_scale; }
    double largestZoom() const { return m_largestZoom; }
    /// The camera with everything in its bounds.
    const UnrolledCamera& camera() const { return m_camera; }

    double stepWidth() const { return m_stepWidth; }
    double left(int t) const { return m_origin + (t - 1) * m_stepWidth; }
    QRectF column(int t) const;
    /// The time step at a place, 0 where there is none.
    int timeAt(double x) const;
    int firstVisible() const { return m_firstVisible; }
    int lastVisible() const { return m_lastVisible; }
    /// The part of the view in which steps may be drawn; left of it are the pinned labels of a strip.
    QRectF viewport() const;

    QRectF lossRect(int t) const;
    QRectF answerRect(int t) const;
    QRectF outputsRect(int t) const;
    int outputRows() const
    {
        return m_outputRows;
    } ///< fewer than there are outputs: the most probable ones are shown
    QRectF outputRow(int t, int row) const;
    QRectF cellRect(int t, int layer) const;
    QRectF cellStateRect(int t, int layer) const; ///< the bars of c
    QRectF hiddenRect(int t, int layer) const;    ///< the bars of h
    QRectF cellStateHeader(int t, int layer) const;
    QRectF hiddenHeader(int t, int layer) const;
    QRectF cellStateRow(int t, int layer, int unit) const;
    QRectF hiddenRow(int t, int layer, int unit) const;
    QRectF inputRect(int t) const;
    QRectF symbolRect(int t) const;
    QRectF gradientRect(int t, int layer) const;
    QRectF initialRect(int layer) const;          ///< h_0
    QRectF initialCellStateRect(int layer) const; ///< c_0
    /// Where the name of h_0 or c_0 stands, so wide; empty where rows are so close that there is no room.
    QRectF initialNameRect(int layer, bool cellState, double width) const;
    QRectF legendRect() const;
    /// Where the name of a row stands: left of the first step, at the height of `row`.
    QRectF labelRect(const QRectF& row) const;

    /// From h_{t-1} to h_t, from c_{t-1} to c_t, from what is below into a layer's cell, from the top cell to
    /// the outputs.
    QLineF recurrentArrow(int t, int layer) const;
    QLineF cellStateArrow(int t, int layer) const;
    QLineF inputArrow(int t, int layer) const;
    QLineF outputArrow(int t) const;
    /// The labels of the weights on these arrows.
    QRectF recurrentChip(int t, int layer) const;
    QRectF inputChip(int t, int layer) const;
    QRectF outputChip(int t) const;
    /// The one label of a weight matrix left of the steps, where these have no room for their own: at the
    /// height of the band that runs from it through all of them. With t > 1, for weights that only the steps
    /// from t on use, between t-1 and t. Empty at the detail of numbers.
    QRectF sharedChip(UnrolledHit::Item item, int layer, int t = 1) const;

    UnrolledHit hit(const QPointF& point) const;

    /// Cameras for the same shape and size.
    UnrolledCamera zoomed(double factor, const QPointF& around) const;
    UnrolledCamera panned(const QPointF& by) const;
    UnrolledCamera showing(int t) const; ///< unchanged where the step is in sight

private:
    struct Span
    {
        double top = 0;
        double height = 0;
        double bottom() const { return top + height; }
        double centre() const { return top + height / 2; }
    };
    struct LayerSpans
    {
        Span cell, cellStateHeader, cellState, hiddenHeader, hidden, inputArrow;
    };

    void layOutColumns();
    bool layOutRows();
    void placeRows(double outputs, double arrow, const std::vector<double>& sections);
    double fixedHeight(StepDetail detail) const;
    double leastHeight() const;
    double naturalHeight() const;
    double lead() const;
    QRectF across(int t, const Span& span, double share) const;
    QRectF row(const QRectF& rect, int index, int count) const;
    UnrolledHit hitBetween(const QPointF& point, int t) const;
    UnrolledHit hitInStep(const QPointF& point, int t) const;

    UnrolledShape m_shape;
    QSizeF m_size;
    UnrolledCamera m_camera;
    StepDetail m_detail = StepDetail::Numbers;
    double m_scale = 1;
    double m_largestZoom = 1;
    double m_stepWidth = 1;
    double m_origin = 0;
    double m_gutter = 0;
    double m_contentHeight = 0;
    int m_firstVisible = 1;
    int m_lastVisible = 1;
    int m_outputRows = 1;
    Span m_loss, m_answer, m_outputs, m_outputArrow, m_input, m_symbol, m_gradient, m_legend;
    std::vector<LayerSpans> m_layers;
};

} // namespace ui
