#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

namespace unrolled {

/// What a block of parameters is; Bias is the one bias of each row (bias_ih and bias_hh of PyTorch added up),
/// RecurrentBias the b_hn that a GRU with reset after the product keeps apart.
enum class ParameterRole { InputWeight, RecurrentWeight, Bias, RecurrentBias, ReadoutWeight, ReadoutBias };

/// A named block in the flat parameter vector, stored column by column.
struct ParameterBlock
{
    std::string name;   ///< as in a PyTorch state_dict, e.g. "rnn.weight_hh_l0"
    std::string symbol; ///< as in an equation, e.g. "W_{hh}"
    ParameterRole role;
    int layer; ///< from 0; -1 for the readout
    Eigen::Index rows;
    Eigen::Index cols;
    Eigen::Index offset;
    std::string_view bank = "rnn"; ///< which cells of a plan it serves; the readout serves all

    Eigen::Index size() const { return rows * cols; }
};

/// The layout of all parameters of a network in one flat vector.
class ParameterLayout
{
public:
    void add(ParameterBlock block); ///< sets the block's offset

    const std::vector<ParameterBlock>& blocks() const { return m_blocks; }
    const ParameterBlock* find(std::string_view name) const;
    const ParameterBlock* find(ParameterRole role, int layer, std::string_view bank = "rnn") const;
    Eigen::Index size() const { return m_size; }

private:
    std::vector<ParameterBlock> m_blocks;
    Eigen::Index m_size = 0;
};

inline Eigen::Map<const Eigen::MatrixXd> view(const Eigen::VectorXd& flat, const ParameterBlock& block)
{
    return {flat.data() + block.offset, block.rows, block.cols};
}
inline Eigen::Map<Eigen::MatrixXd> view(Eigen::VectorXd& flat, const ParameterBlock& block)
{
    return {flat.data() + block.offset, block.rows, block.cols};
}

} // namespace unrolled
