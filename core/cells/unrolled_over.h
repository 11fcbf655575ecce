#pragma once

#include <Eigen/Core>
#include <type_traits>

namespace unrolled {

/// Calls `loops` with a number of rows, as a constant where it is that of a first example: one to four units
/// in one, three or four stacked gates. Loops over it are then unrolled, and sums stay in registers.
template<class Loops>
void unrolledOver(Eigen::Index rows, Loops&& loops)
{
    switch (rows) {
    case 2:
        return loops(std::integral_constant<int, 2>{});
    case 3:
        return loops(std::integral_constant<int, 3>{});
    case 4:
        return loops(std::integral_constant<int, 4>{});
    case 6:
        return loops(std::integral_constant<int, 6>{});
    case 8:
        return loops(std::integral_constant<int, 8>{});
    case 9:
        return loops(std::integral_constant<int, 9>{});
    case 12:
        return loops(std::integral_constant<int, 12>{});
    default:
        return loops(rows);
    }
}

} // namespace unrolled
