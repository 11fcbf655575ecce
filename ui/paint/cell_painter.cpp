#include "ui/paint/cell_painter.h"
#include "ui/paint/loss_name.h"

#include "ui/paint/arrow.h"
#include "ui/paint/equation.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/palette.h"

#include <QCoreApplication>
#include <QFont>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::IterationTrace;

namespace {

constexpr qreal numberPixels = 10.8;
constexpr qreal namePixels = 10.5;
constexpr qreal leastPixels = 9; // on the screen; rather fewer digits than smaller ones

/// What the painter needs at every turn.
struct Brush
{
    QPainter& painter;
    const Palette& palette;
    QFont font;
    const CellGraph& graph;
    const CellLayout& layout;
    const IterationTrace& trace;
    const CellMoment& moment;
    int unit;
    double gradientScale;
    /// How much weaker edges are drawn: 0 for values, up to 1 where the gradient has vanished.
    double faded;

    qreal scale() const { return layout.scale; }
    QColor flow() const { return moment.backward ? palette.backward : palette.forward; }
    QColor soft() const { return moment.backward ? palette.backwardSoft : palette.forwardSoft; }

    void setFont(qreal pixels, bool bold = false) const
    {
        QFont sized = font;
        sized.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels * scale()))));
        sized.setBold(bold);
        painter.setFont(sized);
    }

    /// The size in which a text that takes `pixels` in the picture's units fits the width.
    qreal fittingPixels(const QString& math, qreal room, qreal pixels, bool bold) const
    {
        setFont(pixels, bold);
        const qreal width = mathSize(painter.font(), math).width();
        return width > room ? std::max(6.0, std::floor(painter.font().pixelSize() * room / width)) / scale()
                            : pixels;
    }

    /// Mathematics in a rectangle, made smaller where it would not fit.
    void fitted(const QRectF& rect, const QString& math, qreal pixels, bool bold = false,
                Qt::Alignment alignment = Qt::AlignCenter) const
    {
        setFont(fittingPixels(math, rect.width(), pixels, bold), bold);
        drawMath(painter, rect, alignment, math);
    }
};

struct State
{
    bool known = false;
    bool lit = false;
};

/// Nothing comes from later than the last step.
bool beyondTheEnd(const Brush& b, const GraphNode& node)
{
    return b.moment.backward && node.signal.kind == SignalKind::NextCell && b.moment.t == b.trace.steps();
}

State edgeState(const Brush& b, const GraphEdge& edge)
{
    const CellMoment& moment = b.moment;
    if (beyondTheEnd(b, b.graph.nodes[static_cast<std::size_t>(b.graph.node(edge.to))]))
        return {};
    if (moment.backward)
        return {moment.gradientKnown(edge.back), litBackward(b.graph, edge, moment.lit)};
    const bool leaves = edge.target == b.graph.operations;
    const int stage = leaves ? edge.source : edge.target;
    return {stage <= moment.done && moment.done != CellMoment::nothing, moment.lit == stage};
}

State nodeState(const Brush& b, const GraphNode& node)
{
    const CellMoment& moment = b.moment;
    if (beyondTheEnd(b, node))
        return {};
    if (moment.backward)
        return {moment.gradientKnown(node.back), moment.lit == node.back};
    return {node.operation <= moment.done, moment.lit == node.operation};
}

bool isJunction(const Brush& b, const char* id)
{
    return b.graph.nodes[static_cast<std::size_t>(b.graph.node(id))].shape == NodeShape::Junction;
}

void arrowHead(const Brush& b, const QPolygonF& line, const QColor& color, qreal size)
{
    const QPointF tip = line.last();
    const QLineF last(line[line.size() - 2], tip);
    if (last.length() < 0.5)
        return;
    const QPointF along = QPointF(last.dx(), last.dy()) / last.length();
    const QPointF across(-along.y(), along.x());
    b.painter.setPen(Qt::NoPen);
    b.painter.setBrush(color);
    b.painter.drawPolygon(
        QPolygonF{tip, tip - along * size + across * size * 0.45, tip - along * size - across * size * 0.45});
    b.painter.setBrush(Qt::NoBrush);
}

void strokeEdge(const Brush& b, QPolygonF line, const QColor& color, qreal width, bool arrow)
{
    const QPolygonF whole = line;
    const qreal size = (4.5 + width) * b.scale();
    if (arrow) {
        // The line ends inside the head, so that its tip stays sharp.
        const QLineF last(line[line.size() - 2], line.last());
        if (last.length() > size)
            line.last() = last.pointAt(1 - size * 0.6 / last.length());
    }
    b.painter.setPen(QPen(color, width * b.scale(), Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
    b.painter.drawPolyline(line);
    if (arrow)
        arrowHead(b, whole, color, size);
}

void paintEdge(const Brush& b, std::size_t index)
{
    const GraphEdge& edge = b.graph.edges[index];
    QPolygonF line = b.layout.edges[index];
    const char* end = edge.to;
    if (b.moment.backward) {
        std::reverse(line.begin(), line.end());
        end = edge.from;
    }
    const State state = edgeState(b, edge);
    const bool arrow = !isJunction(b, end);
    const QColor faint = mixed(b.palette.faint, b.palette.line, 0.3);
    if (edge.over) {
        b.painter.setPen(QPen(b.palette.panel, 6 * b.scale(), Qt::SolidLine, Qt::FlatCap));
        for (qsizetype i = 1; i < line.size(); ++i) {
            // Only the upright pieces cross anything.
            if (std::abs(line[i].x() - line[i - 1].x()) < 0.01)
                b.painter.drawLine(line[i - 1], line[i]);
        }
    }
    if (!state.known && !state.lit) {
        strokeEdge(b, line, faint, 1.1, arrow);
        return;
    }
    if (!state.lit) {
        strokeEdge(b, line, mixed(b.flow(), b.palette.panel, 0.25 + 0.45 * b.faded), 1.4, arrow);
        return;
    }
    if (b.moment.alpha < 1) {
        strokeEdge(b, line, faint, 1.1, arrow);
        const QPolygonF part = head(line, b.moment.alpha);
        if (part.size() > 1)
            strokeEdge(b, part, b.flow(), 2.4, true);
        return;
    }
    strokeEdge(b, line, b.flow(), 2.4, arrow);
}

QColor valueColor(const Brush& b, double value)
{
    return diverging(b.palette, b.moment.backward ? value / b.gradientScale : value);
}

void paintStrip(const Brush& b, const QRectF& strip, const Eigen::VectorXd& values, int marked)
{
    const int units = static_cast<int>(values.size());
    const int most = std::max(1, static_cast<int>(strip.width() / 1.5));
    b.painter.save();
    b.painter.setPen(Qt::NoPen);
    if (units <= most) {
        const qreal gap = strip.width() / units > 6 * b.scale() ? b.scale() : 0;
        for (int k = 0; k < units; ++k) {
            b.painter.setBrush(valueColor(b, values(k)));
            b.painter.drawRect(stripCell(strip, units, k).adjusted(gap / 2, 0, -gap / 2, 0));
        }
    } else {
        // More units than pixels: each piece shows the value of greatest size in its stretch.
        for (int piece = 0; piece < most; ++piece) {
            const int first = piece * units / most;
            const int end = std::max(first + 1, (piece + 1) * units / most);
            double value = 0;
            for (int k = first; k < end; ++k)
                value = std::abs(values(k)) > std::abs(value) ? values(k) : value;
            b.painter.setBrush(valueColor(b, value));
            b.painter.drawRect(stripCell(strip, most, piece));
        }
    }
    b.painter.setBrush(Qt::NoBrush);
    b.painter.setPen(QPen(b.palette.line, 0.8));
    b.painter.drawRect(strip);
    if (marked >= 0 && marked < units && units > 1) {
        QRectF cell = stripCell(strip, units, marked);
        const qreal least = 3 * b.scale();
        if (cell.width() < least)
            cell = QRectF(cell.center().x() - least / 2, cell.top(), least, cell.height());
        b.painter.setPen(QPen(b.palette.text, 1.2));
        b.painter.drawRect(cell);
    }
    b.painter.restore();
}

/// The numbers of all units beneath each other, each with its colour.
void paintRows(const Brush& b, const QRectF& rect, const Eigen::VectorXd& values, bool sign, bool lit,
               int marked)
{
    const int rows = static_cast<int>(values.size());
    if (rows == 0)
        return;
    const qreal chip = std::min(6 * b.scale(), labelRow(rect, rows, 0).height() * 0.6);
    const qreal room = rect.width() - chip - b.scale();
    // One size for all: they are the entries of one vector.
    qreal pixels = numberPixels - 0.5;
    for (int k = 0; k < rows; ++k)
        pixels = b.fittingPixels(labelText(values(k), sign, b.moment.backward), room, pixels, k == marked);
    for (int k = 0; k < rows; ++k) {
        const QRectF row = labelRow(rect, rows, k);
        const QRectF mark(row.left(), row.center().y() - chip / 2, chip, chip);
        b.painter.setPen(QPen(b.palette.line, 0.8));
        b.painter.setBrush(valueColor(b, values(k)));
        b.painter.drawRect(mark);
        b.painter.setBrush(Qt::NoBrush);
        b.painter.setPen(lit ? b.flow() : k == marked ? b.palette.text : b.palette.muted);
        b.setFont(pixels, k == marked);
        drawMath(b.painter, row, Qt::AlignRight | Qt::AlignVCenter,
                 labelText(values(k), sign, b.moment.backward));
    }
}

/// Half of the gap to its arrow belongs to it, so that four digits keep their size.
QRectF roomOfNumber(const Brush& b, const QRectF& rect)
{
    return rect.adjusted(-2 * b.scale(), 0, 2 * b.scale(), 0);
}

void paintValues(const Brush& b, const QRectF& rect, const Eigen::VectorXd& values, bool sign, bool lit)
{
    if (values.size() == 0)
        return;
    if (b.layout.labelRows > 0 && values.size() == b.layout.labelRows) {
        paintRows(b, rect, values, sign, lit, b.unit);
        return;
    }
    const int unit = std::clamp(b.unit, 0, static_cast<int>(values.size()) - 1);
    b.painter.setPen(lit                 ? b.flow()
                     : b.moment.backward ? mixed(b.flow(), b.palette.text, 0.35)
                                         : b.palette.text);
    const QRectF place = roomOfNumber(b, labelNumber(rect, b.scale()));
    QString number = labelText(values(unit), sign, b.moment.backward);
    if (b.fittingPixels(number, place.width(), numberPixels, lit) * b.scale() < leastPixels)
        number = labelText(values(unit), sign, b.moment.backward, true);
    b.fitted(place, number, numberPixels, lit);
    paintStrip(b, labelStrip(rect, b.scale()), values, unit);
}

/// x_t has entries, not units: its symbol where it is one-hot, its numbers where they fit, else its norm.
void paintInput(const Brush& b, const QRectF& rect, const Eigen::VectorXd& values, bool lit)
{
    const int size = static_cast<int>(values.size());
    const bool roomy = b.layout.labelRows > 0;
    const qreal stripHeight = 5 * b.scale();
    const QRectF strip(rect.left(), rect.bottom() - stripHeight, rect.width(), stripHeight);
    const QRectF words(rect.left(), rect.top(), rect.width(), rect.height() - stripHeight);
    b.painter.setPen(lit ? b.flow() : b.palette.text);
    const bool oneHot = b.moment.layer == 0 && !b.trace.inputClasses.empty();
    if (oneHot && !b.moment.backward) {
        const int index = b.trace.inputClasses[static_cast<std::size_t>(b.moment.t - 1)];
        b.setFont(roomy ? 20 : 12, true);
        b.painter.drawText(words, Qt::AlignCenter, inputLabel(b.trace, index));
    } else if (size == 1) {
        b.fitted(words, labelText(values(0), true, b.moment.backward), numberPixels, lit);
    } else if (roomy && size <= 4) {
        paintRows(b, rect, values, true, lit, -1);
        return;
    } else {
        const qreal beyond = 3.5 * b.scale(); // just inside the frame
        const QRectF place = words.adjusted(-beyond, 0, beyond, 0);
        const double length = unrolled::scaledNorm(values);
        QString told = QStringLiteral("‖·‖ %1").arg(norm(length));
        // A thin space and two digits, or one, where that is all that is legible.
        for (const bool brief : {false, true}) {
            if (b.fittingPixels(told, place.width(), numberPixels - 0.5, lit) * b.scale() < leastPixels)
                told = QStringLiteral("‖·‖") + QChar(0x2009) + labelText(length, true, true, brief).mid(1);
        }
        b.fitted(place, told, numberPixels - 0.5, lit);
    }
    if (!oneHot || b.moment.backward) {
        paintStrip(b, strip, values, -1);
        return;
    }
    // Which entry is 1 is all there is to see; black on white, as it is no signed value.
    b.painter.setPen(QPen(b.palette.line, 0.8));
    b.painter.setBrush(b.palette.background);
    b.painter.drawRect(strip);
    const int index = b.trace.inputClasses[static_cast<std::size_t>(b.moment.t - 1)];
    if (index >= 0) {
        QRectF hot = stripCell(strip, size, index);
        if (hot.width() < 2)
            hot.setWidth(2);
        b.painter.fillRect(hot, b.palette.text);
    }
    b.painter.setBrush(Qt::NoBrush);
}

/// What an intervention holds the shown unit of a gate at; null where it does not.
const unrolled::GateClamp* clampOn(const Brush& b, const GraphNode& node)
{
    if (node.shape != NodeShape::Gate || node.operation < 0)
        return nullptr;
    const auto& operation = unrolled::operations(b.trace.cell)[static_cast<std::size_t>(node.operation)];
    return unrolled::clampAt(b.trace.edits, std::string(operation.result), b.moment.layer, b.unit,
                             b.moment.t);
}

void paintNode(const Brush& b, std::size_t index)
{
    const GraphNode& node = b.graph.nodes[index];
    const QRectF rect = b.layout.nodes[index];
    const State state = nodeState(b, node);
    const double share = state.lit ? b.moment.alpha : 1;
    const QColor ink = state.lit     ? mixed(b.palette.muted, b.flow(), share)
                       : state.known ? b.palette.text
                                     : b.palette.faint;
    const QColor fill = state.lit ? mixed(b.palette.background, b.soft(), share) : b.palette.background;
    const QColor frame = state.lit ? mixed(b.palette.line, b.flow(), share) : b.palette.line;
    b.painter.setPen(QPen(frame, state.lit ? 1.8 * b.scale() : 1.1 * b.scale()));
    b.painter.setBrush(fill);
    switch (node.shape) {
    case NodeShape::Junction:
        b.painter.setPen(Qt::NoPen);
        b.painter.setBrush(state.known || state.lit ? b.flow() : b.palette.faint);
        b.painter.drawEllipse(rect);
        b.painter.setBrush(Qt::NoBrush);
        return;
    case NodeShape::Operator:
        b.painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2);
        break;
    case NodeShape::Port:
    case NodeShape::Weights:
        b.painter.drawRoundedRect(rect, 4 * b.scale(), 4 * b.scale());
        break;
    case NodeShape::Gate:
        b.painter.drawRoundedRect(rect, 6 * b.scale(), 6 * b.scale());
        break;
    }
    b.painter.setBrush(Qt::NoBrush);
    b.painter.setPen(ink);
    if (node.shape != NodeShape::Port) {
        const unrolled::GateClamp* clamp = clampOn(b, node);
        b.fitted(rect.adjusted(2, 0, -2, 0),
                 clamp ? QLatin1Char('=') + chosenNumber(clamp->value) : node.label,
                 node.shape == NodeShape::Operator ? 13 : 12, state.lit);
        if (clamp) // the mark that it has in the maps of the gates
            b.painter.fillRect(
                QRectF(rect.left(), rect.bottom() + 1.5 * b.scale(), rect.width(), 2 * b.scale()),
                b.palette.text);
        if (!node.name.isEmpty())
            b.fitted(b.layout.names[index], node.name, 12, state.lit);
        return;
    }
    const QRectF values = b.layout.ports[index];
    const QRectF title(rect.left() + 2 * b.scale(), rect.top() + b.scale(), rect.width() - 4 * b.scale(),
                       values.top() - rect.top() - b.scale());
    const QString label = b.moment.backward && !beyondTheEnd(b, node)
                              ? withLossSymbol(node.backwardLabel, b.moment.loss)
                              : node.label;
    QString name = atTime(label, b.moment.t);
    const bool previous =
        node.signal.kind == SignalKind::PreviousHidden || node.signal.kind == SignalKind::PreviousCell;
    if (previous && b.trace.edits.cutAfter(b.moment.layer, b.moment.t - 1))
        name += QLatin1Char(' ') + mathWords(QCoreApplication::translate("CellGraph", "cut"));
    b.painter.setPen(state.lit ? ink : state.known ? b.palette.muted : b.palette.faint);
    b.fitted(title, name, namePixels, state.lit);
    if (!state.known && !state.lit)
        return;
    b.painter.setOpacity(share);
    const Eigen::VectorXd shown = b.moment.backward
                                      ? signalGradient(b.trace, b.moment.layer, b.moment.t, node.signal)
                                      : signalValue(b.trace, b.moment.layer, b.moment.t, node.signal);
    if (node.signal.channel == "x")
        paintInput(b, values, shown, state.lit);
    else
        paintValues(b, values, shown, true, state.lit);
    b.painter.setOpacity(1);
}

void paintLabel(const Brush& b, std::size_t index)
{
    const GraphEdge& edge = b.graph.edges[index];
    if (edge.signal.kind == SignalKind::None)
        return;
    const CellMoment& moment = b.moment;
    const bool known = moment.backward ? moment.gradientKnown(edge.back) : edge.source <= moment.done;
    const bool lit = moment.lit == (moment.backward ? edge.back : edge.source);
    if (edge.named) {
        b.painter.setPen(lit ? b.flow() : known ? b.palette.muted : b.palette.faint);
        b.fitted(b.layout.names[b.graph.nodes.size() + index], atTime(edge.name, moment.t), namePixels);
    }
    if (!known)
        return;
    b.painter.setOpacity(lit ? moment.alpha : 1);
    const Eigen::VectorXd values = moment.backward
                                       ? signalGradient(b.trace, moment.layer, moment.t, edge.signal)
                                       : signalValue(b.trace, moment.layer, moment.t, edge.signal);
    paintValues(b, b.layout.labels[index], values, hasSign(b.trace.cell, edge.signal), lit);
    b.painter.setOpacity(1);
}

/// The longest of the cell's gradients by its states.
double strongest(const IterationTrace& trace, const CellMoment& moment)
{
    double most = 0;
    for (const std::string_view state : {"h", "c"}) {
        if (trace.hasChannel(state))
            most = std::max(
                most, unrolled::scaledNorm(trace.channel(moment.layer, state).gradient.col(moment.t - 1)));
    }
    return most;
}

} // namespace

bool litBackward(const CellGraph& graph, const GraphEdge& edge, int lit)
{
    // What arrives at a port is a term of its gradient, whenever it was computed.
    const GraphNode& from = graph.nodes[static_cast<std::size_t>(graph.node(edge.from))];
    return lit == edge.back || (from.shape == NodeShape::Port && lit == from.back);
}

QString labelText(double value, bool sign, bool gradient, bool brief)
{
    const double size = std::abs(value);
    if (!sign && !gradient)
        return plainNumber(value);
    // Two digits, which a gradient needs more decimals for than a state.
    if (!std::isfinite(value) || value == 0 || (size >= (gradient ? 0.0995 : 0.005) && size < 1000))
        return signedNumber(value);
    if (size >= (brief ? 0.00095 : 0.00995) && size < 1)
        return signedNumber(value, 3);
    if (size >= 0.00095 && size < 1)
        return signedNumber(value, 4);
    // One digit is all that fits; the table that opens on hovering has the rest.
    const QString digits = QString::number(size, 'e', 0);
    const auto e = digits.indexOf(QLatin1Char('e'));
    return (value < 0 ? QString(QChar(0x2212)) : QStringLiteral("+")) + digits.left(e) +
           QStringLiteral("·10") + superscript(digits.mid(e + 1).toInt());
}

bool hasSign(const unrolled::CellSpec& spec, const Signal& signal)
{
    if (signal.kind == SignalKind::Complement)
        return false;
    if (signal.kind != SignalKind::Channel)
        return true;
    const int index = unrolled::channelIndex(spec, signal.channel);
    return index < 0 || unrolled::channels(spec)[static_cast<std::size_t>(index)].low < 0;
}

double gradientScale(const IterationTrace& trace, int layer)
{
    const double most = trace.channel(layer, "h").gradient.cwiseAbs().maxCoeff();
    return most > 0 && std::isfinite(most) ? most : 1;
}

void paintCellGraph(QPainter& painter, const Palette& palette, const QFont& font, const CellGraph& graph,
                    const CellLayout& layout, const IterationTrace& trace, const CellMoment& moment, int unit)
{
    CellMoment smooth = moment;
    smooth.alpha = eased(moment.alpha);
    const Brush b{painter,
                  palette,
                  font,
                  graph,
                  layout,
                  trace,
                  smooth,
                  unit,
                  moment.backward ? gradientScale(trace, moment.layer) : 1,
                  moment.backward ? 1 - gradientStrength(strongest(trace, moment)) : 0};
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    // Lit edges last: where edges share a trunk, the lit one is seen. Crossing edges above all that they
    // cross.
    for (const bool over : {false, true}) {
        for (const int pass : {0, 1, 2}) {
            for (std::size_t i = 0; i < graph.edges.size(); ++i) {
                const State state = edgeState(b, graph.edges[i]);
                const int rank = state.lit ? 2 : state.known ? 1 : 0;
                if (graph.edges[i].over == over && rank == pass)
                    paintEdge(b, i);
            }
        }
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        paintNode(b, i);
    for (std::size_t i = 0; i < graph.edges.size(); ++i)
        paintLabel(b, i);
    painter.restore();
}

} // namespace ui
