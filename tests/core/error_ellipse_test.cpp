// The circle of errors pushed back through time, against explicit products of Jacobians, closed forms and
// central differences.

#include "core/gradients/error_ellipse.h"

#include "core/gradients/hop.h"
#include "core/gradients/jacobian.h"
#include "tests/core/networks.h"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <QTest>
#include <cmath>

using namespace unrolled;
using namespace networks;

namespace {

TracePtr trained(int cell, const std::vector<int>& hidden, int length, int truncate = 0)
{
    Experiment experiment = textExperiment(allCells()[static_cast<std::size_t>(cell)].spec, hidden, length);
    experiment.training.truncate = truncate;
    Trainer trainer(experiment);
    trainer.step();
    trainer.step();
    return trainer.record();
}

/// (∂h_s/∂h_t)ᵀ or (∂c_s/∂c_t)ᵀ as the plain product of the hops' matrices.
Eigen::MatrixXd plainProduct(const IterationTrace& trace, int layer, int s, int t, ErrorState state)
{
    Hops hops(trace, layer);
    const Eigen::Index n = hops.hiddenSize();
    const bool cell = state == ErrorState::Cell && hops.stateSize() > n;
    Eigen::MatrixXd product =
        Eigen::MatrixXd::Identity(hops.stateSize(), hops.stateSize()).middleCols(cell ? n : 0, n);
    Hop hop;
    for (int k = s; k > t; --k) {
        hops.form(k, false, hop);
        product = (hop.matrix() * product).eval();
    }
    hops.form(t, false, hop);
    if (cell)
        return product.bottomRows(n) + hop.hByC.asDiagonal() * product.topRows(n);
    return product.topRows(n);
}

/// What the ellipse says A_t V is, in the coordinates of F_t.
Eigen::Matrix2d mapOf(const ErrorEllipse::Step& step)
{
    const Eigen::Vector2d sizes(step.major.value(), step.minor.value());
    return step.axes * sizes.asDiagonal() * step.from.transpose();
}

Eigen::Matrix2d rotation(double angle)
{
    Eigen::Matrix2d r;
    r << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
    return r;
}

double away(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b)
{
    return (a - b).cwiseAbs().maxCoeff();
}

void addKinds(int size)
{
    QTest::addColumn<TracePtr>("trace");
    QTest::addColumn<ErrorState>("state");
    for (int cell = 0; cell < 7; ++cell) {
        const TracePtr trace = trained(cell, {size, size}, 9);
        const std::string name = allCells()[static_cast<std::size_t>(cell)].name;
        QTest::newRow(name.c_str()) << trace << ErrorState::Hidden;
        if (cell == 6)
            QTest::newRow("LSTM, by its cell state") << trace << ErrorState::Cell;
    }
}

QString told(double actual, double expected)
{
    return QString("%1, expected %2").arg(actual, 0, 'g', 17).arg(expected, 0, 'g', 17);
}

} // namespace

Q_DECLARE_METATYPE(unrolled::TracePtr)
Q_DECLARE_METATYPE(unrolled::ErrorState)

#define NEAR(actual, expected, allowed)                                                                      \
    QVERIFY2(std::abs((actual) - (expected)) <= (allowed), qPrintable(told(actual, expected)))

class ErrorEllipseTest : public QObject
{
    Q_OBJECT

private slots:
    void two_units_show_the_whole_jacobian_data() { addKinds(2); }
    void two_units_show_the_whole_jacobian()
    {
        QFETCH(TracePtr, trace);
        QFETCH(ErrorState, state);
        for (int layer = 0; layer < 2; ++layer) {
            const std::vector<JacobianAt> known = jacobians(*trace, layer);
            const ErrorEllipse ellipse = errorEllipse(*trace, layer, 9, state);
            QVERIFY(ellipse.plane.isIdentity(0));
            for (int t = 9; t >= 1; --t) {
                const ErrorEllipse::Step& at = ellipse.at(t);
                const JacobianAt& wanted = known[static_cast<std::size_t>(9 - t)];
                const auto& values = state == ErrorState::Cell ? wanted.cell : wanted.hidden;
                NEAR(at.major.value(), values[0].value(), 1e-12 * values[0].value());
                NEAR(at.minor.value(), values[1].value(), 1e-12 * values[0].value());
                const Eigen::MatrixXd product = plainProduct(*trace, layer, 9, t, state);
                QVERIFY(away(mapOf(at), product) <= 1e-13 * product.norm());
                QVERIFY(at.tilt < 1e-7);
            }
        }
    }

    void many_units_show_the_plane_that_reaches_furthest_data() { addKinds(12); }
    void many_units_show_the_plane_that_reaches_furthest()
    {
        QFETCH(TracePtr, trace);
        QFETCH(ErrorState, state);
        const ErrorEllipse ellipse = errorEllipse(*trace, 1, 9, state);
        const Eigen::MatrixXd whole = plainProduct(*trace, 1, 9, ellipse.reach, state);
        const Eigen::JacobiSVD<Eigen::MatrixXd> svd(whole, Eigen::ComputeFullV);
        const ErrorEllipse::Step& end = ellipse.at(ellipse.reach);
        NEAR(end.major.value(), svd.singularValues()[0], 1e-12 * svd.singularValues()[0]);
        NEAR(end.minor.value(), svd.singularValues()[1], 1e-12 * svd.singularValues()[0]);
        QVERIFY(away(ellipse.plane.transpose() * ellipse.plane, Eigen::Matrix2d::Identity()) < 1e-13);
        const Eigen::MatrixXd inside = ellipse.plane.transpose() * svd.matrixV().leftCols(2);
        NEAR(inside.squaredNorm(), 2.0, 1e-10);
    }

    void the_picture_is_the_map_in_its_own_plane_data() { addKinds(5); }
    void the_picture_is_the_map_in_its_own_plane()
    {
        QFETCH(TracePtr, trace);
        QFETCH(ErrorState, state);
        for (const int s : {9, 6}) {
            const ErrorEllipse ellipse = errorEllipse(*trace, 0, s, state);
            QCOMPARE(ellipse.steps.size(), static_cast<std::size_t>(s));
            Eigen::MatrixXd frame = ellipse.plane;
            for (int t = s; t >= ellipse.reach; --t) {
                const Eigen::MatrixXd image = plainProduct(*trace, 0, s, t, state) * ellipse.plane;
                const double size = image.norm();
                const ErrorEllipse::Step& at = ellipse.at(t);
                const Eigen::JacobiSVD<Eigen::MatrixXd> own(image, Eigen::ComputeThinU);
                if (own.singularValues()[1] < 1e-6 * size)
                    break; // the explicit product has lost its plane
                const Eigen::JacobiSVD<Eigen::MatrixXd> beside(own.matrixU().transpose() * frame,
                                                               Eigen::ComputeFullU | Eigen::ComputeFullV);
                NEAR(std::cos(at.tilt), beside.singularValues()[1], 1e-9);
                frame = own.matrixU() * beside.matrixU() * beside.matrixV().transpose();
                QVERIFY(away(mapOf(at), frame.transpose() * image) <= 1e-9 * size);
                QVERIFY(away(at.axes * at.axes.transpose(), Eigen::Matrix2d::Identity()) < 1e-14);
                QVERIFY(away(at.from * at.from.transpose(), Eigen::Matrix2d::Identity()) < 1e-14);
            }
        }
    }

    void one_unit_shows_a_segment()
    {
        const TracePtr trace = trained(0, {1}, 9);
        const ErrorEllipse ellipse = errorEllipse(*trace, 0, 9);
        for (int t = 1; t <= 9; ++t) {
            const double wanted = plainProduct(*trace, 0, 9, t, ErrorState::Hidden)(0, 0);
            NEAR(mapOf(ellipse.at(t))(0, 0), wanted, 1e-15);
            QCOMPARE(ellipse.at(t).minor.value(), 0.0);
        }
    }

    void an_orthogonal_recurrence_turns_by_its_angle()
    {
        const double angle = 0.3;
        const ErrorEllipse two = errorEllipse(*silentLinear(rotation(angle), 101), 0, 101);
        // In three dimensions the third one fades, and the plane of the first two stays.
        Eigen::Matrix3d w = Eigen::Matrix3d::Identity() * 0.5;
        w.topLeftCorner(2, 2) = rotation(angle);
        const ErrorEllipse three = errorEllipse(*silentLinear(w, 101), 0, 101);
        QVERIFY(three.plane.bottomRows(1).norm() < 1e-14);
        const Eigen::Matrix2d inPlane = three.plane.topRows(2);
        for (int t = 1; t <= 101; ++t) {
            const Eigen::Matrix2d wanted = rotation(-angle * (101 - t)); // W_hhᵀ
            for (const ErrorEllipse* each : {&two, &three}) {
                NEAR(each->at(t).major.value(), 1.0, 1e-13);
                NEAR(each->at(t).minor.value(), 1.0, 1e-13);
                NEAR(each->at(t).tilt, 0.0, 1e-7);
            }
            QVERIFY(away(mapOf(two.at(t)), wanted) < 1e-13);
            QVERIFY(away(mapOf(three.at(t)), inPlane.transpose() * wanted * inPlane) < 1e-12);
        }
    }

    void a_linear_recurrence_stretches_as_its_power()
    {
        // W = R diag(0.01, 1e-4) Rᵀ: 0.01^180 = 1e-360, and the other one far below.
        const Eigen::Matrix2d r = rotation(0.7);
        const Eigen::Vector2d w(0.01, 1e-4);
        const ErrorEllipse ellipse =
            errorEllipse(*silentLinear(r * w.asDiagonal() * r.transpose(), 181), 0, 181);
        for (int t = 180; t >= 1; --t) {
            const int lag = 181 - t;
            const ErrorEllipse::Step& at = ellipse.at(t);
            NEAR(at.major.log10(), -2.0 * lag, 1e-13 * (lag + 1));
            NEAR(at.minor.log10(), -4.0 * lag, 1e-13 * (lag + 1));
            NEAR(std::abs(at.axes.col(0).dot(r.col(0))), 1.0, 1e-14);
            NEAR(std::abs(at.from.col(0).dot(r.col(0))), 1.0, 1e-14);
        }
    }

    void what_explodes_leaves_doubles_range_unharmed()
    {
        Eigen::Matrix3d w = Eigen::Vector3d(4000, 300, 0.2).asDiagonal();
        const ErrorEllipse ellipse = errorEllipse(*silentLinear(w, 181), 0, 181);
        NEAR(ellipse.at(1).major.log10(), 180 * std::log10(4000.0), 1e-10);
        NEAR(ellipse.at(1).minor.log10(), 180 * std::log10(300.0), 1e-10);
        QVERIFY(std::isinf(ellipse.at(1).major.value()));
    }

    void it_is_what_central_differences_find_data()
    {
        QTest::addColumn<bool>("lstm");
        QTest::addColumn<ErrorState>("state");
        QTest::newRow("a tanh RNN") << false << ErrorState::Hidden;
        QTest::newRow("an LSTM by h") << true << ErrorState::Hidden;
        QTest::newRow("an LSTM by c") << true << ErrorState::Cell;
    }
    void it_is_what_central_differences_find()
    {
        QFETCH(bool, lstm);
        QFETCH(ErrorState, state);
        const int length = 8;
        const int s = 7;
        const TracePtr trace = trained(lstm ? 6 : 0, {2}, length);
        const Eigen::MatrixXd wx = trace->weightsAt(ParameterRole::InputWeight, 0, 1);
        const Eigen::MatrixXd wh = trace->weightsAt(ParameterRole::RecurrentWeight, 0, 1);
        const Eigen::MatrixXd b = trace->weightsAt(ParameterRole::Bias, 0, 1);
        const auto sigmoid = [](const Eigen::ArrayXd& a) { return (1 / (1 + (-a).exp())).eval(); };
        // The state at s, from one at t on.
        const auto run = [&](Eigen::VectorXd h, Eigen::VectorXd c, int t) {
            for (int k = t + 1; k <= s; ++k) {
                const Eigen::VectorXd a =
                    wx * trace->channel(0, "x").value.col(k - 1) + wh * h + Eigen::VectorXd(b.col(0));
                if (!lstm) {
                    h = a.array().tanh();
                    continue;
                }
                const Eigen::ArrayXd i = sigmoid(a.segment(0, 2).array());
                const Eigen::ArrayXd f = sigmoid(a.segment(2, 2).array());
                const Eigen::ArrayXd g = a.segment(4, 2).array().tanh();
                const Eigen::ArrayXd o = sigmoid(a.segment(6, 2).array());
                c = (f * c.array() + i * g).matrix();
                h = (o * c.array().tanh()).matrix();
            }
            return state == ErrorState::Cell ? c : h;
        };
        const ErrorEllipse ellipse = errorEllipse(*trace, 0, s, state);
        const double step = 1e-5;
        for (int t = 1; t < s; ++t) {
            const Eigen::VectorXd h = trace->channel(0, "h").value.col(t - 1);
            const Eigen::VectorXd c =
                lstm ? Eigen::VectorXd(trace->channel(0, "c").value.col(t - 1)) : Eigen::VectorXd();
            Eigen::Matrix2d found;
            for (Eigen::Index j = 0; j < 2; ++j) {
                const Eigen::VectorXd by = Eigen::VectorXd::Unit(2, j) * step;
                const auto from = [&](double sign) {
                    if (state == ErrorState::Hidden)
                        return run(h + sign * by, c, t);
                    // By c_t in full: h_t follows it.
                    const Eigen::VectorXd moved = c + sign * by;
                    const Eigen::ArrayXd o = trace->channel(0, "o").value.col(t - 1).array();
                    return run((o * moved.array().tanh()).matrix(), moved, t);
                };
                found.row(j) = ((from(1) - from(-1)) / (2 * step)).transpose();
            }
            QVERIFY2(away(mapOf(ellipse.at(t)), found) < 1e-9,
                     qPrintable(told(away(mapOf(ellipse.at(t)), found), 0)));
        }
    }

    void nothing_passes_a_border_of_truncation()
    {
        for (const int units : {2, 5, 12}) {
            const ErrorEllipse ellipse = errorEllipse(*trained(0, {units}, 12, 5), 0, 12);
            QCOMPARE(ellipse.reach, 11); // chunks of 1…5, 6…10, 11 and 12
            QVERIFY(ellipse.at(11).minor.value() > 0);
            QCOMPARE(ellipse.at(10).major.value(), 0.0);
            QCOMPARE(ellipse.at(1).major.value(), 0.0);
            QVERIFY(ellipse.at(1).axes.allFinite());
        }
    }

    void a_direction_that_dies_leaves_a_segment()
    {
        // W of rank 1: after one hop the ellipse is flat; the second direction is one that reaches t = 100.
        Eigen::MatrixXd w = Eigen::MatrixXd::Zero(10, 10);
        w(0, 0) = 0.5;
        const ErrorEllipse ellipse = errorEllipse(*silentLinear(w, 101), 0, 101);
        QCOMPARE(ellipse.reach, 1);
        NEAR(ellipse.at(1).major.log10(), 100 * std::log10(0.5), 1e-11);
        QCOMPARE(ellipse.at(100).minor.value(), 0.0);
        NEAR(ellipse.at(101).minor.value(), 1.0, 1e-14);
        NEAR(std::abs(ellipse.plane(0, 0)), 1.0, 1e-13);
        QVERIFY(ellipse.at(1).axes.allFinite());
    }

    void what_is_not_finite_is_told()
    {
        for (const int units : {2, 12}) {
            auto trace = std::make_shared<IterationTrace>(*trained(0, {units}, 9));
            for (auto& channel : trace->layers[0].channels)
                channel.value.col(4).setConstant(std::nan(""));
            const ErrorEllipse ellipse = errorEllipse(*trace, 0, 9);
            QVERIFY(std::isfinite(ellipse.at(5).major.value()));
            QVERIFY(std::isnan(ellipse.at(4).major.value()));
            QVERIFY(std::isnan(ellipse.at(1).minor.value()));
        }
    }

    void it_can_be_called_off()
    {
        const TracePtr trace = trained(0, {12}, 9);
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(
            errorEllipse(*trace, 0, 9, ErrorState::Hidden, [&asked] { return ++asked < 15; }), Cancelled);
    }
};

QTEST_APPLESS_MAIN(ErrorEllipseTest)
#include "error_ellipse_test.moc"
