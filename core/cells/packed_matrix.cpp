#include "core/cells/packed_matrix.h"

#include <algorithm>

namespace unrolled {

namespace {

using Eigen::Index;
using Packet = Eigen::internal::packet_traits<double>::type;
constexpr Index packetRows = Eigen::internal::packet_traits<double>::size;
constexpr Index panelRows = 3 * packetRows;

/// out = or += panel·x for `Packets` packets of rows and `Columns` columns, held in registers.
template<bool Add, int Packets, int Columns>
void takeTile(const double* panel, const double* x, Index stride, Index depth, double* out, Index outStride)
{
    using namespace Eigen::internal;
    // Without the pragmas the sums pass through the stack at both ends.
    Packet sums[Packets][Columns];
#pragma GCC unroll 4
    for (int p = 0; p < Packets; ++p) {
#pragma GCC unroll 4
        for (int j = 0; j < Columns; ++j)
            sums[p][j] = pset1<Packet>(0.0);
    }
    for (Index k = 0; k < depth; ++k) {
        Packet left[Packets];
        for (int p = 0; p < Packets; ++p)
            left[p] = pload<Packet>(panel + p * packetRows);
        for (int j = 0; j < Columns; ++j) {
            const Packet right = pset1<Packet>(x[j * stride + k]);
            for (int p = 0; p < Packets; ++p)
                sums[p][j] = pmadd(left[p], right, sums[p][j]);
        }
        panel += Packets * packetRows;
    }
#pragma GCC unroll 4
    for (int j = 0; j < Columns; ++j) {
#pragma GCC unroll 4
        for (int p = 0; p < Packets; ++p) {
            double* to = out + j * outStride + p * packetRows;
            pstoreu(to, Add ? padd(ploadu<Packet>(to), sums[p][j]) : sums[p][j]);
        }
    }
}

template<bool Add, int Packets>
void takePanel(const double* panel, const double* x, Index stride, Index depth, double* out, Index outStride,
               Index columns)
{
    Index j = 0;
    for (; j + 4 <= columns; j += 4)
        takeTile<Add, Packets, 4>(panel, x + j * stride, stride, depth, out + j * outStride, outStride);
    for (; j < columns; ++j)
        takeTile<Add, Packets, 1>(panel, x + j * stride, stride, depth, out + j * outStride, outStride);
}

/// A whole panel; rows of a constant number are copied in packets.
template<int Rows>
void packPanel(const PackedMatrix::Source& matrix, Index first, double* panel)
{
    Eigen::Map<Eigen::Matrix<double, Rows, Eigen::Dynamic>>(panel, Rows, matrix.cols()) =
        matrix.middleRows<Rows>(first);
}

/// Rows of the panel that starts at a row: three packets, but two and two rather than three and one at the
/// end.
Index rowsFrom(Index first, Index rows)
{
    const Index packets = (rows - first + packetRows - 1) / packetRows;
    return packetRows * (packets == 4 ? 2 : std::min<Index>(packets, 3));
}

} // namespace

void PackedMatrix::resize(Index rows, Index cols)
{
    m_rows = rows;
    m_cols = cols;
    m_packed.setZero((rows + packetRows - 1) / packetRows * packetRows * cols);
}

void PackedMatrix::pack(const Source& matrix)
{
    for (Index first = 0; first < m_rows;) {
        const Index height = rowsFrom(first, m_rows);
        const Index filled = std::min(height, m_rows - first);
        double* panel = m_packed.data() + first * m_cols;
        if (filled == panelRows)
            packPanel<panelRows>(matrix, first, panel);
        else if (filled == 2 * packetRows)
            packPanel<2 * packetRows>(matrix, first, panel);
        else
            Eigen::Map<Eigen::MatrixXd>(panel, height, m_cols).topRows(filled) =
                matrix.middleRows(first, filled);
        first += height;
    }
}

void PackedMatrix::packTransposed(const Source& matrix)
{
    for (Index first = 0; first < m_rows;) {
        const Index height = rowsFrom(first, m_rows);
        const Index filled = std::min(height, m_rows - first);
        Eigen::Map<Eigen::MatrixXd> panel(m_packed.data() + first * m_cols, height, m_cols);
        panel.topRows(filled) = matrix.middleCols(first, filled).transpose();
        first += height;
    }
}

template<bool Add>
void PackedMatrix::take(Target& out, const Source& x, Index first) const
{
    const Index columns = x.cols();
    const Index depth = x.rows();
    for (Index row = 0; row < m_rows;) {
        const Index height = rowsFrom(row, m_rows);
        const double* panel = m_packed.data() + row * m_cols + first * height;
        const auto panelTimes = [&](const double* in, double* to, Index stride, Index count) {
            if (height == panelRows)
                takePanel<Add, 3>(panel, in, x.outerStride(), depth, to, stride, count);
            else if (height == 2 * packetRows)
                takePanel<Add, 2>(panel, in, x.outerStride(), depth, to, stride, count);
            else
                takePanel<Add, 1>(panel, in, x.outerStride(), depth, to, stride, count);
        };
        if (row + height <= m_rows) {
            panelTimes(x.data(), out.data() + row, out.outerStride(), columns);
        } else {
            // The last rows stand in the way of what follows them.
            alignas(64) double tile[panelRows];
            for (Index j = 0; j < columns; ++j) {
                std::fill_n(tile, height, 0.0);
                panelTimes(x.data() + j * x.outerStride(), tile, height, 1);
                for (Index i = row; i < m_rows; ++i)
                    out(i, j) = (Add ? out(i, j) : 0) + tile[i - row];
            }
        }
        row += height;
    }
}

void PackedMatrix::addProduct(Target out, const Source& x, Index first) const
{
    take<true>(out, x, first);
}

void PackedMatrix::multiply(Target out, const Source& x) const
{
    take<false>(out, x, 0);
}

} // namespace unrolled
