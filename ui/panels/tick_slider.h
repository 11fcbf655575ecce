#pragma once

#include "ui/paint/timeline_geometry.h"
#include "ui/session/frame.h"

#include <QAbstractSlider>
#include <vector>

namespace ui {

/// The lower level: the ticks of the present iteration as segments in the colour of their phase, the
/// operations of the present tick as dots beneath it.
class TickSlider : public QAbstractSlider
{
    Q_OBJECT
public:
    explicit TickSlider(QWidget* parent = nullptr);

    void setFrame(const Frame& frame);
    TickStrip strip() const;
    QSize sizeHint() const override { return {400, 36}; }
    QSize minimumSizeHint() const override { return {120, 36}; }
    /// What a tick is called: "Forward, step 2 of 4".
    static QString tickName(const unrolled::TickLayout& layout, int tick);

signals:
    void positionRequested(const unrolled::Position& position);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    void request(int tick);
    std::vector<QPointF> dots() const;
    void paintPhase(QPainter& painter, const TickStrip& strip, unrolled::Phase phase) const;
    void paintLabels(QPainter& painter, const TickStrip& strip) const;

    unrolled::TickLayout m_layout;
    unrolled::Position m_position;
    bool m_ready = false;
    int m_hover = -1;
    int m_wheel = 0;
};

} // namespace ui
