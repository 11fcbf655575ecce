#include "ui/panels/tick_slider.h"

#include "ui/paint/number_format.h"
#include "ui/paint/style.h"
#include "ui/panels/wheel.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace ui {

using unrolled::Phase;
using unrolled::Position;

QString TickSlider::tickName(const unrolled::TickLayout& layout, int tick)
{
    switch (layout.phase(tick)) {
    case Phase::Forward:
        return tr("Forward, step %1 of %2").arg(layout.time(tick)).arg(layout.steps());
    case Phase::Loss:
        return tr("Loss");
    case Phase::Backward:
        return tr("Backward, step %1 of %2").arg(layout.time(tick)).arg(layout.steps());
    case Phase::Update:
        break;
    }
    return tr("Update of the weights");
}

TickSlider::TickSlider(QWidget* parent) : QAbstractSlider(parent)
{
    setOrientation(Qt::Horizontal);
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Place within the iteration"));
    connect(this, &QAbstractSlider::valueChanged, this, [this](int value) { request(value); });
}

void TickSlider::setFrame(const Frame& frame)
{
    m_layout = frame.ticks;
    m_position = frame.position;
    m_ready = true;
    {
        const QSignalBlocker blocker(this);
        QAbstractSlider::setRange(0, m_layout.ticks() - 1);
        setPageStep(std::max(1, m_layout.steps()));
        setValue(m_position.tick);
    }
    update();
}

TickStrip TickSlider::strip() const
{
    return {m_layout.steps(), QRectF(2, 1, width() - 4, 22)};
}

std::vector<QPointF> TickSlider::dots() const
{
    if (!m_ready || m_layout.partsPerIteration() == 0)
        return {};
    return partDots(strip().cell(m_position.tick), rect(),
                    static_cast<int>(m_layout.parts(m_position.tick).size()), height() - 5.5);
}

void TickSlider::request(int tick)
{
    if (!m_ready || tick < 0 || tick >= m_layout.ticks())
        return;
    const Position wanted = m_layout.endOfTick(m_position.iteration, tick);
    if (wanted != m_position)
        emit positionRequested(wanted);
}

void TickSlider::paintPhase(QPainter& painter, const TickStrip& strip, Phase phase) const
{
    const Palette& colors = paletteFor(palette());
    const bool pass = phase == Phase::Forward || phase == Phase::Backward;
    const QColor accent = phase == Phase::Forward    ? colors.forward
                          : phase == Phase::Backward ? colors.backward
                                                     : colors.muted;
    // Done is filled stronger than what is to come; the present one is lit.
    const QColor ahead = mixed(colors.panel, accent, 0.13);
    const QColor done = mixed(colors.panel, accent, 0.36);
    const int first = m_layout.tickOf(phase, phase == Phase::Backward ? m_layout.steps() : 1);
    const int last = pass ? first + m_layout.steps() - 1 : first;
    const int now = m_position.tick;
    painter.setPen(Qt::NoPen);
    if (strip.segmented() || !pass) {
        for (int tick = first; tick <= last; ++tick) {
            const QRectF segment = strip.segment(tick);
            const double radius = std::min(3.0, segment.width() / 3);
            QColor fill = tick == now ? accent : tick < now ? done : ahead;
            if (tick == m_hover && tick != now)
                fill = mixed(fill, accent, 0.25);
            painter.setBrush(fill);
            painter.drawRoundedRect(segment, radius, radius);
        }
        return;
    }
    const QRectF block = strip.block(phase);
    painter.setBrush(ahead);
    painter.drawRoundedRect(block, 3, 3);
    if (now >= first) {
        QRectF past = block;
        past.setRight(now > last ? block.right() : strip.cell(now).right());
        painter.setBrush(done);
        painter.drawRoundedRect(past, 3, 3);
    }
    if (now >= first && now <= last) {
        const QRectF here = strip.cell(now);
        const double width = std::max(3.0, here.width());
        painter.setBrush(accent);
        painter.drawRoundedRect(
            QRectF(here.center().x() - width / 2, here.top() - 1, width, here.height() + 2), 1.5, 1.5);
    }
}

void TickSlider::paintLabels(QPainter& painter, const TickStrip& strip) const
{
    const Palette& colors = paletteFor(palette());
    const QFontMetrics metrics(painter.font());
    const double room = metrics.horizontalAdvance(QString::number(m_layout.steps())) + 16;
    const auto label = [&](int tick, const QString& text) {
        QRectF place = strip.cell(tick);
        const bool lit = tick == m_position.tick && (strip.segmented() || m_layout.time(tick) == 0);
        const double wide = metrics.horizontalAdvance(text) + 4;
        if (place.width() < wide) { // beside its middle, but inside the phase
            const QRectF block = strip.block(m_layout.phase(tick));
            const double left = std::clamp(place.center().x() - wide / 2, block.left(),
                                           std::max(block.left(), block.right() - wide));
            place = QRectF(left, place.top(), wide, place.height());
        }
        const Phase phase = m_layout.phase(tick);
        const QColor accent = phase == Phase::Forward    ? colors.forward
                              : phase == Phase::Backward ? colors.backward
                                                         : colors.muted;
        painter.setPen(lit ? textOn(accent) : colors.text);
        painter.drawText(place, Qt::AlignCenter, text);
    };
    const std::vector<int> labelled = strip.labelled(room);
    const QString now = QString::number(m_layout.time(m_position.tick));
    if (strip.segmented() && m_layout.time(m_position.tick) > 0 &&
        std::find(labelled.begin(), labelled.end(), m_position.tick) == labelled.end() &&
        strip.cell(m_position.tick).width() >= metrics.horizontalAdvance(now))
        label(m_position.tick, now); // of all numbers the one of now is missed most
    for (const int tick : labelled) {
        // In a continuous bar the marker of the present tick must not run through a number.
        const bool close =
            !strip.segmented() && tick != m_position.tick &&
            std::abs(strip.cell(tick).center().x() - strip.cell(m_position.tick).center().x()) < room / 2;
        if (!close && (strip.segmented() || tick != m_position.tick))
            label(tick, QString::number(m_layout.time(tick)));
    }
    label(m_layout.tickOf(Phase::Loss), QStringLiteral("L"));
    label(m_layout.tickOf(Phase::Update), QStringLiteral("ΔW"));
}

void TickSlider::paintEvent(QPaintEvent*)
{
    if (!m_ready)
        return;
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const TickStrip layout = strip();
    for (const Phase phase : {Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update})
        paintPhase(painter, layout, phase);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    painter.setFont(small);
    paintLabels(painter, layout);

    const Phase phase = m_layout.phase(m_position.tick);
    const QColor accent = phase == Phase::Forward    ? colors.forward
                          : phase == Phase::Backward ? colors.backward
                                                     : colors.muted;
    const std::vector<QPointF> places = dots();
    for (std::size_t i = 0; i < places.size(); ++i) {
        const bool happened = static_cast<int>(i) <= m_position.part;
        painter.setPen(QPen(happened ? accent : mixed(colors.panel, accent, 0.55), 1));
        painter.setBrush(happened ? accent : colors.panel);
        const double radius = static_cast<int>(i) == m_position.part ? 3.2 : 2.2;
        painter.drawEllipse(places[i], radius, radius);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colors.text, 1.4));
        QRectF here = layout.segment(m_position.tick);
        if (here.width() < 5)
            here.adjust(-3, 0, 3, 0);
        painter.drawRoundedRect(here.adjusted(-0.5, -0.5, 0.5, 0.5), 3, 3);
    }
}

void TickSlider::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    if (event->position().y() > 24) {
        const int part = dotAt(dots(), event->position().x());
        if (part >= 0) {
            const Position wanted{m_position.iteration, m_position.tick, part};
            if (wanted != m_position)
                emit positionRequested(wanted);
            return;
        }
    }
    request(strip().tickAt(event->position().x()));
}

void TickSlider::mouseMoveEvent(QMouseEvent* event)
{
    const int tick = strip().tickAt(event->position().x());
    if (event->buttons() & Qt::LeftButton)
        request(tick);
    if (tick != m_hover) {
        m_hover = tick;
        update();
    }
}

void TickSlider::leaveEvent(QEvent*)
{
    m_hover = -1;
    update();
}

void TickSlider::wheelEvent(QWheelEvent* event)
{
    if (const int steps = notches(event, m_wheel))
        request(std::clamp(m_position.tick + steps, 0, m_layout.ticks() - 1));
    event->accept();
}

void TickSlider::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Up:
        return request(m_position.tick + 1);
    case Qt::Key_Down:
        return request(m_position.tick - 1);
    default:
        event->ignore();
    }
}

bool TickSlider::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && m_ready) {
        const auto* help = static_cast<QHelpEvent*>(event);
        QToolTip::showText(help->globalPos(), tickName(m_layout, strip().tickAt(help->pos().x())), this);
        return true;
    }
    return QAbstractSlider::event(event);
}

} // namespace ui
