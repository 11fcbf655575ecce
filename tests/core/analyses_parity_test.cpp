// The itemised table and the Jacobians against PyTorch (tests/reference/generate_analyses.py).

#include "core/files/weight_file.h"
#include "core/gradients/itemised.h"
#include "core/gradients/jacobian.h"
#include "core/training/trainer.h"
#include "tests/core/reference.h"

#include <QTest>
#include <cmath>

using namespace unrolled;

namespace {

constexpr double tolerance = 1e-10;

const Eigen::MatrixXd& expected(const std::string& name)
{
    static const Tensors tensors = readSafetensors(reference::directory() / "analyses.safetensors");
    return tensors.at(name).values;
}

/// NaN never agrees. `allowed` is absolute.
QString difference(const std::string& name, double actual, double wanted, double allowed)
{
    if (std::abs(actual - wanted) <= allowed)
        return {};
    return QString("%1 is %2, PyTorch has %3")
        .arg(QString::fromStdString(name))
        .arg(actual, 0, 'g', 17)
        .arg(wanted, 0, 'g', 17);
}

/// PyTorch takes the singular values of the product: each is good to rounding of the largest.
QString difference(const std::string& name, const std::vector<ScaledNumber>& actual,
                   const Eigen::MatrixXd& wanted, int t)
{
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const QString message =
            difference(name + ", value " + std::to_string(i + 1) + " at t = " + std::to_string(t),
                       actual[i].value(), wanted(t - 1, static_cast<Eigen::Index>(i)),
                       i == 0 ? tolerance * wanted(t - 1, 0) : 1e-13 * wanted(t - 1, 0));
        if (!message.isEmpty())
            return message;
    }
    return actual.size() == static_cast<std::size_t>(wanted.cols()) ? QString() : "another number of values";
}

} // namespace

class AnalysesParityTest : public QObject
{
    Q_OBJECT

private slots:
    void agreesWithPyTorch_data()
    {
        QTest::addColumn<int>("index");
        const auto& cases = reference::cases().at("traces");
        for (std::size_t i = 0; i < cases.size(); ++i)
            QTest::newRow(cases[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
    }
    void agreesWithPyTorch();
};

#define AGREES(...)                                                                                          \
    do {                                                                                                     \
        const QString message = difference(__VA_ARGS__);                                                     \
        QVERIFY2(message.isEmpty(), qPrintable(message));                                                    \
    } while (false)

void AnalysesParityTest::agreesWithPyTorch()
{
    QFETCH(int, index);
    const auto& row = reference::cases().at("traces")[static_cast<std::size_t>(index)];
    const TracePtr trace = Trainer(reference::experiment(row)).record();
    const Itemised itemised(*trace);
    for (int layer = 0; layer < itemised.layers(); ++layer) {
        const std::string prefix =
            row.at("prefix").get<std::string>() + "/layer" + std::to_string(layer) + "/";
        const Eigen::MatrixXd& norms = expected(prefix + "itemised");
        double sum = 0;
        for (std::size_t k = 0; k < itemised.lossSteps().size(); ++k) {
            const int s = itemised.lossSteps()[k];
            for (int t = 1; t <= s; ++t) {
                const double wanted = norms(s - 1, t - 1);
                AGREES(prefix + "itemised[" + std::to_string(s) + ", " + std::to_string(t) + "]",
                       itemised.norm(layer, k, t).value(), wanted, tolerance * wanted);
                sum += wanted;
            }
        }
        QVERIFY2(std::abs(sum - norms.sum()) <= tolerance * sum, "PyTorch has other entries");
        for (const JacobianAt& at : jacobians(*trace, layer)) {
            AGREES(prefix + "jacobian_h", at.hidden, expected(prefix + "jacobian_h"), at.t);
            if (!at.cell.empty())
                AGREES(prefix + "jacobian_c", at.cell, expected(prefix + "jacobian_c"), at.t);
        }
    }
}

QTEST_APPLESS_MAIN(AnalysesParityTest)
#include "analyses_parity_test.moc"
