#include "ui/paint/caption.h"

#include "ui/paint/caption_parts.h"
#include "ui/paint/loss_name.h"

namespace ui {

using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;

namespace captions {

namespace {

constexpr int longestAnswer = 12; ///< symbols that are spelled out
constexpr int longestMemory = 4;  ///< steps of memory that are spelled out

QString inputOf(const IterationTrace& trace, int t)
{
    const auto step = static_cast<std::size_t>(t - 1);
    const unrolled::InputSource source = trace.plan[step].input;
    if (source == unrolled::InputSource::Zero)
        return tr("nothing (zeros)");
    const QString input = trace.inputClasses.empty()
                              ? numbers(trace.channel(0, "x").value.col(t - 1))
                              : inQuotes(symbolOf(trace.vocabulary, trace.inputClasses[step]));
    return source == unrolled::InputSource::OwnOutput ? tr("its own answer %1").arg(input) : input;
}

QString memoryOf(const IterationTrace& trace, int t)
{
    if (!trace.inputClasses.empty() && trace.vocabulary && t - 1 <= longestMemory) {
        QStringList symbols;
        for (int s = 1; s < t; ++s)
            symbols << symbolOf(trace.vocabulary, trace.inputClasses[static_cast<std::size_t>(s - 1)]);
        return tr("its memory of %1").arg(inQuotes(symbols.join(QLatin1Char(' '))));
    }
    return t == 2 ? tr("its memory of step 1") : tr("its memory of the %1 steps before").arg(t - 1);
}

QString reads(const IterationTrace& trace, int t)
{
    const bool fresh = t == 1 && trace.layers.front().initialHidden.isZero(0);
    if (fresh)
        return tr("the cell reads %1; its memory is still empty.").arg(inputOf(trace, t));
    if (t == 1)
        return tr("the cell reads %1 and the state it starts with.").arg(inputOf(trace, t));
    return tr("the cell reads %1 and %2.").arg(inputOf(trace, t), memoryOf(trace, t));
}

QString forwardOperation(const IterationTrace& trace, int layer, int t, std::string_view result)
{
    const auto average = [&](std::string_view channel) { return mean(trace, layer, t, channel); };
    switch (trace.cell.kind) {
    case CellKind::Rnn:
        if (result == "a_h")
            return t == 1 ? tr("the input through Wₓₕ and the bias add up; there is no memory yet.")
                          : tr("the input through Wₓₕ, the memory through Wₕₕ and the bias add up.");
        switch (trace.cell.activation) {
        case unrolled::Activation::Tanh:
            return tr("tanh presses the sums into −1 … 1: that is the new hidden state.");
        case unrolled::Activation::Relu:
            return tr("ReLU cuts what is negative to 0: that is the new hidden state.");
        case unrolled::Activation::Identity:
            return tr("the sums themselves are the new hidden state.");
        case unrolled::Activation::Sigmoid:
            break;
        }
        return tr("σ presses the sums into 0 … 1: that is the new hidden state.");
    case CellKind::Gru:
        if (result == "r")
            return tr("the reset gate decides how much memory the candidate sees (%1 on average).")
                .arg(average("r"));
        if (result == "z")
            return tr("the update gate decides how much of the old state stays (%1 on average).")
                .arg(average("z"));
        if (result == "u_n")
            return tr("the memory goes through W_hn; the reset gate will scale what comes out.");
        if (result == "rh")
            return tr("the reset gate scales the memory before the candidate sees it.");
        if (result == "n")
            return tr("the candidate: what the new state could be.");
        return tr("the new state is a blend: z of the old one, 1 − z of the candidate.");
    case CellKind::Lstm:
        break;
    }
    if (result == "i")
        return tr("the input gate decides how much may enter the cell state (%1 on average).")
            .arg(average("i"));
    if (result == "f")
        return tr("the forget gate decides how much of the cell state stays (%1 on average).")
            .arg(average("f"));
    if (result == "g")
        return tr("the candidate: what could enter the cell state.");
    if (result == "o")
        return tr("the output gate decides how much of the cell state will show (%1 on average).")
            .arg(average("o"));
    if (result == "c")
        return tr("the cell state keeps what f lets stay and adds what i lets in.");
    return tr("the hidden state is what the output gate lets show of tanh(c).");
}

/// The class answered; of scores that are not all finite there is none.
QString answeredSymbol(const IterationTrace& trace, int t)
{
    return symbolOf(trace,
                    trace.outputs.y.value.col(t - 1).allFinite() ? trace.outputs.predicted(t - 1) : -1);
}

QString answerOf(const IterationTrace& trace, int t)
{
    if (trace.lossKind == LossKind::SquaredError) {
        const QString answer = numbers(trace.outputs.y.value.col(t - 1));
        if (!isCounted(trace, t))
            return tr("the readout gives %1; this answer does not count.").arg(answer);
        return tr("the network answers %1; right is %2.")
            .arg(answer, numbers(trace.outputs.targets.col(t - 1)));
    }
    const int predicted = trace.outputs.predicted(t - 1);
    const int target = trace.outputs.targetClasses[static_cast<std::size_t>(t - 1)];
    const QString answer = inQuotes(answeredSymbol(trace, t));
    const VectorXd p = trace.outputs.probabilities.col(t - 1);
    if (target < 0 || !isCounted(trace, t))
        return tr("it would answer %1; this answer does not count.").arg(answer);
    if (predicted == target)
        return tr("it answers %1 (%2), and that is right.").arg(answer, percent(p(predicted)));
    return tr("it answers %1 (%2); right is %3, which got %4.")
        .arg(answer, percent(p(predicted)), inQuotes(symbolOf(trace, target)), percent(p(target)));
}

QString scoresOf(const IterationTrace& trace, int t)
{
    if (trace.lossKind == LossKind::SquaredError)
        return answerOf(trace, t);
    return tr("the readout turns the hidden state into scores; %1 has the highest.")
        .arg(inQuotes(answeredSymbol(trace, t)));
}

QString lossLine(const IterationTrace& trace)
{
    const std::vector<int> countedSteps = unrolled::countedSteps(trace);
    if (countedSteps.empty())
        return tr("Every loss is silenced: no gradient goes back.");
    QString line;
    if (trace.lossKind == LossKind::SquaredError) {
        if (countedSteps.size() == 1)
            line = tr("The network answers %1; right is %2.")
                       .arg(numbers(trace.outputs.y.value.col(countedSteps.front() - 1)),
                            numbers(trace.outputs.targets.col(countedSteps.front() - 1)));
        else
            line = tr("The network has given %1 answers.").arg(countedSteps.size());
    } else {
        int right = 0;
        QStringList answers;
        QStringList targets;
        for (int t = 1; t <= trace.steps(); ++t) {
            const bool counts = isCounted(trace, t);
            if (!counts && !isSilenced(trace, t))
                continue;
            const int target = trace.outputs.targetClasses[static_cast<std::size_t>(t - 1)];
            right += counts && trace.outputs.predicted(t - 1) == target;
            answers << answeredSymbol(trace, t); // a silenced one keeps its place
            targets << symbolOf(trace, target);
        }
        if (static_cast<int>(countedSteps.size()) > longestAnswer)
            line = tr("The network gets %1 of %2 right.").arg(right).arg(countedSteps.size());
        else if (right == static_cast<int>(countedSteps.size()))
            line = (answers.size() > right ? tr("The network answers %1, and that is right where it counts.")
                                           : tr("The network answers %1, and that is right."))
                       .arg(inQuotes(answers.join(QLatin1Char(' '))));
        else
            line =
                tr("The network answers %1; right is %2.")
                    .arg(inQuotes(answers.join(QLatin1Char(' '))), inQuotes(targets.join(QLatin1Char(' '))));
    }
    line += QLatin1Char(' ') + tr("Loss %1.").arg(lossNumber(trace.sequenceLoss));
    if (trace.batch > 1)
        line +=
            QLatin1Char(' ') + tr("Over the batch of %1: %2.").arg(trace.batch).arg(lossNumber(trace.loss));
    return line;
}

QString partLine(const IterationTrace& trace, const Part& part, Phase phase, int t, int alone)
{
    const bool forward = phase == Phase::Forward;
    const auto result = [&] {
        return unrolled::operations(trace.cell)[static_cast<std::size_t>(part.operation)].result;
    };
    switch (part.kind) {
    case PartKind::Input:
        return reads(trace, t);
    case PartKind::Cell:
        return forward ? forwardOperation(trace, part.layer, t, result())
                       : backwardOperation(trace, part.layer, t, result());
    case PartKind::Logits:
        return forward ? scoresOf(trace, t) : outputGradientLine(trace, t);
    case PartKind::Probabilities:
        return answerOf(trace, t);
    case PartKind::HiddenGradient:
        return hiddenGradientLine(trace, part.layer, t, alone);
    case PartKind::PassBack:
        return passBackLine(trace, part.layer, t, alone);
    case PartKind::Loss:
        return lossLine(trace);
    case PartKind::Clip:
        return clipLine(trace);
    case PartKind::Update:
        break;
    }
    return updateLine(trace);
}

QString ownCaption(const Frame& frame)
{
    const IterationTrace& trace = frame.trace();
    const Phase phase = frame.phase();
    const int t = frame.time();
    const QString line = partLine(trace, frame.part(), phase, t, frame.pickedLoss);
    if (phase == Phase::Loss || phase == Phase::Update)
        return line;
    const bool layered = trace.layers.size() > 1 && frame.part().layer >= 0;
    const int layer = frame.part().layer + 1;
    if (phase == Phase::Forward)
        return (layered ? tr("Forward, step %1, layer %2: ").arg(t).arg(layer)
                        : tr("Forward, step %1: ").arg(t)) +
               line;
    return (layered ? tr("Backward, step %1, layer %2: ").arg(t).arg(layer)
                    : tr("Backward, step %1: ").arg(t)) +
           line;
}

} // namespace

} // namespace captions

QString caption(const Frame& frame)
{
    if (frame.empty())
        return {};
    using captions::tr;
    QString words = captions::ownCaption(frame);
    if (frame.pickedLoss > 0 && frame.phase() == Phase::Update)
        words = tr("%1 is picked; the update is made from all losses. %2").arg(lossName(frame), words);
    else if (frame.pickedLoss > 0 && frame.phase() != Phase::Backward)
        words = tr("%1 is picked: it will go back alone. %2").arg(lossName(frame), words);
    else if (frame.pickedLoss > 0)
        words = (frame.trace().batch > 1
                     ? tr("%1 alone, before the mean over the batch of %3. %2")
                           .arg(lossName(frame), withLossName(words, frame.pickedLoss))
                           .arg(frame.trace().batch)
                     : tr("%1 alone. %2").arg(lossName(frame), withLossName(words, frame.pickedLoss)));
    return frame.lanes.size() > 1 ? tr("%1: %2").arg(frame.lane().name, words) : words;
}

} // namespace ui
