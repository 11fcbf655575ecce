#pragma once

#include <Eigen/Core>

namespace unrolled {

/// A matrix laid out for products with few columns, which are taken again and again at every time step:
/// packed once an iteration, read in order, nothing allocated. Each entry of a product is one sum over the
/// columns in their order, so it does not depend on how many columns are multiplied at once.
class PackedMatrix
{
public:
    using Source = Eigen::Ref<const Eigen::MatrixXd, 0, Eigen::OuterStride<>>;
    using Target = Eigen::Ref<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

    bool empty() const { return m_packed.size() == 0; }
    /// Sets the shape: rows × cols.
    void resize(Eigen::Index rows, Eigen::Index cols);
    void pack(const Source& matrix);
    void packTransposed(const Source& matrix); ///< of the transposed shape

    /// out += M[:, first …]·x, with as many columns of M as x has rows.
    void addProduct(Target out, const Source& x, Eigen::Index first = 0) const;
    /// out = M·x
    void multiply(Target out, const Source& x) const;

private:
    template<bool Add>
    void take(Target& out, const Source& x, Eigen::Index first) const;

    Eigen::Index m_rows = 0;
    Eigen::Index m_cols = 0;
    Eigen::VectorXd m_packed; ///< panels of rows, each column by column; the last one filled up with zeros
};

} // namespace unrolled
