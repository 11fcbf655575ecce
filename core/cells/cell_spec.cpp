#include "core/cells/cell_spec.h"

#include <limits>

namespace unrolled {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Channel input{"x", "x", "input", ChannelRole::Input, -infinity, infinity};

Channel preActivation(std::string_view name, std::string_view title)
{
    return {name, name, title, ChannelRole::PreActivation, -infinity, infinity};
}

std::vector<Channel> rnnChannels(Activation activation)
{
    double low = -1;
    double high = 1;
    switch (activation) {
    case Activation::Tanh:
        break;
    case Activation::Relu:
        low = 0;
        high = infinity;
        break;
    case Activation::Identity:
        low = -infinity;
        high = infinity;
        break;
    case Activation::Sigmoid:
        low = 0;
        break;
    }
    return {input,
            preActivation("a_h", "pre-activation"),
            {"h", "h", "hidden state", ChannelRole::Hidden, low, high}};
}

std::vector<Channel> gruChannels(GruReset reset)
{
    const Channel resetPart =
        reset == GruReset::After
            ? Channel{"u_n",     "u",     "recurrent part of the candidate", ChannelRole::Intermediate,
                      -infinity, infinity}
            : Channel{"rh", "r∘h", "reset hidden state", ChannelRole::Intermediate, -1, 1};
    return {input,
            preActivation("a_r", "reset gate before σ"),
            preActivation("a_z", "update gate before σ"),
            preActivation("a_n", "candidate before tanh"),
            resetPart,
            {"r", "r", "reset gate", ChannelRole::Gate, 0, 1},
            {"z", "z", "update gate", ChannelRole::Gate, 0, 1},
            {"n", "n", "candidate", ChannelRole::Gate, -1, 1},
            {"h", "h", "hidden state", ChannelRole::Hidden, -1, 1}};
}

std::vector<Channel> lstmChannels()
{
    return {input,
            preActivation("a_i", "input gate before σ"),
            preActivation("a_f", "forget gate before σ"),
            preActivation("a_g", "candidate before tanh"),
            preActivation("a_o", "output gate before σ"),
            {"i", "i", "input gate", ChannelRole::Gate, 0, 1},
            {"f", "f", "forget gate", ChannelRole::Gate, 0, 1},
            {"g", "g", "candidate", ChannelRole::Gate, -1, 1},
            {"o", "o", "output gate", ChannelRole::Gate, 0, 1},
            {"c", "c", "cell state", ChannelRole::CellState, -infinity, infinity},
            {"tanh_c", "tanh(c)", "squashed cell state", ChannelRole::Intermediate, -1, 1},
            {"h", "h", "hidden state", ChannelRole::Hidden, -1, 1}};
}

constexpr std::string_view rnnSum = "a_t = W_{xh} x_t + W_{hh} h_{t−1} + b_h";

std::vector<Operation> rnnOperations(Activation activation)
{
    switch (activation) {
    case Activation::Tanh:
        return {{"a_h", rnnSum, "∂L/∂h_{t−1} ← W_{hh}^⊤ ∂L/∂a_t"},
                {"h", "h_t = tanh(a_t)", "∂L/∂a_t = (1 − h_t^2) ∘ ∂L/∂h_t"}};
    case Activation::Relu:
        return {{"a_h", rnnSum, "∂L/∂h_{t−1} ← W_{hh}^⊤ ∂L/∂a_t"},
                {"h", "h_t = max(0, a_t)", "∂L/∂a_t = [a_t > 0] ∘ ∂L/∂h_t"}};
    case Activation::Identity:
        return {{"a_h", rnnSum, "∂L/∂h_{t−1} ← W_{hh}^⊤ ∂L/∂a_t"}, {"h", "h_t = a_t", "∂L/∂a_t = ∂L/∂h_t"}};
    case Activation::Sigmoid:
        break;
    }
    return {{"a_h", rnnSum, "∂L/∂h_{t−1} ← W_{hh}^⊤ ∂L/∂a_t"},
            {"h", "h_t = σ(a_t)", "∂L/∂a_t = h_t ∘ (1 − h_t) ∘ ∂L/∂h_t"}};
}

std::vector<Operation> gruOperations(GruReset reset)
{
    const bool after = reset == GruReset::After;
    return {
        {"r", "r_t = σ(W_{xr} x_t + W_{hr} h_{t−1} + b_r)",
         after ? "∂L/∂r_t = u_t ∘ ∂L/∂a_{n,t}" : "∂L/∂r_t = h_{t−1} ∘ W_{hn}^⊤ ∂L/∂a_{n,t}"},
        {"z", "z_t = σ(W_{xz} x_t + W_{hz} h_{t−1} + b_z)", "∂L/∂z_t = (h_{t−1} − n_t) ∘ ∂L/∂h_t"},
        after ? Operation{"u_n", "u_t = W_{hn} h_{t−1} + b_{hn}", "∂L/∂u_t = r_t ∘ ∂L/∂a_{n,t}"}
              : Operation{"rh", "(r∘h)_t = r_t ∘ h_{t−1}", "∂L/∂(r∘h)_t = W_{hn}^⊤ ∂L/∂a_{n,t}"},
        {"n",
         after ? "n_t = tanh(W_{xn} x_t + b_n + r_t ∘ u_t)" : "n_t = tanh(W_{xn} x_t + W_{hn} (r∘h)_t + b_n)",
         "∂L/∂n_t = (1 − z_t) ∘ ∂L/∂h_t"},
        {"h", "h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}", "∂L/∂h_{t−1} ← z_t ∘ ∂L/∂h_t"}};
}

std::vector<Operation> lstmOperations()
{
    return {{"i", "i_t = σ(W_{xi} x_t + W_{hi} h_{t−1} + b_i)", "∂L/∂i_t = g_t ∘ ∂L/∂c_t"},
            {"f", "f_t = σ(W_{xf} x_t + W_{hf} h_{t−1} + b_f)", "∂L/∂f_t = c_{t−1} ∘ ∂L/∂c_t"},
            {"g", "g_t = tanh(W_{xg} x_t + W_{hg} h_{t−1} + b_g)", "∂L/∂g_t = i_t ∘ ∂L/∂c_t"},
            {"o", "o_t = σ(W_{xo} x_t + W_{ho} h_{t−1} + b_o)", "∂L/∂o_t = tanh(c_t) ∘ ∂L/∂h_t"},
            {"c", "c_t = f_t ∘ c_{t−1} + i_t ∘ g_t", "∂L/∂c_{t−1} = f_t ∘ ∂L/∂c_t"},
            {"h", "h_t = o_t ∘ tanh(c_t)", "∂L/∂c_t ← (1 − tanh^2(c_t)) ∘ o_t ∘ ∂L/∂h_t"}};
}

} // namespace

const std::vector<Channel>& channels(const CellSpec& spec)
{
    static const PerCell<std::vector<Channel>> all(rnnChannels, gruChannels, lstmChannels);
    return all[spec];
}

int channelIndex(const CellSpec& spec, std::string_view name)
{
    const auto& all = channels(spec);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name == name)
            return static_cast<int>(i);
    }
    return -1;
}

const std::vector<Operation>& operations(const CellSpec& spec)
{
    static const PerCell<std::vector<Operation>> all(rnnOperations, gruOperations, lstmOperations);
    return all[spec];
}

std::string_view gateChannel(CellKind kind, int gate)
{
    constexpr std::string_view orders[] = {"h", "rzn", "ifgo"};
    return orders[static_cast<int>(kind)].substr(static_cast<std::size_t>(gate), 1);
}

int stackedGates(CellKind kind)
{
    switch (kind) {
    case CellKind::Rnn:
        return 1;
    case CellKind::Gru:
        return 3;
    case CellKind::Lstm:
        break;
    }
    return 4;
}

std::string_view name(CellKind kind)
{
    constexpr std::string_view names[] = {"rnn", "gru", "lstm"};
    return names[static_cast<int>(kind)];
}

std::string_view title(CellKind kind)
{
    constexpr std::string_view titles[] = {"RNN", "GRU", "LSTM"};
    return titles[static_cast<int>(kind)];
}

std::string_view name(Activation activation)
{
    constexpr std::string_view names[] = {"tanh", "relu", "identity", "sigmoid"};
    return names[static_cast<int>(activation)];
}

std::string_view name(GruReset reset)
{
    constexpr std::string_view names[] = {"after", "before"};
    return names[static_cast<int>(reset)];
}

} // namespace unrolled
