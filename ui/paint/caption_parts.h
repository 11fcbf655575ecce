#pragma once

#include "core/gradients/backward_sweep.h"
#include "ui/paint/cell_signal.h"
#include "ui/paint/number_format.h"
#include "ui/paint/symbol_text.h"
#include "ui/session/frame.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

/// What the lines of the forward and the backward pass share; included by nobody else.
namespace ui::captions {

using Eigen::VectorXd;
using unrolled::CellKind;
using unrolled::isCounted;
using unrolled::IterationTrace;
using unrolled::LossKind;
using unrolled::scaledNorm;

inline QString tr(const char* text)
{
    return QCoreApplication::translate("Caption", text);
}

inline QString percent(double share)
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

inline QString symbolOf(const std::shared_ptr<const std::vector<std::string>>& vocabulary, int index)
{
    if (vocabulary && index >= 0 && index < static_cast<int>(vocabulary->size()))
        return visibleSymbol((*vocabulary)[static_cast<std::size_t>(index)]);
    return index < 0 ? QStringLiteral("–") : QString::number(index + 1);
}

/// A class of the outputs.
inline QString symbolOf(const IterationTrace& trace, int index)
{
    return symbolOf(trace.outputVocabulary, index);
}

inline QString inQuotes(const QString& words)
{
    return QChar(0x201c) + words + QChar(0x201d);
}

inline QString numbers(const VectorXd& values)
{
    QStringList shown;
    for (Eigen::Index k = 0; k < std::min<Eigen::Index>(values.size(), 3); ++k)
        shown << plainNumber(values(k));
    if (values.size() > 3)
        shown << QStringLiteral("…");
    return values.size() == 1 ? shown.front() : QStringLiteral("(%1)").arg(shown.join(QStringLiteral(", ")));
}

inline QString mean(const IterationTrace& trace, int layer, int t, std::string_view channel)
{
    return plainNumber(trace.channel(layer, channel).value.col(t - 1).mean());
}

// The lines of the way back, layer from 0, t from 1. `alone`: the step whose loss goes back by itself; 0:
// all.

QString outputGradientLine(const IterationTrace& trace, int t);
QString hiddenGradientLine(const IterationTrace& trace, int layer, int t, int alone);
QString backwardOperation(const IterationTrace& trace, int layer, int t, std::string_view result);
QString passBackLine(const IterationTrace& trace, int layer, int t, int alone);
QString updateLine(const IterationTrace& trace);
QString clipLine(const IterationTrace& trace);

} // namespace ui::captions
