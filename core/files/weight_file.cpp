#include "core/files/weight_file.h"

#include "core/files/atomic_file.h"
#include "core/files/json_reader.h"
#include "core/training/error.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace unrolled {

namespace {

using nlohmann::json;

constexpr std::string_view metadataName = "__metadata__";

std::uint64_t littleEndian(const char* bytes, int count)
{
    std::uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i)
        value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    return value;
}

void appendLittleEndian(std::string& text, std::uint64_t value)
{
    for (int i = 0; i < 8; ++i)
        text += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

std::string shapeText(const std::vector<std::uint64_t>& shape)
{
    std::string text("[");
    for (const std::uint64_t size : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

/// One tensor of the header, its bounds checked against the data that is there.
class TensorReader
{
public:
    TensorReader(const std::string& name, const json& header, std::string_view data,
                 const std::string& source)
        : m_source(source), m_place("tensor " + shown(json(name)))
    {
        if (!header.is_object())
            fail(shown(header), "an object with dtype, shape and data_offsets");
        readType(header);
        readShape(header);
        readData(header, data);
    }

    Tensor read() const
    {
        Tensor tensor;
        tensor.dimensions = static_cast<int>(m_shape.size());
        const auto rows = static_cast<Eigen::Index>(m_shape[0]);
        const auto cols = m_shape.size() > 1 ? static_cast<Eigen::Index>(m_shape[1]) : Eigen::Index(1);
        tensor.values.resize(rows, cols);
        const char* at = m_data.data();
        for (Eigen::Index row = 0; row < rows; ++row) {
            for (Eigen::Index col = 0; col < cols; ++col, at += m_width) {
                const double value =
                    m_width == 8
                        ? std::bit_cast<double>(littleEndian(at, 8))
                        : double(std::bit_cast<float>(static_cast<std::uint32_t>(littleEndian(at, 4))));
                if (!std::isfinite(value))
                    fail(std::string(std::isnan(value) ? "NaN" : "infinity") + " at row " +
                             std::to_string(row + 1) + ", column " + std::to_string(col + 1),
                         "finite numbers");
                tensor.values(row, col) = value;
            }
        }
        return tensor;
    }

private:
    [[noreturn]] void fail(const std::string& found, const std::string& expected) const
    {
        throw InputError(m_source, m_place, found, expected);
    }

    const json& field(const json& header, const char* name, const char* expected) const
    {
        const auto entry = header.find(name);
        if (entry == header.end())
            fail(std::string("no ") + name, expected);
        return *entry;
    }

    void readType(const json& header)
    {
        const json& type = field(header, "dtype", "\"F32\" or \"F64\"");
        if (type != "F32" && type != "F64")
            fail("dtype " + shown(type), "\"F32\" or \"F64\"");
        m_width = type == "F64" ? 8 : 4;
    }

    void readShape(const json& header)
    {
        const char* expected = "a list of one or two sizes";
        const json& shape = field(header, "shape", expected);
        if (!shape.is_array() || shape.empty() || shape.size() > 2)
            fail("shape " + shown(shape), expected);
        for (const json& size : shape) {
            constexpr std::uint64_t most = 1u << 31;
            if (!size.is_number_unsigned() || size.get<std::uint64_t>() == 0 ||
                size.get<std::uint64_t>() > most)
                fail("shape " + shown(shape), "sizes of 1 or more");
            m_shape.push_back(size.get<std::uint64_t>());
        }
    }

    void readData(const json& header, std::string_view data)
    {
        const char* expected = "two offsets into the data";
        const json& offsets = field(header, "data_offsets", expected);
        if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
            !offsets[1].is_number_unsigned())
            fail("data_offsets " + shown(offsets), expected);
        const auto begin = offsets[0].get<std::uint64_t>();
        const auto end = offsets[1].get<std::uint64_t>();
        if (begin > end || end > data.size())
            fail("data_offsets " + shown(offsets),
                 "offsets within the " + std::to_string(data.size()) + " bytes of data that the file has");
        // The count is at most 2^62; its bytes could overflow, so divide.
        const std::uint64_t count = m_shape[0] * (m_shape.size() > 1 ? m_shape[1] : 1);
        const auto width = static_cast<std::uint64_t>(m_width);
        if ((end - begin) % width != 0 || (end - begin) / width != count)
            fail(std::to_string(end - begin) + " bytes of data",
                 std::to_string(count) + " numbers of " + std::to_string(width) + " bytes for shape " +
                     shapeText(m_shape));
        m_data = data.substr(begin, end - begin);
    }

    const std::string& m_source;
    std::string m_place;
    std::ptrdiff_t m_width = 8;
    std::vector<std::uint64_t> m_shape;
    std::string_view m_data;
};

std::string shapeText(const Tensor& tensor)
{
    std::vector<std::uint64_t> shape{static_cast<std::uint64_t>(tensor.values.rows())};
    if (tensor.dimensions > 1)
        shape.push_back(static_cast<std::uint64_t>(tensor.values.cols()));
    return shapeText(shape);
}

bool isVector(const ParameterBlock& block)
{
    return block.role == ParameterRole::Bias || block.role == ParameterRole::RecurrentBias ||
           block.role == ParameterRole::ReadoutBias;
}

/// The name of the bias_hh in the layer and bank of a block.
std::string recurrentBiasName(const ParameterBlock& block)
{
    return std::string(block.bank) + ".bias_hh_l" + std::to_string(block.layer);
}

/// What a state_dict made from a layout holds: the blocks, and a bias_hh beside every bias_ih.
Tensors emptyStateDict(const ParameterLayout& layout)
{
    Tensors tensors;
    for (const ParameterBlock& block : layout.blocks()) {
        if (block.role == ParameterRole::RecurrentBias)
            continue;
        const Tensor tensor{Eigen::MatrixXd::Zero(block.rows, block.cols), isVector(block) ? 1 : 2};
        tensors[block.name] = tensor;
        if (block.role == ParameterRole::Bias)
            tensors[recurrentBiasName(block)] = tensor;
    }
    return tensors;
}

} // namespace

Tensors readSafetensors(const std::filesystem::path& file)
{
    const std::string source = file.string();
    const std::string content = readFile(file);
    if (content.size() < 8)
        throw InputError(source, "", std::to_string(content.size()) + " bytes", "a safetensors file");
    const std::uint64_t headerSize = littleEndian(content.data(), 8);
    if (headerSize > content.size() - 8)
        throw InputError(source, "byte 0", "a header of " + std::to_string(headerSize) + " bytes",
                         "at most the " + std::to_string(content.size() - 8) +
                             " that follow (is it a safetensors file?)");
    const json header = parseJson(content.substr(8, headerSize), source + ": header");
    if (!header.is_object())
        throw InputError(source, "header", shown(header), "an object of tensors");
    const std::string_view data = std::string_view(content).substr(8 + headerSize);
    Tensors tensors;
    for (const auto& [name, entry] : header.items()) {
        if (name != metadataName)
            tensors[name] = TensorReader(name, entry, data, source).read();
    }
    return tensors;
}

void writeSafetensors(const Tensors& tensors, const std::filesystem::path& file)
{
    nlohmann::ordered_json header;
    header[std::string(metadataName)] = {{"format", "pt"}};
    std::uint64_t offset = 0;
    for (const auto& [name, tensor] : tensors) {
        auto shape = nlohmann::ordered_json::array({tensor.values.rows()});
        if (tensor.dimensions > 1)
            shape.push_back(tensor.values.cols());
        const std::uint64_t end = offset + 8 * static_cast<std::uint64_t>(tensor.values.size());
        header[name] = {{"dtype", "F64"}, {"shape", std::move(shape)}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string head = header.dump();
    head.resize((head.size() + 7) / 8 * 8, ' '); // the data starts at a multiple of 8
    std::string content;
    content.reserve(8 + head.size() + offset);
    appendLittleEndian(content, head.size());
    content += head;
    for (const auto& [name, tensor] : tensors) {
        for (Eigen::Index row = 0; row < tensor.values.rows(); ++row) {
            for (Eigen::Index col = 0; col < tensor.values.cols(); ++col)
                appendLittleEndian(content, std::bit_cast<std::uint64_t>(tensor.values(row, col)));
        }
    }
    writeFile(file, content);
}

Tensors toStateDict(const ParameterLayout& layout, const Eigen::VectorXd& parameters)
{
    Tensors tensors = emptyStateDict(layout);
    for (const ParameterBlock& block : layout.blocks()) {
        if (block.role == ParameterRole::RecurrentBias)
            tensors[recurrentBiasName(block)].values.bottomRows(block.rows) = view(parameters, block);
        else
            tensors[block.name].values = view(parameters, block);
    }
    return tensors;
}

Tensors gradientStateDict(const ParameterLayout& layout, const Eigen::VectorXd& gradients)
{
    Tensors tensors = emptyStateDict(layout);
    for (const ParameterBlock& block : layout.blocks()) {
        if (block.role == ParameterRole::RecurrentBias)
            continue;
        tensors[block.name].values = view(gradients, block);
        if (block.role == ParameterRole::Bias)
            tensors[recurrentBiasName(block)].values = view(gradients, block);
    }
    for (const ParameterBlock& block : layout.blocks()) {
        if (block.role == ParameterRole::RecurrentBias)
            tensors[recurrentBiasName(block)].values.bottomRows(block.rows) = view(gradients, block);
    }
    return tensors;
}

Eigen::VectorXd fromStateDict(const ParameterLayout& layout, const Tensors& tensors, const std::string& file)
{
    const Tensors expected = emptyStateDict(layout);
    std::vector<std::string_view> names;
    for (const auto& [name, tensor] : expected) {
        names.push_back(name);
        const auto found = tensors.find(name);
        if (found == tensors.end())
            throw InputError(file, "tensor \"" + name + "\"", "nothing", "shape " + shapeText(tensor));
        if (shapeText(found->second) != shapeText(tensor))
            throw InputError(file, "tensor \"" + name + "\"", "shape " + shapeText(found->second),
                             shapeText(tensor) + " for this model");
    }
    for (const auto& [name, tensor] : tensors) {
        if (!expected.contains(name))
            throw InputError(file, "tensor " + shown(json(name)), "a tensor that this model does not have",
                             oneOf(names));
    }

    Eigen::VectorXd parameters = Eigen::VectorXd::Zero(layout.size());
    for (const ParameterBlock& block : layout.blocks()) {
        auto values = view(parameters, block);
        if (block.role == ParameterRole::RecurrentBias) {
            values = tensors.at(recurrentBiasName(block)).values.bottomRows(block.rows);
            continue;
        }
        values = tensors.at(block.name).values;
        if (block.role != ParameterRole::Bias)
            continue;
        const Eigen::MatrixXd& second = tensors.at(recurrentBiasName(block)).values;
        const ParameterBlock* apart = layout.find(ParameterRole::RecurrentBias, block.layer, block.bank);
        const Eigen::Index summed = block.rows - (apart ? apart->rows : 0);
        values.topRows(summed) += second.topRows(summed);
    }
    return parameters;
}

} // namespace unrolled
