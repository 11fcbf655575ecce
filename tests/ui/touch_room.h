#pragma once

#include "room.h"

#include "core/gradients/matrix_spectrum.h"
#include "ui/panels/form.h"
#include "ui/panels/intervention_dialog.h"

#include <QComboBox>
#include <QContextMenuEvent>
#include <QMenu>
#include <algorithm>
#include <cstring>

using namespace ui;
using namespace unrolled;

inline constexpr std::int64_t here = 4; // the iteration at which the tests change the run

/// A window that stands at the end of an iteration.
class TouchRoom : public Room
{
public:
    explicit TouchRoom(CellKind kind = CellKind::Rnn)
    {
        Experiment experiment = window->document().experiment();
        experiment.model.cell.kind = kind;
        window->take(experiment);
        settle();
        goTo(here);
    }

    void goTo(std::int64_t iteration)
    {
        window->playback().setPosition(window->session().ticks().endOfIteration(iteration));
        settle();
    }
    TracePtr traceAt(std::int64_t iteration)
    {
        goTo(iteration);
        return window->playback().frame().lane().trace;
    }
    template<class T>
    T* view(const char* id)
    {
        auto* found = qobject_cast<T*>(window->views().find(QLatin1String(id)));
        found->setFrame(window->playback().frame());
        return found;
    }
    const std::vector<Intervention>& interventions() const
    {
        return window->session().experiment().interventions;
    }

    static void rightClick(View* view, const QPoint& place)
    {
        QContextMenuEvent event(QContextMenuEvent::Mouse, place, view->mapToGlobal(place));
        QApplication::sendEvent(view, &event);
    }
    QStringList offered() const
    {
        QStringList texts;
        for (const QMenu* menu : window->findChildren<QMenu*>(QStringLiteral("changes"))) {
            for (const QAction* action : menu->actions())
                texts << action->text();
        }
        return texts;
    }
    /// Picks an entry of the menu that is open.
    bool pick(const QString& text)
    {
        for (QMenu* menu : window->findChildren<QMenu*>(QStringLiteral("changes"))) {
            for (QAction* action : menu->actions()) {
                if (action->text() != text)
                    continue;
                action->trigger();
                menu->close();
                QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
                settle();
                return true;
            }
        }
        return false;
    }
    void closeMenu() const
    {
        for (QMenu* menu : window->findChildren<QMenu*>(QStringLiteral("changes")))
            menu->close();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    InterventionDialog* dialog() const { return window->findChild<InterventionDialog*>(); }
    /// Types a number into the dialog, and Return.
    void enter(const QString& number)
    {
        auto* edit = dialog()->findChild<NumberEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, number);
        QTest::keyClick(edit, Qt::Key_Return);
        settle();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    QComboBox* choice(const QString& name) const
    {
        for (auto* box : dialog()->findChildren<QComboBox*>()) {
            if (box->accessibleName() == name)
                return box;
        }
        return nullptr;
    }
};

/// Whether every number of two traces is the same to the last bit.
inline bool same(const IterationTrace& a, const IterationTrace& b)
{
    const auto bits = [](const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) {
        return x.rows() == y.rows() && x.cols() == y.cols() &&
               std::equal(x.data(), x.data() + x.size(), y.data(),
                          [](double p, double q) { return std::memcmp(&p, &q, sizeof p) == 0; });
    };
    if (a.iteration != b.iteration || a.layers.size() != b.layers.size() ||
        a.parameters.size() != b.parameters.size() || !(a.edits == b.edits))
        return false;
    for (std::size_t l = 0; l < a.layers.size(); ++l) {
        for (std::size_t k = 0; k < a.layers[l].channels.size(); ++k) {
            if (!bits(a.layers[l].channels[k].value, b.layers[l].channels[k].value) ||
                !bits(a.layers[l].channels[k].gradient, b.layers[l].channels[k].gradient))
                return false;
        }
    }
    for (std::size_t k = 0; k < a.parameters.size(); ++k) {
        if (!bits(a.parameters[k].before, b.parameters[k].before) ||
            !bits(a.parameters[k].clippedGradient, b.parameters[k].clippedGradient) ||
            !bits(a.parameters[k].after, b.parameters[k].after))
            return false;
    }
    return a.loss == b.loss;
}

inline const Eigen::MatrixXd& recurrent(const IterationTrace& trace)
{
    return trace.parameter(ParameterRole::RecurrentWeight, 0).before;
}
