#pragma once

#include "ui/views/view.h"

#include <QObject>
#include <QTimer>
#include <vector>

class QAction;

namespace ui {

/// Gives every view the newest frame: at once where it is on show, else when it comes on show. Knows which
/// view was used last, and tells assistive technology what the views show when the playback rests.
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

    bool eventFilter(QObject* object, QEvent* event) override;

signals:
    void positionRequested(const unrolled::Position& position);
    void cellRequested(int t, int layer);

private:
    void describe();

    std::vector<Entry> m_entries;
    std::vector<bool> m_stale;
    Frame m_frame;
    View* m_current = nullptr;
    QTimer m_rest;
};

} // namespace ui
