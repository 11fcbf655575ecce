#pragma once

#include "ui/paint/heat_geometry.h"
#include "ui/views/pane_view.h"

#include <string_view>
#include <vector>

class QComboBox;
class QToolButton;

namespace ui {

/// Quantities of the cell over time as heat maps, units × t, value or gradient. What is not computed yet at
/// the frame's position is blank; the current step is outlined. Values between −1 and 1 keep that range;
/// others and gradients have a symmetric range of 1, 2 or 5 times a power of ten, told in the legend. Where
/// several values share a cell, the one of largest magnitude is shown.
class HeatMapView : public PaneView
{
    Q_OBJECT
    Q_PROPERTY(bool showGradient READ showGradient WRITE setShowGradient NOTIFY showGradientChanged)
    Q_PROPERTY(int layer READ layer WRITE setLayer NOTIFY layerChanged)
public:
    explicit HeatMapView(QWidget* parent = nullptr);

    bool showGradient() const { return m_showGradient; }
    /// The layer shown, from 0; -1 for all.
    int layer() const { return m_layer; }

    QString describe() const override;
    bool showsPickedLoss() const override { return true; }
    QSize sizeHint() const override { return {340, 230}; }

    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    std::vector<unrolled::Intervention> changesAtCursor() const override;
    int modelAt(const QPoint& place) const override;
    QPoint cursorPlace() const override;

    /// Where the heat maps are at present; for tests.
    HeatLayout layout() const;
    /// What stands under the pointer, with every digit; empty outside the cells and what stands beside them.
    QString textAt(const QPointF& pixel) const;

public slots:
    void setShowGradient(bool show);
    void setLayer(int layer);

signals:
    void showGradientChanged(bool show);
    void layerChanged(int layer);

protected:
    struct Block
    {
        int lane = 0;
        int layer = 0;
        int channel = 0; ///< index into channels(cell)
    };
    /// The indices of the channels to show, in order.
    virtual std::vector<int> channelsOf(const unrolled::CellSpec& cell) const = 0;
    /// Said where there is none.
    virtual QString emptyText() const { return {}; }
    /// The room wanted beside the cells for something about each unit; 0: none.
    virtual double sideWidth() const { return 0; }
    /// Paints that of a block of which all steps are computed, and the name of it into the label's line.
    virtual void paintSide(QPainter& painter, const Block& block, const HeatBlock& place) const;
    /// The same in words, of units first to last (from 0); empty where there is nothing.
    virtual QString sideText(const Block& block, int first, int last) const;
    /// The same of all units, for a screen reader.
    virtual QString sideSummary(const Block& block) const;

    std::vector<Block> blocks() const;
    const unrolled::Channel& channel(const Block& block) const;

    double paintLegend(QPainter* painter, const QRectF& line) const override;
    QString remark() const override;
    QString printedRemark() const override;
    /// Whether pictures hatch negative cells.
    bool hatches() const;
    QString caption() const override;
    void paintBody(QPainter& painter, const QRectF& body) override;
    void frameChanged() override;

    bool ownsKey(const QKeyEvent& key) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Cell
    {
        double value = 0;
        int t = 1;             ///< of the value of largest magnitude
        int unit = 0;          ///< from 0
        bool computed = false; ///< all of its values
        double share = 1;      ///< how far it has arrived
    };
    HeatLayout layoutIn(const QRectF& area, const std::vector<Block>& blocks) const;
    const Eigen::MatrixXd& data(const Block& block) const;
    double rangeOf(const Block& block) const;
    double legendRange(const std::vector<Block>& blocks) const;
    /// How far each time step has arrived: 0 not computed, 1 computed.
    std::vector<double> arrived(const Block& block) const;
    bool allArrived(const Block& block) const;
    Cell cellAt(const Block& block, const HeatBlock& place, const std::vector<double>& arrived, int timeCell,
                int unitCell) const;
    struct Painted
    {
        const Block& block;
        const HeatBlock& place;
        std::vector<double> arrived;
        double range;
    };
    static QColor colorOf(const Palette& palette, const Cell& cell, double range);
    void paintCells(QPainter& painter, const Painted& painted, bool numbers) const;
    void paintDense(QPainter& painter, const Painted& painted) const;
    void paintBlock(QPainter& painter, const Block& block, const HeatBlock& place, double range,
                    bool numbers) const;
    /// What stands above a block.
    struct Label
    {
        QString symbol; ///< in the notation of math_text.h
        QString words;
    };
    Label labelOf(const Block& block, double range, double usual, int shortness) const;
    double roomForWords(const HeatBlock& place, const QString& symbol) const;
    int shortnessOf(const std::vector<Block>& all, const HeatLayout& layout,
                    const std::vector<double>& ranges, double usual) const;
    void paintLabels(QPainter& painter, const HeatBlock& place, const Label& label) const;
    const unrolled::GateClamp* clampOn(const Block& block, int unit,
                                       int t) const; ///< null where there is none
    void paintClamps(QPainter& painter, const Painted& painted) const;
    QString textOf(const Block& block, const HeatBlock& place, int timeCell, int unitCell) const;
    void goTo(int t);
    void showCursorText();
    void fillLayers();

    bool m_showGradient = false;
    int m_layer = -1;
    HeatPlace m_hover;
    HeatPlace m_hoverSide; ///< timeCell 0
    HeatPlace m_cursor;
    QToolButton* m_value;
    QToolButton* m_gradient;
    QComboBox* m_layers;
};

} // namespace ui
