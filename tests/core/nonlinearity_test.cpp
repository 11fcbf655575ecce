#include "core/cells/nonlinearity.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <vector>

using namespace unrolled;

namespace {

/// Distance from the true value in units of the last place of the true value.
double ulps(double found, long double truth)
{
    const double rounded = static_cast<double>(truth);
    const double unit = std::nextafter(std::abs(rounded), INFINITY) - std::abs(rounded);
    return static_cast<double>(std::abs(static_cast<long double>(found) - truth) / unit);
}

/// Values of every size, both signs: a dense grid around 0 and powers down to the denormals.
std::vector<double> arguments()
{
    std::vector<double> result;
    for (int k = -40000; k <= 40000; ++k)
        result.push_back(k * 0.00173);
    for (double x = 1; x > 1e-300; x *= 0.37) {
        result.push_back(x);
        result.push_back(-x);
    }
    return result;
}

} // namespace

class NonlinearityTest : public QObject
{
    Q_OBJECT

private slots:
    void tanhIsWithinFourUlps()
    {
        for (const double x : arguments())
            QVERIFY2(ulps(fastTanh(x), std::tanh(static_cast<long double>(x))) <= 4,
                     qPrintable(QString::number(x, 'g', 17)));
    }

    void logisticIsWithinFourUlps()
    {
        for (const double x : arguments()) {
            const long double truth = 1 / (1 + std::exp(-static_cast<long double>(x)));
            QVERIFY2(ulps(logistic(x), truth) <= 4, qPrintable(QString::number(x, 'g', 17)));
        }
    }

    void expIsWithinTwoUlps()
    {
        for (const double x : arguments())
            QVERIFY2(ulps(fastExp(x), std::exp(static_cast<long double>(x))) <= 2,
                     qPrintable(QString::number(x, 'g', 17)));
    }

    void extremesSaturate()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        QCOMPARE(fastTanh(infinity), 1.0);
        QCOMPARE(fastTanh(-infinity), -1.0);
        QCOMPARE(fastTanh(1e300), 1.0);
        QCOMPARE(logistic(infinity), 1.0);
        QVERIFY(logistic(-infinity) < 1e-300);
        QCOMPARE(logistic(0.0), 0.5);
        QVERIFY(std::signbit(fastTanh(-0.0)));
    }

    void notANumberPassesThrough()
    {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QVERIFY(std::isnan(fastTanh(nan)));
        QVERIFY(std::isnan(logistic(nan)));
        QVERIFY(std::isnan(fastExp(nan)));
    }

    void theArrayFormsGiveTheSameBits()
    {
        const std::vector<double> in = arguments();
        std::vector<double> out(in.size());
        applyTanh(in.data(), out.data(), static_cast<Eigen::Index>(in.size()));
        for (std::size_t i = 0; i < in.size(); ++i)
            QCOMPARE(std::bit_cast<quint64>(out[i]), std::bit_cast<quint64>(fastTanh(in[i])));
        applyLogistic(in.data(), out.data(), static_cast<Eigen::Index>(in.size()));
        for (std::size_t i = 0; i < in.size(); ++i)
            QCOMPARE(std::bit_cast<quint64>(out[i]), std::bit_cast<quint64>(logistic(in[i])));
    }
};

QTEST_APPLESS_MAIN(NonlinearityTest)
#include "nonlinearity_test.moc"
