#include "ui/views/curve_view.h"

#include "ui/paint/number_format.h"

#include <QFontMetricsF>
#include <QTimer>
#include <QToolButton>
#include <qcustomplot.h>

#include "ui/views/plot_tickers.h"

#include <cmath>
#include <limits>

namespace ui {

using unrolled::Curve;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr double mostExact = 4096;

/// Minimum and maximum at an iteration.
struct Point
{
    double x;
    double low;
    double high;
};

/// Cuts a polyline to [from, to], with new ends where it crosses them, so that nothing leaves the frame of a
/// vector file.
std::vector<Point> cut(const std::vector<Point>& points, double from, double to)
{
    std::vector<Point> result;
    const auto at = [](const Point& a, const Point& b, double x) {
        const double share = (x - a.x) / (b.x - a.x);
        return Point{x, a.low + (b.low - a.low) * share, a.high + (b.high - a.high) * share};
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Point& point = points[i];
        if (point.x < from) {
            if (i + 1 < points.size() && points[i + 1].x > from)
                result.push_back(at(point, points[i + 1], from));
        } else if (point.x > to) {
            if (i > 0 && points[i - 1].x < to)
                result.push_back(at(points[i - 1], point, to));
            break;
        } else {
            result.push_back(point);
        }
    }
    return result;
}

} // namespace

/// One of the two plots.
struct CurveView::Panel
{
    QCPAxisRect* rect = nullptr;
    QCPAxis* x = nullptr;
    QCPAxis* y = nullptr;
    QSharedPointer<NumberTicker> numbers{new NumberTicker};
    QSharedPointer<DecadeTicker> decades{new DecadeTicker(1e-300, 1e300)};
    QCPItemText* name = nullptr;
    QCPItemLine* now = nullptr;
    QCPItemLine* planned = nullptr;
    std::vector<QCPGraph*> low, high; ///< of each lane; low is filled up to high where the curve is thinned
    std::vector<QCPGraph*> dots;      ///< of each lane, at the present iteration
};

struct CurveView::Parts
{
    Panel panels[2];
    QSharedPointer<IntegerTicker> iterations{new IntegerTicker(0)};
    QSharedPointer<NumberTicker> seconds{new NumberTicker};
};

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
        panel.name->setLayer(liveLayer());
        panel.name->setClipToAxisRect(false);
        panel.name->position->setAxisRect(panel.rect);
        panel.name->position->setType(QCPItemPosition::ptAxisRectRatio);
        panel.name->position->setCoords(1, 0);
        panel.name->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
        panel.name->setPadding({4, 2, 5, 0});
        panel.now = new QCPItemLine(plot());
        panel.now->setLayer(liveLayer());
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
    m_log->setAutoRaise(true);
    connect(m_log, &QToolButton::toggled, this, &CurveView::setLogarithmic);
    addSwitch(m_log);
    m_time->setText(tr("by time"));
    m_time->setObjectName(QStringLiteral("byTime"));
    m_time->setToolTip(
        tr("Against the seconds of computing, as measured on this machine, instead of iterations"));
    m_time->setAccessibleName(tr("Against computing time"));
    m_time->setCheckable(true);
    m_time->setAutoRaise(true);
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
        return colors().series[lane % 4];
    return quantity == Loss ? colors().text : colors().backward;
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

bool CurveView::byTime() const
{
    return m_time->isChecked() && !m_time->isHidden();
}

std::vector<const Lane*> CurveView::curves() const
{
    std::vector<const Lane*> all;
    for (const Lane& lane : frame().lanes)
        all.push_back(&lane);
    if (frame().ghost)
        all.push_back(&*frame().ghost);
    return all;
}

double CurveView::unit(const Lane& lane) const
{
    return byTime() ? lane.secondsPerUpdate : 1;
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

std::vector<LegendEntry> CurveView::legend() const
{
    std::vector<LegendEntry> entries;
    const auto& lanes = frame().lanes;
    for (std::size_t i = 0; lanes.size() > 1 && i < lanes.size(); ++i) {
        LegendEntry entry;
        entry.math = lanes[i].name;
        entry.color = colorOf(Loss, i);
        entry.style = laneStyles[i % 4];
        entries.push_back(entry);
    }
    if (frame().ghost) {
        LegendEntry ghost;
        ghost.math = tr("without the changes");
        ghost.color = colors().muted;
        ghost.style = Qt::DashLine;
        ghost.width = 1.2;
        entries.push_back(ghost);
    }
    if (thinned() && !(zoomed() && exactCovers(m_first, m_last))) {
        LegendEntry band;
        band.math = tr("lowest to highest of %1").arg(count(frame().lanes.front().curve->stride()));
        band.color = lanes.size() > 1 ? colors().muted : colors().text;
        band.marker = LegendEntry::Marker::Band;
        entries.push_back(band);
    }
    return entries;
}

void CurveView::fillPanel(Panel& panel, Quantity quantity)
{
    const std::vector<const Lane*> lanes = curves();
    const std::size_t own = frame().lanes.size(); // the ghost follows
    while (panel.low.size() < lanes.size()) {
        auto* high = plot()->addGraph(panel.x, panel.y);
        auto* low = plot()->addGraph(panel.x, panel.y);
        auto* dot = plot()->addGraph(panel.x, panel.y);
        dot->setLineStyle(QCPGraph::lsNone);
        dot->setLayer(liveLayer());
        panel.high.push_back(high);
        panel.low.push_back(low);
        panel.dots.push_back(dot);
    }
    const double from = firstShown();
    const double to = lastShown();
    double lowest = HUGE_VAL;
    double highest = -HUGE_VAL;
    const auto usable = [this](double y) { return std::isfinite(y) && (!m_logarithmic || y > 0); };
    const auto include = [&](double y) {
        if (!usable(y))
            return;
        lowest = std::min(lowest, y);
        highest = std::max(highest, y);
    };
    for (std::size_t i = 0; i < panel.low.size(); ++i) {
        QCPGraph* low = panel.low[i];
        QCPGraph* high = panel.high[i];
        low->setChannelFillGraph(nullptr);
        low->setBrush(Qt::NoBrush);
        std::vector<Point> points;
        bool band = false;
        if (i < lanes.size() && lanes[i]->curve) {
            const Curve& curve = *lanes[i]->curve;
            if (i == 0 && curve.stride() > 1 && zoomed() && exactCovers(from, to)) {
                for (const auto& row : m_exact) {
                    const double y = quantity == Loss ? row.loss : row.gradientNorm;
                    points.push_back({static_cast<double>(row.iteration), y, y});
                }
            } else {
                band = curve.stride() > 1;
                const auto stride = static_cast<double>(curve.stride());
                const double size = static_cast<double>(curve.size());
                const auto& stretches = curve.stretches();
                points.reserve(stretches.size());
                for (std::size_t k = 0; k < stretches.size(); ++k) {
                    const double first = static_cast<double>(k) * stride;
                    const double last = std::min(first + stride, size) - 1;
                    const auto& range = quantity == Loss ? stretches[k].loss : stretches[k].gradientNorm;
                    points.push_back({(first + last) / 2, range.low, range.high});
                }
            }
        }
        // The iteration that is on show but not yet trained has its point too.
        if (i < lanes.size() && lanes[i]->trace && !band && lanes[i]->curve &&
            lanes[i]->trace->iteration == lanes[i]->curve->size()) {
            const double y = quantity == Loss ? lanes[i]->trace->loss : lanes[i]->trace->gradientNorm;
            points.push_back({static_cast<double>(lanes[i]->trace->iteration), y, y});
        }
        for (Point& point : points)
            point.x *= unit(*lanes[i]);
        points = cut(points, from, to);
        QVector<QCPGraphData> lows;
        QVector<QCPGraphData> highs;
        lows.reserve(static_cast<qsizetype>(points.size()));
        highs.reserve(static_cast<qsizetype>(points.size()));
        for (const Point& point : points) {
            include(point.low);
            include(point.high);
            lows.append({point.x, usable(point.low) ? point.low : gap});
            highs.append({point.x, usable(point.high) ? point.high : gap});
        }
        low->data()->set(lows, true);
        if (i >= lanes.size()) {
            high->data()->clear();
            panel.dots[i]->data()->clear();
            continue;
        }
        const bool ghost = i >= own;
        const QColor color = ghost ? colors().muted : colorOf(quantity, i);
        const bool several = points.size() > 1;
        low->setPen(ghost ? QPen(color, 1.1, Qt::DashLine) : QPen(color, 1.3, laneStyles[i % 4]));
        low->setLayer(ghost ? QStringLiteral("grid") : QStringLiteral("main"));
        low->setScatterStyle(several ? QCPScatterStyle()
                                     : QCPScatterStyle(QCPScatterStyle::ssDisc, color, 4));
        if (band) {
            high->data()->set(highs, true);
            high->setPen(QPen(color, 0.8));
            low->setPen(QPen(color, 0.8));
            QColor soft = color;
            soft.setAlphaF(0.3F);
            low->setBrush(soft);
            low->setChannelFillGraph(high);
        } else {
            high->data()->clear();
        }
        const auto at = static_cast<double>(frame().position.iteration) * unit(*lanes[i]);
        if (!ghost && lanes[i]->trace && at >= from && at <= to)
            include(quantity == Loss ? lanes[i]->trace->loss : lanes[i]->trace->gradientNorm);
    }
    if (!(highest >= lowest)) {
        lowest = m_logarithmic ? 0.1 : 0;
        highest = 1;
    }
    if (m_logarithmic) {
        double low = std::floor(std::log10(lowest) + 1e-9);
        double high = std::ceil(std::log10(highest) - 1e-9);
        if (high - low < 1)
            high = low + 1;
        panel.y->setScaleType(QCPAxis::stLogarithmic);
        panel.y->setTicker(panel.decades);
        panel.y->setRange(std::pow(10.0, low), std::pow(10.0, high));
    } else {
        // From zero, unless one has zoomed in to where the curve hardly moves.
        const bool close = zoomed() && lowest > 0.5 * highest;
        const double low = close ? lowest - 0.1 * (highest - lowest) : std::min(0.0, lowest);
        double high = highest + 0.06 * (highest - low);
        if (high <= low)
            high = low + std::max(1e-12, std::abs(low) * 0.1 + (low == 0 ? 1 : 0));
        panel.y->setScaleType(QCPAxis::stLinear);
        panel.y->setTicker(panel.numbers);
        panel.y->setRange(low, high);
    }
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
    const QString label = byTime()      ? tr("seconds of computing on this machine")
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
            if (!trace)
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
