#pragma once

#include <Eigen/Core>

/// Products of the smallest matrices, of at most 256 entries (see isTiny), column by column, summed in the
/// order of plain loops. Columns of each matrix lie `…Stride` numbers apart.
namespace unrolled::tiny {

/// out += w·x; w: rows × cols, x: cols × columns.
void addProduct(const double* w, Eigen::Index wStride, Eigen::Index rows, Eigen::Index cols, const double* x,
                Eigen::Index xStride, Eigen::Index columns, double* out, Eigen::Index outStride);
/// out += wᵀ·x; w: rows × cols, x: rows × columns.
void addTransposedProduct(const double* w, Eigen::Index wStride, Eigen::Index rows, Eigen::Index cols,
                          const double* x, Eigen::Index xStride, Eigen::Index columns, double* out,
                          Eigen::Index outStride);
/// out = x·yᵀ; x: rows × columns, y: cols × columns.
void outerProduct(const double* x, Eigen::Index xStride, Eigen::Index rows, const double* y,
                  Eigen::Index yStride, Eigen::Index cols, Eigen::Index columns, double* out,
                  Eigen::Index outStride);
/// out = x·1; x: rows × columns, of at most 256 rows.
void sumOfColumns(const double* x, Eigen::Index xStride, Eigen::Index rows, Eigen::Index columns,
                  double* out);

} // namespace unrolled::tiny
