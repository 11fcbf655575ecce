#pragma once

#include "ui/panels/iteration_slider.h"
#include "ui/panels/tick_slider.h"

#include <QWidget>

class QLabel;
class QSpinBox;

namespace ui {

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
