#include "ui/intervention_commands.h"

#include "ui/document.h"
#include "ui/paint/number_format.h"
#include "ui/panels/intervention_dialog.h"
#include "ui/session/experiment_edit.h"
#include "ui/session/intervention_edit.h"
#include "ui/session/playback.h"
#include "ui/view_host.h"

#include <QCursor>
#include <QMenu>
#include <QScreen>

#include <algorithm>

namespace ui {

using unrolled::Intervention;
using unrolled::InterventionKind;

namespace {

/// Whether it is of weights or a gate, which another model need not have.
bool isOfCell(const Intervention& change)
{
    return change.kind == InterventionKind::Weight || change.kind == InterventionKind::Radius ||
           change.kind == InterventionKind::Clamp;
}

} // namespace

InterventionCommands::InterventionCommands(QWidget& window, ViewHost& views, Document& document,
                                           Playback& playback)
    : QObject(&window), m_window(window), m_views(views), m_document(document), m_playback(playback)
{
    connect(&views, &ViewHost::changesRequested, this, &InterventionCommands::offer);
}

InterventionDialog* InterventionCommands::dialog() const
{
    return m_window.findChild<InterventionDialog*>();
}

QMenu* InterventionCommands::menu(QWidget* parent)
{
    auto* menu = new QMenu(tr("Chan&ge the run from here"), parent);
    menu->setToolTipsVisible(true);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillForCursor(*menu); });
    return menu;
}

/// Weights and gates are changed in the experiment's own model alone, the first.
void InterventionCommands::offer(const QPoint& global, const std::vector<Intervention>& changes, int model)
{
    std::vector<Intervention> possible = changes;
    const bool another = model > 0 && (changes.empty() || std::erase_if(possible, isOfCell) > 0);
    if (possible.empty() && !another)
        return;
    m_playback.pause();
    auto* menu = new QMenu(&m_window);
    menu->setObjectName(QStringLiteral("changes"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fill(*menu, possible, m_views.frame().lanes[static_cast<std::size_t>(model)].trace->cell.kind);
    if (another)
        addFirst(*menu, model);
    menu->popup(global);
    menu->setActiveAction(menu->actions().at(possible.empty() ? 0 : 1)); // below the title
}

void InterventionCommands::addFirst(QMenu& menu, int model)
{
    const QString& name = m_views.frame().lanes[static_cast<std::size_t>(model)].name;
    connect(menu.addAction(tr("Put %1 first, to change its weights and gates").arg(name)),
            &QAction::triggered, this, [this, model] { emit firstModelWanted(model); });
}

void InterventionCommands::fillForCursor(QMenu& menu)
{
    menu.clear();
    if (m_views.frame().empty())
        return;
    std::vector<Intervention> changes;
    int another = 0;
    for (const ViewHost::Entry& entry : m_views.entries()) {
        if (!entry.view->isVisible())
            continue;
        const int model = entry.view->modelAt(entry.view->cursorPlace());
        for (const Intervention& change : entry.view->changesAtCursor()) {
            if (model > 0 && isOfCell(change))
                another = model;
            else if (std::find(changes.begin(), changes.end(), change) == changes.end())
                changes.push_back(change);
        }
    }
    for (const char* path : {"training.learning_rate", "training.clip_norm"}) {
        if (std::none_of(changes.begin(), changes.end(),
                         [path](const Intervention& each) { return each.set == path; }))
            changes.push_back(setting(path));
    }
    fill(menu, changes, cell());
    if (another > 0)
        addFirst(menu, another);
}

Intervention InterventionCommands::setting(const char* path) const
{
    Intervention change;
    change.iteration = m_views.frame().position.iteration;
    change.set = path;
    return change;
}

unrolled::CellKind InterventionCommands::cell() const
{
    return m_document.experiment().model.cell.kind;
}

void InterventionCommands::fill(QMenu& menu, const std::vector<Intervention>& changes,
                                unrolled::CellKind cell)
{
    if (!changes.empty())
        menu.addAction(tr("From iteration %1 on").arg(count(changes.front().iteration)))->setEnabled(false);
    for (const Intervention& change : changes) {
        if (change.kind == InterventionKind::Cut || change.kind == InterventionKind::Silence)
            addToggle(menu, change, cell);
        else
            addNumber(menu, change, cell);
    }
}

/// On and off; off ends it at this iteration, what it did before stays.
void InterventionCommands::addToggle(QMenu& menu, const Intervention& change, unrolled::CellKind cell)
{
    const Intervention* held = holding(m_document.experiment(), change, change.iteration);
    QAction* on = menu.addAction(changeText(change, cell));
    on->setCheckable(true);
    on->setChecked(held != nullptr);
    if (held) {
        on->setToolTip(tr("%1; choose it again to end it at iteration %2")
                           .arg(interventionText(*held, cell), count(change.iteration)));
        connect(on, &QAction::triggered, this, [this, change] { end(change); });
        return;
    }
    connect(on, &QAction::triggered, this, [this, change] { apply(change); });
    QAction* only =
        menu.addAction(tr("%1 in iteration %2 only").arg(changeText(change, cell), count(change.iteration)));
    connect(only, &QAction::triggered, this, [this, change] {
        Intervention once = change;
        once.until = once.iteration + 1;
        apply(once);
    });
}

void InterventionCommands::addNumber(QMenu& menu, const Intervention& change, unrolled::CellKind cell)
{
    Intervention now = change;
    if (now.kind == InterventionKind::Setting)
        now.value = trainingValue(m_document.experiment(), now.iteration, now.set);
    const QString present = settingNumber(std::get<double>(now.value));
    QAction* set = menu.addAction(tr("%1…").arg(changeText(now, cell, false)));
    set->setToolTip(tr("%1 at present").arg(present));
    connect(set, &QAction::triggered, this, [this, now] { ask(now); });
    if (now.kind == InterventionKind::Setting)
        return;
    if (const Intervention* held = holding(m_document.experiment(), now, now.iteration)) {
        QAction* off = menu.addAction(
            tr("End at iteration %1: %2").arg(count(now.iteration), interventionText(*held, cell)));
        connect(off, &QAction::triggered, this, [this, now] { end(now); });
    }
}

void InterventionCommands::ask(const Intervention& change)
{
    if (auto* open = dialog())
        open->deleteLater();
    auto* dialog = new InterventionDialog(change, m_document.experiment(),
                                          m_views.frame().lanes.front().frontier, &m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { apply(dialog->change()); });
    dialog->adjustSize();
    // By the thing, and inside the window.
    QRect place(QCursor::pos() + QPoint(12, 12), dialog->sizeHint());
    const QRect room(m_window.mapToGlobal(QPoint(8, 8)), m_window.size() - QSize(16, 16));
    place.moveRight(std::min(place.right(), room.right()));
    place.moveBottom(std::min(place.bottom(), room.bottom()));
    place.moveLeft(std::max(place.left(), room.left()));
    place.moveTop(std::max(place.top(), room.top()));
    dialog->move(place.topLeft());
    dialog->open();
}

void InterventionCommands::apply(const Intervention& change)
{
    m_document.change(withIntervention(m_document.experiment(), change), changeText(change, cell()));
}

void InterventionCommands::end(const Intervention& thing)
{
    const auto* held = holding(m_document.experiment(), thing, thing.iteration);
    if (!held)
        return;
    const QString text = tr("End: %1").arg(changeText(*held, cell()));
    m_document.change(withEnd(m_document.experiment(), thing, thing.iteration), text);
}

} // namespace ui
