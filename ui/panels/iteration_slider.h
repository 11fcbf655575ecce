#pragma once

#include "ui/paint/timeline_geometry.h"

#include <QAbstractSlider>
#include <QString>
#include <cstdint>
#include <vector>

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

} // namespace ui
