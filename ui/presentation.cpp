#include "ui/presentation.h"

#include "ui/actions.h"
#include "ui/paint/caption.h"
#include "ui/paint/style.h"
#include "ui/panels/caption_bar.h"
#include "ui/session/playback.h"
#include "ui/session/session.h"
#include "ui/view_host.h"
#include "ui/views/cell_view.h"
#include "ui/views/decay_view.h"
#include "ui/views/unrolled_view.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QRadialGradient>
#include <QScreen>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

namespace {

constexpr int pointerRest = 2500; // ms after which the pointer is hidden
constexpr int hintTime = 8000;    // ms that the keys are told
// The network keeps at least this size, in design sizes, where the plot comes beside it by itself.
constexpr double numbersScale = 2;
constexpr double stripScale = 1.5;

QSplitter* makePlainSplitter(Qt::Orientation orientation, QWidget* parent)
{
    auto* splitter = new QSplitter(orientation, parent);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    return splitter;
}

} // namespace

/// A soft disc at the pointer.
class Presentation::Spot : public QWidget
{
public:
    explicit Spot(QWidget* parent) : QWidget(parent)
    {
        setAttribute(Qt::WA_TransparentForMouseEvents);
        setFocusPolicy(Qt::NoFocus);
        hide();
    }

    void follow(const QPoint& point)
    {
        const int size = std::max(64, parentWidget()->height() / 12);
        setGeometry(point.x() - size / 2, point.y() - size / 2, size, size);
        show();
        raise();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        QColor colour = paletteFor(palette()).wrong;
        QRadialGradient soft(QRectF(rect()).center(), width() / 2.0);
        colour.setAlphaF(0.45F);
        soft.setColorAt(0, colour);
        soft.setColorAt(0.55, colour);
        colour.setAlphaF(0);
        soft.setColorAt(1, colour);
        painter.setPen(Qt::NoPen);
        painter.setBrush(soft);
        painter.drawEllipse(rect());
    }
};

Presentation::Presentation(const Actions& actions, Playback& playback, Session& session,
                           const ViewHost& views, QWidget* owner)
    : QWidget(owner, Qt::Window), m_playback(playback), m_views(views), m_network(new UnrolledView),
      m_cell(new CellView), m_decay(new DecayView), m_caption(new CaptionBar),
      m_columns(makePlainSplitter(Qt::Horizontal, this)), m_side(makePlainSplitter(Qt::Vertical, nullptr)),
      m_hint(new QLabel(this)), m_blank(new QWidget(this)), m_spot(new Spot(this))
{
    setWindowTitle(tr("Unrolled: presentation"));
    setAccessibleName(tr("Presentation"));
    setFocusPolicy(Qt::StrongFocus);
    setPalette(widgetPalette(projectorPalette()));
    setAutoFillBackground(true);
    for (View* view :
         {static_cast<View*>(m_network), static_cast<View*>(m_cell), static_cast<View*>(m_decay)}) {
        view->setAccessibleName(view->title());
        view->setTips(false); // they would hide what the pointer points at
    }

    m_side->addWidget(m_cell);
    m_side->addWidget(m_decay);
    m_columns->addWidget(m_network);
    m_columns->addWidget(m_side);
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_columns, 1);
    rows->addWidget(m_caption);
    m_cell->hide();

    m_hint->setText(tr("← → step · Space plays · 1–9 look inside a cell · A one loss alone · G gradient plot "
                       "· L next model · T trains · B blank · Esc ends"));
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setAutoFillBackground(true);
    m_hint->setBackgroundRole(QPalette::Text);
    m_hint->setForegroundRole(QPalette::Base);
    m_hint->setContentsMargins(24, 10, 24, 10);
    m_hint->setAttribute(Qt::WA_TransparentForMouseEvents);
    QPalette black;
    black.setColor(QPalette::Window, Qt::black);
    m_blank->setPalette(black);
    m_blank->setAutoFillBackground(true);
    m_blank->hide();

    m_rest.setSingleShot(true);
    m_rest.setInterval(pointerRest);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        m_spot->hide();
        setCursor(Qt::BlankCursor);
    });
    m_hintTime.setSingleShot(true);
    m_hintTime.setInterval(hintTime);
    connect(&m_hintTime, &QTimer::timeout, m_hint, &QWidget::hide);

    addKeys(actions);
    connect(&views, &ViewHost::shownChanged, this, [this] {
        if (isVisible())
            showFrame();
    });
    connect(&session, &Session::progress, m_caption, &CaptionBar::showProgress);
    connect(m_caption, &CaptionBar::cancelRequested, &session, &Session::cancel);
    connect(&session, &Session::diverged, this, [this](qint64, const QString& message) { tell(message); });
    connect(&session, &Session::stopped, this, [this](const BreakpointStop& stop) { tell(inWords(stop)); });
    connect(m_network, &View::cellRequested, this, &Presentation::toggleCell);
    for (const View* view : {static_cast<View*>(m_network), static_cast<View*>(m_decay)}) {
        connect(view, &View::positionRequested, this, [this](const unrolled::Position& position) {
            m_playback.pause();
            m_playback.setPosition(position);
        });
    }
}

void Presentation::addKeys(const Actions& actions)
{
    addActions({actions.present, actions.playPause, actions.stepForward, actions.stepBack,
                actions.stepForwardTime, actions.stepBackTime, actions.stepForwardPass, actions.stepBackPass,
                actions.stepForwardIteration, actions.stepBackIteration, actions.reset, actions.toEnd,
                actions.train, actions.compareCells, actions.nextLane, actions.lossAlone});
    addActions(actions.stepSize->actions());
    const auto key = [this](const QList<Qt::Key>& keys, auto what) {
        for (const Qt::Key each : keys)
            connect(new QShortcut(QKeySequence(each), this), &QShortcut::activated, this, what);
    };
    key({Qt::Key_Escape}, [this] { close(); });
    // What a remote control sends.
    key({Qt::Key_PageDown, Qt::Key_Down}, [this] { m_playback.stepForward(); });
    key({Qt::Key_PageUp, Qt::Key_Up}, [this] { m_playback.stepBack(); });
    key({Qt::Key_B, Qt::Key_Period}, [this] { setBlank(!isBlank()); });
    key({Qt::Key_G}, [this] {
        if (m_cell->isHidden()) {
            m_decayWanted = m_decay->isHidden();
            m_decayChosen = true;
        } else {
            m_decayBesideCell = m_decay->isHidden();
        }
        arrange();
    });
    for (int t = 1; t <= 9; ++t) {
        key({static_cast<Qt::Key>(Qt::Key_0 + t)}, [this, t] { toggleCell(t, m_cell->cellLayer()); });
    }
    key({Qt::Key_F}, [this] {
        m_cell->setCell(0, m_cell->cellLayer());
        showCell(m_cell->isHidden());
    });
}

void Presentation::start()
{
    setBlank(false);
    if (const QScreen* on = parentWidget()->screen())
        setGeometry(on->geometry());
    m_hint->show();
    m_hintTime.start();
    m_decayChosen = false;
    m_cell->hide();
    setCursor(Qt::ArrowCursor);
    showFullScreen();
    activateWindow();
    setFocus();
}

int Presentation::openCell() const
{
    if (m_cell->isHidden())
        return 0;
    return m_cell->cellTime() > 0 ? m_cell->cellTime() : std::max(1, m_cell->frame().time());
}

/// The same cell a second time shuts it.
void Presentation::toggleCell(int t, int layer)
{
    const Frame& frame = m_playback.frame();
    if (frame.empty() || t > frame.ticks.steps())
        return;
    const bool same = !m_cell->isHidden() && m_cell->cellTime() == t && m_cell->cellLayer() == layer;
    m_cell->setCell(t, layer);
    showCell(!same);
}

/// It has the side to itself, to be read from afar, until the plot is asked for again.
void Presentation::showCell(bool show)
{
    m_decayBesideCell = m_decayBesideCell && show && !m_cell->isHidden();
    m_cell->setVisible(show);
    arrange();
}

bool Presentation::isBlank() const
{
    return !m_blank->isHidden();
}

void Presentation::setBlank(bool blank)
{
    m_blank->setGeometry(rect());
    m_blank->setVisible(blank);
    m_blank->raise();
}

void Presentation::tell(const QString& text)
{
    m_told = text;
    m_toldAt = -1;
    if (isVisible())
        showFrame();
}

void Presentation::showFrame()
{
    const Frame& frame = m_views.shown();
    if (frame.empty())
        return;
    m_network->setFrame(frame);
    if (!m_cell->isHidden())
        m_cell->setFrame(frame);
    if (!m_decay->isHidden())
        m_decay->setFrame(frame);
    if (m_toldAt >= 0 && frame.ticks.index(frame.position) != m_toldAt)
        m_told.clear();
    if (!m_told.isEmpty() && frame.alpha >= 1)
        m_toldAt = frame.ticks.index(frame.position);
    m_caption->showCaption(m_told.isEmpty()
                               ? tr("Iteration %1. %2").arg(frame.position.iteration).arg(ui::caption(frame))
                               : m_told,
                           frame.phase());
    if (frame.ticks.steps() != m_steps) {
        m_steps = frame.ticks.steps();
        arrange();
    }
}

/// Whether the network stays large enough beside the plot.
bool Presentation::roomForDecay() const
{
    if (m_playback.frame().empty())
        return false;
    const QSizeF beside(m_columns->width() * 0.68, m_columns->height());
    const UnrolledGeometry geometry(m_network->geometryNow().shape(), beside);
    return geometry.scale() >= (geometry.detail() == StepDetail::Numbers ? numbersScale : stripScale);
}

void Presentation::arrange()
{
    const bool cell = !m_cell->isHidden();
    const bool decay = cell ? m_decayBesideCell : m_decayChosen ? m_decayWanted : roomForDecay();
    m_decay->setVisible(decay);
    m_side->setVisible(cell || decay);
    const int width = m_columns->width();
    const int side = cell ? width * 46 / 100 : width * 32 / 100;
    m_columns->setSizes({width - side, side});
    m_side->setSizes({m_side->height() * 11 / 20, m_side->height() * 9 / 20});
    // In a low place the plot's words shrink, not its curve.
    QFont words = font();
    const double lines =
        (cell ? m_side->height() * 9 / 20 : m_side->height()) / QFontMetricsF(words).height();
    if (words.pointSizeF() > 0 && lines < 14)
        words.setPointSizeF(std::max(words.pointSizeF() * lines / 14, QApplication::font().pointSizeF()));
    m_decay->setFont(words);
    if (cell)
        m_cell->setFrame(m_views.shown());
    if (decay)
        m_decay->setFrame(m_views.shown());
}

void Presentation::placeHint()
{
    // On one line, whatever the screen.
    QFont words = font();
    m_hint->setFont(words);
    const double room = 0.98 * width() / m_hint->sizeHint().width();
    if (room < 1 && words.pointSizeF() > 0) {
        words.setPointSizeF(words.pointSizeF() * room);
        m_hint->setFont(words);
    }
    // In the caption's place, so that it covers nothing of the picture.
    m_hint->setGeometry(m_caption->geometry());
    m_hint->raise();
}

bool Presentation::event(QEvent* event)
{
    // The first key after a pause only brings the picture back.
    if (event->type() == QEvent::ShortcutOverride) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        m_hint->hide();
        if (isBlank() && key != Qt::Key_B && key != Qt::Key_Period && key != Qt::Key_Escape) {
            setBlank(false);
            event->accept();
            return true;
        }
    }
    return QWidget::event(event);
}

bool Presentation::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_caption && event->type() == QEvent::Resize && m_hint->isVisible())
        placeHint();
    if (event->type() != QEvent::MouseMove)
        return false;
    const auto* widget = qobject_cast<const QWidget*>(object);
    if (widget && widget->window() == this) {
        m_spot->follow(mapFromGlobal(static_cast<QMouseEvent*>(event)->globalPosition().toPoint()));
        unsetCursor();
        m_rest.start();
    }
    return false;
}

void Presentation::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    qApp->installEventFilter(this);
    for (QWidget* widget : findChildren<QWidget*>())
        widget->setMouseTracking(true);
    setMouseTracking(true);
    showFrame();
    arrange();
    placeHint();
    m_rest.start();
}

void Presentation::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // Twice the usual type, and more on a screen that is larger than usual.
    QFont large = QApplication::font();
    const double growth = std::max(2.0, std::min(width() / 960.0, height() / 540.0));
    if (large.pointSizeF() > 0)
        large.setPointSizeF(large.pointSizeF() * growth);
    else
        large.setPixelSize(qRound(large.pixelSize() * growth));
    setFont(large);
    m_blank->setGeometry(rect());
    placeHint();
    arrange();
}

void Presentation::closeEvent(QCloseEvent* event)
{
    qApp->removeEventFilter(this);
    m_rest.stop();
    m_spot->hide();
    QWidget::closeEvent(event);
    emit ended();
}

} // namespace ui
