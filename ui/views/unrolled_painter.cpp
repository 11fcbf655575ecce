#include "ui/views/unrolled_painter.h"

#include "ui/paint/arrow.h"
#include "ui/paint/hatch.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"

#include <QFontMetricsF>
#include <QHash>
#include <QLinearGradient>
#include <QPaintEngine>
#include <QPainter>
#include <QStaticText>

#include <algorithm>
#include <cmath>

namespace ui {

using unrolled::Channel;
using unrolled::IterationTrace;
using unrolled::Phase;
using Item = UnrolledHit::Item;

namespace {

/// 1, 2 or 5 times a power of ten, at least as large.
double roundedUp(double value)
{
    if (!std::isfinite(value) || value <= 0)
        return 1;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (double step : {1.0, 2.0, 5.0}) {
        if (value <= step * power * (1 + 1e-9))
            return step * power;
    }
    return 10 * power;
}

double largest(const Eigen::MatrixXd& values)
{
    double most = 0;
    for (Eigen::Index i = 0; i < values.size(); ++i) {
        const double magnitude = std::abs(values.data()[i]);
        if (std::isfinite(magnitude))
            most = std::max(most, magnitude);
    }
    return most;
}

double rangeOf(const IterationTrace& trace, int layer, std::string_view name)
{
    const Channel& channel =
        unrolled::channels(trace.cell)[static_cast<std::size_t>(unrolled::channelIndex(trace.cell, name))];
    if (std::isfinite(channel.low) && std::isfinite(channel.high))
        return std::max(std::abs(channel.low), std::abs(channel.high));
    return std::max(1.0, roundedUp(largest(trace.channel(layer, name).value)));
}

struct ShapedText
{
    QStaticText text;
    double width = 0;
    double height = 0;
};

/// Shaped texts, kept from picture to picture: letters and numbers come again and again.
const ShapedText& shapedText(const QString& words_, const QFont& font)
{
    constexpr qsizetype most = 8192;
    static thread_local QHash<QPair<QString, int>, ShapedText> known;
    const QPair<QString, int> key(words_, font.pixelSize() * 2 + (font.bold() ? 1 : 0));
    const auto found = known.constFind(key);
    if (found != known.constEnd())
        return *found;
    if (known.size() >= most)
        known.clear();
    ShapedText shaped;
    shaped.text.setText(words_);
    shaped.text.setTextFormat(Qt::PlainText);
    shaped.text.setPerformanceHint(QStaticText::AggressiveCaching);
    shaped.text.prepare(QTransform(), font);
    const QFontMetricsF metrics(font);
    shaped.width = metrics.horizontalAdvance(words_);
    shaped.height = shaped.text.size().height();
    return *known.insert(key, shaped);
}

} // namespace

UnrolledPainter::UnrolledPainter(QPainter& painter, const Frame& frame, const UnrolledGeometry& geometry,
                                 const Palette& palette, const UnrolledHit& hover)
    : m_painter(painter), m_frame(frame), m_trace(frame.trace()), m_ghost(ghostOf(frame)),
      m_geometry(geometry), m_palette(palette), m_progress(frame), m_hover(hover), m_scale(geometry.scale())
{
    const QPaintEngine* engine = painter.paintEngine();
    m_vector = engine && (engine->type() == QPaintEngine::SVG || engine->type() == QPaintEngine::Pdf ||
                          engine->type() == QPaintEngine::Picture);
    for (int layer = 0; layer < geometry.shape().layers(); ++layer) {
        m_hiddenRange.push_back(rangeOf(m_trace, layer, "h"));
        m_cellStateRange.push_back(geometry.shape().cellState ? rangeOf(m_trace, layer, "c") : 1);
    }
    if (!geometry.shape().classes) {
        const auto& y = m_trace.outputs.y.value;
        double most = largest(y);
        double least = 0;
        for (Eigen::Index i = 0; i < y.size(); ++i)
            least = y.data()[i] < least ? y.data()[i] : least;
        for (Eigen::Index i = 0; i < m_trace.outputs.targets.size(); ++i) {
            const double target = m_trace.outputs.targets.data()[i];
            if (!std::isfinite(target))
                continue;
            most = std::max(most, std::abs(target));
            least = std::min(least, target);
        }
        m_outputHigh = roundedUp(most);
        m_outputLow = least < 0 ? -m_outputHigh : 0;
    }
}

void UnrolledPainter::paint()
{
    m_painter.save();
    m_painter.setRenderHint(QPainter::Antialiasing);
    m_painter.fillRect(QRectF(QPointF(0, 0), m_geometry.size()), m_palette.background);
    m_painter.setClipRect(QRectF(QPointF(0, 0), m_geometry.size()));
    if (m_geometry.detail() == StepDetail::Strip) {
        paintBands();
        paintStrips();
        paintPinnedLabels();
        paintSharedChips();
    } else {
        const int first = m_geometry.firstVisible();
        const int last = m_geometry.lastVisible();
        paintBands();
        paintLabels();
        paintInitialStates();
        for (int t = first; t <= last; ++t)
            paintArrows(t);
        // A value goes in at one side of its weights and comes out at the other.
        if (m_frame.alpha < 1)
            paintTokens();
        for (int t = first; t <= last && m_geometry.detail() == StepDetail::Numbers; ++t)
            paintChips(t);
        if (m_geometry.detail() == StepDetail::Bars)
            paintSharedChips();
        for (int t = first; t <= last; ++t)
            paintStep(t);
        paintTotal();
        paintJointNorm();
    }
    paintLegend();
    m_painter.restore();
}

void UnrolledPainter::weightBand(const QRectF& first, double end, Item item, int layer)
{
    const bool lit = m_hover.item == item && (item == Item::OutputWeight || m_hover.layer == layer);
    QColor color = mixed(m_palette.background, m_palette.track, 0.75);
    if (lit)
        color = m_palette.forwardSoft;
    color = mixed(color, m_palette.backwardSoft, m_progress.update());
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(color);
    const double height =
        std::min((m_geometry.detail() == StepDetail::Strip ? 5 : 9) * m_scale, first.height());
    m_painter.drawRoundedRect(QRectF(QPointF(first.left(), first.center().y() - height / 2),
                                     QPointF(end, first.center().y() + height / 2)),
                              height / 2, height / 2);
}

/// The faint bands that join what is one and the same weight matrix at every step.
void UnrolledPainter::paintBands()
{
    const int first = m_geometry.firstVisible();
    const int last = m_geometry.lastVisible();
    const bool own = m_geometry.detail() == StepDetail::Numbers; // every step has a label of its own
    const auto right = [&](const QRectF& chip, int t) {
        return own ? chip.right() : m_geometry.column(t).right();
    };
    // The name of the recurrent weights stands above their band, where it does not hide the arrow.
    const auto underArrow = [&](int t, int layer) {
        const QLineF arrow = m_geometry.recurrentArrow(t, layer);
        return QRectF(arrow.x1(), arrow.y1() - 8 * m_scale, 1, 16 * m_scale);
    };
    weightBand(own ? m_geometry.outputChip(first) : m_geometry.sharedChip(Item::OutputWeight, -1),
               right(m_geometry.outputChip(last), last), Item::OutputWeight, -1);
    for (int from = 1, to = 1; from <= last; from = to + 1) {
        to = lastOfBank(from);
        if (to < first)
            continue;
        const int begin = std::max(from, first);
        const int end = std::min(to, last);
        for (int layer = 0; layer < m_geometry.shape().layers(); ++layer) {
            weightBand(own ? m_geometry.inputChip(begin, layer)
                           : m_geometry.sharedChip(Item::InputWeight, layer, from),
                       right(m_geometry.inputChip(end, layer), end), Item::InputWeight, layer);
            if (m_geometry.detail() != StepDetail::Strip)
                weightBand(own ? m_geometry.recurrentChip(begin, layer) : underArrow(begin, layer),
                           right(m_geometry.recurrentChip(end, layer), end), Item::RecurrentWeight, layer);
        }
    }
}

/// The last of the steps that use the same weights as step t and those between.
int UnrolledPainter::lastOfBank(int t) const
{
    while (t < m_geometry.shape().steps && m_trace.bankAt(t + 1) == m_trace.bankAt(t))
        ++t;
    return t;
}

void UnrolledPainter::paintLabels()
{
    setFont(10 * m_scale);
    const auto label = [&](const QRectF& row, const QString& name) {
        const QRectF rect = m_geometry.labelRect(row);
        if (rect.right() > 0 && row.height() >= 9 * m_scale)
            text(rect, Qt::AlignLeft | Qt::AlignVCenter, name, m_palette.muted);
    };
    label(m_geometry.answerRect(1), m_geometry.detail() == StepDetail::Numbers && m_geometry.shape().classes
                                        ? tr("answer (right)")
                                        : tr("answer"));
    if (m_geometry.detail() == StepDetail::Numbers) {
        const bool two = m_geometry.outputRows() > 1;
        label(m_geometry.outputRow(1, 0), m_geometry.shape().classes ? tr("score,")
                                          : two                      ? tr("output,")
                                                                     : tr("output"));
        if (two)
            label(m_geometry.outputRow(1, 1), m_geometry.shape().classes ? tr("probability") : tr("target"));
    }
    label(m_geometry.inputRect(1), tr("input"));
}

void UnrolledPainter::paintTotal()
{
    const double share = m_progress.total();
    const QRectF row = m_geometry.labelRect(m_geometry.lossRect(1));
    if (row.right() < 0)
        return;
    setFont(12 * m_scale, true);
    if (share <= 0) {
        setFont(10 * m_scale);
        text(row, Qt::AlignLeft | Qt::AlignVCenter, tr("loss"), m_palette.muted);
        return;
    }
    m_painter.setOpacity(share);
    // In bars the loss of step 1 stands near.
    const double end = m_geometry.detail() == StepDetail::Bars
                           ? m_geometry.lossRect(1).center().x() - 16 * m_scale
                           : row.right() + 30 * m_scale;
    math({row.left(), row.top(), end - row.left(), row.height()}, Qt::AlignLeft | Qt::AlignVCenter,
         m_frame.pickedLoss > 0 ? tr("%1 alone").arg(lossSymbol(m_frame))
                                : QStringLiteral("L = ") + lossNumber(m_trace.loss),
         m_palette.backward);
    m_painter.setOpacity(1);
}

void UnrolledPainter::paintLegend()
{
    const QRectF rect = m_geometry.legendRect();
    const double s = std::min(rect.height() / 20, rect.width() / (m_ghost ? 560 : 390)); // all has room
    m_painter.fillRect(rect, m_palette.background);
    setFont(10 * s);
    const double y = rect.center().y();
    double x = 10 * s;
    const auto word = [&](const QString& word_, const QColor& color) {
        const double width = m_painter.fontMetrics().horizontalAdvance(word_);
        text({x, rect.top(), width + 2, rect.height()}, Qt::AlignLeft | Qt::AlignVCenter, word_, color);
        x += width + 6 * s;
    };
    word(tr("value"), m_palette.muted);
    double range = 1;
    for (double r : m_hiddenRange)
        range = std::max(range, r);
    const QString end = chosenNumber(range);
    word(QChar(0x2212) + end, m_palette.muted);
    const double swatch = 56 * s;
    constexpr int pieces = 28;
    NegativeMarks marks;
    for (int i = 0; i < pieces; ++i) {
        const double value = -1 + 2 * (i + 0.5) / pieces;
        const QRectF piece(x + i * swatch / pieces, y - 4 * s, swatch / pieces + 0.4, 8 * s);
        m_painter.fillRect(piece, diverging(m_palette, value));
        if (m_hatched && NegativeMarks::marked(value, 1))
            marks.add(piece, diverging(m_palette, value));
    }
    marks.draw(m_painter);
    x += swatch + 6 * s;
    word(QLatin1Char('+') + end, m_palette.muted);
    double cellRange = 0;
    for (double r : m_cellStateRange)
        cellRange = std::max(cellRange, r);
    if (m_geometry.shape().cellState && cellRange != range) {
        const QString c = QStringLiteral("(c: −%1 … +%1)").arg(chosenNumber(cellRange));
        const double width = mathSize(m_painter.font(), c).width();
        math({x, rect.top(), width + 1, rect.height()}, Qt::AlignLeft | Qt::AlignVCenter, c, m_palette.muted);
        x += width;
    }
    x += 14 * s;
    if (m_hatched) {
        word(tr("hatched: negative"), m_palette.muted);
        x += 8 * s;
    }
    word(tr("size of a gradient"), m_palette.muted);
    word(QStringLiteral("10") + superscript(weakestGradientExponent), m_palette.muted);
    for (int i = 0; i < 10; ++i) {
        const double strength = i / 9.0;
        QColor color = m_palette.backward;
        color.setAlphaF(static_cast<float>(0.22 + 0.78 * strength));
        const double height = (0.7 + 3.3 * strength) * s;
        m_painter.fillRect(QRectF(x + i * 6 * s, y - height / 2, 6 * s, height), color);
    }
    x += 66 * s;
    word(QStringLiteral("10"), m_palette.muted);
    if (m_ghost) {
        x += 14 * s;
        if (m_geometry.detail() == StepDetail::Strip)
            ghostMark({x, y, 22 * s, 0}, y);
        else
            ghostBar({x, y - 4 * s, 22 * s, 8 * s}, {});
        x += 28 * s;
        word(tr("without the changes"), m_palette.muted);
    }
}

/// At the update: the joint norm of all gradients, and whether it was clipped.
void UnrolledPainter::paintJointNorm()
{
    if (m_frame.phase() != Phase::Update)
        return;
    setFont(10 * m_scale);
    m_painter.setOpacity(m_progress.clip());
    const int top = m_geometry.shape().layers() - 1;
    math(m_geometry.labelRect(m_geometry.gradientRect(1, top)), Qt::AlignLeft | Qt::AlignVCenter,
         QStringLiteral("‖∂L/∂θ‖ = ") + norm(m_trace.gradientNorm), m_palette.backward);
    if (m_trace.clipped)
        text(m_geometry.labelRect(m_geometry.symbolRect(1)), Qt::AlignLeft | Qt::AlignVCenter,
             tr("clipped × %1").arg(norm(m_trace.clipScale)), m_palette.backward);
    m_painter.setOpacity(1);
}

/// The names of the rows of a strip, over whatever was drawn left of the steps.
void UnrolledPainter::paintPinnedLabels()
{
    const QRectF view = m_geometry.viewport();
    m_painter.fillRect(QRectF(0, 0, view.left(), view.height()), m_palette.background);
    setFont(11 * m_scale);
    const auto label = [&](const QRectF& row, const QString& formula) {
        if (row.height() > 0)
            math(m_geometry.labelRect(row), Qt::AlignRight | Qt::AlignVCenter, formula, m_palette.muted);
    };
    const UnrolledShape& shape = m_geometry.shape();
    const double total = m_progress.total();
    if (total > 0) {
        setFont(12 * m_scale, true);
        m_painter.setOpacity(total);
        math(m_geometry.labelRect(m_geometry.lossRect(1)), Qt::AlignRight | Qt::AlignVCenter,
             QStringLiteral("L = ") + lossNumber(m_trace.loss), m_palette.backward);
        m_painter.setOpacity(1);
        setFont(11 * m_scale);
    } else {
        label(m_geometry.lossRect(1), tr("loss"));
    }
    if (shape.classes) {
        QRectF half = m_geometry.answerRect(1);
        half.setHeight(half.height() / 2);
        label(half, tr("answer"));
        label(half.translated(0, half.height()), tr("right"));
    }
    label(m_geometry.outputsRect(1), shape.classes ? tr("probability") : tr("output"));
    for (int layer = 0; layer < shape.layers(); ++layer) {
        if (shape.cellState)
            label(m_geometry.cellStateRect(1, layer), indexed(QStringLiteral("c"), 0, layer));
        label(m_geometry.hiddenRect(1, layer), indexed(QStringLiteral("h"), 0, layer));
        label(m_geometry.gradientRect(1, layer),
              QStringLiteral("‖∂%1/∂%2‖").arg(lossSymbol(m_frame), indexed(QStringLiteral("h"), 0, layer)));
    }
    label(m_geometry.inputRect(1), tr("input"));
    label(m_geometry.symbolRect(1), tr("step"));
}

void UnrolledPainter::setFont(double pixels, bool bold)
{
    QFont font;
    font.setPixelSize(std::max(5, qRound(pixels)));
    font.setBold(bold);
    m_painter.setFont(font);
}

/// Writes a line into a box; where it is too wide for it, smaller. On a screen the shaping of a text is done
/// once.
void UnrolledPainter::text(const QRectF& rect, Qt::Alignment alignment, const QString& words_,
                           const QColor& color)
{
    if (words_.isEmpty())
        return;
    m_painter.setPen(color);
    const QFont font = m_painter.font();
    const ShapedText& shaped = shapedText(words_, font);
    if (shaped.width > rect.width() + 0.5 && rect.width() > 4) {
        QFont smaller = font;
        smaller.setPixelSize(std::max(5, static_cast<int>(font.pixelSize() * rect.width() / shaped.width)));
        m_painter.setFont(smaller);
        m_painter.drawText(rect, static_cast<int>(alignment) | Qt::TextDontClip | Qt::TextSingleLine, words_);
        m_painter.setFont(font);
        return;
    }
    if (m_vector) {
        m_painter.drawText(rect, static_cast<int>(alignment) | Qt::TextDontClip | Qt::TextSingleLine, words_);
        return;
    }
    const double x = alignment & Qt::AlignHCenter ? rect.center().x() - shaped.width / 2
                     : alignment & Qt::AlignRight ? rect.right() - shaped.width
                                                  : rect.left();
    m_painter.drawStaticText(QPointF(x, rect.center().y() - shaped.height / 2), shaped.text);
}

void UnrolledPainter::math(const QRectF& rect, Qt::Alignment alignment, const QString& formula,
                           const QColor& color)
{
    m_painter.setPen(color);
    const QFont font = m_painter.font();
    const double width = mathSize(font, formula).width();
    if (width > rect.width() + 0.5 && rect.width() > 4) {
        QFont smaller = font;
        smaller.setPixelSize(std::max(5, static_cast<int>(font.pixelSize() * rect.width() / width)));
        m_painter.setFont(smaller);
    }
    drawMath(m_painter, rect, alignment, formula);
    m_painter.setFont(font);
}

/// A bar from the middle of its track: red to the right for positive values, blue to the left for negative
/// ones.
void UnrolledPainter::signedBar(const QRectF& track, double value, double range, double share)
{
    const double radius = std::min(2.0 * m_scale, track.height() / 3);
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(m_palette.track);
    m_painter.drawRoundedRect(track, radius, radius);
    const double middle = track.center().x();
    if (share > 0 && std::isfinite(value)) {
        const double length = std::clamp(value / range, -1.0, 1.0) * track.width() / 2 * eased(share);
        m_painter.setBrush(diverging(m_palette, value < 0 ? -0.8 : 0.8));
        const QRectF bar(std::min(middle, middle + length), track.top(), std::abs(length), track.height());
        m_painter.drawRoundedRect(bar, std::min(radius, bar.width() / 2), radius);
    }
    m_painter.fillRect(QRectF(middle - 0.5, track.top(), 1, track.height()), m_palette.faint);
}

void UnrolledPainter::ghostBar(const QRectF& bar, const QRectF& present)
{
    const auto same = [](double a, double b) { return std::abs(a - b) < 0.5; };
    if (!std::isfinite(bar.width()) || (same(bar.left(), present.left()) &&
                                        same(bar.right(), present.right()) && same(bar.top(), present.top())))
        return;
    m_painter.setPen(QPen(m_palette.muted, std::max(0.8, m_scale), Qt::DotLine));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawRect(bar);
}

QString UnrolledPainter::symbol(int cls) const
{
    const auto& vocabulary = m_trace.outputVocabulary;
    if (!vocabulary || cls < 0 || cls >= static_cast<int>(vocabulary->size()))
        return QString::number(cls);
    return visibleSymbol((*vocabulary)[static_cast<std::size_t>(cls)]);
}

QString UnrolledPainter::inputSymbol(int cls) const
{
    if (cls < 0)
        return QStringLiteral("–");
    if (!m_trace.vocabulary || cls >= static_cast<int>(m_trace.vocabulary->size()))
        return QString::number(cls);
    return visibleSymbol((*m_trace.vocabulary)[static_cast<std::size_t>(cls)]);
}

QString UnrolledPainter::indexed(const QString& name, int t, int layer) const
{
    QString formula = name + (t > 0 ? QStringLiteral("_{%1}").arg(t) : QStringLiteral("_t"));
    if (m_geometry.shape().layers() > 1 && layer >= 0)
        formula += QStringLiteral("^{(%1)}").arg(layer + 1);
    return formula;
}

double UnrolledPainter::range(int layer, std::string_view channel) const
{
    return (channel == "c" ? m_cellStateRange : m_hiddenRange)[static_cast<std::size_t>(layer)];
}

} // namespace ui
