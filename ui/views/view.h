#pragma once

#include "core/gradients/wanted.h"
#include "core/training/experiment.h"
#include "ui/session/frame.h"

#include <QAccessible>
#include <QWidget>

#include <memory>
#include <vector>

class QContextMenuEvent;
class QKeyEvent;
class QPainter;

namespace ui {

/// A view is a function of a frame: it draws, and it requests. It knows no session, no trainer and no other
/// view.
class View : public QWidget
{
    Q_OBJECT
public:
    explicit View(QWidget* parent = nullptr) : QWidget(parent) {}

    const Frame& frame() const { return m_frame; }
    /// Takes a new frame and repaints; `alpha` below 1 while moving.
    void setFrame(const Frame& frame)
    {
        m_frame = frame;
        frameChanged();
        // A screen reader hears what stands, not what moves.
        if (QAccessible::isActive() && frame.alpha >= 1)
            setAccessibleDescription(describe());
    }

    /// The view's name in menus and exports, e.g. "Hidden states".
    virtual QString title() const = 0;
    /// The same where there is no room for all of it.
    virtual QString shortTitle() const { return title(); }
    /// What the picture shows, in words, for a screen reader.
    virtual QString describe() const = 0;
    /// What the view draws of Lane::analyses, which are made only for views on show.
    virtual unrolled::Wanted wanted() const { return {}; }
    /// Whether it shows the gradients of the picked loss alone where one is picked.
    virtual bool showsPickedLoss() const { return false; }
    /// What of the run can be changed at a place of the view, each as it stands now and beginning with the
    /// iteration on show.
    virtual std::vector<unrolled::Intervention> changesAt(const QPoint& place) const;
    /// The same at the keyboard's cursor, and where that is.
    virtual std::vector<unrolled::Intervention> changesAtCursor() const { return changesAt(cursorPlace()); }
    /// The model that a weight or gate there is of, from 0: the experiment's own, which alone can be changed.
    virtual int modelAt(const QPoint&) const { return 0; }
    virtual QPoint cursorPlace() const { return rect().center(); }
    /// Paints the view as it is now into any device, for export and copy; `size` in device-independent
    /// pixels.
    virtual void paintTo(QPainter& painter, const QSize& size) = 0;
    /// Another view that shows the same in the same way: the frame, the letters, the colours and what the
    /// reader has chosen in it. It can be painted on another thread while this one goes on.
    std::unique_ptr<View> twin() const;

    /// Keeps this many pixels at the right end of the head free on screen, for what stands over them.
    void setCornerWidth(int pixels) { m_cornerWidth = pixels; }
    int cornerWidth() const { return m_cornerWidth; }
    /// Whether words about what is under the pointer open beside it; they do.
    void setTips(bool tips) { m_tips = tips; }

signals:
    /// The user pointed at a time step or an iteration: go there.
    void positionRequested(const unrolled::Position& position);
    /// The user picked a cell (t from 1, layer from 0) to look inside.
    void cellRequested(int t, int layer);
    /// The user picked the loss of one step, from 1, to look at alone; 0: all of them.
    void lossPicked(int s);
    /// The user picked a layer, from 0.
    void layerPicked(int layer);
    /// The user asked what of the run can be changed at a place of the screen, where this model stands.
    void changesRequested(const QPoint& global, const std::vector<unrolled::Intervention>& changes,
                          int model);

protected:
    /// A new one of its own kind.
    virtual std::unique_ptr<View> another() const = 0;
    /// Takes over what the reader has chosen in a view of the same kind, which has the same frame.
    virtual void standAs(const View&) {}
    /// Called after m_frame was replaced; the default repaints.
    virtual void frameChanged() { update(); }

    /// Asks for the end of a step of the iteration on show; nothing where there is no step t.
    void requestStep(unrolled::Phase phase, int t);
    /// Words at a place on the screen, until others or none come.
    void showWords(const QPoint& global, const QString& words);
    /// Keys that are the view's own while it has the focus, not shortcuts of the window.
    virtual bool ownsKey(const QKeyEvent&) const { return false; }
    /// A training setting, as it can be changed.
    unrolled::Intervention settingOf(const char* path) const;
    /// A gate (or the h of a cell without gates) of one unit at one step, from 0 and 1, as it is: what can be
    /// clamped. Nothing where the channel is none.
    std::vector<unrolled::Intervention> clampOf(const unrolled::IterationTrace& trace,
                                                std::string_view channel, int layer, int unit, int t) const;
    /// What a step stands for: the connections to it and from it can be cut, its loss silenced. `layer` from
    /// 0.
    std::vector<unrolled::Intervention> changesOfStep(const unrolled::IterationTrace& trace, int layer,
                                                      int t) const;
    /// The connection behind step t, from 0, nothing where there is none to cut; and the loss of step t,
    /// from 1.
    std::vector<unrolled::Intervention> cutOf(const unrolled::IterationTrace& trace, int layer, int t) const;
    std::vector<unrolled::Intervention> silenceOf(const unrolled::IterationTrace& trace, int t) const;
    /// The spectral radius of recurrent weights (of the gates, the largest), as it is: what can be scaled.
    unrolled::Intervention radiusOf(const unrolled::IterationTrace& trace,
                                    const unrolled::ParameterTrace& weights) const;
    /// Whether this is Ctrl with an arrow key of these directions.
    static bool movesCursor(const QKeyEvent& key, Qt::Orientations along);
    bool event(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void requestChanges(const QPoint& global, const std::vector<unrolled::Intervention>& changes,
                        const QPoint& place);

    Frame m_frame;
    bool m_tips = true;
    int m_cornerWidth = 0;
};

} // namespace ui
