#include "core/gradients/loss_alone.h"
#include "tests/ui/frames.h"
#include "ui/paint/caption.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/number_format.h"

#include <QRegularExpression>
#include <QTest>

using namespace unrolled;
using namespace ui;

namespace {

QString captionAt(Frame frame, Phase phase, int t, PartKind kind)
{
    frame.position = frames::find(frame, phase, t, kind);
    return caption(frame);
}

/// The cs231n slide: "o o l o" where "e l l o" is right.
Frame slide()
{
    Frame frame = frames::hello({});
    auto trace = std::make_shared<IterationTrace>(frame.trace());
    trace->outputs.y.value << 1.0, 0.5, 0.1, 0.2, //
        2.2, 0.3, 0.5, -1.5,                      //
        -3.0, -1.0, 1.9, -0.1,                    //
        4.1, 1.2, -1.1, 2.2;
    trace->loss = 0;
    for (int t = 0; t < 4; ++t) {
        const Eigen::VectorXd e = trace->outputs.y.value.col(t).array().exp();
        trace->outputs.probabilities.col(t) = e / e.sum();
        Eigen::Index best = 0;
        trace->outputs.probabilities.col(t).maxCoeff(&best);
        trace->outputs.predicted(t) = static_cast<int>(best);
        const int target = trace->outputs.targetClasses[static_cast<std::size_t>(t)];
        trace->outputs.losses(t) = -std::log(trace->outputs.probabilities(target, t));
        trace->loss += trace->outputs.losses(t);
    }
    trace->sequenceLoss = trace->loss;
    frame.lanes.front().trace = trace;
    return frame;
}

} // namespace

class CaptionTest : public QObject
{
    Q_OBJECT
private slots:
    void everyPartHasOneLine_data()
    {
        QTest::addColumn<int>("cell");
        QTest::addColumn<int>("task");
        for (std::size_t i = 0; i < frames::cells().size(); ++i) {
            QTest::addRow("%s, hello", qPrintable(frames::cells()[i].first)) << int(i) << 0;
            QTest::addRow("%s, hello in two layers", qPrintable(frames::cells()[i].first)) << int(i) << 1;
            QTest::addRow("%s, adding", qPrintable(frames::cells()[i].first)) << int(i) << 2;
        }
    }

    void everyPartHasOneLine()
    {
        QFETCH(int, cell);
        QFETCH(int, task);
        const CellSpec spec = frames::cells()[static_cast<std::size_t>(cell)].second;
        Frame frame = task == 0   ? frames::hello(spec)
                      : task == 1 ? frames::hello(spec, {3, 2})
                                  : frames::adding(spec, 20);
        for (std::int64_t i = 0; i < frame.ticks.partsPerIteration(); ++i) {
            frame.position = frame.ticks.at(i);
            const QString line = caption(frame);
            QVERIFY2(line.endsWith(QLatin1Char('.')), qPrintable(line));
            QVERIFY2(line.size() <= 150, qPrintable(line));
            for (const char* wrong : {"%1", "%2", "%3", "%4", "\n", "  ", "nan", "-0", "NaN"})
                QVERIFY2(!line.contains(QLatin1String(wrong)), qPrintable(line));
            const Phase phase = frame.phase();
            if (phase == Phase::Forward)
                QVERIFY2(line.startsWith(QStringLiteral("Forward, step %1").arg(frame.time())),
                         qPrintable(line));
            if (phase == Phase::Backward)
                QVERIFY2(line.startsWith(QStringLiteral("Backward, step %1").arg(frame.time())),
                         qPrintable(line));
        }
    }

    void theSlideIsToldInItsOwnLetters()
    {
        const Frame frame = slide();
        QCOMPARE(captionAt(frame, Phase::Forward, 1, PartKind::Input),
                 QStringLiteral("Forward, step 1: the cell reads “h”; its memory is still empty."));
        QCOMPARE(captionAt(frame, Phase::Forward, 2, PartKind::Input),
                 QStringLiteral("Forward, step 2: the cell reads “e” and its memory of “h”."));
        QCOMPARE(captionAt(frame, Phase::Forward, 2, PartKind::Probabilities),
                 QStringLiteral("Forward, step 2: it answers “o” (50 %); right is “l”, which got 6 %."));
        QCOMPARE(captionAt(frame, Phase::Loss, 0, PartKind::Loss),
                 QStringLiteral("The network answers “o o l o”; right is “e l l o”. Loss 5.59."));
    }

    void aSilencedStepKeepsItsPlace()
    {
        Experiment experiment;
        Intervention silence;
        silence.kind = InterventionKind::Silence;
        silence.steps = {2};
        experiment.interventions.push_back(silence);
        Frame frame = frames::of(experiment);
        auto trace = std::make_shared<IterationTrace>(frame.trace());
        for (int t = 0; t < 4; ++t)
            trace->outputs.predicted(t) = trace->outputs.targetClasses[static_cast<std::size_t>(t)];
        trace->outputs.predicted(1) = 3;
        frame.lanes.front().trace = trace;
        const QString words = captionAt(frame, Phase::Loss, 0, PartKind::Loss);
        QVERIFY2(words.startsWith(
                     QStringLiteral("The network answers “e o l o”, and that is right where it counts.")),
                 qPrintable(words));
    }

    void onePickedLossGivesTheGradientsItsName()
    {
        Experiment experiment;
        experiment.training.batch = 4;
        experiment.task.id = "echo";
        experiment.task.length = 6;
        experiment.task.lag = 2;
        for (const int batch : {1, 4}) {
            experiment.training.batch = batch;
            Frame frame = frames::of(experiment);
            frame.pickedLoss = 5;
            for (std::int64_t i = 0; i < frame.ticks.partsPerIteration(); ++i) {
                frame.position = frame.ticks.at(i);
                const QString line = caption(frame);
                const bool back = frame.phase() == Phase::Backward;
                const QString start = batch > 1
                                          ? QStringLiteral("L₅ alone, before the mean over the batch of 4. ")
                                          : QStringLiteral("L₅ alone. ");
                QVERIFY2(line.startsWith(start) == back, qPrintable(line));
                QVERIFY2(!back || !line.contains(QStringLiteral("∂L/")), qPrintable(line));
            }
        }
    }

    void backAtTheFirstStepItTellsWhatGrewAndWhatWasAdded()
    {
        // A linear recurrence w: the gradient of the last loss is |w|³ times as long at step 1.
        for (const auto& [w, words] :
             {std::pair(2.0, "it grew 8.00-fold on the way."), {0.5, "% on the way."}, {1.0, "at step 4."}}) {
            Frame frame = frames::hello({CellKind::Rnn, Activation::Identity, GruReset::After}, {1});
            auto trace = std::make_shared<IterationTrace>(frame.trace());
            const int hidden = channelIndex(trace->cell, "h");
            for (int t = 0; t < 4; ++t)
                trace->layers[0].channels[static_cast<std::size_t>(hidden)].gradient(0, t) =
                    std::pow(w, 3 - t);
            frame.lanes.front().trace = trace;
            frame.pickedLoss = 4;
            const QString alone = captionAt(frame, Phase::Backward, 1, PartKind::PassBack);
            QVERIFY2(alone.endsWith(QString::fromUtf8(words)), qPrintable(alone));
            frame.pickedLoss = 0;
            const QString all = captionAt(frame, Phase::Backward, 1, PartKind::PassBack);
            QVERIFY2(all.endsWith(QStringLiteral("where only the last loss had come in.")), qPrintable(all));
        }
    }

    void theLossOfAHopIsWhatTheTraceSays()
    {
        for (const auto& [name, spec] : frames::cells()) {
            if (spec.kind != CellKind::Rnn)
                continue;
            const Frame frame = frames::hello(spec);
            const IterationTrace& trace = frame.trace();
            const double ratio =
                scaledNorm(passedBack(trace, 0, 3)) / scaledNorm(trace.channel(0, "h").gradient.col(2));
            const QString line = captionAt(frame, Phase::Backward, 3, PartKind::PassBack);
            const QString expected =
                ratio >= 1.05 ? QStringLiteral("the gradient of L grew %1-fold").arg(plainNumber(ratio))
                : ratio > 0.95
                    ? QStringLiteral("the gradient of L kept its length")
                    : QStringLiteral("the gradient of L lost %1 %").arg(std::lround(100 * (1 - ratio)));
            QVERIFY2(line.contains(expected), qPrintable(name + QStringLiteral(": ") + line));
            Frame alone = frame;
            alone.pickedLoss = 4;
            QVERIFY(!captionAt(alone, Phase::Backward, 3, PartKind::PassBack)
                         .contains(QStringLiteral("the gradient of L ")));
        }
    }

    void theFactorsOfAHopMultiplyToWhatItSays()
    {
        Frame frame = frames::hello({CellKind::Rnn, Activation::Tanh, GruReset::After});
        for (const double slope : {0.9, 0.3, 0.0353, 0.0021}) {
            for (const double spectral : {0.7, 2.54, 12.0}) {
                // φ′ and W_hh are multiples of the identity: ×slope, ×spectral.
                auto trace = std::make_shared<IterationTrace>(*frames::hello({}).lanes.front().trace);
                auto& channels = trace->layers[0].channels;
                const auto hidden = static_cast<std::size_t>(channelIndex(trace->cell, "h"));
                const auto sum = static_cast<std::size_t>(channelIndex(trace->cell, "a_h"));
                channels[hidden].gradient.col(2).setOnes();
                channels[sum].gradient.col(2).setConstant(slope);
                for (ParameterTrace& each : trace->parameters) {
                    if (each.block.role == ParameterRole::RecurrentWeight)
                        each.before = spectral * Eigen::MatrixXd::Identity(3, 3);
                }
                frame.lanes.front().trace = trace;
                const QString line = captionAt(frame, Phase::Backward, 3, PartKind::PassBack);
                double product = 1;
                auto factors =
                    QRegularExpression(QStringLiteral("×([0-9]+(?:[.][0-9]+)?)")).globalMatch(line);
                int count = 0;
                for (; factors.hasNext(); ++count)
                    product *= factors.next().captured(1).toDouble();
                QCOMPARE(count, 2);
                QVERIFY2(std::abs(product / (slope * spectral) - 1) < 0.01, qPrintable(line));
                const auto lost = QRegularExpression(QStringLiteral("lost ([0-9.]+) %")).match(line);
                QCOMPARE(lost.hasMatch(), slope * spectral < 0.95);
                if (lost.hasMatch())
                    QVERIFY2(std::abs(lost.captured(1).toDouble() - 100 * (1 - product)) <= 1,
                             qPrintable(line));
            }
        }
    }

    void aHopOfAGruTellsWhatThisGradientKeepsByTheDirectWay()
    {
        for (const auto& [name, spec] : frames::cells()) {
            if (spec.kind != CellKind::Gru)
                continue;
            const Frame frame = frames::hello(spec);
            const IterationTrace& trace = frame.trace();
            const Eigen::VectorXd gradient = trace.channel(0, "h").gradient.col(2);
            const double direct =
                trace.channel(0, "z").value.col(2).cwiseProduct(gradient).norm() / gradient.norm();
            const double whole = scaledNorm(passedBack(trace, 0, 3)) / gradient.norm();
            const QString line = captionAt(frame, Phase::Backward, 3, PartKind::PassBack);
            const QString expected =
                QStringLiteral(
                    ": ×%1 straight through z alone; with the paths through the gates, ×%2 in all.")
                    .arg(norm(direct), norm(whole));
            QVERIFY2(line.endsWith(expected), qPrintable(name + QStringLiteral(": ") + line));
        }
    }

    void numbersAreToldAsNumbers()
    {
        const Frame frame = frames::adding({}, 20);
        const QString first = captionAt(frame, Phase::Forward, 1, PartKind::Input);
        QVERIFY2(first.startsWith(QStringLiteral("Forward, step 1: the cell reads (")), qPrintable(first));
        QVERIFY(captionAt(frame, Phase::Forward, 9, PartKind::Input)
                    .endsWith(QStringLiteral("its memory of the 8 steps before.")));
        QVERIFY(captionAt(frame, Phase::Forward, 9, PartKind::Logits)
                    .endsWith(QStringLiteral("this answer does not count.")));
        const QString loss = captionAt(frame, Phase::Loss, 0, PartKind::Loss);
        QVERIFY2(loss.startsWith(QStringLiteral("The network answers ")), qPrintable(loss));
        QVERIFY2(loss.contains(QStringLiteral("Over the batch of 2")), qPrintable(loss));
        QCOMPARE(captionAt(frame, Phase::Backward, 9, PartKind::Logits),
                 QStringLiteral("Backward, step 9: the answer of this step does not count, so no gradient "
                                "starts here."));
    }

    void noGradientIsExplained_data()
    {
        QTest::addColumn<QString>("of");
        QTest::addColumn<int>("truncate");
        QTest::addColumn<int>("alone");
        QTest::addColumn<int>("t");
        QTest::addColumn<QString>("why");
        QTest::newRow("behind a cut")
            << "cut" << 0 << 0 << 2 << "the connection from step 2 to step 3 is cut";
        QTest::newRow("before a border")
            << "border" << 2 << 0 << 1 << "back-propagation is truncated between steps 2 and 3";
        QTest::newRow("all silenced") << "silenced" << 0 << 0 << 1 << "every loss from here on is silenced";
        QTest::newRow("after the loss alone") << "alone" << 0 << 2 << 3 << "the loss of step 2 lies before";
        QTest::newRow("vanished") << "vanished" << 0 << 0 << 1 << "it has become 0 on its way";
    }
    void noGradientIsExplained()
    {
        QFETCH(QString, of);
        QFETCH(int, truncate);
        QFETCH(int, alone);
        QFETCH(int, t);
        QFETCH(QString, why);
        Experiment experiment;
        experiment.task.id = "hello";
        experiment.training.truncate = truncate;
        Intervention cut;
        cut.kind = InterventionKind::Cut;
        cut.steps = {2};
        Intervention silence;
        silence.kind = InterventionKind::Silence;
        if (of == QLatin1String("cut"))
            experiment.interventions.push_back(cut);
        silence.steps = {1, 2};
        if (of == QLatin1String("silenced"))
            silence.steps = {1, 2, 3, 4};
        if (of != QLatin1String("vanished") && of != QLatin1String("alone"))
            experiment.interventions.push_back(silence);
        Frame frame = frames::of(experiment);
        if (alone > 0) {
            frame.pickedLoss = alone;
            frame.lanes.front().trace = lossAlone(frame.lane().trace, alone);
        }
        if (of == QLatin1String("vanished")) {
            auto trace = std::make_shared<IterationTrace>(frame.trace());
            for (unrolled::Quantity& quantity : trace->layers[0].channels)
                quantity.gradient.setZero();
            trace->outputs.y.gradient.setZero();
            frame.lanes.front().trace = trace;
        }
        for (const PartKind kind : {PartKind::HiddenGradient, PartKind::PassBack}) {
            const QString said = captionAt(frame, Phase::Backward, t, kind);
            QVERIFY2(said.endsWith(QStringLiteral(": %1.").arg(why)), qPrintable(said));
        }
    }

    void anEmptyFrameHasNothingToSay() { QVERIFY(caption(Frame()).isEmpty()); }
};

QTEST_GUILESS_MAIN(CaptionTest)
#include "caption_test.moc"
