#include "ui/views/plot_pane.h"

#include "ui/paint/arrow.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"

#include <QEvent>
#include <QPainter>
#include <QPicture>
#include <QWindow>
#include <qcustomplot.h>

#include "ui/views/plot_tickers.h"

namespace ui {

LegendEntry ghostLook(LegendEntry of, const Palette& palette)
{
    of.color = mixed(palette.background, of.color, 0.55);
    of.style = Qt::DotLine;
    of.width = 1.3;
    return of;
}

QString ghostWords(const Frame& frame, std::int64_t until)
{
    QString words = PlotPane::tr("without the changes");
    for (const Lane& ghost : frame.ghosts) {
        if (ghost.divergedAt < 0 || ghost.divergedAt >= until)
            continue;
        const QString at = count(ghost.divergedAt);
        words += frame.ghosts.size() > 1
                     ? PlotPane::tr("; %1 diverged at iteration %2").arg(mathWords(ghost.name), at)
                     : PlotPane::tr(": diverged at iteration %1").arg(at);
    }
    return words;
}

PlotPane::PlotPane(QWidget* parent) : PaneView(parent), m_plot(new QCustomPlot(this))
{
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setNoAntialiasingOnDrag(false);
    m_plot->setPlottingHints(QCP::phFastPolylines);
    m_plot->setAutoAddPlottableToLegend(false);
    m_plot->plotLayout()->clear();
    m_plot->addLayer(QStringLiteral("live"), m_plot->layer(QStringLiteral("main")), QCustomPlot::limAbove);
    m_live = m_plot->layer(QStringLiteral("live"));
    m_live->setMode(QCPLayer::lmBuffered);
    // Painted by the accessible view, not a thing of its own.
    m_plot->setAccessibleName(QString());
}

PlotPane::~PlotPane() = default;

void PlotPane::styleAxis(QCPAxis* axis) const
{
    const Palette& palette = colors();
    axis->setBasePen(QPen(palette.line, 1));
    axis->setTickPen(QPen(palette.line, 1));
    axis->setSubTickPen(Qt::NoPen);
    axis->setSubTicks(false);
    axis->setTickLengthIn(0);
    axis->setTickLengthOut(4);
    axis->setTickLabelPadding(3);
    axis->setTickLabelFont(smallFont());
    axis->setTickLabelColor(palette.muted);
    axis->setLabelFont(smallFont());
    axis->setLabelColor(palette.muted);
    axis->setLabelPadding(1);
    axis->grid()->setPen(QPen(palette.track, 1));
    axis->grid()->setZeroLinePen(Qt::NoPen);
    axis->grid()->setSubGridVisible(false);
}

void PlotPane::styleRect(QCPAxisRect* rect) const
{
    rect->setMinimumMargins({2, 3, 10, 2});
    for (QCPAxis* axis : rect->axes())
        styleAxis(axis);
    for (const auto type : {QCPAxis::atTop, QCPAxis::atRight}) {
        QCPAxis* axis = rect->axis(type);
        if (!axis)
            continue;
        axis->setTicks(false);
        axis->setTickLabels(false);
        axis->setVisible(true);
    }
}

void PlotPane::paintBody(QPainter& painter, const QRectF& area)
{
    // On screen the plot is a widget of its own.
    if (painter.device() == this || area.width() < 20 || area.height() < 20)
        return;
    const QSize size = area.size().toSize();
    const QBrush background(colors().background);
    m_plot->setBackground(background);
    rebuild(size);
    updateLive();
    // QCustomPlot wants a painter of its own: it draws into a picture, which any painter can play.
    QPicture picture;
    QCPPainter plotPainter;
    plotPainter.begin(&picture);
    plotPainter.setMode(QCPPainter::pmVectorized);
    m_plot->toPainter(&plotPainter, size.width(), size.height());
    plotPainter.end();
    painter.save();
    painter.translate(area.topLeft());
    // A picture grows with the resolution of what it is played into; the painter is scaled for that already.
    painter.scale(static_cast<double>(picture.logicalDpiX()) / painter.device()->logicalDpiX(),
                  static_cast<double>(picture.logicalDpiY()) / painter.device()->logicalDpiY());
    painter.drawPicture(0, 0, picture);
    painter.restore();
    rebuild(body().size());
    m_stale = true;
}

void PlotPane::bodyChanged(const QRect& area)
{
    m_plot->setGeometry(
        QRect(area.topLeft(), area.size().expandedTo({1, 1}))); // nothing can be drawn on no pixel
    refresh();
}

void PlotPane::refresh()
{
    m_stale = true;
    if (!isVisible())
        return;
    m_plot->setBackground(QBrush(colors().background));
    rebuild(body().size());
    updateLive();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
    m_stale = false;
}

void PlotPane::refreshLive()
{
    if (!isVisible()) {
        m_stale = true;
        return;
    }
    if (m_stale)
        return refresh();
    updateLive();
    m_live->replot();
}

void PlotPane::fitPixels()
{
    if (m_plot->bufferDevicePixelRatio() != devicePixelRatioF())
        m_plot->setBufferDevicePixelRatio(devicePixelRatioF());
}

void PlotPane::screenChanged()
{
    fitPixels();
    refresh();
}

void PlotPane::showEvent(QShowEvent* event)
{
    PaneView::showEvent(event);
    fitPixels();
    if (QWindow* handle = window()->windowHandle())
        connect(handle, &QWindow::screenChanged, this, &PlotPane::screenChanged, Qt::UniqueConnection);
    refresh();
}

} // namespace ui
