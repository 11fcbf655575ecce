#include "core/network/parameters.h"

#include "core/network/model_settings.h"

#include <utility>

namespace unrolled {

void ParameterLayout::add(ParameterBlock block)
{
    block.offset = m_size;
    m_size += block.size();
    m_blocks.push_back(std::move(block));
}

const ParameterBlock* ParameterLayout::find(std::string_view name) const
{
    for (const auto& block : m_blocks) {
        if (block.name == name)
            return &block;
    }
    return nullptr;
}

const ParameterBlock* ParameterLayout::find(ParameterRole role, int layer) const
{
    for (const auto& block : m_blocks) {
        if (block.role == role && block.layer == layer)
            return &block;
    }
    return nullptr;
}

ParameterLayout parameterLayout(const ModelSettings& model, int inputSize, int outputSize)
{
    ParameterLayout layout;
    const bool simple = model.cell.kind == CellKind::Rnn;
    const int gates = stackedGates(model.cell.kind);
    const int layers = static_cast<int>(model.hidden.size());
    int below = inputSize;
    for (int l = 0; l < layers; ++l) {
        const int hidden = model.hidden[static_cast<std::size_t>(l)];
        const std::string suffix = "_l" + std::to_string(l);
        const std::string mark = layers > 1 ? "^{(" + std::to_string(l + 1) + ")}" : "";
        const Eigen::Index rows = Eigen::Index(gates) * hidden;
        layout.add({"rnn.weight_ih" + suffix, (simple ? "W_{xh}" : "W_x") + mark, ParameterRole::InputWeight,
                    l, rows, below, 0});
        layout.add({"rnn.weight_hh" + suffix, (simple ? "W_{hh}" : "W_h") + mark,
                    ParameterRole::RecurrentWeight, l, rows, hidden, 0});
        layout.add(
            {"rnn.bias_ih" + suffix, (simple ? "b_h" : "b") + mark, ParameterRole::Bias, l, rows, 1, 0});
        if (model.cell.kind == CellKind::Gru && model.cell.gruReset == GruReset::After)
            layout.add(
                {"rnn.bias_hh" + suffix, "b_{hn}" + mark, ParameterRole::RecurrentBias, l, hidden, 1, 0});
        below = hidden;
    }
    layout.add({"out.weight", "W_{hy}", ParameterRole::ReadoutWeight, -1, outputSize, below, 0});
    if (model.readoutBias)
        layout.add({"out.bias", "b_y", ParameterRole::ReadoutBias, -1, outputSize, 1, 0});
    return layout;
}

} // namespace unrolled
