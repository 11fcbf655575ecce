#pragma once

#include "core/gradients/analyses.h"
#include "tests/ui/plot_frames.h"

/// A run's frame with its gradients analysed; `picked` as in Frame::pickedLoss.
inline ui::Frame analysed(const unrolled::Experiment& experiment, int picked = 0, std::int64_t iteration = 3)
{
    ui::Frame frame = frameOf(experiment, iteration);
    frame.pickedLoss = picked;
    frame.pickedLayer = static_cast<int>(frame.trace().layers.size()) - 1;
    frame.lanes.front().analyses =
        unrolled::analyse(unrolled::analyse(frame.lane().trace), picked, {true, true, true});
    return frame;
}

inline unrolled::Experiment echo(unrolled::CellKind cell, int length, int units = 5)
{
    unrolled::Experiment experiment = experimentOf(cell, "echo", length);
    experiment.model.hidden = {units};
    return experiment;
}

template<typename V>
void showIn(V& view, const ui::Frame& frame, const QSize& size = {900, 260})
{
    view.resize(size);
    view.setFrame(frame);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
}
