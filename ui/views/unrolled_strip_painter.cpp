#include "core/gradients/backward_sweep.h"
#include "ui/paint/arrow.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>
#include <QPen>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ui {

using unrolled::Phase;

namespace {

/// More rectangles than this make a vector picture too heavy; then it embeds an image.
constexpr double mostRectangles = 40000;
constexpr double largestType = 12;
constexpr double leastType = 6.5; // where a letter had to be smaller, a step shows a tick instead
constexpr int shadeSteps = 1024;  // more than a screen can tell apart

/// The pixels of an image of 32 bits; QImage::scanLine asks at each call whether the image is shared.
class PixelRows
{
public:
    explicit PixelRows(QImage& image)
        : m_bits(reinterpret_cast<QRgb*>(image.bits())), m_stride(image.bytesPerLine() / 4)
    {
    }
    QRgb& at(int x, int y) const { return m_bits[y * m_stride + x]; }

private:
    QRgb* m_bits;
    qsizetype m_stride;
};

std::vector<QRgb> shades(const QColor& from, const QColor& to)
{
    std::vector<QRgb> result;
    for (int i = 0; i <= shadeSteps; ++i)
        result.push_back(mixed(from, to, double(i) / shadeSteps).rgb());
    return result;
}

} // namespace

void UnrolledPainter::paintStrips()
{
    paintStripPosition();
    paintStripLosses();
    if (m_geometry.shape().classes)
        paintStripAnswers();
    paintStripOutputs();
    paintStripStates();
    paintStripCuts();
    paintStripInputs();
    paintStripAxis();
    paintStripGradients();
}

/// The column of the step at work, behind everything.
void UnrolledPainter::paintStripPosition()
{
    const int t = m_progress.time();
    if (t <= 0)
        return;
    const bool back = m_frame.phase() == Phase::Backward;
    QRectF column = m_geometry.column(t);
    const double width = std::max(3.0, column.width());
    column = {column.center().x() - width / 2, column.top() + 2, width, column.height() - 4};
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(back ? m_palette.backwardSoft : m_palette.forwardSoft);
    m_painter.drawRoundedRect(column, 2, 2);
}

void UnrolledPainter::paintStripStates()
{
    const UnrolledShape& shape = m_geometry.shape();
    const int t = m_progress.time();
    for (int layer = 0; layer < shape.layers(); ++layer) {
        if (shape.cellState)
            stripImage(layer, "c", true);
        stripImage(layer, "h", false);
        if (shape.cellState)
            hatchNegative(layer, "c", true);
        hatchNegative(layer, "h", false);
        if (t <= 0)
            continue;
        // The step at work has a frame.
        m_painter.setPen(
            QPen(m_frame.phase() == Phase::Backward ? m_palette.backward : m_palette.forward, 1.5));
        m_painter.setBrush(Qt::NoBrush);
        const QRectF frame = m_geometry.cellRect(t, layer);
        const double width = std::max(4.0, frame.width() + 1);
        m_painter.drawRect(QRectF(frame.center().x() - width / 2, frame.top(), width, frame.height()));
    }
}

/// A gap between two steps whose connection is cut.
void UnrolledPainter::paintStripCuts()
{
    for (const unrolled::StateCut& cut : m_trace.edits.cuts) {
        const int to = cut.t + 1;
        if (to < m_geometry.firstVisible() || to > m_geometry.lastVisible())
            continue;
        for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
            if (cut.layer >= 0 && cut.layer != layer)
                continue;
            const QRectF cell = m_geometry.cellRect(to, layer);
            drawGap(m_painter,
                    {m_geometry.left(to), cell.top() - 5 * m_scale, m_geometry.left(to),
                     cell.bottom() + 5 * m_scale},
                    m_palette, m_scale);
        }
    }
}

/// The states of all steps as colours, units downwards; empty where they are not computed yet.
void UnrolledPainter::stripImage(int layer, std::string_view channel, bool cellState)
{
    const auto rectOf = [&](int t) {
        return cellState ? m_geometry.cellStateRect(t, layer) : m_geometry.hiddenRect(t, layer);
    };
    const int first = m_geometry.firstVisible();
    const int last = m_geometry.lastVisible();
    const int units = m_geometry.shape().units[static_cast<std::size_t>(layer)];
    const Eigen::MatrixXd& value = m_trace.channel(layer, channel).value;
    const double most = range(layer, channel);
    const auto& state = m_trace.layers[static_cast<std::size_t>(layer)];

    const QRectF initial = cellState ? m_geometry.initialCellStateRect(layer) : m_geometry.initialRect(layer);
    const Eigen::VectorXd& start = cellState ? state.initialCell : state.initialHidden;
    const double pitch = initial.height() / units;
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    for (Eigen::Index unit = 0; unit < start.size(); ++unit)
        m_painter.fillRect(
            QRectF(initial.left(), initial.top() + static_cast<double>(unit) * pitch, initial.width(), pitch),
            diverging(m_palette, start(unit) / most));

    const bool gaps = m_geometry.cellRect(1, layer).width() < m_geometry.stepWidth() - 0.01;
    if (gaps) {
        m_painter.setPen(Qt::NoPen);
        for (int t = first; t <= last; ++t)
            m_painter.fillRect(rectOf(t), m_palette.track);
    } else {
        m_painter.fillRect(rectOf(first).united(rectOf(last)), m_palette.track);
    }

    if (m_vector && static_cast<double>(last - first + 1) * units <= mostRectangles) {
        for (int t = first; t <= last; ++t) {
            const double share = m_progress.channel(t, layer, channel);
            if (share <= 0)
                continue;
            m_painter.setOpacity(share);
            const QRectF rect = rectOf(t);
            for (int unit = 0; unit < units; ++unit)
                m_painter.fillRect(QRectF(rect.left(), rect.top() + unit * rect.height() / units,
                                          rect.width(), rect.height() / units),
                                   diverging(m_palette, value(unit, t - 1) / most));
        }
        m_painter.setOpacity(1);
        m_painter.setRenderHint(QPainter::Antialiasing, true);
        return;
    }

    QImage image(last - first + 1, units, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const PixelRows pixels(image);
    for (int t = first; t <= last; ++t) {
        const double share = m_progress.channel(t, layer, channel);
        if (share <= 0)
            continue;
        for (int unit = 0; unit < units; ++unit) {
            const QColor color = diverging(m_palette, value(unit, t - 1) / most);
            pixels.at(t - first, unit) =
                share >= 1 ? color.rgb() : mixed(m_palette.track, color, share).rgb();
        }
    }
    m_painter.setRenderHint(QPainter::SmoothPixmapTransform, false); // a colour a unit, none between
    if (gaps) {
        for (int t = first; t <= last; ++t) {
            QRectF rect = rectOf(t); // whole pixels, or the colours of the next step show at its edge
            rect.setLeft(std::round(rect.left()));
            rect.setRight(std::round(rect.right()));
            m_painter.drawImage(rect, image, QRectF(t - first, 0, 1, units));
        }
    } else {
        m_painter.drawImage(rectOf(first).united(rectOf(last)), image);
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
}

/// L_t as columns, the largest of the sequence filling the row; an only one with its number.
void UnrolledPainter::paintStripLosses()
{
    double most = 0;
    for (int t = 1; t <= m_geometry.shape().steps; ++t) {
        for (const unrolled::IterationTrace* trace : {&m_trace, m_ghost}) {
            const double loss = trace ? trace->outputs.losses(t - 1) : 0;
            if (std::isfinite(loss))
                most = std::max(most, loss);
        }
    }
    const std::vector<int> counted = unrolled::countedSteps(m_trace);
    const int only = counted.size() == 1 ? counted.front() : 0;
    m_painter.setRenderHint(QPainter::Antialiasing, m_vector);
    for (int t = m_geometry.firstVisible(); t <= m_geometry.lastVisible(); ++t) {
        const double loss = m_trace.outputs.losses(t - 1);
        const double share = m_progress.probabilities(t);
        const QRectF rect = m_geometry.lossRect(t);
        const double width = std::max(1.0, std::min(0.6 * m_geometry.stepWidth(), 8 * m_scale));
        if (isSilenced(m_trace, t)) // a stroke in the place of its column
            m_painter.fillRect(
                QRectF(rect.center().x() - width / 2, rect.center().y(), width, std::max(1.0, 1.3 * m_scale)),
                m_palette.muted);
        if (share <= 0 || most <= 0)
            continue;
        const double whole = rect.height() - 4 * m_scale;
        if (std::isfinite(loss)) {
            const double height = std::max(1.0, whole * loss / most * eased(share));
            m_painter.fillRect(
                QRectF(rect.center().x() - width / 2, rect.bottom() - 2 - height, width, height),
                isPicked(t) ? m_palette.backward : m_palette.faint);
        }
        if (t == only) {
            setFont(11 * m_scale);
            m_painter.setOpacity(share);
            math({rect.left() - 110 * m_scale, rect.top(), 104 * m_scale, rect.height()},
                 Qt::AlignRight | Qt::AlignVCenter,
                 QStringLiteral("L_{%1} = %2").arg(t).arg(lossNumber(loss)), m_palette.backward);
            m_painter.setOpacity(1);
        }
        if (m_ghost && share >= 1 && m_ghost->outputs.losses(t - 1) != loss)
            ghostMark(rect, rect.bottom() - 2 - whole * m_ghost->outputs.losses(t - 1) / most);
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
}

/// How high a column of the run without the changes is: a line over the whole step, so that the lines of
/// neighbours make a curve.
void UnrolledPainter::ghostMark(const QRectF& step, double top)
{
    if (std::isfinite(top))
        m_painter.fillRect(QRectF(step.left(), std::round(top) - 1, std::max(1.0, step.width()), 1),
                           m_palette.text);
}

/// The largest type, in pixels, in which each of `count` symbols has room in a step; 0 where that is not
/// legible.
double UnrolledPainter::stripType(int count, QString (UnrolledPainter::*symbolOf)(int) const)
{
    const double most = largestType * m_scale;
    const double room = m_geometry.stepWidth();
    constexpr double gap = 0.2; // between two symbols, for a size of 1
    setFont(most, true);
    const QFontMetricsF metrics(m_painter.font());
    double size = std::min(most, 1.05 * room);
    for (int cls = 0; cls < count; ++cls)
        size = std::min(size, room / (metrics.horizontalAdvance((this->*symbolOf)(cls)) / most + gap));
    return size >= leastType * m_scale ? size : 0;
}

/// The predicted symbols in green or red above the right ones. Where they have no room, an answer that stands
/// alone is written over its neighbours, which are not counted; of many, ticks tell which are right.
void UnrolledPainter::paintStripAnswers()
{
    const auto& outputs = m_trace.outputs;
    const auto counted = [&](int t) {
        return t >= 1 && t <= m_trace.steps() && m_trace.plan[static_cast<std::size_t>(t - 1)].counted &&
               outputs.targetClasses[static_cast<std::size_t>(t - 1)] >= 0;
    };
    const double size = stripType(m_geometry.shape().outputs, &UnrolledPainter::symbol);
    const double step = m_geometry.stepWidth();
    for (int t = m_geometry.firstVisible(); t <= m_geometry.lastVisible(); ++t) {
        const int predicted = outputs.predicted(t - 1);
        const int target = outputs.targetClasses[static_cast<std::size_t>(t - 1)];
        const bool right = predicted == target;
        const double share = m_progress.probabilities(t);
        QRectF half = m_geometry.column(t);
        half.setTop(m_geometry.answerRect(t).top());
        half.setHeight(m_geometry.answerRect(t).height() / 2);
        bool letters = size > 0;
        setFont(letters ? size : largestType * m_scale, counted(t) && !right);
        if (!letters && counted(t)) {
            const QFontMetricsF metrics(m_painter.font());
            const double width = 1.1 * std::max(metrics.horizontalAdvance(symbol(predicted)),
                                                metrics.horizontalAdvance(symbol(target)));
            letters = true;
            for (int away = 1; letters && (away - 1) * step < width; ++away)
                letters = !counted(t - away) && !counted(t + away);
            half.setLeft(std::min(half.center().x() - width / 2, m_geometry.viewport().right() - width));
            half.setWidth(width);
        }
        if (letters) {
            if (share > 0) {
                m_painter.setOpacity(share);
                text(half, Qt::AlignCenter, symbol(predicted),
                     !counted(t) ? m_palette.muted
                     : right     ? m_palette.right
                                 : m_palette.wrong);
                m_painter.setOpacity(1);
            }
            setFont(m_painter.font().pixelSize());
            if (counted(t))
                text(half.translated(0, half.height()), Qt::AlignCenter, symbol(target), m_palette.muted);
        } else if (share > 0 && counted(t)) {
            // Right ones stand low, wrong ones high: not by colour alone.
            const QRectF rect = m_geometry.answerRect(t);
            const double width = std::max(0.8, 0.7 * step);
            const double height = rect.height() / 2 - 3;
            m_painter.fillRect(QRectF(m_geometry.column(t).center().x() - width / 2,
                                      right ? rect.center().y() + 1 : rect.top() + 2, width, height),
                               right ? m_palette.right : m_palette.wrong);
        }
    }
}

/// Probabilities as shades, classes downwards, with the right one framed; or numbers as columns with their
/// targets.
void UnrolledPainter::paintStripOutputs()
{
    const auto& outputs = m_trace.outputs;
    const int first = m_geometry.firstVisible();
    const int last = m_geometry.lastVisible();
    const int count = m_geometry.shape().outputs;
    const double pitch = m_geometry.outputsRect(1).height() / std::max(1, count);
    if (m_geometry.shape().classes) {
        m_painter.setRenderHint(QPainter::Antialiasing, false);
        m_painter.fillRect(m_geometry.outputsRect(first).united(m_geometry.outputsRect(last)),
                           m_palette.track);
        QImage image(last - first + 1, count, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        const std::vector<QRgb> right = shades(m_palette.track, m_palette.right);
        const std::vector<QRgb> other = shades(m_palette.track, m_palette.text);
        const PixelRows pixels(image);
        for (int t = first; t <= last; ++t) {
            const double share = m_progress.probabilities(t);
            if (share <= 0)
                continue;
            const int target = outputs.targetClasses[static_cast<std::size_t>(t - 1)];
            for (int k = 0; k < count; ++k) {
                const double probability = outputs.probabilities(k, t - 1);
                const double p = std::isfinite(probability) ? probability * share : 0;
                pixels.at(t - first, k) = (k == target ? right : other)[static_cast<std::size_t>(
                    std::lround(std::clamp(p, 0.0, 1.0) * shadeSteps))];
            }
        }
        m_painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        m_painter.drawImage(m_geometry.outputsRect(first).united(m_geometry.outputsRect(last)), image);
        m_painter.setRenderHint(QPainter::Antialiasing, true);
        return;
    }
    for (int t = first; t <= last; ++t) {
        const double share = m_progress.scores(t);
        const bool counted = m_trace.plan[static_cast<std::size_t>(t - 1)].counted;
        const QRectF rect = m_geometry.outputsRect(t);
        for (int k = 0; k < count; ++k) {
            const double top = rect.top() + k * pitch + 1;
            const auto place = [&](double value) {
                const double where =
                    std::clamp((value - m_outputLow) / (m_outputHigh - m_outputLow), 0.0, 1.0);
                return top + (1 - where) * (pitch - 2);
            };
            const double width = std::max(1.0, std::min(0.6 * rect.width(), 10 * m_scale));
            const double zero = place(0);
            const double value = outputs.y.value(k, t - 1);
            if (share > 0 && std::isfinite(value)) {
                const double end = zero + (place(value) - zero) * eased(share);
                m_painter.fillRect(QRectF(rect.center().x() - width / 2, std::min(zero, end), width,
                                          std::max(1.0, std::abs(end - zero))),
                                   counted ? m_palette.neutralBar : m_palette.faint);
            }
            const double without = m_ghost ? m_ghost->outputs.y.value(k, t - 1) : value;
            if (share >= 1 && std::abs(place(without) - place(value)) >= 0.5)
                ghostMark(rect, place(without));
            if (counted && !std::isnan(outputs.targets(k, t - 1)))
                m_painter.fillRect(
                    QRectF(rect.left(), place(outputs.targets(k, t - 1)) - 1, std::max(3.0, rect.width()), 2),
                    m_palette.right);
        }
    }
}

void UnrolledPainter::paintStripInputs()
{
    const int first = m_geometry.firstVisible();
    const int last = m_geometry.lastVisible();
    if (m_geometry.shape().symbols) {
        const int classes = m_geometry.shape().inputs;
        const double size = stripType(classes, &UnrolledPainter::inputSymbol);
        setFont(size > 0 ? size : largestType, true);
        for (int t = first; t <= last; ++t) {
            const double share = m_progress.input(t);
            const int cls = m_trace.inputClasses[static_cast<std::size_t>(t - 1)];
            QRectF rect = m_geometry.inputRect(t);
            if (size > 0) {
                text(rect, Qt::AlignCenter, inputSymbol(cls), mixed(m_palette.faint, m_palette.text, share));
            } else if (cls >= 0) {
                // Which class it is, by the height of its tick.
                const double height = std::max(2.0, rect.height() / classes);
                const double top =
                    rect.top() + (rect.height() - height) * (classes > 1 ? cls / (classes - 1.0) : 0.5);
                m_painter.fillRect(QRectF(rect.left(), top, std::max(1.0, rect.width()), height),
                                   mixed(m_palette.faint, m_palette.text, share));
            }
        }
        return;
    }
    const Eigen::MatrixXd& x = m_trace.channel(0, "x").value;
    const auto count = static_cast<int>(x.rows());
    m_painter.setRenderHint(QPainter::Antialiasing, false);
    m_painter.fillRect(m_geometry.inputRect(first).united(m_geometry.inputRect(last)), m_palette.track);
    for (int t = first; t <= last; ++t) {
        const double share = m_progress.input(t);
        const QRectF rect = m_geometry.inputRect(t);
        const double pitch = rect.height() / count;
        for (int i = 0; i < count; ++i)
            m_painter.fillRect(
                QRectF(rect.left(), rect.top() + i * pitch, rect.width(), pitch),
                mixed(m_palette.track, diverging(m_palette, x(i, t - 1)), 0.35 + 0.65 * share));
    }
    m_painter.setRenderHint(QPainter::Antialiasing, true);
}

/// Step numbers under the strips, as many as have room; that of the present step always.
void UnrolledPainter::paintStripAxis()
{
    const double size = 10 * m_scale;
    setFont(size);
    const int steps = m_geometry.shape().steps;
    const double widest = 0.75 * size * static_cast<double>(QString::number(steps).size()) + 10;
    const int now = m_progress.time();
    int every = 1;
    for (int candidate : {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}) {
        every = candidate;
        if (candidate * m_geometry.stepWidth() >= widest)
            break;
    }
    for (int t = m_geometry.firstVisible(); t <= m_geometry.lastVisible(); ++t) {
        if (t != now) {
            if (t != 1 && t % every != 0)
                continue;
            if (t == 1 && every > 1 && (every - 1) * m_geometry.stepWidth() < 0.8 * widest)
                continue;
            if (now > 0 && std::abs(t - now) * m_geometry.stepWidth() < 0.8 * widest)
                continue;
        }
        const QRectF rect = m_geometry.symbolRect(t);
        const double x = std::min(rect.center().x() - widest / 2, m_geometry.viewport().right() - widest);
        text({x, rect.top(), widest, rect.height()}, Qt::AlignCenter, QString::number(t),
             t == now ? m_palette.text : m_palette.muted);
    }
}

/// ‖∂L/∂h_t‖ as columns on the fixed logarithmic scale, so that one sees it fade; with the number of the step
/// at work.
void UnrolledPainter::paintStripGradients()
{
    const int first = m_geometry.firstVisible();
    const int last = m_geometry.lastVisible();
    const int now = m_frame.phase() == Phase::Backward ? m_progress.time() : 0;
    for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
        const QRectF all = m_geometry.gradientRect(first, layer).united(m_geometry.gradientRect(last, layer));
        const double bottom = std::round(all.bottom() - 3);
        const double height = all.height() - 8;
        // Whole pixels and opaque colours: hundreds of columns must not take time.
        m_painter.setRenderHint(QPainter::Antialiasing, m_vector);
        m_painter.fillRect(QRectF(all.left(), bottom, all.width(), 1), m_palette.line);
        const auto& gradient = m_trace.channel(layer, "h").gradient;
        for (int t = first; t <= last; ++t) {
            const double share = m_progress.hiddenGradient(t, layer);
            if (share <= 0 || gradient.cols() < t)
                continue;
            const double strength = gradientStrength(unrolled::scaledNorm(gradient.col(t - 1)));
            const QRectF rect = m_geometry.gradientRect(t, layer);
            const double width = rect.width() < 4 ? rect.width() : std::min(0.8 * rect.width(), 20 * m_scale);
            const double tall = std::max(1.0, height * strength * eased(share));
            m_painter.fillRect(QRectF(rect.center().x() - width / 2, bottom - tall, width, tall),
                               mixed(m_palette.background, m_palette.backward, 0.35 + 0.65 * strength));
            const auto* ghost = m_ghost ? &m_ghost->channel(layer, "h").gradient : nullptr;
            if (ghost && share >= 1 && ghost->col(t - 1) != gradient.col(t - 1))
                ghostMark(rect, bottom - height * gradientStrength(unrolled::scaledNorm(ghost->col(t - 1))));
        }
        m_painter.setRenderHint(QPainter::Antialiasing, true);
        if (now > 0 && m_progress.hiddenGradient(now, layer) > 0 && gradient.cols() >= now) {
            setFont(11 * m_scale);
            const QString words = QStringLiteral("‖∂%1/∂%2‖ = %3")
                                      .arg(lossSymbol(m_frame), indexed(QStringLiteral("h"), now, layer),
                                           norm(unrolled::scaledNorm(gradient.col(now - 1))));
            const double width = mathSize(m_painter.font(), words).width() + 2;
            // Before the step where there is room: nothing stands there yet.
            double x = m_geometry.left(now) - width - 6 * m_scale;
            if (x < all.left())
                x = std::min(m_geometry.left(now) + m_geometry.stepWidth() + 6 * m_scale,
                             m_geometry.viewport().right() - width);
            const QRectF place(x, all.top(), width, 16 * m_scale);
            QColor veil = m_palette.background;
            veil.setAlphaF(0.8f);
            if (x > m_geometry.left(now))
                m_painter.fillRect(place, veil);
            m_painter.setOpacity(m_progress.hiddenGradient(now, layer));
            math(place, Qt::AlignLeft | Qt::AlignVCenter, words, m_palette.backward);
            m_painter.setOpacity(1);
        }
    }
}

} // namespace ui
