#include "core/trace/spectrum_curve.h"

#include "core/gradients/matrix_spectrum.h"

#include <algorithm>

namespace unrolled {

namespace {

template<typename Visit>
void forEachRecurrent(const ParameterLayout& layout, Visit visit)
{
    for (const ParameterBlock& block : layout.blocks()) {
        if (block.role == ParameterRole::RecurrentWeight)
            visit(block, block.rows / block.cols);
    }
}

} // namespace

SpectrumCurve::SpectrumCurve(const ParameterLayout& layout, CellKind cell, std::int64_t firstStride,
                             std::size_t capacity)
    : m_capacity(std::max<std::size_t>(2, capacity + capacity % 2)), m_firstStride(firstStride),
      m_stride(firstStride)
{
    Eigen::Index first = 0;
    forEachRecurrent(layout, [&](const ParameterBlock& block, Eigen::Index gates) {
        for (Eigen::Index gate = 0; gate < gates; ++gate) {
            m_matrices.push_back({block.name, std::string(gateChannel(cell, static_cast<int>(gate))),
                                  block.layer, block.offset, block.rows, gate * block.cols, block.cols,
                                  first});
            first += block.cols;
        }
    });
    m_width = static_cast<std::size_t>(first);
}

SpectrumCurve SpectrumCurve::upTo(std::int64_t last, const ParameterLayout& layout, CellKind cell)
{
    std::int64_t stride = 1;
    while (last / stride >= static_cast<std::int64_t>(usualCapacity))
        stride *= 2;
    return {layout, cell, stride};
}

int SpectrumCurve::indexOf(const std::string& parameter, int gate) const
{
    for (std::size_t i = 0; i < m_matrices.size(); ++i) {
        if (m_matrices[i].parameter == parameter && gate-- == 0)
            return static_cast<int>(i);
    }
    return -1;
}

Eigen::VectorXd SpectrumCurve::singularValuesAt(const Eigen::VectorXd& parameters) const
{
    Eigen::VectorXd all(static_cast<Eigen::Index>(m_width));
    for (const RecurrentMatrix& matrix : m_matrices) {
        const Eigen::Map<const Eigen::MatrixXd> block(parameters.data() + matrix.offset, matrix.rows,
                                                      matrix.size);
        all.segment(matrix.first, matrix.size) =
            singularValuesOf(block.middleRows(matrix.firstRow, matrix.size));
    }
    return all;
}

void SpectrumCurve::append(const Eigen::VectorXd& parameters)
{
    if (m_samples == m_capacity) {
        // The capacity is even, so the next sample belongs to the doubled stride, too.
        for (std::size_t i = 1; i < m_capacity / 2; ++i)
            std::copy_n(m_values.begin() + std::ptrdiff_t(2 * i * m_width), m_width,
                        m_values.begin() + std::ptrdiff_t(i * m_width));
        m_samples = m_capacity / 2;
        m_values.resize(m_samples * m_width);
        m_stride *= 2;
    }
    if (m_values.size() == m_values.capacity())
        m_values.reserve(m_width * std::min(m_capacity, std::max<std::size_t>(8, 2 * m_samples)));
    const Eigen::VectorXd sample = singularValuesAt(parameters);
    m_values.insert(m_values.end(), sample.begin(), sample.end());
    ++m_samples;
}

void SpectrumCurve::truncate(std::int64_t iterations)
{
    const std::int64_t kept = (std::max<std::int64_t>(0, iterations) + m_stride - 1) / m_stride;
    m_samples = std::min(m_samples, static_cast<std::size_t>(kept));
    m_values.resize(m_samples * m_width);
    if (m_samples == 0)
        m_stride = m_firstStride;
}

Eigen::Map<const Eigen::VectorXd> SpectrumCurve::values(std::size_t sample,
                                                        const RecurrentMatrix& matrix) const
{
    return {m_values.data() + sample * m_width + matrix.first, matrix.size};
}

std::size_t SpectrumCurve::bytes() const
{
    return m_values.capacity() * sizeof(double);
}

std::size_t SpectrumCurve::bytesOfSample(const ParameterLayout& layout)
{
    std::size_t bytes = 0;
    forEachRecurrent(layout, [&](const ParameterBlock& block, Eigen::Index gates) {
        bytes += sizeof(double) * static_cast<std::size_t>(gates * block.cols);
    });
    return bytes;
}

double SpectrumCurve::secondsOfSample(const ParameterLayout& layout)
{
    double seconds = 0;
    forEachRecurrent(layout, [&](const ParameterBlock& block, Eigen::Index gates) {
        const auto size = static_cast<double>(block.cols);
        seconds += static_cast<double>(gates) * (1.2e-9 * size + 2.5e-7) * size * size;
    });
    return seconds;
}

} // namespace unrolled
