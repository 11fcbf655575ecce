#include "ui/views/unrolled_words.h"

#include "ui/paint/arrow.h"
#include "ui/paint/cell_graph.h"
#include "ui/paint/cell_moment.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/equation.h"
#include "ui/paint/loss_name.h"
#include "ui/paint/math_text.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"
#include "ui/session/intervention_edit.h"
#include "ui/views/unrolled_progress.h"
#include "ui/views/unrolled_quantities.h"

#include <QCoreApplication>
#include <QStringList>

#include <cmath>

namespace ui {

using unrolled::IterationTrace;
using unrolled::ParameterRole;
using unrolled::Phase;
using Item = UnrolledHit::Item;

namespace {

class Words
{
    Q_DECLARE_TR_FUNCTIONS(ui::UnrolledWords)
};

using Vocabulary = std::shared_ptr<const std::vector<std::string>>;

QString symbolOf(const Vocabulary& vocabulary, int cls, bool spoken)
{
    if (!vocabulary || cls < 0 || cls >= static_cast<int>(vocabulary->size()))
        return cls < 0 ? Words::tr("nothing") : QString::number(cls);
    const std::string& symbol = (*vocabulary)[static_cast<std::size_t>(cls)];
    return spoken ? spokenSymbol(symbol) : visibleSymbol(symbol);
}

QString quoted(const Vocabulary& vocabulary, int cls)
{
    return QStringLiteral("“%1”").arg(symbolOf(vocabulary, cls, false).toHtmlEscaped());
}

QString line(const QString& formula, const QString& value)
{
    return QStringLiteral("%1 = %2").arg(mathHtml(formula), value);
}

QString upper(const IterationTrace& trace, int layer)
{
    return trace.layers.size() > 1 ? QStringLiteral("^{(%1)}").arg(layer + 1) : QString();
}

/// The change behind a cut or a silenced loss, with the iterations it acts in, as a line of its own.
QString changeBehind(const Frame& frame, unrolled::InterventionKind kind, int layer, int t)
{
    if (!frame.lane().interventions)
        return {};
    unrolled::Intervention thing;
    thing.kind = kind;
    thing.layer = layer;
    thing.steps = {t};
    const unrolled::Intervention* change =
        inForceOn(*frame.lane().interventions, thing, frame.trace().iteration);
    return change ? QStringLiteral("<br>") + interventionText(*change, frame.trace().cell.kind) : QString();
}

/// What the letters in the head of the cell stand for.
QString cellTooltip(const Frame& frame, int t)
{
    const unrolled::CellSpec& cell = frame.trace().cell;
    QString text = Words::tr("Step %1: click to look inside this cell").arg(t);
    for (const unrolled::Operation& operation : unrolled::operations(cell)) {
        const auto channel = static_cast<std::size_t>(unrolled::channelIndex(cell, operation.result));
        text += QStringLiteral("<br>%1: %2")
                    .arg(QString::fromUtf8(unrolled::channels(cell)[channel].title),
                         mathHtml(atTime(QString::fromUtf8(operation.equation), t)));
    }
    return text;
}

QString lossTooltip(const Frame& frame, int t)
{
    const IterationTrace& trace = frame.trace();
    if (isSilenced(trace, t))
        return Words::tr("The loss of step %1 is silenced: it does not count.").arg(t) +
               changeBehind(frame, unrolled::InterventionKind::Silence, -1, t);
    if (!trace.plan[static_cast<std::size_t>(t - 1)].counted)
        return Words::tr("Step %1 does not count: no loss.").arg(t);
    if (!probabilitiesComputed(frame, t))
        return Words::tr("The loss of step %1, not computed yet.").arg(t);
    QStringList lines{line(QStringLiteral("L_{%1}").arg(t), exact(trace.outputs.losses(t - 1)))};
    if (trace.lossKind == unrolled::LossKind::CrossEntropy)
        lines << Words::tr("minus the logarithm of the right answer's probability, in nats");
    else
        lines << Words::tr("the mean of the squared errors of this step");
    return lines.join(QStringLiteral("<br>"));
}

QString answerTooltip(const Frame& frame, int t)
{
    const IterationTrace& trace = frame.trace();
    const bool counted = trace.plan[static_cast<std::size_t>(t - 1)].counted;
    const bool computed = probabilitiesComputed(frame, t);
    QStringList lines;
    if (trace.lossKind == unrolled::LossKind::CrossEntropy) {
        if (computed)
            lines << Words::tr("Answer: %1")
                         .arg(quoted(trace.outputVocabulary, trace.outputs.predicted(t - 1)));
        if (counted)
            lines << Words::tr("Right: %1")
                         .arg(quoted(trace.outputVocabulary,
                                     trace.outputs.targetClasses[static_cast<std::size_t>(t - 1)]));
    } else {
        if (computed)
            lines << Words::tr("Output: %1").arg(exact(trace.outputs.y.value(0, t - 1)));
        if (counted)
            lines << Words::tr("Target: %1").arg(exact(trace.outputs.targets(0, t - 1)));
    }
    if (!counted)
        lines << Words::tr("This step does not count.");
    return lines.join(QStringLiteral("<br>"));
}

QString outputTooltip(const Frame& frame, const UnrolledGeometry& geometry, const UnrolledHit& hit)
{
    const IterationTrace& trace = frame.trace();
    const int t = hit.t;
    const auto index = static_cast<std::size_t>(t - 1);
    int row = hit.index;
    const bool classes = trace.lossKind == unrolled::LossKind::CrossEntropy;
    if (classes)
        row = shownClasses(trace, t, geometry.outputRows())[static_cast<std::size_t>(hit.index)];
    QStringList lines;
    if (classes)
        lines << (row == trace.outputs.targetClasses[index] ? Words::tr("Class %1, the right one")
                                                            : Words::tr("Class %1"))
                     .arg(quoted(trace.outputVocabulary, row));
    const QString y = QStringLiteral("y_{%1}[%2]").arg(t).arg(row + 1);
    if (!outputComputed(frame, t))
        lines << Words::tr("not computed yet");
    else
        lines << line(y, exact(trace.outputs.y.value(row, t - 1)));
    if (classes && probabilitiesComputed(frame, t))
        lines << line(QStringLiteral("p_{%1}[%2]").arg(t).arg(row + 1),
                      exact(trace.outputs.probabilities(row, t - 1)));
    if (!classes && trace.plan[index].counted)
        lines << Words::tr("target %1").arg(exact(trace.outputs.targets(row, t - 1)));
    if (outputGradientComputed(frame, t) && trace.outputs.y.gradient.cols() >= t)
        lines << line(QStringLiteral("∂%1/∂").arg(lossSymbol(frame)) + y,
                      exact(trace.outputs.y.gradient(row, t - 1)));
    return lines.join(QStringLiteral("<br>"));
}

QString unitTooltip(const Frame& frame, const UnrolledHit& hit, const char* channel)
{
    const IterationTrace& trace = frame.trace();
    const auto& quantity = trace.channel(hit.layer, channel);
    const QString name = QStringLiteral("%1_{%2}%3[%4]")
                             .arg(QString::fromUtf8(channel))
                             .arg(hit.t)
                             .arg(upper(trace, hit.layer))
                             .arg(hit.index + 1);
    QStringList lines;
    if (channelComputed(frame, hit.t, hit.layer, channel))
        lines << line(name, exact(quantity.value(hit.index, hit.t - 1)));
    else
        lines << mathHtml(name) + QStringLiteral(": ") + Words::tr("not computed yet");
    if (channelGradientComputed(frame, hit.t, hit.layer, channel) && quantity.gradient.cols() >= hit.t)
        lines << line(QStringLiteral("∂%1/∂").arg(lossSymbol(frame)) + name,
                      exact(quantity.gradient(hit.index, hit.t - 1)));
    QString text = lines.join(QStringLiteral("<br>"));
    if (channelComputed(frame, hit.t, hit.layer, channel))
        text += computationHtml(frame, cellMoment(frame, hit.t, hit.layer), channel, hit.index);
    return text;
}

QString weightTooltip(const Frame& frame, ParameterRole role, const UnrolledHit& hit)
{
    const IterationTrace& trace = frame.trace();
    const int t = std::max(1, hit.t);
    if (!trace.hasParameter(role, hit.layer, hit.layer < 0 ? unrolled::rnnBank : trace.bankAt(t)))
        return {};
    const auto& parameter = trace.parameterAt(role, hit.layer, t);
    const QString symbol = QString::fromStdString(parameter.block.symbol);
    const bool several = hit.layer >= 0 && trace.bankAt(1) != trace.bankAt(trace.steps());
    const QString words = !several ? Words::tr("%1, %2 × %3: the same weights at every step")
                          : trace.bankAt(t) == trace.bankAt(1)
                              ? Words::tr("%1, %2 × %3: the same weights at every step of the encoder")
                              : Words::tr("%1, %2 × %3: the same weights at every step of the decoder");
    QStringList lines{words.arg(mathHtml(symbol)).arg(parameter.block.rows).arg(parameter.block.cols)};
    lines << line(QStringLiteral("‖") + symbol + QStringLiteral("‖"),
                  exact(unrolled::scaledNorm(parameter.before.reshaped())));
    if (frame.phase() == Phase::Update) {
        lines << line(QStringLiteral("‖∂%1/∂%2‖").arg(lossSymbol(frame), symbol),
                      exact(unrolled::scaledNorm(parameter.gradient.reshaped())));
        if (trace.clipped)
            lines << Words::tr("clipped: %1")
                         .arg(exact(unrolled::scaledNorm(parameter.clippedGradient.reshaped())));
        if (updateComputed(frame))
            lines << line(QStringLiteral("‖Δ%1‖").arg(symbol),
                          exact(unrolled::scaledNorm((parameter.after - parameter.before).reshaped())));
    }
    return lines.join(QStringLiteral("<br>"));
}

QString inputTooltip(const Frame& frame, int t)
{
    const IterationTrace& trace = frame.trace();
    if (!trace.inputClasses.empty()) {
        const int cls = trace.inputClasses[static_cast<std::size_t>(t - 1)];
        if (cls < 0)
            return Words::tr("Step %1 reads nothing.").arg(t);
        const qsizetype classes = trace.vocabulary ? static_cast<qsizetype>(trace.vocabulary->size()) : 0;
        const bool own =
            trace.plan[static_cast<std::size_t>(t - 1)].input == unrolled::InputSource::OwnOutput;
        return (own ? Words::tr("Step %1 reads its own answer %2, class %3 of %4")
                    : Words::tr("Step %1 reads %2, class %3 of %4"))
            .arg(t)
            .arg(quoted(trace.vocabulary, cls))
            .arg(cls + 1)
            .arg(classes);
    }
    const auto& x = trace.channel(0, "x").value;
    QStringList lines;
    for (Eigen::Index i = 0; i < std::min<Eigen::Index>(x.rows(), 12); ++i)
        lines << line(QStringLiteral("x_{%1}[%2]").arg(t).arg(i + 1), exact(x(i, t - 1)));
    return lines.join(QStringLiteral("<br>"));
}

QString gradientTooltip(const Frame& frame, int t, int layer)
{
    const IterationTrace& trace = frame.trace();
    const QString name =
        QStringLiteral("‖∂%1/∂h_{%2}%3‖").arg(lossSymbol(frame)).arg(t).arg(upper(trace, layer));
    const auto& gradient = trace.channel(layer, "h").gradient;
    if (!hiddenGradientComputed(frame, t, layer) || gradient.cols() < t)
        return mathHtml(name) + QStringLiteral(": ") + Words::tr("not computed yet");
    return line(name, exact(unrolled::scaledNorm(gradient.col(t - 1))));
}

QString recurrenceTooltip(const Frame& frame, const UnrolledHit& hit)
{
    const IterationTrace& trace = frame.trace();
    const int t = hit.t;
    const QString name = QStringLiteral("h_{%1}%3 → h_{%2}%3").arg(t - 1).arg(t).arg(upper(trace, hit.layer));
    if (trace.edits.cutAfter(hit.layer, t - 1))
        return mathHtml(name) + QStringLiteral(": ") +
               Words::tr("cut. Step %1 starts from zeros, and no gradient goes back.").arg(t) +
               changeBehind(frame, unrolled::InterventionKind::Cut, hit.layer, t - 1);
    QStringList lines{mathHtml(name)};
    if (gradientPassedBack(frame, t, hit.layer))
        lines << (trace.handsBack(hit.layer, t - 1) ? Words::tr("norm of the gradient that goes back: %1")
                                                          .arg(exact(passedBackNorm(trace, t, hit.layer)))
                                                    : Words::tr("truncated: no gradient goes back"));
    return lines.join(QStringLiteral("<br>"));
}

QString initialTooltip(const Frame& frame, const UnrolledHit& hit)
{
    const IterationTrace& trace = frame.trace();
    const auto& layer = trace.layers[static_cast<std::size_t>(hit.layer)];
    const bool cell = hit.index == 1;
    const Eigen::VectorXd& values = cell ? layer.initialCell : layer.initialHidden;
    const Eigen::VectorXd& gradient = cell ? layer.initialCellGradient : layer.initialHiddenGradient;
    const QString name = QString::fromUtf8(cell ? "c_0" : "h_0") + upper(trace, hit.layer);
    QStringList lines;
    if (values.isZero(0))
        lines << line(name, QStringLiteral("0")) + QStringLiteral(", ") +
                     Words::tr("the state before the first step");
    else
        lines << line(QStringLiteral("‖%1‖").arg(name), exact(unrolled::scaledNorm(values)));
    if (gradientPassedBack(frame, 1, hit.layer) && gradient.size() > 0)
        lines << line(QStringLiteral("‖∂%1/∂%2‖").arg(lossSymbol(frame), name),
                      exact(unrolled::scaledNorm(gradient)));
    return lines.join(QStringLiteral("<br>"));
}

/// One step in words, with what has been computed of it.
QString stepInWords(const Frame& frame, int t)
{
    const IterationTrace& trace = frame.trace();
    const auto index = static_cast<std::size_t>(t - 1);
    const bool counted = trace.plan[index].counted;
    QStringList parts;
    if (!trace.inputClasses.empty()) {
        const QString symbol = symbolOf(trace.vocabulary, trace.inputClasses[index], true);
        const bool own = trace.plan[index].input == unrolled::InputSource::OwnOutput;
        parts << (own ? Words::tr("reads its own answer %1") : Words::tr("reads %1")).arg(symbol);
    } else {
        QStringList numbers;
        const auto& x = trace.channel(0, "x").value;
        for (Eigen::Index i = 0; i < std::min<Eigen::Index>(x.rows(), 4); ++i)
            numbers << plainNumber(x(i, t - 1));
        parts << Words::tr("reads %1").arg(numbers.join(QStringLiteral(" and ")));
    }
    if (probabilitiesComputed(frame, t)) {
        if (trace.lossKind == unrolled::LossKind::CrossEntropy) {
            parts << Words::tr("answers %1")
                         .arg(symbolOf(trace.outputVocabulary, trace.outputs.predicted(t - 1), true));
            if (counted)
                parts << Words::tr("right is %1")
                             .arg(symbolOf(trace.outputVocabulary, trace.outputs.targetClasses[index], true));
        } else if (counted) {
            parts << Words::tr("answers %1").arg(plainNumber(trace.outputs.y.value(0, t - 1)))
                  << Words::tr("right is %1").arg(plainNumber(trace.outputs.targets(0, t - 1)));
        }
        if (counted)
            parts << Words::tr("loss %1").arg(lossNumber(trace.outputs.losses(t - 1)));
    }
    if (isSilenced(trace, t))
        parts << Words::tr("its loss is silenced");
    const int top = static_cast<int>(trace.layers.size()) - 1;
    if (trace.edits.cutAfter(top, t - 1))
        parts << Words::tr("cut off from the step before");
    if (hiddenGradientComputed(frame, t, top))
        parts << Words::tr("gradient norm %1")
                     .arg(norm(unrolled::scaledNorm(trace.channel(top, "h").gradient.col(t - 1))));
    return Words::tr("Step %1 %2").arg(t).arg(parts.join(QStringLiteral(", ")));
}

QString tooltip(const Frame& frame, const UnrolledGeometry& geometry, const UnrolledHit& hit)
{
    switch (hit.item) {
    case Item::None:
        return {};
    case Item::Loss:
        return lossTooltip(frame, hit.t);
    case Item::Answer:
        return answerTooltip(frame, hit.t);
    case Item::Output:
        return outputTooltip(frame, geometry, hit);
    case Item::OutputWeight:
        return weightTooltip(frame, ParameterRole::ReadoutWeight, hit);
    case Item::InputWeight:
        return weightTooltip(frame, ParameterRole::InputWeight, hit);
    case Item::RecurrentWeight:
        return weightTooltip(frame, ParameterRole::RecurrentWeight, hit);
    case Item::Cell:
        return cellTooltip(frame, hit.t);
    case Item::CellState:
        return unitTooltip(frame, hit, "c");
    case Item::Hidden:
        return unitTooltip(frame, hit, "h");
    case Item::Input:
        return inputTooltip(frame, hit.t);
    case Item::Gradient:
        return gradientTooltip(frame, hit.t, hit.layer);
    case Item::InitialState:
        return initialTooltip(frame, hit);
    case Item::Recurrence:
        return recurrenceTooltip(frame, hit);
    }
    return {};
}

} // namespace

QString unrolledTooltip(const Frame& frame, const UnrolledGeometry& geometry, const UnrolledHit& hit)
{
    const QString words = tooltip(frame, geometry, hit);
    // One line each: the width of the tip follows the numbers.
    return words.isEmpty() ? words : QStringLiteral("<p style='white-space:pre'>%1</p>").arg(words);
}

QString unrolledDescription(const Frame& frame)
{
    if (frame.empty())
        return Words::tr("Nothing to show yet.");
    const IterationTrace& trace = frame.trace();
    QStringList sentences;
    const QString cell = QString::fromUtf8(unrolled::title(trace.cell.kind).data());
    sentences << Words::tr("%1 unrolled over %2 steps, iteration %3")
                     .arg(cell)
                     .arg(trace.steps())
                     .arg(trace.iteration);
    switch (frame.phase()) {
    case Phase::Forward:
        sentences << Words::tr("Forward pass, step %1").arg(frame.time());
        break;
    case Phase::Loss:
        sentences << Words::tr("The loss");
        break;
    case Phase::Backward:
        sentences << Words::tr("Backward pass, step %1").arg(frame.time());
        break;
    case Phase::Update:
        sentences << Words::tr("The update of the weights");
        break;
    }
    // Long sequences: the steps around the one at work.
    const int steps = trace.steps();
    const int middle = frame.time() > 0 ? frame.time() : frame.phase() == Phase::Update ? 1 : steps;
    const int first = steps <= 12 ? 1 : std::max(1, middle - 3);
    const int last = steps <= 12 ? steps : std::min(steps, first + 6);
    for (int t = first; t <= last; ++t)
        sentences << stepInWords(frame, t);
    if (lossComputed(frame))
        sentences << Words::tr("Loss of the sequence %1").arg(lossNumber(trace.sequenceLoss));
    return sentences.join(QStringLiteral("; ")) + QLatin1Char('.');
}

} // namespace ui
