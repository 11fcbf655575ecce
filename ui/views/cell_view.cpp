#include "ui/views/cell_view.h"

#include "ui/paint/cell_painter.h"
#include "ui/paint/equation_painter.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

QFont sized(QFont font, qreal pixels, bool bold = false)
{
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels))));
    font.setBold(bold);
    return font;
}

} // namespace

/// Everything that one look at the view is made of; worked out anew each time.
struct CellView::Picture
{
    const CellGraph& graph;
    CellMoment moment;
    Equation equation;
    QStringList symbols; ///< the equation in one line, or two where it is too wide
    CellAreas areas;
    CellLayout layout;
    int firstRow = 0;
    int selected = 0; ///< row of the selected unit; -1 where rows are no units
};

CellView::CellView(QWidget* parent) : View(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(title());
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
}

QString CellView::title() const
{
    return tr("Inside the cell");
}

void CellView::setCell(int t, int layer)
{
    if (t == m_t && layer == m_layer)
        return;
    m_t = t;
    m_layer = layer;
    m_firstRow = 0;
    frameChanged();
}

void CellView::setUnit(int unit)
{
    unit = std::max(0, unit);
    if (unit == m_unit)
        return;
    m_unit = unit;
    frameChanged();
    emit unitChanged(unit);
}

void CellView::standAs(const View& other)
{
    const auto& like = static_cast<const CellView&>(other);
    m_t = like.m_t;
    m_layer = like.m_layer;
    m_unit = like.m_unit;
    m_firstRow = like.m_firstRow;
}

int CellView::hidden(const CellMoment& moment) const
{
    return static_cast<int>(frame().trace().layers[static_cast<std::size_t>(moment.layer)].hiddenSize());
}

CellView::Picture CellView::picture(const QSizeF& size) const
{
    const CellMoment moment = cellMoment(frame(), m_t, m_layer);
    const CellGraph& graph = cellGraph(frame().trace().cell);
    Picture p{graph, moment, equationOf(frame(), moment), {}, {}, {}, 0, -1};
    // The room for the rows depends on the cell alone, so that nothing jumps from one operation to the next.
    const int units = hidden(moment);
    p.areas = cellAreas(size, std::max(units, static_cast<int>(frame().trace().outputs.y.value.rows())));
    p.layout = layoutCell(graph, p.areas.graph, units);
    p.symbols = equationLines(p.equation, font(), p.areas);
    if (p.symbols.size() > 1) {
        // The second line takes its room from the rows; the picture above stays where it is.
        const qreal line = (static_cast<qreal>(p.symbols.size()) - 1) * p.areas.symbols.height() * 0.8;
        p.areas.symbols.setHeight(p.areas.symbols.height() + line);
        p.areas.rows.setTop(p.areas.rows.top() + line);
        p.areas.rowsShown = std::max(1, static_cast<int>(p.areas.rows.height() / p.areas.rowHeight));
    }
    // Rather closer than one out of sight.
    if (const qreal close = p.areas.rows.height() / std::max(1, p.equation.rows);
        p.equation.rows > p.areas.rowsShown && close >= 1.2 * p.areas.text) {
        p.areas.rowHeight = close;
        p.areas.rowsShown = p.equation.rows;
    }
    if (p.equation.byUnit)
        p.selected = std::clamp(m_unit, 0, units - 1);
    const int last = std::max(0, p.equation.rows - p.areas.rowsShown);
    p.firstRow = std::clamp(m_firstRow, 0, last);
    return p;
}

void CellView::frameChanged()
{
    if (!frame().empty()) {
        // The selected unit's row stays in sight.
        const Picture p = picture(size());
        const int shown = std::max(1, p.areas.rowsShown);
        if (p.selected >= 0)
            m_firstRow = std::clamp(m_firstRow, std::max(0, p.selected - shown + 1), p.selected);
        else if (p.equation.target >= shown && frame().position != m_position)
            m_firstRow = p.equation.target - shown / 2;
        m_position = frame().position;
    }
    update();
}

void CellView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paintTo(painter, size());
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(paletteFor(palette()).forward, 1.5));
        painter.drawRoundedRect(QRectF(rect()).adjusted(2, 2, -2, -2), 4, 4);
    }
}

void CellView::paintTo(QPainter& painter, const QSize& size)
{
    const Palette& colors = paletteFor(palette());
    painter.fillRect(QRect(QPoint(0, 0), size), colors.panel);
    if (frame().empty())
        return;
    const Picture p = picture(size);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);

    painter.setPen(colors.text);
    painter.setFont(sized(font(), p.areas.text * 1.08, true));
    QString heading = tr("Inside the cell, step %1").arg(p.moment.t);
    if (frame().trace().layers.size() > 1)
        heading += tr(", layer %1").arg(p.moment.layer + 1);
    const bool single = p.layout.labelRows == 0 && hidden(p.moment) > 1;
    const int shownUnit = std::clamp(m_unit, 0, hidden(p.moment) - 1) + 1;
    const QString gradients = frame().pickedLoss > 0 && frame().phase() == unrolled::Phase::Backward
                                  ? tr("gradients of %1 alone").arg(lossName(frame()))
                                  : tr("gradients");
    const QString legend = p.moment.backward
                               ? (single ? tr("%1, unit %2").arg(gradients).arg(shownUnit) : gradients)
                           : single ? tr("values, unit %1").arg(shownUnit)
                                    : QString();
    const QFont small = sized(font(), p.areas.text * 0.92);
    QRectF line = p.areas.heading;
    if (painter.device() == this)
        line.setRight(std::min(line.right(), static_cast<double>(width() - cornerWidth())));
    const qreal room = line.width() - QFontMetricsF(small).horizontalAdvance(legend + QLatin1Char(' '));
    if (painter.fontMetrics().horizontalAdvance(heading) > room)
        heading = frame().trace().layers.size() > 1
                      ? tr("Step %1, layer %2").arg(p.moment.t).arg(p.moment.layer + 1)
                      : tr("Step %1").arg(p.moment.t);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, heading);
    painter.setPen(p.moment.backward ? colors.backward : colors.muted);
    painter.setFont(small);
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, legend);

    paintCellGraph(painter, colors, font(), p.graph, p.layout, frame().trace(), p.moment,
                   std::clamp(m_unit, 0, hidden(p.moment) - 1));
    const double alpha = p.moment.lit != CellMoment::none ? frame().alpha : 1;
    paintEquation(painter, colors, font(), p.equation, p.symbols, p.areas,
                  {p.firstRow, p.selected, p.moment.backward, alpha, painter.device() == this});
    painter.restore();
}

int CellView::rowAt(const Picture& p, const QPointF& point) const
{
    if (!p.areas.rows.adjusted(-6, 0, 6, 0).contains(point) || !p.equation.known)
        return -1;
    const int row = p.firstRow + static_cast<int>((point.y() - p.areas.rows.top()) / p.areas.rowHeight);
    return row < std::min(p.equation.rows, p.firstRow + p.areas.rowsShown) ? row : -1;
}

QString CellView::tip(const Picture& p, const QPointF& point, int* row) const
{
    *row = rowAt(p, point);
    if (*row >= 0) {
        if (p.equation.terms)
            return termsHtml(p.equation.terms(*row));
        return rowHtml(p.equation.row(*row), p.equation.significant);
    }
    const auto units = hidden(p.moment);
    const auto unitIn = [&](const QRectF& rect) {
        if (p.layout.labelRows > 0)
            return std::clamp(static_cast<int>((point.y() - rect.top()) / rect.height() * units), 0,
                              units - 1);
        const int found = unitAt(labelStrip(rect, p.layout.scale).adjusted(0, -2, 0, 2), units, point);
        return found >= 0 ? found : std::clamp(m_unit, 0, units - 1);
    };
    const auto told = [&](const QString& name, const Signal& signal, int unit) {
        const Eigen::VectorXd values =
            p.moment.backward ? signalGradient(frame().trace(), p.moment.layer, p.moment.t, signal)
                              : signalValue(frame().trace(), p.moment.layer, p.moment.t, signal);
        QString text = QStringLiteral("<p style=\"white-space:nowrap\"><b>%1</b>").arg(mathHtml(name));
        if (unit >= 0 && unit < values.size())
            text += QStringLiteral("<br>%1: %2").arg(unitLabel(unit), exact(values(unit)));
        if (values.size() > 1)
            text += QStringLiteral("<br>‖·‖ = %1").arg(norm(unrolled::scaledNorm(values)));
        text += QStringLiteral("</p>");
        if (!p.moment.backward && signal.kind == SignalKind::Channel)
            text += computationHtml(frame(), p.moment, signal.channel, unit);
        return text;
    };
    for (std::size_t i = 0; i < p.graph.edges.size(); ++i) {
        const GraphEdge& edge = p.graph.edges[i];
        if (edge.signal.kind == SignalKind::None || !p.layout.labels[i].contains(point))
            continue;
        const bool known =
            p.moment.backward ? p.moment.gradientKnown(edge.back) : edge.source <= p.moment.done;
        if (!known)
            return {};
        *row = unitIn(p.layout.labels[i]);
        const QString name = atTime(edge.name, p.moment.t);
        return told(p.moment.backward ? QStringLiteral("∂%1/∂(%2)").arg(lossSymbol(frame()), name) : name,
                    edge.signal, *row);
    }
    for (std::size_t i = 0; i < p.graph.nodes.size(); ++i) {
        const GraphNode& node = p.graph.nodes[i];
        if (node.shape != NodeShape::Port || !p.layout.nodes[i].contains(point))
            continue;
        const bool known =
            p.moment.backward ? p.moment.gradientKnown(node.back) : node.operation <= p.moment.done;
        if (!known)
            return {};
        const bool input = node.signal.channel == "x";
        const int unit = input ? -1 : unitIn(p.layout.ports[i]);
        *row = unit;
        const QString name =
            atTime(p.moment.backward ? withLossSymbol(node.backwardLabel, frame().pickedLoss) : node.label,
                   p.moment.t);
        return told(p.moment.backward ? tr("gradient: %1").arg(name) : name, node.signal, unit);
    }
    return {};
}

/// A gate, or the value that it gives.
std::vector<unrolled::Intervention> CellView::changesAt(const QPoint& place) const
{
    if (frame().empty())
        return {};
    const Picture p = picture(size());
    const unrolled::IterationTrace& trace = frame().trace();
    const int unit = std::clamp(m_unit, 0, hidden(p.moment) - 1);
    for (std::size_t i = 0; i < p.graph.nodes.size(); ++i) {
        const GraphNode& node = p.graph.nodes[i];
        if (node.shape == NodeShape::Gate && node.operation >= 0 && p.layout.nodes[i].contains(place))
            return clampOf(trace,
                           unrolled::operations(trace.cell)[static_cast<std::size_t>(node.operation)].result,
                           p.moment.layer, unit, p.moment.t);
    }
    int row = -1;
    tip(p, place, &row);
    for (std::size_t i = 0; i < p.graph.edges.size(); ++i) {
        const Signal& signal = p.graph.edges[i].signal;
        if (signal.kind == SignalKind::Channel && p.layout.labels[i].contains(place))
            return clampOf(trace, signal.channel, p.moment.layer, row >= 0 ? row : unit, p.moment.t);
    }
    return {};
}

/// The gates of the unit whose numbers are shown.
std::vector<unrolled::Intervention> CellView::changesAtCursor() const
{
    std::vector<unrolled::Intervention> changes;
    if (frame().empty())
        return changes;
    const unrolled::IterationTrace& trace = frame().trace();
    const CellMoment moment = cellMoment(frame(), m_t, m_layer);
    for (int k = 0; k < unrolled::stackedGates(trace.cell.kind); ++k) {
        const auto more = clampOf(trace, unrolled::gateChannel(trace.cell.kind, k), moment.layer,
                                  std::clamp(m_unit, 0, hidden(moment) - 1), moment.t);
        changes.insert(changes.end(), more.begin(), more.end());
    }
    return changes;
}

void CellView::mousePressEvent(QMouseEvent* event)
{
    if (frame().empty() || event->button() != Qt::LeftButton)
        return View::mousePressEvent(event);
    const Picture p = picture(size());
    int row = -1;
    tip(p, event->position(), &row);
    const bool onRow = rowAt(p, event->position()) >= 0;
    if (row >= 0 && (!onRow || p.equation.byUnit))
        setUnit(row);
    event->accept();
}

void CellView::mouseMoveEvent(QMouseEvent* event)
{
    if (frame().empty())
        return;
    const Picture p = picture(size());
    int row = -1;
    const QString text = tip(p, event->position(), &row);
    setCursor(row >= 0 && (p.equation.byUnit || rowAt(p, event->position()) < 0) ? Qt::PointingHandCursor
                                                                                 : Qt::ArrowCursor);
    if (text != m_tip) {
        m_tip = text;
        showWords(event->globalPosition().toPoint() + QPoint(8, 12), text);
    }
    View::mouseMoveEvent(event);
}

void CellView::leaveEvent(QEvent* event)
{
    m_tip.clear();
    View::leaveEvent(event);
}

void CellView::wheelEvent(QWheelEvent* event)
{
    if (frame().empty())
        return event->ignore();
    const Picture p = picture(size());
    const int last = p.equation.rows - p.areas.rowsShown;
    if (last <= 0 || event->angleDelta().y() == 0)
        return event->ignore();
    const int steps = event->angleDelta().y() > 0 ? -1 : 1;
    m_firstRow = std::clamp(p.firstRow + steps, 0, last);
    update();
    event->accept();
}

void CellView::showRowTip(int row)
{
    const Picture p = picture(size());
    if (row < p.firstRow || row >= p.firstRow + p.areas.rowsShown)
        return;
    const QPointF point(p.areas.rows.left() + 4,
                        p.areas.rows.top() + (row - p.firstRow + 0.5) * p.areas.rowHeight);
    int found = -1;
    const QString text = tip(p, point, &found);
    if (!text.isEmpty())
        showWords(mapToGlobal(point.toPoint() + QPoint(0, static_cast<int>(p.areas.rowHeight))), text);
}

void CellView::keyPressEvent(QKeyEvent* event)
{
    if (frame().empty())
        return View::keyPressEvent(event);
    const CellMoment moment = cellMoment(frame(), m_t, m_layer);
    const int last = hidden(moment) - 1;
    const int now = std::clamp(m_unit, 0, last);
    switch (event->key()) {
    case Qt::Key_Up:
        setUnit(std::max(0, now - 1));
        break;
    case Qt::Key_Down:
        setUnit(std::min(last, now + 1));
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (QToolTip::isVisible())
            QToolTip::hideText();
        else
            showRowTip(now);
        return;
    default:
        return View::keyPressEvent(event);
    }
    if (QToolTip::isVisible())
        showRowTip(m_unit);
}

void CellView::focusInEvent(QFocusEvent* event)
{
    setAccessibleDescription(describe());
    update();
    View::focusInEvent(event);
}

void CellView::focusOutEvent(QFocusEvent* event)
{
    update();
    View::focusOutEvent(event);
}

QString CellView::describe() const
{
    if (frame().empty())
        return tr("No cell is shown yet.");
    const Picture p = picture(QSizeF(sizeHint()));
    const QString cell = QString::fromUtf8(unrolled::title(frame().trace().cell.kind).data());
    QString text = frame().trace().layers.size() > 1
                       ? tr("Inside the %1 cell of layer %2 at step %3.")
                             .arg(cell)
                             .arg(p.moment.layer + 1)
                             .arg(p.moment.t)
                       : tr("Inside the %1 cell at step %2.").arg(cell).arg(p.moment.t);
    text += QLatin1Char(' ') + (p.moment.backward ? tr("Gradients are shown.") : tr("Values are shown."));
    text += QLatin1Char(' ') + mathPlain(p.equation.symbols) + p.equation.tail + QLatin1Char('.');
    if (!p.equation.known)
        return text + QLatin1Char(' ') + tr("Not computed yet.");
    const int shown = std::min(p.equation.rows, 8);
    std::vector<EquationRow> rows;
    rows.reserve(static_cast<std::size_t>(shown));
    for (int i = 0; i < shown; ++i)
        rows.push_back(p.equation.row(i));
    alignRows(rows, p.equation.significant);
    const int digits = equationDigits(rows, p.equation.significant, mostEquationDigits);
    for (const EquationRow& row : rows)
        text += QStringLiteral(" %1: %2.")
                    .arg(mathPlain(row.label), mathPlain(rowText(row, digits, p.equation.significant)));
    if (p.equation.rows > shown)
        text += QLatin1Char(' ') + tr("And %1 more.").arg(p.equation.rows - shown);
    if (p.equation.note)
        text += QLatin1Char(' ') + p.equation.note(std::max(0, p.selected));
    return text;
}

} // namespace ui
