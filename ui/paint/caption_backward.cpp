#include "ui/paint/caption_parts.h"

namespace ui::captions {

namespace {

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

QString fromTo(double from, double to)
{
    return tr("%1 → %2").arg(norm(from), norm(to));
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

} // namespace

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
        // Two causes multiply: ‖φ′ ∘ ∂L/∂h‖ / ‖∂L/∂h‖, and what Wₕₕ does to that. With three digits their
        // product is what the sentence says.
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
                    .arg(gradient, norm(saturation), norm(recurrence));
            if (saturates && shrinks)
                return (saturation < recurrence
                            ? tr("%1, mostly to saturation (×%2); Wₕₕ takes the rest (×%3).")
                            : tr("%1, mostly to Wₕₕ (×%3); saturation takes the rest (×%2)."))
                    .arg(gradient, norm(saturation), norm(recurrence));
            return (saturates ? tr("%1, to saturation (×%2); Wₕₕ: ×%3.")
                              : tr("%1, to Wₕₕ (×%3); saturation: ×%2."))
                .arg(gradient, norm(saturation), norm(recurrence));
        }
        return tr("%1: saturation ×%2, Wₕₕ ×%3.").arg(gradient, norm(saturation), norm(recurrence));
    }
    case CellKind::Gru: {
        // What this gradient keeps by the direct way alone, z ∘ ∂L/∂h_t, and what all ways together leave.
        const double direct = scaledNorm(passBackAddends(trace, layer, t).front()) / hidden;
        return tr("%1: ×%2 straight through z alone; with the paths through the gates, ×%3 in all.")
            .arg(change(ratio, name), norm(direct), norm(ratio));
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

} // namespace ui::captions
