#include "ui/views/norm_plot.h"

#include "ui/paint/number_format.h"
#include "ui/paint/time_axis.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <qcustomplot.h>

#include "ui/views/plot_tickers.h"

#include <cmath>

namespace ui {

using unrolled::Phase;

NormPlot::NormPlot(QWidget* parent)
    : PlotPane(parent), m_rect(new QCPAxisRect(plot())), m_steps(new QCPAxisTickerText),
      m_decades(new DecadeTicker(std::pow(10.0, floorExponent), std::pow(10.0, ceilingExponent)))
{
    plot()->plotLayout()->addElement(0, 0, m_rect); // before its items, which look for it
    m_floor = new QCPItemLine(plot());
    m_now = new QCPItemLine(plot());
    m_rect->setupFullAxesBox(true);
    m_x = m_rect->axis(QCPAxis::atBottom);
    m_y = m_rect->axis(QCPAxis::atLeft);
    m_y->setScaleType(QCPAxis::stLogarithmic);
    m_y->setTicker(QSharedPointer<QCPAxisTicker>(m_decades));
    m_x->setTicker(QSharedPointer<QCPAxisTicker>(m_steps));
    m_now->setLayer(liveLayer());
    for (QCPItemLine* line : {m_floor, m_now}) {
        line->start->setAxes(m_x, m_y);
        line->end->setAxes(m_x, m_y);
        line->setClipToAxisRect(true);
        line->setClipAxisRect(m_rect);
    }
    for (QCPAxis* axis : {m_y, m_rect->axis(QCPAxis::atRight)})
        axis->setRange(std::pow(10.0, floorExponent - 1.7), std::pow(10.0, ceilingExponent + 0.9));
}

double NormPlot::lowestExponent() const
{
    return std::log10(m_y->range().lower);
}

double NormPlot::highestExponent() const
{
    return std::log10(m_y->range().upper);
}

int NormPlot::timeAt(const QPointF& position) const
{
    if (frame().empty() || !m_rect->rect().contains(inPlot(position).toPoint()))
        return 0;
    const double t = m_x->pixelToCoord(inPlot(position).x());
    return std::clamp(static_cast<int>(std::lround(t)), 1, frame().ticks.steps());
}

double NormPlot::xOf(int t) const
{
    return m_x->coordToPixel(t) + body().left();
}

std::vector<int> NormPlot::stepsWithNumber() const
{
    std::vector<int> result;
    result.reserve(static_cast<std::size_t>(m_steps->ticks().size()));
    for (const double t : m_steps->ticks().keys())
        result.push_back(static_cast<int>(t));
    return result;
}

void NormPlot::setSteps(int steps, double pad, double width)
{
    for (QCPAxis* axis : {m_x, m_rect->axis(QCPAxis::atTop)})
        axis->setRange(1 - pad, steps + pad);
    const double column = width / (steps - 1 + 2 * pad);
    m_steps->clear();
    for (const int t : labelledSteps({0, column * steps, steps}, smallFont()))
        m_steps->addTick(t, count(t));
    const double floor = std::pow(10.0, floorExponent);
    m_floor->start->setCoords(1 - pad, floor);
    m_floor->end->setCoords(steps + pad, floor);
}

void NormPlot::updateLive()
{
    m_now->setVisible(!frame().empty() && frame().time() >= 1);
    if (!m_now->visible())
        return;
    const bool backward = frame().phase() == Phase::Backward;
    m_now->setPen(QPen(backward ? colors().backward : colors().forward, 1));
    m_now->start->setCoords(frame().time(), m_y->range().lower);
    m_now->end->setCoords(frame().time(), m_y->range().upper);
}

void NormPlot::restyle()
{
    styleRect(m_rect);
    m_floor->setPen(QPen(colors().muted, 1, Qt::DashLine));
}

bool NormPlot::ownsKey(const QKeyEvent& key) const
{
    return movesCursor(key, Qt::Horizontal);
}

void NormPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        requestStep(Phase::Backward, timeAt(event->position()));
    else
        PlotPane::mousePressEvent(event);
}

void NormPlot::mouseMoveEvent(QMouseEvent* event)
{
    const int t = timeAt(event->position());
    setCursor(t > 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (event->buttons().testFlag(Qt::LeftButton))
        requestStep(Phase::Backward, t);
    showWords(event->globalPosition().toPoint() + QPoint(8, 8), t > 0 ? textAt(t) : QString());
}

void NormPlot::leaveEvent(QEvent* event)
{
    showWords({}, {});
    PlotPane::leaveEvent(event);
}

void NormPlot::keyPressEvent(QKeyEvent* event)
{
    if (frame().empty() || !ownsKey(*event))
        return PlotPane::keyPressEvent(event);
    const int t = frame().time();
    const int step = event->key() == Qt::Key_Left ? -1 : 1;
    requestStep(Phase::Backward, t == 0 ? frame().ticks.steps() : t + step);
}

} // namespace ui
