#include "core/gradients/hop.h"

namespace unrolled {

namespace {

/// A clamped gate is a constant: nothing goes back through its nonlinearity.
void holdClamped(const IterationTrace& trace, int layer, int t, StepDerivatives& d)
{
    if (trace.edits.clamps.empty())
        return;
    constexpr std::string_view orders[] = {"h", "rzn", "ifgo"};
    const std::string_view order = orders[static_cast<int>(trace.cell.kind)];
    for (Eigen::Index gate = 0; gate < d.gates.cols(); ++gate) {
        const std::string name(order.substr(static_cast<std::size_t>(gate), 1));
        for (Eigen::Index unit = 0; unit < d.gates.rows(); ++unit) {
            if (clampAt(trace.edits, name, layer, static_cast<int>(unit), t))
                d.gates(unit, gate) = 0;
        }
    }
}

StepDerivatives rnnDerivatives(const IterationTrace& trace, int layer, int t)
{
    const auto h = trace.channel(layer, "h").value.col(t - 1).array();
    const auto a = trace.channel(layer, "a_h").value.col(t - 1).array();
    StepDerivatives d;
    d.gates.resize(h.size(), 1);
    auto slope = d.gates.col(0).array();
    switch (trace.cell.activation) {
    case Activation::Tanh:
        slope = 1 - h.square();
        break;
    case Activation::Relu:
        slope = (a > 0).cast<double>();
        break;
    case Activation::Identity:
        slope = 1;
        break;
    case Activation::Sigmoid:
        slope = h * (1 - h);
        break;
    }
    return d;
}

StepDerivatives gruDerivatives(const IterationTrace& trace, int layer, int t)
{
    const Eigen::ArrayXd previous = trace.previousState(layer, "h", t).array();
    const auto r = trace.channel(layer, "r").value.col(t - 1).array();
    const auto z = trace.channel(layer, "z").value.col(t - 1).array();
    const auto n = trace.channel(layer, "n").value.col(t - 1).array();
    StepDerivatives d;
    d.gates.resize(r.size(), 3);
    // ∂L/∂a_z = (h_{t-1} - n) ∘ z ∘ (1 - z) ∘ ∂L/∂h_t, ∂L/∂a_n = (1 - z) ∘ (1 - n²) ∘ ∂L/∂h_t
    d.gates.col(1) = (previous - n) * z * (1 - z);
    d.gates.col(2) = (1 - z) * (1 - n.square());
    // ∂L/∂a_r = r ∘ (1 - r) ∘ u ∘ ∂L/∂a_n (reset after), r ∘ (1 - r) ∘ h_{t-1} ∘ ∂L/∂(r∘h) (before)
    if (trace.cell.gruReset == GruReset::After)
        d.gates.col(0) =
            trace.channel(layer, "u_n").value.col(t - 1).array() * r * (1 - r) * d.gates.col(2).array();
    else
        d.gates.col(0) = previous * r * (1 - r);
    d.keep = z;
    d.reset = r;
    return d;
}

StepDerivatives lstmDerivatives(const IterationTrace& trace, int layer, int t)
{
    const Eigen::ArrayXd previous = trace.previousState(layer, "c", t).array();
    const auto i = trace.channel(layer, "i").value.col(t - 1).array();
    const auto f = trace.channel(layer, "f").value.col(t - 1).array();
    const auto g = trace.channel(layer, "g").value.col(t - 1).array();
    const auto o = trace.channel(layer, "o").value.col(t - 1).array();
    const auto tanhC = trace.channel(layer, "tanh_c").value.col(t - 1).array();
    StepDerivatives d;
    d.gates.resize(i.size(), 4);
    d.gates.col(0) = g * i * (1 - i);
    d.gates.col(1) = previous * f * (1 - f);
    d.gates.col(2) = i * (1 - g.square());
    d.gates.col(3) = tanhC * o * (1 - o);
    d.keep = f;
    d.hByC = o * (1 - tanhC.square());
    return d;
}

/// out = Σ_k W_kᵀ diag(factors_k) over blocks first … first+count-1 of the transposed stacked matrix.
template<typename Out>
void sumOfBlocks(const Eigen::MatrixXd& stacked, const Eigen::MatrixXd& factors, int first, int count,
                 Out&& out)
{
    const Eigen::Index n = factors.rows();
    for (Eigen::Index j = 0; j < n; ++j) {
        out.col(j) = stacked.col(first * n + j) * factors(j, first);
        for (int k = first + 1; k < first + count; ++k)
            out.col(j) += stacked.col(k * n + j) * factors(j, k);
    }
}

/// An LSTM's stacked matrix, transposed, times ∂a_t/∂(h_t; c_t).
void formLstm(const Eigen::MatrixXd& stacked, const StepDerivatives& d, Eigen::MatrixXd& out)
{
    const Eigen::Index n = d.gates.rows();
    out.resize(stacked.rows(), 2 * n);
    auto byHidden = out.leftCols(n);
    auto byCell = out.rightCols(n);
    // i, f and g hear of c_t alone; o of h_t; and h_t of c_t.
    sumOfBlocks(stacked, d.gates, 0, 3, byCell);
    for (Eigen::Index j = 0; j < n; ++j)
        byHidden.col(j) = byCell.col(j) * d.hByC[j] + stacked.col(3 * n + j) * d.gates(j, 3);
}

} // namespace

StepDerivatives stepDerivatives(const IterationTrace& trace, int layer, int t)
{
    StepDerivatives d = trace.cell.kind == CellKind::Rnn   ? rnnDerivatives(trace, layer, t)
                        : trace.cell.kind == CellKind::Gru ? gruDerivatives(trace, layer, t)
                                                           : lstmDerivatives(trace, layer, t);
    holdClamped(trace, layer, t, d);
    return d;
}

SumGradients sumGradients(const IterationTrace& trace, int layer, int t, const Eigen::VectorXd& byState)
{
    const StepDerivatives d = stepDerivatives(trace, layer, t);
    const Eigen::Index n = d.gates.rows();
    const Eigen::VectorXd byHidden = byState.head(n);
    SumGradients sums{Eigen::VectorXd(d.gates.size()), {}};
    const auto block = [n](Eigen::VectorXd& v, Eigen::Index gate) { return v.segment(gate * n, n); };
    for (Eigen::Index gate = 0; gate < d.gates.cols(); ++gate)
        block(sums.input, gate) = d.gates.col(gate).cwiseProduct(byHidden);
    if (trace.cell.kind == CellKind::Lstm) {
        const Eigen::VectorXd byCell = byState.tail(n) + d.hByC.cwiseProduct(byHidden);
        for (Eigen::Index gate = 0; gate < 3; ++gate)
            block(sums.input, gate) = d.gates.col(gate).cwiseProduct(byCell);
    }
    const bool gru = trace.cell.kind == CellKind::Gru;
    if (gru && trace.cell.gruReset == GruReset::Before) {
        const Eigen::MatrixXd& recurrent = trace.weightsAt(ParameterRole::RecurrentWeight, layer, t);
        block(sums.input, 0) =
            d.gates.col(0).cwiseProduct(recurrent.bottomRows(n).transpose() * block(sums.input, 2));
    }
    sums.recurrent = sums.input;
    if (gru && trace.cell.gruReset == GruReset::After)
        block(sums.recurrent, 2).array() *= d.reset.array();
    return sums;
}

Eigen::MatrixXd Hop::matrix() const
{
    const Eigen::Index size = toHidden.cols();
    Eigen::MatrixXd result(size, size);
    back(Eigen::MatrixXd::Identity(size, size), result);
    return result;
}

const Eigen::MatrixXd& Hops::Transposed::take(const Eigen::MatrixXd& weights)
{
    if (of != &weights) {
        of = &weights;
        matrix = weights.transpose();
    }
    return matrix;
}

Hops::Hops(const IterationTrace& trace, int layer)
    : m_trace(&trace), m_layer(layer), m_hidden(trace.layers.at(static_cast<std::size_t>(layer)).hiddenSize())
{
}

void Hops::form(int t, bool withInput, Hop& hop)
{
    const CellSpec& cell = m_trace->cell;
    const Eigen::Index n = m_hidden;
    StepDerivatives d = stepDerivatives(*m_trace, m_layer, t);
    const Eigen::MatrixXd& recurrent =
        m_recurrent.take(m_trace->weightsAt(ParameterRole::RecurrentWeight, m_layer, t));
    const Eigen::MatrixXd* input =
        withInput ? &m_input.take(m_trace->weightsAt(ParameterRole::InputWeight, m_layer, t)) : nullptr;
    hop.toInput.resize(input ? input->rows() : 0, stateSize());

    switch (cell.kind) {
    case CellKind::Rnn:
        hop.toHidden.resize(n, n);
        sumOfBlocks(recurrent, d.gates, 0, 1, hop.toHidden);
        if (input)
            sumOfBlocks(*input, d.gates, 0, 1, hop.toInput);
        break;
    case CellKind::Lstm:
        formLstm(recurrent, d, hop.toHidden);
        if (input)
            formLstm(*input, d, hop.toInput);
        hop.hByC = d.hByC;
        hop.cellByCell = d.keep;
        hop.cellByHidden = d.keep.cwiseProduct(d.hByC);
        break;
    case CellKind::Gru:
        formGru(recurrent, input, d, hop);
        break;
    }
    if (!m_trace->handsBack(m_layer, t - 1)) {
        hop.toHidden.setZero();
        hop.cellByCell.setZero();
        hop.cellByHidden.setZero();
    }
}

void Hops::formGru(const Eigen::MatrixXd& recurrent, const Eigen::MatrixXd* input, StepDerivatives& d,
                   Hop& hop)
{
    const Eigen::Index n = m_hidden;
    hop.toHidden.resize(n, n);
    if (m_trace->cell.gruReset == GruReset::After) {
        if (input)
            sumOfBlocks(*input, d.gates, 0, 3, hop.toInput);
        d.gates.col(2).array() *= d.reset.array(); // ∂L/∂u = r ∘ ∂L/∂a_n
        sumOfBlocks(recurrent, d.gates, 0, 3, hop.toHidden);
    } else {
        // ∂L/∂(r∘h) = W_hnᵀ ∂L/∂a_n reaches h_{t-1} times r, and through the reset gate
        m_byReset.resize(n, n);
        sumOfBlocks(recurrent, d.gates, 2, 1, m_byReset);
        sumOfBlocks(recurrent, d.gates, 1, 1, hop.toHidden);
        Eigen::MatrixXd throughReset(n, n);
        sumOfBlocks(recurrent, d.gates, 0, 1, throughReset);
        throughReset.diagonal() += d.reset;
        hop.toHidden.noalias() += throughReset * m_byReset;
        if (input) {
            sumOfBlocks(*input, d.gates, 1, 2, hop.toInput);
            throughReset.resize(input->rows(), n);
            sumOfBlocks(*input, d.gates, 0, 1, throughReset);
            hop.toInput.noalias() += throughReset * m_byReset;
        }
    }
    hop.toHidden.diagonal() += d.keep;
}

} // namespace unrolled
