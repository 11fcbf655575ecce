#include "core/gradients/jacobian.h"

#include "core/gradients/hop.h"
#include "core/gradients/singular_values.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// Gradients of every unit of h_T (or c_T) by the state at t, t falling: one column a unit.
class Columns
{
public:
    Columns(const Hops& hops, bool ofCell) : m_columns(hops.stateSize(), hops.hiddenSize())
    {
        const Eigen::Index n = hops.hiddenSize();
        m_columns.values.middleRows(ofCell ? n : 0, n).setIdentity();
    }

    const ScaledColumns& get() const { return m_columns; }
    /// Columns at right angles hide no small ones behind large ones in the hops to come.
    void straighten() { orthogonalise(m_columns); }
    void goBack(const Hop& hop)
    {
        Eigen::MatrixXd previous(m_columns.values.rows(), m_columns.values.cols());
        hop.back(m_columns.values, previous);
        m_columns.values.swap(previous);
        for (Eigen::Index j = 0; j < m_columns.values.cols(); ++j)
            m_columns.normalise(j);
    }

private:
    ScaledColumns m_columns;
};

ScaledColumns hiddenPart(const ScaledColumns& state, Eigen::Index n)
{
    return {state.values.topRows(n), state.exponents};
}

ScaledColumns cellPart(const ScaledColumns& state, Eigen::Index n, const Eigen::VectorXd& hByC)
{
    // The total ∂/∂c_t has the path through h_t as well.
    return {state.values.bottomRows(n) + hByC.asDiagonal() * state.values.topRows(n), state.exponents};
}

double norm(const Eigen::MatrixXd& matrix)
{
    return singularValues(matrix).front().value();
}

} // namespace

double largestSlope(Activation activation)
{
    return activation == Activation::Sigmoid ? 0.25 : 1.0;
}

std::vector<JacobianAt> jacobians(const IterationTrace& trace, int layer, const GoOn& goOn)
{
    Hops hops(trace, layer);
    const Eigen::Index n = hops.hiddenSize();
    const bool lstm = trace.cell.kind == CellKind::Lstm;
    Columns hidden(hops, false);
    Columns cell(hops, lstm);
    std::vector<ScaledNumber> held(static_cast<std::size_t>(lstm ? n : 0), ScaledNumber{1, 0});
    ScaledNumber bound{1, 0};
    const Eigen::MatrixXd* boundOf = nullptr;
    double largest = 0;
    Hop hop;
    std::vector<JacobianAt> result;
    for (int t = trace.steps(); t >= 1; --t) {
        throwUnless(goOn);
        hops.form(t, false, hop);
        JacobianAt at;
        at.t = t;
        hidden.straighten();
        at.hidden = singularValues(lstm ? hiddenPart(hidden.get(), n) : hidden.get());
        if (lstm) {
            cell.straighten();
            at.cell = singularValues(cellPart(cell.get(), n, hop.hByC));
            at.cellHeld = held;
            std::sort(at.cellHeld.begin(), at.cellHeld.end(),
                      [](const ScaledNumber& a, const ScaledNumber& b) { return isSmaller(b, a); });
        }
        if (trace.cell.kind == CellKind::Rnn)
            at.bound = bound;
        result.push_back(std::move(at));
        if (t == 1)
            break;

        hidden.goBack(hop);
        if (lstm) {
            cell.goBack(hop);
            for (Eigen::Index unit = 0; unit < n; ++unit) {
                auto& each = held[static_cast<std::size_t>(unit)];
                each = product(each, hop.cellByCell[unit]);
            }
        }
        if (trace.cell.kind == CellKind::Rnn) {
            const Eigen::MatrixXd& weights = trace.weightsAt(ParameterRole::RecurrentWeight, layer, t);
            if (boundOf != &weights)
                largest = norm(weights);
            boundOf = &weights;
            bound = product(bound, largestSlope(trace.cell.activation) * largest);
        }
    }
    return result;
}

ScaledColumns jacobianColumns(const IterationTrace& trace, int layer, int t)
{
    Hops hops(trace, layer);
    Columns columns(hops, false);
    Hop hop;
    for (int step = trace.steps(); step > t; --step) {
        hops.form(step, false, hop);
        columns.goBack(hop);
    }
    return hiddenPart(columns.get(), hops.hiddenSize());
}

Eigen::VectorXd lyapunovExponents(const IterationTrace& trace, int layer)
{
    Hops hops(trace, layer);
    const Eigen::Index size = hops.stateSize();
    Eigen::MatrixXd q = Eigen::MatrixXd::Identity(size, size);
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(size);
    Hop hop;
    for (int t = 1; t <= trace.steps(); ++t) {
        hops.form(t, false, hop);
        // Q R = J_t Q, J_t = ∂state_t/∂state_{t-1}
        const Eigen::HouseholderQR<Eigen::MatrixXd> qr(hop.matrix().transpose() * q);
        q = qr.householderQ();
        sum += qr.matrixQR().diagonal().cwiseAbs().array().log().matrix();
    }
    sum /= trace.steps();
    std::sort(sum.begin(), sum.end(), std::greater<>());
    return sum;
}

} // namespace unrolled
