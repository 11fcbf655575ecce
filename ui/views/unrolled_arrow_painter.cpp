#include "ui/paint/arrow.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPen>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::ParameterRole;
using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;
using Item = UnrolledHit::Item;

namespace {

QLineF reversed(const QLineF& line)
{
    return {line.p2(), line.p1()};
}

bool allZero(const Eigen::VectorXd& v)
{
    return v.size() == 0 || v.isZero(0);
}

} // namespace

void UnrolledPainter::paintArrows(int t)
{
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        paintRecurrence(t, layer);
        paintInputArrow(t, layer);
    }
    paintOutputArrow(t);
}

/// The way of a value: faint before it came, blue after; while the gradient flows it steps back.
void UnrolledPainter::paintForward(const QLineF& line, double share, bool now)
{
    const double width = (now ? 2.0 : 1.4) * m_scale;
    QColor done = m_palette.forward;
    if (m_progress.backward())
        done = mixed(m_palette.faint, m_palette.forward, 0.35);
    if (share > 0 && share < 1) {
        drawArrow(m_painter, line, m_palette.faint, 1.4 * m_scale);
        const QLineF part(line.p1(), line.pointAt(eased(share)));
        m_painter.setPen(QPen(done, width, Qt::SolidLine, Qt::FlatCap));
        m_painter.drawLine(part);
        return;
    }
    drawArrow(m_painter, line, share >= 1 ? done : m_palette.faint, width);
}

/// A connection that an intervention cut: an arrow with a gap in it at `share`, and the two strokes of the
/// cut.
void UnrolledPainter::paintCut(const QLineF& line, double share)
{
    const double s = m_scale;
    const QPointF at = line.pointAt(share);
    const QPointF along = 2.5 * s * (line.p2() - line.p1()) / line.length();
    m_painter.setPen(QPen(m_palette.faint, 1.4 * s, Qt::SolidLine, Qt::FlatCap));
    m_painter.drawLine(QLineF(line.p1(), at - along));
    drawArrow(m_painter, {at + along, line.p2()}, m_palette.faint, 1.4 * s);
    m_painter.setPen(QPen(m_palette.text, 1.5 * s, Qt::SolidLine, Qt::RoundCap));
    const QPointF slant(2 * s, -6 * s);
    for (const QPointF& stroke : {at - along, at + along})
        m_painter.drawLine(QLineF(stroke - slant, stroke + slant));
}

QLineF UnrolledPainter::backwardRecurrence(int t, int layer) const
{
    const QLineF line = m_geometry.recurrentArrow(t, layer);
    const double below = (m_geometry.detail() == StepDetail::Numbers ? 15 : 8) * m_scale;
    return reversed(line).translated(0, below);
}

QLineF UnrolledPainter::backwardOutput(int t) const
{
    const QLineF line = m_geometry.outputArrow(t);
    const double aside = (m_geometry.detail() == StepDetail::Numbers ? 22 : 8) * m_scale;
    return reversed(line).translated(-aside, 0);
}

QLineF UnrolledPainter::backwardInput(int t, int layer) const
{
    const QLineF line = m_geometry.inputArrow(t, layer);
    const double aside = (m_geometry.detail() == StepDetail::Numbers ? 22 : 8) * m_scale;
    return reversed(line).translated(-aside, 0);
}

void UnrolledPainter::paintRecurrence(int t, int layer)
{
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    if (m_trace.edits.cutAfter(layer, t - 1)) {
        const QLineF cut = m_geometry.recurrentArrow(t, layer);
        paintCut(cut, wide ? (m_geometry.recurrentChip(t, layer).left() - cut.x1()) / 2 / cut.length() : 0.5);
        if (m_geometry.shape().cellState)
            paintCut(m_geometry.cellStateArrow(t, layer), 0.5);
        return;
    }
    const double arrived = m_progress.arrival(t, layer);
    const bool working = m_frame.phase() == Phase::Forward && m_progress.time() == t;
    const QLineF line = m_geometry.recurrentArrow(t, layer);
    const double passed = m_progress.passedBack(t, layer);
    paintForward(line, arrived, working && m_frame.part().layer == layer);
    const auto paintBack = [&](const QLineF& back, double size, bool cellState) {
        drawGradientArrow(m_painter, back, m_palette.backward, gradientStrength(size), m_scale);
        if (!wide)
            return;
        QRectF place(back.p2().x() + 2, back.y1() + 3 * m_scale, back.length() - 4, 13 * m_scale);
        if (const QRectF name = initialNameRect(layer, cellState); t == 1 && name.intersects(place))
            place.setLeft(name.right());
        setFont(9.5 * m_scale);
        text(place, Qt::AlignCenter, norm(size), m_palette.backward);
    };
    if (passed >= 1)
        paintBack(backwardRecurrence(t, layer), passedBackNorm(m_trace, t, layer), false);
    if (m_geometry.shape().cellState) {
        const QLineF above = m_geometry.cellStateArrow(t, layer);
        paintForward(above, m_progress.channel(t, layer, "c"), working);
        if (passed >= 1)
            paintBack(reversed(above).translated(0, (wide ? 10 : 6) * m_scale),
                      cellStatePassedBackNorm(m_trace, t, layer), true);
    }
}

void UnrolledPainter::paintInputArrow(int t, int layer)
{
    const bool working =
        m_frame.phase() == Phase::Forward && m_progress.time() == t && m_frame.part().layer == layer;
    paintForward(m_geometry.inputArrow(t, layer), m_progress.arrival(t, layer), working);
    if (layer > 0 && m_progress.hiddenGradient(t, layer - 1) >= 1) {
        const auto& gradient = m_trace.channel(layer, "x").gradient;
        if (gradient.cols() >= t)
            drawGradientArrow(m_painter, backwardInput(t, layer), m_palette.backward,
                              gradientStrength(unrolled::scaledNorm(gradient.col(t - 1))), m_scale);
    }
}

void UnrolledPainter::paintOutputArrow(int t)
{
    const bool working = m_frame.phase() == Phase::Forward && m_progress.time() == t &&
                         m_frame.part().kind == PartKind::Logits;
    paintForward(m_geometry.outputArrow(t), m_progress.scores(t), working);
    const int top = m_geometry.shape().layers() - 1;
    if (m_progress.hiddenGradient(t, top) >= 1 && m_trace.plan[static_cast<std::size_t>(t - 1)].counted)
        drawGradientArrow(m_painter, backwardOutput(t), m_palette.backward,
                          gradientStrength(fromOutputNorm(m_trace, t)), m_scale);
}

/// How much the weights between two things at time t are at work at this very moment; at rest nothing is.
double UnrolledPainter::atWork(int t, Item item, int layer) const
{
    if (m_frame.alpha >= 1 || m_progress.time() != t)
        return 0;
    const Part& part = m_frame.part();
    const bool back = m_frame.phase() == Phase::Backward;
    bool works = false;
    if (item == Item::OutputWeight)
        works = back ? part.kind == PartKind::HiddenGradient && part.layer == m_geometry.shape().layers() - 1
                     : part.kind == PartKind::Logits;
    else if (!back)
        works = part.kind == PartKind::Cell && part.layer == layer && part.operation == 0;
    else if (item == Item::RecurrentWeight)
        works = part.kind == PartKind::PassBack && part.layer == layer;
    else
        works = part.kind == PartKind::HiddenGradient && part.layer == layer - 1;
    return works ? 4 * m_frame.alpha * (1 - m_frame.alpha) : 0;
}

void UnrolledPainter::paintChips(int t)
{
    paintChip(m_geometry.outputChip(t), ParameterRole::ReadoutWeight, -1, Item::OutputWeight, t);
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        paintChip(m_geometry.inputChip(t, layer), ParameterRole::InputWeight, layer, Item::InputWeight, t);
        paintChip(m_geometry.recurrentChip(t, layer), ParameterRole::RecurrentWeight, layer,
                  Item::RecurrentWeight, t);
    }
}

/// The names of the weight matrices where their bands begin: lit whenever any step uses them.
void UnrolledPainter::paintSharedChips()
{
    const int now = m_progress.time();
    paintChip(m_geometry.sharedChip(Item::OutputWeight, -1), ParameterRole::ReadoutWeight, -1,
              Item::OutputWeight, now);
    const bool strip = m_geometry.detail() == StepDetail::Strip;
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        for (int from = 1, to = 1; from <= m_geometry.shape().steps; from = to + 1) {
            to = lastOfBank(from);
            const int t = now >= from && now <= to ? now : from;
            paintChip(m_geometry.sharedChip(Item::InputWeight, layer, from), ParameterRole::InputWeight,
                      layer, Item::InputWeight, t);
            if (!strip)
                paintChip(m_geometry.sharedChip(Item::RecurrentWeight, layer, from),
                          ParameterRole::RecurrentWeight, layer, Item::RecurrentWeight, t);
        }
        if (strip) {
            // From one column to the next, with the weights of the step at work.
            const QRectF rect = m_geometry.sharedChip(Item::RecurrentWeight, layer);
            paintChip(rect, ParameterRole::RecurrentWeight, layer, Item::RecurrentWeight, now);
            const QPointF from(rect.right() + 2 * m_scale, rect.center().y());
            drawArrow(m_painter, {from, from + QPointF(11 * m_scale, 0)}, m_palette.muted, 1.2 * m_scale);
        }
    }
}

/// The name of a weight matrix on an arrow: at every step the same one. At the update all of them change at
/// once.
void UnrolledPainter::paintChip(const QRectF& rect, ParameterRole role, int layer, Item item, int t)
{
    const int user = std::max(1, t);
    if (!m_trace.hasParameter(role, layer, layer < 0 ? unrolled::rnnBank : m_trace.bankAt(user)))
        return;
    const auto& parameter = m_trace.parameterAt(role, layer, user);
    const double update = m_progress.update();
    const bool lit = m_hover.item == item && (item == Item::OutputWeight || m_hover.layer == layer);
    QColor border = lit ? m_palette.forward : m_palette.line;
    QColor ink = lit ? m_palette.forward : m_palette.muted;
    QColor ground = lit ? m_palette.forwardSoft : m_palette.background;
    const double works = atWork(t, item, layer);
    const bool back = m_frame.phase() == Phase::Backward;
    border = mixed(border, back ? m_palette.backward : m_palette.forward, works);
    ink = mixed(ink, back ? m_palette.backward : m_palette.forward, works);
    ground = mixed(ground, back ? m_palette.backwardSoft : m_palette.forwardSoft, works);
    if (m_frame.phase() == Phase::Update) {
        border = mixed(border, m_palette.backward, std::max(update, 0.4 * m_progress.clip()));
        ground = mixed(ground, m_palette.backwardSoft, update);
        ink = mixed(ink, m_palette.backward, update);
    }
    m_painter.setPen(QPen(border, 1));
    m_painter.setBrush(ground);
    m_painter.drawRoundedRect(rect, 4 * m_scale, 4 * m_scale);
    setFont(10 * m_scale);
    math(rect.adjusted(1, 0, -1, -1 * m_scale), Qt::AlignCenter,
         QString::fromStdString(parameter.block.symbol), ink);
    if (m_frame.phase() != Phase::Update || m_geometry.detail() != StepDetail::Numbers)
        return;
    // First the norm of the gradient that the optimizer gets, then that of the change.
    const bool changed = m_frame.part().kind == PartKind::Update;
    const double size = changed ? unrolled::scaledNorm((parameter.after - parameter.before).reshaped())
                                : unrolled::scaledNorm(parameter.clippedGradient.reshaped());
    const QString words =
        (changed ? QStringLiteral("‖ΔW‖ %1") : QStringLiteral("‖∂L/∂W‖ %1")).arg(norm(size));
    m_painter.setOpacity(changed ? update : m_progress.clip());
    setFont(9.5 * m_scale);
    const double height = 13 * m_scale;
    // The one of the recurrent weights stands between two cells, the others beside their matrices.
    const bool between = item == Item::RecurrentWeight;
    const double cell = between ? m_geometry.cellRect(t, layer).width() : 0; // the readout is of no layer
    const double gap = m_geometry.stepWidth() - cell - 4 * m_scale;
    const double edge = m_geometry.viewport().right() - 2 * m_scale;
    const double room = between ? std::min(58 * m_scale, gap)
                                : std::min(m_geometry.stepWidth() / 2 - rect.width() / 2 - 8 * m_scale,
                                           edge - rect.right() - 4 * m_scale);
    const double left = between ? rect.center().x() - room / 2 : rect.right() + 4 * m_scale;
    // Where there is no room for what it is the norm of, the other labels tell.
    const QFont font = narrowed(m_painter.font(), words, room, qRound(0.8 * 9.5 * m_scale));
    const bool fits = QFontMetricsF(font).horizontalAdvance(words) <= room;
    if (fits)
        m_painter.setFont(font);
    text({left, between ? rect.top() - height : rect.center().y() - height / 2, room, height},
         between ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter, fits ? words : norm(size),
         m_palette.backward);
    m_painter.setOpacity(1);
}

/// h_0 and c_0, from which the first step starts.
void UnrolledPainter::paintInitialStates()
{
    const double s = m_scale;
    const auto box = [&](const QRectF& rect, const Eigen::VectorXd& values, double most) {
        if (rect.right() < 0)
            return;
        m_painter.setPen(QPen(m_palette.line, 1));
        m_painter.setBrush(m_palette.track);
        m_painter.drawRoundedRect(rect, 4 * s, 4 * s);
        if (!allZero(values)) {
            const QRectF within = rect.adjusted(3 * s, 3 * s, -3 * s, -3 * s);
            const double pitch = within.height() / static_cast<double>(values.size());
            for (Eigen::Index i = 0; i < values.size(); ++i)
                m_painter.fillRect(QRectF(within.left(), within.top() + static_cast<double>(i) * pitch,
                                          within.width(), pitch),
                                   diverging(m_palette, values(i) / most));
        } else {
            setFont(std::min(10.5 * s, 0.8 * rect.height()));
            text(rect, Qt::AlignCenter, QStringLiteral("0"), m_palette.muted);
        }
    };
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        const auto& trace = m_trace.layers[static_cast<std::size_t>(layer)];
        box(m_geometry.initialRect(layer), trace.initialHidden, range(layer, "h"));
        paintInitialName(layer, false);
        if (!m_geometry.shape().cellState)
            continue;
        box(m_geometry.initialCellStateRect(layer), trace.initialCell, range(layer, "c"));
        paintInitialName(layer, true);
    }
}

QString UnrolledPainter::initialName(int layer, bool cellState) const
{
    const auto& trace = m_trace.layers[static_cast<std::size_t>(layer)];
    QString name = cellState ? QStringLiteral("c_0") : QStringLiteral("h_0");
    if (m_geometry.shape().layers() > 1)
        name += QStringLiteral("^{(%1)}").arg(layer + 1);
    return allZero(cellState ? trace.initialCell : trace.initialHidden) ? name + QStringLiteral(" = 0")
                                                                        : name;
}

QRectF UnrolledPainter::initialNameRect(int layer, bool cellState) const
{
    QFont font = m_painter.font();
    font.setPixelSize(std::max(1, qRound(11 * m_scale)));
    return m_geometry.initialNameRect(layer, cellState,
                                      mathSize(font, initialName(layer, cellState)).width() + 1);
}

void UnrolledPainter::paintInitialName(int layer, bool cellState)
{
    setFont(11 * m_scale);
    if (const QRectF place = initialNameRect(layer, cellState); !place.isEmpty())
        math(place, Qt::AlignLeft | Qt::AlignVCenter, initialName(layer, cellState), m_palette.muted);
}

/// What is on its way at this very moment.
void UnrolledPainter::paintTokens()
{
    const Part& part = m_frame.part();
    const double alpha = m_frame.alpha;
    const double radius = 3.6 * m_scale;
    const int t = m_progress.time();
    const QColor& color = m_palette.forward;
    switch (m_frame.phase()) {
    case Phase::Forward:
        if (part.kind == PartKind::Logits)
            drawToken(m_painter, m_geometry.outputArrow(t), alpha, color, radius);
        if (part.kind != PartKind::Cell)
            return;
        if (part.operation == 0)
            drawToken(m_painter, m_geometry.inputArrow(t, part.layer), alpha, color, radius);
        if (m_trace.edits.cutAfter(part.layer, t - 1))
            return;
        if (part.operation == 0)
            drawToken(m_painter, m_geometry.recurrentArrow(t, part.layer), alpha, color, radius);
        if (unrolled::operations(m_trace.cell)[static_cast<std::size_t>(part.operation)].result == "c")
            drawToken(m_painter, m_geometry.cellStateArrow(t, part.layer), alpha, color, radius);
        return;
    case Phase::Loss: {
        const QRectF total = m_geometry.labelRect(m_geometry.lossRect(1));
        for (int from = m_geometry.firstVisible(); from <= m_geometry.lastVisible(); ++from) {
            if (m_trace.plan[static_cast<std::size_t>(from - 1)].counted)
                drawToken(m_painter,
                          {m_geometry.lossRect(from).center() - QPointF(0, 10 * m_scale),
                           total.center() - QPointF(0, 10 * m_scale)},
                          alpha, m_palette.backward, radius);
        }
        return;
    }
    case Phase::Backward:
        paintBackwardTokens(t, part);
        return;
    case Phase::Update:
        return;
    }
}

void UnrolledPainter::paintBackwardTokens(int t, const Part& part)
{
    const double alpha = m_frame.alpha;
    const double radius = 3.6 * m_scale;
    const QColor& color = m_palette.backward;
    const int top = m_geometry.shape().layers() - 1;
    const bool counted = m_trace.plan[static_cast<std::size_t>(t - 1)].counted;
    // A gradient that has vanished has a small token.
    const auto token = [&](const QLineF& line, double size) {
        const double strength = gradientStrength(size);
        QColor shade = color;
        shade.setAlphaF(static_cast<float>(0.3 + 0.7 * strength));
        drawToken(m_painter, line, alpha, shade, radius * (0.45 + 0.75 * strength));
    };
    switch (part.kind) {
    case PartKind::Logits:
        if (counted) {
            const QRectF loss = m_geometry.lossRect(t);
            const QRectF outputs = m_geometry.outputsRect(t);
            token({QPointF(backwardOutput(t).x1(), loss.bottom()),
                   QPointF(backwardOutput(t).x1(), outputs.center().y())},
                  1);
        }
        return;
    case PartKind::HiddenGradient:
        if (part.layer == top && counted)
            token(backwardOutput(t), fromOutputNorm(m_trace, t));
        if (part.layer < top && m_trace.channel(part.layer + 1, "x").gradient.cols() >= t)
            token(backwardInput(t, part.layer + 1),
                  unrolled::scaledNorm(m_trace.channel(part.layer + 1, "x").gradient.col(t - 1)));
        return;
    case PartKind::PassBack: {
        if (m_trace.edits.cutAfter(part.layer, t - 1))
            return;
        token(backwardRecurrence(t, part.layer), passedBackNorm(m_trace, t, part.layer));
        if (m_geometry.shape().cellState)
            token(reversed(m_geometry.cellStateArrow(t, part.layer)).translated(0, 10 * m_scale),
                  cellStatePassedBackNorm(m_trace, t, part.layer));
        return;
    }
    default:
        return;
    }
}

} // namespace ui
