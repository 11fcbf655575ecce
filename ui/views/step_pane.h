#pragma once

#include "ui/paint/time_axis.h"
#include "ui/views/pane_view.h"

namespace ui {

/// A pane whose parts stand for time steps: words come up under the pointer, and at a cursor that Ctrl with ←
/// and → moves from step to step; a press goes to the step. Escape takes the words away.
class StepPane : public PaneView
{
    Q_OBJECT
public:
    explicit StepPane(QWidget* parent = nullptr) : PaneView(parent) {}

    /// Whose part is at a pixel, from 1; 0: none.
    virtual int stepAt(const QPointF& pixel) const = 0;
    /// What is said of a step; empty where there is nothing.
    virtual QString textOf(int t) const = 0;

protected:
    virtual int lastStep() const = 0;            ///< steps 1 … this have a part; 0: none has
    virtual int cursorStart() const = 0;         ///< where the cursor moves from at first
    virtual QPointF wordsPlace(int t) const = 0; ///< where the words at the cursor come up
    /// The numbers of the steps under a time axis, as many as find room, and what they are at its left.
    void paintSteps(QPainter& painter, const TimeAxis& time, const QRectF& row) const;
    /// The height of a sentence below, of one line or two.
    double sentenceHeight(const QString& words, double width) const;
    void paintSentence(QPainter& painter, const QRectF& place, const QString& words) const;
    /// The outline of a bar as it is without the changes, or, where columns are narrow, its free end: at the
    /// top, or, of one that hangs down, the bottom. Nothing where it cannot be told from the bar.
    void paintGhostBar(QPainter& painter, const QRectF& outline, const QRectF& bar, double column,
                       bool hanging = false) const;
    int hovered() const { return m_hovered; } ///< by the pointer or the cursor; 0: none
    void frameChanged() override;
    bool ownsKey(const QKeyEvent& key) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void hover(int t, const QPoint& global);
    int leastSentence() const; ///< pixels of its font

    int m_hovered = 0;
};

} // namespace ui
