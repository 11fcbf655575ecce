#pragma once

#include <string_view>
#include <vector>

namespace unrolled {

enum class CellKind { Rnn, Gru, Lstm };

/// The nonlinearity φ of a simple recurrent cell. GRU and LSTM always use σ for gates and tanh for
/// candidates.
enum class Activation { Tanh, Relu, Identity, Sigmoid };

/// Where a GRU applies its reset gate: after the recurrent product (PyTorch, cuDNN, Keras' default) or before
/// it (Cho et al. 2014).
enum class GruReset { After, Before };

/// Everything that decides the equations of a cell.
struct CellSpec
{
    CellKind kind = CellKind::Rnn;
    Activation activation = Activation::Tanh;
    GruReset gruReset = GruReset::After;

    bool operator==(const CellSpec&) const = default;
};

/// A value for each form that a cell can take: made once, chosen by the spec.
template<class T>
class PerCell
{
public:
    PerCell(T (*rnn)(Activation), T (*gru)(GruReset), T (*lstm)())
        : m_rnn{rnn(Activation::Tanh), rnn(Activation::Relu), rnn(Activation::Identity),
                rnn(Activation::Sigmoid)},
          m_gru{gru(GruReset::After), gru(GruReset::Before)}, m_lstm(lstm())
    {
    }

    const T& operator[](const CellSpec& spec) const
    {
        if (spec.kind == CellKind::Rnn)
            return m_rnn[static_cast<int>(spec.activation)];
        return spec.kind == CellKind::Gru ? m_gru[static_cast<int>(spec.gruReset)] : m_lstm;
    }

private:
    T m_rnn[4];
    T m_gru[2];
    T m_lstm;
};

enum class ChannelRole { Input, PreActivation, Gate, Intermediate, CellState, Hidden };

/// A named quantity that a cell has at every time step. `name` is the name in files ("a_i", "i", "c", "h");
/// `symbol` is its mathematical notation without the time index ("a_i", "c", …); `title` is its English name.
/// Values lie in [low, high]; infinite where the nonlinearity does not bound them.
struct Channel
{
    std::string_view name;
    std::string_view symbol;
    std::string_view title;
    ChannelRole role;
    double low;
    double high;
};

/// One operation of a cell's forward pass, in the order of computation. `result` is the channel it completes.
/// Equations are in the notation of the README: `_{…}` for subscripts, Unicode for the rest.
struct Operation
{
    std::string_view result;
    std::string_view equation;
    std::string_view gradientEquation;
};

/// The channels of a cell, inputs first, `h` last.
const std::vector<Channel>& channels(const CellSpec& spec);

/// The index of a channel in channels(), or -1.
int channelIndex(const CellSpec& spec, std::string_view name);

/// The operations of a cell in forward order; the backward pass visits them in reverse.
const std::vector<Operation>& operations(const CellSpec& spec);

/// Number of gates that are stacked in the fused weight matrix: 1 (RNN), 3 (GRU: r, z, n), 4 (LSTM: i, f, g,
/// o).
int stackedGates(CellKind kind);

/// The channel that a stacked gate gives: "h" (RNN), "r", "z", "n", or "i", "f", "g", "o".
std::string_view gateChannel(CellKind kind, int gate);

/// "rnn", "gru", "lstm"
std::string_view name(CellKind kind);
/// "RNN", "GRU", "LSTM"
std::string_view title(CellKind kind);
std::string_view name(Activation activation);
std::string_view name(GruReset reset);

} // namespace unrolled
