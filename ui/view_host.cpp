#include "ui/view_host.h"

#include <QEvent>

#include <algorithm>
#include <utility>

namespace ui {

ViewHost::ViewHost(QObject* parent) : QObject(parent)
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(350);
    connect(&m_rest, &QTimer::timeout, this, &ViewHost::describe);
    m_patience.setSingleShot(true);
    m_patience.setInterval(200);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        m_frame.analysing = true;
        show(true);
    });
    connect(&m_analyst, &Analyst::ready, this, &ViewHost::takeAnalyses);
    connect(&m_alone, &PickedLoss::ready, this, &ViewHost::takeAlone);
}

void ViewHost::add(const QString& id, View* view)
{
    m_entries.push_back({id, view});
    m_stale.push_back(true);
    view->setAccessibleName(view->title());
    view->installEventFilter(this);
    connect(view, &View::positionRequested, this, &ViewHost::positionRequested);
    connect(view, &View::cellRequested, this, &ViewHost::cellRequested);
    connect(view, &View::changesRequested, this, &ViewHost::changesRequested);
    connect(view, &View::lossPicked, this, &ViewHost::pickLoss);
    connect(view, &View::layerPicked, this, &ViewHost::pickLayer);
    connect(view, &QObject::destroyed, this, [this, view] { forget(view); });
    if (!m_current)
        m_current = view;
}

/// Windows that go are hidden one by one: others may ask for what is on show after this one is gone.
void ViewHost::forget(const View* view)
{
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].view != view)
            continue;
        m_entries.erase(m_entries.begin() + static_cast<std::ptrdiff_t>(i));
        m_stale.erase(m_stale.begin() + static_cast<std::ptrdiff_t>(i));
        break;
    }
    if (m_current == view)
        m_current = nullptr;
}

void ViewHost::setFrame(const Frame& frame)
{
    const bool analysing = m_frame.analysing;
    m_frame = PickedLoss::picked(frame, m_pickedLoss);
    m_frame.analysing = analysing;
    if (!frame.empty()) {
        const unrolled::IterationTrace& trace = frame.trace();
        const int top = static_cast<int>(trace.layers.size()) - 1;
        m_frame.pickedLayer = m_pickedLayer < 0 ? top : std::min(m_pickedLayer, top);
        m_frame.lanes[m_frame.front].analyses = m_analyses;
    }
    show(false);
    requestAnalyses();
    if (frame.alpha >= 1)
        m_rest.start();
    else
        m_rest.stop();
}

void ViewHost::show(bool analysesOnly)
{
    const std::optional<Frame> alone = m_alone.alone(m_frame);
    if (alone)
        m_shown = *alone;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        View* view = m_entries[i].view;
        if (analysesOnly && !view->wanted().analyses)
            continue;
        m_stale[i] = !view->isVisible();
        if (!m_stale[i])
            view->setFrame(view->showsPickedLoss() ? m_shown : m_frame);
    }
    if (alone && !analysesOnly)
        emit shownChanged(m_shown);
}

void ViewHost::takeAlone(const Frame& frame)
{
    m_shown = m_alone.alone(m_frame).value_or(frame);
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible() && entry.view->showsPickedLoss())
            entry.view->setFrame(m_shown);
    }
    emit shownChanged(m_shown);
}

unrolled::Wanted ViewHost::wanted() const
{
    unrolled::Wanted result;
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible())
            result = result | entry.view->wanted();
    }
    return result;
}

bool ViewHost::analysesFit() const
{
    return m_analyses && m_analyses->of->trace == m_frame.lane().trace &&
           m_analyses->loss == m_frame.pickedLoss && m_analyses->ghost == ghostTrace(m_frame) &&
           unrolled::has(*m_analyses, wanted());
}

void ViewHost::requestAnalyses()
{
    if (m_frame.empty() || !wanted().analyses) {
        m_patience.stop();
        m_analyst.drop();
    } else if (!analysesFit()) {
        m_analyst.request(m_frame.lane().trace, m_frame.pickedLoss, wanted(), ghostTrace(m_frame));
        if (!m_frame.analysing && !m_patience.isActive())
            m_patience.start();
    }
}

void ViewHost::takeAnalyses(const AnalysesPtr& analyses)
{
    m_analyses = analyses;
    if (m_frame.empty())
        return;
    m_frame.lanes[m_frame.front].analyses = analyses;
    if (analysesFit()) {
        m_patience.stop();
        m_frame.analysing = false;
    }
    show(true);
    m_rest.start();
}

Frame ViewHost::frameFor(const View& view, const Frame& seen, const unrolled::GoOn& goOn)
{
    Frame frame = view.showsPickedLoss() ? PickedLoss::aloneNow(seen) : seen;
    if (!frame.empty() && view.wanted().analyses) {
        const unrolled::TracePtr& trace = seen.lane().trace;
        frame.lanes[frame.front].analyses = unrolled::analyse(unrolled::analyse(trace, goOn), seen.pickedLoss,
                                                              view.wanted(), goOn, ghostTrace(seen));
        frame.analysing = false;
    }
    return frame;
}

void ViewHost::wait()
{
    m_alone.wait();
    m_analyst.wait();
}

void ViewHost::pickLoss(int s)
{
    m_pickedLoss = s;
    setFrame(Frame(m_frame));
}

void ViewHost::pickLayer(int layer)
{
    m_pickedLayer = layer;
    setFrame(Frame(m_frame));
}

View* ViewHost::current() const
{
    if (m_current && m_current->isVisible())
        return m_current;
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible())
            return entry.view;
    }
    return m_current;
}

View* ViewHost::find(const QString& id) const
{
    for (const Entry& entry : m_entries) {
        if (entry.id == id)
            return entry.view;
    }
    return nullptr;
}

bool ViewHost::eventFilter(QObject* object, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Show:
        for (std::size_t i = 0; i < m_entries.size(); ++i) {
            if (m_entries[i].view != object || m_frame.empty())
                continue;
            if (m_stale[i]) {
                m_stale[i] = false;
                m_entries[i].view->setFrame(m_entries[i].view->showsPickedLoss() ? m_shown : m_frame);
            }
            requestAnalyses();
        }
        break;
    case QEvent::Hide:
        requestAnalyses();
        break;
    case QEvent::MouseButtonPress:
    case QEvent::FocusIn:
        m_current = static_cast<View*>(object);
        break;
    default:
        break;
    }
    return false;
}

void ViewHost::describe()
{
    for (const Entry& entry : m_entries) {
        if (entry.view->isVisible() && !entry.view->frame().empty())
            entry.view->setAccessibleDescription(entry.view->describe());
    }
}

} // namespace ui
