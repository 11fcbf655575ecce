#pragma once

#include <QString>

namespace unrolled {
struct IterationTrace;
}

namespace ui {

struct Lane;

// What a comparison tells of a model that has a trace, in words: its size and cost, and how far it is.

QString textOfUnits(const Lane& lane); ///< "3", or "4, 3" of two layers
QString textOfParameters(const Lane& lane);
QString textOfProducts(const Lane& lane); ///< multiply–adds of a time step
QString textOfTime(const Lane& lane);     ///< of an update: "0.96 µs"; "—" where nothing was measured
QString textOfLoss(const Lane& lane);
QString textOfAccuracy(const Lane& lane);
/// From which iteration on all is right, as it stands at the one on show: "1 200", "27, so far", "—"
QString textOfSolved(const Lane& lane);

/// Why no gradient goes back from step t+1 to step t, from 1; empty where one does.
QString textOfStop(const unrolled::IterationTrace& trace, int layer, int t);

} // namespace ui
