#include "ui/views/curve_view.h"

#include "ui/paint/lane_look.h"
#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <QTimer>
#include <QToolButton>
#include <qcustomplot.h>

#include "ui/views/curve_view_parts.h"

#include <cmath>

namespace ui {

namespace {

constexpr double mostExact = 4096;

} // namespace

CurveView::CurveView(QWidget* parent)
    : PlotPane(parent), m_parts(std::make_unique<Parts>()), m_ask(new QTimer(this)),
      m_log(new QToolButton(this)), m_time(new QToolButton(this))
{
    setAccessibleName(CurveView::title());
    auto* margins = new QCPMarginGroup(plot());
    for (int i = 0; i < 2; ++i) {
        Panel& panel = m_parts->panels[i];
        panel.rect = new QCPAxisRect(plot());
        panel.rect->setupFullAxesBox(true);
        panel.rect->setMarginGroup(QCP::msLeft | QCP::msRight, margins);
        plot()->plotLayout()->addElement(i, 0, panel.rect);
        panel.x = panel.rect->axis(QCPAxis::atBottom);
        panel.y = panel.rect->axis(QCPAxis::atLeft);
        panel.x->setTicker(m_parts->iterations);
        panel.y->setTicker(panel.numbers);
        panel.name = new QCPItemText(plot());
        panel.name->setClipToAxisRect(false);
        panel.name->position->setAxisRect(panel.rect);
        panel.name->position->setType(QCPItemPosition::ptAxisRectRatio);
        panel.name->position->setCoords(1, 0);
        panel.name->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
        panel.name->setPadding({4, 2, 5, 0});
        panel.now = new QCPItemLine(plot());
        panel.now->setLayer(liveLayer());
        panel.name->setLayer(liveLayer()); // over the line, to be read
        panel.planned = new QCPItemLine(plot());
        for (QCPItemLine* line : {panel.now, panel.planned}) {
            line->setClipAxisRect(panel.rect);
            for (QCPItemPosition* position : {line->start, line->end}) {
                position->setAxes(panel.x, panel.y);
                position->setAxisRect(panel.rect);
                position->setTypeX(QCPItemPosition::ptPlotCoords);
                position->setTypeY(QCPItemPosition::ptAxisRectRatio);
            }
        }
    }
    m_parts->panels[Loss].x->setTickLabels(false);
    m_parts->panels[GradientNorm].x->setLabel(tr("iteration"));
    plot()->plotLayout()->setRowSpacing(5);
    plot()->plotLayout()->setRowStretchFactor(0, 1.25);

    m_log->setText(tr("log"));
    m_log->setObjectName(QStringLiteral("logarithmic"));
    m_log->setToolTip(tr("Logarithmic axes"));
    m_log->setAccessibleName(tr("Logarithmic axes"));
    m_log->setCheckable(true);
    connect(m_log, &QToolButton::toggled, this, &CurveView::setLogarithmic);
    addSwitch(m_log);
    m_time->setText(tr("by time"));
    m_time->setObjectName(QStringLiteral("byTime"));
    m_time->setToolTip(
        tr("Against the seconds of computing, as measured on this machine, instead of iterations"));
    m_time->setAccessibleName(tr("Against computing time"));
    m_time->setCheckable(true);
    m_time->hide();
    connect(m_time, &QToolButton::toggled, this, [this] {
        m_first = m_last = 0;
        refresh();
    });
    addSwitch(m_time);

    m_ask->setSingleShot(true);
    m_ask->setInterval(150);
    connect(m_ask, &QTimer::timeout, this, &CurveView::askForExact);
    restyle();
}

CurveView::~CurveView() = default;

QString CurveView::title() const
{
    return tr("Loss and gradient norm");
}

QColor CurveView::colorOf(Quantity quantity, std::size_t lane) const
{
    if (frame().lanes.size() > 1)
        return colors().series[laneLooks(frame())[lane]];
    return quantity == Loss ? colors().text : colors().backward;
}

void CurveView::standAs(const View& other)
{
    PlotPane::standAs(other);
    const auto& like = static_cast<const CurveView&>(other);
    m_first = like.m_first;
    m_last = like.m_last;
    m_exact = like.m_exact;
    m_run = like.m_run;
}

void CurveView::setLogarithmic(bool logarithmic)
{
    if (logarithmic == m_logarithmic)
        return;
    m_logarithmic = logarithmic;
    m_log->setChecked(logarithmic);
    refresh();
    emit logarithmicChanged(logarithmic);
}

void CurveView::restyle()
{
    const Palette& palette = colors();
    for (Panel& panel : m_parts->panels) {
        styleRect(panel.rect);
        panel.name->setFont(smallFont());
        panel.name->setBrush(QBrush(palette.background));
        panel.planned->setPen(QPen(palette.faint, 1, Qt::DashLine));
        panel.now->setPen(QPen(palette.forward, 1.4));
    }
    m_drawn.clear();
    refresh();
}

bool CurveView::hasTimes() const
{
    return !m_time->isHidden();
}

void CurveView::setByTime(bool byTime)
{
    m_time->setChecked(byTime);
}

bool CurveView::byTime() const
{
    return m_time->isChecked() && hasTimes();
}

std::vector<const Lane*> CurveView::curves() const
{
    std::vector<const Lane*> all;
    for (const Lane& lane : frame().lanes)
        all.push_back(&lane);
    for (const Lane& ghost : frame().ghosts)
        all.push_back(&ghost);
    return all;
}

CurveView::TimeUnit CurveView::timeUnit() const
{
    double seconds = 0;
    for (const Lane* lane : curves())
        seconds = std::max(seconds, static_cast<double>(lane->frontier) * lane->secondsPerUpdate);
    if (seconds >= 1 || seconds == 0)
        return {1, tr("seconds of computing on this machine")};
    return seconds >= 1e-3 ? TimeUnit{1e-3, tr("milliseconds of computing on this machine")}
                           : TimeUnit{1e-6, tr("microseconds of computing on this machine")};
}

double CurveView::unit(const Lane& lane) const
{
    return byTime() ? lane.secondsPerUpdate / timeUnit().seconds : 1;
}

double CurveView::end() const
{
    double last = 0;
    for (const Lane* lane : curves()) {
        const std::int64_t updates = byTime() ? lane->frontier : std::max(lane->frontier, lane->planned);
        last = std::max(last, static_cast<double>(updates) * unit(*lane));
    }
    return last > 0 ? last : 1;
}

double CurveView::firstShown() const
{
    return zoomed() ? m_first : 0;
}

double CurveView::lastShown() const
{
    return zoomed() ? m_last : end();
}

bool CurveView::thinned() const
{
    return !frame().empty() && frame().lanes.front().curve && frame().lanes.front().curve->stride() > 1;
}

bool CurveView::exactCovers(double first, double last) const
{
    if (byTime() || m_exact.empty() || frame().empty() || m_run.lock() != frame().lanes.front().first)
        return false;
    const double frontier = static_cast<double>(frame().lanes.front().frontier - 1);
    return static_cast<double>(m_exact.front().iteration) <= std::ceil(first) &&
           static_cast<double>(m_exact.back().iteration) >= std::min(std::floor(last), frontier);
}

void CurveView::setExact(std::vector<unrolled::IterationSummary> exact)
{
    m_exact = std::move(exact);
    m_run = frame().empty() ? nullptr : frame().lanes.front().first;
    refresh();
    update(); // the legend tells whether curves are thinned
}

void CurveView::askForExact()
{
    if (byTime() || !thinned() || !zoomed() || m_last - m_first > mostExact || exactCovers(m_first, m_last))
        return;
    // A little more than is in sight, so that a short pan needs no new replay.
    const double margin = std::min(0.25 * (m_last - m_first), 512.0);
    const auto frontier = frame().lanes.front().frontier;
    const auto first = std::max<qint64>(0, static_cast<qint64>(std::floor(m_first - margin)));
    const auto last = std::min<qint64>(frontier - 1, static_cast<qint64>(std::ceil(m_last + margin)));
    if (first <= last)
        emit exactRangeRequested(first, last);
}

void CurveView::zoomTo(double first, double last)
{
    const double whole = end();
    const double width = std::clamp(last - first, std::min(fewest(), whole), whole);
    const double middle = (first + last) / 2;
    first = std::clamp(middle - width / 2, 0.0, whole - width);
    if (width >= whole * (1 - 1e-9))
        return showAll();
    m_first = first;
    m_last = first + width;
    refresh();
    m_ask->start();
}

void CurveView::showAll()
{
    m_first = m_last = 0;
    refresh();
}

void CurveView::rebuild(const QSize& size)
{
    const QFontMetricsF metrics(smallFont());
    Parts& parts = *m_parts;
    const double from = firstShown();
    const double to = lastShown();
    const double width = std::max(40.0, size.width() - 70.0);
    parts.iterations->setRoom(width, metrics.horizontalAdvance(count(static_cast<long long>(to))) + 22);
    const double line = metrics.height();
    const double height = std::max(20.0, (size.height() - 2.6 * line - 20) / 2.25);
    // QCustomPlot leaves a label out that would not fit the frame.
    const int rightMargin =
        std::max(10, static_cast<int>(metrics.horizontalAdvance(count(static_cast<long long>(to))) / 2) + 4);
    const std::int64_t planned = frame().empty() ? 0 : frame().lanes.front().planned;
    for (int i = 0; i < 2; ++i) {
        Panel& panel = parts.panels[i];
        fillPanel(panel, static_cast<Quantity>(i));
        panel.rect->setMinimumMargins({2, 3, rightMargin, 2});
        const double pad = 0.006 * (to - from);
        panel.x->setRange(from - pad, to + pad);
        panel.rect->axis(QCPAxis::atTop)->setRange(from - pad, to + pad);
        const double own = i == 0 ? 1.25 * height : height;
        panel.numbers->setTickCount(std::clamp(static_cast<int>(own / (2 * line)), 2, 5));
        panel.decades->setRoom(own, 1.2 * line);
        const auto at = static_cast<double>(planned);
        panel.planned->setVisible(!byTime() && planned > 0 && at >= from && at < 0.999 * end() && at <= to);
        panel.planned->start->setCoords(at, 0);
        panel.planned->end->setCoords(at, 1);
    }
    for (Panel& panel : parts.panels)
        panel.x->setTicker(byTime() ? QSharedPointer<QCPAxisTicker>(parts.seconds)
                                    : QSharedPointer<QCPAxisTicker>(parts.iterations));
    parts.seconds->setTickCount(std::max(2, static_cast<int>(width / 90)));
    const QString label = byTime()      ? timeUnit().words
                          : planned > 0 ? tr("iteration (%1 planned)").arg(count(planned))
                                        : tr("iteration");
    parts.panels[GradientNorm].x->setLabel(label);
}

void CurveView::updateLive()
{
    const double from = firstShown();
    const double to = lastShown();
    const auto iteration = frame().empty() ? -1.0 : static_cast<double>(frame().position.iteration);
    for (int i = 0; i < 2; ++i) {
        Panel& panel = m_parts->panels[i];
        const auto quantity = static_cast<Quantity>(i);
        const QString name = quantity == Loss ? tr("loss") : tr("gradient norm");
        panel.now->setVisible(!byTime() && iteration >= from && iteration <= to);
        panel.now->start->setCoords(iteration, 0);
        panel.now->end->setCoords(iteration, 1);
        for (QCPGraph* dot : panel.dots)
            dot->data()->clear();
        panel.name->setColor(colorOf(quantity, 0));
        if (frame().lanes.size() > 1)
            panel.name->setColor(colors().text);
        panel.name->setText(name);
        if (frame().empty())
            continue;
        for (std::size_t k = 0; k < frame().lanes.size() && k < panel.dots.size(); ++k) {
            const auto& trace = frame().lanes[k].trace;
            if (!trace || !hasCaughtUp(frame(), frame().lanes[k]))
                continue;
            const double y = quantity == Loss ? trace->loss : trace->gradientNorm;
            if (k == 0 && frame().lanes.size() == 1)
                panel.name->setText(QStringLiteral("%1 %2").arg(
                    name, quantity == Loss && y >= 0.01 ? plainNumber(y, 3) : norm(y)));
            const double at = iteration * unit(frame().lanes[k]);
            if (at < from || at > to || !panel.y->range().contains(y))
                continue;
            const QColor color = colorOf(quantity, k);
            panel.dots[k]->setScatterStyle(
                {QCPScatterStyle::ssCircle, QPen(colors().background, 1), QBrush(color), 7});
            panel.dots[k]->addData(at, y);
        }
    }
}

void CurveView::frameChanged()
{
    std::vector<std::int64_t> drawn;
    const auto timed = [](const Lane& lane) { return lane.secondsPerUpdate > 0; };
    m_time->setHidden(frame().lanes.size() < 2 ||
                      !std::all_of(frame().lanes.begin(), frame().lanes.end(), timed));
    drawn.push_back(byTime());
    for (const Lane* each : curves()) {
        const Lane& lane = *each;
        drawn.push_back(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(lane.curve.get())));
        drawn.push_back(lane.curve ? lane.curve->size() : 0);
        drawn.push_back(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(lane.first.get())));
        drawn.push_back(lane.planned);
        drawn.push_back(lane.frontier);
        // The iteration on show may lie beyond the curve and widen the axis.
        if (!lane.curve || frame().position.iteration >= lane.curve->size())
            drawn.push_back(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(lane.trace.get())));
    }
    const bool same = drawn == m_drawn;
    m_drawn = std::move(drawn);
    if (zoomed() && m_last > end())
        m_first = m_last = 0;
    PlotPane::frameChanged();
    if (same)
        refreshLive();
    else
        refresh();
}

std::int64_t CurveView::iterationAt(const QPointF& position) const
{
    const QPointF at = inPlot(position);
    const QRect upper = m_parts->panels[Loss].rect->rect();
    const QRect lower = m_parts->panels[GradientNorm].rect->rect();
    if (frame().empty() || at.y() < upper.top() || at.y() > lower.bottom() + 20 ||
        at.x() < upper.left() - 4 || at.x() > upper.right() + 4)
        return -1;
    return std::clamp<std::int64_t>(std::llround(axisAt(position) / unit(frame().lane())), 0,
                                    frame().lanes.front().frontier);
}

double CurveView::axisAt(const QPointF& position) const
{
    return m_parts->panels[Loss].x->pixelToCoord(inPlot(position).x());
}

double CurveView::xOf(double iteration) const
{
    return m_parts->panels[Loss].x->coordToPixel(iteration * (frame().empty() ? 1 : unit(frame().lane()))) +
           body().left();
}

void CurveView::goTo(const QPointF& position)
{
    const std::int64_t iteration = iterationAt(position);
    if (iteration < 0 || iteration == frame().position.iteration)
        return;
    unrolled::Position target = frame().position;
    target.iteration = iteration;
    emit positionRequested(target);
}

QString CurveView::describe() const
{
    if (frame().empty())
        return tr("%1: nothing computed yet.").arg(title());
    QStringList lines;
    for (const Lane& lane : frame().lanes) {
        const QString who = frame().lanes.size() > 1 ? lane.name + QStringLiteral(": ") : QString();
        lines << who + tr("Iteration %1 of %2 trained, %3 planned: loss %4, gradient norm %5.")
                           .arg(count(frame().position.iteration), count(lane.frontier), count(lane.planned),
                                norm(lane.trace ? lane.trace->loss : 0),
                                norm(lane.trace ? lane.trace->gradientNorm : 0));
        if (lane.curve && !lane.curve->stretches().empty()) {
            const auto& stretches = lane.curve->stretches();
            lines << who + tr("The loss went from %1 to %2.")
                               .arg(norm(stretches.front().loss.high), norm(stretches.back().loss.low));
        }
    }
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
