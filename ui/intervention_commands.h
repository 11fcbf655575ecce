#pragma once

#include "core/training/experiment.h"

#include <QObject>
#include <vector>

class QMenu;
class QPoint;
class QWidget;

namespace ui {

class Document;
class InterventionDialog;
class Playback;
class ViewHost;

/// Changes of the run from the place where a thing is drawn: a menu of what can be done to it, a small dialog
/// where that takes a number, and an undoable change of the experiment.
class InterventionCommands : public QObject
{
    Q_OBJECT
public:
    InterventionCommands(QWidget& window, ViewHost& views, Document& document, Playback& playback);

    /// What can be changed at the keyboard's cursors of the views on show, and everywhere.
    QMenu* menu(QWidget* parent);
    /// The dialog that is open; null where none is.
    InterventionDialog* dialog() const;

signals:
    /// A model of the comparison is to be changed: it has to be the experiment's own.
    void firstModelWanted(int model);

private:
    void offer(const QPoint& global, const std::vector<unrolled::Intervention>& changes, int model);
    /// As a model with this cell has it.
    void fill(QMenu& menu, const std::vector<unrolled::Intervention>& changes, unrolled::CellKind cell);
    void addFirst(QMenu& menu, int model);
    void addToggle(QMenu& menu, const unrolled::Intervention& change, unrolled::CellKind cell);
    void addNumber(QMenu& menu, const unrolled::Intervention& change, unrolled::CellKind cell);
    void fillForCursor(QMenu& menu);
    void ask(const unrolled::Intervention& change);
    void apply(const unrolled::Intervention& change);
    void end(const unrolled::Intervention& thing);
    unrolled::CellKind cell() const;
    unrolled::Intervention setting(const char* path) const;

    QWidget& m_window;
    ViewHost& m_views;
    Document& m_document;
    Playback& m_playback;
};

} // namespace ui
