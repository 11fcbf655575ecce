#include "ui/panels/iteration_slider.h"

#include "ui/paint/number_format.h"
#include "ui/paint/style.h"
#include "ui/panels/wheel.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <limits>

namespace ui {

namespace {

int clampedInt(std::int64_t value)
{
    return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
}

} // namespace

IterationSlider::IterationSlider(QWidget* parent) : QAbstractSlider(parent)
{
    setOrientation(Qt::Horizontal);
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Iteration"));
    // What assistive technology sets arrives here; our own setIteration() blocks it.
    connect(this, &QAbstractSlider::valueChanged, this, [this](int value) { request(value); });
}

void IterationSlider::setRange(std::int64_t frontier, std::int64_t end)
{
    m_frontier = frontier;
    m_end = std::max(end, frontier);
    const QSignalBlocker blocker(this);
    QAbstractSlider::setRange(0, clampedInt(m_end));
    setPageStep(std::max(1, clampedInt(m_end / 10)));
    update();
}

void IterationSlider::setMarks(const std::vector<TimelineMark>& marks)
{
    m_marks = marks;
    update();
}

void IterationSlider::setIteration(std::int64_t iteration)
{
    m_iteration = iteration;
    const QSignalBlocker blocker(this);
    setValue(clampedInt(iteration));
    update();
}

IterationScale IterationSlider::scale() const
{
    return {9.0, width() - 9.0, m_end};
}

void IterationSlider::request(std::int64_t iteration)
{
    iteration = std::clamp<std::int64_t>(iteration, 0, m_end);
    if (iteration != m_iteration)
        emit iterationRequested(iteration);
}

void IterationSlider::paintEvent(QPaintEvent*)
{
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const IterationScale line = scale();
    const double middle = height() / 2.0;
    const auto bar = [&](double left, double right, const QColor& color, double thickness) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawRoundedRect(QRectF(left, middle - thickness / 2, right - left, thickness), thickness / 2,
                                thickness / 2);
    };
    const double knob = line.x(m_iteration);
    bar(line.left() - 3, line.right() + 3, colors.dark ? colors.line : mixed(colors.track, colors.line, 0.6),
        6);
    bar(line.left() - 3, line.x(m_frontier) + 3, mixed(colors.panel, colors.forward, 0.38), 6);
    bar(line.left() - 3, knob + 3, colors.forward, 6);
    for (const TimelineMark& mark : m_marks) {
        if (mark.iteration > m_end)
            continue;
        const double x = line.x(mark.iteration);
        painter.setBrush(colors.backward);
        painter.drawPolygon(QPolygonF(
            {QPointF(x, middle - 4), QPointF(x - 3.5, middle - 10), QPointF(x + 3.5, middle - 10)}));
    }
    const double radius = isSliderDown() || underMouse() ? 8 : 7;
    painter.setPen(QPen(colors.forward, 2.4));
    painter.setBrush(colors.background);
    painter.drawEllipse(QPointF(knob, middle), radius, radius);
    if (hasFocus()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors.forward);
        painter.drawEllipse(QPointF(knob, middle), 3, 3);
    }
}

void IterationSlider::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    setSliderDown(true);
    request(scale().iterationAt(event->position().x()));
}

void IterationSlider::mouseMoveEvent(QMouseEvent* event)
{
    if (isSliderDown())
        request(scale().iterationAt(event->position().x()));
}

void IterationSlider::mouseReleaseEvent(QMouseEvent*)
{
    setSliderDown(false);
    update();
}

void IterationSlider::wheelEvent(QWheelEvent* event)
{
    if (const int steps = notches(event, m_wheel))
        request(m_iteration + steps);
    event->accept();
}

void IterationSlider::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Up:
        return request(m_iteration + 1);
    case Qt::Key_Down:
        return request(m_iteration - 1);
    case Qt::Key_PageUp:
        return request(m_iteration + pageStep());
    case Qt::Key_PageDown:
        return request(m_iteration - pageStep());
    default:
        event->ignore();
    }
}

QString IterationSlider::textAt(int x) const
{
    constexpr double reach = 5; // px from a mark
    constexpr qsizetype most = 6;
    const IterationScale line = scale();
    const std::int64_t iteration = line.iterationAt(x);
    QStringList lines{
        iteration <= m_frontier
            ? tr("Iteration %1").arg(count(iteration))
            : tr("Iteration %1, not trained yet: going there trains up to it").arg(count(iteration))};
    for (const TimelineMark& mark : m_marks) {
        if (mark.iteration <= m_end && std::abs(line.x(mark.iteration) - x) <= reach)
            lines << mark.words;
    }
    if (lines.size() > most + 1) {
        const auto more = static_cast<int>(lines.size() - most);
        lines = lines.mid(0, most);
        lines << tr("and %n more", nullptr, more);
    }
    return lines.join(QLatin1Char('\n'));
}

bool IterationSlider::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        QToolTip::showText(help->globalPos(), textAt(help->pos().x()), this);
        return true;
    }
    if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
        update();
    return QAbstractSlider::event(event);
}

} // namespace ui
