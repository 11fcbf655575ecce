#include "core/gradients/hop_norms.h"

#include "core/gradients/hop.h"
#include "core/gradients/jacobian.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace unrolled {

namespace {

/// The largest size of an entry of a hop's matrix; NaN where one is.
double largestEntry(const Hop& hop)
{
    const auto of = [](const auto& part) {
        return part.size() > 0 ? part.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>() : 0.0;
    };
    Eigen::Vector3d each(of(hop.toHidden), of(hop.cellByHidden), of(hop.cellByCell));
    return of(each);
}

/// (sM)ᵀ(sM) v of a hop's matrix M, without M as a whole.
Eigen::VectorXd gramTimes(const Hop& hop, double s, const Eigen::VectorXd& v)
{
    const Eigen::Index n = hop.toHidden.rows();
    const Eigen::VectorXd byHidden = s * (hop.toHidden * v);
    Eigen::VectorXd result = hop.toHidden.transpose() * byHidden;
    if (v.size() > n) {
        const Eigen::VectorXd byCell =
            s * (v.head(n).cwiseProduct(hop.cellByHidden) + v.tail(n).cwiseProduct(hop.cellByCell));
        result.head(n) += byCell.cwiseProduct(hop.cellByHidden);
        result.tail(n) += byCell.cwiseProduct(hop.cellByCell);
    }
    return s * result;
}

double largestEigenvalue(const std::vector<double>& diagonal, const std::vector<double>& beside)
{
    const auto size = static_cast<Eigen::Index>(diagonal.size());
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(Eigen::Map<const Eigen::VectorXd>(diagonal.data(), size),
                                  Eigen::Map<const Eigen::VectorXd>(beside.data(), size - 1),
                                  Eigen::EigenvaluesOnly);
    return solver.eigenvalues()[size - 1];
}

/// σ_max by Lanczos' method on MᵀM, every new direction put at a right angle to all before.
double largestSingularValue(const Hop& hop)
{
    constexpr Eigen::Index mostSteps = 120;
    constexpr int checkEvery = 4;
    constexpr double settled = 1e-13;
    const Eigen::Index size = hop.toHidden.cols();
    const double largest = largestEntry(hop);
    if (!std::isfinite(largest))
        return std::nan("");
    if (largest == 0)
        return 0;
    // The squares of a matrix scaled so stay in double's range; a power of two rounds nothing.
    const double scale = std::scalbn(1.0, -std::clamp(std::ilogb(largest), -1000, 1000));
    const Eigen::Index steps = std::min(size, mostSteps);
    Eigen::MatrixXd basis(size, steps);
    Eigen::VectorXd v(size);
    for (Eigen::Index i = 0; i < size; ++i) // a direction that no matrix is likely to avoid
        v[i] = 1 + 0.5 * std::sin(1.7 * double(i) + 0.3);
    v.normalize();
    std::vector<double> diagonal;
    std::vector<double> beside;
    double before = -1;
    for (Eigen::Index k = 0; k < steps; ++k) {
        basis.col(k) = v;
        Eigen::VectorXd next = gramTimes(hop, scale, v);
        diagonal.push_back(v.dot(next));
        const auto known = basis.leftCols(k + 1);
        for (int twice = 0; twice < 2; ++twice)
            next -= known * (known.transpose() * next);
        const double rest = next.norm();
        const bool last = k + 1 == steps || rest <= 1e-15 * std::abs(diagonal.front());
        if (last || (k + 1) % checkEvery == 0) {
            const double found = largestEigenvalue(diagonal, beside);
            if (last || std::abs(found - before) <= settled * found)
                return std::sqrt(std::max(0.0, found)) / scale;
            before = found;
        }
        beside.push_back(rest);
        v = next / rest;
    }
    return std::nan("");
}

} // namespace

HopNorms hopNorms(const IterationTrace& trace, int layer, const GoOn& goOn)
{
    Hops hops(trace, layer);
    const bool simple = trace.cell.kind == CellKind::Rnn;
    const auto steps = static_cast<std::size_t>(trace.steps());
    HopNorms norms;
    norms.hop.resize(steps);
    for (auto* of : {&norms.saturation, &norms.recurrence, &norms.theory})
        of->resize(simple ? steps : 0);
    const Eigen::MatrixXd* of = nullptr;
    double recurrence = 0;
    Hop hop;
    for (int t = 2; t <= trace.steps(); ++t) {
        throwUnless(goOn);
        hops.form(t, false, hop);
        const auto i = static_cast<std::size_t>(t - 1);
        norms.hop[i] = largestSingularValue(hop);
        if (!simple)
            continue;
        const Eigen::MatrixXd& weights = trace.weightsAt(ParameterRole::RecurrentWeight, layer, t);
        if (of != &weights) {
            of = &weights;
            Hop whole;
            whole.toHidden = weights;
            recurrence = largestSingularValue(whole);
        }
        norms.saturation[i] = stepDerivatives(trace, layer, t).gates.cwiseAbs().maxCoeff();
        norms.recurrence[i] = recurrence;
        norms.theory[i] = largestSlope(trace.cell.activation) * recurrence;
    }
    return norms;
}

} // namespace unrolled
