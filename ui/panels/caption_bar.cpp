#include "ui/panels/caption_bar.h"

#include "ui/paint/style.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QTextLayout>
#include <QTimer>
#include <QToolTip>

namespace ui {

using unrolled::Phase;

CaptionBar::CaptionBar(QWidget* parent)
    : QWidget(parent), m_work(new QWidget(this)), m_progress(new QProgressBar(m_work))
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 0, 10, 0);
    layout->addStretch(1);
    layout->addWidget(m_work);
    auto* work = new QHBoxLayout(m_work);
    work->setContentsMargins(8, 0, 0, 0);
    auto* words = new QLabel(tr("Computing"), m_work);
    work->addWidget(words);
    m_progress->setRange(0, 1000);
    m_progress->setFixedWidth(120);
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(10);
    m_progress->setAccessibleName(tr("Progress of computing this iteration"));
    work->addWidget(m_progress);
    auto* cancel = new QPushButton(tr("Cancel"), m_work);
    cancel->setFocusPolicy(Qt::TabFocus);
    cancel->setToolTip(tr("Call the computation off and stay where you are"));
    cancel->setAccessibleName(tr("Cancel"));
    connect(cancel, &QPushButton::clicked, this, &CaptionBar::cancelRequested);
    work->addWidget(cancel);
    m_work->hide();
}

QSize CaptionBar::sizeHint() const
{
    return {400, 2 * fontMetrics().height() + 12};
}

void CaptionBar::showCaption(const QString& text, Phase phase)
{
    if (text == m_text && phase == m_phase)
        return;
    m_text = text;
    m_phase = phase;
    setAccessibleName(text);
    update();
}

void CaptionBar::showProgress(double share)
{
    m_progress->setValue(static_cast<int>(share * 1000));
    m_work->setVisible(share < 1);
    update();
}

bool CaptionBar::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        if (m_elided)
            QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), m_text, this);
        return true;
    }
    return QWidget::event(event);
}

void CaptionBar::paintEvent(QPaintEvent*)
{
    const Palette& colors = paletteFor(palette());
    QPainter painter(this);
    const QColor fill = m_phase == Phase::Forward    ? colors.forwardSoft
                        : m_phase == Phase::Backward ? colors.backwardSoft
                                                     : colors.panel;
    painter.fillRect(rect(), fill);
    painter.fillRect(QRect(0, 0, width(), 1), mixed(fill, colors.line, 0.6));
    painter.fillRect(QRect(0, height() - 1, width(), 1), mixed(fill, colors.line, 0.6));

    // Up to two lines; what does not fit is cut with an ellipsis and stays readable in the tooltip.
    const double left = 20;
    const double room = std::max(40.0, (m_work->isVisible() ? m_work->x() : width()) - left - 14.0);
    QTextLayout text(m_text, font());
    text.beginLayout();
    std::vector<std::pair<int, int>> lines;
    for (QTextLine line = text.createLine(); line.isValid(); line = text.createLine()) {
        line.setLineWidth(room);
        lines.emplace_back(line.textStart(), line.textLength());
    }
    text.endLayout();
    m_elided = lines.size() > 2;
    const int shown = static_cast<int>(std::min<std::size_t>(2, lines.size()));
    const QFontMetrics metrics(font());
    double y = (height() - shown * metrics.height()) / 2.0;
    painter.setPen(colors.text);
    for (int i = 0; i < shown; ++i) {
        const auto [start, length] = lines[static_cast<std::size_t>(i)];
        const QString line =
            i == 1 && m_elided ? metrics.elidedText(m_text.mid(start), Qt::ElideRight, static_cast<int>(room))
                               : m_text.mid(start, length);
        painter.drawText(QRectF(left, y, room + 10, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, line);
        y += metrics.height();
    }
}

} // namespace ui
