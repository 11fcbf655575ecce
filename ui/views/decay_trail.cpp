#include "ui/views/decay_trail.h"

#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QCoreApplication>
#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace ui {

namespace {

struct TrailWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::DecayTrail)
};

constexpr double floorLog = floorExponent;
constexpr double ceilingLog = ceilingExponent;
constexpr double belowLog = floorLog - 0.85; // where marks of what lies beneath the floor stand
constexpr double aboveLog = ceilingLog + 0.45;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

QCPScatterStyle scatter(LegendEntry::Marker marker, bool hollow, const QColor& color,
                        const QColor& background, double size)
{
    QCPScatterStyle::ScatterShape shape = QCPScatterStyle::ssNone;
    switch (marker) {
    case LegendEntry::Marker::None:
    case LegendEntry::Marker::Band:
        break;
    case LegendEntry::Marker::Disc:
        shape = QCPScatterStyle::ssCircle;
        break;
    case LegendEntry::Marker::Square:
        shape = QCPScatterStyle::ssSquare;
        break;
    case LegendEntry::Marker::Triangle:
        shape = QCPScatterStyle::ssTriangle;
        break;
    case LegendEntry::Marker::Diamond:
        shape = QCPScatterStyle::ssDiamond;
        break;
    }
    return {shape, QPen(color, 1.2), QBrush(hollow ? background : color), size};
}

/// Steps from one mark to the next: neighbours closer than a mark is wide are thinned out.
int between(double size, double pixelsPerStep)
{
    return std::max(1, static_cast<int>(std::ceil(1.2 * size / std::max(0.05, pixelsPerStep))));
}

} // namespace

void DecayTrail::Outside::add(const Outside& other)
{
    below += other.below;
    zero += other.zero;
    above += other.above;
    broken += other.broken;
}

QString DecayTrail::floorNote(const Outside& outside, bool several)
{
    return floorNote(outside, several, Outside());
}

QString DecayTrail::floorNote(const Outside& outside, bool several, const Outside& others)
{
    const auto amount = [several](int number) {
        if (number == 1)
            return several ? TrailWords::tr("1 point") : TrailWords::tr("1 step");
        return (several ? TrailWords::tr("%1 points") : TrailWords::tr("%1 steps")).arg(count(number));
    };
    QStringList marks;
    const auto add = [&](QChar mark, int number, int more, const QString& where) {
        if (number > 0)
            marks << QString(mark) + QLatin1Char(' ') + TrailWords::tr("%1 %2").arg(amount(number), where);
        else if (more > 0)
            marks << QString(mark) + QLatin1Char(' ') + where;
    };
    add(QChar(0x25bc), outside.below, others.below, TrailWords::tr("below it"));
    add(QChar(0x25cb), outside.zero, others.zero, TrailWords::tr("exactly 0"));
    add(QChar(0x25b2), outside.above, others.above,
        TrailWords::tr("above 10%1").arg(superscript(ceilingExponent)));
    if (outside.broken > 0)
        marks << TrailWords::tr("%1 not a number").arg(amount(outside.broken));
    const QString floor = TrailWords::tr("floor 10%1").arg(superscript(floorExponent));
    return marks.isEmpty() ? floor : floor + QStringLiteral(": ") + marks.join(QStringLiteral(", "));
}

DecayTrail::DecayTrail(QCPAxis* x, QCPAxis* y, QCPLayer* layer)
{
    for (QCPGraph** graph : {&m_line, &m_marks, &m_below, &m_zero, &m_above}) {
        *graph = x->parentPlot()->addGraph(x, y);
        (*graph)->setLayer(layer);
        (*graph)->setLineStyle(graph == &m_line ? QCPGraph::lsLine : QCPGraph::lsNone);
    }
}

void DecayTrail::clear() const
{
    for (QCPGraph* graph : {m_line, m_marks, m_below, m_zero, m_above})
        graph->data()->clear();
}

DecayTrail::Outside DecayTrail::fill(const std::vector<double>& norms, int first, int last) const
{
    // Marks are a graph of their own: those of a line stand at the picture's corner where the line has gaps.
    QVector<QCPGraphData> line;
    QVector<QCPGraphData> marks;
    QVector<QCPGraphData> below;
    QVector<QCPGraphData> zero;
    QVector<QCPGraphData> above;
    Outside outside;
    const auto logOf = [&](int t) { return std::log10(norms[static_cast<std::size_t>(t - 1)]); };
    const auto inside = [](double log) { return log >= floorLog && log <= ceilingLog; };
    const auto crossing = [&](int from, double fromLog, int to, double toLog) {
        const double edge = toLog < floorLog ? floorLog : ceilingLog;
        const double x = from + (to - from) * (edge - fromLog) / (toLog - fromLog);
        line.append({x, std::pow(10.0, edge)});
    };
    for (int t = first; t <= last; ++t) {
        const double norm = norms[static_cast<std::size_t>(t - 1)];
        const double log = logOf(t);
        const double before = t > first ? logOf(t - 1) : nothing;
        if (norm == 0) {
            ++outside.zero;
            zero.append({double(t), std::pow(10.0, belowLog)});
        } else if (std::isnan(norm)) {
            ++outside.broken;
        } else if (log < floorLog) {
            ++outside.below;
            below.append({double(t), std::pow(10.0, belowLog)});
        } else if (log > ceilingLog) {
            ++outside.above;
            above.append({double(t), std::pow(10.0, aboveLog)});
        }
        if (inside(log)) {
            if (std::isfinite(before) && !inside(before))
                crossing(t, log, t - 1, before);
            line.append({double(t), norm});
            marks.append({double(t), norm});
        } else {
            if (inside(before) && std::isfinite(log))
                crossing(t - 1, before, t, log);
            line.append({double(t), nothing});
        }
    }
    m_line->data()->set(line, false);
    m_marks->data()->set(marks, true);
    m_below->data()->set(below, true);
    m_zero->data()->set(zero, true);
    m_above->data()->set(above, true);
    return outside;
}

std::vector<double> DecayTrail::apart(std::vector<double> ghost, const std::vector<double>& own)
{
    constexpr double visible = 0.01; // of a decade: half a pixel where the axis has 900
    const auto placed = [](double norm) { return std::clamp(std::log10(norm), belowLog, aboveLog); };
    const auto differs = [&](std::size_t i) {
        if (i >= ghost.size() || i >= own.size())
            return i < ghost.size();
        return std::isnan(ghost[i]) != std::isnan(own[i]) ||
               std::abs(placed(ghost[i]) - placed(own[i])) >= visible;
    };
    std::vector<bool> shown(ghost.size());
    for (std::size_t i = 0; i < ghost.size(); ++i)
        shown[i] = differs(i) || differs(i + 1) || (i > 0 && differs(i - 1));
    for (std::size_t i = 0; i < ghost.size(); ++i) {
        if (!shown[i])
            ghost[i] = nothing;
    }
    return ghost;
}

void DecayTrail::extend(double t, double norm) const
{
    m_line->addData(t, norm);
}

void DecayTrail::look(const LegendEntry& entry, const QColor& color, const QColor& background,
                      double pixelsPerStep, double size, bool lone) const
{
    m_line->setPen(QPen(color, entry.width, entry.style, Qt::FlatCap, Qt::RoundJoin));
    const bool sparse = pixelsPerStep >= 2.2 * size;
    // A single dense curve needs no marks to be told from others.
    const bool marks = sparse || !lone;
    m_marks->setScatterStyle(
        scatter(marks ? entry.marker : LegendEntry::Marker::None, entry.hollow, color, background, size));
    m_marks->setScatterSkip(sparse ? 0 : static_cast<int>(std::ceil(34 / std::max(0.05, pixelsPerStep))));
    const QPen thin(color, 1);
    m_below->setScatterStyle({QCPScatterStyle::ssTriangleInverted, thin, QBrush(color), size});
    m_zero->setScatterStyle({QCPScatterStyle::ssCircle, thin, QBrush(background), size});
    m_above->setScatterStyle({QCPScatterStyle::ssTriangle, thin, QBrush(color), size});
    const int skip = between(size, pixelsPerStep) - 1;
    for (QCPGraph* graph : {m_below, m_zero, m_above})
        graph->setScatterSkip(skip);
}

void DecayTrail::interleave(const std::vector<DecayTrail>& trails, double pixelsPerStep, double size)
{
    for (QCPGraph* DecayTrail::*const which :
         {&DecayTrail::m_below, &DecayTrail::m_zero, &DecayTrail::m_above}) {
        std::map<double, std::vector<QCPGraph*>> marks; // by step
        for (const DecayTrail& trail : trails) {
            (trail.*which)->setScatterSkip(0);
            for (const QCPGraphData& mark : *(trail.*which)->data())
                marks[mark.key].push_back(trail.*which);
        }
        double last = -HUGE_VAL;
        std::size_t turn = 0;
        for (const auto& [t, graphs] : marks) {
            const bool shown = t - last >= between(size, pixelsPerStep);
            const QCPGraph* kept = shown ? graphs[turn++ % graphs.size()] : nullptr;
            last = shown ? t : last;
            for (QCPGraph* graph : graphs) {
                if (graph != kept)
                    graph->data()->remove(t);
            }
        }
    }
}

} // namespace ui
