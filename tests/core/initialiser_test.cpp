// Initial weights have the properties that their papers and frameworks give them.

#include "core/training/initialiser.h"

#include <QTest>
#include <cmath>

using namespace unrolled;

namespace {

constexpr int inputs = 7;
constexpr int units = 24;

ModelSettings modelOf(CellKind cell, Initialiser init)
{
    ModelSettings model;
    model.cell.kind = cell;
    model.hidden = {units, units};
    model.init = init;
    return model;
}

struct Drawn
{
    explicit Drawn(const ModelSettings& model)
        : layout(parameterLayout(model, inputs, 5)), values(initialParameters(model, layout, 3))
    {
    }
    Eigen::MatrixXd at(ParameterRole role, int layer) const
    {
        return view(values, *layout.find(role, layer));
    }

    ParameterLayout layout;
    Eigen::VectorXd values;
};

double distanceFromIdentity(const Eigen::MatrixXd& m)
{
    return (m - Eigen::MatrixXd::Identity(m.rows(), m.cols())).cwiseAbs().maxCoeff();
}

double deviation(const Eigen::MatrixXd& m)
{
    return std::sqrt(m.array().square().mean());
}

/// All entries within ±limit, and some near it.
bool fills(const Eigen::MatrixXd& m, double limit)
{
    const double largest = m.cwiseAbs().maxCoeff();
    return largest <= limit && largest > 0.9 * limit &&
           std::abs(deviation(m) - limit / std::sqrt(3)) < 0.1 * limit;
}

void everyCell()
{
    QTest::addColumn<int>("kind");
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
        QTest::newRow(std::string(title(kind)).c_str()) << static_cast<int>(kind);
}

} // namespace

class InitialiserTest : public QObject
{
    Q_OBJECT

private slots:
    void kerasDrawsGlorotAndOneOrthogonalMatrix_data() { everyCell(); }
    void kerasDrawsGlorotAndOneOrthogonalMatrix()
    {
        QFETCH(int, kind);
        const Drawn drawn(modelOf(static_cast<CellKind>(kind), Initialiser::Keras));
        // Keras' recurrent kernel is units × gates·units with orthonormal rows; ours is its transpose.
        const Eigen::MatrixXd w = drawn.at(ParameterRole::RecurrentWeight, 0);
        QVERIFY(distanceFromIdentity(w.transpose() * w) <= 1e-12);
        const int gates = stackedGates(static_cast<CellKind>(kind));
        QVERIFY(fills(drawn.at(ParameterRole::InputWeight, 0), std::sqrt(6.0 / (inputs + gates * units))));
        QVERIFY(fills(drawn.at(ParameterRole::InputWeight, 1), std::sqrt(6.0 / (units + gates * units))));
        QVERIFY(fills(drawn.at(ParameterRole::ReadoutWeight, -1), std::sqrt(6.0 / (units + 5))));
        QVERIFY(drawn.at(ParameterRole::Bias, 0).isZero(0));
        QVERIFY(drawn.at(ParameterRole::ReadoutBias, -1).isZero(0));
    }

    void identityIsThatOfIrnn_data() { everyCell(); }
    void identityIsThatOfIrnn()
    {
        QFETCH(int, kind);
        ModelSettings model = modelOf(static_cast<CellKind>(kind), Initialiser::Identity);
        model.initScale = 0.5;
        const Drawn drawn(model);
        for (int gate = 0; gate < stackedGates(static_cast<CellKind>(kind)); ++gate) {
            const Eigen::MatrixXd w =
                drawn.at(ParameterRole::RecurrentWeight, 0).middleRows(gate * units, units);
            QCOMPARE(distanceFromIdentity(2 * w), 0.0);
        }
        QVERIFY(std::abs(deviation(drawn.at(ParameterRole::InputWeight, 0)) - 0.001) < 0.0002);
        QVERIFY(drawn.at(ParameterRole::Bias, 0).isZero(0));
    }

    void normalIsThatOfMinCharRnn_data() { everyCell(); }
    void normalIsThatOfMinCharRnn()
    {
        QFETCH(int, kind);
        const Drawn drawn(modelOf(static_cast<CellKind>(kind), Initialiser::Normal));
        const Eigen::MatrixXd w = drawn.at(ParameterRole::RecurrentWeight, 0);
        QVERIFY(std::abs(deviation(w) - 0.01) < 0.001);
        QVERIFY(std::abs(w.mean()) < 0.001);
        QVERIFY(drawn.at(ParameterRole::Bias, 0).isZero(0));
    }
};

QTEST_APPLESS_MAIN(InitialiserTest)
#include "initialiser_test.moc"
