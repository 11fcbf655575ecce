#pragma once

#include "core/trace/iteration_trace.h"
#include "ui/paint/cell_moment.h"
#include "ui/session/frame.h"

#include <QString>
#include <functional>
#include <vector>

namespace ui {

/// A piece of an equation with numbers put in: words, or a number.
struct EquationPiece
{
    enum class Kind {
        Text,
        Number, ///< "1.41", "−0.20"
        Addend, ///< "+ 0.53", "− 0.20"
        Factor  ///< "0.53", "(−0.20)"
    };
    Kind kind = Kind::Text;
    QString text;
    double value = 0;
};

/// One line with numbers: "tanh( 1.41 + 0.53 + 0.01 ) = +0.96".
struct EquationRow
{
    QString label;          ///< "unit 1"
    bool mathLabel = false; ///< the label is mathematics, not plain text
    std::vector<EquationPiece> pieces;
    double result = 0;
    bool signedResult = true;
    bool hasResult = true;
    bool sum = false; ///< addends: where digits are significant ones, they end at the same place
    /// The result from the numbers of the pieces, in order; null where nothing is to be worked out.
    std::function<double(const std::vector<double>&)> evaluate;

    std::vector<double> numbers() const;
    double scale = 0; ///< see alignRows
    /// The size of a sum's biggest number, which decides where the digits end; 0 where each number has its
    /// own.
    double reference(bool significant) const;
};

/// The terms behind one row, for a table.
struct TermTable
{
    QString title;
    std::vector<unrolled::DotTerm> terms;
    QString sumName;
    double sum = 0;
    QString resultName; ///< empty where the sum is the result
    double result = 0;
    bool significant = false;
};

/// An equation of one part of an iteration.
struct Equation
{
    QString symbols;          ///< mathematics
    QString tail;             ///< plain text after it
    bool known = false;       ///< its numbers exist at this frame
    bool significant = false; ///< gradients: significant digits instead of decimals
    bool byUnit = false;      ///< rows are units of the cell, in order
    int rows = 0;
    int target = -1; ///< of rows that are classes: the right one, which comes in sight; -1: none
    std::function<EquationRow(int row)> row;
    std::function<QString(int row)> note; ///< what it means, in words
    std::function<TermTable(int row)> terms;
};

/// The equation of the present part where it belongs to the cell of `moment`, else of the cell's last
/// operation so far.
Equation equationOf(const Frame& frame, const CellMoment& moment);

/// How one unit's value of a channel came about, as HTML: its dot product term by term, or its equation with
/// numbers. Empty for what no operation computes.
QString computationHtml(const Frame& frame, const CellMoment& moment, std::string_view channel, int unit);
/// A row on its own as HTML, with the exact result.
QString rowHtml(const EquationRow& row, bool significant);

/// How an equation writes its numbers: `digits` decimals, or `digits` significant digits: each number's own,
/// or (reference above 0) those of a number of that size, so that the digits of a sum end at the same place.
/// Where `scale` is very small or large, its power of ten stands apart (see sharedExponent).
struct NumberStyle
{
    int digits = 2;
    bool significant = false;
    double reference = 0;
    double scale = 0;

    /// The power of ten that stands apart; 0 where numbers are written out.
    int sharedExponent() const;
};

/// A number as an equation shows it, without the power of ten that stands apart.
QString equationNumber(double value, const NumberStyle& style);
/// The value that it shows, that power included.
double shownValue(double value, const NumberStyle& style);
/// The style of a row: its size, and the size of the biggest row beside it.
NumberStyle styleOf(const EquationRow& row, int digits, bool significant);
/// Tells rows that stand beneath each other the size of the biggest of them.
void alignRows(std::vector<EquationRow>& rows, bool significant);
/// The fewest digits (at most `most`) with which all rows work out as shown, as far as rounding allows.
int equationDigits(const std::vector<EquationRow>& rows, bool significant, int most);
/// A row's pieces and its result ("= +0.96") as mathematics, in columns: signs stand in columns of their own.
std::vector<QString> rowColumns(const EquationRow& row, int digits, bool significant);
/// The whole row as one line.
QString rowText(const EquationRow& row, int digits, bool significant);
/// A table of terms as HTML; at most `most` of them, the rest as a sum.
QString termsHtml(const TermTable& table, int most = 12);

/// "unit 1"; a class's symbol or number
QString unitLabel(int unit);
/// "Unit 1", where a sentence starts with it
QString unitAtStart(int unit);
QString classLabel(const unrolled::IterationTrace& trace, int index);
/// The same for a class of the inputs; "nothing" for the zero vector.
QString inputLabel(const unrolled::IterationTrace& trace, int index);
/// “e”, with spaces and line ends shown by signs.
QString quoted(const std::string& symbol);

} // namespace ui
