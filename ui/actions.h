#pragma once

#include <QCoreApplication>
#include <QList>
#include <QObject>

class QAction;
class QActionGroup;
class QWidget;

namespace ui {

/// Every command of the window, with its words, shortcut and tooltip. The window connects them and puts each
/// into a menu.
struct Actions
{
    Q_DECLARE_TR_FUNCTIONS(Actions)

public:
    explicit Actions(QWidget* window);

    QAction *open, *save, *saveAs, *exportPicture, *quit;
    QAction *undo, *redo, *copyView, *copyScript, *newSeed, *settings;
    QAction *playPause, *stepForward, *stepBack, *stepForwardTime, *stepBackTime, *stepForwardPass,
        *stepBackPass, *stepForwardIteration, *stepBackIteration, *reset, *toEnd, *goToIteration, *train,
        *breakpoints;
    QAction *reduceMotion, *fullScreen, *present, *witness, *watchNext, *watchPrevious;
    QAction *compareCells, *compareCounts, *compareValues, *compareNothing, *nextLane, *firstLane, *ghost,
        *lossAlone;
    QAction *help, *about, *followCell;
    QList<QAction*> cells;     ///< look inside the cell of step 1…9
    QActionGroup* arrangement; ///< of the window; data(): which of Arrangements
    QActionGroup* stepSize;    ///< in the order of unrolled::StepSize; data(): the value
    QActionGroup* speed;       ///< data(): the speed
    QActionGroup* memory;      ///< data(): megabytes for the past of a run
    QActionGroup* appearance;  ///< in the order of Appearance
};

/// Lets keys that mean something to the focused control reach it before the window's one-key shortcuts: the
/// space bar presses a button that has the focus, letters find entries of a list, and text fields get
/// everything.
class ShortcutGuard : public QObject
{
    Q_OBJECT
public:
    explicit ShortcutGuard(QWidget* window);
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QWidget* m_window;
};

} // namespace ui
