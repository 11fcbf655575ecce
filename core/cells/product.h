#pragma once

#include "core/cells/cell.h"
#include "core/cells/nonlinearity.h"
#include "core/cells/packed_matrix.h"

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
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
        const double* __restrict in = x.data() + k * x.outerStride();
        double* __restrict to = out.data() + k * out.outerStride();
        for (Eigen::Index j = 0; j < w.cols(); ++j) {
            const double* __restrict column = w.data() + j * w.outerStride();
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                to[i] = detail::multiplyAdd(column[i], in[j], to[i]);
        }
    }
}

/// out += wᵀ·x
template<class Out, class W, class X>
void addTransposedProduct(Out&& out, const W& w, const X& x)
{
    if (!isTiny(w.rows(), w.cols(), x.cols())) {
        out.noalias() += w.transpose() * x;
        return;
    }
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
        const double* __restrict in = x.data() + k * x.outerStride();
        double* __restrict to = out.data() + k * out.outerStride();
        for (Eigen::Index j = 0; j < w.cols(); ++j) {
            const double* __restrict column = w.data() + j * w.outerStride();
            double sum = 0;
            for (Eigen::Index i = 0; i < w.rows(); ++i)
                sum = detail::multiplyAdd(column[i], in[i], sum);
            to[j] += sum;
        }
    }
}

/// out = x·yᵀ
template<class Out, class X, class Y>
void outerProduct(Out&& out, const X& x, const Y& y)
{
    if (!isTiny(x.rows(), y.rows(), x.cols())) {
        out.noalias() = x * y.transpose();
        return;
    }
    out.setZero();
    for (Eigen::Index k = 0; k < x.cols(); ++k) {
        const double* __restrict left = x.data() + k * x.outerStride();
        const double* __restrict right = y.data() + k * y.outerStride();
        for (Eigen::Index j = 0; j < y.rows(); ++j) {
            double* __restrict to = out.data() + j * out.outerStride();
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                to[i] = detail::multiplyAdd(left[i], right[j], to[i]);
        }
    }
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
