#include "ui/paint/arrow.h"
#include "ui/paint/hatch.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/number_format.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"

#include <QFontMetricsF>
#include <QPaintDevice>
#include <QPainter>
#include <QPen>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::PartKind;
using unrolled::Phase;
using Item = UnrolledHit::Item;

void UnrolledPainter::hatchNegative(int layer, std::string_view channel, bool cellState)
{
    if (m_painter.device()->devType() == QInternal::Widget)
        return;
    const Eigen::MatrixXd& value = m_trace.channel(layer, channel).value;
    const double most = range(layer, channel);
    NegativeMarks marks;
    for (int t = m_geometry.firstVisible(); t <= m_geometry.lastVisible(); ++t) {
        const QRectF rect = cellState ? m_geometry.cellStateRect(t, layer) : m_geometry.hiddenRect(t, layer);
        const double pitch = rect.height() / static_cast<double>(value.rows());
        if (!NegativeMarks::fitInto(rect.width(), pitch))
            return;
        m_hatched = true;
        for (Eigen::Index unit = 0; unit < value.rows() && m_progress.channel(t, layer, channel) > 0;
             ++unit) {
            const double number = value(unit, t - 1);
            if (NegativeMarks::marked(number, most))
                marks.add({rect.left(), rect.top() + static_cast<double>(unit) * pitch, rect.width(), pitch},
                          diverging(m_palette, number / most));
        }
    }
    marks.draw(m_painter);
}

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
    const unrolled::Part& part = m_frame.part();
    const bool here = m_progress.time() == t && part.kind == PartKind::Cell && part.layer == layer;
    const QColor lit = m_frame.phase() == Phase::Backward ? m_palette.backward : m_palette.forward;
    const auto& all = unrolled::operations(m_trace.cell);
    const auto working = [&](std::string_view result) {
        return here && all[static_cast<std::size_t>(part.operation)].result == result;
    };
    setFont(12 * s, true);
    math(header, left, indexed(QStringLiteral("h"), t, layer), working("h") ? lit : m_palette.text);
    if (m_geometry.shape().cellState)
        math(top, left, indexed(QStringLiteral("c"), t, layer), working("c") ? lit : m_palette.text);

    setFont(10.5 * s);
    // What an intervention holds, of one unit at least, has the bar that it has in the maps of the gates.
    const auto markClamp = [&](const QRectF& name, std::string_view result) {
        const int units = static_cast<int>(m_trace.channel(layer, result).value.rows());
        for (int unit = 0; unit < units && !m_trace.edits.clamps.empty(); ++unit) {
            if (unrolled::clampAt(m_trace.edits, std::string(result), layer, unit, t)) {
                m_painter.fillRect(QRectF(name.left(), std::round(name.center().y() + 7 * s), name.width(),
                                          std::max(1.0, std::round(1.5 * s))),
                                   m_palette.text);
                break;
            }
        }
    };
    if (m_trace.cell.kind == unrolled::CellKind::Rnn) {
        // Its two operations: the weighted sum, then the nonlinearity.
        const QString name = m_trace.cell.activation == unrolled::Activation::Relu ? QStringLiteral("ReLU")
                             : m_trace.cell.activation == unrolled::Activation::Sigmoid
                                 ? QStringLiteral("σ")
                                 : QString::fromUtf8(unrolled::name(m_trace.cell.activation).data());
        const auto inkOf = [&](std::string_view result) {
            return working(result)                             ? lit
                   : m_progress.channel(t, layer, result) >= 1 ? m_palette.muted
                                                               : m_palette.faint;
        };
        text(header, Qt::AlignRight | Qt::AlignVCenter, name, inkOf("h"));
        const double width = m_painter.fontMetrics().horizontalAdvance(name);
        markClamp({header.right() - width, header.top(), width, header.height()}, "h");
        const double right = header.right() - width - 6 * s;
        text({header.left(), header.top(), right - header.left(), header.height()},
             Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("Σ"), inkOf("a_h"));
        return;
    }
    double x = top.right();
    for (auto operation = all.rbegin(); operation != all.rend(); ++operation) {
        if (operation->result == "h" || operation->result == "c")
            continue;
        const bool atWork = working(operation->result);
        const bool done = m_progress.channel(t, layer, operation->result) >= 1;
        const auto& channel = unrolled::channels(
            m_trace.cell)[static_cast<std::size_t>(unrolled::channelIndex(m_trace.cell, operation->result))];
        const QString name = QString::fromUtf8(channel.symbol);
        setFont(10.5 * s, atWork);
        const double width =
            std::max(8 * s, static_cast<double>(m_painter.fontMetrics().horizontalAdvance(name)));
        const QRectF place(x - width, top.top(), width, top.height());
        math(place, Qt::AlignCenter, name, atWork ? lit : done ? m_palette.muted : m_palette.faint);
        markClamp(place, operation->result);
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
        if (m_ghost && share >= 1) {
            const auto bar = [&](double of) {
                const double length = std::clamp(of / most, -1.0, 1.0) * track.width() / 2;
                return QRectF(track.center().x() + std::min(0.0, length), track.top(), std::abs(length),
                              track.height());
            };
            ghostBar(bar(m_ghost->channel(layer, channel).value(unit, t - 1)), bar(value));
        }
        if (numbers && share > 0) {
            m_painter.setOpacity(share);
            text({track.right(), y, rect.right() - track.right(), pitch}, Qt::AlignRight | Qt::AlignVCenter,
                 shortSigned(value), m_palette.text);
            m_painter.setOpacity(1);
        }
        if (gradient > 0 && quantity.gradient.cols() >= t) {
            const double by = quantity.gradient(unit, t - 1);
            const auto bar = [&](double of, double so) {
                const double length = gradientStrength(std::abs(of)) * track.width() / 2 * so;
                const double middle = track.center().x();
                return QRectF(of < 0 ? middle - length : middle, track.bottom() + 0.5, length, thin);
            };
            m_painter.fillRect(bar(by, gradient), orange);
            if (m_ghost && gradient >= 1)
                ghostBar(bar(m_ghost->channel(layer, channel).gradient(unit, t - 1), 1), bar(by, 1));
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
    if (!wide) {
        // Where cells have no header, the number of the step stands by its letter.
        setFont(9 * s);
        const QString number = QString::number(t);
        if (m_geometry.shape().symbols) {
            // Words such as <start> leave less room than a letter, or none.
            const QString name = inputSymbol(m_trace.inputClasses[static_cast<std::size_t>(t - 1)]);
            QFont bold = m_painter.font();
            bold.setPixelSize(qRound(13 * s));
            bold.setBold(true);
            const double aside = std::max(9 * s, QFontMetricsF(bold).horizontalAdvance(name) / 2 + 3 * s);
            const QRectF place(letter.left(), letter.top() + 2 * s, letter.width() / 2 - aside,
                               letter.height());
            if (place.width() >= QFontMetricsF(m_painter.font()).horizontalAdvance(number))
                text(place, Qt::AlignRight | Qt::AlignVCenter, number, m_palette.muted);
        } else
            text(letter, Qt::AlignCenter, number, m_palette.muted);
    }
    if (!m_geometry.shape().symbols)
        return;
    const int cls = m_trace.inputClasses[static_cast<std::size_t>(t - 1)];
    setFont((wide ? 17 : 13) * s, true);
    const QString name = inputSymbol(cls);
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
             QStringLiteral("‖∂%1/∂%2‖ = %3")
                 .arg(lossSymbol(m_frame), indexed(QStringLiteral("h"), t, layer), norm(size)),
             m_palette.backward);
    } else if (m_geometry.stepWidth() >= 64 * s) {
        setFont(10 * s);
        text(rect, Qt::AlignCenter, norm(size), m_palette.backward);
    } else {
        const auto bar = [&](double norm) {
            const double height = std::max(1.0, (rect.height() - 2 * s) * gradientStrength(norm));
            return QRectF(rect.center().x() - 8 * s, rect.bottom() - height, 16 * s, height);
        };
        m_painter.fillRect(bar(size), m_palette.backward);
        if (m_ghost && share >= 1)
            ghostBar(bar(unrolled::scaledNorm(m_ghost->channel(layer, "h").gradient.col(t - 1))), bar(size));
    }
    m_painter.setOpacity(1);
}

} // namespace ui
