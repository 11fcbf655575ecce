#pragma once

namespace unrolled {

/// What of a trace's gradients somebody looks at, so that nothing else is computed.
struct Wanted
{
    bool analyses = false; ///< what all of Analyses has
    bool ellipses = false; ///< Analyses::ellipses, which take longest
    bool updates = false;  ///< TraceAnalysis::updates

    bool operator==(const Wanted&) const = default;
    Wanted operator|(const Wanted& other) const
    {
        return {analyses || other.analyses, ellipses || other.ellipses, updates || other.updates};
    }
};

} // namespace unrolled
