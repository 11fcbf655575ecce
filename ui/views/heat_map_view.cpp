#include "ui/views/heat_map_view.h"

#include "ui/paint/arrow.h"
#include "ui/paint/color_legend.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QFontMetricsF>
#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>
#include <QSignalBlocker>
#include <QToolButton>
#include <QToolTip>

#include <cmath>
#include <map>

namespace ui {

using unrolled::Phase;

namespace {

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

double largestMagnitude(const Eigen::MatrixXd& data)
{
    double largest = 0;
    for (Eigen::Index i = 0; i < data.size(); ++i) {
        const double magnitude = std::abs(data.data()[i]);
        if (std::isfinite(magnitude))
            largest = std::max(largest, magnitude);
    }
    return largest;
}

/// Numbers of a range far from 1 are written in a power of ten that the remark tells.
int exponentOf(double range)
{
    if (range >= 0.5 && range <= 100)
        return 0;
    return static_cast<int>(std::floor(std::log10(range) + 1e-9));
}

bool toRaster(const QPainter& painter)
{
    return painter.paintEngine() && painter.paintEngine()->type() == QPaintEngine::Raster;
}

} // namespace

HeatMapView::HeatMapView(QWidget* parent)
    : PaneView(parent), m_value(new QToolButton(this)), m_gradient(new QToolButton(this)),
      m_layers(new QComboBox(this))
{
    m_layers->setObjectName(QStringLiteral("layers"));
    m_layers->setAccessibleName(tr("Layer shown"));
    m_layers->setToolTip(tr("Which layer to show"));
    m_layers->hide();
    connect(m_layers, &QComboBox::currentIndexChanged, this, [this](int index) { setLayer(index - 1); });

    auto* group = new QButtonGroup(this);
    m_value->setText(tr("value"));
    m_value->setObjectName(QStringLiteral("value"));
    m_value->setToolTip(tr("Show the values of the forward pass"));
    m_gradient->setText(tr("gradient"));
    m_gradient->setObjectName(QStringLiteral("gradient"));
    m_gradient->setToolTip(tr("Show the derivative of the loss by each value, from the backward pass"));
    for (QToolButton* button : {m_value, m_gradient}) {
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setAccessibleName(button->toolTip());
        group->addButton(button);
    }
    m_value->setChecked(true);
    connect(m_gradient, &QToolButton::toggled, this, &HeatMapView::setShowGradient);
    addSwitch(m_layers);
    addSwitch(m_value);
    addSwitch(m_gradient);
}

void HeatMapView::setShowGradient(bool show)
{
    if (show == m_showGradient)
        return;
    m_showGradient = show;
    (show ? m_gradient : m_value)->setChecked(true);
    relayout();
    emit showGradientChanged(show);
}

void HeatMapView::setLayer(int layer)
{
    if (layer == m_layer)
        return;
    m_layer = layer;
    fillLayers();
    m_cursor = m_hover = {};
    relayout();
    emit layerChanged(layer);
}

void HeatMapView::fillLayers()
{
    const int layers = frame().empty() ? 1 : static_cast<int>(frame().trace().layers.size());
    const QSignalBlocker blocker(m_layers);
    if (m_layers->count() != layers + 1) {
        m_layers->clear();
        m_layers->addItem(tr("all layers"));
        for (int i = 1; i <= layers; ++i)
            m_layers->addItem(tr("layer %1").arg(i));
    }
    m_layers->setCurrentIndex(m_layer >= 0 && m_layer < layers ? m_layer + 1 : 0);
    m_layers->setHidden(layers < 2);
}

void HeatMapView::frameChanged()
{
    fillLayers();
    PaneView::frameChanged();
}

std::vector<HeatMapView::Block> HeatMapView::blocks() const
{
    std::vector<Block> result;
    if (frame().empty())
        return result;
    for (std::size_t lane = 0; lane < frame().lanes.size(); ++lane) {
        const auto& trace = frame().lanes[lane].trace;
        if (!trace)
            continue;
        const int layers = static_cast<int>(trace->layers.size());
        for (int layer = 0; layer < layers; ++layer) {
            if (m_layer >= 0 && m_layer < layers && layer != m_layer)
                continue;
            for (const int channel : channelsOf(trace->cell))
                result.push_back({static_cast<int>(lane), layer, channel});
        }
    }
    return result;
}

const unrolled::Channel& HeatMapView::channel(const Block& block) const
{
    const auto& trace = *frame().lanes[static_cast<std::size_t>(block.lane)].trace;
    return unrolled::channels(trace.cell)[static_cast<std::size_t>(block.channel)];
}

const Eigen::MatrixXd& HeatMapView::data(const Block& block) const
{
    const auto& trace = *frame().lanes[static_cast<std::size_t>(block.lane)].trace;
    const auto& quantity =
        trace.layers[static_cast<std::size_t>(block.layer)].channels[static_cast<std::size_t>(block.channel)];
    return m_showGradient ? quantity.gradient : quantity.value;
}

double HeatMapView::rangeOf(const Block& block) const
{
    if (!m_showGradient) {
        const unrolled::Channel& info = channel(block);
        if (info.low >= -1 && info.high <= 1)
            return 1;
        return std::max(1.0, roundedRange(largestMagnitude(data(block))));
    }
    // One range for all, so that blocks can be compared.
    double largest = 0;
    for (const Block& other : blocks())
        largest = std::max(largest, largestMagnitude(data(other)));
    return roundedRange(largest);
}

double HeatMapView::legendRange(const std::vector<Block>& all) const
{
    return all.empty() ? 1 : rangeOf(all.front());
}

std::vector<double> HeatMapView::arrived(const Block& block) const
{
    // Lanes march in step; the cells of other lanes have other operations, so their hidden state speaks for
    // them.
    const bool own = block.lane == 0;
    const std::string_view name = own ? channel(block).name : std::string_view("h");
    const int layer = std::min(block.layer, static_cast<int>(frame().trace().layers.size()) - 1);
    Frame settled = frame();
    settled.alpha = 1;
    const auto computed = [&](const Frame& at, int t) {
        return m_showGradient ? channelGradientComputed(at, t, layer, name)
                              : channelComputed(at, t, layer, name);
    };
    std::vector<double> result(static_cast<std::size_t>(data(block).cols()), 0.0);
    for (std::size_t i = 0; i < result.size(); ++i) {
        const int t = static_cast<int>(i) + 1;
        if (computed(settled, t))
            result[i] = frame().alpha >= 1 || computed(frame(), t) ? 1.0 : frame().alpha;
    }
    return result;
}

HeatLayout HeatMapView::layoutIn(const QRectF& area, const std::vector<Block>& all) const
{
    std::vector<int> units;
    int most = 1;
    int steps = 1;
    for (const Block& block : all) {
        units.push_back(static_cast<int>(data(block).rows()));
        most = std::max(most, units.back());
        steps = std::max(steps, static_cast<int>(data(block).cols()));
    }
    const QFontMetricsF small(smallFont());
    const QFontMetricsF number(textFont(0.8));
    HeatMetrics metrics;
    metrics.lineHeight = std::ceil(small.height()) + 1;
    metrics.unitLabelWidth = std::ceil(small.horizontalAdvance(QString::number(most))) + 2;
    metrics.numberWidth = std::max(34.0, number.horizontalAdvance(signedNumber(-0.88)) + 4);
    metrics.numberHeight = number.height() - 2;
    return heatLayout(area.adjusted(8, 0, -8, -3), units, steps, metrics);
}

HeatLayout HeatMapView::layout() const
{
    return layoutIn(body(), blocks());
}

HeatMapView::Cell HeatMapView::cellAt(const Block& block, const HeatBlock& place,
                                      const std::vector<double>& arrived, int timeCell, int unitCell) const
{
    const Eigen::MatrixXd& values = data(block);
    Cell cell;
    double largest = -1;
    cell.computed = true;
    for (int t = place.time.first(timeCell); t <= place.time.last(timeCell); ++t) {
        const double share = arrived[static_cast<std::size_t>(t)];
        if (share <= 0) {
            cell.computed = false;
            continue;
        }
        for (int unit = place.unit.first(unitCell); unit <= place.unit.last(unitCell); ++unit) {
            const double value = values(unit, t);
            const double magnitude = std::isnan(value) ? HUGE_VAL : std::abs(value);
            if (magnitude > largest) {
                largest = magnitude;
                cell.value = value;
                cell.t = t + 1;
                cell.unit = unit;
                cell.share = share;
            }
        }
    }
    // A cell of which some steps are there shows those.
    cell.computed = cell.computed || largest >= 0;
    if (largest < 0) {
        cell.t = place.time.first(timeCell) + 1;
        cell.unit = place.unit.first(unitCell);
    }
    return cell;
}

void HeatMapView::paintBlock(QPainter& painter, const Block& block, const HeatBlock& place, double range,
                             bool numbers) const
{
    const Painted painted{block, place, arrived(block), range};
    painter.save();
    if (place.time.cellSize() >= 10 && place.unit.cellSize() >= 8)
        paintCells(painter, painted, numbers);
    else
        paintDense(painter, painted);
    painter.restore();
}

QColor HeatMapView::colorOf(const Cell& cell, double range) const
{
    const QColor color = diverging(colors(), cell.value / range);
    return cell.share >= 1 ? color : mixed(colors().background, color, cell.share);
}

/// Cells with room between them; what is not computed yet is an empty frame.
void HeatMapView::paintCells(QPainter& painter, const Painted& painted, bool numbers) const
{
    const Palette& palette = colors();
    const HeatBlock& place = painted.place;
    const int exponent = exponentOf(painted.range);
    const double power = std::pow(10.0, exponent);
    const QFont font = textFont(0.8);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int u = 0; u < place.unit.cells(); ++u) {
        for (int s = 0; s < place.time.cells(); ++s) {
            const Cell cell = cellAt(painted.block, place, painted.arrived, s, u);
            const QRectF rect = place.cell(s, u).adjusted(1, 1, -1, -1);
            if (!cell.computed) {
                painter.setBrush(Qt::NoBrush);
                painter.setPen(QPen(palette.line, 1));
                painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
                continue;
            }
            const QColor color = colorOf(cell, painted.range);
            painter.setBrush(color);
            painter.setPen(Qt::NoPen);
            painter.drawRoundedRect(rect, 2, 2);
            if (std::isnan(cell.value)) {
                painter.setPen(QPen(palette.wrong, 1));
                painter.drawLine(rect.bottomLeft(), rect.topRight());
            } else if (numbers && cell.share > 0.5) {
                const double shown = cell.value / power;
                QString label = signedNumber(shown);
                // Where a power of ten has no room, what rounds to nothing is written as that.
                if (std::abs(shown) < 0.005 && metrics.horizontalAdvance(label) > rect.width())
                    label = signedNumber(0);
                painter.setPen(textOn(color));
                if (metrics.horizontalAdvance(label) <= rect.width() &&
                    metrics.capHeight() + 2 <= rect.height())
                    painter.drawText(rect, Qt::AlignCenter, label);
            }
        }
    }
}

/// Cells edge to edge; what is not computed yet is hatched. On screen they are one image, in vector files all
/// cells of a colour are one path.
void HeatMapView::paintDense(QPainter& painter, const Painted& painted) const
{
    const HeatBlock& place = painted.place;
    const int timeCells = place.time.cells();
    const int unitCells = place.unit.cells();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    const QRgb ground = colors().background.rgb();
    const QRgb broken = colors().wrong.rgb();
    QImage image(timeCells, unitCells, QImage::Format_RGB32);
    for (int u = 0; u < unitCells; ++u) {
        auto* row = reinterpret_cast<QRgb*>(image.scanLine(u));
        for (int s = 0; s < timeCells; ++s) {
            const Cell cell = cellAt(painted.block, place, painted.arrived, s, u);
            if (!cell.computed)
                row[s] = ground;
            else
                row[s] = std::isnan(cell.value) ? broken : colorOf(cell, painted.range).rgb();
        }
    }
    if (toRaster(painter)) {
        // The last cell may hold fewer values than the others; so much of it is drawn.
        const QRectF source(0, 0, static_cast<double>(place.time.count) / place.time.group,
                            static_cast<double>(place.unit.count) / place.unit.group);
        painter.drawImage(place.cells, image, source);
    } else {
        std::map<QRgb, QPainterPath> paths;
        for (int u = 0; u < unitCells; ++u) {
            const auto* row = reinterpret_cast<const QRgb*>(image.constScanLine(u));
            for (int s = 0; s < timeCells;) {
                const int start = s++;
                while (s < timeCells && row[s] == row[start])
                    ++s;
                if (row[start] == ground)
                    continue;
                // A hair of overlap hides seams between antialiased neighbours.
                const QRectF rect(place.cell(start, u).topLeft(), place.cell(s - 1, u).bottomRight());
                paths[row[start]].addRect(rect.adjusted(0, 0, 0.25, 0.25) & place.cells);
            }
        }
        painter.setPen(Qt::NoPen);
        for (auto& [color, path] : paths) {
            path.setFillRule(Qt::WindingFill);
            painter.fillPath(path, QColor(color));
        }
    }
    for (int s = 0; s < timeCells;) {
        const int start = s++;
        const auto empty = [&](int cell) {
            return painted.arrived[static_cast<std::size_t>(place.time.first(cell))] <= 0 &&
                   painted.arrived[static_cast<std::size_t>(place.time.last(cell))] <= 0;
        };
        if (!empty(start))
            continue;
        while (s < timeCells && empty(s))
            ++s;
        hatch(painter, QRectF(QPointF(place.time.edge(start), place.cells.top()),
                              QPointF(place.time.edge(s), place.cells.bottom())));
    }
}

/// Thin diagonals, cut to the rectangle by hand: vector files know no clipping here.
void HeatMapView::hatch(QPainter& painter, const QRectF& rect) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colors().line, 1));
    constexpr double spacing = 9;
    // The line x + y = k, on a grid shared by all rectangles.
    const double first = std::ceil((rect.left() + rect.top()) / spacing) * spacing;
    for (double k = first; k < rect.right() + rect.bottom(); k += spacing) {
        const double left = std::max(rect.left(), k - rect.bottom());
        const double right = std::min(rect.right(), k - rect.top());
        if (right > left)
            painter.drawLine(QPointF(left, k - left), QPointF(right, k - right));
    }
    painter.setPen(QPen(colors().line, 0.8));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
}

void HeatMapView::paintLabels(QPainter& painter, const Block& block, const HeatBlock& place, double range,
                              double usual) const
{
    const Palette& palette = colors();
    const unrolled::Channel& info = channel(block);
    QFont font = smallFont();
    painter.setFont(font);
    const QFontMetricsF metrics(font);

    QString symbol = text(info.symbol) + QStringLiteral("_t");
    if (m_showGradient)
        symbol = QStringLiteral("∂L/∂") + symbol;
    painter.setPen(palette.text);
    const double symbolWidth = mathSize(font, symbol).width();
    drawMath(painter, place.label, Qt::AlignLeft | Qt::AlignVCenter, symbol);
    QStringList words;
    words << text(info.title);
    const Lane& lane = frame().lanes[static_cast<std::size_t>(block.lane)];
    if (lane.trace->layers.size() > 1)
        words << tr("layer %1").arg(block.layer + 1);
    if (frame().lanes.size() > 1)
        words << lane.name;
    if (range != usual)
        words << tr("colours %1%2").arg(QChar(0xb1)).arg(rangeText(range));
    const QRectF rest = place.label.adjusted(symbolWidth + 8, 0, 0, 0);
    painter.setPen(palette.muted);
    painter.drawText(
        rest, Qt::AlignLeft | Qt::AlignVCenter,
        metrics.elidedText(words.join(QStringLiteral(", ")), Qt::ElideRight, std::max(0.0, rest.width())));

    for (const int unit : spacedLabels(place.unit.count, place.unit.length / std::max(1, place.unit.count),
                                       metrics.ascent() + 1)) {
        const double y = place.unit.start + place.unit.length * (unit - 0.5) / place.unit.count;
        const double top =
            std::clamp(y - metrics.height() / 2, place.cells.top() - 3,
                       std::max(place.cells.top() - 3, place.cells.bottom() - metrics.height() + 3));
        painter.drawText(QRectF(place.unitLabels.left(), top, place.unitLabels.width(), metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, QString::number(unit));
    }
    if (place.timeLabels.isEmpty())
        return;
    const int current = frame().time();
    const double pixels = place.time.length / std::max(1, place.time.count);
    const bool spelled = pixels >= metrics.horizontalAdvance(QStringLiteral("t = 88"));
    const double room = metrics.horizontalAdvance(QString::number(place.time.count)) + 12;
    bool first = true;
    double taken = -1e9;
    for (const int t : spacedLabels(place.time.count, pixels, room)) {
        QString label = QString::number(t);
        if (spelled)
            label = QStringLiteral("t = ") + label;
        const double width = metrics.horizontalAdvance(label) + 2;
        const double x = std::clamp(place.time.start + pixels * (t - 0.5) - width / 2, place.cells.left() - 6,
                                    place.cells.right() - width + 6);
        if (x < taken + 3)
            continue;
        taken = x + width;
        painter.setPen(t == current ? palette.text : palette.muted);
        painter.drawText(QRectF(x, place.timeLabels.top(), width, place.timeLabels.height()), Qt::AlignCenter,
                         label);
        if (first && !spelled)
            drawMath(painter,
                     QRectF(place.unitLabels.left(), place.timeLabels.top(), place.unitLabels.width() - 2,
                            place.timeLabels.height()),
                     Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("t"));
        first = false;
    }
}

void HeatMapView::paintBody(QPainter& painter, const QRectF& area)
{
    if (frame().empty())
        return;
    const Palette& palette = colors();
    const std::vector<Block> all = blocks();
    if (all.empty()) {
        painter.setFont(textFont());
        painter.setPen(palette.muted);
        painter.drawText(area.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap, emptyText());
        return;
    }
    const HeatLayout layout = layoutIn(area, all);
    const double usual = legendRange(all);
    const int current = frame().time();
    const bool backward = frame().phase() == Phase::Backward;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const HeatBlock& place = layout.blocks[i];
        if (place.cells.width() < 4 || place.cells.height() < 2)
            continue;
        // A gradient's range is that of all blocks, and dear to find.
        const double range = m_showGradient ? usual : rangeOf(all[i]);
        paintBlock(painter, all[i], place, range, layout.numbers);
        paintLabels(painter, all[i], place, range, usual);
        painter.save();
        painter.setBrush(Qt::NoBrush);
        if (current >= 1 && current <= place.time.count) {
            const int cell = place.time.cellOf(current - 1);
            QRectF column(QPointF(place.time.edge(cell), place.cells.top()),
                          QPointF(place.time.edge(cell + 1), place.cells.bottom()));
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(backward ? palette.backward : palette.forward, 1.5));
            painter.drawRoundedRect(column, 2, 2);
        }
        for (const HeatPlace& mark : {m_hover, m_cursor}) {
            // Pictures show no pointer.
            if (painter.device() != this || mark.block != static_cast<int>(i) ||
                mark.timeCell >= place.time.cells() || mark.unitCell >= place.unit.cells())
                continue;
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(palette.text, 1.5));
            painter.drawRect(place.cell(mark.timeCell, mark.unitCell).adjusted(0.5, 0.5, -0.5, -0.5));
        }
        painter.restore();
    }
}

double HeatMapView::paintLegend(QPainter* painter, const QRectF& line) const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return 0;
    return drawColorLegend(painter, line, smallFont(), colors(), legendRange(all));
}

QString HeatMapView::caption() const
{
    return frame().empty() || blocks().empty()
               ? PaneView::caption()
               : tr("%1 (unit × time step), iteration %2").arg(title(), count(frame().position.iteration));
}

QString HeatMapView::remark() const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return {};
    QStringList parts;
    const HeatLayout layout = layoutIn(body().isEmpty() ? QRectF(0, 0, 340, 200) : QRectF(body()), all);
    const HeatBlock& first = layout.blocks.front();
    if (m_showGradient && frame().phase() < Phase::Backward)
        parts << tr("filled in by the backward pass");
    if (first.time.group > 1 || first.unit.group > 1) {
        QStringList sizes;
        if (first.unit.group > 1)
            sizes << tr("%1 units").arg(first.unit.group);
        if (first.time.group > 1)
            sizes << tr("%1 steps").arg(first.time.group);
        parts << tr("a cell: the largest of %1").arg(sizes.join(QStringLiteral(" × ")));
    }
    for (const Lane& lane : frame().lanes) {
        if (lane.trace && channelsOf(lane.trace->cell).empty())
            parts << tr("%1 has none").arg(lane.name);
    }
    const int exponent = exponentOf(legendRange(all));
    if (layout.numbers && exponent != 0)
        parts << tr("numbers in 10%1").arg(superscript(exponent));
    return parts.join(QStringLiteral("; "));
}

QString HeatMapView::textOf(const Block& block, const HeatBlock& place, int timeCell, int unitCell) const
{
    const Cell cell = cellAt(block, place, arrived(block), timeCell, unitCell);
    const unrolled::Channel& info = channel(block);
    const Lane& lane = frame().lanes[static_cast<std::size_t>(block.lane)];
    QString where = tr("unit %1, t = %2").arg(cell.unit + 1).arg(cell.t);
    if (lane.trace->layers.size() > 1)
        where = tr("layer %1, %2").arg(block.layer + 1).arg(where);
    if (frame().lanes.size() > 1)
        where = tr("%1, %2").arg(lane.name, where);
    const QString what = m_showGradient ? tr("gradient of the %1").arg(text(info.title)) : text(info.title);
    if (!cell.computed)
        return tr("%1, %2: not computed yet").arg(what, where);
    QString result = tr("%1, %2: %3").arg(what, where, exact(cell.value));
    const int values = (place.time.last(timeCell) - place.time.first(timeCell) + 1) *
                       (place.unit.last(unitCell) - place.unit.first(unitCell) + 1);
    if (values > 1)
        result += QLatin1Char('\n') + tr("the largest of %1 values: units %2–%3, t = %4–%5")
                                          .arg(values)
                                          .arg(place.unit.first(unitCell) + 1)
                                          .arg(place.unit.last(unitCell) + 1)
                                          .arg(place.time.first(timeCell) + 1)
                                          .arg(place.time.last(timeCell) + 1);
    return result;
}

QString HeatMapView::textAt(const QPointF& pixel) const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return {};
    const HeatLayout layout = layoutIn(body(), all);
    const HeatPlace place = placeAt(layout, pixel);
    if (place.block < 0)
        return {};
    const auto i = static_cast<std::size_t>(place.block);
    return textOf(all[i], layout.blocks[i], place.timeCell, place.unitCell);
}

QString HeatMapView::describe() const
{
    const std::vector<Block> all = blocks();
    if (frame().empty())
        return tr("%1: nothing computed yet.").arg(title());
    if (all.empty())
        return title() + QStringLiteral(". ") + emptyText();
    QStringList lines;
    lines << tr("%1 at iteration %2, %3.")
                 .arg(title(), count(frame().position.iteration),
                      m_showGradient ? tr("gradients") : tr("values"));
    for (const Block& block : all) {
        const Eigen::MatrixXd& values = data(block);
        const std::vector<double> there = arrived(block);
        int steps = 0;
        double low = HUGE_VAL;
        double high = -HUGE_VAL;
        for (Eigen::Index t = 0; t < values.cols(); ++t) {
            if (there[static_cast<std::size_t>(t)] < 1)
                continue;
            ++steps;
            low = std::min(low, values.col(t).minCoeff());
            high = std::max(high, values.col(t).maxCoeff());
        }
        const unrolled::Channel& info = channel(block);
        QString name = text(info.title);
        if (frame().trace().layers.size() > 1)
            name += tr(" of layer %1").arg(block.layer + 1);
        if (frame().lanes.size() > 1)
            name += tr(" of %1").arg(frame().lanes[static_cast<std::size_t>(block.lane)].name);
        const QString size =
            tr("%1: %2 units over %3 steps, ").arg(name).arg(values.rows()).arg(values.cols());
        lines << (steps == 0 ? size + tr("not computed yet.")
                             : size + tr("%1 computed, between %2 and %3.")
                                          .arg(steps)
                                          .arg(m_showGradient ? norm(low) : signedNumber(low),
                                               m_showGradient ? norm(high) : signedNumber(high)));
    }
    return lines.join(QLatin1Char(' '));
}

void HeatMapView::goTo(int t)
{
    const bool backward = m_showGradient || frame().phase() >= Phase::Backward;
    const int tick = frame().ticks.tickOf(backward ? Phase::Backward : Phase::Forward, t);
    emit positionRequested(frame().ticks.endOfTick(frame().position.iteration, tick));
}

bool HeatMapView::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool arrow = key->key() >= Qt::Key_Left && key->key() <= Qt::Key_Down;
        if (arrow && key->modifiers().testFlag(Qt::ControlModifier)) {
            event->accept();
            return true;
        }
    }
    if (event->type() == QEvent::ToolTip)
        return true; // shown as the pointer moves, without delay
    return PaneView::event(event);
}

void HeatMapView::mouseMoveEvent(QMouseEvent* event)
{
    const HeatPlace place = placeAt(layout(), event->position());
    if (place == m_hover)
        return;
    m_hover = place;
    setCursor(place.block >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    const QString words = textAt(event->position());
    if (words.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPosition().toPoint() + QPoint(8, 8), words, this);
    update();
}

void HeatMapView::leaveEvent(QEvent* event)
{
    m_hover = {};
    update();
    PaneView::leaveEvent(event);
}

void HeatMapView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return PaneView::mousePressEvent(event);
    const HeatLayout at = layout();
    const HeatPlace place = placeAt(at, event->position());
    if (place.block < 0)
        return;
    const HeatBlock& block = at.blocks[static_cast<std::size_t>(place.block)];
    // Within a cell of several steps the pixel tells which.
    const double share = (event->position().x() - block.time.start) / block.time.length;
    goTo(std::clamp(static_cast<int>(share * block.time.count), 0, block.time.count - 1) + 1);
}

void HeatMapView::keyPressEvent(QKeyEvent* event)
{
    const HeatLayout at = layout();
    if (at.blocks.empty())
        return PaneView::keyPressEvent(event);
    const bool moves = event->modifiers().testFlag(Qt::ControlModifier);
    if (m_cursor.block >= static_cast<int>(at.blocks.size()))
        m_cursor = {};
    if (moves && event->key() >= Qt::Key_Left && event->key() <= Qt::Key_Down) {
        if (m_cursor.block < 0) {
            const int t = std::max(1, frame().time());
            m_cursor = {0, at.blocks.front().time.cellOf(t - 1), 0};
        } else {
            const HeatBlock* block = &at.blocks[static_cast<std::size_t>(m_cursor.block)];
            if (event->key() == Qt::Key_Left)
                --m_cursor.timeCell;
            else if (event->key() == Qt::Key_Right)
                ++m_cursor.timeCell;
            else if (event->key() == Qt::Key_Up && --m_cursor.unitCell < 0 && m_cursor.block > 0) {
                block = &at.blocks[static_cast<std::size_t>(--m_cursor.block)];
                m_cursor.unitCell = block->unit.cells() - 1;
            } else if (event->key() == Qt::Key_Down && ++m_cursor.unitCell >= block->unit.cells() &&
                       m_cursor.block + 1 < static_cast<int>(at.blocks.size())) {
                block = &at.blocks[static_cast<std::size_t>(++m_cursor.block)];
                m_cursor.unitCell = 0;
            }
            m_cursor.timeCell = std::clamp(m_cursor.timeCell, 0, block->time.cells() - 1);
            m_cursor.unitCell = std::clamp(m_cursor.unitCell, 0, block->unit.cells() - 1);
        }
        showCursorText();
        update();
        return;
    }
    if (m_cursor.block >= 0 && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)) {
        goTo(at.blocks[static_cast<std::size_t>(m_cursor.block)].time.first(m_cursor.timeCell) + 1);
        return;
    }
    if (m_cursor.block >= 0 && event->key() == Qt::Key_Escape) {
        m_cursor = {};
        QToolTip::hideText();
        update();
        return;
    }
    PaneView::keyPressEvent(event);
}

void HeatMapView::showCursorText()
{
    const std::vector<Block> all = blocks();
    const HeatLayout at = layoutIn(body(), all);
    const auto i = static_cast<std::size_t>(m_cursor.block);
    const QString words = textOf(all[i], at.blocks[i], m_cursor.timeCell, m_cursor.unitCell);
    setAccessibleDescription(words);
    const QRectF cell = at.blocks[i].cell(m_cursor.timeCell, m_cursor.unitCell);
    QToolTip::showText(mapToGlobal(cell.bottomRight().toPoint()), words, this);
}

} // namespace ui
