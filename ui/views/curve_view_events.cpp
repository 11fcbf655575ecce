#include "ui/views/curve_view.h"

#include "ui/paint/number_format.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::Curve;

void CurveView::wheelEvent(QWheelEvent* event)
{
    const QPoint delta = event->angleDelta();
    const double width = lastShown() - firstShown();
    if (frame().empty() || delta.isNull())
        return PlotPane::wheelEvent(event);
    if (std::abs(delta.x()) > std::abs(delta.y()) || event->modifiers().testFlag(Qt::ShiftModifier)) {
        const double by = -width * 0.1 * (delta.x() != 0 ? delta.x() : delta.y()) / 120;
        if (zoomed())
            zoomTo(m_first + by, m_last + by);
    } else {
        const double factor = std::pow(0.8, delta.y() / 120.0);
        const double at = std::clamp(axisAt(event->position()), firstShown(), lastShown());
        // What is under the pointer stays there.
        const double wanted = std::clamp(width * factor, std::min(fewest(), end()), end());
        const double first = at - (at - firstShown()) * wanted / width;
        zoomTo(first, first + wanted);
    }
    event->accept();
}

void CurveView::mousePressEvent(QMouseEvent* event)
{
    m_grabbed = axisAt(event->position());
    if (event->button() == Qt::LeftButton && !event->modifiers().testFlag(Qt::ShiftModifier))
        goTo(event->position());
}

void CurveView::mouseMoveEvent(QMouseEvent* event)
{
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    if (event->buttons().testFlag(Qt::MiddleButton) || (event->buttons().testFlag(Qt::LeftButton) && shift)) {
        const double by = m_grabbed - axisAt(event->position());
        if (zoomed())
            zoomTo(m_first + by, m_last + by);
        return;
    }
    if (event->buttons().testFlag(Qt::LeftButton))
        goTo(event->position());
    const std::int64_t iteration = iterationAt(event->position());
    setCursor(iteration >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (iteration < 0) {
        QToolTip::hideText();
        return;
    }
    QStringList lines{tr("iteration %1").arg(count(iteration))};
    for (const Lane* each : curves()) {
        const Lane& lane = *each;
        QString who = frame().lanes.size() > 1 ? lane.name + QStringLiteral(": ") : QString();
        if (lane.ghost)
            who = frame().lanes.size() > 1 ? tr("%1 without the changes: ").arg(lane.name)
                                           : tr("without the changes: ");
        if (!lane.curve || iteration >= lane.curve->size()) {
            if (lane.trace && lane.trace->iteration == iteration)
                lines << who + tr("loss %1, gradient norm %2")
                                   .arg(norm(lane.trace->loss), norm(lane.trace->gradientNorm));
            continue;
        }
        const Curve& curve = *lane.curve;
        const auto& stretch = curve.stretches()[static_cast<std::size_t>(iteration / curve.stride())];
        const auto known =
            each == &frame().lanes.front() && exactCovers(double(iteration), double(iteration));
        if (curve.stride() == 1)
            lines << who + tr("loss %1, gradient norm %2")
                               .arg(exact(stretch.loss.low), exact(stretch.gradientNorm.low));
        else if (known) {
            const auto& row = m_exact[static_cast<std::size_t>(iteration - m_exact.front().iteration)];
            lines << who + tr("loss %1, gradient norm %2").arg(exact(row.loss), exact(row.gradientNorm));
        } else {
            lines << who + tr("of %1 iterations: loss %2 to %3, gradient norm %4 to %5")
                               .arg(count(curve.stride()), norm(stretch.loss.low), norm(stretch.loss.high),
                                    norm(stretch.gradientNorm.low), norm(stretch.gradientNorm.high));
        }
    }
    QToolTip::showText(event->globalPosition().toPoint() + QPoint(8, 8), lines.join(QLatin1Char('\n')), this);
}

void CurveView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        showAll();
}

void CurveView::leaveEvent(QEvent* event)
{
    QToolTip::hideText();
    PlotPane::leaveEvent(event);
}

void CurveView::keyPressEvent(QKeyEvent* event)
{
    const double width = lastShown() - firstShown();
    const auto at =
        frame().empty() ? 0.0 : static_cast<double>(frame().position.iteration) * unit(frame().lane());
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomTo(at - width / 4, at + width / 4);
        return;
    case Qt::Key_Minus:
        zoomTo(at - width, at + width);
        return;
    case Qt::Key_0:
        showAll();
        return;
    default:
        PlotPane::keyPressEvent(event);
    }
}

std::vector<unrolled::Intervention> CurveView::changesAt(const QPoint&) const
{
    if (frame().empty())
        return {};
    return {settingOf("training.learning_rate"), settingOf("training.clip_norm")};
}

} // namespace ui
