#pragma once

#include <QString>

namespace unrolled {
struct LaneExperiment;
}

namespace ui {

/// A lane as the window calls it: "LSTM", or what else sets it apart.
QString laneName(const unrolled::LaneExperiment& lane);

} // namespace ui
