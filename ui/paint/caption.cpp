#include "ui/paint/caption.h"

#include "core/gradients/backward_sweep.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace ui {

using Eigen::VectorXd;
using unrolled::CellKind;
using unrolled::isCounted;
using unrolled::IterationTrace;
using unrolled::LossKind;
using unrolled::Part;
using unrolled::PartKind;
using unrolled::Phase;
using unrolled::scaledNorm;

namespace {

constexpr int longestAnswer = 12; ///< symbols that are spelled out
constexpr int longestMemory = 4;  ///< steps of memory that are spelled out

QString tr(const char* text)
{
    return QCoreApplication::translate("Caption", text);
}

QString percent(double share)
{
    const double value = 100 * share;
    if (!std::isfinite(value))
        return norm(value);
    if (value > 0 && value < 0.95)
        return QStringLiteral("%1 %").arg(powerOfTen(std::log10(value)));
    if (value > 99 && value < 100)
        return QStringLiteral("%1 %").arg(std::floor(value * 10) / 10);
    return QStringLiteral("%1 %").arg(std::lround(value));
}

QString symbolOf(const std::shared_ptr<const std::vector<std::string>>& vocabulary, int index)
{
    if (vocabulary && index >= 0 && index < static_cast<int>(vocabulary->size()))
        return visibleSymbol((*vocabulary)[static_cast<std::size_t>(index)]);
    return index < 0 ? QStringLiteral("–") : QString::number(index + 1);
}

/// A class of the outputs.
QString symbolOf(const IterationTrace& trace, int index)
{
    return symbolOf(trace.outputVocabulary, index);
}

QString inQuotes(const QString& words)
{
    return QChar(0x201c) + words + QChar(0x201d);
}

QString numbers(const VectorXd& values)
{
    QStringList shown;
    for (Eigen::Index k = 0; k < std::min<Eigen::Index>(values.size(), 3); ++k)
        shown << plainNumber(values(k));
    if (values.size() > 3)
        shown << QStringLiteral("…");
    return values.size() == 1 ? shown.front() : QStringLiteral("(%1)").arg(shown.join(QStringLiteral(", ")));
}

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

QString mean(const IterationTrace& trace, int layer, int t, std::string_view channel)
{
    return plainNumber(trace.channel(layer, channel).value.col(t - 1).mean());
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

QString outputGradientLine(const IterationTrace& trace, int t)
{
    if (!isCounted(trace, t))
        return tr("the answer of this step does not count, so no gradient starts here.");
    if (trace.lossKind == LossKind::SquaredError)
        return tr("the gradient starts at the answer, %1 instead of %2: ‖∂L/∂y%3‖ = %4.")
            .arg(numbers(trace.outputs.y.value.col(t - 1)), numbers(trace.outputs.targets.col(t - 1)),
                 subscript(t), norm(scaledNorm(trace.outputs.y.gradient.col(t - 1))));
    const int target = trace.outputs.targetClasses[static_cast<std::size_t>(t - 1)];
    return tr("the gradient starts at the answer: %1 has probability %2 and should have 100 %.")
        .arg(inQuotes(symbolOf(trace, target)), percent(trace.outputs.probabilities(target, t - 1)));
}

/// Why no gradient comes to step t from itself and the later steps. `alone` as in reachedLine().
QString whyNoGradient(const IterationTrace& trace, int layer, int t, int alone)
{
    int silenced = 0;
    for (int k = t; k <= trace.steps(); ++k) {
        if (alone > 0 ? k == alone : isCounted(trace, k))
            return tr("it has become 0 on its way");
        silenced += isSilenced(trace, k);
        if (k == trace.steps() || trace.handsBack(layer, k))
            continue;
        return (trace.edits.cutAfter(layer, k) ? tr("the connection from step %1 to step %2 is cut")
                                               : tr("back-propagation is truncated between steps %1 and %2"))
            .arg(k)
            .arg(k + 1);
    }
    if (alone > 0)
        return tr("the loss of step %1 lies before").arg(alone);
    return silenced > 0 ? tr("every loss from here on is silenced") : tr("no answer from here on counts");
}

QString hiddenGradientLine(const IterationTrace& trace, int layer, int t, int alone)
{
    const HiddenGradientParts parts = hiddenGradientParts(trace, layer, t);
    const bool top = layer + 1 == static_cast<int>(trace.layers.size());
    const QString total = norm(scaledNorm(trace.channel(layer, "h").gradient.col(t - 1)));
    const double above = scaledNorm(parts.above);
    const double later = scaledNorm(parts.later);
    const QString name = QStringLiteral("‖∂L/∂h%1‖").arg(subscript(t));
    if (above == 0 && later == 0)
        return tr("no gradient reaches the hidden state: %1.").arg(whyNoGradient(trace, layer, t, alone));
    if (later == 0)
        return (top ? tr("the hidden state's gradient comes from its own answer: %1 = %2.")
                    : tr("the hidden state's gradient comes from the layer above: %1 = %2."))
            .arg(name, total);
    if (above == 0)
        return tr("the hidden state's gradient comes from the later steps alone: %1 = %2.").arg(name, total);
    return (top ? tr("vectors from its own answer (‖·‖ = %1) and from later steps (%2) add up: %3 = %4.")
                : tr("vectors from the layer above (‖·‖ = %1) and from later steps (%2) add up: %3 = %4."))
        .arg(norm(above), norm(later), name, total);
}

QString fromTo(double from, double to)
{
    return tr("%1 → %2").arg(norm(from), norm(to));
}

QString backwardOperation(const IterationTrace& trace, int layer, int t, std::string_view result)
{
    const auto gradientNorm = [&](std::string_view channel) {
        return scaledNorm(trace.channel(layer, channel).gradient.col(t - 1));
    };
    const auto average = [&](std::string_view channel) { return mean(trace, layer, t, channel); };
    switch (trace.cell.kind) {
    case CellKind::Rnn: {
        const double hidden = gradientNorm("h");
        const double sum = gradientNorm("a_h");
        if (result == "a_h")
            return tr("back through Wₕₕ: ‖·‖ %1.").arg(fromTo(sum, scaledNorm(passedBack(trace, layer, t))));
        switch (trace.cell.activation) {
        case unrolled::Activation::Tanh:
            return tr("back through tanh, times φ′ = 1 − h²: ‖·‖ %1.").arg(fromTo(hidden, sum));
        case unrolled::Activation::Relu:
            return tr("back through ReLU: units that were off pass nothing: ‖·‖ %1.")
                .arg(fromTo(hidden, sum));
        case unrolled::Activation::Identity:
            return tr("a linear cell: the gradient passes whole.");
        case unrolled::Activation::Sigmoid:
            break;
        }
        return tr("back through σ, times φ′ = h (1 − h): ‖·‖ %1.").arg(fromTo(hidden, sum));
    }
    case CellKind::Gru:
        if (result == "h")
            return tr("z (%1 on average) of the gradient goes straight back to the old state.")
                .arg(average("z"));
        if (result == "n")
            return tr("1 − z of the gradient goes to the candidate: ‖∂L/∂n%1‖ = %2.")
                .arg(subscript(t), norm(gradientNorm("n")));
        if (result == "u_n")
            return tr("through the reset gate to the memory's part of the candidate: ‖·‖ = %1.")
                .arg(norm(gradientNorm("u_n")));
        if (result == "rh")
            return tr("back through W_hn to the reset memory: ‖·‖ = %1.").arg(norm(gradientNorm("rh")));
        if (result == "z")
            return tr("the update gate learns whether the old state or the candidate was better: ‖∂L/∂z%1‖ = "
                      "%2.")
                .arg(subscript(t), norm(gradientNorm("z")));
        return tr("the reset gate learns how much memory the candidate should have seen: ‖∂L/∂r%1‖ = %2.")
            .arg(subscript(t), norm(gradientNorm("r")));
    case CellKind::Lstm:
        break;
    }
    if (result == "h")
        return tr("the gradient enters the cell state through o and tanh; with what comes from later, "
                  "‖∂L/∂c%1‖ = %2.")
            .arg(subscript(t), norm(gradientNorm("c")));
    if (result == "c")
        return tr("the cell state hands back f times its gradient (f is %1 on average), through no weight.")
            .arg(average("f"));
    if (result == "o")
        return tr("the output gate learns whether to show more: ‖∂L/∂o%1‖ = %2.")
            .arg(subscript(t), norm(gradientNorm("o")));
    if (result == "g")
        return tr("i of the gradient goes to the candidate: ‖∂L/∂g%1‖ = %2.")
            .arg(subscript(t), norm(gradientNorm("g")));
    if (result == "f")
        return tr("the forget gate learns whether to keep more: ‖∂L/∂f%1‖ = %2.")
            .arg(subscript(t), norm(gradientNorm("f")));
    return tr("the input gate learns whether to let in more: ‖∂L/∂i%1‖ = %2.")
        .arg(subscript(t), norm(gradientNorm("i")));
}

/// How much longer or shorter the gradient became, in words.
QString change(double ratio, const QString& what)
{
    if (ratio >= 1.05)
        return tr("%1 grew %2-fold in this hop").arg(what, ratio < 9.95 ? plainNumber(ratio) : norm(ratio));
    if (ratio > 0.95)
        return tr("%1 kept its length in this hop").arg(what);
    return tr("%1 lost %2 in this hop").arg(what, percent(1 - ratio));
}

/// From where to where a gradient came that is back at the first step. `alone`: it is that of this loss, from
/// 1, and not the sum of what all of them send back (0).
QString reachedLine(const IterationTrace& trace, int layer, int alone)
{
    const Eigen::MatrixXd& gradients = trace.channel(layer, "h").gradient;
    const int from = alone > 0 ? alone : trace.steps();
    const double hidden = scaledNorm(gradients.col(0));
    const double first = scaledNorm(gradients.col(from - 1));
    const QString reached = tr("the gradient has reached the first step: ‖∂L/∂h₁‖ = %1").arg(norm(hidden));
    if (from == 1 || first == 0)
        return reached + QLatin1Char('.');
    const QString against = tr("%1, against %2 at step %3").arg(reached, norm(first)).arg(from);
    if (alone == 0 && unrolled::countedSteps(trace).size() > 1)
        return tr("%1, where only the last loss had come in.").arg(against);
    const double ratio = hidden / first;
    if (ratio >= 1.05)
        return tr("%1: it grew %2-fold on the way.")
            .arg(against, ratio < 9.95 ? plainNumber(ratio) : norm(ratio));
    if (ratio > 0 && ratio < 1e-3) // "99.9 % lost" would hide how much
        return tr("%1: only %2 of it is left.").arg(against, norm(ratio));
    return ratio > 0.95 ? against + QLatin1Char('.')
                        : tr("%1: it lost %2 on the way.").arg(against, percent(1 - ratio));
}

QString passBackLine(const IterationTrace& trace, int layer, int t, int alone)
{
    const double hidden = scaledNorm(trace.channel(layer, "h").gradient.col(t - 1));
    const double back = scaledNorm(passedBack(trace, layer, t));
    if (hidden == 0)
        return tr("there is no gradient to pass back: %1.").arg(whyNoGradient(trace, layer, t, alone));
    if (!std::isfinite(back) || !std::isfinite(hidden))
        return tr("the gradient has left the range of numbers.");
    if (t == 1) {
        for (int k = 1; k < trace.steps(); ++k) {
            if (trace.handsBack(layer, k))
                continue;
            return (trace.edits.cutAfter(layer, k)
                        ? tr("back at the first step: ‖∂L/∂h₁‖ = %1; nothing came over the cut between steps "
                             "%2 and %3.")
                        : tr("back at the first step: ‖∂L/∂h₁‖ = %1; truncated, so nothing came from step %3 "
                             "to step %2."))
                .arg(norm(hidden))
                .arg(k)
                .arg(k + 1);
        }
        return reachedLine(trace, layer, alone);
    }
    if (trace.edits.cutAfter(layer, t - 1))
        return tr("the connection to step %1 is cut: no gradient goes back.").arg(t - 1);
    if (!trace.handsBack(layer, t - 1))
        return tr("truncated here: no gradient goes back to step %1.").arg(t - 1);
    const double ratio = back / hidden;
    // Other panes show that of one loss, of which each hop takes another share.
    const bool whole = alone == 0 && unrolled::countedSteps(trace).size() > 1;
    const QString name = whole ? tr("the gradient of L") : tr("the gradient");
    switch (trace.cell.kind) {
    case CellKind::Rnn: {
        // Two causes multiply: ‖φ′ ∘ ∂L/∂h‖ / ‖∂L/∂h‖, and what Wₕₕ does to that.
        const double sum = scaledNorm(trace.channel(layer, "a_h").gradient.col(t - 1));
        const double saturation = sum / hidden;
        const double recurrence = sum > 0 ? back / sum : 1;
        const QString gradient = change(ratio, name);
        const bool saturates = saturation < 0.95;
        const bool shrinks = recurrence < 0.95;
        if (ratio <= 0.95) {
            const double share = std::log(saturation) / std::log(ratio); // of the loss of decades
            if (saturates && shrinks && share > 0.4 && share < 0.6)
                return tr("%1, about equally to saturation (×%2) and to Wₕₕ (×%3).")
                    .arg(gradient, plainNumber(saturation), plainNumber(recurrence));
            if (saturates && shrinks)
                return (saturation < recurrence
                            ? tr("%1, mostly to saturation (×%2); Wₕₕ takes the rest (×%3).")
                            : tr("%1, mostly to Wₕₕ (×%3); saturation takes the rest (×%2)."))
                    .arg(gradient, plainNumber(saturation), plainNumber(recurrence));
            return (saturates ? tr("%1, to saturation (×%2); Wₕₕ: ×%3.")
                              : tr("%1, to Wₕₕ (×%3); saturation: ×%2."))
                .arg(gradient, plainNumber(saturation), plainNumber(recurrence));
        }
        return tr("%1: saturation ×%2, Wₕₕ ×%3.")
            .arg(gradient, plainNumber(saturation), plainNumber(recurrence));
    }
    case CellKind::Gru: {
        // What this gradient keeps by the direct way alone, z ∘ ∂L/∂h_t, and what all ways together leave.
        const double direct = scaledNorm(passBackAddends(trace, layer, t).front()) / hidden;
        return tr("%1: ×%2 straight through z, ×%3 with the paths through the gates.")
            .arg(change(ratio, name), plainNumber(direct), plainNumber(ratio));
    }
    case CellKind::Lstm:
        break;
    }
    const double cell = scaledNorm(trace.channel(layer, "c").gradient.col(t - 1));
    const double kept = scaledNorm(signalGradient(trace, layer, t, {SignalKind::PreviousCell, {}}));
    if (cell == 0)
        return change(ratio, tr("∂L/∂h")) + QLatin1Char('.');
    if (ratio > 1) // what ∂L/∂c brings comes on top
        return tr("%1 of ∂L/∂c passes back along the cell state; along h, %2.")
            .arg(percent(kept / cell), change(ratio, tr("∂L/∂h")));
    return tr("%1 of ∂L/∂c passes back along the cell state, %2 of ∂L/∂h along h.")
        .arg(percent(kept / cell), percent(ratio));
}

QString updateLine(const IterationTrace& trace)
{
    double squares = 0;
    for (const unrolled::ParameterTrace& parameter : trace.parameters)
        squares += (parameter.after - parameter.before).squaredNorm();
    return tr("All steps share the same weights: one update changes them everywhere. ‖ΔW‖ = %1.")
        .arg(norm(std::sqrt(squares)));
}

QString clipLine(const IterationTrace& trace)
{
    if (trace.clipped)
        return tr("Each step's share adds up to one gradient, ‖g‖ = %1; it is clipped to %2.")
            .arg(norm(trace.gradientNorm), norm(trace.gradientNorm * trace.clipScale));
    return tr("Each step's share adds up to one gradient for the shared weights: ‖g‖ = %1.")
        .arg(norm(trace.gradientNorm));
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

QString caption(const Frame& frame)
{
    if (frame.empty())
        return {};
    QString words = ownCaption(frame);
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
