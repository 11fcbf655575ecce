#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/views/weights_view.h"

#include <QComboBox>
#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ui {

namespace {

QString singularSymbol(const WeightBlock& block)
{
    return block.symbol().remove(QLatin1Char('{')).remove(QLatin1Char('}'));
}

} // namespace

void WeightsView::addSpectrumSwitch()
{
    m_spectrum->setObjectName(QStringLiteral("spectrum"));
    m_spectrum->addItems({tr("eigenvalues"), tr("singular values")});
    m_spectrum->setItemData(1, tr("The singular values over the iterations"), Qt::ToolTipRole);
    m_spectrum->setToolTip(tr("What to show of recurrent weights"));
    m_spectrum->setAccessibleName(m_spectrum->toolTip());
    m_spectrum->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_spectrum->hide();
    connect(m_spectrum, &QComboBox::currentIndexChanged, this,
            [this](int index) { showSingularValues(index == 1); });
}

void WeightsView::showSingularValues(bool singular)
{
    if (singular == m_singular)
        return;
    m_singular = singular;
    m_spectrum->setCurrentIndex(singular ? 1 : 0);
    m_painted.reset();
    m_hover = m_cursor = {};
    relayout();
    placeSpectrumSwitch();
}

void WeightsView::bodyChanged(const QRect&)
{
    placeSpectrumSwitch();
}

void WeightsView::restyle()
{
    m_painted.reset();
    placeSpectrumSwitch();
}

void WeightsView::placeSpectrumSwitch()
{
    const std::optional<WeightBlock> shown = block();
    const QRectF caption = shown && shown->recurrent() ? layout().planeCaption : QRectF();
    m_spectrum->setVisible(caption.width() > 40);
    if (const QFont font = textFont(0.8); m_spectrum->font() != font)
        m_spectrum->setFont(font);
    const int wanted = m_spectrum->sizeHint().width();
    const int right = this->width() - 6;
    // Above the plane it may use the gap before its panel.
    const int start = static_cast<int>(caption.left());
    const int gap = caption.left() <= layout().plane.left() ? 8 : 0;
    const int left = std::clamp(right - wanted, start - gap, start);
    const int width = std::min(wanted, right - left);
    const QRect place(left, static_cast<int>(caption.top()), width, static_cast<int>(caption.height()));
    if (place != m_spectrum->geometry())
        m_spectrum->setGeometry(place);
}

namespace {

/// The plot's part of the panel of the plane, and whether it leaves room for facts of this height beneath.
QRect singularRoom(const WeightLayout& layout, bool* facts, double height)
{
    const double left = layout.planeCaption.left();
    const double right = std::max(layout.planeCaption.right(), layout.facts.right());
    const double top = layout.planeCaption.bottom() + 5;
    const double bottom =
        std::max({layout.plane.bottom(), layout.facts.bottom(), layout.maps.back().cells.bottom()});
    *facts = bottom - top - height > 60;
    return QRectF(QPointF(left, top), QPointF(right, bottom - (*facts ? height : 0))).toAlignedRect();
}

} // namespace

SingularPlot WeightsView::singularPlotIn(const WeightBlock& block, const WeightLayout& layout) const
{
    SingularData shown;
    const std::string& name = block.parameter().block.name;
    shown.iteration = block.trace().iteration;
    shown.planned = lane().planned;
    const std::vector<unrolled::MatrixSpectrum> now = spectra();
    const unrolled::SpectrumCurve* samples = lane().spectra.get();
    for (int gate = 0; gate < block.gates(); ++gate) {
        SingularSeries series;
        const int matrix = samples ? samples->indexOf(name, block.firstGate() + gate) : -1;
        // A frame made by hand has no run; one of another model is none of this matrix.
        if (matrix < 0 || samples->matrices()[static_cast<std::size_t>(matrix)].size != block.columns())
            samples = nullptr;
        series.matrix = static_cast<std::size_t>(std::max(0, matrix));
        series.letter = block.gates() > 1 ? block.gateLetter(gate) : QString();
        series.color = gateColor(gate, block);
        series.mark = planeMarks[gate % 4];
        if (!now.empty())
            series.now = now[static_cast<std::size_t>(gate)].singularValues;
        shown.series.push_back(std::move(series));
    }
    if (samples) {
        shown.samples = lane().spectra;
        if (frame().front < frame().ghosts.size())
            shown.without = frame().ghosts[frame().front].spectra;
    }
    const double line = std::ceil(QFontMetricsF(smallFont()).height()) + 1;
    bool facts = false;
    const QRect room = singularRoom(layout, &facts, block.gates() * line);
    return {std::move(shown), room, textFont(0.8)};
}

std::optional<SingularPlot> WeightsView::singularPlot() const
{
    const std::optional<WeightBlock> shown = block();
    if (!shown || !shown->recurrent())
        return std::nullopt;
    return singularPlotIn(*shown, layout());
}

void WeightsView::paintSpectrumCaption(QPainter& painter, const WeightBlock& block,
                                       const WeightLayout& layout) const
{
    if (painter.device() == this && !m_spectrum->isHidden())
        return; // the switch tells
    painter.setFont(smallFont());
    painter.setPen(colors().text);
    const QString named = (m_singular ? tr("singular values of %1 over iterations") : tr("eigenvalues of %1"))
                              .arg(block.symbol());
    const QString symbol =
        (m_singular ? QChar(0x3c3) : QChar(0x3bb)) + QLatin1Char('(') + block.symbol() + QLatin1Char(')');
    const bool room = mathSize(smallFont(), named).width() <= layout.planeCaption.width();
    drawMath(painter, layout.planeCaption, Qt::AlignLeft | Qt::AlignVCenter, room ? named : symbol);
}

void WeightsView::paintSingularValues(QPainter& painter, const WeightBlock& block, const WeightLayout& layout)
{
    paintSpectrumCaption(painter, block, layout);
    const QFont font = smallFont();
    const double line = std::ceil(QFontMetricsF(font).height()) + 1;
    bool facts = false;
    const QRect room = singularRoom(layout, &facts, block.gates() * line);
    SingularPlot plot = singularPlotIn(block, layout);
    if (painter.device() == this) {
        // While the iteration on show moves, the curves stay.
        const QColor& background = colors().background;
        const double ratio = devicePixelRatioF();
        if (!m_painted || m_painted->room != room || m_painted->background != background ||
            m_painted->picture.devicePixelRatio() != ratio || !m_painted->plot.paintsCurvesOf(plot)) {
            QPixmap picture((QSizeF(room.size()) * ratio).toSize());
            picture.setDevicePixelRatio(ratio);
            picture.fill(background);
            QPainter into(&picture);
            into.translate(-room.topLeft());
            plot.paintCurves(into, colors());
            into.end();
            m_painted = Painted{plot, room, background, picture};
        }
        painter.drawPixmap(room.topLeft(), m_painted->picture);
    } else {
        plot.paintCurves(painter, colors());
    }
    plot.paintNow(painter, colors());
    if (!facts)
        return;
    plot.paintFacts(painter, QRectF(room.left(), room.bottom() + 1, room.width(), block.gates() * line), font,
                    colors());
}

QString WeightsView::singularText(const QPointF& pixel) const
{
    const std::optional<SingularPlot> plot = singularPlot();
    if (!plot || !plot->area().adjusted(-6, -6, 6, 6).contains(pixel))
        return {};
    const std::optional<WeightBlock> shown = block();
    const std::optional<SingularPlot::Value> found = plot->nearest(pixel);
    if (!found)
        return tr("The singular values of %1 along the run, before each update. One product with it makes a "
                  "vector at most σ_max times as long, and at least σ_min times.")
            .arg(singularSymbol(*shown));
    const SingularSeries& series = plot->data().series[found->series];
    const Eigen::VectorXd all =
        found->iteration == plot->data().iteration && series.now.size() > 0
            ? series.now
            : Eigen::VectorXd(plot->data().samples->values(
                  static_cast<std::size_t>(found->iteration / plot->data().samples->stride()),
                  plot->data().samples->matrices()[series.matrix]));
    QStringList lines;
    lines << (series.letter.isEmpty()
                  ? tr("%1, iteration %2").arg(singularSymbol(*shown), count(found->iteration))
                  : tr("%1, gate %2, iteration %3")
                        .arg(singularSymbol(*shown), series.letter, count(found->iteration)));
    if (found->k > 0 && found->k < all.size() - 1)
        lines << tr("σ%1 of %2: %3")
                     .arg(subscript(static_cast<int>(found->k) + 1))
                     .arg(all.size())
                     .arg(exact(found->sigma));
    lines << tr("σ_max: %1").arg(exact(all[0])) << tr("σ_min: %1").arg(exact(all[all.size() - 1]));
    if (found->iteration != plot->data().iteration)
        lines << tr("Click to go to the iteration under the pointer.");
    return lines.join(QLatin1Char('\n'));
}

void WeightsView::mousePressEvent(QMouseEvent* event)
{
    const std::optional<SingularPlot> plot = m_singular ? singularPlot() : std::nullopt;
    if (event->button() == Qt::LeftButton && plot &&
        plot->area().adjusted(-4, -4, 4, 4).contains(event->position())) {
        unrolled::Position target = frame().position;
        target.iteration = std::min(plot->iterationAt(event->position().x()), frame().lanes.front().frontier);
        if (target.iteration != frame().position.iteration)
            emit positionRequested(target);
        return;
    }
    PaneView::mousePressEvent(event);
}

QString WeightsView::describeSingularValues() const
{
    const std::optional<SingularPlot> plot = singularPlot();
    QStringList lines;
    for (const SingularSeries& series : plot->data().series) {
        const unrolled::SpectrumCurve* samples = plot->data().samples.get();
        if (!samples || samples->samples() == 0)
            continue;
        const unrolled::RecurrentMatrix& matrix = samples->matrices()[series.matrix];
        const Eigen::VectorXd first = samples->values(0, matrix);
        const Eigen::VectorXd last = samples->values(samples->samples() - 1, matrix);
        const QString line =
            tr("Singular values along the run, iteration 0 to %1: the largest from %2 to %3, the "
               "smallest from %4 to %5.")
                .arg(count(samples->iterationOf(samples->samples() - 1)), norm(first[0]), norm(last[0]),
                     norm(first[first.size() - 1]), norm(last[last.size() - 1]));
        lines << (series.letter.isEmpty() ? line : tr("Gate %1: %2").arg(series.letter, line));
    }
    return lines.join(QLatin1Char(' '));
}

} // namespace ui
