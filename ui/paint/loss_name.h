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

// Which loss's gradients a pane shows, in the words of all panes.

/// "the whole loss L", or "the picked loss L₂".
QString lossWords(int picked);
/// "gradient of the whole loss L", or "gradient of the picked loss L₂".
QString gradientWords(int picked);
/// Of the one loss whose way back is shown: "gradient of the last loss L₄", "… the only loss L₄", "… the
/// picked loss L₂".
QString gradientWords(const unrolled::Analyses& analyses);
/// The same without its beginning: "the last loss L₄".
QString lossWords(const unrolled::Analyses& analyses);

} // namespace ui
