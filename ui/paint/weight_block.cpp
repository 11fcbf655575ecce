#include "ui/paint/weight_block.h"

#include "ui/paint/symbol_text.h"

#include <QCoreApplication>

namespace ui {

using unrolled::IterationTrace;
using unrolled::ParameterRole;
using unrolled::ParameterTrace;

namespace {

struct WeightWords
{
    Q_DECLARE_TR_FUNCTIONS(WeightWords)
};

bool ofReadout(const ParameterTrace& parameter)
{
    return parameter.block.layer < 0;
}

/// The symbol of a class where a side of a matrix is a vocabulary of this size; null elsewhere.
const std::string* symbolAt(const std::shared_ptr<const std::vector<std::string>>& vocabulary, int size,
                            int i)
{
    if (!vocabulary || static_cast<int>(vocabulary->size()) != size)
        return nullptr;
    return &(*vocabulary)[static_cast<std::size_t>(i)];
}

const std::string* inputSymbol(const WeightBlock& block, int column)
{
    const ParameterTrace& parameter = block.parameter();
    if (parameter.block.role != ParameterRole::InputWeight || parameter.block.layer != 0)
        return nullptr;
    return symbolAt(block.trace().vocabulary, block.columns(), column);
}

const std::string* outputSymbol(const WeightBlock& block, int row)
{
    if (!ofReadout(block.parameter()))
        return nullptr;
    const auto& own = block.trace().outputVocabulary;
    return symbolAt(own ? own : block.trace().vocabulary, block.rows(), row);
}

} // namespace

int gatesOf(const IterationTrace& trace, const ParameterTrace& parameter)
{
    if (ofReadout(parameter) || parameter.block.role == ParameterRole::RecurrentBias)
        return 1;
    return unrolled::stackedGates(trace.cell.kind);
}

QString parameterTitle(const IterationTrace& trace, const ParameterTrace& parameter)
{
    const QString symbol = QString::fromStdString(parameter.block.symbol);
    const QString name =
        symbol.section(QLatin1Char('^'), 0, 0).remove(QLatin1Char('{')).remove(QLatin1Char('}'));
    if (ofReadout(parameter))
        return name;
    const bool encoder = parameter.block.bank == unrolled::encoderBank;
    const int layer = parameter.block.layer + 1;
    if (trace.layers.size() > 1)
        return encoder ? WeightWords::tr("%1, encoder, layer %2").arg(name).arg(layer)
                       : WeightWords::tr("%1, layer %2").arg(name).arg(layer);
    return encoder ? WeightWords::tr("%1, encoder").arg(name) : name;
}

WeightBlock::WeightBlock(const IterationTrace& trace, const ParameterTrace& parameter, int gate)
    : m_trace(&trace), m_parameter(&parameter), m_symbol(QString::fromStdString(parameter.block.symbol))
{
    const int gates = gatesOf(trace, parameter);
    m_gated = gates > 1;
    m_gates = gates;
    m_rows = static_cast<int>(parameter.before.rows());
    if (!m_gated || gate < 0 || gate >= gates)
        return;
    m_gates = 1;
    m_firstGate = gate;
    m_rows /= gates;
    m_firstRow = gate * m_rows;
    // "W_h^{(2)}" becomes "W_{hf}^{(2)}", "b" becomes "b_f".
    const QString letter = gateLetter(0);
    const auto mark = m_symbol.indexOf(QLatin1Char('^'));
    const QString above = mark < 0 ? QString() : m_symbol.mid(mark);
    const QString base = m_symbol.left(mark < 0 ? m_symbol.size() : mark);
    m_symbol =
        base.contains(QLatin1Char('_'))
            ? QString(base).replace(QLatin1Char('_'), QLatin1String("_{")) + letter + QLatin1Char('}') + above
            : base + QLatin1Char('_') + letter + above;
}

QString WeightBlock::gateLetter(int block) const
{
    return m_gated ? QString::fromUtf8(unrolled::gateChannel(m_trace->cell.kind, m_firstGate + block))
                   : QString();
}

bool WeightBlock::recurrent() const
{
    return m_parameter->block.role == ParameterRole::RecurrentWeight;
}

QString WeightBlock::rowName(int row) const
{
    if (ofReadout(*m_parameter)) {
        if (const std::string* symbol = outputSymbol(*this, row))
            return WeightWords::tr("output “%1”").arg(visibleSymbol(*symbol));
        return WeightWords::tr("output %1").arg(row + 1);
    }
    if (!m_gated)
        return WeightWords::tr("unit %1").arg(row + 1);
    const int units = m_rows / m_gates;
    const std::string_view gate = unrolled::gateChannel(m_trace->cell.kind, m_firstGate + row / units);
    const int channel = unrolled::channelIndex(m_trace->cell, gate);
    return WeightWords::tr("%1 of unit %2")
        .arg(QString::fromUtf8(unrolled::channels(m_trace->cell)[static_cast<std::size_t>(channel)].title))
        .arg(row % units + 1);
}

QString WeightBlock::columnName(int column) const
{
    switch (m_parameter->block.role) {
    case ParameterRole::InputWeight:
        if (m_parameter->block.layer > 0)
            return WeightWords::tr("unit %1 of layer %2").arg(column + 1).arg(m_parameter->block.layer);
        if (const std::string* symbol = inputSymbol(*this, column))
            return WeightWords::tr("input “%1”").arg(visibleSymbol(*symbol));
        return WeightWords::tr("input %1").arg(column + 1);
    case ParameterRole::RecurrentWeight:
        return WeightWords::tr("unit %1 at t − 1").arg(column + 1);
    case ParameterRole::ReadoutWeight:
        return WeightWords::tr("unit %1").arg(column + 1);
    case ParameterRole::Bias:
    case ParameterRole::RecurrentBias:
    case ParameterRole::ReadoutBias:
        break;
    }
    return {};
}

QString WeightBlock::rowLabel(int row) const
{
    if (const std::string* symbol = outputSymbol(*this, row))
        return visibleSymbol(*symbol);
    return QString::number(row % (m_rows / m_gates) + 1);
}

QString WeightBlock::columnLabel(int column) const
{
    if (columnName(column).isEmpty())
        return {};
    if (const std::string* symbol = inputSymbol(*this, column))
        return visibleSymbol(*symbol);
    return QString::number(column + 1);
}

} // namespace ui
