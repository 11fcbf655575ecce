#include "ui/paint/arrow.h"
#include "ui/paint/number_format.h"
#include "ui/views/unrolled_painter.h"

#include <QPainter>
#include <QPen>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::PartKind;
using unrolled::Phase;
using Item = UnrolledHit::Item;

namespace {

/// Two decimals; what rounds to nothing is "0.00".
QString shortSigned(double value)
{
    return std::abs(value) < 0.005 ? plainNumber(0) : signedNumber(value);
}

QRectF inner(const QRectF& row, double height)
{
    return {row.left(), row.center().y() - height / 2, row.width(), height};
}

} // namespace

void UnrolledPainter::paintStep(int t)
{
    paintLoss(t);
    paintAnswer(t);
    if (m_geometry.shape().classes)
        paintClasses(t);
    else
        paintNumbers(t);
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        paintCell(t, layer);
        paintGradient(t, layer);
    }
    paintInput(t);
}

/// Whether a step is wide enough for "‖∂L/∂h_1‖ = …".
bool UnrolledPainter::roomForWords() const
{
    return m_geometry.stepWidth() >= 118 * m_scale;
}

void UnrolledPainter::paintLoss(int t)
{
    const double loss = m_trace.outputs.losses(t - 1);
    const double share = m_progress.probabilities(t);
    if (std::isnan(loss) && !m_trace.plan[static_cast<std::size_t>(t - 1)].counted)
        return;
    const QRectF rect = m_geometry.lossRect(t);
    const bool wide = roomForWords();
    setFont((wide ? 12 : 10) * m_scale, wide);
    if (share <= 0) {
        if (wide)
            math(rect, Qt::AlignCenter, QStringLiteral("L_{%1}").arg(t), m_palette.faint);
        return;
    }
    m_painter.setOpacity(share);
    math(rect, Qt::AlignCenter,
         wide ? QStringLiteral("L_{%1} = %2").arg(t).arg(plainNumber(loss)) : plainNumber(loss),
         m_palette.backward);
    m_painter.setOpacity(1);
}

/// ✓ or ✗, drawn: not every font has them.
void UnrolledPainter::mark(const QPointF& centre, bool right, double size)
{
    m_painter.setPen(QPen(right ? m_palette.right : m_palette.wrong, 0.17 * size, Qt::SolidLine, Qt::RoundCap,
                          Qt::RoundJoin));
    const double r = size / 2;
    if (right) {
        const QPointF points[] = {centre + QPointF(-0.8 * r, 0.05 * r), centre + QPointF(-0.2 * r, 0.6 * r),
                                  centre + QPointF(0.85 * r, -0.65 * r)};
        m_painter.drawPolyline(points, 3);
    } else {
        m_painter.drawLine(centre + QPointF(-0.62 * r, -0.62 * r), centre + QPointF(0.62 * r, 0.62 * r));
        m_painter.drawLine(centre + QPointF(-0.62 * r, 0.62 * r), centre + QPointF(0.62 * r, -0.62 * r));
    }
}

/// The predicted letter (or number), whether it is right, and the right one.
void UnrolledPainter::paintAnswer(int t)
{
    const QRectF rect = m_geometry.answerRect(t);
    const double share = m_progress.probabilities(t);
    const auto& outputs = m_trace.outputs;
    const auto index = static_cast<std::size_t>(t - 1);
    const bool counted = m_trace.plan[index].counted;
    const bool wide = roomForWords();
    const double s = m_scale;

    QString answer;
    QString target;
    bool right = false;
    if (m_geometry.shape().classes) {
        answer = symbol(outputs.predicted(t - 1));
        const int cls = outputs.targetClasses[index];
        target = counted && cls >= 0 ? symbol(cls) : QString();
        right = cls == outputs.predicted(t - 1);
    } else {
        if (outputs.y.value.rows() > 1 || !counted)
            return; // the rows below tell
        const double y = outputs.y.value(0, t - 1);
        answer = plainNumber(y);
        target = plainNumber(outputs.targets(0, t - 1));
        right = std::abs(y - outputs.targets(0, t - 1)) < answerTolerance;
    }
    if (!target.isEmpty())
        target = wide ? QStringLiteral("(%1)").arg(target) : QString();

    const double answerSize = (m_geometry.shape().classes ? (wide ? 21 : 15) : (wide ? 15 : 11)) * s;
    const double markSize = counted ? (wide ? 11 : 9) * s : 0;
    setFont(13 * s);
    const double targetWidth = target.isEmpty() ? 0 : m_painter.fontMetrics().horizontalAdvance(target);
    setFont(answerSize, true);
    const double answerWidth = m_painter.fontMetrics().horizontalAdvance(answer);
    const double gap = (wide ? 9 : 3) * s;
    const double width =
        answerWidth + (markSize > 0 ? gap + markSize : 0) + (targetWidth > 0 ? gap + targetWidth : 0);
    double x = rect.center().x() - width / 2;

    if (share > 0) {
        m_painter.setOpacity(share);
        const QColor color = !counted ? m_palette.muted : right ? m_palette.right : m_palette.wrong;
        text({x, rect.top(), answerWidth, rect.height()}, Qt::AlignCenter, answer, color);
        x += answerWidth + gap;
        if (markSize > 0)
            mark({x + markSize / 2, rect.center().y() + 1 * s}, right, markSize);
        m_painter.setOpacity(1);
    } else {
        x += answerWidth + gap;
    }
    x += markSize > 0 ? markSize + gap : 0;
    if (targetWidth > 0) {
        setFont(13 * s);
        text({x, rect.top() + 1 * s, targetWidth, rect.height()}, Qt::AlignCenter, target, m_palette.muted);
    }
}

/// One row a class: its letter, its score, its probability as a bar and as a number.
void UnrolledPainter::paintClasses(int t)
{
    const auto& outputs = m_trace.outputs;
    const double scores = m_progress.scores(t);
    const double share = m_progress.probabilities(t);
    const double gradient = m_progress.outputGradient(t);
    const int rows = m_geometry.outputRows();
    const bool every = rows >= m_geometry.shape().outputs;
    const int target = outputs.targetClasses[static_cast<std::size_t>(t - 1)];
    const std::vector<int> classes = shownClasses(m_trace, t, rows);
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    const double s = m_scale;
    const bool numbers = wide && m_geometry.outputRow(t, 0).height() >= 10 * s;
    const bool letters =
        m_geometry.outputRow(t, 0).height() >= 8 * s && (wide || m_geometry.stepWidth() >= 52 * s);

    for (int i = 0; i < rows; ++i) {
        const QRectF row = m_geometry.outputRow(t, i);
        const int cls = classes[static_cast<std::size_t>(i)];
        const bool isRight = cls == target;
        QRectF bar = inner(row, std::min(0.72 * row.height(), 12 * s));
        if (letters) {
            const double letterWidth = (wide ? 15 : 12) * s;
            setFont(std::min(11 * s, 0.9 * row.height()), isRight);
            if (every || share > 0)
                text({row.left(), row.top(), letterWidth, row.height()}, Qt::AlignCenter, symbol(cls),
                     isRight ? m_palette.text : m_palette.muted);
            bar.setLeft(row.left() + letterWidth + 3 * s);
        }
        if (numbers) {
            setFont(std::min(10.5 * s, 0.85 * row.height()));
            const double numberWidth = 31 * s;
            const bool scoresFit = bar.width() >= 110 * s;
            if (scoresFit) {
                if (scores > 0) {
                    m_painter.setOpacity(scores);
                    text({bar.left(), row.top(), 38 * s, row.height()}, Qt::AlignRight | Qt::AlignVCenter,
                         shortSigned(outputs.y.value(cls, t - 1)), m_palette.muted);
                    m_painter.setOpacity(1);
                }
                bar.setLeft(bar.left() + 45 * s);
            }
            if (share > 0) {
                m_painter.setOpacity(share);
                text({row.right() - numberWidth, row.top(), numberWidth, row.height()},
                     Qt::AlignRight | Qt::AlignVCenter, plainNumber(outputs.probabilities(cls, t - 1)),
                     isRight ? m_palette.text : m_palette.muted);
                m_painter.setOpacity(1);
            }
            bar.setRight(row.right() - numberWidth - 3 * s);
        }
        const double radius = std::min(2 * s, bar.height() / 3);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(m_palette.track);
        m_painter.drawRoundedRect(bar, radius, radius);
        if (share <= 0)
            continue;
        const double probability = std::clamp(outputs.probabilities(cls, t - 1), 0.0, 1.0);
        QRectF filled = bar;
        filled.setWidth(std::max(1.0, bar.width() * probability * eased(share)));
        m_painter.setBrush(isRight ? m_palette.right : m_palette.neutralBar);
        m_painter.drawRoundedRect(filled, std::min(radius, filled.width() / 2), radius);
        if (gradient > 0 && outputs.y.gradient.cols() >= t) {
            // ∂L/∂y = p − 1 for the right class, p for the others: the stretch that is missing, or too much.
            const double by = std::clamp(outputs.y.gradient(cls, t - 1), -1.0, 1.0) * gradient;
            const double from = bar.left() + bar.width() * probability;
            const double to = std::clamp(from - bar.width() * by, bar.left(), bar.right());
            const double height = std::max(1.5, 2.5 * s);
            m_painter.fillRect(QRectF(std::min(from, to), bar.bottom() - height, std::abs(to - from), height),
                               m_palette.backward);
        }
    }
}

/// One row an output: its number, a bar with the target marked on it, the target.
void UnrolledPainter::paintNumbers(int t)
{
    const auto& outputs = m_trace.outputs;
    const double share = m_progress.scores(t);
    const bool counted = m_trace.plan[static_cast<std::size_t>(t - 1)].counted;
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    const double s = m_scale;
    for (int i = 0; i < m_geometry.outputRows(); ++i) {
        const QRectF row = m_geometry.outputRow(t, i);
        QRectF bar = inner(row, std::min(0.72 * row.height(), 12 * s));
        const double y = outputs.y.value(i, t - 1);
        const double target = counted ? outputs.targets(i, t - 1) : std::nan("");
        if (wide && row.height() >= 10 * s) {
            setFont(10.5 * s);
            const double width = 38 * s;
            if (share > 0) {
                m_painter.setOpacity(share);
                text({row.left(), row.top(), width, row.height()}, Qt::AlignRight | Qt::AlignVCenter,
                     shortSigned(y), counted ? m_palette.text : m_palette.muted);
                m_painter.setOpacity(1);
            }
            if (!std::isnan(target))
                text({row.right() - width, row.top(), width, row.height()}, Qt::AlignLeft | Qt::AlignVCenter,
                     shortSigned(target), m_palette.right);
            bar.adjust(width + 5 * s, 0, -width - 5 * s, 0);
        }
        const double radius = std::min(2 * s, bar.height() / 3);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(m_palette.track);
        m_painter.drawRoundedRect(bar, radius, radius);
        const auto place = [&](double value) {
            const double where = std::clamp((value - m_outputLow) / (m_outputHigh - m_outputLow), 0.0, 1.0);
            return bar.left() + where * bar.width();
        };
        if (share > 0 && std::isfinite(y)) {
            const double zero = place(0);
            const double end = zero + (place(y) - zero) * eased(share);
            QColor color = m_palette.neutralBar;
            if (!counted)
                color = m_palette.faint;
            m_painter.setBrush(color);
            m_painter.drawRect(QRectF(std::min(zero, end), bar.top(), std::abs(end - zero), bar.height()));
        }
        if (!std::isnan(target)) {
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(m_palette.right);
            m_painter.drawRect(QRectF(place(target) - s, bar.top() - 2 * s, 2 * s, bar.height() + 4 * s));
        }
    }
}

void UnrolledPainter::paintCell(int t, int layer)
{
    const QRectF cell = m_geometry.cellRect(t, layer);
    const unrolled::Part& part = m_frame.part();
    const bool now = m_progress.time() == t && (part.layer == layer || part.layer < 0);
    const bool back = m_frame.phase() == Phase::Backward;
    const bool hovered =
        m_hover.t == t && m_hover.layer == layer &&
        (m_hover.item == Item::Cell || m_hover.item == Item::Hidden || m_hover.item == Item::CellState);
    QColor border =
        m_progress.hidden(t, layer) > 0 ? mixed(m_palette.line, m_palette.muted, 0.35) : m_palette.line;
    if (now)
        border = back ? m_palette.backward : m_palette.forward;
    else if (hovered)
        border = m_palette.muted;
    m_painter.setPen(QPen(border, (now ? 2.0 : 1.0) * std::max(1.0, 0.85 * m_scale)));
    m_painter.setBrush(m_palette.background);
    const double radius = std::min(7 * m_scale, cell.width() / 6);
    m_painter.drawRoundedRect(cell, radius, radius);
    paintCellHeader(t, layer);
    if (m_geometry.shape().cellState)
        paintUnits(t, layer, "c", m_geometry.cellStateRect(t, layer));
    paintUnits(t, layer, "h", m_geometry.hiddenRect(t, layer));
}

/// The names of the states, and the operations: done, at work (in colour) or to come.
void UnrolledPainter::paintCellHeader(int t, int layer)
{
    if (m_geometry.detail() != StepDetail::Numbers)
        return;
    const double s = m_scale;
    const QRectF header = m_geometry.hiddenHeader(t, layer);
    const QRectF top = m_geometry.shape().cellState ? m_geometry.cellStateHeader(t, layer) : header;
    const Qt::Alignment left = Qt::AlignLeft | Qt::AlignVCenter;
    setFont(12 * s, true);
    math(header, left, indexed(QStringLiteral("h"), t, layer), m_palette.text);
    if (m_geometry.shape().cellState)
        math(top, left, indexed(QStringLiteral("c"), t, layer), m_palette.text);

    setFont(10.5 * s);
    const unrolled::Part& part = m_frame.part();
    const bool here = m_progress.time() == t && part.kind == PartKind::Cell && part.layer == layer;
    const QColor lit = m_frame.phase() == Phase::Backward ? m_palette.backward : m_palette.forward;
    const auto& all = unrolled::operations(m_trace.cell);
    if (m_trace.cell.kind == unrolled::CellKind::Rnn) {
        // Its two operations: the weighted sum, then the nonlinearity.
        const QString name = m_trace.cell.activation == unrolled::Activation::Relu ? QStringLiteral("ReLU")
                             : m_trace.cell.activation == unrolled::Activation::Sigmoid
                                 ? QStringLiteral("σ")
                                 : QString::fromUtf8(unrolled::name(m_trace.cell.activation).data());
        const auto inkOf = [&](std::string_view result) {
            const bool working = here && all[static_cast<std::size_t>(part.operation)].result == result;
            return working                                     ? lit
                   : m_progress.channel(t, layer, result) >= 1 ? m_palette.muted
                                                               : m_palette.faint;
        };
        text(header, Qt::AlignRight | Qt::AlignVCenter, name, inkOf("h"));
        const double right = header.right() - m_painter.fontMetrics().horizontalAdvance(name) - 6 * s;
        text({header.left(), header.top(), right - header.left(), header.height()},
             Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("Σ"), inkOf("a_h"));
        return;
    }
    double x = top.right();
    for (auto operation = all.rbegin(); operation != all.rend(); ++operation) {
        if (operation->result == "h" || operation->result == "c")
            continue;
        const bool working =
            here && all[static_cast<std::size_t>(part.operation)].result == operation->result;
        const bool done = m_progress.channel(t, layer, operation->result) >= 1;
        const auto& channel = unrolled::channels(
            m_trace.cell)[static_cast<std::size_t>(unrolled::channelIndex(m_trace.cell, operation->result))];
        const QString name =
            QString::fromUtf8(channel.symbol.data(), static_cast<qsizetype>(channel.symbol.size()));
        setFont(10.5 * s, working);
        const double width =
            std::max(8 * s, static_cast<double>(m_painter.fontMetrics().horizontalAdvance(name)));
        math({x - width, top.top(), width, top.height()}, Qt::AlignCenter, name,
             working ? lit
             : done  ? m_palette.muted
                     : m_palette.faint);
        x -= width + 4 * s;
    }
}

/// A state as signed bars with numbers, as bars, or as colours, as the room allows; its gradient in orange
/// beneath each bar.
void UnrolledPainter::paintUnits(int t, int layer, std::string_view channel, const QRectF& rect)
{
    const UnitDetail detail = m_geometry.unitDetail(layer);
    if (detail == UnitDetail::Colours) {
        paintUnitColours(rect, t, layer, channel);
        return;
    }
    const auto& quantity = m_trace.channel(layer, channel);
    const double share = m_progress.channel(t, layer, channel);
    const double gradient =
        channel == "h" ? m_progress.hiddenGradient(t, layer) : m_progress.channelGradient(t, layer, channel);
    const double most = range(layer, channel);
    const int units = m_geometry.shape().units[static_cast<std::size_t>(layer)];
    const double pitch = rect.height() / units;
    const double s = m_scale;
    const bool numbers = detail == UnitDetail::Numbers;
    const double numberWidth = numbers ? 37 * s : 0;
    const double height = std::min(0.66 * pitch, 13 * s);
    const double thin = std::clamp(0.16 * pitch, 1.0, 3 * s);
    QColor orange = m_palette.backward;
    if (!numbers)
        orange.setAlphaF(0.7f);
    setFont(std::min(10.5 * s, 0.82 * pitch));
    for (int unit = 0; unit < units; ++unit) {
        const double value = quantity.value(unit, t - 1);
        const double y = rect.top() + unit * pitch;
        const QRectF track(rect.left(), y + (pitch - height - thin) / 2, rect.width() - numberWidth, height);
        signedBar(track, value, most, share);
        if (numbers && share > 0) {
            m_painter.setOpacity(share);
            text({track.right(), y, rect.right() - track.right(), pitch}, Qt::AlignRight | Qt::AlignVCenter,
                 shortSigned(value), m_palette.text);
            m_painter.setOpacity(1);
        }
        if (gradient > 0 && quantity.gradient.cols() >= t) {
            const double by = quantity.gradient(unit, t - 1);
            const double length = gradientStrength(std::abs(by)) * track.width() / 2 * gradient;
            const double middle = track.center().x();
            m_painter.fillRect(QRectF(by < 0 ? middle - length : middle, track.bottom() + 0.5, length, thin),
                               orange);
        }
    }
}

void UnrolledPainter::paintUnitColours(const QRectF& rect, int t, int layer, std::string_view channel)
{
    const auto& quantity = m_trace.channel(layer, channel);
    const double share = m_progress.channel(t, layer, channel);
    const double gradient =
        channel == "h" ? m_progress.hiddenGradient(t, layer) : m_progress.channelGradient(t, layer, channel);
    const double most = range(layer, channel);
    const int units = m_geometry.shape().units[static_cast<std::size_t>(layer)];
    const double pitch = rect.height() / units;
    QRectF values = rect;
    values.setWidth(0.74 * rect.width());
    QRectF gradients = rect;
    gradients.setLeft(rect.left() + 0.78 * rect.width());
    m_painter.setPen(QPen(m_palette.line, 1));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawRect(values);
    if (m_progress.backward())
        m_painter.drawRect(gradients);
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    for (int unit = 0; unit < units; ++unit) {
        const double top = rect.top() + unit * pitch;
        if (share > 0) {
            m_painter.setOpacity(share);
            m_painter.fillRect(QRectF(values.left(), top, values.width(), pitch),
                               diverging(m_palette, quantity.value(unit, t - 1) / most));
            m_painter.setOpacity(1);
        }
        if (gradient > 0 && quantity.gradient.cols() >= t) {
            const double strength = gradientStrength(std::abs(quantity.gradient(unit, t - 1)));
            m_painter.fillRect(QRectF(gradients.left(), top, gradients.width(), pitch),
                               mixed(m_palette.background, m_palette.backward, strength * gradient));
        }
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
}

void UnrolledPainter::paintInput(int t)
{
    const double share = m_progress.input(t);
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    const double s = m_scale;
    QRectF rect = m_geometry.inputRect(t);
    const QRectF letter = m_geometry.symbolRect(t);
    // The input comes in from below.
    const double lift = (1 - eased(share)) * 8 * s;
    if (share > 0 && share < 1)
        rect.translate(0, lift);
    if (m_geometry.shape().symbols)
        paintOneHot(t, rect);
    else
        paintInputNumbers(t, rect);
    if (!m_geometry.shape().symbols)
        return;
    const int cls = m_trace.inputClasses[static_cast<std::size_t>(t - 1)];
    const bool fromData = m_trace.plan[static_cast<std::size_t>(t - 1)].input == unrolled::InputSource::Data;
    setFont((wide ? 17 : 13) * s, true);
    const QString name = cls < 0 && !fromData ? QStringLiteral("–") : symbol(cls);
    // What is read is known before it is read.
    text(letter.translated(0, share > 0 && share < 1 ? lift : 0), Qt::AlignCenter,
         wide ? QStringLiteral("“%1”").arg(name) : name, mixed(m_palette.faint, m_palette.text, share));
}

void UnrolledPainter::paintOneHot(int t, const QRectF& rect)
{
    const double share = m_progress.input(t);
    const int classes = m_geometry.shape().inputs;
    const int cls = m_trace.inputClasses[static_cast<std::size_t>(t - 1)];
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    const double s = m_scale;
    const double labelWidth = wide ? 24 * s : 0;
    const double room = rect.width() - 2 * labelWidth;
    const double height = std::min(rect.height(), 18 * s);
    const double box = std::min(height, room / classes - 2 * s);
    const QColor ink = mixed(m_palette.faint, m_palette.text, share);
    double left = rect.center().x() - room / 2;
    if (box >= (wide ? 11 * s : 4 * s)) {
        const double pitch = box + 2 * s;
        left = rect.center().x() - (classes * pitch - 2 * s) / 2;
        setFont(std::min(11 * s, 0.75 * box), false);
        for (int i = 0; i < classes; ++i) {
            const QRectF place(left + i * pitch, rect.center().y() - box / 2, box, box);
            const bool on = i == cls && share > 0;
            m_painter.setPen(QPen(on ? ink : m_palette.line, 1));
            m_painter.setBrush(on ? ink : m_palette.background);
            m_painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 2.5 * s, 2.5 * s);
            if (wide && share > 0)
                text(place, Qt::AlignCenter, i == cls ? QStringLiteral("1") : QStringLiteral("0"),
                     on ? m_palette.background : m_palette.muted);
        }
    } else {
        // Too many classes for boxes: where the one stands among the noughts.
        const QRectF track(left, rect.center().y() - 3 * s, room, 6 * s);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(m_palette.track);
        m_painter.drawRoundedRect(track, 2 * s, 2 * s);
        if (share > 0 && cls >= 0) {
            const double width = std::max(2 * s, room / classes);
            const double x = left + (room - width) * (classes > 1 ? cls / (classes - 1.0) : 0);
            m_painter.setBrush(ink);
            m_painter.drawRect(QRectF(x, rect.center().y() - 6 * s, width, 12 * s));
        }
    }
    if (wide) {
        setFont(11 * s);
        math({left - labelWidth - 2 * s, rect.top(), labelWidth, rect.height()},
             Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("x_{%1}").arg(t), m_palette.muted);
    }
}

void UnrolledPainter::paintInputNumbers(int t, const QRectF& rect)
{
    const double share = m_progress.input(t);
    const auto& x = m_trace.channel(0, "x").value;
    const int count = static_cast<int>(x.rows());
    const bool wide = m_geometry.detail() == StepDetail::Numbers;
    const double s = m_scale;
    const double labelWidth = wide ? 22 * s : 0;
    const double room = rect.width() - 2 * labelWidth;
    const double pitch = std::min(46 * s, room / count);
    const bool numbers = pitch >= 30 * s && rect.height() >= 9 * s;
    const double left = rect.center().x() - pitch * count / 2;
    setFont(std::min(11 * s, 0.8 * rect.height()));
    for (int i = 0; i < count; ++i) {
        const QRectF box(left + i * pitch + s, rect.top() + 1, pitch - 2 * s, rect.height() - 2);
        const double value = x(i, t - 1);
        m_painter.setPen(QPen(m_palette.line, 1));
        m_painter.setBrush(numbers || share <= 0 ? m_palette.background
                                                 : diverging(m_palette, value * share));
        m_painter.drawRoundedRect(box, std::min(2.5 * s, box.width() / 4),
                                  std::min(2.5 * s, box.width() / 4));
        if (numbers)
            text(box, Qt::AlignCenter, plainNumber(value), mixed(m_palette.faint, m_palette.text, share));
    }
    if (wide) {
        setFont(11 * s);
        math({left - labelWidth - 3 * s, rect.top(), labelWidth, rect.height()},
             Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("x_{%1}").arg(t), m_palette.muted);
    }
}

void UnrolledPainter::paintGradient(int t, int layer)
{
    const double share = m_progress.hiddenGradient(t, layer);
    const auto& gradient = m_trace.channel(layer, "h").gradient;
    if (share <= 0 || gradient.cols() < t)
        return;
    const double size = unrolled::scaledNorm(gradient.col(t - 1));
    const QRectF rect = m_geometry.gradientRect(t, layer);
    const double s = m_scale;
    m_painter.setOpacity(share);
    if (roomForWords()) {
        setFont(11 * s);
        math(rect, Qt::AlignCenter,
             QStringLiteral("‖∂L/∂%1‖ = %2").arg(indexed(QStringLiteral("h"), t, layer), norm(size)),
             m_palette.backward);
    } else if (m_geometry.stepWidth() >= 64 * s) {
        setFont(10 * s);
        text(rect, Qt::AlignCenter, norm(size), m_palette.backward);
    } else {
        const double height = std::max(1.0, (rect.height() - 2 * s) * gradientStrength(size));
        m_painter.fillRect(QRectF(rect.center().x() - 8 * s, rect.bottom() - height, 16 * s, height),
                           m_palette.backward);
    }
    m_painter.setOpacity(1);
}

} // namespace ui
