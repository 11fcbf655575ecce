// The curves of the view and what its legend says of them.

#include "ui/paint/lane_look.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <qcustomplot.h>

#include "ui/views/curve_view_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace ui {

using unrolled::Curve;

namespace {

constexpr double curveGap = std::numeric_limits<double>::quiet_NaN();

/// Minimum and maximum at an iteration.
struct CurvePoint
{
    double x;
    double low;
    double high;
};

/// Cuts a polyline to [from, to], with new ends where it crosses them, so that nothing leaves the frame of a
/// vector file.
std::vector<CurvePoint> cut(const std::vector<CurvePoint>& points, double from, double to)
{
    std::vector<CurvePoint> result;
    const auto at = [](const CurvePoint& a, const CurvePoint& b, double x) {
        const double share = (x - a.x) / (b.x - a.x);
        return CurvePoint{x, a.low + (b.low - a.low) * share, a.high + (b.high - a.high) * share};
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
        const CurvePoint& point = points[i];
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

std::vector<LegendEntry> CurveView::legend() const
{
    std::vector<LegendEntry> entries;
    const auto& lanes = frame().lanes;
    const std::vector<std::size_t> looks = laneLooks(frame());
    for (std::size_t i = 0; lanes.size() > 1 && i < lanes.size(); ++i) {
        LegendEntry entry;
        entry.math = mathWords(lanes[i].name);
        entry.color = colorOf(Loss, i);
        entry.style = laneStyles[looks[i]];
        entries.push_back(entry);
    }
    if (!frame().ghosts.empty()) {
        LegendEntry ghost;
        bool same = true;
        for (std::size_t i = 0; same && i < lanes.size(); ++i)
            same = !parting(Loss, i) && !parting(GradientNorm, i);
        ghost.math = same ? tr("without the changes: the same")
                          : ghostWords(frame(), std::numeric_limits<std::int64_t>::max());
        ghost.color = lanes.size() > 1 ? colors().text : colorOf(Loss, 0); // one for all
        entries.push_back(ghostLook(ghost, colors()));
    }
    if (thinned() && !(zoomed() && exactCovers(m_first, m_last))) {
        LegendEntry band;
        band.math =
            tr("lowest to highest of %1 iterations").arg(count(frame().lanes.front().curve->stride()));
        band.color = lanes.size() > 1 ? colors().muted : colors().text;
        band.marker = LegendEntry::Marker::Band;
        entries.push_back(band);
    }
    return entries;
}

std::optional<std::size_t> CurveView::parting(Quantity quantity, std::size_t lane) const
{
    if (lane >= frame().ghosts.size() || !frame().ghosts[lane].curve)
        return std::nullopt;
    const Lane& own = frame().lanes[lane];
    const Lane& ghost = frame().ghosts[lane];
    if (!own.curve || own.curve->stride() != ghost.curve->stride())
        return 0;
    const auto& with = own.curve->stretches();
    const auto& without = ghost.curve->stretches();
    const auto same = [quantity](const Curve::Stretch& a, const Curve::Stretch& b) {
        const Curve::Range& left = quantity == Loss ? a.loss : a.gradientNorm;
        const Curve::Range& right = quantity == Loss ? b.loss : b.gradientNorm;
        return left.low == right.low && left.high == right.high;
    };
    const auto first = static_cast<std::size_t>(
        std::mismatch(without.begin(), without.end(), with.begin(), with.end(), same).first -
        without.begin());
    const bool shown = own.trace && ghost.trace && own.trace->iteration == ghost.trace->iteration;
    if (first == without.size() && shown &&
        (quantity == Loss ? own.trace->loss == ghost.trace->loss
                          : own.trace->gradientNorm == ghost.trace->gradientNorm))
        return std::nullopt;
    return first > 0 ? first - 1 : 0;
}

void CurveView::fillPanel(Panel& panel, Quantity quantity)
{
    const std::vector<const Lane*> lanes = curves();
    const std::size_t own = frame().lanes.size(); // ghosts follow
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
        std::vector<CurvePoint> points;
        bool band = false;
        const bool ghost = i >= own;
        const std::size_t lane = ghost ? i - own : i;
        // Elsewhere it would lie under the curve.
        const std::optional<std::size_t> parts = ghost ? parting(quantity, lane) : 0;
        const std::size_t begin = parts.value_or(0);
        const bool drawn = i < lanes.size() && lanes[i]->curve && parts;
        if (drawn) {
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
                for (std::size_t k = begin; k < stretches.size(); ++k) {
                    const double first = static_cast<double>(k) * stride;
                    const double last = std::min(first + stride, size) - 1;
                    const auto& range = quantity == Loss ? stretches[k].loss : stretches[k].gradientNorm;
                    points.push_back({(first + last) / 2, range.low, range.high});
                }
            }
        }
        // The iteration that is on show but not yet trained has its point too.
        if (drawn && lanes[i]->trace && !band && lanes[i]->trace->iteration == lanes[i]->curve->size()) {
            const double y = quantity == Loss ? lanes[i]->trace->loss : lanes[i]->trace->gradientNorm;
            points.push_back({static_cast<double>(lanes[i]->trace->iteration), y, y});
        }
        const double each = i < lanes.size() ? unit(*lanes[i]) : 1;
        for (CurvePoint& point : points)
            point.x *= each;
        points = cut(points, from, to);
        QVector<QCPGraphData> lows;
        QVector<QCPGraphData> highs;
        lows.reserve(static_cast<qsizetype>(points.size()));
        highs.reserve(static_cast<qsizetype>(points.size()));
        for (const CurvePoint& point : points) {
            include(point.low);
            include(point.high);
            lows.append({point.x, usable(point.low) ? point.low : curveGap});
            highs.append({point.x, usable(point.high) ? point.high : curveGap});
        }
        low->data()->set(lows, true);
        if (i >= lanes.size()) {
            high->data()->clear();
            panel.dots[i]->data()->clear();
            continue;
        }
        const LegendEntry pale = ghostLook({{}, colorOf(quantity, lane)}, colors());
        const QColor color = ghost ? pale.color : colorOf(quantity, lane);
        const bool several = points.size() > 1;
        low->setPen(ghost ? QPen(color, pale.width, pale.style)
                          : QPen(color, 1.3, own > 1 ? laneStyles[laneLooks(frame())[i]] : Qt::SolidLine));
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
    if (own > 1) { // noisy curves hide each other: the model in front is seen
        for (auto* of : {&panel.high, &panel.low})
            (*of)[frame().front]->setLayer(QStringLiteral("main"));
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

} // namespace ui
