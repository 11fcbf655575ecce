#include "core/gradients/error_ellipse.h"

#include "core/gradients/gradient_path.h"
#include "core/gradients/hop.h"
#include "core/gradients/singular_values.h"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace unrolled {

namespace {

/// A few directions of error on their way through the hops of a layer, kept at right angles to each other, so
/// that none hides behind a larger one: `columns` = A_t X turned, for a block X of errors at s.
class ErrorBlock
{
public:
    ErrorBlock(const IterationTrace& trace, int layer, ErrorState state)
        : m_hops(trace, layer), m_cell(state == ErrorState::Cell && m_hops.stateSize() > m_hops.hiddenSize())
    {
    }

    Eigen::Index size() const { return m_hops.hiddenSize(); }

    /// The errors X (H × k) at s.
    void startBack(const Eigen::MatrixXd& errors, int s)
    {
        m_columns = ScaledColumns(m_hops.stateSize(), errors.cols());
        m_columns.values.middleRows(m_cell ? size() : 0, size()) = errors;
        m_turned.setIdentity(errors.cols(), errors.cols());
        m_hops.form(s, false, m_hop);
    }
    /// From t, where the hop is formed, to t-1.
    void goBack(int t)
    {
        m_next.resize(m_columns.values.rows(), m_columns.values.cols());
        m_hop.back(m_columns.values, m_next);
        m_columns.values.swap(m_next);
        orthogonalise(m_columns, &m_turned);
        m_hops.form(t - 1, false, m_hop);
    }
    /// ∂/∂h_t, or the total ∂/∂c_t, of the errors; at right angles.
    ScaledColumns read(Eigen::MatrixXd& turned) const
    {
        turned = m_turned;
        if (m_columns.values.rows() == size())
            return m_columns;
        ScaledColumns part(m_columns.values.topRows(size()), m_columns.exponents);
        if (m_cell)
            part.values = m_columns.values.bottomRows(size()) + m_hop.hByC.asDiagonal() * part.values;
        orthogonalise(part, &turned);
        return part;
    }

    /// A_rᵀ times directions (H × k) at r, up to scale and order: what of the errors at s reaches them.
    Eigen::MatrixXd forward(const Eigen::MatrixXd& directions, int r, int s, const GoOn& goOn)
    {
        const Eigen::Index n = size();
        ScaledColumns columns(m_hops.stateSize(), directions.cols());
        columns.values.topRows(n) = directions;
        if (m_cell) {
            m_hops.form(r, false, m_hop);
            columns.values.topRows(n) = m_hop.hByC.asDiagonal() * directions;
            columns.values.bottomRows(n) = directions;
        }
        Eigen::MatrixXd next;
        for (int t = r + 1; t <= s; ++t) {
            throwUnless(goOn);
            m_hops.form(t, false, m_hop);
            next.noalias() = m_hop.toHidden.transpose() * columns.values.topRows(n);
            if (next.rows() > n) {
                const auto byCell = columns.values.bottomRows(n);
                next.topRows(n) += m_hop.cellByHidden.asDiagonal() * byCell;
                next.bottomRows(n) += m_hop.cellByCell.asDiagonal() * byCell;
            }
            columns.values.swap(next);
            if ((s - t) % 4 == 0) // a few hops hide nothing
                orthogonalise(columns);
        }
        return columns.values.middleRows(m_cell ? n : 0, n);
    }

private:
    Hops m_hops;
    bool m_cell;
    Hop m_hop;
    ScaledColumns m_columns;
    Eigen::MatrixXd m_turned;
    Eigen::MatrixXd m_next;
};

/// How far back the errors of a block reach, and what is left of them there.
struct Reached
{
    int t = 0; ///< the first step that any of them reaches
    ScaledColumns columns;
    Eigen::MatrixXd turned;
    std::vector<Eigen::Index> order; ///< those that reach furthest first, the larger first among them
};

Reached reachBack(ErrorBlock& block, const Eigen::MatrixXd& errors, int s, const GoOn& goOn)
{
    struct Last
    {
        int t = 0;
        ScaledNumber norm;
    };
    std::vector<Last> last(static_cast<std::size_t>(errors.cols()));
    Reached reached;
    block.startBack(errors, s);
    for (int t = s; t >= 1; --t) {
        throwUnless(goOn);
        Eigen::MatrixXd turned;
        ScaledColumns columns = block.read(turned);
        if (!columns.values.allFinite())
            break;
        bool any = false;
        for (Eigen::Index j = 0; j < errors.cols(); ++j) {
            const ScaledNumber norm = columns.norm(j);
            if (norm.mantissa == 0)
                continue;
            last[static_cast<std::size_t>(j)] = {t, norm};
            any = true;
        }
        // An LSTM's h_t may hear nothing although what its c_t hears comes through to earlier steps.
        if (any) {
            reached.t = t;
            reached.columns = std::move(columns);
            reached.turned = std::move(turned);
        }
        if (t > 1)
            block.goBack(t);
    }
    reached.order.resize(last.size());
    std::iota(reached.order.begin(), reached.order.end(), Eigen::Index(0));
    std::stable_sort(reached.order.begin(), reached.order.end(), [&last](Eigen::Index a, Eigen::Index b) {
        const Last& x = last[static_cast<std::size_t>(a)];
        const Last& y = last[static_cast<std::size_t>(b)];
        if (x.t != y.t)
            return y.t == 0 || (x.t > 0 && x.t < y.t);
        return isSmaller(y.norm, x.norm);
    });
    return reached;
}

Eigen::MatrixXd orthonormal(const Eigen::MatrixXd& columns, Eigen::Index count)
{
    return Eigen::HouseholderQR<Eigen::MatrixXd>(columns).householderQ() *
           Eigen::MatrixXd::Identity(columns.rows(), count);
}

/// `count` directions that no matrix is likely to avoid.
Eigen::MatrixXd anyDirections(Eigen::Index rows, Eigen::Index count)
{
    return orthonormal(Eigen::MatrixXd::NullaryExpr(rows, count,
                                                    [rows](Eigen::Index i, Eigen::Index j) {
                                                        return std::sin(1.7 * double(i + j * rows) + 0.3);
                                                    }),
                       count);
}

bool settled(const ScaledNumber& a, const ScaledNumber& b)
{
    return b.mantissa == 0 ? a.mantissa == 0 : std::abs(GradientPath::ratio(a, b) - 1) < 1e-12;
}

/// The plane of the circle, and how far it reaches.
void findPlane(ErrorBlock& block, int s, const GoOn& goOn, ErrorEllipse& ellipse)
{
    constexpr Eigen::Index directions = 8;
    constexpr int mostRounds = 60;
    const Eigen::Index n = block.size();
    const Eigen::Index shown = std::min<Eigen::Index>(n, 2);
    const Eigen::Index count = std::min(n, directions);
    Eigen::MatrixXd errors =
        count == n ? Eigen::MatrixXd(Eigen::MatrixXd::Identity(n, n)) : anyDirections(n, count);
    std::vector<ScaledNumber> before;
    for (int round = 0; round < mostRounds; ++round) {
        const Reached reached = reachBack(block, errors, s, goOn);
        ellipse.reach = std::max(1, reached.t);
        if (n <= 2) {
            ellipse.plane = errors;
            return;
        }
        if (reached.t == 0) { // not a number at s itself
            ellipse.plane = errors.leftCols(shown);
            return;
        }
        const Eigen::MatrixXd turned = errors * reached.turned;
        ellipse.plane.resize(n, shown);
        std::vector<ScaledNumber> leading;
        for (Eigen::Index j = 0; j < shown; ++j) {
            const Eigen::Index from = reached.order[static_cast<std::size_t>(j)];
            ellipse.plane.col(j) = turned.col(from);
            leading.push_back(reached.columns.norm(from));
        }
        const bool same = !before.empty() && settled(leading[0], before[0]) && settled(leading[1], before[1]);
        if (count == n || same)
            break;
        before = leading;

        // Once more, with the errors that reach what is left there.
        Eigen::MatrixXd left(n, count);
        Eigen::Index alive = 0;
        for (const Eigen::Index j : reached.order) {
            const ScaledNumber norm = reached.columns.norm(j);
            if (norm.mantissa != 0)
                left.col(alive++) =
                    reached.columns.values.col(j) / scaledNormOf(reached.columns.values.col(j)).value();
        }
        Eigen::MatrixXd next(n, count);
        next.leftCols(alive) = block.forward(left.leftCols(alive), reached.t, s, goOn);
        for (Eigen::Index j = alive; j < count; ++j)
            next.col(j) = turned.col(reached.order[static_cast<std::size_t>(j)]);
        errors = orthonormal(next, count);
    }
    // Of the two signs of a direction the one whose largest part is positive.
    for (Eigen::Index j = 0; j < shown; ++j) {
        Eigen::Index largest = 0;
        ellipse.plane.col(j).cwiseAbs().maxCoeff(&largest);
        if (ellipse.plane(largest, j) < 0)
            ellipse.plane.col(j) *= -1;
    }
}

/// Unit directions of the ellipse's axes in H dimensions, the larger first, from its columns and the frame of
/// the step after. An axis of length 0 takes what the frame leaves.
Eigen::MatrixXd axisDirections(const ScaledColumns& columns, const std::vector<Eigen::Index>& order,
                               const Eigen::MatrixXd& frame)
{
    Eigen::MatrixXd axes(columns.values.rows(), columns.values.cols());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto column = columns.values.col(order[i]);
        const double size = scaledNormOf(column).value();
        const auto to = static_cast<Eigen::Index>(i);
        if (size > 0) {
            axes.col(to) = column / size;
        } else if (i == 0) {
            return frame;
        } else {
            const Eigen::Vector2d along = frame.transpose() * axes.col(0);
            const Eigen::Vector2d across(-along[1], along[0]);
            axes.col(to) = frame * (across.norm() > 0 ? across.normalized() : Eigen::Vector2d(0, 1));
        }
    }
    return axes;
}

} // namespace

ErrorEllipse errorEllipse(const IterationTrace& trace, int layer, int s, ErrorState state, const GoOn& goOn)
{
    ErrorBlock block(trace, layer, state);
    ErrorEllipse ellipse;
    findPlane(block, s, goOn, ellipse);
    ellipse.steps.resize(static_cast<std::size_t>(s));
    const Eigen::Index count = ellipse.plane.cols();
    Eigen::MatrixXd frame = ellipse.plane;
    block.startBack(ellipse.plane, s);
    for (int t = s; t >= 1; --t) {
        throwUnless(goOn);
        ErrorEllipse::Step& step = ellipse.steps[static_cast<std::size_t>(t - 1)];
        Eigen::MatrixXd turned;
        const ScaledColumns columns = block.read(turned);
        if (!columns.values.allFinite()) {
            for (int rest = t; rest >= 1; --rest) {
                ErrorEllipse::Step& none = ellipse.steps[static_cast<std::size_t>(rest - 1)];
                none.major = none.minor = {std::numeric_limits<double>::quiet_NaN(), 0};
            }
            break;
        }
        std::vector<Eigen::Index> order{0};
        if (count > 1)
            order = isSmaller(columns.norm(0), columns.norm(1)) ? std::vector<Eigen::Index>{1, 0}
                                                                : std::vector<Eigen::Index>{0, 1};
        const Eigen::MatrixXd axes = axisDirections(columns, order, frame);
        const Eigen::MatrixXd projection = axes.transpose() * frame;
        const Eigen::JacobiSVD<Eigen::MatrixXd> svd(projection, Eigen::ComputeFullU | Eigen::ComputeFullV);
        const Eigen::MatrixXd nearest = svd.matrixU() * svd.matrixV().transpose();
        const Eigen::MatrixXd outside = axes - frame * projection.transpose();
        step.tilt = std::atan2(Eigen::JacobiSVD<Eigen::MatrixXd>(outside).singularValues()[0],
                               svd.singularValues()[count - 1]);
        step.major = columns.norm(order[0]);
        step.axes.topLeftCorner(count, count) = nearest.transpose();
        for (Eigen::Index j = 0; j < count; ++j)
            step.from.col(j).head(count) = turned.col(order[static_cast<std::size_t>(j)]);
        if (count > 1)
            step.minor = columns.norm(order[1]);
        frame = axes * nearest;
        if (t > 1)
            block.goBack(t);
    }
    return ellipse;
}

} // namespace unrolled
