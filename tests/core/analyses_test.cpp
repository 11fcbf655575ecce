#include "core/gradients/analyses.h"

#include "core/files/tables.h"
#include "core/gradients/backward_sweep.h"
#include "core/gradients/hop.h"
#include "core/gradients/singular_values.h"
#include "core/gradients/state_gradients.h"
#include "core/training/trainer.h"

#include <QTest>

using namespace unrolled;

namespace {

TracePtr traceOf(CellSpec cell, std::vector<int> hidden, const char* task, int length, Reduction reduction,
                 int batch = 1, int truncate = 0)
{
    Experiment experiment;
    experiment.task.id = task;
    experiment.task.length = length;
    experiment.model.cell = cell;
    experiment.model.hidden = std::move(hidden);
    experiment.training.loss = reduction;
    experiment.training.batch = batch;
    experiment.training.truncate = truncate;
    Trainer trainer(experiment);
    trainer.step();
    return trainer.record();
}

void addTraces()
{
    QTest::addColumn<TracePtr>("trace");
    const CellSpec rnn{};
    const CellSpec gru{CellKind::Gru, Activation::Tanh, GruReset::After};
    const CellSpec before{CellKind::Gru, Activation::Tanh, GruReset::Before};
    const CellSpec lstm{CellKind::Lstm, Activation::Tanh, GruReset::After};
    QTest::newRow("an RNN, summed losses") << traceOf(rnn, {3}, "echo", 12, Reduction::Sum);
    QTest::newRow("a ReLU RNN, the mean of losses")
        << traceOf({CellKind::Rnn, Activation::Relu, GruReset::After}, {5}, "echo", 12, Reduction::Mean);
    QTest::newRow("a GRU, a batch") << traceOf(gru, {4}, "echo", 12, Reduction::Sum, 3);
    QTest::newRow("a GRU with reset before, the mean over a batch")
        << traceOf(before, {4}, "echo", 12, Reduction::Mean, 2);
    QTest::newRow("an LSTM of two layers") << traceOf(lstm, {4, 3}, "echo", 12, Reduction::Mean);
    QTest::newRow("an RNN of two layers, one loss") << traceOf(rnn, {4, 3}, "adding", 20, Reduction::Sum);
    QTest::newRow("truncated back-propagation") << traceOf(lstm, {3}, "echo", 12, Reduction::Sum, 1, 5);
}

double relative(double a, double b)
{
    return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b));
}

/// The largest singular value of a hop, by Jacobi's method.
double largestOfHop(const IterationTrace& trace, int layer, int t)
{
    Hop hop;
    Hops(trace, layer).form(t, false, hop);
    return singularValues(hop.matrix()).front().value();
}

} // namespace

Q_DECLARE_METATYPE(unrolled::TracePtr)

class AnalysesTest : public QObject
{
    Q_OBJECT
private slots:
    void the_rows_of_the_table_add_up_to_the_total_data() { addTraces(); }
    void the_rows_of_the_table_add_up_to_the_total()
    {
        QFETCH(TracePtr, trace);
        const Itemised table(*trace);
        for (int layer = 0; layer < table.layers(); ++layer)
            QVERIFY2(table.largestDifference(layer) < 1e-13,
                     qPrintable(QString::number(table.largestDifference(layer))));
    }

    void a_total_that_is_not_the_sum_is_seen()
    {
        const TracePtr trace = traceOf({}, {3}, "echo", 12, Reduction::Sum);
        IterationTrace wrong = *trace;
        wrong.layers[0].channels.back().gradient(1, 6) *= 1.001;
        QVERIFY(Itemised(wrong).largestDifference(0) > 1e-5);
    }

    void the_factors_multiply_to_what_arrives_data() { addTraces(); }
    void the_factors_multiply_to_what_arrives()
    {
        QFETCH(TracePtr, trace);
        for (int s = 0; s <= trace->steps(); ++s) {
            if (s > 0 && !isCounted(*trace, s))
                continue;
            const auto paths = gradientPaths(*trace, s);
            const auto norms = s == 0 ? stateGradientNorms(*trace) : stateGradientNorms(*trace, s);
            const bool cell = trace->hasChannel("c");
            for (std::size_t l = 0; l < paths.size(); ++l) {
                const GradientPath& path = paths[l];
                const auto& wanted = cell ? norms[l].cell : norms[l].hidden;
                for (int t = 1; t <= trace->steps(); ++t) {
                    const auto i = static_cast<std::size_t>(t - 1);
                    QVERIFY(relative(path.at(t).gradient.value(), wanted[i].value()) < 1e-12);
                    QVERIFY(relative(path.at(t).hidden.value(), norms[l].hidden[i].value()) < 1e-12);
                    if (t >= path.start)
                        continue;
                    QCOMPARE(path.at(t + 1).handsBack, trace->handsBack(static_cast<int>(l), t));
                    const double bars = path.first(t) * path.second(t);
                    const double handed = GradientPath::ratio(path.at(t).handed, path.at(t + 1).gradient);
                    QVERIFY(relative(bars, handed) < 1e-12 || std::isnan(handed));
                    // One loss in the top layer: nothing enters on the way.
                    if (s > 0 && l + 1 == paths.size())
                        QCOMPARE(path.at(t).entered.mantissa, 0.0);
                    if (path.at(t).entered.mantissa == 0 && path.at(t + 1).gradient.mantissa != 0)
                        QVERIFY(relative(bars, path.whole(t)) < 1e-12);
                }
            }
        }
    }

    void the_table_of_hops_takes_the_gradient_apart_data() { addTraces(); }
    void the_table_of_hops_takes_the_gradient_apart()
    {
        QFETCH(TracePtr, trace);
        const Table table = hopTable(*trace);
        const CellKind kind = trace->cell.kind;
        const bool simple = kind == CellKind::Rnn;
        const char* carried = kind == CellKind::Lstm ? "c" : "h";
        QCOMPARE(table.rows.size(), trace->layers.size() * static_cast<std::size_t>(trace->steps() - 1));
        const auto number = [](const std::string& cell) { return std::stod(cell); };
        for (const auto& row : table.rows) {
            const int layer = std::stoi(row[0]) - 1;
            const int t = std::stoi(row[1]);
            // Saturation and recurrence of an RNN alone, carry and paths of a GRU and an LSTM.
            for (std::size_t k = 3; k < 9; ++k)
                QCOMPARE(row[k].empty(), simple == (k > 6));
            const Eigen::MatrixXd& gradient = trace->channel(layer, carried).gradient;
            const Eigen::VectorXd at = gradient.col(t - 1);
            if (at.norm() == 0) {
                QVERIFY(std::isnan(number(row[simple ? 5 : 7])));
                continue;
            }
            const Eigen::VectorXd keep =
                simple ? stepDerivatives(*trace, layer, t).gates.col(0)
                       : Eigen::VectorXd(
                             trace->channel(layer, kind == CellKind::Gru ? "z" : "f").value.col(t - 1));
            const double first = number(row[simple ? 5 : 7]);
            const double second = number(row[simple ? 6 : 8]);
            QVERIFY(relative(first, keep.cwiseProduct(at).norm() / at.norm()) < 1e-12);
            if (!trace->handsBack(layer, t - 1)) {
                QCOMPARE(second, 0.0);
                continue;
            }
            const double whole = gradient.col(t - 2).norm() / at.norm();
            QVERIFY(relative(first * second * number(row[9]), whole) < 1e-12);
        }
    }

    void factors_of_hops_are_right_where_double_cannot_hold_the_gradient()
    {
        Experiment experiment;
        experiment.task.id = "adding";
        experiment.task.length = 450;
        experiment.model.hidden = {3};
        for (const double scale : {0.2, 1e4}) {
            experiment.model.initScale = scale;
            // A linear network that explodes stays finite as long as its states do: at the first weights of
            // a small scale, and with a state of 0 at a large one.
            experiment.model.cell.activation = scale > 1 ? Activation::Identity : Activation::Tanh;
            Trainer trainer(experiment);
            if (scale > 1) {
                Checkpoint point = trainer.checkpoint();
                view(point.parameters, *trainer.layout().find(ParameterRole::InputWeight, 0)).setZero();
                view(point.parameters, *trainer.layout().find(ParameterRole::Bias, 0)).setZero();
                trainer.restore(point);
            }
            const TracePtr trace = trainer.record();
            const auto norms = stateGradientNorms(*trace)[0].hidden;
            QVERIFY(std::abs(norms.front().log10()) > 320);
            for (const auto& row : hopTable(*trace).rows) {
                const auto i = static_cast<std::size_t>(std::stoi(row[1]) - 1);
                const double whole = GradientPath::ratio(norms[i - 1], norms[i]);
                QVERIFY(std::isfinite(whole) && whole > 0);
                const double saturation = std::stod(row[5]);
                const double recurrence = std::stod(row[6]);
                QVERIFY(relative(saturation * recurrence, whole) < 1e-12);
                QVERIFY(saturation <= std::stod(row[3]) * (1 + 1e-12));
                QVERIFY(recurrence <= std::stod(row[4]) * (1 + 1e-12));
                QCOMPARE(std::stod(row[9]), 1.0);
            }
        }
    }

    void factors_of_hops_end_at_a_border()
    {
        const TracePtr trace = traceOf({}, {3}, "echo", 12, Reduction::Sum, 1, 5);
        const HopNorms norms = hopNorms(*trace, 0);
        for (const auto& row : hopTable(*trace).rows) {
            const int t = std::stoi(row[1]);
            QCOMPARE(norms.hop[static_cast<std::size_t>(t - 1)] == 0, t == 6 || t == 11);
            QCOMPARE(std::stod(row[6]) == 0, t == 6 || t == 11);
            QVERIFY(std::stod(row[5]) > 0 && std::stod(row[4]) > 0);
        }
    }

    void norms_of_hops_are_the_largest_singular_values_data() { addTraces(); }
    void norms_of_hops_are_the_largest_singular_values()
    {
        QFETCH(TracePtr, trace);
        for (int layer = 0; layer < static_cast<int>(trace->layers.size()); ++layer) {
            const HopNorms norms = hopNorms(*trace, layer);
            for (int t = 2; t <= trace->steps(); ++t) {
                const auto i = static_cast<std::size_t>(t - 1);
                const double wanted = largestOfHop(*trace, layer, t);
                QVERIFY2(relative(norms.hop[i], wanted) < 1e-13,
                         qPrintable(QString::number(norms.hop[i], 'g', 17) + " " +
                                    QString::number(wanted, 'g', 17)));
                if (!norms.theory.empty())
                    QVERIFY(norms.hop[i] <= norms.theory[i] * (1 + 1e-12));
            }
        }
    }

    void large_hops_settle_as_well()
    {
        const TracePtr trace =
            traceOf({CellKind::Lstm, Activation::Tanh, GruReset::After}, {90}, "echo", 4, Reduction::Sum);
        const HopNorms norms = hopNorms(*trace, 0);
        for (int t = 2; t <= 4; ++t)
            QVERIFY(relative(norms.hop[static_cast<std::size_t>(t - 1)], largestOfHop(*trace, 0, t)) < 1e-13);
    }

    void norms_of_hops_are_right_where_their_squares_leave_the_range()
    {
        const TracePtr trace = traceOf({}, {4}, "echo", 5, Reduction::Sum);
        for (const double scale : {1e-200, 1e200}) {
            IterationTrace scaled = *trace;
            for (ParameterTrace& parameter : scaled.parameters)
                parameter.before *= scale;
            const HopNorms norms = hopNorms(scaled, 0);
            for (int t = 2; t <= scaled.steps(); ++t)
                QVERIFY(relative(norms.hop[static_cast<std::size_t>(t - 1)],
                                 scale * largestOfHop(*trace, 0, t)) < 1e-13);
        }
    }

    void no_gradient_is_above_its_bound_data() { addTraces(); }
    void no_gradient_is_above_its_bound()
    {
        QFETCH(TracePtr, trace);
        const auto analysis = analyse(trace);
        for (int s = 0; s <= trace->steps(); ++s) {
            const auto of = analyse(analysis, s);
            for (std::size_t l = 0; l < of->paths.size(); ++l) {
                const auto bound = boundOf(of->paths[l], analysis->norms[l].hop);
                for (int t = 1; t <= of->paths[l].start; ++t) {
                    const double log = bound[static_cast<std::size_t>(t - 1)].log10();
                    QVERIFY(of->paths[l].at(t).hidden.log10() <= log + 1e-10 ||
                            of->paths[l].at(t).hidden.mantissa == 0);
                }
            }
        }
    }

    void what_is_no_counted_step_is_the_total()
    {
        const auto analysis = analyse(traceOf({}, {3}, "adding", 10, Reduction::Sum));
        QCOMPARE(analyse(analysis, 10)->loss, 10);
        QCOMPARE(analyse(analysis, 4)->loss, 0);
        QCOMPARE(analyse(analysis, 11)->loss, 0);
        QCOMPARE(analyse(analysis, -1)->loss, 0);
        QCOMPARE(analyse(analysis, 4)->single, 10);
        const auto echo = analyse(traceOf({}, {3}, "echo", 10, Reduction::Sum));
        QCOMPARE(analyse(echo, 7)->single, 7);
        QCOMPARE(analyse(echo, 0)->single, 10);
        QCOMPARE(analyse(echo, 7)->paths.front().start, 7);
    }

    void updates_of_a_layer_are_those_of_the_table_data()
    {
        QTest::addColumn<CellKind>("cell");
        QTest::addColumn<QString>("task");
        QTest::newRow("an RNN of two layers") << CellKind::Rnn << "echo";
        QTest::newRow("a GRU of two layers") << CellKind::Gru << "adding";
        QTest::newRow("an LSTM of two layers") << CellKind::Lstm << "echo";
        QTest::newRow("encoder and decoder") << CellKind::Lstm << "addition";
    }
    void updates_of_a_layer_are_those_of_the_table()
    {
        QFETCH(CellKind, cell);
        QFETCH(QString, task);
        Experiment experiment;
        experiment.task.id = task.toStdString();
        experiment.model.cell.kind = cell;
        experiment.model.hidden = {4, 3};
        Trainer trainer(experiment);
        trainer.step();
        const Table table = updateTable(trainer);
        const TracePtr trace = trainer.record();
        const auto updates = layerUpdates(*trace);
        QCOMPARE(updates.size(), std::size_t(2));
        for (std::size_t layer = 0; layer < updates.size(); ++layer) {
            for (int t = 1; t <= trace->steps(); ++t) {
                double all = 0;
                double recurrent = 0;
                Eigen::Index counts[3] = {};
                for (const auto& row : table.rows) {
                    if (row[0] != std::to_string(layer + 1) || row[1] != std::to_string(t))
                        continue;
                    const double norm = std::stod(row[3]);
                    all += norm * norm;
                    if (row[2].find("weight_hh") != std::string::npos)
                        recurrent += norm * norm;
                    for (std::size_t i = 0; i < 3; ++i)
                        counts[i] += std::stol(row[5 + i]);
                }
                const UpdateOfStep& of = updates[layer].all[static_cast<std::size_t>(t - 1)];
                QVERIFY(all > 0);
                QVERIFY(relative(of.norm.value(), std::sqrt(all)) < 1e-14);
                QVERIFY(relative(updates[layer].recurrent[static_cast<std::size_t>(t - 1)].norm.value(),
                                 std::sqrt(recurrent)) < 1e-14);
                QCOMPARE(of.fate.zero, counts[0]);
                QCOMPARE(of.fate.lost, counts[1]);
                QCOMPARE(of.fate.kept, counts[2]);
            }
        }
    }

    void plain_sgd_takes_a_step_along_each_contribution()
    {
        // Δ_t W_hh = -η ∂L/∂a_t h_{t-1}ᵀ, of rank one; η as the schedule has it.
        Experiment experiment;
        experiment.task.id = "echo";
        experiment.model.hidden = {5};
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.training.learningRate = 0.25;
        experiment.training.schedule = Schedule::Cosine;
        experiment.training.clipNorm = 0.1;
        Trainer trainer(experiment);
        for (int i = 0; i < 40; ++i)
            trainer.step();
        const TracePtr trace = trainer.record();
        QVERIFY(trace->clipped && trace->learningRate < 0.249);
        const auto updates = layerUpdates(*trace);
        for (int t = 2; t <= trace->steps(); ++t) {
            const double expected = trace->learningRate * trace->clipScale *
                                    trace->channel(0, "a_h").gradient.col(t - 1).norm() *
                                    trace->previousState(0, "h", t).norm();
            QVERIFY(relative(updates[0].recurrent[static_cast<std::size_t>(t - 1)].norm.value(), expected) <
                    1e-12);
        }
        QCOMPARE(updates[0].recurrent[0].fate.zero, Eigen::Index(25)); // h_0 is 0
    }

    void the_first_steps_are_lost_where_the_gradient_vanishes()
    {
        Experiment experiment;
        experiment.task.id = "adding";
        experiment.task.length = 60;
        experiment.model.hidden = {4};
        experiment.model.initScale = 0.5;
        experiment.training.optimizer = OptimizerKind::Sgd;
        experiment.training.learningRate = 0.01;
        const auto updates = layerUpdates(*Trainer(experiment).record());
        QCOMPARE(updates[0].all.front().fate.kept, Eigen::Index(0));
        QVERIFY(updates[0].all.front().fate.lost > 0);
        QVERIFY(updates[0].all.front().norm.log10() < -12);
        QCOMPARE(updates[0].all.back().fate.lost, Eigen::Index(0));
    }

    void updates_are_made_where_they_are_wanted()
    {
        const TracePtr trace = traceOf({}, {3}, "echo", 12, Reduction::Sum);
        const auto plain = analyse(analyse(trace), 0, {true});
        QVERIFY(plain->of->updates.empty());
        QVERIFY(!has(*plain, {true, false, true}));
        const auto more = analyse(plain->of, 0, {true, false, true});
        QVERIFY(has(*more, {true, false, true}) && !has(*more, {true, true}));
        QCOMPARE(more->of->itemised, plain->of->itemised);
        QCOMPARE(analyse(more->of, 7, {true, false, true})->of, more->of);
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(layerUpdates(*trace, [&asked] { return ++asked < 5; }), Cancelled);
        QCOMPARE(asked, 5);
    }

    void an_analysis_that_nobody_wants_ends()
    {
        const TracePtr trace = traceOf({}, {3}, "echo", 12, Reduction::Sum);
        int asked = 0;
        QVERIFY_EXCEPTION_THROWN(analyse(trace, [&asked] { return ++asked < 5; }), Cancelled);
        QCOMPARE(asked, 5);
    }
};

QTEST_APPLESS_MAIN(AnalysesTest)
#include "analyses_test.moc"
