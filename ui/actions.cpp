#include "ui/actions.h"

#include "core/trace/position.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextEdit>

namespace ui {

using unrolled::StepSize;

namespace {

QAction* make(QWidget* window, const QString& text, const QList<QKeySequence>& keys, const QString& tip)
{
    auto* action = new QAction(text, window);
    action->setShortcuts(keys);
    QString shown = tip;
    if (!keys.isEmpty())
        shown += QStringLiteral(" (%1)").arg(keys.front().toString(QKeySequence::NativeText));
    action->setToolTip(shown);
    action->setStatusTip(tip);
    return action;
}

QActionGroup* group(QWidget* window, const QString& hint)
{
    auto* made = new QActionGroup(window);
    made->setExclusive(true);
    made->setProperty("hint", hint);
    return made;
}

QAction* choice(QActionGroup* group, QWidget* window, const QString& text, const QString& brief,
                const QString& tip, const QVariant& value)
{
    QAction* action = make(window, text, {}, tip);
    action->setCheckable(true);
    action->setData(value);
    action->setProperty("short", brief);
    group->addAction(action);
    return action;
}

} // namespace

Actions::Actions(QWidget* window)
{
    const auto plain = [window](const char* text, const QList<QKeySequence>& keys, const char* tip) {
        return make(window, tr(text), keys, tr(tip));
    };
    open = plain(QT_TR_NOOP("&Open…"), {QKeySequence::Open}, QT_TR_NOOP("Open an experiment from a file"));
    save = plain(QT_TR_NOOP("&Save"), {QKeySequence::Save}, QT_TR_NOOP("Save the experiment"));
    saveAs = plain(QT_TR_NOOP("Save &as…"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S)},
                   QT_TR_NOOP("Save the experiment under another name"));
    exportPicture = plain(QT_TR_NOOP("&Export this view as a picture…"), {QKeySequence(Qt::CTRL | Qt::Key_E)},
                          QT_TR_NOOP("Save the view used last as SVG, PDF or PNG"));
    quit = plain(QT_TR_NOOP("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, QT_TR_NOOP("Close the program"));
    quit->setMenuRole(QAction::QuitRole);

    undo = plain(QT_TR_NOOP("&Undo"), {QKeySequence::Undo},
                 QT_TR_NOOP("Take back the last change of the experiment"));
    redo = plain(QT_TR_NOOP("&Redo"),
                 {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)},
                 QT_TR_NOOP("Make the change again"));
    copyView = plain(QT_TR_NOOP("&Copy this view as a picture"), {QKeySequence::Copy},
                     QT_TR_NOOP("Copy the view used last to the clipboard"));
    copyScript = plain(QT_TR_NOOP("Copy as Nu&mPy script"), {},
                       QT_TR_NOOP("Copy a script that prints the numbers of this iteration with NumPy"));
    newSeed = plain(QT_TR_NOOP("&New seed"), {QKeySequence(Qt::Key_N)},
                    QT_TR_NOOP("Start again from other random weights"));
    settings = plain(QT_TR_NOOP("E&xperiment"), {QKeySequence(Qt::CTRL | Qt::Key_Comma)},
                     QT_TR_NOOP("Show or hide the panel Experiment, where all settings stand"));
    settings->setCheckable(true);

    playPause = plain(QT_TR_NOOP("&Play or pause"), {QKeySequence(Qt::Key_Space)},
                      QT_TR_NOOP("Play from here, or pause"));
    stepForward = plain(QT_TR_NOOP("Step &forward"), {QKeySequence(Qt::Key_Right)},
                        QT_TR_NOOP("One step on, of the size chosen"));
    stepBack = plain(QT_TR_NOOP("Step &back"), {QKeySequence(Qt::Key_Left)},
                     QT_TR_NOOP("One step back, of the size chosen"));
    stepForwardTime = plain(QT_TR_NOOP("Next &time step"), {QKeySequence(Qt::SHIFT | Qt::Key_Right)},
                            QT_TR_NOOP("On to the end of this or the next time step"));
    stepBackTime = plain(QT_TR_NOOP("Previous time step"), {QKeySequence(Qt::SHIFT | Qt::Key_Left)},
                         QT_TR_NOOP("Back to the end of the time step before"));
    stepForwardPass =
        plain(QT_TR_NOOP("To the &end of the pass"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Right)},
              QT_TR_NOOP("All the way through the forward or the backward pass"));
    stepBackPass =
        plain(QT_TR_NOOP("Back to the pass before"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Left)},
              QT_TR_NOOP("Back to the end of the pass before"));
    stepForwardIteration = plain(QT_TR_NOOP("Next &iteration"), {QKeySequence(Qt::CTRL | Qt::Key_Right)},
                                 QT_TR_NOOP("The same place in the next iteration"));
    stepBackIteration = plain(QT_TR_NOOP("Previous iteration"), {QKeySequence(Qt::CTRL | Qt::Key_Left)},
                              QT_TR_NOOP("The same place in the iteration before"));
    reset = plain(QT_TR_NOOP("&Reset to the start"), {QKeySequence(Qt::Key_R), QKeySequence(Qt::Key_Home)},
                  QT_TR_NOOP("Back to iteration 0 with the very same initial weights"));
    toEnd = plain(QT_TR_NOOP("&Last iteration"), {QKeySequence(Qt::Key_End)},
                  QT_TR_NOOP("The last iteration trained"));
    goToIteration = plain(QT_TR_NOOP("&Go to iteration…"), {QKeySequence(Qt::CTRL | Qt::Key_G)},
                          QT_TR_NOOP("Type the number of an iteration"));
    train = plain(QT_TR_NOOP("Train at full &speed"), {QKeySequence(Qt::Key_T)},
                  QT_TR_NOOP("Train to the planned end without animation, or stop"));

    breakpoints = plain(QT_TR_NOOP("Brea&kpoints…"), {QKeySequence(Qt::CTRL | Qt::Key_B)},
                        QT_TR_NOOP("Choose what training is to stop at"));

    reduceMotion =
        plain(QT_TR_NOOP("Reduce &motion"), {}, QT_TR_NOOP("Show each step at once, without movement"));
    reduceMotion->setCheckable(true);
    fullScreen =
        plain(QT_TR_NOOP("&Full screen"), {QKeySequence(Qt::Key_F11)}, QT_TR_NOOP("Fill the screen, or not"));
    fullScreen->setCheckable(true);
    present = plain(QT_TR_NOOP("Presentat&ion"), {QKeySequence(Qt::Key_F5)},
                    QT_TR_NOOP("Show the network alone, large, for a projector; Escape ends it"));
    witness =
        plain(QT_TR_NOOP("Compare with central &differences…"), {QKeySequence(Qt::Key_W)},
              QT_TR_NOOP("Check the gradient on show: move each unit a little and see what the loss does"));
    watchNext = plain(QT_TR_NOOP("Watch the ne&xt sequence of the batch"), {QKeySequence(Qt::Key_PageDown)},
                      QT_TR_NOOP("Show the next sequence of this iteration's batch"));
    watchPrevious = plain(QT_TR_NOOP("Watch the previous sequence"), {QKeySequence(Qt::Key_PageUp)},
                          QT_TR_NOOP("Show the sequence before in this iteration's batch"));
    compareCells =
        plain(QT_TR_NOOP("&RNN, GRU and LSTM"), {QKeySequence(Qt::CTRL | Qt::Key_L)},
              QT_TR_NOOP("Train the other two cells beside this one, in lockstep, on the same task, "
                         "data and seed, with as many hidden units"));
    compareCounts =
        plain(QT_TR_NOOP("RNN, GRU and LSTM with about as many &parameters"),
              {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L)},
              QT_TR_NOOP("The same with hidden sizes that give each model about as many parameters"));
    compareValues = plain(QT_TR_NOOP("&Values of a setting…"), {},
                          QT_TR_NOOP("Train the same model with other values of one setting beside it"));
    compareNothing = plain(QT_TR_NOOP("&One model only"), {}, QT_TR_NOOP("End the comparison"));
    nextLane = plain(QT_TR_NOOP("&Next model to the front"), {QKeySequence(Qt::Key_L)},
                     QT_TR_NOOP("Show the next of the compared models in the views of one model"));
    firstLane =
        plain(QT_TR_NOOP("Put the model in front &first"), {},
              QT_TR_NOOP("Make it the experiment's own model, whose weights and gates can be changed; "
                         "the others stay beside it"));
    ghost = plain(QT_TR_NOOP("Run wit&hout the changes"), {},
                  QT_TR_NOOP("Draw behind the curves how the run would be without your interventions"));
    ghost->setCheckable(true);
    ghost->setChecked(true);
    lossAlone = plain(QT_TR_NOOP("One &loss alone"), {QKeySequence(Qt::Key_A)},
                      QT_TR_NOOP("Follow the gradient of the last loss alone, then of those before, then of "
                                 "all together again"));
    help = plain(QT_TR_NOOP("&Keyboard and first steps"), {QKeySequence(Qt::Key_F1)},
                 QT_TR_NOOP("How to use the window, and all shortcuts"));
    about = plain(QT_TR_NOOP("&About Unrolled"), {}, QT_TR_NOOP("Version and licence"));
    about->setMenuRole(QAction::AboutRole);

    for (int step = 1; step <= 9; ++step) {
        cells << make(window, Actions::tr("Step %1").arg(step), {QKeySequence(Qt::Key_0 + step)},
                      Actions::tr("Look inside the cell of step %1").arg(step));
    }

    followCell = plain(QT_TR_NOOP("The step at &work"), {QKeySequence(Qt::Key_F)},
                       QT_TR_NOOP("Look inside the cell that is at work, and follow it"));

    memory = group(window, Actions::tr("How much the past of a run may take"));
    for (const int megabytes : {64, 128, 256, 512, 1024, 2048})
        choice(memory, window, Actions::tr("%1 MB").arg(megabytes), {},
               Actions::tr("Keep at most %1 MB of past iterations; what is dropped is computed again")
                   .arg(megabytes),
               megabytes)
            ->setChecked(megabytes == 256);

    arrangement = group(window, Actions::tr("How the window is arranged"));
    const auto arranged = [&](const QString& text, const QString& name, Qt::Key key, const QString& tip) {
        const QKeySequence keys(Qt::CTRL | key);
        QAction* made = choice(arrangement, window, text, name, tip, arrangement->actions().size());
        made->setShortcut(keys);
        made->setToolTip(QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
        return made;
    };
    arranged(Actions::tr("Arrangement: &Step"), Actions::tr("Step"), Qt::Key_1,
             Actions::tr("Step through an iteration: the network, a cell, its states"))
        ->setChecked(true);
    arranged(Actions::tr("Arrangement: &Gradients"), Actions::tr("Gradients"), Qt::Key_2,
             Actions::tr("Look at the gradients of the iteration: which loss reaches how far back, and why"));
    arranged(Actions::tr("Arrangement: &Compare"), Actions::tr("Compare"), Qt::Key_3,
             Actions::tr("Look at several models side by side, on the same task, data and seed"));

    stepSize = group(window, Actions::tr("How far one step goes"));
    const auto size = [&](const char* text, const char* brief, const char* tip, StepSize value) {
        return choice(stepSize, window, tr(text), tr(brief), tr(tip), static_cast<int>(value));
    };
    size(QT_TR_NOOP("By &operation"), QT_TR_NOOP("by operation"),
         QT_TR_NOOP("One operation of a cell at a time"), StepSize::Operation);
    size(QT_TR_NOOP("By &time step"), QT_TR_NOOP("by time step"), QT_TR_NOOP("A whole cell at a time"),
         StepSize::TimeStep)
        ->setChecked(true);
    size(QT_TR_NOOP("By &pass"), QT_TR_NOOP("by pass"),
         QT_TR_NOOP("The whole forward or backward pass at a time"), StepSize::Pass);
    size(QT_TR_NOOP("By &iteration"), QT_TR_NOOP("by iteration"), QT_TR_NOOP("A whole iteration at a time"),
         StepSize::Iteration);

    speed = group(window, Actions::tr("How fast playing goes"));
    for (const double value : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0}) {
        const QString text = Actions::tr("%1× speed").arg(value);
        QAction* made = choice(speed, window, text, text,
                               Actions::tr("Play at %1 times the normal speed").arg(value), value);
        if (value == 1.0)
            made->setChecked(true);
    }

    appearance = group(window, Actions::tr("Light or dark"));
    choice(appearance, window, Actions::tr("As the &system"), {},
           Actions::tr("Light or dark as the desktop is set"), 0)
        ->setChecked(true);
    choice(appearance, window, Actions::tr("&Light"), {}, Actions::tr("Dark on light"), 1);
    choice(appearance, window, Actions::tr("&Dark"), {}, Actions::tr("Light on dark"), 2);
}

ShortcutGuard::ShortcutGuard(QWidget* window) : QObject(window), m_window(window)
{
    qApp->installEventFilter(this);
}

bool ShortcutGuard::eventFilter(QObject* object, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride)
        return false;
    const auto* widget = qobject_cast<QWidget*>(object);
    if (!widget || widget->window() != m_window || widget != QApplication::focusWidget())
        return false;
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return false;
    const int code = key->key();
    const bool printable = !key->text().isEmpty() && key->text().front().isPrint();
    bool wanted = false;
    if (qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
        qobject_cast<const QTextEdit*>(widget) || qobject_cast<const QPlainTextEdit*>(widget))
        wanted = printable || code == Qt::Key_Left || code == Qt::Key_Right || code == Qt::Key_Home ||
                 code == Qt::Key_End || code == Qt::Key_PageUp || code == Qt::Key_PageDown;
    else if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
        wanted =
            code == Qt::Key_Space || (button->group() && (code == Qt::Key_Left || code == Qt::Key_Right));
    else if (qobject_cast<const QAbstractSlider*>(widget))
        wanted = code == Qt::Key_PageUp || code == Qt::Key_PageDown;
    else if (qobject_cast<const QComboBox*>(widget) || qobject_cast<const QAbstractItemView*>(widget))
        wanted = printable || code == Qt::Key_Home || code == Qt::Key_End || code == Qt::Key_PageUp ||
                 code == Qt::Key_PageDown;
    if (wanted)
        event->accept();
    return wanted;
}

} // namespace ui
