#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/gradients/matrix_spectrum.h"
#include "core/trace/history.h"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <QtTest>

#include <cmath>
#include <cstring>
#include <limits>

using namespace unrolled;

namespace {

/// "adding" with two layers, of one cell.
Experiment adding(CellKind cell)
{
    Experiment experiment;
    experiment.task.id = "adding";
    experiment.task.length = 6;
    experiment.model.cell.kind = cell;
    experiment.model.hidden = {5, 3};
    experiment.training.batch = 2;
    return experiment;
}

bool sameBits(const Eigen::VectorXd& a, const Eigen::VectorXd& b)
{
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0;
}

/// The singular values of a sample by another algorithm are those of the matrices in the flat parameters.
void checkSample(const SpectrumCurve& curve, std::size_t sample, const ParameterLayout& layout,
                 const Eigen::VectorXd& parameters)
{
    for (const RecurrentMatrix& matrix : curve.matrices()) {
        const ParameterBlock& block = *layout.find(matrix.parameter);
        QCOMPARE(block.role, ParameterRole::RecurrentWeight);
        QCOMPARE(block.layer, matrix.layer);
        const Eigen::MatrixXd square = view(parameters, block).middleRows(matrix.firstRow, matrix.size);
        const Eigen::VectorXd expected = Eigen::JacobiSVD<Eigen::MatrixXd>(square).singularValues();
        const Eigen::VectorXd found = curve.values(sample, matrix);
        QCOMPARE(found.size(), expected.size());
        for (Eigen::Index k = 0; k < found.size(); ++k)
            QVERIFY(std::abs(found[k] - expected[k]) <= 1e-14 * expected[0]);
    }
}

} // namespace

class SpectrumCurveTest : public QObject
{
    Q_OBJECT
private slots:
    void aMatrixOfKnownSingularValuesHasThem_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {1, 2, 3, 16, 17, 40, 128})
            QTest::addRow("%d × %d", size, size) << size;
    }
    void aMatrixOfKnownSingularValuesHasThem()
    {
        QFETCH(int, size);
        std::srand(5);
        const auto orthogonal = [size] {
            return Eigen::MatrixXd(
                Eigen::HouseholderQR<Eigen::MatrixXd>(Eigen::MatrixXd::Random(size, size)).householderQ());
        };
        // From 3 down to 3·10⁻¹²: squares would lose the small ones altogether.
        Eigen::VectorXd expected(size);
        for (int k = 0; k < size; ++k)
            expected[k] = 3 * std::pow(10, size > 1 ? -12.0 * k / (size - 1) : 0);
        const Eigen::MatrixXd matrix = orthogonal() * expected.asDiagonal() * orthogonal().transpose();
        for (const double scale : {1.0, 1e-180, 1e180}) {
            const Eigen::VectorXd found = singularValuesOf(matrix * scale);
            QCOMPARE(found.size(), Eigen::Index(size));
            for (int k = 0; k < size; ++k)
                QVERIFY(std::abs(found[k] / scale - expected[k]) < 1e-15 * (4 + size));
        }
        QCOMPARE(spectrumOf(matrix).singularValues, singularValuesOf(matrix));
    }

    void aMatrixThatIsNotFiniteHasNone()
    {
        Eigen::MatrixXd broken = Eigen::MatrixXd::Identity(3, 3);
        broken(2, 0) = std::numeric_limits<double>::infinity();
        QVERIFY(singularValuesOf(broken).array().isNaN().all());
        QCOMPARE(singularValuesOf(Eigen::MatrixXd::Zero(3, 3)), Eigen::VectorXd(Eigen::VectorXd::Zero(3)));
    }

    void samplesAreThoseOfThePlainRun_data()
    {
        QTest::addColumn<int>("cell");
        QTest::newRow("RNN") << 0;
        QTest::newRow("GRU") << 1;
        QTest::newRow("LSTM") << 2;
    }
    void samplesAreThoseOfThePlainRun()
    {
        QFETCH(int, cell);
        const Experiment experiment = adding(static_cast<CellKind>(cell));
        Trainer trainer(experiment);
        History history(experiment);
        history.extend(30);
        const std::shared_ptr<const SpectrumCurve> curve = history.spectrumCurve();
        const std::size_t gates = static_cast<std::size_t>(stackedGates(experiment.model.cell.kind));
        QCOMPARE(curve->matrices().size(), 2 * gates);
        QCOMPARE(curve->matrices().back().gate, std::string(cell == 0 ? "h" : cell == 1 ? "n" : "o"));
        QCOMPARE(curve->indexOf("rnn.weight_hh_l1", 0), static_cast<int>(gates));
        QCOMPARE(curve->indexOf("rnn.weight_hh_l1", static_cast<int>(gates)), -1);
        QCOMPARE(curve->stride(), 1);
        QCOMPARE(curve->samples(), std::size_t(30));
        for (std::size_t sample = 0; sample < 30; ++sample) {
            QCOMPARE(curve->iterationOf(sample), trainer.iteration());
            checkSample(*curve, sample, history.layout(), trainer.parameters());
            trainer.step();
        }
    }

    void bothBanksOfAnEncoderAndDecoderAreThere()
    {
        Experiment experiment = readExperiment("addition");
        experiment.model.hidden = {4};
        History history(experiment);
        history.extend(2);
        const auto curve = history.spectrumCurve();
        checkSample(*curve, 1, history.layout(), history.parametersAt(1));
        QVERIFY(curve->indexOf("encoder.weight_hh_l0", 0) >= 0);
        QVERIFY(curve->indexOf("rnn.weight_hh_l0", 0) >= 0);
    }

    void orthogonalWeightsBeginAtOne()
    {
        Experiment experiment = adding(CellKind::Lstm);
        experiment.model.init = Initialiser::Orthogonal;
        experiment.model.initScale = 0.5;
        History history(experiment);
        history.extend(1);
        const auto curve = history.spectrumCurve();
        for (const RecurrentMatrix& matrix : curve->matrices())
            QVERIFY((curve->values(0, matrix).array() - 0.5).abs().maxCoeff() < 1e-15);
    }

    void theStrideDoublesWhereTheyBecomeTooMany()
    {
        const Experiment experiment = adding(CellKind::Rnn);
        Trainer trainer(experiment);
        SpectrumCurve curve(trainer.layout(), CellKind::Rnn, 2, 4);
        std::vector<Eigen::VectorXd> all;
        for (int i = 0; i < 40; ++i) {
            all.push_back(curve.singularValuesAt(trainer.parameters()));
            if (curve.wants(i))
                curve.append(trainer.parameters());
            trainer.step();
            QVERIFY(curve.samples() <= 4);
            QVERIFY(curve.bytes() <= 4 * SpectrumCurve::bytesOfSample(trainer.layout()));
            QCOMPARE(curve.stride(), i < 8 ? 2 : i < 16 ? 4 : i < 32 ? 8 : 16);
            QCOMPARE(curve.iterationOf(curve.samples() - 1), i - i % curve.stride());
            for (std::size_t sample = 0; sample < curve.samples(); ++sample) {
                const Eigen::VectorXd& of = all[static_cast<std::size_t>(curve.iterationOf(sample))];
                for (const RecurrentMatrix& matrix : curve.matrices())
                    QVERIFY(sameBits(curve.values(sample, matrix), of.segment(matrix.first, matrix.size)));
            }
        }
        curve.truncate(17);
        QCOMPARE(curve.samples(), std::size_t(2));
        QVERIFY(curve.wants(32));
        curve.truncate(16);
        QVERIFY(curve.wants(16));
        curve.truncate(0);
        QCOMPARE(curve.stride(), 2);
        QVERIFY(curve.wants(0));
    }

    void aChangeKeepsWhatLiesBeforeAndMakesTheRestAnew_data()
    {
        QTest::addColumn<qint64>("at");
        for (const qint64 at : {1, 100, 127, 128, 129, 300})
            QTest::addRow("at iteration %d", static_cast<int>(at)) << at;
    }
    void aChangeKeepsWhatLiesBeforeAndMakesTheRestAnew()
    {
        QFETCH(qint64, at);
        const Experiment before = adding(CellKind::Gru);
        Experiment after = before;
        Intervention weight{at, "rnn.weight_hh_l0", 2.5};
        weight.kind = InterventionKind::Weight;
        weight.row = 1;
        after.interventions = {weight};
        History fresh(after);
        fresh.extend(320);
        History history(before);
        history.extend(320);
        const auto old = history.spectrumCurve();
        history.setExperiment(after);
        const auto cut = history.spectrumCurve();
        QCOMPARE(std::int64_t(cut->samples()), (at + cut->stride() - 1) / cut->stride());
        history.trace(at); // looks ahead of the frontier
        history.extend(320 - history.frontier());
        const auto curve = history.spectrumCurve();
        QCOMPARE(curve->samples(), fresh.spectrumCurve()->samples());
        QCOMPARE(curve->stride(), fresh.spectrumCurve()->stride());
        QVERIFY(curve->samples() > 64);
        for (std::size_t sample = 0; sample < curve->samples(); ++sample) {
            const Eigen::VectorXd now =
                curve->singularValuesAt(history.parametersAt(curve->iterationOf(sample)));
            for (const RecurrentMatrix& matrix : curve->matrices()) {
                const Eigen::VectorXd values = curve->values(sample, matrix);
                QVERIFY(sameBits(values, fresh.spectrumCurve()->values(sample, matrix)));
                QVERIFY(sameBits(values, now.segment(matrix.first, matrix.size)));
                if (curve->iterationOf(sample) < at)
                    QVERIFY(sameBits(values, old->values(sample, matrix)));
            }
        }
        // The weight acts in its own iteration, and the old curve still is what it was.
        const std::size_t sample = static_cast<std::size_t>(at / curve->stride() + 1);
        QVERIFY(!sameBits(curve->values(sample, curve->matrices()[0]),
                          old->values(sample, curve->matrices()[0])));
    }

    void theSameCurveIsHandedOutUntilMoreIsKnown()
    {
        History history(adding(CellKind::Rnn));
        history.extend(140);
        const auto curve = history.spectrumCurve();
        QCOMPARE(curve->stride(), 2);
        history.trace(17);
        QCOMPARE(history.spectrumCurve(), curve);
        history.extend(1); // 140 is sampled
        const auto more = history.spectrumCurve();
        QVERIFY(more != curve);
        history.extend(1); // 141 is not
        QCOMPARE(history.spectrumCurve(), more);
    }

    void aRunThatDivergesEndsWithItsLastIteration()
    {
        Experiment experiment;
        experiment.model.cell.activation = Activation::Identity;
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.training.learningRate = 20;
        History history(experiment);
        history.extend(100);
        const std::int64_t at = history.divergedAt();
        QVERIFY(at > 3);
        QCOMPARE(std::int64_t(history.spectrumCurve()->samples()), at);
        const std::optional<SpectrumCurve> all = history.spectrumCurveUpTo(1000);
        QCOMPARE(std::int64_t(all->samples()), at + 1);
    }

    void theyCountAsMemoryAndStayWithinTheBound()
    {
        const Experiment experiment = adding(CellKind::Lstm);
        for (const std::size_t bound : {std::size_t(1) << 15, std::size_t(1) << 18}) {
            History history(experiment, bound);
            history.extend(300);
            const auto curve = history.spectrumCurve();
            QVERIFY(curve->bytes() <= bound / 32);
            QVERIFY(curve->samples() >= (bound > 100'000 ? 16 : 2));
            QVERIFY(history.memory() >= curve->bytes() + history.curve().bytes());
            QVERIFY(history.memory() <= bound);
        }
    }

    void largeModelsAreSampledRarely()
    {
        Experiment experiment = readExperiment("hello");
        QCOMPARE(History(experiment).spectrumCurve()->stride(), 1);
        experiment.model.hidden = {128};
        const std::int64_t stride = History(experiment).spectrumCurve()->stride();
        QVERIFY(stride > 16);
        const Trainer trainer(experiment);
        const double share = SpectrumCurve::secondsOfSample(trainer.layout()) /
                             (double(stride) * (1e-9 * trainer.costPerIteration() + 1e-6));
        QVERIFY(share > 0.007 && share <= 0.015);
    }

    void theTableTellsThemUpToAnIteration()
    {
        Experiment experiment = adding(CellKind::Lstm);
        History history(experiment);
        const Table table = tableOf("singular", history, 200);
        const std::vector<std::string> columns{"iteration", "layer", "parameter",  "gate",
                                               "k",         "sigma", "log10_sigma"};
        QCOMPARE(table.columns, columns);
        // Iterations 0, 2, … 200; four gates in layers of 5 and 3 units.
        QCOMPARE(table.rows.size(), std::size_t(101 * 4 * (5 + 3)));
        const auto& row = table.rows[100 * 32 + 5 + 1];
        const std::vector<std::string> head{"200", "1", "rnn.weight_hh_l0", "f", "2"};
        QCOMPARE(std::vector<std::string>(row.begin(), row.begin() + 5), head);
        const Eigen::VectorXd at = history.parametersAt(200);
        const Eigen::MatrixXd gate = view(at, *history.layout().find("rnn.weight_hh_l0")).middleRows(5, 5);
        const double sigma = singularValuesOf(gate)[1];
        QCOMPARE(row[5], fullPrecision(sigma));
        QCOMPARE(row[6], fullPrecision(std::log10(sigma)));
        QCOMPARE(table.rows.back()[0], std::string("200"));
        QCOMPARE(tableOf("singular", history, 0).rows.size(), std::size_t(32));
        QCOMPARE(tableOf("singular", history, 129).rows.back()[0], std::string("129"));
        QCOMPARE(tableOf("singular", history, 129).rows.size(), std::size_t((65 + 1) * 32));
        QVERIFY(tableOf("singular", history, 900, [](double) { return false; }).rows.empty());
    }
};

QTEST_APPLESS_MAIN(SpectrumCurveTest)
#include "spectrum_curve_test.moc"
