#include "ui/views/triangle_view.h"

#include "core/gradients/analyses.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/magnitude_legend.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QComboBox>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPaintEngine>
#include <QPainter>
#include <QSignalBlocker>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ui {

using unrolled::Itemised;

namespace {

constexpr double smallestSeparate = 9; // pixels of a cell from which cells stand apart
constexpr double leastForNumbers = 30; // width of a column

} // namespace

QRectF TriangleView::Layout::cell(std::size_t k, int t) const
{
    return {QPointF(time.edge(t), bottom(k) - rowHeight), QPointF(time.edge(t + 1), bottom(k))};
}

TriangleView::TriangleView(QWidget* parent) : PaneView(parent), m_layers(new QComboBox(this))
{
    m_layers->setObjectName(QStringLiteral("layers"));
    m_layers->setAccessibleName(tr("Layer looked at"));
    m_layers->setToolTip(tr("Which layer's gradients to look at"));
    m_layers->hide();
    connect(m_layers, &QComboBox::currentIndexChanged, this, &View::layerPicked);
    addSwitch(m_layers);
}

QString TriangleView::title() const
{
    return tr("Which loss reaches how far back");
}

QString TriangleView::shortTitle() const
{
    return tr("Loss × time");
}

const Itemised* TriangleView::table() const
{
    return m_analyses ? m_analyses->of->itemised.get() : nullptr;
}

int TriangleView::layer() const
{
    return frame().pickedLayer;
}

void TriangleView::frameChanged()
{
    m_analyses = analysesOf(frame());
    const int layers = frame().empty() ? 1 : static_cast<int>(frame().trace().layers.size());
    const QSignalBlocker blocker(m_layers);
    if (m_layers->count() != layers) {
        m_layers->clear();
        for (int i = 1; i <= layers; ++i)
            m_layers->addItem(tr("layer %1").arg(i));
    }
    m_layers->setCurrentIndex(frame().pickedLayer);
    m_layers->setHidden(layers < 2);
    PaneView::frameChanged();
}

void TriangleView::restyle()
{
    m_imageOf.reset();
}

TriangleView::Layout TriangleView::layoutIn(const QRectF& body) const
{
    Layout layout;
    const int steps = frame().empty() ? 1 : frame().trace().steps();
    layout.time = timeAxis(width(), QFontInfo(font()).pixelSize(), steps);
    if (body.width() != width()) // an exported picture
        layout.time = timeAxis(body.width(), QFontInfo(font()).pixelSize(), steps);
    if (const Itemised* all = table())
        layout.losses = all->lossSteps();
    const QFontMetricsF metrics(smallFont());
    const double top = body.top() + 4;
    const double bottom = body.bottom() - metrics.height() - 4;
    const auto rows = std::max<double>(1, double(layout.losses.size()));
    const double words = rows == 1 ? 1.4 * metrics.height() : 0; // above a single row
    const double height = std::max(1.0, bottom - top - (bottom - top > 3 * words ? words : 0));
    layout.rows = QRectF(layout.time.left, bottom - height, layout.time.width, height);
    layout.rowHeight = height / rows;
    return layout;
}

std::size_t TriangleView::rowOf(int s) const
{
    const Itemised* all = table();
    if (!all)
        return 0;
    const std::vector<int>& losses = all->lossSteps();
    const auto found = std::lower_bound(losses.begin(), losses.end(), s);
    return found != losses.end() && *found == s ? static_cast<std::size_t>(found - losses.begin())
                                                : losses.size();
}

QRectF TriangleView::cell(int s, int t) const
{
    const Layout layout = layoutIn(body());
    const std::size_t k = rowOf(s);
    return k < layout.losses.size() ? layout.cell(k, t) : QRectF();
}

TriangleView::Place TriangleView::placeAt(const QPointF& pixel) const
{
    const Layout layout = layoutIn(body());
    const int t = layout.time.timeAt(pixel.x());
    if (layout.losses.empty() || t == 0 || pixel.y() < layout.rows.top() || pixel.y() >= layout.rows.bottom())
        return {};
    const auto row = static_cast<std::size_t>((layout.rows.bottom() - pixel.y()) / layout.rowHeight);
    return {layout.losses[std::min(row, layout.losses.size() - 1)], t};
}

double TriangleView::logAt(std::size_t k, int t) const
{
    return table()->norm(layer(), k, t).log10();
}

QColor TriangleView::colorOf(double log) const
{
    return gradientColor(colors(), log);
}

QString TriangleView::textOf(std::size_t k, int t) const
{
    const int s = table()->lossSteps()[k];
    QString text = tr("∂L%1/∂h%2 has the norm %3").arg(subscript(s), subscript(t), normOfLog(logAt(k, t)));
    text +=
        QLatin1Char('\n') + tr("loss of step s = %1, state of step t = %2, lag %3").arg(s).arg(t).arg(s - t);
    return text;
}

QString TriangleView::textAt(const QPointF& pixel) const
{
    const Place place = placeAt(pixel);
    if (place.s == 0 || place.t > place.s)
        return {};
    return textOf(rowOf(place.s), place.t);
}

double TriangleView::paintLegend(QPainter* painter, const QRectF& line) const
{
    return drawMagnitudeLegend(painter, line, smallFont(), colors(), QStringLiteral("‖∂L_s/∂h_t‖"), broken());
}

bool TriangleView::broken() const
{
    return table() && std::isnan(table()->largestDifference(layer()));
}

QString TriangleView::remark() const
{
    if (frame().empty())
        return {};
    if (!table())
        return {};
    if (const QString waiting = waitingWords(m_analyses); !waiting.isEmpty())
        return waiting;
    const double difference = table()->largestDifference(layer());
    if (table()->lossSteps().empty())
        return {};
    if (broken())
        return tr("the run has diverged");
    const double weight = unrolled::lossWeight(m_analyses->trace());
    const bool several = table()->lossSteps().size() > 1;
    const QString rows =
        weight > 0 && std::abs(weight - 1) > 1e-9
            ? (several ? tr("as vectors the rows, divided by %1 as L is a mean, add up to ∂L/∂h")
                       : tr("divided by %1, as L is a mean, the row is ∂L/∂h"))
                  .arg(plainNumber(1 / weight, 0))
        : several ? tr("as vectors the rows add up to ∂L/∂h")
                  : tr("the row is ∂L/∂h");
    return difference == 0 ? tr("%1: exactly").arg(rows)
                           : tr("%1: largest relative difference %2").arg(rows, norm(difference));
}

QString TriangleView::describe() const
{
    const Itemised* all = table();
    if (!all)
        return tr("%1: nothing computed yet.").arg(title());
    const std::vector<int>& losses = all->lossSteps();
    if (losses.empty())
        return tr("%1: no step has a loss.").arg(title());
    QStringList lines{
        tr("Norms of the gradient of each step's own loss by each hidden state, iteration %1; %2 "
           "losses over %3 steps.")
            .arg(count(m_analyses->trace().iteration))
            .arg(losses.size())
            .arg(frame().trace().steps())};
    const int picked = frame().pickedLoss;
    const std::size_t k = picked > 0 ? rowOf(picked) : losses.size() - 1;
    if (k < losses.size())
        lines << (picked > 0 ? tr("Picked: the loss of step %1, from %2 at its own step to %3 at step 1.")
                             : tr("The last loss, of step %1: from %2 at its own step to %3 at step 1."))
                     .arg(losses[k])
                     .arg(normOfLog(logAt(k, losses[k])), normOfLog(logAt(k, 1)));
    lines << remark();
    return lines.join(QLatin1Char(' '));
}

void TriangleView::paintBody(QPainter& painter, const QRectF& body)
{
    const Itemised* all = table();
    if (!all || all->lossSteps().empty()) {
        paintEmpty(painter, body);
        return;
    }
    const Layout layout = layoutIn(body);
    if (std::min(layout.time.column(), layout.rowHeight) >= smallestSeparate)
        paintCells(painter, layout);
    else
        paintDense(painter, layout);
    paintLabels(painter, layout);
    paintMarks(painter, layout);
}

void TriangleView::paintEmpty(QPainter& painter, const QRectF& body) const
{
    QString words;
    if (m_analyses && !m_analyses->of->itemised)
        words =
            tr("%1 steps are too many to look at each loss by itself.").arg(count(frame().trace().steps()));
    else if (m_analyses)
        words = tr("No step has a loss.");
    else if (frame().analysing)
        words = tr("Computing…");
    painter.setFont(textFont());
    painter.setPen(colors().muted);
    painter.drawText(body.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap, words);
}

void TriangleView::paintCells(QPainter& painter, const Layout& layout) const
{
    painter.save();
    const QFont font = textFont(0.8);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    const double column = layout.time.column();
    bool numbers = metrics.capHeight() + 4 <= layout.rowHeight && column >= leastForNumbers;
    for (std::size_t k = 0; numbers && k < layout.losses.size(); ++k) {
        for (int t = 1; numbers && t <= layout.losses[k]; ++t)
            numbers = metrics.horizontalAdvance(normOfLog(logAt(k, t))) + 6 <= column;
    }
    for (std::size_t k = 0; k < layout.losses.size(); ++k) {
        for (int t = 1; t <= layout.losses[k]; ++t) {
            const double log = logAt(k, t);
            const QColor color = colorOf(log);
            const QRectF rect = layout.cell(k, t).adjusted(1, 1, -1, -1);
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawRoundedRect(rect, 2, 2);
            if (!numbers)
                continue;
            painter.setPen(textOn(color));
            painter.drawText(rect, Qt::AlignCenter, normOfLog(log));
        }
    }
    painter.restore();
}

/// A pixel a cell, row 0 at the bottom; where t > s there is nothing.
const QImage& TriangleView::image() const
{
    const Itemised* all = table();
    const std::shared_ptr<const void> of = frame().lane().analyses->of;
    if (m_imageOf == of && m_imageLayer == layer())
        return m_image;
    m_imageOf = of;
    m_imageLayer = layer();
    const auto rows = static_cast<int>(all->lossSteps().size());
    m_image = QImage(frame().trace().steps(), rows, QImage::Format_ARGB32_Premultiplied);
    m_image.fill(Qt::transparent);
    constexpr int shades = 512;
    QRgb table[shades];
    for (int i = 0; i < shades; ++i)
        table[i] = magnitude(colors(), double(i) / (shades - 1)).rgb();
    const QRgb below = colors().line.rgb();
    const QRgb none = colorOf(std::numeric_limits<double>::quiet_NaN()).rgb();
    for (int k = 0; k < rows; ++k) {
        auto* line = reinterpret_cast<QRgb*>(m_image.scanLine(rows - 1 - k));
        const int s = all->lossSteps()[static_cast<std::size_t>(k)];
        for (int t = 1; t <= s; ++t) {
            const double log = logAt(static_cast<std::size_t>(k), t);
            const double share = gradientShare(log);
            line[t - 1] = std::isnan(log) ? none
                          : share < 0     ? below
                                          : table[static_cast<int>(share * (shades - 1))];
        }
    }
    return m_image;
}

void TriangleView::paintDense(QPainter& painter, const Layout& layout) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    const QImage& cells = image();
    if (painter.paintEngine() && painter.paintEngine()->type() == QPaintEngine::Raster) {
        // Several cells a pixel: an even average, not every n-th one.
        painter.setRenderHint(QPainter::SmoothPixmapTransform,
                              layout.time.column() < 1 || layout.rowHeight < 1);
        painter.drawImage(layout.rows, cells);
    } else {
        painter.setPen(Qt::NoPen);
        for (int k = 0; k < cells.height(); ++k) {
            const auto* line = reinterpret_cast<const QRgb*>(cells.constScanLine(cells.height() - 1 - k));
            for (int t = 0; t < cells.width();) {
                const int start = t++;
                while (t < cells.width() && line[t] == line[start])
                    ++t;
                if (qAlpha(line[start]) == 0)
                    continue;
                const QRectF first = layout.cell(static_cast<std::size_t>(k), start + 1);
                painter.fillRect(QRectF(first.topLeft(), QPointF(layout.time.edge(t + 1), first.bottom())),
                                 QColor(line[start]));
            }
        }
    }
    painter.restore();
}

void TriangleView::paintLabels(QPainter& painter, const Layout& layout) const
{
    const Palette& palette = colors();
    const QFont font = smallFont();
    const QFontMetricsF metrics(font);
    painter.save();
    painter.setFont(font);
    const int last = layout.losses.back();
    const int rows = static_cast<int>(layout.losses.size());
    double free = 1e9; // labels go upwards from the bottom
    const double gap = metrics.height() - 1;
    for (int k = 0; k < rows; ++k) {
        const int s = layout.losses[static_cast<std::size_t>(k)];
        const bool picked = s == frame().pickedLoss;
        const double y = layout.bottom(static_cast<std::size_t>(k)) - layout.rowHeight / 2;
        const bool named =
            layout.rowHeight >= gap ||
            (s % std::max(1, static_cast<int>(std::ceil(gap / layout.rowHeight / 5) * 5)) == 0);
        if (!picked && (!named || y > free - gap))
            continue;
        free = y;
        painter.setPen(picked ? palette.text : palette.muted);
        drawMath(painter, QRectF(0, y - gap, layout.rows.left() - 8, 2 * gap),
                 Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("L_{%1}").arg(s));
    }
    for (const int t : labelledSteps(layout.time, font, frame().time())) {
        const double x = layout.time.middle(t);
        painter.setPen(t == frame().time() ? palette.text : palette.muted);
        drawMath(painter, QRectF(x - 40, layout.rows.bottom() + 2, 80, metrics.height()), Qt::AlignCenter,
                 layout.time.column() >= metrics.horizontalAdvance(QStringLiteral("h000")) + 6
                     ? QStringLiteral("h_{%1}").arg(t)
                     : QString::number(t));
    }
    // The empty half has room for a hint; pictures need none.
    const double corner = layout.rows.right() - layout.time.edge(layout.losses.front() + 1);
    const QString hint = frame().pickedLoss > 0 ? tr("%1 alone. Escape: all losses").arg(lossName(frame()))
                         : hasFocus()           ? tr("↑ ↓: one loss alone")
                                                : tr("Click a row: its loss alone");
    if (painter.device() == this && rows > 1 && metrics.horizontalAdvance(hint) + 12 < corner &&
        layout.rows.height() >= 2 * metrics.height()) {
        painter.setPen(palette.muted);
        painter.drawText(layout.rows.adjusted(0, 0, -4, -2), Qt::AlignRight | Qt::AlignBottom, hint);
    }
    if (rows == 1 && layout.rows.top() - body().top() > metrics.height() + 4) {
        painter.setPen(palette.muted);
        painter.drawText(QRectF(layout.rows.left(), layout.rows.top() - metrics.height() - 6,
                                layout.rows.width(), metrics.height() + 2),
                         Qt::AlignLeft | Qt::AlignVCenter, tr("Step %1 alone has a loss.").arg(last));
    }
    painter.restore();
}

void TriangleView::paintMarks(QPainter& painter, const Layout& layout) const
{
    const Palette& palette = colors();
    painter.save();
    painter.setBrush(Qt::NoBrush);
    if (const int t = frame().time(); t >= 1) {
        const bool backward = frame().phase() == unrolled::Phase::Backward;
        painter.setPen(QPen(backward ? palette.backward : palette.forward, 1));
        const QRectF column(QPointF(layout.time.edge(t), layout.rows.top()),
                            QPointF(layout.time.edge(t + 1), layout.rows.bottom()));
        if (column.width() >= leastForNumbers) { // a line would run through them
            painter.setRenderHint(QPainter::Antialiasing);
            painter.drawRoundedRect(column.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        } else {
            const double x = std::round(column.center().x()) + 0.5;
            painter.drawLine(QPointF(x, column.top()), QPointF(x, column.bottom()));
        }
    }
    if (const std::size_t k = rowOf(frame().pickedLoss); frame().pickedLoss > 0 && k < layout.losses.size()) {
        const QRectF row(layout.cell(k, 1).topLeft(), layout.cell(k, layout.losses[k]).bottomRight());
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(palette.background, 4));
        painter.drawRect(row);
        painter.setPen(QPen(palette.text, 2));
        painter.drawRect(row);
    }
    if (painter.device() == this && m_hover.s > 0 && m_hover.t <= m_hover.s &&
        rowOf(m_hover.s) < layout.losses.size()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(palette.text, 1.5));
        painter.drawRect(layout.cell(rowOf(m_hover.s), m_hover.t).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    painter.restore();
}

void TriangleView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return PaneView::mousePressEvent(event);
    const Place place = placeAt(event->position());
    emit lossPicked(place.s == frame().pickedLoss || place.t > place.s ? 0 : place.s);
}

void TriangleView::mouseMoveEvent(QMouseEvent* event)
{
    Place place = placeAt(event->position());
    if (place.t > place.s)
        place = {};
    if (place == m_hover)
        return;
    m_hover = place;
    setCursor(place.s > 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    showWords(event->globalPosition().toPoint() + QPoint(8, 8), textAt(event->position()));
    update();
}

void TriangleView::leaveEvent(QEvent* event)
{
    m_hover = {};
    showWords({}, {});
    update();
    PaneView::leaveEvent(event);
}

void TriangleView::keyPressEvent(QKeyEvent* event)
{
    const Itemised* all = table();
    const int key = event->key();
    if (!all || all->lossSteps().empty() || event->modifiers() != Qt::NoModifier)
        return PaneView::keyPressEvent(event);
    const std::vector<int>& losses = all->lossSteps();
    if (key == Qt::Key_Up || key == Qt::Key_Down) {
        const auto count = static_cast<int>(losses.size());
        int k = static_cast<int>(rowOf(frame().pickedLoss));
        if (frame().pickedLoss == 0)
            k = key == Qt::Key_Up ? 0 : count - 1;
        else
            k = std::clamp(k + (key == Qt::Key_Up ? 1 : -1), 0, count - 1);
        emit lossPicked(losses[static_cast<std::size_t>(k)]);
        return;
    }
    if (key == Qt::Key_Escape && frame().pickedLoss > 0) {
        emit lossPicked(0);
        return;
    }
    PaneView::keyPressEvent(event);
}

} // namespace ui
