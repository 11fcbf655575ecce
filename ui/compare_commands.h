#pragma once

#include "core/files/comparison.h"

#include <QObject>
#include <QString>
#include <functional>
#include <vector>

class QSettings;
class QWidget;

namespace ui {

struct Actions;
class ComparisonView;
class Document;
class Playback;
class Session;

/// Comparing models in the window: what is compared, which model is in front, and whether the run without the
/// user's changes is drawn behind.
class CompareCommands : public QObject
{
    Q_OBJECT
public:
    /// `show` brings the arrangement that compares on show.
    CompareCommands(QWidget& window, Actions& actions, QSettings& settings, Document& document,
                    Session& session, Playback& playback, const ComparisonView& view,
                    std::function<void()> show);

    /// The model in front as an experiment of its own.
    const unrolled::Experiment& front() const;
    /// Brings the lane of this cell to the front; false where there is none.
    bool bringToFront(unrolled::CellKind kind);
    /// Makes another model of the comparison, from 0, the experiment's own.
    void putFirst(int lane);

signals:
    void frontChanged();
    void told(const QString& words);

private:
    void compare(const unrolled::Experiment& compared, const QString& text);
    void compareCells(unrolled::Matching matching);
    void compareValues();
    void follow();
    void bring(int lane);

    QWidget& m_window;
    Actions& m_actions;
    Document& m_document;
    Session& m_session;
    Playback& m_playback;
    std::function<void()> m_show;
    std::vector<unrolled::LaneExperiment> m_lanes;
};

} // namespace ui
