#include "ui/views/ellipse_view.h"

#include "core/gradients/analyses.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QComboBox>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ui {

using unrolled::ErrorEllipse;
using unrolled::PartKind;
using unrolled::Phase;

namespace {

bool isNumber(const ErrorEllipse::Step& step)
{
    return !std::isnan(step.major.mantissa);
}

/// "19 times as long as wide"; nothing where there is no shape.
double ratioLog(const ErrorEllipse::Step& step)
{
    return step.major.log10() - step.minor.log10();
}

QString degrees(double radians)
{
    return QString::number(std::lround(std::abs(radians) * 180 / std::numbers::pi)) + QStringLiteral("°");
}

} // namespace

EllipseView::EllipseView(QWidget* parent) : StepPane(parent), m_state(new QComboBox(this))
{
    m_state->setObjectName(QStringLiteral("state"));
    m_state->setAccessibleName(tr("State that the errors are of"));
    m_state->setToolTip(tr("Errors of h, or of the cell state c"));
    m_state->addItems({tr("errors of h"), tr("errors of c")});
    m_state->hide();
    connect(m_state, &QComboBox::currentIndexChanged, this, [this] { update(); });
    addSwitch(m_state);
    setAccessibleName(EllipseView::title());
}

QString EllipseView::title() const
{
    return tr("A circle of errors, carried back");
}

QString EllipseView::shortTitle() const
{
    return tr("The ellipse");
}

void EllipseView::showErrorsOfCell(bool cell)
{
    m_state->setCurrentIndex(cell ? 1 : 0);
}

bool EllipseView::byCell() const
{
    return m_analyses && !m_analyses->cellEllipses.empty() && m_state->currentIndex() == 1;
}

const ErrorEllipse* EllipseView::ellipse() const
{
    if (!m_analyses || m_analyses->ellipses.empty())
        return nullptr;
    return &(byCell() ? m_analyses->cellEllipses : m_analyses->ellipses)
                .at(static_cast<std::size_t>(frame().pickedLayer));
}

int EllipseView::lastStep() const
{
    const ErrorEllipse* of = ellipse();
    return of ? static_cast<int>(of->steps.size()) : 0;
}

void EllipseView::frameChanged()
{
    m_analyses = analysesOf(frame());
    m_state->setVisible(m_analyses && !m_analyses->cellEllipses.empty());
    StepPane::frameChanged();
}

EllipseView::Moment EllipseView::moment() const
{
    const int last = lastStep();
    if (last == 0)
        return {};
    switch (frame().phase()) {
    case Phase::Forward:
        return {std::clamp(frame().time(), 1, last), 1};
    case Phase::Loss:
        return {last, 1};
    case Phase::Update:
        return {1, 1};
    case Phase::Backward:
        break;
    }
    // The errors arrive at t with ∂L/∂h_t.
    const int t = frame().time();
    if (t >= last)
        return {last, 1};
    if (hiddenGradientComputed(frame(), t, frame().pickedLayer))
        return {t, 1};
    const unrolled::Part& part = frame().part();
    if (part.kind == PartKind::HiddenGradient && part.layer == frame().pickedLayer)
        return {t, frame().alpha};
    return {t + 1, 1};
}

EllipseView::Moment EllipseView::looked(const QPainter& painter) const
{
    return painter.device() == this && hovered() > 0 ? Moment{hovered(), 1} : moment();
}

DialScale EllipseView::scale() const
{
    double lowest = 0;
    double highest = 0;
    for (const ErrorEllipse::Step& step : ellipse()->steps) {
        if (const double log = step.major.log10(); std::isfinite(log)) {
            lowest = std::min(lowest, log);
            highest = std::max(highest, log);
        }
    }
    const std::string state = byCell() ? "c " : "h ";
    return DialScale({-inFilm(state + "smallest", -lowest), inFilm(state + "largest", highest)});
}

QTransform EllipseView::map(int t) const
{
    const ErrorEllipse::Step& step = ellipse()->at(t);
    const double size = scale().radius(step.major.log10());
    const double width = step.minor.mantissa == 0 ? 0 : std::pow(10.0, -ratioLog(step));
    const Eigen::Matrix2d map =
        step.axes * Eigen::Vector2d(size, size * width).asDiagonal() * step.from.transpose();
    return {map(0, 0), map(1, 0), map(0, 1), map(1, 1), 0, 0};
}

QRectF EllipseView::Layout::panel(std::size_t i) const
{
    return {left + double(i) * panelWidth, row.top() - line, panelWidth, row.height() + 3 * line + 4};
}

QRectF EllipseView::Layout::dial(std::size_t i) const
{
    const double side = std::min(panelWidth - 6, row.height());
    return {left + (double(i) + 0.5) * panelWidth - side / 2, row.center().y() - side / 2, side, side};
}

EllipseView::Layout EllipseView::layoutIn(const QRectF& body) const
{
    Layout layout;
    const QFontMetricsF small(smallFont());
    const QFontMetricsF text(textFont());
    layout.line = std::ceil(small.height());
    const double gap = 8;
    const double sentence = std::ceil(text.height()) + 8;
    layout.sentence = QRectF(gap, body.bottom() - sentence, body.width() - 2 * gap, sentence);
    const double room = std::max(1.0, layout.sentence.top() - body.top());
    // The powers of ten of its rings stand below it.
    const double tall = std::max(1.0, room - layout.line - 4);
    const double side = std::clamp(body.width() * 0.2, 1.0, tall);
    layout.large = QRectF(gap, body.top() + (tall - side) / 2, side, side);
    const double words = std::max(text.horizontalAdvance(QStringLiteral("8.88·10⁻¹²³")),
                                  small.horizontalAdvance(tr("plane tilts %1").arg(QStringLiteral("88°")))) +
                         2 * gap;
    layout.words = QRectF(layout.large.right() + gap, body.top(), words, room);
    layout.left = layout.words.right() + gap;
    const double rest = std::max(1.0, body.width() - gap - layout.left);
    const double narrowest = small.horizontalAdvance(QStringLiteral("8.88·10⁻¹²")) + 6;
    const int last = lastStep();
    const int places = std::clamp(static_cast<int>(rest / narrowest), 1, std::max(1, last));
    layout.panelWidth = std::min(rest / places, room);
    // One line above the dials, two below.
    const double height = std::max(1.0, room - 3 * layout.line - 6);
    layout.row =
        QRectF(layout.left, body.top() + layout.line + 2, rest, std::min(height, layout.panelWidth - 6));
    layout.row.translate(0, std::max(0.0, (height - layout.row.height()) / 2));
    const int now = moment().t;
    int nearest = 0;
    for (int i = 0; i < places && last > 0; ++i) {
        const int t =
            places == 1 ? last : 1 + static_cast<int>(std::lround(double(i) * (last - 1) / (places - 1)));
        layout.steps.push_back(t);
        if (std::abs(t - now) < std::abs(layout.steps[static_cast<std::size_t>(nearest)] - now))
            nearest = i;
    }
    // The step of now stands in the place of the one next to it; the ends stay.
    if (now > 0 && nearest > 0 && nearest + 1 < places)
        layout.steps[static_cast<std::size_t>(nearest)] = now;
    return layout;
}

std::vector<int> EllipseView::panels() const
{
    return layoutIn(body()).steps;
}

QRectF EllipseView::dial(int t) const
{
    const Layout layout = layoutIn(body());
    const auto found = std::find(layout.steps.begin(), layout.steps.end(), t);
    return found == layout.steps.end() ? QRectF()
                                       : layout.dial(static_cast<std::size_t>(found - layout.steps.begin()));
}

QRectF EllipseView::largeDial() const
{
    return layoutIn(body()).large;
}

int EllipseView::stepAt(const QPointF& pixel) const
{
    if (lastStep() == 0)
        return 0;
    const Layout layout = layoutIn(body());
    for (std::size_t i = 0; i < layout.steps.size(); ++i) {
        if (layout.panel(i).contains(pixel))
            return layout.steps[i];
    }
    return 0;
}

double EllipseView::paintLegend(QPainter* painter, const QRectF& line) const
{
    const ErrorEllipse* of = ellipse();
    if (!of)
        return 0;
    const auto units = of->plane.rows();
    const QString state = byCell() ? QStringLiteral("c") : QStringLiteral("h");
    QString words = m_analyses->single > 0
                        ? tr("dashed: the unit circle of errors of %1 at the step of %2")
                              .arg(state, lossWords(*m_analyses))
                        : tr("dashed: the unit circle of errors of %1 at step %2").arg(state).arg(lastStep());
    if (units > 2)
        words += tr(", in the plane of %1 dimensions that reaches furthest").arg(units);
    words += units < 2
                 ? tr("; what the hops make of it, and its length, on one logarithmic scale (dotted: powers "
                      "of ten)")
                 : tr("; filled: what the hops make of it, ● ○ its axes; numbers: its half-axes; size: the "
                      "longer one on one logarithmic scale (dotted: powers of ten)");
    const QFontMetricsF usual(smallFont());
    if (painter && line.height() >= 2 * usual.height()) {
        painter->setPen(colors().muted);
        painter->setFont(smallFont());
        painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, words);
    } else if (painter) {
        const QFont font =
            narrowed(smallFont(), words, line.width(), QFontInfo(smallFont()).pixelSize() * 7 / 10);
        painter->setPen(colors().muted);
        painter->setFont(font);
        painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                          QFontMetricsF(font).elidedText(words, Qt::ElideRight, line.width()));
    }
    return usual.horizontalAdvance(words);
}

QStringList EllipseView::halfAxes(int t) const
{
    const ErrorEllipse::Step& step = ellipse()->at(t);
    QStringList lines{normOfLog(step.major.log10())};
    if (ellipse()->plane.rows() > 1)
        lines << normOfLog(step.minor.log10());
    return lines;
}

void EllipseView::paintPanel(QPainter& painter, const Layout& layout, std::size_t i, bool now) const
{
    const Palette& palette = colors();
    const int t = layout.steps[i];
    const ErrorEllipse::Step& step = ellipse()->at(t);
    const QRectF panel = layout.panel(i);
    const QRectF dial = layout.dial(i);
    const bool forward = frame().phase() == Phase::Forward;
    if (now) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(forward ? palette.forwardSoft : palette.backwardSoft);
        painter.drawRoundedRect(panel.adjusted(1, 0, -1, 0), 4, 4);
    }
    painter.setFont(smallFont());
    painter.setPen(now ? (forward ? palette.forward : palette.backward) : palette.muted);
    const QRectF top(panel.left(), panel.top(), panel.width(), layout.line);
    painter.drawText(top, Qt::AlignCenter, tr("t = %1").arg(t));
    if (!isNumber(step)) {
        painter.setPen(palette.muted);
        painter.drawText(dial, Qt::AlignCenter | Qt::TextWordWrap, tr("not a number"));
        return;
    }
    EllipseDial picture;
    picture.map = map(t);
    picture.scale = scale();
    picture.segment = ellipse()->plane.rows() < 2;
    picture.highlighted = now;
    drawEllipseDial(painter, dial, picture, palette);
    QRectF below(panel.left(), layout.row.bottom() + 2, panel.width(), layout.line);
    painter.setPen(palette.text);
    for (const QString& line : halfAxes(t)) {
        painter.drawText(below, Qt::AlignCenter, line);
        below.translate(0, layout.line);
    }
}

void EllipseView::paintScale(QPainter& painter, const QRectF& dial) const
{
    const Palette& palette = colors();
    const QFontMetricsF metrics(smallFont());
    const DialScale sizes = scale();
    const double radius = ellipseDialRadius(dial);
    const double top = dial.bottom() + 1;
    const QPointF middle(dial.center().x(), top);
    std::vector<int> rings = sizes.rings(radius);
    // The one of 1 has its number before all others.
    std::stable_sort(rings.begin(), rings.end(), [](int a, int b) { return std::abs(a) < std::abs(b); });
    painter.setPen(QPen(palette.muted, 1));
    painter.drawLine(middle, middle + QPointF(radius, 0));
    const QString measured = ellipse()->plane.rows() < 2 ? tr("length") : tr("half-axis");
    const QRectF beside(dial.left(), top + 3, middle.x() - dial.left() - 12, metrics.height());
    painter.setFont(narrowed(smallFont(), measured, beside.width(), 6));
    painter.drawText(beside, Qt::AlignLeft | Qt::AlignVCenter, measured);
    painter.setFont(smallFont());
    std::vector<QRectF> told;
    told.reserve(rings.size());
    for (const int power : rings) {
        const QPointF tick = middle + QPointF(radius * sizes.radius(power), 0);
        painter.drawLine(tick, tick + QPointF(0, 3));
        const QString words = power == 0   ? QStringLiteral("1")
                              : power == 1 ? QStringLiteral("10")
                                           : QStringLiteral("10") + superscript(power);
        const double width = metrics.horizontalAdvance(words);
        const QRectF place(tick.x() - width / 2, top + 3, width, metrics.height());
        if (std::any_of(told.begin(), told.end(),
                        [&](const QRectF& other) { return other.adjusted(-5, 0, 5, 0).intersects(place); }))
            continue;
        painter.drawText(place, Qt::AlignCenter, words);
        told.push_back(place);
    }
}

void EllipseView::paintLarge(QPainter& painter, const Layout& layout, const Moment& moment) const
{
    const Palette& palette = colors();
    const ErrorEllipse::Step& step = ellipse()->at(moment.t);
    const bool moving = moment.share < 1 && moment.t < lastStep() && isNumber(step);
    EllipseDial picture;
    picture.segment = ellipse()->plane.rows() < 2;
    picture.highlighted = true;
    picture.scale = scale();
    picture.map = moving ? betweenMaps(map(moment.t + 1), map(moment.t), moment.share) : map(moment.t);
    painter.setFont(smallFont());
    painter.setPen(palette.muted);
    if (isNumber(step)) {
        drawEllipseDial(painter, layout.large, picture, palette);
        paintScale(painter, layout.large);
    } else {
        painter.drawText(layout.large, Qt::AlignCenter | Qt::TextWordWrap, tr("not a number"));
    }

    // The numbers.
    QStringList lines{tr("t = %1").arg(moment.t)};
    if (isNumber(step))
        lines << halfAxes(moment.t);
    const QFontMetricsF text(textFont());
    const QFontMetricsF metrics(smallFont());
    QStringList remarks;
    if (ellipse()->plane.rows() > 2 && moment.t < lastStep() && isNumber(step) && step.major.mantissa != 0)
        remarks << tr("plane tilts %1").arg(degrees(step.tilt));
    double y = layout.words.center().y() -
               (double(lines.size()) * text.height() + double(remarks.size()) * metrics.height()) / 2;
    painter.setFont(textFont());
    for (const QString& words : lines) {
        painter.setPen(y > layout.words.top() && words == lines.front() ? palette.muted : palette.text);
        painter.drawText(QRectF(layout.words.left(), y, layout.words.width(), text.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, words);
        y += text.height();
    }
    painter.setFont(smallFont());
    painter.setPen(palette.muted);
    for (const QString& words : remarks) {
        painter.drawText(QRectF(layout.words.left(), y, layout.words.width(), metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, words);
        y += metrics.height();
    }
}

void EllipseView::paintBody(QPainter& painter, const QRectF& body)
{
    const Palette& palette = colors();
    if (lastStep() == 0) {
        painter.setFont(textFont());
        painter.setPen(palette.muted);
        painter.drawText(body.adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         frame().analysing ? tr("Computing…") : QString());
        return;
    }
    painter.save();
    const Layout layout = layoutIn(body);
    const Moment now = looked(painter);
    paintLarge(painter, layout, now);
    for (std::size_t i = 0; i < layout.steps.size(); ++i)
        paintPanel(painter, layout, i, layout.steps[i] == now.t);
    paintSentence(painter, layout.sentence, sentence());
    painter.restore();
}

QString EllipseView::sentence() const
{
    const ErrorEllipse* of = ellipse();
    if (!of || lastStep() == 0)
        return {};
    const int to = of->reach;
    const ErrorEllipse::Step& step = of->at(to);
    if (!isNumber(of->at(1)))
        return tr("The numbers are not finite on the way back.");
    QString words;
    const double log = step.major.log10();
    if (lastStep() == to && to > 1)
        return tr("Nothing of the circle of step %1 reaches step %2.").arg(to).arg(to - 1);
    if (lastStep() == to)
        words = tr("The circle is still the one it started as.");
    else if (of->plane.rows() < 2)
        words = tr("An error of 1 at step %1 is one of %2 at step %3.")
                    .arg(lastStep())
                    .arg(normOfLog(log))
                    .arg(to);
    else {
        const QString shape =
            step.minor.mantissa == 0
                ? tr("a line of half-length %1").arg(normOfLog(log))
                : tr("an ellipse of half-axes %1 and %2").arg(normOfLog(log), normOfLog(step.minor.log10()));
        words = tr("The unit circle at step %1 is %2 at step %3").arg(lastStep()).arg(shape).arg(to);
        if (step.minor.mantissa == 0)
            words += tr(": one direction is lost.");
        else
            words += tr(": %1 times as long as wide.").arg(normOfLog(ratioLog(step)));
    }
    if (to > 1)
        words += QLatin1Char(' ') + tr("Nothing of it reaches step %1.").arg(to - 1);
    return words;
}

QString EllipseView::textOf(int t) const
{
    const ErrorEllipse* of = ellipse();
    if (!of || t < 1 || t > lastStep())
        return {};
    const ErrorEllipse::Step& step = of->at(t);
    QStringList lines{tr("step %1, %2 hops back from step %3").arg(t).arg(lastStep() - t).arg(lastStep())};
    if (!isNumber(step))
        return (lines << tr("not a number")).join(QLatin1Char('\n'));
    if (step.major.mantissa == 0)
        return (lines << tr("nothing is left")).join(QLatin1Char('\n'));
    if (of->plane.rows() < 2)
        lines << tr("length %1").arg(normOfLog(step.major.log10()));
    else
        lines << tr("half-axes %1").arg(halfAxes(t).join(tr(" and ")));
    if (of->plane.rows() == 2)
        lines.last() += tr(", the singular values of the way back");
    else if (of->plane.rows() > 2 && t == of->reach)
        lines.last() += tr(", the two largest singular values of the way back");
    if (t < lastStep() && of->plane.rows() > 1 && isNumber(of->at(t + 1))) {
        const QTransform from = map(t + 1);
        const QTransform to = map(t);
        const double angle = turnBetween(from, to);
        const bool mirrored = from.determinant() * to.determinant() < 0;
        lines << (angle >= 0 ? tr("this hop turned it %1 to the left")
                             : tr("this hop turned it %1 to the right"))
                         .arg(degrees(angle)) +
                     (mirrored ? tr(" and turned it over") : QString());
        if (of->plane.rows() > 2)
            lines << tr("and tilted its plane by %1").arg(degrees(step.tilt));
    }
    return lines.join(QLatin1Char('\n'));
}

QPointF EllipseView::wordsPlace(int) const
{
    return layoutIn(body()).words.bottomLeft();
}

QString EllipseView::describe() const
{
    const QString words = sentence();
    if (words.isEmpty())
        return tr("%1: nothing computed yet.").arg(title());
    const Moment now = moment();
    return tr("%1. %2 Now: %3.")
        .arg(title(), words, textOf(now.t).replace(QLatin1Char('\n'), QStringLiteral(", ")));
}

} // namespace ui
