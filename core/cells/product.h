#pragma once

#include "core/cells/cell.h"
#include "core/cells/packed_matrix.h"
#include "core/cells/tiny_product.h"

#include <Eigen/Core>

namespace unrolled {

/// Whether a product is so small that plain loops are faster than a general one.
inline bool isTiny(Eigen::Index rows, Eigen::Index cols, Eigen::Index columns)
{
    return rows * cols <= 256 && columns <= 16;
}

/// out += w·x
template<class Out, class W, class X>
void addProduct(Out&& out, const W& w, const X& x)
{
    if (!isTiny(w.rows(), w.cols(), x.cols())) {
        out.noalias() += w * x;
        return;
    }
    tiny::addProduct(w.data(), w.outerStride(), w.rows(), w.cols(), x.data(), x.outerStride(), x.cols(),
                     out.data(), out.outerStride());
}

/// out += wᵀ·x
template<class Out, class W, class X>
void addTransposedProduct(Out&& out, const W& w, const X& x)
{
    if (!isTiny(w.rows(), w.cols(), x.cols())) {
        out.noalias() += w.transpose() * x;
        return;
    }
    tiny::addTransposedProduct(w.data(), w.outerStride(), w.rows(), w.cols(), x.data(), x.outerStride(),
                               x.cols(), out.data(), out.outerStride());
}

/// out = x·yᵀ
template<class Out, class X, class Y>
void outerProduct(Out&& out, const X& x, const Y& y)
{
    if (!isTiny(x.rows(), y.rows(), x.cols())) {
        out.noalias() = x * y.transpose();
        return;
    }
    tiny::outerProduct(x.data(), x.outerStride(), x.rows(), y.data(), y.outerStride(), y.rows(), x.cols(),
                       out.data(), out.outerStride());
}

/// out = x·1, as for the gradient of a bias
template<class Out, class X>
void sumOfColumns(Out&& out, const X& x)
{
    if (isTiny(x.rows(), 1, x.cols())) {
        tiny::sumOfColumns(x.data(), x.outerStride(), x.rows(), x.cols(), out.data());
        return;
    }
    // in the order in which the columns lie in memory; rowwise() goes along each row
    out = x.col(0);
    Eigen::Index k = 1;
    for (; k + 4 <= x.cols(); k += 4)
        out += (x.col(k) + x.col(k + 1)) + (x.col(k + 2) + x.col(k + 3));
    for (; k < x.cols(); ++k)
        out += x.col(k);
}

/// out += W_h·x
template<class Out, class X>
void addRecurrent(Out&& out, const CellWeights& weights, const X& x)
{
    if (weights.packed)
        weights.packed->addProduct(out, x);
    else
        addProduct(out, weights.recurrent, x);
}

/// out += W_hᵀ·x, of the rows of W_h from `first` on, as many as x has
template<class Out, class X>
void addRecurrentTransposed(Out&& out, const CellWeights& weights, const X& x, Eigen::Index first = 0)
{
    if (weights.packedTransposed)
        weights.packedTransposed->addProduct(out, x, first);
    else
        addTransposedProduct(out, weights.recurrent.middleRows(first, x.rows()), x);
}

} // namespace unrolled
