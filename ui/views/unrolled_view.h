#pragma once

#include "ui/paint/unrolled_geometry.h"
#include "ui/views/view.h"

namespace ui {

/// The network unrolled in time, from four cells with all their numbers to hundreds as strips of colour. The
/// wheel zooms around the mouse (with Shift it pans), dragging pans, + − and 0 zoom and fit; a click picks a
/// cell.
class UnrolledView : public View
{
    Q_OBJECT
public:
    explicit UnrolledView(QWidget* parent = nullptr);

    QString title() const override;
    QString describe() const override;
    bool showsPickedLoss() const override { return true; }
    void paintTo(QPainter& painter, const QSize& size) override;
    QSize sizeHint() const override { return {928, 440}; }
    QSize minimumSizeHint() const override { return {420, 260}; }

    std::vector<unrolled::Intervention> changesAt(const QPoint& place) const override;
    int modelAt(const QPoint&) const override { return static_cast<int>(frame().front); }
    std::vector<unrolled::Intervention> changesAtCursor() const override;
    QPoint cursorPlace() const override;

    const UnrolledCamera& camera() const { return m_camera; }
    UnrolledGeometry geometryNow() const; ///< for the widget's present size

public slots:
    void zoomIn();
    void zoomOut();
    void fit();

protected:
    std::unique_ptr<View> another() const override { return std::make_unique<UnrolledView>(); }
    void standAs(const View& other) override;
    void frameChanged() override;
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void paintWith(QPainter& painter, const QSize& size, const UnrolledHit& hover);
    void paintHint(QPainter& painter);
    void setCamera(const UnrolledCamera& camera);
    void zoomBy(double factor);
    void hoverAt(const QPointF& point, const QPoint& onScreen);
    void click(const QPointF& point);
    std::vector<unrolled::Intervention> changesOf(const UnrolledHit& hit) const;
    int cursorStep() const; ///< the step at work, or the last one

    UnrolledCamera m_camera;
    UnrolledHit m_hover;
    QPointF m_pressed;
    QPointF m_dragged;
    bool m_dragging = false;
    bool m_focusShown = false;
    int m_time = 0; ///< the step at work in the last frame
};

} // namespace ui
