#include "ui/session/frame.h"

#include <QtTest>

using namespace unrolled;
using namespace ui;

namespace {

Frame frameOf(const CellSpec& cell, int layers, int steps, bool softmax = true)
{
    auto trace = std::make_shared<IterationTrace>();
    trace->cell = cell;
    trace->plan.resize(static_cast<std::size_t>(steps));
    trace->lossKind = softmax ? LossKind::CrossEntropy : LossKind::SquaredError;
    trace->layers.resize(static_cast<std::size_t>(layers));
    Frame frame;
    Lane& lane = frame.lanes.emplace_back();
    lane.name = QStringLiteral("lane");
    lane.trace = lane.first = trace;
    lane.planned = 1;
    frame.ticks = TickLayout(cell, layers, steps, softmax);
    return frame;
}

const CellSpec rnn{};
const CellSpec gru{CellKind::Gru, Activation::Tanh, GruReset::After};
const CellSpec gruBefore{CellKind::Gru, Activation::Tanh, GruReset::Before};
const CellSpec lstm{CellKind::Lstm, Activation::Tanh, GruReset::After};

} // namespace

class FrameTest : public QObject
{
    Q_OBJECT
private slots:
    void nothingIsComputedInAnEmptyFrame()
    {
        const Frame frame;
        QVERIFY(frame.empty());
        QVERIFY(!inputArrived(frame, 1));
        QVERIFY(!outputComputed(frame, 1));
        QVERIFY(!channelComputed(frame, 1, 0, "h"));
        QVERIFY(!lossComputed(frame));
        QVERIFY(!updateComputed(frame));
    }

    void timesOutsideTheSequenceAreNeverComputed()
    {
        Frame frame = frameOf(rnn, 1, 4);
        frame.position = frame.ticks.endOfIteration(0);
        for (const int t : {-1, 0, 5}) {
            QVERIFY(!inputArrived(frame, t));
            QVERIFY(!channelComputed(frame, t, 0, "h"));
            QVERIFY(!gradientPassedBack(frame, t, 0));
        }
    }

    void atTheEndOfAnIterationEverythingIsComputed()
    {
        for (const CellSpec& cell : {rnn, gru, gruBefore, lstm}) {
            Frame frame = frameOf(cell, 2, 3);
            frame.position = frame.ticks.endOfIteration(0);
            for (int t = 1; t <= 3; ++t) {
                QVERIFY(inputArrived(frame, t) && outputComputed(frame, t) &&
                        probabilitiesComputed(frame, t));
                QVERIFY(outputGradientComputed(frame, t));
                for (int layer = 0; layer < 2; ++layer) {
                    QVERIFY(hiddenGradientComputed(frame, t, layer) && gradientPassedBack(frame, t, layer));
                    for (const Channel& channel : channels(cell)) {
                        QVERIFY2(channelComputed(frame, t, layer, channel.name), channel.name.data());
                        QVERIFY2(channelGradientComputed(frame, t, layer, channel.name), channel.name.data());
                    }
                }
            }
            QVERIFY(lossComputed(frame) && updateComputed(frame));
        }
    }

    // Walking through an iteration, everything becomes computed once and stays so, values before their
    // gradients.
    void whatIsComputedStaysComputed()
    {
        for (const CellSpec& cell : {rnn, gru, gruBefore, lstm}) {
            Frame frame = frameOf(cell, 2, 3);
            for (const Channel& channel : channels(cell)) {
                bool value = false;
                bool gradient = false;
                for (int i = 0; i < frame.ticks.partsPerIteration(); ++i) {
                    frame.position = frame.ticks.at(i);
                    QVERIFY(!value || channelComputed(frame, 2, 1, channel.name));
                    QVERIFY(!gradient || channelGradientComputed(frame, 2, 1, channel.name));
                    value = channelComputed(frame, 2, 1, channel.name);
                    gradient = channelGradientComputed(frame, 2, 1, channel.name);
                    QVERIFY(value || !gradient);
                }
            }
        }
    }

    void anOperationIsComputedAtItsPart_data()
    {
        QTest::addColumn<QString>("cell");
        QTest::addColumn<QString>("channel");
        QTest::addColumn<int>("forwardPart");
        QTest::addColumn<int>("backwardPart");
        // forward: Input, operations, Logits …; backward: Logits, HiddenGradient, operations in reverse,
        // PassBack
        QTest::newRow("the RNN's sum") << "rnn"
                                       << "a_h" << 1 << 2;
        QTest::newRow("the RNN's state") << "rnn"
                                         << "h" << 2 << 1;
        QTest::newRow("the RNN's input") << "rnn"
                                         << "x" << 0 << 4;
        QTest::newRow("the LSTM's input gate") << "lstm"
                                               << "i" << 1 << 7;
        QTest::newRow("the LSTM's input gate before its nonlinearity") << "lstm"
                                                                       << "a_i" << 1 << 7;
        QTest::newRow("the LSTM's output gate") << "lstm"
                                                << "o" << 4 << 4;
        QTest::newRow("the LSTM's cell state") << "lstm"
                                               << "c" << 5 << 2;
        QTest::newRow("the LSTM's squashed cell state") << "lstm"
                                                        << "tanh_c" << 6 << 2;
        QTest::newRow("the LSTM's state") << "lstm"
                                          << "h" << 6 << 1;
        QTest::newRow("the GRU's reset gate") << "gru"
                                              << "r" << 1 << 6;
        QTest::newRow("the GRU's recurrent part") << "gru"
                                                  << "u_n" << 3 << 4;
        QTest::newRow("the GRU's candidate before its nonlinearity") << "gru"
                                                                     << "a_n" << 4 << 3;
        QTest::newRow("the GRU's reset state") << "gruBefore"
                                               << "rh" << 3 << 4;
    }

    void anOperationIsComputedAtItsPart()
    {
        QFETCH(QString, cell);
        QFETCH(QString, channel);
        QFETCH(int, forwardPart);
        QFETCH(int, backwardPart);
        const CellSpec spec = cell == "rnn" ? rnn : cell == "lstm" ? lstm : cell == "gru" ? gru : gruBefore;
        const std::string name = channel.toStdString();
        Frame frame = frameOf(spec, 1, 3);
        const int forward = frame.ticks.tickOf(Phase::Forward, 2);
        const int backward = frame.ticks.tickOf(Phase::Backward, 2);

        frame.position = frame.ticks.at(frame.ticks.index({0, forward, forwardPart}) - 1);
        QVERIFY(!channelComputed(frame, 2, 0, name));
        frame.position = {0, forward, forwardPart};
        QVERIFY(channelComputed(frame, 2, 0, name));

        frame.position = frame.ticks.at(frame.ticks.index({0, backward, backwardPart}) - 1);
        QVERIFY(!channelGradientComputed(frame, 2, 0, name));
        frame.position = {0, backward, backwardPart};
        QVERIFY(channelGradientComputed(frame, 2, 0, name));
    }

    void whatIsOnItsWayIsNotComputedYet()
    {
        Frame frame = frameOf(rnn, 1, 3);
        frame.position = {0, 1, 0};
        frame.alpha = 0.5;
        QVERIFY(!inputArrived(frame, 2));
        QVERIFY(outputComputed(frame, 1));
        frame.alpha = 1;
        QVERIFY(inputArrived(frame, 2));
    }

    void aHigherLayersInputIsTheLowerLayersState()
    {
        Frame frame = frameOf(rnn, 2, 3);
        frame.position = {0, 0, 1};
        QVERIFY(channelComputed(frame, 1, 0, "x"));
        QVERIFY(!channelComputed(frame, 1, 1, "x"));
        frame.position = {0, 0, 2};
        QVERIFY(channelComputed(frame, 1, 0, "h"));
        QVERIFY(channelComputed(frame, 1, 1, "x"));
    }

    void withoutASoftmaxTheProbabilitiesPartIsTheOutput()
    {
        Frame frame = frameOf(rnn, 1, 3, false);
        frame.position = frame.ticks.endOfTick(0, 0);
        QVERIFY(outputComputed(frame, 1));
        QVERIFY(probabilitiesComputed(frame, 1));
        QVERIFY(!outputComputed(frame, 2));
    }
};

QTEST_APPLESS_MAIN(FrameTest)
#include "frame_test.moc"
