#pragma once

#include "ui/paint/cell_geometry.h"
#include "ui/paint/cell_moment.h"
#include "ui/paint/equation.h"
#include "ui/views/view.h"

namespace ui {

/// Inside one cell at one time step: its graph with the numbers of this moment, the present operation lit,
/// and beneath it the equation in symbols and with numbers put in. In the backward phase the same picture
/// with gradients.
class CellView : public View
{
    Q_OBJECT
public:
    explicit CellView(QWidget* parent = nullptr);

    /// t from 1, 0 to follow the frame; layer from 0.
    void setCell(int t, int layer);
    int cellTime() const { return m_t; }
    int cellLayer() const { return m_layer; }
    /// The unit (from 0) whose numbers are shown.
    void setUnit(int unit);
    int unit() const { return m_unit; }

    QString title() const override;
    QString describe() const override;
    bool showsPickedLoss() const override { return true; }
    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    int modelAt(const QPoint&) const override { return static_cast<int>(frame().front); }
    std::vector<unrolled::Intervention> changesAtCursor() const override;
    void paintTo(QPainter& painter, const QSize& size) override;
    QSize sizeHint() const override { return {340, 430}; }
    QSize minimumSizeHint() const override { return {280, 320}; }

signals:
    void unitChanged(int unit);

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<CellView>(); }
    void standAs(const View& other) override;
    void frameChanged() override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Picture;
    Picture picture(const QSizeF& size) const;
    int rowAt(const Picture& picture, const QPointF& point) const;
    /// What to tell of the thing under a point, as HTML; `row` gets the row or unit under it.
    QString tip(const Picture& picture, const QPointF& point, int* row) const;
    void showRowTip(int row);
    int hidden(const CellMoment& moment) const;

    int m_t = 0;
    int m_layer = 0;
    int m_unit = 0;
    int m_firstRow = 0;
    unrolled::Position m_position; ///< of the frame before
    QString m_tip;
};

} // namespace ui
