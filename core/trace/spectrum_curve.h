#pragma once

#include "core/cells/cell_spec.h"
#include "core/network/parameters.h"

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

namespace unrolled {

/// The square matrix of one gate in a recurrent matrix.
struct RecurrentMatrix
{
    std::string parameter;   ///< "rnn.weight_hh_l0"
    std::string gate;        ///< "h" of a simple RNN, else "i", "f", …
    int layer = 0;           ///< from 0
    Eigen::Index offset = 0; ///< of the whole block in the flat parameters
    Eigen::Index rows = 0;   ///< of the whole block
    Eigen::Index firstRow = 0;
    Eigen::Index size = 0;  ///< H
    Eigen::Index first = 0; ///< where its singular values stand in a sample
};

/// The singular values of all recurrent matrices over a run: at the iterations 0, s, 2s, … At most `capacity`
/// of them are kept: where there would be more, every second one goes and s doubles. Those of an iteration
/// are of the parameters before its update.
class SpectrumCurve
{
public:
    static constexpr std::size_t usualCapacity = 128;

    /// The stride to start with is a power of two; the capacity an even number.
    SpectrumCurve(const ParameterLayout& layout, CellKind cell, std::int64_t firstStride = 1,
                  std::size_t capacity = usualCapacity);

    /// One that keeps 0…last within the usual capacity from the start.
    static SpectrumCurve upTo(std::int64_t last, const ParameterLayout& layout, CellKind cell);

    /// All of them, in the order of the parameters.
    const std::vector<RecurrentMatrix>& matrices() const { return m_matrices; }
    /// The matrix of a gate, from 0, or -1 where there is none.
    int indexOf(const std::string& parameter, int gate) const;

    /// Whether the next sample is that of this iteration.
    bool wants(std::int64_t iteration) const { return iteration == m_stride * std::int64_t(m_samples); }
    /// Takes the sample that it wants.
    void append(const Eigen::VectorXd& parameters);
    void truncate(std::int64_t iterations); ///< keeps what lies before; the stride stays, but in an empty one

    std::size_t samples() const { return m_samples; }
    std::int64_t stride() const { return m_stride; }
    std::int64_t iterationOf(std::size_t sample) const { return m_stride * std::int64_t(sample); }
    /// Of one matrix in one sample, falling; NaN where the matrix was not finite.
    Eigen::Map<const Eigen::VectorXd> values(std::size_t sample, const RecurrentMatrix& matrix) const;

    /// Of all matrices for some parameters: those of a sample.
    Eigen::VectorXd singularValuesAt(const Eigen::VectorXd& parameters) const;

    std::size_t bytes() const; ///< held by the samples
    /// Of one sample: its bytes, and about how long it takes.
    static std::size_t bytesOfSample(const ParameterLayout& layout);
    static double secondsOfSample(const ParameterLayout& layout);

private:
    std::vector<RecurrentMatrix> m_matrices;
    std::size_t m_width = 0; ///< numbers in a sample
    std::size_t m_capacity;
    std::int64_t m_firstStride;
    std::int64_t m_stride;
    std::size_t m_samples = 0;
    std::vector<double> m_values; ///< sample after sample
};

} // namespace unrolled
