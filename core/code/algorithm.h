#pragma once

#include "core/trace/iteration_trace.h"
#include "core/trace/position.h"

#include <string>
#include <vector>

namespace unrolled {

/// A part of a pass, at whatever time step.
struct CodePart
{
    Phase phase;
    PartKind kind;
    int layer = -1;
    int operation = -1;

    bool operator==(const CodePart&) const = default;
};

/// A line of the algorithm as NumPy runs it.
struct CodeLine
{
    std::string text;            ///< without its indentation
    int indent = 0;              ///< in steps of four spaces
    std::vector<CodePart> parts; ///< what of an iteration it does; empty: it prepares or loops
    bool countedOnly = false;    ///< does something at counted steps only
    bool forPrint = false;       ///< keeps what the script prints; no part of the algorithm
};

/// The forward pass, the backward pass, clipping and update of a trace's iteration in NumPy, in the manner of
/// min-char-rnn (Karpathy 2015): each line that runs, and no line that this experiment does not need. Time
/// counts from 0 as in Python: step 1 is t = 0. Names end in the layer's number where there are several.
/// The trace needs its `input`.
std::vector<CodeLine> algorithm(const IterationTrace& trace);

/// A name of a layer's variable in that code: "hs", "hs2".
std::string codeName(const IterationTrace& trace, std::string_view name, int layer);
/// What a layer's step reads of the layer below: "xs[t]", "hs1[t]".
std::string codeInput(const IterationTrace& trace, int layer);
/// What it reads of the step before: "hs[t-1]", or "hp" where cuts decide.
std::string codePrevious(const IterationTrace& trace, std::string_view state, int layer);
/// Where a gate's values are kept: "rs[t]", "fs2[t]".
std::string codeGate(const IterationTrace& trace, char gate, int layer);
/// Whether a gradient passes through a number that a step reads of its own outputs.
bool readsNumbersBack(const IterationTrace& trace);

/// A complete script that runs with Python 3 and NumPy alone: weights, data and the optimizer's memory of
/// this iteration (17 digits), the algorithm, and lines that print the losses, ‖∂L/∂h_t‖ of the watched
/// sequence, the gradients' norms and the update.
std::string numpyScript(const IterationTrace& trace);

} // namespace unrolled
