#include "ui/exports/analysis_parts.h"

#include "core/gradients/backward_sweep.h"
#include "core/gradients/contribution.h"
#include "core/gradients/jacobian.h"
#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/paint/complex_plane.h"
#include "ui/paint/lane_look.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"
#include "ui/views/film_extent.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>

namespace ui {

QString power(int exponent)
{
    return exponent == 0 ? QStringLiteral("1") : QStringLiteral("10") + superscript(exponent);
}

int ceilingOf(double largestLog, FilmExtent* film)
{
    if (film)
        largestLog = film->grow("norm", largestLog);
    if (!std::isfinite(largestLog) || largestLog <= ceilingExponent)
        return ceilingExponent;
    return static_cast<int>(std::ceil(largestLog));
}

int labelStep(int span, int most)
{
    for (int unit = 1;; unit *= 10) {
        for (const int factor : {1, 2, 5}) {
            if (span / (unit * factor) < std::max(1, most))
                return unit * factor;
        }
    }
}

std::vector<int> labels(int first, int last, int most)
{
    const int step = labelStep(last - first, most);
    std::vector<int> result;
    for (int at = first; at <= last; ++at) {
        if (at % step == 0 || (at == first && first == 1 && step > 1))
            result.push_back(at);
    }
    if (result.size() > 1 && result[0] == 1 && result[1] - 1 < step / 2)
        result.erase(result.begin());
    return result;
}

QString titled(const QString& title, const std::vector<AnalysedLane>& lanes)
{
    return Export::tr("%1, iteration %2").arg(title, count(lanes.front().trace->iteration));
}

unrolled::GoOn goOnOf(const ExportProgress& progress)
{
    return [&progress] { return !progress || progress(-1); };
}

namespace {

using unrolled::IterationTrace;

struct PlotCurve
{
    QString math;
    QColor color;
    std::vector<qreal> dashes; ///< empty: solid
    double width = 2;
    int marker = -1; ///< so that lanes or layers differ without colour, too; negative: none
    bool filled = false;
    std::vector<std::pair<double, double>> points; ///< x, log10
};

const std::vector<std::vector<qreal>>& dashPatterns()
{
    static const std::vector<std::vector<qreal>> all{{},     {6, 3}, {1.5, 2}, {8, 2.5, 1.5, 2.5},
                                                     {3, 2}, {10, 4}};
    return all;
}

struct CurveTexts
{
    QString title;
    QString changes;
    QString x;
};

/// The parts of a curve within the scale, cut off where it crosses the floor; a part of one point stands
/// alone. What lies at the floor is counted. Where x jumps there is nothing between.
std::vector<QPolygonF> strokesOf(const PlotCurve& curve, const std::function<QPointF(double, double)>& at,
                                 int ceiling, int& below)
{
    std::vector<QPolygonF> strokes(1);
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const auto [x, log] = curve.points[i];
        const auto [x0, log0] = curve.points[i > 0 ? i - 1 : 0];
        const bool inside = log >= floorExponent && log <= ceiling;
        const bool joined = std::abs(x - x0) <= 1;
        const double dip = std::min(log, log0);
        if (joined && std::isfinite(dip) && dip < floorExponent && std::max(log, log0) > floorExponent)
            strokes.back() << at(x0 + (x - x0) * (log0 - floorExponent) / (log0 - log), floorExponent);
        if ((!inside || !joined) && !strokes.back().isEmpty())
            strokes.emplace_back();
        if (inside)
            strokes.back() << at(x, log);
        below += !(log >= floorExponent) ? 1 : 0;
    }
    return strokes;
}

void paintMarker(QPainter& painter, const QPointF& center, double r, const PlotCurve& curve)
{
    const PlaneMark mark = planeMarks[std::max(0, curve.marker) % 4];
    paintPlaneMark(painter, center, mark, r, lightPalette().background, true); // not the line through it
    paintPlaneMark(painter, center, mark, r, curve.color, curve.filled);
    painter.setBrush(Qt::NoBrush);
}

void paintMarkers(QPainter& painter, const PlotCurve& curve, const std::function<QPointF(double, double)>& at,
                  int ceiling, double apart, double r)
{
    // Lanes begin at different places, so that marks of curves that run together stay apart.
    double next = at(curve.points.empty() ? 0 : curve.points.front().first, 0).x() + apart * curve.marker / 4;
    for (const auto& [x, log] : curve.points) {
        if (!(log >= floorExponent && log <= ceiling) || at(x, log).x() < next)
            continue;
        paintMarker(painter, at(x, log), r, curve);
        next = at(x, log).x() + apart;
    }
}

constexpr double legendLine = 1.45; // in lines of text
constexpr double aroundLegend = 6.5;

/// The font, or a smaller one in which all curves have their names.
QFont fontForLegend(QFont font, const QSize& size, std::size_t curves)
{
    const double lines = legendLine * static_cast<double>(curves) + 0.5 * aroundLegend;
    while (font.pixelSize() > 9 && lines * QFontMetricsF(font).height() > size.height())
        font.setPixelSize(font.pixelSize() - 1);
    return font;
}

void paintCurves(QPainter& painter, const QSize& size, const QFont& usual, const CurveTexts& texts,
                 const std::vector<PlotCurve>& curves, int first, int last, int ceiling, FilmExtent* film)
{
    const QFont font = fontForLegend(usual, size, curves.size());
    const Palette& palette = lightPalette();
    painter.fillRect(QRect(QPoint(0, 0), size), palette.background);
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setFont(font);
    const QFontMetricsF metrics(font);
    const double line = metrics.height();
    double legendWidth = 0;
    for (const PlotCurve& curve : curves)
        legendWidth = std::max(legendWidth, mathSize(font, curve.math).width());
    const double sample = 3.6 * line; // two periods of the longest dashes, beside a mark
    const double left = metrics.horizontalAdvance(power(-16)) + 18;
    const double head = paintHead(painter, QRectF(left, 0, size.width() - left - 8, size.height()),
                                  texts.title, texts.changes, film);
    const QRectF area(left, head, size.width() - left - legendWidth - sample - 34,
                      size.height() - head - 4.2 * line);
    const auto at = [&](double x, double log) {
        const double wide = std::max(1, last - first);
        return QPointF(area.left() + area.width() * (0.015 + 0.97 * (x - first) / wide),
                       area.bottom() - area.height() * (log - floorExponent) / (ceiling - floorExponent));
    };
    const int step =
        2 * labelStep((ceiling - floorExponent) / 2, static_cast<int>(area.height() / (2.2 * line)));
    for (int exponent = floorExponent; exponent <= ceiling; exponent += step) {
        const double y = at(first, exponent).y();
        painter.setPen(QPen(palette.line, 1));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(palette.text);
        painter.drawText(QRectF(0, y - line, area.left() - 8, 2 * line), Qt::AlignRight | Qt::AlignVCenter,
                         power(exponent));
    }
    const int most =
        std::max(2, static_cast<int>(area.width() / (metrics.horizontalAdvance(count(last)) + 24)));
    for (const int x : labels(first, last, most))
        painter.drawText(QRectF(at(x, floorExponent).x() - 80, area.bottom() + 4, 160, line),
                         Qt::AlignHCenter | Qt::AlignTop, count(x));
    painter.setPen(QPen(palette.muted, 1));
    painter.drawRect(area);
    painter.setPen(palette.text);
    drawMath(painter, QRectF(area.left(), area.bottom() + 1.1 * line, area.width(), 1.4 * line),
             Qt::AlignCenter, texts.x);

    int below = 0;
    double y = area.top();
    for (const PlotCurve& curve : curves) {
        QPen pen(curve.color, curve.width);
        pen.setCapStyle(Qt::FlatCap);
        if (!curve.dashes.empty())
            pen.setDashPattern({curve.dashes.begin(), curve.dashes.end()});
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        const QLineF inLegend(area.right() + 14, y + 0.7 * line, area.right() + 14 + sample, y + 0.7 * line);
        painter.drawLine(inLegend);
        bool marked = curve.marker >= 0;
        for (const QPolygonF& stroke : strokesOf(curve, at, ceiling, below)) {
            painter.setPen(pen);
            painter.drawPolyline(stroke);
            if (stroke.size() == 1) { // no line shows it
                paintMarker(painter, stroke.front(), 0.18 * line, curve);
                marked = true;
            }
        }
        if (curve.marker >= 0)
            paintMarkers(painter, curve, at, ceiling, area.width() / 9, 0.24 * line);
        if (marked)
            paintMarker(painter, inLegend.center(), (curve.marker >= 0 ? 0.24 : 0.18) * line, curve);
        painter.setPen(palette.text);
        drawMath(painter, QRectF(area.right() + 20 + sample, y, legendWidth + 8, 1.4 * line),
                 Qt::AlignLeft | Qt::AlignVCenter, curve.math);
        y += legendLine * line;
    }
    painter.setPen(palette.muted);
    QString note = Export::tr("floor %1").arg(power(floorExponent));
    if (below > 0)
        note += below == 1 ? Export::tr(": 1 point lies below it or is 0")
                           : Export::tr(": %1 points lie below it or are 0").arg(count(below));
    const QRectF noteRow(area.left(), size.height() - 1.6 * line, size.width() - area.left() - 8, 1.4 * line);
    painter.setFont(narrowed(painter.font(), note, noteRow.width(), 1));
    painter.drawText(noteRow, Qt::AlignLeft | Qt::AlignVCenter, note);
}

std::vector<std::size_t> looksOf(const std::vector<AnalysedLane>& lanes)
{
    std::vector<unrolled::CellKind> cells;
    cells.reserve(lanes.size());
    for (const AnalysedLane& lane : lanes)
        cells.push_back(lane.trace->cell.kind);
    return laneLooks(cells);
}

/// What stands before a curve's name: the lane and the layer, where there are several.
QString place(const std::vector<AnalysedLane>& lanes, std::size_t lane, int layer)
{
    QString text = lanes.size() > 1 ? lanes[lane].name + QStringLiteral(" ") : QString();
    if (lanes[lane].trace->layers.size() > 1)
        text += Export::tr("layer %1").arg(layer + 1) + QStringLiteral(" ");
    return text;
}

/// Curves that are there, ready to be painted.
AnalysisPlot plotOf(std::vector<PlotCurve> curves, const CurveTexts& texts, int first, int last)
{
    double most = ceilingExponent;
    for (const PlotCurve& curve : curves) {
        for (const auto& [x, log] : curve.points) {
            if (std::isfinite(log))
                most = std::max(most, log);
        }
    }
    const auto shared = std::make_shared<const std::vector<PlotCurve>>(std::move(curves));
    const double lines = legendLine * static_cast<double>(shared->size()) + aroundLegend;
    const QSize least(400, std::max(260, static_cast<int>(lines * QFontMetricsF(plotFont({1, 1})).height())));
    return {least, [=](QPainter& painter, const QSize& size, const QFont& font, FilmExtent* film) {
                paintCurves(painter, size, font, texts, *shared, first, last, ceilingOf(most, film), film);
            }};
}

} // namespace

AnalysisPlot jacobianPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                          const ExportProgress& progress)
{
    struct Quantity
    {
        const char* math;
        std::size_t dashes;
        double width;
        bool ofCell; ///< in the colour of its lane or layer like the others, but with filled marks
        const unrolled::ScaledNumber* (*of)(const unrolled::JacobianAt&);
    };
    using At = unrolled::JacobianAt;
    static const Quantity quantities[] = {
        {"σ_{max} ∂h_T/∂h_t", 0, 2.4, false, [](const At& at) { return &at.hidden.front(); }},
        {"σ_{min} ∂h_T/∂h_t", 1, 2, false, [](const At& at) { return &at.hidden.back(); }},
        {"bound (γ σ_{max}(W_{hh}))^{lag}", 2, 2, false,
         [](const At& at) { return at.bound ? &*at.bound : nullptr; }},
        {"σ_{max} ∂c_T/∂c_t", 3, 2.4, true,
         [](const At& at) { return at.cell.empty() ? nullptr : &at.cell.front(); }},
        {"σ_{max}, gates held", 4, 1.4, true,
         [](const At& at) { return at.cellHeld.empty() ? nullptr : &at.cellHeld.front(); }},
    };
    std::vector<PlotCurve> curves;
    int last = 0;
    const std::vector<std::size_t> looks = looksOf(lanes);
    const bool layered = std::any_of(lanes.begin(), lanes.end(),
                                     [](const AnalysedLane& lane) { return lane.trace->layers.size() > 1; });
    double all = 0;
    for (const AnalysedLane& lane : lanes)
        all += static_cast<double>(lane.trace->steps()) * static_cast<double>(lane.trace->layers.size());
    double done = 0;
    // It asks once a step, and each step costs the same.
    const auto goOn = [&] { return !progress || progress(std::min(1.0, done++ / all)); };
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const IterationTrace& trace = *lanes[lane].trace;
        last = std::max(last, trace.steps() - 1);
        for (int layer = 0; layer < static_cast<int>(trace.layers.size()); ++layer) {
            const CurveLook look =
                curveLook(lanes.size() > 1, looks[lane], layered, static_cast<std::size_t>(layer));
            const std::vector<At> steps = unrolled::jacobians(trace, layer, goOn);
            for (const Quantity& quantity : quantities) {
                if (!quantity.of(steps.front()))
                    continue;
                PlotCurve curve{place(lanes, lane, layer) + Export::tr(quantity.math),
                                lightPalette().series[look.color],
                                dashPatterns()[quantity.dashes],
                                quantity.width,
                                layered || lanes.size() > 1 ? static_cast<int>(look.mark) : -1,
                                quantity.ofCell,
                                {}};
                for (const At& at : steps)
                    curve.points.emplace_back(trace.steps() - at.t, quantity.of(at)->log10());
                curves.push_back(std::move(curve));
            }
        }
    }
    return plotOf(std::move(curves),
                  {titled(Export::tr("Singular values: how the last state depends on earlier ones"), lanes),
                   changes, Export::tr("lag T − t")},
                  0, last);
}

namespace {

/// Whether step t has a part in ∂L/∂block: without a loss there, or at a later step, or with nothing that
/// comes in, it adds 0 however well gradients flow.
bool takesPart(const IterationTrace& trace, const unrolled::ParameterBlock& block, int t, int lastLoss)
{
    const auto zero = [](const auto& vector) { return (vector.array() == 0).all(); };
    switch (block.role) {
    case unrolled::ParameterRole::ReadoutWeight:
    case unrolled::ParameterRole::ReadoutBias:
        return unrolled::isCounted(trace, t) || !zero(trace.outputs.y.gradient.col(t - 1));
    case unrolled::ParameterRole::InputWeight:
        return t <= lastLoss && !zero(trace.channel(block.layer, "x").value.col(t - 1));
    case unrolled::ParameterRole::RecurrentWeight:
        return t <= lastLoss && !zero(trace.previousState(block.layer, "h", t));
    default:
        return t <= lastLoss;
    }
}

} // namespace

AnalysisPlot contributionPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                              const ExportProgress& progress)
{
    const unrolled::GoOn goOn = goOnOf(progress);
    std::vector<PlotCurve> curves;
    int last = 1;
    const std::vector<std::size_t> looks = looksOf(lanes);
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        const IterationTrace& trace = *lanes[lane].trace;
        last = std::max(last, trace.steps());
        std::vector<PlotCurve> own(trace.parameters.size());
        const std::vector<int> counted = unrolled::countedSteps(trace);
        const int lastLoss = counted.empty() ? 0 : counted.back();
        unrolled::visitContributions(trace, [&](const unrolled::Contribution& part) {
            unrolled::throwUnless(goOn);
            if (!takesPart(trace, part.parameter.block, part.t, lastLoss))
                return;
            own[static_cast<std::size_t>(&part.parameter - trace.parameters.data())].points.emplace_back(
                part.t, part.norm().log10());
        });
        std::size_t dashes = 0;
        for (std::size_t i = 0; i < own.size(); ++i) {
            const unrolled::ParameterBlock& block = trace.parameters[i].block;
            // Between lanes the recurrent weights are what one compares; biases follow their sums.
            const bool recurrent = block.role == unrolled::ParameterRole::RecurrentWeight;
            const bool weight = recurrent || block.role == unrolled::ParameterRole::InputWeight ||
                                block.role == unrolled::ParameterRole::ReadoutWeight;
            if (lanes.size() > 1 ? !recurrent : !weight)
                continue;
            own[i].math = (lanes.size() > 1 ? lanes[lane].name + QStringLiteral(" ") : QString()) +
                          QStringLiteral("∂L/∂") + QString::fromStdString(block.symbol);
            const Palette& palette = lightPalette();
            const QColor& fifth = palette.text;
            const std::size_t color = lanes.size() > 1 ? looks[lane] % 4 : dashes % 5;
            own[i].color = color < 4 ? palette.series[color] : fifth;
            own[i].marker = lanes.size() > 1 || dashes < 5 ? -1 : static_cast<int>(dashes / 5 - 1);
            own[i].dashes =
                dashPatterns()[(lanes.size() > 1 ? looks[lane] + dashes : dashes) % dashPatterns().size()];
            own[i].width = recurrent ? 2.6 : 1.8;
            ++dashes;
            curves.push_back(std::move(own[i]));
        }
    }
    return plotOf(std::move(curves),
                  {titled(Export::tr("Norm of what step t adds to the gradient of the weights"), lanes),
                   changes, Export::tr("time step t")},
                  1, last);
}

} // namespace ui
