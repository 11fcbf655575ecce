#pragma once

#include "ui/session/frame.h"

#include <QString>
#include <vector>

namespace ui {

/// Shows one loss on its way back alone: puts its gradients in the place of those of L. Keeps what it has
/// worked out last.
class PickedLoss
{
public:
    /// The frame with the loss of step s (from 1) picked, or none where s is no counted step of the front
    /// model; `pickedLoss` says so.
    static Frame picked(const Frame& frame, int s);
    /// The frame with the gradients of its picked loss alone, of all models; the frame itself where none is
    /// picked.
    Frame alone(const Frame& frame);
    /// The picked loss, or L: "L_{4}".
    static QString symbol(const Frame& frame);

private:
    unrolled::TracePtr alone(const unrolled::TracePtr& trace, int s);

    struct Known
    {
        unrolled::TracePtr of, alone;
        int loss;
    };
    std::vector<Known> m_known, m_before;
};

} // namespace ui
