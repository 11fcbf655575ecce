#include "ui/exports/singular_picture.h"

#include "core/gradients/cancelled.h"
#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
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

struct SingularTexts
{
    QString title;
    QString changes;
};

void addPanels(std::vector<SingularPanel>& panels, const PlotLane& lane, bool named, const PlotMoment& moment,
               const ExportProgress& progress)
{
    const unrolled::TracePtr trace = lane.history->trace(moment.iteration, lane.sequence);
    const auto curve = lane.history->spectrumCurveUpTo(std::max(moment.iteration, moment.last), progress);
    if (!curve)
        throw unrolled::Cancelled();
    const auto samples = std::make_shared<const unrolled::SpectrumCurve>(*curve);
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

/// Names what is drawn, and how.
QString titleOf(const std::vector<SingularPanel>& panels)
{
    // A cell with one recurrent matrix shows all of its values.
    const auto between = [](const SingularPanel& panel) {
        return panel.data.series.size() == 1 && panel.data.series.front().now.size() > 2;
    };
    const QString words =
        Export::tr("Singular values of the recurrent weights, iteration %1: largest solid, smallest dashed")
            .arg(count(panels.front().data.iteration));
    if (std::none_of(panels.begin(), panels.end(), between))
        return words;
    return words + (std::all_of(panels.begin(), panels.end(), between)
                        ? Export::tr(", others pale")
                        : Export::tr(", others of W_{hh} pale"));
}

void paintPanels(QPainter& painter, const QSize& size, const std::vector<SingularPanel>& panels,
                 const SingularTexts& texts, FilmExtent* film)
{
    const QFont font = plotFont(size);
    const double line = QFontMetricsF(font).height();
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    painter.setFont(font);
    const double head =
        paintHead(painter, QRectF(10, 0, size.width() - 20, size.height()), texts.title, texts.changes, film);
    const int number = static_cast<int>(panels.size());
    const int columns = number < 4 ? number : static_cast<int>(std::ceil(std::sqrt(number)));
    const int rows = (number + columns - 1) / columns;
    const QSizeF each((size.width() - 10.0) / columns, (size.height() - head) / rows);
    // One scale and one height for all, and one wording of their facts.
    std::size_t matrices = 0;
    for (const SingularPanel& panel : panels)
        matrices = std::max(matrices, panel.data.series.size());
    const double factLine = 1.15 * line;
    const auto roomOf = [&](int i) {
        return QRectF(QPointF(10 + (i % columns) * each.width(),
                              head + static_cast<int>(i / columns) * each.height()),
                      each)
            .adjusted(0, 0, -14, -0.4 * line);
    };
    const auto plotOf = [&](int i, double low, double high) {
        SingularData data = panels[static_cast<std::size_t>(i)].data;
        data.low = low;
        data.high = high;
        const double facts = factLine * static_cast<double>(matrices);
        return SingularPlot(data, roomOf(i).adjusted(0, 1.4 * line, 0, -facts - 0.3 * line), font);
    };
    double low = 0;
    double high = 0;
    double widest = 0;
    for (int i = 0; i < number; ++i) {
        const SingularPlot plot = plotOf(i, 0, 0);
        low = std::min(low, plot.low());
        high = std::max(high, plot.high());
        widest = std::max(widest, plot.factsWidth(font));
    }
    QFont factFont = font;
    const double smaller = std::clamp((each.width() - 14) / widest, 0.7, 1.0);
    factFont.setPixelSize(std::max(8, static_cast<int>(font.pixelSize() * smaller)));
    bool brief = false;
    for (int i = 0; i < number; ++i)
        brief = brief || plotOf(i, low, high).factsWidth(factFont) > each.width() - 14;
    for (int i = 0; i < number; ++i) {
        const SingularPanel& panel = panels[static_cast<std::size_t>(i)];
        const QRectF room = roomOf(i);
        painter.setFont(font);
        painter.setPen(lightPalette().text);
        drawMath(painter, QRectF(room.left(), room.top(), room.width(), 1.3 * line),
                 Qt::AlignLeft | Qt::AlignVCenter, panel.math);
        const SingularPlot plot = plotOf(i, low, high);
        plot.paintCurves(painter, lightPalette());
        plot.paintNow(painter, lightPalette());
        plot.paintFacts(painter,
                        QRectF(room.left(), room.bottom() - factLine * static_cast<double>(matrices),
                               room.width(), factLine * static_cast<double>(panel.data.series.size())),
                        factFont, lightPalette(), brief);
    }
}

} // namespace

Drawing singularDrawing(const std::vector<PlotLane>& lanes, const PlotMoment& moment, const QSize& size,
                        const ExportProgress& progress)
{
    std::vector<SingularPanel> panels;
    double done = 0;
    for (const PlotLane& lane : lanes) {
        addPanels(panels, lane, lanes.size() > 1, moment, [&](double share) {
            return !progress || progress((done + share) / static_cast<double>(lanes.size()));
        });
        ++done;
    }
    const SingularTexts texts{titleOf(panels), changesOf(lanes.front(), moment.iteration)};
    return {Export::tr("Singular values over iterations"), size,
            [panels, texts, film = moment.film](QPainter& painter, const QSize& at) {
                paintPanels(painter, at, panels, texts, film.get());
            }};
}

} // namespace ui
