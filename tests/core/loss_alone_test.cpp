// One loss on its way back alone: all of them add up to the gradient, and each is what the sweep says.

#include "core/files/experiment_file.h"
#include "core/gradients/contribution.h"
#include "core/gradients/loss_alone.h"
#include "core/gradients/numerical_check.h"
#include "core/gradients/state_gradients.h"
#include "core/training/trainer.h"

#include <QTest>

#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

using namespace unrolled;

namespace {

struct Sum
{
    Eigen::MatrixXd value;
    double size = 0; ///< what rounding is relative to: terms may cancel

    void add(const Eigen::MatrixXd& term, double scale)
    {
        if (value.size() == 0)
            value.setZero(term.rows(), term.cols());
        value += scale * term;
        size += scale * term.norm();
    }
};

void compare(const Sum& sum, const Eigen::MatrixXd& whole, const QString& what)
{
    const double error = (sum.value - whole).norm();
    QVERIFY2(error <= 1e-12 * sum.size,
             qPrintable(QString("%1: %2 of %3").arg(what).arg(error).arg(sum.size)));
}

} // namespace

class LossAloneTest : public QObject
{
    Q_OBJECT

private slots:
    void allOfThemAddUpToTheGradient_data();
    void allOfThemAddUpToTheGradient();
    void contributionsOfOneAreItsGradient_data();
    void contributionsOfOneAreItsGradient();
    void nothingElseChanges();
    void aStepWithoutALossIsRefused();
};

void LossAloneTest::allOfThemAddUpToTheGradient_data()
{
    QTest::addColumn<QString>("fields");
    const std::pair<const char*, const char*> runs[] = {
        {"every step has a loss", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4]})"},
        {"two layers", R"("task": {"id": "echo"}, "model": {"cell": "CELL", "hidden": [4, 3]})"},
        {"the mean of a batch", R"("task": {"id": "copy"}, "model": {"cell": "CELL", "hidden": [4]},
            "training": {"batch": 3, "loss": "mean"})"},
        {"an encoder, lengths that differ", R"("task": {"id": "addition", "digits": 2},
            "model": {"cell": "CELL", "hidden": [4]}, "training": {"batch": 3})"},
        {"its own answers", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4]},
            "training": {"teacher_forcing": 0})"},
        {"truncated", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4, 3]},
            "training": {"truncate": 2})"},
        {"cut, clamped, silenced", R"("task": {"id": "hello"}, "model": {"cell": "CELL", "hidden": [4, 3]},
            "interventions": [{"iteration": 0, "cut": 2, "layer": 1}, {"iteration": 0, "silence": 3},
            {"iteration": 0, "clamp": "GATE", "value": 0.4, "layer": 2, "units": [1]}])"},
    };
    for (const char* cell : {"rnn", "gru", "lstm"}) {
        for (const auto& [name, fields] : runs) {
            QString text = QString::fromLatin1(fields);
            text.replace("CELL", cell);
            text.replace("GATE", *cell == 'r' ? "h" : *cell == 'g' ? "z" : "f");
            QTest::addRow("%s, %s", cell, name) << text;
        }
    }
}

void LossAloneTest::allOfThemAddUpToTheGradient()
{
    QFETCH(QString, fields);
    Trainer trainer(parseExperiment("{\"unrolled\": 1, " + fields.toStdString() + "}", "test", {}));
    for (int i = 0; i < 2; ++i)
        trainer.step();
    const TracePtr trace = trainer.record(trainer.experiment().training.batch - 1);

    std::vector<int> counted;
    for (int t = 1; t <= trace->steps(); ++t) {
        if (trace->plan[static_cast<std::size_t>(t - 1)].counted)
            counted.push_back(t);
    }
    QVERIFY(counted.size() > 1);
    // What L_s counts in L: the mean over the batch of the sum, or the mean, over the steps.
    const bool mean = trainer.experiment().training.loss == Reduction::Mean;
    const double scale = 1.0 / trace->batch / (mean ? static_cast<double>(counted.size()) : 1.0);
    Sum outputs;
    std::vector<std::vector<Sum>> channels(trace->layers.size());
    std::vector<Sum> first(trace->layers.size());
    for (const int s : counted) {
        const TracePtr alone = lossAlone(trace, s);
        const std::vector<StateGradientNorms> norms = stateGradientNorms(*trace, s);
        outputs.add(alone->outputs.y.gradient, scale);
        for (std::size_t l = 0; l < trace->layers.size(); ++l) {
            channels[l].resize(trace->layers[l].channels.size());
            for (std::size_t k = 0; k < channels[l].size(); ++k)
                channels[l][k].add(alone->layers[l].channels[k].gradient, scale);
            first[l].add(alone->layers[l].initialHiddenGradient, scale);
            for (int t = 1; t <= trace->steps(); ++t) {
                const double norm = alone->channel(static_cast<int>(l), "h").gradient.col(t - 1).norm();
                const double swept = norms[l].hidden[static_cast<std::size_t>(t - 1)].value();
                QVERIFY(std::abs(norm - swept) <= 1e-12 * swept);
            }
        }
    }
    compare(outputs, trace->outputs.y.gradient, "y");
    for (std::size_t l = 0; l < channels.size(); ++l) {
        for (std::size_t k = 0; k < channels[l].size(); ++k)
            compare(channels[l][k], trace->layers[l].channels[k].gradient,
                    QString::fromUtf8(unrolled::channels(trace->cell)[k].name.data()));
        compare(first[l], trace->layers[l].initialHiddenGradient, "h_0");
    }
}

void LossAloneTest::contributionsOfOneAreItsGradient_data()
{
    QTest::addColumn<QString>("fields");
    QTest::addColumn<bool>("alone");
    for (const char* cell : {"rnn", "gru", "lstm"}) {
        for (const char* loss : {"sum", "mean"}) {
            const QString fields =
                QString(R"("task": {"id": "hello"}, "model": {"cell": "%1", "hidden": [4, 3]},
                           "training": {"loss": "%2"})")
                    .arg(cell, loss);
            QTest::addRow("%s, %s", cell, loss) << fields << true;
            QString truncated = fields;
            QTest::addRow("%s, %s, truncated", cell, loss)
                << truncated.replace("\"loss\"", "\"truncate\": 2, \"loss\"") << false;
        }
    }
}

/// What the steps add to the parameters' gradients by one loss, against the gradient of a run in which all
/// other losses are silenced, which is checked by central differences where it is not truncated; and against
/// what they add by L.
void LossAloneTest::contributionsOfOneAreItsGradient()
{
    QFETCH(QString, fields);
    QFETCH(bool, alone);
    const Experiment experiment =
        parseExperiment("{\"unrolled\": 1, " + fields.toStdString() + "}", "test", {});
    const TracePtr trace = Trainer(experiment).record();
    const bool mean = experiment.training.loss == Reduction::Mean;
    std::map<std::pair<int, const std::string>, Sum> ofSteps;
    for (int s = 1; s <= trace->steps(); ++s) {
        std::map<std::string, Sum> sums;
        visitContributions(*lossPart(trace, s), [&](const Contribution& part) {
            const std::string& name = part.parameter.block.name;
            sums[name].add(part.values, std::scalbn(1.0, part.exponent));
            ofSteps[{part.t, name}].add(part.values, std::scalbn(1.0, part.exponent));
        });
        Experiment silenced = experiment;
        Intervention others;
        others.kind = InterventionKind::Silence;
        for (int t = 1; t <= trace->steps(); ++t) {
            if (t != s)
                others.steps.push_back(t);
        }
        silenced.interventions = {others};
        Trainer trainer(silenced);
        if (alone)
            QVERIFY(agree(checkGradients(trainer)));
        const TracePtr only = trainer.record();
        for (const ParameterTrace& parameter : only->parameters) // the mean of one is itself
            compare(sums[parameter.block.name], parameter.gradient / (mean ? trace->steps() : 1),
                    QString("L_%1 by %2").arg(s).arg(parameter.block.name.c_str()));
    }
    visitContributions(*trace, [&](const Contribution& part) {
        compare(ofSteps[{part.t, part.parameter.block.name}], part.values * std::scalbn(1.0, part.exponent),
                QString("step %1 by %2").arg(part.t).arg(part.parameter.block.name.c_str()));
    });
}

void LossAloneTest::nothingElseChanges()
{
    Experiment experiment;
    experiment.model.cell.kind = CellKind::Lstm;
    const TracePtr trace = Trainer(experiment).record();
    const TracePtr alone = lossAlone(trace, 3);
    QCOMPARE(alone->iteration, trace->iteration);
    QCOMPARE(alone->loss, trace->loss);
    QCOMPARE(alone->input, trace->input);
    for (std::size_t k = 0; k < trace->parameters.size(); ++k) {
        QVERIFY(alone->parameters[k].gradient == trace->parameters[k].gradient);
        QVERIFY(alone->parameters[k].after == trace->parameters[k].after);
    }
    for (std::size_t k = 0; k < trace->layers[0].channels.size(); ++k)
        QVERIFY(alone->layers[0].channels[k].value == trace->layers[0].channels[k].value);
    QVERIFY(alone->channel(0, "h").gradient.col(3).isZero(0)); // behind the loss
    QVERIFY(!alone->channel(0, "h").gradient.col(2).isZero(0));
}

void LossAloneTest::aStepWithoutALossIsRefused()
{
    Experiment experiment;
    experiment.task.id = "adding";
    experiment.task.length = 8;
    const TracePtr trace = Trainer(experiment).record();
    for (const int s : {0, 3, 9})
        QVERIFY_EXCEPTION_THROWN(lossAlone(trace, s), std::out_of_range);
    QVERIFY(lossAlone(trace, 8)->channel(0, "h").gradient.col(0).norm() > 0);
}

QTEST_APPLESS_MAIN(LossAloneTest)
#include "loss_alone_test.moc"
