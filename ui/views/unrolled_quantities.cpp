#include "ui/views/unrolled_quantities.h"

#include "ui/paint/cell_signal.h"
#include "ui/paint/number_format.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ui {

using unrolled::IterationTrace;
using unrolled::LossKind;

UnrolledShape shapeOf(const IterationTrace& trace)
{
    UnrolledShape shape;
    shape.steps = std::max(1, trace.steps());
    shape.units.clear();
    for (const auto& layer : trace.layers)
        shape.units.push_back(static_cast<int>(layer.hiddenSize()));
    shape.inputs = trace.layers.empty() ? 1 : static_cast<int>(trace.channel(0, "x").value.rows());
    shape.outputs = static_cast<int>(trace.outputs.y.value.rows());
    shape.cellState = trace.hasChannel("c");
    shape.symbols = !trace.inputClasses.empty();
    shape.classes = trace.lossKind == LossKind::CrossEntropy;
    if (shape.symbols && trace.vocabulary)
        shape.inputs = static_cast<int>(trace.vocabulary->size());
    return shape;
}

QString shortSigned(double value)
{
    return std::abs(value) < 0.005 ? plainNumber(0) : signedNumber(value);
}

std::vector<int> shownClasses(const IterationTrace& trace, int t, int rows)
{
    const auto count = static_cast<int>(trace.outputs.y.value.rows());
    std::vector<int> classes(static_cast<std::size_t>(count));
    std::iota(classes.begin(), classes.end(), 0);
    if (rows >= count || trace.outputs.probabilities.size() == 0)
        return classes;
    const auto column = trace.outputs.probabilities.col(t - 1);
    std::partial_sort(classes.begin(), classes.begin() + rows, classes.end(),
                      [&](int a, int b) { return column(a) != column(b) ? column(a) > column(b) : a < b; });
    classes.resize(static_cast<std::size_t>(rows));
    const int target = trace.outputs.targetClasses[static_cast<std::size_t>(t - 1)];
    if (target >= 0 && std::find(classes.begin(), classes.end(), target) == classes.end())
        classes.back() = target;
    return classes;
}

double fromOutputNorm(const IterationTrace& trace, int t)
{
    const auto& y = trace.outputs.y.gradient;
    if (y.cols() < t || !trace.hasParameter(unrolled::ParameterRole::ReadoutWeight, -1))
        return 0;
    const auto& weight = trace.parameter(unrolled::ParameterRole::ReadoutWeight, -1).before;
    return unrolled::scaledNorm(weight.transpose() * y.col(t - 1));
}

double passedBackNorm(const IterationTrace& trace, int t, int layer)
{
    const auto& own = trace.layers[static_cast<std::size_t>(layer)];
    if (t == 1)
        return own.initialHiddenGradient.size() > 0 ? unrolled::scaledNorm(own.initialHiddenGradient) : 0;
    return unrolled::scaledNorm(signalGradient(trace, layer, t, {SignalKind::PreviousHidden, {}}));
}

double cellStatePassedBackNorm(const IterationTrace& trace, int t, int layer)
{
    if (!trace.hasChannel("c"))
        return 0;
    return unrolled::scaledNorm(signalGradient(trace, layer, t, {SignalKind::PreviousCell, {}}));
}

} // namespace ui
