#pragma once

#include "ui/paint/timeline_geometry.h"
#include "ui/session/frame.h"

#include <QAbstractSlider>
#include <QWidget>

class QLabel;
class QSpinBox;

namespace ui {

/// An iteration with an intervention, and what it is in words.
struct TimelineMark
{
    std::int64_t iteration;
    QString words;
};

/// The upper level of the timeline: iterations 0…end as a track, the trained range filled, the present one a
/// knob.
class IterationSlider : public QAbstractSlider
{
    Q_OBJECT
public:
    explicit IterationSlider(QWidget* parent = nullptr);

    /// 0…end can be reached; 0…frontier is trained already; interventions get a mark.
    void setRange(std::int64_t frontier, std::int64_t end);
    void setMarks(const std::vector<TimelineMark>& marks);
    /// What to tell of a place: its iteration, and the marks there.
    QString textAt(int x) const;
    void setIteration(std::int64_t iteration);
    IterationScale scale() const;
    QSize sizeHint() const override { return {400, 26}; }
    QSize minimumSizeHint() const override { return {120, 26}; }

signals:
    void iterationRequested(qint64 iteration);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    void request(std::int64_t iteration);

    std::int64_t m_iteration = 0;
    std::int64_t m_frontier = 0;
    std::int64_t m_end = 0;
    std::vector<TimelineMark> m_marks;
    int m_wheel = 0;
};

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

/// Both levels with their numbers.
class TimelineBar : public QWidget
{
    Q_OBJECT
public:
    explicit TimelineBar(QWidget* parent = nullptr);

    void setFrame(const Frame& frame);
    void setRange(std::int64_t frontier, std::int64_t planned);
    void setMarks(const std::vector<TimelineMark>& marks) { m_iterations->setMarks(marks); }
    IterationSlider* iterations() const { return m_iterations; }
    TickSlider* ticks() const { return m_ticks; }
    QSpinBox* number() const { return m_number; }

signals:
    void positionRequested(const unrolled::Position& position);

private:
    void goTo(std::int64_t iteration);
    void showNumber();

    unrolled::Position m_position;
    unrolled::TickLayout m_layout;
    std::int64_t m_last = 0;
    QSpinBox* m_number;
    QLabel* m_end;
    QLabel* m_tick;
    IterationSlider* m_iterations;
    TickSlider* m_ticks;
};

} // namespace ui
