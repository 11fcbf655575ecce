#include "core/gradients/matrix_spectrum.h"
#include "core/gradients/singular_values.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <numbers>

using namespace unrolled;

namespace {

Eigen::Matrix2d rotation(double angle)
{
    Eigen::Matrix2d matrix;
    matrix << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
    return matrix;
}

} // namespace

class MatrixSpectrumTest : public QObject
{
    Q_OBJECT
private slots:
    void a_scaled_rotation_turns_by_its_angle()
    {
        const double angle = std::numbers::pi / 5;
        const MatrixSpectrum spectrum = spectrumOf(0.8 * rotation(angle));
        QCOMPARE(spectrum.eigenvalues.size(), Eigen::Index(2));
        QVERIFY(std::abs(spectrum.eigenvalues(0) - std::polar(0.8, angle)) < 1e-15);
        QVERIFY(std::abs(spectrum.eigenvalues(1) - std::polar(0.8, -angle)) < 1e-15);
        QVERIFY(std::abs(spectrum.radius - 0.8) < 1e-15);
        QVERIFY(std::abs(spectrum.sigmaMax - 0.8) < 1e-15);
    }

    void a_scaled_identity_has_one_eigenvalue_many_times()
    {
        const MatrixSpectrum spectrum = spectrumOf(-1.5 * Eigen::MatrixXd::Identity(7, 7));
        QCOMPARE(spectrum.eigenvalues.size(), Eigen::Index(7));
        for (const std::complex<double>& value : spectrum.eigenvalues)
            QCOMPARE(value, std::complex<double>(-1.5));
        QCOMPARE(spectrum.radius, 1.5);
        QVERIFY(std::abs(spectrum.sigmaMax - 1.5) < 1e-15);
    }

    void a_shear_stretches_more_than_its_eigenvalues_say()
    {
        Eigen::Matrix2d shear;
        shear << 0.5, 10, 0, 0.25;
        const MatrixSpectrum spectrum = spectrumOf(shear);
        QCOMPARE(spectrum.eigenvalues(0), std::complex<double>(0.5));
        QCOMPARE(spectrum.eigenvalues(1), std::complex<double>(0.25));
        // σ² is the larger root of s² − ‖M‖²_F s + det² = 0.
        const double squares = 0.25 + 100 + 0.0625;
        const double sigma = std::sqrt((squares + std::sqrt(squares * squares - 4 * 0.125 * 0.125)) / 2);
        QVERIFY(std::abs(spectrum.sigmaMax - sigma) < 1e-14 * sigma);
    }

    void the_largest_singular_value_is_that_of_jacobi_rotations_at_any_scale()
    {
        std::srand(3);
        const Eigen::MatrixXd matrix = Eigen::MatrixXd::Random(20, 20);
        const double expected = singularValues(matrix).front().value();
        for (const double scale : {1.0, 1e-200, 1e200}) {
            const MatrixSpectrum spectrum = spectrumOf(matrix * scale);
            QVERIFY(std::abs(spectrum.sigmaMax - expected * scale) < 1e-13 * expected * scale);
            QVERIFY(spectrum.radius <= spectrum.sigmaMax);
            // The sum of eigenvalues is the trace.
            QVERIFY(std::abs(spectrum.eigenvalues.sum() - matrix.trace() * scale) < 1e-12 * scale);
        }
    }

    void what_has_no_spectrum_is_told_by_an_empty_one()
    {
        QVERIFY(spectrumOf(Eigen::MatrixXd::Zero(2, 3)).empty());
        QVERIFY(spectrumOf(Eigen::MatrixXd(0, 0)).empty());
        Eigen::MatrixXd broken = Eigen::MatrixXd::Identity(3, 3);
        broken(2, 0) = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(spectrumOf(broken).empty());
        const MatrixSpectrum nothing = spectrumOf(Eigen::MatrixXd::Zero(3, 3));
        QCOMPARE(nothing.eigenvalues.size(), Eigen::Index(3));
        QCOMPARE(nothing.radius, 0.0);
        QCOMPARE(nothing.sigmaMax, 0.0);
    }
};

QTEST_APPLESS_MAIN(MatrixSpectrumTest)
#include "matrix_spectrum_test.moc"
