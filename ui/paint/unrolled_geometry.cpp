#include "ui/paint/unrolled_geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace ui {

namespace {

// Room that a step needs to show numbers, and to show bars.
constexpr double numbersWidth = 124;
constexpr double barsWidth = 42;
// The size at which texts have their design size.
constexpr double designWidth = 160;
constexpr double designHeight = 420;
constexpr double widestStep = 250;
constexpr double largestScale = 3;
constexpr double smallestScale = 0.82;

/// Heights of the rows at scale 1. Those that can grow are given as the stages in which they do.
struct RowHeights
{
    double margin, loss, answer, outputsGap, header, padding, input, symbol, gradient;
    double arrow[3], outputRow[3], unitRow[3];
    double smallestSection;
};

constexpr std::array<RowHeights, 3> rowHeights{{
    {7, 20, 28, 6, 18, 6, 21, 25, 17, {20, 34, 64}, {11, 13, 18}, {11, 13, 21}, 33},
    {6, 16, 21, 4, 0, 4, 10, 18, 15, {12, 20, 44}, {5, 11, 14}, {3, 8, 14}, 10},
    {6, 24, 28, 0, 0, 2, 16, 14, 44, {8, 10, 12}, {1, 4, 12}, {0.5, 8, 40}, 16},
}};
constexpr double stripOverlap = 14; // strips of gradients of several layers are lower by this

const RowHeights& heightsOf(StepDetail detail)
{
    return rowHeights[static_cast<std::size_t>(detail)];
}

/// Lets every item grow towards its target; where the room is short, all by the same share of what they want.
void grow(std::vector<double>& items, const std::vector<double>& targets, double& room)
{
    double wanted = 0;
    for (std::size_t i = 0; i < items.size(); ++i)
        wanted += std::max(0.0, targets[i] - items[i]);
    if (wanted <= 0 || room <= 0)
        return;
    const double share = std::min(1.0, room / wanted);
    for (std::size_t i = 0; i < items.size(); ++i)
        items[i] += share * std::max(0.0, targets[i] - items[i]);
    room -= share * wanted;
}

} // namespace

UnrolledGeometry::UnrolledGeometry(const UnrolledShape& shape, const QSizeF& size,
                                   const UnrolledCamera& camera)
    : m_shape(shape), m_size(size), m_camera(camera)
{
    m_shape.steps = std::max(1, m_shape.steps);
    m_size = size.expandedTo(QSizeF(1, 1));
    layOutColumns();
    if (!layOutRows() && m_detail == StepDetail::Numbers) {
        m_detail = StepDetail::Bars;
        layOutRows();
    }
}

/// The height at which every unit could show its number.
double UnrolledGeometry::naturalHeight() const
{
    const RowHeights& rows = heightsOf(StepDetail::Numbers);
    const int units =
        std::accumulate(m_shape.units.begin(), m_shape.units.end(), 0) * (m_shape.cellState ? 2 : 1);
    return designHeight + (units - 3) * rows.unitRow[1] + (m_shape.layers() - 1) * 60.0 +
           (m_shape.cellState ? m_shape.layers() * rows.header : 0);
}

double UnrolledGeometry::lead() const
{
    if (m_detail == StepDetail::Strip)
        return std::clamp(m_stepWidth, 6.0, 14.0) + 6;
    return m_detail == StepDetail::Numbers ? 76 * m_scale : 58 * m_scale;
}

void UnrolledGeometry::layOutColumns()
{
    const double width = m_size.width();
    const double legend = 20 * std::clamp(m_size.height() / designHeight, 0.85, 1.5);
    const double viewHeight = std::max(1.0, m_size.height() - legend);
    const double heightScale = std::clamp(viewHeight / designHeight, smallestScale, largestScale);

    // The widest step that lets all of them fit; the lead depends on the scale, the scale on the width.
    const double numbersHeight = std::max(designHeight, 1.12 * leastHeight());
    const auto arrange = [&](double step, double height) {
        const double byHeight = height / designHeight;
        m_stepWidth = step;
        if (step >= numbersWidth) {
            m_detail = StepDetail::Numbers;
            m_scale =
                std::clamp(std::min(step / designWidth, height / numbersHeight), smallestScale, largestScale);
        } else if (step >= barsWidth * std::clamp(byHeight, 1.0, 1.2)) {
            m_detail = StepDetail::Bars;
            m_scale = std::clamp(std::min(step / 66, byHeight), smallestScale, 1.6);
        } else {
            m_detail = StepDetail::Strip;
            m_scale = std::clamp(byHeight, smallestScale, 1.6);
        }
        m_gutter = m_detail == StepDetail::Strip ? 84 * m_scale : 0;
    };
    double fit = width / m_shape.steps;
    for (int pass = 0; pass < 8; ++pass) {
        arrange(fit, viewHeight);
        const double tail = m_detail == StepDetail::Strip ? 8 : 4;
        fit = std::max(0.01, (width - m_gutter - lead() - tail) / m_shape.steps);
    }
    fit = std::min(fit, widestStep * heightScale);

    // Zooming widens the steps first, then gives the units more height, then magnifies.
    const double widest = std::max(fit, 1.05 * designWidth * heightScale);
    const double taller = std::max(1.0, naturalHeight() / m_size.height());
    m_largestZoom = widest / fit * taller * 2.5;
    m_camera.zoom = std::clamp(m_camera.zoom, 1.0, m_largestZoom);
    const double beyond = std::max(1.0, fit * m_camera.zoom / widest);
    m_contentHeight = viewHeight * beyond;
    arrange(std::min(fit * m_camera.zoom, widest) * std::max(1.0, beyond / taller), m_contentHeight);

    m_legend = {m_size.height() - legend, legend};
    const double view = width - m_gutter;
    const double tail = m_detail == StepDetail::Strip ? 8 : 4;
    const double content = lead() + m_shape.steps * m_stepWidth + tail;
    if (content <= view + 0.5) {
        m_origin = m_gutter + (view - content) / 2 + lead();
        m_camera.centre = (m_gutter + view / 2 - m_origin) / m_stepWidth;
    } else {
        const double half = view / 2 / m_stepWidth;
        m_camera.centre = std::clamp(m_camera.centre, half - lead() / m_stepWidth,
                                     m_shape.steps + tail / m_stepWidth - half);
        m_origin = m_gutter + view / 2 - m_camera.centre * m_stepWidth;
    }
    const double halfHeight = viewHeight / m_contentHeight / 2;
    m_camera.middle = std::clamp(m_camera.middle, halfHeight, 1 - halfHeight);

    m_firstVisible =
        std::clamp(static_cast<int>(std::floor((m_gutter - m_origin) / m_stepWidth)) + 1, 1, m_shape.steps);
    m_lastVisible = std::clamp(static_cast<int>(std::ceil((width - m_origin) / m_stepWidth)), m_firstVisible,
                               m_shape.steps);
}

/// The height of what does not grow, at scale 1.
double UnrolledGeometry::fixedHeight(StepDetail detail) const
{
    const RowHeights& rows = heightsOf(detail);
    const int layers = m_shape.layers();
    const int sections = layers * (m_shape.cellState ? 2 : 1);
    double height = 2 * rows.margin + rows.loss + rows.outputsGap + rows.input + layers * rows.gradient;
    height += sections * rows.header + layers * 2 * rows.padding + (sections - layers) * rows.padding;
    height += m_shape.classes || detail != StepDetail::Strip ? rows.answer : 0;
    height += m_shape.symbols || detail != StepDetail::Numbers ? rows.symbol : 0;
    if (detail == StepDetail::Strip)
        height -= (layers - 1) * stripOverlap;
    return height;
}

/// The least height at which a step shows its numbers in texts of design size.
double UnrolledGeometry::leastHeight() const
{
    const RowHeights& rows = heightsOf(StepDetail::Numbers);
    double height = fixedHeight(StepDetail::Numbers) + (m_shape.layers() + 1) * rows.arrow[0];
    height += std::min(m_shape.outputs, 4) * rows.outputRow[0];
    for (int units : m_shape.units)
        height += (m_shape.cellState ? 2 : 1) * std::min(units * rows.unitRow[0], rows.smallestSection);
    return height;
}

bool UnrolledGeometry::layOutRows()
{
    const RowHeights& rows = heightsOf(m_detail);
    const int layers = m_shape.layers();
    const double height = m_contentHeight / m_scale;

    const int mostRows = std::clamp(static_cast<int>((height - 310) / 15), 4, 12);
    m_outputRows = m_shape.outputs;
    if (m_detail != StepDetail::Strip && m_shape.outputs > (m_detail == StepDetail::Bars ? 6 : mostRows))
        m_outputRows = std::min(mostRows, m_detail == StepDetail::Bars ? 4 : 6);

    // Items that grow: the outputs, the arrows (together), then every section of units.
    const int arrows = layers + 1;
    std::vector<double> counts{static_cast<double>(m_outputRows), static_cast<double>(arrows)};
    // Numbers in a strip are columns, which need height.
    const bool columns = m_detail == StepDetail::Strip && !m_shape.classes;
    const auto outputRow = [&](int which) { return columns ? (which + 3) * 9.0 : rows.outputRow[which]; };
    std::vector<double> items{m_outputRows * outputRow(0), arrows * rows.arrow[0]};
    for (int layer = 0; layer < layers; ++layer) {
        for (int section = 0; section < (m_shape.cellState ? 2 : 1); ++section) {
            const double units = m_shape.units[static_cast<std::size_t>(layer)];
            counts.push_back(units);
            items.push_back(std::min(units * rows.unitRow[0], rows.smallestSection));
        }
    }
    if (m_detail == StepDetail::Strip)
        items[0] = std::min(items[0], 0.15 * height);

    double room = height - fixedHeight(m_detail) - std::accumulate(items.begin(), items.end(), 0.0);
    const bool fits = room >= 0;
    const double squeeze = fits ? 1 : std::max(0.05, (m_contentHeight) / (m_contentHeight - room * m_scale));
    if (!fits)
        room = 0;
    const auto stage = [&](int which, bool onlyUnits) {
        std::vector<double> targets(items);
        for (std::size_t i = onlyUnits ? 2 : 0; i < items.size(); ++i)
            targets[i] = i == 0   ? counts[0] * rows.outputRow[which]
                         : i == 1 ? counts[1] * rows.arrow[which]
                                  : (onlyUnits ? counts[i] * rows.unitRow[which] : items[i]);
        if (m_detail == StepDetail::Strip)
            targets[0] = std::max(items[0], std::min(targets[0], 0.17 * height));
        grow(items, targets, room);
    };
    // A few units with numbers come before long arrows, many units after them.
    std::vector<double> few(items);
    for (std::size_t i = 2; i < few.size(); ++i)
        few[i] = std::min(counts[i], 8.0) * rows.unitRow[1];
    grow(items, few, room);
    stage(1, false);
    stage(1, true);
    stage(2, true);
    stage(2, false);
    // A tall picture: everything gets a little more, the units most.
    std::vector<double> targets(items);
    targets[0] *= 1.25;
    targets[1] *= 1.5;
    for (std::size_t i = 2; i < targets.size(); ++i)
        targets[i] *= m_detail == StepDetail::Strip ? 1.0 : 2.2;
    grow(items, targets, room);

    const double s = m_scale * squeeze;
    m_outputs.height = items[0] * s;
    std::vector<double> sections(items.begin() + 2, items.end());
    for (double& section : sections)
        section *= s;
    const double unused = room * m_scale;
    const double keptScale = m_scale;
    m_scale *= squeeze; // only for placing; texts keep their size
    placeRows(unused, items[1] / arrows * s, sections);
    m_scale = keptScale;
    return fits;
}

/// Stacks the rows from the top, with the unused height above and below.
void UnrolledGeometry::placeRows(double unused, double arrow, const std::vector<double>& sections)
{
    const RowHeights& rows = heightsOf(m_detail);
    const bool strip = m_detail == StepDetail::Strip;
    const double s = m_scale;
    const int layers = m_shape.layers();
    const double viewHeight = m_legend.top;
    double y = viewHeight / 2 - m_camera.middle * m_contentHeight + rows.margin * s + unused / 2;
    const auto take = [&y](double height) {
        const Span span{y, height};
        y += height;
        return span;
    };

    m_loss = take(rows.loss * s);
    m_answer = take(m_shape.classes || !strip ? rows.answer * s : 0);
    m_outputs = take(m_outputs.height);
    y += rows.outputsGap * s;
    m_outputArrow = take(arrow);
    m_layers.assign(static_cast<std::size_t>(layers), {});
    for (int layer = layers - 1; layer >= 0; --layer) {
        LayerSpans& spans = m_layers[static_cast<std::size_t>(layer)];
        const double top = y;
        if (m_shape.cellState) {
            spans.cellStateHeader = take(rows.header * s);
            if (rows.header == 0)
                y += rows.padding * s;
            spans.cellState = take(sections[static_cast<std::size_t>(2 * layer)]);
            if (rows.header != 0)
                y += rows.padding * s;
        }
        spans.hiddenHeader = take(rows.header * s);
        if (rows.header == 0)
            y += rows.padding * s;
        spans.hidden = take(sections[static_cast<std::size_t>(m_shape.cellState ? 2 * layer + 1 : layer)]);
        y += rows.padding * s;
        spans.cell = {top, y - top};
        spans.inputArrow = take(arrow);
    }
    m_input = take(rows.input * s);
    m_symbol = take(m_shape.symbols || m_detail != StepDetail::Numbers ? rows.symbol * s : 0);
    m_gradient =
        take((strip ? rows.gradient * layers - (layers - 1) * stripOverlap : rows.gradient * layers) * s);
}

UnrolledCamera UnrolledGeometry::zoomed(double factor, const QPointF& around) const
{
    UnrolledCamera camera = m_camera;
    camera.zoom = std::clamp(m_camera.zoom * factor, 1.0, m_largestZoom);
    // What is under the mouse stays there.
    const double time = (around.x() - m_origin) / m_stepWidth;
    const double share = m_camera.middle + (around.y() - m_legend.top / 2) / m_contentHeight;
    const UnrolledGeometry next(m_shape, m_size, camera);
    const QRectF view = next.viewport();
    camera.centre = time - (around.x() - view.center().x()) / next.m_stepWidth;
    camera.middle = share - (around.y() - next.m_legend.top / 2) / next.m_contentHeight;
    return UnrolledGeometry(m_shape, m_size, camera).camera();
}

UnrolledCamera UnrolledGeometry::panned(const QPointF& by) const
{
    UnrolledCamera camera = m_camera;
    camera.centre -= by.x() / m_stepWidth;
    camera.middle -= by.y() / m_contentHeight;
    return UnrolledGeometry(m_shape, m_size, camera).camera();
}

UnrolledCamera UnrolledGeometry::showing(int t) const
{
    const QRectF view = viewport();
    const double margin = std::min(m_stepWidth * 0.5, view.width() / 4);
    const QRectF step = column(t);
    if (t < 1 || (step.left() >= view.left() - 1 && step.right() <= view.right() + 1))
        return m_camera;
    UnrolledCamera camera = m_camera;
    // A page further, so that playing does not scroll at every step.
    const double away = std::max(0.0, (view.width() / 2 - m_stepWidth / 2 - margin) / m_stepWidth);
    camera.centre = step.left() < view.left() ? t - 0.5 - away * 0.8 : t - 0.5 + away * 0.8;
    return UnrolledGeometry(m_shape, m_size, camera).camera();
}

} // namespace ui
