#include "core/training/initialiser.h"
#include "core/training/random.h"

#include <QtTest>
#include <cmath>

using namespace unrolled;

class RandomTest : public QObject
{
    Q_OBJECT

private slots:
    void aSeedMeansTheSameNumbersEverywhere()
    {
        Random random(1);
        QCOMPARE(random.bits(), Q_UINT64_C(6954377618861975509));
        QCOMPARE(random.bits(), Q_UINT64_C(16838045124790788659));
        QCOMPARE(QString::number(Random(1).uniform(), 'g', 17), QStringLiteral("0.37699756613273605"));
        QCOMPARE(QString::number(Random(1).normal(), 'g', 17), QStringLiteral("-0.22055798237451446"));
    }

    void streamsAndIndicesDiffer()
    {
        QVERIFY(Random(1, 0, 0).bits() != Random(1, 1, 0).bits());
        QVERIFY(Random(1, 0, 0).bits() != Random(1, 0, 1).bits());
        QVERIFY(Random(1, 0, 0).bits() != Random(2, 0, 0).bits());
    }

    void normalNumbersHaveMeanZeroAndVarianceOne()
    {
        Random random(7);
        double sum = 0;
        double squares = 0;
        double fourth = 0;
        constexpr int n = 400000;
        for (int i = 0; i < n; ++i) {
            const double x = random.normal();
            sum += x;
            squares += x * x;
            fourth += x * x * x * x;
        }
        QVERIFY(std::abs(sum / n) < 0.01);
        QVERIFY(std::abs(squares / n - 1) < 0.01);
        QVERIFY(std::abs(fourth / n - 3) < 0.1);
    }

    void belowReachesEveryNumberAboutEquallyOften()
    {
        Random random(3);
        std::vector<int> counts(7, 0);
        for (int i = 0; i < 70000; ++i)
            ++counts[static_cast<std::size_t>(random.below(7))];
        for (const int count : counts)
            QVERIFY(std::abs(count - 10000) < 500);
    }

    void orthogonalInitialisationGivesOrthogonalMatrices()
    {
        ModelSettings model;
        model.cell.kind = CellKind::Gru;
        model.hidden = {17};
        model.init = Initialiser::Orthogonal;
        model.initScale = 1.5;
        const ParameterLayout layout = parameterLayout(model, 5, 4);
        const Eigen::VectorXd parameters = initialParameters(model, layout, 11);
        const auto recurrent = view(parameters, *layout.find(ParameterRole::RecurrentWeight, 0));
        for (int gate = 0; gate < 3; ++gate) {
            const Eigen::MatrixXd block = recurrent.middleRows(gate * 17, 17) / 1.5;
            QVERIFY((block.transpose() * block - Eigen::MatrixXd::Identity(17, 17)).cwiseAbs().maxCoeff() <
                    1e-14);
        }
        model.init = Initialiser::Keras;
        const Eigen::VectorXd fused = initialParameters(model, layout, 11);
        const Eigen::MatrixXd whole = view(fused, *layout.find(ParameterRole::RecurrentWeight, 0)) / 1.5;
        QVERIFY((whole.transpose() * whole - Eigen::MatrixXd::Identity(17, 17)).cwiseAbs().maxCoeff() <
                1e-14);
    }

    void theForgetBiasIsAddedToTheForgetGateAlone()
    {
        ModelSettings model;
        model.cell.kind = CellKind::Lstm;
        model.init = Initialiser::Keras;
        model.forgetBias = 2;
        const ParameterLayout layout = parameterLayout(model, 4, 4);
        const Eigen::VectorXd parameters = initialParameters(model, layout, 1);
        const auto bias = view(parameters, *layout.find(ParameterRole::Bias, 0));
        for (int row = 0; row < 12; ++row)
            QCOMPARE(bias(row, 0), row >= 3 && row < 6 ? 2.0 : 0.0);
    }

    void pytorchWeightsStayWithinOneOverTheRootOfTheUnits()
    {
        ModelSettings model;
        model.hidden = {16, 9};
        const ParameterLayout layout = parameterLayout(model, 5, 4);
        const Eigen::VectorXd parameters = initialParameters(model, layout, 5);
        for (const auto& block : layout.blocks()) {
            const double limit = 1 / std::sqrt(block.layer == 0 ? 16.0 : 9.0);
            const double most = view(parameters, block).cwiseAbs().maxCoeff();
            QVERIFY2(most <= (block.role == ParameterRole::Bias ? 2 : 1) * limit, block.name.c_str());
            QVERIFY2(most > 0.5 * limit, block.name.c_str());
        }
    }
};

QTEST_APPLESS_MAIN(RandomTest)
#include "random_test.moc"
