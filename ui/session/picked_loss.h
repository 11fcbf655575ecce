#pragma once

#include "ui/session/frame.h"
#include "ui/session/newest.h"

#include <QObject>
#include <optional>
#include <vector>

namespace ui {

/// Shows one loss on its way back alone: puts its gradients in the place of those of L. They are worked out
/// on a thread of its own; those of the last frame are kept.
class PickedLoss : public QObject
{
    Q_OBJECT
public:
    explicit PickedLoss(QObject* parent = nullptr);

    /// The frame with the loss of step s (from 1) picked, or none where s is no counted step of the front
    /// model; `pickedLoss` says so.
    static Frame picked(const Frame& frame, int s);
    /// The frame with the gradients of its picked loss alone, of all models; the frame itself where none is
    /// picked. Nothing where they are not known yet: ready() brings them.
    std::optional<Frame> alone(const Frame& frame);
    static Frame aloneNow(const Frame& frame); ///< the same in this thread, for pictures
    /// Blocks until what was asked for has come; for tests.
    void wait() { m_newest.wait(); }

signals:
    /// A frame that was asked for; while a run trains it may be behind the last one.
    void ready(const ui::Frame& alone);

private:
    struct Known
    {
        unrolled::TracePtr of;
        int loss;
        unrolled::TracePtr alone; ///< null where it is not worked out yet
    };
    struct Order
    {
        Frame frame;
        std::vector<Known> passes; ///< all that the frame needs

        bool operator==(const Order& other) const;
    };

    static Order need(const Frame& frame, const std::vector<Known>& known);
    static Order worked(Order order);
    static Frame put(const Frame& frame, const std::vector<Known>& passes);

    std::vector<Known> m_known;
    Newest<Order, Order> m_newest;
};

} // namespace ui
