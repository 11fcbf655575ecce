#include "core/network/parameters.h"

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

} // namespace unrolled
