#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace unrolled {

/// Truncated back-propagation through time: whether a border lies between step t and step t+1 of a sequence;
/// t = 0 is the initial state. k > 0: no gradient goes back over every k-th row of the plan, counted from its
/// start, whether the sequence takes that row or skips it. k = 0: there are no borders. `rows` has the plan's
/// row of each step, from 1; it is empty where the steps are the rows.
inline bool isBorder(int k, const std::vector<int>& rows, int t)
{
    if (k <= 0)
        return false;
    const int steps = static_cast<int>(rows.size());
    const auto rowOf = [&](int step) {
        if (steps == 0 || step == 0)
            return step;
        // Behind the last step nothing is skipped.
        return step <= steps ? rows[static_cast<std::size_t>(step - 1)] : rows.back() + step - steps;
    };
    // Is one of the rows from that of step t up to the one before that of step t+1 a multiple of k?
    return (rowOf(t + 1) - 1) / k > std::max(0, rowOf(t) - 1) / k;
}

} // namespace unrolled
