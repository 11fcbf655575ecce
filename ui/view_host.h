#pragma once

#include "ui/session/analyst.h"
#include "ui/session/picked_loss.h"
#include "ui/views/view.h"

#include <QObject>
#include <QTimer>
#include <vector>

class QAction;

namespace ui {

/// Gives every view the newest frame: at once where it is on show, else when it comes on show. Has the
/// frame's trace analysed while a view that draws it is on show, and holds which loss and layer are picked.
/// Knows which view was used last, and tells assistive technology what the views show when the playback
/// rests.
class ViewHost : public QObject
{
    Q_OBJECT
public:
    struct Entry
    {
        QString id; ///< stable, for settings
        View* view;
    };

    explicit ViewHost(QObject* parent = nullptr);

    void add(const QString& id, View* view);
    const std::vector<Entry>& entries() const { return m_entries; }
    void setFrame(const Frame& frame);
    View* current() const;
    View* find(const QString& id) const;
    /// What the views see at present.
    const Frame& frame() const { return m_frame; }
    /// The same as the views of the network see it: with the picked loss alone, where one is picked. The last
    /// one until that is worked out.
    const Frame& shown() const { return m_shown; }
    /// What a view that is not on show would see where others see this, with all that it wants to know. Works
    /// it out at once, on any thread; throws unrolled::Cancelled where `goOn` calls it off.
    static Frame frameFor(const View& view, const Frame& seen, const unrolled::GoOn& goOn = {});
    void pickLoss(int s);
    void pickLayer(int layer);
    /// Blocks until the views have all that is worked out for them; for tests and benchmarks.
    void wait();

    bool eventFilter(QObject* object, QEvent* event) override;

signals:
    void positionRequested(const unrolled::Position& position);
    void cellRequested(int t, int layer);
    void changesRequested(const QPoint& global, const std::vector<unrolled::Intervention>& changes,
                          int model);
    void shownChanged(const ui::Frame& shown);

private:
    void forget(const View* view);
    void describe();
    void show(bool analysesOnly);
    void takeAlone(const Frame& frame);
    void requestAnalyses();
    void takeAnalyses(const AnalysesPtr& analyses);
    unrolled::Wanted wanted() const; ///< by the views on show
    bool analysesFit() const;

    std::vector<Entry> m_entries;
    std::vector<bool> m_stale;
    Frame m_frame;
    Frame m_shown; ///< see shown()
    PickedLoss m_alone;
    View* m_current = nullptr;
    QTimer m_rest;
    AnalysesPtr m_analyses; ///< the last ones
    int m_pickedLoss = 0;
    int m_pickedLayer = -1; ///< -1: the top one
    QTimer m_patience;      ///< until the views say that they wait
    Analyst m_analyst;
};

} // namespace ui
