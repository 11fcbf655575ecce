#include "ui/panels/timeline_bar.h"

#include "ui/paint/number_format.h"
#include "ui/paint/style.h"

#include <QGridLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QPainter>
#include <QSpinBox>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <limits>

namespace ui {

using unrolled::Phase;
using unrolled::Position;

namespace {

int clampedInt(std::int64_t value)
{
    return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
}

/// Whole notches of a wheel; keeps the rest for the next event. Up and left are back, down and right are on.
int notches(QWheelEvent* event, int& rest)
{
    const QPoint delta = event->angleDelta();
    rest += std::abs(delta.y()) >= std::abs(delta.x()) ? delta.y() : delta.x();
    const int whole = rest / 120;
    rest -= whole * 120;
    return -whole;
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
    for (const int tick : strip.labelled(room)) {
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

TimelineBar::TimelineBar(QWidget* parent)
    : QWidget(parent), m_number(new QSpinBox(this)), m_end(new QLabel(this)), m_tick(new QLabel(this)),
      m_iterations(new IterationSlider(this)), m_ticks(new TickSlider(this))
{
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setHorizontalSpacing(10);
    layout->setVerticalSpacing(4);
    auto* word = new QLabel(tr("Iteration"), this);
    QFont strong = font();
    strong.setBold(true);
    word->setFont(strong);
    m_tick->setFont(strong);
    m_tick->setMinimumWidth(QFontMetrics(strong).horizontalAdvance(tr("Backward, step %1").arg(500)) + 4);
    m_tick->setTextFormat(Qt::PlainText);
    m_number->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_number->setKeyboardTracking(false);
    m_number->setAlignment(Qt::AlignRight);
    m_number->setFocusPolicy(Qt::StrongFocus);
    m_number->setFixedWidth(QFontMetrics(font()).horizontalAdvance(QStringLiteral("00,000,000")) + 14);
    m_number->setAccessibleName(tr("Iteration number"));
    m_number->setToolTip(tr("The iteration on show: type a number to go there"));
    word->setBuddy(m_number);
    layout->addWidget(word, 0, 0);
    layout->addWidget(m_number, 0, 1);
    layout->addWidget(m_iterations, 0, 2);
    layout->addWidget(m_end, 0, 3);
    layout->addWidget(m_tick, 1, 0, 1, 2);
    layout->addWidget(m_ticks, 1, 2, 1, 2);
    m_tick->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_tick->setContentsMargins(0, 4, 0, 0);
    m_end->setToolTip(tr("Iterations planned, or trained where that is more"));
    layout->setColumnStretch(2, 1);

    connect(m_iterations, &IterationSlider::iterationRequested, this, &TimelineBar::goTo);
    connect(m_number, &QSpinBox::valueChanged, this,
            [this](int value) { goTo(std::min<std::int64_t>(value, m_last)); });
    connect(m_number, &QSpinBox::editingFinished, this, [this] {
        m_number->clearFocus();
        showNumber();
    });
    // Any number can be typed; what lies beyond the end goes to the end.
    m_number->setRange(0, std::numeric_limits<int>::max());
    connect(m_ticks, &TickSlider::positionRequested, this, &TimelineBar::positionRequested);
    setRange(0, 300);
}

void TimelineBar::goTo(std::int64_t iteration)
{
    Position wanted = m_position;
    wanted.iteration = iteration;
    if (wanted != m_position)
        emit positionRequested(wanted);
}

void TimelineBar::setRange(std::int64_t frontier, std::int64_t planned)
{
    const std::int64_t end = std::max(frontier, planned);
    m_iterations->setRange(frontier, end);
    m_last = end;
    showNumber();
    m_end->setText(count(end));
    m_end->setAccessibleName(tr("of %1 iterations").arg(count(end)));
}

void TimelineBar::showNumber()
{
    if (m_number->hasFocus())
        return; // it is being typed
    const QSignalBlocker blocker(m_number);
    m_number->setValue(clampedInt(m_position.iteration));
}

void TimelineBar::setFrame(const Frame& frame)
{
    m_position = frame.position;
    m_layout = frame.ticks;
    m_iterations->setIteration(m_position.iteration);
    m_ticks->setFrame(frame);
    showNumber();
    const Palette& colors = paletteFor(palette());
    QColor color = colors.muted;
    QString text;
    switch (m_layout.phase(m_position.tick)) {
    case Phase::Forward:
        color = colors.forward;
        text = tr("Forward, step %1").arg(m_layout.time(m_position.tick));
        break;
    case Phase::Loss:
        text = tr("Loss");
        break;
    case Phase::Backward:
        color = colors.backward;
        text = tr("Backward, step %1").arg(m_layout.time(m_position.tick));
        break;
    case Phase::Update:
        text = tr("Update");
        break;
    }
    QPalette ink = m_tick->palette();
    if (ink.color(QPalette::WindowText) != color) {
        ink.setColor(QPalette::WindowText, color);
        m_tick->setPalette(ink);
    }
    m_tick->setText(text);
    m_tick->setToolTip(tr("Tick %1 of %2 in this iteration").arg(m_position.tick + 1).arg(m_layout.ticks()));
}

} // namespace ui
