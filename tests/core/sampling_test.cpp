#include "core/tasks/task.h"
#include "core/trace/history.h"
#include "core/trace/sampling.h"
#include "core/training/error.h"

#include <QtTest>

using namespace unrolled;

namespace {

Experiment hello(CellKind cell)
{
    Experiment experiment;
    experiment.model.cell.kind = cell;
    return experiment;
}

std::string errorOf(const std::string& text, const std::vector<std::string>& vocabulary)
{
    try {
        encode(text, vocabulary, "--prompt");
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

const std::vector<std::string> helo{"h", "e", "l", "o"};

} // namespace

class SamplingTest : public QObject
{
    Q_OBJECT
private slots:
    void aTrainedNetworkGoesOnWithEllo_data()
    {
        QTest::addColumn<int>("cell");
        QTest::newRow("an RNN") << 0;
        QTest::newRow("a GRU") << 1;
        QTest::newRow("an LSTM") << 2;
    }
    void aTrainedNetworkGoesOnWithEllo()
    {
        QFETCH(int, cell);
        const Experiment experiment = hello(static_cast<CellKind>(cell));
        History history(experiment);
        const std::vector<int> drawn =
            sample(experiment, history.layout(), history.parametersAt(300), {0}, 4, 0, 1);
        QCOMPARE(drawn, (std::vector<int>{1, 2, 2, 3}));
    }

    void isTheForwardPassOfATrace()
    {
        for (const CellKind cell : {CellKind::Rnn, CellKind::Gru, CellKind::Lstm}) {
            for (const GruReset reset : {GruReset::After, GruReset::Before}) {
                Experiment experiment = hello(cell);
                experiment.model.cell.gruReset = reset;
                experiment.model.hidden = {5, 4};
                History history(experiment);
                for (const int iteration : {0, 3, 40}) {
                    const TracePtr trace = history.trace(iteration);
                    std::vector<int> prompt;
                    for (int t = 0; t < trace->steps(); ++t) {
                        prompt.push_back(trace->inputClasses[static_cast<std::size_t>(t)]);
                        const auto drawn = sample(experiment, history.layout(),
                                                  history.parametersAt(iteration), prompt, 1, 0, 1);
                        QCOMPARE(drawn.front(), trace->outputs.predicted[t]);
                    }
                }
            }
        }
    }

    void drawsAsOftenAsTheProbabilitiesSay()
    {
        const Experiment experiment = hello(CellKind::Rnn);
        History history(experiment);
        const TracePtr trace = history.trace(0);
        const Eigen::VectorXd p = trace->outputs.probabilities.col(0);
        Eigen::VectorXd counts = Eigen::VectorXd::Zero(4);
        const int draws = 4000;
        for (int seed = 0; seed < draws; ++seed)
            counts[sample(experiment, history.layout(), history.parametersAt(0), {0}, 1, 1.0,
                          static_cast<std::uint64_t>(seed))
                       .front()] += 1.0 / draws;
        QVERIFY2((counts - p).cwiseAbs().maxCoeff() < 0.03, "the seeds are fixed, so this is no chance");
    }

    void theSameSeedDrawsTheSame()
    {
        const Experiment experiment = hello(CellKind::Lstm);
        History history(experiment);
        const auto parameters = history.parametersAt(0);
        const auto draw = [&](double temperature, std::uint64_t seed) {
            return sample(experiment, history.layout(), parameters, {0, 1}, 50, temperature, seed);
        };
        QCOMPARE(draw(1, 5), draw(1, 5));
        QVERIFY(draw(1, 5) != draw(1, 6));
        QCOMPARE(draw(0, 5), draw(0, 6));
        QCOMPARE(draw(1e-9, 5), draw(0, 6)); // hardly any temperature is none
        QCOMPARE(draw(1, 5).size(), std::size_t(50));
    }

    void startsFromNothingWithoutAPrompt()
    {
        const Experiment experiment = hello(CellKind::Gru);
        History history(experiment);
        const auto drawn = sample(experiment, history.layout(), history.parametersAt(0), {}, 3, 1, 1);
        QCOMPARE(drawn.size(), std::size_t(3));
        QVERIFY(sample(experiment, history.layout(), history.parametersAt(0), {}, 0, 1, 1).empty());
    }

    void symbolsAreCharactersOfAnyLanguage()
    {
        QCOMPARE(encode("hello", helo, ""), (std::vector<int>{0, 1, 2, 2, 3}));
        QCOMPARE(encode("세계세", {"계", "세"}, ""), (std::vector<int>{1, 0, 1}));
        QVERIFY(encode("", helo, "").empty());
    }

    void aStrangerIsNamedWithItsPlace()
    {
        QCOMPARE(QString::fromStdString(errorOf("hexlo", helo)),
                 "--prompt: character 3: found \"x\", expected a character of the vocabulary");
        QVERIFY(errorOf("세x", {"세"}).find("character 2") != std::string::npos);
        QVERIFY(errorOf("h\xff", helo).find("0xFF") != std::string::npos);
    }

    void aTaskOfNumbersCannotBeSampled()
    {
        Experiment experiment = hello(CellKind::Rnn);
        experiment.task.id = "adding";
        experiment.task.length = 6;
        History history(experiment);
        QVERIFY_THROWS_EXCEPTION(InputError,
                                 sample(experiment, history.layout(), history.parametersAt(0), {0}, 1, 0, 1));
    }
};

QTEST_APPLESS_MAIN(SamplingTest)
#include "sampling_test.moc"
