#include "ui/exports/analysis_parts.h"

#include "core/gradients/itemised.h"
#include "ui/exports/drawing.h"
#include "ui/exports/export.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ui {

namespace {

struct HeatPanel
{
    QString name;
    int steps = 0;
    int only = 0; ///< the one step with a loss; 0: there are several
    int bin = 1;  ///< steps a cell is wide and high
    /// Of the cells t ≤ s, both in bins from 0, row s after row; NaN where no loss is. A film keeps many.
    std::vector<double> logs;

    int bins() const { return (steps + bin - 1) / bin; }
    static std::size_t index(int t, int s) { return static_cast<std::size_t>(s * (s + 1) / 2 + t); }
    double log(int t, int s) const { return logs[index(t, s)]; }
};

std::vector<HeatPanel> heatPanels(const std::vector<AnalysedLane>& lanes, double& largest,
                                  const unrolled::GoOn& goOn)
{
    constexpr int mostCells = 150;
    std::vector<HeatPanel> panels;
    for (const AnalysedLane& lane : lanes) {
        const unrolled::Itemised itemised(*lane.trace, goOn);
        for (int layer = 0; layer < itemised.layers(); ++layer) {
            HeatPanel panel;
            panel.name = lanes.size() > 1 ? lane.name : QString();
            if (itemised.layers() > 1)
                panel.name += (panel.name.isEmpty() ? QString() : QStringLiteral(", ")) +
                              Export::tr("layer %1").arg(layer + 1);
            panel.steps = lane.trace->steps();
            panel.bin = (panel.steps + mostCells - 1) / mostCells;
            panel.logs.assign(HeatPanel::index(0, panel.bins()), std::nan(""));
            if (itemised.lossSteps().size() == 1)
                panel.only = itemised.lossSteps().front();
            for (std::size_t k = 0; k < itemised.lossSteps().size(); ++k) {
                const int s = itemised.lossSteps()[k];
                for (int t = 1; t <= s; ++t) {
                    const double log = itemised.norm(layer, k, t).log10();
                    double& cell = panel.logs[HeatPanel::index((t - 1) / panel.bin, (s - 1) / panel.bin)];
                    cell = std::fmax(cell, std::isnan(log) ? -HUGE_VAL : log);
                    if (std::isfinite(log))
                        largest = std::max(largest, log);
                }
            }
            panels.push_back(std::move(panel));
        }
    }
    return panels;
}

void paintPanel(QPainter& painter, const QRectF& room, const HeatPanel& panel, int ceiling, bool alone)
{
    const Palette& palette = lightPalette();
    const QFontMetricsF metrics(painter.font());
    const double line = metrics.height();
    const double left = metrics.horizontalAdvance(count(panel.steps)) + 10;
    QRectF area = room.adjusted(left + 1.9 * line, line * 1.5, -8, -2.4 * line);
    // A single loss is a single row, which is given room.
    const double side = panel.only > 0 ? area.width() : std::min(area.width(), area.height());
    const double height = panel.only == 0 ? side : std::min(area.height(), alone ? area.height() : 14 * line);
    area = QRectF(area.left(), area.top(), side, height);
    painter.setPen(palette.text);
    painter.drawText(QRectF(area.left(), room.top(), area.width(), line * 1.3),
                     Qt::AlignLeft | Qt::AlignVCenter, panel.name);
    const double cell = side / panel.steps;
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(Qt::NoPen);
    const auto paintCell = [&](int t, int s, double log) {
        const double x = area.left() + t * panel.bin * cell;
        const double right = std::min(area.right(), x + panel.bin * cell);
        const double bottom = area.bottom() - (panel.only > 0 ? 0 : s * panel.bin * cell);
        const double top = panel.only > 0 ? area.top() : std::max(area.top(), bottom - panel.bin * cell);
        const bool below = !(log >= floorExponent);
        painter.setBrush(below ? palette.line
                               : magnitude(palette, (log - floorExponent) / double(ceiling - floorExponent)));
        // What the neighbours to the right and above will cover hides the seams between them.
        painter.drawRect(QRectF(QPointF(x, top), QPointF(right, bottom)).adjusted(0, -1, t < s ? 1 : 0, 0) &
                         area);
    };
    for (int s = 0; s < panel.bins(); ++s) {
        for (int t = 0; t <= s; ++t) {
            if (const double log = panel.log(t, s); !std::isnan(log))
                paintCell(t, s, log);
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.muted, 1));
    painter.drawRect(area);
    painter.setPen(palette.text);
    const int most =
        std::max(2, static_cast<int>(side / (metrics.horizontalAdvance(count(panel.steps)) * 2.2)));
    for (const int at : labels(1, panel.steps, most)) {
        const double middle = (at - 0.5) * cell;
        painter.drawText(QRectF(area.left() + middle - 60, area.bottom() + 2, 120, line),
                         Qt::AlignHCenter | Qt::AlignTop, count(at));
        if (panel.only == 0)
            painter.drawText(QRectF(area.left() - left - 4, area.bottom() - middle - line, left, 2 * line),
                             Qt::AlignRight | Qt::AlignVCenter, count(at));
    }
    if (panel.only > 0)
        painter.drawText(QRectF(area.left() - left - 4, area.center().y() - line, left, 2 * line),
                         Qt::AlignRight | Qt::AlignVCenter, count(panel.only));
    drawMath(painter, QRectF(area.left(), area.bottom() + line, area.width(), line * 1.3), Qt::AlignCenter,
             Export::tr("t: the hidden state reached"));
    painter.save();
    painter.translate(area.left() - left - line * 0.8, area.center().y());
    painter.rotate(-90);
    drawMath(painter, QRectF(-height / 2 - line, -line * 0.7, height + 2 * line, line * 1.3), Qt::AlignCenter,
             panel.only > 0 ? Export::tr("s: the only loss") : Export::tr("s: the loss it comes from"));
    painter.restore();
}

void paintShades(QPainter& painter, const QRectF& room, int ceiling)
{
    const Palette& palette = lightPalette();
    const QFontMetricsF metrics(painter.font());
    const double line = metrics.height();
    constexpr int stripes = 72;
    const QRectF bar(room.left(), room.top(), line, room.height() - 2.2 * line);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < stripes; ++i) {
        painter.setBrush(magnitude(palette, (i + 0.5) / stripes));
        painter.drawRect(QRectF(bar.left(), bar.bottom() - (i + 1) * bar.height() / stripes, bar.width(),
                                bar.height() / stripes + 0.5));
    }
    const QRectF below(bar.left(), bar.bottom() + 0.6 * line, line, line);
    painter.setBrush(palette.line);
    painter.drawRect(below);
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.muted, 1));
    painter.drawRect(bar);
    painter.drawRect(below);
    painter.setPen(palette.text);
    const int span = ceiling - floorExponent;
    const int step = std::max(2, 2 * labelStep(span / 2, static_cast<int>(bar.height() / (2.2 * line))));
    for (int at = floorExponent; at <= ceiling; at += step) {
        const double y = bar.bottom() - bar.height() * (at - floorExponent) / span;
        painter.drawText(QRectF(bar.right() + 6, y - line, 200, 2 * line), Qt::AlignLeft | Qt::AlignVCenter,
                         power(at));
    }
    painter.drawText(QRectF(below.right() + 6, below.top() - line, 300, 3 * line),
                     Qt::AlignLeft | Qt::AlignVCenter, Export::tr("below, or 0"));
}

void paintPanels(QPainter& painter, const QSize& size, const QFont& font, QString title,
                 const QString& changes, const std::vector<HeatPanel>& panels, int ceiling, FilmExtent* film)
{
    painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().background);
    painter.setFont(font);
    const QFontMetricsF metrics(font);
    const double line = metrics.height();
    const double legend = metrics.horizontalAdvance(Export::tr("below, or 0")) + line + 20;
    const auto number = static_cast<int>(panels.size());
    const int bin = panels.empty() ? 1 : panels.front().bin;
    if (bin > 1)
        title += Export::tr(" (largest of %1×%1)").arg(bin);
    const double head =
        paintHead(painter, QRectF(10, 0, size.width() - 20, size.height()), title, changes, film);
    const QSizeF room(size.width() - legend - 12, size.height() - head);
    // As many columns as give the largest squares.
    const bool strips = number > 0 && panels.front().only > 0; // one above the other
    int columns = 1;
    double best = 0;
    for (int tried = 1; tried <= (strips ? 1 : number); ++tried) {
        const int rows = (number + tried - 1) / tried;
        const double side = std::min(room.width() / tried - 3.5 * line, room.height() / rows - 4 * line);
        if (side > best) {
            best = side;
            columns = tried;
        }
    }
    const int rows = (number + columns - 1) / columns;
    // Squares have their shades beside them, in the middle of a wide picture.
    const double width = strips ? room.width() : std::min(room.width(), columns * (best + 3.5 * line));
    const double left = (room.width() - width) / 2;
    for (int i = 0; i < number; ++i) {
        const QRectF cell(left + width * (i % columns) / columns,
                          head + room.height() * static_cast<int>(i / columns) / rows, width / columns,
                          room.height() / rows);
        paintPanel(painter, cell, panels[static_cast<std::size_t>(i)], ceiling, number == 1);
    }
    paintShades(painter,
                QRectF(left + width + 12, head + 1.4 * line, legend, size.height() - head - 3.2 * line),
                ceiling);
}

} // namespace

AnalysisPlot itemisedPlot(const std::vector<AnalysedLane>& lanes, const QString& changes,
                          const ExportProgress& progress)
{
    double most = ceilingExponent;
    const auto panels =
        std::make_shared<const std::vector<HeatPanel>>(heatPanels(lanes, most, goOnOf(progress)));
    const QString title = titled(Export::tr("‖∂L_s/∂h_t‖: which loss reaches how far back"), lanes);
    const int strips = panels->empty() || panels->front().only == 0 ? 1 : static_cast<int>(panels->size());
    return {{400, std::max(260, 40 + 70 * strips)},
            [=](QPainter& painter, const QSize& size, const QFont& font, FilmExtent* film) {
                paintPanels(painter, size, font, title, changes, *panels, ceilingOf(most, film), film);
            }};
}

} // namespace ui
