#include "core/network/parameters.h"

#include "core/network/model_settings.h"
#include "core/network/sequence_plan.h"

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

const ParameterBlock* ParameterLayout::find(ParameterRole role, int layer, std::string_view bank) const
{
    for (const auto& block : m_blocks) {
        if (block.role == role && block.layer == layer && block.bank == bank)
            return &block;
    }
    return nullptr;
}

namespace {

void addBank(ParameterLayout& layout, const ModelSettings& model, int inputSize, std::string_view bank,
             const std::string& bankMark)
{
    const bool simple = model.cell.kind == CellKind::Rnn;
    const int gates = stackedGates(model.cell.kind);
    const int layers = static_cast<int>(model.hidden.size());
    int below = inputSize;
    for (int l = 0; l < layers; ++l) {
        const int hidden = model.hidden[static_cast<std::size_t>(l)];
        const auto name = [&](std::string_view what) {
            std::string text(bank);
            return text.append(what).append(std::to_string(l));
        };
        const std::string number = layers > 1 ? std::to_string(l + 1) : "";
        const std::string mark = number.empty() && bankMark.empty()
                                     ? std::string()
                                     : std::string("^{(").append(bankMark).append(number).append(")}");
        const Eigen::Index rows = Eigen::Index(gates) * hidden;
        layout.add({name(".weight_ih_l"), (simple ? "W_{xh}" : "W_x") + mark, ParameterRole::InputWeight, l,
                    rows, below, 0, bank});
        layout.add({name(".weight_hh_l"), (simple ? "W_{hh}" : "W_h") + mark, ParameterRole::RecurrentWeight,
                    l, rows, hidden, 0, bank});
        layout.add(
            {name(".bias_ih_l"), (simple ? "b_h" : "b") + mark, ParameterRole::Bias, l, rows, 1, 0, bank});
        if (model.cell.kind == CellKind::Gru && model.cell.gruReset == GruReset::After)
            layout.add(
                {name(".bias_hh_l"), "b_{hn}" + mark, ParameterRole::RecurrentBias, l, hidden, 1, 0, bank});
        below = hidden;
    }
}

} // namespace

ParameterLayout parameterLayout(const ModelSettings& model, int inputSize, int outputSize, bool encoder)
{
    ParameterLayout layout;
    if (encoder)
        addBank(layout, model, inputSize, encoderBank, "e");
    addBank(layout, model, inputSize, rnnBank, "");
    const int top = model.hidden.back();
    layout.add({"out.weight", "W_{hy}", ParameterRole::ReadoutWeight, -1, outputSize, top, 0});
    if (model.readoutBias)
        layout.add({"out.bias", "b_y", ParameterRole::ReadoutBias, -1, outputSize, 1, 0});
    return layout;
}

} // namespace unrolled
