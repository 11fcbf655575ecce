// What a sequence plan does in a pass: whose weights, which inputs, which steps count.

#include "core/files/experiment_file.h"
#include "core/files/tables.h"
#include "core/files/weight_file.h"
#include "core/network/network.h"
#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/trace/sampling.h"
#include "core/training/teacher_forcing.h"
#include "core/training/trainer.h"
#include "thrown.h"

#include <QtTest>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

using namespace unrolled;

namespace {

Experiment experimentOf(const std::string& json)
{
    return parseExperiment(R"({"unrolled": 1, )" + json + "}", "f", {});
}

Experiment addition(CellKind cell = CellKind::Lstm)
{
    Experiment experiment =
        experimentOf(R"("task": {"id": "addition", "digits": 2}, "training": {"batch": 4})");
    experiment.model.cell.kind = cell;
    experiment.model.hidden = {5, 4};
    return experiment;
}

bool same(const IterationTrace& a, const IterationTrace& b)
{
    if (a.layers.size() != b.layers.size() || a.plan != b.plan || a.inputClasses != b.inputClasses)
        return false;
    for (std::size_t l = 0; l < a.layers.size(); ++l) {
        for (std::size_t k = 0; k < a.layers[l].channels.size(); ++k) {
            if (a.layers[l].channels[k].value != b.layers[l].channels[k].value ||
                a.layers[l].channels[k].gradient != b.layers[l].channels[k].gradient)
                return false;
        }
    }
    return a.outputs.y.value == b.outputs.y.value && a.outputs.y.gradient == b.outputs.y.gradient;
}

} // namespace

class PlansTest : public QObject
{
    Q_OBJECT

private slots:
    void aTraceShowsItsOwnSequenceOnly();
    void aTraceHasCutsInItsOwnSteps();
    void skippedStepsChangeNothing_data();
    void skippedStepsChangeNothing();
    void theDecoderStartsWhereTheEncoderEnded();
    void encoderAndDecoderHaveWeightsOfTheirOwn();
    void weightsOfAnEncoderAreReadAsTheyAreWritten();
    void ownAnswersAreTheMostProbableOnes();
    void ownNumbersAreTheOutputs();
    void zerosAreReadAfterTheFirst();
    void theShareOfTeacherForcingIsKept();
    void teacherForcingIsTheSameInEveryBatchAndReplay();
    void tasksWithoutFeedbackTakeNoShare();
    void recordingAndReplayChangeNothing_data();
    void recordingAndReplayChangeNothing();
    void aTrainedDecoderWritesWhatItAnswers();
    void theSummaryCountsTheEncoder();
    void aTraceFileTellsThePlan();
};

void PlansTest::aTraceShowsItsOwnSequenceOnly()
{
    Experiment experiment = experimentOf(
        R"("task": {"id": "adding", "form": "hochreiter", "length": 20}, "training": {"batch": 8})");
    experiment.model.cell.kind = CellKind::Gru;
    Trainer trainer(experiment);
    Batch batch;
    trainer.task().fill(batch, 8, 0);
    const Checkpoint start = trainer.checkpoint();
    std::set<int> lengths;
    for (int b = 0; b < 8; ++b) {
        int length = 0;
        while (length < batch.steps && !batch.skipped(length, b))
            ++length;
        lengths.insert(length);
        trainer.restore(start);
        const auto trace = trainer.record(b);
        QCOMPARE(trace->steps(), length);
        for (const Quantity& channel : trace->layers[0].channels) {
            QCOMPARE(channel.value.cols(), Eigen::Index(length));
            QCOMPARE(channel.gradient.cols(), Eigen::Index(length));
        }
        QCOMPARE(trace->outputs.losses.size(), Eigen::Index(length));
        QVERIFY(trace->plan.back().counted && std::isfinite(trace->outputs.losses[length - 1]));
        QVERIFY(!trace->plan[std::size_t(length - 2)].counted);
        for (int t = 0; t < length; ++t)
            QVERIFY(trace->channel(0, "x").value.col(t) ==
                    batch.inputs.col(Eigen::Index(batch.column(t, b))));
    }
    QVERIFY2(lengths.size() > 1, "the sequences differ in length");
}

void PlansTest::aTraceHasCutsInItsOwnSteps()
{
    // A cut after every row of the plan is one after every step that a sequence takes, and none behind.
    Experiment experiment = addition();
    Trainer plain(experiment);
    Intervention cut;
    cut.kind = InterventionKind::Cut;
    cut.steps.reserve(plain.task().plan().size());
    for (int t = 0; t < static_cast<int>(plain.task().plan().size()); ++t)
        cut.steps.push_back(t);
    experiment.interventions = {cut};
    bool skips = false;
    for (int b = 0; b < 4; ++b) {
        const auto trace = Trainer(experiment).record(b);
        skips = skips || trace->plan.size() < cut.steps.size();
        QCOMPARE(trace->edits.cuts.size(), trace->plan.size());
        for (int t = 0; t < trace->steps(); ++t)
            QVERIFY(trace->edits.cutAfter(0, t) && !trace->handsBack(1, t));
    }
    QVERIFY(skips);
}

void PlansTest::skippedStepsChangeNothing_data()
{
    QTest::addColumn<int>("cell");
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm})
        QTest::newRow(std::string(title(kind)).c_str()) << static_cast<int>(kind);
}

void PlansTest::skippedStepsChangeNothing()
{
    QFETCH(int, cell);
    // A sequence of three steps, and the same with skipped ones before, between and after.
    ModelSettings model;
    model.cell.kind = static_cast<CellKind>(cell);
    model.hidden = {3, 2};
    Experiment experiment;
    experiment.model = model;
    const Eigen::VectorXd parameters = Trainer(experiment).parameters();
    const int inputs[] = {1, 3, 2};
    const int targets[] = {0, 2, 1};
    const auto run = [&](const std::vector<int>& places, int steps, Eigen::VectorXd& gradient) {
        Network network(model, 4, 4, LossKind::CrossEntropy, SequencePlan(std::size_t(steps)), 1);
        Batch batch;
        batch.steps = steps;
        batch.size = 1;
        batch.inputClasses.assign(std::size_t(steps), 0); // what a skipped step would read
        batch.targetClasses.assign(std::size_t(steps), 3);
        batch.uses.assign(std::size_t(steps), StepUse::Skipped);
        for (std::size_t i = 0; i < 3; ++i) {
            const auto place = std::size_t(places[i]);
            batch.inputClasses[place] = inputs[i];
            batch.targetClasses[place] = targets[i];
            batch.uses[place] = i == 1 ? StepUse::Silent : StepUse::Counted;
        }
        network.forward(parameters, batch, Reduction::Mean);
        gradient.setZero(parameters.size());
        network.backward(parameters, batch, gradient);
        IterationTrace trace;
        network.record(parameters, batch, 0, Reduction::Mean, trace);
        return std::pair(network.loss(), trace);
    };
    Eigen::VectorXd plain, held;
    const auto [plainLoss, plainTrace] = run({0, 1, 2}, 3, plain);
    const auto [heldLoss, heldTrace] = run({2, 4, 7}, 9, held);
    QCOMPARE(heldLoss, plainLoss);
    QCOMPARE(heldTrace.steps(), 3);
    QVERIFY((held - plain).cwiseAbs().maxCoeff() <= 1e-15);
    for (std::size_t l = 0; l < 2; ++l) {
        for (std::size_t k = 0; k < plainTrace.layers[l].channels.size(); ++k) {
            const Quantity& a = plainTrace.layers[l].channels[k];
            const Quantity& b = heldTrace.layers[l].channels[k];
            QVERIFY((a.value - b.value).cwiseAbs().maxCoeff() <= 1e-15);
            QVERIFY((a.gradient - b.gradient).cwiseAbs().maxCoeff() <= 1e-15);
        }
        QVERIFY((plainTrace.layers[l].initialHiddenGradient - heldTrace.layers[l].initialHiddenGradient)
                    .cwiseAbs()
                    .maxCoeff() <= 1e-15);
    }
}

void PlansTest::theDecoderStartsWhereTheEncoderEnded()
{
    Trainer trainer(addition());
    const auto trace = trainer.record(2);
    int start = 0;
    while (trace->plan[std::size_t(start)].bank == encoderBank)
        ++start;
    QVERIFY(start >= 3 && trace->plan[std::size_t(start)].input == InputSource::Start);
    // c_t = f ∘ c_{t-1} + i ∘ g with the decoder's weights, from the encoder's last state.
    for (int layer = 0; layer < 2; ++layer) {
        const auto& w = trace->parameter(ParameterRole::InputWeight, layer).before;
        const auto& u = trace->parameter(ParameterRole::RecurrentWeight, layer).before;
        const auto& b = trace->parameter(ParameterRole::Bias, layer).before;
        const Eigen::VectorXd h = trace->channel(layer, "h").value.col(start - 1);
        const Eigen::VectorXd a = w * trace->channel(layer, "x").value.col(start) + u * h + b;
        const Eigen::Index n = h.size();
        QVERIFY((a.head(n) - trace->channel(layer, "a_i").value.col(start)).cwiseAbs().maxCoeff() < 1e-14);
        const Eigen::VectorXd c = trace->channel(layer, "f")
                                      .value.col(start)
                                      .cwiseProduct(trace->channel(layer, "c").value.col(start - 1)) +
                                  trace->channel(layer, "i")
                                      .value.col(start)
                                      .cwiseProduct(trace->channel(layer, "g").value.col(start));
        QVERIFY((c - trace->channel(layer, "c").value.col(start)).cwiseAbs().maxCoeff() < 1e-14);
    }
    QVERIFY(trace->channel(0, "h").gradient.col(0).norm() > 0);
}

void PlansTest::encoderAndDecoderHaveWeightsOfTheirOwn()
{
    Trainer trainer(addition(CellKind::Gru));
    const auto trace = trainer.record();
    QVERIFY(trainer.layout().find("encoder.weight_hh_l1"));
    QVERIFY(trainer.layout().find("rnn.weight_hh_l1"));
    const auto& encoder = trace->parameter(ParameterRole::RecurrentWeight, 0, encoderBank);
    const auto& decoder = trace->parameter(ParameterRole::RecurrentWeight, 0);
    QCOMPARE(encoder.block.name, std::string("encoder.weight_hh_l0"));
    QCOMPARE(decoder.block.name, std::string("rnn.weight_hh_l0"));
    QVERIFY(encoder.before != decoder.before && encoder.gradient.norm() > 0 && decoder.gradient.norm() > 0);
    QCOMPARE(trace->bankAt(1), encoderBank);
    QCOMPARE(trace->bankAt(trace->steps()), rnnBank);
    // <start> and <end> are no part of a sum: the encoder does not see them.
    const auto& input = trace->parameter(ParameterRole::InputWeight, 0, encoderBank);
    QVERIFY(input.gradient.rightCols(2).isZero(0));
}

void PlansTest::weightsOfAnEncoderAreReadAsTheyAreWritten()
{
    for (const CellKind kind : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
        const Trainer trainer(addition(kind));
        const Tensors tensors = toStateDict(trainer.layout(), trainer.parameters());
        QVERIFY(tensors.contains("encoder.bias_hh_l1") && tensors.contains("rnn.bias_hh_l1"));
        QVERIFY(fromStateDict(trainer.layout(), tensors, "f") == trainer.parameters());
    }
}

void PlansTest::ownAnswersAreTheMostProbableOnes()
{
    for (Experiment experiment :
         {addition(), experimentOf(R"("task": {"id": "hello"}, "training": {"batch": 2})"),
          experimentOf(R"("task": {"id": "reber"}, "training": {"batch": 3})")}) {
        experiment.training.teacherForcing = 0;
        const auto trace = Trainer(experiment).record(1);
        int own = 0;
        for (int t = 1; t < trace->steps(); ++t) {
            const auto index = std::size_t(t);
            if (trace->plan[index].input != InputSource::OwnOutput) {
                QVERIFY(!trace->plan[index].forced);
                continue;
            }
            ++own;
            QCOMPARE(trace->inputClasses[index], trace->outputs.predicted[t - 1]);
            QCOMPARE(trace->channel(0, "x").value.col(t).sum(), 1.0);
            QCOMPARE(trace->channel(0, "x").value(trace->inputClasses[index], t), 1.0);
        }
        QVERIFY(own >= 2);
    }
}

void PlansTest::ownNumbersAreTheOutputs()
{
    QTemporaryDir directory;
    QFile file(directory.filePath("data.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("a,b\n1,2\n3,-1\n0.5,1\n2,2\n");
    file.close();
    Experiment experiment = parseExperiment(
        R"({"unrolled": 1, "task": {"id": "series", "file": "data.csv", "inputs": ["a"], "targets": ["b"],
            "length": 4}, "training": {"teacher_forcing": 0}})",
        "f", directory.path().toStdString());
    const auto trace = Trainer(experiment).record();
    QCOMPARE(trace->channel(0, "x").value(0, 0), 1.0);
    for (int t = 1; t < 4; ++t) {
        QCOMPARE(trace->plan[std::size_t(t)].input, InputSource::OwnOutput);
        QCOMPARE(trace->channel(0, "x").value(0, t), trace->outputs.y.value(0, t - 1));
        // ∂L/∂y_{t-1} = ∂L_{t-1}/∂y_{t-1} + ∂L/∂x_t
        const double own = 2 * (trace->outputs.y.value(0, t - 1) - trace->outputs.targets(0, t - 1));
        QVERIFY(std::abs(trace->outputs.y.gradient(0, t - 1) - own - trace->channel(0, "x").gradient(0, t)) <
                1e-14);
    }
}

void PlansTest::zerosAreReadAfterTheFirst()
{
    const auto trace = Trainer(experimentOf(R"("task": {"id": "hello", "feed": "zeros"})")).record();
    QCOMPARE(trace->inputClasses, (std::vector<int>{0, -1, -1, -1}));
    QVERIFY(trace->channel(0, "x").value.rightCols(3).isZero(0));
    QCOMPARE(trace->plan[0].input, InputSource::Data);
    QCOMPARE(trace->plan[1].input, InputSource::Zero);
    // Without an input: a_t = W_hh h_{t-1} + b.
    const auto& u = trace->parameter(ParameterRole::RecurrentWeight, 0).before;
    const auto& b = trace->parameter(ParameterRole::Bias, 0).before;
    const Eigen::VectorXd a = u * trace->channel(0, "h").value.col(1) + b;
    QVERIFY((a - trace->channel(0, "a_h").value.col(2)).cwiseAbs().maxCoeff() < 1e-15);
}

void PlansTest::theShareOfTeacherForcingIsKept()
{
    SequencePlan plan(101);
    for (std::size_t t = 1; t < plan.size(); ++t)
        plan[t].forced = true;
    Batch batch;
    batch.steps = 101;
    batch.size = 10;
    for (const double share : {0.0, 0.25, 0.9}) {
        int forced = 0;
        for (int iteration = 0; iteration < 20; ++iteration) {
            drawFeeding(batch, plan, share, 7, iteration);
            for (int b = 0; b < 10; ++b) {
                QCOMPARE(batch.source(plan, 0, b), InputSource::Data);
                for (int t = 1; t < 101; ++t)
                    forced += batch.source(plan, t, b) == InputSource::Data;
            }
        }
        const double deviation = std::sqrt(20000 * share * (1 - share));
        QVERIFY2(std::abs(forced - 20000 * share) <= 4 * deviation, qPrintable(QString::number(forced)));
    }
    drawFeeding(batch, plan, 1.0, 7, 0);
    QVERIFY(batch.sources.empty());
}

void PlansTest::teacherForcingIsTheSameInEveryBatchAndReplay()
{
    SequencePlan plan(20);
    for (PlanRow& row : plan)
        row.forced = true;
    Batch one, two;
    one.size = 2;
    two.size = 5;
    drawFeeding(one, plan, 0.5, 3, 11);
    drawFeeding(two, plan, 0.5, 3, 11);
    for (int t = 0; t < 20; ++t) {
        for (int b = 0; b < 2; ++b)
            QCOMPARE(one.source(plan, t, b), two.source(plan, t, b));
    }
    const auto before = one.sources;
    drawFeeding(one, plan, 0.5, 3, 12);
    QVERIFY(one.sources != before);
    drawFeeding(one, plan, 0.5, 4, 11);
    QVERIFY(one.sources != before);
}

void PlansTest::tasksWithoutFeedbackTakeNoShare()
{
    for (const char* task :
         {R"({"id": "adding"})", R"({"id": "copy"})", R"({"id": "hello", "feed": "zeros"})"}) {
        QCOMPARE(
            thrown([&] {
                experimentOf(std::string("\"task\": ") + task + R"(, "training": {"teacher_forcing": 0.5})");
            }),
            QString("f: training.teacher_forcing: found 0.5, expected 1, as no step of this task reads an "
                    "output"));
    }
}

void PlansTest::recordingAndReplayChangeNothing_data()
{
    QTest::addColumn<QString>("experiment");
    QTest::newRow("reber") << R"("task": {"id": "reber", "length": 12}, "training": {"batch": 3})";
    QTest::newRow("own answers")
        << R"("task": {"id": "hello"}, "training": {"batch": 2, "teacher_forcing": 0.5})";
    QTest::newRow("encoder and decoder")
        << R"("task": {"id": "addition", "digits": 1}, "training": {"batch": 3, "teacher_forcing": 0.5},
              "model": {"cell": "lstm"})";
    QTest::newRow("different lengths")
        << R"("task": {"id": "adding", "form": "hochreiter", "length": 12}, "training": {"batch": 3},
              "model": {"cell": "gru"})";
}

void PlansTest::recordingAndReplayChangeNothing()
{
    QFETCH(QString, experiment);
    const Experiment e = experimentOf(experiment.toStdString());
    Trainer plain(e);
    Trainer recording(e);
    for (int i = 0; i < 30; ++i) {
        plain.step();
        recording.record(i % 3 == 0 ? 1 : 0);
        QVERIFY(plain.parameters() == recording.parameters());
    }
    History history(e);
    const TracePtr late = history.trace(25);
    const TracePtr early = history.trace(3);
    Trainer again(e);
    std::shared_ptr<IterationTrace> expected[2];
    for (int i = 0; i <= 25; ++i) {
        const auto trace = again.record();
        if (i == 3 || i == 25)
            expected[i == 25] = trace;
    }
    QVERIFY(same(*early, *expected[0]));
    QVERIFY(same(*late, *expected[1]));
    QVERIFY(same(*history.trace(25), *late));
}

void PlansTest::aTrainedDecoderWritesWhatItAnswers()
{
    Experiment experiment = experimentOf(
        R"("task": {"id": "addition", "digits": 1}, "model": {"cell": "gru", "hidden": [24]},
           "training": {"batch": 32, "learning_rate": 0.02, "loss": "mean"})");
    Trainer trainer(experiment);
    IterationSummary last;
    for (int i = 0; i < 400; ++i)
        last = trainer.step();
    QVERIFY2(last.accuracy > 0.9, qPrintable(QString::number(last.accuracy)));
    const auto sum = [&](const std::string& query) {
        std::string text;
        for (const int symbol : sample(experiment, trainer.layout(), trainer.parameters(),
                                       promptOf(experiment, trainer.task(), query), 10, 0, 1,
                                       trainer.task().startSymbol(), trainer.task().endSymbol()))
            text += (*trainer.task().vocabulary())[std::size_t(symbol)];
        return text;
    };
    int right = 0;
    for (int a = 0; a < 10; ++a) {
        for (int b = 0; b < 10; ++b)
            right += sum(std::to_string(a) + "+" + std::to_string(b)) == std::to_string(a + b);
    }
    QVERIFY2(right > 90, qPrintable(QString::number(right)));
    QVERIFY(!promptOf(experiment, trainer.task(), "").empty());
}

void PlansTest::theSummaryCountsTheEncoder()
{
    const Experiment experiment = addition();
    const Trainer trainer(experiment);
    const Table table = summaryTable(experiment.model, 13, 13, trainer.task().plan());
    QCOMPARE(table.rows.size(), std::size_t(6)); // two layers twice, the readout, the total
    QCOMPARE(table.rows[0][0], std::string("encoder 1"));
    QCOMPARE(table.rows[0][2], std::string("5x5"));
    QCOMPARE(table.rows[2][0], std::string("1"));
    QCOMPARE(table.rows[2][2], std::string("4x5"));
    QCOMPARE(table.rows[5][3], std::to_string(trainer.layout().size()));
}

void PlansTest::aTraceFileTellsThePlan()
{
    Experiment experiment = addition();
    experiment.training.teacherForcing = 0;
    const auto json = nlohmann::json::parse(toJson(*Trainer(experiment).record()));
    const auto& plan = json.at("plan");
    QCOMPARE(plan.front().dump(), std::string(R"({"bank":"encoder","counted":false,"input":"data"})"));
    QCOMPARE(plan.back().dump(), std::string(R"({"bank":"rnn","counted":true,"input":"own_output"})"));
    int starts = 0;
    for (const auto& row : plan)
        starts += row.at("input") == "start";
    QCOMPARE(starts, 1);
    QVERIFY(json.at("parameters").contains("encoder.weight_ih_l0"));
    QVERIFY(json.at("gradients").contains("encoder.bias_hh_l1"));
    QVERIFY(json.at("baseline").is_null());
    const auto zeros = nlohmann::json::parse(
        toJson(*Trainer(experimentOf(R"("task": {"id": "hello", "feed": "zeros"})")).record()));
    QCOMPARE(zeros.at("plan").back().at("input").get<std::string>(), std::string("zero"));
    QCOMPARE(zeros.at("baseline").get<double>(), 4 * std::log(4.0));
}

QTEST_APPLESS_MAIN(PlansTest)
#include "plans_test.moc"
