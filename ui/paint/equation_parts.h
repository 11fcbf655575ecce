#pragma once

#include "ui/paint/cell_graph.h"
#include "ui/paint/equation.h"

#include <QCoreApplication>

#include <numeric>

/// What the forward and the backward equations share; included by nobody else.
namespace ui::detail {

inline QString tr(const char* text)
{
    return QCoreApplication::translate("Equation", text);
}

inline QString math(std::string_view utf8, int t)
{
    return atTime(QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())), t);
}

inline EquationPiece text(const char* utf8)
{
    return {EquationPiece::Kind::Text, QString::fromUtf8(utf8), 0};
}
inline EquationPiece number(double value)
{
    return {EquationPiece::Kind::Number, {}, value};
}
inline EquationPiece addend(double value)
{
    return {EquationPiece::Kind::Addend, {}, value};
}
inline EquationPiece factor(double value)
{
    return {EquationPiece::Kind::Factor, {}, value};
}

inline double sumOf(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0);
}
inline double productOf(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 1.0, std::multiplies<>());
}

/// "a + b + c": up to `most` addends, beyond that the biggest, and the rest as one.
void appendSum(std::vector<EquationPiece>& pieces, const std::vector<double>& addends, int most = 4);

/// Tells of the units of a gate that an intervention holds; `backward` where the equation is of its gradient.
void tellClamps(Equation& equation, const unrolled::TracePtr& trace, int layer, int t,
                std::string_view channel, bool backward);

/// The equations of one cell operation. Rows exist for every unit.
Equation forwardOperation(const unrolled::TracePtr& trace, int layer, int t, int operation);
Equation backwardOperation(const unrolled::TracePtr& trace, int layer, int t, int operation);
Equation hiddenGradient(const unrolled::TracePtr& trace, int layer, int t);
Equation passBack(const unrolled::TracePtr& trace, int layer, int t);

/// The readout, the loss, the update.
Equation inputEquation(const unrolled::TracePtr& trace, int layer, int t);
Equation readoutEquation(const unrolled::TracePtr& trace, int t);
Equation probabilitiesEquation(const unrolled::TracePtr& trace, int t);
Equation outputGradientEquation(const unrolled::TracePtr& trace, int t);
Equation lossEquation(const unrolled::TracePtr& trace);
Equation clipEquation(const unrolled::TracePtr& trace);
Equation updateEquation(const unrolled::TracePtr& trace, int layer);

} // namespace ui::detail
