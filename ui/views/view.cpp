#include "ui/views/view.h"

#include "core/gradients/backward_sweep.h"
#include "core/gradients/matrix_spectrum.h"
#include "ui/paint/cell_signal.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QToolTip>

#include <algorithm>

namespace ui {

std::unique_ptr<View> View::twin() const
{
    std::unique_ptr<View> result = another();
    result->setPalette(palette());
    result->setFont(font());
    result->resize(size());
    result->setFrame(m_frame);
    result->standAs(*this);
    return result;
}

void View::requestStep(unrolled::Phase phase, int t)
{
    if (!m_frame.empty() && t >= 1 && t <= m_frame.ticks.steps())
        emit positionRequested(
            m_frame.ticks.endOfTick(m_frame.position.iteration, m_frame.ticks.tickOf(phase, t)));
}

void View::showWords(const QPoint& global, const QString& words)
{
    if (words.isEmpty())
        QToolTip::hideText();
    else if (m_tips)
        QToolTip::showText(global, words, this);
}

bool View::movesCursor(const QKeyEvent& key, Qt::Orientations along)
{
    const bool sideways = key.key() == Qt::Key_Left || key.key() == Qt::Key_Right;
    const bool upright = key.key() == Qt::Key_Up || key.key() == Qt::Key_Down;
    return key.modifiers().testFlag(Qt::AltModifier) &&
           ((sideways && along.testFlag(Qt::Horizontal)) || (upright && along.testFlag(Qt::Vertical)));
}

bool View::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride && ownsKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::KeyPress) {
        const auto& key = *static_cast<QKeyEvent*>(event);
        if (key.key() == Qt::Key_Menu || (key.key() == Qt::Key_F10 && key.modifiers() == Qt::ShiftModifier)) {
            requestChanges(mapToGlobal(cursorPlace()), changesAtCursor(), cursorPlace());
            return true;
        }
    }
    return QWidget::event(event);
}

std::vector<unrolled::Intervention> View::changesAt(const QPoint&) const
{
    return {};
}

unrolled::Intervention View::settingOf(const char* path) const
{
    unrolled::Intervention change;
    change.iteration = m_frame.position.iteration;
    change.set = path;
    return change;
}

std::vector<unrolled::Intervention> View::clampOf(const unrolled::IterationTrace& trace,
                                                  std::string_view channel, int layer, int unit, int t) const
{
    const unrolled::CellKind kind = trace.cell.kind;
    bool gate = false;
    for (int k = 0; k < unrolled::stackedGates(kind); ++k)
        gate = gate || unrolled::gateChannel(kind, k) == channel;
    if (!gate)
        return {};
    unrolled::Intervention change;
    change.iteration = trace.iteration;
    change.kind = unrolled::InterventionKind::Clamp;
    change.set = channel;
    change.value = trace.channel(layer, channel).value(unit, t - 1);
    change.layer = trace.layers.size() > 1 ? layer : -1;
    change.units = {unit};
    change.steps = {t};
    return {change};
}

std::vector<unrolled::Intervention> View::cutOf(const unrolled::IterationTrace& trace, int layer, int t) const
{
    const auto& state = trace.layers[static_cast<std::size_t>(std::max(0, layer))];
    const bool start = state.initialHidden.isZero(0) && state.initialCell.isZero(0);
    if (t < 0 || t >= trace.steps() || (t == 0 && start && !trace.edits.cutAfter(layer, 0)))
        return {}; // there is nothing to cut off
    unrolled::Intervention change;
    change.iteration = trace.iteration;
    change.kind = unrolled::InterventionKind::Cut;
    change.steps = {t};
    change.layer = trace.layers.size() > 1 ? layer : -1;
    return {change};
}

std::vector<unrolled::Intervention> View::silenceOf(const unrolled::IterationTrace& trace, int t) const
{
    if (!unrolled::isCounted(trace, t) && !isSilenced(trace, t))
        return {};
    unrolled::Intervention change;
    change.iteration = trace.iteration;
    change.kind = unrolled::InterventionKind::Silence;
    change.steps = {t};
    return {change};
}

std::vector<unrolled::Intervention> View::changesOfStep(const unrolled::IterationTrace& trace, int layer,
                                                        int t) const
{
    std::vector<unrolled::Intervention> changes = cutOf(trace, layer, t - 1);
    for (const auto& more : {cutOf(trace, layer, t), silenceOf(trace, t)})
        changes.insert(changes.end(), more.begin(), more.end());
    return changes;
}

unrolled::Intervention View::radiusOf(const unrolled::IterationTrace& trace,
                                      const unrolled::ParameterTrace& weights) const
{
    unrolled::Intervention change;
    change.iteration = trace.iteration;
    change.kind = unrolled::InterventionKind::Radius;
    change.set = weights.block.name;
    const Eigen::MatrixXd& all = weights.before;
    double radius = 0;
    for (Eigen::Index first = 0; first < all.rows(); first += all.cols())
        radius = std::max(radius, unrolled::spectrumOf(all.middleRows(first, all.cols())).radius);
    change.value = radius;
    return change;
}

void View::contextMenuEvent(QContextMenuEvent* event)
{
    // The keys come as such: not every platform makes this event of them.
    if (event->reason() != QContextMenuEvent::Keyboard)
        requestChanges(event->globalPos(), changesAt(event->pos()), event->pos());
}

void View::requestChanges(const QPoint& global, const std::vector<unrolled::Intervention>& changes,
                          const QPoint& place)
{
    emit changesRequested(global, changes, modelAt(place));
}

} // namespace ui
