#include "ui/views/unrolled_view.h"

#include "ui/paint/cell_signal.h"
#include "ui/paint/palette.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"
#include "ui/views/unrolled_words.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QPainter>
#include <QWheelEvent>

#include <cmath>

namespace ui {

using unrolled::Phase;
using Item = UnrolledHit::Item;

namespace {

constexpr double keyZoom = 1.25;

} // namespace

UnrolledView::UnrolledView(QWidget* parent) : View(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(UnrolledView::title());
}

QString UnrolledView::title() const
{
    return tr("Unrolled network");
}

QString UnrolledView::describe() const
{
    return unrolledDescription(frame());
}

void UnrolledView::standAs(const View& other)
{
    m_camera = static_cast<const UnrolledView&>(other).m_camera;
}

UnrolledGeometry UnrolledView::geometryNow() const
{
    return frame().empty() ? UnrolledGeometry({}, size(), m_camera)
                           : UnrolledGeometry(shapeOf(frame().trace()), size(), m_camera);
}

void UnrolledView::paintTo(QPainter& painter, const QSize& size)
{
    paintWith(painter, size, {});
}

void UnrolledView::paintWith(QPainter& painter, const QSize& size, const UnrolledHit& hover)
{
    const Palette& colours = paletteFor(palette());
    if (frame().empty()) {
        painter.fillRect(QRect(QPoint(0, 0), size), colours.background);
        return;
    }
    const UnrolledGeometry geometry(shapeOf(frame().trace()), size, m_camera);
    UnrolledPainter(painter, frame(), geometry, colours, hover).paint();
}

void UnrolledView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintWith(painter, size(), m_hover);
    if (!frame().empty())
        paintHint(painter);
    if (m_focusShown) {
        painter.setPen(QPen(paletteFor(palette()).forward, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

/// How to see more, where not everything is shown.
void UnrolledView::paintHint(QPainter& painter)
{
    const UnrolledGeometry geometry = geometryNow();
    if (geometry.detail() == StepDetail::Numbers && geometry.camera().zoom <= 1)
        return;
    const QRectF legend = geometry.legendRect();
    QFont small(font());
    small.setPixelSize(std::max(5, qRound(legend.height() / 2)));
    painter.setFont(small);
    painter.setPen(paletteFor(palette()).muted);
    const QString words = geometry.camera().zoom <= 1 ? tr("scroll to zoom in")
                                                      : tr("scroll to zoom, drag to move, 0 fits all");
    // What the legend takes of its line, see UnrolledPainter::paintLegend().
    const double taken = (ghostOf(frame()) ? 620 : 450) * legend.height() / 20;
    if (taken + painter.fontMetrics().horizontalAdvance(words) < legend.width())
        painter.drawText(legend.adjusted(0, 0, -0.5 * legend.height(), 0), Qt::AlignRight | Qt::AlignVCenter,
                         words);
}

void UnrolledView::frameChanged()
{
    update();
    const int time = frame().empty() ? 0 : frame().time();
    if (time == m_time)
        return;
    m_time = time;
    // The step at work is kept in sight, unless the user is just moving the picture.
    if (time > 0 && m_camera.zoom > 1 && !m_dragging)
        m_camera = geometryNow().showing(time);
}

void UnrolledView::setCamera(const UnrolledCamera& camera)
{
    if (camera == m_camera)
        return;
    m_camera = camera;
    update();
}

void UnrolledView::zoomBy(double factor)
{
    if (frame().empty())
        return;
    const UnrolledGeometry geometry = geometryNow();
    QPointF around(geometry.viewport().center());
    const int t = frame().time();
    if (t >= geometry.firstVisible() && t <= geometry.lastVisible())
        around.setX(geometry.column(t).center().x());
    setCamera(geometry.zoomed(factor, around));
}

void UnrolledView::zoomIn()
{
    zoomBy(keyZoom);
}

void UnrolledView::zoomOut()
{
    zoomBy(1 / keyZoom);
}

void UnrolledView::fit()
{
    setCamera({});
}

/// The frame of the focus is for those who came by the keyboard.
void UnrolledView::focusInEvent(QFocusEvent* event)
{
    m_focusShown = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason ||
                   event->reason() == Qt::ShortcutFocusReason;
    View::focusInEvent(event);
}

void UnrolledView::focusOutEvent(QFocusEvent* event)
{
    m_focusShown = false;
    View::focusOutEvent(event);
}

bool UnrolledView::event(QEvent* event)
{
    if (event->type() == QEvent::NativeGesture) {
        auto* gesture = static_cast<QNativeGestureEvent*>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture && !frame().empty()) {
            setCamera(geometryNow().zoomed(1 + gesture->value(), gesture->position()));
            return true;
        }
    }
    return View::event(event);
}

void UnrolledView::wheelEvent(QWheelEvent* event)
{
    if (frame().empty())
        return;
    const QPoint turned = event->angleDelta();
    const UnrolledGeometry geometry = geometryNow();
    if (event->modifiers() & Qt::ShiftModifier || std::abs(turned.x()) > std::abs(turned.y())) {
        const double by =
            turned.y() != 0 && std::abs(turned.y()) > std::abs(turned.x()) ? turned.y() : turned.x();
        setCamera(geometry.panned({by, 0}));
    } else {
        setCamera(geometry.zoomed(std::pow(1.0015, turned.y()), event->position()));
    }
    event->accept();
    hoverAt(event->position(), event->globalPosition().toPoint());
}

void UnrolledView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = m_dragged = event->position();
    m_dragging = false;
}

void UnrolledView::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton)) {
        hoverAt(event->position(), event->globalPosition().toPoint());
        return;
    }
    if (!m_dragging && (event->position() - m_pressed).manhattanLength() < QApplication::startDragDistance())
        return;
    if (!m_dragging && m_camera.zoom > 1)
        setCursor(Qt::ClosedHandCursor);
    m_dragging = true;
    setCamera(geometryNow().panned(event->position() - m_dragged));
    m_dragged = event->position();
}

void UnrolledView::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    if (!m_dragging)
        click(event->position());
    m_dragging = false;
    hoverAt(event->position(), event->globalPosition().toPoint());
}

void UnrolledView::leaveEvent(QEvent*)
{
    if (m_hover.item != Item::None) {
        m_hover = {};
        update();
    }
}

void UnrolledView::hoverAt(const QPointF& point, const QPoint& onScreen)
{
    if (frame().empty())
        return;
    const UnrolledGeometry geometry = geometryNow();
    const UnrolledHit hit = geometry.hit(point);
    const bool picks = hit.item == Item::Cell || hit.item == Item::Hidden || hit.item == Item::CellState ||
                       (geometry.detail() == StepDetail::Strip && hit.t > 0);
    setCursor(picks ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (hit != m_hover) {
        m_hover = hit;
        update();
    }
    showWords(onScreen, unrolledTooltip(frame(), geometry, hit));
}

/// A cell opens, and the cursor goes to its step; elsewhere in a step only the cursor moves.
void UnrolledView::click(const QPointF& point)
{
    if (frame().empty())
        return;
    const UnrolledGeometry geometry = geometryNow();
    const UnrolledHit hit = geometry.hit(point);
    if (hit.t < 1)
        return;
    const bool cell = hit.item == Item::Cell || hit.item == Item::Hidden || hit.item == Item::CellState;
    if (cell)
        emit cellRequested(hit.t, hit.layer);
    const bool strip = geometry.detail() == StepDetail::Strip;
    const bool inTime = hit.item == Item::Loss || hit.item == Item::Answer || hit.item == Item::Output ||
                        hit.item == Item::Input || hit.item == Item::Gradient;
    if (!cell && !strip && !inTime)
        return;
    // In the backward pass, and on a gradient, the step's backward tick is meant.
    const bool back = hit.item == Item::Gradient || frame().phase() == Phase::Backward;
    requestStep(back ? Phase::Backward : Phase::Forward, hit.t);
}

/// A connection can be cut, a loss silenced; a cell stands for both its connections and its loss.
std::vector<unrolled::Intervention> UnrolledView::changesOf(const UnrolledHit& hit) const
{
    const unrolled::IterationTrace& trace = frame().trace();
    std::vector<unrolled::Intervention> changes;
    const auto scale = [&](int t) {
        changes.push_back(radiusOf(
            trace, trace.parameter(unrolled::ParameterRole::RecurrentWeight, hit.layer, trace.bankAt(t))));
    };
    switch (hit.item) {
    case Item::Loss:
    case Item::Answer:
    case Item::Output:
    case Item::OutputWeight:
        if (hit.t > 0)
            return silenceOf(trace, hit.t);
        break;
    case Item::RecurrentWeight:
        scale(hit.t > 0 ? hit.t : 1);
        if (hit.t == 0 && trace.bankAt(1) != trace.bankAt(trace.steps()))
            scale(trace.steps()); // one badge stands for the encoder's weights and the decoder's
        [[fallthrough]];
    case Item::Recurrence:
        if (hit.t > 0) {
            const auto cut = cutOf(trace, hit.layer, hit.t - 1);
            changes.insert(changes.end(), cut.begin(), cut.end());
        }
        break;
    case Item::InitialState:
        return cutOf(trace, hit.layer, 0);
    case Item::Cell:
    case Item::CellState:
    case Item::Hidden:
    case Item::Gradient:
        return changesOfStep(trace, hit.layer, hit.t);
    case Item::None:
    case Item::InputWeight:
    case Item::Input:
        break;
    }
    return changes;
}

std::vector<unrolled::Intervention> UnrolledView::changesAt(const QPoint& place) const
{
    if (frame().empty())
        return {};
    return changesOf(geometryNow().hit(place));
}

int UnrolledView::cursorStep() const
{
    return frame().time() > 0 ? frame().time() : frame().ticks.steps();
}

std::vector<unrolled::Intervention> UnrolledView::changesAtCursor() const
{
    if (frame().empty())
        return {};
    return changesOf({Item::Cell, cursorStep(), static_cast<int>(frame().trace().layers.size()) - 1, -1});
}

QPoint UnrolledView::cursorPlace() const
{
    if (frame().empty())
        return rect().center();
    const int top = static_cast<int>(frame().trace().layers.size()) - 1;
    const QPoint place = geometryNow().cellRect(cursorStep(), top).center().toPoint();
    return rect().contains(place) ? place : rect().center();
}

void UnrolledView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomIn();
        return;
    case Qt::Key_Minus:
    case Qt::Key_Underscore:
        zoomOut();
        return;
    case Qt::Key_0:
        fit();
        return;
    default:
        View::keyPressEvent(event);
    }
}

} // namespace ui
