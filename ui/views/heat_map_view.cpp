#include "ui/views/heat_map_view.h"

#include "ui/paint/color_legend.h"
#include "ui/paint/number_format.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QToolButton>

#include <cmath>

namespace ui {

using unrolled::Phase;

namespace {

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
        return std::max(1.0, roundedRange(inFilm(std::to_string(block.lane) + std::to_string(block.layer) +
                                                     std::string(info.name),
                                                 largestMagnitude(data(block)))));
    }
    // One range for all, so that blocks can be compared.
    double largest = 0;
    for (const Block& other : blocks())
        largest = std::max(largest, largestMagnitude(data(other)));
    return roundedRange(inFilm("gradient", largest));
}

double HeatMapView::legendRange(const std::vector<Block>& all) const
{
    return all.empty() ? 1 : rangeOf(all.front());
}

std::vector<double> HeatMapView::arrived(const Block& block) const
{
    // Lanes march in step; the cells of other lanes have other operations, so their hidden state speaks for
    // them.
    const bool own = block.lane == static_cast<int>(frame().front);
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

bool HeatMapView::allArrived(const Block& block) const
{
    const std::vector<double> steps = arrived(block);
    return std::all_of(steps.begin(), steps.end(), [](double share) { return share >= 1; });
}

void HeatMapView::paintSide(QPainter&, const Block&, const HeatBlock&) const {}

QString HeatMapView::sideText(const Block&, int, int) const
{
    return {};
}

QString HeatMapView::sideSummary(const Block&) const
{
    return {};
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
    // As much as a cell's number needs with the gaps around the cell, and the number of its row.
    metrics.numberHeight = std::max({number.height() - 2, number.capHeight() + 4, small.ascent() + 1});
    metrics.sideWidth = m_showGradient ? 0 : sideWidth();
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

double HeatMapView::paintLegend(QPainter* painter, const QRectF& line) const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return 0;
    const bool hatched = painter && painter->device() != this && hatches();
    return drawColorLegend(painter, line, smallFont(), colors(), legendRange(all), 72, hatched);
}

void HeatMapView::goTo(int t)
{
    requestStep(m_showGradient || frame().phase() >= Phase::Backward ? Phase::Backward : Phase::Forward, t);
}

std::vector<unrolled::Intervention> HeatMapView::changesAt(const QPoint& place) const
{
    const std::vector<Block> all = blocks();
    if (all.empty())
        return {};
    const HeatLayout at = layoutIn(body(), all);
    const HeatPlace hit = placeAt(at, place);
    if (hit.block < 0 || all[static_cast<std::size_t>(hit.block)].lane != 0)
        return {}; // only the experiment's own model can be changed
    const auto i = static_cast<std::size_t>(hit.block);
    const Cell cell = cellAt(all[i], at.blocks[i], arrived(all[i]), hit.timeCell, hit.unitCell);
    return clampOf(*frame().lanes[static_cast<std::size_t>(all[i].lane)].trace, channel(all[i]).name,
                   all[i].layer, cell.unit, cell.t);
}

int HeatMapView::modelAt(const QPoint& place) const
{
    const std::vector<Block> all = blocks();
    const HeatPlace hit = all.empty() ? HeatPlace() : placeAt(layoutIn(body(), all), place);
    return hit.block < 0 ? 0 : all[static_cast<std::size_t>(hit.block)].lane;
}

/// Without a cursor each gate of the first unit at the step at work, or the last one.
std::vector<unrolled::Intervention> HeatMapView::changesAtCursor() const
{
    if (frame().empty() || m_cursor.block >= 0)
        return changesAt(cursorPlace());
    std::vector<unrolled::Intervention> changes;
    const int t = frame().time() > 0 ? frame().time() : frame().ticks.steps();
    for (const Block& block : blocks()) {
        if (block.lane != 0)
            continue;
        const unrolled::IterationTrace& trace = *frame().lanes.front().trace;
        const auto more = clampOf(trace, channel(block).name, block.layer, 0, t);
        changes.insert(changes.end(), more.begin(), more.end());
    }
    return changes;
}

QPoint HeatMapView::cursorPlace() const
{
    const HeatLayout at = layout();
    if (m_cursor.block < 0 || m_cursor.block >= static_cast<int>(at.blocks.size()))
        return rect().center();
    return at.blocks[static_cast<std::size_t>(m_cursor.block)]
        .cell(m_cursor.timeCell, m_cursor.unitCell)
        .center()
        .toPoint();
}

const unrolled::GateClamp* HeatMapView::clampOn(const Block& block, int unit, int t) const
{
    const unrolled::IterationTrace& trace = *frame().lanes[static_cast<std::size_t>(block.lane)].trace;
    return unrolled::clampAt(trace.edits, std::string(channel(block).name), block.layer, unit, t);
}

bool HeatMapView::ownsKey(const QKeyEvent& key) const
{
    return movesCursor(key, Qt::Horizontal | Qt::Vertical);
}

void HeatMapView::mouseMoveEvent(QMouseEvent* event)
{
    const HeatLayout at = layout();
    const HeatPlace place = placeAt(at, event->position());
    const HeatPlace side = sideAt(at, event->position());
    if (place == m_hover && side == m_hoverSide)
        return;
    m_hover = place;
    m_hoverSide = side;
    setCursor(place.block >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    showWords(event->globalPosition().toPoint() + QPoint(8, 8), textAt(event->position()));
    update();
}

void HeatMapView::leaveEvent(QEvent* event)
{
    m_hover = m_hoverSide = {};
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
    if (m_cursor.block >= static_cast<int>(at.blocks.size()))
        m_cursor = {};
    if (ownsKey(*event)) {
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
        showWords({}, {});
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
    showWords(mapToGlobal(cell.bottomRight().toPoint()), words);
}

} // namespace ui
