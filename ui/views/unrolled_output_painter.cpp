#include "ui/paint/arrow.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/unrolled_painter.h"
#include "ui/views/unrolled_quantities.h"

#include <QPainter>
#include <QPen>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

QRectF inner(const QRectF& row, double height)
{
    return {row.left(), row.center().y() - height / 2, row.width(), height};
}

/// Hangul, kana and Chinese characters fill the height of their line, the open box of a space hangs below it:
/// in rows as low as the letters they are set smaller.
double sizeOf(const QString& letter)
{
    const char16_t first = letter.isEmpty() ? u' ' : letter.front().unicode();
    const bool tall = (first >= 0x1100 && first < 0x1200) || first == 0x2423 || first >= 0x2e80;
    return tall ? 0.82 : 1;
}

} // namespace

/// Whether a step is wide enough for "‖∂L/∂h_1‖ = …".
bool UnrolledPainter::roomForWords() const
{
    return m_geometry.stepWidth() >= 118 * m_scale;
}

void UnrolledPainter::paintLoss(int t)
{
    const double loss = m_trace.outputs.losses(t - 1);
    const double share = m_progress.probabilities(t);
    if (isSilenced(m_trace, t)) {
        paintSilenced(t);
        return;
    }
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
         wide ? QStringLiteral("L_{%1} = %2").arg(t).arg(lossNumber(loss)) : lossNumber(loss),
         isPicked(t) ? m_palette.backward : m_palette.muted);
    m_painter.setOpacity(1);
}

/// The loss that an intervention took out: its name, struck through.
void UnrolledPainter::paintSilenced(int t)
{
    const QRectF rect = m_geometry.lossRect(t);
    setFont((roomForWords() ? 12 : 10) * m_scale);
    const QString name = QStringLiteral("L_{%1}").arg(t);
    math(rect, Qt::AlignCenter, name, m_palette.muted);
    const double half = mathSize(m_painter.font(), name).width() / 2 + 3 * m_scale;
    m_painter.setPen(QPen(m_palette.muted, 1.3 * m_scale));
    m_painter.drawLine(QLineF(rect.center() - QPointF(half, 0), rect.center() + QPointF(half, 0)));
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
        answer =
            outputs.y.value.col(t - 1).allFinite() ? symbol(outputs.predicted(t - 1)) : QStringLiteral("–");
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
    setFont(answerSize * sizeOf(answer), true);
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
    const bool letters = 0.9 * m_geometry.outputRow(t, 0).height() >= 7 && m_geometry.stepWidth() >= 40 * s;

    for (int i = 0; i < rows; ++i) {
        const QRectF row = m_geometry.outputRow(t, i);
        const int cls = classes[static_cast<std::size_t>(i)];
        const bool isRight = cls == target;
        QRectF bar = inner(row, std::min(0.72 * row.height(), 12 * s));
        if (letters) {
            const double letterWidth = (wide ? 15 : 12) * s;
            const QString letter = symbol(cls);
            setFont(std::min(11 * s, 0.9 * row.height()) * sizeOf(letter), isRight);
            if (every || share > 0)
                text({row.left(), row.top(), letterWidth, row.height()}, Qt::AlignCenter, letter,
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
        if (m_ghost && share >= 1)
            ghostBar({bar.left(), bar.top(), bar.width() * m_ghost->outputs.probabilities(cls, t - 1),
                      bar.height()},
                     filled);
        if (gradient > 0 && outputs.y.gradient.cols() >= t && std::isfinite(outputs.y.gradient(cls, t - 1))) {
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
            const auto reaching = [&](double to) {
                return QRectF(std::min(zero, to), bar.top(), std::abs(to - zero), bar.height());
            };
            m_painter.drawRect(reaching(end));
            if (m_ghost && share >= 1)
                ghostBar(reaching(place(m_ghost->outputs.y.value(i, t - 1))), reaching(end));
        }
        if (!std::isnan(target)) {
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(m_palette.right);
            m_painter.drawRect(QRectF(place(target) - s, bar.top() - 2 * s, 2 * s, bar.height() + 4 * s));
        }
    }
}

} // namespace ui
