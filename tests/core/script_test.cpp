// The script that a copy takes along: run by Python with NumPy, it prints the numbers of the trace.

#include "core/code/algorithm.h"
#include "core/files/atomic_file.h"
#include "core/files/experiment_file.h"
#include "core/training/trainer.h"
#include "tests/core/networks.h"

#include <QMap>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace unrolled;

namespace {

constexpr int scriptIteration = 3; // the optimizer remembers something

struct ScriptCase
{
    std::string name;
    Experiment experiment;
};

std::vector<ScriptCase> scriptCases()
{
    std::vector<ScriptCase> cases;
    for (const auto& [name, spec] : networks::allCells()) {
        for (const int layers : {1, 2}) {
            for (const bool text : {true, false}) {
                for (int optimizer = 0; optimizer <= static_cast<int>(OptimizerKind::Adam); ++optimizer) {
                    Experiment e = text ? reference::textExperiment(4) : reference::seriesExperiment(4);
                    e.model.cell = spec;
                    e.model.hidden = layers == 1 ? std::vector<int>{3} : std::vector<int>{3, 4};
                    e.training.optimizer = static_cast<OptimizerKind>(optimizer);
                    e.training.momentum = 0.9;
                    e.training.learningRate = 0.01;
                    cases.push_back({name + ", layers: " + std::to_string(layers) +
                                         (text ? ", cross-entropy, " : ", squared error, ") +
                                         std::string(unrolled::name(e.training.optimizer)),
                                     e});
                }
            }
        }
    }
    const auto set = [&](const std::string& name, const std::string& id,
                         const std::vector<std::string>& settings) {
        for (const char* cell : {"rnn", "gru", "lstm"}) {
            std::vector<std::string> all = settings;
            all.push_back(std::string("model.cell=") + cell);
            cases.push_back({std::string(cell) + ", " + name, withSettings(readExperiment(id), all)});
        }
    };
    set("hello as it opens", "hello", {});
    set("its own answers read back", "generate", {});
    set("a batch with a mean loss, clipped by norm", "adding",
        {"task.length=7", "training.batch=3", "training.loss=mean", "model.hidden=[4]",
         "training.clip_norm=0.01"});
    set("many losses with a mean, clipped by value and norm", "echo",
        {"task.length=6", "training.batch=2", "training.loss=mean", "training.clip_value=0.05",
         "training.clip_norm=0.1", "model.hidden=[4]"});
    set("an encoder and a decoder, sums of unequal length", "addition",
        {"task.digits=2", "training.batch=3", "model.hidden=[4]"});
    set("strings of unequal length, one of them watched", "reber",
        {"task.length=14", "training.batch=3", "model.hidden=[4,3]"});
    set("truncated, without a bias of the readout", "hello",
        {"training.truncate=2", "model.readout_bias=false", "model.hidden=[3,3]"});
    set("a cut and a silenced loss", "hello",
        {R"(interventions=[{"iteration": 0, "cut": 2}, {"iteration": 1, "silence": 3}])",
         "model.hidden=[3,2]"});
    set("warm-up and a schedule", "hello", {"training.warmup=9", "training.schedule=cosine"});
    cases.push_back(
        {"a clamped forget gate",
         withSettings(readExperiment("hello"), {"model.cell=lstm", R"(interventions=[{"iteration": 0,
                          "clamp": "f", "value": 1, "units": [1, 3], "steps": [2, 3]}])"})});
    cases.push_back({"a clamped hidden state",
                     withSettings(readExperiment("hello"), {R"(interventions=[{"iteration": 0, "clamp": "h",
                          "value": 0.5, "units": [2]}])"})});
    cases.push_back({"a clamped reset gate",
                     withSettings(readExperiment("hello"), {"model.cell=gru", "model.gru_reset=before",
                                                            R"(interventions=[{"iteration": 0, "clamp": "r",
                          "value": 0.25, "steps": [2]}])"})});
    for (const auto& [name, spec] : networks::allCells()) {
        Experiment carried = networks::textExperiment(spec, {3, 2}, 4);
        carried.training.carryState = true;
        carried.training.batch = 2;
        cases.push_back({name + ", the state carried on", carried});
    }
    return cases;
}

} // namespace

class ScriptTest : public QObject
{
    Q_OBJECT

    std::vector<ScriptCase> m_cases = scriptCases();
    std::vector<TracePtr> m_traces;
    std::vector<QMap<QString, double>> m_printed;

private slots:
    void initTestCase();
    void printsTheNumbersOfTheTrace_data();
    void printsTheNumbersOfTheTrace();
    void hasTheLinesOfMinCharRnn();
    void everyPartRunsALine();
};

void ScriptTest::initTestCase()
{
    for (const ScriptCase& each : m_cases) {
        Trainer trainer(each.experiment);
        while (trainer.iteration() < scriptIteration)
            trainer.step();
        m_traces.push_back(trainer.record(each.experiment.training.batch - 1));
    }
    const QString python = QStringLiteral("/usr/bin/python3");
    if (QProcess::execute(python, {QStringLiteral("-c"), QStringLiteral("import numpy")}) != 0)
        return;
    // One Python for all of them: its start takes longer than they do.
    const QTemporaryDir folder;
    QStringList arguments = {QStringLiteral("-c"), QStringLiteral("import runpy, sys\n"
                                                                  "for file in sys.argv[1:]:\n"
                                                                  "    print('==', file)\n"
                                                                  "    runpy.run_path(file)\n")};
    for (std::size_t i = 0; i < m_traces.size(); ++i) {
        const QString file = folder.filePath(QStringLiteral("script-%1.py").arg(i));
        writeFile(file.toStdString(), numpyScript(*m_traces[i]));
        arguments << file;
    }
    QProcess process;
    process.start(python, arguments);
    QVERIFY(process.waitForFinished(120'000));
    const QByteArray errors = process.readAllStandardError();
    const QList<QByteArray> lines = process.readAllStandardOutput().split('\n');
    QVERIFY2(process.exitCode() == 0, (lines.join('\n').right(300) + errors).constData());
    for (const QByteArray& line : lines) {
        if (line.startsWith("== "))
            m_printed.emplace_back();
        const qsizetype sign = line.lastIndexOf(" = ");
        if (sign > 0)
            m_printed.back().insert(QString::fromUtf8(line.left(sign)), line.mid(sign + 3).toDouble());
    }
    QCOMPARE(m_printed.size(), m_cases.size());
}

void ScriptTest::printsTheNumbersOfTheTrace_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < m_cases.size(); ++i)
        QTest::newRow(m_cases[i].name.c_str()) << static_cast<int>(i);
}

void ScriptTest::printsTheNumbersOfTheTrace()
{
    if (m_printed.empty())
        QSKIP("there is no Python with NumPy");
    QFETCH(int, index);
    const IterationTrace& trace = *m_traces[static_cast<std::size_t>(index)];
    const QMap<QString, double>& printed = m_printed[static_cast<std::size_t>(index)];
    int compared = 0;
    // Rounding is relative to the largest number of a kind: an update is a difference of weights.
    const auto compare = [&](const QString& name, double expected, double scale) {
        QVERIFY2(printed.contains(name), qPrintable(name));
        const double found = printed.value(name);
        QVERIFY2(std::abs(found - expected) <= 1e-12 * std::max(std::abs(expected), scale),
                 qPrintable(QStringLiteral("%1: %2 instead of %3")
                                .arg(name)
                                .arg(found, 0, 'g', 17)
                                .arg(expected, 0, 'g', 17)));
        ++compared;
    };
    compare("L", trace.loss, 1e-3);
    compare("|gradient|", trace.gradientNorm, 0);
    for (int t = 1; t <= trace.steps(); ++t) {
        if (trace.plan[static_cast<std::size_t>(t - 1)].counted)
            compare(QStringLiteral("L_%1").arg(t), trace.outputs.losses[t - 1], 1e-3);
        for (int layer = 0; layer < static_cast<int>(trace.layers.size()); ++layer)
            compare(QStringLiteral("|dL/dh_%1| of layer %2").arg(t).arg(layer + 1),
                    trace.channel(layer, "h").gradient.col(t - 1).norm(), 1e-3 * trace.gradientNorm);
    }
    for (const ParameterTrace& each : trace.parameters) {
        const QString name = QString::fromStdString(each.block.name);
        compare("|dL/d " + name + "|", each.gradient.norm(), 1e-3 * trace.gradientNorm);
        compare("|update of " + name + "|", (each.after - each.before).norm(), each.before.norm());
    }
    QCOMPARE(printed.size(), compared);
}

void ScriptTest::hasTheLinesOfMinCharRnn()
{
    const auto trace = Trainer(readExperiment("hello")).record();
    QStringList lines;
    for (const CodeLine& line : algorithm(*trace))
        lines << QString::fromStdString(line.text);
    for (const char* line : {"hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t-1] + bh)", "dy = np.copy(ps[t])",
                             "dy[targets[t]] -= 1", "dh = Why.T @ dy + dhnext", "dhraw = (1 - hs[t]**2) * dh",
                             "dWhh += np.outer(dhraw, hs[t-1])", "dhnext = Whh.T @ dhraw"})
        QVERIFY2(lines.contains(QLatin1String(line)), line);
}

void ScriptTest::everyPartRunsALine()
{
    for (std::size_t i = 0; i < m_traces.size(); ++i) {
        const IterationTrace& trace = *m_traces[i];
        const TickLayout ticks(trace.cell, static_cast<int>(trace.layers.size()), 1,
                               trace.lossKind == LossKind::CrossEntropy);
        const std::vector<CodeLine> lines = algorithm(trace);
        std::size_t last = 0;
        for (int tick = 0; tick < ticks.ticks(); ++tick) {
            for (const Part& part : ticks.parts(tick)) {
                const CodePart wanted{ticks.phase(tick), part.kind, part.layer, part.operation};
                std::size_t first = lines.size();
                for (std::size_t k = 0; k < lines.size(); ++k) {
                    if (std::find(lines[k].parts.begin(), lines[k].parts.end(), wanted) !=
                        lines[k].parts.end())
                        first = std::min(first, k);
                }
                QVERIFY2(first < lines.size() && first >= last, m_cases[i].name.c_str());
                last = first;
            }
        }
    }
}

QTEST_GUILESS_MAIN(ScriptTest)
#include "script_test.moc"
