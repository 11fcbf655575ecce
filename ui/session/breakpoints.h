#pragma once

#include "core/training/trainer.h"

#include <QString>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ui {

/// What training can be stopped by.
enum class BreakpointKind { Vanished, Exploded, Right, Iteration };
constexpr std::size_t breakpointKinds = 4;

struct Breakpoint
{
    bool on = false;
    /// Vanished: ε, which ‖∂L/∂h₁‖ falls under in every layer. Exploded: what the norm of all gradients
    /// exceeds. Right: the share of right answers, 0…1. Iteration: its number.
    double value = 0;

    bool operator==(const Breakpoint&) const = default;
};

/// The user's, and no part of the experiment: they change no number of a run.
struct Breakpoints
{
    std::array<Breakpoint, breakpointKinds> all = {{{false, 1e-8}, {false, 100}, {false, 1}, {false, 100}}};

    Breakpoint& operator[](BreakpointKind kind) { return all[static_cast<std::size_t>(kind)]; }
    const Breakpoint& operator[](BreakpointKind kind) const { return all[static_cast<std::size_t>(kind)]; }
    bool any() const;
    bool operator==(const Breakpoints&) const = default;
};

/// Why training stopped behind an iteration.
struct BreakpointStop
{
    struct Reason
    {
        BreakpointKind kind;
        double measured;
        double limit;
        bool crossed; ///< the iteration before did not meet it; false where that one was not looked at
        QString lane; ///< the name of the model that met it; empty where there is one only
    };
    std::int64_t iteration = 0;
    std::vector<Reason> reasons;
};

/// Looks at one iteration of a model after the other. A condition fires when it becomes true, not while it
/// stays so.
class BreakpointWatch
{
public:
    /// Conditions that stay as they are keep what they have seen.
    void set(const Breakpoints& breakpoints);
    /// After an iteration of the trainer; `sequence` is the watched one of the batch.
    std::optional<BreakpointStop> look(const unrolled::IterationSummary& summary,
                                       const unrolled::Trainer& trainer, int sequence);

private:
    Breakpoints m_breakpoints;
    std::array<bool, breakpointKinds> m_met{}; ///< at the iteration looked at last
    std::array<bool, breakpointKinds> m_known{};
    std::int64_t m_last = -1;
};

/// Where an iteration met a breakpoint: where training stopped, in a step by hand that went on, or the first
/// one in a search of what is trained.
enum class BreakpointMet { Stopped, Passed, Found };

/// One line for people: what was met, with its number.
QString inWords(const BreakpointStop& stop, BreakpointMet met = BreakpointMet::Stopped);

} // namespace ui
