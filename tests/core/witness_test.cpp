// What back-propagation says of states and weights, and what moving them a little does to the loss; and that
// an observer of training sees each iteration once and changes nothing.

#include "core/files/experiment_file.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/witness.h"
#include "core/trace/history.h"
#include "tests/core/networks.h"

#include <QTest>
#include <cmath>

using namespace unrolled;

namespace {

constexpr std::size_t everything = 1 << 20;

/// Two layers of 4 and 3 units, three sequences of 5 steps.
Experiment stacked(const CellSpec& cell)
{
    Experiment experiment = networks::textExperiment(cell, {4, 3}, 5);
    experiment.training.batch = 3;
    return experiment;
}

Experiment edited(const Experiment& experiment, const std::string& interventions)
{
    return withSetting(experiment, "interventions=[" + interventions + "]");
}

/// The largest error of a witness relative to the largest entry of the gradient, and where it stands.
double worstError(const Witness& witness)
{
    double largest = 1e-12;
    double worst = 0;
    for (const WitnessEntry& entry : witness.entries)
        largest = std::max(largest, std::abs(entry.gradient));
    for (const WitnessEntry& entry : witness.entries)
        worst = std::max(worst, std::abs(entry.gradient - entry.difference.value) / largest);
    return worst;
}

/// Of the last counted step, and of one before it where there is one.
void aLossAloneAgrees(const TracePtr& trace, int layer, bool cell, int t)
{
    int told = 0;
    for (int s = trace->steps(); s >= t && told < 2; --s) {
        if (!isCounted(*trace, s))
            continue;
        ++told;
        const Witness alone = witnessState(trace, s, layer, cell, t, everything);
        QVERIFY(alone.complete);
        QVERIFY2(worstError(alone) < 1e-7, qPrintable(QString("loss %1 alone, layer %2, t %3: %4")
                                                          .arg(s)
                                                          .arg(layer)
                                                          .arg(t)
                                                          .arg(worstError(alone))));
    }
    QVERIFY(told > 0);
}

} // namespace

class WitnessTest : public QObject
{
    Q_OBJECT

private slots:
    void aDifferenceKnowsHowGoodItIs_data();
    void aDifferenceKnowsHowGoodItIs();
    void statesAgree_data();
    void statesAgree();
    void parametersAgree();
    void theLargestEntriesAreTaken();
    void aWrongGradientIsFound();
    void itCanBeCalledOff();
    void aTrainerOfThePastStandsThere();
    void theObserverSeesEachIterationOnce_data();
    void theObserverSeesEachIterationOnce();
    void theObserverChangesNothing();
    void theObserverStopsTraining();
    void replaysAreNotObserved();
};

void WitnessTest::aDifferenceKnowsHowGoodItIs_data()
{
    QTest::addColumn<int>("function");
    QTest::addColumn<double>("derivative");
    QTest::addColumn<double>("within"); // relative
    QTest::newRow("a smooth function") << 0 << 1.0 << 1e-11;
    QTest::newRow("a steep one") << 1 << 1e4 << 1e-9;
    QTest::newRow("a small derivative beside a large value") << 2 << 1e-9 << 1e-3;
    QTest::newRow("a kink close by") << 3 << 2.0 << 1e-7;
    QTest::newRow("a constant") << 4 << 0.0 << 0.0;
}

void WitnessTest::aDifferenceKnowsHowGoodItIs()
{
    QFETCH(int, function);
    QFETCH(double, derivative);
    QFETCH(double, within);
    const std::function<double(double)> functions[] = {
        [](double x) { return 3 + std::sin(x); }, [](double x) { return std::tanh(1e4 * x) + 1; },
        [](double x) { return 5 + 1e-9 * std::exp(x); },
        [](double x) { return 1 + (x > -1e-4 ? 2 * x : -2e-4); }, [](double) { return 5.59; }};
    const CentralDifference difference = centralDifference(functions[function]);
    const double apart = std::abs(difference.value - derivative);
    QVERIFY2(apart <= within * derivative, qPrintable(QString::number(difference.value, 'g', 17)));
    QVERIFY2(apart <= difference.uncertainty, qPrintable(QString::number(difference.uncertainty)));
    const double nan = std::nan("");
    QVERIFY(std::isnan(centralDifference([nan](double) { return nan; }).value));
}

void WitnessTest::statesAgree_data()
{
    QTest::addColumn<Experiment>("experiment");
    QTest::addColumn<int>("updates");
    for (const auto& [name, spec] : networks::allCells()) {
        const Experiment plain = stacked(spec);
        const std::string gate = spec.kind == CellKind::Rnn ? "h" : spec.kind == CellKind::Gru ? "z" : "f";
        const auto row = [&](const char* words, const Experiment& experiment, int updates = 0) {
            QTest::newRow((name + words).c_str()) << experiment << updates;
        };
        row("", plain);
        row(", after some updates", plain, 20);
        row(", cut after step 2", edited(plain, R"({"iteration":0,"cut":2})"));
        row(", a gate held",
            edited(plain, R"({"iteration":0,"clamp":")" + gate + R"(","value":0.4,"steps":[2,4]})"));
        row(", the last loss silenced", edited(plain, R"({"iteration":0,"silence":5})"));
        Experiment truncated = plain;
        truncated.training.truncate = 2;
        row(", truncated after two steps", truncated);
        Experiment carried = plain;
        carried.training.carryState = true;
        carried.training.truncate = 3;
        row(", the state carried over", carried, 2);
        Experiment lengths = plain;
        lengths.task = {};
        lengths.task.id = "reber";
        lengths.task.length = 9;
        row(", sequences of different lengths", lengths);
        Experiment banks = plain;
        banks.task = {};
        banks.task.id = "addition";
        banks.task.digits = 1;
        row(", encoder and decoder", banks);
    }
}

void WitnessTest::statesAgree()
{
    QFETCH(Experiment, experiment);
    QFETCH(int, updates);
    History history(experiment);
    history.extend(updates);
    for (const int sequence : {0, 2}) {
        const TracePtr trace = history.trace(updates, sequence);
        auto trainer = history.trainerAt(updates);
        QVERIFY(trainer);
        for (int layer = 0; layer < 2; ++layer) {
            for (int t = 1; t <= trace->steps(); t += 2) {
                for (const bool cell : {false, true}) {
                    if (cell && !trace->hasChannel("c"))
                        continue;
                    const Witness witness = witnessState(*trainer, *trace, layer, cell, t, everything);
                    QVERIFY(witness.complete);
                    QCOMPARE(Eigen::Index(witness.entries.size()),
                             trace->layers[std::size_t(layer)].hiddenSize());
                    if (t == 3)
                        aLossAloneAgrees(trace, layer, cell, t);
                    QVERIFY2(worstError(witness) < 1e-7, qPrintable(QString("sequence %1, layer %2, t %3: %4")
                                                                        .arg(sequence)
                                                                        .arg(layer)
                                                                        .arg(t)
                                                                        .arg(worstError(witness))));
                    for (const WitnessEntry& entry : witness.entries)
                        QVERIFY(entry.agrees());
                }
            }
        }
        // The trainer is left as it was.
        QVERIFY(trainer->parameters() == history.parametersAt(updates));
        QCOMPARE(trainer->iteration(), std::int64_t(updates));
    }
}

void WitnessTest::parametersAgree()
{
    for (const auto& [name, spec] : networks::allCells()) {
        History history(stacked(spec));
        history.extend(5);
        const TracePtr trace = history.trace(5);
        auto trainer = history.trainerAt(5);
        for (std::size_t k = 0; k < trace->parameters.size(); ++k) {
            const Witness witness = witnessParameter(*trainer, *trace, k, 12);
            QVERIFY2(worstError(witness) < 1e-7, (name + ", " + trace->parameters[k].block.name + ": " +
                                                  std::to_string(worstError(witness)))
                                                     .c_str());
        }
    }
}

void WitnessTest::theLargestEntriesAreTaken()
{
    Trainer trainer(stacked({CellKind::Lstm, {}, {}}));
    const TracePtr trace = trainer.twin().record();
    std::size_t recurrent = 0;
    while (trace->parameters[recurrent].block.role != ParameterRole::RecurrentWeight)
        ++recurrent;
    const Eigen::MatrixXd& gradient = trace->parameters[recurrent].gradient;
    const Witness witness = witnessParameter(trainer, *trace, recurrent, 6);
    QCOMPARE(witness.outOf, std::int64_t(gradient.size()));
    QCOMPARE(witness.entries.size(), std::size_t(6));
    double smallest = HUGE_VAL;
    for (const WitnessEntry& entry : witness.entries) {
        QCOMPARE(entry.gradient, gradient(entry.row, entry.col));
        smallest = std::min(smallest, std::abs(entry.gradient));
    }
    QCOMPARE((gradient.array().abs() > smallest).count(), Eigen::Index(5));

    // The unit that was picked is among them, however small.
    for (int unit = 0; unit < 4; ++unit) {
        const Witness picked = witnessState(trainer, *trace, 0, false, 1, 2, {}, unit);
        QCOMPARE(picked.entries.size(), std::size_t(2));
        QVERIFY(picked.entries[0].row == unit || picked.entries[1].row == unit);
    }
}

void WitnessTest::aWrongGradientIsFound()
{
    Trainer trainer(stacked({CellKind::Gru, {}, GruReset::After}));
    const auto trace = trainer.twin().record();
    Eigen::MatrixXd& gradient = trace->layers[0].channels.back().gradient;
    QVERIFY(witnessState(trainer, *trace, 0, false, 2, everything).entries[1].agrees());
    gradient(1, 1) *= 1 + 1e-6;
    const Witness witness = witnessState(trainer, *trace, 0, false, 2, everything);
    QVERIFY(!witness.entries[1].agrees());
    QVERIFY(witness.entries[0].agrees());
    gradient(1, 1) = std::nan("");
    QVERIFY(!witnessState(trainer, *trace, 0, false, 2, everything).entries[1].agrees());
}

void WitnessTest::itCanBeCalledOff()
{
    Trainer trainer(stacked({CellKind::Rnn, Activation::Tanh, {}}));
    const TracePtr trace = trainer.twin().record();
    const Witness witness =
        witnessState(trainer, *trace, 0, false, 1, everything, [](double share) { return share < 0.4; });
    QVERIFY(!witness.complete);
    QCOMPARE(witness.entries.size(), std::size_t(2));
}

void WitnessTest::aTrainerOfThePastStandsThere()
{
    Experiment experiment = stacked({CellKind::Lstm, {}, {}});
    History history(experiment);
    history.extend(60);
    auto trainer = history.trainerAt(17);
    QVERIFY(trainer);
    QCOMPARE(trainer->iteration(), std::int64_t(17));
    QVERIFY(trainer->parameters() == history.parametersAt(17));
    trainer->step(); // it is nobody else's
    QCOMPARE(history.frontier(), std::int64_t(60));
    QVERIFY(trainer->parameters() == history.parametersAt(18));
    QVERIFY(!history.trainerAt(5000, [](double) { return false; }));
}

void WitnessTest::theObserverSeesEachIterationOnce_data()
{
    QTest::addColumn<Experiment>("experiment");
    for (const auto& [name, spec] : networks::allCells())
        QTest::newRow(name.c_str()) << stacked(spec);
    Experiment lengths = stacked({CellKind::Lstm, {}, {}});
    lengths.task = {};
    lengths.task.id = "reber";
    lengths.task.length = 9;
    QTest::newRow("sequences of different lengths") << lengths;
}

void WitnessTest::theObserverSeesEachIterationOnce()
{
    QFETCH(Experiment, experiment);
    std::vector<IterationSummary> seen;
    std::vector<double> norms;
    History history(experiment);
    const auto observe = [&](const IterationSummary& summary, const Trainer& trainer) {
        seen.push_back(summary);
        for (int layer = 0; layer < 2; ++layer) {
            for (const int sequence : {0, 2})
                norms.push_back(trainer.stateGradientNorm(layer, 1, sequence));
        }
        return true;
    };
    history.extend(7, {}, observe);
    history.trace(7); // makes the step to 8 ahead
    history.extend(1, {}, observe);
    history.trace(3);
    history.extend(4, {}, observe);
    QCOMPARE(seen.size(), std::size_t(12));
    std::size_t k = 0;
    for (std::int64_t i = 0; i < 12; ++i) {
        QCOMPARE(seen[std::size_t(i)].iteration, i);
        const TracePtr trace = history.trace(i);
        QCOMPARE(seen[std::size_t(i)].loss, trace->loss);
        QCOMPARE(seen[std::size_t(i)].accuracy, trace->accuracy);
        QCOMPARE(seen[std::size_t(i)].gradientNorm, trace->gradientNorm);
        for (int layer = 0; layer < 2; ++layer) {
            for (const int sequence : {0, 2})
                QCOMPARE(norms[k++],
                         scaledNorm(history.trace(i, sequence)->channel(layer, "h").gradient.col(0)));
        }
    }
}

void WitnessTest::theObserverChangesNothing()
{
    const Experiment experiment = stacked({CellKind::Gru, {}, GruReset::Before});
    History plain(experiment);
    plain.extend(50);
    History observed(experiment);
    double sum = 0;
    observed.extend(50, {}, [&](const IterationSummary&, const Trainer& trainer) {
        sum += trainer.stateGradientNorm(1, 2, 1);
        return true;
    });
    QVERIFY(sum > 0);
    QVERIFY(plain.parametersAt(50) == observed.parametersAt(50));
    QVERIFY(plain.parametersAt(13) == observed.parametersAt(13));
}

void WitnessTest::theObserverStopsTraining()
{
    History history(stacked({CellKind::Rnn, Activation::Tanh, {}}));
    const auto untilTen = [](const IterationSummary& summary, const Trainer&) {
        return summary.iteration != 10;
    };
    history.extend(40, {}, untilTen);
    QCOMPARE(history.frontier(), std::int64_t(11));
    history.extend(40, {}, untilTen);
    QCOMPARE(history.frontier(), std::int64_t(51));
    QCOMPARE(history.curve().size(), std::int64_t(51));
}

void WitnessTest::replaysAreNotObserved()
{
    Experiment experiment = stacked({CellKind::Rnn, Activation::Tanh, {}});
    History history(experiment);
    int seen = 0;
    const auto count = [&](const IterationSummary&, const Trainer&) {
        ++seen;
        return true;
    };
    history.extend(30, {}, count);
    QCOMPARE(seen, 30);
    history.trace(4);
    history.parametersAt(9);
    history.exactCurve(0, 20);
    QCOMPARE(seen, 30);
    history.setExperiment(edited(experiment, R"({"iteration":12,"cut":2})"));
    QCOMPARE(history.frontier(), std::int64_t(12));
    QCOMPARE(seen, 30);
    history.extend(3, {}, count);
    QCOMPARE(seen, 33);
}

QTEST_MAIN(WitnessTest)
#include "witness_test.moc"
