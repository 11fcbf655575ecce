#include "core/cells/tiny_product.h"

#include "core/cells/nonlinearity.h"
#include "core/cells/unrolled_over.h"

#include <type_traits>

namespace unrolled::tiny {

namespace {

using detail::multiplyAdd;
using Eigen::Index;

/// Room for the sums of a column; small matrices have at most 256 entries, so a column no more.
template<class Rows>
constexpr int room = 256;
template<int n>
constexpr int room<std::integral_constant<int, n>> = n;

} // namespace

void addProduct(const double* w, Index wStride, Index rows, Index cols, const double* x, Index xStride,
                Index columns, double* out, Index outStride)
{
    unrolledOver(rows, [=](auto n) {
        for (Index k = 0; k < columns; ++k) {
            const double* __restrict in = x + k * xStride;
            double* __restrict to = out + k * outStride;
            double sums[room<decltype(n)>];
            for (Index i = 0; i < n; ++i)
                sums[i] = to[i];
            for (Index j = 0; j < cols; ++j) {
                const double* __restrict column = w + j * wStride;
                for (Index i = 0; i < n; ++i)
                    sums[i] = multiplyAdd(column[i], in[j], sums[i]);
            }
            for (Index i = 0; i < n; ++i)
                to[i] = sums[i];
        }
    });
}

void addTransposedProduct(const double* w, Index wStride, Index rows, Index cols, const double* x,
                          Index xStride, Index columns, double* out, Index outStride)
{
    unrolledOver(rows, [=](auto n) {
        for (Index k = 0; k < columns; ++k) {
            const double* __restrict in = x + k * xStride;
            double* __restrict to = out + k * outStride;
            for (Index j = 0; j < cols; ++j) {
                const double* __restrict column = w + j * wStride;
                double sum = 0;
                for (Index i = 0; i < n; ++i)
                    sum = multiplyAdd(column[i], in[i], sum);
                to[j] += sum;
            }
        }
    });
}

void outerProduct(const double* x, Index xStride, Index rows, const double* y, Index yStride, Index cols,
                  Index columns, double* out, Index outStride)
{
    unrolledOver(rows, [=](auto n) {
        for (Index j = 0; j < cols; ++j) {
            double* __restrict to = out + j * outStride;
            double sums[room<decltype(n)>];
            for (Index i = 0; i < n; ++i)
                sums[i] = 0;
            for (Index k = 0; k < columns; ++k) {
                const double* __restrict left = x + k * xStride;
                const double right = y[k * yStride + j];
                for (Index i = 0; i < n; ++i)
                    sums[i] = multiplyAdd(left[i], right, sums[i]);
            }
            for (Index i = 0; i < n; ++i)
                to[i] = sums[i];
        }
    });
}

void sumOfColumns(const double* x, Index xStride, Index rows, Index columns, double* out)
{
    unrolledOver(rows, [=](auto n) {
        double sums[room<decltype(n)>];
        for (Index i = 0; i < n; ++i)
            sums[i] = 0;
        for (Index k = 0; k < columns; ++k) {
            for (Index i = 0; i < n; ++i)
                sums[i] += x[k * xStride + i];
        }
        for (Index i = 0; i < n; ++i)
            out[i] = sums[i];
    });
}

} // namespace unrolled::tiny
