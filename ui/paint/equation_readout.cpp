#include "core/gradients/backward_sweep.h"
#include "core/trace/iteration_input.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/equation_parts.h"
#include "ui/paint/number_format.h"

#include <algorithm>
#include <cmath>

namespace ui::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using unrolled::IterationTrace;
using unrolled::LossKind;
using unrolled::OptimizerKind;
using unrolled::ParameterRole;
using unrolled::TracePtr;

namespace {

bool classes(const IterationTrace& trace)
{
    return trace.lossKind == LossKind::CrossEntropy;
}

int targetOf(const IterationTrace& trace, int t)
{
    const auto& targets = trace.outputs.targetClasses;
    return targets.empty() ? -1 : targets[static_cast<std::size_t>(t - 1)];
}

QString inputWords(const IterationTrace& trace, int t)
{
    if (!trace.inputClasses.empty())
        return inputLabel(trace, trace.inputClasses[static_cast<std::size_t>(t - 1)]);
    return {};
}

double layerNormOf(const MatrixXd& m)
{
    return unrolled::scaledNorm(Eigen::Map<const VectorXd>(m.data(), m.size()));
}

} // namespace

Equation inputEquation(const TracePtr& trace, int layer, int t)
{
    const VectorXd input = trace->channel(layer, "x").value.col(t - 1);
    Equation equation;
    equation.rows = static_cast<int>(input.size());
    const bool oneHot = layer == 0 && !trace->inputClasses.empty();
    const QString word = oneHot ? inputWords(*trace, t) : QString();
    equation.symbols = layer > 0 ? math("x_t = h_t ", t) + tr("of layer %1").arg(layer) : math("x_t", t);
    if (oneHot) {
        equation.tail = QStringLiteral(" = ") + word;
        equation.rows = 0;
    }
    equation.row = [input](int index) {
        EquationRow row;
        row.label = tr("input %1").arg(index + 1);
        row.result = input(index);
        return row;
    };
    equation.note = [=](int) {
        if (oneHot && trace->inputClasses[static_cast<std::size_t>(t - 1)] < 0)
            return tr("Nothing is read: x is all zeros, and adds nothing to what the cell remembers.");
        if (oneHot)
            return tr("One-hot: entry %1 of x is 1, so x picks out column %1 of the input weights.")
                .arg(trace->inputClasses[static_cast<std::size_t>(t - 1)] + 1);
        return t == 1 ? tr("The cell takes in its input; its memory is still empty.")
                      : tr("The cell takes in its input and what it remembers from step %1.").arg(t - 1);
    };
    return equation;
}

Equation readoutEquation(const TracePtr& trace, int t)
{
    Equation equation;
    equation.target = targetOf(*trace, t);
    const VectorXd y = trace->outputs.y.value.col(t - 1);
    const int layer = static_cast<int>(trace->layers.size()) - 1;
    const VectorXd h = trace->channel(layer, "h").value.col(t - 1);
    const MatrixXd& weights = trace->parameter(ParameterRole::ReadoutWeight, -1).before;
    const bool hasBias = trace->hasParameter(ParameterRole::ReadoutBias, -1);
    const VectorXd bias =
        hasBias ? VectorXd(trace->parameter(ParameterRole::ReadoutBias, -1).before.col(0)) : VectorXd();
    equation.symbols = math(hasBias ? "y_t = W_{hy} h_t + b_y" : "y_t = W_{hy} h_t", t);
    equation.rows = static_cast<int>(y.size());
    const auto addends = [=](int k) {
        std::vector<double> values;
        for (Index j = 0; j < h.size(); ++j)
            values.push_back(weights(k, j) * h(j));
        if (hasBias)
            values.push_back(bias(k));
        return values;
    };
    equation.row = [=](int k) {
        EquationRow row;
        row.label = classLabel(*trace, k);
        appendSum(row.pieces, addends(k));
        row.result = y(k);
        row.evaluate = sumOf;
        return row;
    };
    equation.terms = [=](int k) {
        TermTable table;
        const QString at = QStringLiteral("[%1]").arg(k + 1);
        table.title = tr("%1, term by term").arg(math("y_t", t) + at);
        for (Index j = 0; j < h.size(); ++j) {
            table.terms.push_back({QStringLiteral("W_{hy}[%1,%2]").arg(k + 1).arg(j + 1).toStdString(),
                                   QStringLiteral("h_{%1}[%2]").arg(t).arg(j + 1).toStdString(),
                                   weights(k, j), h(j)});
        }
        if (hasBias)
            table.terms.push_back({QStringLiteral("b_y[%1]").arg(k + 1).toStdString(), "1", bias(k), 1});
        table.sumName = math("y_t", t) + at;
        table.sum = y(k);
        return table;
    };
    equation.note = [=](int) {
        if (!classes(*trace))
            return tr("The readout turns the hidden state into the answer.");
        Index best = 0;
        y.maxCoeff(&best);
        return tr("The readout turns the hidden state into scores; %1 has the highest.")
            .arg(classLabel(*trace, static_cast<int>(best)));
    };
    return equation;
}

Equation probabilitiesEquation(const TracePtr& trace, int t)
{
    Equation equation;
    equation.target = targetOf(*trace, t);
    const VectorXd y = trace->outputs.y.value.col(t - 1);
    const VectorXd p = trace->outputs.probabilities.col(t - 1);
    // Large scores are shifted, as in the computation, so that no power leaves the range.
    const double shift = y.cwiseAbs().maxCoeff() > 12 ? y.maxCoeff() : 0;
    const double sum = (y.array() - shift).exp().sum();
    equation.symbols = math("p_t = softmax(y_t)", t);
    equation.rows = static_cast<int>(y.size());
    equation.row = [=](int k) {
        EquationRow row;
        row.label = classLabel(*trace, k);
        row.pieces = {text("exp("), number(y(k))};
        if (shift != 0)
            row.pieces.push_back(addend(-shift));
        row.pieces.push_back(text(")"));
        row.pieces.push_back(text("/"));
        row.pieces.push_back(number(sum));
        row.result = p(k);
        row.signedResult = false;
        row.evaluate = [](const std::vector<double>& x) {
            return std::exp(x.size() > 2 ? x[0] + x[1] : x[0]) / x.back();
        };
        return row;
    };
    equation.note = [=](int) {
        const int target = targetOf(*trace, t);
        if (target < 0 || !unrolled::isCounted(*trace, t))
            return tr("The answer of this step does not count.");
        return tr("Right is %1, with probability %2: L%3 = −ln %2 = %4.")
            .arg(classLabel(*trace, target), plainNumber(p(target), p(target) < 0.9 ? 4 : 6), subscript(t),
                 lossNumber(trace->outputs.losses(t - 1)));
    };
    return equation;
}

Equation outputGradientEquation(const TracePtr& trace, int t)
{
    Equation equation;
    equation.target = targetOf(*trace, t);
    const VectorXd gradient = trace->outputs.y.gradient.col(t - 1);
    equation.significant = true;
    equation.rows = static_cast<int>(gradient.size());
    const bool softmax = classes(*trace);
    const VectorXd answer = softmax ? VectorXd(trace->outputs.probabilities.col(t - 1))
                                    : VectorXd(trace->outputs.y.value.col(t - 1));
    VectorXd target = VectorXd::Zero(gradient.size());
    bool counts = true;
    if (softmax) {
        const int index = trace->outputs.targetClasses[static_cast<std::size_t>(t - 1)];
        counts = index >= 0;
        if (counts)
            target(index) = 1;
    } else {
        target = trace->outputs.targets.col(t - 1);
        counts = target.allFinite();
    }
    if (!counts) {
        equation.symbols = math("∂L/∂y_t = 0", t);
        equation.row = [=](int k) {
            EquationRow row;
            row.label = classLabel(*trace, k);
            row.result = gradient(k);
            return row;
        };
        equation.note = [](int) {
            return tr("The answer of this step does not count, so it has no gradient.");
        };
        return equation;
    }
    // The objective may be a mean over steps, outputs or the batch: the factor is what it comes to.
    const VectorXd error = answer - target;
    const double squared = error.squaredNorm();
    const double scale = squared > 0 ? gradient.dot(error) / squared : 1;
    const bool scaled = std::abs(scale - 1) > 1e-9;
    const QString factorText = scaled ? plainNumber(scale, scale < 0.01 ? 5 : 3) : QString();
    equation.symbols = math("∂L/∂y_t = ", t) + (scaled ? factorText + QStringLiteral(" (") : QString()) +
                       math(softmax ? "p_t − target" : "y_t − target", t) +
                       (scaled ? QStringLiteral(")") : QString());
    equation.row = [=](int k) {
        EquationRow row;
        row.label = classLabel(*trace, k);
        const double wanted = target(k);
        if (scaled)
            row.pieces = {number(scale), text("× (")};
        row.pieces.push_back(number(answer(k)));
        // A class is right or not: the target is exactly 1 or 0.
        if (softmax)
            row.pieces.push_back(text(wanted > 0 ? "− 1" : "− 0"));
        else
            row.pieces.push_back(addend(-wanted));
        if (scaled)
            row.pieces.push_back(text(")"));
        row.result = gradient(k);
        row.evaluate = [=](const std::vector<double>& x) {
            const std::size_t first = scaled ? 1 : 0;
            const double difference = softmax ? x[first] - wanted : x[first] + x[first + 1];
            return scaled ? x[0] * difference : difference;
        };
        return row;
    };
    equation.note = [=](int) {
        return softmax
                   ? tr("Every score is pushed down by its probability; the right one is pulled up by what "
                        "it lacks to 1.")
                   : tr("The gradient of the squared error: proportional to how far the answer is off.");
    };
    return equation;
}

namespace {

/// The only loss of a sequence, from the answer and its target.
QString singleLossWords(const IterationTrace& trace, int t)
{
    const QString symbols = classes(trace) ? math("−ln p_t[target]", t) : math("(y_t − target)^2", t);
    return QStringLiteral("L_{%1} = ").arg(t) +
           (trace.outputs.y.value.rows() > 1 && !classes(trace) ? tr("mean of %1").arg(symbols) : symbols);
}

/// The same with its numbers; no pieces where the probability of the target is below what a double holds.
EquationRow singleLoss(const IterationTrace& trace, int t)
{
    EquationRow row;
    if (classes(trace)) {
        const double probability = trace.outputs.probabilities(targetOf(trace, t), t - 1);
        if (probability > 0) {
            row.pieces = {text("−ln"), number(probability)};
            row.evaluate = [](const std::vector<double>& x) { return -std::log(x.front()); };
        }
        return row;
    }
    const VectorXd error = trace.outputs.y.value.col(t - 1) - trace.outputs.targets.col(t - 1);
    if (error.size() == 1) {
        row.pieces = {text("("), number(trace.outputs.y.value(0, t - 1)),
                      addend(-trace.outputs.targets(0, t - 1)), text(")²")};
        row.evaluate = [](const std::vector<double>& x) { return std::pow(x[0] + x[1], 2); };
        return row;
    }
    const VectorXd squares = error.cwiseAbs2();
    row.pieces = {text("(")};
    appendSum(row.pieces, {squares.begin(), squares.end()});
    row.pieces.push_back(text(")"));
    row.pieces.push_back(text("/"));
    row.pieces.push_back({EquationPiece::Kind::Text, QString::number(squares.size()), 0});
    row.evaluate = [n = static_cast<double>(squares.size())](const auto& x) { return sumOf(x) / n; };
    return row;
}

} // namespace

Equation lossEquation(const TracePtr& trace)
{
    Equation equation;
    const std::vector<int> steps = unrolled::countedSteps(*trace);
    if (steps.empty()) {
        equation.symbols = QStringLiteral("L = 0");
        equation.note = [](int) { return tr("Every loss is silenced: no gradient goes back."); };
        return equation;
    }
    std::vector<double> losses;
    losses.reserve(steps.size());
    for (const int t : steps)
        losses.push_back(trace->outputs.losses(t - 1));
    const double sum = sumOf(losses);
    const bool mean =
        losses.size() > 1 && std::abs(trace->sequenceLoss - sum) >
                                 std::abs(trace->sequenceLoss - sum / static_cast<double>(losses.size()));
    const double share = static_cast<double>(losses.size());
    const QString sumWords =
        steps.size() == 1 ? QStringLiteral("L_{%1}").arg(steps.front()) : QStringLiteral("Σ L_t");
    const QString words = mean                ? tr("mean of the L_t")
                          : steps.size() == 1 ? singleLossWords(*trace, steps.front())
                                              : sumWords;
    // L is the mean over the batch; this is the part of the sequence that is watched.
    const bool whole = trace->batch == 1;
    equation.symbols = whole ? QStringLiteral("L = ") + words : tr("of this sequence: %1").arg(words);
    const bool small = std::any_of(losses.begin(), losses.end(),
                                   [](double loss) { return loss < 0.0995; }); // as lossNumber() has it
    equation.significant = small;
    equation.rows = 1;
    equation.row = [=, result = trace->sequenceLoss](int) {
        EquationRow row;
        if (steps.size() == 1)
            row = singleLoss(*trace, steps.front());
        if (row.pieces.empty()) {
            if (mean)
                row.pieces.push_back(text("("));
            appendSum(row.pieces, losses, losses.size() > 6 ? 4 : 6);
            row.evaluate = [=](const std::vector<double>& x) { return mean ? sumOf(x) / share : sumOf(x); };
        }
        if (mean) {
            row.pieces.push_back(text(")"));
            row.pieces.push_back(text("/"));
            row.pieces.push_back({EquationPiece::Kind::Text, QString::number(losses.size()), 0});
        }
        row.label = whole ? QStringLiteral("L") : mean ? tr("mean") : sumWords;
        row.mathLabel = !whole && !mean;
        row.result = result;
        row.signedResult = false;
        return row;
    };
    equation.terms = [=, result = trace->sequenceLoss](int) {
        TermTable table;
        table.title = tr("%1, term by term").arg(mean ? tr("The mean of the losses") : sumWords);
        for (std::size_t i = 0; i < steps.size(); ++i)
            table.terms.push_back({QStringLiteral("L_{%1}").arg(steps[i]).toStdString(),
                                   mean ? QStringLiteral("1/%1").arg(steps.size()).toStdString() : "1",
                                   losses[i], mean ? 1 / share : 1});
        table.sumName = whole ? QStringLiteral("L") : tr("of this sequence");
        table.sum = result;
        table.significant = small;
        return table;
    };
    equation.note = [=](int) {
        if (trace->batch > 1)
            return tr("This is the watched sequence; over the batch of %1 the loss is %2.")
                .arg(trace->batch)
                .arg(lossNumber(trace->loss));
        return tr("One number says how wrong the whole sequence was. Its gradient now goes back.");
    };
    return equation;
}

Equation clipEquation(const TracePtr& trace)
{
    Equation equation;
    equation.symbols = trace->clippedEntries ? QStringLiteral("g_i ← min(max(g_i, −θ), θ)")
                       : trace->clipped      ? QStringLiteral("g ← g · θ / ‖g‖")
                                             : QStringLiteral("‖g‖ = √(Σ g^2)");
    equation.significant = true;
    equation.rows = 1;
    equation.row = [=](int) {
        EquationRow row;
        row.label = QStringLiteral("‖g‖");
        if (trace->clipped) {
            row.pieces = {number(trace->gradientNorm), text("×"), number(trace->clipScale)};
            row.result = trace->gradientNorm * trace->clipScale;
            row.evaluate = productOf;
        } else {
            row.result = trace->gradientNorm;
        }
        row.signedResult = false;
        return row;
    };
    equation.note = [=](int) {
        if (trace->clippedEntries)
            return tr("Entries beyond the limit are cut off, which shortens the gradient.");
        return trace->clipped
                   ? tr("All gradients together were too long and are shortened by the same factor.")
                   : tr("The length of all gradients together. It is not clipped.");
    };
    return equation;
}

namespace {

/// How the sizes of a gradient and of its update hang together, which differs between optimizers.
QString updateRule(const IterationTrace& trace)
{
    const QString rate = chosenNumber(trace.learningRate);
    if (!trace.input)
        return tr("Learning rate %1.").arg(rate);
    double largest = 0;
    for (const unrolled::ParameterTrace& each : trace.parameters)
        largest = std::max(largest, (each.after - each.before).lpNorm<Eigen::Infinity>());
    const QString change = norm(largest);
    switch (trace.input->settings.optimizer) {
    case OptimizerKind::Sgd:
        return tr("Gradient descent: ΔW = −η ∂L/∂W, with the learning rate η = %1.").arg(rate);
    case OptimizerKind::Momentum:
    case OptimizerKind::Nesterov:
        return tr("Momentum: ΔW = −η v, with η = %1; of the gradients before, v keeps the share %2.")
            .arg(rate, chosenNumber(trace.input->settings.momentum));
    case OptimizerKind::Adagrad:
        return tr("Adagrad divides each gradient by the root of all its squares so far: the largest change "
                  "of a "
                  "weight is %1, the learning rate %2.")
            .arg(change, rate);
    case OptimizerKind::RmsProp:
        return tr("RMSProp divides each gradient by its usual size: the largest change of a weight is %1, "
                  "the "
                  "learning rate %2.")
            .arg(change, rate);
    case OptimizerKind::Adam:
        break;
    }
    return tr("Adam divides each gradient by its usual size: the largest change of a weight is %1, the "
              "learning "
              "rate %2.")
        .arg(change, rate);
}

} // namespace

Equation updateEquation(const TracePtr& trace, int layer)
{
    Equation equation;
    equation.significant = true;
    equation.symbols = QStringLiteral("W ← W + ΔW");
    std::vector<std::size_t> blocks;
    for (std::size_t i = 0; i < trace->parameters.size(); ++i) {
        if (trace->parameters[i].block.layer == layer || trace->parameters[i].block.layer < 0)
            blocks.push_back(i);
    }
    equation.rows = static_cast<int>(blocks.size());
    equation.row = [=](int index) {
        const unrolled::ParameterTrace& parameter =
            trace->parameters[blocks[static_cast<std::size_t>(index)]];
        EquationRow row;
        row.label = QString::fromStdString(parameter.block.symbol);
        row.mathLabel = true;
        row.pieces = {text("‖∂L/∂W‖"), number(layerNormOf(parameter.gradient)), text(" ‖ΔW‖")};
        row.result = layerNormOf(parameter.after - parameter.before);
        row.signedResult = false;
        return row;
    };
    equation.note = [=](int) {
        return updateRule(*trace) + QLatin1Char(' ') + tr("All steps share these weights.");
    };
    return equation;
}

} // namespace ui::detail
