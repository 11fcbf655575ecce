#pragma once

#include "core/trace/iteration_trace.h"

#include <QString>

namespace ui {

/// A parameter of a trace, or the rows of it that make one gate, with the names of its rows and columns.
/// Looks into the trace, which must outlive it.
class WeightBlock
{
public:
    /// `gate` counts from 0; -1, and any that the parameter has not, for all rows.
    WeightBlock(const unrolled::IterationTrace& trace, const unrolled::ParameterTrace& parameter, int gate);

    const unrolled::IterationTrace& trace() const { return *m_trace; }
    const unrolled::ParameterTrace& parameter() const { return *m_parameter; }
    int rows() const { return m_rows; }
    int columns() const { return static_cast<int>(m_parameter->before.cols()); }
    int firstRow() const { return m_firstRow; } ///< in the parameter
    /// How many blocks of rows, one a gate, it shows.
    int gates() const { return m_gates; }
    int firstGate() const { return m_firstGate; }
    /// "f" of the block-th; empty where the parameter has no gates.
    QString gateLetter(int block) const;
    bool recurrent() const;

    /// In the notation of math_text.h: "W_{hh}", "W_{hf}^{(2)}".
    QString symbol() const { return m_symbol; }
    /// In words: "unit 2", "forget gate of unit 2", "output “e”".
    QString rowName(int row) const;
    /// "input “h”", "unit 3 at t − 1", "unit 3 of layer 1"; empty for a bias.
    QString columnName(int column) const;
    /// The same for axes: "2", "e".
    QString rowLabel(int row) const;
    QString columnLabel(int column) const;

private:
    const unrolled::IterationTrace* m_trace;
    const unrolled::ParameterTrace* m_parameter;
    int m_gates = 1;
    int m_firstGate = 0;
    int m_firstRow = 0;
    int m_rows = 0;
    bool m_gated = false;
    QString m_symbol;
};

/// How many gates are stacked in the rows of a parameter; 1 where it has none.
int gatesOf(const unrolled::IterationTrace& trace, const unrolled::ParameterTrace& parameter);
/// A parameter as a list shows it: "W_hh", "W_h of layer 2", "W_x of the encoder, layer 1".
QString parameterTitle(const unrolled::IterationTrace& trace, const unrolled::ParameterTrace& parameter);

} // namespace ui
