#include "ui/exports/singular_picture.h"

#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/paint/math_text.h"
#include "ui/paint/singular_plot.h"
#include "ui/paint/weight_block.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

struct SingularPanel
{
    QString math; ///< its name
    SingularData data;
};

void addPanels(std::vector<SingularPanel>& panels, const PlotLane& lane, bool named, const PlotMoment& moment)
{
    const unrolled::TracePtr trace = lane.history->trace(moment.iteration, lane.sequence);
    const auto samples = std::make_shared<const unrolled::SpectrumCurve>(
        *lane.history->spectrumCurveUpTo(std::max(moment.iteration, moment.last)));
    const Eigen::VectorXd now = samples->singularValuesAt(lane.history->parametersAt(trace->iteration));
    for (const unrolled::ParameterTrace& parameter : trace->parameters) {
        if (parameter.block.role != unrolled::ParameterRole::RecurrentWeight)
            continue;
        const WeightBlock block(*trace, parameter, -1);
        SingularPanel panel;
        panel.math = (named ? lane.name + QStringLiteral(":  ") : QString()) + block.symbol();
        panel.data.samples = samples;
        panel.data.iteration = trace->iteration;
        for (int gate = 0; gate < block.gates(); ++gate) {
            const auto index = static_cast<std::size_t>(samples->indexOf(parameter.block.name, gate));
            const unrolled::RecurrentMatrix& matrix = samples->matrices()[index];
            panel.data.series.push_back(
                {index, block.gates() > 1 ? block.gateLetter(gate) : QString(),
                 block.gates() > 1 ? lightPalette().series[gate % 4] : lightPalette().forward,
                 planeMarks[gate % 4], now.segment(matrix.first, matrix.size)});
        }
        panels.push_back(std::move(panel));
    }
}

void paintPanels(QPainter& painter, const QSize& size, const std::vector<SingularPanel>& panels)
{
    const QFont font = plotFont(size);
    const double line = QFontMetricsF(font).height();
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    painter.setFont(font);
    painter.setPen(lightPalette().text);
    drawTitle(painter, QRectF(10, 0, size.width() - 20, 1.7 * line),
              Export::tr("Singular values of the recurrent weights: the largest solid, the smallest dashed"));
    const int number = static_cast<int>(panels.size());
    const int columns = number < 4 ? number : static_cast<int>(std::ceil(std::sqrt(number)));
    const int rows = (number + columns - 1) / columns;
    const QSizeF each((size.width() - 10.0) / columns, (size.height() - 1.9 * line) / rows);
    for (int i = 0; i < number; ++i) {
        const SingularPanel& panel = panels[static_cast<std::size_t>(i)];
        const QRectF room = QRectF(QPointF(10 + (i % columns) * each.width(),
                                           1.9 * line + static_cast<int>(i / columns) * each.height()),
                                   each)
                                .adjusted(0, 0, -14, -0.4 * line);
        painter.setFont(font);
        painter.setPen(lightPalette().text);
        drawMath(painter, QRectF(room.left(), room.top(), room.width(), 1.3 * line),
                 Qt::AlignLeft | Qt::AlignVCenter, panel.math);
        const double facts = 1.15 * line * static_cast<double>(panel.data.series.size());
        const SingularPlot plot(panel.data, room.adjusted(0, 1.4 * line, 0, -facts - 0.3 * line), font);
        plot.paintCurves(painter, lightPalette());
        plot.paintNow(painter, lightPalette());
        plot.paintFacts(painter, QRectF(room.left(), room.bottom() - facts, room.width(), facts), font,
                        lightPalette());
    }
}

} // namespace

Drawing singularDrawing(const std::vector<PlotLane>& lanes, const PlotMoment& moment, const QSize& size)
{
    std::vector<SingularPanel> panels;
    for (const PlotLane& lane : lanes)
        addPanels(panels, lane, lanes.size() > 1, moment);
    return {Export::tr("Singular values over iterations"), size,
            [panels](QPainter& painter, const QSize& at) { paintPanels(painter, at, panels); }};
}

} // namespace ui
