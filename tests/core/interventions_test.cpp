// What the user changes inside a run: gradients are those of the edited computation, and it replays bit for
// bit.

#include "core/files/tables.h"
#include "core/gradients/numerical_check.h"
#include "core/trace/history.h"
#include "core/training/trainer.h"
#include "tests/core/edits.h"

#include <Eigen/Eigenvalues>
#include <QTest>
#include <cmath>

using namespace unrolled;
using namespace edits;

namespace {

QString worst(Trainer& trainer)
{
    QString text;
    for (const BlockCheck& check : checkGradients(trainer)) {
        if (!(check.largestError <= checkTolerance))
            text += QString("%1[%2, %3]: back-propagation has %4, central differences %5; ")
                        .arg(QString::fromStdString(check.parameter))
                        .arg(check.row)
                        .arg(check.col)
                        .arg(check.gradient, 0, 'g', 12)
                        .arg(check.difference, 0, 'g', 12);
    }
    return text;
}

} // namespace

class InterventionsTest : public QObject
{
    Q_OBJECT

private slots:
    void gradientsAreThoseOfTheEditedPass_data();
    void gradientsAreThoseOfTheEditedPass();
    void aClampedGateHasItsValue_data();
    void aClampedGateHasItsValue();
    void theLastClampWins();
    void aCutStepStartsFromZeros_data();
    void aCutStepStartsFromZeros();
    void aSilencedStepDoesNotCount();
    void everyTableIsMadeWhereAllLossesAreSilenced_data();
    void everyTableIsMadeWhereAllLossesAreSilenced();
    void aWeightIsSet();
    void aWeightIsHeldUntil();
    void theSpectralRadiusIsSet();
    void anEditEnds();
    void theFirstDifferenceIsFound();
    void replaysInAnyOrder_data();
    void replaysInAnyOrder();
};

void InterventionsTest::gradientsAreThoseOfTheEditedPass_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<QString>("interventions");
    for (int k = 0; k < static_cast<int>(cells().size()); ++k) {
        const Cell& cell = cells()[static_cast<std::size_t>(k)];
        const auto row = [&](const std::string& words, const std::string& text) {
            QTest::newRow((std::string(cell.words) + ", " + words).c_str())
                << k << QString::fromStdString(text);
        };
        for (const char* gate : cell.gates) {
            const std::string clamp = R"({"iteration":0,"clamp":")" + std::string(gate) + R"(","value":0.3)";
            row(std::string(gate) + " held everywhere", clamp + "}");
            row(std::string(gate) + " held in one unit of one layer at two steps",
                clamp + R"(,"layer":1,"units":2,"steps":[2,4]})");
        }
        row("cut after step 2", R"({"iteration":0,"cut":2})");
        row("cut after steps 1 and 3 in the second layer", R"({"iteration":0,"cut":[1,3],"layer":2})");
        row("the loss of the last step silenced", R"({"iteration":0,"silence":5})");
        row("a weight set", R"({"iteration":0,"set":"rnn.weight_hh_l0","row":2,"column":1,"value":0.75})");
        row("all together", R"({"iteration":0,"clamp":")" + std::string(cell.gates.front()) +
                                R"(","value":0.6,"units":1,"steps":3},{"iteration":0,"cut":3},
                {"iteration":0,"silence":[1,4]},{"iteration":0,"scale":"rnn.weight_hh_l1","spectral_radius":1.2})");
    }
}

void InterventionsTest::gradientsAreThoseOfTheEditedPass()
{
    QFETCH(int, cell);
    QFETCH(QString, interventions);
    const Experiment plain = experimentOf(cells()[static_cast<std::size_t>(cell)].spec);
    Experiment edited = with(plain, interventions.toStdString());
    edited.training.truncate = edited.interventions.size() > 1 ? 2 : 0;
    Trainer trainer(edited);
    const QString message = worst(trainer);
    QVERIFY2(message.isEmpty(), qPrintable(message));
    QVERIFY(trainer.evaluate().loss != Trainer(plain).evaluate().loss);
}

void InterventionsTest::aClampedGateHasItsValue_data()
{
    QTest::addColumn<int>("cell");
    QTest::addColumn<QString>("gate");
    for (int k = 0; k < static_cast<int>(cells().size()); ++k) {
        for (const char* gate : cells()[static_cast<std::size_t>(k)].gates)
            QTest::newRow((std::string(gate) + " of a " + cells()[static_cast<std::size_t>(k)].words).c_str())
                << k << QString(gate);
    }
}

void InterventionsTest::aClampedGateHasItsValue()
{
    QFETCH(int, cell);
    QFETCH(QString, gate);
    const std::string name = gate.toStdString();
    const auto plain = Trainer(experimentOf(cells()[static_cast<std::size_t>(cell)].spec)).record(1);
    const auto trace = Trainer(with(experimentOf(cells()[static_cast<std::size_t>(cell)].spec),
                                    R"({"iteration":0,"clamp":")" + name +
                                        R"(","value":0.25,"layer":2,"units":[1,3],"steps":[2,3]})"))
                           .record(1);
    const Quantity& values = trace->channel(1, name);
    const Quantity& before = trace->channel(1, "a_" + name);
    for (int t = 0; t < 5; ++t) {
        for (int unit = 0; unit < 3; ++unit) {
            const bool held = unit != 1 && (t == 1 || t == 2);
            QCOMPARE(values.value(unit, t) == 0.25, held);
            if (t == 0) // where nothing came before, f and r have no gradient anyway
                continue;
            QCOMPARE(before.gradient(unit, t) == 0, held);
            QVERIFY(values.gradient(unit, t) != 0);
        }
    }
    QVERIFY(sameBits(trace->channel(0, "h").value, plain->channel(0, "h").value));
    QVERIFY(sameBits(trace->channel(1, "h").value.leftCols(1), plain->channel(1, "h").value.leftCols(1)));
    QVERIFY(!trace->edits.empty() && plain->edits.empty());
}

void InterventionsTest::theLastClampWins()
{
    const auto trace = Trainer(with(experimentOf(cells()[4].spec), R"({"iteration":0,"clamp":"f","value":1},
        {"iteration":0,"clamp":"f","value":0,"units":2})"))
                           .record();
    const Eigen::MatrixXd& f = trace->channel(0, "f").value;
    QVERIFY((f.row(0).array() == 1).all());
    QVERIFY((f.row(1).array() == 0).all());
    // the constant error carousel: c_t = c_{t-1} + i∘g
    const Eigen::MatrixXd& c = trace->channel(0, "c").value;
    const double expected = c(0, 0) + trace->channel(0, "i").value(0, 1) * trace->channel(0, "g").value(0, 1);
    QCOMPARE(c(0, 1), expected);
}

void InterventionsTest::aCutStepStartsFromZeros_data()
{
    QTest::addColumn<int>("cell");
    for (int k = 0; k < static_cast<int>(cells().size()); ++k)
        QTest::newRow(cells()[static_cast<std::size_t>(k)].words) << k;
}

void InterventionsTest::aCutStepStartsFromZeros()
{
    QFETCH(int, cell);
    // Cut in half, a sequence of six steps is two sequences of three.
    Experiment whole = experimentOf(cells()[static_cast<std::size_t>(cell)].spec);
    whole.task.length = 6;
    whole.training.batch = 1;
    const auto trace = Trainer(with(whole, R"({"iteration":0,"cut":3})")).record();
    Experiment half = whole;
    half.task.length = 3;
    half.training.batch = 2;
    Trainer halves(half);
    const auto first = halves.twin().record(0);
    const auto second = halves.twin().record(1);
    for (int layer = 0; layer < 2; ++layer) {
        const auto& names = channels(trace->cell);
        for (std::size_t k = 0; k < names.size(); ++k) {
            const Quantity& q = trace->channel(layer, names[k].name);
            const Quantity& a = first->channel(layer, names[k].name);
            const Quantity& b = second->channel(layer, names[k].name);
            // products of other widths round otherwise
            const double error = (q.value.leftCols(3) - a.value).cwiseAbs().maxCoeff();
            QVERIFY2(error <= 1e-14,
                     (std::string(names[k].name) + " differs by " + std::to_string(error)).c_str());
            QVERIFY((q.value.rightCols(3) - b.value).cwiseAbs().maxCoeff() <= 1e-14);
            QVERIFY((q.gradient.leftCols(3) - 2 * a.gradient).cwiseAbs().maxCoeff() <= 1e-14);
            QVERIFY((q.gradient.rightCols(3) - 2 * b.gradient).cwiseAbs().maxCoeff() <= 1e-14);
        }
        QVERIFY(trace->previousState(layer, "h", 4).isZero(0));
        QVERIFY(!trace->handsBack(layer, 3) && trace->handsBack(layer, 2));
    }
    for (std::size_t k = 0; k < trace->parameters.size(); ++k)
        QVERIFY((trace->parameters[k].gradient - 2 * first->parameters[k].gradient).cwiseAbs().maxCoeff() <=
                1e-14);
    for (const DotTerm& term :
         dotTerms(*trace, 0, cells()[static_cast<std::size_t>(cell)].gates.front(), 0, 4)) {
        if (term.source.starts_with("h_{3}"))
            QCOMPARE(term.sourceValue, 0.0);
    }
}

void InterventionsTest::everyTableIsMadeWhereAllLossesAreSilenced_data()
{
    QTest::addColumn<QString>("kind");
    for (const std::string_view kind : tableKinds())
        QTest::newRow(std::string(kind).c_str()) << QString::fromStdString(std::string(kind));
}

void InterventionsTest::everyTableIsMadeWhereAllLossesAreSilenced()
{
    QFETCH(QString, kind);
    for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        Experiment experiment;
        experiment.model.cell.kind = cell;
        Intervention silence;
        silence.kind = InterventionKind::Silence;
        silence.steps = {1, 2, 3, 4};
        experiment.interventions = {silence};
        History history(experiment);
        const Table table = tableOf(kind.toStdString(), history, 2);
        QVERIFY(!table.columns.empty());
        if (kind == QLatin1String("fit") || kind == QLatin1String("itemised"))
            QVERIFY(table.rows.empty()); // nothing is sent back
    }
}

void InterventionsTest::aSilencedStepDoesNotCount()
{
    const Experiment plain = experimentOf(cells()[0].spec);
    for (const Reduction reduction : {Reduction::Sum, Reduction::Mean}) {
        Experiment edited = with(plain, R"({"iteration":0,"silence":[2,5]})");
        edited.training.loss = reduction;
        const auto all = Trainer(plain).record();
        const auto trace = Trainer(edited).record();
        const auto& losses = all->outputs.losses;
        const double sum = losses[0] + losses[2] + losses[3];
        QVERIFY(std::abs(trace->sequenceLoss - (reduction == Reduction::Sum ? sum : sum / 3)) <= 1e-14);
        for (int t = 0; t < 5; ++t) {
            const bool counted = t != 1 && t != 4;
            QCOMPARE(trace->plan[static_cast<std::size_t>(t)].counted, counted);
            QCOMPARE(trace->outputs.y.gradient.col(t).isZero(0), !counted);
            QCOMPARE(std::isnan(trace->outputs.losses[t]), !counted);
        }
    }
}

void InterventionsTest::aWeightIsSet()
{
    const Experiment plain = experimentOf(cells()[0].spec);
    Trainer a(plain);
    Trainer b(with(plain, R"({"iteration":3,"set":"rnn.weight_hh_l1","row":2,"column":3,"value":0.125})"));
    for (int i = 0; i < 3; ++i)
        QCOMPARE(a.step().loss, b.step().loss);
    const ParameterBlock& block = *a.layout().find("rnn.weight_hh_l1");
    Eigen::VectorXd expected = a.parameters();
    view(expected, block)(1, 2) = 0.125;
    QVERIFY(sameBits(b.parameters(), expected));
    QVERIFY(sameBits(b.checkpoint().parameters, a.parameters()));
    const auto trace = b.record();
    QCOMPARE(trace->parameter(ParameterRole::RecurrentWeight, 1).before(1, 2), 0.125);
    QVERIFY(trace->parameter(ParameterRole::RecurrentWeight, 1).after(1, 2) != 0.125);
    b.step();
    QVERIFY(view(b.parameters(), block)(1, 2) != 0.125);
}

void InterventionsTest::aWeightIsHeldUntil()
{
    Trainer trainer(with(experimentOf(cells()[0].spec),
                         R"({"iteration":2,"until":5,"set":"out.bias","row":3,"value":-0.5})"));
    const ParameterBlock block = *trainer.layout().find("out.bias");
    std::vector<bool> held;
    for (int i = 0; i < 7; ++i) {
        held.push_back(trainer.parameters()[block.offset + 2] == -0.5);
        trainer.step();
    }
    QCOMPARE(held, (std::vector<bool>{false, false, true, true, true, false, false}));
}

void InterventionsTest::theSpectralRadiusIsSet()
{
    for (const Cell& cell : cells()) {
        Trainer plain(experimentOf(cell.spec));
        Trainer scaled(with(experimentOf(cell.spec),
                            R"({"iteration":0,"scale":"rnn.weight_hh_l0","spectral_radius":1.5})"));
        const ParameterBlock& block = *plain.layout().find("rnn.weight_hh_l0");
        for (Eigen::Index first = 0; first < block.rows; first += 4) {
            const Eigen::MatrixXd before = view(plain.parameters(), block).middleRows(first, 4);
            const Eigen::MatrixXd after = view(scaled.parameters(), block).middleRows(first, 4);
            const double radius =
                Eigen::EigenSolver<Eigen::MatrixXd>(after).eigenvalues().cwiseAbs().maxCoeff();
            QVERIFY(std::abs(radius - 1.5) <= 1e-12);
            const double factor = after(0, 0) / before(0, 0);
            QVERIFY((after - factor * before).cwiseAbs().maxCoeff() <= 1e-14);
        }
    }
}

void InterventionsTest::anEditEnds()
{
    Trainer trainer(with(experimentOf(cells()[4].spec),
                         R"({"iteration":2,"until":4,"clamp":"f","value":1},{"iteration":3,"cut":1},
                            {"iteration":1,"until":3,"set":"training.learning_rate","value":0.5})"));
    for (int i = 0; i < 6; ++i) {
        const auto trace = trainer.record();
        QCOMPARE(trace->edits.clamps.size(), std::size_t(i == 2 || i == 3));
        QCOMPARE(trace->edits.cuts.size(), std::size_t(i >= 3));
        QCOMPARE(trace->learningRate, i == 1 || i == 2 ? 0.5 : 0.03);
    }
}

void InterventionsTest::theFirstDifferenceIsFound()
{
    const Experiment plain = experimentOf(cells()[4].spec);
    const auto differ = [&](const char* a, const char* b) {
        return firstDifference(with(plain, a), with(plain, b));
    };
    const char* clamp = R"({"iteration":7,"clamp":"f","value":1})";
    QCOMPARE(differ("", clamp), std::int64_t(7));
    QCOMPARE(differ(clamp, clamp), std::int64_t(-1));
    QCOMPARE(differ(clamp, R"({"iteration":7,"until":9,"clamp":"f","value":1})"), std::int64_t(9));
    QCOMPARE(differ(clamp, R"({"iteration":7,"clamp":"f","value":0.5})"), std::int64_t(7));
    const char* weight = R"({"iteration":4,"set":"out.bias","row":1,"value":1})";
    QCOMPARE(differ("", weight), std::int64_t(4));
    QCOMPARE(differ(weight, R"({"iteration":4,"until":6,"set":"out.bias","row":1,"value":1})"),
             std::int64_t(5));
    QCOMPARE(differ(weight, R"({"iteration":4,"set":"out.bias","row":2,"value":1})"), std::int64_t(4));
    QCOMPARE(differ(R"({"iteration":2,"cut":1})", R"({"iteration":2,"until":3,"cut":1})"), std::int64_t(3));
    QCOMPARE(differ("", R"({"iteration":2,"silence":1})"), std::int64_t(2));
}

void InterventionsTest::replaysInAnyOrder_data()
{
    QTest::addColumn<QString>("interventions");
    QTest::newRow("clamps and cuts")
        << R"({"iteration":9,"until":14,"clamp":"f","value":1},{"iteration":12,"cut":2})";
    QTest::newRow("weights") << R"({"iteration":0,"set":"out.bias","row":1,"value":2},
        {"iteration":11,"set":"rnn.weight_hh_l0","row":1,"column":1,"value":0.5},
        {"iteration":16,"scale":"rnn.weight_hh_l1","spectral_radius":2},
        {"iteration":16,"until":19,"set":"rnn.weight_ih_l0","row":3,"column":2,"value":0})";
    QTest::newRow("silenced steps and settings") << R"({"iteration":8,"silence":[1,2]},
        {"iteration":8,"set":"training.clip_value","value":0.01},
        {"iteration":10,"until":13,"set":"training.optimizer","value":"sgd"})";
}

void InterventionsTest::replaysInAnyOrder()
{
    QFETCH(QString, interventions);
    const Experiment plain = experimentOf(cells()[4].spec);
    const Experiment edited = with(plain, interventions.toStdString());
    const auto record = [](const Experiment& experiment) {
        Trainer trainer(experiment);
        std::vector<TracePtr> traces;
        for (int i = 0; i < 30; ++i)
            traces.push_back(trainer.record());
        return traces;
    };
    const auto expected = record(edited);
    const auto unedited = record(plain);
    const auto same = [](const TracePtr& a, const TracePtr& b) {
        if (a->loss != b->loss || a->edits != b->edits || a->clipped != b->clipped)
            return false;
        for (std::size_t k = 0; k < a->parameters.size(); ++k) {
            if (!sameBits(a->parameters[k].before, b->parameters[k].before) ||
                !sameBits(a->parameters[k].gradient, b->parameters[k].gradient) ||
                !sameBits(a->parameters[k].after, b->parameters[k].after))
                return false;
        }
        return true;
    };
    const std::vector<int> order{16, 3, 29, 11, 12, 9, 8, 19, 18, 0, 13, 15, 10, 28, 1};
    for (const std::size_t bound : {std::size_t(1) << 15, History::defaultMemoryBound}) {
        History history(edited, bound);
        for (const int i : order)
            QVERIFY2(same(history.trace(i), expected[static_cast<std::size_t>(i)]),
                     std::to_string(i).c_str());
        // The same made later, and taken back, where the run already is.
        for (const int reached : {0, 8, 9, 11, 16, 25}) {
            History changing(plain, bound);
            changing.trace(reached);
            changing.setExperiment(edited);
            for (const int i : order)
                QVERIFY2(same(changing.trace(i), expected[static_cast<std::size_t>(i)]),
                         std::to_string(i).c_str());
            changing.setExperiment(plain);
            for (const int i : order)
                QVERIFY2(same(changing.trace(i), unedited[static_cast<std::size_t>(i)]),
                         std::to_string(i).c_str());
        }
    }
    Trainer half(edited);
    while (half.iteration() < 16)
        half.step();
    Trainer twin = half.twin();
    Trainer restored(edited);
    restored.restore(half.checkpoint());
    for (int i = 16; i < 30; ++i) {
        QVERIFY(same(twin.record(), expected[static_cast<std::size_t>(i)]));
        QVERIFY(same(restored.record(), expected[static_cast<std::size_t>(i)]));
    }
}

QTEST_APPLESS_MAIN(InterventionsTest)
#include "interventions_test.moc"
