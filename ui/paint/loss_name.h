#pragma once

#include "ui/session/frame.h"

#include <QString>

namespace ui {

// What the loss is called of which gradients are shown: L, or the picked loss of one step.

/// As mathematics, of a step from 1: "L_{4}"; of 0: "L".
QString lossSymbol(int s);
QString lossSymbol(const Frame& frame); ///< of its picked loss
/// As plain text: "L₄", "L".
QString lossName(int s);
QString lossName(const Frame& frame);
/// Mathematics with the loss of a step in the place of L: "∂L_{4}/∂h_t" of "∂L/∂h_t".
QString withLossSymbol(QString math, int s);
/// The same with plain text: "∂L₄/∂h".
QString withLossName(QString text, int s);

} // namespace ui
