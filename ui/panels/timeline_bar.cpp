#include "ui/panels/timeline_bar.h"

#include "ui/paint/number_format.h"
#include "ui/paint/style.h"

#include <QGridLayout>
#include <QLabel>
#include <QSpinBox>

#include <algorithm>
#include <limits>

namespace ui {

using unrolled::Phase;
using unrolled::Position;

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
    m_number->setValue(static_cast<int>(std::min<std::int64_t>(m_position.iteration, m_number->maximum())));
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
