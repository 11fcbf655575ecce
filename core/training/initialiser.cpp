#include "core/training/initialiser.h"

#include "core/training/random.h"

#include <cmath>

namespace unrolled {

namespace {

constexpr std::uint64_t weightsStream =
    1; // with seed 1, hello starts with "o o l o", as in the lecture notes

// Drawn row by row, the order in which PyTorch stores them.
template<class Draw>
void fillByRows(Eigen::Map<Eigen::MatrixXd> m, Draw draw)
{
    for (Eigen::Index row = 0; row < m.rows(); ++row) {
        for (Eigen::Index col = 0; col < m.cols(); ++col)
            m(row, col) = draw();
    }
}

/// Orthonormal columns (rows ≥ cols), Haar distributed: Gram–Schmidt on normal numbers, done twice for full
/// accuracy.
Eigen::MatrixXd orthonormal(Eigen::Index rows, Eigen::Index cols, Random& random)
{
    Eigen::MatrixXd q(rows, cols);
    for (Eigen::Index col = 0; col < cols; ++col) {
        for (Eigen::Index row = 0; row < rows; ++row)
            q(row, col) = random.normal();
        for (int pass = 0; pass < 2; ++pass) {
            for (Eigen::Index k = 0; k < col; ++k) {
                double overlap = 0;
                for (Eigen::Index row = 0; row < rows; ++row)
                    overlap += q(row, k) * q(row, col);
                for (Eigen::Index row = 0; row < rows; ++row)
                    q(row, col) -= overlap * q(row, k);
            }
        }
        double squares = 0;
        for (Eigen::Index row = 0; row < rows; ++row)
            squares += q(row, col) * q(row, col);
        q.col(col) /= std::sqrt(squares);
    }
    return q;
}

void initialise(Eigen::Map<Eigen::MatrixXd> values, const ParameterBlock& block, const ModelSettings& model,
                Random& random)
{
    const bool readout = block.layer < 0;
    const int hidden = readout ? model.hidden.back() : model.hidden[static_cast<std::size_t>(block.layer)];
    const bool bias = block.role == ParameterRole::Bias || block.role == ParameterRole::RecurrentBias ||
                      block.role == ParameterRole::ReadoutBias;
    const auto uniform = [&](double limit) {
        fillByRows(values, [&] { return random.uniform(-limit, limit); });
    };
    const auto normal = [&](double deviation) {
        fillByRows(values, [&] { return deviation * random.normal(); });
    };

    if (model.init == Initialiser::PyTorch) {
        const double limit = 1 / std::sqrt(double(hidden));
        uniform(limit);
        // bias_ih + bias_hh; where a GRU keeps b_hn apart, that row's bias_ih stands alone
        if (block.role == ParameterRole::Bias) {
            const bool apart = model.cell.kind == CellKind::Gru && model.cell.gruReset == GruReset::After;
            const Eigen::Index shared = apart ? Eigen::Index(2) * hidden : block.rows;
            for (Eigen::Index row = 0; row < shared; ++row)
                values(row, 0) += random.uniform(-limit, limit);
        }
        return;
    }
    if (bias) {
        values.setZero();
        return;
    }
    if (model.init == Initialiser::Normal) {
        normal(0.01);
        return;
    }
    if (block.role == ParameterRole::RecurrentWeight) {
        const Eigen::Index gates = block.rows / hidden;
        if (model.init == Initialiser::Keras)
            values = orthonormal(block.rows, block.cols, random);
        for (Eigen::Index gate = 0; gate < gates && model.init != Initialiser::Keras; ++gate) {
            if (model.init == Initialiser::Orthogonal)
                values.middleRows(gate * hidden, hidden) = orthonormal(hidden, hidden, random);
            else
                values.middleRows(gate * hidden, hidden).setIdentity();
        }
        return;
    }
    if (model.init == Initialiser::Identity && !readout)
        normal(0.001);
    else
        uniform(std::sqrt(6.0 / double(block.rows + block.cols)));
}

} // namespace

Eigen::VectorXd initialParameters(const ModelSettings& model, const ParameterLayout& layout,
                                  std::uint64_t seed)
{
    Eigen::VectorXd parameters(layout.size());
    Random random(seed, weightsStream);
    for (const auto& block : layout.blocks()) {
        auto values = view(parameters, block);
        initialise(values, block, model, random);
        if (block.role == ParameterRole::RecurrentWeight)
            values *= model.initScale;
        if (block.role == ParameterRole::Bias && model.cell.kind == CellKind::Lstm) {
            const Eigen::Index hidden = block.rows / 4;
            values.middleRows(hidden, hidden).array() += model.forgetBias;
        }
    }
    return parameters;
}

} // namespace unrolled
